"""Reads divisions, credentials, sources and materials.

What items do with them is read in engine.reading.items. Nothing here decides.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Final

from engine.catalogue import NATIONAL, Connection, Credential, Division, Material, Source
from engine.law import FOREVER
from engine.reading.catalogue_shapes import (
    CredentialsFile,
    CredentialShape,
    DivisionsFile,
    ItemFile,
    MaterialsFile,
    MaterialShape,
    SourcesFile,
    SourceShape,
)
from engine.reading.draft import Draft, span
from engine.reading.report import Place
from engine.reading.vocabulary import speakable

#: Names that ask for anything at all: what is not named cannot be demanded.
CATCH_ALL: Final = re.compile(
    r"^其[他它](?:$|材料|资料|文件|证明|有关|相关|需要|应当|必要|规定|必需)|其[他它](?:材料|资料|文件)$"
    r"|(?:规定|要求|需要|认为必要|所需)的?其[他它]|等(?:材料|资料|证明|文件)?$|^(?:有关|相关)(?:材料|资料|文件|证明)|^(?:材料|资料|有关|相关)$")


def named(draft: Draft, place: Place, name: str) -> None:
    """A material's or a group's name: speakable, and no catch-all."""
    speakable(name, place, draft.report)
    if CATCH_ALL.search(name):
        draft.report.say(place, "catch-all", f"“{name}”是兜底说法，没有说出要什么；材料要一件一件写明。",
                         f"“{name}” is a catch-all that names nothing; each material must be named.")


def read_divisions(draft: Draft) -> None:
    """Divisions and their parents; the nation is there even if no file says so."""
    rows = [pair for file, model in draft.models(DivisionsFile) for pair in file.each("区划", model.divisions)]
    codes = {row.code for _, row in rows} | {NATIONAL}
    for place, row in rows:
        start, end = draft.days(place, row.start, row.last)
        parent = "" if row.code == NATIONAL else row.parent or _parent(row.code)
        if parent and parent not in codes and not draft.divisions.is_lost(parent):
            draft.report.say(place, "unknown-division", f"“{row.name}”的上级“{parent}”不在区划表里；补上它，或者写明“上级”。",
                             f"The parent “{parent}” of {row.code} is not among the divisions; add it, or state “上级” (the parent).")
        draft.divisions.add(Division(row.code, row.name, row.english, parent, start, end), (row.code,), place, draft.report)
    for place, row in rows:
        chain = draft.chain(row.code)
        last = draft.divisions.by_word.get(chain[-1])
        if last is not None and last.parent in chain:
            draft.report.say(place / "上级", "division-cycle", f"区划“{row.name}”的上级绕了一圈。",
                             f"The parents of division {row.code} go round in a circle.")
    draft.divisions.by_word.setdefault(NATIONAL, Division(NATIONAL, "全国", "National", "", date.min, FOREVER))


def _parent(code: str) -> str:
    if not code.endswith("00"):
        return code[:4] + "00"
    return code[:2] + "0000" if not code.endswith("0000") else NATIONAL


def read_credentials(draft: Draft) -> None:
    for file, model in draft.models(CredentialsFile):
        for place, row in file.each("证件", model.credentials):
            _credential(draft, place, row)


def _credential(draft: Draft, place: Place, row: CredentialShape) -> None:
    speakable(row.name, place / "名称", draft.report)
    types = draft.values(place / "适用证件类型", "person_id_type", row.id_types)
    credential = Credential(row.code, row.name, row.english, row.holder, row.universal, types, row.shown, row.shared, row.note, row.review,
                            row.holders_number and len(types) == 1)
    if row.holders_number and len(row.id_types) != 1:
        draft.report.say(place / "编号即证件号码", "number-of-no-kind", "编号就是持证人证件号码的证件，“适用证件类型”要写、而且只写一种。",
                         "Where the number is the holder's own, “适用证件类型” names exactly one kind of number.")
    draft.credentials.add(credential, (row.name, row.code), place, draft.report)


def read_sources(draft: Draft) -> None:
    for file, model in draft.models(SourcesFile):
        for place, row in file.each("数据源", model.sources):
            _source(draft, place, row)


def _source(draft: Draft, place: Place, row: SourceShape) -> None:
    speakable(row.name, place / "名称", draft.report)
    connections = []
    for number, one in enumerate(row.connections):
        here = place / "接通" / number
        draft.known_division(here / "区划", one.division)
        start, end = draft.days(here, one.start, one.last)
        connections.append(Connection(one.division, start, end))
    certificates = tuple(found.code for number, word in enumerate(row.certificates)
                         if (found := draft.credentials.find(word, place / "电子证照" / number, draft.report)) is not None)
    source = Source(
        row.code, row.name, row.english, row.provider, row.kind, row.sharing, draft.value(place / "查询依据", "source_ground", row.ground),
        draft.values(place / "适用证件类型", "person_id_type", row.id_types), tuple(connections), row.synthetic, row.review,
        "by_hand" if row.interface == "人工" else "standard", certificates)
    draft.sources.add(source, (row.name, row.code), place, draft.report)


def read_materials(draft: Draft) -> None:
    """The common materials, then each item's own; what they contain is resolved when all are known."""
    places: list[tuple[Place, MaterialShape]] = []
    for file, model in draft.models(MaterialsFile):
        places.extend(file.each("材料", model.materials))
    for file, item in draft.models(ItemFile):
        for place, row in file.each("材料目录", item.own_materials):
            places.append((place, row))
            draft.owners[row.code] = file
    sound = [(place, row) for place, row in places if draft.materials.add(_material(draft, place, row), (row.name, row.code), place, draft.report)]
    contains: dict[str, tuple[str, ...]] = {}
    for place, row in sound:
        contains[row.code] = tuple(found.code for number, word in enumerate(row.contains)
                                   if (found := draft.materials.find(word, place / "包含" / number, draft.report)) is not None)
    _no_cycles(draft, contains)
    resolved = {code: _with_contents(draft.materials.by_word[code], inside) for code, inside in contains.items() if code in draft.materials.by_word}
    for word, material in draft.materials.by_word.items():
        draft.materials.by_word[word] = resolved.get(material.code, material)


