"""A report for machines: one JSON object, the same keys in every version."""

from __future__ import annotations

import json
from typing import Any

from anypickle.explain.finding import Finding, Report

__all__ = ["as_dict", "render"]


def as_dict(report: Report) -> dict[str, Any]:
    """The report as plain data."""
    return {
        "version": 1,
        "ok": report.ok,
        "complete": report.complete,
        "type": report.root_type,
        "channel": str(report.channel),
        "visited": report.visited,
        "bytes": report.size,
        "findings": [_finding(finding) for finding in report.findings],
    }


def render(report: Report) -> str:
    """The report as JSON text."""
    return json.dumps(as_dict(report), indent=2)


def _finding(finding: Finding) -> dict[str, Any]:
    owner = finding.owner
    return {
        "severity": str(finding.severity),
        "detector": finding.detector,
        "path": finding.path,
        "paths": list(finding.paths),
        "type": finding.type_name,
        "policy": finding.policy and str(finding.policy),
        "scope": finding.scope and str(finding.scope),
        "owner": owner
        and {
            "class": owner.class_name,
            "attribute": owner.attribute,
            "file": owner.file,
            "line": owner.line,
        },
        "meaning": finding.meaning,
        "hint": finding.hint,
        "docs": finding.docs,
        "bytes": finding.size,
    }
