"""Writes seeds for the fuzzers: the golden streams, one file for each.

python cpp/fuzz/make_seeds.py build/fuzz/seeds
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
import zlib
from pathlib import Path

GOLDEN = Path(__file__).parents[2] / "tests" / "interop" / "golden"


def main(directory: str) -> None:
    """Fill the directory; what is there stays."""
    out = Path(directory)
    out.mkdir(parents=True, exist_ok=True)
    for golden in GOLDEN.glob("*.json"):
        for protocol in json.loads(golden.read_text()).values():
            for stream in protocol.values():
                data = zlib.decompress(base64.b64decode(stream))
                if len(data) < 4096:
                    (out / hashlib.sha1(data).hexdigest()).write_bytes(data)


if __name__ == "__main__":
    main(sys.argv[1])
