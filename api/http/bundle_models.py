"""What the doors to bundles (一件事一次办) take and answer, field by field. Shapes only."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from api.http.acting import Officer, Statement
from api.http.catalogue_models import LegalBasis, OutputDocument, Situation
from api.http.models import (
    AlternativeList,
    Answer,
    Awaited,
    Branch,
    Citation,
    OfferedRoute,
    Outcome,
    Question,
    Residual,
    Satisfied,
    Status,
    TwoLaws,
    told,
)
from api.http.record_models import CASE_STATES, NoticeHead, NoticeSection

Needed = Literal["yes", "no", "unknown"]
Output = Literal["issued", "expected", "failed"]

_ITEM = "company_registration"
_CASE, _DECISION = "0b7c9a52-6d5e-4a8c-8d53-61f6a2f0a7d4", "5b0f4c1e-8f3a-4f0e-9d55-0a6b8a2a3c11"
_BUNDLE_CASE = "3c2f0a91-4d7e-4b1c-9a55-7f1e2d3c4b5a"


class FixingList(Statement):
    """牵头单位定清单 The lead unit fixes the one list."""

    officer: Officer = Field(description="谁定的 Who fixes it.")
    unit: str = Field(min_length=1, max_length=200, description="所在单位，须是牵头单位 The officer's unit, which must be the lead unit.", examples=["市场监管部门"])
    decision: str | None = Field(None, max_length=80, description="看过的那次判断；已被取代的不定 The decision read; if superseded nothing is fixed.",
                                 examples=[_DECISION])


class GuideStep(Answer):
    """一个环节 A step of a bundle."""

    item: str = told("事项编码", "Code of the item.", _ITEM)
    name: str = told("中文名称", "Chinese name.", "公司设立登记")
    name_en: str = told("英文名称", "English name.", "Company registration")
    position: int = told("第几个环节", "Its place, from 1.", 1)
    needed: dict[str, Any] | None = told("什么情况下要办；总要办的为 null", "When it is needed; null: always.", None)
    situations: list[Situation] = told("这个环节自己的情形", "The step's own situations.", [])
    outputs: list[OutputDocument] = told("产出，后面的环节不再要", "What it issues; later steps do not ask for it.", [])
    divisions: list[str] = told("哪些区划办理，含其下级", "Divisions that offer it, those below them included.", ["000000"])


class BundleLine(Answer):
    """一件事 A bundle."""

    code: str = told("编码", "Code.", "open_a_company")
    name: str = told("中文名称", "Chinese name.", "企业开办一件事")
    name_en: str = told("英文名称", "English name.", "Opening a company")
    division: str = told("区划", "Division.", "000000")
    lead: str = told("牵头单位", "Lead unit.", "市场监管部门")
    steps: list[str] = told("各环节的事项，依次", "Items of its steps, in order.", [_ITEM, "seal_filing"])


class BundleList(Answer):
    """有哪些一件事 The bundles."""

    rulebook: str = told("规则库版本", "Version of the rulebook.", "sha256:0f1e")
    language: Literal["zh-CN", "en"] = told("句子的语言", "Language of the sentences.", "zh-CN")
    count: int = told("几件", "How many.", 2)
    bundles: list[BundleLine] = told("一件事", "The bundles.", [])


class BundleGuide(BundleLine):
    """一件事的办事指南 The guide of a bundle."""

    rulebook: str = told("规则库版本", "Version of the rulebook.", "sha256:0f1e")
    language: Literal["zh-CN", "en"] = told("句子的语言", "Language of the sentences.", "zh-CN")
    situations: list[Situation] = told("先问的情形：决定办哪些环节", "Situations asked first: they decide which steps there are.", [])
    chain: list[GuideStep] = told("各环节", "Its steps.", [])
    bases: list[LegalBasis] = told("依据", "Legal bases.", [])


class BundleCounts(Answer):
    """一共几份 How many materials."""

    one_by_one: int = told("分开办一共要看几份", "How many the steps look at, each for itself.", 28)
    materials: int = told("合起来几份", "How many there are together.", 20)
    asked: int = told("要申请人办的", "How many the applicant sees to.", 10)
    to_do: int = told("其中还差的", "How many of these are still to come.", 10)
    open: int = told("要看情况的", "How many depend on the facts.", 5)
    spared: int = told("不用申请人交的", "How many the applicant need not hand in.", 5)


class BundleMaterial(Answer):
    """清单上的一份材料：同一个人的同一份只有一行 One row of the list: one for each material and person."""

    material: str = told("材料编码", "Code of the material.", "legal_representative_identity")
    person: str | None = told("每人一份的材料是谁的；null 表示还没有列", "Whose copy; null: nobody is listed yet.", "p1", True)
    same_person: list[str] = told("同一个人在申请里的别的编号", "Other ids of the same person in the application.", ["p2"], True)
    name: str = told("中文名称", "Chinese name.", "法定代表人身份证明")
    name_en: str = told("英文名称", "English name.", "Identity of the legal representative")
    role: Literal["principal", "secondary"] = told("主件、副件，取严的", "Principal or secondary, the strictest.", "principal")
    form: Literal["original", "copy", "electronic", "any"] | None = told("形式", "Original, copy, electronic or any; null for alternatives.", "original")
    route: str | None = told("路径；未定时为 null", "Route; null while open.", "shown")
    mode: str | None = told("方式", "Mode of the route.", None)
    status: Status = told("状态", "Status.", "settled")
    finding: Literal["positive", "negative"] | None = told("查询或者核验的性质", "What was found.", None)
    satisfied: Satisfied = told("是否已经满足", "Whether the requirement is met.", "waiting")
    asked: bool = told("true：要申请人办，各环节一共只要这一次", "True: the applicant sees to it, once for all steps.", True)
    conditional: bool = told("true：只有还不知道要不要办的环节才要", "True: only steps need it of which nobody knows yet whether they are needed.", False)
    done: bool = told("true：要它的环节都办成了", "True: every step that needs it has been granted.", False)
    step: str = told("这一行取自哪个环节的判断", "The step whose decision the row is taken from.", "seal_filing")
    kept_by: str | None = told("由哪个环节收", "The step that takes it in.", "seal_filing")
    produced_by: str | None = told("由前面哪个环节产出", "The earlier step that issues it.", None)
    needed_by: list[str] = told("哪些环节要用", "The steps that need it.", ["seal_filing", "tax_information"])
    perhaps_needed_by: list[str] = told("还不知道要不要办、办了才要用的环节", "Steps that may need it.", [])
    shown_with: str = told("和哪一份出示同一证件即可", "The material with which the same credential is shown.", "identity_proof", True)
    group: str = told("任选一组的名称编码", "Code of the group of alternatives it belongs to.", "residence_proof", True)
    for_: Any = Field(None, alias="for", description="代替哪份取消的材料查明事实 The abolished material whose fact it establishes.", examples=["single_status_proof"])
    reason: str | None = told("理由代码", "Reason code.", "credential_shows_it")
    rule: str | None = told("决定的规则", "Determining rule.", "在线政务服务若干规定-10-3-证件")
    grounds: list[str] = told("全部依据的规则", "Every rule that grounds it.", ["在线政务服务若干规定-10-3-证件"])
    citations: list[Citation] = told("依据", "Citations.", [])
    residuals: list[Residual] = told("后续", "What remains to be done.", [])
    offers: list[OfferedRoute] = told("可以选择的办法", "Electives on offer.", [])
    also_open: list[str] = told("同时开着的较重路径", "Heavier routes that are open too.", ["submit"])
    branches: list[Branch] = told("取决于什么", "What it hangs on.", [])
    alternatives: list[AlternativeList] = told("任选的几组材料，还没有定", "Lists of which one is enough, while none is taken.", [], True)
    law: TwoLaws = told("受理以后法变了的，两次的结果", "Both readings, where the law changed after acceptance.", {
        "accepted": {"day": "2025-05-09", "rulebook": "sha256:0f1e", "route": "submit", "rule": "优化营商环境条例-35-提交"},
        "current": {"day": "2026-11-22", "rulebook": "sha256:0f1e", "route": "abolished", "rule": "优化营商环境条例-35-取消"}, "taken": "current"}, True)
    review: str = told("法务还须核对什么", "What legal staff must still confirm.", "材料条款待核", True)
    explanation: str = told("说明：怎么办、由哪个环节收、哪些环节共用", "What becomes of it, who takes it in, who shares it.", "出示证件即可。", True)


class BundleQuestion(Question):
    """要问的一个问题，各环节一共问一次 A question, asked once for all steps."""

    steps: list[str] = told("哪些环节要看它", "The steps that hang on it.", [_ITEM])


class BundleAwaited(Awaited):
    """等部门的，各环节一共办一次 The authority's own work, once for all steps."""

    steps: list[str] = told("哪些环节要用", "The steps that need it.", [_ITEM])


