"""Kinds of exceptions and tracebacks. Runs in `__main__`; see `zoo.send`."""

# ruff: noqa: B018

import traceback
import warnings

from tests.interop.zoo import kind


@kind(
    "FrameInfo and FrameSummary",
    "import traceback\nassert value.name == 'f' and value.lineno == 3 and value.line == 'x'",
)
def _():
    return traceback.FrameSummary("p", 3, "f", line="x")


@kind(
    "TracebackException and StackSummary",
    "a, b = value\nassert 'ZeroDivisionError' in ''.join(a.format()) and b[-1].name == '_'",
)
def _():
    try:
        1 / 0
    except ZeroDivisionError as error:
        return traceback.TracebackException.from_exception(error), traceback.extract_tb(
            error.__traceback__
        )


@kind("traceback object", "import traceback; assert '1 / 0' in traceback.format_tb(value)[-1]")
def _():
    try:
        1 / 0
    except ZeroDivisionError as error:
        return error.__traceback__


@kind(
    "warnings",
    """
    assert value.category is UserWarning
    assert value.message.args == ('x',)
    assert value.lineno > 0
    """,
)
def _():
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        warnings.warn("x", stacklevel=1)
    return found[0]


@kind("catch_warnings", "with value: pass")
def _():
    return warnings.catch_warnings()


@kind(
    "exceptions of the interpreter",
    """
    a, b, c, d, e = value
    assert (a.filename, a.lineno, a.text) == ('f', 1, 't')
    assert (b.start, b.end, b.reason) == (0, 1, 'r')
    assert c.errno == 2
    assert c.filename == 'p'
    assert type(c) is FileNotFoundError
    assert d.name == 'm'
    assert d.path == 'x'
    assert e.value == 3
    """,
)
def _():
    return (
        SyntaxError("m", ("f", 1, 2, "t")),
        UnicodeDecodeError("utf-8", b"x", 0, 1, "r"),
        OSError(2, "no", "p"),
        ImportError("m", name="m", path="x"),
        StopIteration(3),
    )


@kind("NameError and AttributeError", "a, b = value\nassert a.name == 'n' and b.name == 'a'")
def _():
    found = []
    for source in ("n", "(1).a"):
        try:
            eval(source)
        except (NameError, AttributeError) as error:
            found.append(error)
    return found


@kind(
    "exception with a cause",
    """
    assert type(value.__cause__) is ZeroDivisionError
    assert str(value) == 'outer'
    assert value.__suppress_context__
    """,
)
def _():
    try:
        try:
            1 / 0
        except ZeroDivisionError as error:
            raise ValueError("outer") from error
    except ValueError as error:
        return error


@kind(
    "exception with a context",
    """
    assert type(value.__context__) is ZeroDivisionError
    assert value.__cause__ is None
    assert not value.__suppress_context__
    """,
)
def _():
    try:
        try:
            1 / 0
        except ZeroDivisionError:
            raise ValueError("outer")  # noqa: B904
    except ValueError as error:
        return error


@kind("exception raised from None", "assert value.__suppress_context__ and value.__cause__ is None")
def _():
    try:
        try:
            1 / 0
        except ZeroDivisionError:
            raise ValueError("outer") from None
    except ValueError as error:
        return error


@kind(
    "traceback of an exception",
    """
    import traceback
    text = ''.join(traceback.format_exception(value))
    assert 'divide' in text and 'library_exceptions' in text and ('1 / zero' in text), text
    """,
)
def _():
    def divide(zero):
        return 1 / zero

    try:
        divide(0)
    except ZeroDivisionError as error:
        return error


class Strict(Exception):
    def __init__(self, code, *, detail):
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


@kind(
    "exception with keyword-only arguments",
    "assert value.code == 3 and value.detail == 'd' and str(value) == '3: d'",
)
def _():
    return Strict(3, detail="d")


@kind("exception that holds what cannot cross in its context", "assert str(value) == 'outer'")
def _():
    try:
        try:
            raise ValueError(x for x in [])
        except ValueError:
            raise KeyError("outer")  # noqa: B904
    except KeyError as error:
        error.args = ("outer",)
        return RuntimeError("outer") if False else _with_context(error)


def _with_context(error):
    made = RuntimeError("outer")
    made.__context__ = error.__context__
    return made


@kind(
    "nested exception groups",
    """
    assert [type(e) for e in value.exceptions] == [ValueError, ExceptionGroup]
    assert value.exceptions[1].exceptions[0].code == 1
    assert value.__notes__ == ['n']
    """,
)
def _():
    made = ExceptionGroup("g", [ValueError(1), ExceptionGroup("h", [Strict(1, detail="x")])])
    made.add_note("n")
    return made
