"""Building the optimizer that a recipe names."""

from __future__ import annotations

from collections.abc import Iterable

from torch import nn

from denoising_autoencoder.trainer.muon import Muon
from denoising_autoencoder.trainer.optimizer import SGD, Adam, Optimizer


def build_optimizer(
    name: str,
    parameters: Iterable[nn.Parameter],
    weight_decay: float,
    momentum: float,
    muon_colors: bool,
) -> Optimizer:
    """Build an optimizer for a network's parameters.

    Args:
        name: "adam", "adamw", "sgd" or "muon".
        parameters: All parameters of the network.
        weight_decay: Weight decay of any optimizer.
        momentum: Momentum of "sgd".
        muon_colors: Whether "muon" also takes the filters of colours.
    """
    if name == "sgd":
        return SGD(parameters, weight_decay, momentum)
    if name == "muon":
        return Muon(parameters, weight_decay, muon_colors)
    return Adam(parameters, weight_decay, decoupled=name == "adamw")
