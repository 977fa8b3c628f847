"""Kinds of connections, mail, hashes and formats of the network. Runs in `__main__`; see `zoo.send`."""

import email.generator
import email.parser
import ftplib
import hashlib
import hmac
import http.client
import http.cookiejar
import http.cookies
import io
import ipaddress
import json
import mailbox
import pathlib
import select
import smtplib
import socket
import socketserver
import ssl
import tempfile
import urllib.error
import urllib.parse
import urllib.request
import urllib.robotparser
import wsgiref.headers
import xmlrpc.client

from tests.interop.zoo import kind

FOLDER = pathlib.Path(tempfile.mkdtemp(prefix="zoo-"))


@kind("mailbox", "assert len(value) == 1")
def _():
    box = mailbox.Maildir(FOLDER / "maildir")
    box.add("Subject: x\n\ny")
    return box


@kind("mbox", "assert len(value) == 1 and value[0]['Subject'] == 'x'")
def _():
    box = mailbox.mbox(FOLDER / "mbox")
    box.add("Subject: x\n\ny")
    box.flush()
    return box


@kind("MaildirMessage", "assert value['a'] == 'b' and value.get_flags() == 'S'")
def _():
    message = mailbox.MaildirMessage()
    message["a"] = "b"
    message.add_flag("S")
    return message


@kind(
    "email parsed, with parts",
    """
    assert [p.get_content_type() for p in value.walk()][1] == 'text/plain'
    assert value['Subject'] == 'ä'
    """,
)
def _():
    import email.message

    message = email.message.EmailMessage()
    message["Subject"] = "ä"
    message.set_content("text")
    message.add_attachment(b"x", maintype="a", subtype="b")
    return message


@kind(
    "email parser and generator",
    r"""
    p, g = value
    m = p.parsestr('a: b\n\nc')
    g.flatten(m)
    assert g._fp.getvalue().startswith('a: b')
    """,
)
def _():
    return email.parser.Parser(), email.generator.Generator(io.StringIO())


@kind(
    "email address headers", "assert value.addresses[0].domain == 'y' and str(value) == 'A <x@y>'"
)
def _():
    import email.message

    message = email.message.EmailMessage()
    message["To"] = "A <x@y>"
    return message["To"]


@kind("BytesFeedParser (refused)", "")
def _():
    parser = email.parser.BytesFeedParser()
    parser.feed(b"a: b")
    return parser


@kind(
    "http.client connection",
    "assert value.host == 'example.invalid' and value.port == 81 and value.sock is None",
)
def _():
    return http.client.HTTPConnection("example.invalid", 81, timeout=3)


@kind("HTTPSConnection", "assert value.host == 'example.invalid' and value._context.check_hostname")
def _():
    return http.client.HTTPSConnection("example.invalid")


@kind(
    "HTTPStatus and HTTPMessage",
    "from http import HTTPStatus\na, b = value\nassert a is HTTPStatus.OK and b['x'] == 'y'",
)
def _():
    from http import HTTPStatus

    message = http.client.HTTPMessage()
    message["x"] = "y"
    return HTTPStatus.OK, message


@kind("cookies", "assert value['a'].value == 'b' and value['a']['path'] == '/'")
def _():
    cookies = http.cookies.SimpleCookie()
    cookies["a"] = "b"
    cookies["a"]["path"] = "/"
    return cookies


@kind("CookieJar", "assert [c.name for c in value] == ['n']\nwith value._cookies_lock: pass")
def _():
    jar = http.cookiejar.CookieJar()
    jar.set_cookie(
        http.cookiejar.Cookie(
            0,
            "n",
            "v",
            None,
            False,
            "d",
            True,
            False,
            "/",
            True,
            False,
            None,
            False,
            None,
            None,
            {},
        )
    )
    return jar


@kind(
    "opener with a cookie jar",
    "assert value.open and any(hasattr(h, 'cookiejar') for h in value.handlers)",
)
def _():
    return urllib.request.build_opener(urllib.request.HTTPCookieProcessor())


@kind(
    "urllib Request",
    """
    assert value.full_url == 'http://x/'
    assert value.data == b'd'
    assert value.get_header('A') == 'b'
    assert value.get_method() == 'PUT'
    """,
)
def _():
    return urllib.request.Request("http://x/", b"d", {"a": "b"}, method="PUT")


@kind("urllib errors", "assert value.code == 404 and value.reason == 'no'")
def _():
    return urllib.error.HTTPError("http://x", 404, "no", {}, None)


@kind("urllib HTTPError with body", "assert value.code == 404 and value.read() == b'body'")
def _():
    return urllib.error.HTTPError("http://x", 404, "no", {}, io.BytesIO(b"body"))


@kind("urllib URLError", "assert value.reason == 'no route'")
def _():
    return urllib.error.URLError("no route")


@kind(
    "parsed URL",
    "assert value.hostname == 'h' and value.port == 1 and value.geturl() == 'http://h:1/p?q'",
)
def _():
    return urllib.parse.urlsplit("http://h:1/p?q")


