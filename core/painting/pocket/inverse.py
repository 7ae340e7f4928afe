"""The decoder that training starts from, in closed form: the codec's linear way back as convolutions.

A tiny decoder upsamples by repeating pixels. A convolution after that sees `a b b` in the left half of
a cell and `b b c` in its right half, and where neighbours are alike it cannot know which half it is in;
but that is what the way back depends on, since each quarter of a cell has weights of its own. Only the
picture's border breaks the symmetry, so two channels count from there: parity is 1 in the first column
of cells and flips with each column, one more column a convolution. Once upsampled, its differences are
1 or -1 in left halves and 0 in right ones: their size is the parity of the finer grid.

The blocks choose each quarter's numbers with these channels as switches. What is written here stays;
training finds what the linear way back does not know in the channels beside it.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from core.painting.pocket.codec import LATENT_CHANNELS, PATCH_PX, Floats, LinearCodec

_NUMBERS = LATENT_CHANNELS  # the first channels: latents, then components of a quarter, then pixels
_ACROSS, _DOWN = _NUMBERS, _NUMBERS + 1  # the parities of columns and rows
_WRITTEN = _NUMBERS + 2
_BELOW = _WRITTEN  # inside a block, the parities' differences below zero, turned round
_LEAST_CHANNELS = 2 * (_NUMBERS + 1) + 2  # two choices keep so many busy inside a block
_LEAST_BLOCKS = (5, 2, 2, 1, 0)  # to count to 16 cells, 3 a block, and to choose on three grids
_HALF = PATCH_PX // 2
_QUARTERS = ((0, 0), (0, 1), (1, 0), (1, 1))
_BEFORE = ((1, 0), (0, 1))  # a convolution's taps on the left neighbour and on the one above
_FIRST_GAIN = 7.0  # latents vary by about an eighth as they travel
_NUMBERS_GAIN = 4.0
_OFF = 4.0  # taken from a number to switch it off: none grows larger


@dataclass(frozen=True, slots=True)
class _Scaling:
    """ReLUs cut what is negative, so numbers travel as number / divisor + shift."""

    divisor: float
    shift: float


_LATENTS = _Scaling(8.0, 1.25)  # latents stay between -10 and 10
_COMPONENTS = _Scaling(4.0, 2.0)  # unit components of 48 colours from -1 to 1 stay within 6.93
_COLORS = _Scaling(2.0, 0.5)


@dataclass(frozen=True, slots=True)
class _Choice:
    """In this quarter (row, column) the first R numbers become matrix (R, 16) @ numbers + shift (R,)."""

    quarter: tuple[int, int]
    matrix: Floats
    shift: Floats


@torch.no_grad()
def write_inverse(
    decoder: nn.Module, codec: LinearCodec, blocks: tuple[int, ...], latent_scale: float
) -> None:
    """Sets a decoder to: count, choose quarters on the next three grids, smooth.

    Training leaves all this as it is: what it learns goes through the other channels, into the colours of
    the last grids and the last layer.
    Raises ValueError where there are too few channels or blocks.
    """
    layers: Any = decoder.get_submodule("layers")
    _check_room(layers[0].out_channels, blocks)
    _draw(layers[0], _FIRST_GAIN)
    _write_first(layers[0], latent_scale)
    choices = _quarter_choices(codec)
    position = 2  # after the first convolution and its activation
    for grid, count in enumerate(blocks[:-1]):
        for place, layer in enumerate(layers[position : position + count]):
            block = [layer.conv[0], layer.conv[2], layer.conv[4]]
            _draw_block(block)
            if grid == 0:
                _write_counting(block)
            elif place < _LEAST_BLOCKS[grid]:
                _write_choices(block, choices[grid - 1][place])
            _hold_sums(block[2], opened=grid >= 2)
        position += count + 2
        _draw(layers[position - 1], 1, numbers=True)
        _write_upsampling(layers[position - 1], finest=grid == len(blocks) - 2)
    _write_smoothing(layers[-1])


def third_grid_colors(
    decoder: nn.Module, blocks: tuple[int, ...], latents: torch.Tensor
) -> torch.Tensor:
    """Pictures (B, 3, 16 rows, 16 columns) of the third grid's colours, interpolated, for a third of the work.

    This is what the whole decoder gives while its last two grids are as they were written, but for the
    picture's outermost pixels.
    """
    layers: Any = decoder.get_submodule("layers")
    values = torch.tanh(latents / 3) * 3  # as the decoder itself begins
    for layer in layers[: 2 + sum(blocks[:3]) + 2 * 2]:
        values = layer(values)
    count, _, rows, columns = values.shape
    quarters = values[:, :12].view(count, 2, 2, 3, rows, columns)
    halved = quarters.permute(0, 3, 4, 1, 5, 2).reshape(count, 3, 2 * rows, 2 * columns)
    return nn.functional.interpolate(halved, scale_factor=2, mode="bilinear") * 2 - 1


def _check_room(channels: int, blocks: tuple[int, ...]) -> None:
    few = any(count < least for count, least in zip(blocks, _LEAST_BLOCKS, strict=True))
    if few or channels < _LEAST_CHANNELS:
        raise ValueError(
            f"a decoder needs {_LEAST_CHANNELS} channels and {_LEAST_BLOCKS} blocks or more,"
            f" not {channels} and {blocks}"
        )


def _quarter_choices(codec: LinearCodec) -> list[list[list[_Choice]]]:
    """What the blocks of the second, third and fourth grid choose, block by block.

    Latents become a quarter's components, these the colours of a quarter's quarter, those one pixel's.
    """
    way_back = (codec.basis / codec.scale).reshape(PATCH_PX, PATCH_PX, 3, _NUMBERS)
    mean = codec.mean.reshape(PATCH_PX, PATCH_PX, 3)
    backs = [_quarter(way_back, quarter) for quarter in _QUARTERS]
    means = [_quarter(mean, quarter) for quarter in _QUARTERS]
    common = np.mean(means, axis=0)
    components = _common_components(codec, backs, means)
    first, second, third = [], [], []
    for index, quarter in enumerate(_QUARTERS):
        matrix, shift = components.T @ backs[index], components.T @ (means[index] - common)
        first.append(_scaled(quarter, matrix, shift, _LATENTS, _COMPONENTS))
        matrix = _quarter(components.reshape(_HALF, _HALF, 3, _NUMBERS), quarter)
        shift = _quarter(common.reshape(_HALF, _HALF, 3), quarter)
        second.append(_scaled(quarter, matrix, shift, _COMPONENTS, _COLORS))
        colors = np.eye(_NUMBERS, dtype=np.float32)[3 * index : 3 * index + 3]
        third.append(_Choice(quarter, colors, np.zeros(3, np.float32)))
    # The first pixel's colours lie in their place already.
    return [[first[:2], first[2:]], [second[:2], second[2:]], [third[1:]]]


def _quarter(patch: Floats, quarter: tuple[int, int]) -> Floats:
    """A quarter of a patch (side, side, 3, ...), its pixels' colours in one row."""
    half = len(patch) // 2
    row, column = quarter[0] * half, quarter[1] * half
    part = patch[row : row + half, column : column + half]
    return part.reshape(half * half * 3, *patch.shape[3:])


