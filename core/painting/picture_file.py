"""Pictures as files: lossless WebP inside, whatever fits outside, and uploads that are taken apart before use.

Everything that decodes blocks: call it in a thread. Strangers' files go through `check_upload`, which decodes them in
a process of its own with little memory and little time. Pillow is imported only when used.
"""

from __future__ import annotations

import math
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from html import escape
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from weakref import WeakKeyDictionary

from core.errors import BadInput, NotAPicture, PictureTooLarge
from core.painting.recipe import Recipe

if TYPE_CHECKING:
    import asyncio

    from PIL.Image import Image

Kind = Literal["png", "jpeg", "webp", "gif"]

MAX_UPLOAD_BYTES = 10 * 1024 * 1024
MAX_UPLOAD_PIXELS = 16_000_000
MAX_UPLOAD_SIDE = 4096  # pixels, before it is scaled down
MAX_STORED_SIDE = 2048

_CHILD_MEMORY = 512 * 1024 * 1024  # bytes of address space
_CHILD_CPU_S = 5
_CHILD_WALL_S = 20.0  # more than the CPU limit: the machine may be busy painting
_CHILDREN = 2  # at a time

_NAMESPACE = "urn:easel:recipe"
_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about="" xmlns:easel="{namespace}" easel:recipe="{recipe}"/>'
    "</rdf:RDF></x:xmpmeta>"
)
_PNG_KEY = "easel-recipe"
_QUALITIES = (95, 88, 78)  # 95 with full colour resolution is hard to tell from the original
_SCALES = (0.75, 0.5, 0.35, 0.25)

_NOT_A_PICTURE = "That file is not a picture I can open. Please send a PNG, JPEG, WebP or GIF."
_DAMAGED = "That picture is damaged: it could not be opened to the end. Please send it again."
TOO_MANY_BYTES = f"That file is too large. Please send at most {MAX_UPLOAD_BYTES // 2**20} MB."
_TOO_HEAVY = "That picture takes too much to open. Please send a smaller one."


def encode(image: Image, recipe: Recipe | None = None) -> bytes:
    """Lossless WebP of the RGB pixels with the recipe in its XMP metadata (of a model's folder only the last name).

    Method 0 costs a fifth of PNG's time and is smaller.
    """
    file = BytesIO()
    image.convert("RGB").save(file, "WEBP", lossless=True, quality=0, method=0, xmp=_xmp(recipe))
    return file.getvalue()


def recipe_of(data: bytes) -> Recipe | None:
    """The recipe that `encode` or `export` wrote; None when there is none, or one of a newer version."""
    from PIL import Image

    with Image.open(BytesIO(data)) as image:
        text = image.info.get(_PNG_KEY) or _recipe_in_xmp(image.info.get("xmp", b""))
    try:
        return Recipe.from_json(text) if text else None
    except (ValueError, TypeError, KeyError):
        return None


def kind_of(data: bytes) -> Kind | None:
    """What the first bytes say the file is: for its name and its media type `image/<kind>`."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return "gif" if data[:6] in (b"GIF87a", b"GIF89a") else None


# -- out --------------------------------------------------------------------------------------------------


def export(
    data: bytes, kind: Literal["png", "jpeg", "webp"], limit_bytes: float = math.inf
) -> bytes:
    """The best form of a stored picture that fits `limit_bytes`: lossless `kind` if possible, with its recipe.

    A PNG that is too large becomes a JPEG: ask `kind_of`. Raises `PictureTooLarge` when nothing fits.
    """
    if kind == "webp" and len(data) <= limit_bytes:
        return data
    for form in _forms(data, kind):
        if len(form) <= limit_bytes:
            return form
    raise PictureTooLarge(f"The picture does not fit into {limit_bytes} bytes in any form.")


def _forms(data: bytes, kind: Literal["png", "jpeg", "webp"]) -> Iterator[bytes]:
    """Ever smaller."""
    from PIL import Image

    with Image.open(BytesIO(data)) as opened:
        image = opened.convert("RGB")
    recipe = recipe_of(data)
    if kind == "png":
        yield _png(image, recipe)
    for quality in _QUALITIES:
        yield _lossy(image, kind, quality, recipe)
    for scale in _SCALES:
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        small = image.resize(size, Image.Resampling.LANCZOS)
        yield _lossy(small, kind, _QUALITIES[-1], recipe)


def _png(image: Image, recipe: Recipe | None) -> bytes:
    from PIL.PngImagePlugin import PngInfo

    texts = PngInfo()
    if recipe is not None:
        texts.add_text(_PNG_KEY, _ascii_json(recipe))
    file = BytesIO()
    image.save(file, "PNG", compress_level=4, pnginfo=texts)
    return file.getvalue()


def _lossy(image: Image, kind: str, quality: int, recipe: Recipe | None) -> bytes:
    file = BytesIO()
    if kind == "webp":
        image.save(file, "WEBP", quality=quality, method=2, xmp=_xmp(recipe))
    else:
        sampling = "4:4:4" if quality == _QUALITIES[0] else "4:2:0"
        image.save(file, "JPEG", quality=quality, subsampling=sampling, xmp=_xmp(recipe))
    return file.getvalue()


def _xmp(recipe: Recipe | None) -> bytes:
    if recipe is None:
        return b""
    return _XMP.format(namespace=_NAMESPACE, recipe=escape(_ascii_json(recipe))).encode()


def _recipe_in_xmp(packet: bytes) -> str | None:
    from xml.etree import ElementTree

    with suppress(ElementTree.ParseError):
        for element in ElementTree.fromstring(packet).iter():
            text = element.get(f"{{{_NAMESPACE}}}recipe")
            if text is not None:
                return text
    return None


def _ascii_json(recipe: Recipe) -> str:
    """ASCII, since what an XML attribute and a PNG text may hold differs.

    Files go to strangers, and a path may name a person.
    """
    model = Path(recipe.model)
    shown = replace(recipe, model=model.name) if model.is_absolute() else recipe
    return shown.to_json(ascii_only=True)


# -- in ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CheckedUpload:
    """A stranger's picture, built anew from its pixels: RGB, upright, at most 2048 on a side, no metadata."""

    data: bytes  # lossless WebP
    width: int
    height: int


