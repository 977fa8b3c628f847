"""The vocabulary of a crossing: what arrives (`Policy`), by which road (`Channel`), how far it holds (`Scope`)."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Channel", "HeldLockWarning", "OwnerDiedWarning", "Policy", "PolicyWarning", "Scope"]


class Policy(StrEnum):
    """What an object becomes on the other side."""

    FRESH = "fresh"
    """A new, unlocked, empty-handed one that guards the copy as the original guards the original."""
    COPY = "copy"
    """The same contents in new machinery."""
    SHARED = "shared"
    """The same thing on both sides."""
    REOPEN = "reopen"
    """Opened again from its recipe (path, mode, position), never truncating, at its first use."""
    REFERENCE = "reference"
    """Found again by its name."""
    REFUSE = "refuse"
    """A clear error with the path to the object and what to do."""


class Channel(StrEnum):
    """The road that an object takes."""

    BYTES = "bytes"
    """`dumps`, `dump`."""
    COPY = "copy"
    """`copy.copy`, `copy.deepcopy`, `sklearn.clone`."""
    SPAWN = "spawn"
    """What a new process is started with."""
    TASK = "task"
    """Arguments and results of pools, queues, pipes and engines."""
    HASH = "hash"
    """Content hashes: deterministic, no tokens, no order."""
    FILE = "file"
    """Files that outlive the program."""


class Scope(StrEnum):
    """How far from its origin an object keeps its meaning."""

    PROCESS = "process"
    MACHINE = "machine"
    CLUSTER = "cluster"


class PolicyWarning(UserWarning):
    """What arrives is not all that was meant, and the message says what to do about it."""


class HeldLockWarning(PolicyWarning):
    """A lock that was held crosses unlocked: what it guards may be half-written."""


class OwnerDiedWarning(RuntimeWarning):
    """A shared lock was handed on because the process that held it died."""