class BundleStepAnswer(Answer):
    """一个环节的判断 One step's decision."""

    item: str = told("事项编码", "Code of the item.", _ITEM)
    name: str = told("事项名称", "Name of the item.", "公司设立登记", True)
    needed: Literal["yes", "unknown"] = told("要办，还是要看回答", "Needed, or it hangs on an answer.", "yes")
    case: str | None = told("办件编号；没有立办件的为 null", "Id of the case; null where there is none.", _CASE)
    decision_id: str | None = told("这个环节的判断的编号", "Id of the step's decision.", _DECISION)
    asked_elsewhere: dict[str, str] = told("由别的环节收的材料：键和环节", "Materials another step takes in: key and step.",
                                           {"legal_representative_identity/p1": "seal_filing"})
    outputs: dict[str, str] = told("前面环节的产出：已产出、待产出、未成", "What earlier steps issue: issued, expected, failed.", {"business_licence": "expected"})
    perhaps_issued: list[str] = told("还不知道会不会有的产出", "Outputs of steps that may not be needed.", [])
    decision: dict[str, Any] = told("这个环节的判断，与 Decision 的正文同形", "The step's answer, in the shape of a Decision's body.", {"outcome": "supplement"})


class BundleDecision(Answer):
    """一件事的判断 The answer to one application for a bundle."""

    id: str | None = told("这次判断的编号；只是咨询的没有", "Id of this decision; null for a consultation.", _DECISION)
    bundle_case: str | None = told("一件事办件的编号；只是咨询的没有", "Id of the bundle's case; null for a consultation.", _BUNDLE_CASE)
    case_number: str | None = told("调用方自己的办件编号；各环节的是它加次序", "The caller's own number; those of the steps add their place.", "FS-2026-001")
    decided_at: str = told("判断时间，北京时间", "Time of the decision, in China.", "2026-11-22T09:30:00+08:00")
    supersedes: str = told("它取代的那次判断", "The decision it supersedes.", _DECISION, True)
    language: Literal["zh-CN", "en"] = told("句子的语言", "Language of the sentences.", "zh-CN")
    rulebook: str = told("规则库版本", "Version of the rulebook.", "sha256:0f1e")
    as_of: str = told("决定日期，事实以这一天为准", "Day of the decision.", "2026-11-22")
    accepted_on: str = told("申请日期", "Day of acceptance.", "2026-11-20")
    bundle: str = told("一件事的编码", "Code of the bundle.", "open_a_company")
    deciding_division: str | None = told("决定机关所在区划", "Deciding division.", "210400")
    lead: str = told("牵头单位", "Lead unit.", "市场监管部门")
    outcome: Outcome = told("结论：各环节里最差的", "Outcome: the worst of the steps.", "supplement")
    outcome_text: str = told("结论的一句话", "The outcome as a sentence.", "还差申请人的几步，做完就可以受理。", True)
    head: str = told("合计的一句话", "How many materials, in one sentence.", "“企业开办一件事”共 6 个环节。", True)
    counts: BundleCounts = told("一共几份", "How many materials.", {})
    steps: list[BundleStepAnswer] = told("各环节", "The steps.", [])
    materials: list[BundleMaterial] = told("一份清单", "The one list.", [])
    questions: list[BundleQuestion] = told("要问申请人的，每个只问一次，最该问的在前", "What to ask the applicant, each once, the next best first.", [])
    awaiting: list[BundleAwaited] = told("等部门自己办的", "The authority's own work.", [])
    inquiries: list[dict[str, Any]] = told("问了哪些数据源", "Which sources were asked.", [], True)