def inspect_upload(data: bytes) -> CheckedUpload:
    """Decodes here, in this process: for `check_upload`'s child. Raises `NotAPicture` or `PictureTooLarge`."""
    from PIL import Image

    if len(data) > MAX_UPLOAD_BYTES:
        raise PictureTooLarge(TOO_MANY_BYTES)
    if kind_of(data) is None:
        raise NotAPicture(_NOT_A_PICTURE)
    try:
        with (
            warnings.catch_warnings(action="ignore"),  # Pillow's, about sizes and odd metadata
            Image.open(BytesIO(data), formats=("PNG", "JPEG", "WEBP", "GIF")) as opened,
        ):
            _check_size(*opened.size)
            image = _rebuilt(opened)
    except (MemoryError, Image.DecompressionBombError) as error:
        raise PictureTooLarge(_TOO_HEAVY) from error
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise NotAPicture(_DAMAGED) from error
    return CheckedUpload(encode(image), image.width, image.height)


def _check_size(width: int, height: int) -> None:
    if max(width, height) > MAX_UPLOAD_SIDE or width * height > MAX_UPLOAD_PIXELS:
        raise PictureTooLarge(
            f"That picture is {width} x {height}. Please send one of at most {MAX_UPLOAD_SIDE} "
            f"pixels on a side and {MAX_UPLOAD_PIXELS // 10**6} megapixels."
        )


def _rebuilt(opened: Image) -> Image:
    """The first frame, turned as its EXIF says, on white, scaled down."""
    from PIL import Image, ImageOps

    image: Image.Image = opened
    image.load()
    ImageOps.exif_transpose(image, in_place=True)
    if image.mode.startswith("I"):  # 16 bits of grey
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.has_transparency_data:
        layers = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", layers.size, "white"), layers)
    image = image.convert("RGB")
    image.thumbnail((MAX_STORED_SIDE, MAX_STORED_SIDE), Image.Resampling.LANCZOS)
    return image


async def check_upload(data: bytes) -> CheckedUpload:
    """`inspect_upload` in a process that can be neither large nor slow.

    Raises `NotAPicture` or `PictureTooLarge` with a sentence for the sender.
    """
    if len(data) > MAX_UPLOAD_BYTES:
        raise PictureTooLarge(TOO_MANY_BYTES)
    if kind_of(data) is None:
        raise NotAPicture(_NOT_A_PICTURE)
    import asyncio  # here, since the child does without it and so starts sooner

    loop = asyncio.get_running_loop()
    async with _turnstiles.setdefault(loop, asyncio.Semaphore(_CHILDREN)):
        code, output = await _run_child(data)
    if code < 0:  # killed: by its CPU limit, or by us
        raise PictureTooLarge(_TOO_HEAVY)
    if code in _ERRORS:
        raise _ERRORS[code](output.decode())
    if code != 0:
        raise NotAPicture(_DAMAGED)
    width, height = (int.from_bytes(output[at : at + 4]) for at in (0, 4))
    return CheckedUpload(output[8:], width, height)


_turnstiles: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()

_EXIT_NOT_A_PICTURE = 3
_EXIT_TOO_LARGE = 4
_ERRORS: dict[int, type[BadInput]] = {
    _EXIT_NOT_A_PICTURE: NotAPicture,
    _EXIT_TOO_LARGE: PictureTooLarge,
}


async def _run_child(data: bytes) -> tuple[int, bytes]:
    """Its exit code and what it wrote. It gets no secrets: of the environment only where to find code."""
    import asyncio

    root = Path(__file__).parents[2]
    kept = {key: os.environ[key] for key in ("PATH", "LD_LIBRARY_PATH") if key in os.environ}
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**kept, "PYTHONPATH": str(root)},
        cwd=root,
    )  # fmt: skip
    try:
        async with asyncio.timeout(_CHILD_WALL_S):
            output, _ = await child.communicate(data)
    except TimeoutError:
        output = b""
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    assert child.returncode is not None
    return child.returncode, output


def _serve_as_child() -> int:
    """Reads a file from stdin; writes width, height and WebP, or the sentence that refuses it, to stdout."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (_CHILD_MEMORY, _CHILD_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CHILD_CPU_S, _CHILD_CPU_S))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    out = sys.stdout.buffer
    try:
        upload = inspect_upload(sys.stdin.buffer.read())
    except NotAPicture as error:
        out.write(error.reply.encode())
        return _EXIT_NOT_A_PICTURE
    except PictureTooLarge as error:
        out.write(error.reply.encode())
        return _EXIT_TOO_LARGE
    out.write(upload.width.to_bytes(4) + upload.height.to_bytes(4) + upload.data)
    return 0


if __name__ == "__main__":
    sys.exit(_serve_as_child())
