"""Which permissions Easel needs where, and how to name the missing ones to a person."""

from __future__ import annotations

from collections.abc import Sequence

import discord

# What an answer cannot do without, by the name people see in Discord's settings.
_ALWAYS = {
    "view_channel": "View Channel",
    "attach_files": "Attach Files",
    "embed_links": "Embed Links",
    "read_message_history": "Read Message History",
}
_IN_CHANNELS = {"send_messages": "Send Messages"}
_IN_THREADS = {"send_messages_in_threads": "Send Messages in Threads"}
_TO_OPEN_THREADS = {"create_public_threads": "Create Public Threads"}
# What it can do without, if need be.
_NICE = {"add_reactions": "Add Reactions"}

# All that Easel ever asks for: what the invite link contains.
NEEDED = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    create_private_threads=True,
    attach_files=True,
    embed_links=True,
    read_message_history=True,
    add_reactions=True,
)


def needed(*, in_thread: bool, opens_thread: bool) -> dict[str, str]:
    """Attribute of `discord.Permissions` -> its name for people."""
    names = dict(_ALWAYS)
    names |= _IN_THREADS if in_thread or opens_thread else _IN_CHANNELS
    return names | (_TO_OPEN_THREADS if opens_thread else {})


def missing(
    granted: discord.Permissions, *, in_thread: bool = False, opens_thread: bool = False
) -> tuple[str, ...]:
    """Names of the permissions without which an answer cannot be shown there; empty when all is well.

    Once one is missing, those that are merely nice to have are named too, so that they are set in one go.
    """
    if granted.administrator:
        return ()
    lacking = _lacking(granted, needed(in_thread=in_thread, opens_thread=opens_thread))
    return (*lacking, *_lacking(granted, _NICE)) if lacking else ()


def sentence(names: Sequence[str], place: str) -> str:
    """What to tell the person, e.g. "I need **Attach Files** in #art."."""
    if not names:
        return f"I am not allowed to answer in {place}."
    listed = " and ".join(
        filter(None, (", ".join(f"**{n}**" for n in names[:-1]), f"**{names[-1]}**"))
    )
    return f"I need {listed} in {place}."


def _lacking(granted: discord.Permissions, names: dict[str, str]) -> tuple[str, ...]:
    return tuple(name for flag, name in names.items() if not getattr(granted, flag))
