"""Lambdas, closures, nested functions and decorated ones as the work of a Pool."""

import functools
import multiprocessing
import sys


def logged(function):
    @functools.wraps(function)
    def wrapper(*args):
        return ("logged", function(*args))

    return wrapper


def main():
    offset = 10

    @logged
    def shift(x):
        return x + offset

    class Local:
        def __init__(self, x):
            self.x = x

        def __eq__(self, other):
            return type(self) is type(other) and self.x == other.x

    def recurse(n):
        return 1 if n == 0 else n * recurse(n - 1)

    with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
        print(pool.map(lambda x: x + offset, [1, 2]))
        print(pool.map(shift, [1]), pool.map(recurse, [5]))
        print(pool.map(Local, [1]) == [Local(1)])


if __name__ == "__main__":
    main()
