"""From the solver's counter-example to the smallest application that shows it, decided again by the engine itself.

A witness is written in what an application states and what the authority's sources answer; nothing else can be said of a case.
What the engine does not confirm is no witness. Nothing here asks the solver.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from engine.application import Application
from engine.conditions import Condition, replace_facts, truth
from engine.conditions import facts as facts_of
from engine.decide import Decider
from engine.intake import Case
from engine.judge import Verdict
from engine.people import AGENT_ROLES, Party, acting_role
from engine.plan import UnitPlan, still_open
from engine.problems import Refused
from engine.proof.computed import SHOWN_AS
from engine.proof.scenes import Problem, Scene
from engine.proof.solver import ASIDE, Model
from engine.rulebook import Rulebook
from engine.truth import Truth
from engine.vocabulary import DECLARED, ELECTIONS, RECORDED, Fact, FactValue

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Witness:
    """An application, as a caller would send it, with the day of the decision and the material (`code` or `code/person`) it is about.

    `earlier`: of the two readings of a case decided on a later day, the one under the law of the day of acceptance is meant.
    """

    application: Mapping[str, Any]
    as_of: date
    material: str
    asked_elsewhere: frozenset[str] = frozenset()
    earlier: bool = False
    copy: tuple[str, str] | None = None      # 每人一份 and the group, where an item asks for the material in several ways; None: whichever


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """How one copy of a material was judged: the sheet of its facts, the verdict, the plan it was judged by, what was chosen."""

    sheet: Mapping[str, FactValue]
    verdict: Verdict
    plan: UnitPlan

    def truth(self, condition: Condition) -> Truth:
        """The truth of a condition that may speak of the outcome; a route that is not settled is unknown."""
        settled = self.verdict.status in ("settled", "waiting")
        concluded: Mapping[str, FactValue] = {
            "route": self.verdict.route if settled and self.verdict.route else None, "mode": (self.verdict.mode or "") if settled else None,
            "status": self.verdict.status, "finding": self.verdict.finding or "none", "satisfied": self.verdict.satisfied}

        def lookup(fact: Fact) -> FactValue:
            return concluded[fact.code] if fact.code in concluded else self.sheet.get(fact.code)

        return truth(replace_facts(condition, self.plan.judge.law.meaning), lookup)


class _Watched(UnitPlan):
    """A material's plan that keeps what it judged last, by key."""

    def verdict(self, case: Case, party: Party, key: str, stages: Mapping[str, FactValue], days: tuple[bool | None, ...]) -> Verdict:
        found = super().verdict(case, party, key, stages, days)
        choice = case.choices.get(key)
        said = (choice.commitment, choice.deferral, choice.signed_by) if choice else (None, None, None)
        commitment, deferral, _ = still_open(*said) if choice and key in (case.handed_in or ()) else said
        chosen: dict[str, FactValue] = {"commitment_choice": commitment or "unanswered", "deferral_choice": deferral or "unanswered"}
        self.__dict__.setdefault("seen", {})[key] = Seen({**self._sheet(case, party, key, stages), **chosen}, found, self)
        return found


class Watcher(Decider):
    """A decider that tells how each material was judged."""

    unit = _Watched

    def look(self, witness: Witness) -> Seen | None:
        """How the witness's material is judged; None if the application is refused or does not have it."""
        return self.look_at(witness)[0]

    def look_at(self, witness: Witness) -> tuple[Seen | None, Json | None]:
        """The same, with the body of the answer."""
        try:
            application = Application.model_validate(witness.application)
            body = self.decide(application, witness.as_of, asked_elsewhere=witness.asked_elsewhere)
        except (Refused, ValueError):
            return None, None
        code = witness.material.partition("/")[0]
        found = None
        meant = self._slot(application.accepted_on if witness.earlier else witness.as_of)
        for plan in sorted(self._plans.values(), key=lambda plan: self._slot(plan.place.law_day) == meant):      # the reading that is meant comes last
            for unit in (one for outer in plan.units for one in (outer, *outer.establishes)):
                seen: dict[str, Seen] = unit.__dict__.get("seen", {})
                copy = unit.requirement.per_person, unit.group.code if unit.group else ""
                if unit.requirement.code == code and witness.material in seen and witness.copy in (None, copy):
                    found = seen[witness.material]
                seen.clear()
        return found, body


