"""The measured time of a training step."""

from __future__ import annotations

from itertools import accumulate, chain, repeat

import pytest
import torch

from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.parameters.lanes import TrainingParameters
from denoising_autoencoder.trainer.step_time import measure_step
from tests.trainer.trainings import recipe


def measured(given: TrainingParameters, *seconds: float) -> float:
    """The time of a step whose steps take some seconds; the last for ever."""
    options = {"widths": [4, 4], "blocks": [1, 1], "sigma_map": True, "channels": 1}
    each = chain.from_iterable(
        (second, 0.0) for second in chain(seconds[:-1], repeat(seconds[-1]))
    )
    clock = chain([0.0], accumulate(each))
    return measure_step(
        build_network("resunet", 0, options), (12, 16, 1), given, lambda: next(clock)
    )


@pytest.mark.parametrize("optimizer", ["muon", "adam", "sgd"])
def test_the_time_is_the_median_without_the_first_step(optimizer):
    given = recipe(optimizer=optimizer, micro_batch=2, threads=2)

    assert measured(given, 0.9, 0.04, 0.02, 0.05, 9) == pytest.approx(0.04)


def test_a_slow_first_step_is_enough():
    assert measured(recipe(), 5, 100) == 5


def test_measuring_leaves_the_global_generator_as_it_was():
    before = torch.random.get_rng_state()

    measured(recipe(augmentation="dihedral"), 0.1, 0.2)

    assert torch.equal(torch.random.get_rng_state(), before)
