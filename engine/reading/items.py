"""Reads service items: identity, situations, requirements, groups of alternatives, and what narrower divisions say otherwise.

Nothing here decides whether a material is needed; conditions are only read.
"""

from __future__ import annotations

from dataclasses import replace

from engine.catalogue import NATIONAL, Elsewhere, Item, Letter, Material, Requirement
from engine.law import Span
from engine.problems import Problem
from engine.reading.catalogue import named
from engine.reading.catalogue_shapes import (
    MODES,
    SCOPES,
    BundleFile,
    ElsewhereShape,
    ItemFile,
    LetterShape,
    LocalItemFile,
    RequirementShape,
)
from engine.reading.conditions import MayUse
from engine.reading.draft import Draft, Head, span
from engine.reading.report import SPARE_WORD, File, Place
from engine.reading.scalars import SpanShape
from engine.reading.vocabulary import speakable
from engine.vocabulary import COMPUTED, DECLARED, RECORDED, Fact, Value

_HOURS = {"小时": 1, "工作日": 8}


def read_heads(draft: Draft) -> None:
    """Names, situations and groups of all items and bundles: what conditions may name."""
    for file, item in draft.models(ItemFile):
        known = draft.items.by_word.get(item.code)
        if known is None:
            if item.name != SPARE_WORD:
                speakable(item.name, file.place("事项"), draft.report)
                draft.items.add(Head(item.name, item.code, item.english), (item.name, item.code), file.place("事项"), draft.report)
        elif item.name not in (known.name, SPARE_WORD):
            draft.report.say(file.place("事项"), "duplicate-name", f"编码“{item.code}”已经是“{known.name}”的；换一个编码。",
                             f"The code “{item.code}” already belongs to “{known.english}”; choose another.")
        draft.situations[file] = draft.pool.read(file.each("情形", item.situations), draft.report)
        for place, row in file.each("材料", item.requirements):
            if row.alternatives is not None and row.name and row.code and row.english:
                _group_name(draft, place, row.name, row.code, row.english)
    for file, bundle in draft.models(BundleFile):
        draft.situations[file] = draft.pool.read(file.each("情形", bundle.situations), draft.report)


def _group_name(draft: Draft, place: Place, name: str, code: str, english: str) -> None:
    named(draft, place / "名称", name)
    for word in (name, code):
        if word in draft.materials.by_word:
            draft.report.say(place, "duplicate-name", f"“{word}”已经是一种材料的名称或者编码；任选组要另起一个。",
                             f"“{word}” already names a material; a group of alternatives needs one of its own.")
            return
    known = draft.groups.by_word.get(code)
    if known is None or known.name != name:
        draft.groups.add(Value(name, code, english), (name, code), place, draft.report)


def read_items(draft: Draft) -> dict[tuple[str, str], Item]:
    """Every item by (code, division), the narrower divisions' own terms merged in."""
    found: dict[tuple[str, str], Item] = {}
    for file, model in draft.models(ItemFile):
        if (model.code, model.division) in found:
            _two_files(draft, file.place("编码"), found[model.code, model.division])
            continue
        found[model.code, model.division] = _item(draft, file, model)
    for (code, division), item in found.items():
        above = next((place for place in draft.chain(division)[1:] if (code, place) in found), None)
        if above is not None and found[code, above].name == item.name:
            file = next(one for one in draft.files if one.path == item.file)
            draft.report.say(file.place("区划"), "item-repeated", f"上级区划 {above} 已经有事项“{code}”；这里只写不同的地方，并写“覆盖: 是”。",
                             f"Division {above} above already has the item “{code}”; state only what differs, with “覆盖: 是”.")
    local = sorted(draft.models(LocalItemFile), key=lambda pair: (len(draft.chain(pair[1].division)), pair[0].path))
    for file, model_ in local:
        _local(draft, file, model_, found)
    return found


def _two_files(draft: Draft, place: Place, first: Item) -> None:
    draft.report.say(place, "duplicate-name", f"事项“{first.code}”在区划 {first.division} 已经有一个文件（{first.file}）。",
                     f"The item “{first.code}” already has a file for division {first.division} ({first.file}).")


