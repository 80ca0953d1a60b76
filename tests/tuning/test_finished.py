"""What an interrupted confirmation has done is found again."""

from __future__ import annotations

import math

from denoising_autoencoder.tuning.finished import finished_trainings
from denoising_autoencoder.tuning.storage import Place
from tests.tuning.recipes import tuning


def test_finished_trainings_are_there_in_the_next_run(tmp_path):
    place = Place("dae-1", tmp_path / "studies/dae-1.db", None)
    with finished_trainings(place, tuning()) as first:
        first["confirmed a"] = [25.5, 0.01]
        first["confirmed b"] = [math.nan, math.nan]

    with finished_trainings(place, tuning()) as second:
        assert second["confirmed a"] == [25.5, 0.01]
        assert all(map(math.isnan, second["confirmed b"]))
        assert "confirmed c" not in second
