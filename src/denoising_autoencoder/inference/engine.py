"""All pictures of a call, one after another; a bad one does not stop the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from denoising_autoencoder import __version__
from denoising_autoencoder.artifacts.files import sha256, write_atomically
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.inference.compare import comparison
from denoising_autoencoder.inference.denoise import Denoised, Recipe, Workshop
from denoising_autoencoder.inference.earlier import done_earlier
from denoising_autoencoder.inference.lines import (
    caption,
    hint,
    what_was_done,
    why_not,
)
from denoising_autoencoder.inference.meter import Meter
from denoising_autoencoder.inference.plan import Task, plan_outputs
from denoising_autoencoder.inference.record import Entry, Record
from denoising_autoencoder.inference.words import count_of, some_of
from denoising_autoencoder.pictures.reading import Stamp, shown
from denoising_autoencoder.terminal.progress import progress_bar

if TYPE_CHECKING:
    from denoising_autoencoder.pictures.kind import Picture

Say = Callable[[str], None]
"""Prints a line."""

_FAULTS = (ProjectError, OSError, MemoryError, RuntimeError)
"""What a picture may raise without stopping the others. PyTorch raises RuntimeErrors
if memory is short."""


@dataclass(frozen=True)
class Job:
    """Pictures, and how they are denoised.

    Attributes:
        files: File of each picture, by its name below the output folder.
        recipe: How they are denoised.
        most_pixels: Pixels of the largest picture that is opened.
    """

    files: Mapping[str, Path]
    recipe: Recipe
    most_pixels: int


@dataclass
class Outcome:
    """What became of the pictures.

    Attributes:
        pictures: What is recorded of each picture that is there, by its name.
        failures: Why each of the others is not, in a sentence.
    """

    pictures: dict[str, Entry] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def report(self) -> str:
        """The failures, with a line for each."""
        total = len(self.pictures) + len(self.failures)
        head = f"{len(self.failures):,} of {count_of(total)} could not be denoised:"
        return "\n".join([head, *(f"- {why}" for why in self.failures.values())])


def denoise_files(job: Job, output: Path, overwrite: bool, say: Say) -> Outcome:
    """Denoise the pictures of a job into a folder.

    What can be known before is said, or refused, before anything is written: outputs
    that exist, pictures that cannot be opened, what a copy cannot keep. Each picture is
    recorded, and then written whole or not at all. One that an earlier call has
    written from the same file in the same way is not computed again.

    Args:
        job: Pictures and recipe.
        output: Folder for the outputs, absolute; made if it is missing.
        overwrite: Whether outputs that exist are replaced.
        say: Function that prints a line.

    Returns:
        What was written, and what was not.

    Raises:
        ProjectError: Nothing was written: see `plan_outputs` and `Recipe.workshop`.
    """
    call = _Call(job, output, say)
    if not overwrite:
        call.find_done()
    tasks = plan_outputs(
        job.files,
        output,
        compare=job.recipe.compare,
        overwrite=overwrite,
        done=call.outcome.pictures,
    )
    call.run(tasks)
    return call.outcome


@dataclass(frozen=True)
class _Header:
    """What is known of a picture before it is denoised.

    Attributes:
        stamp: What tells whether its file has changed since.
        pixels: Pixels on all pages.
        channels: 1 or 3.
    """

    stamp: Stamp
    pixels: int
    channels: int


class _Call:
    """One call, from the headers of the pictures to the last record."""

    def __init__(self, job: Job, output: Path, say: Say) -> None:
        self.outcome = Outcome()
        self._job = job
        self._recipe = job.recipe
        self._output = output
        self._say = say
        self._record = Record(output)
        self._recorded = self._record.read()["pictures"]
        self._said: set[str] = set()

    def find_done(self) -> None:
        """Find the pictures that an earlier call has written in the same way."""
        done = done_earlier(self._job.files, self._output, self._recipe, self._recorded)
        self.outcome.pictures |= done
        if done:
            self._say(f"Done already: {count_of(len(done))}.")

    def run(self, tasks: Sequence[Task]) -> None:
        """Denoise what can be opened.

        Raises:
            ProjectError: No picture can be denoised in this way, or in this folder.
        """
        headers = self._read_headers(tasks)
        if not headers:
            return
        channels = {header.channels for header in headers.values()}
        notices = [self._recipe.models[count].notice(count) for count in channels]
        for notice in filter(None, notices):
            self._say(notice)
        pixels = sum(header.pixels for header in headers.values())
        with (
            self._recipe.workshop(channels) as workshop,
            progress_bar("denoise", pixels) as update,
        ):
            _make(self._output)
            meter = Meter(update)
            for task in tasks:
                if task.name not in headers:
                    self._record_failure(task)
            for task in tasks:
                if task.name in headers:
                    self._try(task, headers[task.name], workshop, meter)

    def _read_headers(self, tasks: Sequence[Task]) -> dict[str, _Header]:
        """Open every picture once, and say what its copy will lack.

        Returns:
            The headers by name, of what can be opened.
        """
        from denoising_autoencoder.pictures.picture import open_picture

        headers: dict[str, _Header] = {}
        losses: dict[str, list[Path]] = {}
        for task in tasks:
            try:
                with open_picture(task.source, self._job.most_pixels) as picture:
                    pixels = picture.width * picture.height * picture.pages
                    headers[task.name] = _Header(
                        picture.stamp, pixels, picture.channels
                    )
                    for loss in picture.losses:
                        losses.setdefault(loss, []).append(task.source)
            except _FAULTS as error:
                self._fail(task, error)
        for loss, paths in losses.items():
            self._say(f"{some_of(paths)}: {loss}")
        return headers

    def _try(
        self, task: Task, header: _Header, workshop: Workshop, meter: Meter
    ) -> None:
        """Denoise a picture, or note why that failed."""
        meter.begin(task.name, header.pixels)
        try:
            self._denoise(task, header, workshop, meter)
        except _FAULTS as error:
            self._fail(task, error)
            self._record_failure(task)
        meter.end()

    def _denoise(
        self, task: Task, header: _Header, workshop: Workshop, meter: Meter
    ) -> None:
        from denoising_autoencoder.pictures.picture import open_picture, write_picture

        with open_picture(task.source, self._job.most_pixels) as picture:
            if picture.stamp != header.stamp:
                raise ProjectError(
                    f"{shown(task.source)} has changed since the call began: denoise "
                    "it again."
                )
            # Its pages, read later, are of the same file, or an error is raised.
            original = sha256(task.source)
            denoised = workshop.denoise(picture, meter.add)

            def before_naming(written: Path) -> None:
                # An interruption then leaves an entry without a picture, which is
                # computed again, and no picture without an entry, which is refused.
                self._finish(task, picture, denoised, original, sha256(written))

            write_picture(task.target, picture, denoised.pages(), before_naming)
            done = what_was_done(task.name, picture, denoised, self._recipe)
            self._say(f"{done}, {meter.speed()}")
            warning = denoised.model.warning(denoised.told)
            if warning:
                self._say(f"  {warning}")
            text = hint(picture, self._recipe)
            if text and text not in self._said:
                self._said.add(text)
                self._say(f"  {text}")

    def _finish(
        self,
        task: Task,
        picture: Picture,
        denoised: Denoised,
        original: str,
        written: str,
    ) -> None:
        """Record a picture whose pages are written, and draw its comparison."""
        drawn = None
        if task.comparison is not None and denoised.halves is not None:
            text = caption(task.name, denoised, self._recipe)
            drawn = comparison(denoised.halves, picture.range, text)
        entry = self._entry(task, original, written, denoised)
        self._record.add(task.name, entry)
        self.outcome.pictures[task.name] = entry
        if task.comparison is not None and drawn is not None:
            write_atomically(task.comparison, drawn)

    def _entry(
        self, task: Task, original: str, written: str, denoised: Denoised
    ) -> Entry:
        return {
            "input": task.source.name,
            "input_sha256": original,
            "output_sha256": written,
            "model": denoised.model.name,
            "model_sha256": denoised.model.sha256,
            "sigma": round(denoised.sigma, 3),
            "sigma_estimated": self._recipe.sigma is None,
            "strength": self._recipe.strength,
            "version": __version__,
        }

    def _fail(self, task: Task, error: Exception) -> None:
        self.outcome.pictures.pop(task.name, None)
        why = self.outcome.failures[task.name] = why_not(task.source, error)
        self._say(f"{shown(task.name)}: failed. {why}")

    def _record_failure(self, task: Task) -> None:
        entry = {
            "input": task.source.name,
            "error": self.outcome.failures[task.name],
            "version": __version__,
        }
        with suppress(ProjectError):  # the failure is printed in any case
            self._record.add_failure(task.name, entry)


def _make(output: Path) -> None:
    """Make the folder for the outputs.

    Raises:
        ProjectError: It cannot be made.
    """
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProjectError(
            f"The folder {shown(output)} cannot be made ({error.strerror}): choose "
            "another output folder."
        ) from error
