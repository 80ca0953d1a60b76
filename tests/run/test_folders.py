"""Folders that cannot work are named before any work."""

from __future__ import annotations

from pathlib import Path

import pytest

from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.run.folders import (
    refuse_configuration_folder,
    refuse_data_root,
)


@pytest.mark.parametrize("name", ["proj [v2]", "{a}", "what?"])
def test_a_project_in_a_folder_of_patterns_is_refused(name, tmp_path):
    folder = tmp_path / name / "conf"
    folder.mkdir(parents=True)

    with pytest.raises(ProjectError, match="which Kedro takes for a pattern"):
        refuse_configuration_folder(folder)


def test_other_places_of_a_configuration_are_kedros_business(tmp_path):
    (tmp_path / "conf [v2].tar.gz").touch()

    refuse_configuration_folder(tmp_path / "conf [v2].tar.gz")
    refuse_configuration_folder(Path("s3://bucket/conf?"))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("data{1}", "holds {, which Kedro takes for a pattern"),
        ("x" * 256, "cannot be written (File name too long): give another data_root"),
        ("xxxx/" * 790, "cannot be written (File name too long)"),
        ("file", "cannot be written (Not a directory)"),
        ("loop", "cannot be written (Too many levels of symbolic links)"),
    ],
)
def test_a_folder_that_cannot_hold_artifacts_is_refused(name, words, tmp_path):
    (tmp_path / "file").touch()
    (tmp_path / "loop").symlink_to("loop")

    with pytest.raises(ProjectError) as caught:
        refuse_data_root(tmp_path / name)

    assert words in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_new_folder_with_any_other_signs_is_accepted(tmp_path):
    refuse_data_root(tmp_path / "data [v2] *?#%" / "ü")
