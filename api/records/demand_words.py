"""The words of demands: what an officer or applicant wrote becomes codes, and what the applicant is told becomes sentences to be read out.

A material that the rulebook knows and the item does not is no mistake: somebody asked for it, and that is what is recorded. A word nobody
knows is one. Nothing here judges (see `engine.lifecycle.demands`) or writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, cast

from engine.catalogue import Item, Requirement
from engine.explain import printed, question
from engine.lifecycle.demands import APPLICANT, Demand, Finding, Kind
from engine.problems import Problem, Refused, unknown_word
from engine.rulebook import Rulebook
from engine.vocabulary import Fact
from engine.wording.words import Words

#: Who the people of a role are is asked for by this name; `person` is then the role.
ROLES: Final = "roles_complete"

Named = tuple[str, str, str]     # code, Chinese name, English name


@dataclass(frozen=True, slots=True)
class Asking:
    """What was asked, in the words of who tells it. `material`, `fact`: codes or names; `person`: id inside the application, or a role."""

    stage: str
    kind: str
    material: str | None = None
    person: str = ""
    fact: str | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """The same in codes. `person` as the records keep it, empty for the applicant. `named`: free words that are the name of a material."""

    demand: Demand
    person: str
    named: bool = False

    def of_kind(self, kind: Kind) -> Asked:
        """The same thing asked in another way."""
        return replace(self, demand=replace(self.demand, kind=kind), named=False)


def item_of(rulebook: Rulebook, code: str, division: str) -> Item | None:
    """The item where the rulebook still offers it."""
    return rulebook.item(code, division) if division in rulebook.divisions else None


def asked(asking: Asking, rulebook: Rulebook, body: Mapping[str, Any], application: Mapping[str, Any]) -> Asked:
    """What was asked in codes. Raises Refused with every word nobody knows and every field that is missing or does not go with the kind."""
    item = item_of(rulebook, body["item"], body["deciding_division"])
    materials, problems = material_words(rulebook, item), list(_unfit(asking))
    material, fact, named = _nothing(asking.material), _nothing(asking.fact), False
    known: Named | None = None
    if material is not None:
        known = materials.get(material)
        if known is None:
            problems.append(unknown_word("unknown-material", "材料", "material", material, materials).at("", 0, "material"))
    elif asking.kind == "other":
        known = materials.get(asking.text.strip("“”\"「」《》。，,. \t\n"))
        named = known is not None
    about = fact_of(rulebook, item, fact) if fact is not None else None
    if fact is not None and about is None:
        problems.append(unknown_word("unknown-fact", "事实", "fact", fact, _fact_words(rulebook, item)).at("", 0, "fact"))
    person = "" if asking.person.strip() in ("", APPLICANT) else asking.person.strip()
    people = _people(body, application)
    if person and person not in people and not (asking.kind == "answer" and person in rulebook.roles):
        problems.append(unknown_word("unknown-person", "相关人", "person", person, [*people, *(rulebook.roles if asking.kind == "answer" else ())])
                        .at("", 0, "person"))
    if problems:
        raise Refused(problems)
    kind = cast(Kind, asking.kind)
    name, name_en = called(kind, known, about)
    return Asked(Demand(kind, known[0] if known else None, person or None, about[0] if about else None, "", name, name_en), person, named)


def _nothing(word: str | None) -> str | None:
    return (word or "").strip() or None


def _unfit(asking: Asking) -> Iterator[Problem]:
    """Fields that are missing, or that do not go with the kind."""
    needed = {"answer": "fact", "other": "text"}.get(asking.kind, "material")
    if _nothing(cast(str | None, getattr(asking, needed))) is None:
        yield Problem("missing-field", f"kind 是“{asking.kind}”时要写“{needed}”。", f"With the kind “{asking.kind}” the field “{needed}” is required.", field=needed)
    if asking.kind != "answer" and _nothing(asking.fact) is not None:
        yield Problem("not-for-kind", f"kind 是“{asking.kind}”时不写“fact”；要问情况的，kind 写“answer”。",
                      f"“fact” does not go with the kind “{asking.kind}”; the kind of a question is “answer”.", field="fact", allowed=("answer",))


def called(kind: Kind, material: Named | None, fact: Named | None) -> tuple[str, str]:
    """How sentences call what is asked, in Chinese and English. The officer's own words never stand in them: they may name somebody."""
    if kind == "other":
        return (f"关于{material[1]}的其他要求", f"something else about {material[2]}") if material else ("这项要求", "what was asked")
    if kind == "answer" and fact is not None:
        return fact[1], fact[2]
    return (material[1], material[2]) if material else ("", "")


