"""`kedro torchrun`: one training on several processes, killed and interrupted too."""

from __future__ import annotations

import signal
from pathlib import Path

import psutil
import pytest

from benchmarks.studies import wire
from denoising_autoencoder.run.together import compare
from tests import processes
from tests.cli.artifacts import newest, sha256
from tests.cli.conftest import KEDRO, Kedro, Run
from tests.cli.test_interrupts import checkpoint_of, wait_until
from tests.processes import TIMEOUT

LANE = "resunet.micro_batch=4,resunet.threads=1,resunet.checkpoint_seconds=0.05"


def command(kedro: Kedro, *options: str, params: str = LANE) -> list[str]:
    """`kedro torchrun`, or the same run in one process without options."""
    run = kedro.command("--nodes=resunet.train", params=params)
    return [run[0], "torchrun", *options, *run[1:]] if options else run


@pytest.fixture(scope="session")
def in_one_process(kedro_anywhere, once, first_run) -> Run:
    """The training in one process."""

    def make(data: Path) -> Run:
        kedro = kedro_anywhere(data)
        copied = kedro.call(["cp", "-r", str(first_run.data), str(data)])
        assert copied.code == 0, copied.output
        return kedro.call(command(kedro))

    run = once("one process", make)
    assert run.code == 0, run.output
    return run


def started(kedro: Kedro, *options: str, params: str = LANE):
    """A training on two processes that has saved a checkpoint."""
    process = kedro.start(
        command(kedro, "--nproc-per-node", "2", *options, params=params)
    )
    wait_until(lambda: checkpoint_of(kedro.data), process)
    return process


def process_of(process, rank: int) -> psutil.Process:
    for child in psutil.Process(process.pid).children(recursive=True):
        if child.environ().get("RANK") == str(rank):
            return child
    raise LookupError(rank)


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 4])
def test_more_processes_make_the_same_artifacts(
    count, kedro_after_a_run, in_one_process
):
    kedro = kedro_after_a_run

    run = kedro.call(command(kedro, "--nproc-per-node", str(count)))

    assert run.code == 0, run.output
    assert newest(kedro.data) == newest(in_one_process.data)
    for one in ("model.safetensors", "history.csv"):
        lineages = [
            data.newest(f"06_models/resunet/{one}").with_name("lineage.json")
            for data in (run, in_one_process)
        ]
        assert sha256(lineages[0]) == sha256(lineages[1])
    assert run.output.count("ResUNet start: ") == 1
    assert run.output.count("Images: CIFAR-10 small") == 1  # the closing summary
    assert not checkpoint_of(kedro.data)


@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 1])
def test_a_killed_process_is_started_again_and_the_bits_are_the_same(
    rank, kedro_after_a_run, in_one_process
):
    kedro = kedro_after_a_run
    process = started(kedro, "--max-restarts", "1")

    process_of(process, rank).kill()
    output, _ = process.communicate(timeout=TIMEOUT)

    assert process.returncode == 0, output
    assert "ResUNet resumes from its checkpoint of step" in output
    assert newest(kedro.data) == newest(in_one_process.data)


@pytest.mark.slow
@pytest.mark.parametrize("rank", [0, 1])
def test_without_restarts_a_killed_process_ends_the_others_with_one_sentence(
    rank, kedro_after_a_run
):
    process = started(kedro_after_a_run, params=f"{LANE},resunet.steps=10000000")
    other = process_of(process, 1 - rank)

    process_of(process, rank).kill()
    output, _ = process.communicate(timeout=60)

    assert process.returncode == 1
    assert f"Error: Process {rank} was ended by SIGKILL, and with it the run" in output
    assert "Traceback" not in output
    assert not other.is_running()


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_an_interrupt_saves_a_checkpoint_and_leaves_nothing_running(
    kind, code, kedro_after_a_run
):
    kedro = kedro_after_a_run
    # The only checkpoint is that of the interrupt.
    rare = LANE.replace("=0.05", "=1000") + ",resunet.steps=10000000"
    process = kedro.start(command(kedro, "--nproc-per-node", "2", params=rare))
    assert process.stdout is not None
    assert any("ResUNet start" in line for line in process.stdout)
    ranks = [process_of(process, rank) for rank in (0, 1)]

    process.send_signal(getattr(signal, kind))
    output, _ = process.communicate(timeout=60)

    assert process.returncode == code, output
    assert output.count("Interrupted: every saved file is complete.") == 1
    assert "Traceback" not in output
    assert checkpoint_of(kedro.data)
    assert not any(rank.is_running() for rank in ranks)


@pytest.fixture
def two_hosts():
    reason = wire.missing()
    if reason:
        pytest.skip(reason)
    with wire.wire(bits_per_second=1e9, delay=0.001):
        yield


def on_host(host: int, kedro: Kedro, *options: str):
    """Start one host's part of a training on two hosts."""
    first, name, *rest = command(
        kedro,
        *("--nnodes", "2", "--nproc-per-node", "1", "--rdzv-backend", "c10d"),
        *("--rdzv-endpoint", f"{wire.ADDRESSES[0]}:29411", "--rdzv-id", "test"),
        # By itself torchrun asks the name of the machine, here a loopback address.
        *("--rdzv-conf", f"is_host={int(host == 0)}"),
        *("--local-addr", wire.ADDRESSES[host], *options),
    )
    return processes.start(
        wire.inside(host, [first, name, *rest]),
        cwd=kedro.project,
        env=wire.environment(kedro.environment()),
    )


@pytest.mark.slow
def test_two_hosts_start_again_together_and_the_bits_are_the_same(
    two_hosts, kedro_after_a_run, in_one_process
):
    kedro = kedro_after_a_run
    hosts = [on_host(host, kedro, "--max-restarts", "2") for host in (0, 1)]
    wait_until(lambda: checkpoint_of(kedro.data), hosts[0])
    (killed,) = psutil.Process(hosts[1].pid).children()

    killed.kill()
    outputs = [host.communicate(timeout=TIMEOUT)[0] for host in hosts]

    assert [host.returncode for host in hosts] == [0, 0], outputs
    assert "ResUNet resumes from its checkpoint of step" in "".join(outputs)
    assert newest(kedro.data) == newest(in_one_process.data)


@pytest.mark.slow
def test_a_mistake_is_one_sentence_though_restarts_are_left(kedro_after_a_run):
    run = kedro_after_a_run.call(
        command(
            kedro_after_a_run,
            *("--nproc-per-node", "2", "--max-restarts", "3"),
            params="resunet.micro_batch=16",
        )
    )

    assert run.code == 1
    assert run.output.count("Error: ") == 1
    assert "ResUNet has 1 micro-batch in a step, too few for 2 processes" in run.output
    assert "Traceback" not in run.output


def test_torchrun_runs_nothing_but_run(kedro):
    run = kedro.call([str(KEDRO), "torchrun", "--nproc-per-node", "2", "prune"])

    assert run.code == 2
    assert "followed by the command `run`" in run.output


def test_processes_with_other_packages_or_commands_are_refused():
    same = {"command": "run", "PyTorch": "2.14.1"}

    assert compare([same, dict(same)]) is None
    sentence = compare([same, dict(same), {**same, "PyTorch": "2.13.0"}])
    assert sentence is not None
    assert sentence.startswith(
        "Process 2 has another PyTorch than process 0 (2.13.0, not 2.14.1): "
    )
