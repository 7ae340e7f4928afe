"""From an HTTP status and the server's words to a typed error with a sentence for people; decides, does nothing."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from core.errors import LlmBusy, LlmError, LlmRefused, LlmTimeout, LlmUnavailable
from core.llm.dialect import TOO_LONG

OPERATOR = "the person who runs me"
NO_CREDIT = ("insufficient_quota", "insufficient credits", "billing")
UNREADABLE = "The language model answered with something I can't read; please try again."
BROKE_OFF = "The language model broke off in the middle of its answer; please try again."
OBJECTIONS = ("content_filter", "content_policy", "content management policy", "moderation")


@dataclass(frozen=True, slots=True)
class Failure:
    """One failed attempt and what may be done about it."""

    error: LlmError
    may_retry: bool = False  # the same request may succeed in a moment
    wait_s: float | None = None  # what the server asked for
    status: int | None = None
    detail: str = ""  # the server's own words


class Failed(Exception):
    """Carries the `Failure` of an attempt to the one who decides what becomes of it; never leaves this package."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(str(failure.error))
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a server answered instead of a completion; `detail` is already free of the key."""

    status: int
    detail: str
    retry_after: str = ""  # the header
    model: str = ""
    had_key: bool = True

    @property
    def log_line(self) -> str:
        return f"HTTP {self.status} for model {self.model!r}: {self.detail}"

    def mentions(self, words: tuple[str, ...]) -> bool:
        said = self.detail.lower()
        return any(word in said for word in words)


def failure_of_status(refusal: Refusal) -> Failure:
    status, detail = refusal.status, refusal.detail
    if status == 402 or (status == 429 and refusal.mentions(NO_CREDIT)):
        reply = f"My account at the language model has no credit left; {OPERATOR} has to top it up."
        return Failure(LlmRefused(refusal.log_line, reply), status=status, detail=detail)
    if status == 429:
        return _busy(refusal)
    if status >= 500 or status in (408, 409, 425):
        reply = "The language model has trouble right now; please try again in a minute."
        error = LlmUnavailable(refusal.log_line, reply)
        wait_s = seconds_of(refusal.retry_after)
        return Failure(error, may_retry=True, wait_s=wait_s, status=status, detail=detail)
    error_reply = _refusal_reply(refusal)
    return Failure(LlmRefused(refusal.log_line, error_reply), status=status, detail=detail)


def _busy(refusal: Refusal) -> Failure:
    wait_s = seconds_of(refusal.retry_after)
    when = f"in {wait_s:.0f} seconds" if wait_s and wait_s >= 2 else "in a moment"
    reply = f"The language model is busy with other people; please try again {when}."
    error = LlmBusy(refusal.log_line, reply)
    return Failure(error, may_retry=True, wait_s=wait_s, status=429, detail=refusal.detail)


def _refusal_reply(refusal: Refusal) -> str:
    if refusal.status == 401:
        if refusal.had_key:
            return f"The language model refused my key; {OPERATOR} has to check OPENAI_API_KEY."
        return f"The language model asks for a key; {OPERATOR} has to set OPENAI_API_KEY."
    if refusal.status == 413 or refusal.mentions(TOO_LONG):
        return (
            "This conversation has grown too long for the language model; "
            "please start a new one, or send a shorter message."
        )
    if refusal.mentions(OBJECTIONS):
        return "The language model does not want to talk about this; please put it another way."
    if refusal.status == 403:
        return (
            f"I am not allowed to use this language model; {OPERATOR} has to check the account "
            "behind OPENAI_API_KEY and the [llm] model."
        )
    if refusal.status in (404, 405):
        return (
            f"I found no language model at the address I was given; {OPERATOR} has to check "
            "[llm] base_url (it usually ends in /v1) and model."
        )
    return f"The language model did not accept my request; {OPERATOR} finds the reason in the log."


def too_slow(waited_for: str, timeout_s: float) -> Failure:
    return Failure(
        LlmTimeout(
            f"the {waited_for} did not come within {timeout_s:g} s",
            "The language model took too long to answer; please try again in a minute.",
        )
    )


def endless(characters: int) -> Failure:
    return Failure(
        LlmUnavailable(
            f"stopped reading an answer after {characters} characters",
            "The language model would not stop talking, so I stopped listening; please try again.",
        )
    )


def broken_off(failure: Failure) -> LlmError:
    """The error for people who have read the beginning: a lost connection is then an answer that stopped."""
    if failure.may_retry:
        return LlmUnavailable(f"after the first word: {failure.error}", BROKE_OFF)
    return failure.error


def incomplete(has_answer: bool, finish: str) -> Failure | None:
    """What is wrong with an answer that ended with this `finish_reason` (empty: none was given)."""
    if has_answer and finish:
        return None
    if has_answer:
        log_line, reply = "the answer ended without a finish_reason", BROKE_OFF
    elif finish == "content_filter":
        reply = "The language model does not want to talk about this; please put it another way."
        return Failure(LlmRefused("empty answer, finish_reason content_filter", reply))
    elif finish == "length":
        log_line = "max_tokens were used up before the first word; raise [llm] max_tokens"
        reply = (
            f"The language model thought too long to answer; {OPERATOR} can raise [llm] max_tokens."
        )
    elif finish:
        log_line = f"empty answer, finish_reason {finish}"
        reply = "The language model gave an empty answer; please try again, or put it another way."
    else:
        log_line, reply = "no completion in the answer; is [llm] base_url right?", UNREADABLE
    return Failure(LlmUnavailable(log_line, reply))


def seconds_of(retry_after: str) -> float | None:
    """Seconds from a Retry-After header, which holds seconds or a date; None if it holds neither."""
    if re.fullmatch(r"-?\d{1,9}(\.\d*)?", retry_after.strip()):
        return max(0.0, float(retry_after))
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time.time())
    except (TypeError, ValueError):
        return None
