"""Classes by value: one class wherever it arrives more than once, and none of its code runs on the way."""

from __future__ import annotations

import dataclasses
import gc
import importlib
import pickle
import sys
import sysconfig
import threading
import weakref
from pathlib import Path
from typing import Any

import pytest

import anypickle
from anypickle.registry import unregister_by_value
from tests.helpers.programs import FreshLoader, ProgramRunner


def make() -> type:
    class Made:
        def value(self) -> int:
            return 1

    return Made


def test_a_class_comes_home_as_itself() -> None:
    cls = make()
    assert pickle.loads(anypickle.dumps(cls)) is cls
    assert isinstance(pickle.loads(anypickle.dumps(cls())), cls)


def test_two_streams_bring_one_class(run_script: ProgramRunner, tmp_path: Any) -> None:
    cls = make()
    (tmp_path / "a").write_bytes(anypickle.dumps(cls))
    (tmp_path / "b").write_bytes(anypickle.dumps(cls()))
    done = run_script(
        """
        import pathlib, pickle, sys
        cls, obj = (pickle.loads(pathlib.Path(p).read_bytes()) for p in sys.argv[1:])
        print(isinstance(obj, cls), obj.value())
        """,
        str(tmp_path / "a"),
        str(tmp_path / "b"),
    )
    assert done.ok().stdout == "True 1\n"


def test_a_class_that_went_out_and_back_is_the_original(run_script: ProgramRunner) -> None:
    done = run_script("""
        import anypickle, pickle, subprocess, sys

        class Made:
            pass

        echo = ("import sys, pickle, anypickle;"
                "sys.stdout.buffer.write(anypickle.dumps(pickle.loads(sys.stdin.buffer.read())))")
        back = subprocess.run([sys.executable, "-c", echo], input=anypickle.dumps(Made()),
                              capture_output=True, check=True).stdout
        print(type(pickle.loads(back)) is Made)
    """)
    assert done.ok().stdout == "True\n"


def test_a_change_travels_to_where_the_class_is_already(
    run_script: ProgramRunner, tmp_path: Any
) -> None:
    cls = make()
    (tmp_path / "a").write_bytes(anypickle.dumps(cls))
    cls.more = lambda self: self.value() + 1  # type: ignore[attr-defined]
    (tmp_path / "b").write_bytes(anypickle.dumps(cls()))
    done = run_script(
        """
        import pathlib, pickle, sys
        read = lambda p: pickle.loads(pathlib.Path(p).read_bytes())
        cls = read(sys.argv[1]); old = cls(); assert not hasattr(old, "more")
        new = read(sys.argv[2])
        print(type(new) is cls, old.more())
        """,
        str(tmp_path / "a"),
        str(tmp_path / "b"),
    )
    assert done.ok().stdout == "True 2\n"


def test_class_attributes_that_changed_here_are_not_set_back(
    run_script: ProgramRunner, tmp_path: Any
) -> None:
    cls = make()
    cls.count = 0  # type: ignore[attr-defined]
    (tmp_path / "a").write_bytes(anypickle.dumps(cls))
    done = run_script(
        """
        import pathlib, pickle, sys
        read = lambda: pickle.loads(pathlib.Path(sys.argv[1]).read_bytes())
        read().count += 5
        print(read().count)
        """,
        str(tmp_path / "a"),
    )
    assert done.ok().stdout == "5\n"
    cls.count = 7  # type: ignore[attr-defined]
    pickle.loads((tmp_path / "a").read_bytes())
    assert cls.count == 7  # type: ignore[attr-defined]


def test_a_class_of_main_is_found_in_a_process_that_runs_main(run_script: ProgramRunner) -> None:
    done = run_script("""
        import multiprocessing, anypickle, pickle

        class Task:
            def run(self):
                return 1

        def work(data):
            return type(pickle.loads(data)) is Task

        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.apply(work, (anypickle.dumps(Task()),)))
    """)
    assert done.ok().stdout == "True\n"


def test_another_class_of_that_name_is_not_taken_for_it(run_script: ProgramRunner) -> None:
    program = """
        import pathlib, pickle, sys
        class Task:
            def run(self):
                return {}
        path = pathlib.Path(sys.argv[1])
        if len(sys.argv) > 2:
            made = pickle.loads(path.read_bytes())
            print(made.run(), type(made) is Task)
        else:
            import anypickle
            path.write_bytes(anypickle.dumps(Task()))
    """
    import tempfile

    with tempfile.TemporaryDirectory() as directory:
        path = f"{directory}/data"
        run_script(program.format(1), path).ok()
        assert run_script(program.format(2), path, "read").ok().stdout == "1 False\n"


