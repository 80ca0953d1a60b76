"""Training of any network, in plain PyTorch and without Kedro."""

from denoising_autoencoder.trainer.data import TrainingData
from denoising_autoencoder.trainer.loop import train

__all__ = ["TrainingData", "train"]
