"""What a measurement was made on: processor, system, interpreter, versions. No names of users, hosts or paths."""

from __future__ import annotations

import os
import platform
import sys
import sysconfig
from importlib import metadata
from pathlib import Path


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _is_debians() -> bool:
    """Debian and Ubuntu optimize their Python without configure's knowing: with profiles, and at link time."""
    try:
        system = platform.freedesktop_os_release()
    except OSError:
        return False
    ids = (system.get("ID", ""), *system.get("ID_LIKE", "").split())
    return sys.base_prefix == "/usr" and bool({"debian", "ubuntu"} & set(ids))


def describe(packages: list[str]) -> dict[str, object]:
    """The machine and the versions of `packages` (None for one that is not installed)."""
    versions: dict[str, str | None] = {}
    for package in packages:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = None
    flags = sysconfig.get_config_var("CONFIG_ARGS") or ""
    return {
        "processor": _processor(),
        "processors": os.cpu_count(),
        "system": f"{platform.system()} {platform.release().split('-')[0]}, {platform.libc_ver()[0]} "
        f"{platform.libc_ver()[1]}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "python_optimized": "--enable-optimizations" in flags or _is_debians(),
        "python_lto": "--with-lto" in flags or _is_debians(),
        "compiler": platform.python_compiler(),
        "bits": sys.maxsize.bit_length() + 1,
        "versions": versions,
    }
