"""`python receive.py DIRECTORY [MODULE]`: loads what `send` wrote, each in a process of its own.

The loader is MODULE's `loads`, by default stock pickle's.

Writes `outcome.json`: for each kind "right", "refused", "unreadable", "wrong", "hung" or "crashed", and why.
"""

import json
import os
import pathlib
import signal
import sys

_SECONDS = 10


def _outcome(data, check, report):
    """In a child: load, look, and write what came of it."""
    import importlib
    import traceback
    import warnings

    warnings.simplefilter("ignore")
    sys.stdin.close()
    try:
        value = importlib.import_module(sys.argv[2] if sys.argv[2:] else "pickle").loads(data)
    except BaseException as error:
        found = "unreadable", f"{type(error).__name__}: {error}"
    else:
        try:
            exec(check, {"value": value, "__name__": "check"})
            found = "right", ""
        except BaseException:
            found = "wrong", traceback.format_exc(limit=-1)
    os.write(report, json.dumps(found).encode()[:60000])


def _look_at(path, check):
    """Fork a process that has imported nothing yet."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            signal.alarm(_SECONDS)
            _outcome(path.read_bytes(), check, writer)
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    if said:
        return json.loads(said)
    killed = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    return ["hung", ""] if killed == signal.SIGALRM else ["crashed", f"signal {killed}"]


def main(directory):
    outcomes = []
    for number, (_file, _name, check) in enumerate(
        json.loads((directory / "kinds.json").read_text())
    ):
        error = directory / f"{number}.error"
        if error.exists():
            text = error.read_text()
            broken = text.partition(":")[0]
            outcomes.append([broken if broken in ("hung", "crashed") else "refused", text])
        elif not (directory / f"{number}.pkl").exists():
            outcomes.append(["crashed", "the sender ended"])
        else:
            outcomes.append(_look_at(directory / f"{number}.pkl", check))
    (directory / "outcome.json").write_text(json.dumps(outcomes))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