@pytest.mark.skipif(
    sys.version_info < (3, 14) and bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    reason="Python 3.13 without a GIL makes classes immortal as soon as there is a second thread",
)
def test_classes_are_not_kept_alive() -> None:
    cls = make()
    anypickle.dumps(cls)
    gone = weakref.ref(cls)
    del cls
    gc.collect()
    assert gone() is None


def test_init_subclass_and_metaclass_do_not_run_again(load_elsewhere: FreshLoader) -> None:
    class Meta(type):
        def __init__(cls, *args: Any) -> None:
            super().__init__(*args)
            cls.inits = [*getattr(cls, "inits", []), cls.__name__]

    class Base(metaclass=Meta):
        seen: list[str] = []

        def __init_subclass__(cls) -> None:
            Base.seen.append(cls.__name__)

    class Derived(Base):
        pass

    said = load_elsewhere(
        anypickle.dumps(Derived),
        "print(value.seen, value.inits, value.__mro__[1].inits, len(value.__mro__))",
    )
    assert said == "['Derived'] ['Base', 'Derived'] ['Base'] 3\n"


def test_many_threads_that_read_one_class_get_one_class(
    run_script: ProgramRunner, tmp_path: Any
) -> None:
    (tmp_path / "a").write_bytes(anypickle.dumps(make()))
    done = run_script(
        """
        import pathlib, pickle, sys, threading
        data = pathlib.Path(sys.argv[1]).read_bytes()
        found, start = [], threading.Barrier(8)
        def read():
            start.wait()
            cls = pickle.loads(data)
            found.append((cls, cls().value()))
        threads = [threading.Thread(target=read) for _ in range(8)]
        for t in threads: t.start()
        for t in threads: t.join()
        print(len(set(found)))
        """,
        str(tmp_path / "a"),
    )
    assert done.ok().stdout == "1\n"


def test_a_hash_channel_has_no_token() -> None:
    def again() -> bytes:
        return anypickle.dumps(make(), channel="hash")

    assert again() == again()


def test_a_lock_of_a_class_is_shared_by_the_threads_that_dump_it() -> None:
    cls = make()
    cls.lock = threading.Lock()  # type: ignore[attr-defined]
    assert pickle.loads(anypickle.dumps(cls)) is cls


def test_a_class_that_holds_its_own_methods(load_elsewhere: FreshLoader) -> None:
    class Registry:
        @classmethod
        def name(cls) -> str:
            return cls.__name__

    Registry.handlers = [Registry.name]  # type: ignore[attr-defined]
    look = "print(value.handlers[0](), value.name())"
    assert load_elsewhere(anypickle.dumps(Registry), look) == "Registry Registry\n"
    (handler,) = anypickle.loads(anypickle.dumps(Registry.handlers))  # type: ignore[attr-defined]
    assert handler == Registry.name


def test_a_class_of_a_part_of_a_package_that_was_not_imported_goes_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "packaged"
    package.mkdir()
    (package / "__init__.py").write_text("class Part: pass\nPart.__module__ = 'packaged.parts'\n")
    (package / "parts.py").write_text("from packaged import Part\n")
    monkeypatch.syspath_prepend(tmp_path)
    part = importlib.import_module("packaged").Part
    try:
        assert pickle.loads(anypickle.dumps(part)) is part
        assert b"new_class" not in anypickle.dumps(part)
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "packaged"]:
            del sys.modules[name]


@dataclasses.dataclass(order=True)
class Data:
    x: int
    seed: dataclasses.InitVar[int] = 0
    names: list[str] = dataclasses.field(default_factory=list, repr=False)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_dataclasses_cross_by_value_at_every_protocol(
    protocol: int, load_elsewhere: FreshLoader
) -> None:
    anypickle.register_by_value(__name__)
    try:
        data = anypickle.dumps(Data(3, names=["a"]), protocol)
    finally:
        unregister_by_value(__name__)
    look = "import dataclasses\nprint(value, *[field.name for field in dataclasses.fields(value)])"
    assert load_elsewhere(data, look) == "Data(x=3) x names\n"


@pytest.mark.skipif(sys.version_info >= (3, 15), reason="a sentinel of Python 3.15 has no copies")
def test_copies_of_the_marks_of_dataclasses_are_what_they_are_copies_of() -> None:
    @dataclasses.dataclass
    class Point:
        x: int

    mark: Any = object.__new__(type(dataclasses.MISSING))
    fields: Any = vars(Point)["__dataclass_fields__"]
    fields["x"].default = mark  # as cloudpickle leaves a class that comes a second time
    for _ in range(2):  # the second time it is known
        made, same, *_ = anypickle.loads(anypickle.dumps((fields, mark, dataclasses.KW_ONLY)))
        assert made["x"].default is same is dataclasses.MISSING
        assert made["x"]._field_type is dataclasses._FIELD  # type: ignore[attr-defined]
