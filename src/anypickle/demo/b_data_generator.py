"""Packages sensor readings in one process and sends them from another.

The object that does both keeps a database connection, a log handler and an open file, and hands an
ordinary ``queue.Queue`` to the two processes that it starts with its own methods.
"""

import argparse
import json
import logging
import multiprocessing
import queue
import sqlite3
import tempfile
import zlib
from multiprocessing import Process
from pathlib import Path

READINGS = 400


class DataGenerator:
    """Readings go from the database, through a queue, to the wire (here: a file)."""

    def __init__(self, directory):
        self.database = sqlite3.connect(directory / "readings.db")
        self.wire = open(directory / "wire.txt", "a")
        self.handler = logging.FileHandler(directory / "generator.log")
        self.log = logging.getLogger("generator")
        self.log.setLevel(logging.INFO)
        self.log.addHandler(self.handler)

    def package(self, datagrams):
        """Put every reading into the queue, then None."""
        for number, value in self.database.execute("select number, value from readings"):
            payload = f"{number}:{value:.3f}"
            datagrams.put((payload, zlib.crc32(payload.encode())))
        datagrams.put(None)
        self.log.info("packaged")

    def send(self, datagrams):
        """Write what comes out of the queue until None comes."""
        while (datagram := datagrams.get()) is not None:
            payload, checksum = datagram
            assert zlib.crc32(payload.encode()) == checksum
            self.wire.write(payload + "\n")
        self.wire.flush()
        self.log.info("sent")

    def run(self, single=False):
        """Do both at once."""
        datagrams = queue.Queue()
        if single:
            self.package(datagrams)
            self.send(datagrams)
            return
        packaging = Process(target=self.package, args=(datagrams,))
        sending = Process(target=self.send, args=(datagrams,))
        packaging.start()
        sending.start()
        packaging.join()
        sending.join()


def fill(path):
    """Make a database of readings."""
    connection = sqlite3.connect(path)
    connection.execute("create table readings (number integer, value real)")
    rows = ((number, number * 37 % 101 / 7) for number in range(READINGS))
    connection.executemany("insert into readings values (?, ?)", rows)
    connection.commit()
    connection.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--single", action="store_true", help="use one process")
    parser.add_argument("--start-method", choices=multiprocessing.get_all_start_methods())
    options = parser.parse_args()
    if options.start_method:
        multiprocessing.set_start_method(options.start_method)

    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        fill(directory / "readings.db")
        DataGenerator(directory).run(single=options.single)
        lines = (directory / "wire.txt").read_text().splitlines()
        result = {
            "readings sent": len(lines),
            "checksum": zlib.crc32("\n".join(lines).encode()),
        }
    print("result:", json.dumps(result))


if __name__ == "__main__":
    main()
