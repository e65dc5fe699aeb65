"""What published lists look like as JSON: models for the OpenAPI document. Nothing here is validated on the way out."""

from __future__ import annotations

from typing import Literal

from api.http.catalogue_models import Answer, InForce, Language, LegalBasis, Length, Word, told

Code = Literal["proofs", "commitments", "deferrals", "shareable", "showable", "promise_approvals"]
State = Literal["published", "empty", "unpublished", "draft"]
Note = Literal["item_not_offered", "item_cancelled", "material_not_asked", "named_as_group", "no_term", "promised_sooner", "showable_nowhere",
               "showable_everywhere", "abolished_by_rule", "alternative", "in_place_of_abolished"]


class ListLine(Answer):
    """一种清单 A kind of list."""

    list: Code = told("哪一种清单", "Which kind of list.", "deferrals")
    name: str = told("公布时的名称", "Chinese name under which it is published.", "容缺受理材料清单")
    name_rules: str = told("规则文件里的名称", "What rule files call it.", "容缺受理清单")
    name_en: str = told("英文名称", "English name.", "List of materials that may be deferred")
    state: State = told("已公布、已公布但没有一行、未公布、草案", "Published, published without a row, unpublished, or a draft.", "published")
    state_text: str = told("状态的话", "The state in words.", "已公布")
    meaning: str = told("对判断意味着什么", "What it means for decisions.", "只有在列的材料可以容缺后补。")
    others: Literal["not_listed", "unpublished"] | None = told(
        "判断时，不在这里的算“不在列”还是“清单未公布”；草案为 null", "What decisions take for whatever is not on it; null for a draft.", "not_listed")
    synthetic: bool = told("有没有合成的批次", "Whether a batch is synthetic.", True)
    batch_count: int = told("有效的批次", "Batches in force.", 1)
    count: int = told("行数", "Number of rows.", 5)


class ListOverview(Answer):
    """各种清单 The kinds of lists, in one division on one day."""

    rulebook: str = told("规则库版本", "Version of the rulebook.", "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")
    language: Language = told("语言", "Language of the sentences.", "zh-CN")
    division: str = told("区划", "Division.", "210400")
    division_name: str = told("区划名称", "Name of the division.", "抚顺市")
    on: str = told("哪一天", "The day.", "2026-11-22")
    count: int = told("有几种", "How many kinds.", 6)
    lists: list[ListLine] = told("各种清单", "The kinds.", [])


class ListBatch(InForce):
    """一个有效的批次 A batch in force."""

    batch: str = told("批次", "Batch.", "第一批")
    division: str = told("公布的区划", "Division that published it.", "210400")
    division_name: str = told("公布的区划名称", "Name of that division.", "抚顺市")
    published: str = told("公布日期", "Day of publication.", "2022-06-30")
    synthetic: bool = told("是否合成数据", "Whether it is synthetic data.", True)
    basis: str = told("依据什么公布", "On what ground it was published.", "示例，内容为合成数据")
    count: int = told("行数", "Number of rows.", 5)
    review: str | None = told("法务还须核对什么", "What legal staff must still confirm.", None)


class ListNote(Answer):
    """对一行的说明 A remark on a row."""

    code: Note = told("代码", "Code.", "promised_sooner")
    text: str = told("说明", "In words.", "事项的承诺时限更短，补交最迟不过承诺时限")


class ListConsequence(Word):
    """逾期后果 What lateness leads to."""

    rule: str = told("哪一条规则", "The rule that says so.", "安阳-24-2")


class ListRow(Answer):
    """一行；这种清单没有的字段是 null A row; what its kind of list does not have is null."""

    batch: str | None = told("批次；草案为 null", "Batch; null in a draft.", "第一批")
    division: str | None = told("公布的区划", "Division that published it.", "210400")
    division_name: str | None = told("公布的区划名称", "Name of that division.", "抚顺市")
    published: str | None = told("公布日期", "Day of publication.", "2022-06-30")
    synthetic: bool | None = told("是否合成数据", "Whether it is synthetic data.", True)
    item: str | None = told("事项编码；“全部”为所有事项", "Code of the item; 全部: every item.", "company_registration")
    item_name: str | None = told("事项名称", "Chinese name of the item.", "公司设立登记")
    item_name_en: str | None = told("事项英文名称", "English name of the item.", "Company registration")
    material: str | None = told("材料编码", "Code of the material.", "appointment_document")
    material_name: str | None = told("材料名称", "Chinese name of the material.", "任职文件")
    material_name_en: str | None = told("材料英文名称", "English name of the material.", "Appointment of officers")
    credential: str | None = told("证件编码", "Code of the credential.", "resident_id_card")
    credential_name: str | None = told("证件名称", "Chinese name of the credential.", "居民身份证")
    credential_name_en: str | None = told("证件英文名称", "English name of the credential.", "Resident identity card")
    scene: str | None = told("应用场景", "Where it is used.", "医院")
    basis: str | None = told("设定依据", "Legal basis as the list states it.", "市场主体登记管理条例实施细则第二十六条第一款")
    bases: list[LegalBasis] = told("草案：逐件的设定依据", "Draft: each legal basis.", [])
    asked_by: str | None = told("索要单位", "Who asks for it.", "市场监管部门")
    issued_by: str | None = told("开具单位", "Who issues it.", "申请人自备")
    guide: str | None = told("办理指南", "Where the guide is.", "见“公司设立登记”办事指南")
    term: Length | None = told("这一行公布的容缺期限", "Term published in the row.", {"count": 3, "unit": "working_day"})
    term_applied: Length | None = told("判断时适用的期限：这一行、事项、当地规定里最严的", "Term that decisions use: the strictest of row, item and division.",
                                       {"count": 1, "unit": "working_day"})
    consequence: ListConsequence | None = told("逾期后果", "What lateness leads to.", {
        "code": "deemed_withdrawn", "text": "视为撤回", "rule": "安阳-24-2"})
    review: str | None = told("待法务核对", "What legal staff must still confirm.", None)
    notes: list[ListNote] = told("说明", "Remarks.", [])
    abolished_by: list[str] = told("草案：不论谁申请都已取消它的规则", "Draft: rules that abolish it whoever applies.", [])


class ListContent(ListLine):
    """一种清单，在一个区划、一天 One list, in one division on one day."""

    rulebook: str = told("规则库版本", "Version of the rulebook.", "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")
    language: Language = told("语言", "Language of the sentences.", "zh-CN")
    division: str = told("区划", "Division.", "210400")
    division_name: str = told("区划名称", "Name of the division.", "抚顺市")
    on: str = told("哪一天", "The day.", "2026-11-22")
    draft: bool = told("是不是草案；草案从不与公布的清单混在一起", "Whether it is a draft; a draft is never mixed with a published list.", False)
    batches: list[ListBatch] = told("有效的批次", "Batches in force.", [])
    rows: list[ListRow] = told("各行", "The rows.", [])
