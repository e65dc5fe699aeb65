"""The shape of the catalogue's files: divisions, bases, materials, credentials, sources, items, lists, bundles, calendar.

From these models come both the checks at load and the JSON Schemas, with the help an editor shows. A shape knows one
mapping at a time: whether a word exists elsewhere is the readers' question.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field

from engine.reading.scalars import (
    Code,
    Conditions,
    Day,
    DivisionCode,
    LastDay,
    Shape,
    SpanShape,
    Text,
    Whole,
    YesNo,
    key,
    none_or_list,
    one_of,
    one_or_some,
    some,
    value_of,
)
from engine.reading.shapes import REVIEW, InstrumentHead

LIST_KINDS = ("证明事项清单", "告知承诺清单", "容缺受理清单", "承诺审批清单", "电子证照共享清单", "亮证清单")
WHERE = one_of("清单", "全国", "否")
GUIDE = "guide-incomplete"
#: 通办: how far apart hall and deciding authority are, and how the hall helps, as the files write them → codes.
SCOPES = {"跨省": "inter_provincial", "川渝": "sichuan_chongqing", "省内": "provincial", "全域": "city_wide"}
MODES = {"全程网办": "online", "异地代收代办": "collected_elsewhere", "多地联办": "joint"}


def _named(part: str) -> Any:
    return Annotated[Text, Field(json_schema_extra={"x-values-of": part})]


class DivisionShape(Shape):
    """一个行政区划。"""

    code: DivisionCode = key("代码", "六位代码，加引号")
    name: Text = key("名称", "中文名称")
    english: Text = key("英文名", "英文名称")
    parent: DivisionCode | None = key("上级", "上级代码；能从代码看出来的不用写", default=None)
    start: Day = key("施行", "第一天")
    last: LastDay = key("失效", "最后一天，或者“至今”")


class DivisionsFile(Shape):
    """行政区划。"""

    divisions: list[DivisionShape] = key("区划", "全部区划")


class BasisFileShape(InstrumentHead):
    """只作为材料依据引用的法律文件。"""


class BasesFile(Shape):
    """只作为依据引用、本身不带规则的法律文件。"""

    bases: list[BasisFileShape] = key("依据文件", "全部依据文件")


class MaterialShape(Shape):
    """一种材料和它证明的内容。"""

    code: Code = key("编码", "英文代码")
    name: Text = key("名称", "中文名称；不写“其他材料”一类的兜底")
    english: Text = key("英文名", "英文说法")
    kind: value_of("material_kind") = key("类别", "材料类别")  # type: ignore[valid-type]
    issuer: value_of("issuer_kind") = key("开具单位", "谁开具")  # type: ignore[valid-type]
    proves: value_of("proved_fact") = key("证明内容", "证明什么")  # type: ignore[valid-type]
    direction: value_of("proof_direction") = key("证明方向", "证明有，还是证明没有")  # type: ignore[valid-type]
    risks: value_of("risk_tags", many=True) = key("风险标签", "几个用“、”连接；没有的写“无”")  # type: ignore[valid-type]
    credentials: none_or_list(Text) = key("证件", "能表明同一事实的证件；没有的写“无”")  # type: ignore[valid-type]
    sources: none_or_list(Text) = key("数据源", "能答复的数据源；没有的写“无”")  # type: ignore[valid-type]
    checks: none_or_list(Text) = key("核验渠道", "种类为“核验”的数据源；没有的写“无”")  # type: ignore[valid-type]
    commitment_modes: value_of("commitment_modes", many=True) = key("可承诺方式", "几个用“、”连接；没有的写“无”")  # type: ignore[valid-type]
    issuer_cannot_verify: YesNo = key("开具单位无法查证", "开具单位无权或者无法查证的，写“是”")
    in_person: YesNo = key("须本人到场", "必须本人到场的，写“是”")
    form: one_of("原件", "复印件", "电子", "不限") = key("形式", "收哪一种")  # type: ignore[valid-type]
    self_made: YesNo = key("自备", "申请人自己做的，写“是”")
    validity: SpanShape | None = key("有效期", "这种材料多久以内有效", default=None)
    contains: none_or_list(Text) = key("包含", "它的内容已经包含哪些材料", default=[])  # type: ignore[valid-type]
    note: Text = key("说明", "怎么理解", default="")
    review: Text = key("待法务核对", REVIEW, default="")


class MaterialsFile(Shape):
    """材料目录。"""

    materials: list[MaterialShape] = key("材料", "全部材料")


class CredentialShape(Shape):
    """一种证件。"""

    code: Code = key("编码", "英文代码")
    name: Text = key("名称", "中文名称")
    english: Text = key("英文名", "英文说法")
    holder: one_of("自然人", "组织") = key("持证人", "自然人或者组织")  # type: ignore[valid-type]
    universal: YesNo = key("普遍持有", "“否”的，没有出示时要问有没有")
    id_types: value_of("person_id_type", many=True, none=False) = key(  # type: ignore[valid-type]
        "适用证件类型", "哪几种身份的人可以有它；不写就是不限", default=())
    holders_number: YesNo = key("编号即证件号码", "证件的编号就是持证人的证件号码的，写“是”：出示时与申请里写的号码核对", default=False)
    shown: WHERE = key("出示", "全国都可以出示、清单里有的地方可以，还是不可以")  # type: ignore[valid-type]
    shared: WHERE = key("共享", "全国都可以共享、清单里有的地方可以，还是不可以")  # type: ignore[valid-type]
    note: Text = key("依据", "为什么", default="")
    review: Text = key("待法务核对", REVIEW, default="")


class CredentialsFile(Shape):
    """证件目录。"""

    credentials: list[CredentialShape] = key("证件", "全部证件")


class ConnectionShape(Shape):
    """在一个区划接通的日子。"""

    division: DivisionCode = key("区划", "六位代码")
    start: Day = key("自", "第一天")
    last: LastDay = key("至", "最后一天，或者“至今”")


class SourceShape(Shape):
    """一个数据源，或者一条长期可用的核验渠道。"""

    code: Code = key("编码", "英文代码")
    name: Text = key("名称", "中文名称")
    english: Text = key("英文名", "英文说法")
    provider: Text = key("提供单位", "谁提供")
    kind: one_of("查询", "核验") = key("种类", "查询（数据共享）或者核验（部门自行核查）")  # type: ignore[valid-type]
    sharing: one_of("无条件共享", "有条件共享", "不予共享") = key("共享类型", "政务信息资源共享类型")  # type: ignore[valid-type]
    ground: value_of("source_ground") = key("查询依据", "凭什么查询个人信息")  # type: ignore[valid-type]
    id_types: value_of("person_id_type", many=True, none=False) = key(  # type: ignore[valid-type]
        "适用证件类型", "能查哪几种身份的人；不写就是不限", default=())
    interface: one_of("标准", "人工") = key("接口", "标准：按协议自动查询；人工：由人核查，不自动查询", default="标准")  # type: ignore[valid-type]
    certificates: list[Text] = key("电子证照", "哪几种电子证照与它的答复等效，可以先看本地的电子证照库；不写就是没有", default=[])
    connections: list[ConnectionShape] = key("接通", "在哪里、自哪天到哪天接通")
    synthetic: YesNo = key("合成", "接通情况是合成数据的，写“是”", default=False)
    review: Text = key("待法务核对", REVIEW, default="")


class SourcesFile(Shape):
    """数据源目录。"""

    sources: list[SourceShape] = key("数据源", "全部数据源")


class BasisShape(Shape):
    """依据哪个文件第几条。"""

    instrument: _named("文件") = key("文件", "文件全名或者简称")  # type: ignore[valid-type]
    article: Text = key("条款", "第几条")
    start: Day | None = key("施行", "第一天；不写就是文件的", default=None)
    last: LastDay | None = key("失效", "最后一天，或者“至今”；不写就是文件的", default=None)
    review: Text = key("待法务核对", REVIEW, default="")


class SituationShape(Shape):
    """一种情形：向申请人问是或者否。"""

    code: Code = key("编码", "英文代码")
    name: Text = key("名称", "写在条件里的名称")
    question: Text = key("问题", "怎么问")
    english: Text = key("英文名", "英文说法")
    english_question: Text = key("英文问题", "英文怎么问")
    review: Text = key("待法务核对", REVIEW, default="")


class LetterShape(Shape):
    """承诺书里由目录填写的几项。"""

    MISSING: ClassVar[dict[str, str]] = {
        "证明内容": "letter-incomplete", "承诺书公开": "letter-incomplete", "不实后果": "letter-incomplete", "核查方式": "letter-incomplete"}

    content: Text = key("证明内容", "承诺什么")
    public: YesNo = key("承诺书公开", "承诺书是否公开")
    consequence: Text = key("不实后果", "承诺不实会怎样")
    check_by: one_of("数据核查", "现场核查", "部门协查", "免于核查") = key("核查方式", "怎样核查")  # type: ignore[valid-type]
    check_within: SpanShape | None = key("核查期限", "多久以内核查；不写就按规定“承诺核查期限”", default=None)
    public_scope: Text = key("公开范围", "承诺书在哪里公开、公开哪些内容；公开的必须写", default="")
    public_within: SpanShape | None = key("公开期限", "承诺书公开多久；公开的必须写", default=None)


class DeferralShape(Shape):
    """容缺补交的期限。"""

    within: SpanShape = key("期限", "多久以内补交")


class EstablishShape(Shape):
    """材料取消以后，仍须由另一份材料查明同一事实。"""

    MISSING: ClassVar[dict[str, str]] = {"依据": "missing-basis"}

    material: _named("材料") = key("材料", "材料名称")  # type: ignore[valid-type]
    bases: none_or_list(BasisShape) = key("依据", "依据哪个文件第几条；没有的写“无”")  # type: ignore[valid-type]


class RequirementShape(Shape):
    """事项要的一份材料，或者几份里任选。"""

    MISSING: ClassVar[dict[str, str]] = {"依据": "missing-basis"}

    material: _named("材料") | None = key("材料", "材料名称", default=None)  # type: ignore[valid-type]
    name: Text | None = key("名称", "任选一组的名称", default=None)
    code: Code | None = key("编码", "任选一组的英文代码", default=None)
    english: Text | None = key("英文名", "任选一组的英文说法", default=None)
    role: value_of("material_role") = key("角色", "主件或者副件")  # type: ignore[valid-type]
    needed: Conditions = key("需要", "什么情形下要；不写就是总要", default=())
    per_person: Text = key("每人一份", "哪种人每人一份，例如“股东”", default="")
    bases: none_or_list(BasisShape) = key("依据", "依据哪个文件第几条；没有的写“无”")  # type: ignore[valid-type]
    agent_may_commit: YesNo = key("允许代理承诺", "办事指南写明可以代理承诺的，写“是”", default=False)
    commitment_modes: value_of("commitment_modes", many=True) | None = key(  # type: ignore[valid-type]
        "可承诺方式", "本事项另有规定时写；没有的写“无”", default=None)
    risks: value_of("risk_tags", many=True) | None = key(  # type: ignore[valid-type]
        "风险标签", "本事项另有规定时写；没有的写“无”", default=None)
    letter: LetterShape | None = key("承诺", "承诺书的内容；可以承诺的必须写", default=None)
    deferral: DeferralShape | None = key("容缺", "容缺补交的期限", default=None)
    alternatives: some(some(Text)) | None = key(  # type: ignore[valid-type]
        "任选", "几列材料任选一列；一列里的都要", default=None)
    establishes: some(EstablishShape) | None = key(  # type: ignore[valid-type]
        "仍须查明", "这份材料取消以后，事实仍须查明的，由哪些材料查明", default=None)
    review: Text = key("待法务核对", REVIEW, default="")


class AttributesShape(Shape):
    """事项的几个是与否。"""

    work_safety: YesNo = key("涉及安全生产", "是或者否")
    state_secret: YesNo = key("涉及国家秘密", "是或者否")
    correctable_later: YesNo = key("可事后监管纠正", "是或者否")
    application_free: YesNo = key("实行不来即享", "是或者否")


class QuestionShape(Shape):
    """一个常见问题。"""

    question: Text = key("问", "问题")
    answer: Text = key("答", "答复")


class ElsewhereShape(Shape):
    """通办：别处的大厅可以怎样帮着办。只说怎样办，从不说要什么材料。"""

    scope: one_of(*SCOPES) = key("范围", "收件的大厅与决定机关相隔多远：跨省、川渝、省内、全域（同一个市、州）")  # type: ignore[valid-type]
    modes: one_or_some(one_of(*MODES)) = key("方式", "全程网办、异地代收代办、多地联办，写一种或者几种")  # type: ignore[valid-type]
    start: Day = key("自", "第一天")
    last: LastDay = key("至", "最后一天，或者“至今”")
    bases: none_or_list(BasisShape) = key("依据", "依据哪个文件第几条；合成数据没有的写“无”")  # type: ignore[valid-type]
    synthetic: YesNo = key("合成", "清单没有公布、由示例数据充当的，写“是”：会告诉使用者", default=False)
    review: Text = key("待法务核对", REVIEW, default="")


class ItemFile(Shape):
    """一个政务服务事项。"""

    MISSING: ClassVar[dict[str, str]] = dict.fromkeys(
        ("事项", "设定依据", "法定时限", "承诺时限", "材料", "服务对象", "办理地址", "常见问题"), GUIDE)
    SPARE: ClassVar[dict[str, Any]] = {
        "事项": "？", "英文名": "?", "设定依据": [], "法定时限": {"数": "1000", "单位": "月"}, "承诺时限": {"数": "1", "单位": "小时"},
        "服务对象": ["？"], "办理地址": "？", "常见问题": [{"问": "？", "答": "？"}], "主管部门": "？", "施行": "0001-01-01", "失效": "至今",
        "属性": dict.fromkeys(("涉及安全生产", "涉及国家秘密", "可事后监管纠正", "实行不来即享"), "否"), "材料": [],
    }

    name: Text = key("事项", "事项名称")
    code: Code = key("编码", "英文代码")
    english: Text = key("英文名", "英文说法")
    division: DivisionCode = key("区划", "在哪里办，六位代码")
    kind: value_of("item_kind") = key("类型", "事项类型")  # type: ignore[valid-type]
    status: value_of("item_status") = key("状态", "事项状态")  # type: ignore[valid-type]
    reform: value_of("reform_mode") = key("改革方式", "“证照分离”改革方式")  # type: ignore[valid-type]
    audience: some(value_of("applicant_kind")) = key("服务对象", "哪几种申请人")  # type: ignore[valid-type]
    authority: Text = key("主管部门", "哪个部门办")
    bases: some(BasisShape) = key("设定依据", "依据哪个文件第几条设定")  # type: ignore[valid-type]
    legal_time: SpanShape = key("法定时限", "法律给的时限")
    promised_time: SpanShape = key("承诺时限", "承诺的时限，不得长于法定时限")
    address: Text = key("办理地址", "到哪里办")
    faq: some(QuestionShape) = key("常见问题", "至少一问一答")  # type: ignore[valid-type]
    default_division: DivisionCode | None = key("默认区划", "没有写决定机关区划时用哪个", default=None)
    attributes: AttributesShape = key("属性", "四个是与否")
    start: Day = key("施行", "事项存在的第一天")
    last: LastDay = key("失效", "最后一天，或者“至今”")
    situations: list[SituationShape] = key("情形", "本事项要问的情形", default=[])
    own_materials: list[MaterialShape] = key("材料目录", "只有本事项用的材料", default=[])
    requirements: list[RequirementShape] = key("材料", "要哪些材料")
    outputs: none_or_list(_named("材料")) = key("产出", "办成以后发什么", default=[])  # type: ignore[valid-type]
    elsewhere: list[ElsewhereShape] = key("通办", "别处的大厅可以怎样帮着办；不写就是没有公布", default=[])
    review: Text = key("待法务核对", REVIEW, default="")


class LocalRequirementShape(Shape):
    """下级区划另定的容缺期限。"""

    material: _named("材料") = key("材料", "事项里的材料名称或者任选组名称")  # type: ignore[valid-type]
    deferral: DeferralShape = key("容缺", "容缺补交的期限")
    review: Text = key("待法务核对", REVIEW, default="")


class LocalItemFile(Shape):
    """下级区划对一个事项的另行规定：只有时限、地址、常见问题和容缺期限可以不同，通办可以增加。"""

    overrides: one_of("是") = key("覆盖", "写“是”")  # type: ignore[valid-type]
    name: Text = key("事项", "事项名称，与上级的相同")
    code: Code = key("编码", "事项编码，与上级的相同")
    division: DivisionCode = key("区划", "哪个区划，六位代码")
    promised_time: SpanShape | None = key("承诺时限", "承诺的时限，不得长于法定时限", default=None)
    address: Text | None = key("办理地址", "到哪里办", default=None)
    faq: some(QuestionShape) | None = key("常见问题", "至少一问一答", default=None)  # type: ignore[valid-type]
    requirements: list[LocalRequirementShape] = key("材料", "容缺期限", default=[])
    elsewhere: list[ElsewhereShape] = key("通办", "在上级的通办以外，本地还公布了什么", default=[])
    review: Text = key("待法务核对", REVIEW, default="")


class ListRowShape(Shape):
    """清单的一行。"""

    item: _named("事项") | None = key("事项", "事项名称；告知承诺清单可以写“全部”", default=None)  # type: ignore[valid-type]
    material: _named("材料") | None = key("材料", "材料名称", default=None)  # type: ignore[valid-type]
    credential: _named("证件") | None = key("证件", "证件名称（证照清单）", default=None)  # type: ignore[valid-type]
    scene: Text = key("场景", "在哪里用（证照清单）", default="")
    basis: Text = key("设定依据", "依据什么", default="")
    asked_by: Text = key("索要单位", "谁要", default="")
    issued_by: Text = key("开具单位", "谁开", default="")
    guide: Text = key("办理指南", "怎么办", default="")
    within: SpanShape | None = key("期限", "补交或者补齐的期限", default=None)
    review: Text = key("待法务核对", REVIEW, default="")


class ListFile(Shape):
    """公布的一批清单。"""

    kind: one_of(*LIST_KINDS) = key("清单", "哪一种清单")  # type: ignore[valid-type]
    division: DivisionCode = key("区划", "谁公布的，六位代码")
    batch: Text = key("批次", "第几批")
    start: Day = key("公布", "公布的日期")
    last: LastDay = key("失效", "最后一天，或者“至今”")
    synthetic: YesNo = key("合成", "合成的清单写“是”：会告诉使用者，也从不用来取消材料", default=False)
    basis: Text = key("依据", "依据什么公布")
    rows: list[ListRowShape] = key("行", "清单的各行")
    review: Text = key("待法务核对", REVIEW, default="")


class StepShape(Shape):
    """一件事的一个环节。"""

    item: _named("事项") = key("事项", "事项名称")  # type: ignore[valid-type]
    needed: Conditions = key("需要", "什么情形下办；不写就是总办", default=())


class BundleFile(Shape):
    """一件事：几个事项连着办。"""

    name: Text = key("一件事", "名称")
    code: Code = key("编码", "英文代码")
    english: Text = key("英文名", "英文说法")
    lead: Text = key("牵头单位", "谁牵头")
    division: DivisionCode = key("区划", "在哪里办，六位代码")
    situations: list[SituationShape] = key("情形", "要问的情形", default=[])
    steps: some(StepShape) = key("步骤", "各个环节，按次序")  # type: ignore[valid-type]
    bases: none_or_list(BasisShape) = key("依据", "依据哪个文件第几条；没有的写“无”")  # type: ignore[valid-type]
    review: Text = key("待法务核对", REVIEW, default="")


class YearShape(Shape):
    """一年的放假和调休。"""

    year: Whole = key("年", "哪一年")
    source: Text = key("依据", "放假通知")
    holidays: list[Day] = key("放假", "放假的日子，含其中的周末")
    worked: list[Day] = key("调休上班", "要上班的周六、周日")
    review: Text = key("待法务核对", REVIEW, default="")


class LocalYearShape(Shape):
    """一个地方自己的假日。"""

    division: DivisionCode = key("区划", "六位代码")
    year: Whole = key("年", "哪一年")
    source: Text = key("依据", "放假通知", default="")
    holidays: list[Day] = key("放假", "放假的日子")
    review: Text = key("待法务核对", REVIEW, default="")


class CalendarFile(Shape):
    """工作日历。"""

    years: list[YearShape] = key("年份", "一年一条")
    local: list[LocalYearShape] = key("地方", "地方自己的假日", default=[])
