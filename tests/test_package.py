"""The package as others install it: what is in it, and its command outside a clone."""

from __future__ import annotations

import os
import re
import shutil
import site
import socket
import sys
import tomllib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

import click
import numpy as np
import pytest
import yaml
from kedro.framework.startup import bootstrap_project
from PIL import Image

from denoising_autoencoder import __version__
from denoising_autoencoder.run.session import CleanSession
from tests.inference.models import BRIGHTER, save_model
from tests.processes import run


@dataclass(frozen=True)
class Environment:
    """A virtual environment with the installed wheel and nothing of the clone.

    Attributes:
        scripts: Folder of its commands.
    """

    scripts: Path

    def call(self, command: str, folder: Path) -> CompletedProcess[str]:
        """Call a command in a shell, as a user does who activated the environment."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "KEDRO", "MLFLOW"))
        }
        changed = {
            "PATH": f"{self.scripts}{os.pathsep}{os.environ['PATH']}",
            "COLUMNS": "100",
            "CUDA_VISIBLE_DEVICES": "",
        }
        return run(command, shell=True, cwd=folder, env=kept | changed)


@pytest.fixture(scope="module")
def wheel(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the source distribution, built from a copy of a clone."""
    folder = tmp_path_factory.mktemp("package")
    clone = folder / "clone"
    for name in ("conf", "src"):
        without = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(project / name, clone / name, ignore=without)
    for name in ("pyproject.toml", "setup.py", "MANIFEST.in", "README.md", "LICENSE"):
        shutil.copy(project / name, clone)
    (clone / "conf/local/globals.yml").write_text("data_root: /home/me/secret\n")
    build = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder)]
    done = run([*build, str(clone)])
    assert done.returncode == 0, done.stdout
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """The wheel in an environment that has what it depends on."""
    folder = tmp_path_factory.mktemp("environment")
    create = [sys.executable, "-m", "venv", "--without-pip", str(folder)]
    run(create).check_returncode()
    python = folder / "bin/python"
    ask = [python, "-c", "import site; print(site.getsitepackages()[0])"]
    own = Path(run(ask).stdout.strip())
    # As plain paths, so that the .pth file of an editable install is not read.
    others = [path for path in sys.path if Path(path).name == "site-packages"]
    (own / "dependencies.pth").write_text("\n".join([*site.getsitepackages(), *others]))
    install = [sys.executable, "-m", "pip", "--python", str(python), "install"]
    # The dependencies may hold an editable install of the same version.
    options = ["--quiet", "--no-deps", "--no-index", "--ignore-installed"]
    run([*install, *options, wheel]).check_returncode()
    return Environment(folder / "bin")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a few images, inside the project of somebody else."""
    kedro = {"package_name": "other", "project_name": "Other"}
    lines = [f'{key} = "{value}"' for key, value in kedro.items()]
    (tmp_path / "pyproject.toml").write_text("\n".join(["[tool.kedro]", *lines]))
    here = tmp_path / "here"
    here.mkdir()
    pixels = np.random.default_rng(0).integers(0, 256, (46, 32, 32, 3), np.uint8)
    np.savez(here / "mine.npz", train_images=pixels[:40], test_images=pixels[40:])
    return here


def files_below(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and not {"__pycache__", "local"} & set(path.parts)
    }


@pytest.mark.slow
def test_the_wheel_holds_the_package_and_the_configuration_and_nothing_of_the_user(
    project, wheel
):
    package = "denoising_autoencoder"
    modules = files_below(project / "src" / package)
    conf = files_below(project / "conf")
    assert {"py.typed", "page/page.css", "page/page.html.jinja"} <= modules

    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if ".dist-info/" not in name}

    expected = {f"{package}/{name}" for name in modules}
    expected |= {f"{package}/conf/{name}" for name in conf}
    assert names == expected | {f"{package}/conf/local/.gitkeep"}


@pytest.mark.slow
def test_the_installed_command_denoises_outside_a_clone(project, environment, folder):
    where = environment.call(
        "python -c 'import denoising_autoencoder as d; print(d.__file__)'", folder
    )
    assert where.stdout.startswith(str(environment.scripts.parent))
    listed = environment.call("python -m denoising_autoencoder registry list", folder)
    assert yaml.safe_load(listed.stdout)[:2] == ["__default__", "baselines"]

    # A file where a folder should be ends the run in its middle.
    (folder / "data").mkdir()
    obstacle = folder / "data/05_model_input"
    obstacle.touch()
    params = "--params=images.source=npz,images.path=mine.npz"
    command = f"denoising-autoencoder run --pipelines=denoise --env=test {params}"
    stopped = environment.call(command, folder)
    assert stopped.returncode == 1
    assert "Traceback" not in stopped.stdout
    obstacle.unlink()
    (resume,) = re.findall(r"^  (denoising-autoencoder run .*)$", stopped.stdout, re.M)
    finished = environment.call(resume, folder)

    assert finished.returncode == 0, finished.stdout
    assert "Test metrics · mine, 6 images" in finished.stdout
    assert "Using '" not in finished.stdout  # the packaged logging.yml is in force
    for name in ("06_models/dae/model.safetensors", "08_reporting/report.html"):
        assert list((folder / "data" / name).iterdir())
    assert {path.name for path in folder.iterdir()} == {"data", "mine.npz"}
    pruned = environment.call("denoising-autoencoder prune", folder)
    assert f"in {folder / 'data'}" in pruned.stdout


@pytest.mark.slow
@pytest.mark.parametrize(
    "command", ["denoising-autoencoder", "python -m denoising_autoencoder"]
)
def test_the_installed_command_sends_nothing_and_leaves_nothing_at_home(
    command, environment, folder, tmp_path
):
    home = tmp_path / "home"
    home.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        address = f"http://127.0.0.1:{proxy.getsockname()[1]}"
        proxies = f"HTTP_PROXY={address} HTTPS_PROXY={address}"
        params = "--params=images.source=npz,images.path=mine.npz"
        done = environment.call(
            f"HOME={home} XDG_CONFIG_HOME={home} {proxies} {command} run "
            f"--to-outputs=image_info --env=test {params}",
            folder,
        )
        proxy.settimeout(0)

        assert done.returncode == 0, done.stdout
        with pytest.raises(BlockingIOError):  # nobody is waiting
            proxy.accept()
    assert list(home.iterdir()) == []
    assert {path.name for path in folder.iterdir()} == {"data", "mine.npz"}


@pytest.mark.slow
def test_the_installed_command_denoises_pictures(environment, folder):
    save_model(folder / "tiny.safetensors")
    pixels = np.random.default_rng(0).integers(20, 200, (40, 60, 3), np.uint8)
    Image.fromarray(pixels).save(folder / "a.png")
    (folder / "b.png").write_text("no picture")

    done = environment.call(
        "denoising-autoencoder denoise *.png 'c*.png' --model=tiny.safetensors", folder
    )
    Image.fromarray(pixels).save(folder / "c.png")
    again = environment.call(
        "denoising-autoencoder denoise a.png 'c*.png' --model=tiny.safetensors", folder
    )

    assert done.returncode == 1
    assert done.stdout == "Error: There is no c*.png: name a file or a folder.\n"
    assert again.returncode == 0, again.stdout
    assert "Traceback" not in again.stdout
    with Image.open(folder / "denoised/c.png") as denoised:
        assert (np.asarray(denoised) == pixels + BRIGHTER).all()
    assert sorted(path.name for path in (folder / "denoised").iterdir()) == [
        *("a.png", "c.png", "denoised.json"),
    ]


@pytest.mark.slow
def test_a_mistake_with_the_installed_command_is_one_sentence(environment, folder):
    done = environment.call("denoising-autoencoder run --params=noise.std=-1", folder)

    assert done.returncode == 1
    assert done.stdout == (
        "Error: Nothing was run: noise.std = -1: input should be greater than 0.\n"
    )


def test_no_session_sends_usage_data(project, tmp_path):
    bootstrap_project(project)

    with CleanSession.create(tmp_path) as session:
        modules = {
            type(plugin).__module__ for plugin in session._hook_manager.get_plugins()
        }

    assert "kedro_viz.integrations.kedro.hooks" in modules
    assert not {name for name in modules if name.startswith("kedro_telemetry")}


def test_what_states_the_version_and_the_licence_agrees(project):
    citation = yaml.safe_load((project / "CITATION.cff").read_text())
    metadata = tomllib.loads((project / "pyproject.toml").read_text())["project"]

    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == __version__
    assert citation["license"] == metadata["license"] == "MIT"
    assert citation["title"] == metadata["name"]


def test_the_index_of_the_documentation_has_every_page(project):
    index = (project / "docs/README.md").read_text()
    pages = {path.name for path in (project / "docs").glob("*.md")} - {"README.md"}

    assert set(re.findall(r"\| \[([^]]+)\]\(\1\) \|", index)) == pages


def test_pre_commit_runs_what_make_lint_runs(project):
    recipe = re.search(
        r"^lint:.*\n((?:\t.*\n)+)", (project / "Makefile").read_text(), re.M
    )
    commands = recipe[1].replace("$(BIN)", ".venv/bin").splitlines()
    hooks = yaml.safe_load((project / ".pre-commit-config.yaml").read_text())["repos"]

    assert [repo["repo"] for repo in hooks] == ["local"]
    entries = [hook["entry"] for hook in hooks[0]["hooks"]]
    assert entries == [command.strip() for command in commands]
    for hook in hooks[0]["hooks"]:
        assert hook["language"] == "system"
        assert hook["pass_filenames"] is False


def test_a_session_of_a_command_is_in_the_folder_of_the_command(project, tmp_path):
    metadata = bootstrap_project(project)._replace(project_path=tmp_path)

    with click.Context(click.Command("run"), obj=metadata), CleanSession.create() as s:
        assert s.load_context().project_path == tmp_path
