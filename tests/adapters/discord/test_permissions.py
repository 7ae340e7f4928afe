"""Missing permissions and their names."""

from __future__ import annotations

import discord

from adapters.discord.permissions import NEEDED, missing, sentence


def test_nothing_is_missing_with_what_the_invite_asks_for() -> None:
    assert missing(NEEDED, opens_thread=True) == ()
    assert missing(NEEDED, in_thread=True) == ()
    assert missing(discord.Permissions(administrator=True)) == ()


def test_only_what_the_place_needs_is_missed() -> None:
    granted = discord.Permissions(NEEDED.value)
    granted.update(create_public_threads=False, send_messages=False)

    assert missing(granted, in_thread=True) == ()
    assert missing(granted, opens_thread=True) == ("Create Public Threads",)
    assert missing(granted) == ("Send Messages",)


def test_what_is_merely_nice_is_named_only_beside_something_needed() -> None:
    granted = discord.Permissions(NEEDED.value)
    granted.update(add_reactions=False)
    assert missing(granted) == ()

    granted.update(attach_files=False)
    assert missing(granted) == ("Attach Files", "Add Reactions")


def test_the_sentence_names_each() -> None:
    assert sentence(["Attach Files"], "#art") == "I need **Attach Files** in #art."
    assert sentence(["A", "B", "C"], "#art") == "I need **A**, **B** and **C** in #art."
    assert sentence([], "#art") == "I am not allowed to answer in #art."
