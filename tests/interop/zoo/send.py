"""`python send.py MODULE DIRECTORY [FILE...]`: dumps every kind with MODULE's `dumps`, one after the other.

Run as a program, so that what the zoo defines is of `__main__`. Writes `N.pkl` or `N.error`, and `kinds.json`.
"""

import importlib
import json
import pathlib
import signal
import sys
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3]))

from tests.interop import zoo

FILES = ("functions", "classes", "values", "library")
_SECONDS = 10


def _send(dumps, directory):
    for number, kind in enumerate(zoo.KINDS):
        signal.alarm(_SECONDS)
        try:
            (directory / f"{number}.pkl").write_bytes(dumps(kind.make()))
        except BaseException as error:
            message = f"{type(error).__name__}: {error}"
            (directory / f"{number}.error").write_text(message)
        finally:
            signal.alarm(0)


def _expired(signum, frame):
    raise TimeoutError("hung")


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, _expired)
    _here = pathlib.Path(__file__).parent
    for _name in sys.argv[3:] or FILES:
        exec(compile((_here / f"{_name}.py").read_text(), str(_here / f"{_name}.py"), "exec"))
    _directory = pathlib.Path(sys.argv[2])
    (_directory / "kinds.json").write_text(
        json.dumps([[kind.file, kind.name, kind.check] for kind in zoo.KINDS])
    )
    _send(importlib.import_module(sys.argv[1]).dumps, _directory)
