"""The record beside the outputs."""

from __future__ import annotations

import json

import pytest

from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.inference.record import Record


def test_a_later_call_keeps_the_entries_of_earlier_ones(tmp_path):
    first = Record(tmp_path / "out")
    assert first.read() == {"pictures": {}, "failures": {}}
    first.add("a.png", {"sigma": 1.0})
    first.add_failure("b\udcff.png", {"error": "damaged"})

    second = Record(tmp_path / "out")
    second.add("b\udcff.png", {"sigma": 2.0})
    second.add_failure("a.png", {"error": "gone"})

    # The output of the first call is still there, and so is what made it.
    assert json.loads((tmp_path / "out/denoised.json").read_text()) == {
        "pictures": {"a.png": {"sigma": 1.0}, "b\udcff.png": {"sigma": 2.0}},
        "failures": {"a.png": {"error": "gone"}},
    }
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["denoised.json"]


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"pictures": {"a": 3}, "failures": {}}']
)
def test_another_file_of_that_name_is_not_touched(content, tmp_path):
    (tmp_path / "denoised.json").write_text(content)

    with pytest.raises(ProjectError, match="is not a record of denoised pictures"):
        Record(tmp_path).add("a.png", {})

    assert (tmp_path / "denoised.json").read_text() == content


def test_a_record_that_cannot_be_written_is_one_sentence(tmp_path, monkeypatch):
    def no_room(path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(
        "denoising_autoencoder.inference.record.write_atomically", no_room
    )

    with pytest.raises(ProjectError, match=r"written \(No space left on device\)"):
        Record(tmp_path).add("a.png", {})
