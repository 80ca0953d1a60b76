"""Packages that only some runs need."""

from __future__ import annotations

import sys

import pytest
from kedro.pipeline import Pipeline, node

from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.extras import CODES, DASK, TUNING
from denoising_autoencoder.hooks.preflight import refuse_missing_extra

NO_SKLEARN = (
    f"The pipeline codes needs scikit-learn: install it by {sys.executable} -m pip "
    "install 'scikit-learn>=1.6'."
)
NO_OPTUNA = (
    "The pipeline tuning needs Optuna and scikit-learn: install them by "
    f"{sys.executable} -m pip install 'optuna~=5.0' 'scikit-learn>=1.6'."
)
NO_DASK = (
    f"The runner DaskRunner needs dask and distributed: install them by "
    f"{sys.executable} -m pip install 'dask>=2026.8' 'distributed>=2026.8'."
)


@pytest.mark.parametrize(
    ("extra", "missing", "sentence"),
    [
        (CODES, "sklearn", NO_SKLEARN),
        (TUNING, "optuna", NO_OPTUNA),
        (DASK, "distributed", NO_DASK),
    ],
)
def test_a_missing_package_is_named_with_the_way_to_install_it(
    extra, missing, sentence, monkeypatch
):
    extra.refuse_if_missing()
    monkeypatch.setitem(sys.modules, missing, None)

    with pytest.raises(ProjectError) as caught:
        extra.refuse_if_missing()

    assert str(caught.value) == sentence


def test_other_missing_packages_are_no_matter_of_an_extra():
    with pytest.raises(ModuleNotFoundError, match="nowhere"), CODES.needed():
        import nowhere  # noqa: F401


def look_into(codes: object) -> object:
    return codes


def test_a_run_is_refused_before_its_first_node_if_one_needs_what_is_missing(
    monkeypatch,
):
    def pipeline(tags: list[str]) -> Pipeline:
        return Pipeline([node(look_into, "codes", "probe", name="probe", tags=tags)])

    refuse_missing_extra(pipeline([CODES.tag]))
    monkeypatch.setitem(sys.modules, "sklearn", None)

    refuse_missing_extra(pipeline([]))
    with pytest.raises(ProjectError, match="The pipeline codes needs scikit-learn"):
        refuse_missing_extra(pipeline([CODES.tag]))
