"""A check of messages, and a user without rights."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

_NOBODY = 65534


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
