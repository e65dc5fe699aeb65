"""What the doors to tickets and disputes take and answer, field by field; and tickets as a decision lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field

from api.http.acting import Officer, Statement
from api.http.language import Language
from api.http.models import Answer, told
from api.records.decisions import Listed
from engine.application import Evidence
from engine.rulebook import Rulebook
from engine.wording.tickets import told as worded

TICKET_KINDS = Literal["outage", "unclear", "mismatch", "gap", "correction"]
TICKET_STATES = Literal["open", "answered", "closed"]
FOUND = Literal["corrected", "confirmed", "restored", "no_record"]

_KIND = "为什么：查询中断、结果不明、信息不符、查无记录、校核纠错"
_PERSON = "谁的：本申请内的编号；空为申请人 Whose copy: id inside the application; empty: the applicant's."


def listed(tickets: Sequence[Listed], body: Mapping[str, Any], rulebook: Rulebook, spoken: Language | None) -> dict[str, Any]:
    """The tickets that stand once a decision is recorded, beside its body. `spoken` None: without the sentence."""
    rows = [{"id": one.id, "kind": one.kind, "source": one.source, "provider": one.provider, "material": one.material,
             **({"person": one.person} if one.person else {})} for one in tickets]
    return {"tickets": rows, **({"tickets_text": worded(rows, body, rulebook, spoken)} if spoken else {})}


class Answering(Statement):
    """供数部门的答复 What the provider of the data found."""

    officer: Officer = Field(description="供数部门的谁答复的 The provider's officer.")
    found: FOUND = Field(description="数据已更正、数据无误、查询已恢复、确无记录 The data were corrected; they stand; the source is back; there is no record.",
                         examples=["corrected"])
    note: str = Field("", max_length=2000, description="说明；不写个人信息 A note, without personal data.", examples=["登记日期录入有误，已更正"])


class Closing(Statement):
    """了结 Closing an answered ticket."""

    officer: Officer = Field(description="谁了结的 Who closes it.")
    note: str = Field("", max_length=2000, description="说明 A note.", examples=["已对办件重新判断"])


class DisputingData(Statement):
    """申请人对数据有异议 The applicant says that the data found are wrong."""

    officer: Officer = Field(description="谁登记的 Who records it.")
    material: str = Field(min_length=1, max_length=80, description="材料编码或者名称 Code or name of the material.", examples=["marriage_certificate"])
    person: str = Field("", max_length=80, description=_PERSON, examples=["p1"])
    reason: str = Field(min_length=1, max_length=2000, description="哪里不对 What is wrong with them.", examples=["我已经离婚，查到的仍然是结婚登记"])
    evidence: Evidence | None = Field(None, description="当天的证据；过了一天要重新提供 Evidence of the day; that of an earlier day has to be stated again.")


class TakingBack(Statement):
    """撤回异议 Taking a dispute back."""

    officer: Officer = Field(description="谁登记的 Who records it.")
    material: str = Field(min_length=1, max_length=80, description="材料编码或者名称 Code or name of the material.", examples=["marriage_certificate"])
    person: str = Field("", max_length=80, description=_PERSON, examples=["p1"])
    reason: str = Field("", max_length=2000, description="说明 A note.", examples=["数据已经更正"])
    evidence: Evidence | None = Field(None, description="当天的证据；过了一天要重新提供 Evidence of the day; that of an earlier day has to be stated again.")


class TicketHead(Answer):
    """数据工单 A ticket to a data provider."""

    id: str = told("编号", "Id.", "6c0f2a1e")
    source: str = told("数据源编码", "Code of the source.", "marriage_records")
    source_name: str = told("数据源名称", "Name of the source.", "婚姻登记信息")
    provider: str = told("供数部门", "Who answers for it.", "民政部门")
    division: str = told("决定机关所在区划", "Deciding division.", "210400")
    kind: TICKET_KINDS = told(_KIND, "Why: an outage, an unclear answer, a mismatch, a gap, a correction.", "outage")
    state: TICKET_STATES = told("状态", "State.", "open")
    state_text: str = told("状态的说法", "The state in words.", "待供数部门答复")
    answer: FOUND | None = told("供数部门的答复", "What the provider found.", None)
    opened_at: str = told("发出时间", "When it was opened.", "2026-11-22T09:30:00+08:00")
    answered_at: str | None = told("答复时间", "When it was answered.", None)
    closed_at: str | None = told("了结时间", "When it was closed.", None)
    cases_count: int = told("涉及几个办件", "How many cases it is about.", 2)
    may: list[str] = told("现在可以作的", "What can be done now.", ["restored"])


class TicketList(Answer):
    """数据工单 Tickets."""

    tickets: list[TicketHead] = told("新的在前", "The latest first.", [])
    next: str | None = told("下一页从哪一张之后起；没有下一页为 null", "After which the next page begins; null if there is none.", None)


class TicketCopy(Answer):
    """涉及的一份材料 A copy a ticket is about."""

    case_id: str = told("办件编号", "Id of the case.", "0b7c9a52-6d5e-4a8c-8d53-61f6a2f0a7d4")
    case_state: str = told("办件的状态", "State of the case.", "received")
    decision_id: str = told("哪次判断", "The decision that owed it.", "5b0f4c1e-8f3a-4f0e-9d55-0a6b8a2a3c11")
    material: str = told("材料编码", "Code of the material.", "marriage_certificate")
    person: str = told("谁的；空为申请人", "Whose; empty: the applicant's.", "")
    at: str = told("何时", "When.", "2026-11-22T09:30:00+08:00")


class TicketAnswer(TicketHead):
    """一张工单的全部 Everything about a ticket."""

    due: str | None = told("答复的最后一天；本地没有公布期限的为 null", "Last day for an answer; null where the division sets no term.", None)
    cases: list[TicketCopy] = told("涉及的办件和材料，早的在前，至多一百", "The copies it is about, the earliest first, a hundred at most.", [])
    steps: list[dict[str, Any]] = told("每一步是谁在何时做的", "Who did what when.", [])


class SourceFigures(Answer):
    """一个数据源 One source."""

    provider: str = told("供数部门", "Who answers for it.", "民政部门")
    source: str = told("数据源编码", "Code of the source.", "marriage_records")
    opened: int = told("发出几张", "Tickets opened.", 3)
    open: int = told("待答复几张", "Waiting for an answer.", 1)
    answered: int = told("答复过几张", "Answered.", 2)
    outages: int = told("其中中断几次", "Outages among them.", 1)
    cases: int = told("涉及几个办件", "Cases touched.", 5)
    mean_hours: float | None = told("平均几小时答复；没有答复过的为 null", "Mean hours to an answer; null where none was.", 6.5)


class TicketSummary(Answer):
    """各部门、各数据源的工单 Tickets per provider and source."""

    division: str | None = told("区划；null 为全部", "Division; null: all.", "210400")
    since: str = told("从哪天起发出的", "Opened since.", "2026-10-23")
    sources: list[SourceFigures] = told("逐个数据源", "Each source.", [])
