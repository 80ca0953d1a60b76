"""`kedro denoise`: pictures of the user's own through a trained model."""

from __future__ import annotations

import math
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import click
from kedro.framework.startup import ProjectMetadata

from denoising_autoencoder.datasets.models_for_pictures import ModelsForPicturesDataset
from denoising_autoencoder.inference.denoise import Recipe
from denoising_autoencoder.inference.engine import Job, Outcome, denoise_files
from denoising_autoencoder.inference.find import Found, expand_inputs, find_pictures
from denoising_autoencoder.inference.models import (
    Models,
    for_all_pictures,
    read_model_file,
    shipped_models,
)
from denoising_autoencoder.inference.plan import output_folder
from denoising_autoencoder.inference.record import FILE_NAME
from denoising_autoencoder.inference.words import count_of
from denoising_autoencoder.pictures.reading import shown
from denoising_autoencoder.run.command import DataRoot, PlainCommand
from denoising_autoencoder.run.configuration import absolute, open_configuration
from denoising_autoencoder.run.interrupts import Interrupted, interrupts
from denoising_autoencoder.run.sentences import explain
from denoising_autoencoder.terminal.progress import close_display, say


def _auto_or(
    kind: type[int] | type[float], low: int, high: int
) -> Callable[[click.Context, click.Parameter, str], Any]:
    """What reads an option that is "auto" or a number within bounds."""

    def read(ctx: click.Context, option: click.Parameter, value: str) -> Any:
        if value == "auto":
            return value
        with suppress(ValueError):
            number = kind(value)
            if low <= number <= high:  # not so for NaN
                return number
        bounds = f"a number from {low} to {high}"
        raise click.BadParameter(
            f"{value!r} is neither auto nor {bounds}.", ctx, option
        )

    return read


@click.command(
    "denoise",
    cls=PlainCommand,
    epilog="\b\nExamples:\n"
    "  kedro denoise photo.jpg\n"
    "  kedro denoise scans/ --output clean --sigma 25 --compare",
)
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    help="Folder for the outputs. [default: denoised, beside the first input]",
)
@click.option(
    "--model",
    help="A lane (resunet: its newest model), a version of it (resunet@VERSION), or a "
    ".safetensors file. [default: the package's own]",
)
@click.option(
    "--sigma",
    callback=_auto_or(float, 0, 255),
    default="auto",
    metavar="auto|NUMBER",
    show_default=True,
    help="Noise level in grey levels of 255; auto estimates it for each picture.",
)
@click.option(
    "--strength",
    type=click.FloatRange(0, 2),
    default=1.0,
    show_default=True,
    help="How much of the noise goes: 0 none, 1 what the model says, up to 2.",
)
@click.option(
    "--compare",
    is_flag=True,
    help="Also write before | after at 1:1, for the busiest region of each picture.",
)
@click.option("--overwrite", is_flag=True, help="Replace outputs that exist.")
@click.option(
    "--most-megapixels",
    type=click.FloatRange(0, 100_000, min_open=True),
    default=200,
    show_default=True,
    help="Largest picture that is opened: tiny files can claim to be huge.",
)
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="auto is cuda where PyTorch finds it.",
)
@click.option(
    "--threads",
    callback=_auto_or(int, 1, 1024),
    default="auto",
    metavar="auto|NUMBER",
    show_default=True,
    help="Number of CPU threads; auto is one for each core.",
)
@click.option(
    "--data-root",
    type=DataRoot(),
    help="Folder of all artifacts, for --model LANE, if it is not the configured one; "
    "or s3://bucket/path.",
)
@click.option("--env", "-e", envvar="KEDRO_ENV", help="Environment of that folder.")
@click.pass_obj
def denoise_command(
    metadata: ProjectMetadata,
    inputs: tuple[str, ...],
    output: Path | None,
    model: str | None,
    sigma: float | Literal["auto"],
    strength: float,
    compare: bool,
    overwrite: bool,
    most_megapixels: float,
    device: str,
    threads: int | Literal["auto"],
    data_root: str | None,
    env: str | None,
) -> None:
    """Remove the noise from pictures: files, folders, or patterns.

    PNG, JPEG, TIFF, WebP and BMP keep their format, depth and metadata. Inputs are
    never changed. A file denoised.json beside the outputs records how each was made.
    """
    if math.isnan(strength) or math.isnan(most_megapixels):
        raise click.UsageError("nan is not a number: leave the option out.")
    received: list[Interrupted] = []
    folder = output
    try:
        with interrupts(lambda: None, received):
            found, folder = _look(inputs, output)
            recipe = Recipe(
                models=_models(metadata.project_path, model, data_root, env),
                sigma=None if sigma == "auto" else sigma,
                strength=strength,
                compare=compare,
                device=device,
                threads=threads,
            )
            job = Job(found.files, recipe, int(most_megapixels * 1e6))
            outcome = denoise_files(job, folder, overwrite, say)
            if received:  # and a library caught it
                raise received[0]
    except (Exception, KeyboardInterrupt) as error:
        if not received and not isinstance(error, KeyboardInterrupt):
            message = explain(error)
            if message is None:
                raise
            raise click.ClickException(message) from error
        # A library may have raised its own error instead of the interrupt.
        interrupt = received[0] if received else Interrupted(signal.SIGINT)
        with suppress(OSError):  # the terminal may be closed
            click.echo(_interrupted(folder, overwrite), err=True)
        raise SystemExit(interrupt.code) from None
    finally:
        close_display()
    _finish(outcome, folder)


def _look(inputs: tuple[str, ...], output: Path | None) -> tuple[Found, Path]:
    """Find the pictures, and say where the outputs go."""
    from denoising_autoencoder.pictures.picture import SUFFIXES

    paths = expand_inputs(inputs, Path.cwd())
    folder = output_folder(output, paths[0])
    found = find_pictures(paths, SUFFIXES, folder)
    for sentence in found.left_out:
        say(sentence)
    say(f"{count_of(len(found.files))}, output folder: {shown(folder)}")
    return found, folder


def _models(
    project: Path, model: str | None, data: str | None, env: str | None
) -> Models:
    if model is None:
        return shipped_models()
    if Path(model).suffix == ".safetensors":  # in the folder of the command
        return for_all_pictures(read_model_file(Path(model)))
    entry = open_configuration(project, env, data)["catalog"]["models_for_pictures"]
    dataset = ModelsForPicturesDataset(
        model=model,
        filepath=absolute(entry["filepath"], project),
        path=str(Path.cwd()),
        verify=entry["verify"],
    )
    return dataset.load()


def _interrupted(folder: Path | None, overwrite: bool) -> str:
    where = f" and recorded in {shown(folder / FILE_NAME)}" if folder else ""
    again = (
        "The same command computes all pictures again"
        if overwrite
        else "Run the same command again for the others"
    )
    return f"Interrupted: every picture that was written is complete{where}. {again}."


def _finish(outcome: Outcome, folder: Path) -> None:
    """Say how the call ended.

    Raises:
        click.ClickException: A picture could not be denoised.
    """
    if outcome.pictures:
        say(
            f"{count_of(len(outcome.pictures))} in {shown(folder)}; {FILE_NAME} there "
            "says how each was made."
        )
    if outcome.failures:
        raise click.ClickException(outcome.report())
