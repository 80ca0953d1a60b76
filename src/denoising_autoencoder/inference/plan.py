"""Where each denoised picture is written, checked before anything is."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.inference.find import one_name
from denoising_autoencoder.inference.words import some_of
from denoising_autoencoder.pictures.reading import shown


@dataclass(frozen=True)
class Task:
    """One picture of a call.

    Attributes:
        name: Name below the output folder, with / between folders.
        source: File that is read.
        target: File that is written.
        comparison: File of before and after; None if it is not asked for.
    """

    name: str
    source: Path
    target: Path
    comparison: Path | None = None

    def outputs(self) -> Iterator[Path]:
        """The files that are written."""
        yield self.target
        if self.comparison is not None:
            yield self.comparison


def output_folder(output: str | Path | None, first: Path) -> Path:
    """The folder for the outputs, absolute.

    Args:
        output: Folder that was asked for, absolute or from the working directory.
        first: First input, a file or a folder: `denoised` beside it if none was.
    """
    folder = output or Path(os.path.abspath(first)).with_name("denoised")  # noqa: PTH100
    return Path(os.path.abspath(folder))  # noqa: PTH100, links stay


def comparison_of(target: Path) -> Path:
    """The file of a picture's comparison.

    Args:
        target: File of the picture; its suffix is kept: a.jpg and a.png stay apart.
    """
    return target.with_name(f"{target.name}_compare.png")


def plan_outputs(
    files: Mapping[str, Path],
    output: Path,
    *,
    compare: bool = False,
    overwrite: bool = False,
    done: Collection[str] = (),
) -> list[Task]:
    """Give each picture its output.

    Args:
        files: File of each picture, by its name below the output folder.
        output: Folder for the outputs, absolute; it may not exist yet.
        compare: Whether a comparison is written for each picture.
        overwrite: Whether outputs that exist are replaced. An input never is.
        done: Names of pictures that are done already: no tasks.

    Raises:
        ProjectError: An output exists, would replace an input, or is a folder; or two
            outputs would be one file.
    """
    if output.exists() and not output.is_dir():
        raise ProjectError(
            f"{shown(output)} is a file: choose a folder for the outputs."
        )
    tasks = [
        Task(
            name,
            source,
            output / name,
            comparison_of(output / name) if compare else None,
        )
        for name, source in files.items()
        if name not in done
    ]
    _refuse_shared(tasks, output)
    inputs = {}
    for path in files.values():
        with suppress(OSError):  # opening it names it
            inputs[_identity(path)] = path
    existing = [
        path for task in tasks for path in task.outputs() if _exists(path, inputs)
    ]
    if existing and not overwrite:
        verb = "exists" if len(existing) == 1 else "exist"
        raise ProjectError(
            f"{some_of(existing)} {verb} already: choose another output folder, or "
            "overwrite (--overwrite, or inference.overwrite=true)."
        )
    return tasks


def _refuse_shared(tasks: Sequence[Task], output: Path) -> None:
    taken: dict[str, Path] = {}
    for task in tasks:
        for path in task.outputs():
            name = one_name(path.relative_to(output).as_posix())
            if name in taken:
                raise ProjectError(
                    f"{shown(taken[name])} and {shown(task.source)} would both give "
                    f"{shown(path)}: denoise them in two calls with an output folder "
                    "each."
                )
            taken[name] = task.source


def _exists(path: Path, inputs: Mapping[tuple[int, int], Path]) -> bool:
    """Whether an output exists.

    Args:
        path: File of the output.
        inputs: Files of the inputs, by their identity.

    Raises:
        ProjectError: It is one of the inputs, or a folder.
    """
    try:
        source = inputs.get(_identity(path))
    except FileNotFoundError:
        return path.is_symlink()
    except OSError as error:
        raise ProjectError(
            f"{shown(path)} cannot be written ({error.strerror}): choose another "
            "output folder."
        ) from error
    if source is not None:
        raise ProjectError(
            f"{shown(path)} would replace the input {shown(source)}: choose another "
            "output folder."
        )
    if path.is_dir():
        raise ProjectError(
            f"{shown(path)} is a folder, and an output would have its name: choose "
            "another output folder."
        )
    return True


def _identity(path: Path) -> tuple[int, int]:
    """What two names of one file have in common."""
    status = path.stat()
    return status.st_dev, status.st_ino