def _common_components(codec: LinearCodec, backs: list[Floats], means: list[Floats]) -> Floats:
    """Principal components (48, 16) of what latents say of all four quarters.

    Four times 16 numbers would be exact; sixteen common ones keep all but a five-thousandth.
    """
    variances = codec.scale**-2.0  # of the latents: they are scaled by deviation ** -0.5
    spread = np.mean(means, axis=0)
    covariance = sum(
        (back * variances) @ back.T + np.outer(mean - spread, mean - spread)
        for back, mean in zip(backs, means, strict=True)
    )
    vectors = np.linalg.eigh(covariance)[1]
    return np.ascontiguousarray(vectors[:, ::-1][:, :_NUMBERS]).astype(np.float32)


def _scaled(
    quarter: tuple[int, int], matrix: Floats, shift: Floats, before: _Scaling, after: _Scaling
) -> _Choice:
    """The choice matrix @ numbers + shift, for numbers as they travel."""
    inner = matrix * (before.divisor / after.divisor)
    outer = shift / after.divisor + after.shift - inner.sum(axis=1) * before.shift
    return _Choice(quarter, inner.astype(np.float32), outer.astype(np.float32))


def _write_first(layer: nn.Conv2d, latent_scale: float) -> None:
    """The latents as they travel, and both parities at their first step: 1 in all cells."""
    _take(layer, _WRITTEN)
    bias = _bias(layer)
    for number in range(_NUMBERS):
        layer.weight[number, number, 1, 1] = latent_scale / _LATENTS.divisor
    bias[:_NUMBERS] = _LATENTS.shift
    bias[_ACROSS] = bias[_DOWN] = 1


def _write_counting(block: list[nn.Conv2d]) -> None:
    """Three steps of counting: each parity becomes 1 minus that of the cell before, 0 outside.

    The old parity travels along to be taken away, since a block adds what it finds.
    """
    first, second, third = block
    _take(first, 4)
    _take(second, 4)
    for axis, before in enumerate(_BEFORE):
        parity, old = _ACROSS + axis, 2 + axis
        for layer, source, row in (
            (first, parity, axis),
            (second, axis, axis),
            (third, axis, parity),
        ):
            layer.weight[row, source, *before] = -1
            _bias(layer)[row] = 1
        first.weight[old, parity, 1, 1] = 1
        second.weight[old, old, 1, 1] = 1
        third.weight[parity, old, 1, 1] = -1


def _write_choices(block: list[nn.Conv2d], choices: list[_Choice]) -> None:
    """Turns differences into parities, and numbers into what is chosen for each of these quarters."""
    _write_sides(block[0])
    _take(block[1], 2)
    for axis in range(2):
        block[1].weight[axis, _BELOW + axis, 1, 1] = 1
        block[2].weight[_ACROSS + axis, axis, 1, 1] = 2  # d + 2 relu(-d) is the size of d
    row = 2
    for choice in choices:
        row = _write_choice(block, choice, row)


