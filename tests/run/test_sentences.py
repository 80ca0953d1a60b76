"""Errors that a user can correct are one sentence; others keep their traceback."""

from __future__ import annotations

import pytest
from kedro.io import DatasetError
from kedro.pipeline import Pipeline

from denoising_autoencoder.errors import ImageSourceError
from denoising_autoencoder.run.sentences import explain


def test_a_project_error_is_its_own_sentence_even_inside_kedros():
    error = ImageSourceError("The archive is truncated.")
    wrapped = DatasetError("Failed while loading data")
    wrapped.__cause__ = error

    assert explain(error) == explain(wrapped) == "The archive is truncated."


def test_a_wrong_name_is_explained_in_kedros_own_words():
    with pytest.raises(ValueError) as caught:
        Pipeline([]).only_nodes("ae.trian")

    assert "ae.trian" in str(explain(caught.value))


@pytest.mark.parametrize("kind", [ValueError, KeyError])
def test_a_programmers_error_is_not_explained(kind):
    """Though Kedro raises errors of the same types for wrong names."""
    with pytest.raises(kind) as caught:
        raise kind("mse")

    assert explain(caught.value) is None
