"""Which pixels of a source may change, and the soft edge between them and the rest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import PaintingError
from core.painting.recipe import Recipe, Source
from core.regions import BOXES

if TYPE_CHECKING:
    from PIL.Image import Image

_WHITE = 128  # 0..255, from here on a mask's pixel counts as white
_EDGE = 24  # the soft edge is as wide as the shorter side divided by this


@dataclass(frozen=True, slots=True)
class Opening:
    """A source in the size of its recipe, and its pixels that may change (255; the others are 0)."""

    picture: Image  # RGB
    mask: Image  # L

    def over(self, painted: Image) -> Image:
        """The source with `painted` in its opening; outside it is the source, pixel by pixel."""
        from PIL import Image

        edge = min(self.mask.size) // _EDGE
        return Image.composite(painted, self.picture, _softened(self.mask, edge))

    def cells(self, columns: int, rows: int) -> Image:
        """The mask for latents: 255 in each cell that has any white in it."""
        from PIL import Image

        share = self.mask.resize((columns, rows), Image.Resampling.BOX)
        return share.point(lambda value: 255 if value else 0)


def fitted(path: Path, recipe: Recipe) -> Image:
    """The picture at `path`, scaled and cropped around its centre to the size of the recipe."""
    from PIL import Image, ImageOps

    image = _opened(path, "The picture this one starts from cannot be read")
    return ImageOps.fit(image, (recipe.width, recipe.height), Image.Resampling.LANCZOS)


def opening(recipe: Recipe, source: Source) -> Opening:
    """Raises `PaintingError` when the region is unknown, or the mask is missing or has no white in it."""
    picture = fitted(source.picture, recipe)
    if recipe.region in BOXES:
        return Opening(picture, _box_mask(recipe))
    if recipe.mask is None or source.mask is None:
        raise PaintingError(f"This painter knows no part of a picture called “{recipe.region}”.")
    return Opening(picture, _file_mask(recipe, source.picture, source.mask))


def _box_mask(recipe: Recipe) -> Image:
    from PIL import Image

    left, top, right, bottom = BOXES[recipe.region]
    width, height = recipe.width, recipe.height
    mask = Image.new("L", (width, height), 0)
    mask.paste(
        255,
        (round(left * width), round(top * height), round(right * width), round(bottom * height)),
    )
    return mask


def _file_mask(recipe: Recipe, picture: Path, path: Path) -> Image:
    """The mask laid over the whole source, whatever its own size, and then cropped as the source is."""
    from PIL import Image, ImageOps

    with Image.open(picture) as image:
        size = image.size
    mask = _opened(path, "The mask cannot be read").convert("L").resize(size)
    mask = ImageOps.fit(mask, (recipe.width, recipe.height), Image.Resampling.BILINEAR)
    mask = mask.point(lambda value: 255 if value >= _WHITE else 0)
    if mask.getbbox() is None:
        raise PaintingError(
            "The mask has no white in it, so nothing may change. "
            "Please paint white where I may paint."
        )
    return mask


def _softened(mask: Image, edge: int) -> Image:
    """0 outside the mask, rising to 255 inside it within about `edge` pixels; the picture's own border is no edge.

    Lines too thin for that get a narrower edge.
    """
    from PIL import ImageChops, ImageFilter

    if edge < 2:
        return mask
    core = _grown(mask, -edge)
    rise = _grown(core, edge // 2).filter(ImageFilter.GaussianBlur(edge / 4))
    soft = ImageChops.darker(rise, mask)
    thin = ImageChops.subtract(mask, _grown(core, 2 * edge))
    if thin.getbbox() is None:
        return soft
    finer = ImageChops.darker(_softened(mask, edge // 2), _grown(thin, edge))
    return ImageChops.lighter(soft, finer)


def _grown(mask: Image, pixels: int) -> Image:
    """The mask, that much wider on all sides; narrower if negative. A mean is the quickest way there."""
    from PIL import ImageFilter

    mean = mask.filter(ImageFilter.BoxBlur(abs(pixels)))
    least = 1 if pixels > 0 else 255
    return mean.point(lambda value: 255 if value >= least else 0)


def _opened(path: Path, complaint: str) -> Image:
    from PIL import Image

    try:
        with Image.open(path) as image:
            return image.convert("RGB")
    except OSError as error:
        raise PaintingError(f"{complaint}: {error}") from error
