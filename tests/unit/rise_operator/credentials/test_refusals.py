"""What a registry has refused is not asked again at once, whatever else wakes the project."""

import make
import pytest

from rise_crds.v1alpha1.project import Project
from rise_operator.credentials.refusals import Refusals
from rise_registry.contract import RegistryError

NO = RegistryError("no")


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def _changed(project: Project, **metadata: object) -> Project:
    return project.model_copy(update={"metadata": project.metadata.model_copy(update=metadata)})


def test_until_the_time_is_over_the_answer_stays() -> None:
    clock = Clock()
    refusals, project = Refusals(clock), make.project()
    refusals.check(project)
    refusals.remember(project, NO, 60)
    for _ in range(3):
        clock.now += 19
        with pytest.raises(RegistryError, match="no") as caught:
            refusals.check(project)
        refusals.remember(project, caught.value, 60)  # nobody has asked: it lasts no longer
    clock.now += 4
    refusals.check(project)


@pytest.mark.parametrize(
    "differs",
    [
        pytest.param({"generation": 99}, id="another spec"),
        pytest.param({"annotations": {"rise.dev/rotate-credentials": "x"}}, id="an annotation"),
        pytest.param({"managed_fields": [{"manager": "kubectl"}]}, id="anything else"),
        pytest.param({"uid": "another"}, id="another project of the name"),
    ],
)
def test_whoever_changes_something_is_heard_at_once(differs: dict[str, object]) -> None:
    refusals, project = Refusals(Clock()), make.project()
    refusals.remember(project, NO, 60)
    refusals.check(_changed(project, **differs))


def test_the_operators_own_status_is_no_reason_to_ask_again() -> None:
    refusals, project = Refusals(Clock()), make.project()
    refusals.remember(project, NO, 60)
    own = [{"manager": "rise-operator", "subresource": "status", "time": "2026-01-02T03:04:05Z"}]
    with pytest.raises(RegistryError):
        refusals.check(_changed(project, managed_fields=own))


def test_nothing_stays_of_projects_that_are_gone() -> None:
    refusals, project = Refusals(Clock()), make.project()
    refusals.remember(project, NO, 60)
    refusals.retain([])
    refusals.check(project)
