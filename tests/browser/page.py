"""An opened report, as a person works with it."""

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
    """What is on it and can be done with it."""

    def __init__(self, chrome: Chrome) -> None:
        self.chrome = chrome

    def one(self, selector: str) -> WebElement:
        """The first of these elements."""
        return self.chrome.find_element(By.CSS_SELECTOR, selector)

    def seen(self, selector: str) -> list[str]:
        """The texts of those of these elements that can be seen, each space once."""
        script = f"{_SEEN}.map(e => e.textContent.trim().replace(/\\s+/g, ' '))"
        return list(self.ask(script, selector))

    def ask(self, script: str, *arguments: Any) -> Any:
        """What a script of the test says of the page."""
        return self.chrome.execute_script(script, *arguments)

    def after(self, script: str) -> Any:
        """The same, of a promise."""
        told = f"const tell = arguments[arguments.length - 1]; ({script}).then(tell, tell)"
        return self.chrome.execute_async_script(told)

    def painted(self) -> None:
        """Waits until what is there now has been drawn."""
        self.after("new Promise(f => requestAnimationFrame(() => requestAnimationFrame(f)))")

    def wait_for(self, selector: str, text: str) -> None:
        """Waits until an element says this."""
        WebDriverWait(self.chrome, _PATIENCE).until(
            lambda _: self.ask(f"return document.querySelector({selector!r}).textContent") == text,
            f"{selector} does not say {text!r}",
        )

    def choose(self, state: str) -> None:
        """One state of the filter."""
        Select(self.one("#by-state")).select_by_value(state)

    def type(self, selector: str, text: str) -> None:
        """A text in a field, key by key."""
        self.one(selector).send_keys(text)

    def press(self, *keys: str) -> None:
        """Keys, wherever the focus is."""
        for key in keys:
            self.chrome.switch_to.active_element.send_keys(key)

    def tab_to(self, selector: str) -> None:
        """Presses the tabulator until the focus is there."""
        for _ in range(100):
            if self.ask("return document.activeElement.matches(arguments[0])", selector):
                return
            self.press(Keys.TAB)
        raise AssertionError(f"the keyboard does not reach {selector}")

    def emulate(self, *, media: str = "screen", scheme: str = "light") -> None:
        """Print, or a person's choice of dark."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.chrome.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"media": media, "features": features}
        )
