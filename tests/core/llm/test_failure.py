from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from core.errors import LlmBusy, LlmError, LlmRefused, LlmUnavailable
from core.llm.failure import Refusal, failure_of_status, incomplete, seconds_of


@pytest.mark.parametrize(
    ("status", "detail", "kind", "sentence"),
    [
        (400, "bad", LlmRefused, "finds the reason in the log"),
        (400, "context_length_exceeded", LlmRefused, "grown too long"),
        (400, "content_filter", LlmRefused, "put it another way"),
        (401, "bad key", LlmRefused, "check OPENAI_API_KEY"),
        (402, "pay", LlmRefused, "no credit left"),
        (403, "no", LlmRefused, "not allowed to use this language model"),
        (404, "no model", LlmRefused, "check [llm] base_url"),
        (413, "big", LlmRefused, "grown too long"),
        (418, "teapot", LlmRefused, "finds the reason in the log"),
        (429, "slow down", LlmBusy, "busy with other people"),
        (429, "insufficient_quota", LlmRefused, "no credit left"),
        (408, "slow", LlmUnavailable, "try again in a minute"),
        (500, "oops", LlmUnavailable, "try again in a minute"),
        (503, "loading", LlmUnavailable, "try again in a minute"),
    ],
)
def test_each_status_has_its_error_and_its_sentence(
    status: int, detail: str, kind: type[LlmError], sentence: str
) -> None:
    failure = failure_of_status(Refusal(status, detail, model="gpt-x"))

    assert type(failure.error) is kind
    assert sentence in failure.error.reply
    assert str(failure.error) == f"HTTP {status} for model 'gpt-x': {detail}"
    assert failure.may_retry == failure.error.retryable


def test_a_server_that_wants_a_key_where_there_is_none_says_so() -> None:
    failure = failure_of_status(Refusal(401, "no", had_key=False))

    assert "has to set OPENAI_API_KEY" in failure.error.reply


def test_the_time_to_wait_is_told() -> None:
    failure = failure_of_status(Refusal(429, "slow down", retry_after="30"))

    assert failure.wait_s == 30
    assert "in 30 seconds" in failure.error.reply


def test_retry_after_is_read_as_seconds_or_as_a_date() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)

    assert seconds_of("1.5") == 1.5
    assert seconds_of("-3") == 0
    assert 90 < (seconds_of(soon) or 0) <= 100
    assert seconds_of("Wed, 21 Oct 2015 07:28:00 GMT") == 0


@pytest.mark.parametrize("header", ["", "soon", "nan", "inf", "Wed, 99 Oct"])
def test_a_retry_after_that_says_nothing_is_ignored(header: str) -> None:
    assert seconds_of(header) is None


def test_a_complete_answer_is_no_failure() -> None:
    assert incomplete(has_answer=True, finish="length") is None


@pytest.mark.parametrize(
    ("has_answer", "finish", "sentence"),
    [
        (True, "", "broke off in the middle"),
        (False, "stop", "empty answer"),
        (False, "length", "can raise [llm] max_tokens"),
        (False, "content_filter", "put it another way"),
        (False, "", "something I can't read"),
    ],
)
def test_an_incomplete_answer_says_what_is_missing(
    has_answer: bool, finish: str, sentence: str
) -> None:
    failure = incomplete(has_answer, finish)

    assert failure is not None
    assert sentence in failure.error.reply
