"""Requests and answers are objects of the script's own classes; both sides know them by `isinstance`."""

import dataclasses
import multiprocessing
import queue
import sys
import threading


@dataclasses.dataclass
class Request:
    number: int
    lock: threading.Lock = dataclasses.field(
        default_factory=threading.Lock, repr=False, compare=False
    )


@dataclasses.dataclass
class Answer:
    request: Request
    value: int


class Stop:
    pass


def serve(requests, answers):
    while not isinstance(request := requests.get(timeout=20), Stop):
        assert type(request) is Request
        with request.lock:
            answers.put(Answer(request, request.number**2))


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    requests, answers = queue.Queue(), queue.Queue()
    server = context.Process(target=serve, args=(requests, answers))
    server.start()
    for number in range(3):
        requests.put(Request(number))
    got = [answers.get(timeout=20) for _ in range(3)]
    requests.put(Stop())
    server.join()
    print(got, {type(answer) is Answer for answer in got}, got[2].request == Request(2))
