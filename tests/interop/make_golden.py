"""Writes the golden streams of a pickler: run it once for each release, with each Python, and never change its files.

    python -m tests.interop.make_golden stock         tests/interop/golden/stock-3.11.json
    python -m tests.interop.make_golden anypickle     tests/interop/golden/anypickle-0.1.0-3.11.json
    python -m tests.interop.make_golden values        tests/interop/golden/values-0.1.0-3.11.json

A file that is there is left alone.
"""

from __future__ import annotations

import base64
import importlib
import io
import json
import sys
import zlib
from pathlib import Path

from tests.interop.kinds import kinds
from tests.interop.value_kinds import KINDS, build

DIRECTORY = Path(__file__).with_name("golden")


def main(writer: str) -> None:
    """Write the streams of `writer` ("stock" or "anypickle"), or ours of what goes by value ("values")."""
    if writer == "values":
        write_values()
        return
    module = importlib.import_module("pickle" if writer == "stock" else writer)
    version = "" if writer == "stock" else f"-{module.__version__}"
    path = DIRECTORY / f"{writer}{version}-{sys.version_info[0]}.{sys.version_info[1]}.json"
    if path.exists():
        sys.exit(f"{path.name} is there, and golden streams are for ever")
    streams = {
        str(protocol): {
            kind: base64.b64encode(zlib.compress(module.dumps(build(), protocol), 9)).decode()
            for kind, build in kinds(protocol).items()
        }
        for protocol in range(6)
    }
    path.write_text(json.dumps(streams, indent=1) + "\n")
    print(f"Wrote {path.relative_to(Path.cwd())}")


def write_values() -> None:
    """Write functions and classes by value, as `dumps` and as a `Pickler` writes them."""
    import anypickle

    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    path = DIRECTORY / f"values-{anypickle.__version__}-{version}.json"
    if path.exists():
        sys.exit(f"{path.name} is there, and golden streams are for ever")
    found: dict[str, dict[str, str]] = {}
    for kind in KINDS:
        value = build(kind)
        anypickle.dumps(value)  # what is found out once is known from here on
        file = io.BytesIO()
        anypickle.Pickler(file).dump(value)
        for writer, stream in (("dumps", anypickle.dumps(value)), ("Pickler", file.getvalue())):
            packed = base64.b64encode(zlib.compress(stream, 9)).decode()
            found.setdefault(writer, {})[kind] = packed
    path.write_text(json.dumps(found, indent=1) + "\n")
    print(f"Wrote {path.relative_to(Path.cwd())}")


def value_streams(path: Path) -> list[tuple[str, str, bytes]]:
    """The (writer, kind, stream) of a golden file of values."""
    return [
        (writer, kind, zlib.decompress(base64.b64decode(stream)))
        for writer, of_kind in json.loads(path.read_text()).items()
        for kind, stream in of_kind.items()
    ]


def streams(path: Path) -> list[tuple[int, str, bytes]]:
    """The (protocol, kind, stream) of a golden file."""
    return [
        (int(protocol), kind, zlib.decompress(base64.b64decode(stream)))
        for protocol, of_kind in json.loads(path.read_text()).items()
        for kind, stream in of_kind.items()
    ]


if __name__ == "__main__":
    main(sys.argv[1])
