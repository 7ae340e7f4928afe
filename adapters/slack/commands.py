"""The slash commands: `/imagine`, and `/easel` with its words. All but pictures is for the caller's eyes only."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from slack_bolt.async_app import AsyncAck

from adapters.slack import blocks, cards, mrkdwn, panel
from adapters.slack.client import Refused, Unsure
from adapters.slack.message import Message
from adapters.slack.place import PLATFORM, Place, place_of_command
from adapters.slack.rooms import room
from adapters.slack.speech import mentioned, plain
from core.errors import BadInput, EaselError, NotAllowed, UnknownPicture
from core.flags import parse_flags
from core.preferences import BLOCKED, PRESS, person_scope, place_scope
from core.types import Inbound, PictureState, QueueEntry, UserRef

if TYPE_CHECKING:
    from adapters.slack.context import Context
    from adapters.slack.home import Home

log = logging.getLogger(__name__)

HELP = """*Talk to paint.* Mention me in a channel or write to me directly, then just go on talking in the thread:
• “a castle in the snow”, “make it night”, “more like the second one”, “refine it”, “go back to 3”
• flags anywhere: `--n 4` `--ar 16:9` `--seed 7` `--strength 40` `--part top` `--no people` `--raw`
• start a line with `//` to talk without me

*Commands*
• `/imagine a red fox --n 2` paints here
• `/easel queue` what is waiting, `/easel queue all` of everybody in this channel
• `/easel cancel` stops your newest wish, `/easel cancel all` every one
• `/easel show <id>` shows a picture again, with its buttons
• `/easel settings` your usual choices · `/easel privacy` your data · `/easel help` this
• `/easel admin status`, `/easel admin block @person`, `/easel admin unblock @person` for admins

