import pytest

np = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")

from core.painting.pocket.mixture import Mixture  # noqa: E402

PLAIN = np.array([True, False, False, True])


def drawn(plain: "np.ndarray", share: float) -> list[int]:
    chosen = Mixture(plain, share).draw(400, torch.Generator().manual_seed(1))
    return torch.bincount(chosen, minlength=4).tolist()


def test_a_fixed_share_of_every_batch_is_plain() -> None:
    first, second, third, fourth = drawn(PLAIN, 0.25)

    assert (first + fourth, second + third) == (100, 300)
    assert min(first, second, third, fourth) > 30


def test_small_batches_have_their_share_on_average() -> None:
    mixture, generator = Mixture(PLAIN, 0.25), torch.Generator().manual_seed(1)

    chosen = torch.cat([mixture.draw(2, generator) for _ in range(400)])

    assert 140 < int(torch.from_numpy(PLAIN)[chosen].sum()) < 260


@pytest.mark.parametrize("plain", [np.ones(4, np.bool_), np.zeros(4, np.bool_)])
def test_where_there_are_none_of_a_kind_all_are_drawn_from(plain: "np.ndarray") -> None:
    assert min(drawn(plain, 0.25)) > 70


def test_plain_scenes_stand_in_no_fixed_place_of_a_batch() -> None:
    chosen = Mixture(PLAIN, 0.5).draw(400, torch.Generator().manual_seed(1))

    assert 60 < int(torch.from_numpy(PLAIN)[chosen[:200]].sum()) < 140
