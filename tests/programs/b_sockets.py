"""Datagrams that really travel: a sender process over UDP, and a thread of the parent that packages."""

import multiprocessing
import queue
import socket
import sys
import threading


class Station:
    def __init__(self):
        self.lock = threading.RLock()
        self.parcels = queue.Queue(maxsize=2)

    def package(self, count):
        for number in range(count):
            with self.lock:
                self.parcels.put(b"%d" % number)
        self.parcels.put(None)

    def send(self, parcels, address):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            while (parcel := parcels.get(timeout=20)) is not None:
                out.sendto(parcel, address)
                parcels.task_done()
            parcels.task_done()


if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(20)
        station = Station()
        threading.Thread(target=station.package, args=(6,)).start()
        args = (station.parcels, receiver.getsockname())
        sender = multiprocessing.Process(target=station.send, args=args)
        sender.start()
        print([int(receiver.recv(100)) for _ in range(6)])
        station.parcels.join()
        sender.join()
        print(sender.exitcode, station.parcels.empty())
