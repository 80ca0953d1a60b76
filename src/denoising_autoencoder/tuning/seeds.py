"""The seeds of a tuning: every use has a stream of its own."""

from __future__ import annotations

import numpy as np

FOLDS, TRAINING, SAMPLER, CONFIRM, JUDGE, HELD_OUT = range(6)
"""Numbers that keep apart what shares the seed of a tuning: the folds, the trainings of
the search, the choices of the sampler, the trainings that confirm a choice, those that
judge it, and the noise of the images that a fold holds out."""


def seed_of(*numbers: int) -> int:
    """A seed of 32 bits that differs for any other numbers, by NumPy's SeedSequence.

    Args:
        numbers: Seed of the tuning, one of the numbers above, and whatever tells one
            use from another.
    """
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])
