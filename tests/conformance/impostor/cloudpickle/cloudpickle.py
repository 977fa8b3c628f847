"""cloudpickle's own module, for its private helpers, with our public functions in it."""

import sys
from importlib.machinery import PathFinder
from pathlib import Path

_here = Path(__file__).resolve().parents[1]
_real = PathFinder.find_spec(
    "cloudpickle", [p for p in sys.path if Path(p or ".").resolve() != _here]
)
_source = Path(_real.origin).with_name("cloudpickle.py")
exec(compile(_source.read_text(), str(_source), "exec"))

from . import CloudPickler, Pickler, dump, dumps, load, loads  # noqa: E402, F401
