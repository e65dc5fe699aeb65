"""What the doors to commitments and credit records answer, field by field. Shapes only."""

from __future__ import annotations

from typing import Any, Literal

from api.http.models import Answer, told

State = Literal["offered", "declined", "signed", "withdrawn", "kept", "false", "rectifying", "rectified", "revoked"]
Signer = Literal["self", "agent", "guardian", "helper"]
CreditKind = Literal["minor", "ordinary", "serious", "false_commitment"]
CreditState = Literal["recorded", "repaired"]

_CASE = "0b7c9a52-6d5e-4a8c-8d53-61f6a2f0a7d4"
_COMMITMENT = "6f1d2c3b-0a4e-4b1f-9c77-2d8f5b0e9a10"
_DECISION = "5b0f4c1e-8f3a-4f0e-9d55-0a6b8a2a3c11"
_CREDIT = "a3b9c0de-5f27-4c7b-8b2e-7f4d1c6e2b90"


class DueRule(Answer):
    """期限的算法 How a term is counted."""

    start: str = told("起算日，不计入", "Day from which it runs, not counted.", "2026-11-22")
    count: int = told("多长", "How long.", 20)
    unit: Literal["hour", "working_day", "natural_day", "month"] = told("单位", "Unit.", "working_day")


class Length(Answer):
    """时长 A length of time."""

    count: int = told("多长", "How long.", 3)
    unit: Literal["hour", "working_day", "natural_day", "month"] = told("单位", "Unit.", "month")


class CommitmentTask(Answer):
    """要做的事 Something to be done about a commitment."""

    action: Literal["check_commitment", "rectify", "publicise_letter"] = told(
        "核查承诺、申请人整改、公开承诺书", "Check the commitment, have it rectified, publicise the letter.", "check_commitment")
    due: str | None = told(
        "到期日；那一年的日历没有公布的为 null；公开没有", "Day due; null while its year has no calendar; publicity has none.", "2026-12-18", True)
    due_rule: DueRule = told("期限的算法；公开没有", "How it is counted; publicity has none.", {"start": "2026-11-22", "count": 20, "unit": "working_day"}, True)
    scope: str = told("公开范围；只在公开时有", "Where it is publicised; of publicity only.", "卫生健康部门的网站", True)
    within: Length = told("公开时限；只在公开时有", "For how long; of publicity only.", {"count": 3, "unit": "month"}, True)


class CommitmentHead(Answer):
    """承诺 A commitment, without its letter."""

    id: str = told("编号", "Id.", _COMMITMENT)
    case_id: str = told("办件编号", "Id of the case.", _CASE)
    decision_id: str = told("承诺书所依的判断", "The decision the letter was written from.", _DECISION)
    division: str = told("决定机关所在区划", "Deciding division.", "513424")
    material: str = told("承诺代替的材料", "Code of the material it stands in for.", "employment_end_certificate")
    person: str = told("谁的那份：本申请内的编号；空为申请人", "Whose copy: id inside the application; empty: the applicant's.", "")
    round: int = told("第几次提供；撤回后再提供的加一", "Which time it is offered; one more after a withdrawal.", 1)
    mode: str | None = told("方式", "Mode.", "proof_commitment")
    state: State = told("状态", "State.", "signed")
    letter_hash: str = told("承诺书的摘要（SHA-256）", "SHA-256 of the letter.", "ab12")
    offered_at: str = told("提供的时间", "When it was offered.", "2026-11-22T09:30:00+08:00")
    signed_by: Signer | None = told("谁签署的：本人、代理人、监护人；没有签为 null", "Who signed it; null until then.", "self")
    signed_at: str | None = told("签署的时间", "When it was signed.", "2026-11-22T09:40:00+08:00")
    electronic: bool | None = told("是不是电子签名", "Whether it was signed electronically.", False)
    checked_at: str | None = told("核查有结果的时间", "When the check came to a result.", None)
    due: str | None = told("正在走的期限的到期日；没有期限或者日历没有公布为 null", "Day due of the term that runs, if there is one with a calendar.", "2026-12-18")
    tasks: list[CommitmentTask] = told("要做的事", "What has to be done.", [])
    moves: list[str] = told("现在可以做的", "What can be done now.", ["withdraw", "confirm", "refute"])
    credit_record: str | None = told("不实而记入的信用记录", "The credit record made of it, where it was false.", None)
    to_decide_again: list[str] = told(
        "同一申请人在办的、还没有按这条记录再判断过的办件", "Pending cases of the applicant not decided again since that record.", [_CASE])
    review: list[str] = told("待法务核对", "What legal staff must confirm.", [])


class CommitmentAnswer(CommitmentHead):
    """一份承诺和办件现行的判断 One commitment, and the decision that stands in its case."""

    standing_decision: str = told("办件现行的判断", "The decision that stands.", _DECISION)


class CommitmentList(Answer):
    """承诺清单 Commitments."""

    commitments: list[CommitmentHead] = told("先到期的在前", "What is due first stands first.", [])
    next: str | None = told("下一页的 after；没有下一页为 null", "`after` of the next page; null if there is none.", None)


class LetterAnswer(Answer):
    """告知承诺书 A commitment letter as it was frozen."""

    commitment: str = told("承诺的编号", "Id of the commitment.", _COMMITMENT)
    case_id: str = told("办件编号", "Id of the case.", _CASE)
    state: State = told("承诺的状态", "State of the commitment.", "offered")
    hash: str = told("承诺书的摘要：letter 的规范 JSON（RFC 8785）的 SHA-256", "SHA-256 of the canonical JSON (RFC 8785) of `letter`.", "ab12")
    offered_at: str = told("提供的时间", "When it was offered.", "2026-11-22T09:30:00+08:00")
    signed_at: str | None = told("签署的时间", "When it was signed.", None)
    letter: dict[str, Any] = told("承诺书：逐项内容，text 是打印和签署的全文（中文）", "The letter, field by field; `text` is what is printed and signed (Chinese).",
                                  {"item_name": "失业登记", "text": "告知承诺书"})


class CreditAnswer(Answer):
    """信用记录 A credit record; no name and no number is answered."""

    id: str = told("编号", "Id.", _CREDIT)
    person_id: str = told("本库内的人员编号", "Id of the person in these records.", "c0ffee00-1111-4222-8333-444455556666")
    kind: CreditKind = told("类别：轻微、一般、严重、虚假承诺", "Minor, ordinary, serious, or a false commitment.", "false_commitment")
    recorded_on: str = told("记录日期", "Day recorded.", "2026-11-22")
    repaired_on: str | None = told("修复日期；从这天起不再使用", "Day of repair: from then on it is used no more.", None)
    source: str = told("来源", "Who keeps it.", "德昌县人力资源社会保障部门")
    commitment_id: str | None = told("不实的承诺", "The false commitment.", _COMMITMENT)
    state: CreditState = told("状态", "State.", "recorded")


class CreditList(Answer):
    """信用记录清单 Credit records."""

    records: list[CreditAnswer] = told("新的在前", "The latest first.", [])
    next: str | None = told("下一页从哪条之后起；没有下一页为 null", "After which record the next page begins; null if there is none.", None)
