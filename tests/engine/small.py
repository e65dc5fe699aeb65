"""Small rulebooks made in a test: the bundled words, routes, calendar and divisions, with law and a catalogue of the test's own.

Whoever reads a test sees every rule and every material that matters to it. Files are written as JSON, which is YAML.
"""

from __future__ import annotations

import json
from datetime import date
from functools import cache

from api.rule_files import bundled, open_rulebook
from engine.application import Application
from engine.decide import Decider
from engine.intake import Case, take
from engine.reading import read_rulebook
from engine.rulebook import Rulebook

DAY = date(2026, 11, 23)       # a Monday, no change of any law near it
KEPT = ("vocabulary.yaml", "ladder.yaml", "calendar.yaml", "catalogue/divisions.yaml")
CHECKED = {"日期": "2026-11-22", "核对人": "示例"}


@cache
def words() -> dict[str, str]:
    texts = open_rulebook(bundled())
    return {path: texts[path] for path in KEPT}


def rule(number: str, kind: str, what: str, *when: object, **more: object) -> dict:
    """One rule: `rule("a", "准许", "数据共享", "查询结果 是 查到有效")`."""
    made: dict = {"编号": number, "条款": "第一条", "要点": f"{number}。", kind: what}
    if kind in ("准许", "排除", "阻止"):
        made["理由"] = more.pop("理由", "依法需要提交")
    return made | more | ({"当": list(when)} if when else {})


HAND_IN = rule("提交", "准许", "提交", "材料需要 成立", 后续=[{"谁": "申请人", "做什么": "提交材料"}])
NOT_NEEDED = rule("不涉及", "准许", "不涉及", "材料需要 不成立", 理由="本情形不需要")


def instrument(name: str, *rules: dict, rank: str = "行政法规", division: str | list[str] = "000000", start: str = "2000-01-01", last: str = "至今") -> dict:
    return {"文件": name, "英文名": name, "文号": "无", "制定机关": "示例机关", "位阶": rank, "区划": division, "施行": start, "失效": last,
            "可作依据": "是", "最近核对": CHECKED, "规则": list(rules)}


def material(code: str, name: str, **more: object) -> dict:
    """A proof that nobody can query, check or show, unless the test says so."""
    return {"编码": code, "名称": name, "英文名": code, "类别": "证明", "开具单位": "民政部门", "证明内容": "婚姻状况", "证明方向": "有", "风险标签": "无",
            "证件": "无", "数据源": "无", "核验渠道": "无", "可承诺方式": "无", "开具单位无法查证": "否", "须本人到场": "否", "形式": "原件",
            "自备": "否"} | more


def asked(name: str, **more: object) -> dict:
    """One requirement of the item."""
    return {"材料": name, "角色": "主件", "依据": [{"文件": "示例条例", "条款": "第二条"}]} | more


LETTER = {"证明内容": "婚姻状况", "承诺书公开": "否", "不实后果": "撤销", "核查方式": "数据核查"}


def situation(code: str, name: str) -> dict:
    return {"编码": code, "名称": name, "问题": f"{name}吗？", "英文名": code, "英文问题": f"{code}?"}


def item(*requirements: dict, code: str = "thing", name: str = "示例事项", division: str = "000000", **more: object) -> dict:
    return {"事项": name, "编码": code, "英文名": code, "区划": division, "类型": "行政登记", "状态": "实施", "改革方式": "无", "服务对象": ["自然人"],
            "主管部门": "民政部门", "设定依据": [{"文件": "示例条例", "条款": "第一条"}], "法定时限": {"数": "20", "单位": "工作日"},
            "承诺时限": {"数": "10", "单位": "工作日"}, "办理地址": "一号窗口", "常见问题": [{"问": "要带什么？", "答": "见材料。"}],
            "属性": {"涉及安全生产": "否", "涉及国家秘密": "否", "可事后监管纠正": "是", "实行不来即享": "否"}, "施行": "2000-01-01", "失效": "至今",
            "情形": [], "材料": list(requirements)} | more


