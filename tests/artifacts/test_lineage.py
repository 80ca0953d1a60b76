"""Which versions belong together."""

from __future__ import annotations

import json
import os
from dataclasses import asdict

import pytest

from denoising_autoencoder.artifacts.lineage import (
    Artifact,
    Lineage,
    choose_versions,
    find_conflict,
    read_lineage,
)
from denoising_autoencoder.errors import DatasetFileError

ONE, TWO, THREE = "2026-01-01", "2026-01-02", "2026-01-03"


def artifact(
    dataset: str,
    version: str,
    content: str,
    made_of: dict[str, str] | None = None,
    siblings: dict[str, str] | None = None,
) -> Artifact:
    lineage = Lineage(dataset=dataset, sha256=content, inputs=made_of or {})
    return Artifact(dataset, version, lineage, siblings or {})


def noise(version: str, content: str) -> Artifact:
    return artifact("noise", version, content)


def model(version: str, content: str, of_noise: str, history: str = "h") -> Artifact:
    return artifact(
        "model", version, content, {"noise": of_noise}, {"history": history}
    )


def test_a_lineage_is_read_as_it_was_written_and_equal_ones_are_equal_text():
    one = Lineage("b", "n", {"y": 1, "x": {"a": None}}, {"a": "1"}, {}, ("c",), "2")
    same = Lineage("b", "n", {"x": {"a": None}, "y": 1}, {"a": "1"}, {}, ("c",), "2")

    assert Lineage.from_json(one.to_json()) == one
    assert one.to_json() == same.to_json()


def test_fields_of_a_later_release_are_ignored():
    one = Lineage("b", "n", {}, {"a": "1"}, {}, ("c",), "2")
    later = json.dumps({**json.loads(one.to_json()), "machine": "new"})

    assert Lineage.from_json(later) == one


def test_what_earlier_releases_did_not_record_is_unknown():
    fields = json.loads(Lineage("b", "n", sha256="2").to_json())
    del fields["size"], fields["other_forms"]

    assert Lineage.from_json(json.dumps(fields)) == Lineage("b", "n", sha256="2")


