"""A little library of scenarios over a small rulebook: a scenario is an application and the route one material must take."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from api.scenarios.assessing import Assessment, assess
from api.scenarios.library import Library
from api.scenarios.trying import Crew
from engine.decide import Decider
from engine.rulebook import Rulebook
from tests.engine.small import DAY, HAND_IN, NOT_NEEDED, application, asked, book, instrument, item, material, one, rule, situation

LAW = instrument(
    "示例法", HAND_IN, NOT_NEEDED,
    rule("持证", "准许", "已有覆盖", "材料需要 成立", "持有证件 成立"),
    rule("大人", "准许", "部门核验", "材料需要 成立", "申请人类型 是 自然人", "同意查询 成立"),
    rule("多余", "准许", "已有覆盖", "材料需要 成立", "持有证件 成立", "材料类别 是 证明"),
    start="2020-01-01")
MARRIED = situation("married", "已婚")


def law(*rules: dict) -> Rulebook:
    """A rulebook of these rules, for one item with one material that is needed by the married."""
    made = rules[0] if rules and "文件" in rules[0] else instrument("示例法", HAND_IN, NOT_NEEDED, *rules)
    return book(made, items=[item(asked("甲", 需要=["已婚 成立"]), 情形=[MARRIED])], materials=[material("a", "甲")])


@cache
def rulebook() -> Rulebook:
    return law(LAW)


@dataclass(frozen=True)
class Said:
    """One scenario: what is said of the application, and the route the material must take."""

    name: str
    route: str | None
    day: date = DAY
    tags: frozenset[str] = frozenset()
    stated: dict[str, Any] = field(default_factory=dict, hash=False)
    file: str = "little.feature"

    @property
    def said(self) -> tuple[str, ...]:
        return (self.name,)


def run(example: Said, deciders: Any) -> str:
    found = one(deciders("", "").decide(application(example.day, **example.stated), example.day), "a")["route"]
    return "" if found == example.route else f"{example.name}：{found}"


def said(name: str, route: str | None, day: date = DAY, married: bool | None = True, holds: bool | None = None, person: str = "", consents: bool | None = None,
         tags: tuple[str, ...] = ()) -> Said:
    stated: dict[str, Any] = {"situation": {} if married is None else {"married": married}}
    if holds is not None:
        stated["facts"] = {"holds_credential": {"a": holds}}
    if person:
        stated["applicant"] = {"kind": person}
    if consents is not None:
        stated["consents"] = {"a": consents}
    return Said(name, route, day, frozenset(tags), stated)


def library(*examples: Said, book_: Rulebook | None = None) -> Library:
    @cache
    def decider(base: str = "", extra: str = "") -> Decider:
        return Decider(book_ or rulebook())

    return Library(Path("."), examples, run, decider)


def assessed(*examples: Said, rules: tuple[str, ...] = (), book_: Rulebook | None = None) -> Assessment:
    found = library(*examples, book_=book_)
    with Crew(found) as crew:
        return assess(found, crew, lambda part, total, done: None, rules)


#: Enough to notice whatever anybody could notice of 持证 but its days.
HOLDING = (said("持证的免交", "covered", holds=True, tags=("持证",)), said("没有证的提交", "submit", holds=False, person="natural_person", consents=False),
           said("不需要的不涉及", "not_required", married=False, holds=True))
