"""What a network is made of, layer by layer."""

from __future__ import annotations

import pandas as pd
import torch
from torch import nn

_CONVOLUTIONS = (nn.Conv2d, nn.ConvTranspose2d)


def summarize_network(network: nn.Module, height: int, width: int) -> pd.DataFrame:
    """Describe each layer for one image.

    Args:
        network: Takes (1, 3, height, width).
        height: Of the image, in pixels.
        width: Of the image, in pixels.

    Returns:
        One row a layer in the order of the forward pass, with columns `layer` (dotted
        name), `operation`, `output` (channels x height x width), `parameters`, `macs`
        (multiply-accumulates: for a convolution, weights times output pixels; for a
        transposed one, weights times input pixels) and `receptive_field` (side in
        pixels of the square of the input that one output pixel depends on, for layers
        that follow one another at stride 1).
    """
    rows: list[dict[str, object]] = []
    field = 1

    def describe(name: str, module: nn.Module) -> None:
        def record(
            module: nn.Module, inputs: tuple[torch.Tensor], output: torch.Tensor
        ) -> None:
            nonlocal field
            macs = 0
            if isinstance(module, _CONVOLUTIONS):
                pixels = inputs[0] if isinstance(module, nn.ConvTranspose2d) else output
                macs = module.weight.numel() * pixels.shape[-1] * pixels.shape[-2]
                field += module.kernel_size[0] - 1
            rows.append(
                {
                    "layer": name,
                    "operation": _operation(module),
                    "output": "x".join(str(size) for size in output.shape[1:]),
                    "parameters": sum(p.numel() for p in module.parameters()),
                    "macs": macs,
                    "receptive_field": field,
                }
            )

        hooks.append(module.register_forward_hook(record))

    hooks: list[torch.utils.hooks.RemovableHandle] = []
    for name, module in network.named_modules():
        if not any(True for _ in module.children()):
            describe(name, module)
    with torch.inference_mode():
        network(torch.zeros(1, 3, height, width))
    for hook in hooks:
        hook.remove()
    return pd.DataFrame(rows)


def _operation(module: nn.Module) -> str:
    name = type(module).__name__
    if isinstance(module, _CONVOLUTIONS):
        kernel = "x".join(str(side) for side in module.kernel_size)
        return f"{name}({module.in_channels}, {module.out_channels}, {kernel})"
    return name
