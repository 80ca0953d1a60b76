from __future__ import annotations

import pytest
import torch

from denoising_autoencoder.compute.precision import autocast_for

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def no_limit(monkeypatch):
    for name in ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"):
        monkeypatch.delenv(name, raising=False)


def computed(precision: str) -> torch.dtype:
    with autocast_for(precision, CPU):
        return torch.nn.functional.conv2d(
            torch.ones(1, 1, 3, 3), torch.ones(1, 1, 3, 3)
        ).dtype


@pytest.mark.parametrize(
    ("features", "expected"),
    [
        ({"avx512_bf16": True}, torch.bfloat16),
        ({"amx_bf16": True, "avx512_bf16": False}, torch.bfloat16),
        ({"avx512_bf16": False, "avx2": True}, torch.float32),
        ({}, torch.float32),
    ],
)
def test_auto_is_bfloat16_where_the_processor_has_it(monkeypatch, features, expected):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: features)

    assert computed("auto") == expected


def test_auto_is_float32_in_a_process_that_may_not_use_the_instructions(monkeypatch):
    """Without them bfloat16 is several times slower than float32."""
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": True})
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")

    assert computed("auto") == torch.float32


def test_what_is_asked_for_is_taken_whatever_the_processor(monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"amx_bf16": True})
    assert computed("float32") == torch.float32

    monkeypatch.setattr(torch.cpu, "get_capabilities", dict)
    assert computed("bfloat16") == torch.bfloat16


def test_converted_weights_are_not_kept_where_other_threads_would_find_them():
    with autocast_for("bfloat16", CPU):
        assert not torch.is_autocast_cache_enabled()
    assert torch.is_autocast_cache_enabled()