class StepOutput(Answer):
    """一项产出 What a step issues."""

    material: str = told("材料编码", "Code of the material.", "business_licence")
    state: Output = told("已产出、待产出、未成：看办件现在的状态", "Issued, expected or failed, by the state of the case now.", "issued")


class BundleCaseStep(Answer):
    """一个环节办到哪里 How far a step has come."""

    item: str = told("事项编码", "Code of the item.", _ITEM)
    position: int = told("第几个环节", "Its place, from 1.", 1)
    needed: Needed = told("要不要办", "Whether it is needed.", "yes")
    case: str | None = told("办件编号", "Id of the case.", _CASE)
    case_number: str | None = told("办件编号（调用方的）", "The caller's number.", "FS-2026-001/1")
    state: CASE_STATES | None = told("办件的状态", "State of the case.", "received")
    decision: str | None = told("现行的判断", "The decision that stands.", _DECISION)
    decided_at: str | None = told("什么时候判断的", "When it was made.", "2026-11-22T09:30:00+08:00")
    notice_at: str | None = told("一次性告知的时间", "When the one-time notice was given.", None)
    outputs: list[StepOutput] = told("产出", "What it issues.", [])


class BundleCaseHead(Answer):
    """一件事的办件 The case of a bundle."""

    id: str = told("编号", "Id.", _BUNDLE_CASE)
    number: str | None = told("调用方自己的编号", "The caller's own number.", "FS-2026-001")
    bundle: str = told("一件事的编码", "Code of the bundle.", "open_a_company")
    division: str = told("决定机关所在区划", "Deciding division.", "210400")
    received_on: str = told("收到申请的日期", "Day the application was received.", "2026-11-20")
    opened_at: str = told("建档时间", "When it was opened.", "2026-11-22T09:30:00+08:00")
    decision_id: str = told("现行的判断", "The decision that stands.", _DECISION)
    list_decision: str | None = told("定下清单的那次判断", "The decision whose list is fixed.", None)
    list_hash: str | None = told("清单的摘要（SHA-256）", "SHA-256 of the list.", None)
    fixed_at: str | None = told("清单定下的时间", "When the list was fixed.", None)


