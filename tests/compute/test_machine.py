from __future__ import annotations

import os
import platform
import sys

import pytest
import torch

from denoising_autoencoder.compute.machine import describe_machine, instruction_set
from tests.processes import run

CPU, GPU = torch.device("cpu"), torch.device("cuda")

AVX2 = {"architecture": "x86_64", "avx2": True}
AVX512 = {**AVX2, "avx512_f": True}
BF16 = {**AVX512, "avx512_bf16": True}
AMX = {**BF16, "amx_bf16": True}


@pytest.fixture(autouse=True)
def no_limit(monkeypatch):
    for name in ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(platform, "machine", lambda: "arm64")


@pytest.mark.parametrize(
    ("features", "name"),
    [
        (AMX, "AMX"),
        (BF16, "AVX512-BF16"),
        (AVX512, "AVX-512"),
        (AVX2, "AVX2"),
        ({"architecture": "x86_64", "amx_bf16": False, "avx2": False}, "arm64"),
        ({}, "arm64"),
    ],
)
def test_the_fastest_instructions_of_the_processor_are_named(
    monkeypatch, features, name
):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: features)

    assert instruction_set() == name


@pytest.mark.parametrize(
    ("limit", "features", "name"),
    [
        ("AVX512_CORE_AMX", AMX, "AMX"),
        ("AVX512_CORE_FP16", AMX, "AVX512-BF16"),
        ("AVX512_CORE_BF16", AVX512, "AVX-512"),
        ("avx512_core", AMX, "AVX-512"),
        ("AVX2_VNNI_2", AMX, "AVX2"),
        ("AVX2", AMX, "AVX2"),
        ("SSE41", AMX, "arm64"),
        ("AVX512_CORE", AVX2, "AVX2"),
        ("ALL", AMX, "AMX"),
        ("", AMX, "AMX"),
        ("nonsense", AMX, "AMX"),  # which oneDNN ignores
    ],
)
@pytest.mark.parametrize("variable", ["ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"])
def test_a_limited_process_is_named_as_what_it_may_use(
    monkeypatch, variable, limit, features, name
):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: features)
    monkeypatch.setenv(variable, limit)

    assert instruction_set() == name


@pytest.mark.slow
def test_onednn_itself_agrees_that_a_limited_process_has_no_bfloat16():
    """PyTorch asks oneDNN, which has read the limit."""
    code = (
        "import torch\n"
        "from denoising_autoencoder.compute.precision import resolve_precision\n"
        "print(torch.ops.mkldnn._is_mkldnn_bf16_supported())\n"
        "print(resolve_precision('auto', torch.device('cpu')))\n"
    )

    ended = run(
        [sys.executable, "-c", code], env={**os.environ, "ONEDNN_MAX_CPU_ISA": "AVX2"}
    )

    assert ended.stdout.split() == ["False", "float32"]


def test_the_machine_is_told_by_its_cores_and_their_instructions(monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: AMX)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "NVIDIA H100")

    assert describe_machine(2, CPU) == "2 cores (AMX)"
    assert describe_machine(1, CPU) == "1 core (AMX)"
    assert describe_machine(16, GPU) == "NVIDIA H100, 16 cores (AMX)"
