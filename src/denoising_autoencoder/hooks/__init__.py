"""Hooks around a run: checks, machine, lineage, tuned recipes, closing summary."""

from denoising_autoencoder.hooks.checkpoints import CheckpointHooks
from denoising_autoencoder.hooks.lineage import LineageHooks
from denoising_autoencoder.hooks.machine import MachineHooks
from denoising_autoencoder.hooks.preflight import PreflightHooks
from denoising_autoencoder.hooks.summary import SummaryHooks
from denoising_autoencoder.hooks.tuned import TunedHooks

__all__ = [
    "CheckpointHooks",
    "LineageHooks",
    "MachineHooks",
    "PreflightHooks",
    "SummaryHooks",
    "TunedHooks",
]
