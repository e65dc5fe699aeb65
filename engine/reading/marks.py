"""What people must still confirm: every 待法务核对 and every synthetic piece of data, with its place; and the version's hash.

Both look at the plain content of the files, whatever its kind. Nothing here judges the content.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, Final

import rfc8785

from engine.reading.report import File
from engine.rulebook import Mark
from engine.yaml_text import Path, dotted

REVIEW: Final = "待法务核对"
SYNTHETIC: Final = "合成"
#: Keys whose value names the thing a mark is about.
_NAMES: Final = ("编号", "名称", "材料", "文件", "事项", "清单", "一件事", "证件", "批次")


def marks(files: Sequence[File]) -> tuple[Mark, ...]:
    """Every mark, by file and line."""
    found = [mark for file in files if file.text is not None for mark in _walk(file, file.text.content, (), ())]
    return tuple(sorted(found, key=lambda mark: (mark.file, mark.line)))


def _walk(file: File, node: Any, path: Path, names: tuple[str, ...]) -> Iterator[Mark]:
    if isinstance(node, list):
        for number, part in enumerate(node):
            yield from _walk(file, part, (*path, number), names)
        return
    if not isinstance(node, dict):
        return
    own = next((node[key] for key in _NAMES if isinstance(node.get(key), str)), "")
    if own == node.get("清单") and isinstance(node.get("批次"), str):
        own = f"{own} {node['批次']}"
    names = (*names, own) if own else names
    subject = " · ".join(names) or dotted(path)
    for key, value in node.items():
        here = (*path, key)
        line = file.text.line(here) if file.text is not None else 0
        if key == REVIEW and isinstance(value, str):
            yield Mark(file.path, line, subject, value)
        elif key == "核对人" and value == REVIEW:
            yield Mark(file.path, line, subject, "还没有人与原文核对")
        elif key == SYNTHETIC and value == "是":
            yield Mark(file.path, line, subject, "合成数据")
        elif isinstance(value, (dict, list)):
            yield from _walk(file, value, here, names)


def version(files: Sequence[File]) -> str:
    """The hash of the canonical content: layout and comments do not count."""
    content = {file.path: file.text.content for file in files if file.text is not None}
    return "sha256:" + hashlib.sha256(rfc8785.dumps(content)).hexdigest()
