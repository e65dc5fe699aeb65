"""What answers look like: models from which the OpenAPI document is made. Every field says what it means, in both languages.

Answers are never built or validated with these models; tests hold the real answers against them.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.http.catalogue_models import Health, ItemGuide, ItemList, NamedFact, RulebookAnswer, RuleDetail, RuleList, VocabularyAnswer
from api.http.inquiry_models import InquiryMade

__all__ = ["BatchAnswer", "Decision", "Health", "ItemGuide", "ItemList", "MaterialList", "ProblemAnswer", "RuleDetail", "RuleList", "RulebookAnswer",
           "VocabularyAnswer"]

Outcome = Literal["blocked", "undetermined", "supplement", "accept_with_deferral", "accept_on_commitment", "accept"]
Status = Literal["settled", "undetermined", "awaiting_authority", "waiting", "suspended", "undecidable"]
Satisfied = Literal["yes", "no", "waiting"]
ElsewhereMode = Literal["online", "collected_elsewhere", "joint"]


class Answer(BaseModel):
    """Base of every model of an answer."""

    model_config = ConfigDict(extra="forbid")


def told(zh: str, en: str, example: Any, optional: bool = False) -> Any:
    """A field with its description in both languages and an example. `optional`: the key may be absent."""
    return Field(None, description=f"{zh} {en}", examples=[example]) if optional else Field(description=f"{zh} {en}", examples=[example])


class Mistaken(Answer):
    """一处错误 One mistake."""

    field: str = told("位置，各级键以点相连；参数以 query.、path.、header. 开头",
                      "Place: keys joined by dots; parameters begin with query., path. or header.", "situation.by_agnet")
    pointer: str | None = told("位置的 JSON 指针（RFC 6901）；参数没有", "The place as a JSON pointer; none for parameters.", "/situation/by_agnet")
    code: str = told("错误代码，稳定不变", "Stable code of the mistake.", "unknown-situation")
    message: str = told("一句话说明，可以念出来", "One sentence to read.", "没有叫“by_agnet”的情形。")
    allowed: list[str] = told("可以写的词", "The words allowed here.", ["by_agent"])
    nearest: str | None = told("最接近的正确的词", "The nearest valid word.", "by_agent")
    line: int = told("第几行，只在 JSON 读不下去时有", "Line, where the JSON cannot be read.", 3, True)
    column: int = told("第几列，只在 JSON 读不下去时有", "Column, where the JSON cannot be read.", 12, True)


class ProblemAnswer(Answer):
    """错误 Every error has this shape (RFC 9457)."""

    type: str = told("种类，一个路径，打开就是说明页", "Kind of problem: a path that answers with a page about it.", "/problems/invalid-application")
    title: str = told("种类的名称", "Name of the kind.", "申请有误，没有作出判断")
    status: int = told("HTTP 状态码", "HTTP status.", 422)
    detail: str = told("这一次的说明", "What happened this time.", "共有 1 处不对，逐条见 errors。")
    instance: str = told("请求的路径，不含参数", "Path of the request, without its query.", "/v1/decisions")
    errors: list[Mistaken] = told("全部错误；没有逐条可说的为空", "Every mistake; empty where there is nothing to list.", [])


class Citation(Answer):
    """依据 Where it stands: a rule, the basis of a material, or a batch of a published list."""

    rule: str = told("规则编号", "Id of the rule.", "优化营商环境条例-35-提交", True)
    basis: bool = told("true：材料的设定依据", "True: the legal basis of the material.", True, True)
    instrument: str = told("文件名称", "Title of the legal instrument.", "优化营商环境条例", True)
    number: str = told("文号", "Its number.", "国务院令第722号", True)
    article: str = told("条款", "Article.", "第三十五条第一款", True)
    rank: str = told("位阶", "Rank of the instrument.", "行政法规", True)
    list: str = told("清单种类", "Kind of published list.", "告知承诺清单", True)
    division: str = told("公布清单的区划", "Division that published the list.", "210400", True)
    batch: str = told("批次", "Batch of the list.", "第一批", True)
    published: str = told("公布日期", "First day of the batch.", "2020-06-30", True)
    synthetic: bool = told("true：合成的示例清单", "True: a synthetic list.", True, True)
    review: str = told("法务还须核对什么", "What legal staff must still confirm.", "条款序号须核对", True)


class DueRule(Answer):
    """期限怎么算 How a day due is counted."""

    start: str = told("起算日（当日不计）", "Day from which it is counted, itself not counted.", "2026-11-22")
    count: int = told("数", "How many.", 5)
    unit: Literal["hour", "working_day", "natural_day", "month"] = told("单位", "Unit.", "working_day")


class Dated(Answer):
    """可能带期限 Something that may have a day due."""

    due: str | None = told("最后一日；当年日历没有公布时为 null", "Last day; null while the year's calendar is not published.", "2026-11-27", True)
    due_rule: DueRule = told("怎么算出来的", "How it is counted.", {"start": "2026-11-22", "count": 5, "unit": "working_day"}, True)
    due_missing: str = told("还缺哪一年的日历", "The calendar that is missing.", "calendar-2027", True)


class Residual(Dated):
    """后续 What remains to be done."""

    actor: str = told("谁", "Who.", "applicant")
    action: str = told("做什么", "What.", "show_credential")
    credentials: list[str] = told("可以出示哪些证件", "Credentials that will do.", ["resident_id_card"], True)
    source: str = told("向哪个数据源", "Data source.", "marriage_records", True)
    provider: str = told("提供单位", "Who provides it.", "民政部门", True)


class OfferedRoute(Dated):
    """可以选择的办法 An elective the applicant may choose."""

    route: str = told("路径", "Route.", "commitment")
    mode: str | None = told("方式", "Mode.", "proof_commitment")
    rule: str = told("依据的规则", "Rule that opens it.", "优化营商环境条例-44-2-承诺")
    conditional: bool = told("true：还取决于别的事实", "True: it still hangs on something.", False)
    alternative: str | None = told("不选时走哪条路径", "The route that stands otherwise.", "submit")
    citations: list[Citation] = told("依据", "Citations.", [])
    consequence: str | None = told("不实或者逾期的后果", "Consequence of untruth or delay.", "撤销登记，并计入信用记录")
    text: str = told("一句话", "One sentence.", "您可以选择书面承诺代替。", True)


class Because(Answer):
    """为什么关着 Why a route is closed or pending."""

    rule: str = told("规则编号", "Id of the rule.", "优化营商环境条例-40")
    kind: Literal["grant", "bar"] = told("准许没有成立，还是排除成立", "A grant that does not hold, or a bar that does.", "grant")
    phrases: list[str] = told("起作用的短句，英文代码写法", "The phrases that made it so, in codes.", ["material_needed fails"])


class Considered(Answer):
    """考虑过的较轻路径 A lighter route that is not taken."""

    route: str = told("路径", "Route.", "shared")
    state: str = told("关着、未选、还未定", "closed, declined, offered or pending.", "closed")
    because: list[Because] = told("原因", "Why.", [])
    text: str = told("一句话", "One sentence.", "数据源还没有接通。", True)


class Branch(Answer):
    """分支 One way of completing what is unknown."""

    when: list[str] = told("在这些短句都成立时", "When all these phrases hold.", ["married holds"])
    route: str | None = told("走这条路径", "This route.", "shared")
    mode: str | None = told("方式", "Mode.", None)


class LawOfDay(Answer):
    """一天的法 The law of one day for one material."""

    day: str = told("哪一天", "Day.", "2025-05-09")
    rulebook: str = told("规则库版本", "Rulebook version.", "sha256:0f1e")
    route: str | None = told("那一天的路径", "Route under that law.", "shared")
    rule: str | None = told("决定的规则", "Determining rule.", "优化营商环境条例-35-取消")


class TwoLaws(Answer):
    """从轻 The two readings of a pending case and the one taken (立法法 104)."""

    accepted: LawOfDay = told("受理日的法", "The law of the day of acceptance.", {
        "day": "2025-05-09", "rulebook": "sha256:0f1e", "route": "submit", "rule": "优化营商环境条例-35-提交"})
    current: LawOfDay = told("今天的法", "The law of today.", {
        "day": "2026-11-22", "rulebook": "sha256:0f1e", "route": "abolished", "rule": "优化营商环境条例-35-取消"})
    taken: Literal["accepted", "current"] = told("取哪一个", "Which is taken.", "current")


class Material(Answer):
    """一份材料 One material."""

    material: str = told("材料编码", "Code of the material.", "marriage_certificate")
    person: str | None = told("每人一份的材料是谁的；null 表示这个角色的人还没有列", "Whose copy; null: nobody of the role is listed yet.", "applicant", True)
    name: str = told("中文名称", "Chinese name.", "结婚证")
    name_en: str = told("英文名称", "English name.", "Marriage certificate")
    role: Literal["principal", "secondary"] = told("主件、副件", "Principal or secondary.", "principal")
    route: str | None = told("路径；未定时为 null", "Route; null while open.", "shared")
    mode: str | None = told("方式", "Mode of the route.", None)
    status: Status = told("状态", "Status.", "settled")
    finding: Literal["positive", "negative"] | None = told("查询或者核验的性质", "What was found.", "positive")
    satisfied: Satisfied = told("是否已经满足", "Whether the requirement is met.", "yes")
    reason: str | None = told("理由代码", "Reason code.", "obtainable_by_sharing")
    rule: str | None = told("决定的规则", "Determining rule.", "在线政务服务若干规定-7-查到")
    grounds: list[str] = told("全部依据的规则", "Every rule that grounds it.", ["在线政务服务若干规定-7-查到"])
    citations: list[Citation] = told("依据", "Citations.", [])
    residuals: list[Residual] = told("后续", "What remains to be done.", [])
    offers: list[OfferedRoute] = told("可以选择的办法", "Electives on offer.", [])
    also_open: list[str] = told("同时开着的较重路径", "Heavier routes that are open too.", ["submit"])
    considered: list[Considered] = told(
        "较轻的路径为什么不走；只在 explain=full 时有", "Every lighter route and why it is not taken; with explain=full only.", [], True)
    branches: list[Branch] = told("取决于什么", "What it hangs on.", [])
    alternatives: list[AlternativeList] = told("任选的几组材料", "Lists of which one is enough.", [], True)
    law: TwoLaws = told("受理以后法变了的，两次的结果", "Both readings, where the law changed after acceptance.", {
        "accepted": {"day": "2025-05-09", "rulebook": "sha256:0f1e", "route": "submit", "rule": "优化营商环境条例-35-提交"},
        "current": {"day": "2026-11-22", "rulebook": "sha256:0f1e", "route": "abolished", "rule": "优化营商环境条例-35-取消"}, "taken": "current"}, True)
    review: str = told("法务还须核对什么", "What legal staff must still confirm.", "材料条款待核", True)
    shown_state: Literal["expired", "revoked", "not_theirs", "unauthorised"] = told(
        "出示了证件而不能算数的，为什么：过期、失效、别人的、没有授权", "Why a credential that was shown does not count; absent where none was, or it counts.",
        "expired", True)
    may_show: list[str] = told("可以出示的证件；与 shown_state 同在", "The credentials that may be shown instead; with shown_state only.",
                               ["resident_id_card"], True)
    record_ended: Literal[True] = told("查到的记录已经注销、吊销，不能续期", "The record found was revoked: it cannot be renewed.", True, True)
    explanation: str = told("说明：路径、理由、后续、依据", "Explanation: route, reason, what remains, grounds.", "“结婚证”由部门查询，不用您提交。", True)


class AlternativeList(Answer):
    """任选的一组 One of several lists."""

    chosen: bool = told("true：取这一组", "True: this list is taken.", True)
    materials: list[Material] = told("这一组的材料", "The materials of the list.", [])


class Why(Answer):
    """为什么问 Why it is asked or awaited."""

    materials: list[str] = told("关系到哪些材料", "The materials that hang on it.", ["marriage_certificate"])
    rules: list[str] = told("哪些规则要看它", "The rules that read it.", ["优化营商环境条例-35-提交"])


class Question(Answer):
    """要问申请人的 A question to the applicant; the next best first."""

    fact: str = told("事实", "Fact.", "married")
    material: str = told("关于哪份材料", "About which material.", "marriage_certificate", True)
    person: str = told("关于哪个人", "About which person.", "spouse", True)
    role: str = told("请列出这个角色的人", "List the persons of this role.", "配偶", True)
    values: list[str] = told("可以回答什么", "Possible answers.", ["true", "false"], True)
    why: Why = told("为什么问", "Why it is asked.", {"materials": ["marriage_certificate"], "rules": []})
    text: str = told("问题", "The question in words.", "您已婚吗？", True)
    why_text: str = told("为什么问", "Why, in words.", "因为结婚证要不要取决于它。", True)


class Awaited(Dated):
    """等部门的 The authority's own work."""

    kind: Literal["query", "check", "record", "task"] = told("查询、核验、记录、任务", "A query, a standing check, a record to look up, a task.", "query")
    fact: str = told("等哪个事实", "The fact awaited.", "query_result", True)
    task: str = told("等哪件事", "The task.", "check_by_hand", True)
    material: str = told("关于哪份材料", "About which material.", "marriage_certificate", True)
    actor: str = told("谁", "Who.", "handling_authority", True)
    source: str = told("数据源", "Data source.", "marriage_records", True)
    provider: str = told("提供单位", "Provider.", "民政部门", True)
    why: Why = told("为什么", "Why.", {"materials": ["marriage_certificate"], "rules": []}, True)
    text: str = told("一句话", "One sentence.", "向民政部门查询“结婚证”。", True)


