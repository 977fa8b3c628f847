"""Executors within the workers of an executor, all with locks among arguments and results."""

import multiprocessing
import sys
import threading
from concurrent.futures import ProcessPoolExecutor


class Node:
    def __init__(self, depth):
        self.depth = depth
        self.lock = threading.Lock()

    def grow(self, method):
        if self.depth == 0:
            return [self]
        context = multiprocessing.get_context(method)
        with ProcessPoolExecutor(1, mp_context=context) as executor:
            return [self, *executor.submit(Node(self.depth - 1).grow, method).result(40)]


if __name__ == "__main__":
    nodes = Node(2).grow(sys.argv[1])
    print([node.depth for node in nodes], [node.lock.locked() for node in nodes])
