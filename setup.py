"""What pyproject.toml cannot say: the package is installed with its configuration."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

CONF = Path("conf")


class BuildWithConfiguration(build_py):
    """Copies conf/ into the package. The contents of conf/local are the user's own."""

    def run(self) -> None:
        """Build as setuptools does, then copy; a clone needs no copy."""
        super().run()
        if self.editable_mode:
            return
        target = Path(self.build_lib, "denoising_autoencoder", CONF)
        shutil.copytree(
            CONF, target, ignore=shutil.ignore_patterns("local"), dirs_exist_ok=True
        )
        local = target / "local"  # Kedro requires the folder of every environment
        local.mkdir(exist_ok=True)
        (local / ".gitkeep").touch()


setup(cmdclass={"build_py": BuildWithConfiguration})
