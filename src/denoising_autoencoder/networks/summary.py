"""A table of a network's layers."""

from __future__ import annotations

import math

import pandas as pd
import torch
from torch import nn

_CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)


def summarize_network(
    network: nn.Module, height: int, width: int, channels: int = 3
) -> pd.DataFrame:
    """Describe each layer for one image.

    Args:
        network: A module that takes (1, channels, height, width).
        height: Height of the image, in pixels.
        width: Width of the image, in pixels.
        channels: Number of channels of the image.

    Returns:
        One row for each layer, in the order of the forward pass, with columns `layer`
        (dotted name), `operation`, `output` (channels x height x width), `parameters`,
        `macs` (multiply-accumulates: weights times output pixels for a convolution,
        weights times input pixels for a transposed one), `activations` (number of
        values that a convolution outputs and memory has to carry, Radosavovic et al.
        2020) and `receptive_field` (side in pixels of the input square that one output
        pixel depends on, along the deepest path; in networks with a grid of four pixels
        or coarser, some outputs see up to one coarse pixel more).
    """
    rows: list[dict[str, object]] = []
    # Side of the input square, and distance of two neighbours here, both in pixels.
    field, distance = 1.0, 1.0

    def describe(name: str, module: nn.Module) -> None:
        def record(
            module: nn.Module, inputs: tuple[torch.Tensor], output: torch.Tensor
        ) -> None:
            nonlocal field, distance
            reach, spread = _reach_and_spread(module)
            field += reach * distance
            distance *= spread
            macs = activations = 0
            if isinstance(module, _CONVOLUTIONS):
                activations = output.numel()
                pixels = inputs[0] if isinstance(module, nn.ConvTranspose2d) else output
                macs = module.weight.numel() * pixels.shape[-1] * pixels.shape[-2]
            rows.append(
                {
                    "layer": name,
                    "operation": _operation(module),
                    "output": "x".join(str(size) for size in output.shape[1:]),
                    "parameters": sum(p.numel() for p in module.parameters()),
                    "macs": macs,
                    "activations": activations,
                    "receptive_field": int(field),
                }
            )

        hooks.append(module.register_forward_hook(record))

    hooks: list[torch.utils.hooks.RemovableHandle] = []
    for name, module in network.named_modules():
        if not any(True for _ in module.children()):
            describe(name, module)
    with torch.inference_mode():
        network(torch.zeros(1, channels, height, width))
    for hook in hooks:
        hook.remove()
    return pd.DataFrame(rows)


def count_macs(network: nn.Module, height: int, width: int, channels: int = 3) -> int:
    """The multiply-accumulates of a network for one image.

    Args:
        network: A module that takes (1, channels, height, width).
        height: Height of the image, in pixels.
        width: Width of the image, in pixels.
        channels: Number of channels of the image.
    """
    return int(summarize_network(network, height, width, channels)["macs"].sum())


def _reach_and_spread(module: nn.Module) -> tuple[int, float]:
    """How many further inputs an output sees, and the distance of two outputs.

    Both are in units of the distance of two neighbouring inputs.
    """
    if isinstance(module, nn.ConvTranspose2d):
        kernel, stride = module.kernel_size[0], module.stride[0]
        return math.ceil(kernel / stride) - 1, 1 / stride
    if isinstance(module, nn.Conv2d):
        return module.kernel_size[0] - 1, module.stride[0]
    if isinstance(module, nn.PixelUnshuffle):
        return module.downscale_factor - 1, module.downscale_factor
    if isinstance(module, nn.PixelShuffle):
        return 0, 1 / module.upscale_factor
    return 0, 1


def _operation(module: nn.Module) -> str:
    name = type(module).__name__
    if isinstance(module, _CONVOLUTIONS):
        kernel = "x".join(str(side) for side in module.kernel_size)
        return f"{name}({module.in_channels}, {module.out_channels}, {kernel})"
    return name
