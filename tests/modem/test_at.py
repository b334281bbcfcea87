"""An AT dialogue: the answer to a command among echoes, URCs and older answers, in time."""

from __future__ import annotations

import gc
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modeswitch.errors import BadReply, CommandFailed, LinkLost, ModeswitchError
from modeswitch.modem.at import LONGEST_LINE, MOST_BYTES, Answer, Dialogue
from tests.support.at_port import OK, Port, ask, dialogue, says

ECHO = b"AT^SETPORT?\r"
LIST = b"\r\n^SETPORT:A1,A2;12,16\r\n"


@pytest.mark.parametrize(
    "parts",
    [
        (LIST + OK,),
        (ECHO + LIST + OK,),
        (ECHO, LIST, OK),
        tuple(bytes([byte]) for byte in ECHO + LIST + OK),
        (ECHO + b"\r\n^RSSI:17\r\n" + LIST + b"\r\n^DSFLOWRPT:0,0\r\n\r\nRING\r\n" + OK,),
        (LIST.lower() + b"\r\nok\r\n",),
        (b"^SETPORT:A1,A2;12,16\nOK\n",),
        (b"\r\r\n^SETPORT:A1,A2;12,16\r\r\n\r\nOK\r\n",),
        (b"^BOOT:1,0\r\n" + LIST + OK,),
        (b"\0\0" + LIST + OK,),
        (b"\r\nok\r\n", LIST + OK),
        # An answer to something else comes before ours.
        (OK + LIST + OK,),
        (b"\r\nERROR\r\n" + LIST + OK,),
        (b"\r\n^SETPORT:FF;16\r\n\r\nOK\r\n" + ECHO + LIST + OK,),
        (b"\r\n^SETPORT:FF;16\r\n\r\nOK\r\n" + LIST + OK,),
        (b"\r\n^SETPORT:FF;16\r\n" + ECHO + LIST + OK,),
        (b"\r\n17,99\r\n", ECHO + LIST + OK),
        (OK, LIST + OK),
    ],
)
@pytest.mark.parametrize("command", ["AT^SETPORT?", "at^setport?"])
def test_the_answer_is_found_among_all_that_is_said(parts: tuple[bytes, ...], command: str) -> None:
    talk, port = dialogue(says(*parts))
    answer = talk.ask(command)
    assert [line.upper() for line in answer.lines] == ["^SETPORT:A1,A2;12,16"]
    assert str(answer.value("^SETPORT")).upper() == "A1,A2;12,16"
    assert port.time == 0.0  # nothing is waited for where all is there


@pytest.mark.parametrize(
    "waiting",
    [
        (b"\r\n^SETPORT:FF;16\r\n\r\nOK\r\n^SETPO",),
        (b"\r\n^SETPORT:FF;16\r\n", b"\r\nOK\r\n", b"^SETPO"),
        (b"\r\nERROR\r\n",) * 60,
    ],
)
def test_what_was_said_before_is_no_answer(waiting: tuple[bytes, ...]) -> None:
    talk, port = dialogue(says(LIST + OK))
    port.waiting(*waiting)
    answer = talk.ask("AT^SETPORT?")
    assert answer.lines == ("^SETPORT:A1,A2;12,16",)
    assert [line.encode() for line in talk.urcs] == b"".join(waiting).removesuffix(b"^SETPO").split()


def test_a_port_that_never_falls_silent_is_spoken_to_all_the_same() -> None:
    talk, port = dialogue(says(LIST + OK))
    port.waiting(*[b"\r\nRING\r\n" * 10] * 1000)
    with pytest.raises(LinkLost):
        talk.ask("AT^SETPORT?", 0.0)
    assert port.written == [b"AT^SETPORT?\r"]
    assert len(talk.urcs) <= 100
    assert len(talk.listen(0.0)) <= 100


@pytest.mark.parametrize(
    ("lines", "name", "value"),
    [
        (("^A:1", "^A:2"), "^A", "1"),
        (("^B:1", "^A: 2 "), "^A", "2"),
        (("^a : 1",), "^A", "1"),
        (("^A:1",), "^a", "1"),
        (("^A:1:2",), "^A", "1:2"),
        (("^A:",), "^A", ""),
        (("^A",), "^A", None),
        (("^AB:1", "1"), "^A", None),
        ((), "^A", None),
    ],
)
def test_the_value_behind_a_name(lines: tuple[str, ...], name: str, value: str | None) -> None:
    assert Answer(lines, "OK").value(name) == value


def test_where_a_port_echoes_nothing_counts_before_the_echo() -> None:
    """An OK that was still under way is not taken for the answer of a command that is refused."""
    answers = [[(0.0, b"AT\r" + OK)], [(0.0, OK), (0.5, b"AT^CURC=0\r"), (0.5, b"\r\nERROR\r\n")]]
    talk, _port = dialogue(lambda _data: answers.pop(0))
    talk.ask("AT")
    with pytest.raises(CommandFailed):
        talk.ask("AT^CURC=0")


@pytest.mark.parametrize("command", ["AT", "AT^CURC=0", 'AT^SETPORT="A1;12"', "AT+CGSN"])
def test_only_a_question_waits_for_its_line(command: str) -> None:
    talk, port = dialogue(says(OK))
    talk.ask(command)
    assert port.time == 0.0


def test_lines_without_a_name_are_the_answers() -> None:
    assert ask("AT+CGSN", b"\r\n868723020012345\r\n" + OK).lines == ("868723020012345",)


