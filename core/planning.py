"""Actions -> a plan: which pictures they mean, which recipes they need, what is said beside them.

One `Planner` plans one turn. It decides everything and does nothing: no picture is painted, no row written here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from core import recipes, records, regions
from core.draft import Draft, check_usable, is_usable
from core.errors import BadInput
from core.flags import Flags
from core.painting.profile import PainterProfile
from core.ports import Situation
from core.prompt_adapter import PromptAdapter, Refined
from core.recipes import Part
from core.references import action_source, pointed_at
from core.sketches import Sketch, Sketches
from core.types import (
    Action,
    ConversationView,
    Picture,
    PictureState,
    Plan,
    Press,
    PromptUse,
    Turn,
    Verb,
)

BLENDABLE = range(2, 6)  # pictures


@dataclass(frozen=True, slots=True)
class Kitchen:
    """What planning needs beside the conversation."""

    profile: PainterProfile
    adapter: PromptAdapter
    seed: Callable[[], int]  # a fresh seed, 0..2**32-1
    pictures_per_turn: int = 8


class Planner:
    def __init__(
        self,
        kitchen: Kitchen,
        view: ConversationView,
        turn: Turn,
        situation: Situation,
        flags: Flags,
    ) -> None:
        self._kitchen, self._turn, self._flags = kitchen, turn, flags
        self._situation = situation
        self._press: Press | None = None
        self._mask = _mask_of(turn)
        uploads = [upload for upload in turn.upload_ids if upload != self._mask]
        self._draft = Draft(view, turn, uploads[-1] if uploads else None)
        self._sketches = Sketches(kitchen.profile, kitchen.adapter, flags, self._heard)
        self._budget = kitchen.pictures_per_turn

    # -- what the caller does with it -----------------------------------------------------------------

    def say(self, text: str) -> None:
        """Adds text at this place of the answer; joins the text before it."""
        self._draft.say(text)

    def used(self, use: PromptUse | None) -> None:
        self._draft.used(use)

    async def act(self, action: Action, exact: bool = False) -> None:
        """Plans one action; one that cannot be done becomes its sentence, and the others go on."""
        steps: dict[Verb, Callable[[Action, bool], Awaitable[None]]] = {
            Verb.GENERATE: self._generate,
            Verb.EDIT: self._edit,
            Verb.VARY: self._vary,
            Verb.REFINE: self._refine,
            Verb.SELECT: self._select,
            Verb.UNDO: self._undo,
            Verb.NAME: self._name,
            Verb.DESCRIBE: self._describe,
            Verb.DETAILS: self._details,
            Verb.AGAIN: self._again,
            Verb.BLEND: self._blend,
        }
        try:
            await steps[action.verb](action, exact or self._flags.raw)
        except BadInput as error:
            self._draft.say_apart(error.reply)

    async def press(self, press: Press) -> None:
        """Plans a button; the picture is named by id, so buttons never grow old. Raises `BadInput`."""
        regions.check(press.region)
        picture, text = self._draft.picture(press.picture_id), press.text.strip()
        if press.verb is Verb.EDIT and not text:
            raise BadInput(
                "edit without words", f"Tell me what to change in picture {picture.number}."
            )
        self._press = press
        others = self._others()
        await self.act(Action(press.verb, picture=picture.number, instruction=text))
        numbers = [picture.number, *(other.number for other in others)]
        self._draft.begin(records.press_sentence(press, numbers))

    def finish(self) -> Plan:
        """The plan; an answer that would be empty says so instead."""
        return self._draft.finish()

    # -- one verb each --------------------------------------------------------------------------------

    async def _generate(self, action: Action, exact: bool) -> None:
        source = pointed_at(self._situation)
        if self._flags.strength is not None and source is not None:  # over that picture, then
            return await self._edit(replace(action, verb=Verb.EDIT, picture=source), exact)
        seeds = self._seeds(self._count(action.count))
        self._paint(action, await self._sketches.fresh(action.text, seeds, exact), None)

    async def _edit(self, action: Action, exact: bool) -> None:
        source, count, part = self._source(action), self._count(action.count), self._part()
        if part.region and self._flags.aspect is not None:
            self._draft.note("Where only a part changes the shape stays, so --ar changes nothing.")
        sketch = await self._sketches.edited(source, action, count, part, exact)
        self._paint(action, sketch, source)

    async def _vary(self, action: Action, exact: bool) -> None:
        source = self._source(action)
        seeds = self._seeds(self._count(action.count))
        sketch = await self._sketches.varied(source, action.instruction, seeds, exact)
        self._paint(action, sketch, source)

    async def _refine(self, action: Action, exact: bool) -> None:
        source = self._source(action)
        self._paint(action, await self._sketches.refined(source, action.text, exact), source)

    async def _again(self, action: Action, exact: bool) -> None:
        source = self._source(action)
        if source.recipe is None:
            raise BadInput(
                "again on an upload", "That picture is yours, so I cannot paint it again."
            )
        for needed in (source.recipe.source, source.recipe.mask):
            if known := self._draft.by_id.get(needed or ""):
                check_usable(known)
        batch = [p for p in self._draft.batch_of(source) if p.state is not PictureState.DELETED]
        batch = batch[: self._count(len(batch))]
        parent = next(self._draft.ancestors(source), None)
        self._paint(action, self._sketches.again(batch, self._seeds(len(batch))), parent)

    async def _blend(self, action: Action, exact: bool) -> None:
        first = self._source(action)
        sources = [first, *(check_usable(other) for other in self._others())]
        if len(sources) not in BLENDABLE:
            raise BadInput(
                f"blend of {len(sources)}",
                f"I blend two to five different pictures, not {len(sources)}.",
            )
        seeds = self._seeds(self._count(action.count))
        sketch = await self._sketches.blended(sources, action.instruction, seeds, exact)
        self._paint(action, sketch, first)

    async def _select(self, action: Action, exact: bool) -> None:
        self._draft.show(self._source(action), Verb.SELECT)

    async def _undo(self, action: Action, exact: bool) -> None:
        if action.picture is not None:
            return self._draft.show(self._source(action), Verb.UNDO)
        current = self._source(action)
        parent = next(filter(is_usable, self._draft.ancestors(current)), None)
        if parent is None:
            raise BadInput(
                "nothing to undo",
                f"Picture {current.number} is where this began; there is nothing before it.",
            )
        self._draft.show(parent, Verb.UNDO)

    async def _name(self, action: Action, exact: bool) -> None:
        name = action.text.strip()[:60]
        if name:
            self._draft.name(name, self._source(action))

    async def _describe(self, action: Action, exact: bool) -> None:
        self._draft.tell(records.description(self._source(action), self._draft.by_id))

    async def _details(self, action: Action, exact: bool) -> None:
        self._draft.tell(records.details(self._source(action), self._draft.by_id))

    # -- shared steps ---------------------------------------------------------------------------------

    def _source(self, action: Action) -> Picture:
        picture = self._draft.numbered(action.picture)
        if picture is None:  # none named, or one that does not exist
            number = action_source(action, self._draft.situation(self._situation))
            picture = self._draft.numbered(number)
        assert picture is not None  # a situation's pictures are the conversation's
        return picture if action.verb is Verb.DETAILS else check_usable(picture)

    def _others(self) -> list[Picture]:
        """The further pictures of a blend that was pressed: those named, and those that came along."""
        press = self._press
        if press is None or press.verb is not Verb.BLEND:
            return []
        ids = dict.fromkeys((*press.others, *self._turn.upload_ids))
        return [self._draft.picture(other) for other in ids if other != press.picture_id]

    def _part(self) -> Part:
        """What an edit may change. Raises `BadInput` where its mask is missing."""
        region = (self._press.region if self._press else "") or self._flags.region
        if region == regions.MASK and self._mask is None:
            raise BadInput(
                "edit without its mask",
                "Please send the mask along: a picture that is white where I may paint.",
            )
        return Part(region, self._mask if region == regions.MASK else None)

    def _count(self, wanted: int) -> int:
        count = self._flags.count or wanted
        if count > self._budget:
            self._draft.note(f"I paint at most {self._kitchen.pictures_per_turn} pictures at once.")
        if self._budget < 1:
            raise BadInput("picture budget used up", "That was enough for one answer.")
        return min(count, self._budget)

    def _seeds(self, count: int) -> list[int]:
        first = self._flags.seed if self._flags.seed is not None else self._kitchen.seed()
        return [(first + i) % recipes.SEEDS for i in range(count)]

    def _heard(self, refined: Refined) -> None:
        self._draft.used(refined.use)
        if refined.note:
            self._draft.note(refined.note)

    def _paint(self, action: Action, sketch: Sketch, source: Picture | None) -> None:
        if self._flags.aspect is not None and not self._kitchen.profile.any_shape:
            self._draft.note("This painter knows one shape only, so --ar changes nothing.")
        if self._flags.region and action.verb is not Verb.EDIT:
            self._draft.note("Only an edit can keep to a part, so --part changes nothing.")
        self._draft.paint(action, sketch, source, max(1, self._kitchen.profile.max_pictures))
        self._budget -= len(sketch.recipes)


def _mask_of(turn: Turn) -> str | None:
    """The id of the upload that is no picture to work on but says where an edit may paint."""
    if turn.press is None or turn.press.region != regions.MASK:
        return None
    pictures = [upload for upload in turn.upload_ids if upload != turn.press.picture_id]
    return pictures[-1] if pictures else None
