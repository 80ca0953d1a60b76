from __future__ import annotations

import pytest
from kedro.io import DataCatalog, MemoryDataset

from denoising_autoencoder.summary import print_summary


@pytest.mark.parametrize("name", ["mine [1]", "[/x]", "[red]cats[/red]", "$a_$"])
def test_the_name_of_the_images_is_printed_as_it_is(name, capsys):
    catalog = DataCatalog({"image_info": MemoryDataset({"name": name})})

    print_summary({"image_info"}, catalog, {})

    assert f"Images: {name}\n" in capsys.readouterr().out
