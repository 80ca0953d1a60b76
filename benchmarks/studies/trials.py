"""A training of one recipe, scored image by image.

The other studies share this module. The nodes of the pipeline make data and noise, and
the recipe is a block of an environment in conf/ with changes. Trainings are compared at
equal seconds, which are measured on this machine before the trainings, or at equal
TFLOP, which are the same on every machine. The same steps and seed repeat a trial bit
by bit.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import lru_cache
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from omegaconf import OmegaConf

from benchmarks.runs import NOISE, PROJECT, VARIANCE
from denoising_autoencoder.compute.processes import map_processes
from denoising_autoencoder.compute.work import training_tflop
from denoising_autoencoder.denoisers.apply import reconstruct
from denoising_autoencoder.denoisers.network import NetworkDenoiser
from denoising_autoencoder.denoisers.self_ensemble import self_ensemble
from denoising_autoencoder.errors import TrainingDivergedError
from denoising_autoencoder.evaluation.metrics import score_images
from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.networks.summary import count_macs
from denoising_autoencoder.noise.gaussian import Gaussian
from denoising_autoencoder.parameters.data_engineering import SplitParameters
from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.pipelines.data_engineering import nodes
from denoising_autoencoder.trainer import TrainingData, train
from denoising_autoencoder.trainer.ingredients import PACKAGE, code_digests
from denoising_autoencoder.trainer.loop import count_steps

_NO_VALIDATION = 10**9

# For the timing: steps of warm-up, seconds, rounds.
_WARM_UP, _TIMED, _ROUNDS = 10, 5.0, 3
# A whole schedule in a few steps rises so fast that a training could diverge.
_HARMLESS_RATE = 1e-6


@dataclass(frozen=True)
class Trial:
    """One training.

    Attributes:
        images: The .npz file.
        lane: Name of the block in parameters_lanes.yml.
        environment: Folder in conf/ whose values replace those of conf/base.
        changes: Parameters that differ from that block.
        noise: A key of `NOISE`.
        seed: Seed of the training.
        seconds: Seconds of training; 0 takes the steps of the recipe.
        split: Images that are scored: "validation" or "test".
        records: Number of records of the validation loss.
        every: Use every n-th training image.
    """

    images: Path
    lane: str
    environment: str = "base"
    changes: dict[str, Any] = field(default_factory=dict)
    noise: str = VARIANCE
    seed: int = 0
    seconds: float = 0.0
    split: str = "validation"
    records: int = 1
    every: int = 1

    def recipe(self, **further: Any) -> LaneParameters:
        """Build all parameters of the training."""
        block = _blocks(self.environment)[self.lane]
        return LaneParameters(**{**block, **self.changes, "seed": self.seed, **further})


@dataclass(frozen=True)
class Outcome:
    """Result of a training.

    Attributes:
        trial: The trial.
        steps: Number of steps.
        seconds: Seconds of the training with its records of the validation loss.
        scores: mse, psnr, ssim of each image.
        ensemble: The same for the mean of eight passes (`self_ensemble`).
        curve: Loss history.
    """

    trial: Trial
    steps: int
    seconds: float
    scores: pd.DataFrame
    ensemble: pd.DataFrame
    curve: pd.DataFrame


@lru_cache
def _blocks(environment: str) -> dict[str, Any]:
    """Read the lanes' parameters as Kedro merges them."""
    files = (
        PROJECT / "conf" / folder / "parameters_lanes.yml"
        for folder in dict.fromkeys(["base", environment])
    )
    merged = OmegaConf.merge(*(yaml.safe_load(file.read_text()) for file in files))
    return OmegaConf.to_container(merged)


