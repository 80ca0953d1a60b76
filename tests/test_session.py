"""Which errors a user is told in a sentence, and which keep their traceback."""

from __future__ import annotations

import errno

import pytest
from kedro.io import DatasetError
from kedro.pipeline import Pipeline

from denoising_autoencoder.errors import ImageSourceError, ProjectError
from denoising_autoencoder.session import explain


def caught(function, cause: Exception | None = None) -> Exception:
    try:
        try:
            function()
        except Exception as error:
            if cause is None:
                raise
            raise cause from error
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


def raiser(error: Exception):
    def function() -> None:
        raise error

    return function


def test_a_project_error_is_its_own_sentence_even_inside_kedros():
    inner = raiser(ImageSourceError("The archive is truncated."))

    assert explain(caught(inner)) == "The archive is truncated."
    wrapped = caught(inner, DatasetError("Failed while loading data"))
    assert explain(wrapped) == "The archive is truncated."


def test_a_wrong_name_is_told_in_kedros_own_words():
    error = caught(lambda: Pipeline([]).only_nodes("ae.trian"))

    assert "ae.trian" in str(explain(error))


@pytest.mark.parametrize(
    "error",
    [
        ValueError("operands could not be broadcast"),
        KeyError("mse"),
        TypeError("unexpected keyword"),
        FileNotFoundError(errno.ENOENT, "No such file", "x"),
    ],
)
def test_a_programmers_error_keeps_its_traceback(error):
    assert explain(caught(raiser(error))) is None
    assert explain(caught(raiser(error), DatasetError("Failed"))) is None


def test_project_errors_are_one_family():
    assert issubclass(ImageSourceError, ProjectError)
