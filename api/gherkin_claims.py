"""Writes what an answer says as 那么 sentences of a scenario: of one material, or of the application as a whole.

The short form says what a tester would: route, rule and reason, or on what it hangs, what is offered, what stops the application. The
detailed form says everything a scenario can say of the material, so that the sentences in which two answers differ show how. Nothing here
decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from api.gherkin_people import People, people_of
from engine.given import APPLICANT
from engine.phrases import read
from engine.problems import Problem
from engine.rulebook import Rulebook

Entry = Mapping[str, Any]

_CONSEQUENCE = "overdue_consequence"
_HANGING = ("undetermined", "awaiting_authority")


def claims_of(rulebook: Rulebook, body: Mapping[str, Any], material_key: str = "", application: Mapping[str, Any] | None = None, *,
              detail: bool = False) -> list[str]:
    """The sentences (without 那么) that say how one material stands in the body of an answer.

    `material_key` is `material` or `material/person` with the ids of the answer; an empty key asks for the application as a whole
    (申请结论, what is asked first). `application` is the one decided, whose people get the words they have in its scenario; without it they
    are called by their ids, which fits an answer that a scenario itself gave. `detail` adds every other sentence a scenario can say of
    the material. What stops the application (阻止) is always said. A material that cannot be named, or that the answer does not have,
    gives no sentence of its own.
    """
    teller = _Teller(rulebook, body, people_of(rulebook, application) if application is not None else None)
    blocks = [f"申请被阻止，依据 {one['rule']}，理由 {teller.reasons[one['reason']]}" for one in body["blocks"]]
    return [*blocks, *(teller.material(material_key, detail) if material_key else teller.whole())]


def keys_of(body: Mapping[str, Any]) -> list[str]:
    """The keys of all materials of an answer that `claims_of` can tell of, members of alternatives after their group."""
    return list(dict.fromkeys(_key(one) for one in (*_entries(body), *body["establishes"]) if one.get("person", APPLICANT) is not None))


def _entries(body: Mapping[str, Any]) -> Iterator[Entry]:
    for one in body["materials"]:
        yield one
        for way in one.get("alternatives", ()):
            yield from way["materials"]


def _key(one: Entry) -> str:
    person = one.get("person", APPLICANT)
    return one["material"] if person == APPLICANT else f"{one['material']}/{person or ''}"


class _Teller:
    def __init__(self, rulebook: Rulebook, body: Mapping[str, Any], people: People | None):
        self.rulebook, self.body, self.people = rulebook, body, people
        self.vocabulary = rulebook.vocabulary
        self.reasons = {one.code: one.name for one in self.vocabulary.reasons.values()}
        self.actions = {one.code: one.name for one in self.vocabulary.actions.values()}
        self.actors = {one.code: one.name for one in self.vocabulary.actors.values()}

    # -- words ------------------------------------------------------------------------------------------------------------

    def label(self, fact: str, code: object) -> str:
        return f"{self.vocabulary[fact].name} 是 {self.vocabulary[fact].label(code)}"

    def way(self, route: str, mode: str | None = None) -> str:
        found = self.rulebook.routes[route]
        return "/".join((found.name, *(one.name for one in found.modes if one.code == mode)))

    def phrase(self, code: str) -> str:
        found = read(code, self.vocabulary)
        assert not isinstance(found, Problem), "an answer writes phrases of its own vocabulary"
        return found.text()

    def person(self, who: str) -> str:
        if self.people is not None:
            return self.people.word(who)
        return "申请人" if who == APPLICANT else who

    def copy(self, one: Entry, alone: bool) -> str:
        """The word for an entry; a copy of several is named with its person."""
        person = one.get("person", APPLICANT)
        if alone or person is None:
            return str(one["name"])
        if person == APPLICANT:
            return f"申请人的{one['name']}"
        return self.people.own(one["name"], one["material"], person) if self.people is not None else f"{person}的{one['name']}"

    def keyed(self, key: str) -> str:
        """A key of the answer as a 假如 would name it."""
        code, _, person = key.partition("/")
        return f"{self.person(person)}的{self._named(code)}" if person else self._named(code)

    def _named(self, code: str) -> str:
        return self.vocabulary["material"].by_code[code].name

    # -- the application as a whole ---------------------------------------------------------------------------------------

    def whole(self) -> list[str]:
        found = [self.label("outcome", self.body["outcome"])]
        asked = self.body["questions"]
        return [*found, f"第一个要问的是 {self.question(asked[0])}"] if asked else found

    def question(self, one: Entry) -> str:
        if one["fact"] == "roles_complete":
            return f"谁是 {one['role']}"
        name = self.vocabulary[one["fact"]].name
        if "material" in one:
            return f"材料 {self.keyed(one['material'])} 的 {name}"
        return f"{self.person(one['person'])} 的 {name}" if "person" in one else name

    # -- one material -----------------------------------------------------------------------------------------------------

    def material(self, key: str, detail: bool) -> list[str]:
        code, _, person = key.partition("/")
        listed = [one for one in _entries(self.body) if one["material"] == code] or [one for one in self.body["establishes"] if one["material"] == code]
        found = [one for one in listed if (one.get("person", APPLICANT) or "") == (person or APPLICANT)] or (listed if len(listed) == 1 else [])
        if not found:
            return []
        one = found[0]
        if one.get("person", APPLICANT) is None and len(listed) > 1:
            return []      # somebody not listed yet, beside those who are: no word means them
        word = self.copy(one, len(listed) == 1)
        said = [*self.stands(one, word), *self.offered(one, word)]
        return [*said, *(claim for claim in self.details(one, word) if claim not in said)] if detail else said

    def stands(self, one: Entry, word: str) -> Iterator[str]:
        """Route, rule and reason; or the state and what comes out under which answer."""
        hangs = one["status"] in _HANGING or one["route"] is None
        if not hangs:
            rule = f"，依据 {one['rule']}" if one["rule"] else ""
            reason = f"，理由 {self.reasons[one['reason']]}" if one["reason"] else ""
            yield f"材料 {word} 走 {self.way(one['route'], one['mode'])}{rule}{reason}"
        if hangs or one["status"] != "settled":
            yield f"材料 {word} 的 {self.label('status', one['status'])}"
        if one["finding"] == "negative":
            yield f"材料 {word} 的 {self.label('finding', one['finding'])}"
        seen = set()
        for branch in one["branches"]:
            if branch["route"] is not None and branch["route"] not in seen:
                seen.add(branch["route"])
                yield f"材料 {word} 如果 {self.phrase(branch['when'][-1])} 就走 {self.way(branch['route'])}"
        if one["status"] == "awaiting_authority":
            tasks = {"query_result": "查询", "check_result": "核验"}
            mine = (row for row in self.body["awaiting"] if row.get("fact") in tasks and row.get("material") == _key(one))
            yield from (f"部门还要 {tasks[row['fact']]} 材料 {self.keyed(row['material'])}" for row in mine)

    def offered(self, one: Entry, word: str) -> Iterator[str]:
        names = {value.code: value.name for term in self.vocabulary.terms.values() if term.code == _CONSEQUENCE for value in term.values}
        told = set()
        for row in one["offers"]:
            way = self.way(row["route"], row["mode"])
            if way in told:
                continue
            told.add(way)
            due = f"，期限 {row['due']}" if row.get("due") else ""
            after = f"，逾期后果 {names[row['consequence']]}" if row["route"] == "deferral" and row["consequence"] in names else ""
            yield f"材料 {word} {'有条件地提供' if row['conditional'] else '提供'} {way}，依据 {row['rule']}{due}{after}"

    def details(self, one: Entry, word: str) -> Iterator[str]:
        """Everything else that can be said of the entry."""
        for fact in ("status", "satisfied", "finding"):
            yield f"材料 {word} 的 {self.label(fact, one[fact] or 'none')}"
        if one["route"] is not None and one["status"] in _HANGING:
            yield f"材料 {word} 的 {self.label('route', one['route'])}"
        if one["grounds"][1:]:
            yield f"材料 {word} 同样成立的规则 有 {'、'.join(one['grounds'][1:])}"
        for row in one["considered"]:
            way = self.way(row["route"])
            if row["state"] in ("offered", "declined"):
                yield f"材料 {word} 没有走 {way}，因为 申请人{'没有选' if row['state'] == 'offered' else '不选'}"
            bars = [why["rule"] for why in row["because"] if why["kind"] == "bar"]
            if bars:
                yield f"材料 {word} 没有走 {way}，因为 规则 {'、'.join(bars)}"
            yield from dict.fromkeys(f"材料 {word} 没有走 {way}，因为 {self.phrase(code)}" for why in row["because"] for code in why["phrases"])
        for route in one["also_open"]:
            yield f"材料 {word} 也可以走 {self.way(route)}"
        for branch in one["branches"]:
            if branch["route"] is not None:
                yield from (f"材料 {word} 如果 {self.phrase(code)} 就走 {self.way(branch['route'])}" for code in branch["when"])
        yield from self._left(one, word)
        chosen = [way["materials"] for way in one.get("alternatives", ()) if way["chosen"]]
        if len(chosen) == 1:
            yield f"材料 {word} 选用 {'、'.join(row['name'] for row in chosen[0])}"
        if one.get("law", {}).get("taken"):
            yield f"材料 {word} 按 {'受理时' if one['law']['taken'] == 'accepted' else '现在'} 的规定"

    def _left(self, one: Entry, word: str) -> Iterator[str]:
        """What remains to be done, by whom, until when, with which credential."""
        for row in one["residuals"]:
            action = self.actions[row["action"]]
            yield f"材料 {word} 的 后续 有 {self.actors[row['actor']]} {action}"
            if row.get("due"):
                yield f"材料 {word} 的 {action} 期限 是 {row['due']}"
            elif str(row.get("due_missing", "")).startswith("calendar-"):
                yield f"材料 {word} 的 {action} 期限 待定，缺 {row['due_missing'].removeprefix('calendar-')} 年的日历"
        cards = dict.fromkeys(code for row in one["residuals"] for code in row.get("credentials", ()))
        if cards:
            yield f"材料 {word} 可以出示 {'、'.join(self.rulebook.credentials[code].name for code in cards)}"