@lru_cache(maxsize=2)
def load_images(path: Path, noise: str) -> dict[str, np.ndarray]:
    """Load the images of each split, with and without noise, as in a run.

    Returns:
        `train`, `validation`, `test` (clean, normalized), `noisy_validation`,
        `noisy_test`, and `validation_originals` and `test_originals` (uint8).
    """
    with np.load(path) as archive:
        train_images, test_images = archive["train_images"], archive["test_images"]
    blocks = yaml.safe_load(
        (PROJECT / "conf/base/parameters_data_engineering.yml").read_text()
    )
    seed = blocks["seed"]
    photographs = np.arange(len(train_images), dtype=np.int32)
    chosen, held_out = nodes.split_images(
        photographs, {"training_only": []}, SplitParameters(**blocks["split"]), seed
    )
    normalized = nodes.normalize_images(train_images, test_images, chosen, held_out)
    clean = [np.asarray(images) for images in normalized[:3]]
    values = {**blocks["noise"], "std": NOISE[noise]}
    drawn = nodes.add_noise_to_images(clean[1], clean[2], values, seed)
    noisy = [np.asarray(images) for images in drawn[:2]]
    return {
        "train": clean[0],
        "validation": clean[1],
        "test": clean[2],
        "noisy_validation": noisy[0],
        "noisy_test": noisy[1],
        "validation_originals": train_images[held_out],
        "test_originals": test_images,
    }


def run(trial: Trial) -> Outcome:
    """Train and score."""
    images = load_images(trial.images, trial.noise)
    if trial.seconds:
        trial = _with_steps(trial, trial.seconds * _steps_a_second(trial))
    denoiser, curve = _train(trial)
    inputs = images[f"noisy_{trial.split}"]
    outputs = reconstruct(denoiser, inputs)
    originals = images[f"{trial.split}_originals"]
    averaged = reconstruct(self_ensemble(denoiser), inputs)
    return Outcome(
        trial=trial,
        steps=int(curve["step"].iloc[-1]),
        seconds=float(curve["seconds"].iloc[-1]),
        scores=score_images(outputs, originals),
        ensemble=score_images(averaged, originals),
        curve=curve,
    )


