"""Kinds of dates, numbers, texts, XML, unittest and other tools. Runs in `__main__`; see `zoo.send`."""

import argparse
import ast
import calendar
import cmd
import code
import datetime
import decimal
import difflib
import dis
import doctest
import fnmatch
import fractions
import gettext
import graphlib
import html.parser
import importlib.machinery
import importlib.metadata
import importlib.util
import keyword
import linecache
import locale
import optparse
import pprint
import random
import re
import reprlib
import secrets
import statistics
import string
import struct
import symtable
import sys
import textwrap
import time
import timeit
import tokenize
import trace
import tracemalloc
import unicodedata
import unittest
import unittest.mock
import uuid
import xml.dom.minidom
import xml.etree.ElementTree
import xml.sax
import zoneinfo

from tests.interop.zoo import kind


@kind(
    "argparse.ArgumentParser",
    "ns = value.parse_args(['--x', '3', 'go'])\nassert ns.x == 3 and ns.verb == 'go'",
)
def _():
    parser = argparse.ArgumentParser("p")
    parser.add_argument("--x", type=int)
    parser.add_argument("verb", choices=["go", "stop"])
    return parser


@kind(
    "argparse.Namespace and subparsers",
    "n, p = value\nassert n.a == 1 and p.parse_args(['a', '-v']).v",
)
def _():
    parser = argparse.ArgumentParser()
    sub = parser.add_subparsers().add_parser("a")
    sub.add_argument("-v", action="store_true")
    return argparse.Namespace(a=1), parser


@kind("optparse", "o, a = value.parse_args(['-x', '3'])\nassert o.x == '3'")
def _():
    parser = optparse.OptionParser()
    parser.add_option("-x")
    return parser


@kind("ast nodes", "import ast\nassert ast.unparse(value) == 'x + 1' and value.body.lineno == 1")
def _():
    return ast.parse("x + 1", mode="eval")


@kind("NodeVisitor", "import ast\nvalue.visit(ast.parse('a; b'))\nassert value.names == ['a', 'b']")
def _():
    class Names(ast.NodeVisitor):
        def __init__(self):
            self.names = []

        def visit_Name(self, node):
            self.names.append(node.id)

    return Names()


@kind(
    "calendar",
    """
    assert value[0].monthdayscalendar(2020, 1)[0][2] == 1
    assert '2020' in value[1].formatyear(2020)
    """,
)
def _():
    return calendar.Calendar(), calendar.TextCalendar()


@kind("Cmd", "assert value.onecmd('quit') and value.prompt == '> '")
def _():
    class Shell(cmd.Cmd):
        prompt = "> "

        def do_quit(self, arg):
            return True

    return Shell()


@kind("InteractiveInterpreter", "value.runsource('y = x + 1')\nassert value.locals['y'] == 2")
def _():
    return code.InteractiveInterpreter({"x": 1})


@kind(
    "dates with zones",
    """
    d, t, z = value
    assert d.utcoffset().total_seconds() == 3600
    assert t.tzinfo is not None
    assert str(z) == 'UTC+02:00'
    """,
)
def _():
    two = datetime.timezone(datetime.timedelta(hours=2))
    one = datetime.timezone(datetime.timedelta(hours=1), "CET")
    return datetime.datetime(2020, 1, 1, tzinfo=one), datetime.time(1, tzinfo=two), two


