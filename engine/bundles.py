"""一件事一次办: a chain of items decided together, with one de-duplicated list.

Each step is decided like any application; what an earlier step issues covers a later need (expected until it is issued), and
per material and person the strictest need is asked once, the others are covered by it. Which step keeps what is found by deciding:
a step that turns out not to ask after all hands the material on to the next that does. Nothing here reads a rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Final

from engine import bundle_list
from engine.application import Application, BundleApplication
from engine.body import Entry
from engine.bundle_list import Asking, Shown, asked_in, entries, key_of, of_another
from engine.catalogue import Bundle, Item
from engine.conditions import facts as facts_of
from engine.conditions import truth
from engine.decide import Body, Decider
from engine.given import AGENT, APPLICANT
from engine.intake import take
from engine.judge import SUSPENDED
from engine.problems import Problem, Refused, unknown_word
from engine.rulebook import Rulebook
from engine.truth import FAILS, HOLDS
from engine.vocabulary import Fact, FactValue

_OUTCOMES: Final = ("blocked", "undetermined", "supplement", "accept_with_deferral", "accept_on_commitment", "accept")
_STATED: Final = tuple(name for name in BundleApplication.model_fields if name != "deciding_divisions")


@dataclass(frozen=True, slots=True)
class Begun:
    """A step that has a case already. `output`: what became of what it issues (issued, expected, failed). `body`: of a step that is closed, which is
    not decided again. `accepted_on`: the day its own case was received. `pinned`: as `Decider.decide` takes it. `others`: of a step that is closed, the ids
    under which somebody else stands now than when it was decided."""

    output: str = "expected"
    body: Body | None = None
    accepted_on: date | None = None
    pinned: Decider | None = None
    others: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class StepDecision:
    """One step as it was decided: with what application, and what of the rest of the bundle went into it.

    `kept`: the keys (`material[/person]`) that are asked for elsewhere, with the item of the step that keeps them; `outputs`: what earlier steps issue
    and nobody stated, by material; `perhaps`: outputs of earlier steps that may not be needed.
    """

    item: str
    sure: bool
    application: Application
    body: Body
    kept: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, str] = field(default_factory=dict)
    perhaps: frozenset[str] = frozenset()
    closed: bool = False


@dataclass(frozen=True, slots=True)
class BundleDecision:
    """The answer, and the steps it is made of."""

    body: Body
    steps: tuple[StepDecision, ...]


def decide_bundle(decider: Decider, code: str, application: Application | BundleApplication, as_of: date) -> Body:
    """Decide every step of a bundle for one application (an `item` is not read).

    Raises Refused for an unknown bundle or situation, for a step that is not offered where it is to be decided, and for whatever a step refuses.
    """
    return decide_steps(decider, code, application, as_of).body


def decide_steps(decider: Decider, code: str, application: Application | BundleApplication, as_of: date,
                 begun: Mapping[str, Begun] | None = None) -> BundleDecision:
    """As `decide_bundle`, with the steps apart. `begun`: by item, the steps that have cases."""
    rulebook = decider.rulebook
    bundle = bundle_of(rulebook, code)
    there = dict(begun or {})
    answers = _answers(rulebook, bundle, application)
    while True:
        steps, unknown = _chain(rulebook, bundle, application, answers, there)
        named = _names(take(rulebook, steps[0].application, as_of).persons, application) if steps else {}
        settled = _Steps(decider, steps, as_of, there, named).settle()
        stopped = {one.item: there.get(one.item, _NOTHING) for one in steps if any(entry["status"] == SUSPENDED for entry in entries(settled.bodies[one.item]))}
        stopped = {item: one for item, one in stopped.items() if one.body is None and one.output != "failed"}
        if not stopped:
            break
        there |= {item: replace(one, output="failed") for item, one in stopped.items()}      # what hangs on a step that is stopped is stopped too
    told = bundle_list.Told(rulebook, settled.bodies, {one.item: one.sure for one in steps}, settled.keeps, named, _produced(steps),
                            frozenset(item for item, one in there.items() if one.body is not None),
                            frozenset(item for item, one in there.items() if one.body is not None and one.output == "failed"),
                            {item: one.others for item, one in there.items() if one.body is not None})
    made = tuple(StepDecision(one.item, one.sure, one.application, settled.bodies[one.item], settled.kept.get(one.item, {}), one.outputs, one.perhaps,
                              there.get(one.item, _NOTHING).body is not None) for one in steps)
    materials = told.materials()
    body = {
        "rulebook": rulebook.version, "as_of": as_of.isoformat(), "accepted_on": application.accepted_on.isoformat(), "bundle": bundle.code,
        "deciding_division": application.deciding_division, "lead": bundle.lead, "outcome": _outcome(made, there, bool(unknown)),
        "counts": told.counts(materials),
        "steps": [{"item": one.item, "needed": "yes" if one.sure else "unknown", "asked_elsewhere": dict(sorted(one.kept.items())),
                   "outputs": dict(sorted(one.outputs.items())), "perhaps_issued": sorted(one.perhaps), "decision": one.body} for one in made],
        "materials": materials, "questions": told.questions(unknown), "awaiting": told.awaiting()}
    return BundleDecision(body, made)


_NOTHING: Final = Begun()


def bundle_of(rulebook: Rulebook, word: str) -> Bundle:
    """The bundle by code or name. Raises Refused."""
    found = rulebook.bundles.get(word) or next((one for one in rulebook.bundles.values() if one.name == word), None)
    if found is None:
        raise Refused([unknown_word("unknown-bundle", "一件事", "bundle", word, rulebook.bundles).at("", 0, "bundle")])
    return found


def _outcome(steps: Sequence[StepDecision], begun: Mapping[str, Begun], asked: bool) -> str:
    """The worst of the steps. One that was granted is done; one that failed stops what hangs on it."""
    if asked:
        return "undetermined"
    states = [begun.get(one.item, _NOTHING) for one in steps]
    came = ["accept" if state.body and state.output == "issued" else "blocked" if state.body and state.output == "failed" else str(one.body["outcome"])
            for one, state in zip(steps, states, strict=True)]
    return min(came, key=_OUTCOMES.index, default="accept")


# -- which steps there are -------------------------------------------------------------------------------------------------

def item_of(rulebook: Rulebook, code: str, division: str | None) -> Item:
    """The item as a division offers it, or as the first that does."""
    found = rulebook.item(code, division) if division in rulebook.divisions and division else None
    return found or next(item for (one, _), item in rulebook.items.items() if one == code)


def situations(rulebook: Rulebook, bundle: Bundle) -> dict[str, Fact]:
    """By code, every situation the bundle and its items ask about; the bundle's own first."""
    items = (item_of(rulebook, step.item, None) for step in bundle.steps)
    return {fact.code: fact for fact in (*bundle.situations, *(fact for item in items for fact in item.situations))}