def build(model: Model, scene: Scene, problem: Problem, rulebook: Rulebook, also: tuple[Condition, ...] = (),
          aside: frozenset[str] = frozenset()) -> Witness:
    """The application a model describes, stating every fact on which the material hangs there.

    `also`: conditions that are asked about too; `aside`: situations of which the model has a value in its second reading only.
    """
    words = rulebook.vocabulary.by_word
    read: dict[str, Fact] = {}
    for condition in (*problem.residual.values(), scene.requirement.needed, *also):
        read |= facts_of(condition)
    for fact in tuple(read.values()):
        read |= {leaf: words[leaf] for leaf in (words[name].code for name in fact.leaves if name in words)}
    if "source_state" in read or "source_ground" in read or "shown_state" in read:
        read |= {code: words[code] for code in ("person_id_type", "holds_credential", "agent_kind", "agent_authorised") if code in words}
    if "commitment_signer" in read and "agent_kind" in words:
        read["agent_kind"] = words["agent_kind"]       # only who acts can have signed
    return _Builder(model, scene, rulebook, read, aside).witness()


class _Builder:
    def __init__(self, model: Model, scene: Scene, rulebook: Rulebook, read: Mapping[str, Fact], aside: frozenset[str]):
        self.aside = aside
        self.model, self.scene, self.rulebook, self.read = model, scene, rulebook, read
        self.words = rulebook.vocabulary.by_word
        self.as_of = self._day("as_of") or scene.start
        accepted = self._day("accepted_on") if "accepted_on" in read or scene.pending else None
        self.accepted_on = min(accepted or self.as_of, scene.last_accepted)
        role = scene.requirement.per_person
        self.person = "applicant"
        self.app: Json = {"item": scene.item.code, "deciding_division": scene.divisions[0], "accepted_on": self.accepted_on.isoformat(),
                          "situation": {}, "applicant": {}, "choices": {}, "consents": {}, "facts": {},
                          "evidence": {"queries": {}, "checks": {}, "outputs": {}}}
        if role and role not in ("申请人", "本人"):
            self._person(role)
        self.key = scene.requirement.code + (f"/{self.person}" if self.person != "applicant" else "")

    def _person(self, role: str) -> None:
        kind = next((code for code, name in AGENT_ROLES.items() if name == role), None)
        if kind is not None:
            self.app["agent"] = {"kind": kind}
            self.person = "agent"
        else:
            self.app["persons"] = [{"id": "p1", "role": role}]
            self.app["roles_complete"] = [role]
            self.person = "p1"

    def _day(self, code: str) -> date | None:
        value = self.model.value(self.words[code]) if code in self.words else None
        return value if isinstance(value, date) else None

    def _value(self, code: str) -> FactValue:
        """What the model says of a fact that matters; None if it does not matter."""
        return self.model.value(self.words[code], ASIDE if code in self.aside else "") if code in self.read and code in self.words else None

    def witness(self) -> Witness:
        app, evidence, key = self.app, self.app["evidence"], self.key
        facts: Json = {}
        for code, fact in self.read.items():
            value = self._value(code)
            if value is None:
                continue
            if fact.situation:
                app["situation"][code] = value
            elif fact.subject == "相关人" and fact.supplier == DECLARED:
                self._about_person(code, fact, value)
            elif fact.supplier == DECLARED and fact.subject in ("申请", "申请人"):
                if code == "applicant_kind":
                    app["applicant"]["kind"] = value
                elif code != "agent_authorised":
                    app["facts"][code] = _written(fact, value)
            elif fact.supplier == RECORDED and fact.subject in ("申请", "申请人"):
                facts[code] = value
        self._agent()
        self._records(facts)
        for code, place in (("query_result", "queries"), ("check_result", "checks")):
            if self._value(code) is not None:
                evidence[place][key] = {"result": self._value(code)}
        if self._value("earlier_output") not in (None, "none"):
            evidence["outputs"][key] = self._value("earlier_output")
        if self._value("consents_to_query") is not None:
            app["consents"][key] = self._value("consents_to_query")
        self._choices()
        self._shown()
        self._on_file()
        self._handed_in()
        for code, fact in self.read.items():
            special = code in ("consents_to_query", "commitment_signer")
            if fact.subject == "材料" and fact.supplier == DECLARED and not special and self._value(code) is not None:
                app["facts"].setdefault(code, {})[key] = _written(fact, self._value(code))
        elsewhere = frozenset((key,)) if self._value("asked_elsewhere") else frozenset()
        copy = self.scene.requirement.per_person, self.scene.group.code if self.scene.group else ""
        return Witness(app, self.as_of, key, elsewhere, self.scene.pending, copy)

    def _about_person(self, code: str, fact: Fact, value: FactValue) -> None:
        if code in ("person_id_type", "birth_date"):
            holder = self.app["applicant"] if self.person == "applicant" else self.app["agent"] if self.person == "agent" else self.app["persons"][0]
            holder["id_type" if code == "person_id_type" else code] = value.isoformat() if isinstance(value, date) else value
        else:
            self.app["facts"].setdefault(code, {})[self.person] = _written(fact, value)

    def _agent(self) -> None:
        kind = self._value("agent_kind")
        if kind not in (None, "in_person") and ("agent" not in self.app or acting_role(kind, self.scene.item) == self.scene.requirement.per_person):
            self.app["agent"] = {**self.app.get("agent", {}), "kind": kind}
        authorised = self._value("agent_authorised")
        if "agent" in self.app and authorised is not None:
            self.app["agent"]["authorised"] = authorised

    def _records(self, facts: Json) -> None:
        if not facts:
            return
        made: Json = {"complete": True}
        kind, repaired = facts.pop("applicant_credit", None), facts.pop("credit_repaired_on", None)
        grades = [value.code for value in self.words["applicant_credit"].values] if "applicant_credit" in self.words else []
        if kind is not None and kind != grades[0]:
            recorded = min(self.as_of, repaired) if isinstance(repaired, date) else self.as_of
            made["credit"] = [{"kind": kind, "recorded_on": recorded.isoformat(),
                               **({"repaired_on": repaired.isoformat()} if isinstance(repaired, date) and repaired.year < 9999 else {})}]
        elif isinstance(repaired, date) and repaired.year < 9999:
            facts |= {"applicant_credit": kind or grades[0], "credit_repaired_on": repaired}
        rest = {code: _written(self.words[code], value) for code, value in facts.items()}
        if rest:
            made["facts"] = rest
        self.app["evidence"]["records"] = made

    def _choices(self) -> None:
        chosen: Json = {}
        for route in ("commitment", "deferral"):
            fact = self.model.fact(f"{route}_choice")
            value = self.model.value(fact) if fact is not None else None
            if value in ("yes", "no"):
                chosen[route] = value
        signer = self._value("commitment_signer")
        if signer is not None and chosen.get("commitment") == "yes":
            chosen["signed_by"] = signer
        if chosen:
            self.app["choices"][self.key] = chosen

    def _shown(self) -> None:
        how = self.model.value(SHOWN_AS) if "shown_state" in self.read else None
        unit = self.scene.unit
        if how is None or not unit.credentials:
            return
        if how == "nothing":
            self.app["presented"] = []
            return
        kind = self._value("person_id_type")
        fitting = unit.credentials_for(str(kind)) if kind is not None else ()
        shown: Json = {"credential": (fitting or unit.credentials)[0].code, "holder": self.person}
        if how == "not_theirs":
            shown["holder"] = "somebody else"
        elif how != "valid":
            shown["status"] = how
        self.app["presented"] = [shown]

    def _on_file(self) -> None:
        state = self._value("on_file_state")
        if state is None:
            return
        entry: Json = {"material": self.key, "trust": "C" if state == "unchecked" else "B", "received_on": self.as_of.isoformat()}
        if state == "expired":
            entry["valid_to"] = date.fromordinal(max(1, self.as_of.toordinal() - 1)).isoformat()
        self.app["evidence"]["on_file"] = {"complete": True, "entries": [] if state == "not_on_file" else [entry]}

    def _handed_in(self) -> None:
        """What settles the facts about other materials: containers handed in, other principal materials handed in or not."""
        handed: list[str] | None = None
        if self._value("principals_complete") is not None:
            others = [member for one in self.scene.item.requirements if one.role == "principal"
                      for member in (one, *(m for listed in one.alternatives for m in listed)) if member.material is not None]
            handed = [one.code for one in others if one.code != self.scene.requirement.code] if self._value("principals_complete") else []
        if self._value("contained") is not None:
            code = self.scene.requirement.code
            containers = [one.code for one in self.scene.item.requirements if one.material is not None and code in one.material.contains]
            handed = [*dict.fromkeys((*(handed or ()), *containers))] if self._value("contained") else [c for c in handed or () if c not in containers]
        if handed is not None:
            self.app["handed_in"] = handed


