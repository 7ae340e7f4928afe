"""A bot that is only a store and a render pool, to be run and killed: `python -m tests.fakes.pool_process DIR MODEL`.

With a model it paints a batch of two pictures and an edit of the first, and prints a JSON object; with MODEL
"" it starts one job that never ends, prints its worker's process id, and waits.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path

from bot.pool.pool import RenderPool
from bot.store.store import Store, open_store
from core.painting.picture_file import recipe_of
from core.painting.recipe import Recipe, Technique
from core.painting.settings import PainterSettings
from core.types import Inbound, Job, PaintOrder, Plan, ThreadRef, UserRef, Verb, new_id

_RECIPE = Recipe("pocket", "a dog", seed=1, steps=2, guidance=4.0, width=64, height=64)


async def plan(store: Store, *orders: PaintOrder) -> tuple[Job, ...]:
    thread = ThreadRef("console", "", "", "main")
    receipt = await store.accept(Inbound(new_id(), thread, UserRef("console", "1", "Ann"), "paint"))
    return await store.save_plan(receipt.turn_id, Plan(parts=(), orders=orders))


def order(count: int, recipe: Recipe, **fields: str) -> PaintOrder:
    pictures = tuple(new_id() for _ in range(count))
    recipes = tuple(replace(recipe, seed=recipe.seed + number) for number in range(count))
    verb = Verb.EDIT if recipe.source else Verb.GENERATE
    return PaintOrder(new_id(), verb, pictures, recipes, ("a dog",) * count, **fields)


async def paint(directory: Path, model: str) -> dict[str, object]:
    """What came of two pictures and an edit of the first that waits for them."""
    first = order(2, _RECIPE)
    edited = replace(
        _RECIPE,
        prompt="a cat",
        technique=Technique.PICTURE_TO_PICTURE,
        source=first.picture_ids[0],
        strength=0.9,
    )
    edit = order(1, edited, parent_id=first.picture_ids[0], after=first.job_id)
    async with open_store(directory) as store:
        pool = RenderPool(PainterSettings(model=model, device="cpu", threads=1), store)
        await pool.start()
        try:
            for job in await plan(store, first, edit):
                await pool.submit(job)
            ended = [await pool.finished(one.job_id) for one in (first, edit)]
        finally:
            await pool.close()
        ids = [*first.picture_ids, *edit.picture_ids]
        pictures = await store.pictures(ids)
        files = [store.picture_path(picture).read_bytes() for picture in pictures]
    return {
        "states": [job.state for job in ended],
        "errors": [job.error for job in ended],
        "recipes_match": [recipe_of(data) for data in files] == [p.recipe for p in pictures],
        "different_files": len(set(files)),
        "torch_in_parent": "torch" in sys.modules,
    }


async def hang(directory: Path) -> None:
    async with open_store(directory) as store:
        pool = RenderPool(PainterSettings(), store, painter="tests.fakes.painters:ScriptedPainter")
        await pool.start()
        [job] = await plan(store, order(1, replace(_RECIPE, prompt="hang")))
        await pool.submit(job)
        while not any(worker.job_id for worker in pool.status().workers):  # noqa: ASYNC110 - no event
            await asyncio.sleep(0.01)
        print(pool.status().workers[0].pid, flush=True)
        await pool.finished(job.id)


if __name__ == "__main__":
    if sys.argv[2]:
        print(json.dumps(asyncio.run(paint(Path(sys.argv[1]), sys.argv[2]))))
    else:
        asyncio.run(hang(Path(sys.argv[1])))
