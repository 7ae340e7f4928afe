"""The prompt adapter: the words of a chat -> the words a painter understands.

Mini-DALLE3's prompt refinement and variation (https://arxiv.org/abs/2310.07653 section 4.1: another round with the LLM)
and DiffChat's step (https://arxiv.org/abs/2403.04997: old prompt and instruction -> new prompt). Nothing is lost to
a model that is away or talks nonsense: the original words are used, and `Refined.note` says so.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from itertools import cycle, islice
from typing import Literal

from core.errors import LlmError
from core.pointing import content_words
from core.ports import ChatMessage, ChatModel, ChatRequest, Task, TextDelta
from core.prompts import Filled, PromptLibrary
from core.protocol import clean_description, neutralise
from core.types import PromptUse

TIMEOUT_S = 20.0
MAX_CHARS = 1_000  # of one description
_TOKENS_A_LINE = 120
_EXACTLY = re.compile(
    r"\s*exactly\s*(?::\s*(?P<rest>.+)|(?P<quote>[\"“«])(?P<quoted>[^\"”»]+)[\"”»]\s*)", re.I | re.S
)
_BULLET = re.compile(r"^\s*(?:[-*•–>]+\s+|\(?\d{1,2}[.):]\s*|[a-hA-H]\)\s+|#+\s+)")
_LABEL = re.compile(
    r"^(?:new |refined |improved )?(?:prompt|description|output|answer|variation)\s*\d{0,2}\s*:\s*",
    re.I,
)
_CHATTER = re.compile(r"(?:sure|certainly|of course|okay|here (?:are|is)|here's)\b.*[:!.]?$", re.I)


@dataclass(frozen=True, slots=True)
class Refined:
    """As many descriptions as asked for; `use` is None where no model was asked."""

    prompts: tuple[str, ...]
    use: PromptUse | None = None
    note: str = ""  # for people: why the words are the original ones, or say less


def exact_words(text: str) -> str | None:
    """The words a person wants unchanged: of "exactly: a dog" or "exactly "a dog""; None without such a wish."""
    found = _EXACTLY.fullmatch(text)
    if found is None:
        return None
    words = " ".join((found["rest"] or found["quoted"]).split())
    is_quoted = len(words) > 2 and words[0] + words[-1] in ('""', "“”", "«»")
    return (words[1:-1].strip() if is_quoted else words) or None


Wording = Callable[[str, int], Refined]
"""So many descriptions in a painter's own words, for a painter that knows few; the note says where they say less."""


class PromptAdapter:
    """Asks `model` for descriptions; where there is a `wording`, it has the last word before the painter."""

    def __init__(
        self,
        model: ChatModel,
        library: PromptLibrary,
        mode: Literal["auto", "off"] = "auto",
        wording: Wording | None = None,
    ) -> None:
        self._model, self._library, self._mode, self._wording = model, library, mode, wording

    def in_mode(self, mode: Literal["auto", "off"]) -> PromptAdapter:
        """The same adapter, rewriting or not."""
        return PromptAdapter(self._model, self._library, mode, self._wording)

    async def refine(self, description: str, count: int = 1) -> Refined:
        """`count` better descriptions, different from each other; each keeps something of the original."""
        if self._wording is not None and self._mode != "off" and description.strip():
            return self._wording(description, count)
        asked = await self._lines(Task.REFINE, description, count)
        kept = [line for line in asked.prompts if _is_faithful(line, description)]
        return replace(asked, prompts=_exactly(count, kept, description))

    async def vary(self, description: str, count: int = 1) -> Refined:
        """`count` different descriptions of the same idea."""
        asked = await self._lines(Task.VARY, description, count)
        return replace(asked, prompts=_exactly(count, asked.prompts, description))

    async def rewrite(self, old: str, instruction: str) -> Refined:
        """The old description with the instruction carried out; both joined where no model can do it."""
        plain = ", ".join(part.strip(" ,.") for part in (old, instruction) if part.strip(" ,."))
        if self._mode == "off" or not (old.strip() and instruction.strip()):
            return Refined((plain,))
        filled = self._library.fill("rewrite")
        words = f"Description: {neutralise(old)}\nInstruction: {neutralise(instruction)}"
        request = ChatRequest(
            task=Task.REWRITE,
            messages=(ChatMessage("system", filled.text), ChatMessage("user", words)),
            description=old,
            instruction=instruction,
            max_tokens=2 * _TOKENS_A_LINE,
            temperature=0.2,
        )
        asked = await self._ask(request, filled)
        return replace(asked, prompts=(next(iter(asked.prompts), plain),))

    async def _lines(self, task: Task, description: str, count: int) -> Refined:
        """The lines a model answers, however many; none where the adapter is off or the model is away."""
        if self._mode == "off" or not description.strip():
            return Refined(())
        filled = self._library.fill(task.value, count=count)
        request = ChatRequest(
            task=task,
            messages=(
                ChatMessage("system", filled.text),
                ChatMessage("user", neutralise(description)),
            ),
            description=description,
            count=count,
            max_tokens=_TOKENS_A_LINE * (count + 1),
            temperature=0.9,
        )
        return await self._ask(request, filled)

    async def _ask(self, request: ChatRequest, filled: Filled) -> Refined:
        start = time.monotonic()
        note = ""
        text = ""
        try:
            async with asyncio.timeout(TIMEOUT_S):
                text = await self._answer(request)
        except TimeoutError:
            note = "My language model took too long over the description, so I used your words as they are."
        except LlmError as error:
            note = f"I used your words as they are. {error.reply}"
        use = filled.use(self._model.info.name, time.monotonic() - start)
        return Refined(tuple(_clean_lines(text)), use, note)

    async def _answer(self, request: ChatRequest) -> str:
        """The answer's text, at most what so many descriptions can need."""
        parts: list[str] = []
        room = 2 * MAX_CHARS * max(1, request.count)
        async with aclosing(self._model.stream(request)) as chunks:
            async for chunk in chunks:
                if isinstance(chunk, TextDelta):
                    parts.append(chunk.text[:room])
                    room -= len(parts[-1])
                if room <= 0:
                    break
        return "".join(parts)


def _clean_lines(text: str) -> Iterable[str]:
    """The descriptions in an answer, without numbers, bullets, quotes, tags and chatter; each once."""
    seen: set[str] = set()
    for line in text.splitlines():
        line = _BULLET.sub("", line.replace("**", ""), count=1)
        line = clean_description(_LABEL.sub("", line.strip(" \"'`“”"), count=1), MAX_CHARS)
        is_words = any(char.isalnum() for char in line) and not line.endswith(":")
        if is_words and line.lower() not in seen and not _CHATTER.fullmatch(line):
            seen.add(line.lower())
            yield line


def _is_faithful(line: str, description: str) -> bool:
    wanted = content_words(description)
    return not wanted or bool(wanted & content_words(line))


def _exactly(count: int, lines: Sequence[str], original: str) -> tuple[str, ...]:
    """So many descriptions: the lines, and where they are too few, the original and the lines again."""
    if len(lines) >= count:
        return tuple(lines[:count])
    return tuple(islice(cycle([*lines, original]), count))
