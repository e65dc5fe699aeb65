"""From pydantic's findings to mistakes a caller can mend: what stands where, what was expected, which word is nearest.

Nothing of pydantic's own wording, type names or the value given is passed on. Alternatives that failed together (yes/no, text,
number) are told as one mistake. What a value means is not known here; `engine.intake` looks at that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError

from api.http.problems import Mistake
from engine.problems import Problem, nearest, unknown_word

Path = tuple[str | int, ...]

#: The most one application may hold: entries of an array or object, characters of a key, values altogether.
MAX_ENTRIES: Final = 500
MAX_KEY: Final = 200
MAX_VALUES: Final = 2_000

#: A body this small cannot hold too much.
SMALL: Final = 4_096

#: What was expected, by pydantic's type of error.
_EXPECTED: Final[Mapping[str, tuple[str, str]]] = {
    "bool_type": ("true 或者 false", "true or false"),
    "bool_parsing": ("true 或者 false", "true or false"),
    "string_type": ("文字", "a text"),
    "int_type": ("整数", "a whole number"),
    "int_from_float": ("整数", "a whole number"),
    "int_parsing": ("整数", "a whole number"),
    "float_type": ("数", "a number"),
    "dict_type": ("对象 {…}", "an object {…}"),
    "model_type": ("对象 {…}", "an object {…}"),
    "model_attributes_type": ("对象 {…}", "an object {…}"),
    "tuple_type": ("数组 […]", "an array […]"),
    "list_type": ("数组 […]", "an array […]"),
    "date_type": ("日期，写作 \"2026-11-22\"", "a day, written \"2026-11-22\""),
}
_DAYS: Final = ("date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact")
_QUOTED: Final = re.compile(r"'((?:[^'\\]|\\.)*)'")


def pointer_of(path: Path) -> str:
    """The JSON pointer (RFC 6901) of a path."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def dotted(path: Path) -> str:
    """The path as the engine writes it: keys and positions joined by dots."""
    return ".".join(str(part) for part in path)


def find(field: str, document: Any) -> Path:
    """The path a dotted field means in a document. Keys may contain dots themselves: the longest that fits is taken."""
    path: list[str | int] = []
    rest, here = field, document
    while rest:
        head, _, tail = rest.partition(".")
        if isinstance(here, Mapping):
            fits = [key for key in here if rest == key or rest.startswith(f"{key}.")]
            key = max(fits, key=len) if fits else head
            path.append(key)
            here, rest = here.get(key), rest[len(key) + 1:]
        elif isinstance(here, list) and head.isascii() and head.isdigit():
            path.append(int(head))
            here, rest = here[int(head)] if int(head) < len(here) else None, tail
        else:
            path.append(head)
            here, rest = None, tail
    return tuple(path)


def placed(problem: Problem, document: Any) -> Mistake:
    """A problem of the engine with its pointer."""
    return Mistake(problem, pointer_of(find(problem.field, document)))


def body_mistakes(error: ValidationError, document: Any, model: type[BaseModel]) -> list[Mistake]:
    """Every mistake in the shape of a body, in the order of the model."""
    groups: dict[Path, list[Mapping[str, Any]]] = {}
    for one in error.errors(include_url=False, include_input=False, include_context=True):
        groups.setdefault(_resolve(one["loc"], document, one["type"] == "missing"), []).append(one)
    kept = [path for path, found in groups.items()
            if len(found) == 1 or not any(len(other) > len(path) and other[:len(path)] == path for other in groups)]
    return [Mistake(_problem(groups[path], dotted(path), path, model), pointer_of(path)) for path in kept]


def parameter_mistakes(errors: Sequence[Mapping[str, Any]], allowed: Sequence[str]) -> list[Mistake]:
    """Every mistake in query, path or headers; `field` is `query.<name>` and so on. `allowed`: the names a query may use."""
    found = []
    for one in errors:
        path: Path = tuple(part for part in one["loc"] if isinstance(part, (str, int)))
        problem = _problem([one], dotted(path), path, None)
        if one["type"] == "extra_forbidden":
            problem = unknown_word("unknown-parameter", "参数", "parameter", str(path[-1]), allowed).at("", 0, problem.field)
        found.append(Mistake(problem))
    return found