def _item(draft: Draft, file: File, model: ItemFile) -> Item:
    place = file.place()
    draft.known_division(place / "区划", model.division)
    if model.default_division:
        draft.known_division(place / "默认区划", model.default_division)
    start, end = draft.days(place, model.start, model.last)
    legal, promised = _time(model.legal_time), _time(model.promised_time)
    _promise(draft, place, promised, legal)
    outputs = tuple(material.code for number, word in enumerate(model.outputs)
                    if (material := _material(draft, file, place / "产出" / number, word)) is not None)
    attributes = model.attributes
    item = Item(
        model.code, model.name, model.english, model.division,
        draft.value(place / "类型", "item_kind", model.kind), draft.value(place / "状态", "item_status", model.status),
        draft.value(place / "改革方式", "reform_mode", model.reform), draft.values(place / "服务对象", "applicant_kind", model.audience),
        model.authority, draft.bases(place / "设定依据", model.bases), legal, promised, model.address,
        tuple((row.question, row.answer) for row in model.faq), model.default_division or "", attributes.work_safety, attributes.state_secret,
        attributes.correctable_later, attributes.application_free, start, end, draft.situations.get(file, ()),
        _requirements(draft, file, model), outputs, model.review, file.path, _elsewhere(draft, file, model.elsewhere))
    return item


def _elsewhere(draft: Draft, file: File, rows: list[ElsewhereShape]) -> tuple[Elsewhere, ...]:
    """通办 as one file states it: what is published needs a basis, and one mode of one scope stands once on a day."""
    found: list[Elsewhere] = []
    for place, row in file.each("通办", rows):
        start, end = draft.days(place, row.start, row.last, "至")
        bases = draft.bases(place / "依据", row.bases)
        if not row.bases and not row.synthetic:
            draft.report.say(place / "依据", "elsewhere-without-basis", "这条通办没有写依据：没有公布的不能写成已经公布；示例数据写“合成: 是”。",
                             "This entry of 通办 has no basis: what nobody published cannot stand here as published; sample data say “合成: 是”.")
        one = Elsewhere(SCOPES[row.scope], tuple(dict.fromkeys(MODES[mode] for mode in row.modes)), start, end, bases, row.synthetic, row.review)
        for mode in row.modes:
            if any(MODES[mode] in other.modes and other.scope == one.scope and other.start < end and start < other.end for other in found):
                draft.report.say(place / "方式", "elsewhere-twice", f"“{row.scope}”的“{mode}”在本文件里同一天写了两次。",
                                 f"“{mode}” for “{row.scope}” stands twice in this file for the same day.")
        found.append(one)
    return tuple(found)


def _requirements(draft: Draft, file: File, model: ItemFile) -> tuple[Requirement, ...]:
    may_use = knows(draft.situations.get(file, ()))
    found: dict[tuple[str, str], Requirement] = {}
    for place, row in file.each("材料", model.requirements):
        requirement = _requirement(draft, file, place, row, may_use)
        if requirement is None:
            continue
        key = (requirement.code, requirement.per_person)
        if key in found:
            draft.report.say(place, "requirement-twice", f"“{requirement.name}”在本事项里写了两次，第一次在第 {found[key].line} 行。",
                             f"“{requirement.code}” stands twice in this item, first on line {found[key].line}.")
        found[key] = requirement
    return tuple(found.values())


def knows(situations: tuple[Fact, ...]) -> MayUse:
    """What the condition 需要 may read: the item's own situations and what is known of application, persons and item."""
    own = {fact.code for fact in situations}

    def may_use(fact: Fact) -> Problem | None:
        if fact.situation and fact.code not in own:
            return Problem("need-fact", f"“{fact.name}”是别的事项的情形；要用它，先写进本文件的“情形”。",
                           f"“{fact.code}” is a situation of another item; to use it, state it under 情形 in this file.")
        if fact.situation or (fact.subject != "材料" and fact.supplier in (DECLARED, RECORDED, COMPUTED)):
            return None
        return Problem("need-fact", f"“需要”里不能用“{fact.name}”：只能用本事项的情形，以及申请、申请人、相关人、事项的申报、记录和推算事实。",
                       f"“{fact.code}” cannot stand here: only the item's own situations and declared, recorded or computed facts of "
                       "application, persons and item can.")
    return may_use