def _answers(rulebook: Rulebook, bundle: Bundle, application: Application | BundleApplication) -> dict[str, bool]:
    known = situations(rulebook, bundle)
    words = known | {fact.name: fact for fact in known.values()}
    stated = application.situation
    wrong = [Problem("stated-twice", f"“{known[code].name}”写了两次（名称和代码是同一个），只留一次。",
                     f"“{code}” is stated twice (the name and the code are the same thing); keep one.").at("", 0, f"situation.{known[code].name}")
             for code in known if code in stated and known[code].name != code and known[code].name in stated]
    wrong += [unknown_word("unknown-situation", "情形", "situation", word, known).at("", 0, f"situation.{word}") for word in stated if word not in words]
    if wrong:
        raise Refused(wrong)
    return {words[word].code: value for word, value in stated.items()}


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A step that is needed, or may be. `issues`: its own outputs."""

    item: str
    sure: bool
    application: Application
    outputs: Mapping[str, str]
    perhaps: frozenset[str]
    issues: tuple[str, ...]


def _chain(rulebook: Rulebook, bundle: Bundle, application: Application | BundleApplication, answers: Mapping[str, bool],
           begun: Mapping[str, Begun]) -> tuple[list[_Wanted], dict[Fact, list[str]]]:
    """The steps in order, each with its own application; and the situations nobody told, with the steps that hang on them."""
    def lookup(fact: Fact) -> FactValue:
        return answers.get(fact.code)

    elsewhere = _elsewhere(rulebook, bundle, application)
    materials = rulebook.vocabulary["material"].by_word
    stated = {materials[word].code for word in application.evidence.outputs if word in materials}   # by name or by code: what is known goes first
    unknown: dict[Fact, list[str]] = {}
    wanted: list[_Wanted] = []
    wrong: dict[tuple[str, str], Problem] = {}
    outputs: dict[str, str] = {}
    perhaps: frozenset[str] = frozenset()       # outputs of steps of which nobody knows yet whether they are needed
    for step in bundle.steps:
        needed = truth(step.needed, lookup)
        if needed == FAILS:
            continue
        if needed != HOLDS:
            for fact in facts_of(step.needed).values():
                if lookup(fact) is None:
                    unknown.setdefault(fact, []).append(step.item)
        state = begun.get(step.item, _NOTHING)
        division = elsewhere.get(step.item, application.deciding_division)
        item = item_of(rulebook, step.item, division)
        accepted_on = state.accepted_on or application.accepted_on
        if state.body is None:
            problem = _not_here(rulebook, item, division, accepted_on, f"deciding_divisions.{step.item}" if step.item in elsewhere else "deciding_division")
            if problem:
                wrong.setdefault((problem.field, item.code), problem)
        missing = {code: one for code, one in outputs.items() if code not in stated}
        evidence = application.evidence.model_copy(update={"outputs": {**missing, **application.evidence.outputs}})
        situation = {fact.code: answers[fact.code] for fact in item.situations if fact.code in answers}
        fields = {name: getattr(application, name) for name in _STATED}
        own = {"item": step.item, "deciding_division": division, "situation": situation, "evidence": evidence, "accepted_on": accepted_on}
        changed = Application.model_construct(
            application.model_fields_set & {*_STATED} | {"item", "accepted_on", "situation", "evidence", *(("deciding_division",) if division else ())},
            **{**fields, **own})
        wanted.append(_Wanted(step.item, needed == HOLDS, changed, missing, perhaps - outputs.keys(), item.outputs))
        if needed == HOLDS:
            outputs.update(dict.fromkeys(item.outputs, state.output))
        else:
            perhaps |= frozenset(item.outputs)
    if wrong:
        raise Refused(wrong.values())
    return wanted, unknown


def _elsewhere(rulebook: Rulebook, bundle: Bundle, application: Application | BundleApplication) -> dict[str, str]:
    """By item, where a step is decided that is not decided with the others. Raises Refused."""
    given = application.deciding_divisions if isinstance(application, BundleApplication) else {}
    words = {word: step.item for step in bundle.steps for word in (step.item, item_of(rulebook, step.item, None).name)}
    wrong = []
    found: dict[str, str] = {}
    for word, division in given.items():
        place = f"deciding_divisions.{word}"
        if word not in words:
            wrong.append(unknown_word("unknown-step", "环节", "step", word, [step.item for step in bundle.steps]).at("", 0, place))
        elif division not in rulebook.divisions:
            wrong.append(unknown_word("unknown-division", "区划", "division", division, rulebook.divisions).at("", 0, place))
        elif words[word] in found:
            wrong.append(Problem("stated-twice", f"“{word}”写了两次（名称和代码是同一个），只留一次。",
                                 f"“{word}” is stated twice (the name and the code are the same thing); keep one.").at("", 0, place))
        else:
            found[words[word]] = division
    here = application.deciding_division
    if not wrong and here in rulebook.divisions and bundle.division not in rulebook.chain(str(here)):
        wrong.append(Problem("bundle-not-here", f"“{bundle.name}”不在区划 {here} 办理。", f"“{bundle.english}” is not offered in {here}.",
                             field="deciding_division", allowed=(bundle.division,)))
    if wrong:
        raise Refused(wrong)
    return found


def _not_here(rulebook: Rulebook, item: Item, division: str | None, day: date, place: str) -> Problem | None:
    """Why a step cannot be decided where it would be: nothing offers it there, or not on that day. None where it can."""
    where = division or item.default_division
    if not where or where not in rulebook.divisions:
        return None      # told by `take`, with the field
    offers = tuple(one for code, one in rulebook.items if code == item.code)
    if rulebook.item(item.code, where) is None:
        return Problem("step-not-here", f"“{item.name}”环节不在区划 {where} 办理；请在 deciding_divisions 里写明它由哪里决定。",
                       f"The step “{item.english}” is not offered in {where}; name in deciding_divisions where it is decided.", field=place, allowed=offers)
    if not item.start <= day < item.end:
        return Problem("item-not-here", f"“{item.name}”在 {day} 不办理。", f"“{item.english}” is not offered on {day}.", field="accepted_on")
    return None


def _produced(steps: Iterable[_Wanted]) -> dict[str, dict[str, str]]:
    """By item, what the steps before it that are surely needed issue, with the step that does; the last one counts."""
    before: dict[str, str] = {}
    found: dict[str, dict[str, str]] = {}
    for one in steps:
        found[one.item] = dict(before)
        if one.sure:
            before.update(dict.fromkeys(one.issues, one.item))
    return found


def _names(persons: Iterable[Any], application: Application | BundleApplication) -> dict[str, str]:
    """By id of a person, the id that stands for everybody with the same number: the applicant's own first, then in the order of the list."""
    order = [APPLICANT, *(one.id for one in application.persons), AGENT]
    same = {one: {one} for one in order}
    for party in persons:
        for other in party.same:
            if party.id in same and other in same and same[party.id] is not same[other]:
                joined = same[party.id] | same[other]
                same.update(dict.fromkeys(joined, joined))
    return {one: min(same[one], key=order.index) for one in order}


