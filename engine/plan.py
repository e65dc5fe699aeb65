"""A plan: one item in one division between two changes of the law, made ready so that applications only look things up.

For each material the facts that need no applicant are put in once; what is left reads a handful of facts. A verdict depends
on those facts' values (days and numbers: on the truth of the phrases that read them), so verdicts are remembered under them:
the Rete network is a decision table filled on demand. Nothing here knows languages or stages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from operator import itemgetter
from typing import Final

from engine.catalogue import Item, Requirement
from engine.compiled import CompiledLaw
from engine.conditions import Condition, phrases
from engine.conditions import facts as facts_of
from engine.facts import MAKERS, Unit, maker, need
from engine.intake import Case
from engine.judge import MET_BY, STAGE_FACTS, Judge, Verdict
from engine.people import Party
from engine.phrases import Phrase
from engine.rulebook import Rulebook
from engine.standing import Place, item_facts, material_facts
from engine.vocabulary import DAY, DECLARED, NUMBER, Fact, FactValue

MAX_VERDICTS: Final = 4_096        # remembered for one material of one plan

_Chosen = tuple[str | None, str | None, str | None]    # commitment, deferral, signed by
_NO_CHOICE: _Chosen = (None, None, None)


class UnitPlan:
    """One material of the item: its judge, and the facts its verdict hangs on."""

    def __init__(self, requirement: Requirement, item: Item, law: CompiledLaw, place: Place, group: Requirement | None = None):
        self.requirement, self.group, self.place = requirement, group, place
        self.unit = Unit.of(requirement, place)
        self.role = "" if requirement.per_person in ("申请人", "本人") else requirement.per_person
        self.static = material_facts(requirement, item, place)
        if not any(requirement.code in one.material.contains for one in _members(item) if one.material):
            self.static["contained"] = False       # nothing in this item contains it
        if requirement.material is not None and not requirement.material.sources:
            self.static |= {"source_state": "none", "source_ground": "none"}
        self.establishes = tuple(type(self)(one, item, law, place) for one in requirement.establishes)
        self.judge = Judge(law, self.unit, self.static, place.rulebook)
        reads, words = dict(self.judge.reads), place.rulebook.vocabulary.by_word
        for route, codes in MET_BY.items():
            if self.judge.by_route.get(route):
                reads |= {code: words[code] for code in codes if code not in self.static and code in words}
        if "earlier_output" in words:
            reads["earlier_output"] = words["earlier_output"]     # a failed step suspends, whatever the law says of outputs
        day_facts = {code for code, fact in reads.items() if fact.type in (DAY, NUMBER)}
        # What a rulebook adds to the declared facts about a material needs no code of its own.
        self._made = {**MAKERS, **{code: maker(fact) for code, fact in reads.items()
                                   if fact.subject == "材料" and fact.supplier == DECLARED and code not in self.static}}
        self._makers = tuple(self._made[code] for code in reads if code in self._made and code != "material_needed")
        self.stage_facts = tuple(code for code in STAGE_FACTS if code in reads)
        self._party = tuple(code for code, fact in reads.items() if fact.subject == "相关人" and code not in day_facts)
        # What is needed is read through material_needed; the situations behind it decide which questions are asked.
        behind: dict[str, Fact] = facts_of(requirement.needed)
        self._case = tuple(dict.fromkeys(
            code for code, fact in {**reads, **behind}.items()
            if fact.subject in ("申请", "申请人") and code not in day_facts and code not in self.static))
        if "shown_state" in reads:
            self._case = tuple(dict.fromkeys((*self._case, "agent_kind", "agent_authorised")))
            self._party = tuple(dict.fromkeys((*self._party, "person_id_type")))
        if "commitment_signer" in reads:
            self._case = tuple(dict.fromkeys((*self._case, "agent_kind")))
        if "source_state" in reads:
            self._party = tuple(dict.fromkeys((*self._party, "person_id_type")))
        self._by_age = "source_ground" in reads     # whose consent a query takes hangs on the age, also while the kind of number is unknown
        compared: tuple[Phrase, ...] = tuple({phrase.atom: phrase for condition in (*self.judge.residual.values(), requirement.needed)
                                                   for phrase in phrases(condition) if any(f.code in day_facts for f in phrase.facts)}.values())
        self.case_days = tuple(phrase for phrase in compared if all(fact.subject != "相关人" for fact in phrase.facts))
        self._party_days = tuple(phrase for phrase in compared if phrase not in self.case_days)
        self.day_part: Callable[[tuple[bool | None, ...]], object] = lambda days: None   # set by the plan
        self._case_part = _getter(self._case)
        self._need = _Need(requirement.needed, behind)
        self._lightest = place.rulebook.ladder[0].code
        self._need_alone = {code for condition in (self.judge.residual[r.id] for g, b in self.judge.by_route[self._lightest].values() for r in (*g, *b))
                            for code in facts_of(condition)} <= {"material_needed"}
        self._unneeded: Verdict | None = None
        self.nobody: dict[object, object] = {}     # what is said while nobody of the role is listed, by what the need hangs on
        self._party_part = _getter(self._party)
        self._verdicts: dict[object, Verdict] = {}

    def verdict(self, case: Case, party: Party, key: str, stages: Mapping[str, FactValue], days: tuple[bool | None, ...]) -> Verdict:
        """The verdict for one person's copy; remembered by everything it depends on. `days`: see `Plan.day_truths`."""
        unit = self.unit
        needed = self._need(case, party)
        if needed is False and self._need_alone:
            spared = self._unneeded or self._not_needed(self._sheet(case, party, key, stages))
            if spared is not None:
                return spared
        made = tuple([make(unit, case, party, key) for make in self._makers])
        handed_in = None if case.handed_in is None else key in case.handed_in
        choice = case.choices.get(key)
        chosen: _Chosen | None = (choice.commitment, choice.deferral, choice.signed_by) if choice is not None else None
        if handed_in and chosen is not None:
            chosen = still_open(*chosen)
        memory_key = (
            needed, made, self._case_part(case.facts), self._party_part(party.facts),
            chosen, handed_in, _child(party) if self._by_age else None,
            self.day_part(days), tuple([_day_truth(phrase, case, party) for phrase in self._party_days]) if self._party_days else None,
            tuple([stages[code] for code in self.stage_facts]) if self.stage_facts else None)
        found = self._verdicts.get(memory_key)
        if found is None:
            found = self.judge.judge(self._sheet(case, party, key, stages), _choices(chosen or _NO_CHOICE), handed_in)
            if len(self._verdicts) >= MAX_VERDICTS:
                self._verdicts.clear()
            self._verdicts[memory_key] = found
        return found

    def _not_needed(self, sheet: Mapping[str, FactValue]) -> Verdict | None:
        """What is said of a material the situation does not call for, if not being needed opens the lightest route at all."""
        found = self.judge.judge({**sheet, "earlier_output": "none"}, _choices(_NO_CHOICE), None)
        if found.route != self._lightest:
            self._need_alone = False
            return None
        self._unneeded = found
        return found

    def _sheet(self, case: Case, party: Party, key: str, stages: Mapping[str, FactValue]) -> dict[str, FactValue]:
        made = {code: make(self.unit, case, party, key) for code, make in self._made.items()}
        return {**self.static, **case.facts, **party.facts, **made, **stages}


