"""What Discord's refusals mean for the next step. Codes: https://docs.discord.com/developers/topics/opcodes-and-status-codes"""

from __future__ import annotations

from enum import StrEnum

import discord


class Trouble(StrEnum):
    MESSAGE_GONE = "the message is gone"
    PLACE_GONE = "the channel is gone"
    ARCHIVED = "the thread is archived"
    LOCKED = "the thread is locked"
    FORBIDDEN = "not allowed there"
    CLOSED = "the person takes no direct messages"
    TOO_LARGE = "the files are too large"
    TOO_OLD = "the message is too old to be edited often"
    TOKEN_DEAD = "the interaction is over"
    NO_THREAD_HERE = "no thread can be made there"
    REFUSED = "Discord refused what was sent"
    PASSING = "it may work in a moment"


_CODES = {
    10003: Trouble.PLACE_GONE,
    10004: Trouble.PLACE_GONE,
    10008: Trouble.MESSAGE_GONE,
    10015: Trouble.TOKEN_DEAD,
    10062: Trouble.TOKEN_DEAD,
    30046: Trouble.TOO_OLD,
    40005: Trouble.TOO_LARGE,
    50001: Trouble.FORBIDDEN,
    50007: Trouble.CLOSED,
    50013: Trouble.FORBIDDEN,
    50024: Trouble.NO_THREAD_HERE,
    50027: Trouble.TOKEN_DEAD,
    50083: Trouble.ARCHIVED,
    50278: Trouble.CLOSED,
    160005: Trouble.LOCKED,
}
THREAD_EXISTS = 160004
ALREADY_ANSWERED = 40060

# A message of ours in this state is left alone, and the same thing is posted anew.
POST_ANEW = {Trouble.MESSAGE_GONE, Trouble.ARCHIVED, Trouble.TOO_OLD}


def trouble_of(error: discord.HTTPException) -> Trouble:
    if error.code in _CODES:
        return _CODES[error.code]
    if error.status == 413:
        return Trouble.TOO_LARGE
    if error.status == 429 or error.status >= 500:
        return Trouble.PASSING
    if error.status == 401:
        return Trouble.TOKEN_DEAD
    if error.status == 403:
        return Trouble.FORBIDDEN
    return Trouble.MESSAGE_GONE if error.status == 404 else Trouble.REFUSED