class NoticeDue(Dated):
    """告知 A notice the authority owes."""

    kind: Literal["one_time_notice"] = told("种类：一次性告知", "Kind: the one-time notice.", "one_time_notice")
    rule: str = told("规则", "Rule.", "行政许可法-32")
    instrument: str = told("文件", "Instrument.", "中华人民共和国行政许可法")
    number: str = told("文号", "Number.", "主席令第7号")
    article: str = told("条款", "Article.", "第三十二条第一款第四项")
    rank: str = told("位阶", "Rank.", "法律")
    review: str = told("法务还须核对什么", "What legal staff must still confirm.", "条款序号须核对", True)
    text: str = told("一句话", "One sentence.", "五个工作日内一次告知。", True)


class Block(Answer):
    """阻止 What stops the application as a whole."""

    rule: str = told("规则", "Rule.", "不动产登记暂行条例-权属不符")
    reason: str | None = told("理由代码", "Reason code.", "title_does_not_match")
    remedy: str = told("怎样解除", "What would lift it.", "先办理更正登记")
    citations: list[Citation] = told("依据", "Citations.", [])
    text: str = told("一句话", "One sentence.", "登记簿上的权利人与申请人不一致。", True)


class Versions(Answer):
    """两个版本 The rulebooks of a pending case."""

    accepted: str = told("受理时的版本", "Version at acceptance.", "sha256:0f1e")
    current: str = told("现在的版本", "Version now.", "sha256:0f1e")


