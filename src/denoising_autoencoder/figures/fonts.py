"""Fonts for names in any script, and what is drawn where no font has a character."""

from __future__ import annotations

import logging
import re
import unicodedata
from functools import cache
from threading import Event

from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font

logger = logging.getLogger(__name__)

_FIRST = "DejaVu Sans"
"""Comes with Matplotlib. It has Latin, Greek, Cyrillic, Arabic and Hebrew letters."""

_OTHERS = (
    # Chinese, Japanese and Korean: Linux, macOS, Windows
    *("Noto Sans CJK JP", "Noto Sans CJK SC", "Noto Sans CJK KR", "Noto Sans JP"),
    *("Noto Sans SC", "Noto Sans KR", "Source Han Sans", "IPAexGothic", "IPAGothic"),
    *("TakaoPGothic", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "NanumGothic"),
    *("Droid Sans Fallback", "Hiragino Sans", "PingFang SC", "Heiti TC"),
    *("Hiragino Sans GB", "Apple SD Gothic Neo", "AppleGothic", "Yu Gothic", "Meiryo"),
    *("MS Gothic", "Microsoft YaHei", "SimHei", "Malgun Gothic"),
    # Scripts of South and South-East Asia
    *("Noto Sans Devanagari", "Noto Sans Bengali", "Noto Sans Tamil", "Noto Sans Thai"),
    *("Nirmala UI", "Leelawadee UI", "Lohit Devanagari", "Kohinoor Devanagari"),
    # All of Unicode, symbols and emoji
    *("Arial Unicode MS", "Unifont", "Noto Sans Symbols 2", "Noto Emoji", "Symbola"),
    *("Segoe UI Symbol", "Segoe UI Emoji"),
)
"""Families that are taken for other scripts where they are installed. A search through
all fonts of a machine would open hundreds of files."""

_MOST_NAMED = 12
"""Characters that a warning names."""

_warned = Event()


@cache
def font_families() -> tuple[str, ...]:
    """The families that Matplotlib tries for a character, one after the other."""
    installed = {font.name for font in fontManager.ttflist}
    return (_FIRST, *(family for family in _OTHERS if family in installed))


def drawable(text: str) -> str:
    """Replace the characters that no font has, since Matplotlib would draw boxes.

    Args:
        text: Text that may hold a user's names.

    Returns:
        The text with numbers for the unknown characters, such as `<U+732B>`, and
        without variation selectors, which only choose between forms of a character.
        The first time that numbers are needed, a warning says so.
    """
    # Files that come from macOS have accents as characters of their own.
    text = re.sub(r"[\ufe00-\ufe0f]", "", unicodedata.normalize("NFC", text))
    unknown = set(text) - {"\n"}
    for family in font_families():
        unknown = {letter for letter in unknown if ord(letter) not in _letters(family)}
    if not unknown:
        return text
    _warn_once([letter for letter in dict.fromkeys(text) if letter in unknown])
    return re.sub(
        f"[{re.escape(''.join(sorted(unknown)))}]+",
        lambda found: f"<{' '.join(map(_number, found[0]))}>",
        text,
    )


def in_first_font(text: str) -> bool:
    """Whether the font that comes with Matplotlib has all characters of a text."""
    return _letters(_FIRST).issuperset(map(ord, text.replace("\n", "")))


@cache
def _letters(family: str) -> frozenset[int]:
    path = findfont(FontProperties(family=[family]))
    return frozenset(get_font(path).get_charmap())


def _number(letter: str) -> str:
    return f"U+{ord(letter):04X}"


def _warn_once(unknown: list[str]) -> None:
    if _warned.is_set():
        return
    _warned.set()
    named = ", ".join(
        f"{letter} ({_number(letter)})" for letter in unknown[:_MOST_NAMED]
    )
    logger.warning(
        "No font for %s%s: figures show such characters as numbers. Install a font of "
        "Noto Sans that has them, or take other names.",
        named,
        " and others" if len(unknown) > _MOST_NAMED else "",
    )
