from __future__ import annotations

import pytest

from denoising_autoencoder.tuning.changes import apply_changes
from denoising_autoencoder.tuning.work import count_records, equal_work
from tests.tuning.recipes import own_recipe

SHAPE = (32, 32, 3)


@pytest.mark.parametrize(
    ("changes", "steps"),
    [
        ({}, 1000),
        ({"batch_size": 8}, 2000),
        ({"batch_size": 64, "options.layers": 2}, 250),
        # Multiply-accumulates by hand: 3x3 convolutions of 30x30 and 28x28 pixels, and
        # transposed ones of as many input pixels, 3 to 16 channels and 16 to 16:
        # 9 (900 + 900) 48 + 9 (784 + 784) 256 = 4,390,272 against 1,291,968 of width 8.
        ({"options.width": 16}, 294),
    ],
)
def test_trials_do_the_work_of_the_lane_s_recipe(changes, steps):
    own = own_recipe(epochs=3.0)

    changed = equal_work(own, apply_changes(own, changes), 1000, SHAPE)

    assert changed.steps == steps
    assert changed.epochs is None


def test_all_trials_have_as_many_records():
    own = own_recipe(validation_interval=300)
    larger = apply_changes(own, {"batch_size": 64})

    assert count_records(own, 1000) == 4
    assert equal_work(own, larger, 1000, SHAPE).validation_interval == 63
    assert count_records(equal_work(own, larger, 1000, SHAPE), 250) == 4
    # A training of two steps, not of none.
    assert equal_work(own, larger, 1, SHAPE).steps == 1
