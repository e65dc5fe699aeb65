"""What the doors to the records answer, field by field. Shapes only."""

from __future__ import annotations

from typing import Any, Literal

from api.http.models import Answer, told

CASE_STATES = Literal["received", "noticed", "accepted", "deemed_accepted", "granted", "refused", "not_accepted", "withdrawn", "deemed_withdrawn",
                      "acceptance_cancelled", "terminated", "revoked"]


class NoticeSection(Answer):
    """告知书的一部分 A part of the notice."""

    title: str = told("标题", "Heading.", "一、需要您做的")
    lines: list[str] = told("逐条", "Its lines.", ["请出示居民身份证。"])


class NoticeHead(Answer):
    """告知书的抬头 One line of the head."""

    name: str = told("名称", "Name.", "事项")
    value: str = told("内容", "Value.", "住房公积金提取（租房）")


class NoticeAnswer(Answer):
    """一次性告知书 The one-time notice."""

    decision: str = told("判断的编号", "Id of the decision.", "5b0f4c1e-8f3a-4f0e-9d55-0a6b8a2a3c11")
    case: str = told("办件的编号，冻结的告知书才有", "Id of the case, of a frozen notice.", "0b7c9a52-6d5e-4a8c-8d53-61f6a2f0a7d4", True)
    frozen_at: str = told("告知时间，冻结的告知书才有", "When it was given, of a frozen notice.", "2026-11-22T09:40:00+08:00", True)
    hash: str = told("告知书的摘要（SHA-256），冻结的告知书才有", "Its SHA-256, of a frozen notice.", "ab12", True)
    language: Literal["zh-CN", "en"] = told("句子的语言", "Language of the sentences.", "zh-CN")
    heading: str = told("标题", "Heading.", "一次性告知书")
    head: list[NoticeHead] = told("抬头", "The head.", [])
    sections: list[NoticeSection] = told("各部分", "Its parts.", [])


class Difference(Answer):
    """一处不同 Where two bodies part."""

    pointer: str = told("位置（JSON 指针）", "Place, a JSON pointer.", "/outcome")
    recorded: Any = told("记录的", "As recorded.", "accept")
    now: Any = told("重算的", "As decided now.", "supplement")


class ReplayAnswer(Answer):
    """重算 What came out of deciding again."""

    decision: str = told("判断的编号", "Id of the decision.", "5b0f4c1e-8f3a-4f0e-9d55-0a6b8a2a3c11")
    identical: bool = told("正文是否逐字节相同", "Whether the body is the same byte for byte.", True)
    rulebook: str = told("当时的规则库版本", "Version of the rulebook it was decided under.", "sha256:0f1e")
    recorded_digest: str = told("记录的正文的摘要", "Digest of the recorded body.", "ab12")
    digest: str = told("重算的正文的摘要", "Digest of the body decided now.", "ab12")
    recorded_program: str = told("当时的程序版本", "Version of the program then.", "0.1.0")
    program: str = told("现在的程序版本", "Version of the program now.", "0.1.0")
    differences: list[Difference] = told("不同之处，至多二十处", "Where they part, at most twenty places.", [])


class CaseHead(Answer):
    """办件 A case."""

    id: str = told("办件编号", "Id of the case.", "0b7c9a52-6d5e-4a8c-8d53-61f6a2f0a7d4")
    number: str | None = told("调用方自己的编号", "The caller's own number.", "FS-2026-001")
    item: str = told("事项编码", "Code of the item.", "housing_fund_rent")
    division: str = told("决定机关所在区划", "Deciding division.", "210400")
    accepting_division: str | None = told("受理大厅所在区划", "Division of the hall.", "210403")
    received_on: str = told("收到申请的日期", "Day the application was received.", "2026-11-20")
    state: CASE_STATES = told("状态", "State.", "received")
    rulebook: str = told("收到时的规则库版本", "Rulebook in use when it was received.", "sha256:0f1e")
    decision_id: str = told("现行的判断", "The decision that stands.", "5b0f4c1e-8f3a-4f0e-9d55-0a6b8a2a3c11")
    opened_at: str = told("建档时间", "When it was opened.", "2026-11-22T09:30:00+08:00")
    notice_decision: str | None = told("告知书冻结的判断", "The decision frozen in the notice.", None)
    notice_hash: str | None = told("告知书的摘要", "SHA-256 of the notice.", None)
    notice_at: str | None = told("告知时间", "When the notice was given.", None)


class CaseList(Answer):
    """办件清单 Cases."""

    cases: list[CaseHead] = told("办件，新的在前", "Cases, the latest first.", [])
    next: str | None = told("下一页从哪个办件之后起；没有下一页为 null", "After which case the next page begins; null if there is none.", None)


class CaseStory(CaseHead):
    """办件全程 Everything recorded of a case."""

    decisions: list[dict[str, Any]] = told("历次判断，早的在前；后一次取代前一次", "Its decisions, the earliest first; each supersedes the one before.", [])
    received: list[dict[str, Any]] = told("收到的材料：何时、怎样、可信等级", "Materials received: when, how, at what trust.", [])
    commitments: list[dict[str, Any]] = told("告知承诺", "Commitments.", [])
    deferrals: list[dict[str, Any]] = told("容缺后补", "Deferred materials.", [])
    demands: list[dict[str, Any]] = told("索要", "Demands.", [])
    tickets: list[dict[str, Any]] = told("发给供数部门的工单，每份材料一行", "Tickets to data providers, a line for each copy.", [])
    decide_again: bool = told("供数部门的答复改变了现行判断所依据的数据，应当重新判断", "A provider's answer changes what the decision rests on: decide again.", False)
    clocks: list[dict[str, Any]] = told("期限", "Terms.", [])
    alerts: list[dict[str, Any]] = told("监察提示", "Alerts of the supervision.", [])
    acts: list[dict[str, Any]] = told("谁在何时做了什么", "Who did what when.", [])


class ReceivedAnswer(Answer):
    """收到的材料 A material received."""

    id: str = told("编号", "Id.", "1f0c")
    case_id: str = told("办件编号", "Id of the case.", "0b7c9a52-6d5e-4a8c-8d53-61f6a2f0a7d4")
    material: str = told("材料编码", "Code of the material.", "lease")
    person: str = told("谁的；空为申请人", "Whose; empty: the applicant's.", "")
    received_on: str = told("收到日期", "Day received.", "2026-11-22")
    at: str = told("登记时间", "When it was recorded.", "2026-11-22T09:30:00+08:00")
    channel: str = told("渠道", "Channel.", "window")
    trust: Literal["A", "B", "C", "D"] = told("可信等级", "Trust (国办函〔2016〕108号).", "B")
    valid_to: str | None = told("有效期至（含）", "Last day of validity.", None)
    checked_by: str | None = told("核原件的人", "Who compared it with the original.", "FS-0421")
    checked_at: str | None = told("核原件的时间", "When.", "2026-11-22T09:30:00+08:00")
