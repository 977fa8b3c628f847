"""The frame of every HTML page: one file, no network, readable without JavaScript, light and dark.

A strict content security policy names the page's own style and script by their hashes, so whatever an object's names
hold could not run even if it were not escaped. Whatever comes from outside goes through `text`.
"""

from __future__ import annotations

import base64
import hashlib
import html
from importlib.resources import files

from anypickle.explain.plain import printable

__all__ = ["document", "table", "text"]


def text(value: object) -> str:
    """A value as text of a page: escaped, and without anything that can't be seen."""
    return html.escape(printable(str(value)))


def document(*, title: str, heading: str, state: str, verdict: str, body: str) -> str:
    """A whole page.

    Args:
        title: Of the window.
        heading: The line above the verdict.
        state: `ok` or `blocked`.
        verdict: The answer, in a line.
        body: HTML, which the caller has escaped; all else is escaped here.
    """
    assets = files("anypickle.report") / "assets"
    style, script = (
        (assets / name).read_text(encoding="utf-8") for name in ("page.css", "page.js")
    )
    return (
        (assets / "page.html")
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
    return f"sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}"
