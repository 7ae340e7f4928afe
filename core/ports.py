"""The seams of Easel: what the parts ask of each other, and nothing more.

`ChatModel` thinks, `Painter` paints (inside a worker process), `Platform` is where people talk, `Desk` is what a
platform may ask of the bot.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

from core.painting.recipe import Recipe, Source
from core.types import (
    Answer,
    ConversationView,
    Inbound,
    Mark,
    Picture,
    Post,
    Progress,
    QueueEntry,
    Receipt,
    ThreadRef,
    Turn,
    UserRef,
)

if TYPE_CHECKING:
    from PIL.Image import Image


# -- thinking ---------------------------------------------------------------------------------------------------------


class Task(StrEnum):
    CHAT = "chat"  # answer a person; may act
    REFINE = "refine"  # description -> n better descriptions, one a line
    VARY = "vary"  # description -> n different descriptions of the same idea, one a line
    REWRITE = "rewrite"  # old description + instruction -> new description, one line


@dataclass(frozen=True, slots=True)
class PictureNote:
    """One line of the picture index that an LLM sees."""

    number: int
    description: str
    parent: int | None = None
    name: str | None = None
    batch: tuple[int, ...] = ()  # numbers painted together, in the order shown ("the second one")
    is_upload: bool = False


@dataclass(frozen=True, slots=True)
class Situation:
    """The structured truth behind a chat request; `offline` and `references` work on it, LLMs read it as text."""

    user_text: str
    pictures: tuple[PictureNote, ...] = ()  # oldest first, at most the latest 50
    current: int | None = None
    names: Mapping[str, int] = field(default_factory=dict)
    reply_to: int | None = None
    uploads: tuple[int, ...] = ()  # numbers of the pictures that came with this message
    last_question: str = ""  # Easel's previous answer, for "yes, please"


@dataclass(frozen=True, slots=True)
class ChatMessage:
    role: Literal["system", "user", "assistant"]
    text: str
    pictures: tuple[bytes, ...] = ()  # encoded pictures for models that see


@dataclass(frozen=True, slots=True)
class ChatRequest:
    task: Task
    messages: tuple[ChatMessage, ...]
    situation: Situation | None = None  # CHAT only
    description: str = ""  # REFINE, VARY, REWRITE: the old description
    instruction: str = ""  # REWRITE
    count: int = 1  # REFINE, VARY: lines wanted
    max_tokens: int = 1024
    temperature: float = 0.7


@dataclass(frozen=True, slots=True)
class TextDelta:
    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A complete native tool call; `arguments` is the model's text and may not be JSON."""

    name: str
    arguments: str


ChatChunk = TextDelta | ToolCall


@dataclass(frozen=True, slots=True)
class ModelInfo:
    name: str
    tools: bool = False  # native tool calls instead of tags
    vision: bool = False
    context_tokens: int = 8192


class ChatModel(Protocol):
    @property
    def info(self) -> ModelInfo: ...

    def stream(self, request: ChatRequest) -> AsyncGenerator[ChatChunk]:
        """The answer as it arrives; to be closed by who does not read it to the end.

        Raises `LlmError`; before the first chunk it has retried already.
        """
        ...

    async def warm(self) -> None:
        """Loads what the first answer would wait for. Raises `LlmError`."""
        ...

    async def close(self) -> None: ...


# -- painting ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StepReport:
    step: int  # 1..steps
    steps: int
    preview: Callable[[], bytes] | None = (
        None  # makes a small JPEG of the batch; costs time only when called
    )


class Painter(Protocol):
    """Lives in a worker process. Not re-entrant: one `paint` at a time."""

    def load(self) -> None:
        """Reads the weights. Raises `ModelBroken` with the missing part named."""
        ...

    def paint(
        self,
        recipes: Sequence[Recipe],
        sources: Sequence[Source | None],
        on_step: Callable[[StepReport], None],
    ) -> list[Image]:
        """One RGB picture per recipe, in order; the recipes share a `batch_key`.

        `on_step` may raise `Cancelled` to stop between steps. Raises `OutOfMemory` (state is clean again) or
        `PaintingError`.
        """
        ...


# -- talking ----------------------------------------------------------------------------------------------------------


