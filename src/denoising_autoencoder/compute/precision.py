"""In which number format convolutions are computed."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch


def computing_in(precision: str, device: torch.device) -> AbstractContextManager[Any]:
    """A context in which networks compute in a precision.

    Weights, gradients and optimizer stay float32 in any case (PyTorch's autocast).

    Args:
        precision: "float32", "bfloat16", or "auto": bfloat16 where the processor has
            instructions for it (there its convolutions of 32 channels and more are two
            to seven times faster; elsewhere slower), else float32.
        device: Where the network is.
    """
    if precision == "float32" or (precision == "auto" and not _has_bfloat16(device)):
        return nullcontext()
    return torch.autocast(device.type, torch.bfloat16)


def _has_bfloat16(device: torch.device) -> bool:
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    features = torch.cpu.get_capabilities()
    return bool(features.get("avx512_bf16") or features.get("amx_bf16"))
