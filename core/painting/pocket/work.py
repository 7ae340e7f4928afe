"""Where each stage of the training leaves its result."""

from dataclasses import dataclass
from pathlib import Path


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
    def judge(self) -> Path:
        """The checkpoint of the judge."""
        return self.path / "judge.pt"

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
