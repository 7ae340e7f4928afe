"""The pocket painter's own sampling: a running mean of its estimates."""

from dataclasses import replace

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from diffusers import LCMScheduler  # noqa: E402

from core.painting.diffusers_painter import DiffusersPainter  # noqa: E402
from core.painting.pocket.model import PaintOptions, PocketModel  # noqa: E402
from core.painting.pocket.networks import build_sampler  # noqa: E402
from core.painting.pocket.sampler import steady  # noqa: E402
from core.painting.recipe import Recipe  # noqa: E402
from core.painting.settings import PainterSettings  # noqa: E402
from tests.core.painting.pocket.test_weights import WEIGHTS  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")

TRUTH = torch.ones(1, 16, 16, 16)


def painted(scheduler: LCMScheduler, steps: int = 16, seed: int = 0) -> torch.Tensor:
    """What a denoiser ends with that knows the truth but for an error of its own at every step."""
    scheduler.set_timesteps(steps)
    generator = torch.Generator().manual_seed(seed)
    latents = torch.randn(TRUTH.shape, generator=generator)
    for timestep in scheduler.timesteps:
        signal = scheduler.alphas_cumprod[timestep]
        guess = TRUTH + 0.3 * torch.randn(TRUTH.shape, generator=generator)
        velocity = (signal.sqrt() * latents - guess) / (1 - signal).sqrt()
        latents = scheduler.step(velocity, timestep, latents, generator).prev_sample
    return latents


def test_errors_that_are_of_one_step_alone_go() -> None:
    stock, own = painted(build_sampler()), painted(steady(build_sampler()))

    assert (own - TRUTH).square().mean() < 0.4 * (stock - TRUTH).square().mean()


@pytest.mark.parametrize("steps", [1, 2, 4, 50])
def test_any_number_of_steps_ends_with_an_estimate(steps: int) -> None:
    assert (painted(steady(build_sampler()), steps) - TRUTH).abs().mean() < 0.3


def test_estimates_made_of_much_noise_are_not_kept() -> None:
    assert torch.equal(painted(steady(build_sampler()), 4), painted(build_sampler(), 4))


def test_a_picture_knows_nothing_of_the_one_before() -> None:
    sampler = steady(build_sampler())
    first = painted(sampler)
    painted(sampler, seed=1)

    assert torch.equal(painted(sampler), first)


def test_what_comes_next_lies_about_the_running_mean() -> None:
    sampler = steady(build_sampler())
    sampler.set_timesteps(16)
    latents = torch.zeros(TRUTH.shape)
    for timestep in sampler.timesteps[:14]:
        latents, estimate = sampler.step(
            torch.randn(TRUTH.shape), timestep, latents, torch.Generator(), return_dict=False
        )
    signal = sampler.alphas_cumprod[sampler.timesteps[14]]
    noise = (latents - signal.sqrt() * estimate) / (1 - signal).sqrt()

    assert 0.9 < noise.std() < 1.1 and noise.mean().abs() < 0.1


def test_pictures_after_a_picture_are_painted_too() -> None:
    model = PocketModel(WEIGHTS, PaintOptions(steps=4))
    [dog] = model.paint(["a dog"], seed=3)

    [after] = model.paint_after(dog[None], seed=3)

    assert after.shape == (256, 256, 3) and after.std() > 5


def test_the_painter_paints_with_it_unless_told_otherwise() -> None:
    painter = DiffusersPainter(PainterSettings(device="cpu"))
    painter.load()
    recipe = Recipe("pocket", "a dog", seed=7, steps=8, guidance=1.5, width=256, height=256)

    def paint(scheduler: str) -> bytes:
        chosen = replace(recipe, scheduler=scheduler)
        [image] = painter.paint([chosen], [None], lambda report: None)
        return image.tobytes()

    assert paint("") == paint("SteadyLCMScheduler") != paint("LCMScheduler")
