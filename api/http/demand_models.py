"""What the doors to demands are told and what they answer, field by field. Shapes only."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from api.http.acting import Officer, Statement
from api.http.models import Answer, told

Stage = Literal["consultation", "window", "back_office", "handover", "delivery"]
Kind = Literal["hand_in", "show", "sign", "answer", "other"]
State = Literal["recorded", "met", "withdrawn", "blocked", "disputed", "released"]
Card = Literal["none", "yellow", "red"]

_STAGE = "环节：咨询、窗口、后台、前后台衔接、出件 At which stage it was asked."
_KIND = "要做什么：交、出示、签、说明、其他 What is asked: hand in, show, sign, answer, other."
_MATERIAL = "材料编码或者名称；交、出示、签必填 Code or name of the material; required to hand in, show or sign."
_PERSON = "谁的：本申请内的编号；空为申请人；问某个角色有哪些人时写角色 Whose: id inside the application; empty: the applicant's; a role where its people are asked for."
_FACT = "事实或者情形的编码或者名称；kind 为 answer 时必填 Code or name of a fact or situation; required for a question."


class Demanding(Statement):
    """要求 What a window or back office asks the applicant for."""

    case: str = Field(min_length=1, max_length=80, description="办件编号，本系统的或者调用方自己的 The case: its id, or the caller's own number.",
                      examples=["0b7c9a52-6d5e-4a8c-8d53-61f6a2f0a7d4"])
    stage: Stage = Field(description=_STAGE, examples=["window"])
    kind: Kind = Field(description=_KIND, examples=["hand_in"])
    material: str | None = Field(None, max_length=80, description=_MATERIAL, examples=["single_status_proof"])
    person: str = Field("", max_length=80, description=_PERSON, examples=["p1"])
    fact: str | None = Field(None, max_length=80, description=_FACT, examples=["married"])
    text: str = Field("", max_length=2000, description="原话；kind 为 other 时必填 In the officer's own words; required for other.", examples=["到社区盖章"])
    officer: Officer = Field(description="谁要的 Who asks.")


class Reporting(Statement):
    """反映 What the applicant tells that somebody asked for."""

    decision: str = Field(min_length=1, max_length=80, description="判断的编号，只有收到答复的人知道 Id of the decision, known only to who got the answer.",
                          examples=["5b0f4c1e-8f3a-4f0e-9d55-0a6b8a2a3c11"])
    stage: Stage = Field("window", description=_STAGE, examples=["window"])
    kind: Kind = Field(description=_KIND, examples=["hand_in"])
    material: str | None = Field(None, max_length=80, description=_MATERIAL, examples=["single_status_proof"])
    person: str = Field("", max_length=80, description=_PERSON, examples=["p1"])
    fact: str | None = Field(None, max_length=80, description=_FACT, examples=["married"])
    text: str = Field("", max_length=2000, description="经过，谁要的；kind 为 other 时必填 What happened and who asked; required for other.",
                      examples=["三号窗口让我回去开单身证明"])


class Disputing(Statement):
    """争议 Why an officer holds that the data behind the decision conflict."""

    officer: Officer = Field(description="谁提出 Who raises it.")
    reason: str = Field(min_length=1, max_length=2000, description="理由，至少十个字 The reason, at least ten characters.",
                        examples=["申请人出示的离婚证与查到的婚姻登记不一致"])
    conflict: str = Field(min_length=1, max_length=80, description="哪项数据有疑问：材料、事实或者数据源的编码或者名称 Which data: a material, fact or source.",
                          examples=["marriage_certificate"])


class Resolving(Statement):
    """了结 How a dispute ends."""

    officer: Officer = Field(description="谁了结，不能是提出争议的人 Who closes it: another than who raised it.")
    outcome: Literal["released", "rejected"] = Field(description="放行，或者驳回 Released or rejected.", examples=["rejected"])
    note: str = Field(min_length=1, max_length=2000, description="说明 Why.", examples=["婚姻登记数据经民政部门核对无误"])


class Stepping(Statement):
    """一步 A step of an officer."""

    officer: Officer = Field(description="谁做的 Who does it.")
    note: str = Field("", max_length=2000, description="说明 A note.", examples=["已经看过证件"])


class DemandOfficer(Answer):
    """经办人 The officer."""

    id: str = told("工号", "Id.", "FS-0421")
    role: str = told("角色", "Role.", "综合窗口受理员")


class ViolationAnswer(Answer):
    """违规 Why a demand may not be made."""

    code: Literal["outside_decision", "after_notice", "repeat_demand"] = told("违规的种类", "Kind of violation.", "outside_decision")
    card: Literal["yellow", "red"] = told("红牌或者黄牌", "Red or yellow card.", "red")
    zh: str = told("中文说明", "In Chinese.", "按照本办件的决定，“单身证明”不用申请人提交，不得索要。")
    en: str = told("英文说明", "In English.", "By the decision of this case the applicant need not hand it in; it may not be demanded.")
    basis: str = told("依据", "The law it rests on.", "优化营商环境条例第三十六条")
    rules: list[str] = told("判断这份材料的规则", "Rules on which the decision rests for the material.", ["在线政务服务若干规定-6"])
    interpretation: bool = told("其中有我们的理解，待法务核对", "Whether some of it is our interpretation, for legal staff to confirm.", True)
    review: str = told("哪里是我们的理解", "What of it is.", "具体违反哪一条、红牌是否适用由法务核对")


class DemandHead(Answer):
    """一项要求 A demand."""

    id: str = told("编号", "Id.", "7d1f6a3c-2f0e-4a55-9c8e-1b2c3d4e5f60")
    case_id: str = told("办件编号", "Id of the case.", "0b7c9a52-6d5e-4a8c-8d53-61f6a2f0a7d4")
    decision_id: str = told("对照的是哪次判断", "The decision it was judged by.", "5b0f4c1e-8f3a-4f0e-9d55-0a6b8a2a3c11")
    at: str = told("登记时间", "When it was recorded.", "2026-11-22T09:30:00+08:00")
    stage: Stage = told("环节", "Stage.", "window")
    kind: Kind = told("要做什么", "What is asked.", "hand_in")
    material: str | None = told("材料编码", "Code of the material.", "single_status_proof")
    person: str = told("谁的；空为申请人", "Whose; empty: the applicant's.", "")
    fact: str | None = told("事实编码", "Code of the fact.", None)
    name: str = told("材料、事实的名称", "Name of the material or fact.", "单身证明")
    officer: DemandOfficer | None = told("谁要的；申请人反映的为 null", "Who asks; null where the applicant reported it.", {"id": "FS-0421", "role": "综合窗口受理员"})
    reported_by: Literal["authority", "applicant"] = told("谁登记的", "Who told of it.", "authority")
    state: State = told("状态：已登记、已满足、已撤回、已被阻止、已提出争议、经新决定放行", "State.", "blocked")
    blocked: bool = told("是否拦下：申请人不用照办", "Whether it is stopped: the applicant need not follow it.", True)
    card: Card = told("最重的牌", "The heaviest card.", "red")
    violations: list[ViolationAnswer] = told("违规；在决定之内的为空", "Violations; empty within the decision.", [])


class DemandLine(Answer):
    """决定里的一行 The line of a decision that provides for a demand."""

    decision: str = told("哪次判断", "Which decision.", "5b0f4c1e-8f3a-4f0e-9d55-0a6b8a2a3c11")
    kind: Kind = told("要做什么", "What may be asked.", "hand_in")
    material: str | None = told("材料编码", "Code of the material.", "no_home_certificate")
    person: str = told("谁的；空为申请人", "Whose; empty: the applicant's.", "")
    fact: str | None = told("事实编码", "Code of the fact.", None)
    role: str | None = told("问的是哪个角色", "Role whose people are asked for.", None)
    due: str | None = told("容缺后补的最后一天", "Last day of a deferral.", None)


class DemandStep(Answer):
    """一步 A step in the life of a demand."""

    at: str = told("时间", "When.", "2026-11-22T09:30:00+08:00")
    move: str = told("做了什么", "What was done.", "block")
    from_: str | None = Field(alias="from", description="从什么状态 From which state.", examples=["blocked"])
    to: str = told("到什么状态", "To which state.", "blocked")
    by: dict[str, Any] = told("谁做的", "Who did it.", {"party": "officer", "officer": "FS-0421", "role": "综合窗口受理员"})
    note: str | None = told("说明；依法删除以后为 null", "The note; null once erased.", None)
    reason: str | None = told("争议的理由", "Reason of a dispute.", None)
    conflict: dict[str, str] | None = told("有疑问的数据", "The data in doubt.", {"kind": "material", "code": "marriage_certificate"})
    decision: str | None = told("当时现行的判断", "The decision that stood then.", "5b0f4c1e-8f3a-4f0e-9d55-0a6b8a2a3c11")


class DemandAnswer(DemandHead):
    """一项要求的全部 Everything about a demand."""

    text: str | None = told("原话；依法删除以后为 null", "The words used; null once erased.", "")
    line: DemandLine | None = told("允许它的那一行；没有为 null", "The line that provides for it; null if none does.", None)
    for_applicant: str = told("对申请人怎样说，可以念出来", "What to tell the applicant, to be read out.", "“单身证明”这份材料不用您交。")
    open_twins: list[str] = told("同一办件里还没有办结的同样要求", "Other open demands of the case for the same thing.", [])
    history: list[DemandStep] = told("每一步，早的在前", "Every step, the earliest first.", [])


class DemandList(Answer):
    """要求的清单 Demands."""

    demands: list[DemandHead] = told("要求，新的在前", "Demands, the latest first.", [])
    next: str | None = told("下一页从哪项之后起；没有下一页为 null", "After which demand the next page begins; null if there is none.", None)


class ReportAnswer(Answer):
    """给申请人的答复 The answer to who reported a demand."""

    id: str = told("编号", "Id.", "7d1f6a3c-2f0e-4a55-9c8e-1b2c3d4e5f60")
    at: str = told("登记时间", "When it was recorded.", "2026-11-22T09:30:00+08:00")
    state: State = told("状态", "State.", "blocked")
    blocked: bool = told("是否拦下：不用照办", "Whether it is stopped.", True)
    within_decision: bool = told("是否在决定之内", "Whether the decision provides for it.", False)
    violations: list[ViolationAnswer] = told("违规，待监察核实", "Violations, to be verified by the supervision.", [])
    for_applicant: str = told("给您的说明", "What it means for you.", "谢谢您反映。“单身证明”这份材料不用您交。")


class ViolationCount(Answer):
    """一种违规的数量 How often a violation occurred."""

    code: str = told("违规的种类", "Kind of violation.", "outside_decision")
    card: Card = told("牌", "Card.", "red")
    count: int = told("数量", "How many.", 2)


class DemandSummary(Answer):
    """索要与清单之比 Demanded against listed."""

    division: str | None = told("决定机关所在区划；null 为全部", "Deciding division; null: all.", "210400")
    since: str = told("从哪天起开办的办件", "Cases opened since this day.", "2026-11-01")
    cases: int = told("办件数", "Cases.", 120)
    listed: int = told("现行判断里列出的材料数", "Materials listed in the standing decisions.", 1300)
    asked: int = told("其中要申请人办的", "Those on which the applicant has something to do.", 260)
    demands: int = told("登记的要求数", "Demands recorded.", 31)
    demanded: int = told("被要过的材料份数（去重）", "Different copies that were demanded.", 28)
    outside: int = told("其中违规要的", "Those demanded in violation.", 3)
    states: dict[str, int] = told("各状态的要求数", "Demands by state.", {"recorded": 20, "blocked": 11})
    violations: list[ViolationCount] = told("各种违规的数量", "Violations by kind and card.", [])
