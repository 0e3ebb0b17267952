from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import pytest

from aovpn_remediate.cli.options.run import Approval
from aovpn_remediate.cli.terminal import prompt
from aovpn_remediate.cli.terminal.consent import restart_consent
from aovpn_remediate.cli.terminal.prompt import Confirm
from aovpn_remediate.resources.restart import Restart

REBOOT = Restart(reboot=True)
SERVICE = Restart(services=("RasMan",))
ANY = ("any",)


def never() -> AbstractContextManager[Confirm]:
    raise AssertionError("consent is asked for")


@pytest.fixture
def on_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prompt, "is_interactive", lambda: True)


@pytest.mark.parametrize("reboot", [True, False])
@pytest.mark.parametrize("restart", [True, False])
def test_without_a_terminal_the_options_decide(restart: bool, reboot: bool) -> None:
    approval = Approval(allow_restart=restart, allow_reboot=reboot)
    permit = restart_consent(approval, 1, never, {})
    allowed = permit({"a": REBOOT, "b": SERVICE})
    assert allowed == Restart(reboot=reboot, services=ANY if restart else ())


@pytest.mark.usefixtures("on_terminal")
@pytest.mark.parametrize(
    ("approval", "needs"),
    [
        (Approval(yes=True), {"a": REBOOT}),
        (Approval(allow_reboot=True), {"a": REBOOT}),
        (Approval(allow_restart=True), {"a": SERVICE}),
    ],
)
def test_restarts_decided_by_options_are_not_asked_for(
    approval: Approval, needs: dict[str, Restart]
) -> None:
    restart_consent(approval, 1, never, {})(needs)


@pytest.mark.usefixtures("on_terminal")
def test_only_undecided_restarts_are_asked_for() -> None:
    asked = []

    def yes(question: str) -> bool:
        asked.append(question)
        return True

    permit = restart_consent(Approval(allow_restart=True), 1, lambda: nullcontext(yes), {})
    assert permit({"a": REBOOT, "b": SERVICE}) == Restart(reboot=True, services=ANY)
    assert asked == ["Reboot 1 host?"]
