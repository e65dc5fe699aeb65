"""Which tickets a decision owes to the authorities that answer for the sources (谁主管、谁提供、谁负责).

A query that failed, or data the applicant disputes, is the provider's to put right, never the applicant's to make up for. A ticket changes
no material: what the decision says stands in its body. Nothing here opens, stores or sends a ticket, reads a clock or asks a source.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from engine import alternatives
from engine.application import Application, QueryAnswer
from engine.branches import Fork
from engine.catalogue import Source
from engine.conditions import truth
from engine.decide import Decider, Reading
from engine.facts import need, source_ground
from engine.given import APPLICANT
from engine.intake import Case
from engine.judge import AWAITING
from engine.law import BAR, GRANT, Span
from engine.outcome import Judged
from engine.people import Party
from engine.rulebook import Rulebook
from engine.standing import Place, check_sources, item_facts, term_value
from engine.truth import HOLDS
from engine.vocabulary import Fact, FactValue

OUTAGE, UNCLEAR, MISMATCH, GAP, CORRECTION = KINDS = ("outage", "unclear", "mismatch", "gap", "correction")

#: What a provider may answer to which kind. `no_record`: there is none; `confirmed`: the data stand as they are.
ANSWERS: Final[Mapping[str, tuple[str, ...]]] = {
    OUTAGE: ("restored",), UNCLEAR: ("corrected", "confirmed", "no_record"), MISMATCH: ("corrected", "confirmed", "no_record"),
    GAP: ("corrected", "no_record"), CORRECTION: ("corrected", "confirmed", "no_record")}

_ASKS: Final[Mapping[str, str]] = {"down": OUTAGE, "unclear": UNCLEAR, "mismatch": MISMATCH, "not_found": GAP}
_NOTHING_NEEDED: Final = frozenset({"not_required", "abolished"})
#: A check that came to no end through the source: copies, as `material[/person]`, and the code of the source of the check.
Unchecked = Collection[tuple[str, str]]
_RESULT, _DISPUTED = "query_result", "data_disputed"


@dataclass(frozen=True, slots=True)
class Owed:
    """One ticket that is owed: which copy it is about, which source, who answers for the source, why. `person`: empty for the applicant."""

    kind: str
    material: str
    person: str
    source: str
    provider: str

    @property
    def key(self) -> str:
        """The copy as evidence names it: `material[/person]`."""
        return f"{self.material}/{self.person}" if self.person else self.material


def suspect(rulebook: Rulebook, application: Application) -> bool:
    """Whether anything in the application could make a ticket owed. A quick look that is asked of every decision."""
    for word, answer in application.evidence.queries.items():
        if answer.result == "not_found":
            material = rulebook.materials.get(code_of(rulebook, word).partition("/")[0])
            if material is not None and material.direction == "presence":
                return True
        elif answer.result in _ASKS:
            return True
    return _DISPUTED in application.facts or "数据有异议" in application.facts


def owed(decider: Decider, application: Application, as_of: date, pinned: Decider | None = None, asked_elsewhere: frozenset[str] = frozenset(),
         perhaps_issued: frozenset[str] = frozenset(), unchecked: Unchecked = ()) -> tuple[Owed, ...]:
    """What the decision on the application owes, in the order of the list of materials; takes what `Decider.decide` does and raises as it does.

    `unchecked`: the checks that were asked for and failed. They are no evidence, for nothing was found; the outage is the source's all the same.
    """
    if not unchecked and not suspect(decider.rulebook, application):
        return ()
    return of_reading(decider.read(application, as_of, pinned, asked_elsewhere, perhaps_issued), decider.weights, unchecked)


def of_reading(reading: Reading, weights: Mapping[str, int], unchecked: Unchecked = ()) -> tuple[Owed, ...]:
    """What a decision owes, of an application whose materials are judged. `weights`: the burden of each route.

    Owed only where the material is called for and its source could have waived it: in use here for that kind of number, and the query lawful.
    A material already covered leaves no gap. A list of alternatives that was not taken asks for nothing but a correction. A dispute takes the place
    of every narrower question about the same copy; an outage is the source's and stands beside it. A check that failed owes the outage of its source
    while the copy still waits for it.
    """
    passed_over = _passed_over(reading, weights)
    found: dict[tuple[str, str, str], Owed] = {}
    for one in (*reading.judged, *(follower for judged in reading.judged for follower in judged.establishes)):
        party = _party(one, reading.case)
        if party is None or one.entry["route"] in _NOTHING_NEEDED or need(one.plan.requirement.needed, reading.case, party) is not True:
            continue
        elsewhere = id(one.entry) in passed_over
        checks = () if elsewhere else _failed_checks(one, unchecked)
        for kind, source in (*_of_copy(one, party, reading.case, elsewhere), *((OUTAGE, source) for source in checks)):
            person = "" if party.id == APPLICANT else party.id
            found.setdefault((kind, one.key, source.code if kind == OUTAGE else ""), Owed(kind, one.plan.requirement.code, person, source.code, source.provider))
    return tuple(found.values())


def _failed_checks(one: Judged, unchecked: Unchecked) -> tuple[Source, ...]:
    """The sources whose check of this copy failed while the copy waits for nothing else."""
    tree = one.verdict.tree
    if one.verdict.status != AWAITING or not isinstance(tree, Fork) or tree.fact.code != "check_result":
        return ()
    return tuple(source for source in check_sources(one.plan.requirement, one.plan.place) if (one.key, source.code) in unchecked)


def _of_copy(one: Judged, party: Party, case: Case, passed_over: bool) -> Iterator[tuple[str, Source]]:
    """The kinds of tickets one copy makes owed, and the source each is about."""
    contested = bool(case.own.get(_DISPUTED, {}).get(one.key))
    kind = _ASKS.get(str(case.queries.get(one.key)))
    if kind == GAP and (one.plan.static["proof_direction"] != "presence" or one.entry["route"] == "covered"):
        kind = None
    if kind is not None and (passed_over or (contested and kind != OUTAGE)):
        kind = None
    if kind is None and not contested:
        return
    source = _source(one, party, case) if _would_waive(one, party, case) else None
    if kind is not None and source is not None:
        yield kind, source
    if contested:
        about = source or next(iter(check_sources(one.plan.requirement, one.plan.place)), None)
        if about is not None:
            yield CORRECTION, about


def _would_waive(one: Judged, party: Party, case: Case) -> bool:
    """Whether a record in force, found and not disputed, would open data sharing: then the source is in use here and its query has a ground."""
    made: dict[str, FactValue] = {
        **one.plan.static, **case.facts, **party.facts, "source_state": _state(one, party)[0], "source_ground": source_ground(one.plan.unit, case, party, one.key),
        "consents_to_query": case.consents.get(one.key), "material_needed": True, _RESULT: "valid", _DISPUTED: False}
    law = one.plan.judge.law

    def known(fact: Fact) -> FactValue:
        return made.get(fact.code)

    holding = {rule.kind for rule in law.by_route.get("shared", ()) if truth(law.conditions[rule.id], known) == HOLDS}
    return GRANT in holding and BAR not in holding


def _state(one: Judged, party: Party) -> tuple[str, Source | None]:
    return one.plan.unit.sources[party.facts["person_id_type"]]  # type: ignore[index]


def _source(one: Judged, party: Party, case: Case) -> Source | None:
    """The source that answered, where the answer names one of the material's; else the one that would be asked."""
    material, book = one.plan.requirement.material, one.plan.place.rulebook
    answer = answers(book, case.application).get(one.key)
    if answer is not None and material is not None and answer.source in material.sources:
        return book.sources[str(answer.source)]
    return _state(one, party)[1]


