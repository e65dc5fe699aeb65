"""Judges what a window or a back office asks of the applicant: allowed by a line of the decision, or a violation.

The measure is the body of the decision in force and, once a one-time notice is frozen, the body in it (行政许可法 32(1)(4), 优化营商环境条例
36: everything at once; 条例 44(3): nothing outside the list, nothing twice). 邵阳 五3 (红牌, 强制停止实施) is a signed article: it gives the idea of
a card, never the ground of a violation. Colours are supervision, not law. Nothing here records a demand, blocks anybody or decides a material.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from engine.lifecycle.stated import changed as changed
from engine.rulebook import Rulebook
from engine.vocabulary import DECLARED

Kind = Literal["hand_in", "show", "sign", "answer", "other"]
Code = Literal["outside_decision", "after_notice", "repeat_demand"]
Colour = Literal["yellow", "red"]
Body = Mapping[str, Any]
Entry = Mapping[str, Any]

APPLICANT: Final = "applicant"

#: What may be asked of the applicant where a material takes a route of theirs. A deferral asks for the written promise and for the paper by its day.
_ASKED: Final[Mapping[str, tuple[Kind, ...]]] = {"submit": ("hand_in",), "shown": ("show",), "commitment": ("sign",), "deferral": ("sign", "hand_in")}


@dataclass(frozen=True, slots=True)
class Demand:
    """One thing asked of the applicant. `person`: id inside the application, empty or `applicant` for the applicant's own copy;
    for the question who the people of a role are (`fact` roles_complete) it may be the role. `text`: what the officer wrote. `name`, `name_en`: how
    sentences call what is asked where the decision does not know it; else the material's or fact's code, or the text."""

    kind: Kind
    material: str | None = None
    person: str | None = None
    fact: str | None = None
    text: str = ""
    name: str = ""
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing the decision lets anyone ask. `person` is empty for the applicant; `due` is the last day (ISO) of a deferral, empty if none is set."""

    kind: Kind
    material: str = ""
    person: str = ""
    fact: str = ""
    role: str = ""
    due: str = ""


@dataclass(frozen=True, slots=True)
class Violation:
    """Why a demand may not be made: whole sentences. Every violation blocks. `rules`: ids of the rules on which the decision rests for the
    material; `basis`: the law broken; `review`: what legal staff must still confirm."""

    code: Code
    colour: Colour
    zh: str
    en: str
    rules: tuple[str, ...] = ()
    basis: str = ""
    review: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """`violations` empty: allowed. `line`: what of the decision in force provides for it, None where nothing does."""

    violations: tuple[Violation, ...]
    line: Line | None

    @property
    def allowed(self) -> bool:
        return not self.violations


# -- what a body lets anyone ask --------------------------------------------------------------------------------------

def answerable(rulebook: Rulebook) -> frozenset[str]:
    """Codes of the facts only the applicant can state (来源 申报), situations included: `declared` of `lines` and `judge`."""
    situations = (fact.code for item in rulebook.items.values() for fact in item.situations)
    return frozenset((*(fact.code for fact in rulebook.vocabulary.facts if fact.supplier == DECLARED), *situations))


def lines(body: Body, declared: Collection[str] = ()) -> frozenset[Line]:
    """Everything the decision lets anyone ask of the applicant now.

    Only what is settled and not done yet is asked: hand in (提交), show (出示证件: never hand in), sign (a commitment that was chosen; one that
    is merely offered is never demanded), hand in by its day (容缺). While a material is undetermined only the facts it hangs on may be
    asked: the questions, and those facts of its branches that are in `declared`. Copies count by person; `establishes` like materials.
    """
    found = {line for one in _entries(body) if one["satisfied"] != "yes" or one["route"] == "deferral" for line in _settled(one)}
    found.update(_questions(body))
    found.update(Line("answer", fact=fact) for one in _entries(body) if one["status"] == "undetermined" for fact in _facts(one) if fact in declared)
    return frozenset(found)


