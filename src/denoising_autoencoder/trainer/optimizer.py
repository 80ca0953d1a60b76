"""The optimizer that a recipe names."""

from __future__ import annotations

import torch
from torch import nn

from denoising_autoencoder.parameters import TrainingParameters
from denoising_autoencoder.trainer.muon import Muon


def build_optimizer(
    network: nn.Module, recipe: TrainingParameters
) -> torch.optim.Optimizer:
    """Build Adam, AdamW, SGD or Muon over all of a network's parameters.

    PyTorch's own in their fused versions, which do one step in one call: for networks
    of few channels the calls of the plain versions cost as much as the gradients.
    """
    parameters = network.parameters()
    rate, decay = recipe.learning_rate, recipe.weight_decay
    if recipe.optimizer == "sgd":
        return torch.optim.SGD(
            parameters, rate, momentum=recipe.momentum, weight_decay=decay, fused=True
        )
    if recipe.optimizer == "muon":
        return Muon(parameters, rate, weight_decay=decay)
    kind = torch.optim.Adam if recipe.optimizer == "adam" else torch.optim.AdamW
    return kind(parameters, rate, weight_decay=decay, fused=True)
