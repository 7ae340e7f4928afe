"""Which messages are meant for Easel, where their conversation is, and what they say. Nothing here does anything."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass

from adapters.discord.texts import clip
from core.types import PRIVATE_THREAD, ThreadRef

PLATFORM = "discord"
DM = "dm"  # the workspace of direct messages
PAST_US = "//"  # a message that begins so is for the people in the thread only
THREAD_NAME_CHARACTERS = 100

_USER = re.compile(r"<@!?(\d+)>")
_ROLE = re.compile(r"<@&(\d+)>")
_CHANNEL = re.compile(r"<#(\d+)>")
_EMOJI = re.compile(r"<a?:(\w+):\d+>")
_COMMAND = re.compile(r"</([^:>]+):\d+>")
_FLAGS = re.compile(r"(?:^|\s)(?:--|—|–)[a-zA-Z]")
_GAPS = re.compile(r"[ \t]{2,}")


@dataclass(frozen=True, slots=True)
class Heard:
    """What of a message decides whether it is for Easel."""

    is_from_person: bool
    is_plain: bool  # a message or a reply, not a pin, a join, a thread's first line...
    text: str  # as sent
    has_files: bool
    in_dm: bool = False
    in_our_thread: bool = False
    mentions_us: bool = False
    answers_us: bool = False  # a reply to a message of ours
    is_for_others: bool = False  # mentions somebody else, or is a reply to somebody else


def is_for_us(heard: Heard) -> bool:
    if not (heard.is_from_person and heard.is_plain):
        return False
    if heard.text.lstrip().startswith(PAST_US):
        return False
    if heard.mentions_us:
        return True
    if heard.is_for_others or not (heard.text or heard.has_files):
        return False  # without text: a sticker, or a message whose content we may not read
    return heard.in_dm or heard.answers_us or heard.in_our_thread


def words(content: str, ours: Set[str], names: Mapping[str, str]) -> str:
    """The message as people read it: our own mention taken out, other ids (`names`) replaced by names."""

    def user(match: re.Match[str]) -> str:
        return "" if match[1] in ours else f"@{names.get(match[1], 'somebody')}"

    text = _ROLE.sub(user, _USER.sub(user, content))
    text = _CHANNEL.sub(lambda match: f"#{names.get(match[1], 'channel')}", text)
    text = _COMMAND.sub(r"/\1", _EMOJI.sub(r":\1:", text))
    if content.startswith("<@"):
        text = text.lstrip(" ,:\n\t")  # "@Easel, a dog"
    return _GAPS.sub(" ", text).strip()


def thread_name(text: str) -> str:
    """A name for the thread of this wish: its first words, without flags."""
    wish = _FLAGS.split(text.strip(), maxsplit=1)[0]
    return clip(wish, THREAD_NAME_CHARACTERS) or "A new picture"


def direct(channel: int | str) -> ThreadRef:
    return ThreadRef(PLATFORM, DM, str(channel), "")


def in_thread(guild: int | str, parent: int | str, thread: int | str) -> ThreadRef:
    return ThreadRef(PLATFORM, str(guild), str(parent), str(thread))


def in_channel(guild: int | str, channel: int | str) -> ThreadRef:
    """The conversation that a channel itself holds: slash commands, and replies to their pictures."""
    return ThreadRef(PLATFORM, str(guild), str(channel), "")


def in_private(guild: int | str, channel: int | str, user: int | str) -> ThreadRef:
    """What one person alone sees of a channel: a conversation of its own, or others could ask for its pictures."""
    return ThreadRef(PLATFORM, str(guild), str(channel), f"{PRIVATE_THREAD}{user}")


def place_of(thread: ThreadRef) -> str:
    """The id of the Discord channel in which this conversation happens."""
    return thread.thread or thread.channel
