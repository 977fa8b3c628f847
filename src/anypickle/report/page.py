"""The frame of every HTML page: one file, no network, readable without JavaScript, light and dark.

A strict content security policy names the page's own style and script by their hashes, so whatever an object's names
hold could not run even if it were not escaped. Whatever comes from outside goes through `text`.
"""

from __future__ import annotations

import binascii
from pathlib import Path

from anypickle.explain.words import printable

try:  # hashlib reads OpenSSL, and a program that is reported on would wait for it
    from _sha2 import sha256  # type: ignore[import-not-found]
except ImportError:
    try:
        from _sha256 import sha256  # type: ignore[import-not-found]  # as it is called until Python 3.11
    except ImportError:
        from hashlib import sha256

__all__ = ["document", "prose", "table", "text"]

_ASSETS = Path(__file__).parent / "assets"
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;"})


def text(value: object) -> str:
    """A value as text of a page: escaped, and without anything that can't be seen."""
    return printable(str(value)).translate(_ESCAPED)


def prose(value: str) -> str:
    """A sentence as text of a page; what stands between backticks is code."""
    parts = [text(part) for part in value.split("`")]
    if len(parts) % 2 == 0:
        return text(value)
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))


def document(*, title: str, heading: str, state: str, verdict: str, body: str) -> str:
    """A whole page.

    Args:
        title: Of the window.
        heading: The line above the verdict.
        state: `ok` or `blocked`.
        verdict: The answer, in a line.
        body: HTML, which the caller has escaped; all else is escaped here.
    """
    style, script = (
        (_ASSETS / name).read_text(encoding="utf-8") for name in ("page.css", "page.js")
    )
    return (
        (_ASSETS / "page.html")
        .read_text(encoding="utf-8")
        .format(
            policy=f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
            "base-uri 'none'; form-action 'none'",
            style=style,
            script=script,
            title=text(title),
            heading=text(heading),
            state=state,
            verdict=text(verdict),
            body=body,
        )
    )


def table(heads: list[str], rows: str, numbers: frozenset[str], nothing: str) -> str:
    """The table that can be searched and sorted."""
    cells = "".join(
        f'<th class="number">{text(head)}</th>' if head in numbers else f"<th>{text(head)}</th>"
        for head in heads
    )
    content = rows or f'<tr><td colspan="{len(heads)}">{text(nothing)}</td></tr>'
    return (
        '<input id="search" type="search" placeholder="Search" aria-label="Search" hidden>\n'
        f'<div class="wide"><table id="findings">\n<thead><tr>{cells}</tr></thead>\n'
        f"<tbody>\n{content}\n</tbody>\n</table></div>"
    )


def _hash(content: str) -> str:
    digest = binascii.b2a_base64(sha256(content.encode()).digest(), newline=False)
    return f"sha256-{digest.decode()}"
