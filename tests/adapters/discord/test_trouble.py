"""What Discord's refusals mean."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import discord
import pytest

from adapters.discord.trouble import Trouble, trouble_of


def refusal(status: int, code: int = 0) -> discord.HTTPException:
    response: Any = SimpleNamespace(status=status, reason="no")
    return discord.HTTPException(response, {"code": code, "message": "no"})


@pytest.mark.parametrize(
    ("status", "code", "wanted"),
    [
        (404, 10008, Trouble.MESSAGE_GONE),
        (404, 10003, Trouble.PLACE_GONE),
        (404, 10015, Trouble.TOKEN_DEAD),
        (401, 50027, Trouble.TOKEN_DEAD),
        (400, 50083, Trouble.ARCHIVED),
        (400, 160005, Trouble.LOCKED),
        (403, 50013, Trouble.FORBIDDEN),
        (403, 50007, Trouble.CLOSED),
        (413, 40005, Trouble.TOO_LARGE),
        (413, 0, Trouble.TOO_LARGE),
        (429, 30046, Trouble.TOO_OLD),
        (429, 0, Trouble.PASSING),
        (503, 0, Trouble.PASSING),
        (400, 50035, Trouble.REFUSED),
        (404, 0, Trouble.MESSAGE_GONE),
        (403, 0, Trouble.FORBIDDEN),
    ],
)
def test_codes_come_before_statuses(status: int, code: int, wanted: Trouble) -> None:
    assert trouble_of(refusal(status, code)) is wanted
