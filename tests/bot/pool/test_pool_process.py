"""The pool in a process of its own: with the real store and a real model, and killed."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.tiny_diffusion import build_sd

LIMIT_S = 300
_PROGRAM = [sys.executable, "-m", "tests.fakes.pool_process"]


def test_a_batch_and_an_edit_of_it_are_painted_without_torch_in_the_parent(tmp_path: Path) -> None:
    model = build_sd(tmp_path / "model")

    output = subprocess.run(
        [*_PROGRAM, str(tmp_path / "data"), str(model)],
        check=True, capture_output=True, text=True, timeout=LIMIT_S,
    ).stdout  # fmt: skip

    assert json.loads(output) == {
        "states": ["done", "done"],
        "errors": ["", ""],
        "recipes_match": True,
        "different_files": 3,
        "torch_in_parent": False,
    }


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="needs Linux")
def test_a_worker_dies_with_its_bot_even_while_it_hangs(tmp_path: Path) -> None:
    with subprocess.Popen(
        [*_PROGRAM, str(tmp_path / "data"), ""], stdout=subprocess.PIPE, text=True
    ) as bot:
        assert bot.stdout is not None
        worker = os.pidfd_open(int(bot.stdout.readline()))
        bot.send_signal(signal.SIGKILL)
        bot.wait(LIMIT_S)

    ended, _, _ = select.select([worker], [], [], LIMIT_S)
    os.close(worker)
    assert ended
