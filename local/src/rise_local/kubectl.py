"""kubectl, with which the platform speaks to an API server: it knows every way of signing in."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from rise_local.errors import LocalError

TIMEOUT_S = 120


@dataclass(frozen=True)
class Refusal:
    """kubectl ended with an error; the text is what it said."""

    text: str


@dataclass(frozen=True)
class Kubectl:
    """kubectl as one person at one cluster."""

    program: Path
    kubeconfig: Path

    def attempt(self, *arguments: str, stdin: str = "") -> str | Refusal:
        """Run kubectl; return what it printed, or its refusal; no answer in time is one, too."""
        env = {key: value for key, value in os.environ.items() if key != "KUBECONFIG"}
        command = [str(self.program), "--kubeconfig", str(self.kubeconfig), *arguments]
        try:
            done = subprocess.run(  # noqa: S603 - a fixed program, arguments of our own
                command,
                input=stdin,
                env=env,
                capture_output=True,
                text=True,
                check=False,
                timeout=TIMEOUT_S,
            )
        except subprocess.TimeoutExpired:
            return Refusal(f"no answer in {TIMEOUT_S} s")
        return done.stdout if done.returncode == 0 else Refusal(done.stderr.strip() or done.stdout)

    def run(self, *arguments: str, stdin: str = "") -> str:
        """Run kubectl and return what it printed.

        Raises:
            LocalError: it was refused.
        """
        answer = self.attempt(*arguments, stdin=stdin)
        if isinstance(answer, Refusal):
            last = answer.text.splitlines()[-1] if answer.text else "no answer"
            raise LocalError(f"kubectl {' '.join(arguments[:2])}: {last}")
        return answer
