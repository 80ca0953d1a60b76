"""A forked `kedro` answers as it does when a shell starts it."""

from __future__ import annotations

import signal
import subprocess
from importlib import import_module

import pytest

from tests.cli import warm

pytestmark = pytest.mark.skipif(not warm.can_fork(), reason="for Linux")


@pytest.mark.slow
@pytest.mark.parametrize("arguments", [["registry", "list"], ["run", "--env"]])
def test_output_and_exit_code_are_those_of_a_cold_call(kedro, arguments):
    command = [*kedro.command()[:1], *arguments]

    forked, cold = kedro.call(command), kedro.call(command, cold=True)

    assert (forked.code, forked.output) == (cold.code, cold.output)


def test_a_process_that_does_not_end_can_be_killed(kedro):
    command = kedro.command("--pipelines=denoise", params=kedro.images())

    process = warm.Forked(command, kedro.project, kedro.environment())

    with pytest.raises(subprocess.TimeoutExpired):
        process.communicate(timeout=0.3)

    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL


@pytest.mark.filterwarnings("ignore:'BaseCommand' is deprecated:DeprecationWarning")
def test_everything_that_is_imported_ahead_exists():
    for name in warm.IMPORTED:
        import_module(name)
