"""3x3 convolutions of few channels, computed on cells of 2x2 pixels."""

from __future__ import annotations

from itertools import product
from typing import Any

import torch
from torch import nn

_SIDE = 2
"""Of a cell, in pixels."""

WIDEST = 8
"""Channels up to which cells gain: they cost 16/9 of the multiplications. A step of 16
images through the report's network takes 3.6 ms instead of 4.0 with 8 channels, 7.2
instead of 5.5 with 16 (one core of an AMD EPYC)."""

Convolution = nn.Conv2d | nn.ConvTranspose2d


class InCells(nn.Sequential):
    """A chain of layers that a CPU computes with four times the channels in bfloat16.

    Its instructions for bfloat16 want more than eight channels. So a cell of 2x2 pixels
    is seen as one pixel of 4 x 8 channels (space to depth), on which a 3x3 convolution
    of pixels is a 2x2 convolution of cells: its weights are those of the pixels, each
    in four places, and zeros. What comes out is the same but for rounding; the weights,
    their gradients and their names are those of the plain chain.

    The plain layers do it where there is nothing to gain, in float32 and on other
    processors, for images of odd height or width, and where a layer is watched
    (`nn.Module.register_forward_hook`).

    Args:
        layers: As of `nn.Sequential`: `nn.Conv2d` and `nn.ConvTranspose2d` of 3x3,
            without stride, padding, dilation or groups; everything else must treat each
            value by itself, as `nn.ReLU` does.

    Raises:
        ValueError: A convolution is of another kind.
    """

    def __init__(self, *layers: Any) -> None:
        super().__init__(*layers)
        for index, layer in enumerate(self):
            if isinstance(layer, Convolution):
                # Not saved: it follows from the shape alone.
                self.register_buffer(_buffer(index), _places(layer), persistent=False)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Apply the layers.

        Args:
            images: float, (n, channels, height, width).

        Returns:
            (n, channels, height, width) of the last layer.
        """
        if self._gains(images):
            # What the first convolution would do with them in their cells, while they
            # are twice as many bytes to move.
            return self.in_cells(images.bfloat16())
        outputs: torch.Tensor = super().forward(images)  # type: ignore[no-untyped-call]
        return outputs

    def _gains(self, images: torch.Tensor) -> bool:
        on_cpu = images.device.type == "cpu"
        in_bfloat16 = (
            torch.is_autocast_enabled("cpu")
            and torch.get_autocast_dtype("cpu") == torch.bfloat16
        )
        whole = not any(side % _SIDE for side in images.shape[-2:])
        watched = any(layer._forward_hooks for layer in self)
        return on_cpu and in_bfloat16 and whole and not watched

    def in_cells(self, images: torch.Tensor) -> torch.Tensor:
        """The same from cells, whether there is something to gain or not.

        Args:
            images: As for `forward`; even height and width.
        """
        cells, convolved = _to_cells(images), False
        for index, layer in enumerate(self):
            if isinstance(layer, Convolution):
                places = self.get_buffer(_buffer(index))
                cells, convolved = _convolve(layer, places, cells), True
            else:
                # In place: no convolution needs what it gave for its gradient.
                in_place = convolved and isinstance(layer, nn.ReLU)
                cells = nn.functional.relu_(cells) if in_place else layer(cells)
                convolved = False
        return _to_pixels(cells)


def _buffer(index: int) -> str:
    return f"_places_{index}"


def _convolve(
    layer: Convolution, places: torch.Tensor, cells: torch.Tensor
) -> torch.Tensor:
    weights_and_zero = nn.functional.pad(layer.weight.flatten(), (0, 1))
    weights = torch.take(weights_and_zero, places)
    bias = None if layer.bias is None else layer.bias.repeat(_SIDE**2)
    padding = _SIDE - 1 if isinstance(layer, nn.ConvTranspose2d) else 0
    return nn.functional.conv2d(cells, weights, bias, padding=padding)


def _places(layer: Convolution) -> torch.Tensor:
    """Where each weight of a convolution of cells stands among those of pixels.

    Returns:
        int64, (4 * channels out, 4 * channels in, 2, 2): an index into the flattened
        weight of the layer; one past its end where the weight is zero.
    """
    kind = (
        layer.kernel_size,
        layer.stride,
        layer.padding,
        layer.dilation,
        layer.groups,
    )
    if kind != ((3, 3), (1, 1), (0, 0), (1, 1), 1):
        raise ValueError(f"{layer} cannot be computed in cells")
    numbers = torch.arange(layer.weight.numel()).reshape(layer.weight.shape)
    if isinstance(layer, nn.ConvTranspose2d):
        # As the convolution of a padded image that it is.
        numbers = numbers.transpose(0, 1).flip(2, 3)
    channels_out, channels_in, rows, columns = numbers.shape
    # Kernel row k and the row y of a cell's pixel meet row k + y of the input, which is
    # row (k + y) % 2 of the cell (k + y) // 2 further on; so with columns.
    cell = (_SIDE, _SIDE)
    places = torch.full(
        (*cell, channels_out, *cell, channels_in, *cell), layer.weight.numel()
    )
    for y, x, row, column in product(*map(range, (*cell, rows, columns))):
        down, y_in = divmod(row + y, _SIDE)
        across, x_in = divmod(column + x, _SIDE)
        weights = numbers[..., row, column]
        places[y, x, :, y_in, x_in, :, down, across] = weights
    return places.reshape(4 * channels_out, 4 * channels_in, *cell).contiguous(
        memory_format=torch.channels_last
    )


def _to_cells(images: torch.Tensor) -> torch.Tensor:
    """Pixels of a cell to channels: y, x, channel; channels_last in memory."""
    count, channels, height, width = images.shape
    pixels = images.permute(0, 2, 3, 1)
    rows = pixels.reshape(
        count, height // _SIDE, _SIDE, width // _SIDE, _SIDE, channels
    )
    cells = rows.transpose(2, 3).reshape(
        count, height // _SIDE, width // _SIDE, _SIDE**2 * channels
    )
    return cells.permute(0, 3, 1, 2)


def _to_pixels(cells: torch.Tensor) -> torch.Tensor:
    """What `_to_cells` did, undone."""
    count, channels, height, width = cells.shape
    channels //= _SIDE**2
    rows = cells.permute(0, 2, 3, 1).reshape(
        count, height, width, _SIDE, _SIDE, channels
    )
    pixels = rows.transpose(2, 3).reshape(
        count, height * _SIDE, width * _SIDE, channels
    )
    return pixels.permute(0, 3, 1, 2)