def _child(party: Party) -> bool | None:
    """Whether the person is under fourteen (个人信息保护法 31); None while the age is unknown."""
    age = party.facts["person_age"]
    return age < 14 if isinstance(age, int) else None


def _day_truth(phrase: Phrase, case: Case, party: Party) -> bool | None:
    """The bare test of a phrase about days or numbers."""
    left = party.facts[phrase.fact.code] if phrase.fact.code in party.facts else case.facts.get(phrase.fact.code)
    if isinstance(phrase.right, Fact):
        right = phrase.right.code
        return phrase.test(left, party.facts[right] if right in party.facts else case.facts.get(right))
    return phrase.test(left)


def _members(item: Item) -> Iterator[Requirement]:
    """Every material of the item, members of alternatives included."""
    for requirement in item.requirements:
        yield requirement
        for members in requirement.alternatives:
            yield from members


class _Need:
    """Whether the situation calls for a material, remembered by the facts it hangs on."""

    def __init__(self, needed: Condition, behind: Mapping[str, Fact]):
        self._condition = needed
        self._always = not behind
        plain = all(fact.subject in ("申请", "申请人") and fact.type not in (DAY, NUMBER) for fact in behind.values())
        self._part = _getter(tuple(behind)) if plain and behind else None
        self._known: dict[object, bool | None] = {}

    def __call__(self, case: Case, party: Party) -> bool | None:
        if self._always:
            return True
        if self._part is None:
            return need(self._condition, case, party)
        part = self._part(case.facts)
        if part not in self._known:
            self._known[part] = need(self._condition, case, party)
        return self._known[part]


