"""What the doors to deferrals and alerts take and answer, field by field. Shapes only."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, Strict
from pydantic_core import PydanticCustomError

from api.http.acting import Officer, Statement
from api.http.models import Answer, told
from engine.application import Day, Evidence

DEFERRAL_STATES = Literal["promised", "supplemented", "overdue", "supplemented_late", "rectifying", "released", "acceptance_cancelled", "deemed_withdrawn",
                          "terminated", "revoked"]
CARDS = Literal["none", "warning", "yellow", "red"]
KINDS = Literal["violation", "lateness", "term", "ticket"]


def _written_as_a_moment(value: object) -> object:
    """A day and a time, 2026-09-30T17:45 and nothing shorter; seconds and a zone may follow."""
    if isinstance(value, str):
        try:
            if "T" not in value:
                raise ValueError
            return datetime.fromisoformat(value)
        except ValueError:
            raise PydanticCustomError("wrong-date", "not a moment") from None
    return value


Moment = Annotated[datetime, BeforeValidator(_written_as_a_moment, json_schema_input_type=datetime), Strict()]


class Promising(Statement):
    """承诺补交 The applicant's written promise to hand a material in later."""

    case: str = Field(min_length=1, max_length=80, description="办件编号 Id of the case.", examples=["0b7c9a52-6d5e-4a8c-8d53-61f6a2f0a7d4"])
    material: str = Field(min_length=1, max_length=80, description="材料编码或者名称 Code or name of the material.", examples=["appointment_document"])
    person: str = Field("", max_length=80, description="谁的：本申请内的编号；空为申请人 Whose copy: id inside the application; empty: the applicant's.", examples=["p1"])
    promised_by: Literal["self", "agent", "guardian", "helper"] = Field("self", description="谁承诺的 Who promises.", examples=["self"])
    officer: Officer | None = Field(None, description="窗口经办人；网上自己承诺的不写 The officer at the window; none where it is promised online.")
    note: str = Field("", max_length=2000, description="承诺的原文或者说明 The words of the promise, or a note.", examples=["9月30日前补交任职文件"])
    evidence: Evidence | None = Field(None, description="当天的证据；过了一天要重新提供 Evidence of the day; that of an earlier day has to be stated again.")


class Supplementing(Statement):
    """补交 The material that had been deferred."""

    officer: Officer = Field(description="谁收的 Who takes it.")
    arrived_at: Moment | None = Field(None, description="到达时间，缺省是现在；不写时区为北京时间 When it arrived, now by default; Beijing time where no zone stands.",
                                      examples=["2026-09-30T17:20"])
    channel: Literal["window", "online", "post"] = Field(
        "window", description="渠道：窗口和邮寄以大厅下班为限，网上到二十四时 Paper counts until the hall closes, online until midnight.", examples=["window"])
    trust: Literal["A", "B", "C", "D"] = Field("C", description="可信等级 Trust (国办函〔2016〕108号).", examples=["B"])
    valid_to: Day | None = Field(None, description="有效期至（含） Last day of validity.", examples=["2027-10-08"])
    evidence: Evidence | None = Field(None, description="当天的证据 Evidence of the day.")


class Extending(Statement):
    """因不可抗力延长 Days that force majeure took away."""

    from_: Day = Field(alias="from", description="受影响的第一天 First day lost.", examples=["2026-09-29"])
    to: Day = Field(description="受影响的最后一天 Last day lost.", examples=["2026-09-30"])
    reason: str = Field(min_length=1, max_length=2000, description="事由 What happened.", examples=["台风停运"])
    officer: Officer = Field(description="谁批准的 Who allows it.")