class ElsewhereTask(Answer):
    """异地办理的一步 What one side does."""

    actor: Literal["applicant", "accepting_hall", "deciding_authority"] = told("谁：申请人、受理大厅、决定机关", "Who.", "accepting_hall")
    action: Literal["apply_online", "assist_only", "check_identity", "look_at_credential", "take_letter", "collect", "check_original", "scan_and_send",
                    "pass_between_authorities", "decide", "send_result"] = told("做什么", "What is done.", "look_at_credential")
    mode: ElsewhereMode | None = told("哪种方式下；哪种都一样的为 null", "Under which mode; null where it is the same for all.", "collected_elsewhere")
    materials: list[str] = told("关于哪些材料；材料还没有定的不在内", "About which materials, as far as they are settled.", ["identity_proof"], True)
    text: str = told("一句话", "One sentence.", "受理大厅查看出示的证件，看过即还。", True)


class OtherWay(Answer):
    """其他办法 Another lawful way where the hall's help is not published."""

    way: Literal["online", "post", "own_hall"] = told("网上、邮寄、决定地的大厅（最后）", "Online, by post, at the deciding authority's hall (the last).", "online")
    text: str = told("一句话", "One sentence.", "在决定机关的网上平台办。", True)


class ElsewhereAnswer(Answer):
    """异地办理 Handling elsewhere: who does what. It never changes what is needed."""

    scope: Literal["inter_provincial", "sichuan_chongqing", "provincial", "city_wide"] = told("跨省、川渝、省内、全域", "How far the hall is.", "inter_provincial")
    accepting_division: str = told("受理大厅所在区划", "Division of the hall.", "440300")
    mode: ElsewhereMode | None = told("申请里写的方式", "The mode the application names.", "collected_elsewhere")
    offered: Literal["yes", "no", "unpublished"] = told("公布了、不在公布的方式或者期间内、没有公布", "Published; not in this mode or on this day; not published.", "yes")
    modes: list[ElsewhereMode] = told("申请日期公布的方式", "Modes published on the day of acceptance.", ["online", "collected_elsewhere"])
    synthetic: bool = told("true：合成的示例数据", "True: sample data.", False)
    tasks: list[ElsewhereTask] = told("各方做什么", "What each side does.", [])
    other_ways: list[OtherWay] = told("没有公布时的其他办法", "Other ways where it is not published.", [])
    citations: list[Citation] = told("依据", "Citations.", [])
    review: str = told("法务还须核对什么", "What legal staff must still confirm.", "清单待核", True)
    text: str = told("一段话", "In words.", "广东省的大厅收件，由邵阳市决定。", True)


