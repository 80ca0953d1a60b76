"""Subnormal numbers count as zero in a training, and only there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from denoising_autoencoder.compute.subnormals import subnormals_as_zero
from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.trainer import train
from tests.trainer.trainings import autoencoding, recipe, some_images

SUBNORMAL = 1e-40

pytestmark = pytest.mark.skipif(
    not torch.set_flush_denormal(False), reason="this processor cannot do so"
)


def computed() -> float:
    return (torch.full((64,), SUBNORMAL) * 0.5).max().item()


def test_they_are_zero_in_the_block_and_in_threads_that_it_starts():
    assert computed() > 0

    with subnormals_as_zero(), ThreadPoolExecutor(1) as pool:
        assert computed() == 0
        assert pool.submit(computed).result() == 0

    assert computed() > 0


def test_a_training_counts_them_as_zero_in_each_of_its_threads():
    seen = []
    network = build_network("resunet", 0, {"widths": [4, 8], "blocks": [1, 1]})
    network.register_forward_hook(lambda *_: seen.append(computed()))

    train(
        network,
        autoencoding(some_images(16)),
        recipe(steps=2, micro_batch=2, threads=2),
        "x",
    )

    assert seen
    assert set(seen) == {0.0}
    assert computed() > 0
