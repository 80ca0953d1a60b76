from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from kedro.io import AbstractDataset, DatasetError
from pydantic import ValidationError

from denoising_autoencoder.errors import ImageSourceError
from denoising_autoencoder.parameters.data_engineering import ImagesParameters
from denoising_autoencoder.sources import choice as module
from denoising_autoencoder.sources.choice import ImageSource
from denoising_autoencoder.sources.raw_images import RawImages, one_photograph_each
from denoising_autoencoder.sources.request import Archive, Request
from denoising_autoencoder.sources.table import SOURCES, Source, other_sources
from tests.sources.conftest import http

URL = "http://server/"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive.tar.gz", URL, "0" * 64, 100)


@pytest.fixture
def source(archive: Archive, tmp_path: Path) -> ImageSource:
    return ImageSource(archive, tmp_path)


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """What the sources were asked for; each gives black images with its own name."""
    made: list[Request] = []

    def stub(name: str) -> Callable[[Request], RawImages]:
        def read(request: Request) -> RawImages:
            made.append(request)
            images = np.zeros((10, 8, 8, 3), np.uint8)
            return RawImages(name, images, images, *one_photograph_each(10, 10))

        return read

    for name, entry in SOURCES.items():
        monkeypatch.setattr(f"{entry.module}.read", stub(name))
    return made


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[bool], list[object]]:
    """Say whether the server answers; gives what it is asked."""

    def set_answer(answers: bool) -> list[object]:
        asked: list[object] = []

        def server_answers(*question: object) -> bool:
            asked.append(question)
            return answers

        monkeypatch.setattr(module, "server_answers", server_answers)
        return asked

    return set_answer


@pytest.mark.parametrize(
    ("on_disk", "answers", "name", "reason", "asks"),
    [
        (True, False, "cifar10", "{path} is on disk", []),
        (False, True, "cifar10", "{url} answers", [(URL, 5.0)]),
        (
            *(False, False, "sample"),
            "{path} is not on disk and {url} does not answer within 5 s",
            [(URL, 5.0)],
        ),
    ],
)
def test_auto_takes_the_archive_then_the_server_then_the_sample(
    source, archive, requests, answer, caplog, on_disk, answers, name, reason, asks
):
    caplog.set_level(logging.INFO, "denoising_autoencoder")
    asked = answer(answers)
    if on_disk:
        archive.path.touch()

    raw = source.read("auto", None, None, 3)

    assert raw.name == name
    assert requests == [Request(archive, seed=3)]
    assert asked == asks
    because = reason.format(path=archive.path, url=URL)
    assert caplog.messages == [f"Images: {name}, because {because}."]


def test_auto_never_falls_back_once_the_server_has_answered(serve, tmp_path, pauses):
    url = serve(http(status=500)).url
    archive = Archive(tmp_path / "archive.tar.gz", url, "0" * 64, 100)

    with pytest.raises(ImageSourceError, match="because the server answered 500"):
        ImageSource(archive, tmp_path).read("auto", None, None, 0)


def test_cifar10_asks_for_no_answer_and_fails_without_a_network(
    closed_url, answer, tmp_path, pauses
):
    asked = answer(True)
    archive = Archive(tmp_path / "archive.tar.gz", closed_url, "0" * 64, 100)

    with pytest.raises(ImageSourceError, match="there is no connection to the server"):
        ImageSource(archive, tmp_path).read("cifar10", None, None, 0)

    assert asked == []


def test_sample_is_taken_though_the_archive_is_on_disk(
    source, archive, requests, caplog
):
    caplog.set_level(logging.INFO, "denoising_autoencoder")
    archive.path.touch()

    assert source.read("sample", None, None, 5).name == "sample"
    assert caplog.messages == ["Images: sample, because images.source is sample."]


@pytest.mark.parametrize("path", ["/elsewhere/mine.npz", "data/mine.npz"])
def test_the_path_of_an_npz_starts_at_the_project(
    source, archive, requests, tmp_path, path
):
    source.read("npz", path, "Mine", 0)

    assert requests == [Request(archive, tmp_path / path, "Mine", 0)]


def test_a_home_folder_that_is_not_known_is_named(source):
    with pytest.raises(ImageSourceError, match=r"images\.path = ~nosuchuser/x begins"):
        source.read("npz", "~nosuchuser/x", None, 0)


def test_a_source_without_its_path_says_how_to_give_one(source):
    with pytest.raises(ImageSourceError, match=r"add images\.path=PATH to --params=im"):
        source.read("npz", None, None, 0)


# The table


def test_a_line_in_the_table_makes_a_source(source, archive, tmp_path, monkeypatch):
    monkeypatch.setitem(
        SOURCES, "toy", Source("tests.sources.toy", path="the folder to read")
    )

    raw = source.read("toy", "pictures", None, 7)

    assert raw.name == "7 of pictures"
    assert other_sources("sample") == (
        "--params=images.source=cifar10 or --params=images.source=npz,images.path=PATH "
        "or --params=images.source=folder,images.path=PATH "
        "or --params=images.source=toy,images.path=PATH"
    )


def test_parameters_know_the_sources_of_the_table_and_which_of_them_need_a_path():
    sources = set(ImagesParameters.model_fields["source"].annotation.__args__)

    assert sources == {"auto", *SOURCES}
    for name, source in SOURCES.items():
        good, bad = ("a", None) if source.path else (None, "a")
        assert ImagesParameters(source=name, path=good).path == good
        with pytest.raises(ValidationError, match=r"images\.path"):
            ImagesParameters(source=name, path=bad)


# The catalog's entry


@pytest.fixture
def dataset(archive: Archive, tmp_path: Path) -> AbstractDataset[None, ImageSource]:
    return AbstractDataset.from_config(
        "image_source",
        {
            "type": "denoising_autoencoder.datasets.image_source.ImageSourceDataset",
            "filepath": str(archive.path),
            "path": str(tmp_path),
            "url": archive.url,
            "sha256": archive.sha256,
            "size": archive.size,
            "metadata": {"kedro-viz": {"layer": "raw"}},
        },
    )


def test_the_catalogs_entry_gives_the_sources(dataset, archive, requests, tmp_path):
    assert dataset.exists()
    assert dataset.metadata == {"kedro-viz": {"layer": "raw"}}

    dataset.load().read("npz", "mine.npz", None, 0)

    assert requests == [Request(archive, tmp_path / "mine.npz")]


def test_the_catalogs_entry_is_read_only_and_describes_itself(dataset, archive):
    with pytest.raises(DatasetError, match="read-only"):
        dataset.save("anything")
    assert URL in str(dataset)
    assert str(archive.path) in str(dataset)
