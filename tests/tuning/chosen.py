"""A tuned recipe of the lane `dae`, the block that it comes from, and its scores."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from denoising_autoencoder.noise.gaussian import Gaussian
from denoising_autoencoder.parameters.lanes import LaneParameters
from denoising_autoencoder.tuning.recipe import OWN, Candidate, TunedRecipe

NOISE = {
    **Gaussian(kind="gaussian", std=0.3, clamp=True).model_dump(mode="json"),
    "seed": 0,
}


def own_block(project: Path, **changes: Any) -> LaneParameters:
    """The block of `dae` in conf/base, with some changes."""
    base = yaml.safe_load((project / "conf/base/parameters_lanes.yml").read_text())
    return LaneParameters.model_validate(base["dae"] | changes)


def tuned_recipe(
    own: LaneParameters, images_sha256: str = "", **changes: Any
) -> TunedRecipe:
    """The choice of trial 7: learning rate, width, and the steps of equal work."""
    chosen = {"learning_rate": 0.03, "options.width": 12}
    block = own.model_dump(mode="json", exclude=set(own.without_effect))
    options = {**block["options"], "width": 12}
    values = {**block, "learning_rate": 0.03, "steps": 1700, "options": options}
    fields = {
        "lane": "dae",
        "recipe": "trial 7",
        "objective": "psnr",
        "tuned": [*chosen],
        "values": values,
        "candidates": [
            Candidate(
                recipe=OWN, mean=26.1,
                values={"learning_rate": 0.02, "options.width": 8},
            ),
            Candidate(
                recipe="trial 7", mean=26.3, difference=0.2, low=0.1, high=0.3,
                p_value=0.002, values=chosen,
            ),
        ],
        "study": "dae-0123456789ab",
        "images_sha256": images_sha256,
        "noise": NOISE,
        "code": {"trainer": "00"},
    }  # fmt: skip
    return TunedRecipe(**{**fields, **changes})


def judged(**psnr: list[float]) -> pd.DataFrame:
    """A row for each recipe ("own" or "trial") and seed."""
    rows = [
        {"recipe": {"own": OWN}.get(name, "trial 7"), "seed": seed, "psnr": value}
        for name, values in psnr.items()
        for seed, value in enumerate(values)
    ]
    table = pd.DataFrame(rows).assign(steps=3000, tflop=0.4, mse=0.01, ssim=0.8)
    table.loc[table["recipe"] != OWN, "steps"] = 1700
    return table
