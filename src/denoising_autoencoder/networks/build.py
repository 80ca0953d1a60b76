"""Building a network from its name, with new or with saved weights."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.networks.options import NetworkOptions
from denoising_autoencoder.networks.table import NETWORKS, builder_of, check_options

_ONE_AT_A_TIME = threading.Lock()
"""PyTorch's layers draw their weights from its global generator, which models that are
built in two threads would share."""


def build_network(
    name: str, seed: int, options: Mapping[str, Any] | None = None
) -> nn.Module:
    """Build a network with new weights.

    Args:
        name: A key of `NETWORKS`.
        seed: Seed of the initial weights. The state of PyTorch's global generator is
            kept.
        options: The network's options that differ from the defaults.

    Returns:
        The module, on the CPU, channels_last in memory: PyTorch's convolutions on a CPU
        are twice as fast in this layout.

    Raises:
        ProjectError: The name is unknown, or an option is invalid.
    """
    checked = _check(name, options or {})
    with _ONE_AT_A_TIME, torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = cast("nn.Module", builder_of(name)(checked))
    return network.to(memory_format=torch.channels_last)


def load_network(
    name: str,
    weights: Mapping[str, npt.NDArray[np.float32]],
    options: Mapping[str, Any] | None = None,
) -> nn.Module:
    """Build a network and load saved weights into it.

    The weights are compared with the network before it takes any memory: a small file
    may name options of a network of many gigabytes.

    Args:
        name: A key of `NETWORKS`.
        weights: The module's state dict as arrays.
        options: The network's options that differ from the defaults.

    Returns:
        The module in evaluation mode.

    Raises:
        ProjectError: The name is unknown, an option is invalid, or the weights do not
            fit the network: one is missing, additional, of another shape or dtype, or
            not finite.
    """
    checked = _check(name, options or {})
    with torch.device("meta"):
        expected = cast("nn.Module", builder_of(name)(checked)).state_dict()
    misfit = _find_misfit(expected, weights)
    if misfit:
        raise ProjectError(
            f"The saved weights do not fit the network {name!r} ({misfit}): "
            "train it again."
        )
    network = build_network(name, seed=0, options=options)
    # A copy, because arrays read from a file are not writable.
    state = {key: torch.from_numpy(value.copy()) for key, value in weights.items()}
    network.load_state_dict(state)
    return network.eval()


def rebuild_network(
    model: tuple[Mapping[str, npt.NDArray[np.float32]], Mapping[str, Any]],
) -> nn.Module:
    """Build the network of a saved model.

    Args:
        model: Weights, and the configuration with `network` and its `options`.

    Returns:
        The module in evaluation mode.

    Raises:
        ProjectError: The model does not fit this package (see `load_network`).
    """
    weights, configuration = model
    return load_network(configuration["network"], weights, configuration.get("options"))


def _check(name: str, options: Mapping[str, Any]) -> NetworkOptions:
    """All options of a network, typed.

    Raises:
        ProjectError: The name is unknown, or an option is invalid.
    """
    if name not in NETWORKS:
        raise ProjectError(
            f"There is no network {name!r}; choose one of {', '.join(NETWORKS)}."
        )
    try:
        return check_options(name, options)
    except ValueError as error:
        raise ProjectError(f"There is no such network: {error}.") from error


def _find_misfit(
    expected: Mapping[str, torch.Tensor], weights: Mapping[str, npt.NDArray[Any]]
) -> str | None:
    """Name the first weight that does not fit, and why.

    PyTorch itself would convert any dtype and accept NaN.
    """
    for key in expected:
        if key not in weights:
            return f"{key} is missing"
    for key, value in weights.items():
        if key not in expected:
            return f"{key!r} is unknown to it"
        shape, dtype = tuple(expected[key].shape), _name(expected[key].dtype)
        if value.shape != shape:
            return f"{key} has the shape {value.shape} instead of {shape}"
        if value.dtype != dtype:
            return f"{key} is {value.dtype} instead of {dtype}"
        if not np.isfinite(value).all():
            return f"{key} holds numbers that are not finite"
    return None


def _name(dtype: torch.dtype) -> str:
    """The name that NumPy has for it too."""
    return str(dtype).removeprefix("torch.")
