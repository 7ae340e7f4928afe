"""Actions -> a plan: which pictures they mean, which recipes they need, what is said beside them.

One `Planner` plans one turn. It decides everything and does nothing: no picture is painted, no row written here.
"""

from __future__ import annotations

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

CAPTION_CHARACTERS = 300


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
        self._current: str | None = None
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
        action = Action(press.verb, picture=number, instruction=text)
        self.say(records.press_sentence(press.verb, number, text))
        await self.act(action)

    def finish(self) -> Plan:
        """The plan; an answer that would be empty says so instead."""
        if not self._parts:
            self.say("I have nothing to add to that.")
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
        prompt = (await self._prompts(text, 1, exact))[0]
        flags = replace(self._flags, strength=self._flags.strength or action.strength)
        recipe = recipes.edited(self._kitchen.profile, source, prompt, flags)
        self._paint(action, [recipe], [text], source)

    async def _vary(self, action: Action, exact: bool) -> None:
        source = self._source(action)
        count = self._count(action.count)
        ideas = [source.caption] * count
        if (
            source.recipe and not exact and count > 1
        ):  # the first keeps the words, new noise is enough
            others = await self._kitchen.adapter.vary(source.caption, count - 1)
            ideas[1:] = self._note(others)
        prompts = [(await self._prompts(idea, 1, exact))[0] for idea in ideas]
        made = [
            recipes.varied(self._kitchen.profile, source, prompt, seed, self._flags)
            for prompt, seed in zip(prompts, self._seeds(count), strict=True)
        ]
        self._paint(action, made, ideas, source)

    async def _refine(self, action: Action, exact: bool) -> None:
        source = self._source(action)
        text = action.text or source.caption
        prompt = (await self._prompts(text, 1, exact or source.recipe is None))[0]
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
        picture = self._by_number[action_source(replace(action, picture=number), self._known())]
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
        granted = min(count, self._budget)
        if granted < 1:
            raise BadInput(
                "picture budget used up",
                f"That is more than the {self._kitchen.pictures_per_turn} pictures I paint at once.",
            )
        return granted

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
            self.say(f"{self._gap()}({refined.note})")
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
        size = max(1, self._kitchen.profile.max_pictures)
        for start in range(0, len(made), size):
            batch = made[start : start + size]
            self._order(action, batch, captions[start : start + size], source)
        self._budget -= len(made)

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
        self._current = ids[0]

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
