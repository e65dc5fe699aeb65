"""Opens a rulebook's directory and hands its texts to the engine.

The only place where rule files are opened. What the texts mean is `engine.reading`'s question.
"""

from __future__ import annotations

import os
from importlib import resources
from pathlib import Path

from engine.problems import Problem, Refused


def bundled() -> Path:
    """The directory of the bundled rulebook: beside this package, in a checkout and in an installed wheel alike."""
    beside = Path(__file__).resolve().parent.parent / "rules"
    if beside.is_dir():
        return beside
    try:
        for part in resources.files("rules").iterdir():
            return Path(str(part)).parent
    except ModuleNotFoundError:
        pass
    return beside


def open_rulebook(directory: Path) -> dict[str, str]:
    """Every file of a rulebook by its path inside, with forward slashes; Refused if the directory cannot be read.

    Files whose name begins with a dot, `.md` files and `schema/` are none of the rulebook's content and stay closed.
    """
    if not directory.exists():
        raise Refused([Problem("no-rulebook", f"没有“{directory}”这个目录。", f"There is no directory “{directory}”.")])
    if not directory.is_dir():
        raise Refused([Problem("no-rulebook", f"“{directory}”不是目录；规则库是一个目录。",
                               f"“{directory}” is no directory; a rulebook is a directory.")])
    texts: dict[str, str] = {}
    problems: list[Problem] = []

    def unreadable(error: OSError) -> None:
        problems.append(_unreadable(Path(error.filename or directory), directory))

    for place, folders, names in os.walk(directory, onerror=unreadable):
        here = Path(place)
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "__pycache__"
                            and not (here == directory and name == "schema"))
        for name in sorted(names):
            if name.startswith(".") or name.endswith(".md"):
                continue
            path = here / name
            inside = path.relative_to(directory).as_posix()
            try:
                texts[inside] = path.read_bytes().decode("utf-8-sig") if name.endswith(".yaml") else ""
            except UnicodeDecodeError as error:
                line = path.read_bytes().count(b"\n", 0, error.start) + 1
                problems.append(Problem("not-utf8", "这个文件不是 UTF-8 编码的文字；请另存为 UTF-8。",
                                        "This file is not UTF-8 text; save it as UTF-8.",
                                        file=inside, line=line))
            except OSError:
                problems.append(_unreadable(path, directory))
    if problems:
        raise Refused(problems)
    return texts


def _unreadable(path: Path, directory: Path) -> Problem:
    inside = path.relative_to(directory).as_posix() if path.is_relative_to(directory) else path.name
    return Problem("unreadable-file", "这个文件打不开；看一看它的权限。", "This file cannot be opened; check its permissions.", file=inside)
