"""Which pictures a call finds, and what it leaves out."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.inference.find import expand_inputs, find_pictures

SUFFIXES = (".jpg", ".png")
X = ["x/a.jpg", "x/a.png", "x/b/a.jpg"]


@pytest.fixture
def here(tmp_path) -> Path:
    """A folder with a few files, hidden ones among them."""
    for name in (
        "x/a.jpg", "x/a.png", "x/b/a.jpg", "x/.hidden.png", "x/.thumbs/t.png",
        "x/notes.txt", "x/live.heic", "y/a.jpg", "y/A.JPG", "z/größe.png", "z/a\nb.png",
        "[1].png", "out/old.png",
    ):  # fmt: skip
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return tmp_path


def find(here, *inputs, output="out"):
    return find_pictures(expand_inputs(inputs, here), SUFFIXES, here / output)


@pytest.mark.parametrize(
    ("inputs", "names"),
    [
        (["x/a.jpg", "x/a.png"], ["a.jpg", "a.png"]),
        (["x"], ["a.jpg", "a.png", "b/a.jpg"]),
        (["x", "x/b"], X),
        (
            ["x/.", "z"],
            ["x/a.jpg", "x/a.png", "x/b/a.jpg", "z/a\nb.png", "z/größe.png"],
        ),
        (["x/*"], ["a.jpg", "a.png", "b/a.jpg", "live.heic", "notes.txt"]),
        (["**/b/*.jpg"], ["a.jpg"]),
        (["x/.hidden.png", "x/notes.txt"], [".hidden.png", "notes.txt"]),
        (["[1].png"], ["[1].png"]),
        (["x/a.jpg", "x/../x/a.jpg"], ["a.jpg"]),
        (["x", "out"], X),
    ],
)
def test_each_picture_has_a_name_of_its_own(inputs, names, here):
    found = find(here, *inputs)

    assert sorted(found.files) == sorted(names)
    assert all(path.is_file() for path in found.files.values())


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        (["nope.png"], "There is no nope.png"),
        ([""], "There is no "),
        (["*.nope"], r"There is no \*\.nope"),
        (["x/a.jpg", "y/a.jpg"], r"x/a\.jpg and .*y/a\.jpg would both become a\.jpg"),
        (["y"], r"would become A\.JPG and a\.jpg, which is one name on some disks"),
        (["x/.thumbs", "dead.png"], "dead.png is a link that leads nowhere"),
        (["pipe.png"], "pipe.png is neither a file nor a folder"),
        (["out"], r"no pictures \(\.jpg \.png\) in .*out.*is the output folder"),
        (["empty"], "There are no pictures"),
        ([f"{'n' * 300}.png"], "There is no nnn"),
    ],
)
def test_what_cannot_be_told_apart_or_is_not_there_is_refused(inputs, words, here):
    (here / "dead.png").symlink_to(here / "gone.png")
    (here / "empty").mkdir()
    os.mkfifo(here / "pipe.png")

    with pytest.raises(ProjectError, match=f"(?s){words}") as caught:
        find(here, *inputs)

    assert "\n" not in str(caught.value)


def test_what_a_folder_holds_besides_is_counted_and_named(here):
    (here / "x/loop").symlink_to(here / "x")
    (here / "x/dead.png").symlink_to(here / "gone.png")
    (here / "x/out").mkdir()
    (here / "x/out/denoised.png").touch()
    (here / "x/b/earlier").mkdir()
    for name in ("denoised.json", "a.jpg"):
        (here / "x/b/earlier" / name).touch()
    (here / "x/linked.png").symlink_to(here / "[1].png")

    found = find(here, "x", output="x/out")

    assert sorted(found.files) == ["a.jpg", "a.png", "b/a.jpg", "linked.png"]
    lines = [line.replace(f"{here}/", "") for line in found.left_out]
    loop, output, dead, earlier, others = lines
    assert loop.startswith("x/loop is a link to a folder and was not searched: name it")
    assert output == "x/out is the output folder and was not searched."
    assert dead == "x/dead.png is not a readable file: left out."
    assert earlier.startswith("x/b/earlier has outputs of an earlier call and was not")
    assert others == "Left out by type: 1 .heic, 1 .txt. Save .heic as PNG or TIFF."


def test_a_search_goes_on_past_what_may_not_be_entered(here, monkeypatch):
    (here / "loop").symlink_to(here / "loop")

    def refusing(real):
        def call(path, *rest, **named):
            if f"{here}/x/b" in os.fspath(path) and os.fspath(path) != f"{here}/x/b":
                raise PermissionError(errno.EACCES, "Permission denied", path)
            return real(path, *rest, **named)

        return call

    monkeypatch.setattr(os, "stat", refusing(os.stat))
    monkeypatch.setattr(os, "lstat", refusing(os.lstat))

    found = find(here, "x", output="loop")
    with pytest.raises(ProjectError, match=r"b/\* cannot be read \(Permission den"):
        expand_inputs(["x/b/*"], here)

    assert sorted(found.files) == ["a.jpg", "a.png"]
    assert found.left_out[0].endswith("x/b/a.jpg is not a readable file: left out.")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every folder")
def test_a_folder_that_cannot_be_read_is_named(here):
    (here / "x/b").chmod(0)

    found = find(here, "x")

    (here / "x/b").chmod(0o755)
    assert "x/b cannot be read (Permission denied): left out." in found.left_out[0]
