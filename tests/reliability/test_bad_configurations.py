"""Mistakes in a configuration, and what the messages say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from omegaconf import OmegaConf

from denoising_autoencoder.errors import ParameterError
from denoising_autoencoder.parameters import check_parameters

MISSING = object()

# Changes to conf/base, as YAML or as a dictionary where YAML cannot express them; and
# words of the message.
BAD_CONFIGURATIONS = [
    # Unknown names
    (
        "zzz: 1",
        ["unknown parameter zzz ", "known: data_root, verify, seed, images, split"],
    ),
    ("Noise: {std: 1}", ["unknown parameter Noise ", "did you mean noise?"]),
    ("std: 0.1", ["unknown parameter std ", "did you mean noise.std?"]),
    ("steps: 9", ["unknown parameter steps ", "did you mean tuning.steps or ae.steps"]),
    ("noise: {sigma: 1}", ["noise.sigma ", "known: kind, std, clamp"]),
    ("noise: {seed: 1}", ["noise.seed ", "did you mean seed or tuning.seed or"]),
    (
        "dae: {learningRate: 1}",
        ["dae.learningRate ", "did you mean dae.learning_rate?"],
    ),
    ({"dae": {None: 9}}, ["unknown parameter dae.None ", "known: steps, epochs"]),
    ("1: 2", ["unknown parameter 1 ", "known: data_root, verify, seed, images, split"]),
    ('"a\\nb": 1', [r"unknown parameter 'a\nb' ", "known: data_root, verify, seed"]),
    ("baselines: {methods: {bm4d: null}}", ["did you mean baselines.methods.bm3d?"]),
    (
        "baselines: {methods: {tv: {weights: [1.0]}}}",
        ["did you mean baselines.methods.tv.weight_factor?"],
    ),
    # A block is expected, or something is missing
    (None, ["the configuration = null", "a block of data_root, verify, seed, images"]),
    ("images: npz", ["images = 'npz'", "a block of source, path, name"]),
    ("noise: []", ["noise = []", "a block of kind, std, clamp"]),
    ("ae: null", ["ae = null", "a block of steps, epochs, batch_size"]),
    ("baselines: {methods: {tv: [1.0]}}", ["should be a block of weight_factor"]),
    ({"noise": MISSING}, ["parameter noise is missing: add it"]),
    ({"ae": {"steps": MISSING}}, ["parameter ae.steps is missing: add it"]),
    ("noise: {clamp: null}", ["parameter noise.clamp is missing"]),
    # Of another type
    ("seed: true", ["seed = true", "valid integer"]),
    ("seed: 7.0", ["seed = 7.0", "valid integer"]),
    ({"seed": dt.date(2026, 1, 1)}, ["datetime.date(2026, 1, 1)", "valid integer"]),
    ("data_root: null", ["data_root = null", "valid string"]),
    ("noise: {std: '0.1'}", ["noise.std = '0.1'", "valid number"]),
    ("noise: {std: [0.1, 0.2]}", ["noise.std = [0.1, 0.2]", "valid number"]),
    ("noise: {clamp: 'yes'}", ["noise.clamp = 'yes'", "valid boolean"]),
    ({"ae": {"steps": "9" * 5000}}, ["ae.steps = '999", "9...: ", "valid integer"]),
    # Out of bounds
    ("seed: -1", ["seed = -1", "greater than or equal to 0"]),
    ({"seed": 2**64}, ["seed = 18446744073709551616", "equal to 18446744073709551615"]),
    ({"seed": 2**20000}, ["seed = a number of thousands of digits", "less than or eq"]),
    ({"noise": {"std": 10**400}}, ["noise.std = 1000000", "0...: ", "valid number"]),
    ("noise: {std: 0}", ["noise.std = 0:", "greater than 0"]),
    ("noise: {std: 2.01}", ["noise.std = 2.01", "less than or equal to 2"]),
    ("noise: {std: .nan}", ["noise.std = nan", "finite number"]),
    ("ae: {learning_rate: -.inf}", ["ae.learning_rate = -inf", "finite number"]),
    ("ae: {momentum: 1}", ["ae.momentum = 1:", "less than 1"]),
    ("reporting: {sigmas: []}", ["reporting.sigmas = []", "at least 2 items"]),
    ("reporting: {sigmas: [0.1, 0]}", ["reporting.sigmas.1 = 0", "greater than 0"]),
    ("baselines: {methods: {tv: {weight_factor: []}}}", ["[]: list should have at le"]),
    ("baselines: {methods: {tv: {weight_factor: [0.0]}}}", ["weight_factor.0 = 0.0: "]),
    # Texts
    ("data_root: ''", ["data_root = ''", "at least 1 character"]),
    ("ae: {title: ' '}", ["ae.title = ' '", "one line of visible characters"]),
    ('ae: {title: "two\\nlines"}', [r"ae.title = 'two\nlines'", "one line"]),
    ({"ae": {"title": "x" * 256}}, ["ae.title = 'xxx", "at most 255 characters"]),
    ({"ae": {"title": "\ud800"}}, [r"ae.title = '\ud800'", "valid string"]),
    ("data_root: ~/x", ["data_root = '~/x'", "written out, without ~"]),
    ("data_root: 'file:/x'", ["data_root should be a folder, or s3://bucket/path"]),
    ("data_root: gs://bucket/x", ["no other addresses are supported"]),
    ("data_root: s3://me:secret@bucket/x", ["should not hold an access key"]),
    ("data_root: s3://UPPER/x", ["with a bucket of 3 to 63 lower-case letters"]),
    ("data_root: s3://bucket/../x", ["should be s3://bucket/path, with"]),
    # None of the choices
    ("images: {source: CIFAR10}", ["'auto', 'cifar10', 'sample', 'npz' or 'folder'"]),
    ("noise: {kind: poisson}", ["noise.kind = 'poisson'", "'gaussian'"]),
    ("ae: {network: [report]}", ["ae.network = ['report']", "'report'"]),
    ("compared_lane: vae", ["compared_lane = 'vae'", "'ae', 'dae', 'resunet'"]),
    ("baselines: {methods: {median: {size: [4]}}}", ["size.0 = 4", "3, 5, 7 or 9"]),
    # Options of the network
    ("ae: {options: null}", ["ae.options = null", "valid dictionary"]),
    ("ae: {options: {layer: 3}}", ["network report: ", "did you mean layers?"]),
    ("ae: {options: {layers: 0}}", ["layers = 0", "or equal to 1"]),
    ("ae: {options: {'{}': 0}}", ["unknown parameter {}", "known: channels, layers"]),
    ("resunet: {options: {widths: ['32', 64]}}", ["widths.0 = '32'", "valid integer"]),
    ("resunet: {options: {widths: [8]}}", ["widths names 1 levels and blocks 2"]),
    (
        "ae: {options: {linear_start: true, batch_norm: true}}",
        ["ae.options", "linear_start is made by biases"],
    ),
    # A parameter of an earlier release, whatever its value
    *(
        (
            f"resunet: {{ema_half_life: {value}}}",
            ["resunet.ema_half_life left in 0.2", "gained nothing", ": remove it"],
        )
        for value in ("0.05", "0", "null")
    ),
    # Contradictions
    ("reporting: {sigmas: [0.2, 0.1]}", ["reporting.sigmas", "larger than the last"]),
    ("ae: {title: DAE}", ["ae.title and dae.title are both 'DAE'"]),
    ("ae: {title: Noisy input}", ["ae.title is 'Noisy input'", "choose another"]),
    ("baselines: {example: 501}", ["baselines.example is 501", "only 500 images"]),
    ("images: {source: npz, path: ''}", ["images.source=npz needs images.path"]),
    ("images: {path: a.npz}", ["images.path", "with images.source=auto leave them"]),
    ("images: {source: sample, name: x}", ["images.name", "images.source=sample"]),
    (
        "images: {tile: 32}",
        ["auto does not take images.tile, only images.source=fo"],
    ),
    ("images: {channels: 2}", ["images.channels = 2", "3 or 1"]),
    # Several mistakes
    (
        {"ae": None, "images": {"source": "npz"}, "split": MISSING, "noise": []},
        [
            "4 parameters are wrong",
            "- ae = null: ",
            "- images.source=npz needs images.path",
            "- parameter split is missing",
            "- noise = []: ",
        ],
    ),
    (
        "{ae: {lr: 1, network: unet, options: {x: 1}}, dae: {device: 0}, nois: 1}",
        [
            "4 parameters are wrong",
            "- unknown parameter ae.lr",
            "- ae.network = 'unet'",
            "- dae.device = 0",
            "- unknown parameter nois (did you mean noise?)",
        ],
    ),
]

TOO_SMALL = """
{split: {validation_fraction: 0}, noise: {std: -1}, reporting: {examples: 0, sigmas:
[0.1], sigma_images: 0}, baselines: {tuning_images: 0, test_images: 0, timing_images: 0,
timing_seconds: -1, example: 0, processes: 0}, ae: {steps: 0, epochs: 0, batch_size: 0,
learning_rate: 0, weight_decay: -1, l1_penalty: -1, noisy_inputs: 0, momentum: -0.1,
validation_interval: 0, checkpoint_seconds: 0, seed: -1, threads: 0}}
"""
TOO_LARGE = """
{split: {validation_fraction: 1}, noise: {std: 2.01}, reporting: {examples: 21},
baselines: {timing_images: 501, timing_seconds: 601, processes: 1025}, ae: {steps:
1000000001, epochs: 100001, batch_size: 65537, learning_rate: 10.1, weight_decay: 1.5,
l1_penalty: 1.5, noisy_inputs: 1000000001, momentum: 1, validation_interval: 1000000001,
seed: 18446744073709551616, threads: 1025}}
"""
# The widest values that are accepted.
AT_THE_BOUNDS = [
    "ae: {steps: 1000000000, batch_size: 65536, validation_interval: 1000000000}",
    "ae: {epochs: 100000, threads: 1024, momentum: 0, weight_decay: 1}",
    "ae: {steps: 1, batch_size: 1, validation_interval: 1, threads: 1, epochs: 0.5}",
    "ae: {learning_rate: 10, weight_decay: 0, noisy_inputs: 1}",
    "{noise: {std: 2}, split: {validation_fraction: 0.999}}",
    "{reporting: {examples: 20, sigma_images: 1}, baselines: {timing_images: 500}}",
    "{reporting: {examples: 1}, baselines: {test_images: null, processes: 1024}}",
    "images: {source: npz, path: 'with spaces/b.npz', name: 'Ünïcödé [1] $x$'}",
]


@pytest.fixture(scope="module")
def base(project: Path) -> dict[str, Any]:
    """The configuration that every run starts from."""
    files = sorted((project / "conf/base").glob("parameters_*.yml"))
    return OmegaConf.to_container(OmegaConf.merge(*map(OmegaConf.load, files)))


def parse(given: Any) -> Any:
    """Read text as YAML, as Kedro does; leave anything else as it is."""
    if not isinstance(given, str):
        return given
    return OmegaConf.to_container(OmegaConf.create(given))


def merge(base: Any, changes: Any) -> Any:
    """Apply changes to a configuration, block by block."""
    if not isinstance(base, Mapping) or not isinstance(changes, Mapping):
        return changes
    merged = {name: merge(base.get(name), value) for name, value in changes.items()}
    return {k: v for k, v in {**base, **merged}.items() if v is not MISSING}


def answer(parameters: Any) -> str:
    with pytest.raises(ParameterError) as caught:
        check_parameters(parameters)
    return str(caught.value)


@pytest.mark.parametrize(("given", "words"), BAD_CONFIGURATIONS)
def test_a_mistake_is_named_with_what_would_be_right(
    base, given, words, check_sentence
):
    message = answer(merge(base, parse(given)))

    assert message.startswith("Nothing was run: ")
    first, *lines = message.splitlines()
    if not lines:
        check_sentence(message, words)
        return
    assert first == f"Nothing was run: {len(lines)} parameters are wrong:"
    assert all(line.startswith("- ") for line in lines)
    for word in words:
        assert word in message


@pytest.mark.parametrize("given", [TOO_SMALL, TOO_LARGE])
def test_a_number_beyond_its_bounds_is_refused(base, given):
    changes = parse(given)

    _, *lines = answer(merge(base, changes)).splitlines()

    wrong = {f"{block}.{name}" for block in changes for name in changes[block]}
    assert {line.split()[1] for line in lines} == wrong


@pytest.mark.parametrize("changes", AT_THE_BOUNDS)
def test_values_at_their_bounds_are_accepted_and_kept(base, changes):
    checked = check_parameters(merge(base, parse(changes))).model_dump()

    assert merge(checked, parse(changes)) == checked


def test_numpy_and_pytorch_take_the_largest_seed(base):
    changes = {"seed": 2**64 - 1, "ae": {"seed": 2**64 - 1}}

    seed = check_parameters(merge(base, changes)).ae.seed

    assert torch.Generator().manual_seed(seed).initial_seed() == 2**64 - 1
    assert 0 <= np.random.default_rng((seed, 1, 2)).random() < 1
    with pytest.raises(ValueError, match="Overflow"):
        torch.Generator().manual_seed(seed + 1)


def test_the_most_epochs_of_many_images_are_still_a_number_of_steps(base):
    from denoising_autoencoder.trainer.loop import count_steps

    recipe = check_parameters(merge(base, {"ae": {"epochs": 1e5, "batch_size": 1}})).ae

    assert count_steps(recipe, images=10**9) == 10**14
