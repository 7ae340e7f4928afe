import pytest

np = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")

from core.painting.pocket.mixture import Mixture  # noqa: E402

KINDS = np.array([0, 1, 1, 0])


def drawn(kinds: "np.ndarray", shares: tuple[float, ...]) -> list[int]:
    chosen = Mixture(kinds, shares).draw(400, torch.Generator().manual_seed(1))
    return torch.bincount(chosen, minlength=4).tolist()


def test_each_kind_has_its_share_of_every_batch() -> None:
    first, second, third, fourth = drawn(KINDS, (0.25, 0.75))

    assert (first + fourth, second + third) == (100, 300)
    assert min(first, second, third, fourth) > 30


def test_a_kind_without_a_share_is_left_out() -> None:
    assert drawn(np.array([0, 1, 2, 2]), (0.25, 0.75, 0)) == [100, 300, 0, 0]


def test_small_batches_have_their_shares_on_average() -> None:
    mixture, generator = Mixture(KINDS, (0.25, 0.75)), torch.Generator().manual_seed(1)

    chosen = torch.cat([mixture.draw(2, generator) for _ in range(400)])

    assert 140 < int((torch.from_numpy(KINDS)[chosen] == 0).sum()) < 260


@pytest.mark.parametrize("kind", [0, 1])
def test_where_there_are_none_of_a_kind_all_are_drawn_from(kind: int) -> None:
    assert min(drawn(np.full(4, kind), (0.25, 0.75))) > 70


def test_kinds_stand_in_no_fixed_place_of_a_batch() -> None:
    chosen = Mixture(KINDS, (0.5, 0.5)).draw(400, torch.Generator().manual_seed(1))

    assert 60 < int((torch.from_numpy(KINDS)[chosen[:200]] == 0).sum()) < 140