def _written(fact: Fact, value: FactValue) -> Any:
    if isinstance(value, frozenset):
        return "、".join(sorted(value))
    if isinstance(value, date):
        return fact.none.code if fact.none and value == fact.none.day else value.isoformat()
    return value


#: Places an application is useless without.
_KEPT: Final = frozenset({"item", "deciding_division", "accepted_on"})


def shrink(witness: Witness, holds: Callable[[Witness], bool]) -> Witness:
    """The witness without everything it does not need: no single statement can be left out of what is returned.

    `holds` tells whether an application still shows what the witness is for; it holds of `witness`.
    """
    current = witness
    changed = True
    while changed:
        changed = False
        for path in sorted(_paths(current.application), key=len):
            smaller = _without(current, path)
            if smaller is not None and holds(smaller):
                current, changed = smaller, True
    for _ in range(2):
        current = next((plainer for plainer in _plainer(current) if holds(plainer)), current)
    if current.asked_elsewhere:
        bare = replace(current, asked_elsewhere=frozenset())
        current = bare if holds(bare) else current
    return current


def _plainer(witness: Witness) -> Iterator[Witness]:
    """The same said more simply: accepted on the day of the decision; a bad record without saying that there is no other."""
    app = dict(witness.application)
    if not witness.earlier and app.get("accepted_on") != witness.as_of.isoformat():
        app["accepted_on"] = witness.as_of.isoformat()
        yield replace(witness, application=app)
    records = witness.application.get("evidence", {}).get("records", {})
    if records.get("complete") and (records.get("credit") or records.get("facts")):
        app = copy.deepcopy(dict(witness.application))
        app["evidence"]["records"]["complete"] = False
        yield replace(witness, application=app)


