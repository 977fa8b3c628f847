"""Copies of a client that holds a lock, a condition over it, a thread-local and a logger."""

import copy
import logging
import threading


class Client:
    def __init__(self, url):
        self.url = url
        self.headers = {"accept": ["json"]}
        self.lock = threading.Lock()
        self.ready = threading.Condition(self.lock)
        self.local = threading.local()
        self.log = logging.getLogger("client")
        self.parts = [self.lock, self]

    def call(self):
        with self.ready:
            self.ready.notify_all()
            return f"{self.url} {self.headers['accept']}"


if __name__ == "__main__":
    client = Client("here")
    with client.lock:
        pass
    other = copy.deepcopy(client)
    other.url = "there"
    other.headers["accept"].append("xml")
    print(client.call(), other.call())
    print(other.lock is client.lock, other.parts[0] is other.lock, other.parts[1] is other)
    print(other.log is client.log, other.ready._lock is other.lock)
    with client.lock:
        print(other.call(), copy.copy(client).lock is client.lock)
