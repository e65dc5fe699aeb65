"""One case at a desk: what windows ask in it, what is disputed, decided again and taken in. Used by the tests of demands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlmodel import col, select

from api.records import cases, demand_story, demands
from api.records.acts import By
from api.records.cases import Handed, decide_anew
from api.records.demand_words import Asking
from api.records.notices import freeze
from api.records.records import Records
from api.records.restating import Anew
from api.records.tables import Alert, Demand
from tests.records.jobs import DAY, new_case, sample
from tests.records.writing import SOON

WINDOW, BACK, CHIEF = By("officer", "FS-0421", "综合窗口受理员"), By("officer", "FS-0900", "后台审核员"), By("officer", "FS-0017", "首席代表")
REASON, RENT, HOUSE, HAZARDOUS = "查到的登记与申请人出示的材料不一致", "housing_fund_rent_fushun", "house_sale_fushun", "hazardous_chemicals_fushun_refused_commitment"


@dataclass(frozen=True, slots=True)
class Desk:
    """One case and what is done with it."""

    records: Records
    case_id: str
    name: str

    def ask(self, kind: str, material: str | None = None, *, by: By = WINDOW, person: str = "", fact: str | None = None, text: str = "",
            stage: str = "window") -> Demand:
        return self.records.do(demands.record(self.records, self.case_id, Asking(stage, kind, material, person, fact, text), by))

    def view(self, row: Demand, language: str = "zh") -> dict[str, Any]:
        with self.records.reading() as session:
            return demand_story.view(self.records, session, row.id, language)

    def again(self, **document: Any) -> str:
        return self.records.do(decide_anew(self.records, Anew(self.case_id, document, DAY))).receipt.decision_id

    def answers(self, **results: str) -> str:
        """Decide again with other answers of the sources."""
        evidence = sample(self.name)["evidence"]
        return self.again(evidence={**evidence, "queries": evidence["queries"] | {code: {"result": one} for code, one in results.items()}})

    def receive(self, material: str) -> None:
        self.records.do(cases.receive(self.case_id, Handed(material, trust="B"), WINDOW, DAY))

    def go(self, name: str, by: By = WINDOW) -> None:
        self.records.do(cases.go(self.records, self.case_id, name, by))

    def freeze(self) -> None:
        self.records.do(freeze(self.records, self.case_id, WINDOW))

    def resolve(self, row: Demand, outcome: str = "released", by: By = CHIEF) -> Demand:
        return self.records.do(demands.resolve(self.records, row.id, by, outcome, "已经核对"))

    def dispute(self, row: Demand, by: By = WINDOW, conflict: str = "营业执照", reason: str = REASON) -> Demand:
        return self.records.do(demands.dispute(self.records, row.id, by, reason, conflict))

    def rows(self, table: Any = Demand) -> list[Any]:
        with self.records.reading() as session:
            return list(session.exec(select(table).where(table.case_id == self.case_id).order_by(col(table.at), col(table.id))))

    def alerts(self) -> list[tuple[str, str, str]]:
        """Source, code and card of every violation raised."""
        return sorted((one.source, one.code, one.card) for one in self.rows(Alert) if one.kind == "violation")


def desk(records: Records, name: str = RENT, known: Any = None, **changes: Any) -> Desk:
    return Desk(records, str(records.submit(new_case(records, name, known=known, **changes)).result(SOON).case_id), name)


def codes(row: Demand) -> list[str]:
    return [one["code"] for one in row.violations]


def blocked_licence(records: Records) -> tuple[Desk, Demand]:
    """A demand of a document the register shows."""
    at = desk(records, HAZARDOUS)
    return at, at.ask("hand_in", "营业执照")
