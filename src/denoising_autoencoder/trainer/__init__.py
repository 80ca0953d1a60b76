"""Training and applying a network: plain torch, for any network, without Kedro."""

from denoising_autoencoder.trainer.apply import BATCH_SIZE, reconstruct
from denoising_autoencoder.trainer.data import TrainingData
from denoising_autoencoder.trainer.loop import train
from denoising_autoencoder.trainer.self_ensemble import self_ensemble

__all__ = ["BATCH_SIZE", "TrainingData", "reconstruct", "self_ensemble", "train"]
