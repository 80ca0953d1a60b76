"""The models that denoise pictures, as the catalog reads them."""

from __future__ import annotations

from pathlib import Path

import pytest
from kedro.io import DatasetError

from denoising_autoencoder.datasets.models_for_pictures import ModelsForPicturesDataset
from denoising_autoencoder.lanes import LANES

CONF = Path(__file__).parents[2] / "conf"


@pytest.mark.parametrize("lane", [lane.name for lane in LANES])
def test_the_advice_for_a_lane_without_a_model_names_what_exists(lane, tmp_path):
    dataset = ModelsForPicturesDataset(
        model=lane, filepath=str(tmp_path), path=str(tmp_path)
    )
    advice = f"kedro run --to-outputs={lane}_model."
    if (CONF / lane).is_dir():
        advice = f"kedro run --pipelines={lane} --env={lane}, and name --env={lane} "

    with pytest.raises(DatasetError) as caught:
        dataset.load()

    assert advice in str(caught.value)
