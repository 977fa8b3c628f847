"""What crosses of loguru, and what is refused."""


def make_all(tmp):
    from loguru import logger

    logger.remove()
    logger.add(tmp + "/all.txt", format="{message} {extra}")
    return logger, logger.bind(a=1)


def check_all(o):
    from pathlib import Path

    o[0].info("hello")
    o[1].info("world")
    assert "hello {}\nworld {'a': 1}\n" in Path("all.txt").read_text()


def make_file_sink(tmp):
    from loguru import logger

    logger.remove()
    logger.add(tmp + "/log.txt")

    class A:
        def __init__(self):
            self.log = logger.bind(me=1)

    o = A()
    return o


def check_file_sink(o):
    o.log.info("x")