class BundleCaseList(Answer):
    """一件事的办件清单 Cases of bundles."""

    bundle_cases: list[BundleCaseHead] = told("新的在前", "The latest first.", [])
    next: str | None = told("下一页从哪一件之后起；没有下一页为 null", "After which the next page begins; null if there is none.", None)


class BundleCaseAnswer(BundleCaseHead):
    """一件事办到哪里 How far a bundle has come."""

    lead: str = told("牵头单位", "Lead unit.", "市场监管部门")
    outcome: Outcome = told("现行判断的结论", "Outcome of the decision that stands.", "supplement")
    decided_at: str = told("什么时候判断的", "When it was made.", "2026-11-22T09:30:00+08:00")
    counts: BundleCounts = told("一共几份", "How many materials.", {})
    decide_again: bool = told("true：有环节在这次判断以后办过，再判断一次", "True: a step moved since; decide again.", False)
    steps: list[BundleCaseStep] = told("各环节", "The steps.", [])


class BundleListAnswer(Answer):
    """一件事的材料清单 The one list of a bundle, as it is printed."""

    bundle_case: str = told("一件事办件的编号", "Id of the bundle's case.", _BUNDLE_CASE)
    decision: str = told("取自哪次判断", "The decision it is taken from.", _DECISION)
    fixed_at: str | None = told("定下的时间；还没有定的为 null", "When it was fixed; null: not yet.", None)
    hash: str | None = told("摘要（SHA-256）；还没有定的为 null", "SHA-256; null: not fixed yet.", None)
    language: Literal["zh-CN", "en"] = told("句子的语言", "Language of the sentences.", "zh-CN")
    heading: str = told("标题", "Heading.", "一件事材料清单")
    head: list[NoticeHead] = told("抬头", "The head.", [])
    sections: list[NoticeSection] = told("各部分", "Its parts.", [])
