"""A headless Chromium for tests that click: found on this machine, never downloaded."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
DRIVER = shutil.which("chromedriver") or ""
MISSING = "needs Chromium and chromedriver (Debian: apt install chromium chromium-driver)"
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1360,900",
)


def is_installed() -> bool:
    return bool(CHROMIUM and DRIVER)


@contextmanager
def open_browser(profile: Path) -> Iterator[Chrome]:
    """A fresh browser whose profile lives in `profile`; it is closed at the end."""
    options = ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = Chrome(options=options, service=Service(DRIVER))
    try:
        yield browser
    finally:
        browser.quit()
        browser.service.stop()


def complaints(browser: Chrome) -> list[str]:
    """What the console got as errors since the last call."""
    entries = browser.get_log("browser")  # type: ignore[no-untyped-call]  # selenium has no type for it
    return [entry["message"] for entry in entries if entry["level"] == "SEVERE"]
