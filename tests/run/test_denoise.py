"""`kedro denoise`, in this process."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from click.testing import CliRunner, Result
from kedro.framework.startup import ProjectMetadata, bootstrap_project
from PIL import Image

from denoising_autoencoder import __version__
from denoising_autoencoder.cli import cli
from denoising_autoencoder.inference.record import Record
from denoising_autoencoder.pictures import picture
from tests.inference.models import BRIGHTER, save_model
from tests.processes import default_signals

Denoise = Callable[..., Result]


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """A working directory with a colour, a grey and a broken picture."""
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    folder = tmp_path / "in"
    (folder / "sub").mkdir(parents=True)
    for name, shape in {"a.png": (40, 60, 3), "sub/ö\ngrey.png": (30, 20)}.items():
        pixels = rng.integers(20, 200, shape, np.uint8)
        Image.fromarray(pixels).save(folder / name)
    (folder / "broken.png").write_bytes((folder / "a.png").read_bytes()[:100])
    save_model(tmp_path / "model.safetensors")
    return tmp_path


@pytest.fixture(scope="module")
def metadata(project) -> ProjectMetadata:
    return bootstrap_project(project)


@pytest.fixture
def denoise(here, metadata) -> Denoise:
    """Calls the command with the tiny model."""

    def call(*arguments: str, model: str | None = "model.safetensors") -> Result:
        model_option = [f"--model={model}"] if model else []
        command = ["denoise", "--threads=1", *model_option, *arguments]
        return CliRunner().invoke(cli, command, obj=metadata)

    return call


def pixels_of(path: Path) -> np.ndarray:
    with Image.open(path) as opened:
        return np.asarray(opened).astype(int)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def files_in(folder: Path) -> list[str]:
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file()
    )


def record_of(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "denoised.json").read_text())


def test_a_picture_is_denoised_beside_the_input_and_recorded(here, denoise):
    before = sha256(here / "in/a.png")

    result = denoise("in/a.png", "--sigma=25")

    assert result.exit_code == 0, result.output
    assert f"1 picture, output folder: {here / 'in/denoised'}" in result.output
    assert "a.png: 60x40, sigma 25, strength 1, " in result.output
    out = here / "in/denoised"
    difference = pixels_of(out / "a.png") - pixels_of(here / "in/a.png")
    assert (difference == BRIGHTER).all()
    assert sha256(here / "in/a.png") == before
    assert record_of(out) == {
        "pictures": {
            "a.png": {
                "input": "a.png",
                "input_sha256": before,
                "output_sha256": sha256(out / "a.png"),
                "model": "model.safetensors",
                "model_sha256": sha256(here / "model.safetensors"),
                "sigma": 25.0,
                "sigma_estimated": False,
                "strength": 1.0,
                "version": __version__,
            }
        },
        "failures": {},
    }


def test_an_estimate_from_a_jpeg_is_doubted_once(here, denoise):
    for name in ("one.jpg", "two.jpg"):
        Image.new("RGB", (40, 30), (90, 120, 60)).save(here / name)

    estimated = denoise("one.jpg", "two.jpg", "in/a.png", "--output=out")
    told = denoise("one.jpg", "--output=told", "--sigma=20")

    assert estimated.output.count("take --strength 1.5 or 2.") == 1
    assert "--strength 1.5" not in told.output


def test_a_bad_picture_does_not_stop_the_others(here, denoise):
    result = denoise("in", "--output=out", "--strength=0.5", "--compare")

    assert result.exit_code == 1
    assert "Traceback" not in result.output
    assert "Error: 1 of 3 pictures could not be denoised:\n- " in result.output
    assert "broken.png" in result.output.splitlines()[-1]
    assert "model.safetensors has learned colour pictures: grey" in result.output
    assert files_in(here / "out") == [
        "a.png",
        "a.png_compare.png",
        "denoised.json",
        "sub/ö\ngrey.png",
        "sub/ö\ngrey.png_compare.png",
    ]
    grey = pixels_of(here / "out/sub/ö\ngrey.png")
    difference = grey - pixels_of(here / "in/sub/ö\ngrey.png")
    assert (difference == BRIGHTER / 2).all()
    record = record_of(here / "out")
    assert list(record["pictures"]) == ["a.png", "sub/ö\ngrey.png"]
    assert record["pictures"]["a.png"]["sigma_estimated"]
    assert "broken.png" in record["failures"]["broken.png"]["error"]


def test_the_same_call_again_computes_only_what_is_missing(here, denoise, monkeypatch):
    denoise("in", "--output=out")
    Image.new("RGB", (9, 9)).save(here / "in/broken.png")
    (here / "out/a.png").unlink()
    opened = []
    open_picture = picture.open_picture
    monkeypatch.setattr(
        picture,
        "open_picture",
        lambda path, most: opened.append(path.name) or open_picture(path, most),
    )

    result = denoise("in", "--output=out")

    assert result.exit_code == 0, result.output
    assert "Done already: 1 picture." in result.output
    assert set(opened) == {"a.png", "broken.png"}
    record = record_of(here / "out")
    assert len(record["pictures"]) == 3
    assert record["failures"] == {}


def test_the_small_pages_of_a_stack_stay_apart_with_their_alpha(here, denoise):
    rng = np.random.default_rng(1)
    stack = rng.integers(20, 200, (7, 12, 16, 2), np.uint8)
    options = {"photometric": "minisblack", "extrasamples": ["unassalpha"]}
    tifffile.imwrite("stack.tif", stack, compression="zlib", **options)

    result = denoise("stack.tif", "--output=out", "--compare", "--threads=3")

    assert result.exit_code == 0, result.output
    written = tifffile.imread("out/stack.tif")
    np.testing.assert_array_equal(written[..., 1], stack[..., 1])
    np.testing.assert_array_equal(written[..., 0], stack[..., 0] + BRIGHTER)
    after = pixels_of(Path("out/stack.tif_compare.png"))[:12, 24:40, 0]
    np.testing.assert_array_equal(after, written[0, ..., 0])


@pytest.mark.parametrize("change", ["--strength=0.5", "--sigma=3", "--compare"])
def test_an_output_of_another_call_is_not_replaced_unless_asked_for(
    change, here, denoise
):
    denoise("in/a.png", "--output=out")
    before = sha256(here / "out/a.png")

    refused = denoise("in/a.png", "--output=out", change)
    unchanged = sha256(here / "out/a.png")
    done = denoise("in/a.png", "--output=out", change, "--overwrite")

    assert refused.exit_code == 1
    assert "out/a.png exists already" in refused.output
    assert unchanged == before
    assert done.exit_code == 0, done.output


FILE = "model.safetensors"


@pytest.mark.parametrize(
    ("arguments", "model", "words"),
    [
        (["nope.png"], FILE, "There is no nope.png"),
        (["in"], "nope.safetensors", "nope.safetensors cannot be read"),
        (["in"], "in/a.png.safetensors", "is not a model of this project"),
        (["in"], "resnet", "There is no model resnet: name a lane (ae, dae, resunet"),
        (["in", "--data-root=data"], "dae", "dae has no model in"),
        (["in", "--device=cuda"], FILE, "finds no CUDA device"),
        (["in/broken.png"], FILE, "broken.png"),
        (["in", "--output=in"], FILE, "no pictures"),
        (["in/a.png", "--output=in"], FILE, "would replace the input"),
        (["in/a.png", "--most-megapixels=0.001"], FILE, "limit of 0.001"),
        (["in/a.png", "--output=readonly/out"], FILE, "cannot be written (Not"),
    ],
)
def test_a_refusal_is_one_sentence_and_nothing_is_written(
    arguments, model, words, here, denoise, monkeypatch
):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    (here / "in/a.png.safetensors").write_text("x")
    (here / "data").mkdir()
    (here / "readonly").touch()
    before = files_in(here)

    result = denoise(*arguments, model=model)

    assert result.exit_code == 1
    assert words in result.output
    assert "Traceback" not in result.output
    assert isinstance(result.exception, SystemExit)
    assert files_in(here) == before
    assert not (here / "in/denoised").exists()


@pytest.mark.parametrize(
    "option", ["--sigma=loud", "--sigma=nan", "--sigma=256", "--strength=2.1",
               "--threads=0", "--most-megapixels=0"],
)  # fmt: skip
def test_an_invalid_option_is_a_usage_error(option, denoise):
    result = denoise("in", option)

    assert result.exit_code == 2
    assert not isinstance(result.exception, ValueError)


def test_noise_that_the_model_has_not_learned_is_said(denoise):
    result = denoise("in/a.png", "--sigma=100")

    expected = "model.safetensors has learned noise of sigma 0 to 75, but is given 100"
    assert expected in result.output
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), "No space left"),
        (RuntimeError("CUDA out\nof memory"), "CUDA out of memory"),
    ],
)
def test_what_one_picture_stops_is_named_and_the_rest_goes_on(
    error, reason, here, denoise, monkeypatch
):
    write = picture.write_picture

    def full(target, source, pages, *rest):
        if target.name == "a.png":
            raise error
        write(target, source, pages, *rest)

    monkeypatch.setattr(picture, "write_picture", full)

    result = denoise("in/a.png", "in/sub/ö\ngrey.png", "--output=out")

    assert result.exit_code == 1
    assert f"a.png could not be denoised to the end ({reason}" in result.output
    assert files_in(here / "out") == ["denoised.json", "ö\ngrey.png"]


def test_a_picture_that_is_exchanged_meanwhile_is_not_denoised(
    here, denoise, monkeypatch
):
    write = picture.write_picture

    def exchanging(target, source, pages, *rest):
        Image.new("L", (5, 5)).save(here / "in/b.png")
        write(target, source, pages, *rest)

    monkeypatch.setattr(picture, "write_picture", exchanging)
    Image.new("RGB", (9, 9)).save(here / "in/b.png")

    result = denoise("in/a.png", "in/b.png", "--output=out")

    assert result.exit_code == 1
    assert "b.png has changed since the call began: denoise it again." in result.output
    assert files_in(here / "out") == ["a.png", "denoised.json"]


def test_ctrl_c_leaves_whole_pictures_that_are_recorded(here, denoise, monkeypatch):
    write = picture.write_picture

    def interrupted(target, source, pages, *rest):
        if target.name == "b.png":
            next(iter(pages))
            signal.raise_signal(signal.SIGINT)
        write(target, source, pages, *rest)

    monkeypatch.setattr(picture, "write_picture", interrupted)
    Image.new("RGB", (9, 9)).save(here / "in/b.png")

    with default_signals():
        result = denoise("in/a.png", "in/b.png", "in/sub", "--output=out")

    assert result.exit_code == 130
    assert re.search(
        r"^Interrupted: every picture that was written is complete and recorded in "
        r".*denoised\.json\. Run the same command again for the others\.$",
        result.output,
        re.M,
    )
    assert files_in(here / "out") == ["a.png", "denoised.json"]
    assert list(record_of(here / "out")["pictures"]) == ["a.png"]


def test_the_same_call_with_comparisons_goes_on_too(here, denoise):
    denoise("in/a.png", "--output=out", "--compare")

    again = denoise("in/a.png", "in/sub", "--output=out", "--compare")
    (here / "out/a.png_compare.png").unlink()
    without = denoise("in/a.png", "--output=out", "--compare")

    assert again.exit_code == 0, again.output
    assert "Done already: 1 picture." in again.output
    assert "out/a.png exists already" in without.output


def test_an_interruption_before_the_record_is_written_leaves_no_picture(
    here, denoise, monkeypatch
):
    def interrupted(record, name, entry):
        signal.raise_signal(signal.SIGINT)

    with default_signals(), monkeypatch.context() as patch:
        patch.setattr(Record, "add", interrupted)
        first = denoise("in/a.png", "--output=out", "--compare", "--overwrite")
    files = files_in(here / "out")
    second = denoise("in/a.png", "--output=out", "--compare")

    assert first.exit_code == 130
    assert "The same command computes all pictures again." in first.output
    assert files == []
    assert second.exit_code == 0, second.output


def test_the_help_has_two_examples(denoise):
    text = CliRunner().invoke(cli, ["denoise", "--help"]).output

    assert "  kedro denoise photo.jpg\n" in text
    assert "  kedro denoise scans/ --output clean --sigma 25 --compare\n" in text
