"""The command `denoising-autoencoder`, which needs no clone of the project.

`python -m denoising_autoencoder` is the same command.
"""

from __future__ import annotations

import os
from pathlib import Path

from denoising_autoencoder.run.configuration import configuration_folder

_NAME = "denoising_autoencoder"


def main() -> None:
    """Run a subcommand in the folder in which the command is called.

    Relative paths start in that folder: `data`, and the parameter `images.path`. The
    configuration is the packaged one unless `--conf-source` names another.
    """
    logging_file = configuration_folder() / "logging.yml"
    os.environ.setdefault("KEDRO_LOGGING_CONFIG", str(logging_file))
    # Kedro reads the variable when it is imported.
    import click
    import kedro
    from kedro.framework.cli.registry import registry
    from kedro.framework.project import configure_project
    from kedro.framework.startup import ProjectMetadata

    from denoising_autoencoder import __version__
    from denoising_autoencoder.cli import cli
    from denoising_autoencoder.terminal.output import unbreakable_output

    configure_project(_NAME)
    here = Path.cwd()
    project = ProjectMetadata(
        config_file=here / "pyproject.toml",
        package_name=_NAME,
        project_name=_NAME,
        project_path=here,
        source_dir=Path(__file__).parents[1],
        kedro_init_version=kedro.__version__,
        tools=[],
        example_pipeline="False",
    )
    pipelines = click.Group(
        "registry",
        commands={"list": registry.commands["list"]},
        help="Show the registered pipelines.",
    )
    commands = click.Group(
        "denoising-autoencoder",
        commands={**cli.commands, "registry": pipelines},
        help="Train, judge and use image autoencoders.",
    )
    click.version_option(__version__)(commands)
    with unbreakable_output():
        commands(obj=project)


if __name__ == "__main__":
    main()
