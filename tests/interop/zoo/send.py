"""`python send.py MODULE DIRECTORY [FILE...]`: dumps every kind with MODULE's `dumps`, one after the other.

Run as a program, so that what the zoo defines is of `__main__`. Writes `N.pkl` or `N.error`, and `kinds.json`.
"""

import importlib
import json
import os
import pathlib
import signal
import sys
import warnings

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3]))

from tests.interop import zoo

_SECONDS = 10


def _send(dumps, kind, path):
    """In a child: one that ends or hangs takes no other kind with it."""
    signal.alarm(_SECONDS)
    try:
        path.with_suffix(".pkl").write_bytes(dumps(kind.make()))
    except BaseException as error:
        lines = [f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ())]
        path.with_suffix(".error").write_text("\n".join(lines))


def _send_all(dumps, directory):
    for number, kind in enumerate(zoo.KINDS):
        child = os.fork()
        if child == 0:
            try:
                _send(dumps, kind, directory / str(number))
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFSIGNALED(status):
            hung = os.WTERMSIG(status) == signal.SIGALRM
            text = "hung" if hung else f"crashed: signal {os.WTERMSIG(status)}"
            (directory / f"{number}.error").write_text(text)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    _here = pathlib.Path(__file__).parent
    for _name in sys.argv[3:] or zoo.FILES:
        exec(compile((_here / f"{_name}.py").read_text(), str(_here / f"{_name}.py"), "exec"))
    _directory = pathlib.Path(sys.argv[2])
    (_directory / "kinds.json").write_text(
        json.dumps([[kind.file, kind.name, kind.check] for kind in zoo.KINDS])
    )
    _send_all(importlib.import_module(sys.argv[1]).dumps, _directory)
