"""The agent view's words: what to suggest, and what is being done. Pure."""

from __future__ import annotations

from adapters.slack.cards import duration
from core.types import Answer, PictureState, Progress, Stage, TurnState

Prompt = dict[str, str]

AT_THE_START: tuple[Prompt, ...] = (
    {"title": "Paint a scene", "message": "A whale in the sea, watercolour"},
    {"title": "A few to choose from", "message": "A cute dog near a river --n 4"},
    {"title": "Make a sticker", "message": "A sticker of a red fox in the snow"},
    {"title": "What can you do?", "message": "What can you do?"},
)
ABOUT_A_PICTURE: tuple[Prompt, ...] = (
    {"title": "Vary it", "message": "More like this one"},
    {"title": "Make it night", "message": "Make it night"},
    {"title": "Finish it", "message": "Refine it"},
    {"title": "Explain the prompt", "message": "What prompt did you use?"},
)


def suggested_prompts(answer: Answer | None) -> list[Prompt]:
    """Four things to say: about the last picture once there is one; `None`: at the start."""
    return prompts(has_picture=answer is not None and _shows_a_picture(answer))


def prompts(has_picture: bool) -> list[Prompt]:
    return [dict(p) for p in (ABOUT_A_PICTURE if has_picture else AT_THE_START)]


def status_text(progress: Progress) -> str:
    """What stands behind the bot's name while it works: "Easel is painting, 40 %"."""
    if progress.stage is Stage.QUEUED:
        place = f"is in line: {ordinal(progress.position + 1)}"
        return place + (f", starts in {duration(progress.wait_s)}" if progress.wait_s else "")
    if progress.stage is Stage.PAINTING:
        done = f", {progress.step * 100 // progress.steps} %" if progress.steps else ""
        return f"is painting{done}"
    return "is writing…" if progress.stage is Stage.WRITING else "is thinking…"


def ordinal(number: int) -> str:
    """ "1st", "2nd", "3rd", "11th"."""
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def _shows_a_picture(answer: Answer) -> bool:
    ready = any(p.state is PictureState.READY for p in answer.pictures)
    return ready and answer.turn.state is TurnState.DONE
