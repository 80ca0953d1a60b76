"""What is in a folder of artifacts, and whether it is complete."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from pathlib import Path


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def manifest(data: Path) -> dict[Path, str]:
    return {path: sha256(path) for path in data.rglob("*") if path.is_file()}


def saved(data: Path) -> list[Path]:
    """The folders of all versions."""
    return sorted(
        path.parent
        for path in data.rglob("*")
        if path.name == path.parent.parent.name and not path.parent.name.startswith(".")
    )


def newest(data: Path) -> dict[str, str]:
    """SHA-256 of the newest version of each artifact that holds no seconds."""
    contents = {
        folder.parent.relative_to(data).as_posix(): sha256(folder / folder.parent.name)
        for folder in saved(data)
    }
    with_seconds = ("timing.csv", "report.html")
    return {
        name: value
        for name, value in contents.items()
        if not name.endswith(with_seconds)
    }


def counts(data: Path) -> dict[str, int]:
    """The number of versions of each artifact."""
    return Counter(folder.parent.relative_to(data).as_posix() for folder in saved(data))


def versions(artifact: Path) -> list[Path]:
    return [folder for folder in saved(artifact.parent) if folder.parent == artifact]


def check_that_all_is_whole(data: Path, before: dict[Path, str]) -> None:
    """Nothing that was there has changed, and every version has its lineage."""
    for path, digest in before.items():
        assert sha256(path) == digest, path
    for folder in saved(data):
        names = sorted(path.name for path in folder.iterdir())
        expected = {folder.parent.name, "lineage.json"}
        if folder.parent.suffix == ".png":
            expected.add(Path(folder.parent.name).with_suffix(".pdf").name)
        assert set(names) == expected
        lineage = json.loads((folder / "lineage.json").read_text())
        assert lineage["sha256"] == sha256(folder / folder.parent.name)