def _paths(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for key, below in value.items():
            if path or key not in _KEPT:
                yield (*path, key)
                yield from _paths(below, (*path, key))
    elif isinstance(value, list):
        for position, below in enumerate(value):
            yield (*path, position)
            yield from _paths(below, (*path, position))


def _without(witness: Witness, path: tuple[Any, ...]) -> Witness | None:
    app = copy.deepcopy(dict(witness.application))
    holder: Any = app
    for step in path[:-1]:
        if (isinstance(holder, list) and (not isinstance(step, int) or step >= len(holder))) or (isinstance(holder, dict) and step not in holder):
            return None
        holder = holder[step]
    last = path[-1]
    if (isinstance(holder, list) and (not isinstance(last, int) or last >= len(holder))) or (isinstance(holder, dict) and last not in holder):
        return None
    del holder[last]
    return replace(witness, application=app)


def vary(witness: Witness, fact: Fact, value: FactValue) -> Witness:
    """The same application with another value of one fact, put where its supplier gives it."""
    app = copy.deepcopy(dict(witness.application))
    evidence = app.setdefault("evidence", {})
    key, code = witness.material, fact.code
    if code in ("query_result", "check_result"):
        evidence.setdefault("queries" if code == "query_result" else "checks", {})[key] = {"result": value}
    elif code == "consents_to_query":
        app.setdefault("consents", {})[key] = value
    elif code in ELECTIONS.values():
        route = next(route for route, choice in ELECTIONS.items() if choice == code)
        chosen = {**app.get("choices", {}).get(key, {})}
        chosen.pop(route, None)
        if route == "commitment" and value != "yes":
            chosen.pop("signed_by", None)
        app.setdefault("choices", {})[key] = {**chosen, route: value} if value in ("yes", "no") else chosen
        if not app["choices"][key]:
            del app["choices"][key]
    elif code == "applicant_credit":
        records = evidence.setdefault("records", {"complete": True})
        records.pop("credit", None)
        if value != fact.values[0].code:
            records["credit"] = [{"kind": value, "recorded_on": witness.as_of.isoformat()}]
    elif code == "agent_authorised":
        if "agent" in app:
            app["agent"] = {**app["agent"], "authorised": value}
    elif fact.situation:
        app.setdefault("situation", {})[code] = value
    elif fact.supplier == RECORDED:
        evidence.setdefault("records", {"complete": True}).setdefault("facts", {})[code] = _written(fact, value)
    elif fact.subject == "材料":
        app.setdefault("facts", {}).setdefault(code, {})[key] = _written(fact, value)
    else:
        app.setdefault("facts", {})[code] = _written(fact, value)
    return replace(witness, application=app)


def fitted(witness: Witness, rulebook: Rulebook) -> Witness:
    """The same application without what another rulebook has no word for: situations, facts and materials it does not know."""
    app = copy.deepcopy(dict(witness.application))
    words = rulebook.vocabulary.by_word
    item = rulebook.item(app["item"], app["deciding_division"]) if app["deciding_division"] in rulebook.divisions else None
    known = {fact.code for fact in item.situations} if item else set()
    app["situation"] = {code: value for code, value in app.get("situation", {}).items() if code in known}
    app["facts"] = {code: value for code, value in app.get("facts", {}).items() if code in words}
    materials = words["material"].by_word if "material" in words else {}

    def has(key: str) -> bool:
        return key.partition("/")[0] in materials

    for holder, name in ((app, "choices"), (app, "consents"), (app.get("evidence", {}), "queries"), (app.get("evidence", {}), "checks"),
                         (app.get("evidence", {}), "outputs")):
        if name in holder:
            holder[name] = {key: value for key, value in holder[name].items() if has(key)}
    if "handed_in" in app:
        app["handed_in"] = [key for key in app["handed_in"] if has(key)]
    return replace(witness, application=app)
