"""`mianzheng diff OLD NEW`: not how two rulebooks differ in text but in meaning, and for whom.

The status is diff(1)'s: 0 no difference, which is a proof; 1 different; 2 nothing could be compared; 3 not known. Reads both sides and
prints; the proof is `engine.proof`'s. Writes nothing but the file of scenarios that was asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from rich.text import Text

from api import against
from api.commands.diff_tables import print_counted, print_told
from api.commands.differences import Found, Telling
from api.commands.log import progress
from api.commands.printing import Language, at_one_go, err, print_json, print_problems, problem_json
from api.published_files import write_whole
from api.revisions import Side, both_sides
from engine.problems import Problem, Refused, unknown_word
from engine.proof.blocks import blocks
from engine.proof.difference import compare
from engine.proof.solver import PATIENCE
from engine.proof.terms import bases, calendar_years, grounds, terms
from engine.reading import read_rulebook, version_of
from engine.rulebook import Rulebook

SAME, DIFFERENT, TROUBLE, UNKNOWN, INTERRUPTED = 0, 1, 2, 3, 130

Json = dict[str, Any]

_STEPS: Final = (("路径", "routes"), ("阻止", "blocks"), ("规定", "terms"), ("依据", "grounds"))


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked for. `new` None: the working directory's rules; `seconds`: the most one question may take."""

    old: str
    new: str | None = None
    item: str | None = None
    scenarios: Path | None = None
    against: str | None = None
    seconds: float = PATIENCE / 1000


def diff(order: Order, as_json: bool, language: Language) -> int:
    """The exit status: 0 no difference (proved), 1 different, 2 usage or a side that is refused, 3 not known, 130 interrupted."""
    try:
        sides = both_sides(order.old, order.new)
        books = _read(sides)
        codes = _codes(order.item, books) if order.item is not None else None
        looked = books if codes is None else (_only(books[0], codes), _only(books[1], codes))
        found = _compare(looked, max(1, round(order.seconds * 1000)), language)
        today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
        told = {"old": _side(sides[0], books[0]), "new": _side(sides[1], books[1]), **Telling(*books, language.value, today).all(found), "files": _files(sides),
                "only": _only_names(books, codes), "vocabulary": _words(books, language)}
        counted = _against(order.against, books, codes, language) if order.against is not None else None
        if counted is not None:
            told["against"] = _counted(counted)
        if order.scenarios is not None:
            told["scenarios"] = _write(order.scenarios, Telling(*books, "zh", today), found, sides)
    except Refused as refused:
        if as_json:
            print_json({"refused": True, "problems": [problem_json(one) for one in refused.problems]})
        else:
            print_problems(refused.problems, language)
        return TROUBLE
    except KeyboardInterrupt:
        err().print(Text("已中断。" if language is Language.zh else "Interrupted.", style="yellow"))
        return INTERRUPTED
    if as_json:
        print_json(told)
    else:
        print_told(told, language)
        if counted is not None:
            print_counted(counted, Telling(*books, language.value), language)
    return DIFFERENT if found.different else UNKNOWN if found.unknown else SAME


def _only_names(books: tuple[Rulebook, Rulebook], codes: frozenset[str] | None) -> list[str]:
    """The items looked at, by name; empty: all of them."""
    named = {code: item.name for book in books for (code, _), item in book.items.items()}
    return sorted(named[code] for code in codes or ())


def _words(books: tuple[Rulebook, Rulebook], language: Language) -> list[Json]:
    """Facts that only one side has, and facts of which only one side has some values; situations stand with their items."""
    old, new = ({fact.code: fact for fact in book.vocabulary.facts if not fact.situation and not fact.domain} for book in books)
    rows: list[Json] = []
    for code in dict.fromkeys((*old, *new)):
        before, after = old.get(code), new.get(code)
        if before is not None and after is not None:
            gone, added = ([one.label(value.code, language.value) for value in one.values if value.code not in other.by_code]
                           for one, other in ((before, after), (after, before)))
        else:
            gone, added = [], []
        if before is None or after is None or gone or added:
            named = after or before
            assert named is not None
            rows.append({"fact": code, "name": named.name if language is Language.zh else named.english, "new": before is None, "gone": after is None,
                         "values_gone": gone, "values_new": added})
    return rows


# -- both sides ---------------------------------------------------------------------------------------------------------

