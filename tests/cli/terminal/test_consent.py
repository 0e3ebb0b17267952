from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import pytest

from aovpn_remediate.cli.options.run import Changing
from aovpn_remediate.cli.terminal import prompt as terminal
from aovpn_remediate.cli.terminal.consent import Confirm, permission
from aovpn_remediate.engine.rollout.options import Limit
from aovpn_remediate.resources.restart import Restart

REBOOT = Restart(reboot=True)
SERVICE = Restart(services=("RasMan",))
ANY = ("any",)


def changing(**more: object) -> Changing:
    given = {
        "yes": False,
        "allow_restart": False,
        "allow_reboot": False,
        "max_failures": None,
        "restarts_at_once": 1,
        "reboot_timeout": 1.0,
        "settle_timeout": 2.0,
        "poll": 3.0,
    }
    return Changing(**{**given, **more})  # type: ignore[arg-type]


def never() -> AbstractContextManager[Confirm]:
    raise AssertionError("it is asked")


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "is_there", lambda: True)


@pytest.mark.parametrize("reboot", [True, False])
@pytest.mark.parametrize("restart", [True, False])
def test_without_a_terminal_the_options_decide(restart: bool, reboot: bool) -> None:
    permit = permission(changing(allow_restart=restart, allow_reboot=reboot), never, {})
    allowed = permit({"a": REBOOT, "b": SERVICE})
    assert allowed == Restart(reboot=reboot, services=ANY if restart else ())


@pytest.mark.usefixtures("on_terminal")
@pytest.mark.parametrize(
    ("options", "needs"),
    [
        ({"yes": True}, {"a": REBOOT}),
        ({"allow_reboot": True}, {"a": REBOOT}),
        ({"allow_restart": True}, {"a": SERVICE}),
    ],
)
def test_what_the_options_say_is_not_asked(
    options: dict[str, bool], needs: dict[str, Restart]
) -> None:
    permission(changing(**options), never, {})(needs)


@pytest.mark.usefixtures("on_terminal")
def test_only_what_is_open_is_asked() -> None:
    asked = []

    def yes(question: str) -> bool:
        asked.append(question)
        return True

    permit = permission(changing(allow_restart=True), lambda: nullcontext(yes), {})
    assert permit({"a": REBOOT, "b": SERVICE}) == Restart(reboot=True, services=ANY)
    assert asked == ["Reboot 1 host?"]


@pytest.mark.parametrize(
    ("text", "limit"),
    [(None, None), ("0", Limit(count=0)), ("25%", Limit(percent=25.0))],
)
def test_options_for_the_engine(text: str | None, limit: Limit | None) -> None:
    options = changing(max_failures=text, restarts_at_once=2).options(workers=7)
    assert (options.workers, options.restarts_at_once, options.max_failures) == (7, 2, limit)
    patience = options.patience
    assert (patience.reboot, patience.settle, patience.poll) == (1.0, 2.0, 3.0)
