"""What crosses of structlog, and what is refused."""


def make_all(tmp):
    import structlog

    o = (
        structlog.get_logger(),
        structlog.get_logger().bind(a=1),
        structlog.PrintLogger(),
        structlog.stdlib.get_logger("x"),
        structlog.wrap_logger(
            structlog.PrintLogger(), processors=[lambda _, m, e: e["event"] + "!"]
        ),
    )
    return o


def check_all(o):
    assert o[1]._context == {"a": 1} if hasattr(o[1], "_context") else True
    o[0].info("hi")
    o[1].bind(b=2).info("ho")
    o[2].msg("x")
    o[4].info("y")


def make_file(tmp):
    import structlog

    o = structlog.PrintLogger(open(tmp + "/sl.txt", "a"))
    return o


def check_file(o):
    o.msg("x")
    assert "x" in open("sl.txt").read()
