"""What a progress card says: where a turn stands, in a line or three."""

from __future__ import annotations

from adapters.discord.texts import plain
from core.errors import BadInput
from core.flags import parse_flags
from core.types import Press, Progress, Stage, Turn, Verb

ON_IT = "👀 **On it…**"
BAR_CELLS = 10
WISH_CHARACTERS = 150
_WORDED = (Verb.EDIT, Verb.BLEND)  # presses whose text is words of a person
_WORDS = {
    Stage.THINKING: "💭 **Thinking…**",
    Stage.WRITING: "✍️ **Writing…**",
}


def progress_lines(turn: Turn, progress: Progress | None, now: float) -> list[str]:
    """The state, the step bar where there is one, and the wish it is about. `now`: seconds since 1970."""
    state = _state(progress, now) if progress else ON_IT
    return [state, *wish_line(turn.text, turn.press)]


def wish_line(text: str, press: Press | None) -> list[str]:
    """What was asked for, small, without its flags; no line where there are no words."""
    said = text if press is None else press.text if press.verb in _WORDED else ""
    try:
        said, _ = parse_flags(said)
    except BadInput:
        said = said.strip()  # the answer will say what is wrong with the flag
    wish = plain(said, WISH_CHARACTERS)
    return [f"-# {wish}"] if wish else []


def _state(progress: Progress, now: float) -> str:
    if progress.stage is Stage.QUEUED:
        place = "you are next" if progress.position < 1 else f"place {progress.position + 1}"
        return f"⏳ **In line:** {place}{_when('starts', progress.wait_s, now)}"
    if progress.stage is Stage.PAINTING:
        return f"🎨 **Painting**{_when('done', progress.wait_s, now)}{_bar(progress)}"
    return _WORDS[progress.stage]


def _when(what: str, seconds: float | None, now: float) -> str:
    """Discord shows the moment relative to each reader's clock and counts by itself, so no edit is needed for it."""
    return "" if seconds is None else f" · {what} <t:{int(now + seconds) + 1}:R>"


def _bar(progress: Progress) -> str:
    if progress.steps < 1:
        return ""
    step = min(progress.step, progress.steps)
    full = round(BAR_CELLS * step / progress.steps)
    return f"\n{'▰' * full}{'▱' * (BAR_CELLS - full)} {step}/{progress.steps}"
