"""Which versions belong together."""

from __future__ import annotations

import json

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


def test_fields_of_a_later_release_are_left_alone():
    one = Lineage("b", "n", {}, {"a": "1"}, {}, ("c",), "2")
    later = json.dumps({**json.loads(one.to_json()), "machine": "new"})

    assert Lineage.from_json(later) == one


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "1", "{}", json.dumps({"siblings": [], "ancestors": None})],
)
def test_what_is_no_lineage_is_refused(text, tmp_path):
    record = tmp_path / "lineage.json"
    record.write_text(text)

    with pytest.raises(DatasetFileError, match=r"lineage\.json is damaged: delete the"):
        read_lineage(record)


def test_a_folder_in_place_of_a_lineage_is_named(tmp_path):
    (tmp_path / "lineage.json").mkdir()

    with pytest.raises(DatasetFileError, match="is damaged"):
        read_lineage(tmp_path / "lineage.json")


def test_what_was_not_saved_by_a_run_has_no_name_among_the_contents():
    assert Lineage(sha256="1").contents() == {}


def test_the_contents_go_all_the_way_back():
    lineage = Lineage("c", inputs={"b": "2"}, ancestors={"a": "1"}, sha256="3")

    assert lineage.contents() == {"a": "1", "b": "2", "c": "3"}


def test_what_was_made_from_other_content_does_not_belong():
    conflict = find_conflict([noise(TWO, "strong"), model(ONE, "m", of_noise="weak")])

    assert conflict is not None
    assert (conflict.older.dataset, conflict.newer.dataset) == ("model", "noise")
    assert conflict.dataset == "noise"
    assert str(conflict) == (
        "model of 2026-01-01 and noise of 2026-01-02 do not belong together, since "
        "they come from different contents of noise"
    )


def test_equal_content_belongs_whatever_the_versions():
    assert find_conflict([noise(TWO, "weak"), model(ONE, "m", of_noise="weak")]) is None


def test_two_that_share_an_ancestor_must_share_its_content():
    scores = artifact("scores", TWO, "s", {"noise": "strong"})

    conflict = find_conflict([scores, model(ONE, "m", of_noise="weak")])

    assert conflict is not None
    assert conflict.dataset == "noise"


def test_a_history_does_not_belong_to_the_model_of_another_training():
    history = artifact("history", TWO, "h2", {"noise": "weak"}, {"model": "m2"})
    scores = artifact("scores", ONE, "s", {"model": "m1", "noise": "weak"})

    conflict = find_conflict([scores, history])

    assert conflict is not None
    assert conflict.dataset == "model"


def test_a_rerun_that_gave_the_same_model_is_no_other_training():
    history = artifact("history", TWO, "h", {"noise": "weak"}, {"model": "m1"})
    scores = artifact("scores", ONE, "s", {"model": "m1", "noise": "weak"})

    assert find_conflict([scores, history]) is None


def test_what_stood_beside_both_does_not_matter_by_itself():
    """The seconds of two trainings differ, and nothing is made from them."""
    first = artifact("model", TWO, "m", siblings={"timing": "9 s"})
    second = artifact("history", ONE, "h", siblings={"timing": "8 s"})

    assert find_conflict([first, second]) is None


def test_what_has_no_lineage_is_judged_by_its_own_content():
    by_hand = Artifact("noise", TWO, Lineage(sha256="strong"))

    assert find_conflict([by_hand, model(ONE, "m", of_noise="weak")]) is not None
    assert find_conflict([by_hand, model(ONE, "m", of_noise="strong")]) is None


def test_what_is_stale_decides_and_the_others_step_back_to_it():
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
    assert {name: one.version for name, one in chosen.items()} == {
        "model": TWO, "noise": TWO,
    }  # fmt: skip


def test_what_is_stale_steps_back_too_if_it_must():
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
    assert {one.version for one in chosen.values()} == {ONE}


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