*Any picture*
*More actions* (⋮) of a message has Edit this image, Make variations, Use as reference, Describe image
and Image details."""
_ELSEWHERE = "I am not part of that conversation, so your picture comes into our direct messages."


@dataclass(frozen=True, slots=True)
class Called:
    """One command of one person; `words` is what follows the part that was understood."""

    place: Place
    user: UserRef
    words: str
    event_id: str


class Commands:
    def __init__(self, context: Context, home: Home) -> None:
        self._context, self._home = context, home
        self._words: Mapping[str, Callable[[Called], Awaitable[None]]] = {
            "queue": self._queue,
            "cancel": self._cancel,
            "settings": self._settings,
            "show": self._show,
            "privacy": self._privacy,
            "admin": self._admin,
            "help": self._help,
        }

    async def imagine(self, ack: AsyncAck, command: Mapping[str, Any]) -> None:
        await ack()
        self._context.start(self._told(command, self._imagine))

    async def easel(self, ack: AsyncAck, command: Mapping[str, Any]) -> None:
        await ack()
        self._context.start(self._told(command, self._easel))

    async def _told(
        self, command: Mapping[str, Any], work: Callable[[Called], Awaitable[None]]
    ) -> None:
        place = place_of_command(command)
        try:
            user = await self._context.user(place.team, place.user)
            text = str(command.get("text") or "").strip()
            await work(Called(place, user, text, str(command.get("trigger_id"))))
        except EaselError as error:
            await self._context.tell_error(place, error)
        except (Refused, Unsure) as error:
            log.warning("%s could not be served: %s", command.get("command"), error)
            await self._whisper(place, "Slack did not let me do that; please try again.")

    async def _imagine(self, called: Called) -> None:
        text = plain(called.words)
        words, _ = parse_flags(text)
        if not words:
            raise BadInput(
                "nothing to paint", "Tell me what to paint: `/imagine a red fox in the snow`."
            )
        root = cards.asked_message(called.user.name, words)
        place = await self._context.within_reach(called.place)
        here = await room(self._context, place, f"root:{called.event_id}", root)
        if here is None:
            return
        if here.channel != called.place.channel:
            await self._whisper(called.place, _ELSEWHERE)
        inbound = Inbound(called.event_id, here.thread_ref(), called.user, text)
        await self._context.submit(inbound, here)
        self._home.changed(called.user)

    async def _easel(self, called: Called) -> None:
        word, _, rest = called.words.partition(" ")
        found = self._words.get(word.lower() or "help")
        if found is None:
            raise BadInput(
                "unknown word", f"I do not know “{word[:40]}”; `/easel help` lists what I know."
            )
        await found(Called(called.place, called.user, rest.strip(), called.event_id))

    # -- words of /easel ----------------------------------------------------------------------------------------------

    async def _help(self, called: Called) -> None:
        text = mrkdwn.clip(HELP, cards.NOTIFICATION)
        await self._context.whisper(called.place, Message(text, (blocks.section(HELP),)))

    async def _queue(self, called: Called) -> None:
        own = await self._context.desk.queue(called.user)
        everybody = await self._context.desk.queue() if called.words == "all" else ()
        entries = _in_sight(everybody, own, called.place) or own
        is_admin = await self._context.is_admin(called.place.team, called.place.user)
        mine = [entry.turn_id for entry in (entries if is_admin else own)]
        shown = tuple(panel.queue(entries, mine))
        await self._context.whisper(called.place, Message(f"{len(entries)} in the works.", shown))

    async def _cancel(self, called: Called) -> None:
        turns = sorted({entry.turn_id for entry in await self._context.desk.queue(called.user)})
        wanted = turns if called.words == "all" else turns[-1:]
        stopped = [await self._context.desk.cancel_turn(turn, called.user) for turn in wanted]
        count = sum(stopped)
        said = "Nothing of yours is waiting." if not count else "Stopped."
        await self._whisper(called.place, f"Stopped {count}." if count > 1 else said)
        self._home.changed(called.user)

    async def _settings(self, called: Called) -> None:
        desk, place = self._context.desk, called.place
        own = {k: await desk.setting(person_scope(called.user), k) for k in panel.OWN}
        chosen = {k: v for k, v in own.items() if v is not None}
        shown = [
            blocks.section("*Your usual choices*"),
            panel.settings("easel:own", panel.OWN, chosen),
        ]
        if await self._context.is_admin(place.team, place.user):
            scope = place_scope(PLATFORM, place.team, place.channel)
            press = await desk.setting(scope, PRESS)
            shown.append(blocks.section("*In this channel*"))
            shown.append(panel.settings("easel:place", (PRESS,), {PRESS: press} if press else {}))
        await self._context.whisper(place, Message("Your usual choices", tuple(shown)))

    async def _show(self, called: Called) -> None:
        if not called.words:
            raise BadInput(
                "no id", "Which picture? `/easel show <id>`; the id stands below every picture."
            )
        thread = called.place.thread_ref()
        picture = await self._context.desk.find_picture(called.words, thread, called.user)
        if picture is None or picture.state is not PictureState.READY:
            raise UnknownPicture(
                "not found", f"I know no picture “{called.words[:30]}” that you may see."
            )
        await self._context.show_pictures(
            called.place,
            f"show:{called.event_id}",
            [picture],
            lambda files: cards.pictures_message([picture], files),
        )

    async def _privacy(self, called: Called) -> None:
        text = (
            "I keep what you say to me here and what I paint for you, so that we can go on. "
            "You can have it sent to you, or have it all deleted."
        )
        shown = (blocks.section(text), panel.privacy())
        await self._context.whisper(called.place, Message(text, shown))

    async def _admin(self, called: Called) -> None:
        if not await self._context.is_admin(called.place.team, called.place.user):
            raise NotAllowed("no admin", "Only admins of this workspace can do that.")
        word, _, rest = called.words.partition(" ")
        if word == "status":
            text = panel.report(self._context.desk.health())
            await self._context.whisper(called.place, Message(text, (blocks.section(text),)))
        elif word in ("block", "unblock"):
            await self._block(called, rest, word == "block")
        else:
            raise BadInput(
                "unknown word",
                "I know `/easel admin status`, `block @person` and `unblock @person`.",
            )

    async def _block(self, called: Called, text: str, on: bool) -> None:
        named = mentioned(text)
        if not named:
            raise BadInput("no person", "Whom? Write `/easel admin block @person`.")
        person = await self._context.user(called.place.team, named[0])
        scope = place_scope(PLATFORM, called.place.team)
        blocked = set((await self._context.desk.setting(scope, BLOCKED) or "").split())
        blocked = blocked | {person.id} if on else blocked - {person.id}
        await self._context.desk.set_setting(scope, BLOCKED, " ".join(sorted(blocked)) or None)
        await self._whisper(
            called.place, f"{person.name} is {'blocked' if on else 'served again'}."
        )

    async def _whisper(self, place: Place, text: str) -> None:
        await self._context.whisper(place, cards.notice(text))


def _in_sight(
    entries: Sequence[QueueEntry], own: Sequence[QueueEntry], place: Place
) -> Sequence[QueueEntry]:
    """One's own, and other people's in the same channel: captions are for those who were there."""
    mine = {entry.job_id for entry in own}
    here = (PLATFORM, place.team, place.channel)
    return [
        e
        for e in entries
        if e.job_id in mine or (e.thread.platform, e.thread.workspace, e.thread.channel) == here
    ]
