"""NumPy's archives: opened again over their file. Arrays and all that NumPy itself pickles stay as they are."""

from __future__ import annotations

from typing import Any

from anypickle import _rebuild
from anypickle.crossing import Crossing
from anypickle.policy import Policy, Scope
from anypickle.refusal import refuse
from anypickle.registry import Reduced, recipe


@recipe(
    "numpy.lib.npyio:NpzFile",
    policy=Policy.REOPEN,
    scope=Scope.MACHINE,
    meaning="an archive over the same file, opened again",
)
def _reduce_archive(archive: Any, policy: Policy, crossing: Crossing) -> Reduced:
    if archive.zip is None:
        refuse(archive, "it is closed", hint="pass its path, and load it on the other side")
    return _rebuild.reduced(
        "contrib.numpy:archive", archive.zip.fp, archive.allow_pickle, archive.pickle_kwargs
    )


def archive(file: Any, allow_pickle: bool, options: dict[str, Any]) -> Any:
    """An archive over a file."""
    from numpy.lib import npyio

    return npyio.NpzFile(file, own_fid=True, allow_pickle=allow_pickle, pickle_kwargs=options)
