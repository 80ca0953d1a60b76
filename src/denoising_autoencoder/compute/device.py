"""The device of a computation."""

from __future__ import annotations

import torch

from denoising_autoencoder.errors import ProjectError


def pick_device(name: str) -> torch.device:
    """Resolve "auto", "cpu" or "cuda".

    Args:
        name: "auto" is CUDA if PyTorch finds it, else the CPU.

    Raises:
        ProjectError: `name` is "cuda" and PyTorch finds no CUDA device.
    """
    available = torch.cuda.is_available()
    if name == "cuda" and not available:
        raise ProjectError(
            "The device is cuda, but PyTorch finds no CUDA device here: "
            "set it to auto or cpu, or install a PyTorch built for CUDA."
        )
    if name == "auto":
        name = "cuda" if available else "cpu"
    return torch.device(name)
