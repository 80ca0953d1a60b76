"""The notebook runs from top to bottom on what a run left."""

from __future__ import annotations

import asyncio
import warnings

import nbformat
import pytest
from nbclient import NotebookClient

from tests.processes import TIMEOUT


@pytest.fixture
def notebook(project):
    return nbformat.read(project / "notebooks/walkthrough.ipynb", as_version=4)


def test_the_notebook_is_committed_without_outputs(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@pytest.mark.slow
def test_the_notebook_tells_a_run_trains_a_network_and_denoises_a_photograph(
    notebook, project, first_run
):
    (setup,) = (cell for cell in notebook.cells if "DATA_ROOT =" in cell.source)
    setup.source = setup.source.replace('"data"', repr(str(first_run.data)), 1)
    (training,) = (cell for cell in notebook.cells if "\nSTEPS =" in cell.source)
    training.source = training.source.replace("STEPS = 300", "STEPS = 3", 1)
    (coding,) = (cell for cell in notebook.cells if "CODE_STEPS =" in cell.source)
    coding.source = coding.source.replace("CODE_STEPS = 200", "CODE_STEPS = 3", 1)
    client = NotebookClient(
        notebook,
        timeout=TIMEOUT,
        kernel_name="python3",
        resources={"metadata": {"path": str(project / "notebooks")}},
    )

    # The kernel's client opens sockets that it leaves to the garbage collector.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        asyncio.run(client.async_execute())

    shown = [
        output.data
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "data" in output
    ]
    # Five of the run's, histogram, filters, maps, own curves, codes, photograph.
    assert sum("image/png" in data for data in shown) == 11
    assert any("noisy_input" in data.get("text/plain", "") for data in shown)
    assert not any(
        output.output_type == "error"
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
    )
