"""One commitment of a sample application and what one does with it: for the tests of its life."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import orjson
from sqlmodel import select

from api.records import cases, commitment_story, commitments, log
from api.records.acts import APPLICANT, By
from api.records.commitment_letters import Copy, entry_of
from api.records.commitments import Check
from api.records.log import verify
from api.records.records import Records
from api.records.restating import Anew
from api.records.tables import CaseFile, Clock, Commitment
from api.rule_files import bundled, open_rulebook
from engine.decide import Decider
from engine.reading import read_rulebook
from tests.records.jobs import new_case

OFFICER = By("officer", "DC-0107", "综合窗口受理员")
TODAY = date(2026, 11, 22)
JOB, FIRE = "unemployment_commitment_dechang", "fire_safety_inspection_jiayuguan_commitment"
PAPER = {JOB: "employment_end_certificate", FIRE: "fire_floor_plans", "hygiene_permit_fushun_commitment": "hygiene_test_report",
         "housing_fund_rent_fushun": "no_home_certificate", "care_elsewhere_shaoyang": "residence_elsewhere_certificate"}
CHECKED = Check("confirmed", "online")
FALSE = Check("refuted", "on_site", "离职证明与社保记录不符")


class One:
    """One commitment and what one does with it."""

    def __init__(self, records: Records, name: str = JOB, material: str | None = None, **changes: Any):
        self.records = records
        self.case = opened(records, name, **{"choices": {}, **changes})
        self.material = material or PAPER[name]
        self.id = self.offer().id

    def offer(self, **how: Any) -> Commitment:
        return self.records.do(commitments.offer(self.records, self.case, Copy(self.material), OFFICER, **how))

    def sign(self, signed_by: Any = "self", electronic: bool = False, evidence: Any = None) -> Commitment:
        return self.records.do(commitments.sign(self.records, self.id, signed_by, electronic, APPLICANT, self.records.today(), evidence))

    def withdraw(self) -> Commitment:
        return self.records.do(commitments.withdraw(self.records, self.id, APPLICANT, self.records.today()))

    def decline(self) -> Commitment:
        return self.records.do(commitments.decline(self.records, self.id, APPLICANT, self.records.today()))

    def check(self, found: Check = CHECKED) -> Commitment:
        return self.records.do(commitments.check(self.records, self.id, found, OFFICER, self.records.today()))

    def order(self, days: int = 10) -> Commitment:
        return self.records.do(commitments.order(self.records, self.id, days, "补正", OFFICER, self.records.today()))

    def rectify(self) -> Commitment:
        return self.records.do(commitments.rectify(self.id, "", OFFICER))

    def revoke(self) -> Commitment:
        return self.records.do(commitments.revoke(self.id, "", OFFICER))

    def go(self, *moves: str) -> None:
        for name in moves:
            self.records.do(cases.go(self.records, self.case, name, OFFICER))

    def told(self) -> dict[str, Any]:
        with self.records.reading() as session:
            return commitment_story.one(session, self.records.rulebook, self.id)

    def clocks(self) -> list[tuple[str, str, Any]]:
        return sorted((one.kind, one.state, one.due) for one in rows(self.records, Clock) if one.subject == "commitment" and one.subject_id == self.id)

    def entry(self) -> Any:
        return standing(self.records, self.case, self.material)


def opened(records: Records, name: str, **changes: Any) -> str:
    return str(records.submit(new_case(records, name, **changes)).result(30).case_id)


def rows(records: Records, table: Any) -> list[Any]:
    with records.reading() as session:
        return list(session.exec(select(table)))


def standing(records: Records, case_id: str, material: str) -> Any:
    """What the decision that stands says of the material."""
    with records.reading() as session:
        case = session.get(CaseFile, case_id)
        return entry_of(orjson.loads(log.decision(session, case.decision_id).body), Copy(material))


def again(records: Records, case_id: str, day: date | None = None, **document: Any) -> Any:
    return records.do(cases.decide_anew(records, Anew(case_id, document, day or records.today())))


def sound(records: Records) -> bool:
    with records.reading() as session:
        return not verify(session).flaws


@contextmanager
def altered(url: str, hands: Any, **changes: tuple[str, str, str]) -> Iterator[Records]:
    """Records under a rulebook in which lines of files read otherwise."""
    texts = dict(open_rulebook(bundled()))
    for ending, old, new in changes.values():
        [path] = [path for path in texts if path.endswith(ending)]
        assert old in texts[path]
        texts[path] = texts[path].replace(old, new, 1)
    made = Records(url, Decider(read_rulebook(texts)), texts, hands, program="test")
    try:
        yield made
    finally:
        made.close()
