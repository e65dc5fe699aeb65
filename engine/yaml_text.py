"""Texts of rule files: from YAML to plain dict, list and str, with the line of every key and value.

The only file that knows the YAML library. Every scalar stays the text that was written: no number, day or truth value is
guessed. What makes a file ambiguous to a reader is refused: duplicate keys, anchors, tags, several documents, tabs and
full-width colons. Nothing here knows what a key means, and no sentence of the library reaches a reader.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from engine.problems import Problem, Refused

Path = tuple[str | int, ...]
Plain = dict[str, Any] | list[Any] | str

#: A key followed by a full-width colon: no half-width colon, quote or bracket stands before it.
FULL_WIDTH: Final = re.compile(r"^\s*(?:-\s+)*([^\s\"'#:：{}\[\]，。；、]{1,30})：")
_TEXT_TAG: Final = "tag:yaml.org,2002:str"
#: The C parser ends a text inside brackets at `?`, which YAML does not: the sign is put aside while it parses.
_QUESTION: Final = str.maketrans("?", "\ue03f")
_MARK: Final = "\ue03f"
_DEEPEST: Final = 40
_CONTROL: Final = re.compile("[^\\t\\n\\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class YamlText:
    """One text as plain data. `keys` and `values` give 1-based lines by the path of keys and list positions."""

    content: Plain
    keys: dict[Path, int] = field(default_factory=dict, repr=False)
    values: dict[Path, int] = field(default_factory=dict, repr=False)

    def line(self, path: Path) -> int:
        """The line of a key, else of a value, else of the nearest thing around it."""
        while path:
            found = self.keys.get(path) or self.values.get(path)
            if found:
                return found
            path = path[:-1]
        return 1


class Twice(Refused):
    """Refused for keys written twice and nothing else: `text` keeps the first of each, so that the rest of the file can be looked at."""

    def __init__(self, problems: Iterable[Problem], text: YamlText):
        super().__init__(problems)
        self.text = text


def read(text: str) -> YamlText:
    """Read one text, or raise Refused with every problem found in it (a syntax error ends the reading)."""
    tabs = [Problem("tab", "这一行有制表符（Tab）；请改用空格。", "This line has a tab; use spaces.", line=number)
            for number, line in enumerate(text.split("\n"), 1) if "\t" in line]
    if tabs:
        raise Refused(tabs)
    reader = _Reader(text)
    try:
        content = reader.document()
    except MarkedYAMLError as error:
        raise Refused([*reader.problems, _syntax(text, error)]) from None
    except YAMLError:
        raise Refused([_unreadable(text)]) from None
    found = YamlText(content, reader.keys, reader.values)
    if reader.problems:
        raise Twice(reader.problems, found) if all(one.code == "duplicate-key" for one in reader.problems) else Refused(reader.problems)
    return found


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.events: Iterator[Any] = iter(YAML(typ="safe").parse(text.translate(_QUESTION)))
        self.keys: dict[Path, int] = {}
        self.values: dict[Path, int] = {}
        self.problems: list[Problem] = []

    def document(self) -> Plain:
        started = 0
        content: Plain = {}
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                started += 1
                if started > 1:
                    self.say("several-documents", event, "一个文件只能有一份内容，不能用“---”再分一份。",
                             "A file holds one document; “---” may not begin another.")
                    break
            elif isinstance(event, (ScalarEvent, MappingStartEvent, SequenceStartEvent, AliasEvent)):
                content = self.node(event, ())
        return content

    def node(self, event: Any, path: Path) -> Plain:
        self.values[path] = event.start_mark.line + 1
        if event.anchor is not None:
            self.say("anchor", event, f"不能用“&”和“*”引用别处的内容（这里是“{event.anchor}”）；请把内容写出来。",
                     f"Anchors and aliases are refused (here “{event.anchor}”); write the content out.", path)
            if isinstance(event, AliasEvent):
                return ""
        if event.tag is not None and event.tag not in ("!", _TEXT_TAG):
            tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
            self.say("tag", event, f"不能用标签“{tag}”；所有内容都按文字读。",
                     f"The tag “{tag}” is refused; everything is read as text.", path)
        if isinstance(event, ScalarEvent):
            return _as_written(event.value)
        if len(path) > _DEEPEST:
            raise Refused([*self.problems, Problem("yaml-syntax", "括号或者缩进套得太深。", "Brackets or indentation are nested too deeply.",
                                                   line=event.start_mark.line + 1)])
        if isinstance(event, SequenceStartEvent):
            return self.sequence(path)
        return self.mapping(path)

    def sequence(self, path: Path) -> list[Any]:
        found: list[Any] = []
        for event in self.events:
            if isinstance(event, SequenceEndEvent):
                break
            found.append(self.node(event, (*path, len(found))))
        return found

    def mapping(self, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for event in self.events:
            if isinstance(event, MappingEndEvent):
                break
            if not isinstance(event, ScalarEvent):
                self.say("wrong-shape", event, "键只能是一个词，不能是列表或者另一组键。", "A key is one word, not a list or a mapping.", path)
                self.node(event, (*path, "?"))
                self.node(next(self.events), (*path, "?"))
                continue
            key = _as_written(event.value)
            here = (*path, key)
            if event.anchor is not None or event.tag not in (None, "!", _TEXT_TAG):
                self.node(event, here)
            if key in found:
                self.say("duplicate-key", event, f"“{key}”写了两次，第一次在第 {self.keys[here]} 行；只留一个。",
                         f"“{key}” is written twice, first on line {self.keys[here]}; keep one.", here)
            elif "：" in key:
                self.colon(event.start_mark.line + 1, key.split("：")[0], path)
            self.keys.setdefault(here, event.start_mark.line + 1)
            value = self.node(next(self.events), here)
            found.setdefault(key, value)
        return found

    def say(self, code: str, event: Any, zh: str, en: str, path: Path = ()) -> None:
        self.problems.append(Problem(code, zh, en, line=event.start_mark.line + 1, field=dotted(path)))

    def colon(self, line: int, key: str, path: Path) -> None:
        self.problems.append(full_width_colon(key, line, dotted(path)))


def _as_written(value: str) -> str:
    return value.replace(_MARK, "?") if _MARK in value else value


def dotted(path: Path) -> str:
    """The path of keys as a reader writes it: `规则[3].当[1]`, list positions counted from 1."""
    parts = [f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path]
    return "".join(parts).removeprefix(".")


def full_width_colon(key: str, line: int = 0, place: str = "") -> Problem:
    """A key was followed by `：`."""
    return Problem("full-width-colon", f"“{key}”后面是全角冒号“：”；请改成半角冒号加一个空格。",
                   f"“{key}” is followed by a full-width colon “：”; write a half-width colon and a space.", line=line, field=place)


#: What the library says (either parser), and what a reader is told.
_SYNTAX: Final[tuple[tuple[tuple[str, ...], str, str], ...]] = (
    (("expected ',' or '}'", "expected ',' or ']'"),
     "花括号或者方括号里缺少逗号或者右括号；文字里含有 { } [ ] , 或者“: ”的，要用引号括起来。",
     "A comma or a closing bracket is missing; put a text that contains { } [ ] , or “: ” in quotes."),
    (("could not find expected ':'",), "这一行的键后面缺少冒号和空格。", "The key on this line lacks a colon and a space."),
    (("mapping values are not allowed",),
     "这里多了一个“: ”：值里含有冒号加空格的要用引号括起来；或者上一行缺少冒号、缩进不对。",
     "There is one “: ” too many: put a value that contains it in quotes, or mend the line above or the indentation."),
    (("unexpected end of stream",), "从这一行开始的引号没有配对。", "The quotes that begin on this line are not closed."),
    (("expected '-' indicator", "expected <block end>", "did not find expected key"),
     "缩进不对：同一层的各行要左边对齐。", "The indentation is wrong: lines of one level must begin in the same column."),
    (("node content",), "括号没有配对，或者这里缺少内容。", "A bracket is not closed, or something is missing here."),
    (("escape",), "双引号里的反斜杠“\\”用得不对；请改用单引号。", "The backslash in the double quotes is wrong; use single quotes."),
    (("cannot start any token", "found character"), "值不能以这个符号开头；请用引号括起来。",
     "A value may not begin with this sign; put it in quotes."),
    (("undefined alias",), "不能用“*”引用别处的内容；请把内容写出来，或者用引号括起来。",
     "Aliases are refused; write the content out, or put it in quotes."),
)


def _syntax(text: str, error: MarkedYAMLError) -> Problem:
    lines = text.split("\n")
    at = error.problem_mark.line if error.problem_mark is not None else 0
    start = error.context_mark.line if error.context_mark is not None else at
    for number in range(min(at, len(lines) - 1), max(-1, at - 3), -1):
        found = FULL_WIDTH.match(lines[number])
        if found:
            return full_width_colon(found[1], number + 1)
    said = str(error.problem or "")
    zh = "这里不合 YAML 的写法；请对照上下各行检查冒号、缩进、引号和括号。"
    en = "This is not valid YAML; check colons, indentation, quotes and brackets here."
    for signs, sentence_zh, sentence_en in _SYNTAX:
        if any(sign in said for sign in signs):
            zh, en = sentence_zh, sentence_en
            break
    if "unexpected end of stream" in said or not "".join(lines[at:]).strip() or "simple key" in str(error.context or ""):
        at = start
    return Problem("yaml-syntax", zh, en, line=min(at, len(lines) - 1) + 1)


def _unreadable(text: str) -> Problem:
    found = _CONTROL.search(text)
    line = text.count("\n", 0, found.start()) + 1 if found else 1
    return Problem("yaml-syntax", "这里有看不见的控制字符；请删掉。", "There is an invisible control character here; delete it.", line=line)