def test_another_commands_line_is_none_of_ours() -> None:
    talk, _ = dialogue(says(b"\r\n^HCSQ:1\r\n" + LIST + OK))
    assert talk.ask("AT^SETPORT?").lines == ("^SETPORT:A1,A2;12,16",)
    assert talk.urcs == ["^HCSQ:1"]


@pytest.mark.parametrize(
    "final",
    ["ERROR", "COMMAND NOT SUPPORT", "+CME ERROR: 50", "+CMS ERROR: 1", "+cme error: SIM not inserted", "error"],
)
def test_final_results_that_say_no(final: str) -> None:
    talk, port = dialogue(says(f"\r\n{final}\r\n".encode()))
    with pytest.raises(CommandFailed) as raised:
        talk.ask("AT^SETPORT?")
    assert port.time == 0.0
    assert raised.value.facts["answer"] == final
    assert final in raised.value.message


def test_silence_takes_its_time_and_no_longer() -> None:
    talk, port = dialogue(says())
    with pytest.raises(LinkLost, match="no answer in time") as raised:
        talk.ask("AT", 3.0)
    assert raised.value.reason == "timeout"
    assert port.time == pytest.approx(3.0)


def test_what_is_left_bounds_every_wait() -> None:
    talk, port = dialogue(says(), left=lambda: 0.5)
    with pytest.raises(LinkLost):
        talk.ask("AT", 30.0)
    assert port.time == pytest.approx(0.5)
    assert talk.listen(30.0) == []
    assert port.time == pytest.approx(1.0)


def test_a_drip_is_bounded_in_time() -> None:
    talk, port = dialogue(says(*[b"A"] * 1000, delay=0.9))
    with pytest.raises(LinkLost, match="broke off"):
        talk.ask("AT", 5.0)
    assert port.time < 6.0


def test_a_slow_answer_is_waited_for() -> None:
    assert ask("AT", b"\r\nOK\r\n", delay=4.0).final == "OK"


@pytest.mark.parametrize("flood", [b"A" * (1 << 20), b"\r\nline\r\n" * (1 << 17), b"\xff" * (1 << 20)])
@pytest.mark.slow
def test_a_flood_is_an_error_and_not_kept(flood: bytes) -> None:
    parts = [flood[at : at + 4096] for at in range(0, len(flood), 4096)]
    talk, port = dialogue(says(*parts))
    tracemalloc.start()
    try:
        with pytest.raises(BadReply):
            talk.ask("AT")
        gc.collect()
        before, _most = tracemalloc.get_traced_memory()
        del talk
        gc.collect()
        kept = before - tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert len(port.coming) >= (len(flood) - MOST_BYTES) // 4096 - 1
    assert kept <= LONGEST_LINE


@pytest.mark.parametrize(
    ("flood", "why"),
    [
        (b"x\r\n" * 3000, "more than"),
        ((b"x" * 4000 + b"\r\n") * 40, "more than"),
        ((b"^RSSI:" + b"1" * 4000 + b"\r\n") * 40, "more than"),
        (b"x" * 5000, "a line without end"),
    ],
)
def test_each_bound_of_an_answer(flood: bytes, why: str) -> None:
    """Many short lines, few long ones, unasked ones, one that never ends: the rest would be an answer."""
    parts = [flood[at : at + 1000] for at in range(0, len(flood), 1000)]
    talk, _port = dialogue(says(*parts, OK))
    with pytest.raises(BadReply, match=why):
        talk.ask("AT")


def test_a_long_line_is_cut() -> None:
    (line,) = ask("AT+CGSN", b"\r\n" + b"8" * 10000 + b"\r\n" + OK).lines
    assert len(line) == LONGEST_LINE


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_any_bytes_are_an_answer_or_a_typed_error(before: bytes, after: bytes) -> None:
    try:
        answer = ask("AT^SETPORT?", after, waiting=before, seconds=1.0)
    except ModeswitchError:
        return
    assert answer.final.upper() == "OK"


def test_probe() -> None:
    for parts, speaks in (
        ((OK,), True),
        ((b"\r\nok\r\n",), True),
        ((), False),
        ((b"\r\nERROR\r\n",), False),
        ((b"A" * 70000,), False),
    ):
        talk, port = dialogue(says(*parts))
        assert talk.probe() is speaks
        assert port.time <= 3.5


def test_a_stick_that_leaves_is_told_of_at_once() -> None:
    class Leaving(Port):
        def read(self, seconds: float) -> bytes:
            if self.written:
                raise LinkLost("gone", reason="gone")
            return super().read(seconds)

    port = Leaving(says())
    with pytest.raises(LinkLost):
        Dialogue(port, lambda: port.time).probe()


def test_listen_returns_with_the_first_urc() -> None:
    talk, port = dialogue(lambda _data: [(0.0, OK), (2.0, b'\r\n^NDISSTAT: 1,,,"IPV4"\r\n')])
    talk.ask("AT")
    assert talk.listen(10.0) == ['^NDISSTAT: 1,,,"IPV4"']
    assert port.time == pytest.approx(2.0)
    assert talk.listen(1.0) == []


def test_listen_returns_what_was_said_between_answers() -> None:
    talk, port = dialogue(says(b"\r\nRING\r\n" + OK))
    talk.ask("AT")
    talk.ask("AT")
    assert talk.listen(10.0) == ["RING", "RING"]
    assert port.time == 0.0
    assert talk.listen(1.0) == []


def test_close_lets_go_of_the_port() -> None:
    talk, port = dialogue(says())
    talk.close()
    assert port.closed
