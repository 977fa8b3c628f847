"""What can't cross is named, with the way to it, where it was sent; nothing hangs."""

import multiprocessing
import sys
import threading


class Pipeline:
    def __init__(self):
        self.lock = threading.Lock()
        self.steps = {"read": (line for line in ["a"])}

    def run(self):
        return 1


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    with context.Pool(1) as pool:
        try:
            pool.apply_async(Pipeline().run).get(20)
        except TypeError as error:
            print(
                type(error).__name__,
                "generator" in str(error),
                any("steps['read']" in n for n in error.__notes__),
            )
        print(pool.apply(abs, (-1,)))
    reader, writer = context.Pipe()
    try:
        writer.send({"generators": [(x for x in ())]})
    except TypeError as error:
        print(error.path)
