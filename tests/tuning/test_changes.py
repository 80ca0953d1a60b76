from __future__ import annotations

import pytest

from denoising_autoencoder.errors import ParameterError
from denoising_autoencoder.tuning.changes import apply_changes, value_of
from tests.tuning.recipes import own_recipe


def test_values_and_options_are_changed_and_nothing_else():
    own = own_recipe()

    changed = apply_changes(own, {"learning_rate": 0.01, "options.width": 12})

    assert value_of(changed, "learning_rate") == 0.01
    assert value_of(changed, "options.width") == 12
    assert apply_changes(changed, {"learning_rate": 0.02, "options.width": 8}) == own


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"learning_rate": 11.0}, "learning_rate = 11.0: input should be less than"),
        ({"learning_rat": 0.1}, "did you mean learning_rate"),
        ({"options.widht": 8}, "unknown parameter widht .did you mean width"),
    ],
)
def test_what_no_configuration_could_hold_is_refused(changes, sentence):
    with pytest.raises(ParameterError, match=sentence):
        apply_changes(own_recipe(), changes)
