"""A call of a router's web page: how long one that is starting is asked again, and what is final."""

from __future__ import annotations

from typing import Any

import pytest

from modeswitch.errors import LinkLost, ModeswitchError, Unavailable
from modeswitch.methods.web import Web
from modeswitch.modem.refusals import BUSY_CODES
from modeswitch.sim.bus import SimBus
from tests.support.rig import sunny

ONE = Web("debug", "/api/x", "<y/>", "E3351 E3531")
ANY = Web("debug", "/api/x", "<y/>")
BUSY = min(BUSY_CODES)


class Page:
    """A web page that answers with these errors, the last for ever, then as it should."""

    def __init__(self, *errors: ModeswitchError, for_ever: bool = False, model: str = "e3531") -> None:
        self._errors, self._for_ever, self._model = list(errors), for_ever, model

    def prepare(self) -> None:
        if self._errors:
            raise self._errors[0] if self._for_ever else self._errors.pop(0)

    def post(self, _call: str) -> None:
        self.prepare()

    def model(self) -> str:
        return self._model

    def no(self, words: str, *, means: str) -> Unavailable:
        return Unavailable(words, means=means)


class Young:
    """What a transition may take of a stick that is starting for 10.26 s."""

    def __init__(self, page: Page, patience: float = 10.26) -> None:
        self.bus: SimBus = sunny("e3372h,wakes=ecm")
        self.page, self.patience = page, patience
        self.told: list[dict[str, Any]] = []

    def starting(self) -> float:
        return self.patience

    def tell(self, event: str, **facts: Any) -> None:
        self.told.append({"event": event, **facts})

    def web(self) -> Page:
        return self.page


def silent() -> Unavailable:
    return Unavailable("no answer", means="hub", reason="timeout")


def test_a_page_that_is_starting_is_asked_again_and_that_is_told_once() -> None:
    young = Young(Page(silent(), LinkLost("gone", reason="gone"), silent()))
    began = young.bus.now()
    ONE.take(young)  # type: ignore[arg-type]
    assert young.bus.now() - began == pytest.approx(1.5)
    assert young.told == [{"event": "starting", "what": "its web page", "seconds": 10.3}]


@pytest.mark.parametrize(("patience", "told"), [(10.26, 1), (0.0, 0)])
def test_a_page_that_never_answers_is_none_after_that_time(patience: float, told: int) -> None:
    young = Young(Page(silent(), for_ever=True), patience)
    began = young.bus.now()
    with pytest.raises(Unavailable, match="no answer") as raised:
        ONE.take(young)  # type: ignore[arg-type]
    assert young.bus.now() - began == pytest.approx(patience)
    assert len(young.told) == told
    assert (raised.value.means, "reason" in raised.value.facts) == ("web", False)


@pytest.mark.parametrize("facts", [{"code": 125002}, {"login": "taken"}, {"login": "taken", "code": BUSY}])
def test_an_answer_of_a_page_that_is_up_is_final(facts: dict[str, Any]) -> None:
    young = Young(Page(Unavailable("it says no", **facts), for_ever=True))
    began = young.bus.now()
    with pytest.raises(Unavailable, match="it says no"):
        ONE.take(young)  # type: ignore[arg-type]
    assert young.bus.now() == began


@pytest.mark.parametrize("busy", [True, False])
def test_only_a_page_that_is_busy_is_posted_to_again(busy: bool) -> None:
    error = Unavailable("busy", means="", code=BUSY) if busy else silent()
    young = Young(Page(error, for_ever=True))
    began = young.bus.now()
    with pytest.raises(Unavailable) as raised:
        ONE.perform(young, None)  # type: ignore[arg-type]
    assert young.bus.now() - began == pytest.approx(10.26 if busy else 0.0)
    assert raised.value.means == ("" if busy else "hub")


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("E3531", ""),
        ("e3351", ""),
        ("E8372", "/api/x is known of E3351 and E3531, and it says that it is E8372"),
        ("", "/api/x is known of E3351 and E3531, and it does not say which model it is"),
    ],
)
def test_a_call_that_is_for_some_models_is_made_to_no_other(model: str, words: str) -> None:
    young = Young(Page(model=model))
    if not words:
        ONE.take(young)  # type: ignore[arg-type]
        return
    with pytest.raises(Unavailable) as raised:
        ONE.take(young)  # type: ignore[arg-type]
    assert raised.value.message == words
    assert raised.value.means == ""
    ANY.take(young)  # type: ignore[arg-type]


def test_the_words_of_a_call() -> None:
    assert str(ONE) == "POST /api/x <y/> (where the page says that it is E3351 or E3531)"
    assert str(ANY) == "POST /api/x <y/>"
