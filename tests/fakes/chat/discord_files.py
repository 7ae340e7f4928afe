"""Discord's attachments and the CDN that hands them out by signed links."""

from __future__ import annotations

import hashlib
import re
import time
from typing import TYPE_CHECKING

from aiohttp import web

from .discord_model import Channel, snowflake
from .server import Json
from .uploads import Upload, image_size, kind_of

if TYPE_CHECKING:
    from .discord_world import DiscordWorld

DAY = 86400
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360"
    "f8cfc0f01f00050001ff56c72f0d0000000049454e44ae426082"
)


def attach(
    world: DiscordWorld, channel: Channel, upload: Upload, area: str = "attachments"
) -> Json:
    """The attachment object of a file that is on the CDN from now on."""
    attachment_id = snowflake()
    filename = re.sub(r"[^\w.\-]", "_", upload.filename)
    path = f"/{area}/{channel.id}/{attachment_id}/{filename}"
    world.cdn[path] = upload
    url = world.url + path + _signature(path)
    data: Json = {
        "id": attachment_id,
        "filename": filename,
        "size": len(upload.data),
        "flags": 0,
        "url": url,
        "proxy_url": url,
    }
    kind, size = kind_of(filename), image_size(upload.data)
    if kind:
        data["content_type"] = kind
    if size:
        data["width"], data["height"] = size
    return data


def _signature(path: str) -> str:
    """As Discord's links: nothing may depend on them being stable."""
    born, dies = hex(int(time.time()))[2:], hex(int(time.time()) + DAY)[2:]
    return f"?ex={dies}&is={born}&hm={hashlib.sha256((path + dies).encode()).hexdigest()}&"


class Cdn:
    def __init__(self, world: DiscordWorld) -> None:
        self._world = world

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/{area:attachments|ephemeral-attachments}/{tail:.*}", self._file)
        app.router.add_get("/{area:avatars|embed|icons|emojis}/{tail:.*}", self._avatar)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        world, path = self._world, request.path
        call = world.rec.new("GET", path, query=dict(request.query), route="cdn")
        upload = world.cdn.get(path)
        fault = await world.take_fault(call)
        signed = {"ex", "is", "hm"} <= set(request.query)
        gone = upload is None or path in world.cdn_expired or not signed
        call.status = (fault.status if fault else None) or (404 if gone else 200)
        world.rec.notify()
        if fault and fault.drop:
            return world.cut_connection(request)
        if call.status != 200 or upload is None:
            text = "This content is no longer available."
            return web.Response(status=call.status, text=text)
        kind = kind_of(upload.filename) or "application/octet-stream"
        return web.Response(body=upload.data, content_type=kind.split(";")[0])

    async def _avatar(self, request: web.Request) -> web.StreamResponse:
        self._world.rec.new("GET", request.path, route="cdn", status=200)
        return web.Response(body=PIXEL, content_type="image/png")
