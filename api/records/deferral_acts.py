"""The acts on a deferred material: promising it in writing, handing it in, extending the term, and what a person does when it stays away.

A consequence is never more than the division publishes and never happens by itself. No act here waives a material: only a decision does. A promise
that is broken is told in the log and to the supervision; it bars nobody from anything, for no rule says that it does (抚顺 三（二）3 states no consequence).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

import orjson
from sqlmodel import col, func, select

from api.records import clocks, log
from api.records.acts import By, Conflict, case_of, found, move
from api.records.alerts import raised
from api.records.cases import Handed, Standing, decide_anew, receive
from api.records.deferrals import APPLICANT, OPEN, ROUTE, after_move, arrived, deferral, entry_of, names, needed, release
from api.records.ids import new_id
from api.records.instants import BEIJING, moment
from api.records.records import Records
from api.records.restating import Anew
from api.records.tables import CaseFile, Deferral
from api.records.writer import Pages
from engine.deadlines import MissingCalendar
from engine.lifecycle.deferrals import consequence, extended_due
from engine.lifecycle.machines import CASE, DEFERRAL, PENDING
from engine.problems import Problem, Refused
from engine.standing import Place, item_facts, material_facts, term_value

#: Moves of a deferral that close the case or take its decision back: the case makes the move of the same name.
_OF_THE_CASE: Final = ("cancel_acceptance", "deem_withdrawn", "terminate", "revoke")

#: What may follow an overdue supplement where the division publishes nothing: closing, with a reason a person writes. The others need a published ground
#: (浙江 11(2), 安阳 24(1)).
_UNPUBLISHED: Final = "terminate"


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised, for whose copy, by whom, with the evidence of the day."""

    case_id: str
    material: str
    person: str = ""
    promised_by: str = "self"
    note: str = ""
    evidence: Mapping[str, Any] | None = None


def promise(records: Records, said: Promise, by: By) -> Callable[[Pages], Deferral]:
    """The act of promising in writing: the case is decided again with the deferral chosen, and the term runs from today.

    Raises NoSuchRecord, Conflict (not deferrable, promised already, not settled once chosen, case closed), Refused, Erased.
    """
    person = "" if said.person == APPLICANT else said.person

    def does(pages: Pages) -> Deferral:
        session = pages.session
        case = case_of(session, said.case_id)
        last = log.decision(session, case.decision_id)
        assert last is not None
        name = _name(records, said.material)
        _deferrable(entry_of(orjson.loads(last.body), said.material, person), records, name)
        if session.exec(select(Deferral.id).where(col(Deferral.case_id) == case.id, col(Deferral.material) == said.material,
                                                  col(Deferral.person) == person, col(Deferral.state) != "released")).first() is not None:
            raise Conflict("promised-already", f"“{name[0]}”在这个办件里已经承诺过补交；看一看已有的那一份。",
                           f"“{name[1]}” was promised in this case already; look at that deferral.")
        changes = {"choices": _choices(records, last.application.get("choices") or {}, said.material, person)}
        body = _decide(records, pages, case, changes | ({"evidence": said.evidence} if said.evidence else {}))
        entry = entry_of(body, said.material, person)
        if not needed(body, said.material, person):
            zh, en = _route(records, entry)
            raise Conflict("not-needed", f"“{name[0]}”不用再承诺补交：{zh}。请再作一次判断。", f"“{name[1]}” need not be promised any more: {en}. Decide the case again.")
        if entry is None or entry["route"] != ROUTE or entry["status"] != "settled":
            raise Conflict(
                "deferral-not-open", f"选择容缺后补以后，“{name[0]}”仍然不能后补：其他主件要齐备，还有没说明的情况、没查清的事项要先弄清；过了一天的证据要重新提供。",
                f"Even when chosen, “{name[1]}” cannot be deferred: the other principal materials must be complete and nothing may be open; evidence of an earlier day "
                "has to be stated again.")
        return promised(records, pages, case, entry, (said.material, person), by, {"promised_by": said.promised_by, "note": said.note})

    return does


