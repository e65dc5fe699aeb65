"""The commitment letter, written from the rule that opens the commitment and from the catalogue (国办发〔2020〕42号; REQ-14).

All fields or no letter: whatever is missing is refused by name, one problem a field. The text says nothing about law that the rule
files do not say. Whether a commitment is open, who may sign and what a signature means is decided elsewhere; nothing is stored or signed here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from engine.body import citation
from engine.catalogue import Item, Letter, Requirement
from engine.deadlines import UNIT_CODES
from engine.law import GRANT, Span
from engine.lifecycle.machines import may_withdraw as may_withdraw
from engine.problems import Problem, Refused
from engine.rulebook import Rulebook
from engine.standing import Place, bases_in_force, item_facts, listed_in, material_facts, term_value
from engine.wording import cited, days
from engine.wording.words import Words

Signer = Literal["self", "agent", "guardian", "helper"]

ROUTE: Final = "commitment"
UNCHECKED: Final = "免于核查"
_LIST: Final = "告知承诺清单"
_SIGNERS: Final[Mapping[str, str]] = {"self": "本人", "agent": "代理人", "guardian": "法定监护人", "helper": "代办人员"}

#: What the applicant states (国办发〔2020〕42号): the four of REQ-14.
STATEMENTS: Final = (
    "已经知晓行政机关告知的全部内容", "已经符合上述证明内容所要求的条件", "愿意承担不实承诺的法律责任", "以上承诺是申请人的真实意思表示")

#: What the applicant may rely on (国办发〔2020〕42号, free choice; 安阳 26(2), withdrawal before the decision).
RIGHTS: Final = ("可以不选择承诺，改为提交“{material}”，没有任何不利影响", "行政机关作出决定以前可以撤回承诺；撤回的，按一般方式办理，不记入信用记录")


@dataclass(frozen=True, slots=True)
class CommitmentLetter:
    """A complete letter. `bases` and `grounds` are citations as in the body of an answer; the texts are Chinese."""

    item: str
    item_name: str
    division: str
    division_name: str
    authority: str
    material: str
    material_name: str
    mode: str
    mode_name: str
    law_day: date
    bases: tuple[Mapping[str, Any], ...]         # 设定依据
    grounds: tuple[Mapping[str, Any], ...]       # 适用依据: the rules that open the commitment, the lists it stands on
    content: str                                 # 证明内容
    consequence: str                             # 不实承诺可能承担的责任
    check_by: str
    check_within: Span | None                    # None only where it is exempt from a check
    public: bool
    public_scope: str
    public_within: Span | None
    applicant_name: str
    signed_by: str
    signer_name: str
    statements: tuple[str, ...]
    rights: tuple[str, ...]
    review: tuple[str, ...]                      # 待法务核对
    bases_text: tuple[str, ...]
    grounds_text: tuple[str, ...]

    @property
    def check_text(self) -> str:
        """核查权力、方式、时限, in one sentence without its full stop."""
        power = f"{self.authority}有权核查承诺内容"
        if self.check_by == UNCHECKED or self.check_within is None:
            return f"{power}；本项免于核查"
        return f"{power}；方式：{self.check_by}；时限：{days.length(self.check_within.count, self.check_within.unit, True)}以内"

    @property
    def public_text(self) -> str:
        """是否公开、公开范围及时限, without the full stop."""
        if not self.public or self.public_within is None:
            return "不公开"
        return f"公开；范围：{self.public_scope}；时限：{days.length(self.public_within.count, self.public_within.unit, True)}"

    def text(self) -> str:
        """The letter in Chinese, plain text."""
        told = (
            ("事项名称", f"{self.item_name}（{self.division_name}）"), ("承诺代替的材料", self.material_name), ("设定依据", "；".join(self.bases_text)),
            ("证明内容", self.content), ("承诺方式", f"{self.mode_name}；书面，包括电子文本"), ("适用依据", "；".join(self.grounds_text)),
            ("不实承诺可能承担的民事、行政、刑事责任", self.consequence), ("行政机关核查权力、方式、时限", self.check_text),
            ("是否公开、公开范围及时限", self.public_text))
        lines = ["告知承诺书", "", "一、行政机关告知"]
        lines += [f"  {number}. {name}：{value}。" for number, (name, value) in enumerate(told, 1)]
        lines += ["", "二、申请人的权利", *(f"  {number}. {one}。" for number, one in enumerate(self.rights, 1))]
        lines += ["", f"三、申请人承诺：申请人{self.applicant_name}声明", *(f"  {number}. {one}。" for number, one in enumerate(self.statements, 1))]
        lines += ["", f"签署人：{self.signer_name}（{_SIGNERS[self.signed_by]}）", "签署日期：    年  月  日"]
        if self.review:
            lines += ["", "待法务核对", *(f"  {number}. {one}。" for number, one in enumerate(self.review, 1))]
        return "\n".join(lines) + "\n"

    def as_dict(self) -> dict[str, Any]:
        """Everything, for JSON. Lengths of time are `{count, unit}` with the units of the answer."""
        def length(span: Span | None) -> dict[str, Any] | None:
            return {"count": span.count, "unit": UNIT_CODES[span.unit]} if span else None
        return {
            "item": self.item, "item_name": self.item_name, "division": self.division, "division_name": self.division_name, "authority": self.authority,
            "material": self.material, "material_name": self.material_name, "mode": self.mode, "mode_name": self.mode_name,
            "law_day": self.law_day.isoformat(), "bases": [dict(one) for one in self.bases], "grounds": [dict(one) for one in self.grounds],
            "content": self.content, "consequence": self.consequence, "check_by": self.check_by, "check_within": length(self.check_within),
            "check_text": self.check_text, "public": self.public, "public_scope": self.public_scope, "public_within": length(self.public_within),
            "public_text": self.public_text, "applicant_name": self.applicant_name, "signed_by": self.signed_by, "signer_name": self.signer_name,
            "statements": list(self.statements), "rights": list(self.rights), "review": list(self.review), "bases_text": list(self.bases_text),
            "grounds_text": list(self.grounds_text),
        }


def letter(rulebook: Rulebook, item: Item, requirement: Requirement, mode: str, chain: Sequence[str], law_day: date, rules: Collection[str],
           applicant_name: str, signed_by: Signer = "self", signer_name: str = "") -> CommitmentLetter:
    """The letter for one material of the item.

    `chain`: the deciding division and its ancestors, nearest first; `rules`: ids of the rules the answer names for the commitment (`grounds`
    of the entry or `rule` of the offer); `signer_name` may stay empty where the applicant signs. Raises Refused (`letter-incomplete`, one
    problem a missing field) rather than give a letter with a gap.
    """
    place = Place(rulebook, tuple(chain), law_day, law_day)
    words = _words(rulebook, item, place)
    found = requirement.letter
    modes = {one.code: one.name for one in rulebook.routes[ROUTE].modes if one.code in requirement.commitment_modes} if ROUTE in rulebook.routes else {}
    bases = tuple(_bases(requirement, place))
    opening = tuple(citation(rule) for rule in place.rules if rule.id in rules and rule.kind == GRANT and rule.route == ROUTE and rule.mode in ("", mode))
    batches = tuple(_lists(item, requirement, place))
    within = _check_within(found, item, requirement, place)
    signer = signer_name or (applicant_name if signed_by == "self" else "")
    fields = (
        ("设定依据", "legal basis", bool(bases)), ("证明内容", "proved content", bool(found and found.content)),
        ("承诺方式", "mode of commitment", mode in modes), ("适用依据", "rule that opens the commitment", bool(opening)),
        ("不实后果", "consequence of untruth", bool(found and found.consequence)), ("核查方式", "way of checking", bool(found and found.check_by)),
        ("核查期限", "term for checking", bool(within or (found and found.check_by == UNCHECKED))),
        ("承诺书公开", "publicity", found is not None), ("公开范围", "scope of publicity", not (found and found.public and not found.public_scope)),
        ("公开期限", "term of publicity", not (found and found.public and not found.public_within)),
        ("申请人", "applicant's name", bool(applicant_name)), ("签署人", "signer's name", bool(signer)))
    missing = [_lacks(requirement, zh, en) for zh, en, present in fields if not present]
    if missing or found is None:
        raise Refused(missing)
    grounds = (*opening, *batches)
    return CommitmentLetter(
        item.code, item.name, chain[0], words.division_name, item.authority, requirement.code, requirement.name, mode, modes[mode], law_day,
        bases, grounds, found.content.rstrip("。"), found.consequence.rstrip("。"), found.check_by, within, found.public, found.public_scope.rstrip("。"),
        found.public_within, applicant_name, signed_by, signer, STATEMENTS, tuple(one.format(material=requirement.name) for one in RIGHTS),
        tuple(_review(item, requirement, found, (*bases, *grounds))),
        tuple(dict.fromkeys(cited.place(one, words) for one in bases)), tuple(dict.fromkeys(_ground(one, words) for one in grounds)))


def _ground(one: Mapping[str, Any], words: Words) -> str:
    return f"{cited.place(one, words)}{'（合成清单）' if one.get('synthetic') else ''}"


def _lacks(requirement: Requirement, zh: str, en: str) -> Problem:
    return Problem("letter-incomplete", f"“{requirement.name}”的承诺书缺少“{zh}”，不能出具。",
                   f"The commitment letter for “{requirement.english}” lacks its {en}; it cannot be issued.", field=zh)


def _words(rulebook: Rulebook, item: Item, place: Place) -> Words:
    day = place.law_day.isoformat()
    return Words(rulebook, {"deciding_division": place.chain[0], "accepted_on": day, "as_of": day, "item": item.code, "materials": []}, "zh")


def _bases(requirement: Requirement, place: Place) -> Iterator[dict[str, Any]]:
    for basis in bases_in_force(requirement, place):
        made = {"basis": True, "instrument": basis.instrument.title, "number": basis.instrument.number, "article": basis.article, "rank": basis.instrument.rank}
        doubts = "；".join(text for text in (basis.review, basis.instrument.review) if text)
        yield made | ({"review": doubts} if doubts else {})


def _lists(item: Item, requirement: Requirement, place: Place) -> Iterator[dict[str, Any]]:
    for one in listed_in(_LIST, item.code, requirement.code, place):
        yield {"list": one.kind, "division": one.division, "batch": one.batch, "published": one.start.isoformat(), "synthetic": one.synthetic}


def _check_within(found: Letter | None, item: Item, requirement: Requirement, place: Place) -> Span | None:
    """The letter's own term for the check, else the division's 承诺核查期限."""
    if found is None or found.check_by == UNCHECKED:
        return None
    if found.check_within:
        return found.check_within
    facts = material_facts(requirement, item, place) if requirement.material else item_facts(item, place)
    value = term_value("check_term", place, facts)
    return value[0] if value and isinstance(value[0], Span) else None


def _review(item: Item, requirement: Requirement, found: Letter, citations: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Everything about the letter that legal staff must still confirm, each once."""
    said: dict[str, None] = {}
    for one in citations:
        if one.get("review"):
            said[f"《{one['instrument']}》：{one['review']}"] = None
        if one.get("synthetic"):
            said[f"{one['list']}{one['batch']}是合成清单，不是公布的清单"] = None
    for text in (requirement.review, requirement.material.review if requirement.material else "", item.review):
        if text:
            said[text] = None
    if not all(word in found.consequence for word in ("民事", "刑事")):
        said["不实后果没有分别写明民事、行政、刑事责任，由法务补全"] = None
    yield from said
