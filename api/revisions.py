"""A rulebook's texts by name: a directory, or a revision of the git repository that holds one. Git is asked; nothing is checked out.

`REV` reads the same directory in an earlier revision, `REV:path` another one of it. What counts as a file of a rulebook is
`rule_files`' rule. Nothing here reads what the texts mean.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from api.rule_files import bundled, open_rulebook
from engine.problems import Problem, Refused, nearest

#: A directory that holds this file is a rulebook's.
_MARK: Final = "vocabulary.yaml"
_FILE, _LINK, _TREE = "100", "120000", "tree"
#: Revisions offered where the one asked for is not there.
_NEARBY: Final = 12


@dataclass(frozen=True, slots=True)
class Side:
    """The texts of one rulebook. `name`: as the reader knows it; `revision`: the commit's full id, empty for a directory."""

    name: str
    texts: dict[str, str]
    revision: str = ""


def working_rules() -> Path:
    """The rulebook the user works on: this directory, `rules/` in it or above it in the same repository, else the bundled one."""
    here = Path.cwd()
    for place in (here, *here.parents):
        for found in (place, place / "rules"):
            if (found / _MARK).is_file():
                return found
        if (place / ".git").exists():
            break
    return bundled()


def both_sides(old: str, new: str | None) -> tuple[Side, Side]:
    """The texts of both rulebooks. A revision without a path means the directory of the other side, else `working_rules`. Raises Refused."""
    named = next((Path(word) for word in (new, old) if word is not None and Path(word).is_dir()), None)
    other = working_rules() if named is None or new is None else named
    problems: list[Problem] = []
    found: list[Side] = []
    for word in (old, new):
        try:
            found.append(Side(str(_shown(other)), open_rulebook(other)) if word is None else side(word, other))
        except Refused as refused:
            problems.extend(refused.problems)
    if problems:
        raise Refused(dict.fromkeys(problems))
    return found[0], found[1]


def side(word: str, rules: Path) -> Side:
    """The texts of a directory or of a git revision. `rules`: the directory that a revision without a path means. Raises Refused."""
    if Path(word).exists():
        return Side(word, open_rulebook(Path(word)))
    revision, colon, path = word.partition(":")
    place = Path.cwd() if colon else rules.resolve()
    if not revision or revision.startswith("-"):
        raise Refused([_no_such(word, ())])
    top = _top(place, word)
    commit = _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if commit is None:
        raise Refused([_no_such(word, _nearby(top), nearest(revision, _names(top)))])
    commit_id = commit.decode().strip()
    inside = path.strip("/") if colon and not path.startswith(".") else os.path.relpath(place / path, top).replace(os.sep, "/")
    inside = "" if inside == "." else inside
    return Side(word if colon or not inside else f"{word}:{inside}", _texts(top, commit_id, inside, word), commit_id)


