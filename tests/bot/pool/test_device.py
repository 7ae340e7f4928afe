from __future__ import annotations

from pathlib import Path

import pytest

from bot.pool.device import further_devices, usable_cores, worker_environment
from bot.pool.messages import Ready
from core.painting.settings import PainterSettings


@pytest.mark.parametrize(
    ("settings", "first", "further"),
    [
        (PainterSettings(), Ready("cpu", 1, 0.1), ()),
        (PainterSettings(), Ready("cuda:0", 4, 0.1), ("cuda:1", "cuda:2", "cuda:3")),
        (PainterSettings(workers=2), Ready("cuda:0", 4, 0.1), ("cuda:1",)),
        (PainterSettings(workers=3), Ready("cuda:0", 2, 0.1), ("cuda:1", "cuda:0")),
        (PainterSettings(device="cuda:1"), Ready("cuda:1", 4, 0.1), ()),
        (PainterSettings(device="cuda:1", workers=2), Ready("cuda:1", 4, 0.1), ("cuda:1",)),
        (PainterSettings(workers=2), Ready("cpu", 1, 0.1), ("cpu",)),
    ],
)
def test_workers_spread_over_the_devices_unless_one_was_chosen(
    settings: PainterSettings, first: Ready, further: tuple[str, ...]
) -> None:
    assert further_devices(settings, first) == further


def test_waiting_threads_sleep_and_workers_share_the_cores() -> None:
    shared = worker_environment(PainterSettings(workers=4), cores=8, parent={})
    chosen = worker_environment(PainterSettings(threads=3), cores=8, parent={})

    assert shared["OMP_WAIT_POLICY"] == "PASSIVE"
    assert (shared["OMP_NUM_THREADS"], chosen["OMP_NUM_THREADS"]) == ("2", "3")


def test_workers_see_no_secret_but_what_a_download_needs() -> None:
    parent = {"OPENAI_API_KEY": "sk-1", "DISCORD_TOKEN": "x", "HF_TOKEN": "hf-1", "HOME": "/root"}

    own = worker_environment(PainterSettings(), 1, parent)

    assert (own["OPENAI_API_KEY"], own["DISCORD_TOKEN"]) == ("", "")
    assert not {"HF_TOKEN", "HOME"} & set(own)


def test_a_containers_share_of_time_bounds_the_cores(tmp_path: Path) -> None:
    quota = tmp_path / "cpu.max"
    quota.write_text("100000 100000\n")
    limited = usable_cores(quota)
    quota.write_text("max 100000\n")

    assert limited == 1
    assert usable_cores(quota) == usable_cores(tmp_path / "absent") >= 1
