"""What follows the death of a client."""

from __future__ import annotations

import discord
import pytest

from adapters.discord.supervisor import Next, next_step


class Closed(discord.ConnectionClosed):
    def __init__(self, code: int) -> None:
        discord.ClientException.__init__(self, f"closed with {code}")
        self.code = code


@pytest.mark.parametrize(
    ("error", "reads", "wanted"),
    [
        (discord.LoginFailure("Improper token has been passed."), True, Next.BAD_TOKEN),
        (Closed(4004), True, Next.BAD_TOKEN),
        (Closed(4014), True, Next.WITHOUT_CONTENT),
        (discord.PrivilegedIntentsRequired(0), True, Next.WITHOUT_CONTENT),
        (discord.PrivilegedIntentsRequired(0), False, Next.BAD_INTENTS),
        (Closed(4013), False, Next.BAD_INTENTS),
        (Closed(4011), True, Next.AGAIN),
        (AttributeError("'NoneType' object has no attribute 'sequence'"), True, Next.AGAIN),
        (discord.GatewayNotFound(), True, Next.AGAIN),
        (ConnectionResetError(), True, Next.AGAIN),
        (None, True, Next.AGAIN),
    ],
)
def test_a_new_client_follows_unless_a_person_must_act(
    error: Exception | None, reads: bool, wanted: Next
) -> None:
    assert next_step(error, reads) is wanted
