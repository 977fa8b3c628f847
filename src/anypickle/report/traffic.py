"""The report of a run: what crossed, for each line of the program; as a page, or as JSON for machines."""

from __future__ import annotations

from anypickle.report.page import document, prose, table, text

TYPE_CHECKING = False  # as typing's, without importing it
if TYPE_CHECKING:
    from typing import Any

    from anypickle.traffic.summary import Row, Run

__all__ = ["as_dict", "page", "render"]

_HEADS = ["line", "channel", "count", "bytes", "time", "policies", "failed"]
_NUMBERS = frozenset({"count", "bytes", "time", "failed"})


def render(run: Run, target: str) -> str:
    """The report in the format that the name of a file asks for: JSON for `.json`, else a page."""
    if not target.endswith(".json"):
        return page(run)
    import json

    return json.dumps(as_dict(run), indent=2)


def as_dict(run: Run) -> dict[str, Any]:
    """The report as plain data, with the same keys in every version."""
    return {
        "version": 1,
        "command": run.command,
        "seconds": round(run.seconds, 3),
        "cut_off": run.cut_off,
        "processes": run.processes,
        "crossings": run.count,
        "bytes": run.bytes,
        "sites": [_site(row) for row in run.rows],
    }


def _site(row: Row) -> dict[str, Any]:
    return {
        "file": row.file or None,
        "line": row.line or None,
        "function": row.function or None,
        "channel": row.channel,
        "what": row.what,
        "count": row.count,
        "bytes": row.bytes,
        "seconds": round(row.seconds, 6),
        "errors": row.errors,
        "processes": len(row.processes),
        "policies": [
            {"kind": kind, "policy": policy, "count": count}
            for (kind, policy), count in sorted(row.policies.items())
        ],
        "fallbacks": [{"to": to, "count": count} for to, count in sorted(row.fallbacks.items())],
        "failed": [
            {"error": error, "path": path or None, "count": count}
            for (error, path), count in row.told.items()
        ],
        "again": [
            {"what": sent.what, "size": sent.size, "times": sent.times, "bytes": sent.bytes}
            for sent in row.again
        ],
        "advice": list(row.advice),
    }


def page(run: Run) -> str:
    """The report as one HTML page: no network, readable without JavaScript."""
    return document(
        title="What crossed",
        heading=f"anypickle run {run.command}",
        state="blocked" if any(row.errors for row in run.rows) else "ok",
        verdict=f"{run.count:,} crossings, {run.bytes:,} bytes, from {run.processes} "
        f"process{'' if run.processes == 1 else 'es'}, in {run.seconds:,.1f} s"
        + (", until it was killed or left by os._exit" if run.cut_off else ""),
        body=table(_HEADS, "\n".join(map(_row, run.rows)), _NUMBERS, "Nothing crossed."),
    )


def _row(row: Row) -> str:
    policies = "<br>".join(
        f"{text(kind.replace(':', '.'))} <b>{text(policy)}</b> &times;{count:,}"
        for (kind, policy), count in sorted(row.policies.items())
    )
    fallbacks = "".join(
        f"<div>by {text(to)} &times;{count:,}</div>" for to, count in row.fallbacks.items()
    )
    advice = "".join(f'<div class="fix">{prose(line)}</div>' for line in row.advice)
    state = "blocker" if row.errors else "cost" if row.again else "policy"
    where = f'<div class="owner">{text(row.function or row.what)}</div>'
    return (
        f'<tr class="{state}"><td><code>{text(row.place)}</code>{where}{advice}</td>'
        f'<td data-head="channel">{text(row.channel)}</td>'
        f'<td class="number" data-head="count" data-key="{row.count}">{row.count:,}</td>'
        f'<td class="number" data-head="bytes" data-key="{row.bytes}">{row.bytes:,}</td>'
        f'<td class="number" data-head="time" data-key="{row.seconds:.9f}">{row.seconds * 1e3:,.1f} ms</td>'
        f"<td>{policies}{fallbacks}</td>"
        f'<td class="number" data-head="failed" data-key="{row.errors}">{row.errors or ""}</td></tr>'
    )
