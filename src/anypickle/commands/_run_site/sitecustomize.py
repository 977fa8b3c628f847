"""What an interpreter that `anypickle run` started imports before the program: it installs anypickle.

`site` imports a module of this name at the end of the interpreter's start, before `__main__` exists; that is why
the program's tracebacks, `__main__`, `sys.argv` and exit code are the interpreter's own. The environment and
`sys.path` are put back first, then the machine's own `sitecustomize` has its turn.
"""

import os
import sys
import time
from importlib.machinery import PathFinder
from importlib.util import module_from_spec
from pathlib import Path

_BEGAN = time.time()
_HERE = Path(__file__).parent


def _put_back_environment() -> None:
    """Takes back what `anypickle run` set; with `--follow` subprocesses are to find it too."""
    if os.environ.get("ANYPICKLE_RUN") == "follow":
        return
    for name in ("ANYPICKLE_RUN", "ANYPICKLE_TAG"):
        del os.environ[name]
    before = os.environ.pop("ANYPICKLE_PYTHONPATH", None)
    if before is None:
        os.environ.pop("PYTHONPATH", None)
    else:
        os.environ["PYTHONPATH"] = before


def _run_the_hidden_one() -> None:
    """Imports the `sitecustomize` that this one stands in front of."""
    sys.path[:] = [entry for entry in sys.path if entry != str(_HERE)]
    spec = PathFinder.find_spec("sitecustomize", sys.path)
    if spec is not None and spec.loader is not None:
        module = module_from_spec(spec)
        sys.modules["sitecustomize"] = module
        spec.loader.exec_module(module)


def _install() -> None:
    """Installs the anypickle that this file belongs to."""
    home = str(_HERE.parents[2])
    try:
        import anypickle
    except ImportError:
        sys.path.append(home)
        try:
            import anypickle
        finally:
            sys.path.remove(home)
    anypickle.install()
    targets = os.environ.pop("ANYPICKLE_REPORT_TO", None)
    if targets is not None:
        from anypickle.traffic.report import write_at_exit

        write_at_exit(os.environ["ANYPICKLE_REPORT"], targets.split(os.pathsep), _BEGAN)


if "ANYPICKLE_RUN" in os.environ:
    # Another Python that a followed program starts has no modules built for it: it runs plainly.
    if os.environ.get("ANYPICKLE_TAG") == sys.implementation.cache_tag:
        _put_back_environment()
        _run_the_hidden_one()
        _install()
    else:
        _run_the_hidden_one()
