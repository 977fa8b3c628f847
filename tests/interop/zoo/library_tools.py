"""Kinds of arguments, syntax trees, texts, XML and other tools. Runs in `__main__`; see `zoo.send`."""

import argparse
import ast
import cmd
import code
import difflib
import dis
import fnmatch
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
import tokenize
import unicodedata
import xml.dom.minidom
import xml.etree.ElementTree
import xml.sax

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
    "results of sys",
    "import sys\na, b, c = value\nassert a.major == 3 and b.max_exp and c == sys.flags",
)
def _():
    return sys.version_info, sys.float_info, sys.flags


@kind("TokenInfo", "assert value.string == 'x' and value.exact_type == 1")
def _():
    import io

    return next(tokenize.generate_tokens(io.StringIO("x").readline))


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
