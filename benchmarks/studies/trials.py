"""A training of one recipe for so many seconds, scored image by image.

The other studies share this module. The nodes of the pipeline make data and noise, the
recipe is a block of conf/base with changes, and the number of steps is what fits into
the seconds on this machine, measured before the trainings. The same steps, threads and
seed repeat a trial bit by bit.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import lru_cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from benchmarks.runs import NOISE, PROJECT, VARIANCE
from denoising_autoencoder.denoisers.apply import reconstruct
from denoising_autoencoder.denoisers.network import NetworkDenoiser
from denoising_autoencoder.denoisers.self_ensemble import self_ensemble
from denoising_autoencoder.evaluation.metrics import score_images
from denoising_autoencoder.networks.build import build_network
from denoising_autoencoder.noise.gaussian import Gaussian
from denoising_autoencoder.parameters.data_engineering import SplitParameters
from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.pipelines.data_engineering import nodes
from denoising_autoencoder.trainer import TrainingData, train
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
        lane: Name of the block in conf/base/parameters_lanes.yml.
        changes: Parameters that differ from that block.
        noise: A key of `NOISE`.
        seed: Seed of the training.
        seconds: Seconds of training; 0 takes the steps of the recipe.
        split: Images that are scored: "validation" or "test".
        records: Number of records of the validation loss.
    """

    images: Path
    lane: str
    changes: dict[str, Any] = field(default_factory=dict)
    noise: str = VARIANCE
    seed: int = 0
    seconds: float = 0.0
    split: str = "validation"
    records: int = 1

    def recipe(self, **further: Any) -> LaneParameters:
        """Build all parameters of the training."""
        blocks = yaml.safe_load(
            (PROJECT / "conf/base/parameters_lanes.yml").read_text()
        )
        return LaneParameters(
            **{**blocks[self.lane], **self.changes, "seed": self.seed, **further}
        )


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
        milliseconds: Time for one of the scored images, in batches of 500 on all cores,
            with whatever else the machine did.
    """

    trial: Trial
    steps: int
    seconds: float
    scores: pd.DataFrame
    ensemble: pd.DataFrame
    curve: pd.DataFrame
    milliseconds: float


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
    clean = nodes.normalize_images(train_images, test_images, chosen, held_out)[:3]
    values = {**blocks["noise"], "std": NOISE[noise]}
    noisy = nodes.add_noise_to_images(clean[1], clean[2], values, seed)
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
    data = _training_data(trial)
    if trial.seconds:
        trial = _with_steps(trial, _steps_a_second(trial))
    recipe = trial.recipe()
    interval = max(1, count_steps(recipe, len(data.images)) // trial.records)
    recipe = trial.recipe(validation_interval=interval)
    network = build_network(recipe.network, recipe.seed, recipe.options)
    curve = train(network, data, recipe, trial.lane)
    inputs = images[f"noisy_{trial.split}"]
    denoiser = NetworkDenoiser(network, recipe.device, recipe.precision)
    reconstruct(denoiser, inputs)  # fills caches
    start = time.perf_counter()
    outputs = reconstruct(denoiser, inputs)
    milliseconds = 1000 * (time.perf_counter() - start) / len(inputs)
    originals = images[f"{trial.split}_originals"]
    averaged = reconstruct(self_ensemble(denoiser), inputs)
    return Outcome(
        trial=trial,
        steps=int(curve["step"].iloc[-1]),
        seconds=float(curve["seconds"].iloc[-1]),
        scores=score_images(outputs, originals),
        ensemble=score_images(averaged, originals),
        curve=curve,
        milliseconds=milliseconds,
    )


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
        _with_steps(trial, rates[_recipe_of(trial)]) if trial.seconds else trial
        for trial in alone
    ]


def _recipe_of(trial: Trial) -> str:
    return f"{trial.lane} {trial.noise} {sorted(trial.changes.items())}"


def _with_steps(trial: Trial, rate: float) -> Trial:
    steps = max(1, round(trial.seconds * rate))
    changes = {**trial.changes, "steps": steps, "epochs": None}
    return replace(trial, changes=changes, seconds=0.0)


def _on_one_thread(trials: list[Trial]) -> list[Trial]:
    return [replace(t, changes={**t.changes, "threads": 1}) for t in trials]


def _training_data(trial: Trial) -> TrainingData:
    images = load_images(trial.images, trial.noise)
    return TrainingData(
        images=images["train"],
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
