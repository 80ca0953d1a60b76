from __future__ import annotations

import pytest

from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.tuning.extra import installed


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        ("optuna.samplers", r"needs Optuna and scikit-learn: .* 'optuna~=5.0'"),
        ("sklearn", r"needs Optuna and scikit-learn: .* 'scikit-learn>=1.6'"),
        ("psycopg", r"tuning.storage needs psycopg: .* 'psycopg\[binary\]>=3.2'"),
    ],
)
def test_what_is_not_installed_is_a_sentence_with_the_command(missing, sentence):
    with pytest.raises(ProjectError, match=sentence), installed():
        raise ModuleNotFoundError(f"No module named {missing!r}", name=missing)


def test_any_other_import_that_fails_keeps_its_error():
    with pytest.raises(ImportError, match="torch"), installed():
        raise ImportError("cannot import torch", name="torch")
