"""A pickle in a file is explained without running any of it."""

from __future__ import annotations

import collections
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from anypickle.explain import Severity
from anypickle.explain.stored import explain_stream


class Touches:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def test_what_loading_would_call_is_told_and_not_called(tmp_path: Path) -> None:
    target = tmp_path / "touched"
    report = explain_stream(pickle.dumps([collections.OrderedDict(a=1), Touches(target)]))
    names = {finding.type_name for finding in report.findings}
    assert "collections.OrderedDict" in names
    assert any(name.endswith(("getattr", "Path.touch")) for name in names)
    assert report.ok
    assert not target.exists()


@pytest.mark.parametrize("data", [b"", b"\x80", b"]q", b"garbage", pickle.dumps([1, 2])[:-3]])
def test_a_damaged_one_says_where(data: bytes) -> None:
    report = explain_stream(data)
    assert not report.ok
    assert report.blockers[0].detector == "malformed"
    assert report.blockers[0].path.startswith("byte ")


def test_a_missing_package_is_named() -> None:
    (finding,) = explain_stream(b"cno_such_package.sub\nThing\n.").blockers
    assert finding.detector == "missing-module"
    assert "no_such_package" in finding.meaning


def test_a_computed_name_is_no_name() -> None:
    # STACK_GLOBAL of what a call returned
    data = b"\x80\x04\x8c\x08builtins\x8c\x03str\x93\x8c\x02os\x85R\x8c\x06system\x93."
    findings = {finding.detector: finding for finding in explain_stream(data).findings}
    assert findings["computed-name"].severity is Severity.LOAD


def test_bytes_behind_the_end_are_told() -> None:
    assert explain_stream(pickle.dumps(1) + b"more").findings[0].detector == "trailing-bytes"


def test_the_command_reads_a_file(tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps({"a": collections.Counter("ab")}))
    page, graph = tmp_path / "page.html", tmp_path / "graph.dot"
    command = [sys.executable, "-m", "anypickle", "explain", str(path)]
    options = ["--html", str(page), "--dot", str(graph)]
    done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "collections.Counter" in done.stdout
    assert page.read_text().startswith("<!doctype html>") and graph.exists()
    again = subprocess.run([*command, *options], capture_output=True, text=True, timeout=60)
    assert again.returncode == 2 and "exists" in again.stderr
