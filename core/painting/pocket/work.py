"""The stages of the training, and where each leaves its result."""

from dataclasses import dataclass
from pathlib import Path

STAGES = ("encoder", "scenes", "decoder", "clip", "unet", "adapter", "export")


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

    def judge(self, name: str) -> Path:
        """The checkpoint of that judge."""
        return self.path / f"judge-{name}.pt"

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
