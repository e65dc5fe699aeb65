"""What the reads of catalogue, rulebook and vocabulary look like: models for the OpenAPI document, like those of `models`."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Language = Literal["zh-CN", "en"]


class Answer(BaseModel):
    """Base of every model of an answer."""

    model_config = ConfigDict(extra="forbid")


def told(zh: str, en: str, example: Any) -> Any:
    """A field with its description in both languages and an example."""
    return Field(description=f"{zh} {en}", examples=[example])


class NamedFact(Answer):
    """一个事实 A fact by name."""

    fact: str = told("英文代码", "Code.", "married")
    name: str = told("中文名称", "Chinese name.", "已婚")
    name_en: str = told("英文名称", "English name.", "the applicant is married")
    supplier: str = told("由谁提供", "Who supplies it.", "declared")


class Word(Answer):
    """代码和它的话 A code with its words in the caller's language."""

    code: str = told("代码", "Code.", "registration")
    text: str = told("名称", "Words.", "行政登记")


class Length(Answer):
    """期限 A length of time."""

    count: int = told("数", "How many.", 3)
    unit: Literal["hour", "working_day", "natural_day", "month"] = told("单位", "Unit.", "working_day")


class InForce(Answer):
    """有效的日子，首尾都算在内 Days in force, both ends included."""

    in_force_from: str = told("施行日", "First day.", "2020-01-01")
    in_force_until: str | None = told("最后一日；null 表示至今", "Last day; null: open.", None)


class LegalBasis(InForce):
    """设定依据 A legal basis."""

    instrument: str = told("文件", "Instrument.", "优化营商环境条例")
    number: str = told("文号", "Number.", "国务院令第722号")
    article: str = told("条款", "Article.", "第三十五条")
    rank: str = told("位阶", "Rank.", "行政法规")
    review: str | None = told("法务还须核对什么", "What legal staff must still confirm.", None)


class ConditionTree(Answer):
    """条件 A condition: all, any or not of its parts, or one phrase."""

    kind: Literal["all", "any", "not", "phrase"] = told("全部、任一、非、短句", "all, any, not or a phrase.", "phrase")
    phrase: str | None = told("短句的代码写法", "The phrase in codes.", "material_kind is proof")
    text: str | None = told("短句的话", "The phrase in words.", "材料类别 是 证明")
    parts: list[ConditionTree] = told("部分", "Parts.", [])


class CommitmentLetter(Answer):
    """承诺书 What the commitment letter says."""

    content: str = told("证明内容", "What is committed to.", "申报的住所真实")
    public: bool = told("是否公开", "Whether it is publicised.", False)
    public_scope: str | None = told("公开范围", "Where it is publicised.", "卫生健康部门的网站")
    public_within: Length | None = told("公开期限", "How long it is publicised.", {"count": 3, "unit": "month"})
    consequence: str = told("不实后果", "Consequence of untruth.", "撤销登记")
    check_by: str = told("核查方式", "How it is checked.", "数据核查")
    check_within: Length | None = told("核查期限", "Within which term.", {"count": 30, "unit": "working_day"})


class GuideMaterial(Answer):
    """指南里的一份材料 A material of a guide."""

    material: str = told("编码", "Code.", "articles_of_association")
    name: str = told("中文名称", "Chinese name.", "公司章程")
    name_en: str = told("英文名称", "English name.", "Articles of association")
    role: Literal["principal", "secondary"] = told("主件、副件", "Principal or secondary.", "principal")
    kind: Word | None = told("类别", "Kind of material.", {"code": "proof", "text": "证明"})
    issuer: Word | None = told("开具单位", "Who issues it.", {"code": "applicant", "text": "申请人自备"})
    form: str | None = told("形式", "Form.", "原件")
    per_person: str | None = told("每人一份：哪个角色", "Asked for once per person of this role.", None)
    needed: ConditionTree | None = told("什么情况需要；null 表示总是", "When it is needed; null: always.", None)
    bases: list[LegalBasis] = told("设定依据", "Legal bases.", [])
    letter: CommitmentLetter | None = told("承诺书", "The commitment letter.", None)
    deferral: Length | None = told("容缺期限", "Published term for handing it in later.", None)
    alternatives: list[list[GuideMaterial]] = told("任选：几组里有一组就够", "Lists of which one is enough.", [])
    review: str | None = told("法务还须核对什么", "What legal staff must still confirm.", None)


