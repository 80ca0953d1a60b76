"""A terminal in small: what a person sees of what was written to it."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|\x1b\]8;[^\x1b]*\x1b\\|(.)", re.DOTALL)


class Screen:
    """Understands what Rich writes: moves and erases of lines, the cursor, colours.

    It has no bottom: what would scroll away on a real one stays readable here.

    Args:
        columns: How wide it is.

    Attributes:
        cursor_shown: Whether the cursor is visible.
    """

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.cursor_shown = True
        self._rows: list[str] = [""]
        self._row = self._column = 0

    def feed(self, text: str) -> Screen:
        """Take what was written."""
        for match in _TOKEN.finditer(text):
            numbers, command, character = match.groups()
            if command:
                self._obey(command, numbers)
            elif character:
                self._write(character)
        return self

    def rows(self) -> list[str]:
        """The rows that are not empty, without spaces at their ends."""
        return [row.rstrip() for row in self._rows if row.strip()]

    def _obey(self, command: str, numbers: str) -> None:
        if command == "A":
            self._row = max(0, self._row - int(numbers or 1))
        elif command == "K":
            assert numbers == "2", numbers
            self._rows[self._row] = ""
        elif command in "hl" and numbers == "?25":
            self.cursor_shown = command == "h"
        else:
            assert command == "m", (numbers, command)

    def _write(self, character: str) -> None:
        if character == "\r":
            self._column = 0
        elif character == "\n":
            self._go_to(self._row + 1)
        else:
            if self._column == self.columns:  # as terminals do, with the next one
                self._go_to(self._row + 1)
            row = self._rows[self._row].ljust(self._column)
            after = row[self._column + 1 :]
            self._rows[self._row] = row[: self._column] + character + after
            self._column += 1

    def _go_to(self, row: int) -> None:
        self._row, self._column = row, 0
        while len(self._rows) <= row:
            self._rows.append("")
