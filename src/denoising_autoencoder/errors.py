"""What a user can mend, as against what a programmer must."""

from __future__ import annotations


class ProjectError(Exception):
    """An error that the user can mend.

    Its message is one sentence that says what is wrong and what to do; the command
    line prints that sentence alone, without a traceback, and exits with 1.
    """


class ImageSourceError(ProjectError):
    """The images cannot be had, or are not what they claim to be."""


class DatasetFileError(ProjectError):
    """A file of the catalog cannot be read or written as what it should hold."""


class ParameterError(ProjectError):
    """A parameter is unknown, out of its bounds, or without effect in this run."""


class TrainingDivergedError(ProjectError):
    """The training loss is no number, or larger than any image could make it."""


class MixedVersionsError(ProjectError):
    """Artifacts would be read together that do not belong together."""