class ItemLine(InForce):
    """一个事项 An item in one line."""

    code: str = told("编码", "Code.", "company_registration")
    name: str = told("中文名称", "Chinese name.", "公司设立登记")
    name_en: str = told("英文名称", "English name.", "Company registration")
    division: str = told("写明它的区划", "Division whose file says it.", "210400")
    division_name: str = told("区划名称", "Name of the division.", "抚顺市")
    kind: Word = told("事项类型", "Kind of item.", {"code": "registration", "text": "行政登记"})
    status: Word = told("事项状态", "State of the item.", {"code": "active", "text": "实施"})
    reform: Word = told("改革方式", "Mode of reform.", {"code": "none", "text": "无"})
    authority: str = told("主管部门", "Authority in charge.", "市场监管部门")
    audience: list[Word] = told("服务对象", "Whom it serves.", [{"code": "enterprise", "text": "企业法人"}])
    legal_time: Length = told("法定时限", "Statutory time limit.", {"count": 3, "unit": "working_day"})
    promised_time: Length = told("承诺时限", "Promised time limit.", {"count": 1, "unit": "working_day"})
    material_count: int = told("材料份数", "Number of materials.", 12)


class ItemList(Answer):
    """事项清单 The items."""

    rulebook: str = told("规则库版本", "Version of the rulebook.", "sha256:0f1e")
    language: Language = told("语言", "Language.", "zh-CN")
    division: str | None = told("筛选的区划", "Division asked for.", "210400")
    count: int = told("共几个", "How many.", 24)
    items: list[ItemLine] = told("事项", "The items.", [])


class GuideQuestion(Answer):
    """常见问题 A frequent question."""

    question: str = told("问", "Question.", "居委会不给开住所证明怎么办？")
    answer: str = told("答", "Answer.", "不用开。")


class Situation(Answer):
    """情形 A situation."""

    code: str = told("编码", "Code.", "by_agent")
    name: str = told("中文名称", "Chinese name.", "委托代办")
    name_en: str = told("英文名称", "English name.", "an agent acts")
    question: str | None = told("怎么问", "How it is asked.", "是委托别人办吗？")


class OutputDocument(Answer):
    """产出 What the item issues."""

    material: str = told("编码", "Code.", "business_licence")
    name: str = told("中文名称", "Chinese name.", "营业执照")
    name_en: str = told("英文名称", "English name.", "Business licence")


class ItemElsewhere(InForce):
    """通办 How halls elsewhere may help with the item."""

    scope: Literal["inter_provincial", "sichuan_chongqing", "provincial", "city_wide"] = told("跨省、川渝、省内、全域", "How far the hall may be.", "inter_provincial")
    modes: list[Literal["online", "collected_elsewhere", "joint"]] = told("全程网办、异地代收代办、多地联办", "Modes.", ["online"])
    bases: list[LegalBasis] = told("依据", "Legal bases.", [])
    synthetic: bool = told("true：合成的示例数据", "True: sample data.", False)
    review: str | None = told("法务还须核对什么", "What legal staff must still confirm.", None)


class ItemGuide(ItemLine):
    """办事指南 A guide."""

    rulebook: str = told("规则库版本", "Version of the rulebook.", "sha256:0f1e")
    language: Language = told("语言", "Language.", "zh-CN")
    bases: list[LegalBasis] = told("设定依据", "Legal bases.", [])
    materials: list[GuideMaterial] = told("申请材料", "Materials.", [])
    address: str = told("办理地址", "Address.", "政务服务大厅")
    faq: list[GuideQuestion] = told("常见问题", "Frequent questions.", [])
    situations: list[Situation] = told("情形", "Situations.", [])
    outputs: list[OutputDocument] = told("产出", "What it issues.", [])
    elsewhere: list[ItemElsewhere] = told("通办", "How halls elsewhere may help.", [])
    default_division: str | None = told("缺省的决定机关区划", "Deciding division when none is stated.", None)
    review: str | None = told("法务还须核对什么", "What legal staff must still confirm.", None)


class Counts(Answer):
    """各类数量 How much of everything."""

    instruments: int = told("法律文件", "Legal instruments.", 34)
    rules: int = told("规则", "Rules.", 119)
    grants: int = told("准许", "Grants.", 60)
    bars: int = told("排除", "Bars.", 20)
    blocks: int = told("阻止", "Blocks.", 3)
    definitions: int = told("认定", "Definitions.", 8)
    terms: int = told("规定", "Terms.", 20)
    invariants: int = told("不变量", "Invariants.", 12)
    pairs: int = told("对照", "Paired invariants.", 10)
    facts: int = told("事实", "Facts.", 90)
    divisions: int = told("区划", "Divisions.", 60)
    items: int = told("事项（每个区划一份）", "Items, one per division.", 32)
    materials: int = told("材料", "Materials.", 100)
    credentials: int = told("证件", "Credentials.", 30)
    sources: int = told("数据源", "Data sources.", 40)
    lists: int = told("清单批次", "Batches of published lists.", 20)
    bundles: int = told("一件事", "Bundles.", 2)
    calendar_years: int = told("有日历的年份", "Years with a calendar.", 7)
    marks: int = told("须由人确认的地方", "Places people must still confirm.", 200)


