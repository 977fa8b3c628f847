"""What crosses of rich, and what is refused."""


def make_all(tmp):
    import io

    import rich.console
    import rich.progress
    import rich.table

    c = rich.console.Console(width=50, color_system=None, record=True)
    f = rich.console.Console(file=io.StringIO(), width=40)
    f.print("hi")
    t = rich.table.Table("a")
    t.add_row("1")
    o = (c, f, t, rich.progress.Progress(console=c))
    return o


def check_all(o):
    import io

    assert o[0].width == 50 and o[1].file.getvalue() == "hi\n" and o[1].width == 40
    o[1].print("ho")
    assert o[1].file.getvalue() == "hi\nho\n"
    o[0].print(o[2])
    assert "1" in o[0].export_text()
    with o[3] as p:
        k = p.add_task("x", total=2)
        p.update(k, advance=1)
        assert p.tasks[0].completed == 1


def make_log_handler(tmp):
    import logging

    import rich.logging

    o = rich.logging.RichHandler()
    return o


def check_log_handler(o):
    import logging

    o.emit(logging.LogRecord("a", 20, "p", 1, "m", (), None))