HOSTILE = {
    "half": "{",
    "a list": "[]",
    "no field": "{}",
    "not text": b"\xff\xfe",
    "deep": '{"parameters": ' + "[" * 100_000,
    "too large": " " * 2**20 + json.dumps(asdict(Lineage())),
    "a sibling that is a number": json.dumps({**asdict(Lineage()), "siblings": [1]}),
    "a hash that is a list": json.dumps({**asdict(Lineage()), "inputs": {"a": []}}),
    "a long name": json.dumps({**asdict(Lineage()), "dataset": "a" * 10_000}),
    "a form elsewhere": json.dumps({**asdict(Lineage()), "other_forms": {"../x": "1"}}),
    "a form without a name": json.dumps(
        {**asdict(Lineage()), "other_forms": {"": "1"}}
    ),
    "a size that is text": json.dumps({**asdict(Lineage()), "size": "3"}),
    "a negative size": json.dumps({**asdict(Lineage()), "size": -1}),
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_damaged_lineage_is_refused(text, tmp_path):
    record = tmp_path / "lineage.json"
    record.write_bytes(text.encode() if isinstance(text, str) else text)

    with pytest.raises(DatasetFileError, match=r"lineage\.json is damaged: delete the"):
        read_lineage(record)


@pytest.mark.parametrize("kind", ["folder", "pipe", "device", "loop"])
def test_what_is_not_a_file_is_no_lineage(kind, tmp_path):
    """A pipe would be read until somebody writes into it, a device for ever."""
    record = tmp_path / "lineage.json"
    {
        "folder": record.mkdir,
        "pipe": lambda: os.mkfifo(record),
        "device": lambda: record.symlink_to("/dev/zero"),
        "loop": lambda: record.symlink_to(record),
    }[kind]()

    with pytest.raises(DatasetFileError, match="delete the folder of this version"):
        read_lineage(record)


def test_a_lineage_knows_all_contents_that_it_goes_back_to():
    lineage = Lineage("c", inputs={"b": "2"}, ancestors={"a": "1"}, sha256="3")

    assert lineage.contents() == {"a": "1", "b": "2", "c": "3"}
    assert Lineage(sha256="1").contents() == {}  # not saved by a run


def test_artifacts_of_different_contents_do_not_belong_together():
    conflict = find_conflict([noise(TWO, "strong"), model(ONE, "m", of_noise="weak")])

    assert conflict is not None
    assert (conflict.older.dataset, conflict.newer.dataset) == ("model", "noise")
    assert conflict.dataset == "noise"
    assert str(conflict) == (
        "model of 2026-01-01 and noise of 2026-01-02 do not belong together, since "
        "they come from different contents of noise"
    )
    assert find_conflict([noise(TWO, "weak"), model(ONE, "m", of_noise="weak")]) is None


def test_two_that_share_an_ancestor_must_share_its_content():
    scores = artifact("scores", TWO, "s", {"noise": "strong"})

    conflict = find_conflict([scores, model(ONE, "m", of_noise="weak")])

    assert conflict is not None
    assert conflict.dataset == "noise"


def test_a_history_does_not_belong_to_the_model_of_another_training():
    scores = artifact("scores", ONE, "s", {"model": "m1", "noise": "weak"})
    other, same = (
        artifact("history", TWO, "h", {"noise": "weak"}, {"model": content})
        for content in ("m2", "m1")
    )

    conflict = find_conflict([scores, other])

    assert conflict is not None
    assert conflict.dataset == "model"
    assert find_conflict([scores, same]) is None


def test_siblings_of_both_may_differ():
    """The seconds of two trainings differ, and nothing is made from them."""
    first = artifact("model", TWO, "m", siblings={"timing": "9 s"})
    second = artifact("history", ONE, "h", siblings={"timing": "8 s"})

    assert find_conflict([first, second]) is None


def test_an_artifact_without_a_lineage_is_judged_by_its_own_content():
    by_hand = Artifact("noise", TWO, Lineage(sha256="strong"))

    assert find_conflict([by_hand, model(ONE, "m", of_noise="weak")]) is not None
    assert find_conflict([by_hand, model(ONE, "m", of_noise="strong")]) is None


def test_the_stalest_dataset_decides_and_the_others_step_back_to_it():
    chosen = choose_versions(
        {
            "noise": [noise(THREE, "new"), noise(TWO, "strong"), noise(ONE, "weak")],
            "model": [
                model(TWO, "m2", of_noise="strong"),
                model(ONE, "m1", of_noise="weak"),
            ],
        }
    )

    assert chosen is not None
    assert {name: artifact.version for name, artifact in chosen.items()} == {
        "model": TWO, "noise": TWO,
    }  # fmt: skip


def test_the_stalest_dataset_steps_back_too_if_it_must():
    """Version 1 of everything fits; the newest of one model fits no other's."""

    def made(name: str, version: str, of_noise: str) -> Artifact:
        return artifact(name, version, f"{name}{version}", {"noise": of_noise})

    chosen = choose_versions(
        {
            "dae": [made("dae", TWO, "B"), made("dae", ONE, "A")],
            "ae": [made("ae", THREE, "C"), made("ae", ONE, "A")],
            "noise": [noise(THREE, "C"), noise(TWO, "B"), noise(ONE, "A")],
        }
    )

    assert chosen is not None
    assert {artifact.version for artifact in chosen.values()} == {ONE}


def test_each_takes_the_newest_version_that_agrees():
    chosen = choose_versions(
        {
            "noise": [noise(THREE, "weak"), noise(ONE, "weak")],
            "model": [model(ONE, "m1", of_noise="weak")],
        }
    )

    assert chosen is not None
    assert chosen["noise"].version == THREE


def test_without_versions_that_agree_there_is_no_choice():
    candidates = {
        "noise": [noise(TWO, "strong")],
        "model": [model(ONE, "m1", of_noise="weak")],
    }

    assert choose_versions(candidates) is None
