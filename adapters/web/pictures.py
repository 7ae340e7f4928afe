"""Picture files over HTTP: the picture itself, as PNG to keep, and its recipe."""

from __future__ import annotations

import asyncio
import json

from aiohttp import ETag, web

from core.painting.picture_file import export
from core.ports import Desk
from core.types import Picture, PictureState

FOREVER = "private, max-age=31536000, immutable"  # a picture never changes once it is there


class PictureFiles:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def file(self, request: web.Request) -> web.Response:
        """The WebP; with `?download=png` a PNG to keep, its recipe inside."""
        picture = await self._ready(request)
        as_png = request.query.get("download") == "png"
        tag = ETag(f"{picture.sha256}{'-png' if as_png else ''}")
        if tag in (request.if_none_match or ()):
            return _tagged(web.Response(status=304), tag)
        data = await asyncio.to_thread(self._desk.picture_path(picture).read_bytes)
        if not as_png:
            return _tagged(web.Response(body=data, content_type="image/webp"), tag)
        png = await asyncio.to_thread(export, data, "png")
        response = web.Response(body=png, content_type="image/png")
        _keep_as(response, f"easel-{picture.number}.png")
        return _tagged(response, tag)

    async def recipe(self, request: web.Request) -> web.Response:
        """The recipe as a JSON file to keep."""
        picture = await self._find(request)
        if picture.recipe is None:
            raise web.HTTPNotFound(text="This picture was uploaded; it has no recipe.")
        text = json.dumps(json.loads(picture.recipe.to_json()), indent=2, ensure_ascii=False)
        response = web.Response(text=text, content_type="application/json")
        _keep_as(response, f"easel-{picture.number}.json")
        return response

    async def _ready(self, request: web.Request) -> Picture:
        picture = await self._find(request)
        if picture.state is not PictureState.READY:
            raise web.HTTPNotFound(text="This picture is not painted yet.")
        return picture

    async def _find(self, request: web.Request) -> Picture:
        picture = await self._desk.picture(request.match_info["id"])
        if picture is None:
            raise web.HTTPNotFound(text="There is no such picture.")
        return picture


def _tagged(response: web.Response, tag: ETag) -> web.Response:
    response.etag = tag
    response.headers["Cache-Control"] = FOREVER
    return response


def _keep_as(response: web.Response, name: str) -> None:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