class Following(Statement):
    """逾期以后由人作出的事 What a person does about an overdue material."""

    move: Literal["cancel_acceptance", "deem_withdrawn", "terminate", "order", "revoke", "release"] = Field(
        description="撤销受理、视为撤回、终止办理、责令限期改正、撤销决定、解除 What is done.", examples=["cancel_acceptance"])
    officer: Officer = Field(description="谁作出的 Who does it.")
    note: str = Field("", max_length=2000, description="书面理由；解除以外必填 The written reason; required but for a release.", examples=["期满没有补交任职文件"])
    until: Day | None = Field(None, description="责令改正的最后一天 Last day of an order to rectify.", examples=["2026-12-11"])


class DeferralAnswer(Answer):
    """容缺后补的材料 A deferred material."""

    id: str = told("编号", "Id.", "6c0f")
    case_id: str = told("办件编号", "Id of the case.", "0b7c9a52-6d5e-4a8c-8d53-61f6a2f0a7d4")
    decision_id: str = told("承诺时的判断", "The decision it was promised under.", "5b0f4c1e-8f3a-4f0e-9d55-0a6b8a2a3c11")
    material: str = told("材料编码", "Code of the material.", "appointment_document")
    person: str = told("谁的；空为申请人", "Whose; empty: the applicant's.", "")
    round: int = told("第几次；解除以后可以再承诺", "Which time; after a release it may be promised again.", 1)
    mode: Literal["accept_first", "approve_first"] | None = told("容缺受理还是承诺审批", "Acceptance first, or approval first.", "accept_first")
    state: DEFERRAL_STATES = told("状态", "State.", "promised")
    state_text: str = told("状态的说法", "The state in words.", "已承诺补交")
    promised_at: str = told("承诺时间", "When it was promised.", "2026-09-28T09:30:00+08:00")
    due: str | None = told("最后一天；放假安排没有公布为 null", "Last day; null while the calendar is not published.", "2026-09-30")
    due_rule: dict[str, Any] = told("期限从哪天起、多长、缺哪年日历、延长过哪些天", "Start, count and unit; the calendar missing; days given back.",
                                    {"start": "2026-09-28", "count": 2, "unit": "working_day"})
    consequence: Literal["acceptance_cancelled", "deemed_withdrawn", "terminated", "rectify_or_revoke"] | None = told(
        "本地公布的逾期后果；没有公布为 null", "The consequence published here; null if none is.", "acceptance_cancelled")
    supplemented_at: str | None = told("补交到达的时间", "When the material arrived.", None)
    may: list[str] = told("现在人可以作出的", "What a person may do now.", ["supplement", "extend"])


class DeferralList(Answer):
    """容缺后补 Deferred materials."""

    deferrals: list[DeferralAnswer] = told("新的在前", "The latest first.", [])
    next: str | None = told("下一页从哪一份之后起；没有下一页为 null", "After which the next page begins; null if there is none.", None)


class AlertAnswer(Answer):
    """监察提示 An alert."""

    id: str = told("编号", "Id.", "9a1b")
    at: str = told("提出时间", "When it was raised.", "2026-10-08T00:01:00+08:00")
    case_id: str = told("办件编号", "Id of the case.", "0b7c9a52-6d5e-4a8c-8d53-61f6a2f0a7d4")
    kind: KINDS = told("违规、超时、期限届满、供数部门的答复", "Violation, lateness, a term that ended, a provider's answer.", "term")
    code: str = told("是什么", "What it is.", "overdue")
    card: CARDS = told("预警、黄牌、红牌", "Warning, yellow or red.", "none")
    source: str = told("由什么提出：期限（和到期日）、索要、容缺的编号", "What raised it: id of a term (and its day due), a demand, a deferral.", "6c0f@2026-09-30")
    text: str = told("说明", "In words.", "容缺后补的“任职文件”到2026年9月30日没有补交，已经逾期。")


class AlertList(Answer):
    """监察提示 Alerts."""

    alerts: list[AlertAnswer] = told("新的在前", "The latest first.", [])
    next: str | None = told("下一页从哪一条之后起；没有下一页为 null", "After which the next page begins; null if there is none.", None)
