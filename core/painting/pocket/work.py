"""The stages of the training, and where each leaves its result."""

from dataclasses import dataclass
from pathlib import Path

STAGES = ("encoder", "scenes", "decoder", "clip", "unet", "adapter", "export")

_NEEDS: dict[str, tuple[str, ...]] = {
    "encoder": (),
    "scenes": ("encoder",),
    "decoder": ("encoder", "scenes"),
    "clip": ("scenes",),
    "unet": ("encoder", "scenes"),
    "adapter": ("scenes", "unet", "clip"),
    "export": ("unet", "decoder", "clip", "adapter", "encoder"),
}


@dataclass(frozen=True, slots=True)
class WorkFolder:
    """A folder for everything between nothing and the exported weights."""

    path: Path

    @property
    def codec(self) -> Path:
        """The fitted encoder."""
        return self.path / "codec.npz"

    @property
    def scenes(self) -> Path:
        """The rendered scenes' chunks."""
        return self.path / "scenes"

    @property
    def unet(self) -> Path:
        """The checkpoint of the UNet and the text encoder."""
        return self.path / "unet.pt"

    @property
    def decoder(self) -> Path:
        """The checkpoint of the decoder."""
        return self.path / "decoder.pt"

    @property
    def clip(self) -> Path:
        """The checkpoint of the CLIP."""
        return self.path / "clip.pt"

    @property
    def adapter(self) -> Path:
        """The checkpoint of the IP-Adapter."""
        return self.path / "adapter.pt"

    def judge(self, name: str, side: int) -> Path:
        """The checkpoint of that judge of thumbnails of so many pixels."""
        return self.path / f"judge-{name}-{side}.pt"

    def result_of(self, stage: str) -> Path:
        """What a stage leaves here; not of "export", whose result lies elsewhere."""
        results = {"encoder": self.codec, "scenes": self.scenes, "decoder": self.decoder}
        results |= {"clip": self.clip, "unet": self.unet, "adapter": self.adapter}
        return results[stage]

    def require_for(self, stage: str) -> None:
        """Raises FileNotFoundError naming the stage that must run before this one."""
        for earlier in _NEEDS[stage]:
            if not self.result_of(earlier).exists():
                path = self.result_of(earlier)
                raise FileNotFoundError(f"no {path}; run the stage {earlier!r} first")

    def is_adapter_old(self) -> bool:
        """Whether the painter or the CLIP went on after the adapter was trained for them."""
        trained = self.adapter.stat().st_mtime
        return any(path.stat().st_mtime > trained for path in (self.unet, self.clip))

    @property
    def sketches(self) -> Path:
        """A sheet of sketches by the painter as it is."""
        return self.path / "sketches.png"

    @property
    def sheet(self) -> Path:
        """A sheet of pictures with their captions, by the evaluation."""
        return self.path / "sheet.webp"

    @property
    def report(self) -> Path:
        """The evaluation's figures as JSON."""
        return self.path / "report.json"