def size_mistakes(document: Any) -> list[Mistake]:
    """What is too big for one application: an array or object, a key, or the whole. Nested no deeper than `bodies` allows."""
    found: list[Mistake] = []
    values = 0

    def too_many(path: Path, most: int) -> None:
        found.append(Mistake(Problem("too-many", f"这里最多 {most} 项。", f"At most {most} entries fit here.", field=dotted(path)), pointer_of(path)))

    def look(one: Any, path: Path) -> None:
        nonlocal values
        values += 1
        if not isinstance(one, (dict, list)):
            return
        if len(one) > MAX_ENTRIES:
            too_many(path, MAX_ENTRIES)
            return
        for part, inner in one.items() if isinstance(one, dict) else enumerate(one):
            if isinstance(part, str) and len(part) > MAX_KEY:
                found.append(Mistake(Problem("too-long", f"这里有一个键超过 {MAX_KEY} 个字。", f"A key here has more than {MAX_KEY} characters.",
                                             field=dotted(path)), pointer_of(path)))
            else:
                look(inner, (*path, part))

    look(document, ())
    if values > MAX_VALUES and not found:
        too_many((), MAX_VALUES)
    return found


def _resolve(location: Sequence[str | int], document: Any, missing: bool) -> Path:
    """The part of pydantic's location that exists in the document: names of alternatives are left out."""
    path: list[str | int] = []
    here: Any = document
    for position, part in enumerate(location):
        fits = isinstance(part, int) and part < len(here) if isinstance(here, list) else isinstance(here, Mapping) and part in here
        if fits:
            here = here[part]
        elif not (missing and position == len(location) - 1):
            continue
        path.append(part)
    return tuple(path)


def _problem(errors: Sequence[Mapping[str, Any]], field: str, path: Path, model: type[BaseModel] | None) -> Problem:
    expected = list(dict.fromkeys(_EXPECTED[one["type"]] for one in errors if one["type"] in _EXPECTED))
    if expected:
        zh = "、".join(words for words, _ in expected[:-1]) + ("或者" if len(expected) > 1 else "") + expected[-1][0]
        en = ", ".join(words for _, words in expected[:-1]) + (" or " if len(expected) > 1 else "") + expected[-1][1]
        return Problem("wrong-type", f"这里应当是：{zh}。", f"This should be {en}.", field=field)
    kind, context = errors[0]["type"], errors[0].get("ctx") or {}
    if kind == "missing":
        return Problem("missing-field", f"缺少“{path[-1] if path else ''}”。", f"“{path[-1] if path else ''}” is missing.", field=field)
    if kind == "extra_forbidden":
        allowed = _fields_at(model, path) if model else ()
        word = str(path[-1]) if path else ""
        return Problem("unknown-field", f"没有叫“{word}”的字段。", f"There is no field called “{word}”.", field=field, allowed=allowed,
                       nearest=nearest(word, allowed))
    if kind in ("literal_error", "enum"):
        words = tuple(_QUOTED.findall(str(context.get("expected", ""))))
        return Problem("unknown-value", "这里没有这个值。", "This is not one of the values allowed here.", field=field, allowed=words)
    if kind in _DAYS or kind == "wrong-date":
        return Problem("wrong-date", "这不是一个存在的日期；写作 2026-11-22。", "This is no day that exists; write it like 2026-11-22.", field=field)
    if kind == "string_too_short":
        return Problem("too-short", "这里不能是空的。", "This may not be empty.", field=field)
    if kind == "string_too_long":
        most = context.get("max_length", "")
        return Problem("too-long", f"这里最多 {most} 个字。", f"At most {most} characters fit here.", field=field)
    if kind == "too_long":
        most = context.get("max_length", "")
        return Problem("too-many", f"这里最多 {most} 项。", f"At most {most} entries fit here.", field=field)
    if kind == "wrong-pair":
        return Problem("wrong-pair", "写作 <情形编码>:true 或者 <情形编码>:false。", "Write it as <situation code>:true or <situation code>:false.",
                       field=field)
    return Problem("invalid", "这里的值不合要求。", "The value here does not fit.", field=field)


def _fields_at(model: type[BaseModel], path: Path) -> tuple[str, ...]:
    """The fields of the model that stands at the path's parent."""
    current = model
    for part in path[:-1]:
        if isinstance(part, str) and part in current.model_fields:
            current = _inner(current.model_fields[part].annotation) or current
    return tuple(current.model_fields)


def _inner(annotation: Any) -> type[BaseModel] | None:
    """The first model inside an annotation, if any."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for one in get_args(annotation) if (found := _inner(one))), None)
