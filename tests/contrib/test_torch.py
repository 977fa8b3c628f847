"""torch's own ways between processes, over what torch refuses: `make test-torch`, for torch weighs gigabytes."""

from __future__ import annotations

import importlib.util

import pytest

from tests.helpers.programs import ProgramRunner

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="make test-torch runs it"),
]

LOADER = """
import sys, threading
from pathlib import Path
import h5py, lmdb, numpy, torch
from torch.utils.data import DataLoader, Dataset

class Rows(Dataset):
    def __init__(self, folder):
        with h5py.File(folder / "rows.h5", "w") as file:
            file["x"] = numpy.arange(20.0)
        self.lock = threading.Lock()
        self.file = h5py.File(folder / "rows.h5", "r")
        self.environment = lmdb.open(str(folder / "rows.lmdb"), map_size=1 << 20)
        with self.environment.begin(write=True) as transaction:
            for i in range(20):
                transaction.put(b"%d" % i, b"%d" % (i * 2))
        self.generator = torch.Generator().manual_seed(3)

    def __len__(self):
        return 20

    def __getitem__(self, i):
        with self.lock, self.environment.begin() as transaction:
            return torch.tensor([self.file["x"][i], int(transaction.get(b"%d" % i))])

def tell(queue, rows, shared, told):
    queue.put((rows[3].tolist(), shared.sum().item(), rows.generator.initial_seed()))
    told.wait(30)

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for method in ("spawn", "forkserver"):
        (folder / method).mkdir()
        rows = Rows(folder / method)
        loader = DataLoader(rows, batch_size=5, num_workers=2, multiprocessing_context=method,
                            collate_fn=lambda batch: torch.stack(batch), persistent_workers=True,
                            shuffle=True, generator=torch.Generator().manual_seed(1))
        for epoch in range(2):
            found = torch.cat(list(loader))
            assert sorted(found.tolist()) == [[i, 2 * i] for i in range(20)]
        context = torch.multiprocessing.get_context(method)
        queue, told = context.Queue(), context.Event()
        shared = torch.ones(4).share_memory_()
        process = context.Process(target=tell, args=(queue, rows, shared, told))
        process.start()
        assert queue.get(timeout=60) == ([3, 6], 4, 3)
        told.set()
        process.join()
        assert process.exitcode == 0
    with context.Pool(1) as pool:
        assert [t.item() for t in pool.map(lambda x: torch.tensor(x) * 2, [1, 2])] == [2, 4]
    print("done")
"""


@pytest.mark.timeout(400)
def test_a_dataset_with_a_lock_and_files_is_loaded_by_workers(
    run_script: ProgramRunner, tmp_path: object
) -> None:
    assert run_script(LOADER, str(tmp_path), under="anypickle", timeout=300).ok().stdout == "done\n"


BYTES = """
import pickle
import torch
import anypickle

def across(obj):
    return pickle.loads(anypickle.dumps(obj))

generator = torch.Generator().manual_seed(5)
torch.rand(3, generator=generator)
assert torch.equal(torch.rand(1, generator=across(generator)), torch.rand(1, generator=generator))
model = torch.nn.Sequential(torch.nn.Linear(2, 2))
model[0].register_forward_hook(lambda module, inputs, output: output + 1)
assert torch.equal(across(model)(torch.ones(2)), model(torch.ones(2)))
adam = torch.optim.Adam(model.parameters())
schedule = torch.optim.lr_scheduler.LambdaLR(adam, lambda epoch: 0.5)
assert across(schedule).get_last_lr() == schedule.get_last_lr()
assert across(torch.finfo(torch.float16)).max == torch.finfo(torch.float16).max
assert across(torch.iinfo(torch.int8)).max == 127
print("done")
"""


@pytest.mark.timeout(120)
def test_what_torch_objects_hold_arrives(run_script: ProgramRunner, tmp_path: object) -> None:
    cache = {"TORCHINDUCTOR_CACHE_DIR": str(tmp_path)}
    assert run_script(BYTES, timeout=100, env=cache).ok().stdout == "done\n"


SHARED = """
import multiprocessing, pickle
import torch
from anypickle import Queue, share

def add_one(queue):
    tensor = queue.get()
    tensor += 1
    queue.put(tensor)

if __name__ == "__main__":
    queue = Queue()
    for kind in ("float32", "bfloat16", "int64", "bool", "complex64", "float16"):
        original = share(torch.ones(4, 3).to(getattr(torch, kind)).T)
        queue.put(original)
        for arrived in (queue.get(), pickle.loads(pickle.dumps(original))):
            assert torch.equal(arrived, original) and arrived.dtype == original.dtype
            arrived[0, 0] = not arrived[0, 0]
            assert torch.equal(arrived, original)
    weights = share(torch.ones(3, requires_grad=True))
    (weights * 2).sum().backward()
    assert type(weights * 2) is torch.Tensor and weights.grad.tolist() == [2, 2, 2]
    for method in ("fork", "spawn"):
        tensor = share(torch.zeros(3))
        process = multiprocessing.get_context(method).Process(target=add_one, args=(queue,))
        queue.put(tensor)
        process.start()
        process.join()
        assert tensor.tolist() == queue.get(timeout=30).tolist() == [1, 1, 1]
    print("done")
"""


@pytest.mark.timeout(120)
def test_a_shared_tensor_is_one_tensor_for_all(run_script: ProgramRunner) -> None:
    assert run_script(SHARED, timeout=100).ok().stdout == "done\n"
