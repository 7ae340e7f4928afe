"""Files on their way: what a person attaches, or what the bot sent."""

from __future__ import annotations

import struct
from dataclasses import dataclass

KINDS = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "txt": "text/plain; charset=utf-8",
    "json": "application/json; charset=utf-8",
    "zip": "application/zip",
}


@dataclass
class Upload:
    """A file with its name; `content_type` is what its sender claims."""

    filename: str
    data: bytes
    content_type: str = "application/octet-stream"


Attachable = Upload | tuple[str, bytes]


def upload_of(value: Attachable) -> Upload:
    """The upload itself, or one made of (name, data)."""
    return value if isinstance(value, Upload) else Upload(*value)


def kind_of(filename: str) -> str | None:
    """The media type that the name's ending stands for."""
    return KINDS.get(filename.rsplit(".", 1)[-1].lower())


def image_size(data: bytes) -> tuple[int, int] | None:
    """Pixel size of a PNG, GIF, WebP or JPEG; None for anything else."""
    if data[:8] == b"\x89PNG\r\n\x1a\n" and len(data) >= 24:
        return _pair(">II", data[16:24])
    if data[:6] in (b"GIF87a", b"GIF89a") and len(data) >= 10:
        return _pair("<HH", data[6:10])
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp_size(data)
    return _jpeg_size(data) if data[:2] == b"\xff\xd8" else None


def _pair(layout: str, data: bytes) -> tuple[int, int]:
    width, height = struct.unpack(layout, data)
    return width, height


def _webp_size(data: bytes) -> tuple[int, int] | None:
    """https://developers.google.com/speed/webp/docs/riff_container"""
    if data[12:16] == b"VP8L" and len(data) >= 25:
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, ((bits >> 14) & 0x3FFF) + 1
    if data[12:16] == b"VP8X" and len(data) >= 30:
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    return None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    at = 2
    while at + 9 < len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = _pair(">HH", data[at + 5 : at + 9])
            return width, height
        at += 2 + length
    return None
