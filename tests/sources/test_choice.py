from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kedro.io import AbstractDataset, DatasetError

from denoising_autoencoder.datasets.image_source import ImageSourceDataset
from denoising_autoencoder.errors import ImageSourceError
from denoising_autoencoder.sources import choice as module
from denoising_autoencoder.sources.choice import ImageSource
from denoising_autoencoder.sources.raw_images import RawImages, one_photograph_each

SHA256 = "0" * 64


def some_images(name: str) -> RawImages:
    images = np.zeros((10, 8, 8, 3), np.uint8)
    return RawImages(name, images, images, *one_photograph_each(10, 10))


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def failing_url() -> Iterator[str]:
    """A server that answers, but has no archive to give."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.send_response(200)
            self.end_headers()

        def do_GET(self) -> None:
            self.send_error(500)

        def log_message(self, *args: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/archive.tar.gz"
    server.shutdown()
    server.server_close()


@pytest.fixture
def source(tmp_path: Path) -> Callable[..., ImageSource]:
    def build(url: str = "http://127.0.0.1:9/archive.tar.gz") -> ImageSource:
        return ImageSource(tmp_path / "archive.tar.gz", url, SHA256, tmp_path)

    return build


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What the sources were asked for; none is really read."""
    made: list[tuple[Any, ...]] = []

    def stub(name: str) -> Callable[..., RawImages]:
        def read(*args: Any) -> RawImages:
            made.append((name, *args))
            return some_images(name)

        return read

    for name in ("cifar10", "sample", "npz"):
        monkeypatch.setattr(module, f"read_{name}", stub(name))
    return made


def answer(monkeypatch: pytest.MonkeyPatch, answers: bool) -> list[tuple[str, float]]:
    asked: list[tuple[str, float]] = []

    def server_answers(url: str, timeout_s: float) -> bool:
        asked.append((url, timeout_s))
        return answers

    monkeypatch.setattr(module, "server_answers", server_answers)
    return asked


def test_auto_takes_the_archive_on_disk_without_asking_the_server(
    source, calls, monkeypatch, tmp_path, caplog
):
    asked = answer(monkeypatch, answers=True)
    (tmp_path / "archive.tar.gz").touch()

    with caplog.at_level(logging.INFO):
        raw = source("http://server/").read("auto", None, None, 0)

    assert raw.name == "cifar10"
    archive = tmp_path / "archive.tar.gz"
    assert calls == [("cifar10", archive, "http://server/", SHA256)]
    assert asked == []
    assert caplog.messages == [f"Images: cifar10, because {archive} is on disk."]


def test_auto_goes_on_with_a_download_that_was_begun(
    source, calls, monkeypatch, tmp_path, caplog
):
    asked = answer(monkeypatch, answers=False)
    (tmp_path / ".archive.tar.gz.part").write_bytes(b"the first bytes")

    with caplog.at_level(logging.INFO):
        raw = source("http://server/").read("auto", None, None, 0)

    assert raw.name == "cifar10"
    assert asked == []
    archive = tmp_path / "archive.tar.gz"
    assert caplog.messages == [
        f"Images: cifar10, because the download of {archive} was begun."
    ]


def test_auto_downloads_where_the_server_answers(source, calls, monkeypatch, caplog):
    asked = answer(monkeypatch, answers=True)

    with caplog.at_level(logging.INFO):
        raw = source("http://server/").read("auto", None, None, 0)

    assert raw.name == "cifar10"
    assert asked == [("http://server/", 5.0)]
    assert caplog.messages == ["Images: cifar10, because http://server/ answers."]


def test_auto_takes_the_sample_where_the_server_does_not_answer(
    source, calls, monkeypatch, caplog
):
    answer(monkeypatch, answers=False)

    with caplog.at_level(logging.INFO):
        raw = source("http://server/").read("auto", None, None, 3)

    assert raw.name == "sample"
    assert calls == [("sample", 3)]
    (message,) = caplog.messages
    assert message.startswith("Images: sample, because ")
    assert message.endswith("http://server/ does not answer within 5 s.")


def test_auto_never_falls_back_once_the_server_has_answered(source, failing_url):
    with pytest.raises(ImageSourceError, match="because the server answered 500"):
        source(failing_url).read("auto", None, None, 0)


def test_cifar10_asks_for_no_answer_and_fails_without_a_network(
    source, monkeypatch, tmp_path
):
    asked = answer(monkeypatch, answers=True)

    with pytest.raises(ImageSourceError, match="there is no connection to the server"):
        source().read("cifar10", None, None, 0)

    assert asked == []
    assert list(tmp_path.iterdir()) == []


def test_sample_is_taken_though_the_archive_is_on_disk(source, calls, tmp_path, caplog):
    (tmp_path / "archive.tar.gz").touch()

    with caplog.at_level(logging.INFO):
        assert source().read("sample", None, None, 5).name == "sample"

    assert calls == [("sample", 5)]
    assert caplog.messages == ["Images: sample, because images.source is sample."]


@pytest.mark.parametrize("absolute", [False, True])
def test_the_path_of_an_npz_starts_at_the_project(source, calls, tmp_path, absolute):
    path = "/elsewhere/mine.npz" if absolute else "data/mine.npz"

    source().read("npz", path, "Mine", 0)

    assert calls == [("npz", tmp_path / path, "Mine")]


def test_npz_without_a_path_says_how_to_give_one(source):
    with pytest.raises(ImageSourceError, match=r"add images\.path=FILE to"):
        source().read("npz", None, None, 0)


@pytest.fixture
def dataset(tmp_path: Path) -> AbstractDataset[None, ImageSource]:
    return AbstractDataset.from_config(
        "image_source",
        {
            "type": "denoising_autoencoder.datasets.image_source.ImageSourceDataset",
            "filepath": str(tmp_path / "archive.tar.gz"),
            "path": str(tmp_path),
            "url": "http://server/",
            "sha256": SHA256,
            "metadata": {"kedro-viz": {"layer": "raw"}},
        },
    )


def test_the_catalogs_entry_gives_the_sources(dataset, calls, tmp_path):
    assert isinstance(dataset, ImageSourceDataset)
    assert dataset.exists()
    assert dataset.metadata == {"kedro-viz": {"layer": "raw"}}

    loaded = dataset.load()
    loaded.read("cifar10", None, None, 0)
    loaded.read("npz", "mine.npz", None, 0)

    assert calls == [
        ("cifar10", tmp_path / "archive.tar.gz", "http://server/", SHA256),
        ("npz", tmp_path / "mine.npz", None),
    ]


def test_the_catalogs_entry_is_read_only(dataset):
    with pytest.raises(DatasetError, match="read-only"):
        dataset.save("anything")


def test_the_catalogs_entry_describes_itself(dataset, tmp_path):
    assert "http://server/" in str(dataset)
    assert str(tmp_path / "archive.tar.gz") in str(dataset)
