"""Training and applying a network: plain torch, for any network, without Kedro."""

from denoising_autoencoder.trainer.apply import reconstruct
from denoising_autoencoder.trainer.data import TrainingData
from denoising_autoencoder.trainer.loop import train

__all__ = ["TrainingData", "reconstruct", "train"]
