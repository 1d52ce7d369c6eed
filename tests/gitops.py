"""What Argo CD and Flux make of an object by the files in docs/gitops, in this process."""

import json
from typing import Any

import yaml
from cel_expr_python import cel
from lupa import lua51

from rise_local.home import CHECKOUT

GUIDE = CHECKOUT / "docs/gitops"
# Argo CD runs gopher-lua (Lua 5.1): the libraries package, base, table, and an `os` of its own.
_ARGO_CD = """
getmetatable("").__index = nil
for _, name in ipairs{"io", "os", "math", "string", "debug", "coroutine", "python"} do
  _G[name], package.loaded[name] = nil, nil
end
"""
_CODES = {"Healthy", "Progressing", "Degraded", "Suspended", "Missing", "Unknown"}
# In this order: https://github.com/fluxcd/flux2/tree/main/rfcs/0009-custom-health-checks
_ORDER = {"inProgress": "InProgress", "failed": "Failed", "current": "Current"}


def argo_cd(obj: dict[str, Any]) -> tuple[str, str]:
    """Return the health that Argo CD shows of `obj`, and its message.

    Raises:
        lua51.LuaError: the script ends with an error, which Argo CD shows as Unknown.
    """
    if "deletionTimestamp" in obj["metadata"]:
        return "Progressing", "Pending deletion"  # it does not ask the script
    runtime: Any = lua51.LuaRuntime  # lupa describes its arguments wrongly
    lua = runtime(register_eval=False)
    lua.execute(_ARGO_CD)
    plain = json.loads(json.dumps(obj))
    lua.globals()["obj"] = lua.table_from(plain, recursive=True)
    answer = lua.execute((GUIDE / "argocd-health.lua").read_text())
    status, message = str(answer["status"]), answer["message"]
    assert status in _CODES
    assert isinstance(message, str)
    return status, message


def flux(obj: dict[str, Any]) -> str:
    """Return the status that Flux shows of `obj`."""
    status, metadata = obj["status"], obj["metadata"]
    if status.get("observedGeneration", metadata["generation"]) != metadata["generation"]:
        return "InProgress"
    page = yaml.safe_load((GUIDE / "flux-health.yaml").read_text())
    (checks,) = [each for each in page["healthCheckExprs"] if each["kind"] == obj["kind"]]
    env = cel.NewEnv(variables={"status": cel.Type.DYN, "metadata": cel.Type.DYN})
    data = {"status": status, "metadata": metadata}
    for key, said in _ORDER.items():
        if env.compile(checks[key]).eval(data=data).plain_value() is True:
            return said
    return "InProgress"
