"""What stands in the way of granting a case: an outcome that is blocked, a copy that still waits for the authority, a supplement that is due, and in a bundle
what the other steps have not issued or taken in yet.

The decision that stands is read, nothing is decided and nothing is asked. Refusing stays free: nobody has to be kept waiting to be refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlmodel import Session

from api.records import deferrals, log
from api.records.acts import Conflict
from api.records.bundle_granting import before_grant_in_bundle
from api.records.tables import CaseFile
from engine.given import APPLICANT
from engine.rulebook import Rulebook

#: Routes on which the authority itself finds out, so that nothing stands until it has.
_BY_AUTHORITY: Final = frozenset({"agency_check", "agency_followup"})
_AWAITING: Final = "awaiting_authority"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A copy that waits for a finding. `kind`: `query` or `check`; `key`: `material[/person]`; `source`: code, empty where none is in use."""

    kind: str
    key: str
    zh: str
    en: str
    source: str


def _counted(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The entries on which the outcome rests: of alternatives the list taken, or every list while none is."""
    for one in (*body["materials"], *body["establishes"]):
        if "alternatives" not in one:
            yield one
            continue
        for way in one["alternatives"]:
            if way["chosen"] or one["status"] != "settled":
                yield from way["materials"]


def waiting(body: Mapping[str, Any]) -> tuple[Waiting, ...]:
    """The copies of a decision that wait for the authority: a query or a check nobody has answered, 部门补核 without a finding.

    What waits for the applicant, or for a record to be looked up, is another matter; so is a dispute, in which the applicant's own document counts.
    """
    asked = {one["material"]: one for one in body["awaiting"] if one["kind"] in ("query", "check") and "material" in one}
    found = []
    for one in _counted(body):
        person = one.get("person") or APPLICANT
        key = str(one["material"]) if person == APPLICANT else f"{one['material']}/{person}"
        row = asked.get(key)
        if one["status"] == _AWAITING and row is not None:
            found.append(Waiting(row["kind"], key, one["name"], one["name_en"], row.get("source", "")))
        elif one["route"] in _BY_AUTHORITY and one["satisfied"] == "waiting":
            source = next((residual["source"] for residual in one["residuals"] if "source" in residual), "")
            found.append(Waiting("check", key, one["name"], one["name_en"], source))
    return tuple(dict.fromkeys(found))


def before_grant(session: Session, case: CaseFile, rulebook: Rulebook) -> None:
    """What is blocked, not found out or not handed in yet, here or in another step of the bundle, is not granted. Raises Conflict, Erased."""
    last = log.decision(session, case.decision_id)
    assert last is not None
    body = orjson.loads(last.body)
    before_grant_in_bundle(session, case, rulebook, last, _counted(body))
    if body["outcome"] == "blocked":
        raise _blocked(body, case.id)
    open_ = waiting(body)
    if open_:
        raise _check_open(open_, case.id, rulebook)
    deferrals.before_grant(session, case.id)


def _blocked(body: Mapping[str, Any], case_id: str) -> Conflict:
    against = [one for one in _counted(body) if one["finding"] == "negative"]
    zh = f"（“{'、'.join(one['name'] for one in against)}”查明的情况不符合要求）" if against else ""
    en = f" (what was found about “{', '.join(one['name_en'] for one in against)}” does not meet the requirement)" if against else ""
    return Conflict(
        "blocked", f"现行的判断是不能受理{zh}，不能准予。情况变了的，POST /v1/cases/{case_id}/decisions 再判断一次；"
                   f"申请人认为数据不对的，POST /v1/cases/{case_id}/disputes 提出异议；否则不予办理。",
        f"The decision that stands is blocked{en}, so the case cannot be granted. If things have changed, decide it again "
        f"(POST /v1/cases/{case_id}/decisions); if the applicant says that the data are wrong, dispute them (POST /v1/cases/{case_id}/disputes); else refuse it.")


def _check_open(open_: tuple[Waiting, ...], case_id: str, rulebook: Rulebook) -> Conflict:
    def told(one: Waiting, chinese: bool) -> str:
        source = rulebook.sources.get(one.source)
        name = f"“{one.zh if chinese else one.en}”"
        if source is None:
            return name
        return f"{name}（{source.provider}的“{source.name}”）" if chinese else f"{name} ({source.english})"

    example: dict[str, Any] = {}
    for one in open_:
        part, result = ("queries", "valid") if one.kind == "query" else ("checks", "confirmed")
        example.setdefault(part, {})[one.key] = {"result": result}
    how = f"POST /v1/cases/{case_id}/decisions {orjson.dumps({'evidence': example}).decode()}"
    names = " ".join(dict.fromkeys("evidence.queries" if one.kind == "query" else "evidence.checks" for one in open_))
    return Conflict(
        "check-open", f"{'、'.join(told(one, True) for one in open_)}还在等部门查明，有了结果才能准予；不能向申请人要。"
                      f"查明的结果写在 {names} 里，例如：{how}。",
        f"{', '.join(told(one, False) for one in open_)}: the authority has not found out yet, and the case can be granted once it has; "
        f"the applicant is not asked for it. Enter the finding in {names}, for example: {how}.")
