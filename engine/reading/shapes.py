"""The shape of the vocabulary, the ladder, the invariants and the instruments: which keys, which are required, what they take.

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
    Divisions,
    LastDay,
    Rank,
    Shape,
    Text,
    Whole,
    YesNo,
    key,
    one_of,
    some,
)

REVIEW = "须法务确认什么；引用本处的每个答复都会带上这个记号"


class ValueShape(Shape):
    """事实的一个值。"""

    name: Text = key("名称", "中文名称，写在短句里")
    code: Code = key("英文", "英文代码，小写字母、数字和下划线")
    english: Text = key("英文名", "英文说法")


class NoneShape(Shape):
    """没有日期时怎么写。"""

    name: Text = key("名称", "没有日期时怎么写，例如“长期”")
    code: Code = key("英文", "英文代码")
    day: Day = key("视同", "比较时当作哪一天")


class FactShape(Shape):
    """一个事实：名称、描述谁、类型、由谁提供。"""

    MISSING: ClassVar[dict[str, str]] = {"来源": "fact-without-supplier"}

    name: Text = key("名称", "中文名称，写在短句里")
    code: Code = key("英文", "英文代码")
    english: Text = key("英文名", "英文说法")
    subject: one_of("申请", "申请人", "相关人", "事项", "材料") = key("描述", "这个事实说的是谁")  # type: ignore[valid-type]
    type: one_of("是否", "选项", "多选", "日期", "数值") = key("类型", "是否、选项、多选、日期或者数值")  # type: ignore[valid-type]
    supplier: one_of("申报", "目录", "推算", "记录", "查询", "认定", "结论") = key(  # type: ignore[valid-type]
        "来源", "由谁提供，也说明没有它时意味着什么")
    values: some(ValueShape) | None = key("值", "选项、多选的各个值", default=None)  # type: ignore[valid-type]
    domain: one_of("事项", "材料", "证件", "区划", "数据源", "路径", "方式") | None = key(  # type: ignore[valid-type]
        "值取自", "值就是目录或者路径表里的名称", default=None)
    same_as: Text | None = key("值同", "与另一个事实的值相同", default=None)
    none: NoneShape | None = key("无值", "日期可以没有时怎么写", default=None)
    unit: Text = key("单位", "数值的单位", default="")
    english_unit: Text = key("英文单位", "数值的英文单位", default="")
    low: Whole | None = key("最小", "数值的下限", default=None)
    high: Whole | None = key("最大", "数值的上限", default=None)
    function: Text = key("函数", "推算函数的名称", default="")
    leaves: list[Text] = key("取自", "推算不出时，要问的申报或者记录事实", default=[])
    list_kind: Text = key("清单", "看哪一种清单", default="")
    question: Text = key("问题", "向申请人怎么问", default="")
    english_question: Text = key("英文问题", "英文怎么问", default="")
    unspoken: one_of("成立", "不成立") | None = key("未提出视为", "没有提出就当作什么", default=None)  # type: ignore[valid-type]
    note: Text = key("说明", "怎么理解", default="")
    review: Text = key("待法务核对", REVIEW, default="")


class SentenceShape(Shape):
    """一个理由或者一个后续动作：一句可以在窗口念出来的话。"""

    name: Text = key("名称", "中文名称，写在规则里")
    code: Code = key("英文", "英文代码")
    sentence: Text = key("句", "可以在窗口念出来的话")
    english: Text = key("英文句", "英文的话")
    review: Text = key("待法务核对", REVIEW, default="")


class TermShape(Shape):
    """一种规定：规则给它有日期的值。"""

    name: Text = key("名称", "中文名称，写在规则里")
    code: Code = key("英文", "英文代码")
    english: Text = key("英文名", "英文说法")
    type: one_of("期限", "选项") = key("类型", "期限，或者选项")  # type: ignore[valid-type]
    stricter: one_of("短", "长", "不比较") = key("较严", "哪一头更严；下级不得比上级宽")  # type: ignore[valid-type]
    values: some(ValueShape) | None = key("值", "选项的各个值", default=None)  # type: ignore[valid-type]
    review: Text = key("待法务核对", REVIEW, default="")


class VocabularyFile(Shape):
    """词表：规则、情形、场景、说明和提问里能说的一切。"""

    facts: list[FactShape] = key("事实", "全部事实")
    reasons: list[SentenceShape] = key("理由", "准许、排除、阻止的理由")
    actions: list[SentenceShape] = key("后续", "后续动作")
    actors: list[ValueShape] = key("主体", "后续由谁做")
    terms: list[TermShape] = key("规定", "有日期的数值")


class RouteShape(Shape):
    """一条路径。"""

    name: Text = key("名称", "中文名称")
    code: Code = key("英文", "英文代码")
    english: Text = key("英文名", "英文说法")
    elective: YesNo = key("自选", "申请人可以自己选的，写“是”", default=False)
    modes: some(ValueShape) | None = key("方式", "自选路径的各种方式", default=None)  # type: ignore[valid-type]
    sentence: Text = key("句", "可以念给申请人听的话")
    english_sentence: Text = key("英文句", "英文的话")
    review: Text = key("待法务核对", REVIEW, default="")


class LadderFile(Shape):
    """路径的次序：按申请人负担由轻到重。"""

    routes: some(RouteShape) = key("路径", "由轻到重")  # type: ignore[valid-type]


class InvariantShape(Shape):
    """一条不变量：对任何申请都必须成立。"""

    id: Text = key("编号", "唯一的编号")
    gist: Text = key("要点", "一句话")
    source: Text = key("依据", "来自哪里", default="")
    given: Conditions = key("当", "条件；不写就是任何时候", default=())
    then: Conditions = key("那么", "必须成立的")
    review: Text = key("待法务核对", REVIEW, default="")


class PairShape(Shape):
    """一条对照：同一份申请的两种情况，只差甲、乙所写的，结果应当怎样。"""

    id: Text = key("编号", "唯一的编号")
    gist: Text = key("要点", "一句话")
    source: Text = key("依据", "来自哪里", default="")
    given: Conditions = key("当", "条件，甲、乙都要成立；不写就是任何时候", default=())
    first: Conditions = key("甲", "甲的情况；不写就是任何情况", default=())
    second: Conditions = key("乙", "乙的情况；不写就是任何情况", default=())
    second_law: one_of("全国") | None = key(  # type: ignore[valid-type]
        "乙的规则", "写“全国”：乙只用全国性文件的规则；不写就与甲用同样的规则", default=None)
    if_first: Conditions = key("若甲", "甲的路径、方式；不写就是不论甲怎样", default=())
    then_second: Conditions = key("则乙", "这时乙的路径、方式必须是什么", default=())
    no_heavier: one_of("是") | None = key(  # type: ignore[valid-type]
        "甲不重于乙", "写“是”：甲的路径不比乙的重；写了就不写若甲、则乙", default=None)
    review: Text = key("待法务核对", REVIEW, default="")


class InvariantsFile(Shape):
    """不变量和对照。"""

    complete_from: Day | None = key("完整自", "规则从哪一天起完整；这一天以前，可以有一条路径也没有的材料。不写就是任何时候都完整", default=None)
    invariants: list[InvariantShape] = key("不变量", "对任何申请都必须成立的")
    pairs: list[PairShape] = key("对照", "同一份申请的两种情况放在一起，必须成立的", default=[])


class CheckShape(Shape):
    """最近一次与原文核对。"""

    day: Day = key("日期", "核对的日期")
    by: Text = key("核对人", "谁核对的；还没有人核对的，写“待法务核对”")


class BackgroundShape(Shape):
    """一条不带规则的背景。"""

    article: Text = key("条款", "第几条")
    gist: Text = key("要点", "用自己的话写")
    amount: Whole | None = key("数量", "整数", default=None)
    unit: Text = key("单位", "数量的单位", default="")
    review: Text = key("待法务核对", REVIEW, default="")


class ResidualShape(Shape):
    """一项后续：谁、做什么、多久以内。"""

    actor: Annotated[Text, Field(json_schema_extra={"x-values-of": "主体"})] = key("谁", "词表里的主体")
    action: Annotated[Text, Field(json_schema_extra={"x-values-of": "后续"})] = key("做什么", "词表里的后续动作")
    within: Any = key("期限", "词表里的规定，或者 {数, 单位}", default=None, json_schema_extra={"x-term-or-span": True})


class RuleShape(Shape):
    """一条规则：认定、准许、排除、阻止、规定，写且只写一种。"""

    MISSING: ClassVar[dict[str, str]] = {"条款": "rule-without-article"}

    id: Text = key("编号", "唯一；同一编号的几条是先后版本，日期不得重叠")
    article: Text = key("条款", "第几条")
    gist: Text = key("要点", "一句话，用自己的话写")
    start: Day | None = key("施行", "本条第一天；不写就是文件的", default=None)
    last: LastDay | None = key("失效", "本条最后一天，或者“至今”；不写就是文件的", default=None)
    review: Text = key("待法务核对", REVIEW, default="")
    defines: Text | None = key("认定", "来源为“认定”的事实", default=None, json_schema_extra={"x-values-of": "认定事实"})
    grants: Text | None = key("准许", "路径；分方式的写 路径/方式", default=None, json_schema_extra={"x-values-of": "准许"})
    bars: Text | None = key("排除", "路径，或者 路径/方式", default=None, json_schema_extra={"x-values-of": "排除"})
    blocks: Text | None = key("阻止", "一句话：怎样才能继续", default=None)
    sets: Text | None = key("规定", "词表里的规定", default=None, json_schema_extra={"x-values-of": "规定"})
    value: Text | None = key("值", "规定的值", default=None, json_schema_extra={"x-number-or-text": True})
    unit: one_of("工作日", "自然日", "月", "小时") | None = key("单位", "期限的单位", default=None)  # type: ignore[valid-type]
    reason: Text | None = key("理由", "词表里的理由", default=None, json_schema_extra={"x-values-of": "理由"})
    residuals: list[ResidualShape] = key("后续", "谁还要做什么", default=[])
    when: Conditions = key("当", "条件：一列短句，全部成立；不写就是任何时候", default=())
    idle: Text = key("暂无适用", "目录里没有本条管得到的事项、材料的，写明没有的是什么、为什么保留；有了就删去", default="")


class InstrumentHead(Shape):
    """一件法律文件的身份。"""

    title: Text = key("文件", "文件全名，唯一")
    short: Text = key("简称", "引用时的短名", default="")
    english: Text = key("英文名", "英文说法")
    number: Text = key("文号", "没有的写“无”")
    organ: Text = key("制定机关", "谁制定的")
    rank: Rank = key("位阶", "法律位阶")
    divisions: Divisions = key("区划", "一个六位代码，或者一列；000000 是全国")
    start: Day = key("施行", "施行的第一天")
    last: LastDay = key("失效", "有效的最后一天，或者“至今”")
    review: Text = key("待法务核对", REVIEW, default="")


class InstrumentFile(InstrumentHead):
    """一件法律文件，按条文次序写规则。"""

    SPARE: ClassVar[dict[str, Any]] = {
        "文件": "？", "英文名": "?", "文号": "无", "制定机关": "？", "位阶": "法律", "区划": "000000",
        "施行": "0001-01-01", "失效": "至今", "可作依据": "是", "最近核对": {"日期": "0001-01-01", "核对人": "？"},
    }

    citable: YesNo = key("可作依据", "讲话、文章写“否”，只能有背景，不能有规则")
    checked: CheckShape = key("最近核对", "最近一次与原文核对")
    background: list[BackgroundShape] = key("背景", "不带规则的数字和目标", default=[])
    rules: list[RuleShape] = key("规则", "按条文次序", default=[])


