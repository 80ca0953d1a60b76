"""A check of messages, a user without rights, and archives of any members."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import re
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

_NOBODY = 65534
FOLDER = "cifar-10-batches-py"


@pytest.fixture(scope="session")
def check_sentence() -> Callable[[str, list[str]], None]:
    """A check that a message is one sentence that holds certain words."""

    def check(message: str, words: list[str]) -> None:
        for word in words:
            assert word in message
        assert "\n" not in message
        assert message.endswith(".")
        assert not re.search(r"[.!?] [A-Z]", message), "more than one sentence"
        assert not re.search(r"<class|Error\b|0x[0-9a-f]{6}|Traceback", message)

    return check


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """An empty folder that anyone may enter, unlike those of pytest."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture
def as_stranger() -> Callable[[], AbstractContextManager[None]]:
    """A context without the rights of root, who may read any file."""

    @contextmanager
    def stranger() -> Iterator[None]:
        if not hasattr(os, "geteuid"):
            pytest.skip("files have no modes here")
        if os.geteuid() != 0:
            yield
            return
        os.seteuid(_NOBODY)
        try:
            yield
        finally:
            os.seteuid(0)

    return stranger


# CIFAR-10's archive


@dataclass(frozen=True)
class Member:
    """One entry of an archive: a file of these bytes, unless it is of another type."""

    name: str
    content: bytes = b""
    type: bytes = tarfile.REGTYPE
    link: str = ""
    pax: dict[str, str] = field(default_factory=dict)


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[Member]:
    """The files of a small CIFAR-10, whose MD5s torchvision accepts."""
    from torchvision.datasets import CIFAR10

    training = [f"data_batch_{number}" for number in range(1, 6)]
    contents = {name: _batch() for name in (*training, "test_batch")}
    contents["batches.meta"] = pickle.dumps({"label_names": ["airplane"]}, 2)
    md5 = {name: hashlib.md5(content).hexdigest() for name, content in contents.items()}
    monkeypatch.setattr(CIFAR10, "train_list", [[name, md5[name]] for name in training])
    monkeypatch.setattr(CIFAR10, "test_list", [["test_batch", md5["test_batch"]]])
    monkeypatch.setitem(CIFAR10.meta, "md5", md5["batches.meta"])
    files = [Member(f"{FOLDER}/{name}", contents[name]) for name in contents]
    return [Member(FOLDER, type=tarfile.DIRTYPE), *files]


@pytest.fixture(scope="session")
def pack() -> Callable[[list[Member]], bytes]:
    """A function that makes a .tar.gz of any members."""

    def tar_gz(members: list[Member]) -> bytes:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
            for member in members:
                info = tarfile.TarInfo(member.name)
                info.size = len(member.content)
                info.type = member.type
                info.linkname = member.link
                info.pax_headers = member.pax
                tar.addfile(info, io.BytesIO(member.content))
        return buffer.getvalue()

    return tar_gz


def _batch() -> bytes:
    data = np.zeros((2, 3072), dtype=np.uint8)
    return pickle.dumps({"data": data, "labels": [0, 0]}, 2)
