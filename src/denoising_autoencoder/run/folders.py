"""Folders in which Kedro or the file system would fail."""

from __future__ import annotations

from pathlib import Path

from denoising_autoencoder.addresses import is_address, what_is_wrong
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.extras import S3

_OF_FILE_NAMES = "*?[]{}"
"""Characters that have a meaning where Kedro looks for the files of a configuration."""

_OF_THE_CATALOG = "{}"
"""Characters that have a meaning in the paths of Kedro's catalog."""

_ROOM = Path("x" * 100, "x" * 100)
"""Longer than the path of any artifact below the folder of all artifacts."""


def refuse_configuration_folder(folder: Path) -> None:
    """Refuse a folder in which Kedro would find no configuration, or another one.

    Args:
        folder: Folder of the configuration, absolute; archives and addresses pass.

    Raises:
        ProjectError: Its path holds a character of patterns.
    """
    if folder.is_dir():
        _refuse(folder, _OF_FILE_NAMES)


def refuse_data_root(root: str | Path) -> None:
    """Refuse a folder in which no artifact can be saved, before any work.

    Args:
        root: Folder of all artifacts, absolute, or its address; it may not exist yet.

    Raises:
        ProjectError: Its path holds a brace, is too long, leads in a circle or through
            a file, or may not be searched; or it is an address of another kind than
            those that are supported, or its extra is not installed.
    """
    if is_address(root):
        _refuse_address(str(root))
        return
    folder = Path(root)
    _refuse(folder, _OF_THE_CATALOG)
    try:
        (folder / _ROOM).stat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise ProjectError(
            f"{_shortened(folder)} cannot be written ({error.strerror}): give another "
            "data_root."
        ) from error


def _refuse_address(address: str) -> None:
    wrong = what_is_wrong(address)
    if wrong:
        raise ProjectError(f"data_root {wrong}.")
    S3.refuse_if_missing()


def _refuse(folder: Path, characters: str) -> None:
    found = [character for character in characters if character in str(folder)]
    if found:
        raise ProjectError(
            f"The path {folder} holds {found[0]}, which Kedro takes for a pattern: "
            "rename that folder, or choose another one."
        )


def _shortened(folder: Path) -> str:
    text = str(folder)
    return text if len(text) <= 300 else f"{text[:297]}..."
