"""Actions -> a plan: which pictures they mean, which recipes they need, what is said beside them.

One `Planner` plans one turn. It decides everything and does nothing: no picture is painted, no row written here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from core import recipes, records
from core.errors import BadInput, UnknownPicture
from core.flags import Flags
from core.painting.profile import PainterProfile
from core.painting.recipe import Recipe
from core.ports import Situation
from core.prompt_adapter import PromptAdapter, Refined
from core.references import action_source
from core.types import (
    Action,
    ConversationView,
    PaintOrder,
    Part,
    Picture,
    PicturesPart,
    PictureState,
    Plan,
    Press,
    PromptUse,
    TextPart,
    Turn,
    Verb,
    new_id,
)

CAPTION_CHARACTERS = 1000
SUBTLE = 0.5  # strength of a "subtle" variation


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
        self._conversation_id = view.conversation.id
        self._by_number = {p.number: p for p in view.pictures}
        self._by_id = {p.id: p for p in view.pictures}
        self._next = max(self._by_number, default=0) + 1
        self._aliases: dict[int, int] = {}  # the number an LLM announced -> the number given
        self._parts: list[Part] = []
        self._orders: list[PaintOrder] = []
        self._uses: list[PromptUse] = []
        self._names: dict[str, str] = {}
        self._notes: dict[str, None] = {}  # sentences about how it was done, each said once
        self._current = turn.upload_ids[-1] if turn.upload_ids else None
        self._budget = kitchen.pictures_per_turn

    # -- what the caller does with it -----------------------------------------------------------------

    def say(self, text: str) -> None:
        """Adds text at this place of the answer; joins the text before it."""
        if self._parts and isinstance(self._parts[-1], TextPart):
            self._parts[-1] = TextPart(self._parts[-1].text + text)
        elif text.strip():
            self._parts.append(TextPart(text))

    def used(self, use: PromptUse | None) -> None:
        if use is not None:
            self._uses.append(use)

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
        }
        try:
            await steps[action.verb](action, exact or self._flags.raw)
        except BadInput as error:
            self.say(("\n\n" if self._parts else "") + error.reply)

    async def press(self, press: Press) -> None:
        """Plans a button; the picture is named by id, so buttons never grow old."""
        picture = self._by_id.get(press.picture_id)
        if picture is None:
            raise UnknownPicture("pressed picture unknown", "That picture is no longer here.")
        number, text = picture.number, press.text.strip()
        if press.verb is Verb.EDIT and not text:
            raise BadInput("edit without words", f"Tell me what to change in picture {number}.")
        await self.act(Action(press.verb, picture=number, instruction=text))
        if any(isinstance(part, PicturesPart) for part in self._parts):
            self._parts.insert(0, TextPart(records.press_sentence(press.verb, number, text)))

    def finish(self) -> Plan:
        """The plan; an answer that would be empty says so instead."""
        for note in self._notes:
            self.say(f"{self._gap()}({note})")
        if not self._parts:
            self.say(records.silence(self._names, self._by_id))
        parts = tuple(
            p for p in self._parts if not (isinstance(p, TextPart) and not p.text.strip())
        )
        return Plan(parts, tuple(self._orders), self._current, dict(self._names), tuple(self._uses))

    # -- one verb each --------------------------------------------------------------------------------

    async def _generate(self, action: Action, exact: bool) -> None:
        count = self._count(action.count)
        prompts = await self._prompts(action.text, count, exact)
        made = [
            recipes.fresh(self._kitchen.profile, prompt, seed, self._flags)
            for prompt, seed in zip(prompts, self._seeds(count), strict=True)
        ]
        self._paint(action, made, [action.text] * count, None)

    async def _edit(self, action: Action, exact: bool) -> None:
        source = self._source(action)
        text = action.text or await self._rewrite(source, action.instruction)
        count = self._count(action.count)
        prompts = await self._prompts(text, count, exact)
        asked = self._flags.strength
        flags = replace(self._flags, strength=action.strength if asked is None else asked)
        made = [
            recipes.edited(self._kitchen.profile, source, prompt, flags, index)
            for index, prompt in enumerate(prompts)
        ]
        self._paint(action, made, [text] * count, source)

    async def _vary(self, action: Action, exact: bool) -> None:
        source = self._source(action)
        count = self._count(action.count)
        ideas = await self._ideas(source, count, action.instruction == "strong", exact)
        flags = self._flags
        if action.instruction == "subtle" and flags.strength is None:
            flags = replace(flags, strength=SUBTLE)
        made = [
            recipes.varied(self._kitchen.profile, source, prompt, seed, flags)
            for (_, prompt), seed in zip(ideas, self._seeds(count), strict=True)
        ]
        self._paint(action, made, [caption for caption, _ in ideas], source)

    async def _ideas(
        self, source: Picture, count: int, strong: bool, exact: bool
    ) -> list[tuple[str, str]]:
        """(caption, prompt) of each variation. The first keeps the words unless it shall differ much."""
        same = (source.caption, source.recipe.prompt if source.recipe else source.caption)
        others = count - (not strong)
        if source.recipe is None or exact or others < 1:
            return [same] * count
        varied = self._note(await self._kitchen.adapter.vary(source.caption, others))
        prompts = await asyncio.gather(*(self._prompts(idea, 1, exact) for idea in varied))
        fresh = [(idea, prompt[0]) for idea, prompt in zip(varied, prompts, strict=True)]
        return fresh if strong else [same, *fresh]

    async def _refine(self, action: Action, exact: bool) -> None:
        source = self._source(action)
        prompt = source.recipe.prompt if source.recipe else source.caption
        if action.text:
            prompt = (await self._prompts(action.text, 1, exact))[0]
        recipe = recipes.refined(self._kitchen.profile, source, prompt, self._flags)
        self._paint(action, [recipe], [source.caption], source)

    async def _again(self, action: Action, exact: bool) -> None:
        source = self._source(action)
        if source.recipe is None:
            raise BadInput(
                "again on an upload", "That picture is yours, so I cannot paint it again."
            )
        siblings = [p for p in self._by_number.values() if p.job_id == source.job_id]
        made = [
            replace(p.recipe, seed=seed, model=self._kitchen.profile.model)
            for p, seed in zip(siblings, self._seeds(len(siblings)), strict=True)
            if p.recipe
        ]
        parent = self._by_id.get(source.parent_id or "")
        again = replace(action, verb=Verb.AGAIN, count=self._count(len(made)))
        self._paint(again, made[: again.count], [p.caption for p in siblings], parent)

    async def _select(self, action: Action, exact: bool) -> None:
        self._show(self._source(action), Verb.SELECT)

    async def _undo(self, action: Action, exact: bool) -> None:
        if action.picture is not None:
            return self._show(self._source(action), Verb.UNDO)
        current = self._source(action)
        parent = self._by_id.get(current.parent_id or "")
        if parent is None:
            raise BadInput(
                "nothing to undo",
                f"Picture {current.number} is where this began; there is nothing before it.",
            )
        self._show(parent, Verb.UNDO)

    async def _name(self, action: Action, exact: bool) -> None:
        name = action.text.strip()[:60]
        if name:
            self._names[name] = self._source(action).id

    async def _describe(self, action: Action, exact: bool) -> None:
        self.say(self._gap() + records.description(self._source(action), self._by_id))

    async def _details(self, action: Action, exact: bool) -> None:
        self.say(self._gap() + records.details(self._source(action), self._by_id))

    # -- shared steps ---------------------------------------------------------------------------------

    def _source(self, action: Action) -> Picture:
        number = action.picture
        if number is not None:
            number = self._aliases.get(number, number)
        if number not in self._by_number:  # none named, or one that does not exist
            number = action_source(replace(action, picture=number), self._known())
        picture = self._by_number[number]
        if picture.state in (PictureState.FAILED, PictureState.CANCELLED):
            raise UnknownPicture(
                "source was never painted", f"Picture {picture.number} was never finished."
            )
        return picture

    def _known(self) -> Situation:
        """The situation with the pictures this very answer has planned so far."""
        notes = [
            note
            for order in self._orders
            for note in records.notes([self._by_id[i] for i in order.picture_ids], self._by_id)
        ]
        if not notes:
            return self._situation
        pictures = (*self._situation.pictures, *notes)
        return replace(
            self._situation,
            pictures=pictures,
            current=notes[-1].batch[0],
            reply_to=None,
            uploads=(),
        )

    def _count(self, wanted: int) -> int:
        count = self._flags.count or wanted
        if count > self._budget:
            self._notes[f"I paint at most {self._kitchen.pictures_per_turn} pictures at once."] = (
                None
            )
        if self._budget < 1:
            raise BadInput("picture budget used up", "That was enough for one answer.")
        return min(count, self._budget)

    def _seeds(self, count: int) -> list[int]:
        first = self._flags.seed if self._flags.seed is not None else self._kitchen.seed()
        return [(first + i) % recipes.SEEDS for i in range(count)]

    async def _prompts(self, text: str, count: int, exact: bool) -> Sequence[str]:
        if exact or not text.strip():
            return [text] * count
        return self._note(await self._kitchen.adapter.refine(text, count))

    async def _rewrite(self, source: Picture, instruction: str) -> str:
        if source.recipe is None:
            return instruction
        return self._note(await self._kitchen.adapter.rewrite(source.caption, instruction))[0]

    def _note(self, refined: Refined) -> Sequence[str]:
        self.used(refined.use)
        if refined.note:
            self._notes[refined.note] = None
        return refined.prompts

    def _gap(self) -> str:
        return "\n\n" if self._parts and isinstance(self._parts[-1], TextPart) else ""

    def _show(self, picture: Picture, verb: Verb) -> None:
        self._current = picture.id
        self._parts.append(PicturesPart((picture.id,), verb))

    def _paint(
        self,
        action: Action,
        made: Sequence[Recipe],
        captions: Sequence[str],
        source: Picture | None,
    ) -> None:
        """Orders the pictures in batches that the painter can hold; each gets its number now."""
        if self._flags.aspect is not None and not self._kitchen.profile.any_shape:
            self._notes["This painter knows one shape only, so --ar changes nothing."] = None
        first = len(self._orders)
        size = max(1, self._kitchen.profile.max_pictures)
        for start in range(0, len(made), size):
            batch = made[start : start + size]
            self._order(action, batch, captions[start : start + size], source)
        self._budget -= len(made)
        self._current = self._orders[first].picture_ids[0]

    def _order(
        self,
        action: Action,
        made: Sequence[Recipe],
        captions: Sequence[str],
        source: Picture | None,
    ) -> None:
        job_id = new_id()
        pictures = [
            self._picture(action.verb, job_id, r, c, source)
            for r, c in zip(made, captions, strict=True)
        ]
        if action.number is not None:
            self._aliases.setdefault(action.number, pictures[0].number)
        ids = tuple(p.id for p in pictures)
        waits = source is not None and source.state is PictureState.PLANNED
        order = PaintOrder(
            job_id=job_id,
            verb=action.verb,
            picture_ids=ids,
            recipes=tuple(made),
            captions=tuple(p.caption for p in pictures),
            parent_id=source.id if source else None,
            after=source.job_id if source and waits else None,
        )
        self._orders.append(order)
        self._parts.append(PicturesPart(ids, action.verb, job_id))

    def _picture(
        self, verb: Verb, job_id: str, recipe: Recipe, caption: str, source: Picture | None
    ) -> Picture:
        picture = Picture(
            id=new_id(),
            conversation_id=self._conversation_id,
            number=self._next,
            turn_id=self._turn.id,
            job_id=job_id,
            parent_id=source.id if source else None,
            verb=verb,
            recipe=recipe,
            caption=caption[:CAPTION_CHARACTERS] or recipe.prompt[:CAPTION_CHARACTERS],
            state=PictureState.PLANNED,
        )
        self._next += 1
        self._by_number[picture.number] = self._by_id[picture.id] = picture
        return picture