@kind("fold of a datetime", "assert value.fold == 1 and value.tzinfo.key == 'Europe/Berlin'")
def _():
    return datetime.datetime(2020, 10, 25, 2, 30, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"), fold=1)


@kind("tzinfo of one's own", "assert value.utcoffset().total_seconds() == 7200")
def _():
    class Two(datetime.tzinfo):
        def utcoffset(self, when):
            return datetime.timedelta(hours=2)

        def dst(self, when):
            return None

    return datetime.datetime(2020, 1, 1, tzinfo=Two())


@kind(
    "decimal context with traps",
    """
    import decimal
    assert value.prec == 5
    assert value.traps[decimal.Inexact]
    assert value.rounding == decimal.ROUND_UP
    assert str(value.create_decimal('1') / 3)[:3] == '0.3'
    """,
)
def _():
    return decimal.Context(5, decimal.ROUND_UP, traps=[decimal.Inexact])


@kind(
    "decimal.localcontext", "import decimal\nwith value as c: assert decimal.getcontext().prec == 3"
)
def _():
    context = decimal.Context(3)
    return decimal.localcontext(context)


@kind(
    "special numbers",
    """
    import math, decimal
    a, b, c, d = value
    assert math.isnan(a)
    assert math.copysign(1, b) == -1
    assert c.is_snan()
    assert d == 3 + 4j
    """,
)
def _():
    return float("nan"), -0.0, decimal.Decimal("sNaN"), 3 + 4j


@kind("difflib.SequenceMatcher", "assert value.ratio() > 0.5 and value.get_opcodes()")
def _():
    return difflib.SequenceMatcher(None, "abcd", "abxd")


@kind(
    "Differ and HtmlDiff",
    "a, b = value\nassert list(a.compare(['x\\n'], ['y\\n'])) and b.make_table(['x'], ['y'])",
)
def _():
    return difflib.Differ(), difflib.HtmlDiff()


@kind("dis.Instruction and Bytecode", "i, b = value\nassert i.opname and list(b)")
def _():
    code_ = (lambda: 1).__code__
    return next(iter(dis.Bytecode(code_))), dis.Bytecode(code_)


def doctests():
    """Adds.

    >>> 1 + 1
    2
    """


@kind("doctest", "assert value[0].examples[0].source == '1 + 1\\n'")
def _():
    return doctest.DocTestFinder().find(doctests, "n", globs={})


@kind(
    "Fraction and its subclass",
    """
    assert value[0] == 0.5
    assert value[1].numerator == 1
    assert type(value[1]).__name__ == 'Half'
    """,
)
def _():
    class Half(fractions.Fraction):
        pass

    return fractions.Fraction(1, 2), Half(1, 2)


@kind("gettext translations", "assert value[0].gettext('x') == 'x'")
def _():
    return [gettext.NullTranslations()]


@kind("TopologicalSorter", "assert tuple(value.static_order()) == ('a', 'b')")
def _():
    return graphlib.TopologicalSorter({"b": {"a"}})


@kind("HTMLParser", "value.feed('<b>x</b>')\nassert value.tags == ['a', 'b']")
def _():
    class Tags(html.parser.HTMLParser):
        def __init__(self):
            super().__init__()
            self.tags = []

        def handle_starttag(self, tag, attrs):
            self.tags.append(tag)

    parser = Tags()
    parser.feed("<a>")
    return parser


@kind(
    "ModuleSpec and loaders",
    """
    s, l = value
    assert s.name == 'json'
    assert s.origin
    assert l.name == 'x'
    assert l.path == '/x.py'
    """,
)
def _():
    return importlib.util.find_spec("json"), importlib.machinery.SourceFileLoader("x", "/x.py")


@kind("importlib.metadata.Distribution", "assert value.metadata['Name'] == 'pip' or value.version")
def _():
    return importlib.metadata.distribution("pip")


@kind(
    "pprint, reprlib, textwrap",
    r"""
    a, b, c = value
    assert a.pformat([1]) == '[1]'
    assert b.repr([1] * 9) == '[1, 1, ...]'
    assert c.fill('a b') == 'a\nb'
    """,
)
def _():
    short = reprlib.Repr()
    short.maxlist = 2
    return pprint.PrettyPrinter(width=20), short, textwrap.TextWrapper(1)


@kind(
    "random sources", "a, b = value\nassert a.random() == 0.13436424411240122 and b.random() >= 0"
)
def _():
    return random.Random(1), random.SystemRandom()


@kind("bound methods of random", "assert value() == 0.13436424411240122")
def _():
    return random.Random(1).random


@kind(
    "Pattern with flags, of bytes",
    "a, b = value\nassert a.fullmatch('AB') and b.findall(b'aXb') == [b'X'] and a.groups == 1",
)
def _():
    return re.compile("(a)b", re.I | re.X), re.compile(b"[A-Z]")


@kind(
    "Match with groups",
    r"""
    assert value.group('n') == '12'
    assert value.span() == (1, 3)
    assert value.string == 'x12'
    assert value.re.pattern == '(?P<n>\\d+)'
    """,
)
def _():
    return re.search(r"(?P<n>\d+)", "x12")


@kind("re.Scanner", "assert value.scan('1 2') == (['1', '2'], '')")
def _():
    return re.Scanner([(r"\d+", lambda s, t: t), (r"\s+", None)])


@kind("SRE scanner and finditer (refused)", "")
def _():
    return re.compile("a").finditer("aa")


@kind("re.error", "assert value.pos == 1 and value.pattern == '(' or value.msg")
def _():
    try:
        re.compile("(")
    except re.error as error:
        return error


@kind(
    "statistics.NormalDist", "assert value.mean == 1 and value.stdev == 2 and value.cdf(1) == 0.5"
)
def _():
    return statistics.NormalDist(1, 2)


@kind(
    "string.Template and Formatter",
    "a, b = value\nassert a.substitute(x=1) == '1!' and b.format('{:>3}', 1) == '  1'",
)
def _():
    return string.Template("$x!"), string.Formatter()


@kind(
    "Struct in an object with iter_unpack",
    "assert value.unpack(b'\\x01\\x00') == (1,) and value.format == '<h' and value.size == 2",
)
def _():
    return struct.Struct("<h")


@kind("iter_unpack (refused)", "")
def _():
    return struct.iter_unpack("<h", b"ab")


@kind("symtable (refused)", "")
def _():
    return symtable.symtable("x", "<s>", "exec")


@kind(
    "struct_time",
    """
    assert value.tm_year == 1970
    assert value.tm_zone in ('GMT', 'UTC')
    assert value[:3] == (1970, 1, 1)
    """,
)
def _():
    return time.gmtime(0)


@kind(
    "results of sys",
    "import sys\na, b, c = value\nassert a.major == 3 and b.max_exp and c == sys.flags",
)
def _():
    return sys.version_info, sys.float_info, sys.flags


@kind("Timer of timeit", "assert value.timeit(1) >= 0")
def _():
    return timeit.Timer("x", globals={"x": 1})


@kind("TokenInfo", "assert value.string == 'x' and value.exact_type == 1")
def _():
    import io

    return next(tokenize.generate_tokens(io.StringIO("x").readline))


@kind("trace.Trace", "assert value.counts == {}")
def _():
    return trace.Trace(count=1, trace=0)


@kind("tracemalloc.Snapshot", "assert value.statistics('lineno') is not None")
def _():
    tracemalloc.start()
    snapshot = tracemalloc.take_snapshot()
    tracemalloc.stop()
    return snapshot


@kind(
    "TestCase",
    """
    import unittest
    r = unittest.TestResult()
    value.run(r)
    assert r.wasSuccessful()
    assert r.testsRun == 1
    """,
)
def _():
    class Case(unittest.TestCase):
        def test_it(self):
            self.assertEqual(1, 1)

    return Case("test_it")


@kind(
    "TestSuite, TestLoader, TestResult",
    "s, l, r = value\ns.run(r)\nassert r.testsRun == 1 and l.testMethodPrefix == 'test'",
)
def _():
    class Case(unittest.TestCase):
        def test_it(self): ...

    return unittest.TestSuite([Case("test_it")]), unittest.TestLoader(), unittest.TestResult()


@kind(
    "mock.call and sentinel",
    """
    from unittest import mock
    a, b = value
    assert a == mock.call(1, x=2)
    assert b is mock.sentinel.thing
    """,
)
def _():
    return unittest.mock.call(1, x=2), unittest.mock.sentinel.thing


@kind("mock.ANY", "assert value == 3 and value == 'x'")
def _():
    return unittest.mock.ANY


@kind("MagicMock", "assert value.f(1) == 3 and value.x.y == 5\nvalue.f.assert_called_with(1)")
def _():
    made = unittest.mock.MagicMock()
    made.f.return_value = 3
    made.x.y = 5
    return made


@kind(
    "Mock with a spec and side effect",
    """
    import threading
    assert isinstance(value, threading.Event)
    assert value.is_set() == 7
    try:
        value.nothing
    except AttributeError:
        pass
    else:
        raise AssertionError
    """,
)
def _():
    import threading

    made = unittest.mock.Mock(spec=threading.Event)
    made.is_set.side_effect = lambda: 7
    return made


@kind("mock.patch of a function", "assert value() == 5")
def _():
    @unittest.mock.patch("os.getpid", return_value=5)
    def f(getpid):
        import os

        return os.getpid()

    return f


@kind(
    "UUIDs",
    """
    import uuid
    assert value[0].int == 1
    assert value[1] == uuid.uuid5(uuid.NAMESPACE_DNS, 'x')
    """,
)
def _():
    return uuid.UUID(int=1), uuid.uuid5(uuid.NAMESPACE_DNS, "x")


@kind(
    "minidom document",
    """
    assert value.documentElement.getAttribute('x') == '1'
    assert value.toxml().endswith('<a x="1"><b/></a>')
    """,
)
def _():
    return xml.dom.minidom.parseString('<a x="1"><b/></a>')


@kind(
    "ElementTree, QName, TreeBuilder",
    "a, b = value\nassert a.getroot().find('b').text == 'x' and b.text == '{n}t'",
)
def _():
    return xml.etree.ElementTree.ElementTree(
        xml.etree.ElementTree.fromstring("<a><b>x</b></a>")
    ), xml.etree.ElementTree.QName("n", "t")


@kind("XMLParser (refused)", "")
def _():
    return xml.etree.ElementTree.XMLParser()


@kind("expat parser (refused)", "")
def _():
    import xml.parsers.expat

    return xml.parsers.expat.ParserCreate()


@kind(
    "SAX handler and attributes",
    "a, b = value\nassert a.startElement('x', {}) is None and b['k'] == 'v'",
)
def _():
    import xml.sax.handler
    import xml.sax.xmlreader

    return xml.sax.handler.ContentHandler(), xml.sax.xmlreader.AttributesImpl({"k": "v"})


@kind("ParseError", "assert value.code == 3 and value.position == (1, 0)")
def _():
    try:
        xml.etree.ElementTree.fromstring("")
    except xml.etree.ElementTree.ParseError as error:
        return error


@kind(
    "locale and unicodedata",
    "a, b = value\nassert a('1') == 1 and b.normalize('NFC', 'e\\u0301') == 'é'",
)
def _():
    return locale.atoi, unicodedata.ucd_3_2_0


@kind(
    "secrets and keyword", "import secrets; assert value[0] is secrets.token_hex and value[1]('if')"
)
def _():
    return [secrets.token_hex, keyword.iskeyword]


@kind("functions of several modules", "assert value[0]('a*', 'a*') and value[1]('/')")
def _():
    import os.path

    return [fnmatch.fnmatch, os.path.isabs]


@kind("linecache and lazy modules", "import linecache; assert value is linecache")
def _():
    return linecache