@kind("RobotFileParser", "assert not value.can_fetch('*', 'http://x/a')")
def _():
    parser = urllib.robotparser.RobotFileParser()
    parser.parse(["User-agent: *", "Disallow: /a"])
    return parser


@kind("ServerProxy", "assert repr(value) == '<ServerProxy for x/RPC2>' or 'x' in repr(value)")
def _():
    return xmlrpc.client.ServerProxy("http://x/RPC2")


@kind(
    "xmlrpc values",
    """
    a, b, c = value
    assert a.data == b'x'
    assert str(b) == '20200102T00:00:00'
    assert c.faultCode == 1
    assert c.faultString == 's'
    """,
)
def _():
    return (
        xmlrpc.client.Binary(b"x"),
        xmlrpc.client.DateTime("20200102T00:00:00"),
        xmlrpc.client.Fault(1, "s"),
    )


@kind("SMTP that is not connected", "assert value.timeout == 3 and value.sock is None")
def _():
    return smtplib.SMTP(timeout=3)


@kind("FTP that is not connected", "assert value.sock is None and value.timeout == 3")
def _():
    return ftplib.FTP(timeout=3)


@kind("smtplib errors", "assert value.smtp_code == 500 and value.smtp_error == b'x'")
def _():
    return smtplib.SMTPResponseException(500, b"x")


@kind(
    "SSLContext",
    "import ssl\nassert value.verify_mode == ssl.CERT_REQUIRED and value.check_hostname",
)
def _():
    return ssl.create_default_context()


@kind(
    "SSLContext without checks",
    "import ssl\nassert value.verify_mode == ssl.CERT_NONE and not value.check_hostname",
)
def _():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@kind("SSLContext for servers (refused)", "")
def _():
    return ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)


@kind(
    "ssl values",
    """
    import ssl
    assert value[0] is ssl.TLSVersion.TLSv1_2
    assert value[1] is ssl.CERT_NONE
    """,
)
def _():
    return [ssl.TLSVersion.TLSv1_2, ssl.CERT_NONE]


@kind("ssl.MemoryBIO (refused)", "")
def _():
    return ssl.MemoryBIO()


@kind("listening socket (refused)", "")
def _():
    return socket.create_server(("127.0.0.1", 0))


@kind("socket that is closed (refused)", "")
def _():
    made = socket.socket()
    made.close()
    return made


@kind("file of a socket (refused)", "")
def _():
    return socket.socketpair()[0].makefile()


@kind(
    "socket errors and constants",
    """
    import socket
    a, b, c = value
    assert isinstance(a, socket.gaierror)
    assert a.errno == 1
    assert b is socket.AF_INET
    assert c is socket.SOCK_STREAM
    """,
)
def _():
    return socket.gaierror(1, "x"), socket.AF_INET, socket.SOCK_STREAM


@kind("socket server (refused)", "")
def _():
    return socketserver.TCPServer(("127.0.0.1", 0), socketserver.BaseRequestHandler)


@kind("poll object (refused)", "")
def _():
    return select.poll()


@kind("epoll object (refused)", "")
def _():
    return select.epoll()


@kind("hmac (refused)", "")
def _():
    return hmac.new(b"key", b"x", "sha256")


@kind("sha3 and blake2 (refused)", "")
def _():
    return hashlib.blake2b(b"x"), hashlib.sha3_256(b"x")


@kind(
    "hashlib constructors",
    "assert [make(b'x').hexdigest()[:2] for make in value] == ['9d', '2d', '11', '2d']",
)
def _():
    import functools

    return [hashlib.md5, hashlib.sha256, hashlib.sha1, functools.partial(hashlib.new, "sha256")]


@kind("wsgiref.Headers", "assert value['a'] == 'b'")
def _():
    return wsgiref.headers.Headers([("a", "b")])


@kind(
    "IP networks",
    """
    import ipaddress
    assert value[0].num_addresses == 4
    assert value[1].ip == ipaddress.ip_address('1.2.3.4')
    """,
)
def _():
    return ipaddress.ip_network("10.0.0.0/30"), ipaddress.ip_interface("1.2.3.4/8")


@kind("json encoder subclass", "assert value.encode({1, 2}) == '[1, 2]'")
def _():
    class Encoder(json.JSONEncoder):
        def default(self, o):
            return sorted(o)

    return Encoder()


@kind(
    "JSONDecodeError",
    """
    assert value.pos == 0
    assert value.doc == ''
    assert value.lineno == 1
    assert value.msg.startswith('Exp')
    """,
)
def _():
    try:
        json.loads("")
    except json.JSONDecodeError as error:
        return error


@kind("json c_make_encoder", """assert ''.join(value({"a": [1, None]}, 0)) == '{"a":[1,null]}'""")
def _():
    from json import encoder

    return encoder.c_make_encoder(
        {}, None, encoder.encode_basestring, None, ":", ",", False, False, True
    )
