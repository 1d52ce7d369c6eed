"""The main job, before the reader's eyes: alice signs in, applies objects, pushes an image."""

import base64
import json
import re
import subprocess
import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from rise_local.browser import submit_forms
from rise_local.errors import LocalError
from rise_local.home import CHECKOUT
from rise_local.image import Account, Image, Repository

SAMPLES = CHECKOUT / "docs" / "samples"
PERSON, PASSWORD = "alice@example.com", "password"
CODE_URL = re.compile(r"https://\S+user_code=[A-Z0-9-]+")
SIGN_IN_S = 60
READY_S = 60
COMMAND_S = 90
PROJECT, SECRET = "shop", "rise-registry"
IMAGE, TAG = "hello", "1"
# Exit codes of rise for what may well be: shop is somebody else's by now, was deleted or suspended.
NO_LOGIN = {3, 5, 8}


class Demo:
    """Runs a person's commands with the platform's environment, and shows them."""

    def __init__(self, env: Mapping[str, str], say: Callable[[str], None]) -> None:
        """Run with `env`, and show with `say`."""
        self._env = dict(env)
        self._say = say

    def run(self) -> None:
        """Do the main job.

        Raises:
            LocalError: a command of it failed; what it said.
        """
        self.sign_in()
        samples = sorted(SAMPLES.glob("*.yaml"))
        # What is there stays as it is: its owner may have given it away since.
        missing = [sample for sample in samples if not self._exists(sample)]
        if missing:
            shown = [SAMPLES] if missing == samples else missing
            self._show("kubectl", "apply", *(word for path in shown for word in ("-f", str(path))))
        for sample in missing:
            wait = ("kubectl", "wait", "--for=condition=Ready", f"--timeout={READY_S}s")
            self._show(*wait, "-f", str(sample))
        self._show("rise", "project", "list")
        self._show("kubectl", "get", "projects")
        self.push_and_pull()

    def sign_in(self) -> None:
        """Sign alice in by the device flow unless her session lasts.

        Raises:
            LocalError: she could not be signed in.
        """
        if self._signed_in():
            return
        self._say("$ rise login")
        ca = Path(self._env["RISE_CA_FILE"])
        with subprocess.Popen(
            ["rise", "login"],  # noqa: S607 - found on the platform's PATH, as alice finds it
            env=self._env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as login:
            timer = threading.Timer(SIGN_IN_S, login.kill)
            timer.start()
            try:
                said = self._follow(login, ca)
            finally:
                timer.cancel()
        if login.returncode != 0:
            raise LocalError(f"alice could not be signed in: {said.strip() or 'no answer in time'}")

    def push_and_pull(self) -> None:
        """Push a small image as alice, and pull it as pods in the project's namespace do.

        Raises:
            LocalError: her login, the push or the pull failed.
        """
        asked = ("rise", "registry", "login", PROJECT, "--print")
        self._say(f"$ {' '.join(asked)}")
        done = self._run(*asked)
        if done.returncode in NO_LOGIN:
            self._say(f"  (no image: {done.stderr.strip()})")
            return
        if done.returncode != 0:
            raise LocalError(f"`{' '.join(asked)}` failed: {done.stderr.strip()}")
        login = json.loads(done.stdout)
        self._say(f"  (a login that may {' and '.join(login['actions'])}, shown to nobody)")
        account = Account(login["username"], login["password"])
        self._repository(login["registry"], account).push(TAG, Image("Hello from Rise\n"))
        name = f"{login['repository']}/{IMAGE}:{TAG}"
        self._say(f"  (pushed {name}, made from bytes, as {PERSON})")
        robot = self._robot(login["registry"])
        pulled = self._repository(login["registry"], robot).pull(TAG)
        size = sum(map(len, pulled))
        self._say(f"  (pulled {name}, {size} bytes, as {robot.username}: as the namespace's pods)")

    def _repository(self, host: str, account: Account) -> Repository:
        ca = Path(self._env["RISE_CA_FILE"])
        return Repository(host, f"{PROJECT}/{IMAGE}", account, ca)

    def _robot(self, host: str) -> Account:
        """Return whom the Secret of the project's namespace signs in."""
        done = self._run(
            *("kubectl", "--kubeconfig", self._env["RISE_ADMIN_KUBECONFIG"]),
            *("-n", f"rise-{PROJECT}", "get", "secret", SECRET, "-o", "json"),
        )
        if done.returncode != 0:
            raise LocalError(f"no Secret {SECRET} in rise-{PROJECT}: {done.stderr.strip()}")
        held = json.loads(base64.b64decode(json.loads(done.stdout)["data"][".dockerconfigjson"]))
        entry = held["auths"][host]
        return Account(entry["username"], entry["password"])

    def _follow(self, login: subprocess.Popen[str], ca: Path) -> str:
        """Show what `rise login` says; open the page that it names, as the person would."""
        said = ""
        answered = False
        for line in login.stdout or ():
            said += line
            self._say(f"  {line.rstrip()}")
            url = CODE_URL.search(line)
            if url and not answered:
                answered = True
                heading = submit_forms(url[0], ca, {"login": PERSON, "password": PASSWORD})
                self._say(f"  (in the browser, as {PERSON}: {heading})")
        return said

    def _exists(self, sample: Path) -> bool:
        return self._run("kubectl", "get", "-f", str(sample)).returncode == 0

    def _signed_in(self) -> bool:
        whoami = self._run("rise", "whoami")
        return whoami.returncode == 0 and PERSON in whoami.stdout

    def _show(self, *command: str) -> None:
        shown = " ".join(word.replace(f"{CHECKOUT}/", "") for word in command)
        self._say(f"$ {shown}")
        done = self._run(*command)
        for line in (done.stdout + done.stderr).splitlines():
            self._say(f"  {line}")
        if done.returncode != 0:
            last = (done.stderr or done.stdout).strip().splitlines()
            raise LocalError(f"`{shown}` failed: {last[-1] if last else done.returncode}")

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        try:
            return subprocess.run(  # noqa: S603 - the platform's own programs
                command,
                env=self._env,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=False,
                timeout=COMMAND_S,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise LocalError(f"`{' '.join(command[:2])}` did not work: {error}") from error
