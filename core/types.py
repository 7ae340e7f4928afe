"""The data of Easel: what people say, what is planned, what is painted.

Everything here is frozen and plain: it can be compared, stored as JSON and sent between processes. Nothing here knows
a platform, a database or a model. Ids are ULIDs: text that sorts by time of birth. Times are seconds since 1970, UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from ulid import ULID

from core.painting.recipe import Recipe


def new_id() -> str:
    """A fresh ULID: 26 characters that sort by time of creation."""
    return str(ULID())


class Verb(StrEnum):
    """What can be done with pictures, in words, by button or by an LLM's action."""

    GENERATE = "generate"  # a new picture
    EDIT = "edit"  # change what was asked, keep the rest
    VARY = "vary"  # the same idea again
    REFINE = "refine"  # the same picture, better
    SELECT = "select"  # make current
    DESCRIBE = "describe"  # say what a picture shows
    UNDO = "undo"  # move the current picture back; nothing is deleted
    NAME = "name"  # "its name is Bob"
    AGAIN = "again"  # the same request with new noise (button)
    DETAILS = "details"  # the recipe of a picture (button, or "what prompt?")
    BLEND = "blend"  # one picture out of several


PRIVATE_THREAD = (
    "private-"  # begins the `thread` of a conversation in a channel that one person alone sees
)


@dataclass(frozen=True, slots=True)
class ThreadRef:
    """Where a conversation happens on its platform; the key of a conversation."""

    platform: str  # "web", "console", "discord", "slack"
    workspace: str
    channel: str
    thread: str


@dataclass(frozen=True, slots=True)
class UserRef:
    platform: str
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file a person sent, already downloaded; `data` is not yet known to be a picture."""

    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Press:
    """A button: the verb and the picture's id, which never die, and words where the verb takes some.

    An empty `picture_id` means the first picture that came with the press itself.
    """

    verb: Verb
    picture_id: str
    text: str = ""  # the instruction of an edit or a blend; "subtle" or "strong" for vary
    others: tuple[str, ...] = ()  # BLEND: ids of the further pictures, beside those that came along
    region: str = ""  # EDIT: the only part that may change: a name in `core.regions`, or "mask"


@dataclass(frozen=True, slots=True)
class Inbound:
    """One event from a platform. `event_id` is unique per platform: a second delivery has the same."""

    event_id: str
    thread: ThreadRef
    user: UserRef
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    press: Press | None = None
    reply_to: str | None = None  # id of the picture the person answered on
    received_at: float = 0.0
    origin: str = ""  # what the platform needs to answer later; nobody else reads it
    adult: bool = False  # the platform calls the place age-restricted


class TurnState(StrEnum):
    ACCEPTED = "accepted"  # in the inbox, nothing planned
    PAINTING = "painting"  # planned and saved; jobs wait or run
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class PictureState(StrEnum):
    PLANNED = "planned"  # has its number, not yet painted
    READY = "ready"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DELETED = "deleted"  # by a person; number and recipe stay, the file is gone


@dataclass(frozen=True, slots=True)
class Picture:
    """A numbered picture of a conversation: painted (`recipe`) or uploaded (`recipe` is None)."""

    id: str
    conversation_id: str
    number: int  # 1, 2, 3... within the conversation
    turn_id: str
    job_id: str | None
    parent_id: str | None
    verb: Verb | None  # how it came from its parent; None: uploaded
    recipe: Recipe | None
    caption: str  # what it shows, in plain words; also its alt text
    state: PictureState
    sha256: str | None = None  # of the file; None until READY
    width: int = 0
    height: int = 0
    seconds: float = 0.0  # rendering time of its job
    created_at: float = 0.0


@dataclass(frozen=True, slots=True)
class TextPart:
    text: str


@dataclass(frozen=True, slots=True)
class PicturesPart:
    """Pictures at this place of an answer: freshly painted (`job_id`) or shown again (None)."""

    picture_ids: tuple[str, ...]
    verb: Verb
    job_id: str | None = None


Part = TextPart | PicturesPart


@dataclass(frozen=True, slots=True)
class Turn:
    """One message (or press) and its answer, in the order shown."""

    id: str
    conversation_id: str
    event_id: str
    user: UserRef
    text: str
    state: TurnState
    press: Press | None = None
    reply_to: str | None = None
    upload_ids: tuple[str, ...] = ()  # pictures that came with the message
    parts: tuple[Part, ...] = ()
    error: str = ""  # the sentence shown when it failed
    created_at: float = 0.0
    finished_at: float | None = None
    origin: str = ""  # as in `Inbound`
    adult: bool = False  # as in `Inbound`


@dataclass(frozen=True, slots=True)
class Conversation:
    id: str
    thread: ThreadRef
    title: str
    current_id: str | None  # the picture that "it" means
    names: Mapping[str, str] = field(default_factory=dict)  # "Bob" -> picture id
    created_at: float = 0.0


@dataclass(frozen=True, slots=True)
class ConversationView:
    """A conversation with its latest turns and pictures, oldest first."""

    conversation: Conversation
    turns: tuple[Turn, ...]
    pictures: tuple[Picture, ...]


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    QUARANTINED = "quarantined"  # killed its worker too often


@dataclass(frozen=True, slots=True)
class Job:
    """One rendering of one or more pictures as one batch: same model, size, steps, scheduler and technique."""

    id: str
    conversation_id: str
    turn_id: str
    user_key: str  # "platform:id", the unit of fairness
    picture_ids: tuple[str, ...]
    recipes: tuple[Recipe, ...]  # one per picture
    state: JobState = JobState.QUEUED
    after: str | None = None  # a job whose picture this one starts from
    interactive: bool = False  # an edit or a refinement someone waits for: before new batches
    attempts: int = 0  # counted before running
    owner: str | None = None
    lease_until: float | None = None
    error: str = ""
    created_at: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Rendered:
    """One finished picture of a job: the encoded file and its size in pixels."""

    picture_id: str
    data: bytes  # WebP, lossless, with the recipe in its metadata
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class PromptUse:
    """Which text of `prompts/` was sent to which model: kept with the turn."""

    name: str
    version: str
    sha256: str
    model: str
    seconds: float
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Action:
    """What an LLM asks for. Numbers are the conversation's picture numbers; None: Easel finds the picture itself."""

    verb: Verb
    text: str = ""  # the whole new description; for NAME the name, for DESCRIBE empty
    instruction: str = (
        ""  # for EDIT by tool call: only what changes; `text` is then written from it
    )
    picture: int | None = None  # the source: edit, vary, refine, select, describe, undo, name
    number: int | None = (
        None  # the number the LLM gave its new picture, so that later actions can name it
    )
    count: int = 1  # 1..8 pictures
    strength: float | None = None  # 0..1, share of the denoising that is done anew


