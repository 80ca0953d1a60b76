"""From a recipe to its optimizer."""

from __future__ import annotations

from torch import nn

from denoising_autoencoder.parameters.lanes import TrainingParameters
from denoising_autoencoder.trainer.muon import Muon
from denoising_autoencoder.trainer.optimizer import SGD, Adam, Optimizer


def build_optimizer(network: nn.Module, recipe: TrainingParameters) -> Optimizer:
    """Build Adam, AdamW, SGD or Muon over all of a network's parameters."""
    parameters, decay = network.parameters(), recipe.weight_decay
    if recipe.optimizer == "sgd":
        return SGD(parameters, decay, recipe.momentum)
    if recipe.optimizer == "muon":
        return Muon(parameters, decay, colors=recipe.muon_colors)
    return Adam(parameters, decay, decoupled=recipe.optimizer == "adamw")