def source(code: str, *connections: tuple[str, str, str], **more: object) -> dict:
    """A register, connected in each (division, first day, last day)."""
    return {"编码": code, "名称": code, "英文名": code, "提供单位": "民政部门", "种类": "查询", "共享类型": "无条件共享", "查询依据": "法定职责",
            "接通": [dict(zip(("区划", "自", "至"), one, strict=True)) for one in connections]} | more


EVERYWHERE = ("000000", "2000-01-01", "至今")


def credential(code: str, name: str, **more: object) -> dict:
    return {"编码": code, "名称": name, "英文名": code, "持证人": "自然人", "普遍持有": "否", "出示": "全国", "共享": "否"} | more


def published(kind: str, *rows: dict, division: str = "000000", start: str = "2010-01-01", last: str = "至今", synthetic: bool = False, batch: str = "第一批") -> dict:
    return {"清单": kind, "区划": division, "批次": batch, "公布": start, "失效": last, "合成": "是" if synthetic else "否", "依据": "示例", "行": list(rows)}


def row(material: str, item: str = "示例事项", **more: object) -> dict:
    return {"事项": item, "材料": material, "设定依据": "示例条例第二条", "索要单位": "民政部门", "开具单位": "民政部门", "办理指南": "到窗口"} | more


def texts(*laws: dict, items: list[dict], materials: list[dict], sources: list[dict] = [], credentials: list[dict] = [],  # noqa: B006
          lists: list[dict] = [], bundles: list[dict] = []) -> dict[str, str]:  # noqa: B006
    """The files of a rulebook. 示例条例 is an administrative regulation and 示例规章 a departmental rule; both are bases only."""
    files: dict[str, object] = {
        "catalogue/bases.yaml": {"依据文件": [
            {"文件": name, "英文名": name, "文号": "无", "制定机关": "示例机关", "位阶": rank, "区划": division, "施行": "2000-01-01", "失效": last}
            for name, rank, division, last in (
                ("示例条例", "行政法规", "000000", "至今"), ("示例规章", "部门规章", "000000", "至今"), ("示例法律", "法律", "000000", "2020-12-31"),
                ("抚顺条例", "地方性法规", "210400", "至今"))]},
        "catalogue/materials.yaml": {"材料": materials},
        "invariants.yaml": {"不变量": [{"编号": "一", "要点": "一。", "当": ["材料需要 成立"], "那么": ["路径 不是 不涉及"]}]},
    }
    if sources:
        files["catalogue/sources.yaml"] = {"数据源": sources}
    if credentials:
        files["catalogue/credentials.yaml"] = {"证件": credentials}
    for folder, made in (("law", laws), ("catalogue/items", items), ("catalogue/lists", lists), ("catalogue/bundles", bundles)):
        files.update({f"{folder}/{number:02}.yaml": one for number, one in enumerate(made)})
    return words() | {path: json.dumps(content, ensure_ascii=False) for path, content in files.items()}


def book(*laws: dict, **catalogue: list[dict]) -> Rulebook:
    return read_rulebook(texts(*laws, **catalogue))


def application(day: date = DAY, division: str = "210400", **more: object) -> Application:
    return Application.model_validate({"item": "thing", "deciding_division": division, "accepted_on": day, **more})


def case(rulebook: Rulebook, day: date = DAY, **more: object) -> Case:
    return take(rulebook, application(day, **more), day)


def decide(rulebook: Rulebook, as_of: date | None = None, pinned: Decider | None = None, **more: object) -> dict:
    """The body for an application to 示例事项 under a small rulebook."""
    made = application(**more)
    return Decider(rulebook).decide(made, as_of or made.accepted_on, pinned)


def one(body: dict, material: str, person: str | None = None) -> dict:
    """The entry of one material; members of alternatives are found too."""
    rows = []
    for entry in body["materials"]:
        rows.extend([entry, *(member for way in entry.get("alternatives", ()) for member in way["materials"])])
    found = [entry for entry in rows if entry["material"] == material and (person is None or entry["person"] == person)]
    assert len(found) == 1, [(entry["material"], entry.get("person")) for entry in rows]
    return found[0]
