"""Answers: the progress card becomes the result, wherever it is; if it cannot, the person gets it by direct message."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace

import discord

from adapters.discord import cards
from adapters.discord.conversation import DM, PLATFORM, place_of
from adapters.discord.files import PictureFile, files_of, names_of, next_limit
from adapters.discord.homes import Homes
from adapters.discord.house_rules import is_spoiler
from adapters.discord.origin import Origin
from adapters.discord.places import Outgoing, Place
from adapters.discord.posting import Item, put
from adapters.discord.trouble import Trouble, trouble_of
from core.errors import Undeliverable
from core.ports import Desk
from core.types import Answer, Picture, PicturesPart, Post, ThreadRef, Turn, TurnState

log = logging.getLogger(__name__)

FRESH_S = 60.0  # Discord itself finds what was sent under the same nonce for some minutes
NO_PLACE = "I could not post my answer here. Ask for it with /show."


@dataclass(slots=True)
class _Errand:
    """One answer on its way."""

    answer: Answer
    origin: Origin
    posts: dict[str, Post]  # by key: where its messages are, as far as is known
    notes: list[str] = field(default_factory=list)  # what the person must be told first
    why: list[Trouble] = field(default_factory=list)

    @property
    def doubtful(self) -> bool:
        """Messages may be there that nobody remembers: an earlier process may have died right after sending."""
        return self.answer.doubtful or time.time() - self.answer.turn.created_at > FRESH_S

    def post(self, index: int) -> Post:
        key = f"{self.answer.turn.id}:{index}"
        known = self.posts.get(key)
        if known is None and index == 0 and self.origin.card:
            channel = self.origin.card_channel or self.origin.channel
            return Post(key, PLATFORM, channel, self.origin.card, self.answer.turn.id)
        return known or Post(key, PLATFORM, "", "", self.answer.turn.id)


class Delivery:
    """Sends through one client."""

    def __init__(self, desk: Desk, homes: Homes, reads_messages: bool) -> None:
        self._desk, self._homes, self._reads_messages = desk, homes, reads_messages

    async def draw(self, turn: Turn, thread: ThreadRef, outgoing: Outgoing) -> None:
        """Shows the state of a turn on its progress card. Raises `discord.HTTPException`."""
        errand = await self._errand(Answer(turn.id, thread, turn, ()))
        place = await self._current(errand) or await self._home(errand)
        if place is not None:
            item = Item(errand.post(0), outgoing, (f"cancel:{turn.id}",), errand.doubtful)
            await put(self._desk, place, item)

    async def deliver(self, answer: Answer) -> str:
        """The id of the answer's first message. Raises `Undeliverable`, or what passes: try again later."""
        errand = await self._errand(answer)
        for way in (self._current, self._home, self._parent, self._direct):
            message = await self._went(way, errand)
            if message:
                return message
        await self._give_up(errand)
        raise Undeliverable(
            f"answer {answer.key}: {', '.join(dict.fromkeys(errand.why))}", NO_PLACE
        )

    async def redraw(self, answer: Answer) -> None:
        """Shows a finished turn as it is now, on its old messages. Raises `discord.HTTPException`."""
        errand = await self._errand(answer)
        place = await self._current(errand)
        if place is not None:
            await self._put_all(place, errand, may_replace=False)

    async def _errand(self, answer: Answer) -> _Errand:
        posts = {post.key: post for post in await self._desk.posts(answer.turn.id)}
        origin = Origin.from_json(answer.turn.origin)
        return _Errand(answer, origin, posts, [origin.note] if origin.note else [])

    # -- ways -----------------------------------------------------------------------------------------

    async def _went(
        self, way: Callable[[_Errand], Awaitable[Place | None]], errand: _Errand
    ) -> str:
        """The id of the first message; "" when this way is closed."""
        try:
            place = await way(errand)
            return await self._put_all(place, errand) if place else ""
        except discord.HTTPException as error:
            trouble = trouble_of(error)
            if trouble is Trouble.PASSING:
                raise
            log.warning("answer %s cannot go that way: %s", errand.answer.key, error)
            errand.why.append(trouble)
            return ""

    async def _current(self, errand: _Errand) -> Place | None:
        """Where its card is already."""
        origin, post = errand.origin, errand.post(0)
        if origin.token and not post.message and origin.has_live_token():
            post = await self._find_first_answer(errand) or post
        if not post.message:
            return None
        if origin.by_token and post.channel == origin.channel:
            return self._homes.by_token(origin) if origin.has_live_token() else None
        here = {place_of(errand.answer.thread), errand.answer.thread.channel}
        guild = errand.answer.thread if post.channel in here else _NO_SERVER
        return self._homes.at(guild, post.channel)

    async def _home(self, errand: _Errand) -> Place | None:
        if errand.origin.by_token or Trouble.FORBIDDEN in errand.why:
            return None
        answer = errand.answer
        return await self._homes.home(answer.thread, errand.origin, answer.turn.text)

    async def _parent(self, errand: _Errand) -> Place | None:
        if errand.origin.by_token or Trouble.FORBIDDEN in errand.why:
            return None
        place = self._homes.parent(errand.answer.thread, errand.origin)
        if place and Trouble.LOCKED in errand.why:
            errand.notes.append(f"The thread <#{errand.answer.thread.thread}> is locked.")
        return place

    async def _direct(self, errand: _Errand) -> Place | None:
        thread = errand.answer.thread
        if thread.workspace == DM and not errand.origin.by_token:
            return None
        if Trouble.FORBIDDEN in errand.why and thread.workspace != DM:
            errand.notes = [await self._homes.complaint(thread)]
        elif not errand.notes:
            where = errand.origin.channel or place_of(thread)
            errand.notes = [f"I could not answer in <#{where}>, so here it is."]
        return await self._homes.direct(errand.answer.turn.user.id)

    async def _find_first_answer(self, errand: _Errand) -> Post | None:
        """Our first answer to the interaction, when the process died before it knew where that is."""
        origin = errand.origin
        try:
            message = await self._homes.by_token(origin).original()
        except discord.HTTPException as error:
            log.debug("no first answer to interaction %s: %s", origin.interaction, error)
            return None
        errand.origin = replace(origin, card=message)
        return errand.post(0)

    async def _give_up(self, errand: _Errand) -> None:
        """The progress card must not go on promising: it says, if it can be reached, how to get the answer."""
        turn = replace(errand.answer.turn, state=TurnState.FAILED, parts=(), error=NO_PLACE)
        (card, *_) = cards.answer_cards(replace(errand.answer, turn=turn), {}, cards.CardOptions())
        try:
            place = await self._current(errand)
            if place:
                await place.edit(errand.post(0).message, Outgoing(card.view))
        except discord.HTTPException as error:
            log.info("the card of answer %s stays: %s", errand.answer.key, error)

    # -- messages -------------------------------------------------------------------------------------

    async def _put_all(self, place: Place, errand: _Errand, may_replace: bool = True) -> str:
        """Every message of the answer, with files as small as Discord wants them; without them, if it must be."""
        pictures, limit = _shown(errand.answer), place.limit
        while True:
            files = await files_of(self._desk, pictures, limit) if limit else {}
            try:
                await self._put_each(place, errand, files, may_replace)
                return errand.post(0).message
            except discord.HTTPException as error:
                if trouble_of(error) is not Trouble.TOO_LARGE or not files:
                    raise
                limit = next_limit(min(limit, max(len(file.data) for file in files.values())))
                log.info(
                    "answer %s again, with files of at most %d bytes", errand.answer.key, limit
                )

    async def _put_each(
        self, place: Place, errand: _Errand, files: Mapping[str, PictureFile], may_replace: bool
    ) -> None:
        answer = errand.answer
        made = cards.answer_cards(answer, names_of(files), await self._options(errand))
        for index, card in enumerate(made):
            carried = tuple(files[i] for i in card.picture_ids if i in files)
            item = Item(
                replace(errand.post(index), picture_ids=card.picture_ids),
                Outgoing(card.view, carried),
                _marks(answer, index, card),
                errand.doubtful,
                may_replace,
            )
            errand.posts[item.post.key] = await put(self._desk, place, item)

    async def _options(self, errand: _Errand) -> cards.CardOptions:
        answer = errand.answer
        return cards.CardOptions(
            spoiler=await is_spoiler(self._desk, answer.thread, answer.turn.user),
            note=" ".join(errand.notes),
            tell_me=not self._reads_messages and answer.thread.workspace != DM,
            first=bool(answer.thread.thread) and answer.thread.thread == errand.origin.message,
        )


_NO_SERVER = ThreadRef(PLATFORM, DM, "", "")


def _shown(answer: Answer) -> list[Picture]:
    """The pictures of an answer in their order, each once."""
    by_id = {picture.id: picture for picture in answer.pictures}
    ids = [i for p in answer.turn.parts if isinstance(p, PicturesPart) for i in p.picture_ids]
    return [by_id[i] for i in dict.fromkeys(ids) if i in by_id]


def _marks(answer: Answer, index: int, card: cards.Card) -> tuple[str, ...]:
    """What tells this message from all others. A picture may be shown in several, so only new ones count."""
    fresh = {p.id for p in answer.pictures if p.turn_id == answer.turn.id}
    progress = () if index else (f"cancel:{answer.turn.id}",)
    return (*progress, *(i for i in card.picture_ids if i in fresh))
