"""A conversation in headless Chromium with the whole bot behind it: real clicks, restart in the middle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fakes.browser import MISSING, complaints, is_installed, open_browser
from tests.fakes.page import OVER, Page

pytestmark = pytest.mark.skipif(not is_installed(), reason=MISSING)
ROOT = Path(__file__).parent.parent.parent


@contextmanager
def bot(data: Path, port: int = 0) -> Iterator[str]:
    """The address of a whole bot with an instant painter."""
    command = [sys.executable, "-m", "tests.fakes.bot", "--data", str(data), "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=os.environ)
    try:
        assert process.stdout
        line = process.stdout.readline()
        assert line.startswith("URL "), "the bot did not start"
        yield line.split()[1]
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait(30)
        assert process.stdout
        process.stdout.close()


def test_a_conversation_by_mouse_and_keyboard_survives_kill_9(tmp_path: Path) -> None:
    with open_browser(tmp_path / "profile") as browser:
        page = Page(browser)
        with bot(tmp_path / "data") as url:
            page.open(url)
            page.say("a cute dog near a river")
            page.say("make it night", turns=2)
            page.click('.answer button[data-verb="vary"]')
            page.find(OVER, 3)
            before = page.numbers()
            port = int(url.rsplit(":", 1)[1])
        with bot(tmp_path / "data", port):
            page.until(lambda: page.find("#connection")[0].text == "")
            page.say("take picture 1", turns=4)
            page.until(lambda: page.current() == "1")
            after = page.numbers()
        errors = [
            e for e in complaints(browser) if "ERR_CONNECTION" not in e and "WebSocket" not in e
        ]

    assert before == ["1", "2", "3"]
    assert after[:3] == before
    assert errors == []
