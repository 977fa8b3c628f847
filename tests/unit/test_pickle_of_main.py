"""While anypickle is installed `pickle.dumps` writes what `__main__` defines by name, where the other side has it."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.helpers import programs
from tests.helpers.programs import ProgramRunner

_CLASSES = """
    import pickle, sys, types
    import anypickle
    anypickle.install()

    class Defined:
        x = 1

    def by_name(obj):
        first, *others = [pickle.dumps(obj) for _ in range(3)]
        assert all(other == first for other in others)
        return b"new_class" not in first and b"_value" not in first

    def function(): return 1
"""


def test_what_running_the_program_again_defines_goes_by_name(run_script: ProgramRunner) -> None:
    run_script(
        _CLASSES
        + """
    assert by_name(Defined()) and by_name(Defined) and by_name(function) and by_name([function, Defined])
    if __name__ == "__main__":
        class Guarded: pass
        def guarded(): pass
        assert not by_name(Guarded()) and not by_name(guarded) and not by_name(lambda: 1)
    """
    ).ok()


def test_what_changes_in_between_counts(run_script: ProgramRunner) -> None:
    run_script(
        _CLASSES
        + """
    old = Defined()
    assert by_name(old)
    first = Defined
    class Defined: pass
    assert not by_name(old) and by_name(Defined())  # the name leads to another class
    Defined = first
    assert by_name(old)
    main = sys.modules["__main__"]
    file, main.__file__ = main.__file__, "/nowhere/of_this_name.py"
    assert not by_name(old)
    main.__file__ = file
    assert by_name(old)
    main.__spec__, main.__file__ = None, None
    assert not by_name(old)
    main.__file__ = file
    sys.modules["__main__"] = types.ModuleType("__main__")
    assert not by_name(old)
    sys.modules["__main__"] = main
    assert by_name(old)
    assert b"new_class" in anypickle.dumps(old)  # which says nothing of the other side
    """
    ).ok()


def test_a_program_without_a_file_has_no_names_for_others(tmp_path: Path) -> None:
    script = (
        "import pickle, anypickle; anypickle.install()\nclass A: pass\n"
        "assert all(b'new_class' in pickle.dumps(A()) for _ in range(3))"
    )
    programs.run([sys.executable, "-c", script], cwd=tmp_path, output=tmp_path, timeout=60).ok()
