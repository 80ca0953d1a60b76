"""From a network's name to its module, fresh or with saved weights."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.networks.table import NETWORKS, builder_of, check_options

_ONE_AT_A_TIME = threading.Lock()
"""PyTorch's layers draw their weights from its global generator, which two models that
are built in two threads would share."""


def build_network(name: str, seed: int, **options: Any) -> nn.Module:
    """Build a network with PyTorch's default initialization, or one of its options.

    Args:
        name: A network of this package: "report", "resunet" or "ffdnet".
        seed: Of the initial weights. The global generator is left as it was.
        options: Of the network (`network_options`), where they differ from the
            defaults.

    Returns:
        The module, on the CPU, channels_last in memory: the layout in which PyTorch's
        convolutions on a CPU run twice as fast.

    Raises:
        ProjectError: The name is unknown, or an option is.
    """
    if name not in NETWORKS:
        raise ProjectError(
            f"There is no network {name!r}; choose one of {', '.join(NETWORKS)}."
        )
    try:
        checked = check_options(name, options)
    except ValueError as error:
        raise ProjectError(f"There is no such network: {error}.") from error
    with _ONE_AT_A_TIME, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = cast("nn.Module", builder_of(name)(checked))
    return network.to(memory_format=torch.channels_last)


def load_network(
    name: str, weights: Mapping[str, npt.NDArray[np.float32]], **options: Any
) -> nn.Module:
    """Build a network and give it saved weights.

    Args:
        name: As for `build_network`.
        weights: The module's state dict as arrays.
        options: As for `build_network`.

    Returns:
        The module in evaluation mode.

    Raises:
        ProjectError: The name or an option is unknown, or the weights do not fit the
            network: one is missing, additional, of another shape or dtype, or not
            finite.
    """
    network = build_network(name, seed=0, **options)
    misfit = _find_misfit(network.state_dict(), weights)
    if misfit:
        raise ProjectError(
            f"The saved weights do not fit the network {name!r} ({misfit}): "
            "train it again."
        )
    # A copy, since arrays read from a file are not writable.
    state = {key: torch.from_numpy(value.copy()) for key, value in weights.items()}
    network.load_state_dict(state)
    return network.eval()


def rebuild_network(
    model: tuple[Mapping[str, npt.NDArray[np.float32]], Mapping[str, Any]],
) -> nn.Module:
    """Build the network of a saved model.

    Args:
        model: Weights, and the configuration that names `network` and its `options`.

    Returns:
        As `load_network`, whose errors it raises.
    """
    weights, configuration = model
    options = configuration.get("options", {})
    return load_network(configuration["network"], weights, **options)


def _find_misfit(
    expected: Mapping[str, torch.Tensor], weights: Mapping[str, npt.NDArray[Any]]
) -> str | None:
    """Say which weight does not fit and why, or None.

    PyTorch itself would cast numbers of any type and take NaN.
    """
    for key in expected:
        if key not in weights:
            return f"{key} is missing"
    for key, value in weights.items():
        if key not in expected:
            return f"{key!r} is unknown to it"
        wanted = expected[key].numpy()
        if value.shape != wanted.shape:
            return f"{key} has the shape {value.shape} instead of {wanted.shape}"
        if value.dtype != wanted.dtype:
            return f"{key} is {value.dtype} instead of {wanted.dtype}"
        if not np.isfinite(value).all():
            return f"{key} holds numbers that are not finite"
    return None
