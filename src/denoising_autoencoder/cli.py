"""The project's own commands: `kedro denoise`, `kedro prune`, and a plainer run."""

from __future__ import annotations

import time
from collections import defaultdict
from pathlib import Path

import click
from kedro.config import MissingConfigException
from kedro.framework.startup import ProjectMetadata

from denoising_autoencoder.artifacts import prune
from denoising_autoencoder.artifacts.stores import store_of
from denoising_autoencoder.datasets.places import read_places
from denoising_autoencoder.errors import ProjectError
from denoising_autoencoder.run.command import DataRoot, PlainCommand, run
from denoising_autoencoder.run.configuration import data_root as configured_data_root
from denoising_autoencoder.run.configuration import open_configuration
from denoising_autoencoder.run.denoise import denoise_command
from denoising_autoencoder.run.launch import torchrun_command

_MOST = 20
"""Number of files of others that are named."""


@click.group(name="denoising_autoencoder")
def cli() -> None:
    """Commands of this project."""


cli.add_command(run)
cli.add_command(denoise_command)
cli.add_command(torchrun_command)


@cli.command("prune", cls=PlainCommand)
@click.option(
    "--keep",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="Number of newest versions of each artifact that stay.",
)
@click.option("--yes", is_flag=True, help="Remove them, instead of only listing them.")
@click.option(
    "--data-root",
    type=DataRoot(),
    help="Folder of all artifacts, if it is not the configured one; or s3://bucket/path.",
)
@click.option("--env", "-e", envvar="KEDRO_ENV", help="Environment of the folder.")
@click.pass_obj
def prune_command(
    metadata: ProjectMetadata,
    keep: int,
    yes: bool,
    data_root: str | None,
    env: str | None,
) -> None:
    """Remove old versions of artifacts.

    What the kept versions were made from is kept too, and so are files that no run of
    this project saved, and everything behind links. Nothing is removed without --yes.
    Do not prune while a run goes on.
    """
    project = metadata.project_path
    try:
        loader = open_configuration(project, env, data_root)
        root = configured_data_root(loader, project)
        store = store_of(root)
        with store.structure(store.here(root), lineages=True) as seen:
            places = read_places(loader["catalog"], project, seen.root, root)
            plan = prune.plan(places, keep, time.time(), seen.unfinished)
    except (ProjectError, MissingConfigException) as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(
            f"{error.filename} cannot be read ({error.strerror}), so nothing was "
            "removed: give access and prune again."
        ) from error
    try:
        for path in [*plan.versions, *plan.leftovers] if yes else []:
            store.remove(store.here(root) / path.relative_to(places.root))
    except ProjectError as error:
        raise click.ClickException(str(error)) from error
    except OSError as error:
        raise click.ClickException(
            f"{error.filename or root} cannot be removed "
            f"({error.strerror or error}): give access and prune again."
        ) from error
    for line in _describe(plan, places.root, root, keep, yes):
        click.echo(line)


def _describe(
    plan: prune.Plan, data: Path, shown: str, keep: int, yes: bool
) -> list[str]:
    """The lines that say what goes, or has gone, and what is left alone."""
    if not plan.kept and not plan.versions and not plan.leftovers:
        return [f"There are no versions in {shown}.", *_name_left_alone(plan, data)]
    kept = f"{plan.kept} versions stay: the newest {keep} of each artifact in {shown}"
    lines = [f"{kept}, and what they were made from.", *_name_left_alone(plan, data)]
    if not plan.versions and not plan.leftovers:
        return [*lines, "Nothing to remove."]
    by_artifact = defaultdict(list)
    for folder in plan.versions:
        by_artifact[folder.parent.relative_to(data).as_posix()].append(folder.name)
    lines.append("Removed:" if yes else "These would go:")
    for name, found in by_artifact.items():
        lines += [f"  {name}", *(f"    {version}" for version in found)]
    lines += [f"  {path.relative_to(data)} (left over)" for path in plan.leftovers]
    count = f"{len(plan.versions)} versions and {len(plan.leftovers)} leftovers"
    lines.append(f"{count}, {plan.freed / 1e6:,.1f} MB.")
    if not yes:
        lines.append("Nothing is removed yet: add --yes (with make: YES=1).")
    return lines


def _name_left_alone(plan: prune.Plan, data: Path) -> list[str]:
    """The lines that say what is not this project's."""
    if not plan.left_alone:
        return []
    shown = [f"  {path.relative_to(data)}" for path in plan.left_alone[:_MOST]]
    more = len(plan.left_alone) - len(shown)
    return [
        "Left alone, since no run of this project saved it there:",
        *shown,
        *([f"  and {more:,} more"] if more else []),
    ]
