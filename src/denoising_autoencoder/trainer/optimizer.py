"""The optimizer that a recipe names."""

from __future__ import annotations

import torch
from torch import nn

from denoising_autoencoder.parameters import TrainingParameters


def build_optimizer(
    network: nn.Module, recipe: TrainingParameters
) -> torch.optim.Optimizer:
    """Build Adam, AdamW or SGD over all of a network's parameters.

    The fused versions do one step in one call: for networks of few channels the calls
    of the plain versions cost as much as the gradients.
    """
    parameters = network.parameters()
    rate, decay = recipe.learning_rate, recipe.weight_decay
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(
            parameters, rate, momentum=recipe.momentum, weight_decay=decay, fused=True
        )
    kind = torch.optim.Adam if recipe.optimizer == "adam" else torch.optim.AdamW
    return kind(parameters, rate, weight_decay=decay, fused=True)
