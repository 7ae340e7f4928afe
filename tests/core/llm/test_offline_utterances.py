"""What people say, in which situation, and what should come of it.

A row of `utterances.json`: text, situation, verbs joined by "+" ("none": only text), the picture of the last action,
words that must be in the descriptions or, where nothing is painted, in the answer ("-dog": must not), how many
pictures. `held_back` was written without looking at the rules.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from core.llm.offline import OfflineChat
from core.ports import PictureNote, Situation
from core.types import Verb
from tests.fakes.dialogue import Said, ask

TABLE = json.loads(Path(__file__).with_name("utterances.json").read_text(encoding="utf-8"))
COUNTED = (Verb.GENERATE, Verb.VARY)


def situation_of(name: str, text: str) -> Situation:
    told: dict[str, Any] = TABLE["situations"][name]
    names, uploads = told.get("names", {}), tuple(told.get("uploads", ()))
    called = {number: name for name, number in names.items()}
    notes = tuple(
        PictureNote(number, words, parent, called.get(number), tuple(batch), number in uploads)
        for number, words, parent, batch in told.get("pictures", ())
    )
    return Situation(
        text, notes, told.get("current"), names, told.get("reply_to"), uploads,
        told.get("last_question", ""),
    )  # fmt: skip


def fault_of(said: Said, row: list[Any]) -> str:
    """What is wrong with the answer; empty when it is right."""
    _, _, verbs, picture, words, count = row
    if ("+".join(said.verbs) or "none") != verbs:
        return f"verbs {said.verbs}"
    last = said.actions[-1] if said.actions else None
    if last and picture and last.picture != picture:
        return f"picture {last.picture}"
    if last and last.verb in COUNTED and last.count != count:
        return f"count {last.count}"
    heard = " ".join(said.descriptions) if said.actions else said.text
    if verbs == "name":
        return "" if heard == words else f"name {heard!r}"
    wrong = [word for word in words.split() if not is_right(word, heard.lower())]
    return f"{wrong} in {heard!r}" if wrong else ""


def is_right(word: str, heard: str) -> bool:
    if word.startswith("-"):
        return word[1:] not in re.findall(r"\w+", heard)
    return word.lower() in heard


async def faults_in(rows: list[list[Any]]) -> list[str]:
    chat, faults = OfflineChat(), []
    for row in rows:
        said = await ask(chat, situation_of(row[1], row[0]))
        if fault := fault_of(said, row):
            faults.append(f"{row[0]!r} [{row[1]}]: {fault}")
    return faults


def test_the_table_holds_at_least_three_hundred_different_utterances() -> None:
    rows = TABLE["said"] + TABLE["held_back"]

    assert len({(row[0], row[1]) for row in rows}) >= 300


@pytest.mark.parametrize("part", ["said", "held_back"])
async def test_at_least_ninety_five_of_a_hundred_wishes_are_understood(part: str) -> None:
    rows = TABLE[part]

    faults = await faults_in(rows)

    assert len(faults) <= 0.05 * len(rows), "\n".join(faults)