def _shown(path: Path) -> Path:
    """The path as a user in this directory would write it."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) and path != Path.cwd() else path


# -- asking git ----------------------------------------------------------------------------------------------------------

def _git(top: Path, *words: str, given: bytes | None = None) -> bytes | None:
    """What git answers; None if it refuses. Raises Refused where there is no git."""
    try:
        done = subprocess.run(["git", "-C", str(top), *words], capture_output=True, check=False, input=given if given is not None else b"",
                              env=os.environ | {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0"})
    except OSError:
        raise Refused([Problem("no-git", "要读一个版本，可是运行不了 git；安装 git，或者写两个目录。",
                               "A revision is to be read, but git cannot be run; install git, or give two directories.")]) from None
    return done.stdout if done.returncode == 0 else None


def _top(place: Path, word: str) -> Path:
    """The top of the repository that holds a directory. Raises Refused."""
    while not place.is_dir():
        place = place.parent
    found = _git(place, "rev-parse", "--show-toplevel")
    if found is None:
        raise Refused([Problem("no-repository", f"没有“{word}”这个目录；“{place}”也不在 git 仓库里（或者 git 不肯读它），不能按版本来读。写目录，或者到仓库里运行。",
                               f"There is no directory “{word}”, and “{place}” is in no git repository (or git will not read it), so it is no revision either. "
                               f"Give a directory, or run this inside the repository.")])
    return Path(os.fsdecode(found.rstrip(b"\r\n")))


def _names(top: Path) -> tuple[str, ...]:
    """Branches and tags, the latest first."""
    found = _git(top, "for-each-ref", "--sort=-creatordate", "--format=%(refname:short)", "refs/heads", "refs/tags", "refs/remotes")
    return tuple(found.decode(errors="replace").split()) if found else ()


def _nearby(top: Path) -> tuple[str, ...]:
    """Revisions that are there: branches and tags, then the latest commits."""
    latest = _git(top, "log", "-n", str(_NEARBY), "--format=%h")
    return (*_names(top)[:_NEARBY // 2], *(latest.decode().split() if latest else ()))[:_NEARBY]


def _no_such(word: str, allowed: tuple[str, ...], near: str = "") -> Problem:
    folder = Path(word).parent
    if ("/" in word or os.sep in word) and ":" not in word and folder.is_dir():
        beside = tuple(sorted(str(folder / one.name) for one in folder.iterdir() if one.is_dir() and not one.name.startswith(".")))
        near = near or nearest(word, beside)
    return Problem("unknown-revision", f"没有“{word}”：既不是目录，也不是这个仓库的版本（提交、分支、标签）。",
                   f"There is no “{word}”: it is neither a directory nor a revision (commit, branch, tag) of this repository.", allowed=allowed, nearest=near)


# -- the files of a revision ---------------------------------------------------------------------------------------------

def _texts(top: Path, commit: str, inside: str, word: str) -> dict[str, str]:
    """Every file of the rulebook in that directory of the commit, as `open_rulebook` would read them. Raises Refused."""
    listed = _git(top, "ls-tree", "-r", "-z", "--full-tree", f"{commit}:{inside}")
    if listed is None:
        raise Refused([Problem("unknown-revision", f"版本“{word}”里没有“{inside}”这个目录；用 版本:目录 写明规则目录。",
                               f"The revision “{word}” has no directory “{inside}”; name the rulebook's directory as REV:path.",
                               allowed=tuple(f"{word.partition(':')[0]}:{one}" for one in _rulebooks(top, commit)))])
    files = {name: (mode, object_id) for mode, kind, object_id, name in _entries(listed) if kind == "blob" and _counts(name)}
    problems = [Problem("unreadable-file", "这是一个符号链接；版本里的链接不跟随，写成普通文件。",
                        "This is a symbolic link; links are not followed inside a revision. Make it a plain file.", file=name)
                for name, (mode, _) in files.items() if mode == _LINK]
    wanted = [(name, object_id) for name, (mode, object_id) in files.items() if mode.startswith(_FILE) and name.endswith(".yaml")]
    texts = {name: "" for name in files}
    raw = _git(top, "cat-file", "--batch", given="".join(f"{object_id}\n" for _, object_id in wanted).encode()) if wanted else b""
    for (name, _), content in zip(wanted, _contents(raw or b""), strict=False):
        if content is None:
            problems.append(Problem("unreadable-file", "仓库里没有这个文件的内容（不完整的克隆）；先取全。",
                                    "The repository lacks the content of this file (a partial clone); fetch it first.", file=name))
            continue
        try:
            texts[name] = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            problems.append(Problem("not-utf8", "这个文件不是 UTF-8 编码的文字；请另存为 UTF-8。", "This file is not UTF-8 text; save it as UTF-8.",
                                    file=name, line=content.count(b"\n", 0, error.start) + 1))
    if problems:
        raise Refused(problems)
    return texts


def _counts(name: str) -> bool:
    """Whether a path inside is content of the rulebook (see `rule_files.open_rulebook`)."""
    *folders, file = name.split("/")
    hidden = any(one.startswith(".") or one == "__pycache__" for one in folders) or folders[:1] == ["schema"]
    return not hidden and not file.startswith(".") and not file.endswith(".md")


def _entries(listed: bytes) -> Iterator[tuple[str, str, str, str]]:
    """Mode, kind, object and path of every line of a tree."""
    for line in listed.split(b"\0"):
        if line:
            head, _, name = line.partition(b"\t")
            mode, kind, object_id = head.decode().split()
            yield mode, kind, object_id, os.fsdecode(name)


def _contents(raw: bytes) -> Iterator[bytes | None]:
    """The objects of a `cat-file --batch`, in its order; None for one that is missing."""
    position = 0
    while position < len(raw):
        end = raw.index(b"\n", position)
        head = raw[position:end].split()
        if len(head) != 3:
            yield None
            position = end + 1
            continue
        size = int(head[2])
        yield raw[end + 1:end + 1 + size]
        position = end + 2 + size


def _rulebooks(top: Path, commit: str) -> tuple[str, ...]:
    """The directories of a commit that hold a rulebook."""
    listed = _git(top, "ls-tree", "-r", "-z", "--full-tree", "--name-only", commit) or b""
    names = (os.fsdecode(name) for name in listed.split(b"\0") if name)
    return tuple(name.removesuffix(f"/{_MARK}") for name in names if name.endswith(f"/{_MARK}"))[:_NEARBY]