def recalled(demand: Demand, rulebook: Rulebook, item: Item | None) -> Demand:
    """A recorded demand with its names."""
    material = material_words(rulebook, item).get(demand.material or "")
    name, name_en = called(demand.kind, material, fact_of(rulebook, item, demand.fact) if demand.fact else None)
    return replace(demand, name=name, name_en=name_en)


def material_words(rulebook: Rulebook, item: Item | None) -> dict[str, Named]:
    """Every material by code and by name; groups of alternatives are the item's own."""
    found: dict[str, Named] = {}

    def add(code: str, name: str, english: str) -> None:
        for word in (name, code):
            found.setdefault(word, (code, name, english))

    def walk(one: Requirement) -> None:
        add(one.code, one.name, one.english)
        for other in (*(member for members in one.alternatives for member in members), *one.establishes):
            walk(other)

    for requirement in item.requirements if item is not None else ():
        walk(requirement)
    for material in rulebook.materials.values():
        add(material.code, material.name, material.english)
    return found


def fact_of(rulebook: Rulebook, item: Item | None, word: str) -> Named | None:
    """A situation of the item, a fact of the vocabulary, or a situation of another item; or who the people of a role are."""
    if word == ROLES:
        return ROLES, "都有哪些人", "who they are"
    own = item.situations if item is not None else ()
    others = (fact for one in rulebook.items.values() for fact in one.situations)
    found: Fact | None = (next((one for one in own if word in (one.code, one.name)), None) or rulebook.vocabulary.by_word.get(word)
                          or next((one for one in others if word in (one.code, one.name)), None))
    return (found.code, found.name, found.english) if found is not None else None


def _fact_words(rulebook: Rulebook, item: Item | None) -> list[str]:
    facts = (*(item.situations if item is not None else ()), *rulebook.vocabulary.facts)
    return [word for fact in facts for word in (fact.name, fact.code)]


def _people(body: Mapping[str, Any], application: Mapping[str, Any]) -> list[str]:
    stated = (str(one["id"]) for one in application.get("persons", ()))
    return list(dict.fromkeys((*stated, *(str(one["person"]) for one in body["materials"] if one.get("person") not in (None, APPLICANT)))))


def conflict_of(rulebook: Rulebook, item: Item | None, word: str) -> dict[str, str]:
    """The data an officer holds to be in conflict: a material, a fact or a data source. Raises Refused."""
    material, fact = material_words(rulebook, item).get(word), fact_of(rulebook, item, word)
    source = next((one for one in rulebook.sources.values() if word in (one.code, one.name)), None)
    if material is not None:
        return {"kind": "material", "code": material[0]}
    if source is not None:
        return {"kind": "source", "code": source.code}
    if fact is not None:
        return {"kind": "fact", "code": fact[0]}
    words = [*(name for one in rulebook.sources.values() for name in (one.name, one.code)), *material_words(rulebook, item), *_fact_words(rulebook, item)]
    raise Refused([unknown_word("unknown-data", "数据（材料、事实或者数据源）", "data (material, fact or source)", word, words).at("", 0, "conflict")])


# -- what the applicant is told ---------------------------------------------------------------------------------------

#: What the applicant would have to do: in Chinese, in English with “it”, in English before a name.
_VERBS: Final[Mapping[str, tuple[str, str, str]]] = {
    "hand_in": ("交", "hand it in", "hand in"), "show": ("出示", "show it", "show"), "sign": ("签", "sign for it", "sign for"),
    "answer": ("说明", "state it", "state"), "other": ("照办", "do it", "do")}