def _requirement(draft: Draft, file: File, place: Place, row: RequirementShape, may_use: MayUse) -> Requirement | None:
    needed = draft.conditions.read(row.needed, place / "需要", may_use)
    bases = draft.bases(place / "依据", row.bases)
    risks = frozenset(draft.values(place / "风险标签", "risk_tags", row.risks)) if row.risks is not None else None
    modes = frozenset(draft.values(place / "可承诺方式", "commitment_modes", row.commitment_modes)) if row.commitment_modes is not None else None
    head = Requirement(
        "", "", "", None, draft.value(place / "角色", "material_role", row.role), needed, row.per_person, bases, row.agent_may_commit,
        _letter(draft, place / "承诺", row.letter), span(row.deferral.within) if row.deferral else None, (), risks or frozenset(), modes or frozenset(),
        row.review, place.line)
    if (row.material is None) == (row.alternatives is None) or (row.material is not None and (row.name or row.code or row.english)):
        draft.report.say(place, "requirement-kind", "写“材料”，或者写“任选”一组（名称、编码、英文名、任选），两样只写一样。",
                         "State either 材料 (one material) or a group with 名称, 编码, 英文名 and 任选, not both.")
        return None
    if row.material is not None:
        material = _material(draft, file, place / "材料", row.material)
        requirement = _member(head, material, risks, modes) if material is not None else None
        if requirement is not None:
            _needs_letter(draft, place, requirement.commitment_modes, row.letter)
            requirement = replace(requirement, establishes=_establishes(draft, file, place / "仍须查明", row, head))
        return requirement
    missing = [key for key, value in (("名称", row.name), ("编码", row.code), ("英文名", row.english)) if not value]
    for key in missing:
        draft.report.say(place / key, "missing-key", f"缺少“{key}”。", f"“{key}” is missing.")
    lists = []
    for number, words in enumerate(row.alternatives or ()):
        members = [_material(draft, file, place / "任选" / number / position, word) for position, word in enumerate(words)]
        lists.append(tuple(_member(head, member, risks, modes) for member in members if member is not None))
    _needs_letter(draft, place, frozenset(mode for listed in lists for one in listed for mode in one.commitment_modes), row.letter)
    return None if missing else replace(head, code=row.code or "", name=row.name or "", english=row.english or "", alternatives=tuple(lists))


def _establishes(draft: Draft, file: File, place: Place, row: RequirementShape, head: Requirement) -> tuple[Requirement, ...]:
    """What still establishes the fact once the material may no longer be asked for: same role, need and persons, own basis."""
    found = []
    for position, one in enumerate(row.establishes or ()):
        material = _material(draft, file, place / position / "材料", one.material)
        if material is not None:
            bare = replace(head, bases=draft.bases(place / position / "依据", one.bases), letter=None, deferral=None, review="")
            found.append(_member(bare, material, None, frozenset()))
    return tuple(found)


def _member(head: Requirement, material: Material, risks: frozenset[str] | None, modes: frozenset[str] | None) -> Requirement:
    return replace(head, code=material.code, name=material.name, english=material.english, material=material,
                   risks=material.risks if risks is None else risks, commitment_modes=material.commitment_modes if modes is None else modes)


def _material(draft: Draft, file: File, place: Place, word: str) -> Material | None:
    material = draft.materials.find(word, place, draft.report)
    if material is not None and draft.owners.get(material.code, file) is not file:
        draft.report.say(place, "unknown-material", f"“{word}”只是 {draft.owners[material.code].path} 自己的材料；几个事项都要用的，写进材料目录。",
                         f"“{word}” belongs to {draft.owners[material.code].path} alone; a material of several items goes into the common catalogue.")
        return None
    return material


def _letter(draft: Draft, place: Place, row: LetterShape | None) -> Letter | None:
    if row is None:
        return None
    for name, value in (("公开范围", row.public_scope), ("公开期限", row.public_within)):
        if row.public and not value:
            draft.report.say(place / name, "letter-incomplete", f"承诺书要公开，缺少“{name}”：写明在哪里公开、公开多久；不公开的，“承诺书公开”写“否”。",
                             f"The commitment letter is publicised but lacks “{name}”: state where and for how long; if it is not, write “承诺书公开: 否”.")
        if value and not row.public:
            draft.report.say(place / name, "letter-not-public", f"承诺书不公开，不写“{name}”；要公开的，“承诺书公开”写“是”。",
                             f"The commitment letter is not publicised, so “{name}” does not belong here; if it is, write “承诺书公开: 是”.")
    return Letter(row.content, row.public, row.consequence, row.check_by, span(row.check_within), row.public_scope, span(row.public_within))


