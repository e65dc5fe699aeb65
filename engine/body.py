"""The body of an answer, language-free: one dictionary a material, with codes, citations, days due.

Names of laws, articles and materials are given as the files write them; every sentence is printed later by `explain`. What a
verdict gives for one pair of days is shared between answers: nobody may change it. Nothing here decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import reduce
from typing import Any

from engine import branches
from engine.catalogue import Credential, Source
from engine.deadlines import due_fields, stricter
from engine.facts import source_of
from engine.intake import Case
from engine.judge import Offer, Verdict
from engine.law import Residual, Rule, Span
from engine.people import Party
from engine.plan import UnitPlan
from engine.standing import SHARED_LIST, SHOWN_LIST, bases_in_force, check_sources, deferral_span, listed_in, lists_in_force, term_value
from engine.vocabulary import Fact

Entry = dict[str, Any]

#: What nobody has to do any more once the requirement is met.
_DONE_WHEN_MET = frozenset({"show_credential", "sign_letter", "hand_in", "query_source", "check_internally", "check_by_hand"})
_LISTS = {"commitment": "告知承诺清单", "deferral": "容缺受理清单", "abolished": "证明事项清单"}


def citation(rule: Rule) -> Entry:
    """Where a rule stands in the law. `review` says what legal staff must still confirm, if anything."""
    instrument = rule.instrument
    found: Entry = {"rule": rule.id, "instrument": instrument.title, "number": instrument.number, "article": rule.article, "rank": instrument.rank}
    if rule.doubts:
        found["review"] = rule.doubts
    return found


def citations(plan: UnitPlan, verdict: Verdict) -> list[Entry]:
    """The rules that ground the route, the basis of a material to hand in, the batches of the lists that open it."""
    found = [citation(rule) for rule in verdict.grounds]
    if verdict.route in ("submit", "deferral"):
        for basis in bases_in_force(plan.requirement, plan.place):
            entry: Entry = {"basis": True, "instrument": basis.instrument.title, "number": basis.instrument.number, "article": basis.article,
                            "rank": basis.instrument.rank}
            doubts = "；".join(text for text in (basis.review, basis.instrument.review) if text)
            if doubts:
                entry["review"] = doubts
            found.append(entry)
    found.extend(_list_citations(plan, verdict.route))
    return found


def _list_citations(plan: UnitPlan, route: str) -> Iterable[Entry]:
    item, material = str(plan.static["item"]), plan.requirement.code
    if route in _LISTS:
        batches = listed_in(_LISTS[route], item, material, plan.place)
        if route == "deferral":
            batches = (*batches, *listed_in("承诺审批清单", item, "", plan.place))
    elif route in ("shown", "shared"):
        codes = {one.code for one in plan.unit.credentials} if route == "shown" else set(
            plan.requirement.material.credentials if plan.requirement.material else ())
        kind = SHOWN_LIST if route == "shown" else SHARED_LIST
        batches = tuple(one for one in lists_in_force(kind, plan.place, plan.place.fact_day) if any(code in codes for _, code in one.rows))
    else:
        batches = ()
    for one in batches:
        yield {"list": one.kind, "division": one.division, "batch": one.batch, "published": one.start.isoformat(), "synthetic": one.synthetic}


def entry(plan: UnitPlan, verdict: Verdict, case: Case, party: Party) -> Entry:
    """What is said of one material in the body. Depends on the verdict, the person, the kind of number and the two days."""
    requirement = plan.requirement
    first = verdict.grounds[0] if verdict.grounds else None
    made: Entry = {"material": requirement.code}
    if requirement.per_person:
        made["person"] = party.id
    made |= {
        "name": requirement.name, "name_en": requirement.english, "role": requirement.role, "route": verdict.route or None, "mode": verdict.mode or None,
        "status": verdict.status, "finding": verdict.finding, "satisfied": verdict.satisfied,
        "reason": first.reason.code if first and first.reason else None, "rule": first.id if first else None,
        "grounds": [rule.id for rule in verdict.grounds], "citations": citations(plan, verdict),
        "residuals": [] if verdict.status in ("undetermined", "undecidable", "suspended") else residuals(plan, verdict, case, party),
        "offers": [offer(plan, one, verdict, case) for one in verdict.offers],
        "also_open": list(verdict.also_open),
        "considered": [{"route": one.route, "state": one.state, "because": [
            {"rule": rule.id, "kind": {"准许": "grant", "排除": "bar"}[rule.kind], "phrases": [phrase.code for phrase in phrases]}
            for rule, phrases in one.because]} for one in verdict.considered],
        "branches": branch_entries(verdict.tree),
    }
    if verdict.shown_state:
        made |= {"shown_state": verdict.shown_state, "may_show": [one.code for one in _may_show(plan, party)]}
    if verdict.ended:
        made["record_ended"] = True
    if requirement.review or (requirement.material and requirement.material.review):
        made["review"] = "；".join(filter(None, (requirement.review, requirement.material.review if requirement.material else "")))
    return made


def branch_entries(tree: branches.Tree) -> list[Entry]:
    """What comes out under which answers, for a material that still hangs on something."""
    if not isinstance(tree, branches.Fork):
        return []
    return [{"when": [phrase.code for phrase in path], "route": outcome[0] or None, "mode": outcome[1] or None}
            for path, outcome in branches.leaves(tree)]


def residuals(plan: UnitPlan, verdict: Verdict, case: Case, party: Party) -> list[Entry]:
    """What remains to be done: who, what, with what, until when. Several grounds ask for one act once."""
    found: dict[tuple[str, str], Entry] = {}
    for rule in verdict.grounds:
        for residual in rule.residuals:
            if verdict.satisfied == "yes" and residual.action.code in _DONE_WHEN_MET:
                continue
            found.setdefault((residual.actor.code, residual.action.code), _residual(residual, plan, verdict, case, party))
    return list(found.values())


def check_source(plan: UnitPlan, party: Party) -> Source | None:
    """Who makes the authority's own check of that kind of number here: of several the first; None where there is no standing check."""
    standing, id_type = check_sources(plan.requirement, plan.place), party.facts["person_id_type"]
    return next((one for one in standing if not one.id_types or id_type in one.id_types), next(iter(standing), None))