def promised(records: Records, pages: Pages, case: CaseFile, entry: Mapping[str, Any], copy: tuple[str, str], by: By, note: Mapping[str, Any]) -> Deferral:
    """The promise itself, of a copy (material, person) whose entry stands at the deferral: its record, and the term that runs. Raises Conflict."""
    material, person = copy
    rounds = pages.session.exec(select(func.count()).select_from(Deferral).where(
        col(Deferral.case_id) == case.id, col(Deferral.material) == material, col(Deferral.person) == person)).one()
    supplement = next((one for one in entry["residuals"] if one["action"] == "supplement"), None)
    if supplement is None:
        raise Conflict("no-term", f"“{entry['name']}”没有公布补交期限，不能容缺后补。",
                       f"No term is published for handing “{entry['name_en']}” in later, so it cannot be deferred.")
    due = date.fromisoformat(supplement["due"]) if supplement["due"] else None
    rule = dict(supplement["due_rule"]) | ({"missing": supplement["due_missing"]} if "due_missing" in supplement else {})
    row = Deferral(id=new_id(), case_id=case.id, decision_id=case.decision_id, material=material, person=person, round=int(rounds) + 1,
                   mode=entry["mode"], state="", promised_at=pages.at, due=due, due_rule=rule, consequence=published(records, pages, case, material))
    move(pages, DEFERRAL, row, "promise", by, case.id, {"material": material, "person": person, "due": supplement["due"], **note})
    clocks.run(pages, case.id, (ROUTE, row.id), "supplement", rule, due)
    return row


def _name(records: Records, material: str) -> tuple[str, str]:
    found_ = records.rulebook.materials.get(material)
    return (found_.name, found_.english) if found_ else (material, material)


def _deferrable(entry: Mapping[str, Any] | None, records: Records, name: tuple[str, str]) -> None:
    """Raises Conflict where the decision that stands neither offers nor takes the deferral."""
    if entry is None:
        raise Conflict("not-asked", f"现行的判断里没有“{name[0]}”，不用补交。", f"The decision that stands does not ask for “{name[1]}”; there is nothing to promise.")
    if entry["route"] == ROUTE or any(one["route"] == ROUTE for one in entry["offers"]):
        return
    zh, en = _route(records, entry)
    raise Conflict("not-deferrable", f"现行的判断没有提供“{entry['name']}”的容缺后补：{zh}。为什么不能后补，看那次判断的说明（explain=full）。",
                   f"The decision that stands offers no deferral of “{entry['name_en']}”: {en}. Its explanation (explain=full) says why.")


def _route(records: Records, entry: Mapping[str, Any] | None) -> tuple[str, str]:
    if entry is None:
        return "不再需要它", "it is not asked for any more"
    route = records.rulebook.routes.get(entry["route"] or "")
    return (f"它的路径是“{route.name}”", f"its route is “{route.english}”") if route else ("它还没有定下来", "it is not settled yet")


def _choices(records: Records, earlier: Mapping[str, Any], material: str, person: str) -> dict[str, Any]:
    """The applicant's choices with this one made; a key may name the material by its code or its name."""
    codes = {one.name: one.code for one in records.rulebook.materials.values()}
    made: dict[str, Any] = {}
    chosen: dict[str, Any] = {}
    for key, choice in earlier.items():
        word, _, whose = key.partition("/")
        if (codes.get(word, word), whose or APPLICANT) == (material, person or APPLICANT):
            chosen = {name: value for name, value in choice.items() if name not in ("commitment", "signed_by")}     # one way, not two
        else:
            made[key] = choice
    made[f"{material}/{person}" if person else material] = {**chosen, "deferral": "yes"}
    return made


