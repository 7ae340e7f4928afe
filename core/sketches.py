"""What shall be painted, before it has numbers: recipes made from words and from other pictures, and captions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from core import recipes
from core.errors import BadInput
from core.flags import Flags
from core.painting.profile import PainterProfile
from core.painting.recipe import Recipe
from core.prompt_adapter import PromptAdapter, Refined
from core.recipes import Part
from core.types import Action, Picture

SUBTLE = 0.5  # strength of a "subtle" variation


@dataclass(frozen=True, slots=True)
class Sketch:
    """Pictures of one wish: a recipe and a caption for each."""

    recipes: tuple[Recipe, ...]
    captions: tuple[str, ...]


class Sketches:
    """Those of one turn, under its flags. `heard` is told each answer of the prompt adapter."""

    def __init__(
        self,
        profile: PainterProfile,
        adapter: PromptAdapter,
        flags: Flags,
        heard: Callable[[Refined], None],
    ) -> None:
        self._profile, self._adapter, self._flags = profile, adapter, flags
        self._heard = heard

    async def fresh(self, text: str, seeds: Sequence[int], exact: bool) -> Sketch:
        prompts = await self._prompts(text, len(seeds), exact)
        made = [
            recipes.fresh(self._profile, prompt, seed, self._flags)
            for prompt, seed in zip(prompts, seeds, strict=True)
        ]
        return Sketch(self._drafts(made), (text,) * len(made))

    async def edited(
        self, source: Picture, action: Action, count: int, part: Part, exact: bool
    ) -> Sketch:
        text = action.text or await self._rewrite(source, action.instruction)
        prompts = await self._prompts(text, count, exact)
        asked = self._flags.strength
        flags = replace(self._flags, strength=action.strength if asked is None else asked)
        made = [
            recipes.edited(self._profile, source, prompt, flags, index, part)
            for index, prompt in enumerate(prompts)
        ]
        return Sketch(tuple(made), (text,) * count)

    async def varied(self, source: Picture, how: str, seeds: Sequence[int], exact: bool) -> Sketch:
        """`how`: "subtle", "strong" or neither."""
        ideas = await self._ideas(source, len(seeds), how == "strong", exact)
        flags = self._flags
        if how == "subtle" and flags.strength is None:
            flags = replace(flags, strength=SUBTLE)
        made = [
            recipes.varied(self._profile, source, prompt, seed, flags)
            for (_, prompt), seed in zip(ideas, seeds, strict=True)
        ]
        return Sketch(self._drafts(made), tuple(caption for caption, _ in ideas))

    async def refined(self, source: Picture, text: str, exact: bool) -> Sketch:
        """`text`: a better description; "": the old one."""
        prompt = source.recipe.prompt if source.recipe else source.caption
        if text:
            prompt = (await self._prompts(text, 1, exact))[0]
        recipe = recipes.refined(self._profile, source, prompt, self._flags)
        return Sketch((recipe,), (source.caption,))

    def again(self, batch: Sequence[Picture], seeds: Sequence[int]) -> Sketch:
        """The same recipes from new noise."""
        made = [
            (replace(picture.recipe, seed=seed, model=self._profile.model), picture.caption)
            for picture, seed in zip(batch, seeds, strict=True)
            if picture.recipe
        ]
        return Sketch(tuple(recipe for recipe, _ in made), tuple(caption for _, caption in made))

    async def blended(
        self, sources: Sequence[Picture], words: str, seeds: Sequence[int], exact: bool
    ) -> Sketch:
        """The words of all, and the person's, on the pixels of the first. Raises `BadInput` where there are none."""
        text = await self._joined(sources, words, exact)
        prompts = await self._prompts(text, len(seeds), exact)
        made = [
            recipes.blended(self._profile, sources, prompt, seed, self._flags)
            for prompt, seed in zip(prompts, seeds, strict=True)
        ]
        return Sketch(tuple(made), (text,) * len(made))

    def _drafts(self, made: Sequence[Recipe]) -> tuple[Recipe, ...]:
        """Several pictures from noise are there to choose from: fewer steps show them sooner."""
        steps = self._profile.draft_steps
        if steps is None or len(made) < 2:
            return tuple(made)
        return tuple(
            replace(each, steps=min(each.steps, steps)) if each.strength is None else each
            for each in made
        )

    # -- words ----------------------------------------------------------------------------------------

    async def _ideas(
        self, source: Picture, count: int, strong: bool, exact: bool
    ) -> list[tuple[str, str]]:
        """(caption, prompt) of each variation. The first keeps the words unless it shall differ much."""
        same = (source.caption, source.recipe.prompt if source.recipe else source.caption)
        others = count - (not strong)
        if source.recipe is None or exact or others < 1:
            return [same] * count
        varied = self._answer(await self._adapter.vary(source.caption, others))
        prompts = await asyncio.gather(*(self._prompts(idea, 1, exact) for idea in varied))
        fresh = [(idea, prompt[0]) for idea, prompt in zip(varied, prompts, strict=True)]
        return fresh if strong else [same, *fresh]

    async def _joined(self, sources: Sequence[Picture], words: str, exact: bool) -> str:
        """One description out of several. Of an upload only the file's name is known, so it has no say here."""
        captions = list(dict.fromkeys(s.caption for s in sources if s.recipe))
        if not captions and not words:
            raise BadInput(
                "a blend without words",
                "I know pictures by their words, and these have none. Tell me what to make of them.",
            )
        if exact:
            return ", ".join(filter(None, [*captions, words]))
        if not captions:
            return words
        wishes = [*(f"add {caption}" for caption in captions[1:]), words]
        instruction = ". ".join(filter(None, wishes))
        if not instruction:
            return captions[0]
        return self._answer(await self._adapter.rewrite(captions[0], instruction))[0]

    async def _prompts(self, text: str, count: int, exact: bool) -> Sequence[str]:
        if exact or not text.strip():
            return [text] * count
        return self._answer(await self._adapter.refine(text, count))

    async def _rewrite(self, source: Picture, instruction: str) -> str:
        if source.recipe is None:
            return instruction
        return self._answer(await self._adapter.rewrite(source.caption, instruction))[0]

    def _answer(self, refined: Refined) -> Sequence[str]:
        self._heard(refined)
        return refined.prompts
