from copy import deepcopy

import pytest

torch = pytest.importorskip("torch")

from core.painting.pocket.shampoo import OneSidedShampoo, PainterOptimizer  # noqa: E402


def valley() -> tuple["torch.nn.Parameter", "torch.Tensor"]:
    """A weight, and slopes (64, 64) of which the steepest is a thousand times the gentlest."""
    generator = torch.Generator().manual_seed(1)
    basis = torch.linalg.qr(torch.randn(64, 64, generator=generator)).Q
    slopes = basis @ torch.diag(torch.logspace(0, -3, 64)) @ basis.T
    return torch.nn.Parameter(torch.randn(64, 64, generator=generator)), slopes


def descend(optimizer: object, weight: "torch.nn.Parameter", slopes: "torch.Tensor") -> float:
    for step in range(200):
        weight.grad = slopes @ weight.detach()
        optimizer.param_groups[0]["lr"] = 0.2 * (1 - step / 200)
        optimizer.step()
    return (weight.detach() * (slopes @ weight.detach())).sum().item()


def test_long_narrow_valleys_are_crossed_where_adam_zigzags() -> None:
    weight, slopes = valley()
    ours = descend(OneSidedShampoo([weight]), weight, slopes)
    weight, slopes = valley()
    adams = descend(torch.optim.AdamW([weight], betas=(0.9, 0.99)), weight, slopes)

    assert ours < 0.01 * adams


def test_every_kind_of_weight_moves_and_the_memory_can_be_put_away() -> None:
    torch.manual_seed(1)
    shapes = [(64, 64, 3, 3), (200, 64), (64, 200), (8, 8), (64,)]
    weights = [torch.nn.Parameter(torch.randn(shape)) for shape in shapes]
    before = [weight.detach().clone() for weight in weights]
    optimizer = PainterOptimizer(weights)

    def step(target: PainterOptimizer) -> None:
        for weight in weights:
            weight.grad = weight.detach().clone()
        target.step(1e-2)

    step(optimizer)
    assert all((old != new).any() for old, new in zip(before, weights, strict=True))
    assert all(weight.grad is None for weight in weights)

    kept, then = deepcopy(optimizer.state_dict()), [weight.detach().clone() for weight in weights]
    step(optimizer)
    after = [weight.detach().clone() for weight in weights]
    for weight, old in zip(weights, then, strict=True):
        weight.data = old
    second = PainterOptimizer(weights)
    second.load_state_dict(kept)
    step(second)
    for one, other in zip(after, weights, strict=True):
        torch.testing.assert_close(one, other.detach())


def test_a_root_that_cannot_be_taken_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: object) -> None:
        raise torch.linalg.LinAlgError("too many repeated eigenvalues")

    weight, slopes = valley()
    optimizer = OneSidedShampoo([weight])
    descend(optimizer, weight, slopes)
    before = (weight.detach() * (slopes @ weight.detach())).sum().item()
    monkeypatch.setattr(torch.linalg, "eigh", fail)

    after = descend(optimizer, weight, slopes)

    assert after < before