def _decide(records: Records, pages: Pages, case: CaseFile, document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Decide the case again, as of today, inside this act; gives the body."""
    standing = decide_anew(records, Anew(case.id, document, _today(pages)))(pages)
    assert isinstance(standing, Standing)
    pages.flush()
    return standing.body


def _today(pages: Pages) -> date:
    return pages.now.astimezone(BEIJING).date()


def published(records: Records, pages: Pages, case: CaseFile, material: str) -> str | None:
    """The code of the consequence the division publishes for a late supplement, under the law in use when the case was received; None: none."""
    rulebook = records.rulebooks.decider(case.rulebook, pages.session).rulebook
    item = rulebook.item(case.item, case.division)
    if item is None:
        return None
    place = Place(rulebook, rulebook.chain(case.division), case.received_on, case.received_on)
    every = (one for requirement in item.requirements for one in (requirement, *(m for members in requirement.alternatives for m in members)))
    requirement = next((one for one in every if one.material is not None and one.code == material), None)
    value = term_value("overdue_consequence", place, material_facts(requirement, item, place) if requirement else item_facts(item, place))
    return str(value[0]) if value else None


# -- handing in -----------------------------------------------------------------------------------------------------------

@dataclass(frozen=True, slots=True)
class Supplement:
    """The material, when and how it arrived. `at` None: now."""

    at: datetime | None = None
    channel: str = "window"
    trust: str = "C"
    valid_to: date | None = None
    evidence: Mapping[str, Any] | None = None


def _locked(pages: Pages, deferral_id: str) -> tuple[CaseFile, Deferral]:
    """The case and the deferral, locked in the order in which everybody locks them. Raises NoSuchRecord."""
    case = case_of(pages.session, deferral(pages.session, deferral_id).case_id)
    return case, found(pages.session, Deferral, deferral_id)


def supplement(records: Records, deferral_id: str, said: Supplement, by: By) -> Callable[[Pages], Deferral]:
    """The act of handing the material in: in time or late by the day it arrived; while the case is pending it is decided again with it.

    Raises NoSuchRecord, IllegalMove, Conflict, Refused (an arrival in the future or before the promise), Erased.
    """
    def does(pages: Pages) -> Deferral:
        case, row = _locked(pages, deferral_id)
        at = (said.at if said.at is None or said.at.tzinfo else said.at.replace(tzinfo=BEIJING)) or pages.now
        if at > pages.now:
            raise Refused([Problem("wrong-day", "到达时间还没有到。", "The time of arrival has not come yet.", field="arrived_at")])
        if at < moment(row.promised_at).replace(second=0, microsecond=0):
            raise Refused([Problem("wrong-day", "到达时间早于承诺补交的时间。", "It arrived before it was promised.", field="arrived_at")])
        if row.due is None and row.state in OPEN:
            rule = row.due_rule
            row.due = clocks.day_due(records.rulebook, case.division, date.fromisoformat(rule["start"]), rule["count"], rule["unit"])
        arrived(pages, row, by, at, said.channel, records.policy.closes, {"trust": said.trust})
        handed = Handed(row.material, row.person, said.channel, said.trust, at.astimezone(BEIJING).date(), said.valid_to)
        receive(case.id, handed, by, _today(pages), records.policy.closes)(pages)
        if case.state in PENDING:
            _decide(records, pages, case, {"evidence": said.evidence} if said.evidence else {})
        return row

    return does


# -- extending ------------------------------------------------------------------------------------------------------------

def extend(records: Records, deferral_id: str, first: date, last: date, reason: str, by: By) -> Callable[[Pages], Deferral]:
    """The act of giving back days that force majeure took away (民法典 180 and practice, 待法务核对): as many as were lost, and the clock with them.

    Raises NoSuchRecord, IllegalMove, Conflict, Refused (days the wrong way round, after the term or before the promise).
    """
    def does(pages: Pages) -> Deferral:
        case, row = _locked(pages, deferral_id)
        DEFERRAL.after(row.state, "extend")
        if row.due is None:
            raise Conflict("due-unknown", "这份材料的到期日要等放假安排公布才知道，现在不能延长。",
                           "Its day due is not known until the calendar is published; nothing can be extended yet.")
        if first <= moment(row.promised_at).date():
            raise Refused([Problem("wrong-day", "承诺当天不计入期限：受影响的日子应当在它以后。",
                                   "The term begins after the day of the promise; the days lost must lie after it.", field="from")])
        earlier = row.due_rule.get("extended", [])
        if any(first.isoformat() <= one["to"] and one["from"] <= last.isoformat() for one in earlier):
            raise Conflict("days-counted", "这些日子里有的已经补过了，不能补两次。", "Some of these days were given back already; they cannot be given back twice.")
        try:
            due = extended_due(row.due, (first, last), records.rulebook.calendar, records.rulebook.chain(case.division), row.due_rule["unit"])
        except MissingCalendar as missing:
            raise Conflict("calendar-missing", f"{missing.year}年的放假安排还没有公布，算不出延长到哪一天；公布以后再办。",
                           f"The calendar for {missing.year} is not published yet, so the new day cannot be told; do this once it is.") from None
        if due == row.due:
            raise Conflict("nothing-lost", "这些日子里没有工作日，期限没有受影响。", "None of these days is a working day; the term lost nothing.")
        if due < _today(pages):
            raise Conflict("still-overdue", f"补上受影响的日子，期限也只到 {due}，已经过去。", f"Even with the days given back it was due on {due}, which has passed.")
        move(pages, DEFERRAL, row, "extend", by, case.id, {
            "from": first.isoformat(), "to": last.isoformat(), "reason": reason, "due": {"before": row.due.isoformat(), "after": due.isoformat()}})
        row.due_rule = {**row.due_rule, "extended": [*earlier, {"from": first.isoformat(), "to": last.isoformat(), "before": row.due.isoformat()}]}
        row.due = due
        pages.session.add(row)
        clocks.again(pages.session, (ROUTE, row.id), "supplement", due)
        return row

    return does


# -- what a person does ---------------------------------------------------------------------------------------------------

def may(row: Deferral) -> tuple[str, ...]:
    """The moves a person may make now: those of the machine, of the consequences only the one that is open here. A release is not listed: what the
    decision needs cannot be released, and what it does not need is released at once."""
    follows = consequence(row.mode or "", row.consequence) or _UNPUBLISHED
    moves = [one.name for one in DEFERRAL.allowed(row.state)]
    return tuple(name for name in moves if name in ("supplement", "extend", "revoke") or name == follows)


def act(records: Records, deferral_id: str, name: str, by: By, note: str = "", until: date | None = None) -> Callable[[Pages], Deferral]:
    """The act of applying the consequence, or of releasing the applicant. `until`: the last day of an order to rectify.

    Raises NoSuchRecord, IllegalMove (of the deferral or of the case), Conflict (not the consequence of the place, still needed), Refused
    (no reason, no day).
    """
    def does(pages: Pages) -> Deferral:
        case, row = _locked(pages, deferral_id)
        DEFERRAL.after(row.state, name)
        if name == "release":
            _needless(pages, case, row)
            release(pages, row, by, {"note": note})
            return row
        _its_consequence(row, name)
        if not note.strip():
            raise Refused([Problem("missing-field", "要书面说明理由（note），并送达申请人。",
                                   "The reason has to be given in writing (note) and served on the applicant.", field="note")])
        if name == "order":
            _order(pages, case, row, by, note, until)
            return row
        if name == "revoke":
            _not_before(pages, row)
        move(pages, DEFERRAL, row, name, by, case.id, {"note": note, "promise": "broken"})
        clocks.stop(pages.session, (ROUTE, row.id))
        assert name in _OF_THE_CASE
        move(pages, CASE, case, name, by, case.id, {"note": note, "deferral": row.id})
        clocks.stop(pages.session, ("case", case.id))
        after_move(pages, case)
        if name == "revoke":
            zh, en = names(pages.session, row)
            raised(pages, case.id, "term", "promise_broken", "none", row.id,
                   f"承诺补交的“{zh}”没有补交，改正期满后决定已撤销。抚顺 三（二）3 要求记录守诺情况；没有规则写明后果，不影响以后的办理。",
                   f"“{en}” was promised and never came; after the order to rectify the decision was revoked. The broken promise is on record; no rule attaches "
                   "any effect to it.")
        return row

    return does


def _needless(pages: Pages, case: CaseFile, row: Deferral) -> None:
    """A person releases what the decision no longer needs; what it needs is not waived by hand. Raises Conflict."""
    recorded = log.decision(pages.session, case.decision_id)
    assert recorded is not None
    if needed(orjson.loads(recorded.body), row.material, row.person):
        zh, en = names(pages.session, row)
        raise Conflict("still-needed", f"现行的判断仍然需要“{zh}”，不能免掉；情况变了的，先再作一次判断。",
                       f"The decision that stands still needs “{en}”, which nobody may waive by hand; if facts changed, decide the case again.")


def _its_consequence(row: Deferral, name: str) -> None:
    """Raises Conflict where another consequence, or none, is published."""
    follows = consequence(row.mode or "", row.consequence)
    if name == "revoke" or name == (follows or _UNPUBLISHED):
        return
    words = {one.name: one for one in DEFERRAL.moves}
    asked = words[name]
    if follows is None:
        raise Conflict("no-such-consequence", f"本地没有公布逾期后果，不能{asked.zh}；由人决定：可以等候补交、延长期限，或者说明理由终止办理。",
                       f"No consequence is published here, so one cannot {asked.en}; a person decides: wait, extend the term, or close the case for a stated reason.")
    raise Conflict("other-consequence", f"逾期的后果是“{words[follows].zh}”，不能{asked.zh}。",
                   f"What follows an overdue supplement here is to {words[follows].en}; one cannot {asked.en}.")


def _order(pages: Pages, case: CaseFile, row: Deferral, by: By, note: str, until: date | None) -> None:
    """Order the applicant to rectify by a day that the officer names: no text publishes its length."""
    today = _today(pages)
    if until is None or until <= today:
        raise Refused([Problem("wrong-day", "责令限期改正要写明到哪一天（until），而且在今天以后。",
                               "An order to rectify names the last day (until), which lies after today.", field="until")])
    move(pages, DEFERRAL, row, "order", by, case.id, {"note": note, "until": until.isoformat()})
    rule = {"start": today.isoformat(), "count": (until - today) // timedelta(days=1), "unit": "natural_day"}
    clocks.stop(pages.session, (ROUTE, row.id))
    clocks.run(pages, case.id, (ROUTE, row.id), "rectify", rule, until)


def _not_before(pages: Pages, row: Deferral) -> None:
    """The decision is not revoked before the order's last day has passed. Raises Conflict."""
    until = clocks.due_of(pages.session, (ROUTE, row.id), "rectify")
    if until is not None and _today(pages) <= until:
        raise Conflict("order-running", f"责令改正的期限到 {until}，还没有过，不能撤销决定。",
                       f"The order to rectify runs until {until}; the decision cannot be revoked before.")
