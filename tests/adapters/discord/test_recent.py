from __future__ import annotations

from typing import cast

import discord

from adapters.discord.recent import MOST, RecentFiles

FILE = cast(discord.Attachment, "a file")


def test_the_files_of_a_message_are_found_again() -> None:
    recent = RecentFiles()

    recent.keep("1", (FILE,))

    assert recent.of("1") == (FILE,)
    assert recent.of("2") == ()


def test_the_oldest_messages_are_forgotten_first() -> None:
    recent = RecentFiles()

    for message in range(MOST + 1):
        recent.keep(str(message), (FILE,))

    assert recent.of("0") == ()
    assert recent.of("1") == recent.of(str(MOST)) == (FILE,)