class TicketLine(Answer):
    """数据工单 A ticket to a data provider."""

    id: str = told("编号", "Id.", "6c0f2a1e-8f3a-4f0e-9d55-0a6b8a2a3c11")
    kind: Literal["outage", "unclear", "mismatch", "gap", "correction"] = told(
        "查询中断、结果不明、信息不符、查无记录、校核纠错", "An outage, an unclear answer, a mismatch, a gap, a correction.", "outage")
    source: str = told("数据源编码", "Code of the source.", "marriage_records")
    provider: str = told("供数部门", "Who answers for it.", "民政部门")
    material: str = told("材料编码", "Code of the material.", "marriage_certificate")
    person: str = told("谁的；申请人的不写", "Whose; absent: the applicant's.", "spouse", True)


class Decision(Answer):
    """判断 The answer to one application."""

    id: str | None = told("这次判断的编号；只是咨询的没有", "Id of this decision; null for a consultation.", "5b0f4c1e-8f3a-4f0e-9d55-0a6b8a2a3c11")
    case: str | None = told("办件的编号；只是咨询的没有", "Id of the case; null for a consultation.", "0b7c9a52-6d5e-4a8c-8d53-61f6a2f0a7d4")
    case_number: str | None = told("调用方自己的办件编号", "The caller's own case number.", "FS-2026-001")
    decided_at: str = told("判断时间，北京时间", "Time of the decision, in China.", "2026-11-22T09:30:00+08:00")
    supersedes: str = told("它取代的那次判断", "The decision it supersedes.", "9a1e0c44-2b7d-4f7e-8c50-3f1f4f2b6d90", True)
    language: Literal["zh-CN", "en"] = told("句子的语言", "Language of the sentences.", "zh-CN")
    rulebook: str = told("规则库版本", "Version of the rulebook.", "sha256:0f1e")
    as_of: str = told("决定日期，事实以这一天为准", "Day of the decision.", "2026-11-22")
    accepted_on: str = told("申请日期", "Day of acceptance.", "2026-11-20")
    item: str = told("事项编码", "Code of the item.", "housing_fund_rent")
    deciding_division: str = told("决定机关所在区划", "Deciding division.", "210400")
    outcome: Outcome = told("结论", "Outcome.", "undetermined")
    outcome_text: str = told("结论的一句话", "The outcome as a sentence.", "还不能判断：有些情况要请申请人说明。", True)
    blocks: list[Block] = told("阻止申请的事由", "What stops the application.", [])
    materials: list[Material] = told("逐份材料", "Every material.", [])
    establishes: list[Material] = told("取消的材料背后仍须查明的事实", "Facts to establish in place of abolished papers.", [])
    questions: list[Question] = told("要问申请人的，最该问的在前", "What to ask the applicant, the next best first.", [])
    awaiting: list[Awaited] = told("等部门自己办的，不妨碍受理", "The authority's own work; it does not block acceptance.", [])
    notices: list[NoticeDue] = told("应当作出的告知及期限", "Notices owed and their days due.", [])
    inquiries: list[InquiryMade] = told("向数据源问了什么、凭什么、答了什么", "What the sources were asked, on which ground, and what they said.", [], True)
    elsewhere: ElsewhereAnswer = told("异地办理；在决定地办理的没有", "Handling elsewhere; only where a hall elsewhere takes the application in.", {
        "scope": "inter_provincial", "accepting_division": "440300", "mode": "joint", "offered": "unpublished", "modes": [], "synthetic": False,
        "tasks": [], "other_ways": [{"way": "online"}], "citations": []}, True)
    law: Versions = told("受理以后规则变了的，两个版本", "The two rulebooks, where the law changed after acceptance.", {
        "accepted": "sha256:0f1e", "current": "sha256:0f1e"}, True)
    tickets: list[TicketLine] = told("作出判断后发给供数部门、还没有了结的工单", "Tickets to data providers that stand once it is recorded.", [], True)
    tickets_text: str = told("工单的说法", "The tickets in words.", "“婚姻登记信息”查询中断，已向民政部门发出工单，由部门补核，不用您补材料。", True)


