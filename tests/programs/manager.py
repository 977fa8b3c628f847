"""A Manager's dict and list keep objects with locks; its Namespace, queue and own classes too."""

import multiprocessing
import sys
import threading
from multiprocessing.managers import BaseManager


class Item:
    def __init__(self, name):
        self.name = name
        self.lock = threading.Lock()
        self.check = lambda: self.lock.locked()


class Store:
    def __init__(self):
        self.lock = threading.Lock()
        self.items = []

    def add(self, item):
        with self.lock:
            self.items.append(item)
        return len(self.items)

    def last(self):
        return self.items[-1]


class Manager(BaseManager):
    pass


Manager.register("Store", Store)


def fill(items, store):
    items["there"] = Item("there")
    store.add(Item("stored"))


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Manager() as manager, Manager(ctx=context) as own:
        items, store = manager.dict(), own.Store()
        items["here"] = Item("here")
        process = context.Process(target=fill, args=(items, store))
        process.start()
        process.join()
        print(items["here"].name, items["there"].name, items["there"].check())
        print(store.last().name, store.add(Item("more")))
        channel = manager.Queue()
        channel.put(Item("queued"))
        print(channel.get(timeout=20).name)
