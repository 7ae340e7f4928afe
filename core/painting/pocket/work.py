"""The stages of the training, and where each leaves its result."""

from dataclasses import dataclass
from pathlib import Path

STAGES = ("encoder", "scenes", "decoder", "clip", "judges", "unet", "adapter", "export")

JUDGE_NAMES = ("striding", "mixing")

_NEEDS: dict[str, tuple[str, ...]] = {
    "encoder": (),
    "scenes": ("encoder",),
    "decoder": ("encoder", "scenes"),
    "clip": ("scenes",),
    "judges": ("scenes",),
    "unet": ("encoder", "scenes"),
    "adapter": ("scenes", "unet", "clip"),
    "export": ("unet", "decoder", "clip", "judges", "adapter", "encoder"),
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

    @property
    def losses(self) -> Path:
        """Every training's loss as it went: CSV, a line every few steps."""
        return self.path / "losses.csv"

    @property
    def judges(self) -> dict[str, Path]:
        """The checkpoint of each judge, by its name."""
        return {name: self.path / f"judge-{name}.pt" for name in JUDGE_NAMES}

    def results_of(self, stage: str) -> tuple[Path, ...]:
        """What a stage leaves here; not of "export", whose result lies elsewhere."""
        results: dict[str, tuple[Path, ...]] = {
            "encoder": (self.codec,),
            "scenes": (self.scenes,),
            "decoder": (self.decoder,),
            "clip": (self.clip,),
            "judges": tuple(self.judges.values()),
            "unet": (self.unet,),
            "adapter": (self.adapter,),
        }
        return results[stage]

    def require_for(self, stage: str) -> None:
        """Raises FileNotFoundError naming the stage that must run before this one."""
        for earlier in _NEEDS[stage]:
            for path in self.results_of(earlier):
                if not path.exists():
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
