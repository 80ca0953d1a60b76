"""docs/parameters.md against the models, and against the configuration."""

from __future__ import annotations

import re
import runpy
from collections.abc import Iterator

import pytest
import yaml

from denoising_autoencoder.lanes import LANES
from denoising_autoencoder.networks.table import NETWORKS, options_of
from denoising_autoencoder.parameters import Parameters


@pytest.fixture(scope="module")
def page(project) -> str:
    return (project / "docs/parameters.md").read_text()


def test_the_page_is_what_the_models_say(project, page):
    tool = runpy.run_path(str(project / "docs/tools/parameters.py"))

    assert tool["render"]() == page, "run `make docs`"


@pytest.mark.parametrize(
    "model", [Parameters, *map(options_of, NETWORKS)], ids=["parameters", *NETWORKS]
)
def test_every_parameter_has_a_description(model):
    schema = model.model_json_schema()
    fields = {
        f"{block.get('title')}.{name}": field
        for block in [schema, *schema.get("$defs", {}).values()]
        for name, field in block["properties"].items()
    }

    # A field that is a block is described by the block's docstring.
    plain = {name: field for name, field in fields.items() if "$ref" not in str(field)}
    assert [name for name, field in plain.items() if not field.get("description")] == []


def leaves(block: dict, prefix: str = "") -> Iterator[str]:
    for name, value in block.items():
        if isinstance(value, dict) and value and f"{prefix}{name}" != "tuning.space":
            yield from leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}"


def test_every_parameter_of_the_configuration_is_on_the_page_with_its_value(
    project, page
):
    rows = dict(re.findall(r"^\| `([^`]+)` \| (.*) \|$", page, re.M))
    names = set()
    for file in (project / "conf/base").glob("parameters_*.yml"):
        names |= set(leaves(yaml.safe_load(file.read_text())))

    in_a_lane = re.compile(rf"^({'|'.join(lane.name for lane in LANES)})\.")
    assert {in_a_lane.sub("", name) for name in names} <= rows.keys()
    assert rows["noise.std"].startswith("number above 0 up to 2 | `0.31623` | ")
    assert rows["batch_size"].startswith(
        "integer from 1 up to 65536 | `16` | `16` | `24`"
    )
    whole = "list of 1 to 6: integer from 1 up to 1024"
    assert f"| `options.widths` | {whole} | `[32, 64]` | " in page
