"""What the buttons do. Each first answers Discord, then asks the desk; all it knows is what the button carries."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

import discord

from adapters.discord import forms
from adapters.discord.controls import MORE, button
from adapters.discord.identifiers import Carried
from adapters.discord.meaning import FORMS, PAINTING, Meant, Wish, press_wish, retry_wish
from adapters.discord.panels import panel
from adapters.discord.shown import Shown, pictures_on
from adapters.discord.texts import split_text
from core import records
from core.errors import NotAllowed, UnknownPicture
from core.types import Attachment, Mark, Picture, Press, Verb

if TYPE_CHECKING:
    from adapters.discord.bot import Bot

Interaction = discord.Interaction[Any]

WHICH = "which"  # argument: one of the message's pictures, ask which
OPEN = "open"  # argument: the answer is for all, though the button is not
SURE = "sure"
DETAILS_CHARACTERS = 1900  # of one message
PREFILL_S = 1.5  # a form must be open three seconds after the press

_LABELS = {value: label.rstrip("…") for value, label, _ in MORE} | {
    "refine": "Refine",
    "vary": "Vary",
    "details": "Details",
}
OLD = "This was made by another version of Easel. `/show` brings a picture back with fresh buttons."


async def press(bot: Bot, interaction: Interaction, carried: Carried | None) -> None:
    """A button, or an entry of the "More" menu."""
    if carried is None or not (carried.verb in PAINTING or carried.verb in _OTHERS):
        await interaction.response.send_message(OLD, ephemeral=True)
        return
    shown = pictures_on(interaction.message)
    if carried.argument == WHICH and len(shown) > 1:
        await _ask_which(interaction, carried, shown)
    elif carried.argument == WHICH and shown:
        await _one(bot, interaction, Carried(carried.verb, shown[0].id), shown)
    else:
        await _one(bot, interaction, carried, shown)


async def _one(
    bot: Bot, interaction: Interaction, carried: Carried, shown: tuple[Shown, ...]
) -> None:
    if carried.verb in FORMS:
        here = [p for p in shown if p.id == carried.id]
        custom_id = str(Carried(f"form-{carried.verb}", carried.id, carried.argument))
        form = forms.FORMS[carried.verb](custom_id, forms.options_of(here))
        await interaction.response.send_modal(form)
    elif carried.verb in _OTHERS:
        await _OTHERS[carried.verb](bot, interaction, carried)
    else:
        await acknowledge(interaction)
        await hand_over(
            bot, interaction, press_wish(carried.verb, carried.argument, Meant(carried.id))
        )


async def _ask_which(interaction: Interaction, carried: Carried, shown: tuple[Shown, ...]) -> None:
    options = forms.options_of(shown)
    if (
        carried.verb == "prompt"
    ):  # its form shows the picture's prompt, so the picture must be known first
        buttons = [
            button(Carried("prompt", p.id, OPEN), o.label)
            for p, o in zip(shown, options, strict=True)
        ]
        await interaction.response.send_message(
            view=panel("Which picture's prompt?", buttons), ephemeral=True
        )
        return
    if carried.verb in FORMS:
        custom_id = str(Carried(f"form-{carried.verb}", carried.id))
        await interaction.response.send_modal(forms.FORMS[carried.verb](custom_id, options))
        return
    custom_id = str(Carried("form-which", carried.id, carried.verb))
    title = _LABELS.get(carried.verb, carried.verb.capitalize())
    await interaction.response.send_modal(forms.which_form(custom_id, title, options))


async def perform(bot: Bot, interaction: Interaction, carried: Carried) -> None:
    """A verb on a picture that was chosen in a form; the form's submission is not yet answered."""
    await _one(bot, interaction, carried, ())


async def hand_over(bot: Bot, interaction: Interaction, wish: Wish, guard: bool = True) -> None:
    """Starts a turn. Answers to what only one person sees are for that person only."""
    await bot.submit(
        interaction,
        text=wish.text,
        press=wish.press,
        attachments=await _files(bot, wish.files),
        reply_to=wish.reply_to,
        ephemeral=is_private(interaction),
        guard=guard,
        uploads=wish.uploads,
    )


async def acknowledge(interaction: Interaction) -> None:
    """Quietly where there is a message of ours, so that a refusal can stay private; else there must be an answer."""
    await interaction.response.defer(thinking=interaction.message is None)


def is_private(interaction: Interaction) -> bool:
    data: Any = interaction.data
    custom_id = str(data.get("custom_id", ""))
    is_hidden = interaction.message is not None and interaction.message.flags.ephemeral
    return is_hidden and not custom_id.endswith(f":{OPEN}")


async def require_owner(bot: Bot, interaction: Interaction, picture: Picture) -> None:
    """Raises `NotAllowed` unless they had it painted, or moderate the place."""
    turn = await bot.desk.turn(picture.turn_id)
    is_owner = turn is not None and turn.user.id == str(interaction.user.id)
    if not (is_owner or bot.is_moderator(interaction)):
        raise NotAllowed(
            "not their picture",
            "Only who asked for this picture, or a moderator, can do that. You can press Again.",
        )


def require_manager(interaction: Interaction) -> None:
    """Raises `NotAllowed` unless they may manage the server."""
    if interaction.guild_id is None or not interaction.permissions.manage_guild:
        raise NotAllowed("not a manager", "That takes the permission **Manage Server**.")


async def picture_of(bot: Bot, picture_id: str) -> Picture:
    picture = await bot.desk.picture(picture_id)
    if picture is None:
        raise UnknownPicture(f"no picture {picture_id}", "That picture is no longer here.")
    return picture


