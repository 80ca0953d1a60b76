from __future__ import annotations

import pytest
import torch
from torch import nn

from denoising_autoencoder.compute.device import pick_device
from denoising_autoencoder.denoisers.network import NetworkDenoiser
from denoising_autoencoder.errors import ProjectError


@pytest.mark.parametrize(
    ("name", "available", "kind"),
    [
        ("auto", False, "cpu"),
        ("auto", True, "cuda"),
        ("cpu", False, "cpu"),
        ("cpu", True, "cpu"),
        ("cuda", True, "cuda"),
    ],
)
def test_auto_takes_cuda_where_there_is_one(monkeypatch, name, available, kind):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)

    assert pick_device(name).type == kind


def test_cuda_is_refused_where_there_is_none(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)

    with pytest.raises(ProjectError, match="PyTorch finds no CUDA device here: set it"):
        pick_device("cuda")
    with pytest.raises(ProjectError, match="no CUDA device"):
        NetworkDenoiser(nn.Identity(), "cuda")
