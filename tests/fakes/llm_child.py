"""What `transformers serve` is to its parent, without a model: says where it listens, answers, ends with its stdin.

    python tests/fakes/llm_child.py JOURNAL [dumb|broken]

Each start adds a line to the file JOURNAL. It answers every question with its process id, and dies when asked to "die".
`dumb` never says that it is ready; `broken` gives up before.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.fakes.llm_server import LlmServer, Message  # noqa: E402  (the path comes first)


def answer(messages: list[Message]) -> str:
    if messages[-1]["content"] == "die":
        os._exit(1)
    return str(os.getpid())


async def serve(journal: Path, mode: str) -> None:
    with journal.open("a") as file:
        file.write(f"{os.getpid()}\n")
    if mode == "broken":
        print("OSError: no file named model.safetensors", file=sys.stderr)
        return
    async with LlmServer() as server:
        server.answer_with(answer)
        if mode != "dumb":
            address = server.base_url.removesuffix("/v1")
            print(f"INFO:     Uvicorn running on {address} (Press CTRL+C to quit)", flush=True)
        await asyncio.to_thread(sys.stdin.buffer.read)


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else ""))
