"""Discord's gateway v10 over a websocket: identify, resume, heartbeats, dispatch, shards."""

from __future__ import annotations

import asyncio
import json
import secrets
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from aiohttp import WSMsgType, web

from .discord_codes import INTENTS, PRIVILEGED
from .server import Json

if TYPE_CHECKING:
    from .discord_world import DiscordWorld

GUILDS, NOTHING = "GUILDS", ""
MESSAGES = ("GUILD_MESSAGES", "DIRECT_MESSAGES")
REACTIONS = ("GUILD_MESSAGE_REACTIONS", "DIRECT_MESSAGE_REACTIONS")
# event -> the intent (in a guild, in a DM) without which it is not sent
EVENT_INTENTS: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        (
            "GUILD_CREATE",
            "GUILD_DELETE",
            "CHANNEL_CREATE",
            "CHANNEL_UPDATE",
            "CHANNEL_DELETE",
            "THREAD_CREATE",
            "THREAD_UPDATE",
            "THREAD_DELETE",
        ),
        (GUILDS, NOTHING),
    ),
    "MESSAGE_CREATE": MESSAGES,
    "MESSAGE_UPDATE": MESSAGES,
    "MESSAGE_DELETE": MESSAGES,
    "MESSAGE_REACTION_ADD": REACTIONS,
    "MESSAGE_REACTION_REMOVE": REACTIONS,
}
Encoder = Callable[[str], bytes | str]


@dataclass
class Session:
    id: str
    intents: int
    shard: tuple[int, int] = (0, 1)
    seq: int = 0
    log: list[Json] = field(default_factory=list)
    resumable: bool = True
    connection: Connection | None = None

    def sees(self, event: str, guild_id: str | None) -> bool:
        index, count = self.shard
        if (int(guild_id or 0) >> 22) % count != index:
            return False
        intent = EVENT_INTENTS.get(event, (NOTHING, NOTHING))[0 if guild_id else 1]
        return not intent or bool(self.intents & INTENTS[intent])


def _encoder(transport: str) -> Encoder:
    """Packs messages; a compression is one stream over all of them."""
    if transport == "zlib-stream":
        packer = zlib.compressobj()
        return lambda text: packer.compress(text.encode()) + packer.flush(zlib.Z_SYNC_FLUSH)
    if transport == "zstd-stream":
        import zstandard

        stream = zstandard.ZstdCompressor().compressobj()
        block = zstandard.COMPRESSOBJ_FLUSH_BLOCK
        return lambda text: bytes(stream.compress(text.encode()) + stream.flush(block))
    return str


class Connection:
    def __init__(self, ws: web.WebSocketResponse, request: web.Request) -> None:
        self.ws = ws
        self.request = request
        self.session: Session | None = None
        self._encode = _encoder(request.query.get("compress", ""))
        self._lock = asyncio.Lock()

    async def send(
        self, op: int, d: Any = None, s: int | None = None, t: str | None = None
    ) -> None:
        async with self._lock:
            if self.ws.closed:
                return
            data = self._encode(json.dumps({"op": op, "d": d, "s": s, "t": t}))
            with suppress(ConnectionResetError, RuntimeError):  # it has just gone
                if isinstance(data, bytes):
                    await self.ws.send_bytes(data)
                else:
                    await self.ws.send_str(data)


