"""Everything that can go wrong and be told to a person.

    EaselError                  `reply` is the sentence a person reads; `retryable`: trying again may help
    |-- ConfigError             a setting is wrong; the process does not start
    |-- StoreError
    |   |-- DatabaseBroken      the file is not a database or fails its check
    |   |-- DatabaseInUse       another Easel holds it
    |   |-- DatabaseTooNew      written by a newer version
    |   `-- DiskFull
    |-- BadInput
    |   |-- MessageTooLong
    |   |-- NotAPicture
    |   |-- PictureTooLarge     in bytes or pixels
    |   |-- UnknownPicture      no such number or id here
    |   `-- AmbiguousPicture    several fit: ask which one
    |-- NotAllowed              not by this person, or not in this place
    |   `-- ContentRefused      the words break the rules of this place
    |-- QueueFull
    |-- Undeliverable           the platform has no place left for an answer
    |-- LlmError
    |   |-- LlmUnavailable      not reachable, 5xx, broke off, circuit open
    |   |-- LlmBusy             429
    |   |-- LlmTimeout
    |   `-- LlmRefused          bad key, unknown model, bad request: an operator must act
    `-- PaintingError
        |-- ModelBroken         folder or hub id missing a part
        |-- OutOfMemory
        |-- WorkerLost          the worker process died or hung
        `-- Cancelled           by a person

Errors are raised early with their sentence and shown in one place, `bot/dispatch.py` (and `bot/cli.py` before that
exists).
"""

from __future__ import annotations


class EaselError(Exception):
    """`str(error)` is for the log; `error.reply` is for people (same text unless given)."""

    retryable = False

    def __init__(self, message: str, reply: str | None = None) -> None:
        super().__init__(message)
        self.reply = reply or message


class ConfigError(EaselError):
    pass


class StoreError(EaselError):
    pass


class DatabaseBroken(StoreError):
    pass


class DatabaseInUse(StoreError):
    pass


class DatabaseTooNew(StoreError):
    pass


class DiskFull(StoreError):
    retryable = True


class BadInput(EaselError):
    pass


class MessageTooLong(BadInput):
    pass


class NotAPicture(BadInput):
    pass


class PictureTooLarge(BadInput):
    pass


class UnknownPicture(BadInput):
    pass


class AmbiguousPicture(BadInput):
    """Several pictures fit; `numbers` are the candidates."""

    def __init__(self, message: str, numbers: tuple[int, ...]) -> None:
        super().__init__(message)
        self.numbers = numbers


class NotAllowed(EaselError):
    pass


class ContentRefused(NotAllowed):
    pass


class QueueFull(EaselError):
    retryable = True


class Undeliverable(EaselError):
    """The answer cannot be shown where it belongs, now or later; it can be asked for again."""


class LlmError(EaselError):
    pass


class LlmUnavailable(LlmError):
    retryable = True


class LlmBusy(LlmError):
    retryable = True


class LlmTimeout(LlmError):
    retryable = True


class LlmRefused(LlmError):
    pass


class PaintingError(EaselError):
    pass


class ModelBroken(PaintingError):
    pass


class OutOfMemory(PaintingError):
    retryable = True


class WorkerLost(PaintingError):
    retryable = True


class Cancelled(PaintingError):
    pass