async def details_of(bot: Bot, picture: Picture) -> str:
    parent = await bot.desk.picture(picture.parent_id) if picture.parent_id else None
    known = {p.id: p for p in (picture, parent) if p}
    return f"{records.details(picture, known)}\n-# id `{picture.id[-6:]}`: `/show` finds it again"


async def _files(bot: Bot, picture_ids: tuple[str, ...]) -> tuple[Attachment, ...]:
    pictures = [await picture_of(bot, picture_id) for picture_id in picture_ids]
    return tuple(
        [
            Attachment(
                f"picture-{p.number}.webp",
                await asyncio.to_thread(bot.desk.picture_path(p).read_bytes),
            )
            for p in pictures
        ]
    )


# -- one function each --------------------------------------------------------------------------------


async def _cancel(bot: Bot, interaction: Interaction, carried: Carried) -> None:
    await acknowledge(interaction)
    user, moderator = bot.user_of(interaction), bot.is_moderator(interaction)
    stopped = await bot.desk.cancel_turn(carried.id, user, moderator)
    if not stopped or is_private(interaction):
        await bot.tell(interaction, "Stopped." if stopped else "That was finished already.")


async def _retry(bot: Bot, interaction: Interaction, carried: Carried) -> None:
    await acknowledge(interaction)
    turn = await bot.desk.turn(carried.id)
    if turn is None:
        raise UnknownPicture(f"no turn {carried.id}", "What was asked there is no longer here.")
    await hand_over(bot, interaction, retry_wish(turn))


async def _undo(bot: Bot, interaction: Interaction, carried: Carried) -> None:
    await acknowledge(interaction)
    picture = await picture_of(bot, carried.id)
    await require_owner(bot, interaction, picture)
    if picture.parent_id is None:
        raise UnknownPicture("nothing to undo", f"Picture {picture.number} is where this began.")
    await hand_over(bot, interaction, Wish(press=Press(Verb.UNDO, picture.parent_id)), guard=False)


async def _details(bot: Bot, interaction: Interaction, carried: Carried) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    details = await details_of(bot, await picture_of(bot, carried.id))
    for piece in split_text(details, DETAILS_CHARACTERS):
        await bot.tell(interaction, piece)


async def _send(bot: Bot, interaction: Interaction, carried: Carried) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    picture = await picture_of(bot, carried.id)
    if await bot.send_to(str(interaction.user.id), [picture]):
        await bot.tell(interaction, f"Picture {picture.number} is in your direct messages.")
    else:
        await bot.tell(interaction, "I cannot write to you: your direct messages are closed to me.")


async def _favourite(bot: Bot, interaction: Interaction, carried: Carried) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    picture = await picture_of(bot, carried.id)
    await bot.desk.mark(picture.id, bot.user_of(interaction), Mark.FAVOURITE, True)
    await bot.tell(interaction, f"Picture {picture.number} is among your favourites.")


async def _delete(bot: Bot, interaction: Interaction, carried: Carried) -> None:
    if carried.argument != SURE:
        sure = button(
            Carried("delete", carried.id, SURE), "Delete", "🗑️", discord.ButtonStyle.danger
        )
        question = "Delete this picture for good? Pictures made from it stay."
        await interaction.response.send_message(view=panel(question, [sure]), ephemeral=True)
        return
    await acknowledge(interaction)
    user, moderator = bot.user_of(interaction), bot.is_moderator(interaction)
    picture = await bot.desk.delete_picture(carried.id, user, moderator)
    await interaction.edit_original_response(view=panel(f"Picture {picture.number} is deleted."))
    await bot.redraw(picture.turn_id)


async def _prompt(bot: Bot, interaction: Interaction, carried: Carried) -> None:
    prompt = ""
    try:
        async with asyncio.timeout(PREFILL_S):
            picture = await bot.desk.picture(carried.id)
            prompt = picture.recipe.prompt if picture and picture.recipe else ""
    except TimeoutError:
        prompt = ""  # an empty form is better than none
    custom_id = str(Carried("form-prompt", carried.id, carried.argument))
    await interaction.response.send_modal(forms.prompt_form(custom_id, prompt))


async def _tell(bot: Bot, interaction: Interaction, carried: Carried) -> None:
    form = forms.tell_form(str(Carried("form-tell", carried.id)))
    await interaction.response.send_modal(form)


async def _forget(bot: Bot, interaction: Interaction, carried: Carried) -> None:
    await acknowledge(interaction)
    turns = await bot.desk.forget(bot.user_of(interaction))
    said = f"Done: {turns} messages of yours, and what was painted for them, are gone."
    await interaction.edit_original_response(view=panel(said))


async def _forget_thread(bot: Bot, interaction: Interaction, carried: Carried) -> None:
    await acknowledge(interaction)
    require_manager(interaction)
    known = await bot.desk.forget_thread(bot.thread_of(interaction))
    said = "This conversation is forgotten." if known else "There was nothing to forget here."
    await interaction.edit_original_response(view=panel(said))


_OTHERS: Mapping[str, Callable[[Bot, Interaction, Carried], Awaitable[None]]] = {
    "cancel": _cancel,
    "retry": _retry,
    "undo": _undo,
    "details": _details,
    "send": _send,
    "favourite": _favourite,
    "delete": _delete,
    "prompt": _prompt,
    "tell": _tell,
    "forget": _forget,
    "forget-thread": _forget_thread,
}
