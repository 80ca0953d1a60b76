"""The lineage of a run's outputs, and the inputs that its nodes refuse."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from kedro.pipeline.node import Node, node
from pydantic import BaseModel

from denoising_autoencoder.artifacts.lineage import Artifact, Lineage
from denoising_autoencoder.datasets.provenance import ProvenanceDataset
from denoising_autoencoder.errors import MixedVersionsError
from denoising_autoencoder.hooks.lineage import LineageHooks, artifact, remake


def sha256(small, name: str, version: str) -> str:
    path = small.folder / f"{name}.json" / version / f"{name}.json"
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_lineage_names_node_parameters_inputs_ancestors_and_siblings(small, days):
    catalog = small.catalog(days[0], seed=7)

    small.run(catalog)

    model = catalog["model"].lineage()
    assert (model.dataset, model.node) == ("model", "train")
    assert model.parameters == {"dae": {"seed": 7, "steps": 9}}
    assert model.inputs == {"noise": sha256(small, "noise", days[0])}
    assert model.ancestors == {}
    assert model.siblings == ("history",)
    assert model.sha256 == sha256(small, "model", days[0])
    table = catalog["table"].lineage()
    assert table.inputs == {
        name: sha256(small, name, days[0]) for name in ("scores", "history")
    }
    assert table.ancestors == {
        name: sha256(small, name, days[0]) for name in ("model", "noise")
    }


def test_equal_runs_write_equal_lineages(small, days):
    for version in days[:2]:
        small.run(small.catalog(version))

    first, second = (
        (small.folder / "table.json" / version / "lineage.json").read_text()
        for version in days[:2]
    )
    assert first == second


def test_a_lineage_follows_the_version_that_was_read(small, days):
    small.run(small.catalog(days[0], std=0.1))
    small.run(small.catalog(days[1], std=0.3), "draw")
    pinned = small.catalog(days[2], load={"noise": days[0]})

    small.run(pinned, "train")

    noise = pinned["model"].lineage().inputs["noise"]
    assert noise == sha256(small, "noise", days[0]) != sha256(small, "noise", days[1])


def test_a_node_refuses_inputs_that_do_not_belong_together(small, days):
    small.run(small.catalog(days[0], std=0.1))
    later = small.catalog(days[1], std=0.3)

    with pytest.raises(MixedVersionsError) as caught:
        small.run(later, "draw", "score")

    assert str(caught.value) == (
        f"score was not run: model of {days[0]} and noise of {days[1]} do not belong "
        "together, since they come from different contents of noise. Make model anew "
        "in the same run, by --from-nodes=train."
    )
    assert not later["scores"].has(days[1])


def test_a_node_reads_equal_contents_of_a_rerun(small, days):
    small.run(small.catalog(days[0]))

    later = small.catalog(days[1])
    small.run(later, "draw", "score")

    assert later["scores"].load() == {"psnr": 0.1}


def test_an_artifact_knows_the_siblings_of_its_version(small, days):
    small.run(small.catalog(days[0], seed=1))
    small.run(small.catalog(days[1], seed=2))
    catalog = small.catalog(days[2])

    first, newest = artifact(catalog, "history", days[0]), artifact(catalog, "history")

    assert first.siblings == {"model": sha256(small, "model", days[0])}
    assert newest.version == days[1]
    assert newest.siblings == {"model": sha256(small, "model", days[1])}
    assert artifact(catalog, "scores").siblings == {}


def test_typed_parameters_are_written_as_plain_values(small, days):
    class Recipe(BaseModel):
        seed: int
        network: str | None

    catalog = small.catalog(days[0])
    small.run(catalog, "draw")
    inputs = {"noise": {}, "params:dae": Recipe(seed=3, network=None)}

    def train(noise: object, recipe: object) -> tuple[int, int]:
        return 1, 2

    LineageHooks().before_node_run(
        Node(train, ["noise", "params:dae"], ["model", "history"], name="train"),
        catalog,
        inputs,
    )

    assert catalog["model"].made_by.parameters == {"dae": {"seed": 3, "network": None}}


def test_a_file_put_there_by_hand_is_known_by_its_bytes(small, days, pipeline):
    def by_hand(version: str, std: float) -> None:
        file = small.folder / "noise.json" / version / "noise.json"
        file.parent.mkdir(parents=True)
        file.write_text(f'{{"std": {std}}}')

    by_hand(days[0], 0.1)
    small.run(small.catalog(days[1]), "train")
    by_hand(days[2], 0.9)
    catalog = small.catalog("2026-01-04")

    with pytest.raises(MixedVersionsError) as caught:
        small.run(catalog, "score")

    assert "come from different contents of noise" in str(caught.value)
    assert "" not in catalog["model"].lineage().inputs


def test_a_file_that_no_run_has_made_is_made_by_a_run_up_to_it():
    by_hand = Artifact("noise", "2026-01-01", Lineage(sha256="1"))
    by_a_run = Artifact("model", "2026-01-01", Lineage("model", "train"))

    assert remake(by_hand) == "--to-outputs=noise"
    assert remake(by_a_run) == "--from-nodes=train"


# Provenance


def test_a_node_that_asks_for_its_provenance_gets_all_that_it_reads(small, days):
    catalog = small.catalog(days[0], seed=7)
    small.run(catalog)
    catalog["provenance"] = ProvenanceDataset()
    page = node(lambda *_: "", ["scores", "model", "provenance"], "page", name="page")

    inputs = {"provenance": {"software": {"Python": "3"}}}
    given = LineageHooks().before_node_run(page, catalog, inputs)

    assert list(given) == ["provenance"]
    assert given["provenance"]["software"] == {"Python": "3"}
    scores, model = given["provenance"]["artifacts"]
    assert (scores["dataset"], scores["version"]) == ("scores", days[0])
    assert model["sha256"] == sha256(small, "model", days[0])
    assert model["node"] == "train"
    assert model["parameters"] == {"dae": {"seed": 7, "steps": 9}}


def test_a_node_that_does_not_ask_gets_its_inputs_as_they_are(small, days):
    catalog = small.catalog(days[0])
    small.run(catalog)
    plain = node(lambda *_: "", ["scores"], "page", name="page")

    assert LineageHooks().before_node_run(plain, catalog, {}) == {}


@pytest.mark.parametrize("name", ["params:std", "unknown", "a.b", ""])
def test_a_lineage_may_name_what_is_no_artifact(small, days, name):
    """Somebody, or another release, has written it."""
    small.run(small.catalog(days[0]))
    record = small.folder / "noise.json" / days[0] / "lineage.json"
    hostile = replace(
        Lineage.from_json(record.read_text()),
        siblings=(name,),
        inputs={name: "0"},
        ancestors={name: "1"},
    )
    record.write_text(hostile.to_json())
    catalog = small.catalog(days[1])

    assert artifact(catalog, "noise").siblings == {}
    small.run(catalog, "train")
    assert catalog["model"].lineage().ancestors[name] == "0"
