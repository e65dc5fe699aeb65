"""Reads published lists, bundles (一件事) and the calendar.

Nothing here says what a list does to a material; it only resolves names and days.
"""

from __future__ import annotations

from datetime import date
from typing import Final

from engine.catalogue import Bundle, Calendar, PublishedList, Step, Year
from engine.law import Span
from engine.reading.catalogue_shapes import BundleFile, CalendarFile, ItemFile, ListFile, ListRowShape
from engine.reading.draft import Draft, span
from engine.reading.items import knows
from engine.reading.report import File, Place
from engine.vocabulary import Fact

EVERYTHING: Final = "全部"
CREDENTIAL_LISTS: Final = ("电子证照共享清单", "亮证清单")
ITEM_LIST: Final = "承诺审批清单"
OPEN_LIST: Final = "告知承诺清单"
DETAILS: Final = ("设定依据", "索要单位", "开具单位", "办理指南")


def read_lists(draft: Draft) -> tuple[PublishedList, ...]:
    found = []
    for file, model in draft.models(ListFile):
        place = file.place()
        draft.known_division(place / "区划", model.division)
        start, end = draft.days(place, model.start, model.last)
        rows: dict[tuple[str, str], Span | None] = {}
        details = []
        for here, row in file.each("行", model.rows):
            key = _row(draft, here, row, model.kind)
            if key is None:
                continue
            if key in rows:
                draft.report.say(here, "list-row-twice", "这一行与前面的一行相同。", "This row repeats an earlier one.")
            rows[key] = span(row.within)
            details.append({name: value for name, value in (
                ("事项", row.item), ("材料", row.material), ("证件", row.credential), ("场景", row.scene), ("设定依据", row.basis),
                ("索要单位", row.asked_by), ("开具单位", row.issued_by), ("办理指南", row.guide)) if value})
        found.append(PublishedList(model.kind, model.division, model.batch, start, end, model.synthetic, model.basis, rows,
                                   tuple(details), file.path))
    return tuple(found)


def _row(draft: Draft, place: Place, row: ListRowShape, kind: str) -> tuple[str, str] | None:
    """The row's key: (item or 全部, material), (item, "") or (全部, credential)."""
    wanted = ("证件",) if kind in CREDENTIAL_LISTS else ("事项",) if kind == ITEM_LIST else ("事项", "材料", *DETAILS)
    optional = ("场景",) if kind in CREDENTIAL_LISTS else () if kind == ITEM_LIST else ("期限",)
    given = {"事项": row.item, "材料": row.material, "证件": row.credential, "场景": row.scene, "设定依据": row.basis, "索要单位": row.asked_by,
             "开具单位": row.issued_by, "办理指南": row.guide, "期限": row.within}
    missing = [name for name in wanted if not given[name]]
    if missing:
        draft.report.say(place, "list-row-incomplete", f"{kind}的每一行都要写{'、'.join(wanted)}；这一行缺少{'、'.join(missing)}。",
                         f"Each row of a {kind} states {', '.join(wanted)}; this one lacks {', '.join(missing)}.")
    for name, value in given.items():
        if value and name not in wanted and name not in optional:
            draft.report.say(place / name, "list-row-key", f"{kind}的行里不写“{name}”。",
                             f"A row of a {kind} takes no “{name}”.", (*wanted, *optional))
    item = _item(draft, place / "事项", row.item, kind) if row.item else ""
    if row.credential:
        credential = draft.credentials.find(row.credential, place / "证件", draft.report)
        return (EVERYTHING, credential.code) if credential is not None else None
    material = _asked(draft, place / "材料", row.material) if row.material else ""
    return (item, material) if item and (material or kind == ITEM_LIST) else None


def _item(draft: Draft, place: Place, word: str, kind: str) -> str:
    if word == EVERYTHING:
        if kind != OPEN_LIST:
            draft.report.say(place, "list-row-key", f"只有{OPEN_LIST}可以写“全部”，{kind}要写明事项。",
                             f"“全部” (every item) stands only in a {OPEN_LIST}; a {kind} names items.")
        return EVERYTHING
    item = draft.items.find(word, place, draft.report)
    return item.code if item is not None else ""


def _asked(draft: Draft, place: Place, word: str) -> str:
    group = draft.groups.by_word.get(word)
    if group is not None:
        return group.code
    material = draft.materials.find(word, place, draft.report)
    return material.code if material is not None else ""


def read_bundles(draft: Draft) -> None:
    for file, model in draft.models(BundleFile):
        place = file.place()
        draft.known_division(place / "区划", model.division)
        known: dict[str, tuple[Fact, ...]] = {}
        for one, offered in draft.models(ItemFile):
            known[offered.code] = (*known.get(offered.code, ()), *draft.situations.get(one, ()))
        steps: list[Step] = []
        for here, row in file.each("步骤", model.steps):
            item = draft.items.find(row.item, here / "事项", draft.report)
            theirs = known.get(item.code, ()) if item is not None else tuple(draft.pool.facts.values())
            situations = (*draft.situations.get(file, ()), *theirs)
            needed = draft.conditions.read(row.needed, here / "需要", knows(situations))
            if item is not None:
                if item.code in (step.item for step in steps):
                    draft.report.say(here, "step-twice", f"环节“{item.name}”写了两次。", f"The step “{item.code}” is written twice.")
                steps.append(Step(item.code, needed))
        bundle = Bundle(model.code, model.name, model.english, model.division, model.lead, draft.situations.get(file, ()), tuple(steps),
                        draft.bases(place / "依据", model.bases))
        draft.bundles.add(bundle, (model.name, model.code), place / "编码", draft.report)


def read_calendar(draft: Draft) -> Calendar:
    years: dict[int, Year] = {}
    local: dict[tuple[str, int], frozenset[date]] = {}
    for file, model in draft.models(CalendarFile):
        for place, row in file.each("年份", model.years):
            if row.year in years:
                draft.report.say(place / "年", "duplicate-name", f"{row.year} 年写了两次。", f"The year {row.year} is written twice.")
            _in_year(draft, place / "放假", row.holidays, row.year)
            _in_year(draft, place / "调休上班", row.worked, row.year)
            for number, day in enumerate(row.worked):
                if day.weekday() < 5 or day in row.holidays:
                    draft.report.say(place / "调休上班" / number, "calendar-day", f"{day} 不是要上班的周末：它是工作日，或者也写在“放假”里。",
                                     f"{day} is no worked weekend day: it is a weekday or also a holiday.")
            years[row.year] = Year(frozenset(row.holidays), frozenset(row.worked))
        _local_years(draft, file, model, local)
    return Calendar(years, local)


def _local_years(draft: Draft, file: File, model: CalendarFile, local: dict[tuple[str, int], frozenset[date]]) -> None:
    for place, row in file.each("地方", model.local):
        draft.known_division(place / "区划", row.division)
        _in_year(draft, place / "放假", row.holidays, row.year)
        local[row.division, row.year] = frozenset(row.holidays)


def _in_year(draft: Draft, place: Place, days: list[date], year: int) -> None:
    for number, day in enumerate(days):
        if day.year != year:
            draft.report.say(place / number, "calendar-day", f"{day} 不在 {year} 年。", f"{day} is not in {year}.")
