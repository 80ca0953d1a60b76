"""Hooks around a run: checks before any work, lineage, the summary at its end."""

from denoising_autoencoder.hooks.checkpoints import CheckpointHooks
from denoising_autoencoder.hooks.early_import import EarlyImportHooks
from denoising_autoencoder.hooks.lineage import LineageHooks
from denoising_autoencoder.hooks.preflight import PreflightHooks
from denoising_autoencoder.hooks.summary import SummaryHooks

__all__ = [
    "CheckpointHooks",
    "EarlyImportHooks",
    "LineageHooks",
    "PreflightHooks",
    "SummaryHooks",
]
