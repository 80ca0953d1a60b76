"""What this machine computes in."""

from __future__ import annotations

import os
import platform

import torch

_SETS = {
    "AMX": "amx_bf16",
    "AVX512-BF16": "avx512_bf16",
    "AVX-512": "avx512_f",
    "AVX2": "avx2",
}
"""Sets of instructions, fastest first, with PyTorch's name of the processor's flag."""

_LIMITED = {
    "AVX512_CORE_FP16": "AVX512-BF16",
    "AVX10_1_512": "AVX512-BF16",
    "AVX512_CORE_BF16": "AVX512-BF16",
    "AVX512_CORE_VNNI": "AVX-512",
    "AVX512_CORE": "AVX-512",
    "AVX2_VNNI_2": "AVX2",
    "AVX2_VNNI": "AVX2",
    "AVX2": "AVX2",
    "AVX": None,
    "SSE41": None,
}
"""Fastest set that each limit of oneDNN allows; any other value allows AMX."""


def instruction_set() -> str:
    """The instructions in which convolutions are computed on the CPU.

    They are the processor's fastest, within the limit that the user may have set for
    oneDNN, which computes them (ONEDNN_MAX_CPU_ISA, or DNNL_MAX_CPU_ISA of old; see
    "CPU Dispatcher Control" in oneDNN's documentation). PyTorch's ATEN_CPU_CAPABILITY
    changes other operations: a step of the ResUNet is as fast with it.

    Returns:
        AMX, AVX512-BF16, AVX-512 or AVX2, or the architecture of a processor that has
        none of them, for example arm64.
    """
    has = torch.cpu.get_capabilities()
    limit = os.environ.get("ONEDNN_MAX_CPU_ISA") or os.environ.get("DNNL_MAX_CPU_ISA")
    fastest = _LIMITED.get((limit or "").upper(), "AMX")
    names = list(_SETS)
    allowed = names[names.index(fastest) :] if fastest else []
    found = (name for name in allowed if has.get(_SETS[name]))
    return next(found, platform.machine())


def describe_machine(cores: int, device: torch.device) -> str:
    """The machine in words, for example "2 cores (AMX)".

    Args:
        cores: Number of cores that the process may use.
        device: Device of the networks; that of a GPU is named first.
    """
    count = "1 core" if cores == 1 else f"{cores} cores"
    processor = f"{count} ({instruction_set()})"
    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)}, {processor}"
    return processor
