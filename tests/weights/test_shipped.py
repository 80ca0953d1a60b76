"""The models that the package ships."""

from __future__ import annotations

import pytest

from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.weights.shipped import shipped_model


def test_a_model_that_the_installation_lacks_is_one_sentence():
    with pytest.raises(ProjectError, match="has no model nope: install the package"):
        shipped_model("nope")
