"""Deciding one application: from the checked case to the body of the answer.

The order is the law's: each material alone; containers before what they contain; alternatives; deferral last, when the other
principal materials are known; then the outcome. For a case accepted earlier the law is read twice, on the day of acceptance
and today, and per material the more favourable counts. No clock: both days come in as arguments.
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar, Final

from engine import alternatives, branches, elsewhere, outcome
from engine.application import Application
from engine.body import Entry, branch_entries, citation, entry, notice_term
from engine.compiled import CompiledLaw, compile_law
from engine.conditions import facts as facts_of
from engine.conditions import phrases, truth
from engine.facts import Opening, day_values, need, openings
from engine.intake import Case, take
from engine.judge import Verdict
from engine.law import Rule
from engine.outcome import Judged
from engine.people import SOMEBODY, Party
from engine.plan import Plan, UnitPlan
from engine.rulebook import Rulebook
from engine.standing import Place
from engine.truth import HOLDS, PENDING
from engine.vocabulary import DECLARED, Fact, FactValue

MAX_PLANS: Final = 512       # plans kept; the oldest go first
MAX_ASSEMBLED: Final = 1_024  # whole answers kept for one plan
MAX_PRINTED: Final = 256     # entries kept for one verdict (days and persons differ)
_NO_STAGES: Final[Mapping[str, FactValue]] = {}

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reading:
    """An application with every material judged. `accepted_version`: of the rulebook at acceptance, where the law was read on two days."""

    case: Case
    plan: Plan
    judged: list[Judged]
    accepted_version: str | None

    def unsettled(self, weights: Mapping[str, int]) -> list[Judged]:
        """What is still worth asking about: members of a group that is settled without them are not."""
        followers = [follower for one in self.judged for follower in one.establishes]
        return [*alternatives.unsettled_members(self.judged, alternatives.gather(self.judged, weights)), *followers]


class Decider:
    """Decides under one rulebook. Keeps compiled law and plans; safe to use from several threads."""

    unit: ClassVar[type[UnitPlan]] = UnitPlan    # what a material's plan is made as

    def __init__(self, rulebook: Rulebook):
        self.rulebook = rulebook
        self._laws: dict[tuple[tuple[str, ...], int], CompiledLaw] = {}
        self._plans: dict[tuple[str, str, int, int], Plan] = {}
        self._lock = threading.Lock()
        self._weights = {route.code: route.weight for route in rulebook.ladder}

    def decide(self, application: Application, as_of: date, pinned: Decider | None = None,
               asked_elsewhere: frozenset[str] = frozenset(), perhaps_issued: frozenset[str] = frozenset()) -> Body:
        """The body of the answer.

        `as_of` is the day of the decision, of which all facts are. `pinned` decides under the rulebook that was in use when
        the case was accepted, if that is another; `asked_elsewhere` are the materials (`material[/person]`) that another step
        of the same bundle asks for, `perhaps_issued` the outputs of steps that may not be needed. Raises Refused, with every
        problem, before anything is decided.
        Callers must not change the body: parts of it are shared between answers.
        """
        return self.answer(self.read(application, as_of, pinned, asked_elsewhere, perhaps_issued))

    def read(self, application: Application, as_of: date, pinned: Decider | None = None,
             asked_elsewhere: frozenset[str] = frozenset(), perhaps_issued: frozenset[str] = frozenset()) -> Reading:
        """Every material judged, before the answer is made of it. Takes and raises what `decide` does."""
        case = take(self.rulebook, application, as_of, asked_elsewhere, perhaps_issued)
        accepted = application.accepted_on
        earlier = pinned if pinned is not None and pinned.rulebook.version != self.rulebook.version else None
        if earlier is not None:
            first = earlier._pass(take(earlier.rulebook, application, as_of, asked_elsewhere, perhaps_issued), accepted)
        else:
            first = self._pass(case, accepted)
            if accepted == as_of or self._slot(accepted) == self._slot(as_of):
                return Reading(case, *first, None)
        second = self._pass(case, as_of)
        return Reading(case, *self._lighter(first, second, (accepted, as_of)), (earlier or self).rulebook.version)

    def answer(self, reading: Reading) -> Body:
        """The body of the answer to an application that was read. Callers must not change it."""
        body = self._assemble(reading.case, (reading.plan, reading.judged), reading.accepted_version)
        case, stated = reading.case, reading.case.application
        found = elsewhere.section(self.rulebook, case.item, case.chain[0], stated.accepting_division, stated.elsewhere_mode, stated.accepted_on,
                                  [*body["materials"], *body["establishes"]])
        return body if found is None else {**body, "elsewhere": found}

    def plan(self, case: Case, law_day: date) -> Plan:
        """The plan for the case's item and place under the law of a day."""
        key = (case.item.code, case.chain[0], self._slot(law_day), self._slot(case.as_of))
        found = self._plans.get(key)
        if found is None:
            with self._lock:
                found = self._plans.get(key)
                if found is None:
                    place = Place(self.rulebook, case.chain, law_day, case.as_of)
                    found = Plan(case.item, self._law(place), place, self.unit)
                    while len(self._plans) >= MAX_PLANS:
                        self._plans.pop(next(iter(self._plans)))
                    self._plans[key] = found
        return found

    def close(self) -> None:
        """Free the compiled law. Nothing may be decided afterwards."""
        for law in self._laws.values():
            law.matcher.close()

    def _slot(self, day: date) -> int:
        """Which interval between changes of the rulebook a day lies in."""
        return bisect_right(self.rulebook.changes, day)

    def _law(self, place: Place) -> CompiledLaw:
        key = (place.chain, self._slot(place.law_day))
        found = self._laws.get(key)
        if found is None:
            found = self._laws[key] = compile_law(place)
        return found

    @property
    def weights(self) -> Mapping[str, int]:
        """The burden of each route: its place on the ladder."""
        return self._weights

    # -- one reading of the law ---------------------------------------------------------------------------------------

    def _pass(self, case: Case, law_day: date) -> tuple[Plan, list[Judged]]:
        """Every material's copy judged under the law of one day, in the order of the file."""
        plan = self.plan(case, law_day)
        days = plan.day_truths(case)
        rows: list[list[Judged]] = [[] for _ in plan.units]
        late: list[tuple[int, int, UnitPlan, Party]] = []
        for index, unit in plan.units_in_order:
            for party in _parties(unit, case) if unit.role else (case.applicant,):
                if party is None:
                    rows[index].append(self._nobody(unit, case))
                    continue
                if not unit.stage_facts:
                    rows[index].append(_judged(unit, case, party, _NO_STAGES, days))
                    continue
                if "principals_complete" in unit.stage_facts:
                    late.append((index, len(rows[index]), unit, party))
                rows[index].append(_within(plan, unit, party, rows, case, None, days))
        for index, place, unit, someone in late:
            others = [one for row in rows for one in row if one is not rows[index][place] and (unit.group is None or one.plan.group is not unit.group)]
            principal = (entry for entry in alternatives.gather(others, self._weights) if entry["role"] == "principal")
            rows[index][place] = _within(plan, unit, someone, rows, case, _complete(principal), days)
        return plan, [one for row in rows for one in row]

    def _nobody(self, unit: UnitPlan, case: Case) -> Judged:
        """A material asked once per person while nobody of the role is listed: what its need hangs on, then who they are."""
        requirement = unit.requirement
        hangs_on = tuple(case.facts.get(code) for code in facts_of(requirement.needed))
        remembered = unit.nobody.get(hangs_on)
        if isinstance(remembered, Judged):
            return remembered

        def look(overlay: Mapping[str, FactValue]) -> tuple[branches.Outcome, Fact | None]:
            def lookup(fact: Fact) -> FactValue:
                return overlay[fact.code] if fact.code in overlay else case.facts.get(fact.code)

            value = truth(requirement.needed, lookup)
            if value != PENDING:
                return ("" if value == HOLDS else "not_required", ""), None
            # What hangs on the persons themselves is asked once they are listed.
            unknown = (fact for fact in facts_of(requirement.needed).values() if lookup(fact) is None and fact.subject != "相关人")
            return ("", ""), next(unknown, None)

        def opener(fact: Fact, overlay: Mapping[str, FactValue]) -> tuple[Fact, list[Opening]]:
            sheet = {**case.facts, **SOMEBODY.facts, **overlay}
            return openings(fact, unit.unit, sheet, self.rulebook, day_values(phrases(requirement.needed), sheet))

        tree: branches.Tree
        try:
            tree = branches.grow(look, opener)
        except branches.TooMany:
            tree = ("", "")     # nothing is said of the situations; who the persons are is asked all the same
        made: Entry = {
            "material": requirement.code, "person": None, "name": requirement.name, "name_en": requirement.english, "role": requirement.role,
            "route": None, "mode": None, "status": "undetermined", "finding": None, "satisfied": "waiting", "reason": None, "rule": None,
            "grounds": [], "citations": [], "residuals": [], "offers": [], "also_open": [], "considered": [], "branches": branch_entries(tree)}
        if len(unit.nobody) >= MAX_PRINTED:
            unit.nobody.clear()
        found = unit.nobody[hangs_on] = Judged(
            requirement.code, unit, Verdict("undetermined", "", "", (), (), (), tree, ()), made, requirement.per_person)
        return found

    def _lighter(self, first: tuple[Plan, list[Judged]], second: tuple[Plan, list[Judged]], days: tuple[date, date]) -> tuple[Plan, list[Judged]]:
        """Per material the more favourable of two readings, over the materials of the first (立法法 104). Both are recorded.

        `days`: the day each reading is of; a plan serves every day between two changes and does not know.
        """
        plan, judged = first
        now = {(one.key, one.plan.group.code if one.plan.group else ""): one for one in second[1]}
        merged = []
        for one in judged:
            other = now.get((one.key, one.plan.group.code if one.plan.group else ""))
            merged.append(self._choose(one, other, (plan.rulebook.version, second[0].rulebook.version), days))
        return plan, merged

    def _choose(self, one: Judged, other: Judged | None, versions: tuple[str, str], days: tuple[date, date]) -> Judged:
        accepted, today = one.entry, other.entry if other else None
        routes = (accepted["route"], today["route"] if today else "not_required")
        if today is not None and routes[0] == routes[1] and accepted["status"] == today["status"]:
            return one
        # What is lighter under some answer is never passed over for what is settled: an unknown fact demands nothing.
        takes_today = today is None or self._burden(today) < self._burden(accepted)
        law = {"accepted": {"day": days[0].isoformat(), "rulebook": versions[0], "route": routes[0], "rule": accepted["rule"]},
               "current": {"day": days[1].isoformat(), "rulebook": versions[1], "route": routes[1],
                           "rule": today["rule"] if today else None},
               "taken": "current" if takes_today else "accepted"}
        if takes_today and other is not None and today is not None:
            return replace(other, entry={**self._capped(today, accepted), "law": law})
        if takes_today:
            return Judged(one.key, one.plan, Verdict("settled", "not_required", "", (), (), (), ("not_required", ""), ()), {**accepted, **_GONE, "law": law})
        return replace(one, entry={**self._capped(accepted, today), "law": law} if today is not None else {**accepted, "law": law})

    def _burden(self, found: Entry) -> tuple[float, float]:
        """The lightest and the heaviest an outcome can come to; of two that can come to the same, the settled one is lighter."""
        if found["status"] in ("settled", "waiting") and found["route"]:
            return self._weights[found["route"]], self._weights[found["route"]]
        ways = [self._weights[branch["route"]] for branch in found["branches"] if branch["route"]] or [len(self._weights)]
        return min(ways), max(ways) + 0.5

    def _capped(self, taken: Entry, other: Entry) -> Entry:
        """The reading that is taken, no branch of it heavier than what the other reading settles."""
        if other["status"] != "settled" or not other["route"] or not taken["branches"]:
            return taken
        limit = self._weights[other["route"]]
        instead = {"route": other["route"], "mode": other["mode"]}
        return {**taken, "branches": [branch | instead if branch["route"] and self._weights[branch["route"]] > limit else branch
                                      for branch in taken["branches"]]}

    # -- the whole answer ---------------------------------------------------------------------------------------------

    def _assemble(self, case: Case, reading: tuple[Plan, list[Judged]], accepted_version: str | None) -> Body:
        plan, judged = reading
        accepted = case.application.accepted_on
        followers = [(one.key, follower) for one in judged for follower in one.establishes]
        memory_key = (case.as_of, accepted, tuple(case.facts.values()), tuple(case.applicant.facts.values()), tuple([id(one.entry) for one in judged]),
                      tuple([id(one.entry) for _, one in followers]))
        if accepted_version is None:
            found = plan.assembled.get(memory_key)
            if found is not None:
                return dict(found[0])
        blocks, asked, recorded = self._blocks(plan, case)
        entries = alternatives.gather(judged, self._weights)
        established = [{"for": key, **follower.entry} for key, follower in followers]
        open_ = [*alternatives.unsettled_members(judged, entries), *(follower for _, follower in followers)]
        body: Body = {
            "rulebook": self.rulebook.version, "as_of": case.as_of.isoformat(), "accepted_on": accepted.isoformat(), "item": case.item.code,
            "deciding_division": case.chain[0],
            "outcome": outcome.outcome([*entries, *established], bool(blocks), bool(asked)),
            "blocks": blocks,
            "materials": entries,
            "establishes": established,
            "questions": [] if blocks else outcome.questions(open_, asked),
            "awaiting": outcome.awaiting(open_, recorded),
            "notices": [one for one in (notice_term(None, case, plan.facts, plan.place),) if one],
        }
        if accepted_version is not None:
            body["law"] = {"accepted": accepted_version, "current": self.rulebook.version}
        else:
            if len(plan.assembled) >= MAX_ASSEMBLED:
                plan.assembled.clear()
            plan.assembled[memory_key] = (body, judged)   # keeps the entries alive whose identities are in the key
        return dict(body)

    def _blocks(self, plan: Plan, case: Case) -> tuple[list[Entry], list[tuple[Fact, str]], list[tuple[Fact, str]]]:
        """What stops the application as a whole; and the facts on which a block still hangs: the applicant's, the authority's."""
        def lookup(fact: Fact) -> FactValue:
            return plan.facts[fact.code] if fact.code in plan.facts else case.facts.get(fact.code, case.applicant.facts.get(fact.code))

        found: list[Entry] = []
        asked: list[tuple[Fact, str]] = []
        recorded: list[tuple[Fact, str]] = []
        for rule, condition in plan.law.blocks:
            value = truth(condition, lookup)
            if value == HOLDS:
                found.append(_block(rule))
            elif value == PENDING:
                unknown = [fact for fact in facts_of(condition).values() if lookup(fact) is None]
                asked.extend((fact, rule.id) for fact in unknown if fact.supplier == DECLARED)
                recorded.extend((fact, rule.id) for fact in unknown if fact.supplier != DECLARED)
        return found, asked, recorded


