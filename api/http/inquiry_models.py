"""What an answer says of the questions put to sources: which source, on which ground, what it said. No number, no name, no record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from api.http.language import Language
from api.sources.gathering import LIBRARY
from engine.rulebook import Rulebook

#: Why a source gave no answer, or none that helps, in words fit for reading out.
WHY: Final[Mapping[str, tuple[str, str]]] = {
    "breaker_open": ("数据源近来一直没有回应，这次没有再等", "the source has not been answering and was not waited for"),
    "timeout": ("数据源没有按时回应", "the source did not answer in time"),
    "unreachable": ("数据源连不上", "the source cannot be reached"),
    "status": ("数据源拒绝或者出错", "the source refused or failed"),
    "garbage": ("数据源的回应读不懂", "the answer of the source cannot be read"),
    "busy": ("同时查询的太多，这次没有问成", "too many questions at once; it was not asked"),
    "late": ("答复的时限到了，没有等到", "the time for the whole answer was up"),
    "no_link": ("没有设置这个数据源的接口，由部门自行查询", "no address of this source is set; the authority asks it by other means"),
    "by_hand": ("由部门人工核查", "people of the authority check it"),
    "no_number": ("没有当事人的证件号码，没有问", "no identity number of the person is stated; it was not asked"),
    "registers_differ": ("与本地电子证照库登记的状态不一致，由部门核实", "the certificate library says the contrary; the authorities find out"),
    "certificate_library": ("本地电子证照库里有", "the certificate library has it"),
}


class InquiryMade(BaseModel):
    """One question that was put, or could not be."""

    model_config = ConfigDict(extra="forbid")

    material: str = Field(description="为哪份材料 For which material.", examples=["marriage_certificate"])
    person: str | None = Field(None, description="谁的：本申请内的编号；没有就是申请人 Whose: id inside the application; absent: the applicant's.", examples=["p1"])
    kind: str = Field(description="query 查询 · check 核验", examples=["query"])
    source: str = Field(description="数据源编码 Code of the source.", examples=["marriage_records"])
    provider: str = Field(description="提供单位 Who answers for it.", examples=["民政部门"])
    item: str = Field(description="为哪个事项 For which item.", examples=["housing_fund_rent"])
    ground: str = Field(description="查询依据 Legal ground.", examples=["statutory_duty"])
    rules: list[str] = Field(description="认定有权查询的规则 The rules that authorise it.", examples=[["个人信息保护法-13-法定职责"]])
    result: str | None = Field(description="结果；null 是没有问成 What it said; null: it was not asked after all.", examples=["valid"])
    valid_to: str | None = Field(None, description="有效期至 Last day of validity.", examples=["2036-05-01"])
    why: str | None = Field(None, description="为什么没有答复 Why there is no answer that helps.", examples=["timeout"])
    cached: bool | None = Field(None, description="用的是刚才的答复 An answer of a short while ago was used.", examples=[True])
    at: str = Field(description="时间 When.", examples=["2026-11-22T09:30:00+08:00"])
    text: str = Field(description="一句话：向谁查了什么、凭什么、结果怎样 One sentence: whom, what, on which ground, with what result.",
                      examples=["为“住房公积金提取（租房）”向民政部门查询婚姻登记信息（依据：法定职责）：查到有效。"])


def asked_of(made: Iterable[Mapping[str, Any]], rulebook: Rulebook, spoken: Language) -> list[dict[str, Any]]:
    """The questions with a sentence each: the person is told of every query, whatever its ground (个人信息保护法 17, 35)."""
    return [{**one, "text": _sentence(one, rulebook, spoken)} for one in made]


def _sentence(one: Mapping[str, Any], rulebook: Rulebook, spoken: Language) -> str:
    words = rulebook.vocabulary
    ground = words["source_ground"].by_word[one["ground"]]
    fact = words["query_result" if one["kind"] == "query" else "check_result"]
    source = rulebook.sources.get(one["source"])
    item = next((item for (code, _), item in rulebook.items.items() if code == one["item"]), None)
    said = fact.by_word.get(one["result"] or "")
    why = WHY.get(one.get("why") or "")
    if one.get("why") == LIBRARY:      # nobody was asked
        return (f"为“{item.name if item else one['item']}”在本地电子证照库里找到与{source.name if source else one['source']}等效的证照（依据：{ground.name}）："
                f"{said.name if said else '没有结果'}，没有再向{one['provider']}查询。" if spoken == "zh" else
                f"For “{item.english if item else one['item']}”, the certificate library holds what {source.english if source else one['source']} would say (ground: "
                f"{ground.english}): {said.english if said else 'no result'}; nobody was asked.")
    if spoken == "zh":
        result = "，".join(filter(None, (said.name if said else "", why[0] if why else ""))) or "没有结果"
        return (f"为“{item.name if item else one['item']}”向{one['provider']}{'查询' if one['kind'] == 'query' else '核验'}"
                f"{source.name if source else one['source']}（依据：{ground.name}）：{result}。")
    result = "; ".join(filter(None, (said.english if said else "", why[1] if why else ""))) or "no result"
    return (f"For “{item.english if item else one['item']}”, {source.english if source else one['source']} was "
            f"{'asked' if one['kind'] == 'query' else 'checked'} (ground: {ground.english}): {result}.")