def _entries(body: Body) -> Iterator[Entry]:
    """Materials and what still establishes an abolished one. Of alternatives the group, and the members of the list taken once that is settled."""
    for one in (*body["materials"], *body["establishes"]):
        yield one
        for way in one.get("alternatives", ()):
            if way["chosen"]:
                yield from way["materials"]


def _settled(entry: Entry) -> Iterator[Line]:
    """The lines of one settled material of an applicant's route. A negative finding asks for nothing: the same paper would not change it."""
    if entry["status"] != "settled" or entry["finding"] == "negative":
        return
    dues = (residual["due"] for residual in entry["residuals"] if residual["action"] == "supplement" and residual.get("due"))
    due = next(dues, "") if entry["route"] == "deferral" else ""
    for kind in _ASKED.get(entry["route"] or "", ()):
        yield Line(kind, entry["material"], _person(entry.get("person")), due=due if kind == "hand_in" else "")


def _questions(body: Body) -> Iterator[Line]:
    for one in body["questions"]:
        material, _, person = str(one.get("material", "")).partition("/")
        yield Line("answer", material, _person(person or one.get("person")), str(one["fact"]), str(one.get("role", "")))


def _facts(entry: Entry) -> Iterator[str]:
    """The facts named in the branches: the first word of each phrase."""
    return (str(phrase).partition(" ")[0] for branch in entry["branches"] for phrase in branch["when"])


def _foreseen(body: Body, declared: Collection[str]) -> Iterator[Line]:
    """What a frozen notice holds: its lines, done or not, and its conditional lines: what may be asked under which answers, and the heavier open way
    where the applicant does not do the lighter act (an expired credential is shown, an unqualified person signs)."""
    yield from _questions(body)
    members = [member for one in (*body["materials"], *body["establishes"]) for way in one.get("alternatives", ()) for member in way["materials"]]
    for entry in (*_entries(body), *members):
        yield from _settled(entry)
        routes = [branch["route"] for branch in entry["branches"]]
        if entry["status"] == "settled" and entry["route"] in _ASKED and entry["finding"] != "negative":
            routes += entry["also_open"]
        yield from (Line(kind, entry["material"], _person(entry.get("person"))) for route in routes for kind in _ASKED.get(route or "", ()))
        yield from (Line("answer", fact=fact) for fact in _facts(entry) if fact in declared)


def _person(person: object) -> str:
    return "" if not person or person == APPLICANT else str(person)


def _matches(demand: Demand, line: Line) -> bool:
    """Whether the demand is the line. A question may leave out of which material or person it asks."""
    if demand.kind != line.kind or demand.kind == "other":
        return False
    person = _person(demand.person)
    if demand.kind == "answer":
        return (demand.fact == line.fact and (not demand.material or demand.material == line.material or not line.material)
                and (not person or not (line.person or line.role) or person in (line.person, line.role)))
    return demand.material == line.material and person == line.person


# -- the judgement ----------------------------------------------------------------------------------------------------

def judge(demand: Demand, current: Body, frozen: Body | None = None, facts_changed: bool = False,
          received: Collection[tuple[str, str | None]] = (), earlier: Iterable[Demand] = (),
          declared: Collection[str] = (), repeat_colour: Colour = "red", deemed: bool = False) -> Finding:
    """What to say of a demand.

    `current`: body of the decision in force; `frozen`: body in the frozen notice, None before. `facts_changed`: see `changed`; once stated facts
    changed the decision in force alone counts. `received`: (material, person) handed in in this case and not given back; `earlier`: demands of
    this case that were met. `repeat_colour`: supervision's choice, no source gives one. `deemed`: no notice was given in time and `frozen` is the
    decision that stood when the application was deemed accepted (行政许可法 32(4)). Legal sources: 行政许可法 31, 32; 优化营商环境条例 36, 44(3).
    """
    line = next((one for one in sorted(lines(current, declared), key=_order) if _matches(demand, one)), None)
    reused = _on_file(demand, current)
    repeated = reused or _repeated(demand, current, received, earlier)
    found: list[Violation] = []
    if line is None and not (repeated and _served(demand, current)):
        found.append(_outside(demand, current))
    if frozen is not None and not facts_changed and not any(_matches(demand, one) for one in _foreseen(frozen, declared)):
        found.append(_after_notice(demand, current, deemed))
    if repeated:
        found.append(_repeat(demand, current, repeat_colour, reused))
    return Finding(tuple(found), line)


