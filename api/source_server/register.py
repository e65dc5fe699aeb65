"""What each source may be asked, taken from a rulebook: kind, ground, kinds of number, materials it stands in for.

And the check of one question against it: every mistake is named with its field. Knows no person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from api.http.problems import Mistake
from api.source_server.refusals import INVALID, UNKNOWN_SOURCE, WRONG_GROUND, Refusal
from api.sources.contract import Inquiry
from engine import identity
from engine.problems import Problem, nearest, unknown_word
from engine.rulebook import Rulebook

#: A child younger than this cannot consent: a guardian does (个人信息保护法 31).
OF_AGE = 14
_KINDS = {"查询": "query", "核验": "check"}
_NO_AGE = frozenset({"uscc", "name_reservation", "project_code"})


@dataclass(frozen=True, slots=True)
class Served:
    """One source. `kind`: query or check. `id_types`: kinds of number it can be asked about, empty = any. `facts`: fact by material."""

    code: str
    name: str
    english: str
    provider: str
    kind: str
    ground: str
    id_types: tuple[str, ...]
    facts: Mapping[str, str]


def register(rulebook: Rulebook) -> dict[str, Served]:
    """By code, every source of the rulebook."""
    facts: dict[str, dict[str, str]] = {code: {} for code in rulebook.sources}
    for material in rulebook.materials.values():
        for code in (*material.sources, *material.checks):
            facts[code][material.code] = material.proves
    return {one.code: Served(one.code, one.name, one.english, one.provider, _KINDS[one.kind], one.ground, one.id_types,
                             facts[one.code]) for one in rulebook.sources.values()}


def served(sources: Mapping[str, Served], code: str) -> Served:
    """The source of that code; Refusal if there is none."""
    found = sources.get(code)
    if found is None:
        near = nearest(code, sources)
        raise Refusal(UNKNOWN_SOURCE, f"没有“{code}”这个数据源{f'，是不是“{near}”' if near else ''}。全部数据源见 GET /v1/sources。",
                      f"There is no source “{code}”{f'; did you mean “{near}”' if near else ''}. GET /v1/sources names them all.")
    return found


def check(source: Served, asked: Inquiry) -> None:
    """Refusal (422) naming every field that does not fit the source, else Refusal (403) where the ground is not the source's own."""
    wrong = [Mistake(problem, "/" + problem.field.replace(".", "/")) for problem in (
        *_addressed(source, asked), *_matter(source, asked), *_person(source, asked))]
    if wrong:
        raise Refusal(INVALID, mistakes=wrong)
    needed = ground(source, asked)
    if asked.ground != needed:
        raise Refusal(WRONG_GROUND, f"“{source.name}”只凭 {needed} 答复，这里写的是 {asked.ground}。没有查。",
                      f"“{source.english}” answers on the ground {needed} only, not {asked.ground}. Nothing was looked up.")


def ground(source: Served, asked: Inquiry) -> str:
    """The ground this source needs for this person on that day: a guardian's consent in place of a child's."""
    if source.ground not in ("consent", "separate_consent") or asked.person.id_type in _NO_AGE:
        return source.ground
    read = identity.read(asked.person.id_type, asked.person.id_number)
    born = None if isinstance(read, Problem) else read.birth_date
    if born is not None and identity.age_on(born, asked.on) < OF_AGE:
        return "guardian_consent"
    return source.ground


def _addressed(source: Served, asked: Inquiry) -> list[Problem]:
    found = []
    if asked.source != source.code:
        found.append(Problem("wrong-source", f"地址里是“{source.code}”，这里也应当是。", f"The address says “{source.code}”, and so must this.",
                             field="source", allowed=(source.code,)))
    if asked.kind != source.kind:
        found.append(Problem("wrong-kind", f"“{source.name}”是 {source.kind}。", f"“{source.english}” is asked by {source.kind}.",
                             field="kind", allowed=(source.kind,)))
    return found


def _matter(source: Served, asked: Inquiry) -> list[Problem]:
    fact = source.facts.get(asked.purpose.material)
    if fact is None:
        return [unknown_word("unknown-material", "材料", "material", asked.purpose.material, sorted(source.facts)).at("", 0, "purpose.material")]
    if asked.fact != fact:
        return [Problem("wrong-fact", f"为“{asked.purpose.material}”要查明的是 {fact}。", f"What “{asked.purpose.material}” shows is {fact}.",
                        field="fact", allowed=(fact,))]
    return []


def _person(source: Served, asked: Inquiry) -> list[Problem]:
    person = asked.person
    if source.id_types and person.id_type not in source.id_types:
        return [Problem("wrong-id-type", f"“{source.name}”查不了这一种号码。", f"“{source.english}” cannot be asked about this kind of number.",
                        field="person.id_type", allowed=source.id_types)]
    read = identity.read(person.id_type, person.id_number)
    if isinstance(read, Problem):
        return [read.at("", 0, "person.id_number")]
    if read.number != person.id_number:
        return [Problem("not-normal-form", "号码要写成唯一的写法：18位，末位大写 X，没有空格。", "Write the number in its one form: 18 digits, capital X, no spaces.",
                        field="person.id_number")]
    return []
