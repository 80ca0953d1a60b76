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
from denoising_autoencoder.inference.meter import Meter
from denoising_autoencoder.inference.plan import Task, plan_outputs
from denoising_autoencoder.inference.record import Entry, Record
from denoising_autoencoder.inference.words import count_of, some_of
from denoising_autoencoder.pictures.reading import shown
from denoising_autoencoder.terminal.progress import progress_bar

if TYPE_CHECKING:
    from denoising_autoencoder.pictures.kind import Picture

Say = Callable[[str], None]
"""Prints a line."""

_FAULTS = (ProjectError, OSError, MemoryError)
"""What a picture may raise without stopping the others."""


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
    written whole or not at all, and recorded at once. One that an earlier call has
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


class _Call:
    """One call, from the headers of the pictures to the last record."""

    def __init__(self, job: Job, output: Path, say: Say) -> None:
        self.outcome = Outcome()
        self._job = job
        self._recipe = job.recipe
        self._output = output
        self._say = say
        self._record = Record(output)
        self._earlier = self._record.read()["pictures"]

    def find_done(self) -> None:
        """Find the pictures that an earlier call has written in the same way."""
        for name, source in self._job.files.items():
            entry, target = self._earlier.get(name), self._output / name
            with suppress(OSError):  # plan and headers will say
                if entry and self._is_done(entry, source, target):
                    self.outcome.pictures[name] = entry
        if self.outcome.pictures:
            self._say(f"Done already: {count_of(len(self.outcome.pictures))}.")

    def _is_done(self, entry: Entry, source: Path, target: Path) -> bool:
        recipe = self._recipe
        models = {model.sha256 for model in recipe.models.values()}
        sigma = entry.get("sigma") if recipe.sigma is None else round(recipe.sigma, 3)
        same_way = (
            entry.get("model_sha256") in models
            and entry.get("sigma_estimated") is (recipe.sigma is None)
            and entry.get("sigma") == sigma
            and entry.get("strength") == recipe.strength
            and entry.get("version") == __version__
            and not recipe.compare
        )
        return (
            same_way
            and target.is_file()
            and not target.samefile(source)
            and entry.get("output_sha256") == sha256(target)
            and entry.get("input_sha256") == sha256(source)
        )

    def run(self, tasks: Sequence[Task]) -> None:
        """Denoise what can be opened.

        Raises:
            ProjectError: No picture can be denoised in this way, or in this folder.
        """
        sizes, channels = self._read_headers(tasks)
        ready = [task for task in tasks if task.name in sizes]
        if not ready:
            return
        with (
            self._recipe.workshop(channels) as workshop,
            progress_bar("denoise", sum(sizes.values())) as update,
        ):
            _make(self._output)
            for task in tasks:
                if task.name not in sizes:
                    self._record_failure(task)
            meter = Meter(update)
            for task in ready:
                meter.begin(task.name, sizes[task.name])
                try:
                    self._denoise(task, workshop, meter)
                except _FAULTS as error:
                    self._fail(task, error)
                    self._record_failure(task)
                meter.end()

    def _read_headers(self, tasks: Sequence[Task]) -> tuple[dict[str, int], set[int]]:
        """Open every picture once, and say what its copy will lack.

        Returns:
            Pixels on all pages by name, of what can be opened; and the channels that
            pictures have.
        """
        from denoising_autoencoder.pictures.picture import open_picture

        sizes: dict[str, int] = {}
        channels: set[int] = set()
        losses: dict[str, list[Path]] = {}
        for task in tasks:
            try:
                with open_picture(task.source, self._job.most_pixels) as picture:
                    sizes[task.name] = picture.width * picture.height * picture.pages
                    channels.add(picture.channels)
                    for loss in picture.losses:
                        losses.setdefault(loss, []).append(task.source)
            except _FAULTS as error:
                self._fail(task, error)
        for loss, paths in losses.items():
            self._say(f"{some_of(paths)}: {loss}")
        return sizes, channels

    def _denoise(self, task: Task, workshop: Workshop, meter: Meter) -> None:
        from denoising_autoencoder.pictures.picture import open_picture, write_picture

        with open_picture(task.source, self._job.most_pixels) as picture:
            # Its pages, read later, are of the same file, or an error is raised.
            original = sha256(task.source)
            denoised = workshop.denoise(picture, meter.add)
            write_picture(task.target, picture, denoised.pages())
            entry = self._entry(task, original, denoised)
            self._record.add(task.name, entry)
            self.outcome.pictures[task.name] = entry
            self._say_what_was_done(task, picture, denoised, meter)
            if task.comparison is not None:
                self._compare(task.comparison, task, picture, denoised)

    def _entry(self, task: Task, original: str, denoised: Denoised) -> Entry:
        return {
            "input": task.source.name,
            "input_sha256": original,
            "output_sha256": sha256(task.target),
            "model": denoised.model.name,
            "model_sha256": denoised.model.sha256,
            "sigma": round(denoised.sigma, 3),
            "sigma_estimated": self._recipe.sigma is None,
            "strength": self._recipe.strength,
            "version": __version__,
        }

    def _say_what_was_done(
        self, task: Task, picture: Picture, denoised: Denoised, meter: Meter
    ) -> None:
        pages = f", {picture.pages} pages" if picture.pages > 1 else ""
        self._say(
            f"{shown(task.name)}: {picture.width}x{picture.height}{pages}, "
            f"{self._how(denoised)}, {meter.speed()}"
        )
        warning = denoised.model.warning(denoised.sigma)
        if warning:
            self._say(f"  {warning}")

    def _compare(
        self, file: Path, task: Task, picture: Picture, denoised: Denoised
    ) -> None:
        how = f"{self._how(denoised)}, model {shown(denoised.model.name)}"
        if denoised.halves is not None:
            caption = [shown(task.name), how]
            content = comparison(denoised.halves, picture.range, caption)
            write_atomically(file, content)

    def _how(self, denoised: Denoised) -> str:
        """Noise level and strength in words."""
        estimated = " (estimated)" if self._recipe.sigma is None else ""
        return (
            f"sigma {denoised.sigma:.3g}{estimated}, strength {self._recipe.strength:g}"
        )

    def _fail(self, task: Task, error: Exception) -> None:
        self.outcome.pictures.pop(task.name, None)
        why = self.outcome.failures[task.name] = _explain(task, error)
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


def _explain(task: Task, error: Exception) -> str:
    """Why a picture was not written, in a sentence that names it."""
    if isinstance(error, ProjectError):
        return str(error)
    if isinstance(error, MemoryError):
        return f"{shown(task.source)} needs more memory than this machine has."
    reason = getattr(error, "strerror", None) or error
    return f"{shown(task.source)} could not be denoised to the end ({reason})."
