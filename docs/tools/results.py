"""Write the measured numbers of docs/results/*.csv into README.md and docs/*.md.

    .venv/bin/python docs/tools/results.py [--check]

A page holds a table between `<!-- results: NAME -->` and `<!-- end -->`. NAME is a file
of docs/results/ without `.csv`; the table has all its rows and columns, or those that
are listed: `<!-- results: NAME | row; row | column; column -->`. A row is called by its
first cell. The last four columns of each file say where a number comes from; they are
written in one line under the table. `commit` is the commit that recorded the number, so
its state has the code and the pins that were measured.

A single number in a sentence stands between `<!-- r: NAME | row | column -->` and
`<!-- /r -->`.

`--check` writes nothing and fails if a page would change.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

import pandas as pd

PROJECT = Path(__file__).parents[2]
RESULTS = PROJECT / "docs/results"
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
PROVENANCE = ["processor", "versions", "command", "commit"]

TABLE = re.compile(r"(<!-- results: (.*?) -->\n).*?(<!-- end -->)", re.DOTALL)
NUMBER = re.compile(r"(<!-- r: (.*?) -->).*?(<!-- /r -->)", re.DOTALL)


def read(name: str) -> pd.DataFrame:
    """Read a file of docs/results/ as text; empty cells are empty strings."""
    return pd.read_csv(RESULTS / f"{name}.csv", dtype=str, keep_default_na=False)


def select(frame: pd.DataFrame, rows: str = "", columns: str = "") -> pd.DataFrame:
    """Take the rows and columns that a marker lists, in its order.

    Raises:
        KeyError: A row or a column does not exist.
    """
    if rows:
        names = frame.columns[0]
        frame = frame.set_index(names, drop=False).loc[_items(rows)]
    if columns:
        frame = frame[[*_items(columns), *PROVENANCE]]
    return frame


def _items(text: str) -> list[str]:
    return [item.strip() for item in text.split(";")]


def render_table(marker: str) -> str:
    """Render what a marker names as a Markdown table with its provenance below.

    Args:
        marker: `NAME`, `NAME | rows` or `NAME | rows | columns`.
    """
    name, *selection = (part.strip() for part in marker.split("|"))
    frame = select(read(name), *selection)
    cells = frame.drop(columns=PROVENANCE)
    lines = [list(cells.columns), ["---"] * len(cells.columns), *cells.to_numpy()]
    table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    return f"{table}\n\n{render_provenance(frame, name)}\n"


def render_provenance(frame: pd.DataFrame, name: str) -> str:
    """Say in one line how the rows of a file were measured; rows that differ are named.

    If rows have commands of their own, the line refers to the file. A row whose commit
    is "none" was not measured here: its command is its source.
    """
    measured = frame[frame["commit"] != "none"]
    machines = measured[PROVENANCE[:2]].agg(", ".join, axis=1).unique()
    if measured["command"].nunique() > 1:
        commits = measured["commit"].unique()
        commits = f"commit{'s' * (len(commits) > 1)} {', '.join(commits)}"
        return (
            f"<sub>Measured: {'; '.join(machines)} | {commits}; each row's "
            f"command is in `docs/results/{name}.csv`</sub>"
        )
    groups = [rows for _, rows in frame.groupby(PROVENANCE, sort=False)]
    parts = []
    for rows in groups:
        processor, versions, command, commit = rows[PROVENANCE].iloc[0]
        origin = f"commit {commit}, `{command}`"
        if commit == "none":
            origin = command
        elif len(machines) > 1:
            origin = f"{processor}, {versions}, {origin}"
        names = "; ".join(dict.fromkeys(rows.iloc[:, 0]))
        parts.append(f"{names}: {origin}" if len(groups) > 1 else origin)
    machine = f"{machines[0]} | " if len(machines) == 1 else ""
    return f"<sub>Measured: {machine}{' | '.join(parts)}</sub>"


def render_number(marker: str) -> str:
    """Look up one cell: `NAME | row | column`."""
    name, row, column = (part.strip() for part in marker.split("|"))
    (cell,) = select(read(name), row)[column]
    return cell


def render(page: str) -> str:
    """Write the present numbers into the text of a page."""
    page = TABLE.sub(lambda m: m[1] + "\n" + render_table(m[2]) + m[3], page)
    return NUMBER.sub(lambda m: m[1] + render_number(m[2]) + m[3], page)


def main() -> None:
    """Rewrite the pages, or check them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="fail if a page is stale")
    check = parser.parse_args().check
    pages = {page: page.read_text() for page in PAGES}
    stale = {page: new for page, old in pages.items() if (new := render(old)) != old}
    if check and stale:
        names = ", ".join(str(page.relative_to(PROJECT)) for page in stale)
        sys.exit(f"{names}: old numbers; run `make docs`")
    for page, text in stale.items():
        page.write_text(text)


if __name__ == "__main__":
    main()
