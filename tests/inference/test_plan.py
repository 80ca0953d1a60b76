"""Where pictures are written: checked as a whole before anything is."""

from __future__ import annotations

from pathlib import Path

import pytest

from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.inference.plan import output_folder, plan_outputs


@pytest.fixture
def files(tmp_path) -> dict[str, Path]:
    """Two pictures by their names below the output folder."""
    named = {"a.jpg": tmp_path / "in/a.jpg", "b/a.jpg": tmp_path / "in/b/a.jpg"}
    for path in named.values():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(str(path))
    return named


def test_outputs_keep_names_and_folders(files, tmp_path):
    tasks = plan_outputs(files, tmp_path / "out", compare=True)

    assert [task.target.relative_to(tmp_path).as_posix() for task in tasks] == [
        "out/a.jpg",
        "out/b/a.jpg",
    ]
    assert tasks[1].comparison == tmp_path / "out/b/a.jpg_compare.png"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("output", "first", "folder"),
    [
        (None, "in/a.jpg", "in/denoised"),
        (None, "in", "denoised"),
        (None, "in/../in/", "denoised"),
        ("elsewhere", "in", "elsewhere"),
        ("in/../there", "in", "there"),
    ],
)
def test_the_folder_is_beside_the_first_input(
    output, first, folder, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)

    assert output_folder(output, Path(first)) == tmp_path / folder


def test_outputs_that_exist_are_replaced_only_if_asked_for(files, tmp_path):
    for name in ("a.jpg", "b/a.jpg"):
        (tmp_path / "out" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "out" / name).touch()

    with pytest.raises(ProjectError, match=r"a\.jpg, .*b/a\.jpg exist already"):
        plan_outputs(files, tmp_path / "out")

    assert len(plan_outputs(files, tmp_path / "out", overwrite=True)) == 2
    rest = plan_outputs(files, tmp_path / "out", done={"a.jpg", "b/a.jpg"})
    assert rest == []


def existing_comparison(tmp_path) -> Path:
    comparison = tmp_path / "out/a.jpg_compare.png"
    comparison.parent.mkdir()
    comparison.touch()
    return tmp_path / "out"


def linked_folder(tmp_path) -> Path:
    (tmp_path / "link").symlink_to(tmp_path / "in")
    return tmp_path / "link"


def link_in_the_folder(tmp_path) -> Path:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/a.jpg").symlink_to(tmp_path / "in/b/a.jpg")
    return tmp_path / "out"


def hard_link_in_the_folder(tmp_path) -> Path:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/a.jpg").hardlink_to(tmp_path / "in/a.jpg")
    return tmp_path / "out"


def folder_in_the_way(tmp_path) -> Path:
    (tmp_path / "out/a.jpg").mkdir(parents=True)
    return tmp_path / "out"


def file_in_the_way(tmp_path) -> Path:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/b").touch()
    return tmp_path / "out"


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (lambda tmp_path: tmp_path / "in", "would replace the input"),
        (linked_folder, "would replace the input"),
        (link_in_the_folder, "would replace the input"),
        (hard_link_in_the_folder, "would replace the input"),
        (lambda tmp_path: tmp_path / "in/a.jpg", r"a\.jpg is a file: choose a folder"),
        (folder_in_the_way, "is a folder, and an output would have its name"),
        (file_in_the_way, r"b/a\.jpg cannot be written \(Not a directory\)"),
    ],
)
def test_an_input_is_never_replaced_not_even_if_asked_for(
    prepare, words, files, tmp_path
):
    output = prepare(tmp_path)

    with pytest.raises(ProjectError, match=words):
        plan_outputs(files, output, overwrite=True)

    assert all(path.read_text() == str(path) for path in files.values())


def test_an_input_that_vanished_is_left_for_opening_to_name(files, tmp_path):
    files["a.jpg"].unlink()

    tasks = plan_outputs(files, tmp_path / "out")

    assert [task.name for task in tasks] == ["a.jpg", "b/a.jpg"]


def test_comparisons_are_outputs_too(files, tmp_path):
    with pytest.raises(ProjectError, match=r"a\.jpg_compare\.png exists already"):
        plan_outputs(files, existing_comparison(tmp_path), compare=True)

    files["A.jpg_compare.png"] = files["b/a.jpg"]
    with pytest.raises(ProjectError, match="would both give"):
        plan_outputs(files, tmp_path / "new", compare=True)