@dataclass(frozen=True, slots=True)
class Told:
    """What the sentences for the applicant are made from: the demand with its names, where it stands, and what is to be said of it now.

    `body`, `rulebook`, `people`: the decision that stands, its rulebook, the names of its persons by id. `thanks`: the applicant reported it.
    """

    demand: Demand
    state: str
    closed: bool
    now: Finding
    body: Mapping[str, Any]
    rulebook: Rulebook
    people: Mapping[str, str]
    thanks: bool = False

    def text(self, language: str) -> str:
        """Sentences fit to be read out, with the grounds."""
        words = Words(self.rulebook, self.body, language, self.people)
        parts = [words.say("谢谢您反映。", "Thank you for telling us.") if self.thanks else "", *self._parts(words)]
        return words.paragraph(part for part in parts if part)

    def _parts(self, words: Words) -> list[str]:
        name = words.say(self.demand.name, self.demand.name_en)
        name = words.say(f"{self.demand.person}{name}", f"{self.demand.person}: {name}") if self.demand.fact == ROLES else words.whose(name, self.demand.person)
        zh, en, do = _VERBS[self.demand.kind]
        if self.state == "withdrawn":
            return [words.say("这个要求已经撤回，不用您照办。", "This demand was taken back; you need not follow it.")]
        if self.state == "met":
            return [words.say(f"“{name}”已经办好，不用再{zh}。", f"“{name}” is done; you need not {en} again.")]
        if self.now.allowed:
            held = self.state in ("blocked", "disputed")
            return [words.say("这个要求提出的时候不在决定之内，已经拦下，现在不用您照办。后来的决定是：",
                              "When it was made the decision did not provide for this demand; it was stopped and you need not follow it now. The later decision says:")
                    if held else words.say("这个要求在您这件事的决定之内。", "The decision on your case provides for this."), self._explained(words)]
        parts = self._not_needed(words, name, zh, en, do)
        if self.state in ("blocked", "disputed"):
            parts.append(words.say("这个要求已经拦下。", "The demand was stopped."))
        if self.state == "disputed":
            parts.append(words.say("部门对数据有疑问，正在核实；有结果以前您不用照办。",
                                   "The authority doubts the data and is looking into it; until then you need not follow the demand."))
        return parts

    def _not_needed(self, words: Words, name: str, zh: str, en: str, do: str) -> list[str]:
        """Why not, in the applicant's terms, and on what grounds."""
        codes = [one.code for one in self.now.violations]
        first = self.now.violations[0]
        grounds = words.say(f"依据：{first.basis}。", f"Grounds: {first.basis}.")
        entry = self._entry()
        if self.closed:
            return [words.say(first.zh, first.en), grounds]
        if self.demand.kind == "other":
            return [words.say("这个要求不在您这件事的决定之内，不用您照办。", "The decision on your case does not provide for this; you need not do it."), grounds]
        if self.demand.kind == "answer":
            if "repeat_demand" in codes:
                return [words.say(f"“{name}”您已经说明过，不用再说明。", f"You have stated “{name}” already and need not do so again."), grounds]
            return [words.say(f"“{name}”不是您这件事要说明的情况，不用您回答。", f"“{name}” is nothing your case hangs on; you need not answer."), grounds]
        if "repeat_demand" in codes:
            again = words.say(f"“{name}”这份材料您已经{zh}过，不用再{zh}。", f"You did {do} “{name}” already and need not do so again.")
            return [again, self._explained(words) if entry is not None and entry["satisfied"] == "yes" else grounds]
        if "outside_decision" not in codes:
            return [words.say(f"“{name}”不在已经告知您的内容里，您说明的情况也没有变化，不用您{zh}。",
                              f"“{name}” was not among what you were told and nothing you stated has changed; you need not {en}."), grounds]
        if entry is None:
            return [words.say(f"您这件事不要“{name}”这份材料，不用您{zh}。", f"Your case does not call for “{name}”; you need not {en}."), grounds]
        if entry["status"] == "undetermined":
            return [words.say(f"“{name}”要不要，还要看您的情况，现在不用您{zh}。", f"Whether “{name}” is needed hangs on your situation; you need not {en} now."),
                    self._explained(words)]
        if entry["route"] == "shown" and self.demand.kind == "hand_in":
            return [words.say(f"“{name}”这份材料不用您交，出示证件就可以。", f"You need not hand in “{name}”; showing a credential is enough."), self._explained(words)]
        if entry["route"] in ("shown", "submit", "deferral", "commitment") and entry["finding"] != "negative":
            return [words.say(f"“{name}”不用您{zh}，照下面的办就可以。", f"You need not {do} “{name}”; the following is enough."), self._explained(words)]
        return [words.say(f"“{name}”这份材料不用您{zh}。", f"You need not {do} “{name}”."), self._explained(words)]

    def _entry(self) -> Mapping[str, Any] | None:
        return _find(self.body, self.demand)

    def _explained(self, words: Words) -> str:
        """The standing decision's own explanation of the material, or the question."""
        if self.demand.kind == "answer":
            return question({"fact": self.demand.fact, "material": self.demand.material or "",
                             "role" if self.demand.fact == ROLES else "person": self.demand.person or ""}, words)
        entry = _find(printed(self.body, self.rulebook, words.language, "summary", self.people), self.demand)
        return str(entry["explanation"]) if entry is not None else ""


def _find(body: Mapping[str, Any], demand: Demand) -> Mapping[str, Any] | None:
    """The entry of the material, members of alternatives included."""
    listed = [*body["materials"], *body["establishes"]]
    listed += [member for one in listed for way in one.get("alternatives", ()) for member in way["materials"]]
    return next((one for one in listed if one["material"] == demand.material
                 and (one.get("person") or APPLICANT) == (demand.person or APPLICANT)), None)