def _read(sides: tuple[Side, Side]) -> tuple[Rulebook, Rulebook]:
    """Both rulebooks. Raises Refused with every problem of both, each file named with its side."""
    books: list[Rulebook] = []
    problems: list[Problem] = []
    for side in sides:
        try:
            books.append(read_rulebook(side.texts))
        except Refused as refused:
            problems.extend(replace(one, file=f"{side.name}/{one.file}" if one.file else side.name) for one in refused.problems)
    if problems:
        raise Refused(dict.fromkeys(problems))
    return books[0], books[1]


def _codes(word: str, books: Iterable[Rulebook]) -> frozenset[str]:
    """The item's code by code, Chinese or English name. Raises Refused."""
    words = {name: code for book in books for (code, _), item in book.items.items() for name in (item.english, item.name, code)}
    if word not in words:
        chinese = any("一" <= letter <= "鿿" for letter in word)
        names = {item.name if chinese else code for book in books for (code, _), item in book.items.items()}
        raise Refused([unknown_word("unknown-item", "事项", "item", word, sorted(names))])
    return frozenset((words[word],))


def _only(book: Rulebook, codes: frozenset[str]) -> Rulebook:
    """The rulebook with no other item."""
    return replace(book, items={key: item for key, item in book.items.items() if key[0] in codes})


def _side(side: Side, book: Rulebook) -> Json:
    return {"name": side.name, "revision": side.revision or None, "rulebook": book.version}


def _files(sides: tuple[Side, Side]) -> list[str]:
    """The files that only one side has, or whose content is another: layout and comments do not count."""
    old, new = (side.texts for side in sides)

    def alike(path: str) -> bool:
        return path in old and path in new and (old[path] == new[path] or version_of({path: old[path]}) == version_of({path: new[path]}))

    return [path for path in sorted({*old, *new}) if path.endswith(".yaml") and not alike(path)]


# -- comparing ----------------------------------------------------------------------------------------------------------

def _compare(books: tuple[Rulebook, Rulebook], milliseconds: int, language: Language) -> Found:
    with at_one_go(), _steps(language) as step:
        step(0)
        found = Found(compare(*books, milliseconds))
        if found.outcomes.unlike:
            return found
        besides = {(one.item, one.material) for one in found.outcomes.changes if one.sure}
        step(1)
        found.blocks = blocks(*books, milliseconds)
        step(2)
        found.terms = terms(*books)
        step(3)
        found.grounds = grounds(*books, {*besides, *((one.item, "") for one in found.blocks if one.sure)})
        found.bases = bases(*books, besides)
        found.years = calendar_years(*books)
    return found


@contextmanager
def _steps(language: Language) -> Iterator[Any]:
    """Says on standard error what is being compared, where that is a terminal."""
    console = err()
    if not console.is_terminal:
        yield lambda number: None
        return
    with console.status("") as status:
        def step(number: int) -> None:
            zh, en = _STEPS[number]
            status.update(f"比较{zh}…… {number + 1}/{len(_STEPS)}" if language is Language.zh else f"comparing {en} … {number + 1}/{len(_STEPS)}")

        yield step


# -- real and sample applications ---------------------------------------------------------------------------------------

def _against(what: str, books: tuple[Rulebook, Rulebook], codes: frozenset[str] | None, language: Language) -> against.Counted:
    """Every application of the file or the log by both rulebooks. Raises Refused."""
    with against.applications(what) as (stated, total), progress("判断" if language is Language.zh else "deciding", total) as tell:
        return against.count(stated, *books, codes, tell)


def _counted(counted: against.Counted) -> Json:
    rows = [{"item": item, "division": division, **asdict(row)} for (item, division), row in sorted(counted.rows.items())]
    return {"rows": rows, "total": asdict(counted.total), "erased": counted.erased, "unreadable": counted.unreadable, "unreadable_at": counted.places}


# -- scenarios ----------------------------------------------------------------------------------------------------------

def _write(path: Path, telling: Telling, found: Found, sides: tuple[Side, Side]) -> Json:
    """Write the witnesses as a feature file, none where there is no witness. Raises Refused."""
    text, written, left = telling.scenarios(found, f"{sides[0].name} 改成 {sides[1].name}")
    if not written:
        return {"file": None, "written": 0, "left_out": left}
    try:
        write_whole(path, text.encode())
    except OSError:
        raise Refused([Problem("unwritable", f"写不进“{path}”；看一看目录在不在、有没有权限。",
                               f"“{path}” cannot be written; check that its directory exists and its permissions.")]) from None
    return {"file": str(path), "written": written, "left_out": left}
