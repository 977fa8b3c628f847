"""How much longer everything may take: under sanitizers (scripts/sanitized) all is several times as slow."""

from __future__ import annotations

import os

SANITIZED = os.environ.get("ANYPICKLE_SANITIZED") == "1"
PATIENCE = 5.0 if SANITIZED else 1.0
