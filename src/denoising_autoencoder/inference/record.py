"""The record beside the outputs: what each picture was made from, and by what."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from denoising_autoencoder.artifacts.files import write_atomically
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.pictures.reading import shown

FILE_NAME = "denoised.json"

_NOT_A_RECORD = (ValueError, LookupError, TypeError, AttributeError, RecursionError)
"""What other contents of the file raise."""

Entry = dict[str, Any]
"""What is recorded of one picture."""


class Record:
    """`denoised.json` of an output folder.

    It has `pictures` and `failures`, each an entry by the name of the output. Entries
    of earlier calls stay. It is read again before each change, so that two calls at
    the same time hardly lose each other's entries.

    Args:
        folder: Output folder; it may not exist yet.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME

    def read(self) -> dict[str, dict[str, Entry]]:
        """The entries, by "pictures" and "failures"; none if there is no file.

        Raises:
            ProjectError: The file cannot be read, or is not a record.
        """
        try:
            content = json.loads(self.path.read_bytes())
            pictures, failures = (
                {name: dict(entry) for name, entry in content[kind].items()}
                for kind in ("pictures", "failures")
            )
        except (FileNotFoundError, NotADirectoryError):
            pictures, failures = {}, {}
        except OSError as error:
            raise ProjectError(
                f"{shown(self.path)} cannot be read ({error.strerror}): give access, "
                "or choose another output folder."
            ) from error
        except _NOT_A_RECORD as error:
            raise ProjectError(
                f"{shown(self.path)} is not a record of denoised pictures: move it "
                "away, or choose another output folder."
            ) from error
        return {"pictures": pictures, "failures": failures}

    def add(self, name: str, entry: Entry) -> None:
        """Record a picture that was written.

        Raises:
            ProjectError: The file cannot be read or written; the old one stays.
        """
        content = self.read()
        content["failures"].pop(name, None)
        content["pictures"][name] = entry
        self._write(content)

    def add_failure(self, name: str, entry: Entry) -> None:
        """Record a picture that was not written; an earlier output keeps its entry.

        Raises:
            ProjectError: The file cannot be read or written; the old one stays.
        """
        content = self.read()
        content["failures"][name] = entry
        self._write(content)

    def _write(self, content: dict[str, dict[str, Entry]]) -> None:
        text = json.dumps(content, indent=1, sort_keys=True)
        try:
            write_atomically(self.path, text.encode() + b"\n")
        except OSError as error:
            raise ProjectError(
                f"{shown(self.path)} cannot be written ({error.strerror}): make room "
                "or give access; pictures that were written stay."
            ) from error
