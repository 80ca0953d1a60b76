"""Hooks around a run: checks, the machine, lineage, the summary at its end."""

from denoising_autoencoder.hooks.checkpoints import CheckpointHooks
from denoising_autoencoder.hooks.lineage import LineageHooks
from denoising_autoencoder.hooks.machine import MachineHooks
from denoising_autoencoder.hooks.preflight import PreflightHooks
from denoising_autoencoder.hooks.summary import SummaryHooks

__all__ = [
    "CheckpointHooks",
    "LineageHooks",
    "MachineHooks",
    "PreflightHooks",
    "SummaryHooks",
]
