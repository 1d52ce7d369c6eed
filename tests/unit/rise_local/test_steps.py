"""What a person sees while the platform comes up."""

import io

import pytest

from rise_local.steps import Silent, Steps


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


class Gone(Terminal):
    """A terminal that has been closed."""

    def write(self, s: str, /) -> int:
        raise OSError(5, f"Input/output error: {s}")


def test_without_a_terminal_a_step_is_one_line() -> None:
    stream = io.StringIO()
    with Steps(stream).step("servers"):
        pass
    assert stream.getvalue() == "  ✓ servers\n"


def test_on_a_terminal_the_step_under_way_is_shown_and_replaced() -> None:
    stream = Terminal()
    with Steps(stream).step("servers"):
        assert stream.getvalue() == "  … servers"
    assert stream.getvalue() == "  … servers\r\033[K  ✓ servers\n"


def test_a_step_that_fails_is_marked_and_its_error_passes() -> None:
    stream = io.StringIO()
    with pytest.raises(ZeroDivisionError), Steps(stream).step("servers"):
        raise ZeroDivisionError
    assert stream.getvalue() == "  ✗ servers\n"


def test_a_terminal_that_is_gone_stops_nothing_and_hides_no_interruption() -> None:
    steps = Steps(Gone())
    with steps.step("servers"):
        steps.say("what nobody sees")
    with pytest.raises(KeyboardInterrupt), steps.step("servers"):
        raise KeyboardInterrupt


def test_silence_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    with Silent().step("servers"):
        pass
    assert capsys.readouterr() == ("", "")