class Desk(Protocol):
    """What a platform may ask of the bot."""

    # -- what people say ------------------------------------------------------------------------------

    @property
    def message_characters(self) -> int:
        """The longest message that is taken."""
        ...

    async def receive(self, inbound: Inbound) -> Receipt:
        """Returns when the event is safe on disk. Raises `EaselError` with a sentence; nothing is stored then.

        A picture of another conversation that is pressed or answered on gets a number in this one.
        """
        ...

    async def turn_of_event(self, platform: str, event_id: str) -> Turn | None: ...

    async def amend(self, turn_id: str, text: str) -> bool:
        """True: the message was corrected before its turn came, and the new words count."""
        ...

    async def cancel(self, job_id: str, user: UserRef, moderator: bool = False) -> bool:
        """True: it was waiting or running and is being stopped. Raises `NotAllowed` for other people's jobs."""
        ...

    async def cancel_turn(self, turn_id: str, user: UserRef, moderator: bool = False) -> bool:
        """As `cancel`, for all jobs of a turn, and the thinking before them."""
        ...

    # -- what is there --------------------------------------------------------------------------------

    async def view(self, thread: ThreadRef) -> ConversationView | None: ...

    async def threads(self, platform: str) -> Sequence[tuple[ThreadRef, str]]:
        """Latest conversations of a platform with their titles, newest first."""
        ...

    async def turn(self, turn_id: str) -> Turn | None: ...

    async def answer(self, turn_id: str) -> Answer | None:
        """A turn as it is now, to be drawn again."""
        ...

    async def picture(self, picture_id: str) -> Picture | None: ...

    async def find_picture(
        self, text: str, thread: ThreadRef | None, user: UserRef
    ) -> Picture | None:
        """By number in this thread, or by id or its last six or more characters where `user` may see it."""
        ...

    async def pictures_of(self, user: UserRef, limit: int = 25) -> Sequence[Picture]:
        """What this person had painted on this platform and still exists, newest first."""
        ...

    async def queue(self, user: UserRef | None = None) -> Sequence[QueueEntry]:
        """Open jobs of a person, or of all, in the expected order."""
        ...

    def picture_path(self, picture: Picture) -> Path:
        """The WebP file of a READY picture."""
        ...

    def health(self) -> Mapping[str, object]:
        """What /healthz says."""
        ...

    # -- what platforms remember ----------------------------------------------------------------------

    async def remember(self, post: Post) -> None:
        """Keeps where a message of ours is; the same key again replaces it."""
        ...

    async def post(self, platform: str, channel: str, message: str) -> Post | None: ...

    async def posts(self, turn_id: str) -> Sequence[Post]:
        """The messages of a turn, in the order of their keys."""
        ...

    async def setting(self, scope: str, key: str) -> str | None:
        """A choice of a person or a place; scopes and keys are those of `core.preferences`."""
        ...

    async def set_setting(self, scope: str, key: str, value: str | None) -> None:
        """None removes it. Raises `BadInput` when the key is known and the value is none of its."""
        ...

    # -- what people do with pictures and with their data ---------------------------------------------

    async def mark(self, picture_id: str, user: UserRef, mark: Mark, on: bool) -> None: ...

    async def delete_picture(
        self, picture_id: str, user: UserRef, moderator: bool = False
    ) -> Picture:
        """The picture, DELETED; pictures made from it stay. Raises `NotAllowed`, `UnknownPicture`."""
        ...

    async def export(self, user: UserRef) -> Path:
        """A ZIP file with all that is kept of this person: words, pictures, recipes. The caller deletes it."""
        ...

    async def forget(self, user: UserRef) -> int:
        """Deletes what this person said and had painted on this platform; how many turns that were."""
        ...

    async def forget_thread(self, thread: ThreadRef) -> bool:
        """True: there was such a conversation, and nothing of it is left."""
        ...


class Platform(Protocol):
    @property
    def name(self) -> str:
        """The `platform` of its `ThreadRef`s."""
        ...

    async def serve(self, desk: Desk) -> None:
        """Runs until cancelled; cleans up after itself."""
        ...

    async def show(self, progress: Progress) -> None:
        """A sign of life; called often, must return at once, may drop."""
        ...

    async def deliver(self, answer: Answer) -> str:
        """Shows the answer and gives the platform's id of it. The same `answer.key` again shows nothing new.

        Answers of one conversation come one after another, of different ones side by side. Raises `Undeliverable`
        when there is no way left; whatever else it raises is tried again.
        """
        ...


@runtime_checkable
class Connected(Protocol):
    """A platform that can lose its line."""

    @property
    def connected(self) -> bool: ...
