"""A generator of datagrams: one process packages, one sends, over a queue that `run` makes."""

import logging
import multiprocessing
import queue
import sqlite3
import sys
import tempfile
from multiprocessing import Process
from pathlib import Path


class DataGenerator:
    def __init__(self, directory: Path) -> None:
        self.out = open(directory / "sent.txt", "a")
        self.database = sqlite3.connect(directory / "sent.db")
        self.database.execute("create table sent (number integer)")
        self.database.commit()
        self.log = logging.getLogger("generator")

    def package(self, queue):
        for number in range(5):
            queue.put(f"datagram {number}")
            self.log.info("packaged %d", number)
        queue.put(None)

    def send(self, queue):
        while (datagram := queue.get()) is not None:
            self.out.write(datagram + "\n")
            self.database.execute("insert into sent values (?)", (int(datagram.split()[1]),))
            self.log.info("sent %s", datagram)
        self.database.commit()
        self.out.flush()

    def run(self):
        channel = queue.Queue()
        packager = Process(target=self.package, args=(channel,))
        sender = Process(target=self.send, args=(channel,))
        packager.start()
        sender.start()
        packager.join()
        sender.join()
        return packager.exitcode, sender.exitcode


if __name__ == "__main__":
    multiprocessing.set_start_method(sys.argv[1])
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        logging.basicConfig(filename=directory / "log.txt", level=logging.INFO)
        generator = DataGenerator(directory)
        print(generator.run())
        print((directory / "sent.txt").read_text().split())
        print(generator.database.execute("select count(*) from sent").fetchone())
        generator.out.close()
        generator.database.close()
        logging.shutdown()
