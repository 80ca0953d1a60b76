"""Training a network: plain PyTorch, for any network, without Kedro."""

from denoising_autoencoder.trainer.data import TrainingData
from denoising_autoencoder.trainer.loop import train

__all__ = ["TrainingData", "train"]