def _order(line: Line) -> tuple[str, ...]:
    return line.material, line.person, line.fact, line.role, line.due


def _served(demand: Demand, body: Body) -> bool:
    """Whether the decision asked for it and it was done: handed in, shown, signed."""
    return any(_matches(demand, line) for one in _entries(body) if one["satisfied"] == "yes" and one["route"] != "deferral" for line in _settled(one))


def _repeated(demand: Demand, body: Body, received: Collection[tuple[str, str | None]], earlier: Iterable[Demand]) -> bool:
    copy = (demand.material or "", _person(demand.person))
    if demand.kind in ("hand_in", "show") and copy in {(material, _person(person)) for material, person in received}:
        return True
    if demand.kind != "other" and any(
            one.kind == demand.kind and (one.material or "", _person(one.person), one.fact) == (*copy, demand.fact) for one in earlier):
        return True
    return demand.kind != "answer" and _served(demand, body)


def _on_file(demand: Demand, body: Body) -> bool:
    """Whether the decision reuses a copy that an earlier case handed in."""
    entry = _entry(demand, body)
    return (demand.kind in ("hand_in", "show") and entry is not None and entry["route"] == "covered"
            and any(residual["action"] == "reuse_on_file" for residual in entry["residuals"]))


def _outside(demand: Demand, body: Body) -> Violation:
    entry = _entry(demand, body)
    zh, en = _why(demand, entry, _is_aside(demand, body), *_named(demand, entry))
    return Violation(
        "outside_decision", "red", zh, en, tuple(entry["grounds"]) if entry else (),
        "行政许可法第三十一条；优化营商环境条例第三十五条、第四十四条", "具体违反哪一条、红牌是否适用由法务核对")


def _after_notice(demand: Demand, body: Body, deemed: bool) -> Violation:
    zh, en = _named(demand, _entry(demand, body))
    if deemed:
        return Violation(
            "after_notice", "red",
            f"没有按期一次告知，申请自收到之日起视为受理；{zh}不在当时的决定里，申请人说明的情况也没有变化，不得再要求补正。",
            f"No notice was given in time, so the application is deemed accepted from its receipt; {en} stands in no line of the decision of that time and "
            "nothing the applicant stated has changed; it may not be asked for any more.", (),
            "行政许可法第三十二条第一款第四项", "把视为受理时的决定当作已经冻结的告知书，是我们的理解")
    return Violation(
        "after_notice", "red", f"{zh}不在已经冻结的一次性告知书里，申请人说明的情况也没有变化，不得再要求。",
        f"{en} stands in no line of the frozen one-time notice and nothing the applicant stated has changed; it may not be asked for any more.", (),
        "行政许可法第三十二条第一款第四项；优化营商环境条例第三十六条")


def _repeat(demand: Demand, body: Body, colour: Colour, reused: bool) -> Violation:
    zh, en = _named(demand, _entry(demand, body))
    where = ("以前交过，已经在案", "was handed in before and is on file") if reused else None
    done = {"hand_in": ("已经交过", "was handed in already"), "show": ("已经提供过", "was provided already"),
            "sign": ("的承诺已经签过", ": the letter was signed already"), "answer": ("已经说明过", "was answered already"), "other": ("", "")}[demand.kind]
    said = where or (f"在本办件里{done[0]}", f"{done[1]} in this case")
    return Violation(
        "repeat_demand", colour, f"{zh}{said[0]}，不得重复索要。", f"{en} {said[1]}; it may not be asked for again.", (),
        "优化营商环境条例第四十四条第三款", "重复索要没有规定颜色，标成哪种牌是我们的理解；第三款写的是证明，其他材料由法务核对")


