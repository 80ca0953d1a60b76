"""What is in deploy/: the DAG that its template gives, and what the image holds."""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import dateutil.tz
import jinja2
import pytest
from kedro.framework.project import configure_project, pipelines

from denoising_autoencoder.artifacts.versions import is_version
from tests import processes

TEMPLATE = "deploy/airflow_dag.py.j2"


class Task:
    """A BashOperator that remembers what comes before it."""

    def __init__(self, task_id: str, bash_command: str) -> None:
        self.name, self.command = task_id, bash_command
        self.before: set[str] = set()

    def set_upstream(self, tasks: list[Task]) -> None:
        self.before = {task.name for task in tasks}

    def rendered(self, moment: datetime) -> str:
        """The command, as Airflow completes it for a run that is due at a moment."""
        return jinja2.Template(self.command).render(
            dag_run=SimpleNamespace(run_after=moment),
            macros=SimpleNamespace(dateutil=dateutil),
        )


class Dag:
    def __init__(self, **options: Any) -> None:
        self.options = options

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


@pytest.fixture
def dag_of(monkeypatch):
    """Executes the file of a DAG; its variables."""

    def execute(code: str) -> dict[str, Any]:
        for name, what in [
            ("airflow", {}),
            ("airflow.sdk", {"DAG": Dag}),
            *((f"airflow.{one}", {}) for one in ("providers", "providers.standard")),
            ("airflow.providers.standard.operators", {}),
            ("airflow.providers.standard.operators.bash", {"BashOperator": Task}),
        ]:
            module = ModuleType(name)
            vars(module).update(what)
            monkeypatch.setitem(sys.modules, name, module)
        variables: dict[str, Any] = {}
        exec(code, variables)
        return variables

    return execute


def check(dag: dict[str, Any], command: str) -> None:
    """The DAG has a task for each node, in order, and one version for all."""
    pipeline = pipelines["denoise"]
    before = {
        node.name: {one.name for one in needed}
        for node, needed in pipeline.node_dependencies.items()
    }
    assert {name: task.before for name, task in dag["tasks"].items()} == before
    # 13:30 in a zone that is an hour ahead.
    moment = datetime(2026, 1, 31, 13, 30, 0, 4999, timezone(timedelta(hours=1)))
    version = "2026-01-31T12.30.00.004Z"
    assert is_version(version)
    assert dag["tasks"]["dae.train"].rendered(moment) == (
        f"{command} run --pipelines=denoise --nodes=dae.train --env=test "
        f"--params='data_root=/srv/data,run_version={version}'"
    )
    midnight = dag["tasks"]["ae.score"].rendered(datetime(2026, 1, 31, tzinfo=UTC))
    assert "run_version=2026-01-31T00.00.00.000Z'" in midnight


def test_the_template_gives_a_task_for_each_node_and_one_version_for_all(
    project, dag_of
):
    """As kedro-airflow fills it in."""
    configure_project("denoising_autoencoder")
    loader = jinja2.FileSystemLoader(project)
    environment = jinja2.Environment(autoescape=True, loader=loader, lstrip_blocks=True)
    template = environment.get_template(TEMPLATE)
    given = {
        "package_name": "denoising_autoencoder",
        "pipeline_name": "denoise",
        "env": "test",
        "node_objs": pipelines["denoise"].group_nodes_by(None),
    }

    check(
        dag_of(template.render(given, data_root="/srv/data")), "denoising-autoencoder"
    )
    # Each machine would have a folder of its own.
    with pytest.raises(jinja2.UndefinedError, match="data_root"):
        template.render(given)


@pytest.mark.slow
def test_kedro_airflow_writes_the_dag(project, dag_of, tmp_path):
    pytest.importorskip("kedro_airflow", reason="kedro-airflow is not installed")
    configure_project("denoising_autoencoder")
    command = [
        *(sys.executable, "-m", "kedro", "airflow", "create", "--pipelines=denoise"),
        *("--env=test", f"--jinja-file={project / TEMPLATE}"),
        f"--target-dir={tmp_path}",
        "--params=data_root=/srv/data,command=docker run image",
    ]

    done = processes.run(command, cwd=project)

    assert done.returncode == 0, done.stdout
    (file,) = tmp_path.glob("*.py")
    check(dag_of(file.read_text()), "docker run image")


def copied(dockerfile: str) -> list[str]:
    """What is copied into the image from the clone."""
    lines = re.findall(r"^COPY (?!--from)(.+) \S+$", dockerfile, re.M)
    return [name for line in lines for name in line.split()]


def test_the_image_is_built_from_files_that_exist_and_are_sent(project):
    ignore = (project / "deploy/Dockerfile.dockerignore").read_text().splitlines()
    sent = {line[1:] for line in ignore if line.startswith("!")}
    names = copied((project / "deploy/Dockerfile").read_text())

    assert [name for name in names if not (project / name).exists()] == []
    assert "*" in ignore
    assert sent == set(names)


def test_the_image_has_the_pytorch_that_the_project_is_tested_with(project):
    def pins(file: str) -> set[str]:
        text = Path(project, file).read_text()
        return set(re.findall(r"\btorch(?:vision)?==[\d.]+\b", text))

    assert len(pins("deploy/Dockerfile")) == 2
    assert pins("deploy/Dockerfile") == pins("constraints.txt") == pins("README.md")
