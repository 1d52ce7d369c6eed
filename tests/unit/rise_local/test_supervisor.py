"""What the supervisor says of a process that was told to start."""

import pytest

from rise_local.supervisor import State, has_begun

STOPPED = State("postgres", "Completed", ready=False, pid=100, restarts=0, exit_code=0, age_s=1)


@pytest.mark.parametrize(
    ("status", "pid", "begun"),
    [
        pytest.param("Completed", 100, False, id="it still says what was before"),
        pytest.param("Launching", 100, True, id="on its way"),
        pytest.param("Running", 101, True, id="running"),
        pytest.param("Completed", 101, True, id="started, and ended again"),
        pytest.param("Error", 100, True, id="it could not be started"),
        pytest.param("Skipped", 100, True, id="what it comes after is away"),
    ],
)
def test_a_start_has_begun_when_something_has_changed(status: str, pid: int, begun: bool) -> None:  # noqa: FBT001 - a case
    now = State("postgres", status, ready=False, pid=pid, restarts=0, exit_code=0, age_s=0)
    assert has_begun(now, STOPPED) is begun
