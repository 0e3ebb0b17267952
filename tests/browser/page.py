"""An open report, used as a person would."""

from __future__ import annotations

from typing import Any

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.ui import WebDriverWait

_PATIENCE = 10.0
_SEEN = "return [...document.querySelectorAll(arguments[0])].filter(e => e.checkVisibility())"


class Page:
    """An open page."""

    def __init__(self, chrome: Chrome) -> None:
        self.chrome = chrome

    def one(self, selector: str) -> WebElement:
        """Return the first of these elements."""
        return self.chrome.find_element(By.CSS_SELECTOR, selector)

    def seen(self, selector: str) -> list[str]:
        """Return the texts of the visible ones of these elements, with single spaces."""
        script = f"{_SEEN}.map(e => e.textContent.trim().replace(/\\s+/g, ' '))"
        return list(self.ask(script, selector))

    def ask(self, script: str, *arguments: Any) -> Any:
        """Return the value of a script."""
        return self.chrome.execute_script(script, *arguments)

    def after(self, script: str) -> Any:
        """Return the value of a promise."""
        told = f"const tell = arguments[arguments.length - 1]; ({script}).then(tell, tell)"
        return self.chrome.execute_async_script(told)

    def painted(self) -> None:
        """Wait until the page has been drawn."""
        self.after("new Promise(f => requestAnimationFrame(() => requestAnimationFrame(f)))")

    def wait_for(self, selector: str, text: str) -> None:
        """Wait until an element shows this text."""
        WebDriverWait(self.chrome, _PATIENCE).until(
            lambda _: self.ask(f"return document.querySelector({selector!r}).textContent") == text,
            f"{selector} does not say {text!r}",
        )

    def choose(self, state: str) -> None:
        """Choose a state of the filter."""
        Select(self.one("#by-state")).select_by_value(state)

    def type(self, selector: str, text: str) -> None:
        """Type a text into a field."""
        self.one(selector).send_keys(text)

    def press(self, *keys: str) -> None:
        """Press keys where the focus is."""
        for key in keys:
            self.chrome.switch_to.active_element.send_keys(key)

    def tab_to(self, selector: str) -> None:
        """Press the tabulator until this element has the focus."""
        for _ in range(100):
            if self.ask("return document.activeElement.matches(arguments[0])", selector):
                return
            self.press(Keys.TAB)
        raise AssertionError(f"the keyboard does not reach {selector}")

    def emulate(self, *, media: str = "screen", scheme: str = "light") -> None:
        """Emulate a medium (print) or a colour scheme (dark)."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.chrome.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"media": media, "features": features}
        )
