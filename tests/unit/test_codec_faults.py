"""What user code does in the middle of a dump or a load: no crash, and the exceptions of `_pickle`."""

import _pickle
import gc
import io
import threading

import pytest

from anypickle import _core

MODULES = [_core, _pickle]


class Acts:
    """Runs `act` when it is reduced."""

    act = staticmethod(lambda: None)

    def __reduce__(self):
        type(self).act()
        return list, ()


def outcome(act):
    """The value, or the type and the text of the exception."""
    try:
        return act()
    except Exception as error:
        return type(error), str(error)


def acting(action):
    return type("Acting", (Acts,), {"act": staticmethod(action)})()


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("size", [1, 2, 5, 1500])
@pytest.mark.parametrize("change", ["clear", "shrink", "grow"])
@pytest.mark.parametrize("kind", [list, dict])
def test_a_container_that_changes_while_it_is_written(kind, change, size, protocol):
    def run(module):
        def action():
            if done:
                return
            done.append(1)
            if change == "clear":
                victim.clear()
            elif change == "shrink":
                victim.pop() if kind is list else victim.pop(size - 1, None)
            else:
                victim.append(1) if kind is list else victim.update(more=1)

        done = []
        acts = acting(action)
        victim = [acts, *range(size - 1)] if kind is list else dict.fromkeys(range(size), acts)
        found = outcome(lambda: module.loads(module.dumps(victim, protocol)))
        return found if not isinstance(found, tuple) else found[0]

    assert run(_core) == run(_pickle)


def test_another_thread_changes_what_is_written():
    victim = {"list": list(range(2000)), "dict": {key: [1, (2, "x")] for key in range(500)}}
    stop = threading.Event()

    def change():
        while not stop.is_set():
            victim["list"].append([1])
            del victim["list"][:3]
            victim["dict"].pop(len(victim["dict"]) - 1, None)
            victim["dict"][len(victim["dict"])] = [1]

    thread = threading.Thread(target=change)
    thread.start()
    try:
        for i in range(300):
            acts = [acting(lambda: None) for _ in range(10)]  # which lets the other thread run
            try:
                _core.loads(_core.dumps([acts, victim], i % 6))
            except RuntimeError as error:
                assert "changed size" in str(error)
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize("module", MODULES)
def test_dumps_and_loads_within_themselves(module):
    inner = []
    acts = acting(lambda: inner.append(module.loads(module.dumps({"a": [1]}))))
    assert module.loads(module.dumps([acts, acts])) == [[], []]
    assert inner == [{"a": [1]}]

    class Nested(module.Unpickler):
        def find_class(self, module_name, name):
            inner.append(module.loads(module.dumps((1, 2))))
            return super().find_class(module_name, name)

    assert Nested(io.BytesIO(module.dumps([len, max]))).load() == [len, max]
    assert inner[1:] == [(1, 2), (1, 2)]


def test_the_same_object_is_not_used_twice_at_once():
    file = io.BytesIO()
    pickler = _core.Pickler(file)
    with pytest.raises(RuntimeError):
        pickler.dump(acting(lambda: pickler.dump(1)))
    pickler.dump(2)

    class Again(_core.Unpickler):
        def find_class(self, module, name):
            return self.load()

    with pytest.raises(RuntimeError, match="in use"):
        Again(io.BytesIO(_core.dumps(len) * 2)).load()


@pytest.mark.parametrize("module", MODULES)
def test_the_collector_runs_at_every_allocation(module):
    class Node:
        pass

    node = Node()
    node.self, node.items = node, [{"k": (node, {1, 2})} for _ in range(50)]
    Node.__qualname__, globals()["Node"] = "Node", Node
    before = gc.get_threshold()
    gc.set_threshold(1)
    try:
        for protocol in range(6):
            copy = module.loads(module.dumps(node, protocol))
            assert copy.self is copy
            assert copy.items[49]["k"][0] is copy
    finally:
        gc.set_threshold(*before)
        del globals()["Node"]


class Refuses(Exception):
    pass


@pytest.mark.parametrize("protocol", [0, 2, 5])
def test_an_exception_at_every_step_of_a_file(protocol):
    value = [{"k" * i: (i, "text" * i)} for i in range(40)] + [b"x" * 70_000]

    class File(io.BytesIO):
        left = 0

        def spend(self):
            self.left -= 1
            if self.left < 0:
                raise Refuses

        def write(self, data):
            self.spend()
            return super().write(data)

        def read(self, *args):
            self.spend()
            return super().read(*args)

        def readline(self, *args):
            self.spend()
            return super().readline(*args)

        readinto = None
        peek = None

    data = _core.dumps(value, protocol)

    def dump(left):
        file = File()
        file.left = left
        _core.dump(value, file, protocol)
        return file.getvalue()

    def load(left):
        file = type("NoReadInto", (), {})()
        source = File(data)
        source.left = left
        file.read, file.readline = source.read, source.readline
        return _core.load(file)

    for act, want in ((dump, value), (load, value)):
        for left in range(3000):
            try:
                got = act(left)
            except Refuses:
                continue
            assert (got if act is load else _core.loads(got)) == want
            break
        else:
            pytest.fail("never done")