def _needs_letter(draft: Draft, place: Place, modes: frozenset[str], letter: LetterShape | None) -> None:
    if modes and letter is None:
        draft.report.say(place, "letter-incomplete",
                         "这份材料可以承诺，要写“承诺”：证明内容、承诺书公开、不实后果、核查方式；本事项不能承诺的，写“可承诺方式: 无”。",
                         "A commitment may stand in for this material, so “承诺” (the letter) is needed; "
                         "if not in this item, write “可承诺方式: 无”.")


def _time(shape: SpanShape) -> Span:
    return Span(shape.count, shape.unit)


def _promise(draft: Draft, place: Place, promised: Span, legal: Span) -> None:
    """A promised time may not be longer than the legal one. Units that do not convert are not compared."""
    def hours(time: Span) -> int | None:
        return time.count * _HOURS[time.unit] if time.unit in _HOURS else None
    ours, theirs = (promised.count, legal.count) if promised.unit == legal.unit else (hours(promised), hours(legal))
    if ours is not None and theirs is not None and ours > theirs:
        draft.report.say(place / "承诺时限", "promise-too-long",
                         f"承诺时限 {promised.count} {promised.unit}长于法定时限 {legal.count} {legal.unit}。",
                         f"The promised time ({promised.count} {promised.unit}) is longer than the legal time ({legal.count} {legal.unit}).")


def _local(draft: Draft, file: File, model: LocalItemFile, found: dict[tuple[str, str], Item]) -> None:
    place = file.place()
    if not draft.known_division(place / "区划", model.division):
        return
    chain = draft.chain(model.division)
    base = next((found[model.code, one] for one in chain[1:] if (model.code, one) in found), None)
    if base is None:
        if not draft.items.is_lost(model.code) and chain[-1] == NATIONAL:
            others = draft.items.listed(model.code) if model.code not in draft.items.by_word else []
            draft.report.say(place / "编码", "nothing-to-override", f"上级区划没有编码为“{model.code}”的事项，无从覆盖。",
                             f"No division above has an item “{model.code}” to override.", others, model.code)
        return
    if (model.code, model.division) in found:
        _two_files(draft, place / "编码", found[model.code, model.division])
        return
    if model.name != base.name and base.name != SPARE_WORD:
        draft.report.say(place / "事项", "override-name", f"事项名称与上级的“{base.name}”不同。",
                         f"The name differs from the one above, “{base.name}”.", (base.name,))
    if model.promised_time is not None:
        _promise(draft, place, _time(model.promised_time), base.legal_time)
    terms: dict[str, Span] = {}
    stated = {word for _, one in draft.models(ItemFile) if one.code == model.code for row in one.requirements for word in (row.material, row.name)}
    for here, row in file.each("材料", model.requirements):
        known = {word: one.code for one in base.requirements for word in (one.name, one.code)}
        if row.material in known:
            terms[known[row.material]] = _time(row.deferral.within)
        elif row.material not in stated and not draft.items.is_lost(row.material):
            draft.report.say(here / "材料", "unknown-material", f"事项“{base.name}”没有“{row.material}”这份材料。",
                             f"The item “{base.english}” has no material “{row.material}”.", [one.name for one in base.requirements], row.material)
    found[model.code, model.division] = replace(
        base, division=model.division, promised_time=_time(model.promised_time) if model.promised_time else base.promised_time,
        address=model.address or base.address, faq=tuple((row.question, row.answer) for row in model.faq) if model.faq else base.faq,
        requirements=tuple(replace(one, deferral=terms[one.code]) if one.code in terms else one for one in base.requirements),
        review="；".join(dict.fromkeys(text for text in (base.review, model.review) if text)), file=file.path,
        elsewhere=(*base.elsewhere, *_elsewhere(draft, file, model.elsewhere)))