def _with_contents(material: Material, contains: tuple[str, ...]) -> Material:
    return replace(material, contains=contains) if contains else material


def _material(draft: Draft, place: Place, row: MaterialShape) -> Material:
    named(draft, place / "名称", row.name)
    credentials = tuple(found.code for number, word in enumerate(row.credentials)
                        if (found := draft.credentials.find(word, place / "证件" / number, draft.report)) is not None)
    return Material(
        row.code, row.name, row.english,
        draft.value(place / "类别", "material_kind", row.kind),
        draft.value(place / "开具单位", "issuer_kind", row.issuer),
        draft.value(place / "证明内容", "proved_fact", row.proves),
        draft.value(place / "证明方向", "proof_direction", row.direction),
        frozenset(draft.values(place / "风险标签", "risk_tags", row.risks)), credentials,
        _sources(draft, place / "数据源", row.sources, "查询"), _sources(draft, place / "核验渠道", row.checks, "核验"),
        frozenset(draft.values(place / "可承诺方式", "commitment_modes", row.commitment_modes)),
        row.issuer_cannot_verify, row.in_person, row.form, row.self_made, span(row.validity), (), row.note, row.review)


def _sources(draft: Draft, place: Place, words: list[str], kind: str) -> tuple[str, ...]:
    found = []
    for number, word in enumerate(words):
        source = draft.sources.find(word, place / number, draft.report)
        if source is None:
            continue
        if source.kind != kind:
            draft.report.say(place / number, "source-kind", f"“{source.name}”的种类是{source.kind}，这里只能写种类为{kind}的。",
                             f"“{source.code}” is of another kind; only sources of kind {kind} stand here.")
        found.append(source.code)
    return tuple(found)


def _no_cycles(draft: Draft, contains: dict[str, tuple[str, ...]]) -> None:
    for cycle in cycles(contains):
        names = [draft.materials.by_word[code].name if code in draft.materials.by_word else code for code in cycle]
        place = draft.materials.places[cycle[0]] / "包含"
        draft.report.say(place, "containment-cycle", f"材料的“包含”绕了一圈：{' → '.join(names)}。",
                         f"Materials contain one another in a circle: {' → '.join(cycle)}.")


def cycles(arrows: dict[str, tuple[str, ...]]) -> list[list[str]]:
    """Each circle of the graph once, beginning and ending with its first node in order of the graph."""
    found: list[list[str]] = []
    done: set[str] = set()
    for start in arrows:
        if start in done:
            continue
        path: list[str] = []
        stack = [iter((start,))]
        while stack:
            node = next(stack[-1], None)
            if node is None:
                stack.pop()
                if path:
                    done.add(path.pop())
            elif node in path:
                found.append([*path[path.index(node):], node])
            elif node not in done:
                path.append(node)
                stack.append(iter(arrows.get(node, ())))
    return found
