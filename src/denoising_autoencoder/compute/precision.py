"""The number format in which convolutions are computed."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch

from denoising_autoencoder.compute.machine import instruction_set


def autocast_for(precision: str, device: torch.device) -> AbstractContextManager[Any]:
    """A context in which networks compute in a precision.

    Weights, gradients and the optimizer stay float32 (PyTorch's autocast).

    Args:
        precision: "float32", "bfloat16" or "auto", as for `resolve_precision`.
        device: Device of the network.
    """
    if resolve_precision(precision, device) == "float32":
        return nullcontext()
    # Without a cache of converted weights, which all threads would share. A network
    # uses each weight once.
    return torch.autocast(device.type, torch.bfloat16, cache_enabled=False)


def resolve_precision(precision: str, device: torch.device) -> str:
    """Resolve "auto": bfloat16 if the processor has instructions for it, else float32.

    With these instructions convolutions of 32 channels and more are two to seven times
    faster; without them, slower.

    Args:
        precision: "float32", "bfloat16" or "auto".
        device: Device of the network.
    """
    if precision == "auto":
        return "bfloat16" if _has_bfloat16(device) else "float32"
    return precision


def _has_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    return instruction_set() in ("AMX", "AVX512-BF16")
