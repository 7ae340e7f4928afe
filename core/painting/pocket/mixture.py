"""Which scenes a batch is made of: plain ones are learned soonest, so the others come more often."""

import numpy as np
import torch
from numpy.typing import NDArray


class Mixture:
    """Draws batches of which a fixed share is plain; `plain` (N,) tells which of N scenes are.

    Where there are none of a kind, its share comes from all.
    """

    def __init__(self, plain: NDArray[np.bool_], share: float) -> None:
        every = np.arange(len(plain))
        self._pools = [
            torch.from_numpy(every[kind] if kind.any() else every) for kind in (plain, ~plain)
        ]
        self._share = share

    def draw(self, count: int, generator: torch.Generator) -> torch.Tensor:
        """Indices (count,) of scenes in no order, with repeats."""
        luck = torch.rand((), generator=generator).item()  # so that small batches get some too
        plain = int(count * self._share + luck)
        chosen = torch.cat(
            [
                pool[torch.randint(len(pool), (wanted,), generator=generator)]
                for pool, wanted in zip(self._pools, (plain, count - plain), strict=True)
            ]
        )
        return chosen[torch.randperm(count, generator=generator)]
