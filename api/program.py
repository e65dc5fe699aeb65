"""Which version of the program this is."""

from __future__ import annotations

import tomllib
from importlib import metadata
from pathlib import Path
from typing import Final


def program_version() -> str:
    """The version of the installed program, or what a checkout says of itself."""
    try:
        return metadata.version("mianzheng")
    except metadata.PackageNotFoundError:
        project = Path(__file__).resolve().parents[1] / "pyproject.toml"
        return str(tomllib.loads(project.read_text("utf-8"))["project"]["version"]) if project.is_file() else "0"


PROGRAM: Final = program_version()