class Gateway:
    """Sessions and connections of the bot; what a test can do to them is at the end."""

    def __init__(self, world: DiscordWorld, heartbeat_interval: float) -> None:
        self._world = world
        self.heartbeat_interval = heartbeat_interval
        self.sessions: dict[str, Session] = {}
        self.connections: list[Connection] = []
        self.transports: list[str] = []  # the compression each connection asked for
        self.identifies = 0
        self.resumes = 0
        self.accepting = True  # False: 503 to every new connection
        self.allowed_privileged = PRIVILEGED

    @property
    def live(self) -> list[Connection]:
        return [c for c in self.connections if not c.ws.closed and c.session is not None]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        if not self.accepting:
            return web.Response(status=503, text="gateway is down")
        ws = web.WebSocketResponse(max_msg_size=0)
        await ws.prepare(request)
        connection = Connection(ws, request)
        self.connections.append(connection)
        self.transports.append(request.query.get("compress", ""))
        await connection.send(10, {"heartbeat_interval": int(self.heartbeat_interval * 1000)})
        try:
            async for message in ws:
                if message.type is WSMsgType.TEXT:
                    await self._receive(connection, json.loads(message.data))
        finally:
            session = connection.session
            if session and session.connection is connection:
                session.connection = None
            self._world.rec.notify()
        return ws

    async def _receive(self, connection: Connection, frame: Json) -> None:
        op, data = frame.get("op"), frame.get("d")
        self._world.rec.new("WS", f"op{op}", body=data, status=1)
        if op == 1:
            await connection.send(11)
        elif op == 2:
            await self._identify(connection, data or {})
        elif op == 6:
            await self._resume(connection, data or {})
        elif op == 8:
            await self._send_members(connection, data or {})
        self._world.rec.notify()

    async def _identify(self, connection: Connection, data: Json) -> None:
        self.identifies += 1
        intents = data.get("intents", 0)
        if data.get("token") != self._world.token:
            await connection.ws.close(code=4004, message=b"Authentication failed.")
            return
        if intents & PRIVILEGED & ~self.allowed_privileged:
            await connection.ws.close(code=4014, message=b"Disallowed intent(s).")
            return
        index, count = data.get("shard", [0, 1])
        session = Session(secrets.token_hex(16), intents, (index, count), connection=connection)
        self.sessions[session.id] = session
        connection.session = session
        guilds = [g for g in self._world.joined_guilds() if session.sees("GUILD_CREATE", g.id)]
        await self._push(session, "READY", self._ready(session, [g.id for g in guilds]))
        for guild in guilds:
            await self._push(session, "GUILD_CREATE", self._world.guild_create(guild))

    def _ready(self, session: Session, guild_ids: list[str]) -> Json:
        world = self._world
        me = world.bot.wire() | {"verified": True, "mfa_enabled": False, "email": None}
        return {
            "v": 10,
            "user": me,
            "guilds": [{"id": guild_id, "unavailable": True} for guild_id in guild_ids],
            "session_id": session.id,
            "resume_gateway_url": world.gateway_url,
            "shard": list(session.shard),
            "application": {"id": world.application_id, "flags": world.application_flags},
            "session_type": "normal",
            "private_channels": [],
            "presences": [],
            "relationships": [],
            "user_settings": {},
            "geo_ordered_rtc_regions": [],
            "_trace": ["fake"],
        }

    async def _resume(self, connection: Connection, data: Json) -> None:
        self.resumes += 1
        session = self.sessions.get(data.get("session_id", ""))
        seq = data.get("seq") or 0
        if data.get("token") != self._world.token:
            await connection.ws.close(code=4004, message=b"Authentication failed.")
        elif session is None or not session.resumable or seq > session.seq:
            await connection.send(9, False)
        else:
            session.connection, connection.session = connection, session
            for event in [e for e in session.log if e["s"] > seq]:
                await connection.send(0, event["d"], event["s"], event["t"])
            # `d` must be an object: discord.py writes a key into it
            await self._push(session, "RESUMED", {"_trace": ["fake"]}, log=False)

    async def _send_members(self, connection: Connection, data: Json) -> None:
        if connection.session is None:
            return
        ids = data["guild_id"] if isinstance(data["guild_id"], list) else [data["guild_id"]]
        for guild_id in ids:
            chunk = self._members_chunk(str(guild_id), data)
            await self._push(connection.session, "GUILD_MEMBERS_CHUNK", chunk)

    def _members_chunk(self, guild_id: str, data: Json) -> Json:
        guild = self._world.guilds[guild_id]
        wanted = {str(user_id) for user_id in data.get("user_ids") or []}
        query = (data.get("query") or "").lower()
        users = [
            user
            for user in guild.members.values()
            if (user.id in wanted if wanted else user.name.lower().startswith(query))
        ]
        return {
            "guild_id": guild.id,
            "members": [guild.member(user) for user in users],
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": sorted(wanted - {user.id for user in users}),
            "nonce": data.get("nonce"),
        }

    async def _push(self, session: Session, event: str, data: Json, log: bool = True) -> None:
        session.seq += 1
        if log:
            session.log.append({"t": event, "s": session.seq, "d": data})
        if session.connection:
            await session.connection.send(0, data, session.seq, event)

    async def dispatch(self, event: str, data: Json, guild_id: str | None) -> None:
        """Sends an event to every session that may see it; what is held back is kept for a resume."""
        for session in list(self.sessions.values()):
            if session.resumable and session.sees(event, guild_id):
                payload = data
                if event in ("MESSAGE_CREATE", "MESSAGE_UPDATE"):
                    payload = self._world.redact(data, guild_id, session.intents)
                await self._push(session, event, payload)

    # -- what a test can do to the connection ---------------------------------------------------------

    async def drop(self, code: int = 4000, resumable: bool = True) -> None:
        """Closes every gateway connection, as Discord does on a node restart."""
        for connection in self.live:
            _session(connection).resumable = resumable
            await connection.ws.close(code=code)

    async def abort(self) -> None:
        """Cuts the TCP connection without a close frame."""
        for connection in self.live:
            if connection.request.transport:
                connection.request.transport.abort()

    async def ask_reconnect(self) -> None:
        """Opcode 7: the client should reconnect and resume."""
        for connection in self.live:
            await connection.send(7)

    async def invalidate(self, resumable: bool = False) -> None:
        """Opcode 9: the session is gone (False), or may be resumed (True)."""
        for connection in self.live:
            _session(connection).resumable = resumable
            await connection.send(9, resumable)


def _session(connection: Connection) -> Session:
    assert connection.session, "only connections with a session are live"
    return connection.session
