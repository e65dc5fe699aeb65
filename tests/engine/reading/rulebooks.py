"""The minimal good rulebook of the tests, and overlays on it."""

from __future__ import annotations

from pathlib import Path

ENGINE_TESTS = Path(__file__).resolve().parent.parent
MINIMAL = ENGINE_TESTS / "minimal_rulebook"
BAD = ENGINE_TESTS / "bad_rulebooks"
REMOVED = ".removed"


def texts(directory: Path) -> dict[str, str]:
    """Every file of a directory by its path inside."""
    return {path.relative_to(directory).as_posix(): path.read_text(encoding="utf-8") for path in sorted(directory.rglob("*")) if path.is_file()}


def overlaid(directory: Path) -> dict[str, str]:
    """The minimal rulebook with a folder's files put over it; `<file>.removed` takes a file away."""
    found = texts(MINIMAL)
    for path, text in texts(directory).items():
        if path.startswith("expected."):
            continue
        if path.endswith(REMOVED):
            del found[path.removesuffix(REMOVED)]
        else:
            found[path] = text
    return found


def minimal(**changes: tuple[str, str]) -> dict[str, str]:
    """The minimal rulebook with one text replaced in each of the files named by their stem (`proofs=("old", "new")`)."""
    found = texts(MINIMAL)
    for stem, (old, new) in changes.items():
        path = next(path for path in found if path.rsplit("/", 1)[-1] == f"{stem}.yaml")
        assert old in found[path], (path, old)
        found[path] = found[path].replace(old, new)
    return found
