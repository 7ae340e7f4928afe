"""Slash commands about pictures: paint, change, vary, refine, describe, blend, show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import Range

from adapters.discord.bot import bot_of
from adapters.discord.choices import (
    AMOUNT_CHOICES,
    ASPECT_CHOICES,
    REGION_CHOICES,
    chosen_picture,
    own_pictures,
)
from core import regions
from core.errors import BadInput
from core.types import Press, Verb

Interaction = discord.Interaction[Any]
Words = Range[str, 1, 2000]
Percent = Range[int, 0, 100]


def wish(  # noqa: PLR0913 - one parameter an option
    prompt: str,
    *,
    count: int | None = None,
    seed: int | None = None,
    aspect: str | None = None,
    strength: int | None = None,
    raw: bool = False,
    negative: str | None = None,
) -> str:
    """The words with the options as inline flags; `--no` takes all that follows, so it comes last."""
    flags = (
        ("n", count),
        ("seed", seed),
        ("ar", aspect),
        ("strength", strength),
    )
    said = [f"--{name} {value}" for name, value in flags if value is not None]
    said += ["--raw"] if raw else []
    said += [f"--no {negative}"] if negative else []
    return " ".join([prompt, *said])


@app_commands.command(description="Paint a picture from your words")
@app_commands.describe(
    prompt="What to paint",
    aspect="The picture's shape",
    count="How many pictures",
    seed="The same seed and words give the same picture",
    negative="What should not be in it",
    strength="How much of the reference may change, in percent",
    raw="Use my words exactly as they are",
    reference="A picture to start from",
    private="Only I see the answer",
)
@app_commands.choices(aspect=ASPECT_CHOICES)
async def imagine(  # noqa: PLR0913 - one parameter an option
    interaction: Interaction,
    prompt: Words,
    aspect: str | None = None,
    count: Range[int, 1, 4] | None = None,
    seed: Range[int, 0, 4294967295] | None = None,
    negative: Range[str, 1, 500] | None = None,
    strength: Percent | None = None,
    raw: bool = False,
    reference: discord.Attachment | None = None,
    private: bool = False,
) -> None:
    text = wish(
        prompt,
        count=count,
        seed=seed,
        aspect=aspect,
        strength=strength,
        raw=raw,
        negative=negative,
    )
    await bot_of(interaction).submit(
        interaction, text=text, uploads=_given(reference), ephemeral=private
    )


@app_commands.command(description="Change a picture and keep the rest")
@app_commands.describe(
    instruction="What to change",
    picture="Which picture; without it the latest one here",
    image="A picture of yours instead",
    region="The only part that may change",
    mask="A picture that is white where something may change",
    strength="How much may change, in percent",
)
@app_commands.choices(region=REGION_CHOICES)
@app_commands.autocomplete(picture=own_pictures)
async def edit(  # noqa: PLR0913 - one parameter an option
    interaction: Interaction,
    instruction: Words,
    picture: str = "",
    image: discord.Attachment | None = None,
    region: str = "",
    mask: discord.Attachment | None = None,
    strength: Percent | None = None,
) -> None:
    part = regions.MASK if mask else region
    press = Press(Verb.EDIT, "", wish(instruction, strength=strength), region=part)
    await _press(interaction, press, picture, _given(image), _given(mask))


@app_commands.command(description="More pictures like one")
@app_commands.describe(
    picture="Which picture; without it the latest one here",
    image="A picture of yours instead",
    amount="How different they may be",
    count="How many pictures",
)
@app_commands.choices(amount=AMOUNT_CHOICES)
@app_commands.autocomplete(picture=own_pictures)
async def vary(
    interaction: Interaction,
    picture: str = "",
    image: discord.Attachment | None = None,
    amount: str = "subtle",
    count: Range[int, 1, 4] | None = None,
) -> None:
    press = Press(Verb.VARY, "", wish(amount, count=count))
    await _press(interaction, press, picture, _given(image))


@app_commands.command(description="The same picture, better, and larger where I can")
@app_commands.describe(
    picture="Which picture; without it the latest one here",
    image="A picture of yours instead",
    strength="How much may change, in percent",
)
@app_commands.autocomplete(picture=own_pictures)
async def refine(
    interaction: Interaction,
    picture: str = "",
    image: discord.Attachment | None = None,
    strength: Percent | None = None,
) -> None:
    press = Press(Verb.REFINE, "", wish("", strength=strength).strip())
    await _press(interaction, press, picture, _given(image))


@app_commands.command(description="Say what a picture shows")
@app_commands.describe(
    picture="Which picture; without it the latest one here",
    image="A picture of yours instead",
    private="Only I see the answer",
)
@app_commands.autocomplete(picture=own_pictures)
async def describe(
    interaction: Interaction,
    picture: str = "",
    image: discord.Attachment | None = None,
    private: bool = False,
) -> None:
    if image:
        await bot_of(interaction).submit(
            interaction, text="Describe this picture.", uploads=[image], ephemeral=private
        )
    else:
        await _press(interaction, Press(Verb.DESCRIBE, ""), picture, ephemeral=private)


@app_commands.command(description="Make one picture out of several")
@app_commands.describe(
    picture1="A picture of yours",
    picture2="Another picture of yours",
    image1="A picture to send along",
    image2="Another picture to send along",
    image3="A third picture to send along",
    instruction="How to bring them together",
)
@app_commands.autocomplete(picture1=own_pictures, picture2=own_pictures)
async def blend(  # noqa: PLR0913 - one parameter an option
    interaction: Interaction,
    picture1: str = "",
    picture2: str = "",
    image1: discord.Attachment | None = None,
    image2: discord.Attachment | None = None,
    image3: discord.Attachment | None = None,
    instruction: Range[str, 1, 2000] | None = None,
) -> None:
    said = [text for text in (picture1, picture2) if text]
    images = _given(image1, image2, image3)
    if len(said) + len(images) < 2:
        raise BadInput("blend of fewer than two", "Give me two pictures or more to blend.")
    bot = bot_of(interaction)
    if said:
        await interaction.response.defer(thinking=True)
    ids = [(await chosen_picture(bot, interaction, text)).id for text in said]
    press = Press(Verb.BLEND, ids[0] if ids else "", instruction or "", others=tuple(ids[1:]))
    await bot.submit(interaction, press=press, uploads=images)


@app_commands.command(description="Show a picture again, with everything that can be done with it")
@app_commands.describe(
    picture="Which picture: its number here, its id, or one from the list",
    private="Only I see the answer",
)
@app_commands.autocomplete(picture=own_pictures)
async def show(
    interaction: Interaction, picture: Range[str, 1, 100], private: bool = False
) -> None:
    bot = bot_of(interaction)
    await interaction.response.defer(thinking=True, ephemeral=private)
    found = await chosen_picture(bot, interaction, picture, private)
    await bot.show(interaction, [found], ephemeral=private)


async def _press(
    interaction: Interaction,
    press: Press,
    picture: str,
    images: Sequence[discord.Attachment] = (),
    masks: Sequence[discord.Attachment] = (),
    *,
    ephemeral: bool = False,
) -> None:
    """Presses on the attached picture, else on the named one, else on the one this place is talking about."""
    bot = bot_of(interaction)
    if not images:
        await interaction.response.defer(thinking=True, ephemeral=ephemeral)
        found = await chosen_picture(bot, interaction, picture, ephemeral)
        press = _on(press, found.id)
    await bot.submit(interaction, press=press, uploads=[*images, *masks], ephemeral=ephemeral)


def _on(press: Press, picture_id: str) -> Press:
    return Press(press.verb, picture_id, press.text, press.others, press.region)


def _given(*attachments: discord.Attachment | None) -> list[discord.Attachment]:
    return [attachment for attachment in attachments if attachment]


COMMANDS: tuple[app_commands.Command[Any, ..., Any], ...] = (
    imagine, edit, vary, refine, describe, blend, show,
)  # fmt: skip
