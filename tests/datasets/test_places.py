"""The places that the catalog gives."""

from __future__ import annotations

from pathlib import Path

import pytest
from kedro.config import OmegaConfigLoader

from denoising_autoencoder.artifacts.places import Places
from denoising_autoencoder.datasets.places import read_places
from denoising_autoencoder.settings import CONFIG_LOADER_ARGS

ROOT = Path("/home/me/proj [v2]/data")


@pytest.fixture(scope="module")
def places(project: Path) -> Places:
    """The places of the project's own catalog, for another folder."""
    loader = OmegaConfigLoader(str(project / "conf"), **CONFIG_LOADER_ARGS)
    return read_places(loader["catalog"], ROOT.parent, ROOT)


def test_a_dataset_has_the_folder_that_the_catalog_gives_it(places):
    assert places.folder_of("dae_model") == ROOT / "06_models/dae/model.safetensors"
    assert places.folder_of("raw_test_images") == ROOT / "01_raw/test_images.npy"
    for name in ("params:seed", "image_source", "checkpoints", "unknown", ""):
        assert places.folder_of(name) is None


def test_an_artifact_of_any_lane_is_known_and_nothing_else_is(places):
    assert places.is_artifact(ROOT / "06_models/mine/model.safetensors")
    assert not places.is_artifact(ROOT / "06_models/mine/deeper/model.safetensors")
    assert not places.is_artifact(ROOT / "01_raw/mine/train_images.npy")
    for known in ("", "06_models", "06_models/mine", "06_models/checkpoints"):
        assert places.is_known(ROOT / known)
    for unknown in ("mine", "01_raw/mine", "06_models/mine/more"):
        assert not places.is_known(ROOT / unknown)


def test_the_other_places_are_those_of_checkpoints_studies_and_the_archive(places):
    assert places.checkpoints == {ROOT / "06_models/checkpoints"}
    assert places.studies == {ROOT / "06_models/studies"}
    archive = ROOT / "01_raw/cifar-10-python.tar.gz"
    assert places.downloads == {archive, ROOT / f"01_raw/.{archive.name}.lock"}


def test_the_artifacts_that_exist_are_listed_whatever_their_folder_is_called(
    project, tmp_path
):
    here = tmp_path / "proj [v2]"
    loader = OmegaConfigLoader(str(project / "conf"), **CONFIG_LOADER_ARGS)
    places = read_places(loader["catalog"], here, here / "data")
    for name in (
        "06_models/dae/model.safetensors",
        "08_reporting/metrics.csv",
        "other",
    ):
        (here / "data" / name).mkdir(parents=True)

    assert sorted(set(places.artifacts())) == [
        here / "data/06_models/dae/model.safetensors",
        here / "data/08_reporting/metrics.csv",
    ]


def test_a_folder_can_stand_for_a_store(project):
    address = "s3://bucket/x/"
    loader = OmegaConfigLoader(
        str(project / "conf"),
        runtime_params={"data_root": address},
        **CONFIG_LOADER_ARGS,
    )

    places = read_places(loader["catalog"], ROOT.parent, Path("/seen"), address)

    assert places.is_artifact(Path("/seen/06_models/dae/model.safetensors"))
    assert places.folder_of("metrics") == Path("/seen/08_reporting/metrics.csv")
    # What must be on a disk is in the usual folder.
    assert places.checkpoints == {ROOT.parent / "data/06_models/checkpoints"}
