"""Producers and consumers meet at a `threading.Condition` over a `threading.Lock`; the data lie in shared arrays."""

import multiprocessing
import sys
import threading


def produce(condition, buffer, used, times):
    for item in range(times):
        with condition:
            while used[0] >= len(buffer):
                condition.wait()
            buffer[used[0]] = item
            used[0] += 1
            condition.notify_all()


def consume(condition, buffer, used, total, times):
    for _ in range(times):
        with condition:
            condition.wait_for(lambda: used[0] > 0)
            used[0] -= 1
            total.value += buffer[used[0]]
            condition.notify_all()


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    condition = threading.Condition(threading.Lock())
    buffer, used = context.Array("i", 4, lock=False), context.Array("i", 1, lock=False)
    total = context.Value("i", 0, lock=False)
    processes = [
        context.Process(target=produce, args=(condition, buffer, used, 25)) for _ in range(2)
    ]
    processes += [
        context.Process(target=consume, args=(condition, buffer, used, total, 25)) for _ in range(2)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    print(total.value, used[0], [process.exitcode for process in processes])
