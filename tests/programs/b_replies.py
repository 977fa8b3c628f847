"""A server process, and with each request the queue for its answer."""

import multiprocessing
import queue
import sys


def serve(requests):
    for number, reply in iter(requests.get, None):
        reply.put(number * 2)


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    requests = queue.Queue()
    server = context.Process(target=serve, args=(requests,))
    server.start()
    answers = []
    for number in range(5):
        reply = queue.Queue()
        requests.put((number, reply))
        answers.append(reply.get(timeout=30))
    requests.put(None)
    server.join()
    print(answers, server.exitcode)
