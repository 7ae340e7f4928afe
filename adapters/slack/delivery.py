"""The answer to a turn: pictures uploaded, messages there once, in the thread or at worst in a direct message."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace

from adapters.slack import cards
from adapters.slack.client import Refused, ask
from adapters.slack.message import Message
from adapters.slack.place import Place, place_of_origin
from adapters.slack.posts import Order, Posts
from adapters.slack.progress import Board, first_key
from adapters.slack.uploads import Uploads
from adapters.slack.workspaces import Workspaces
from core.errors import Undeliverable
from core.ports import Desk
from core.types import Answer, Picture, PicturesPart, Post, TextPart

log = logging.getLogger(__name__)

INVITE = "To have me there, type /invite in the channel and pick me."
BAD_CONTENT = frozenset(
    ("invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long")
)
UNREACHABLE = frozenset(
    (
        "not_in_channel",
        "channel_not_found",
        "is_archived",
        "restricted_action",
        "restricted_action_read_only_channel",
        "restricted_action_thread_only_channel",
        "restricted_action_non_threadable_channel",
        "restricted_action_thread_locked",
        "thread_not_found",
        "cannot_reply_to_message",
        "message_not_found",
        "team_access_not_granted",
    )
)
_OPERATOR = frozenset(  # somebody has to mend these; the answer waits
    (
        "invalid_auth",
        "not_authed",
        "account_inactive",
        "token_revoked",
        "token_expired",
        "ratelimited",
        "team_added_to_org",  # the workspace is on its way into an organisation
        "org_login_required",
    )
)
_NO_FILES = (
    "Slack did not take the pictures. I keep them: an administrator should look whether the app has the "
    "files:write permission, then press Again."
)
_WHY = {
    "not_in_channel": f"I am not a member of that channel, so my answer is here. {INVITE}",
    "channel_not_found": f"I cannot see that channel, so my answer is here. {INVITE}",
    "is_archived": "That channel is archived, so my answer is here.",
}
_WHY_ELSE = "I could not answer there ({code}), so my answer is here."


class Courier:
    def __init__(
        self, desk: Desk, workspaces: Workspaces, posts: Posts, uploads: Uploads, board: Board
    ) -> None:
        self._desk, self._workspaces = desk, workspaces
        self._posts, self._uploads, self._board = posts, uploads, board

    async def deliver(self, answer: Answer) -> str:
        """The ts of the first message. Raises `Undeliverable`; `Refused` or `Unsure` when a later try may help."""
        place = place_of_origin(answer.turn.origin, answer.thread)
        order = self._order(answer, place)
        stream = await self._board.close(answer.turn.id)
        text = _only_text(answer)
        if stream is not None and await stream.finish(text or ""):
            known = await self._posts.known(answer.turn.id, order.key)
            if known is not None:
                return known.message
        try:
            return await self._show(answer, place)
        except Refused as refused:
            if refused.code in _OPERATOR:
                raise
            if refused.code not in UNREACHABLE:
                raise Undeliverable(f"answer to turn {answer.turn.id}: {refused}") from refused
            return await self._direct(answer, place, refused.code)

    async def redraw(self, answer: Answer, place: Place) -> None:
        """Renders the messages of a finished turn again."""
        files = await self._files(answer, place)
        messages = cards.answer_messages(answer, files)
        posts = [p for p in await self._desk.posts(answer.turn.id) if ":file:" not in p.key]
        for index, message in enumerate(messages):
            order = replace(self._order(answer, place, index), message=message)
            if any(post.key == order.key for post in posts):
                await self._posts.put(order)

    # -- in the thread ----------------------------------------------------------------------------------------

    async def _show(self, answer: Answer, place: Place, prefix: str = "") -> str:
        files = await self._files(answer, place)
        messages = cards.answer_messages(answer, files)
        shown = [
            await self._put(answer, place, index, files, prefix) for index in range(len(messages))
        ]
        if not files and cards.wanted_pictures(answer):
            key = f"{answer.turn.id}:{prefix}note"
            order = replace(self._order(answer, place), key=key, message=cards.notice(_NO_FILES))
            await self._posts.put(order)
        return shown[0].message

    async def _files(self, answer: Answer, place: Place) -> Mapping[str, str]:
        """Empty when Slack takes no files, say for a missing scope: the words are shown all the same."""
        try:
            return await self._uploads.ensure(place.team, cards.wanted_pictures(answer))
        except Refused as refused:
            if refused.code in _OPERATOR:
                raise
            log.error("Slack does not take the pictures of turn %s: %s", answer.turn.id, refused)
            return {}

    async def _put(
        self, answer: Answer, place: Place, index: int, files: Mapping[str, str], prefix: str
    ) -> Post:
        """The message; without its pictures when Slack cannot show them in it, and then they follow below."""
        order = replace(
            self._order(answer, place, index, prefix),
            message=cards.answer_messages(answer, files)[index],
        )
        try:
            return await self._posts.put(order)
        except Refused as refused:
            if refused.code not in BAD_CONTENT:
                raise
            log.info("message %s: %s", order.key, refused)
        for attempt in (self._when_ready, self._without_pictures):
            try:
                return await attempt(answer, order, index, files)
            except Refused as refused:
                if refused.code not in BAD_CONTENT:
                    raise
                log.warning("message %s: %s", order.key, refused)
        return await self._posts.put(replace(order, message=Message(order.message.text[:3000])))

    async def _when_ready(
        self, answer: Answer, order: Order, index: int, files: Mapping[str, str]
    ) -> Post:
        """Slack works a new file over before messages may show it; one that was deleted is uploaded anew."""
        team = order.place.team
        mine = {p: files[p] for p in order.message.picture_ids if p in files}
        gone = await self._uploads.wait_ready(team, mine)
        for picture in cards.wanted_pictures(answer):
            if picture.id in gone:
                await self._uploads.forget(team, picture)
        files = await self._files(answer, order.place)
        return await self._posts.put(
            replace(order, message=cards.answer_messages(answer, files)[index])
        )

    async def _without_pictures(
        self, answer: Answer, order: Order, index: int, files: Mapping[str, str]
    ) -> Post:
        mine = order.message.picture_ids
        rest = {p: file for p, file in files.items() if p not in mine}
        messages = cards.answer_messages(answer, rest)
        post = await self._posts.put(
            replace(order, message=messages[min(index, len(messages) - 1)])
        )
        await self._share_once(order, [p for p in answer.pictures if p.id in mine])
        return post

    async def _share_once(self, order: Order, pictures: list[Picture]) -> None:
        key = f"{order.key}:shared"
        if not pictures or await self._posts.known(order.turn_id, key):
            return
        await self._uploads.share(order.place, pictures)
        await self._posts.adopt(replace(order, key=key), order.place.channel, f"shared:{order.key}")

    # -- elsewhere --------------------------------------------------------------------------------------------

    async def _direct(self, answer: Answer, place: Place, code: str) -> str:
        """In a direct message to the person who asked, with a word on why."""
        nowhere = Undeliverable(f"{place.channel} of workspace {place.team}: {code}")
        if not place.user:
            raise nowhere
        home = await open_direct(self._workspaces, place)
        if home.channel == place.channel:
            raise nowhere
        log.info("answer to turn %s goes into a direct message: %s", answer.turn.id, code)
        why = _WHY.get(code, _WHY_ELSE.format(code=code))
        order = self._order(answer, home)
        try:
            await self._posts.put(
                replace(order, key=f"{answer.turn.id}:why", message=cards.notice(why))
            )
            return await self._show(answer, home, prefix="direct:")
        except Refused as refused:
            raise Undeliverable(f"neither in {place.channel} nor directly: {refused}") from refused

    def _order(self, answer: Answer, place: Place, index: int = 0, prefix: str = "") -> Order:
        turn = answer.turn
        key = first_key(turn.id) if not index and not prefix else f"{turn.id}:{prefix}{index}"
        return Order(key, place, Message(" "), turn.id, turn.created_at, answer.doubtful)


async def open_direct(workspaces: Workspaces, place: Place) -> Place:
    """The person's direct message with the bot. Raises `Undeliverable`."""
    client = workspaces.one(place.team).client
    try:
        answer = await ask(client.conversations_open(users=place.user))
    except Refused as refused:
        raise Undeliverable(f"no direct message to {place.user}: {refused}") from refused
    return replace(place, channel=str(answer["channel"]["id"]), thread="", message="")


def _only_text(answer: Answer) -> str | None:
    """The words of an answer that is nothing but words."""
    if answer.turn.error or any(isinstance(part, PicturesPart) for part in answer.turn.parts):
        return None
    return "".join(part.text for part in answer.turn.parts if isinstance(part, TextPart))
