"""A small terminal emulator: what a person sees of what was written."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\x1b\[([?0-9;]*)([A-Za-z])|\x1b\]8;[^\x1b]*\x1b\\|(.)", re.DOTALL)
_BEGUN = re.compile(r"(\x1b(\[[?0-9;]*|\][^\x1b]*\x1b?)?)?\Z")


class Screen:
    """Understands what Rich writes: cursor moves, erased lines and colours.

    It has no bottom: what would scroll away on a real terminal stays readable.

    Args:
        columns: Width.

    Attributes:
        cursor_shown: Whether the cursor is visible.
    """

    def __init__(self, columns: int) -> None:
        self.columns = columns
        self.cursor_shown = True
        self._rows: list[str] = [""]
        self._row = self._column = 0
        self._begun = ""

    def feed(self, text: str) -> Screen:
        """Show a text; a command that is cut off at its end waits for the next text."""
        text = self._begun + text
        self._begun = _BEGUN.search(text)[0]
        for match in _TOKEN.finditer(text.removesuffix(self._begun)):
            numbers, command, character = match.groups()
            if command:
                self._obey(command, numbers)
            elif character:
                self._write(character)
        return self

    def rows(self) -> list[str]:
        """The rows that are not empty, without trailing spaces."""
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
            return
        if character == "\n" or self._column == self.columns:  # the row is full
            self._row, self._column = self._row + 1, 0
            self._rows += [""] * (self._row + 1 - len(self._rows))
        if character != "\n":
            row = self._rows[self._row].ljust(self._column)
            after = row[self._column + 1 :]
            self._rows[self._row] = row[: self._column] + character + after
            self._column += 1