#: What an entry says when today's version of the item no longer has the material.
_GONE: Final[Mapping[str, object]] = {
    "route": "not_required", "mode": None, "status": "settled", "finding": None, "satisfied": "yes", "reason": "no_longer_required",
    "rule": None, "grounds": [], "citations": [], "residuals": [], "offers": [], "also_open": [], "considered": [], "branches": []}


def _block(rule: Rule) -> Entry:
    return {"rule": rule.id, "reason": rule.reason.code if rule.reason else None, "remedy": rule.remedy, "citations": [citation(rule)]}


def _parties(unit: UnitPlan, case: Case) -> Iterator[Party | None]:
    """Everybody of the role a material is asked once per person for; None stands for people not listed yet."""
    if need(unit.requirement.needed, case, SOMEBODY) is False:
        yield case.applicant
        return
    yield from (person for person in case.persons if person.role == unit.role)
    if unit.role not in case.complete_roles:
        yield None


def _judged(unit: UnitPlan, case: Case, party: Party, stages: Mapping[str, FactValue], days: tuple[bool | None, ...]) -> Judged:
    """One person's copy, judged; what is said of it is remembered with its verdict."""
    key = case.key(unit.requirement.code, party)
    verdict = unit.verdict(case, party, key, stages, days)
    memory_key = (key, case.application.accepted_on, case.as_of, party.facts["person_id_type"])
    found: Judged | None = verdict.printed.get(memory_key)
    if found is None:
        if len(verdict.printed) >= MAX_PRINTED:
            verdict.printed.clear()
        found = verdict.printed[memory_key] = Judged(key, unit, verdict, entry(unit, verdict, case, party))
    if unit.establishes and verdict.route == "abolished":
        unstaged = {"contained": False, "principals_complete": None}
        return replace(found, establishes=tuple(_judged(one, case, party, unstaged, days) for one in unit.establishes))
    return found