def _write_choice(block: list[nn.Conv2d], choice: _Choice, row: int) -> int:
    """Adds, in this quarter, what is chosen less what is there; returns the next free hidden row."""
    count = len(choice.matrix)
    change = choice.matrix - np.eye(_NUMBERS, dtype=np.float32)[:count]
    used = np.flatnonzero(np.abs(change).max(axis=0))
    _take(block[1], row + len(used) + 1, row)
    for number in used:
        block[1].weight[row, number, 1, 1] = 1
        _write_switch(block[1], row, choice.quarter, strength=_OFF, on=0)
        block[2].weight[:count, row, 1, 1] = torch.from_numpy(change[:, number])
        row += 1
    _write_switch(block[1], row, choice.quarter, strength=1, on=1)
    block[2].weight[:count, row, 1, 1] = torch.from_numpy(choice.shift)
    return row + 1


def _write_sides(layer: nn.Conv2d) -> None:
    """The numbers as they are, then each parity's difference where it is above zero, and where below."""
    _take(layer, _BELOW + 2)
    for channel in range(_WRITTEN):
        layer.weight[channel, channel, 1, 1] = 1
    for axis in range(2):
        layer.weight[_BELOW + axis, _ACROSS + axis, 1, 1] = -1


def _write_switch(
    layer: nn.Conv2d, row: int, quarter: tuple[int, int], *, strength: float, on: float
) -> None:
    """Makes a row's bias `on` in this quarter, and less by `strength` for each axis on which a pixel is not in it."""
    bias = _bias(layer)
    bias[row] = on
    for axis, second in enumerate((quarter[1], quarter[0])):
        if not second:
            bias[row] -= strength
        for side in (_ACROSS + axis, _BELOW + axis):
            layer.weight[row, side, 1, 1] = -strength if second else strength


def _write_upsampling(layer: nn.Conv2d, *, finest: bool) -> None:
    """All numbers as they are, and each parity's difference from the pixel before."""
    _take(layer, _WRITTEN)
    for number in range(_NUMBERS):
        layer.weight[number, number, 1, 1] = 1
    if finest:
        return
    for axis, before in enumerate(_BEFORE):
        layer.weight[_ACROSS + axis, _ACROSS + axis, 1, 1] = 1
        layer.weight[_ACROSS + axis, _ACROSS + axis, *before] = -1


def _write_smoothing(layer: nn.Conv2d) -> None:
    """Linear interpolation: a quarter, a half and a quarter of repeated pixels, along both axes."""
    layer.weight.zero_()
    _bias(layer).zero_()
    taps = torch.tensor([0.25, 0.5, 0.25])
    for color in range(3):
        layer.weight[color, color] = torch.outer(taps, taps)


def _draw_block(block: list[nn.Conv2d]) -> None:
    """Random weights for what is not written; the sums that a block adds to begin empty where numbers are."""
    _draw(block[0], 2**0.5, numbers=True)
    _draw(block[1], 2**0.5)
    _draw(block[2], 0.5)
    _empty(block[2], _WRITTEN)


def _draw(layer: nn.Conv2d, gain: float, *, numbers: bool = False) -> None:
    """Random weights that keep the size of their input's variation (He et al., arXiv:1502.01852).

    Numbers vary little about a common shift. Weights on them sum to nothing and are larger, so that the
    other channels see the variation and not the shift.
    """
    layer.weight.normal_(0, gain / (layer.in_channels * 9) ** 0.5)
    if layer.bias is not None:
        layer.bias.zero_()
    if numbers:
        on_numbers = layer.weight[:, :_NUMBERS]
        on_numbers -= on_numbers.mean(dim=(1, 2, 3), keepdim=True)
        on_numbers *= _NUMBERS_GAIN


def _hold_sums(layer: nn.Conv2d, *, opened: bool) -> None:
    """Keeps training from changing what a block adds to numbers and parities.

    Where the numbers are colours they are `opened`: what is written stays, and training adds to it.
    """
    for parameter in layer.parameters():
        free = torch.ones_like(parameter)
        free[:_WRITTEN] = 0
        if opened and parameter is layer.weight:
            free[:_NUMBERS] = (parameter[:_NUMBERS] == 0).float()
        _mask_gradient(parameter, free)


def _mask_gradient(parameter: Any, free: torch.Tensor) -> None:
    parameter.register_hook(lambda gradient: gradient * free.to(gradient.device))


def _take(layer: nn.Conv2d, end: int, start: int = 0) -> None:
    """Empties these rows to be written, and keeps training from changing them.

    Free, they would drift within a few steps. Counting multiplies drift from cell to cell, and all else
    leans on the numbers that are chosen.
    """
    _empty(layer, end, start)
    for parameter in layer.parameters():
        free = torch.ones_like(parameter)
        free[start:end] = 0
        _mask_gradient(parameter, free)


def _empty(layer: nn.Conv2d, end: int, start: int = 0) -> None:
    for parameter in layer.parameters():
        parameter[start:end] = 0


def _bias(layer: nn.Conv2d) -> torch.Tensor:
    assert layer.bias is not None
    return layer.bias
