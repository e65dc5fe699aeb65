"""Lists of a row made short: what the engine makes of a list of shown papers, of copies on file, of papers handed in, of credit records.

A list's text and the day of the facts are given to the engine's own intake; what comes out is written in a few letters, which columns
can read. Equal texts on equal days are looked at once. A list the contract does not take gets `!`, and its row goes to the single engine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

import orjson
from pydantic import ValidationError

from engine.application import Application
from engine.facts import on_file_state, shown_state
from engine.given import APPLICANT
from engine.intake import Case, take
from engine.people import SOMEBODY, Party
from engine.plan import Plan, UnitPlan
from engine.problems import Refused
from engine.vocabulary import FactValue, Vocabulary

LISTS: Final = ("handed_in", "presented", "roles_complete", "evidence.on_file.entries", "evidence.records.credit")
MAX_KEPT: Final = 200_000       # digests remembered for one plan
NONE: Final = "-"               # no entry of the list speaks of the material
UNKNOWN: Final = "?"
_SOMEBODY: Final = Party(APPLICANT, "", SOMEBODY.facts)


@dataclass(frozen=True, slots=True)
class Blank:
    """What the engine takes from an application that says nothing: facts, and what a complete snapshot without entries adds."""

    facts: Mapping[str, FactValue]
    nothing_recorded: Mapping[str, FactValue]


def letters_of(vocabulary: Vocabulary, fact: str) -> dict[str, str]:
    """A letter for each value of a fact."""
    found = vocabulary.by_word.get(fact)
    return {chr(ord("A") + place): value.code for place, value in enumerate(found.values)} if found else {}


def credit_letters(vocabulary: Vocabulary) -> dict[str, str]:
    return letters_of(vocabulary, "applicant_credit")


class Digests:
    """The digests of one plan's lists. `units`: every material that is judged, in the order of their letters."""

    def __init__(self, plan: Plan, units: tuple[UnitPlan, ...]):
        self.plan, self.units = plan, units
        vocabulary = plan.rulebook.vocabulary
        self._shown = {code: letter for letter, code in letters_of(vocabulary, "shown_state").items()}
        self._filed = {code: letter for letter, code in letters_of(vocabulary, "on_file_state").items()}
        self._credit = {code: letter for letter, code in credit_letters(vocabulary).items()}
        self._kept: dict[tuple[str, str, str], str] = {}

    def blank(self, day: str) -> Blank:
        nothing = self._case({}, day)
        recorded = self._case({"evidence": {"records": {"complete": True}}}, day)
        named = {fact.code for fact in self.plan.rulebook.vocabulary.facts if fact.supplier == "记录"}
        return Blank(nothing.facts, {code: value for code, value in recorded.facts.items() if code in named})

    def of(self, kind: str, text: str, day: str) -> str:
        """The digest of one list (`kind` is its path) on a day of the facts."""
        key = (kind, text, day)
        found = self._kept.get(key)
        if found is None:
            try:
                found = self._make(kind, orjson.loads(text), day)
            except (Refused, ValidationError, ValueError):
                found = "!"
            if len(self._kept) >= MAX_KEPT:
                self._kept.clear()
            self._kept[key] = found
        return found

    def _case(self, stated: Mapping[str, Any], day: str) -> Case:
        document = {"item": self.plan.item.code, "deciding_division": self.plan.place.chain[0], "accepted_on": day, **stated}
        application = Application.model_validate_json(orjson.dumps(document), strict=True)
        return take(self.plan.rulebook, application, date.fromisoformat(day))

    def _make(self, kind: str, given: Any, day: str) -> str:
        codes = [unit.requirement.code for unit in self.units]
        if kind == "handed_in":
            handed = self._case({"handed_in": given}, day).handed_in or frozenset()
            return "".join("1" if code in handed else "0" for code in codes)
        if kind == "presented":
            return "".join(self._seen(self._case({"presented": given}, day)))
        if kind == "roles_complete":
            self._case({"roles_complete": given}, day)
            return "."
        if kind == "evidence.on_file.entries":
            case = self._case({"evidence": {"on_file": {"complete": True, "entries": given}}}, day)
            return "".join((self._filed.get(str(state), UNKNOWN) if (case.on_file or {}).get(code) else NONE) for code, state in (
                (unit.requirement.code, on_file_state(unit.unit, case, _SOMEBODY, unit.requirement.code)) for unit in self.units))
        return "".join(self._worst(self._case({"evidence": {"records": {"complete": whole, "credit": given}}}, day), bool(given)) for whole in (True, False))

    def _seen(self, case: Case) -> Iterable[str]:
        """Three letters a material: the state of what is shown where nothing is wrong with an agent, the authority is not valid, is unknown."""
        for unit in self.units:
            code = unit.requirement.code
            for kind, valid in (("in_person", True), ("authorised_agent", False), ("authorised_agent", None)):
                so = replace(case, facts={**case.facts, "agent_kind": kind}, agent_valid=valid, own={"holds_credential": {code: False}})
                state = shown_state(unit.unit, so, _SOMEBODY, code) if unit.unit.credentials else "not_held"
                yield NONE if state == "not_held" else self._shown[str(state)] if state is not None else UNKNOWN

    def _worst(self, case: Case, listed: bool) -> str:
        """A letter for the worst record and the day of its repair; question marks where the list tells neither."""
        kind, day = case.facts.get("applicant_credit"), case.facts.get("credit_repaired_on")
        if not listed or kind is None or not isinstance(day, date):
            return UNKNOWN * 11
        return self._credit[str(kind)] + day.isoformat()
