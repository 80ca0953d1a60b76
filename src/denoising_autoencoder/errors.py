"""Errors that a user can mend; every other error is a programmer's."""

from __future__ import annotations


class ProjectError(Exception):
    """An error that the user can mend.

    Its message is one sentence that says what is wrong and what to do; the command
    line prints only that sentence, without a traceback, and exits with 1.
    """


class ImageSourceError(ProjectError):
    """The images cannot be read, or are not what they claim to be."""


class DatasetFileError(ProjectError):
    """A file of the catalog cannot be read or written, or holds something else."""


class PictureError(ProjectError):
    """A picture file cannot be read or written, or is of a kind that is refused."""


class PictureTooLargeError(PictureError):
    """A picture has more pixels than a limit."""


class ParameterError(ProjectError):
    """A parameter is unknown, out of its bounds, or without effect in this run."""


class TrainingDivergedError(ProjectError):
    """The training loss is not finite, or larger than any image could make it."""


class MixedVersionsError(ProjectError):
    """A run would read artifacts together that do not belong together."""


class LostProcessError(ProjectError):
    """Another process of a shared training has ended, or hangs."""