class SyntheticList(Answer):
    """合成的清单 A synthetic list."""

    list: str = told("种类", "Kind.", "告知承诺清单")
    division: str = told("区划", "Division.", "210400")
    batch: str = told("批次", "Batch.", "第一批")


class Synthetic(Answer):
    """合成的数据 What is synthetic."""

    sources: list[str] = told("数据源编码", "Codes of data sources.", ["marriage_records"])
    lists: list[SyntheticList] = told("清单", "Lists.", [])


class Confirm(Answer):
    """须由人确认的一处 A place people must still confirm."""

    file: str = told("规则库里的文件", "File inside the rulebook.", "law/210400-fushun/no-favours.yaml")
    line: int = told("第几行", "Line.", 12)
    subject: str = told("哪一项", "Which entry.", "抚顺-五取消-3")
    text: str = told("确认什么", "What to confirm.", "条款序号须核对")


class RulebookAnswer(Answer):
    """规则库 The rulebook."""

    language: Language = told("语言", "Language.", "zh-CN")
    rulebook: str = told("版本", "Version.", "sha256:0f1e")
    program: str = told("程序版本", "Version of the program.", "0.1.0")
    counts: Counts = told("各类数量", "How much of everything.", {})
    synthetic: Synthetic = told("合成的数据", "What is synthetic.", {"sources": [], "lists": []})
    calendar_years: list[int] = told("有日历的年份", "Years with a published calendar.", [2026])
    changes: list[str] = told("有变更的日子", "Every day on which something begins or has ended.", ["2020-01-01"])
    marks: list[Confirm] = told("须由人确认的地方", "Places people must still confirm.", [])


class RuleLine(InForce):
    """一条规则 A rule in one line."""

    id: str = told("编号", "Id.", "优化营商环境条例-40")
    kind: Literal["grant", "bar", "block", "definition", "term"] = told("种类", "Kind.", "grant")
    instrument: str = told("文件", "Instrument.", "优化营商环境条例")
    number: str = told("文号", "Number.", "国务院令第722号")
    rank: str = told("位阶", "Rank.", "行政法规")
    divisions: list[str] = told("适用的区划", "Where it applies.", ["000000"])
    article: str = told("条款", "Article.", "第四十条")
    gist: str = told("要点", "Gist, in Chinese.", "没有依据的不得索要")
    route: str | None = told("路径", "Route.", "abolished")
    mode: str | None = told("方式", "Mode.", None)
    reason: Word | None = told("理由", "Reason.", {"code": "no_legal_basis", "text": "没有够位阶的法定依据，任何人不得索要"})
    review: str | None = told("法务还须核对什么", "What legal staff must still confirm.", None)


class RuleList(Answer):
    """规则清单 Rules."""

    rulebook: str = told("规则库版本", "Version of the rulebook.", "sha256:0f1e")
    language: Language = told("语言", "Language.", "zh-CN")
    count: int = told("共几条", "How many.", 12)
    rules: list[RuleLine] = told("规则", "The rules.", [])


class SourceInstrument(InForce):
    """法律文件 A legal instrument."""

    title: str = told("名称", "Title.", "优化营商环境条例")
    short: str = told("简称", "Short title.", "优化营商环境条例")
    name_en: str = told("英文名", "English title.", "Regulation on Optimising the Business Environment")
    number: str = told("文号", "Number.", "国务院令第722号")
    organ: str = told("制定机关", "Issued by.", "国务院")
    rank: str = told("位阶", "Rank.", "行政法规")
    divisions: list[str] = told("区划", "Divisions.", ["000000"])


class RuleResidual(Answer):
    """规则的后续 What follows from a rule."""

    actor: str = told("谁", "Who.", "applicant")
    action: str = told("做什么", "What.", "show_credential")
    text: str = told("一句话，带占位", "In words, with placeholders.", "出示{证件}")
    term: str | None = told("期限的名称", "Name of its term.", "check_term")
    within: Length | None = told("写明的期限", "Its own term.", None)


class RuleVersion(RuleLine):
    """规则全文 A rule in full."""

    source: SourceInstrument = told("出自", "Where it comes from.", {})
    condition: ConditionTree | None = told("条件；null 表示总是", "Condition; null: always.", None)
    defines: str | None = told("认定的事实", "The fact it defines.", None)
    residuals: list[RuleResidual] = told("后续", "What follows.", [])
    remedy: str | None = told("怎样解除阻止", "What would lift the block.", None)
    term: str | None = told("规定的名称", "The term it sets.", None)
    value: Length | None = told("规定的期限", "The length it sets.", None)
    choice: str | None = told("规定的选项", "The choice it sets.", None)
    idle: str | None = told("暂无适用：目录里没有它管得到的，为什么保留", "Why it stands though nothing in the catalogue falls under it.", None)
    file: str = told("规则库里的文件", "File inside the rulebook.", "law/000000-national/business-environment-2019.yaml")
    line: int = told("第几行", "Line.", 40)


