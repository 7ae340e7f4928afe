"""Which scenes a batch is made of: what is learned soonest comes less often than what is learned last."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray


class Mixture:
    """Draws batches of which each kind has a fixed share.

    `kinds` (N,) number the kind of each of N scenes; `shares` are those of the kinds, of sum 1. Where there
    are none of a kind, its share comes from all.
    """

    def __init__(self, kinds: NDArray[np.int64], shares: Sequence[float]) -> None:
        pools = [np.flatnonzero(kinds == kind) for kind in range(len(shares))]
        self._pools = [
            torch.from_numpy(pool if len(pool) else np.arange(len(kinds))) for pool in pools
        ]
        self._ends = np.cumsum(shares)

    def draw(self, count: int, generator: torch.Generator) -> torch.Tensor:
        """Indices (count,) of scenes in no order, with repeats."""
        luck = torch.rand((), generator=generator).item()  # so that small batches get some of each
        ends = np.floor(self._ends * count + luck + 1e-9).astype(np.int64)
        chosen = torch.cat(
            [
                pool[torch.randint(len(pool), (int(wanted),), generator=generator)]
                for pool, wanted in zip(self._pools, np.diff(ends, prepend=0), strict=True)
            ]
        )
        return chosen[torch.randperm(count, generator=generator)]
