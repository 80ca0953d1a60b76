"""Signs that a training has collapsed, which its loss alone does not show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from denoising_autoencoder.denoisers.apply import reconstruct
from denoising_autoencoder.denoisers.batches import images_in_a_pass
from denoising_autoencoder.denoisers.network import NetworkDenoiser
from denoising_autoencoder.images import LEVEL, normalize

_IMAGES = 64
"""Number of images that are looked at; not more than one pass."""

_WORST = 0.9
"""Share of the images' variance that an error may have. The mean colour everywhere has
an error of all of it."""

_LEAST_VARIANCE = (10 * LEVEL) ** 2
"""Variance of images that are nearly of one colour, for which an error says nothing."""

_DEAD = 0.5
"""Share of dead channels from which a layer is named. The course
report's network has eight; with some seeds up to three are dead, and cost little."""

_Images = npt.NDArray[np.floating[Any]]


def find_collapse(
    network: nn.Module,
    device: str,
    inputs: _Images,
    targets: _Images,
    sigmas: npt.NDArray[np.float64],
) -> list[str]:
    """Look for outputs that do not depend on the input, and for layers of dead ReLUs.

    A ReLU is dead if its channel is zero at every pixel of every image: it learns
    nothing any more, since it has no gradient (Lu et al. 2020, "Dying ReLU and
    Initialization").

    Args:
        network: Trained module in evaluation mode.
        device: "auto", "cpu" or "cuda".
        inputs: Images that the network gets: (n, height, width, 1 or 3), in [-1, 1].
        targets: Images that it should give, of the same shape.
        sigmas: Standard deviation of the noise of each input, (n,).

    Returns:
        What was seen, in words; empty for a network that works.
    """
    count = min(len(inputs), _IMAGES, images_in_a_pass(*inputs.shape[1:3]))
    # From everywhere: neighbours may be crops of one grey sky.
    chosen = np.linspace(0, len(inputs) - 1, count).astype(int)
    with _watching(network) as alive:
        denoiser = NetworkDenoiser(network, device)
        outputs = reconstruct(denoiser, inputs[chosen], sigmas[chosen])
    found = []
    wanted = targets[chosen].astype(np.float32)
    error = float(np.square(normalize(outputs) - wanted).mean())
    variance = float(wanted.var(axis=(0, 1, 2)).mean())
    if error > _WORST * variance > _WORST * _LEAST_VARIANCE:
        found.append(
            f"its MSE on {count} validation images, {error:.3f}, is as bad as that of "
            f"one colour for everything, {variance:.3f}"
        )
    for name, channels in alive.items():
        dead = int((~channels).sum())
        if dead >= _DEAD * len(channels):
            found.append(
                f"{dead} of {len(channels)} channels of its layer {name} are zero for "
                "every image"
            )
    return found


@contextmanager
def _watching(network: nn.Module) -> Iterator[dict[str, torch.Tensor]]:
    """Note for each ReLU, by its name, which channels are ever above zero."""
    alive: dict[str, torch.Tensor] = {}

    def watch(name: str, module: nn.Module) -> torch.utils.hooks.RemovableHandle:
        def note(_: nn.Module, __: Any, output: torch.Tensor) -> None:
            alive[name] = (output > 0).transpose(0, 1).flatten(1).any(dim=1)

        return module.register_forward_hook(note)

    modules = network.named_modules()
    handles = [watch(name, one) for name, one in modules if isinstance(one, nn.ReLU)]
    try:
        yield alive
    finally:
        for handle in handles:
            handle.remove()