# -- who keeps what --------------------------------------------------------------------------------------------------------

class _Steps:
    """The search for who keeps what. `named`: see `_names`."""

    def __init__(self, decider: Decider, steps: Sequence[_Wanted], as_of: date, begun: Mapping[str, Begun], named: Mapping[str, str]):
        self.decider, self.steps, self.as_of, self.begun, self.named = decider, steps, as_of, begun, named
        self.bodies: dict[str, Body] = {}
        self.keeps: dict[Shown, tuple[str, str]] = {}       # by material and person: the step that keeps it, and under which key
        self.kept: dict[str, dict[str, str]] = {}
        self._ids: dict[str, list[str]] = {}
        for one, name in named.items():
            self._ids.setdefault(name, []).append(one)
        self._made: dict[tuple[str, frozenset[str]], Body] = {}

    def settle(self) -> _Steps:
        """Decide until every material that is asked for elsewhere is asked for there. Ends: no step is given one material twice."""
        self._decide()
        first = self._askings()
        tried: dict[Shown, set[str]] = {}
        for shown in first:
            self._assign(shown, first[shown], set())
        while True:
            self._decide()
            now = self._askings()
            changed = False
            for shown, (item, _) in list(self.keeps.items()):
                if all(one.item != item for one in now.get(shown, ())):
                    tried.setdefault(shown, set()).add(item)
                    del self.keeps[shown]
                    self._assign(shown, first.get(shown, ()), tried[shown])
                    changed = True
            for shown in now:
                if shown not in self.keeps:
                    changed |= self._assign(shown, now[shown], tried.get(shown, set()))
            if not changed:
                return self

    def _assign(self, shown: Shown, rows: Iterable[Asking], without: set[str]) -> bool:
        able = [one for one in rows if one.item not in without]
        if not able:
            return False
        best = min(able, key=lambda one: one.rank)
        self.keeps[shown] = (best.item, best.key)
        return True

    def _askings(self) -> dict[Shown, list[Asking]]:
        """What the steps ask for that are surely needed and did not fail: a step that may fall away keeps nothing for the others, and one that has
        ended only copies of whoever is still meant."""
        found: dict[Shown, list[Asking]] = {}
        for position, one in enumerate(self.steps):
            state = self.begun.get(one.item, _NOTHING)
            if one.sure and not (state.body is not None and state.output == "failed"):
                def serves(entry: Entry, state: Begun = state) -> bool:
                    return state.body is None or not of_another(self.decider.rulebook, entry, state.others)

                for shown, asking in asked_in(one.item, position, self.bodies[one.item], self.named, serves):
                    found.setdefault(shown, []).append(asking)
        return found

    def _decide(self) -> None:
        for one in self.steps:
            state = self.begun.get(one.item, _NOTHING)
            kept = self.kept[one.item] = self._elsewhere(one.item)
            if state.body is not None:
                self.bodies[one.item] = state.body
                continue
            spare = frozenset(kept)
            made = self._made.get((one.item, spare))
            if made is None:
                made = self._made[one.item, spare] = self.decider.decide(one.application, self.as_of, state.pinned, spare, one.perhaps)
            self.bodies[one.item] = made

    def _elsewhere(self, item: str) -> dict[str, str]:
        """The keys this step need not ask for: kept by another step, or by itself under another id of the same person."""
        found: dict[str, str] = {}
        for shown, (keeper, key) in self.keeps.items():
            for one in self._ids.get(shown.person, [shown.person]):
                name = key_of(shown.material, one)
                if keeper != item or name != key:
                    found[name] = keeper
        return found
