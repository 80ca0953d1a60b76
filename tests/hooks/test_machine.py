"""The lines that name the machine and the expected time."""

from __future__ import annotations

import logging
import threading
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Pipeline

from denoising_autoencoder.hooks import MachineHooks, machine
from denoising_autoencoder.lanes import lanes_of
from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.pipelines import lanes
from denoising_autoencoder.trainer import step_time

LANES = lanes.create_pipeline(lanes_of("denoise"))
TRAINING = LANES.only_nodes_with_tags("training")


@pytest.fixture
def told(monkeypatch, caplog):
    """What is logged on two cores on which a step takes 2 ms an image."""
    monkeypatch.setattr(machine, "available_cores", lambda: 2)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx2": True})
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for name in ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(
        step_time, "measure_step", lambda *given: 0.002 * given[2].batch_size
    )
    caplog.set_level(logging.INFO, logger="denoising_autoencoder")
    return caplog


def blocks(project, **changes: Any) -> dict[str, dict[str, Any]]:
    """The parameters of each lane, with the same changes in all."""
    lanes = yaml.safe_load((project / "conf/base/parameters_lanes.yml").read_text())
    # Eight parts.
    lanes["resunet"] |= {"batch_size": 64, "micro_batch": 8}
    lanes["resunet"] |= {"options": {"widths": [4, 8]}}
    return {
        name: LaneParameters(**{**block, **changes}) for name, block in lanes.items()
    }


def begin(
    pipeline: Pipeline,
    parameters: dict[str, Any],
    *done: str,
    only_missing: bool = False,
    wait: bool = True,
) -> MachineHooks:
    """Begin a run; some datasets exist. Wait until the machine is named."""
    values = {f"params:{name}": block for name, block in parameters.items()}
    catalog = DataCatalog(
        {
            **{name: MemoryDataset(value) for name, value in values.items()},
            **{name: MemoryDataset("saved") for name in done},
            **{name: MemoryDataset() for name in pipeline.all_outputs() - set(done)},
        }
    )
    hooks = MachineHooks()
    run_params = {"only_missing_outputs": only_missing}
    hooks.before_pipeline_run(run_params, pipeline, catalog)
    if wait and hooks._naming:
        hooks._naming.join()
    return hooks


def train(hooks: MachineHooks, lane: str, train: tuple[int, ...], validation: int):
    (node,) = (node for node in TRAINING.nodes if node.namespace == lane)
    images = np.empty((*train, 3), np.float16)
    inputs = {"train_images": images, "validation_images": images[:validation]}
    hooks.before_node_run(node, inputs)


def test_a_run_that_trains_begins_with_the_machine_and_the_expected_time(told, project):
    hooks = begin(LANES, blocks(project, steps=1000, validation_interval=1000))
    assert told.messages == ["Machine: 2 cores (AVX2)"]

    train(hooks, "ae", (9_000, 32, 32), 1_000)
    train(hooks, "dae", (9_000, 32, 32), 1_000)

    _, line = told.messages
    # The ResUNet: 1,000 steps of 128 ms, and 2,000 images that are validated on two
    # cores, which cost 0.4 of 2 ms each: 130 s. The report's network: 1,000 steps of
    # 32 ms on one core, and the validation, which costs half as much: 33 s. The six
    # other nodes: some seconds.
    assert line == (
        "Expected here: about 3 min in all "
        "(AE about 35 s, DAE about 35 s, ResUNet about 2 min)"
    )


@pytest.mark.parametrize(
    ("changes", "minutes"),
    [
        ({}, 2),
        ({"steps": 2000}, 4),
        ({"epochs": 0.64, "steps": 1}, 2),
        ({"validation_interval": 4}, 5),
        ({"validation_interval": 4, "micro_batch": None}, 4),
    ],
)
def test_the_estimate_counts_what_is_to_be_computed(told, project, changes, minutes):
    recipe = {"steps": 1000, "validation_interval": 1000, **changes}
    whole = blocks(project)
    whole["resunet"] = whole["resunet"].model_copy(update=recipe)
    only = TRAINING.only_nodes("resunet.train")

    train(begin(only, whole), "resunet", (100_000, 32, 32), 1_000)

    assert told.messages[-1].endswith(f"(ResUNet about {minutes} min)")


def test_nothing_is_said_after_a_run_that_failed(told, project, monkeypatch):
    failed = threading.Event()
    words = "denoising_autoencoder.compute.machine.describe_machine"
    monkeypatch.setattr(words, lambda *_: str(failed.wait(20)))
    hooks = begin(LANES, blocks(project), wait=False)

    hooks.on_pipeline_error()
    failed.set()
    hooks._naming.join()

    assert told.messages == []


def test_a_run_that_trains_nothing_says_nothing(told, project):
    reporting = LANES.only_nodes_with_tags("reporting")

    hooks = begin(reporting, blocks(project))
    hooks.before_node_run(reporting.nodes[0], {})

    assert told.messages == []


def test_trainings_whose_outputs_exist_are_not_counted_if_only_missing_ones_are_made(
    told, project
):
    outputs = {one.namespace: one.outputs for one in TRAINING.nodes}
    parameters = blocks(project)

    begin(TRAINING, parameters, *TRAINING.all_outputs(), only_missing=True)
    assert told.messages == []

    done = [*outputs["ae"], *outputs["dae"]]
    hooks = begin(TRAINING, parameters, *done, only_missing=True)
    train(hooks, "resunet", (100, 32, 32), 10)
    assert told.messages[0] == "Machine: 2 cores (AVX2)"
    assert "(ResUNet about " in told.messages[1]


@pytest.mark.parametrize(
    ("changes", "size"),
    [
        ({"steps": 99}, (32, 32)),
        ({"batch_size": 101}, (32, 32)),
        ({"network": "report", "options": {}}, (4, 4)),
        ({"network": "report", "options": {"channels": 1}}, (32, 32)),
    ],
)
def test_what_is_short_or_refused_has_no_estimate(told, project, changes, size):
    """The training itself says what does not fit."""
    hooks = begin(TRAINING, blocks(project, **changes))

    train(hooks, "ae", (100, *size), 10)

    assert told.messages == ["Machine: 2 cores (AVX2)"]


def test_a_gpu_is_named_and_not_estimated(told, project, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda _: "NVIDIA H100")

    train(begin(TRAINING, blocks(project)), "ae", (100, 32, 32), 10)

    assert told.messages == ["Machine: NVIDIA H100, 2 cores (AVX2)"]


def test_pytorch_is_imported_while_the_first_nodes_prepare_the_images(
    told, project, monkeypatch
):
    may_go_on = threading.Event()

    def machine_in_words(*_: object) -> str:
        assert may_go_on.wait(20)
        return "2 cores"

    monkeypatch.setattr(
        "denoising_autoencoder.compute.machine.describe_machine", machine_in_words
    )
    hooks = begin(LANES, blocks(project), wait=False)

    assert told.messages == []  # the first nodes do not wait
    may_go_on.set()
    train(hooks, "ae", (100, 32, 32), 10)  # the training does
    assert told.messages[0] == "Machine: 2 cores"


def test_what_the_machine_lacks_is_the_trainings_to_report(told, project):
    begin(TRAINING, blocks(project, device="cuda"))

    assert told.messages == []