def _getter(codes: tuple[str, ...]) -> Callable[[Mapping[str, FactValue]], object]:
    if not codes:
        return lambda facts: None
    return itemgetter(*codes)


def still_open(commitment: str | None, deferral: str | None, signed_by: str | None) -> _Chosen:
    """What is left of the choices once the material is handed in: nothing is promised for later, and a letter counts only if signed."""
    return (None if commitment == "yes" and signed_by is None else commitment, None if deferral == "yes" else deferral, signed_by)


def _choices(chosen: _Chosen) -> dict[str, bool | None]:
    commitment, deferral, signed_by = chosen
    answer = {"yes": True, "no": False, None: None}
    return {"commitment": answer[commitment], "deferral": answer[deferral], "signed": commitment == "yes" and signed_by is not None}


class Plan:
    """One item in one place: its materials' plans in the order of the file, groups opened into their members."""

    def __init__(self, item: Item, law: CompiledLaw, place: Place, made_as: type[UnitPlan] = UnitPlan):
        """`made_as`: what a material's plan is made as; whoever watches decisions gives a kind of its own."""
        self.item, self.law, self.place = item, law, place
        self.rulebook: Rulebook = place.rulebook
        self.facts = item_facts(item, place)
        self.units: list[UnitPlan] = []
        for requirement in item.requirements:
            if requirement.material is not None:
                self.units.append(made_as(requirement, item, law, place))
            for members in requirement.alternatives:
                self.units.extend(made_as(member, item, law, place, requirement) for member in members)
        codes = {unit.requirement.code for unit in self.units}
        self.containers: dict[str, tuple[str, ...]] = {code: () for code in codes}
        for unit in self.units:
            for inner in unit.requirement.material.contains if unit.requirement.material else ():
                if inner in self.containers:
                    self.containers[inner] = (*self.containers[inner], unit.requirement.code)
        self.units_in_order = sorted(enumerate(self.units), key=lambda pair: self._depth(pair[1].requirement.code))
        everything = [one for unit in self.units for one in (unit, *unit.establishes)]
        self._days = tuple({phrase.atom: phrase for unit in everything for phrase in unit.case_days}.values())
        position = {phrase.atom: index for index, phrase in enumerate(self._days)}
        for unit in everything:
            if unit.case_days:
                unit.day_part = itemgetter(*(position[phrase.atom] for phrase in unit.case_days))
        self.assembled: dict[object, tuple[dict[str, object], object]] = {}

    def day_truths(self, case: Case) -> tuple[bool | None, ...]:
        """The truth of every phrase about days and numbers that is the same for all materials: made once an application."""
        return tuple([_day_truth(phrase, case, case.applicant) for phrase in self._days])

    def _depth(self, code: str) -> int:
        """How many containers lie around a material: containers are judged before what they contain."""
        return 1 + max((self._depth(outer) for outer in self.containers[code]), default=0)
