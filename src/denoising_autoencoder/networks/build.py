"""From a network's name to its module, fresh or with saved weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.networks.report import report_autoencoder

_BUILDERS: dict[str, Callable[[], nn.Module]] = {"report": report_autoencoder}


def build_network(name: str, seed: int) -> nn.Module:
    """Build a network with PyTorch's default initialization.

    Args:
        name: A network of this package: "report".
        seed: Of the initial weights. The global generator is left as it was.

    Returns:
        The module, on the CPU, channels_last in memory: the layout in which PyTorch's
        convolutions on a CPU run twice as fast.

    Raises:
        ProjectError: The name is unknown.
    """
    if name not in _BUILDERS:
        raise ProjectError(
            f"There is no network {name!r}; choose one of {', '.join(_BUILDERS)}."
        )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = _BUILDERS[name]()
    return network.to(memory_format=torch.channels_last)


def load_network(
    name: str, weights: Mapping[str, npt.NDArray[np.float32]]
) -> nn.Module:
    """Build a network and give it saved weights.

    Args:
        name: As for `build_network`.
        weights: The module's state dict as arrays.

    Returns:
        The module in evaluation mode.

    Raises:
        ProjectError: The name is unknown, or the weights do not fit the network.
    """
    network = build_network(name, seed=0)
    # A copy, since arrays read from a file are not writable.
    state = {key: torch.from_numpy(value.copy()) for key, value in weights.items()}
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise ProjectError(
            f"The saved weights do not fit the network {name!r}: train it again."
        ) from error
    return network.eval()
