"""`python -m denoising_autoencoder`: `kedro run` for the installed package."""

from __future__ import annotations

from pathlib import Path

from kedro.framework.project import configure_project

from denoising_autoencoder.run.command import run


def main() -> None:
    """Run the project's default pipeline, with the options of `kedro run`."""
    configure_project(Path(__file__).parent.name)
    run()


if __name__ == "__main__":
    main()