def _entry(demand: Demand, body: Body) -> Entry | None:
    """The entry the demand is about; members of lists that are not taken are found too."""
    listed = [*body["materials"], *body["establishes"]]
    listed += [member for one in listed for way in one.get("alternatives", ()) for member in way["materials"]]
    person = _person(demand.person)
    return next((one for one in listed if one["material"] == demand.material and _person(one.get("person")) == person), None)


def _is_aside(demand: Demand, body: Body) -> bool:
    """Whether the material stands in a list of alternatives that is not taken because another one is enough."""
    groups = [one.get("alternatives", ()) for one in (*body["materials"], *body["establishes"]) if one["status"] == "settled"]
    return any(member["material"] == demand.material for ways in groups for way in ways if not way["chosen"] for member in way["materials"])


def _named(demand: Demand, entry: Entry | None) -> tuple[str, str]:
    """The material by name, the fact or the officer's own words, quoted; with the person it is asked of."""
    person = _person(demand.person)
    called = demand.name or demand.fact or demand.material or demand.text
    known = entry if demand.kind in ("hand_in", "show", "sign") else None
    zh, en = (known["name"], known["name_en"]) if known else (called, demand.name_en or called)
    return f"“{zh}”{f'（{person}）' if person else ''}", f"“{en}”{f' ({person})' if person else ''}"


def _why(demand: Demand, entry: Entry | None, aside: bool, zh: str, en: str) -> tuple[str, str]:
    """Why the decision in force does not provide for it, as whole sentences."""
    if demand.kind == "answer":
        return f"{zh}不是本办件的决定要申请人说明的情况，不得询问。", f"{en} is nothing the decision asks the applicant about; it may not be asked."
    if entry is None or demand.kind == "other":
        return f"{zh}不在本办件的决定之内，不得要求。", f"{en} is not provided for by the decision of this case; it may not be demanded."
    if aside:
        return f"{zh}是可以任选的材料之一，另一份就够，不得指定要它。", f"{en} is one of several alternatives and another is enough; it may not be singled out."
    if entry["status"] == "undetermined":
        return (f"{zh}要不要，取决于申请人还没有说明的情况；现在只能询问，不能索要。",
                f"Whether {en} is needed hangs on what the applicant has not stated yet; one may ask about it but not demand it.")
    if entry["status"] != "settled":
        return (f"{zh}还在等部门或者前一个环节，不由申请人办，不得索要。",
                f"{en} waits for the authority or an earlier step, not for the applicant; it may not be demanded.")
    if entry["finding"] == "negative":
        return f"{zh}已经查明，结果是否定的；再要同一份材料没有用处，不得索要。", f"{en} has been established with a negative result; the same paper may not be demanded."
    if demand.kind == "sign" and any(one["route"] in ("commitment", "deferral") for one in entry["offers"]):
        return (f"{zh}可以承诺代替或者后补，但是由申请人自愿选择；没有选择的，不得要求签署。",
                f"A commitment or deferral is offered for {en} at the applicant's free choice; a signature may not be demanded where it was not chosen.")
    if entry["route"] == "shown":
        return f"{zh}出示证件即可，不得要求提交或者留下证件。", f"For {en} a credential is shown; it may not be demanded that it is handed in or left behind."
    if entry["route"] == "commitment":
        return f"申请人已经选择以承诺代替{zh}，不得另行要求。", f"The applicant chose a commitment in place of {en}; nothing else may be demanded."
    if entry["route"] in ("submit", "deferral"):
        return f"{zh}由申请人提交，不得换成别的要求。", f"{en} is to be handed in; nothing else may be demanded in its place."
    return f"按照本办件的决定，{zh}不用申请人提交，不得索要。", f"By the decision of this case the applicant need not hand in {en}; it may not be demanded."
