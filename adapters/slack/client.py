"""The Web API client: it obeys Retry-After for a whole method, and never sends a call twice by itself.

The SDK's own handler for lost connections repeats every call, so that a post whose answer is lost appears twice. Here
a lost answer is `Unsure`, and who asked decides: `again` repeats what may be repeated, `posts` looks first.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from slack_sdk.errors import SlackApiError, SlackRequestError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

SLACK_API = "https://slack.com/api/"
CALL_TIMEOUT_S = 30
_LIMITED_TRIES = 8
_LONGEST_GATE_S = 300.0
_PAUSES_S = (0.3, 1.0, 3.0)  # between the attempts of `again`
_UNSURE_CODES = frozenset(
    ("internal_error", "fatal_error", "service_unavailable", "request_timeout")
)

Answered = dict[str, Any]


class Refused(Exception):
    """Slack said no, and nothing happened. `code` is its word for it."""

    def __init__(self, code: str, details: str = "") -> None:
        super().__init__(f"{code} {details}".strip())
        self.code = code


class Unsure(Exception):
    """The answer was lost or was none: what was asked may have happened."""


class PatientClient(AsyncWebClient):
    """Waits as long as Slack says after a 429, for all callers of the method, and then asks again."""

    def __init__(self, token: str, base_url: str, session: aiohttp.ClientSession) -> None:
        super().__init__(
            token=token,
            base_url=base_url or SLACK_API,
            session=session,
            timeout=CALL_TIMEOUT_S,
            retry_handlers=[],
        )
        self._open_at: dict[str, float] = {}  # by method: when it may be called again

    async def api_call(self, api_method: str, **arguments: Any) -> AsyncSlackResponse:
        for left in reversed(range(_LIMITED_TRIES)):
            await self._gate(api_method)
            try:
                return await super().api_call(api_method, **arguments)
            except SlackApiError as error:
                if _status(error) != 429 or not left:
                    raise
                self._open_at[api_method] = time.monotonic() + _retry_after(error)
        raise AssertionError("unreachable")

    async def _gate(self, method: str) -> None:
        left = self._open_at.get(method, 0.0) - time.monotonic()
        if left > 0:
            await asyncio.sleep(left + random.uniform(0.01, 0.1))
            await self._gate(method)  # somebody else may have been refused meanwhile


async def ask(call: Awaitable[AsyncSlackResponse]) -> Answered:
    """What Slack answered. Raises `Refused` or `Unsure`."""
    try:
        data = (await call).data
    except SlackApiError as error:
        raise _judged(error) from error
    except (aiohttp.ClientError, TimeoutError, OSError, SlackRequestError) as error:
        raise Unsure(f"{type(error).__name__}: {error}") from error
    except (AttributeError, ValueError) as error:  # the SDK's, on an answer that is not Slack's
        raise Unsure(f"an answer that cannot be read: {error}") from error
    if not isinstance(data, dict):
        raise Unsure("an answer that is not an object")
    return data


async def again(call: Callable[[], Awaitable[AsyncSlackResponse]]) -> Answered:
    """`ask` for what may be done twice: a lost answer is asked for again a few times."""
    for pause in _PAUSES_S:
        try:
            return await ask(call())
        except Unsure:
            await asyncio.sleep(pause)
    return await ask(call())


def _judged(error: SlackApiError) -> Refused | Unsure:
    data = getattr(error.response, "data", None)
    code = data.get("error") if isinstance(data, dict) else None
    if not isinstance(code, str) or code in _UNSURE_CODES:
        return Unsure(str(error))
    details = data.get("response_metadata") if isinstance(data, dict) else None
    return Refused(code, str(details or ""))


def _status(error: SlackApiError) -> int:
    return int(getattr(error.response, "status_code", 0) or 0)


def _retry_after(error: SlackApiError) -> float:
    headers = getattr(error.response, "headers", None) or {}
    try:
        seconds = float(headers.get("Retry-After", "1"))
    except ValueError:
        seconds = 1.0
    return min(max(seconds, 0.1), _LONGEST_GATE_S)