class RuleDetail(Answer):
    """一个编号的全部版本 Every version of one id."""

    rulebook: str = told("规则库版本", "Version of the rulebook.", "sha256:0f1e")
    language: Language = told("语言", "Language.", "zh-CN")
    id: str = told("编号", "Id.", "优化营商环境条例-40")
    versions: list[RuleVersion] = told("依施行日排列的版本", "Versions by first day.", [])


class Named(Answer):
    """一个词 A word."""

    code: str = told("代码", "Code.", "proof")
    name: str = told("中文", "Chinese.", "证明")
    name_en: str = told("英文", "English.", "a proof")


class OpenDay(Answer):
    """没有日期时怎么写 How an open day is written."""

    code: str = told("代码", "Code.", "not_repaired")
    name: str = told("中文", "Chinese.", "未修复")
    day: str = told("比较时视同哪一天", "The day it stands for in comparisons.", "9999-12-31")


class FactWord(Named):
    """事实 A fact."""

    subject: str = told("说的是谁", "Whom it describes.", "applicant")
    type: str = told("类型", "Type.", "choice")
    supplier: str = told("由谁提供", "Who supplies it.", "declared")
    values: list[Named] = told("可以是什么", "Values.", [])
    none: OpenDay | None = told("没有日期时", "How an open day is written.", None)
    unit: str | None = told("单位", "Unit.", "周岁")
    unit_en: str | None = told("英文单位", "Unit in English.", "years")
    low: int | None = told("最小", "Least.", 0)
    high: int | None = told("最大", "Most.", 150)
    question: str | None = told("怎么问", "Question in Chinese.", "申请人属于哪一类？")
    question_en: str | None = told("英文怎么问", "Question in English.", "What kind of applicant is it?")
    situation: bool = told("true：是事项的情形", "True: a situation of an item.", False)
    asked_through: list[str] = told("推算的事实由哪些事实问得", "The facts asked for in its place.", [])
    note: str | None = told("说明", "Note.", None)
    review: str | None = told("法务还须核对什么", "What legal staff must still confirm.", None)


class ComparisonWord(Named):
    """比较 A comparison."""

    type: str = told("用于哪种类型", "The type it compares.", "choice")
    several_values: bool = told("true：可以有几个值", "True: takes several values.", False)


class RouteWord(Named):
    """路径 A route."""

    weight: int = told("次序，0 最轻", "Position, 0 the lightest.", 3)
    elective: bool = told("true：由申请人选择", "True: the applicant chooses.", False)
    modes: list[Named] = told("方式", "Modes.", [])
    sentence: str = told("句子", "Sentence.", "“{材料}”由部门查询，不用您提交。")
    sentence_en: str = told("英文句子", "Sentence in English.", "The authority obtains “{material}” by data sharing.")


class SentenceWord(Answer):
    """理由或者后续 A reason or an action."""

    code: str = told("代码", "Code.", "no_legal_basis")
    name: str = told("中文", "Chinese.", "没有法定依据")
    sentence: str = told("句子", "Sentence.", "没有够位阶的法定依据")
    sentence_en: str = told("英文句子", "Sentence in English.", "no legal basis of sufficient rank requires it")


class TermWord(Named):
    """规定 A term that rules set."""

    type: Literal["span", "choice"] = told("期限或者选项", "A span or a choice.", "span")
    stricter: str = told("哪一头更严", "Which end is stricter.", "shorter")
    values: list[Named] = told("选项", "Choices.", [])


class VocabularyAnswer(Answer):
    """词表 The vocabulary."""

    rulebook: str = told("规则库版本", "Version of the rulebook.", "sha256:0f1e")
    language: Language = told("语言", "Language.", "zh-CN")
    facts: list[FactWord] = told("事实", "Facts.", [])
    comparisons: list[ComparisonWord] = told("比较", "Comparisons.", [])
    routes: list[RouteWord] = told("路径", "Routes.", [])
    reasons: list[SentenceWord] = told("理由", "Reasons.", [])
    actions: list[SentenceWord] = told("后续", "Actions.", [])
    actors: list[Named] = told("主体", "Actors.", [])
    terms: list[TermWord] = told("规定", "Terms.", [])


class Health(Answer):
    """状态 State of the service."""

    status: Literal["ok"] = told("状态", "State.", "ok")
    program: str = told("程序版本", "Version of the program.", "0.1.0")
    rulebook: str | None = told("规则库版本；health 不看，为 null", "Version of the rulebook; null in health, which does not look.", "sha256:0f1e")
