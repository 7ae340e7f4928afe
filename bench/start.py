"""How long `easel --help` takes, how soon `easel run` is ready, and how much memory it holds then.

python bench/start.py [--rounds 7]     prints min, median, max; a bare interpreter beside it as the floor
"""

from __future__ import annotations

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

EASEL = Path(sys.executable).with_name("easel")
CONFIG = '[web]\nport = {port}\n[data]\ndir = "{folder}"\n'
PORT = 18321


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    print(f"load {os.getloadavg()[0]:.2f}, {os.cpu_count()} cores, {rounds} rounds")
    _print("python -c pass", [_timed(sys.executable, "-c", "pass") for _ in range(rounds)], "ms")
    _print("easel --help", [_timed(str(EASEL), "--help") for _ in range(rounds)], "ms")
    readies, sizes = zip(*(_ready() for _ in range(rounds)), strict=True)
    _print("easel run, ready", list(readies), "ms")
    _print("easel run, resident", list(sizes), "MB")


def _timed(*command: str) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return (time.perf_counter() - start) * 1000


def _ready() -> tuple[float, float]:
    """(milliseconds until /healthz is 200, resident megabytes of the bot process a second later)"""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config.toml"
        config.write_text(CONFIG.format(port=PORT, folder=Path(folder) / "data"))
        start = time.perf_counter()
        bot = subprocess.Popen([EASEL, "run", "--config", config], stderr=subprocess.DEVNULL)
        try:
            while not _is_ready():
                if bot.poll() is not None:
                    raise SystemExit("easel run ended; is the port taken?")
                time.sleep(0.005)
            ready = (time.perf_counter() - start) * 1000
            time.sleep(1)
            return ready, _resident_mb(bot.pid)
        finally:
            bot.send_signal(signal.SIGTERM)
            bot.wait(30)


def _is_ready() -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/healthz", timeout=1) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _resident_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise SystemExit("this measures memory on Linux only")


def _print(name: str, values: list[float], unit: str) -> None:
    low, middle, high = min(values), statistics.median(values), max(values)
    print(f"{name:22} min {low:7.1f}  median {middle:7.1f}  max {high:7.1f} {unit}")


if __name__ == "__main__":
    main()
