"""Text in the cells of a CSV file, so that no spreadsheet takes it for a formula."""

from __future__ import annotations

import re

# Where a spreadsheet may begin a cell: some split at semicolons and tabs too.
_BEGIN = r"(?:^|(?<=[;\t\r\n]))"
# Harmless, though it begins with a minus: a number, or the sign for nothing.
_NUMBER = r"-(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?)?\Z"
# Tab, return and the signs are OWASP's list for "CSV injection", full width included.
# Apostrophes before them count, so that those of the text and ours are told apart.
_RISKY = rf"'*(?:[\t\r\n]|[^\S\t\r\n]*(?!{_NUMBER})[=+\-@\uff1d\uff0b\uff0d\uff20])"
# Text of nothing but apostrophes gets one too: an empty cell is a missing value.
_TO_ESCAPE = re.compile(rf"^(?='*\Z)|{_BEGIN}(?={_RISKY})")
_ESCAPED = re.compile(rf"^'(?='*\Z)|{_BEGIN}'(?={_RISKY})")


def escape(text: str) -> str:
    """Put an apostrophe before what a spreadsheet would take for a formula.

    Args:
        text: Any text.

    Returns:
        Text that `unescape` maps back to exactly this one. It is never empty, and equal
        to ordinary text. Spreadsheets show it as text.
    """
    return _TO_ESCAPE.sub("'", text)


def unescape(text: str) -> str:
    """Remove the apostrophes of `escape`; all others stay."""
    return _ESCAPED.sub("", text)