@dataclass(frozen=True, slots=True)
class PaintOrder:
    """A picture-making step of a plan, complete but for its ids' rows in the database."""

    job_id: str
    verb: Verb
    picture_ids: tuple[str, ...]
    recipes: tuple[Recipe, ...]
    captions: tuple[str, ...]
    parent_id: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a turn will do; saved in one transaction before anything is painted."""

    parts: tuple[Part, ...]
    orders: tuple[PaintOrder, ...] = ()
    current_id: str | None = (
        None  # the pointer after the turn; None: the first new picture, else unchanged
    )
    names: Mapping[str, str] = field(default_factory=dict)
    prompt_uses: tuple[PromptUse, ...] = ()


class Stage(StrEnum):
    THINKING = "thinking"
    WRITING = "writing"  # text of the answer arrives
    QUEUED = "queued"
    PAINTING = "painting"


@dataclass(frozen=True, slots=True)
class Progress:
    """A sign of life while a turn runs. May be dropped or merged; the `Answer` is what counts."""

    thread: ThreadRef
    turn_id: str
    stage: Stage
    text: str = ""  # WRITING: the new piece of text
    job_id: str | None = None
    position: int = 0  # QUEUED: jobs ahead
    wait_s: float | None = None  # QUEUED: expected seconds until it starts; PAINTING: until done
    step: int = 0
    steps: int = 0
    preview: bytes | None = None  # PAINTING: a small JPEG of the batch so far


@dataclass(frozen=True, slots=True)
class Answer:
    """The one visible answer to a turn. Delivering the same `key` twice must show it once."""

    key: str
    thread: ThreadRef
    turn: Turn
    pictures: tuple[Picture, ...]  # every picture the parts name
    doubtful: bool = False  # an earlier attempt may have been shown: look before sending
    parents: tuple[Picture, ...] = ()  # what the pictures were made from


@dataclass(frozen=True, slots=True)
class Receipt:
    """What `Desk.receive` says: the event is safe on disk (`is_new`) or was known already."""

    conversation_id: str
    turn_id: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class Post:
    """A message of Easel's on a platform, found again by its place, its turn, or the key it was sent under."""

    key: str  # unique per platform: the same for every attempt to send it
    platform: str
    channel: str
    message: str  # the platform's id of it
    turn_id: str
    picture_ids: tuple[str, ...] = ()  # the pictures it shows, in order


@dataclass(frozen=True, slots=True)
class QueueEntry:
    """A job that waits or runs, for people who ask what is going on."""

    job_id: str
    turn_id: str
    thread: ThreadRef
    user_key: str
    caption: str
    running: bool
    position: int = 0  # jobs ahead
    wait_s: float | None = None  # until it starts, or until it is done when running


class Mark(StrEnum):
    """What a person thinks of a picture."""

    FAVOURITE = "favourite"
    GOOD = "good"
    BAD = "bad"
