"""REST operations on interactions: the one answer in time, and follow-ups by their token."""

from __future__ import annotations

import time
from typing import Any

from .calls import Call
from .discord_codes import (
    AUTOCOMPLETE,
    COMMAND,
    COMPONENT,
    EPHEMERAL,
    LOADING,
    MODAL_SUBMIT,
    ApiError,
    invalid,
)
from .discord_composing import Composer, Files
from .discord_messages import Interaction, Message
from .discord_operations import HOOK, Table
from .discord_posting import delete, edited, new_message, post
from .discord_world import DiscordWorld
from .server import Json

MESSAGE, DEFER, DEFER_UPDATE, UPDATE, CHOICES, FORM = 4, 5, 6, 7, 8, 9
ALLOWED = {
    COMMAND: (MESSAGE, DEFER, FORM),
    COMPONENT: (MESSAGE, DEFER, DEFER_UPDATE, UPDATE, FORM),
    AUTOCOMPLETE: (CHOICES,),
    MODAL_SUBMIT: (MESSAGE, DEFER, DEFER_UPDATE, UPDATE),
}
ANSWER_TYPE = 20  # of a message that answers a command
TOKEN_LIFE_S = 15 * 60
FOREIGN_FOLLOWUPS = 5


async def callback(world: DiscordWorld, call: Call) -> tuple[int, Json | None]:
    interaction = _open_interaction(world, call)
    kind, data = call.body["type"], call.body.get("data") or {}
    allowed = ALLOWED[interaction.kind]
    needs_message = interaction.kind == MODAL_SUBMIT and kind in (DEFER_UPDATE, UPDATE)
    if kind not in allowed or (needs_message and interaction.source is None):
        text = f"type {kind} cannot answer interaction type {interaction.kind}"
        raise invalid("type", "INTERACTION_RESPONSE_TYPE", text)
    await _carry_out(world, interaction, kind, data, call.files)
    # only now: a refused answer leaves the interaction open, as on Discord
    interaction.acked_at = time.monotonic()
    interaction.callback, interaction.callback_type = call, kind
    if call.query.get("with_response", "").lower() not in ("1", "true"):
        return 204, None
    return 200, _resource(interaction, kind)


def _open_interaction(world: DiscordWorld, call: Call) -> Interaction:
    interaction = world.interactions.get(call.params["interaction_token"])
    if interaction is None or interaction.id != call.params["interaction_id"]:
        raise ApiError(404, 10062, "Unknown interaction")
    if interaction.acked_at is not None:
        raise ApiError(400, 40060, "Interaction has already been acknowledged.")
    if time.monotonic() - interaction.sent_at > world.ack_deadline:
        raise ApiError(404, 10062, "Unknown interaction")
    return interaction


async def _carry_out(
    world: DiscordWorld, interaction: Interaction, kind: int, data: Json, files: Files
) -> None:
    if kind == MESSAGE:
        interaction.message = await _say(world, interaction, data, files)
    elif kind == DEFER:
        flags = LOADING | (data.get("flags") or 0) & EPHEMERAL
        waiting = new_message(
            world, interaction.channel, world.bot, {"flags": flags}, _answer_type(interaction)
        )
        _own(world, interaction, waiting)
        interaction.pending_defer, interaction.message = True, waiting
        await post(world, interaction.channel, waiting)
    elif kind == DEFER_UPDATE:
        interaction.message = interaction.source
    elif kind == UPDATE and interaction.source is not None:
        await _edit(world, interaction, interaction.source, data, files)
        interaction.message = interaction.source
    elif kind == CHOICES:
        interaction.choices = data.get("choices") or []
    elif kind == FORM:
        interaction.modal = data


def _resource(interaction: Interaction, kind: int) -> Json:
    """Without this body discord.py raises TypeError."""
    info: Json = {"id": interaction.id, "type": interaction.kind}
    message = interaction.message
    if message is None:
        return {"interaction": info}
    info |= {
        "response_message_id": message.id,
        "response_message_loading": message.loading,
        "response_message_ephemeral": message.ephemeral,
    }
    if kind in (MESSAGE, UPDATE):
        return {"interaction": info, "resource": {"type": kind, "message": dict(message)}}
    return {"interaction": info}


def _answer_type(interaction: Interaction) -> int:
    return ANSWER_TYPE if interaction.kind == COMMAND else 0


async def _say(
    world: DiscordWorld, interaction: Interaction, body: Json, files: Files, followup: bool = False
) -> Message:
    kind = 0 if followup else _answer_type(interaction)
    message = new_message(world, interaction.channel, world.bot, body, kind)
    _own(world, interaction, message)
    Composer(world, interaction.channel, message).create(body, files, interaction.upload_limit)
    await post(world, interaction.channel, message)
    return message