def _train(trial: Trial) -> tuple[NetworkDenoiser, pd.DataFrame]:
    """Train a network; return it with its loss history."""
    data = _training_data(trial)
    recipe = trial.recipe()
    interval = max(1, count_steps(recipe, len(data.images)) // trial.records)
    recipe = trial.recipe(validation_interval=interval)
    network = build_network(recipe.network, recipe.seed, recipe.options)
    curve = train(network, data, recipe, trial.lane)
    return NetworkDenoiser(network, recipe.device, recipe.precision), curve


def psnr_of_images(trial: Trial, kept: Path | None = None) -> np.ndarray:
    """Train, and return the PSNR of each scored image; NaN if the training diverges.

    Args:
        trial: The training.
        kept: Folder of results. A training with the same recipe, data and code that is
            there already is not repeated.
    """
    name = _digest(trial) if kept else ""
    if kept and (kept / f"{name}.npy").exists():
        return np.load(kept / f"{name}.npy")
    images = load_images(trial.images, trial.noise)
    originals = images[f"{trial.split}_originals"]
    try:
        denoiser, _ = _train(trial)
    except TrainingDivergedError:
        psnr = np.full(len(originals), np.nan)
    else:
        outputs = reconstruct(denoiser, images[f"noisy_{trial.split}"])
        psnr = score_images(outputs, originals)["psnr"].to_numpy()
    if kept:
        kept.mkdir(parents=True, exist_ok=True)
        part = kept / f"{name}.part.npy"
        np.save(part, psnr)
        part.replace(kept / f"{name}.npy")
    return psnr


def _digest(trial: Trial) -> str:
    """Name everything that decides the result of a trial."""
    parts = (
        trial.recipe().model_dump_json(),
        *(trial.split, _training_data(trial).sha256(), code_digests(PACKAGE)),
        *(version(package) for package in ("torch", "numpy")),
    )
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def psnr_side_by_side(
    trials: list[Trial], processes: int, kept: Path | None = None
) -> Iterator[np.ndarray]:
    """Call `psnr_of_images` for several trials at once, each on one thread."""
    tasks = [(trial, kept) for trial in _on_one_thread(trials)]
    return map_processes(psnr_of_images, tasks, processes)


def tflop_of(trial: Trial) -> float:
    """Count the TFLOP of a training: 6 x MACs of the network x images seen.

    A multiply-accumulate is two operations, and the backward pass takes twice the
    forward pass.
    """
    return count_steps(trial.recipe(), count_images(trial)) * _step_tflop(trial)


def count_images(trial: Trial) -> int:
    """Count the training images of a trial."""
    return len(_training_data(trial).images)


def with_tflop(trial: Trial, tflop: float) -> Trial:
    """Give a trial as many steps as fit into the TFLOP."""
    # The least that a rounding error could be, so that it does not cost a step.
    return _with_steps(trial, math.floor(tflop / _step_tflop(trial) + 1e-6))


def _step_tflop(trial: Trial) -> float:
    recipe = trial.recipe()
    height, width = load_images(trial.images, trial.noise)["train"].shape[1:3]
    network = build_network(recipe.network, 0, recipe.options)
    macs = count_macs(network.eval(), height, width)
    return training_tflop(macs, recipe.batch_size)


def run_side_by_side(trials: list[Trial], processes: int) -> Iterator[Outcome]:
    """Train several at once, each on one thread, and yield them in order.

    That is faster than one training after the other on all threads.
    """
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        yield from pool.map(run, _on_one_thread(trials))


def with_equal_time(trials: list[Trial], processes: int) -> list[Trial]:
    """Give each trial the steps that fit into its seconds on one core.

    The machine's speed varies, so all are timed several times in turns, and the median
    counts. A recipe that occurs several times is timed once in each turn. Trials of 0
    seconds keep the steps of their recipe.
    """
    alone = _on_one_thread(trials)
    recipes = {_recipe_of(trial): trial for trial in alone if trial.seconds}
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        turns = [
            list(pool.map(_steps_a_second, recipes.values())) for _ in range(_ROUNDS)
        ]
    rates = dict(zip(recipes, np.median(turns, axis=0), strict=True))
    return [
        _with_steps(trial, trial.seconds * rates[_recipe_of(trial)])
        if trial.seconds
        else trial
        for trial in alone
    ]


def _recipe_of(trial: Trial) -> str:
    changes = sorted(trial.changes.items())
    return f"{trial.environment} {trial.lane} {trial.noise} {changes}"


def _with_steps(trial: Trial, steps: float) -> Trial:
    changes = {**trial.changes, "steps": max(1, round(steps)), "epochs": None}
    return replace(trial, changes=changes, seconds=0.0)


def _on_one_thread(trials: list[Trial]) -> list[Trial]:
    """Whole batches are faster there than micro-batches, and only round differently."""
    alone = {"threads": 1, "micro_batch": None}
    return [replace(trial, changes={**trial.changes, **alone}) for trial in trials]


def _training_data(trial: Trial) -> TrainingData:
    images = load_images(trial.images, trial.noise)
    return TrainingData(
        images=images["train"][:: trial.every],
        validation_inputs=images["noisy_validation"],
        validation_targets=images["validation"],
        noise=Gaussian(kind="gaussian", std=NOISE[trial.noise], clamp=True),
    )


def _steps_a_second(trial: Trial) -> float:
    """Measure how fast this machine trains, without the first steps' overhead."""
    data = _training_data(trial)
    few = replace(
        data,
        validation_inputs=data.validation_inputs[:2],
        validation_targets=data.validation_targets[:2],
    )

    def seconds(steps: int) -> float:
        recipe = trial.recipe(
            steps=steps,
            epochs=None,
            validation_interval=_NO_VALIDATION,
            learning_rate=_HARMLESS_RATE,
        )
        network = build_network(recipe.network, recipe.seed, recipe.options)
        return float(train(network, few, recipe, "timing")["seconds"].iloc[-1])

    seconds(_WARM_UP)
    warm = seconds(_WARM_UP)
    steps = max(2 * _WARM_UP, round(_TIMED / warm * _WARM_UP))
    return steps / seconds(steps)
