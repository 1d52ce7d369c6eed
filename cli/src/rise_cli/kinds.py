"""The kinds that the command line knows."""

from dataclasses import dataclass

from rise_crds.names import API_VERSION, GROUP


@dataclass(frozen=True)
class Kind:
    """A kind as the Kubernetes API and as REST call it."""

    title: str
    singular: str
    plural: str

    def manifest(self, name: str, spec: dict[str, object]) -> dict[str, object]:
        """Return the manifest of an object."""
        return {
            "apiVersion": API_VERSION,
            "kind": self.title,
            "metadata": {"name": name},
            "spec": spec,
        }


PROJECT = Kind("Project", "project", "projects")
TEAM = Kind("Team", "team", "teams")
KINDS = {
    alias: kind
    for kind, short in ((PROJECT, "rp"), (TEAM, "rt"))
    for alias in (kind.singular, kind.plural, short)
}


def named(kind: str) -> Kind | None:
    """Return the kind that `project`, `projects`, `rp` or `project.rise.dev` means."""
    return KINDS.get(kind.lower().removesuffix(f".{GROUP}"))
