"""The web page as a person uses it: looks, clicks, types, waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

LIMIT_S = 15
OVER = '.turn[data-state="done"], .turn[data-state="failed"], .turn[data-state="cancelled"]'
DROP_FILE = """
const bytes = Uint8Array.from(atob(arguments[0]), (letter) => letter.charCodeAt(0));
const carried = new DataTransfer();
carried.items.add(new File([bytes], "dropped.png", {type: "image/png"}));
for (const type of ["dragenter", "dragover", "drop"])
  document.body.dispatchEvent(new DragEvent(type, {dataTransfer: carried, bubbles: true, cancelable: true}));
"""
WITHOUT_NAME = """
return [...document.querySelectorAll("button, a, input, textarea, img")].filter((node) =>
  node.tagName === "IMG" ? !node.hasAttribute("alt")
  : !(node.getAttribute("aria-label") || node.textContent.trim() || node.labels?.length
      || node.querySelector("img[alt]")?.alt)
).map((node) => node.outerHTML)
"""


class Page:
    """What a person does with the page: looks, clicks, types, waits."""

    def __init__(self, browser: Any) -> None:
        self.browser = browser

    def open(self, url: str) -> None:
        """A new conversation on a wide, light window."""
        self.resize(1360, 900)
        self.prefer("light")
        self.browser.get(f"{url}/")
        self.find(".welcome")

    def resize(self, width: int, height: int) -> None:
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)

    def prefer(self, scheme: str) -> None:
        """A colour scheme, and no motion: a moving picture cannot be clicked."""
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})

    def all(self, css: str) -> list[Any]:
        found: list[Any] = self.browser.find_elements("css selector", css)
        return found

    def until(self, holds: Callable[[], Any]) -> Any:
        ignored = [StaleElementReferenceException]
        wait = WebDriverWait(self.browser, LIMIT_S, 0.05, ignored_exceptions=ignored)
        return wait.until(lambda _: holds())

    def find(self, css: str, count: int = 1) -> list[Any]:
        """Waits for at least `count` of them."""

        def enough() -> list[Any]:
            found = self.all(css)
            return found if len(found) >= count else []

        return list(self.until(enough))

    def click(self, css: str, index: int = 0) -> None:
        self.find(css, index + 1)[index].click()

    def type(self, text: str) -> None:
        self.find("#composer-text")[0].send_keys(text, Keys.ENTER)

    def key(self, key: str) -> None:
        self.browser.switch_to.active_element.send_keys(key)

    def say(self, text: str, turns: int = 1) -> None:
        """Says it and waits until so many turns are over."""
        self.type(text)
        self.find(OVER, turns)

    def conversation(self) -> str:
        """Its id, from the address."""
        return str(self.browser.current_url.rpartition("#")[2])

    def numbers(self) -> list[str]:
        return [badge.text for badge in self.all(".answer .badge")]

    def painted(self) -> list[Any]:
        """The pictures of answers that the browser has really drawn."""
        script = 'return [...document.querySelectorAll(".answer .open img")].filter((image) => image.naturalWidth > 0)'
        return list(self.browser.execute_script(script))

    def current(self) -> str:
        marked = self.all(".answer .is-current .badge")
        return marked[0].text if marked else ""

    def colour(self) -> str:
        return str(
            self.browser.execute_script("return getComputedStyle(document.body).backgroundColor")
        )
