from pathlib import Path

import pytest

np = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from safetensors.torch import load_file  # noqa: E402

from core.painting.pocket.adapter import AdapterTrainer, save_adapter  # noqa: E402
from core.painting.pocket.dataset import LatentScenes  # noqa: E402
from core.painting.pocket.denoiser import Painter, build_painter  # noqa: E402
from core.painting.pocket.labels import label_scenes  # noqa: E402
from core.painting.pocket.loop import Batches  # noqa: E402
from core.painting.pocket.networks import Sizes  # noqa: E402
from core.painting.pocket.vocabulary import Scene, Thing  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")

SCENES = [Scene((Thing("fox"),)), Scene((Thing("owl"),))] * 4
EMBEDDINGS = torch.eye(8)[[0, 1] * 4]


def tiny_painter() -> Painter:
    torch.manual_seed(1)
    return build_painter(Sizes((16, 32, 32), text_width=32, text_layers=1))


def trainer_of(painter: Painter) -> AdapterTrainer:
    """Foxes are dark all over and owls bright, and nothing but the reference tells which it is."""
    tone = np.array([-1.5, 1.5] * 4, np.float16).reshape(-1, 1, 1, 1)
    scenes = LatentScenes(
        latents=np.broadcast_to(tone, (8, 16, 16, 16)).copy(),
        covered=np.zeros((8, 16, 16), np.bool_),
        captions=["a dog"] * 8,
        difficulty=np.zeros(8, np.int64),
    )
    return AdapterTrainer(painter, scenes, EMBEDDINGS, label_scenes(SCENES), Batches(8, seed=1))


def velocity(painter: Painter, embedding: "torch.Tensor") -> "torch.Tensor":
    """What the painter sees in the same pure noise when shown this."""
    noisy = torch.randn(1, 16, 16, 16, generator=torch.Generator().manual_seed(1))
    shown = {"image_embeds": [embedding[:, None]]}
    with torch.no_grad():
        answer = painter.unet(
            noisy, torch.tensor([999]), torch.zeros(1, 28, 32), added_cond_kwargs=shown
        )
    return answer.sample


def test_only_the_adapter_learns_and_it_learns_to_see() -> None:
    painter = tiny_painter()
    words = [weight.detach().clone() for weight in painter.text_encoder.parameters()]
    trainer = trainer_of(painter)
    own = {name: p.detach().clone() for name, p in painter.unet.named_parameters()}

    for _ in range(40):
        trainer.step(3e-3)

    moved = {n for n, p in painter.unet.named_parameters() if not torch.equal(p, own[n])}
    assert moved and all("_ip" in name or "encoder_hid_proj" in name for name in moved)
    for old, new in zip(words, painter.text_encoder.parameters(), strict=True):
        assert torch.equal(old, new)
    fox, owl = velocity(painter, EMBEDDINGS[:1]), velocity(painter, EMBEDDINGS[1:2])
    assert fox.mean() > owl.mean() + 0.005  # from pure noise, darkness is a velocity above 0


def test_what_was_trained_is_what_another_unet_loads(tmp_path: Path) -> None:
    painter = tiny_painter()
    trainer = trainer_of(painter)
    trainer.step(3e-3)
    state = trainer.state()
    file = tmp_path / "ip_adapter.safetensors"

    save_adapter(painter.unet, state["parameters"], file)

    loaded = tiny_painter().unet
    parts = {"image_proj": {}, "ip_adapter": {}}
    for key, value in load_file(file).items():
        part, name = key.split(".", 1)
        parts[part][name] = value.float()
    loaded._load_ip_adapter_weights([parts])
    second = Painter(painter.tokenizer, painter.text_encoder, loaded)
    ours, theirs = (velocity(each, EMBEDDINGS[:1]) for each in (painter, second))
    torch.testing.assert_close(ours, theirs, atol=2e-3, rtol=1e-2)
