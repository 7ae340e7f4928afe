"""What is kept beside the conversations: messages on platforms, choices, marks; and how all of it goes again."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Sequence

from bot.store import conversations, inbox, people, posts, settings, upkeep
from bot.store.access import Access
from bot.store.conversations import Forgotten
from bot.store.people import Page, Seen
from core.types import Inbound, Mark, Picture, Post, UserRef

_PAGE = 100  # turns
_SWEEP = 500  # files at a time, between two writes


class Records(Access):
    # -- what platforms remember -------------------------------------------------------------------

    async def remember(self, post: Post) -> None:
        """Replaces what was known under this key and of this message."""
        await self._write(lambda db: posts.remember(db, post))

    async def post(self, platform: str, channel: str, message: str) -> Post | None:
        return await self._read(lambda db: posts.post(db, (platform, channel, message)))

    async def posts(self, turn_id: str) -> list[Post]:
        """In the order of their keys."""
        return await self._read(lambda db: posts.posts_of_turn(db, turn_id))

    async def setting(self, scope: str, key: str) -> str | None:
        return await self._read(lambda db: settings.setting(db, scope, key))

    async def settings(self, scopes: Sequence[str]) -> list[dict[str, str]]:
        """All choices of each scope, in the order of the scopes."""
        return await self._read(lambda db: settings.settings(db, scopes))

    async def set_setting(self, scope: str, key: str, value: str | None) -> None:
        """None removes it."""
        await self._write(lambda db: settings.set_setting(db, scope, key, value))

    # -- what people see and think -----------------------------------------------------------------

    async def seen(self, picture_id: str) -> Seen | None:
        """The picture with its place and its owner."""
        found = await self._read(lambda db: people.seen(db, (picture_id,)))
        return found[0] if found else None

    async def seen_of(self, inbound: Inbound) -> list[Seen]:
        """The pictures that an event is about, those that exist."""
        ids = list(inbox.meant(inbound))
        return await self._read(lambda db: people.seen(db, ids)) if ids else []

    async def ending(self, text: str) -> list[Seen]:
        """Pictures whose id is, or ends in, these six or more characters."""
        return await self._read(lambda db: people.ending(db, text))

    async def painted_for(self, user: UserRef, limit: int) -> list[Picture]:
        """Newest first."""
        return await self._read(lambda db: people.painted_for(db, user, limit))

    async def set_mark(self, picture_id: str, user_key: str, mark: Mark, on: bool) -> bool:
        """False: there is no such picture."""
        now = self._clock()
        return await self._write(
            lambda db: people.set_mark(db, picture_id, user_key, mark, on, now)
        )

    async def marks_of(self, user_key: str) -> list[tuple[str, Mark]]:
        return await self._read(lambda db: people.marks_of(db, user_key))

    async def page(self, user: UserRef, after: int) -> Page | None:
        """The person's next turns after `after`, 0 for the first; None when there are no more."""
        return await self._read(lambda db: people.page(db, user, after, _PAGE))

    # -- what goes ---------------------------------------------------------------------------------

    async def delete_picture(self, picture_id: str) -> None:
        """Number and recipe stay, the file goes unless something else uses it."""
        await self._write(lambda db: people.delete_picture(db, picture_id))
        await self.delete_forgotten_files()

    async def forget_conversation(self, conversation_id: str) -> Forgotten:
        """Deletes rows and files that nothing else names; afterwards no byte of the texts is in the database files."""
        forgotten = await self._write(lambda db: conversations.forget(db, conversation_id))
        await self._wipe()
        return forgotten

    async def forget_person(self, user: UserRef, scope: str) -> int:
        """As `forget_conversation`, for a person's turns and the settings of `scope`; how many turns that were."""
        turns = await self._write(lambda db: people.forget(db, user, scope))
        await self._wipe()
        return turns

    async def _wipe(self) -> None:
        await self.delete_forgotten_files()
        await self._run_alone(lambda db: db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())

    async def delete_forgotten_files(self) -> None:
        """Runs between transactions, so that no picture can begin to name a file while it is being deleted."""

        def work(connection: sqlite3.Connection) -> None:
            for sha256 in conversations.files_to_delete(connection):
                self._files.remove(sha256)
            connection.execute("DELETE FROM forgotten_files")

        await self._run_alone(work)

    async def prune(self) -> int:
        """How many rows went that have done their work."""
        now = self._clock()
        return await self._write(lambda db: upkeep.prune(db, now))

    async def sweep(self, idle_s: float) -> int:
        """Deletes the files that no picture names and nobody stored in the last `idle_s` seconds; how many.

        A file is stored before the row that names it: with `idle_s` well above the time between the two, a file that
        is just being stored is never taken.
        """
        until = time.time() - idle_s  # the files' times are the machine's
        found = await asyncio.to_thread(self._files.stored_before, until)
        groups = [found[i : i + _SWEEP] for i in range(0, len(found), _SWEEP)]
        return sum([await self._sweep(group, until) for group in groups])

    async def _sweep(self, hashes: Sequence[str], until: float) -> int:
        def work(connection: sqlite3.Connection) -> int:
            unnamed = upkeep.unnamed(connection, hashes)
            return sum(self._files.remove_older(sha256, until) for sha256 in unnamed)

        return await self._run_alone(work)
