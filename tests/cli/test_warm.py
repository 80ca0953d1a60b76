"""A forked `kedro` answers as one from a shell does."""

from __future__ import annotations

import subprocess
from importlib import import_module

import pytest

from tests.cli import warm

pytestmark = pytest.mark.skipif(not warm.can_fork(), reason="for Linux")


@pytest.mark.parametrize(
    "arguments", [["registry", "list"], ["registry", "--nonsense"], ["run", "--env"]]
)
def test_output_and_exit_code_are_those_of_a_cold_call(kedro, arguments):
    command = [*kedro.command()[:1], *arguments]

    forked, cold = kedro.call(command), kedro.call(command, cold=True)

    assert (forked.code, forked.output) == (cold.code, cold.output)


def test_a_call_that_does_not_end_is_ended(kedro):
    command = kedro.command("--pipelines=denoise", params=kedro.images())

    with pytest.raises(subprocess.TimeoutExpired):
        warm.call(command, kedro.project, kedro.environment(), timeout=0.3)


@pytest.mark.parametrize("name", warm.IMPORTED)
def test_everything_that_is_imported_ahead_exists(name):
    import_module(name)