def _residual(residual: Residual, plan: UnitPlan, verdict: Verdict, case: Case, party: Party) -> Entry:
    made: Entry = {"actor": residual.actor.code, "action": residual.action.code}
    if residual.action.code == "show_credential":
        made["credentials"] = [one.code for one in _may_show(plan, party)]
    if residual.action.code in ("query_source", "ticket_to_provider", "check_by_hand", "check_internally", "notify_query"):
        standing = check_source(plan, party)
        source = standing if residual.action.code == "check_internally" and standing else source_of(plan.unit, party) or standing
        if source:
            made |= {"source": source.code, "provider": source.provider}
    span = term_span(residual, plan)
    if residual.action.code == "supplement" and verdict.route == "deferral":
        made |= _deferral_due(plan, span, case)
    elif span is not None:
        made |= due_fields(case.as_of, span, plan.place.rulebook.calendar, plan.place.chain)
    return made


def _may_show(plan: UnitPlan, party: Party) -> tuple[Credential, ...]:
    """What may be shown for the material by a holder of that kind of number."""
    return plan.unit.credentials_for(party.facts["person_id_type"])  # type: ignore[arg-type]


def term_span(residual: Residual, plan: UnitPlan) -> Span | None:
    """The length of the term a residual names: the letter's own for checks, else the division's."""
    if residual.action.code == "check_commitment" and plan.requirement.letter and plan.requirement.letter.check_within:
        return plan.requirement.letter.check_within
    if residual.span is not None:
        return residual.span
    if residual.term is None:
        return None
    value = term_value(residual.term.code, plan.place, plan.static)
    return value[0] if value and isinstance(value[0], Span) else None


def _deferral_due(plan: UnitPlan, span: Span | None, case: Case) -> Entry:
    """A deferred material is due within its published term and never after the item's promised day."""
    calendar, chain = plan.place.rulebook.calendar, plan.place.chain
    terms = [one for one in (deferral_span(plan.requirement, case.item, None, plan.place, plan.static), span, case.item.promised_time) if one]
    known = [row for row in (due_fields(case.as_of, one, calendar, chain) for one in terms) if row["due"]]
    if known:
        return min(known, key=lambda row: str(row["due"]))
    return due_fields(case.as_of, reduce(lambda one, other: stricter(one, other, "短"), terms), calendar, chain)   # no calendar yet: the shortest


def offer(plan: UnitPlan, one: Offer, verdict: Verdict, case: Case) -> Entry:
    """An elective that is offered: its rule, what it means, what stands otherwise."""
    made: Entry = {"route": one.route, "mode": one.mode or None, "rule": one.rule.id, "conditional": one.conditional,
                   "alternative": verdict.route or None, "citations": [citation(one.rule), *_list_citations(plan, one.route)]}
    if one.route == "deferral":
        value = term_value("overdue_consequence", plan.place, plan.static)
        made["consequence"] = value[0] if value else None
        made |= _deferral_due(plan, None, case)
    else:
        made["consequence"] = plan.requirement.letter.consequence if plan.requirement.letter else None
    return made


def fact_values(fact: Fact) -> list[str]:
    """The codes an answer may have."""
    return [value.code for value in fact.values] if fact.values else ["true", "false"] if fact.type == "是否" else []


def notice_term(plan: UnitPlan | None, case: Case, facts: Any, place: Any) -> Entry | None:
    """The one-time notice and its day due (行政许可法 32): the term, counted from the day of acceptance."""
    value = term_value("notice_term", place, facts)
    if not value or not isinstance(value[0], Span):
        return None
    start: date = case.application.accepted_on
    return {"kind": "one_time_notice", **citation(value[1]), **due_fields(start, value[0], place.rulebook.calendar, place.chain)}