class BatchResult(Answer):
    """其中一件 One of a batch: a decision or a problem."""

    index: int = told("第几件，从 0 起", "Position, from 0.", 0)
    decision: Decision = told("判断", "The decision.", {}, True)
    problem: ProblemAnswer = told("错误", "The problem.", {}, True)


class BatchAnswer(Answer):
    """批量判断 The answers to a batch, in its order."""

    rulebook: str = told("规则库版本", "Version of the rulebook.", "sha256:0f1e")
    count: int = told("共几件", "How many.", 2)
    decided: int = told("判断了几件", "How many were decided.", 1)
    refused: int = told("有误的几件", "How many were not.", 1)
    results: list[BatchResult] = told("逐件结果", "One result each.", [])


class LikelyMaterial(Answer):
    """还不知道申请人时的一份材料 A material before any applicant is known."""

    material: str = told("材料编码", "Code of the material.", "marriage_certificate")
    name: str = told("中文名称", "Chinese name.", "结婚证")
    name_en: str = told("英文名称", "English name.", "Marriage certificate")
    role: Literal["principal", "secondary"] = told("主件、副件", "Principal or secondary.", "principal")
    person: str | None = told("每人一份的是谁的", "Whose copy.", None)
    route: str | None = told("路径；未定时为 null", "Route; null while open.", None)
    mode: str | None = told("方式", "Mode.", None)
    status: Status = told("状态", "Status.", "undetermined")
    reason: str | None = told("理由代码", "Reason code.", None)
    rule: str | None = told("决定的规则", "Determining rule.", None)
    grounds: list[str] = told("全部依据的规则", "Every rule that grounds it.", [])
    citations: list[Citation] = told("依据", "Citations.", [])
    offers: list[OfferedRoute] = told("可以选择的办法", "Electives on offer.", [])
    also_open: list[str] = told("同时开着的较重路径", "Heavier routes that are open too.", [])
    branches: list[Branch] = told("取决于什么、各走哪条路径", "What it hangs on and where each way leads.", [])
    hangs_on: list[NamedFact] = told("取决于哪些事实", "The facts it hangs on.", [])
    explanation: str = told("说明", "Explanation.", "如果您已婚，则由部门查询。")


class MaterialList(Answer):
    """还不知道申请人时的材料清单 The materials before any applicant is known."""

    rulebook: str = told("规则库版本", "Version of the rulebook.", "sha256:0f1e")
    language: Literal["zh-CN", "en"] = told("句子的语言", "Language of the sentences.", "zh-CN")
    item: str = told("事项编码", "Code of the item.", "housing_fund_rent")
    name: str = told("事项名称", "Chinese name of the item.", "租房提取住房公积金")
    name_en: str = told("事项英文名", "English name of the item.", "Housing fund withdrawal for rent")
    division: str = told("区划", "Division.", "210400")
    on: str = told("哪一天", "Day.", "2026-11-22")
    count: int = told("几份", "How many.", 6)
    materials: list[LikelyMaterial] = told("材料", "The materials.", [])
    questions: list[Question] = told("最该先问的", "What to ask first.", [])
