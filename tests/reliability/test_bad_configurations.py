"""What can be wrong in a configuration, and the words in which it is answered."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from omegaconf import OmegaConf
from pydantic import BaseModel

from denoising_autoencoder.errors import ParameterError
from denoising_autoencoder.parameters import Parameters, check_parameters

MISSING = object()

# (what is laid over conf/base: YAML, or a dictionary for what YAML cannot say;
# words of the answer)
UNKNOWN_NAMES = [
    ("sed: 3", ["unknown parameter sed ", "did you mean seed?"]),
    ("nois: {std: 1}", ["unknown parameter nois ", "did you mean noise?"]),
    ("Noise: {std: 1}", ["unknown parameter Noise ", "did you mean noise?"]),
    ("DAE: {steps: 1}", ["unknown parameter DAE ", "did you mean dae?"]),
    ("dataroot: x", ["unknown parameter dataroot ", "did you mean data_root?"]),
    ("steps: 9", ["unknown parameter steps ", "did you mean ae.steps or dae.steps or"]),
    ("std: 0.1", ["unknown parameter std ", "did you mean noise.std?"]),
    ("compared_lane: vae", ["compared_lane = 'vae'", "'ae', 'dae' or 'resunet'"]),
    ("reporting: {sigmas: []}", ["reporting.sigmas = []", "at least 2 items"]),
    ("reporting: {sigmas: [0.1, 0]}", ["reporting.sigmas.1 = 0", "greater than 0"]),
    ("reporting: {sigmas: [0.2, 0.1]}", ["reporting.sigmas", "larger than the last"]),
    ("ae: {title: DAE}", ["ae.title and dae.title are both 'DAE'"]),
    ("reporting: {sigma_images: 0}", ["reporting.sigma_images = 0", "or equal to 1"]),
    ("zzz: 1", ["unknown parameter zzz ", "known: data_root, seed, images, split"]),
    ("1: 2", ["unknown parameter 1 ", "known: data_root, seed, images, split"]),
    ("noise: {sdt: 0.3}", ["unknown parameter noise.sdt ", "did you mean std?"]),
    ("noise: {sigma: 1}", ["noise.sigma ", "known: kind, std, clamp"]),
    (
        "noise: {seed: 1}",
        ["noise.seed ", "did you mean seed or ae.seed or dae.seed or"],
    ),
    ("images: {sorce: npz}", ["images.sorce ", "did you mean source?"]),
    ("images: {file: a.npz}", ["images.file ", "known: source, path, name"]),
    ("split: {validation_frac: 0.2}", ["did you mean validation_fraction?"]),
    ("split: {test_size: 0.2}", ["split.test_size ", "known: validation_fraction"]),
    ("ae: {batchsize: 8}", ["ae.batchsize ", "did you mean batch_size?"]),
    ("ae: {lr: 0.1}", ["unknown parameter ae.lr ", "learning_rate, schedule"]),
    ("dae: {learningRate: 1}", ["dae.learningRate ", "did you mean learning_rate?"]),
    ("dae: {Steps: 9}", ["dae.Steps ", "did you mean steps?"]),
    ("dae: {1: 9}", ["unknown parameter dae.1 ", "known: steps, epochs"]),
    ({"dae": {None: 9}}, ["unknown parameter dae.None ", "known: steps, epochs"]),
    ("reporting: {example: 9}", ["reporting.example ", "did you mean examples?"]),
    ('"a\\nb": 1', [r"unknown parameter 'a\nb' ", "known: data_root, seed"]),
]

NO_BLOCKS = [
    ([1, 2], ["the configuration = [1, 2]", "a block of data_root, seed, images"]),
    (None, ["the configuration = null", "a block of data_root, seed, images"]),
    (5, ["the configuration = 5", "a block of data_root, seed, images"]),
    ("images: npz", ["images = 'npz'", "a block of source, path, name"]),
    ("images: null", ["images = null", "a block of source, path, name"]),
    ("images: [cifar10]", ["images = ['cifar10']", "a block of source, path, name"]),
    ("split: 0.1", ["split = 0.1", "a block of validation_fraction"]),
    ("noise: 3", ["noise = 3", "a block of kind, std, clamp"]),
    ("noise: []", ["noise = []", "a block of kind, std, clamp"]),
    ("noise: false", ["noise = false", "a block of kind, std, clamp"]),
    ("ae: null", ["ae = null", "a block of steps, epochs, batch_size"]),
    ("dae: report", ["dae = 'report'", "a block of steps, epochs, batch_size"]),
    ("reporting: 10", ["reporting = 10", "a block of examples"]),
]

MISSING_ONES = [
    ({name: MISSING}, [f"parameter {name} is missing: add it"])
    for name in ("seed", "images", "split", "noise", "ae", "dae", "reporting")
] + [
    ({block: {name: MISSING}}, [f"parameter {block}.{name} is missing: add it"])
    for block, name in (
        ("images", "source"),
        ("split", "validation_fraction"),
        ("noise", "kind"),
        ("noise", "std"),
        ("noise", "clamp"),
        ("ae", "title"),
        ("ae", "network"),
        ("ae", "steps"),
        ("dae", "optimizer"),
        ("dae", "schedule"),
        ("dae", "device"),
        ("reporting", "examples"),
    )
]

WRONG_TYPES = [
    ("data_root: 5", ["data_root = 5", "valid string"]),
    ("data_root: null", ["data_root = null", "valid string"]),
    ("data_root: [a, b]", ["data_root = ['a', 'b']", "valid string"]),
    ("seed: '7'", ["seed = '7'", "valid integer"]),
    ("seed: 7.0", ["seed = 7.0", "valid integer"]),
    ("seed: true", ["seed = true", "valid integer"]),
    ("seed: null", ["seed = null", "valid integer"]),
    ("seed: 2026-01-01", ["seed = '2026-01-01'", "valid integer"]),
    (
        {"seed": dt.date(2026, 1, 1)},
        ["seed = datetime.date(2026, 1, 1)", "valid integer"],
    ),
    ("images: {path: 5}", ["images.path = 5", "valid string"]),
    ("images: {path: [a.npz]}", ["images.path = ['a.npz']", "valid string"]),
    ("images: {name: true}", ["images.name = true", "valid string"]),
    ("split: {validation_fraction: 10%}", ["= '10%'", "valid number"]),
    ("split: {validation_fraction: null}", ["= null", "valid number"]),
    ("noise: {std: big}", ["noise.std = 'big'", "valid number"]),
    ("noise: {std: '0.1'}", ["noise.std = '0.1'", "valid number"]),
    ("noise: {std: '0,1'}", ["noise.std = '0,1'", "valid number"]),
    ("noise: {std: true}", ["noise.std = true", "valid number"]),
    ("noise: {std: [0.1, 0.2]}", ["noise.std = [0.1, 0.2]", "valid number"]),
    ({"noise": {"std": 1j}}, ["noise.std = 1j", "valid number"]),
    ("noise: {clamp: 1}", ["noise.clamp = 1", "valid boolean"]),
    ("noise: {clamp: 'yes'}", ["noise.clamp = 'yes'", "valid boolean"]),
    ("noise: {clamp: null}", ["parameter noise.clamp is missing"]),
    ("ae: {title: 5}", ["ae.title = 5", "valid string"]),
    ("ae: {title: null}", ["ae.title = null", "valid string"]),
    ("ae: {steps: many}", ["ae.steps = 'many'", "valid integer"]),
    ("ae: {steps: 100.0}", ["ae.steps = 100.0", "valid integer"]),
    ("ae: {steps: 1e3}", ["ae.steps = 1000.0", "valid integer"]),
    ("ae: {steps: null}", ["ae.steps = null", "valid integer"]),
    ({"ae": {"steps": {"a": 1}}}, ["ae.steps = {'a': 1}", "valid integer"]),
    ({"ae": {"steps": "9" * 5000}}, ["ae.steps = '999", "9...: ", "valid integer"]),
    ("ae: {epochs: all}", ["ae.epochs = 'all'", "valid number"]),
    ("ae: {epochs: false}", ["ae.epochs = false", "valid number"]),
    ("ae: {batch_size: true}", ["ae.batch_size = true", "valid integer"]),
    ("ae: {batch_size: [16]}", ["ae.batch_size = [16]", "valid integer"]),
    ("ae: {learning_rate: fast}", ["ae.learning_rate = 'fast'", "valid number"]),
    ("ae: {learning_rate: null}", ["ae.learning_rate = null", "valid number"]),
    ("ae: {weight_decay: none}", ["ae.weight_decay = 'none'", "valid number"]),
    ("ae: {momentum: high}", ["ae.momentum = 'high'", "valid number"]),
    ("ae: {validation_interval: 2.5}", ["= 2.5", "valid integer"]),
    ("ae: {checkpoint_seconds: 1 min}", ["= '1 min'", "valid number"]),
    ("ae: {seed: 0.5}", ["ae.seed = 0.5", "valid integer"]),
    ("dae: {seed: random}", ["dae.seed = 'random'", "valid integer"]),
    ("ae: {threads: all}", ["ae.threads = 'all'", "valid integer"]),
    ("reporting: {examples: '10'}", ["reporting.examples = '10'", "valid integer"]),
    ("reporting: {examples: true}", ["reporting.examples = true", "valid integer"]),
]

OUT_OF_BOUNDS = [
    ("seed: -1", ["seed = -1", "greater than or equal to 0"]),
    ({"seed": 2**64}, ["seed = 18446744073709551616", "equal to 18446744073709551615"]),
    ({"seed": 10**400}, ["seed = 1000000", "0...: ", "equal to 18446744073709551615"]),
    ({"seed": 2**20000}, ["seed = a number of thousands of digits", "less than or eq"]),
    ("seed: .inf", ["seed = inf", "valid integer"]),
    ("seed: 1e400", ["seed = inf", "valid integer"]),
    ("split: {validation_fraction: 0}", ["= 0:", "greater than 0"]),
    ("split: {validation_fraction: -0.1}", ["= -0.1", "greater than 0"]),
    ("split: {validation_fraction: 1}", ["= 1:", "less than 1"]),
    ("split: {validation_fraction: 10}", ["= 10", "less than 1"]),
    ("split: {validation_fraction: .nan}", ["= nan", "finite number"]),
    ("noise: {std: 0}", ["noise.std = 0:", "greater than 0"]),
    ("noise: {std: -0.1}", ["noise.std = -0.1", "greater than 0"]),
    ("noise: {std: 2.01}", ["noise.std = 2.01", "less than or equal to 2"]),
    ("noise: {std: 25}", ["noise.std = 25", "less than or equal to 2"]),
    ("noise: {std: .nan}", ["noise.std = nan", "finite number"]),
    ("noise: {std: .inf}", ["noise.std = inf", "finite number"]),
    ("noise: {std: -.inf}", ["noise.std = -inf", "finite number"]),
    ("noise: {std: 1e400}", ["noise.std = inf", "finite number"]),
    ({"noise": {"std": 10**400}}, ["noise.std = 1000000", "0...: ", "valid number"]),
    ("ae: {steps: 0}", ["ae.steps = 0:", "greater than or equal to 1"]),
    ("ae: {steps: -5}", ["ae.steps = -5", "greater than or equal to 1"]),
    ("ae: {steps: 1000000001}", ["ae.steps = 1000000001", "equal to 1000000000"]),
    ({"ae": {"steps": 10**400}}, ["ae.steps = 10000", "equal to 1000000000"]),
    ("ae: {epochs: 0}", ["ae.epochs = 0:", "greater than 0"]),
    ("ae: {epochs: -1}", ["ae.epochs = -1", "greater than 0"]),
    ("ae: {epochs: 100001}", ["ae.epochs = 100001", "less than or equal to 100000"]),
    ("ae: {epochs: 1e308}", ["ae.epochs = 1e+308", "less than or equal to 100000"]),
    ("ae: {epochs: .nan}", ["ae.epochs = nan", "finite number"]),
    ("ae: {epochs: .inf}", ["ae.epochs = inf", "finite number"]),
    ("ae: {batch_size: 0}", ["ae.batch_size = 0:", "greater than or equal to 1"]),
    ("ae: {batch_size: -16}", ["ae.batch_size = -16", "greater than or equal to 1"]),
    ("ae: {batch_size: 65537}", ["ae.batch_size = 65537", "equal to 65536"]),
    ({"ae": {"batch_size": 2**63}}, ["ae.batch_size = 922", "equal to 65536"]),
    ("ae: {learning_rate: 0}", ["ae.learning_rate = 0:", "greater than 0"]),
    ("ae: {learning_rate: -1e-3}", ["ae.learning_rate = -0.001", "greater than 0"]),
    ("ae: {learning_rate: 10.1}", ["ae.learning_rate = 10.1", "or equal to 10"]),
    ("ae: {learning_rate: .nan}", ["ae.learning_rate = nan", "finite number"]),
    ("ae: {weight_decay: -1e-5}", ["ae.weight_decay = -1e-05", "or equal to 0"]),
    ("ae: {weight_decay: 1.5}", ["ae.weight_decay = 1.5", "less than or equal to 1"]),
    ("ae: {weight_decay: .nan}", ["ae.weight_decay = nan", "finite number"]),
    ("ae: {momentum: 1}", ["ae.momentum = 1:", "less than 1"]),
    ("ae: {momentum: -0.1}", ["ae.momentum = -0.1", "greater than or equal to 0"]),
    ("ae: {momentum: .inf}", ["ae.momentum = inf", "finite number"]),
    ("ae: {validation_interval: 0}", ["= 0:", "greater than or equal to 1"]),
    ("ae: {validation_interval: 1000000001}", ["equal to 1000000000"]),
    ("ae: {checkpoint_seconds: 0}", ["= 0:", "greater than 0"]),
    ("ae: {checkpoint_seconds: .inf}", ["= inf", "finite number"]),
    ("ae: {seed: -1}", ["ae.seed = -1", "greater than or equal to 0"]),
    ({"dae": {"seed": 2**64}}, ["dae.seed = 18446744073709551616", "equal to 1844674"]),
    ("ae: {threads: 0}", ["ae.threads = 0:", "greater than or equal to 1"]),
    ("ae: {threads: -1}", ["ae.threads = -1", "greater than or equal to 1"]),
    ("ae: {threads: 1025}", ["ae.threads = 1025", "less than or equal to 1024"]),
    ("reporting: {examples: 0}", ["reporting.examples = 0:", "or equal to 1"]),
    ("reporting: {examples: -1}", ["reporting.examples = -1", "or equal to 1"]),
    ("reporting: {examples: 21}", ["reporting.examples = 21", "or equal to 20"]),
]

NO_TEXT = [
    ("data_root: ''", ["data_root = ''", "at least 1 character"]),
    ("data_root: '  '", ["data_root = '  '", "one line of visible characters"]),
    ({"data_root": "a\0b"}, [r"data_root = 'a\x00b'", "one line of visible"]),
    ("ae: {title: ''}", ["ae.title = ''", "at least 1 character"]),
    ("ae: {title: ' '}", ["ae.title = ' '", "one line of visible characters"]),
    ('ae: {title: "two\\nlines"}', [r"ae.title = 'two\nlines'", "one line"]),
    ({"ae": {"title": "\ud800"}}, [r"ae.title = '\ud800'", "valid string"]),
    (
        "images: {source: npz, path: a.npz, name: ''}",
        ["images.name = ''", "at least 1 character"],
    ),
    (
        {"images": {"source": "npz", "path": "a\0.npz"}},
        [r"images.path = 'a\x00.npz'", "one line of visible characters"],
    ),
]

NO_CHOICES = [
    (
        "images: {source: cifar100}",
        ["images.source = 'cifar100'", "'auto', 'cifar10', 'sample' or 'npz'"],
    ),
    ("images: {source: CIFAR10}", ["images.source = 'CIFAR10'", "'cifar10'"]),
    ("images: {source: null}", ["images.source = null", "'sample' or 'npz'"]),
    ("images: {source: a.npz}", ["images.source = 'a.npz'", "'sample' or 'npz'"]),
    ("noise: {kind: poisson}", ["noise.kind = 'poisson'", "'gaussian'"]),
    ("noise: {kind: ''}", ["noise.kind = ''", "'gaussian'"]),
    ("ae: {network: unet}", ["ae.network = 'unet'", "'report'"]),
    ("ae: {network: [report]}", ["ae.network = ['report']", "'report'"]),
    (
        "ae: {optimizer: Adam}",
        ["ae.optimizer = 'Adam'", "'adam', 'adamw', 'sgd' or 'muon'"],
    ),
    (
        "ae: {optimizer: adma}",
        ["ae.optimizer = 'adma'", "'adam', 'adamw', 'sgd' or 'muon'"],
    ),
    ("ae: {schedule: step}", ["'step'", "'constant', 'cosine' or 'one_cycle'"]),
    ("dae: {schedule: onecycle}", ["dae.schedule = 'onecycle'", "'one_cycle'"]),
    ("dae: {schedule: null}", ["dae.schedule = null", "'one_cycle'"]),
    ("ae: {loss: L1}", ["ae.loss = 'L1'", "'mse', 'l1' or 'psnr'"]),
    ("ae: {l1_penalty: -1}", ["ae.l1_penalty = -1", "or equal to 0"]),
    ("ae: {l1_penalty: much}", ["ae.l1_penalty = 'much'", "valid number"]),
    ("ae: {augmentation: flips}", ["= 'flips'", "'none' or 'dihedral'"]),
    ("ae: {noisy_inputs: 0}", ["ae.noisy_inputs = 0", "or equal to 1"]),
    ("ae: {noisy_inputs: 2.0}", ["ae.noisy_inputs = 2.0", "valid integer"]),
    ("ae: {ema_half_life: 1}", ["ae.ema_half_life = 1", "less than 1"]),
    ("ae: {precision: bf16}", ["'bf16'", "'auto', 'float32' or 'bfloat16'"]),
    ("ae: {muon_colors: 1}", ["ae.muon_colors = 1", "valid boolean"]),
    (
        "ae: {options: {linear_start: true, batch_norm: true}}",
        ["ae.options", "linear_start is made by biases"],
    ),
    ("ae: {options: null}", ["ae.options = null", "valid dictionary"]),
    ("ae: {options: {layer: 3}}", ["network report: ", "did you mean layers?"]),
    ("ae: {options: {layers: 0}}", ["layers = 0", "or equal to 1"]),
    ("ae: {options: {'{}': 0}}", ["unknown parameter {}", "known: layers"]),
    (
        "resunet: {options: {widths: ['32', 64]}}",
        ["resunet.options", "widths.0 = '32'", "valid integer"],
    ),
    (
        "resunet: {options: {blocks: [true, 4]}}",
        ["resunet.options", "blocks.0 = true", "valid integer"],
    ),
    (
        "baselines: {self_ensemble: 8}",
        ["baselines.self_ensemble = 8", "valid boolean"],
    ),
    (
        "baselines: {example: 501}",
        ["baselines.example is 501", "only 500 images (baselines.test_images)"],
    ),
    (
        "resunet: {options: {widths: [8]}}",
        ["network resunet: widths names 1 levels and blocks 2"],
    ),
    ("baselines: {tuning_images: 0}", ["baselines.tuning_images = 0"]),
    ("baselines: {test_images: 0}", ["baselines.test_images = 0"]),
    ("baselines: {timing_images: 501}", ["baselines.timing_images = 501"]),
    ("baselines: {timing_seconds: -1}", ["baselines.timing_seconds = -1"]),
    ("baselines: {example: -1}", ["baselines.example = -1"]),
    ("baselines: {processes: 0}", ["baselines.processes = 0"]),
    ("baselines: {methods: {bm4d: null}}", ["did you mean bm3d?"]),
    ("baselines: 7", ["baselines = 7", "a block of tuning_images"]),
    ("ae: {device: gpu}", ["ae.device = 'gpu'", "'auto', 'cpu' or 'cuda'"]),
    ("ae: {device: cuda:0}", ["ae.device = 'cuda:0'", "'auto', 'cpu' or 'cuda'"]),
    ("ae: {device: 0}", ["ae.device = 0", "'auto', 'cpu' or 'cuda'"]),
]

CONTRADICTIONS = [
    ("images: {source: npz}", ["images.source=npz needs images.path, the .npz file"]),
    ("images: {source: npz, path: ''}", ["images.source=npz needs images.path"]),
    ("images: {source: npz, path: null}", ["images.source=npz needs images.path"]),
    (
        "images: {source: npz, name: faces}",
        ["images.source=npz needs images.path, the .npz file"],
    ),
    (
        "images: {path: a.npz}",
        ["images.path", "belong to images.source=npz; with images.source=auto leave"],
    ),
    (
        "images: {source: cifar10, path: a.npz}",
        ["images.path", "with images.source=cifar10 leave them out"],
    ),
    (
        "images: {source: sample, name: faces}",
        ["images.name", "with images.source=sample leave them out"],
    ),
]

SEVERAL = [
    (
        "{noise: {std: -1}, ae: {steps: 0}}",
        ["2 parameters are wrong", "- noise.std = -1: ", "- ae.steps = 0: "],
    ),
    (
        "{ae: {batch_size: 0}, dae: {batch_size: 0}}",
        ["2 parameters are wrong", "- ae.batch_size = 0", "- dae.batch_size = 0"],
    ),
    (
        "{seed: x, nois: 1, reporting: {examples: 0}}",
        [
            "3 parameters are wrong",
            "- seed = 'x': ",
            "- unknown parameter nois (did you mean noise?)",
            "- reporting.examples = 0: ",
        ],
    ),
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
        {"noise": {"kind": MISSING, "std": MISSING, "clamp": MISSING}},
        ["3 parameters are wrong", "- parameter noise.kind is missing"],
    ),
    (
        "{ae: {lr: 1, optimizer: adma, device: gpu, seed: -1, momentum: .nan}}",
        ["5 parameters are wrong", "- unknown parameter ae.lr", "- ae.device = 'gpu'"],
    ),
    (
        "{images: {source: cifar, path: 1, nam: x}}",
        ["3 parameters are wrong", "- images.source = 'cifar': "],
    ),
]

BAD_CONFIGURATIONS = [
    *UNKNOWN_NAMES,
    *NO_BLOCKS,
    *MISSING_ONES,
    *WRONG_TYPES,
    *OUT_OF_BOUNDS,
    *NO_TEXT,
    *NO_CHOICES,
    *CONTRADICTIONS,
    *SEVERAL,
]


@pytest.fixture(scope="module")
def base(project: Path) -> dict[str, Any]:
    """The configuration that every run starts from."""
    files = sorted((project / "conf/base").glob("parameters_*.yml"))
    return OmegaConf.to_container(OmegaConf.merge(*map(OmegaConf.load, files)))


def parse(given: Any) -> Any:
    """YAML as Kedro reads it; what is no text stays as it is."""
    if not isinstance(given, str):
        return given
    return OmegaConf.to_container(OmegaConf.create(given))


def merge(base: Any, changes: Any) -> Any:
    """Lay changes over a configuration, block by block."""
    if not isinstance(base, Mapping) or not isinstance(changes, Mapping):
        return changes
    merged = {name: merge(base.get(name), value) for name, value in changes.items()}
    return {k: v for k, v in {**base, **merged}.items() if v is not MISSING}


def names(changes: Any, prefix: str = "") -> Iterator[str]:
    """The dotted names of all that is changed."""
    if not isinstance(changes, Mapping):
        return
    for name, value in changes.items():
        yield f"{prefix}{name}"
        yield from names(value, f"{prefix}{name}.")


@pytest.mark.parametrize(("given", "words"), BAD_CONFIGURATIONS)
def test_a_bad_configuration_is_answered_with_what_is_wrong_and_what_is_right(
    base, given, words, check_sentence
):
    with pytest.raises(ParameterError) as caught:
        check_parameters(merge(base, parse(given)))

    message = str(caught.value)
    assert message.startswith("Nothing was run: ")
    first, *lines = message.splitlines()
    if lines:
        assert first == f"Nothing was run: {len(lines)} parameters are wrong:"
        assert all(line.startswith("- ") for line in lines)
        for word in words:
            assert word in message
    else:
        check_sentence(message, words)


@pytest.mark.parametrize("given", [given for given, _ in BAD_CONFIGURATIONS])
def test_every_parameter_that_is_changed_is_named_itself_or_its_block(base, given):
    with pytest.raises(ParameterError) as caught:
        check_parameters(merge(base, parse(given)))

    for name in names(parse(given)):
        parts = [part if part.isprintable() else repr(part) for part in name.split(".")]
        named = [".".join(parts[: n + 1]) for n in range(len(parts))]
        assert any(part in str(caught.value) for part in named)


def test_the_table_has_many_entries_and_none_of_them_twice():
    given = [given for given, _ in BAD_CONFIGURATIONS]

    assert len(given) >= 60
    assert [entry for n, entry in enumerate(given) if entry in given[:n]] == []


def test_the_table_has_an_entry_for_every_field_of_every_block():
    tried = {
        _of_any_lane(name)
        for given, _ in BAD_CONFIGURATIONS
        for name in names(parse(given))
    }
    known = set()
    for name, entry in Parameters.model_fields.items():
        block = entry.annotation
        known.add(name)
        if isinstance(block, type) and issubclass(block, BaseModel):
            known |= {f"{name}.{leaf}" for leaf in block.model_fields}

    lanes = {"dae", "resunet"}
    assert {_of_any_lane(name) for name in known} <= tried | lanes


def _of_any_lane(name: str) -> str:
    return name.replace("dae.", "ae.").replace("resunet.", "ae.")


def test_the_base_configuration_itself_is_accepted(base):
    assert check_parameters(base).seed == base["seed"]


# What is just accepted also works


def test_the_largest_seed_is_one_that_numpy_and_pytorch_take(base):
    changes = {"seed": 2**64 - 1, "ae": {"seed": 2**64 - 1}}

    seed = check_parameters(merge(base, changes)).ae.seed

    assert torch.Generator().manual_seed(seed).initial_seed() == 2**64 - 1
    assert 0 <= np.random.default_rng((seed, 1, 2)).random() < 1
    with pytest.raises(ValueError, match="Overflow"):
        torch.Generator().manual_seed(seed + 1)


@pytest.mark.parametrize(
    "changes",
    [
        "ae: {steps: 1000000000, batch_size: 65536, validation_interval: 1000000000}",
        "ae: {epochs: 100000, threads: 1024, momentum: 0, weight_decay: 1}",
        "ae: {steps: 1, batch_size: 1, validation_interval: 1, threads: 1}",
        "{noise: {std: 2}, split: {validation_fraction: 0.999}}",
        "reporting: {examples: 20}",
        "images: {source: npz, path: 'with spaces/b.npz', name: 'Ünïcödé [1] $x$'}",
    ],
)
def test_values_at_their_bounds_are_accepted(base, changes):
    checked = check_parameters(merge(base, parse(changes))).model_dump()

    assert merge(checked, parse(changes)) == checked


def test_the_most_epochs_of_the_most_images_are_still_a_number_of_steps(base):
    from denoising_autoencoder.trainer.loop import count_steps

    recipe = check_parameters(merge(base, {"ae": {"epochs": 1e5, "batch_size": 1}})).ae

    assert count_steps(recipe, images=10**9) == 10**14
    assert math.isfinite(recipe.epochs)