def _within(plan: Plan, unit: UnitPlan, party: Party, rows: Sequence[Sequence[Judged]], case: Case, complete: FactValue,
            days: tuple[bool | None, ...]) -> Judged:
    """One copy judged with what its containers came to.

    What a container that has to be handed in will show is not demanded beside it: the material then waits for the container.
    """
    contained, to_come = _contained(plan, unit, party, rows, case)
    found = _judged(unit, case, party, {"contained": contained, "principals_complete": complete}, days)
    if to_come and contained is False and found.entry["route"] in ("submit", "deferral") and found.entry["satisfied"] != "yes":
        return _judged(unit, case, party, {"contained": None, "principals_complete": complete}, days)
    return found


def _contained(plan: Plan, unit: UnitPlan, party: Party, rows: Sequence[Sequence[Judged]], case: Case) -> tuple[FactValue, bool]:
    """Whether a container covers the material: covered itself, shared with a positive finding, or handed in.

    Unknown while a container may still come to that. The second value: a container has to be handed in and was not yet.
    """
    state: FactValue = False
    to_come = False
    for code in plan.containers[unit.requirement.code]:
        for one in (one for row in rows for one in row):
            if one.entry["material"] != code or one.entry.get("person", party.id) not in (party.id, "applicant"):
                continue
            if case.handed_in is not None and one.key in case.handed_in:
                return True, False
            if one.entry["status"] == "settled":
                if one.entry["route"] == "covered" or one.entry["finding"] == "positive":
                    return True, False
                to_come = to_come or one.entry["route"] == "submit"
            elif not one.entry["branches"] or any(branch["route"] in COVERING for branch in one.entry["branches"]):
                state = None
    return state, to_come


#: Routes by which a container may come to cover what it contains.
COVERING: Final = frozenset({"covered", "shared", "agency_check", "agency_followup", "submit"})


def _complete(others: Iterable[Entry]) -> FactValue:
    """Every other principal material met: True; one not met: False; one waiting: unknown."""
    states = {one["satisfied"] for one in others}
    return False if "no" in states else None if "waiting" in states else True
