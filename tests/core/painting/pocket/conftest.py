"""What the tests of the pocket painter share."""

import random
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Small networks are far slower on several threads beside a busy neighbour."""
    torch = pytest.importorskip("torch")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def pixels():
    """A picture (256, 256, 3) of each background, without anything in front."""
    np = pytest.importorskip("numpy")
    from core.painting.pocket.backgrounds import paint_background
    from core.painting.pocket.vocabulary import BACKGROUNDS

    rng = random.Random(5)
    return np.stack([np.asarray(paint_background(name, rng)) for name in BACKGROUNDS])
