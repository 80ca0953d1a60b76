"""Folders that cannot work are named before any work."""

from __future__ import annotations

import sys
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


def test_a_place_in_a_bucket_is_accepted_and_other_addresses_are_not():
    refuse_data_root("s3://bucket/some where/x")

    for address in ("gs://bucket/x", "http://host/x", "s3:/bucket/x", "s3://bu/x"):
        with pytest.raises(ProjectError, match="data_root should be"):
            refuse_data_root(address)


def test_a_key_in_an_address_is_not_repeated():
    with pytest.raises(ProjectError) as caught:
        refuse_data_root("s3://me:secret@bucket/x")

    assert "secret" not in str(caught.value)
    assert "AWS_SECRET_ACCESS_KEY" in str(caught.value)


def test_a_missing_extra_is_named_before_any_work(monkeypatch):
    monkeypatch.setitem(sys.modules, "s3fs", None)

    with pytest.raises(ProjectError, match="begins with s3:// needs s3fs: install it"):
        refuse_data_root("s3://bucket/x")