def code_of(rulebook: Rulebook, word: str) -> str:
    """The copy a key names, as `material[/person]` with the material's code, however it was named; an unknown word stays as it is."""
    name, _, person = word.partition("/")
    known = rulebook.vocabulary["material"].by_word.get(name)
    code = known.code if known is not None else name
    return f"{code}/{person}" if person not in ("", APPLICANT) else code


def answers(rulebook: Rulebook, application: Application) -> dict[str, QueryAnswer]:
    """What the sources answered, by `material[/person]`."""
    return {code_of(rulebook, word): answer for word, answer in application.evidence.queries.items()}


def disputed(rulebook: Rulebook, application: Application) -> frozenset[str]:
    """The copies whose data the applicant says are wrong, as `material[/person]`."""
    if _DISPUTED not in rulebook.vocabulary.by_word:
        return frozenset()
    stated = [application.facts.get(word) for word in (_DISPUTED, rulebook.vocabulary[_DISPUTED].name)]
    return frozenset(code_of(rulebook, word) for one in stated if isinstance(one, dict) for word, said in one.items() if said is True)


def _party(one: Judged, case: Case) -> Party | None:
    """Whose copy it is; None while nobody of the role is listed."""
    person = one.entry.get("person", case.applicant.id)
    return next((party for party in (case.applicant, *case.persons) if party.id == person), None)


def _passed_over(reading: Reading, weights: Mapping[str, int]) -> frozenset[int]:
    """Entries that stand in a list of alternatives that was not taken, of a group that is settled."""
    return frozenset(
        id(member) for entry in alternatives.gather(reading.judged, weights) if "alternatives" in entry and entry["status"] == "settled"
        for way in entry["alternatives"] if not way["chosen"] for member in way["materials"])


def news(kind: str, answer: str) -> bool:
    """Whether an answer changes what a decision was made on, so that the case is to be decided again."""
    return answer in ("corrected", "restored") or (answer == "no_record" and kind != GAP) or (answer == "confirmed" and kind == UNCLEAR)


def news_after_grant(kind: str, answer: str) -> bool:
    """Whether an answer speaks against, or for, data that a granted case rests on otherwise. Only people revoke or correct a grant (行政许可法 69).

    An outage that is over changes nothing. Data that stand although the applicant disputed them were set aside for the applicant's own document.
    """
    return kind != OUTAGE and (news(kind, answer) or (kind == CORRECTION and answer == "confirmed"))


def term(rulebook: Rulebook, item: str, division: str, accepted_on: date, as_of: date) -> Span | None:
    """How long the provider has (数据核验期限); None where the division's law sets no such term: then no day is due."""
    found = rulebook.item(item, division)
    if found is None:
        return None
    place = Place(rulebook, rulebook.chain(division), accepted_on, as_of)
    value = term_value("followup_term", place, item_facts(found, place))
    return value[0] if value is not None and isinstance(value[0], Span) else None
