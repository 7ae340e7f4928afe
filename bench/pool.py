"""The render pool against a bare diffusers loop, in turns: `python -m bench.pool MODEL_FOLDER [--rounds 5]`.

Both run in processes of the same niceness, threads and OpenMP settings, each idle while the other paints, so that a
busy machine slows both alike: read the ratio, not the seconds, and on a very busy machine the processor seconds. While
the pool paints, a ticker on the event loop measures by how much each 5 ms sleep was late.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bot.pool.device import usable_cores, worker_environment
from bot.pool.pool import RenderPool
from bot.store.store import Store, open_store
from core.painting.profile import PainterProfile, profile_of
from core.painting.recipe import Recipe
from core.painting.settings import PainterSettings
from core.types import Inbound, JobState, PaintOrder, Plan, ThreadRef, UserRef, Verb, new_id

TICK_S = 0.005


def recipes(profile: PainterProfile, count: int, seed: int) -> tuple[Recipe, ...]:
    return tuple(
        Recipe(
            profile.model, "a cute dog near a river", seed + number, profile.steps,
            profile.guidance, profile.width, profile.height,
            guidance_rescale=profile.guidance_rescale,
        )
        for number in range(count)
    )  # fmt: skip


def bare_loop(connection: Connection, folder: str) -> None:
    """Child process: for each batch of recipes received, the seconds that diffusers alone takes."""
    import torch
    from diffusers import DiffusionPipeline

    os.nice(10)
    loader: Any = DiffusionPipeline
    pipeline = loader.from_pretrained(folder, dtype=torch.float32, local_files_only=True)
    pipeline.to("cuda" if torch.cuda.is_available() else "cpu")
    pipeline.set_progress_bar_config(disable=True)
    connection.send(0.0)
    while batch := connection.recv():
        began = time.perf_counter()
        first: Recipe = batch[0]
        pipeline(
            prompt=[recipe.prompt for recipe in batch],
            generator=[torch.Generator().manual_seed(recipe.seed) for recipe in batch],
            num_inference_steps=first.steps,
            guidance_scale=first.guidance,
            guidance_rescale=first.guidance_rescale,
            width=first.width,
            height=first.height,
        )
        connection.send(time.perf_counter() - began)


async def paint(pool: RenderPool, store: Store, batch: tuple[Recipe, ...]) -> float:
    """Seconds from handing in the saved job to its pictures being on disk."""
    thread = ThreadRef("console", "", "", "bench")
    receipt = await store.accept(Inbound(new_id(), thread, UserRef("console", "1", "Bench"), "x"))
    ids = tuple(new_id() for _ in batch)
    order = PaintOrder(new_id(), Verb.GENERATE, ids, batch, ("",) * len(batch))
    [job] = await store.save_plan(receipt.turn_id, Plan((), (order,)))
    began = time.perf_counter()
    await pool.submit(job)
    ended = await pool.finished(job.id)
    if ended.state is not JobState.DONE:
        raise SystemExit(ended.error)
    return time.perf_counter() - began


def cpu_seconds(pid: int | None) -> float:
    """Processor time of a process so far (proc(5), fields 14 and 15); 0 where there is no /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@asynccontextmanager
async def ticking() -> AsyncIterator[Callable[[], list[float]]]:
    """How late each tick was, in milliseconds, sorted."""
    late: list[float] = []

    async def tick() -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(TICK_S)
            late.append(1000 * (time.perf_counter() - began - TICK_S))

    task = asyncio.create_task(tick(), name="ticker")
    try:
        yield lambda: sorted(late)
    finally:
        task.cancel()


async def compare(settings: PainterSettings, rounds: int, pictures: int) -> dict[str, object]:
    profile = profile_of(settings)
    os.environ.update(worker_environment(settings, usable_cores(), {}))
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    bare = context.Process(target=bare_loop, args=(theirs, settings.source), daemon=True)
    bare.start()
    late: list[float] = []
    times: dict[str, list[float]] = {"bare": [], "pool": [], "bare cpu": [], "pool cpu": []}
    with tempfile.TemporaryDirectory() as directory:
        async with open_store(Path(directory)) as store:
            pool = RenderPool(settings, store)
            await pool.start()
            await asyncio.to_thread(ours.recv)
            for number in range(-1, rounds):  # the first round warms up
                batch = recipes(profile, pictures, 100 * (number + 1))
                pids = (bare.pid, pool.status().workers[0].pid)
                cpu = [cpu_seconds(pid) for pid in pids]
                async with ticking() as lateness:
                    pooled = await paint(pool, store, batch)
                ours.send(batch)
                alone = await asyncio.to_thread(ours.recv)
                if number >= 0:
                    late += lateness()
                    times["bare"].append(alone)
                    times["pool"].append(pooled)
                    for name, pid, before in zip(("bare cpu", "pool cpu"), pids, cpu, strict=True):
                        times[name].append(cpu_seconds(pid) - before)
            await pool.close()
    ours.send(())
    return report(times, sorted(late), pictures)


def report(times: dict[str, list[float]], late: list[float], pictures: int) -> dict[str, object]:
    bare, pooled = (statistics.median(times[name]) for name in ("bare", "pool"))
    ratios = sorted(a / b for a, b in zip(times["bare"], times["pool"], strict=True))
    return {
        "pictures per job": pictures,
        "bare pictures/s": round(pictures / bare, 3),
        "pool pictures/s": round(pictures / pooled, 3),
        "pool/bare throughput (median of pairs)": round(statistics.median(ratios), 3),
        "pool/bare (all pairs)": [round(ratio, 3) for ratio in ratios],
        "processor seconds a job (bare, pool)": [
            round(statistics.median(times[name]), 2) for name in ("bare cpu", "pool cpu")
        ],
        "loop late ms (p50, p99, max)": [
            round(late[int(share * (len(late) - 1))], 2) for share in (0.5, 0.99, 1.0)
        ],
        "machine load (1, 5, 15 min)": [round(load, 1) for load in os.getloadavg()],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", help="a model folder of the pocket painter's kind")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pictures", type=int, default=4)
    parser.add_argument("--steps", type=int, default=None)
    parser.add_argument("--threads", type=int, default=0)
    chosen = parser.parse_args()
    settings = PainterSettings(model=chosen.model, steps=chosen.steps, threads=chosen.threads)
    print(json.dumps(asyncio.run(compare(settings, chosen.rounds, chosen.pictures)), indent=2))


if __name__ == "__main__":
    main()