async def _edit(
    world: DiscordWorld, interaction: Interaction, message: Message, body: Json, files: Files
) -> None:
    Composer(world, interaction.channel, message).edit(body, files, interaction.upload_limit)
    await edited(world, interaction.channel, message)


def _own(world: DiscordWorld, interaction: Interaction, message: Message) -> None:
    """Marks a message as the interaction's."""
    message.interaction = interaction
    message["webhook_id"] = message["application_id"] = world.application_id
    message["interaction_metadata"] = _metadata(interaction)
    if interaction.kind == COMMAND:
        message["interaction"] = {
            "id": interaction.id,
            "type": COMMAND,
            "name": interaction.data["name"],
            "user": interaction.user.wire(),
        }
    if message.ephemeral:
        message.ephemeral_to = interaction.user.id


def _metadata(interaction: Interaction) -> Json:
    data: Json = {
        "id": interaction.id,
        "type": interaction.kind,
        "user": interaction.user.wire(),
        "authorizing_integration_owners": owners(interaction),
    }
    if interaction.kind == COMPONENT and interaction.source is not None:
        data["interacted_message_id"] = interaction.source.id
    if interaction.kind == MODAL_SUBMIT:
        data["triggering_interaction_metadata"] = {
            "id": interaction.id,
            "type": COMMAND,
            "user": interaction.user.wire(),
            "authorizing_integration_owners": owners(interaction),
        }
    return data


def owners(interaction: Interaction) -> Json:
    """Who brought the bot: "0" the guild (or nobody), "1" the user."""
    if interaction.foreign:
        return {"1": interaction.user.id}
    return {"0": interaction.channel.guild_id or "0"}


# -- the token's fifteen minutes --------------------------------------------------------------------------


def _hook(world: DiscordWorld, call: Call) -> Interaction:
    interaction = world.interactions.get(call.params["webhook_token"])
    known = interaction is not None and call.params["webhook_id"] == world.application_id
    if interaction is None or not known or interaction.acked_at is None:
        raise ApiError(404, 10015, "Unknown Webhook")
    if time.monotonic() - interaction.sent_at > TOKEN_LIFE_S:
        raise ApiError(401, 50027, "Invalid Webhook Token")
    return interaction


def _hook_message(world: DiscordWorld, call: Call) -> tuple[Interaction, Message]:
    interaction = _hook(world, call)
    wanted = call.params.get("message_id", "@original")
    for message in interaction.all_messages():
        original = wanted == "@original" and message is interaction.message
        if not message.deleted and (original or wanted == message.id):
            return interaction, message
    raise ApiError(404, 10008, "Unknown Message")


async def follow_up(world: DiscordWorld, call: Call) -> Json:
    """Always answers with the message, whether `wait` was asked or not."""
    interaction, body = _hook(world, call), call.body or {}
    if interaction.pending_defer:  # the first follow-up fills in the deferred answer
        return await _fill_in(world, interaction, body, call.files)
    if interaction.foreign and len(interaction.followups) >= FOREIGN_FOLLOWUPS:
        text = "This interaction has reached the maximum number of follow-up messages"
        raise ApiError(400, 40094, text)
    message = await _say(world, interaction, body, call.files, followup=True)
    interaction.followups.append(message)
    return dict(message)


async def _fill_in(world: DiscordWorld, interaction: Interaction, body: Json, files: Files) -> Json:
    message = interaction.message
    assert message is not None, "a deferred answer has its message"
    before = message["flags"]
    message["flags"] &= ~LOADING
    try:
        await _edit(world, interaction, message, body, files)
    except ApiError:
        message["flags"] = before
        raise
    interaction.pending_defer = False
    return dict(message)


async def get_answer(world: DiscordWorld, call: Call) -> Json:
    return dict(_hook_message(world, call)[1])


async def edit_answer(world: DiscordWorld, call: Call) -> Json:
    interaction, message = _hook_message(world, call)
    body: Any = call.body or {}
    if interaction.pending_defer and message is interaction.message:
        return await _fill_in(world, interaction, body, call.files)
    await _edit(world, interaction, message, body, call.files)
    return dict(message)


async def delete_answer(world: DiscordWorld, call: Call) -> tuple[int, None]:
    interaction, message = _hook_message(world, call)
    await delete(world, interaction.channel, message)
    return 204, None


def _message_table(message: str) -> Table:
    return {
        ("GET", HOOK + message): get_answer,
        ("PATCH", HOOK + message): edit_answer,
        ("DELETE", HOOK + message): delete_answer,
    }


TABLE: Table = {
    ("POST", "/interactions/{interaction_id}/{interaction_token}/callback"): callback,
    ("POST", HOOK): follow_up,
    **_message_table("/messages/@original"),
    **_message_table("/messages/{message_id}"),
}
