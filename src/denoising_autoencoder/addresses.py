"""Addresses of stores, as `data_root` may be one, told from folders of this machine."""

from __future__ import annotations

import re
from pathlib import PurePath

_SCHEME = re.compile("[A-Za-z][A-Za-z0-9+.-]+:")  # longer than Windows' C:

_BUCKET = "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
_PART = r"(?!\.\.?(?:/|$))[^/{}?#*\[\]\\\x00-\x1f\x7f]+"
_S3 = re.compile(rf"s3://{_BUCKET}(?:/{_PART})*/?")


def is_address(place: str | PurePath) -> bool:
    """Whether a place is behind an address, and not a folder.

    Args:
        place: Text, or the path that was made from it.
    """
    return _SCHEME.match(str(place)) is not None or "://" in str(place)


def local_place(root: str) -> str:
    """Where that is kept which needs a folder: checkpoints, studies, downloads.

    Args:
        root: Folder of all artifacts, or its address.
    """
    return "data" if is_address(root) else root


def what_is_wrong(place: str) -> str | None:
    """Why no artifacts can be kept at an address, for "data_root ...".

    Args:
        place: Address, or a folder.

    Returns:
        Words that do not repeat the address, since it may hold a password; None for a
        folder and for a place in a bucket.
    """
    if not is_address(place) or _S3.fullmatch(place):
        return None
    if place.startswith("s3://"):
        if "@" in place:
            return (
                "should not hold an access key: give s3://bucket/path, and the key by "
                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY or by AWS's own files"
            )
        return (
            "should be s3://bucket/path, with a bucket of 3 to 63 lower-case letters, "
            "digits, dots and hyphens, and a path without any of {}[]?*# and \\"
        )
    return (
        "should be a folder, or s3://bucket/path for an S3-compatible store: no other "
        "addresses are supported"
    )
