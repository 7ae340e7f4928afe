"""Which compression discord.py asks of the gateway.

It decides once, at import: zstd where `zstandard` is installed, else zlib, and then defines only the class of the
one it chose. `discord.utils._ActiveDecompressionContext` is read anew at every connection.
"""

from __future__ import annotations

import zlib
from typing import Literal

import pytest

Transport = Literal["zlib-stream", "zstd-stream"]
SYNC_FLUSH = b"\x00\x00\xff\xff"


class ZlibContext:
    """Discord's zlib-stream, as discord.py decodes it where zstandard is missing."""

    COMPRESSION_TYPE = "zlib-stream"

    def __init__(self) -> None:
        self._context = zlib.decompressobj()
        self._buffer = bytearray()

    def decompress(self, data: bytes, /) -> str | None:
        self._buffer.extend(data)
        if not data.endswith(SYNC_FLUSH):
            return None
        text = self._context.decompress(self._buffer).decode()
        self._buffer.clear()
        return text


def use_transport(monkeypatch: pytest.MonkeyPatch, transport: Transport) -> None:
    """From now on discord.py, in this process, asks for this one."""
    import discord.utils

    if transport == "zlib-stream":
        monkeypatch.setattr(discord.utils, "_ActiveDecompressionContext", ZlibContext)
        return
    pytest.importorskip("zstandard", reason="zstd-stream needs zstandard")
    monkeypatch.setattr(
        discord.utils, "_ActiveDecompressionContext", discord.utils._ZstdDecompressionContext
    )
