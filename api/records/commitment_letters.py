"""What a decision says of commitments, and the letters frozen from it (国办发〔2020〕42号).

Whether a commitment is open and who may sign is the rules' business: the case is decided with the choice in it, and what comes out
counts. Here that outcome is looked up, its reasons are put into words, and the letter is written under the rulebook and on the day of the
law that opened it. Nothing here changes a record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import orjson
from sqlmodel import Session

from api.records.acts import Conflict
from api.records.chain import canonical
from api.records.log import Recorded
from api.records.records import Records
from engine.application import Application
from engine.catalogue import Item, Requirement
from engine.conditions import phrases, truth
from engine.explain import printed
from engine.law import DEFINITION
from engine.lifecycle.letters import ROUTE, CommitmentLetter, Signer, letter
from engine.people import SIGNERS
from engine.problems import Problem, Refused
from engine.rulebook import Rulebook
from engine.standing import Place, material_facts
from engine.truth import HOLDS

APPLICANT: Final = "applicant"
Body = Mapping[str, Any]
Entry = Mapping[str, Any]

#: What a frozen letter may differ in from one written anew and still be the same letter.
_NO_CONTENT: Final = ("text", "signed_by", "signer_name", "law_day", "review")


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of a material. `person`: id inside the application; empty for the applicant's."""

    material: str
    person: str = ""

    @property
    def key(self) -> str:
        """As applications name it."""
        return f"{self.material}/{self.person}" if self.person else self.material


# -- what a decision says ---------------------------------------------------------------------------------------------

def entry_of(body: Body, copy: Copy) -> Entry | None:
    """The entry of the copy: of several (alternatives) one that stands at the commitment, else one that offers it, else the first."""
    found = [one for one in _entries(body) if one["material"] == copy.material and _person(one) == copy.person]
    ranked = sorted(found, key=lambda one: 0 if stands(one) else 1 if _offered(one) else 2)
    return ranked[0] if ranked else None


def _entries(body: Body) -> Iterator[Entry]:
    for one in (*body["materials"], *body["establishes"]):
        if "alternatives" not in one:
            yield one
        for way in one.get("alternatives", ()):
            yield from way["materials"]


def _person(entry: Entry) -> str:
    person = entry.get("person")
    return "" if person is None or person == APPLICANT else str(person)


def stands(entry: Entry | None) -> bool:
    """Whether the material takes the commitment, and nothing about it is unknown."""
    return entry is not None and entry["route"] == ROUTE and entry["status"] == "settled"


def _offered(entry: Entry) -> bool:
    return any(one["route"] == ROUTE for one in entry["offers"])


def open_to(entry: Entry) -> bool:
    """Whether the decision takes, offers or may still come to the commitment, or only the applicant's own refusal stands against it."""
    if entry["satisfied"] == "yes" and entry["route"] != ROUTE:
        return False
    return (entry["route"] == ROUTE or _offered(entry) or any(branch["route"] == ROUTE for branch in entry["branches"])
            or any(one["route"] == ROUTE and one["state"] == "declined" for one in entry["considered"]))


def choices(rulebook: Rulebook, stated: Mapping[str, Any], copy: Copy, choice: Mapping[str, str]) -> dict[str, Any]:
    """The choices of an application with the one about this copy in it, however it was named before."""
    words = rulebook.vocabulary.by_word["material"].by_word

    def same(key: str) -> bool:
        word, _, person = key.partition("/")
        found = words.get(word)
        return found is not None and Copy(found.code, "" if person == APPLICANT else person) == copy

    made = {key: value for key, value in stated.items() if not same(key)}
    earlier = {name: value for key, given in stated.items() if same(key) for name, value in given.items() if name == "deferral"}
    return made | {copy.key: earlier | dict(choice)}


def tried(records: Records, session: Session, recorded: Recorded, copy: Copy, signed_by: Signer) -> Body:
    """What the recorded decision would have been with this commitment signed: same day, rulebook and evidence. Raises UnknownRulebook."""
    document = recorded.document
    document["choices"] = choices(records.rulebook, document.get("choices") or {}, copy, {"commitment": "yes", "signed_by": signed_by})
    application = Application.model_validate_json(canonical(document), strict=True)
    tells = recorded.tells
    pinned = records.rulebooks.decider(tells["pinned"], session) if tells.get("pinned") else None
    with signing():
        return records.rulebooks.decider(tells["rulebook"], session).decide(application, date.fromisoformat(tells["as_of"]), pinned)


def nothing_to_commit(copy: Copy) -> Conflict:
    """The decision knows no such copy."""
    return Conflict("not-in-decision", f"现行的判断里没有材料“{copy.key}”；材料的编码和人的编号见办件的判断。",
                    f"The decision that stands has no material “{copy.key}”; codes and persons stand in the case's decision.")


# -- why not ----------------------------------------------------------------------------------------------------------

def why_not(rulebook: Rulebook, body: Body, copy: Copy, signed_by: str | None = None) -> Conflict:
    """Why there is no commitment for the copy, in the rules' own reasons."""
    code = "signature-refused" if signed_by else "no-commitment"
    said = {language: _reasons(rulebook, body, copy, signed_by, language) for language in ("zh", "en")}
    entry = entry_of(body, copy)
    assert entry is not None
    name, english = entry["name"], entry["name_en"]
    if signed_by:
        return Conflict(code, f"“{name}”的承诺不能这样签署：{said['zh']}", f"The commitment for “{english}” cannot be signed like this: {said['en']}")
    return Conflict(code, f"“{name}”现在不能以承诺代替：{said['zh']}", f"No commitment can stand in for “{english}” now: {said['en']}")


def _reasons(rulebook: Rulebook, body: Body, copy: Copy, signed_by: str | None, language: str) -> str:
    found = entry_of(printed(body, rulebook, language, "full"), copy)
    short = entry_of(printed(body, rulebook, language, "summary"), copy)
    assert found is not None and short is not None
    considered = next((one for one in found["considered"] if one["route"] == ROUTE), None)
    if found["satisfied"] == "yes" or considered is None:
        return str(short["explanation"])
    by_id = {rule.id: rule for rule in rulebook.rules}
    parts: dict[str, None] = {}
    for because in considered["because"]:
        rule = by_id.get(because["rule"])
        if because["kind"] != "bar" or rule is None or rule.reason is None:
            continue
        reason = rule.reason.sentence if language == "zh" else rule.reason.english
        parts[reason[0].upper() + reason[1:]] = None
        for gist, rule_id in _definitions(rulebook, body, copy, signed_by):
            parts[gist if language == "zh" else f"See the rule “{rule_id}”"] = None
    said = "".join(f"{part}。" if language == "zh" else f"{part}. " for part in parts)
    return f"{said}{considered['text']}"


def _definitions(rulebook: Rulebook, body: Body, copy: Copy, signed_by: str | None) -> Iterator[tuple[str, str]]:
    """What the rules say of this signer: the definitions that hold because of who signs."""
    entry = entry_of(body, copy)
    assert entry is not None
    day = reading(body, entry)[1]
    found = _requirement(rulebook, body, copy)
    if signed_by is None or found is None:
        return
    item, requirement = found
    place = Place(rulebook, rulebook.chain(body["deciding_division"]), day, day)
    facts = {**material_facts(requirement, item, place), "commitment_signer": signed_by}
    for rule in place.rules:
        if (rule.kind == DEFINITION and any(phrase.fact.code == "commitment_signer" for phrase in phrases(rule.condition))
                and truth(rule.condition, lambda fact: facts.get(fact.code)) == HOLDS):
            yield rule.gist, rule.id


# -- the letter -------------------------------------------------------------------------------------------------------

def reading(body: Body, entry: Entry) -> tuple[str, date]:
    """Under which rulebook and on which day of the law the entry stands (立法法 104: the law may have been read twice)."""
    law = entry.get("law")
    if law:
        taken = law[law["taken"]]
        return str(taken["rulebook"]), date.fromisoformat(taken["day"])
    return str(body["law"]["accepted"] if "law" in body else body["rulebook"]), date.fromisoformat(body["accepted_on"])


def written(records: Records, session: Session, body: Body, copy: Copy, application: Application, signed_by: Signer) -> CommitmentLetter:
    """The letter for a copy that stands at the commitment. Raises Refused (`letter-incomplete`) and UnknownRulebook."""
    entry = entry_of(body, copy)
    assert entry is not None
    version, day = reading(body, entry)
    rulebook = records.rulebooks.decider(version, session).rulebook
    found = _requirement(rulebook, body, copy)
    assert found is not None
    item, requirement = found
    signer = _signer(application, copy, signed_by)
    if not signer and (copy.person or signed_by != "self"):
        raise Refused([Problem("letter-incomplete", f"“{requirement.name}”的承诺书缺少“签署人”的姓名，不能出具；请在申请里写明。",
                               f"The commitment letter for “{requirement.english}” lacks its signer's name; state it in the application.", field="签署人")])
    return letter(rulebook, item, requirement, entry["mode"] or "", rulebook.chain(body["deciding_division"]), day, entry["grounds"],
                  application.applicant.name or "", signed_by, signer)


def _signer(application: Application, copy: Copy, signed_by: str) -> str:
    if signed_by != "self":
        return (application.agent.name or "") if application.agent else ""
    if not copy.person:
        return application.applicant.name or ""
    return next((person.name or "" for person in application.persons if person.id == copy.person), "")


def _requirement(rulebook: Rulebook, body: Body, copy: Copy) -> tuple[Item, Requirement] | None:
    item = rulebook.item(body["item"], body["deciding_division"])
    if item is None:
        return None
    members = [one for row in item.requirements for one in (row, *(member for way in row.alternatives for member in way))]
    everything = [*members, *(one for member in members for one in member.establishes)]
    return next(((item, one) for one in everything if one.code == copy.material and one.material is not None), None)


def frozen(made: CommitmentLetter) -> bytes:
    """The letter as it is kept and hashed: its parts, and the text as it is printed and signed."""
    return canonical({**made.as_dict(), "text": made.text()})


def same_letter(kept: bytes, made: CommitmentLetter) -> bool:
    """Whether the letter that was read says what one written now would say, whoever signs."""
    one, other = orjson.loads(kept), orjson.loads(frozen(made))
    return bool({key: one[key] for key in one if key not in _NO_CONTENT} == {key: other[key] for key in other if key not in _NO_CONTENT})


# -- who signs --------------------------------------------------------------------------------------------------------

def usual_signer(rulebook: Rulebook, application: Application) -> Signer:
    """A guardian who acts signs; otherwise the person does."""
    return "guardian" if _acting(rulebook, application) == "guardian" else "self"


def _acting(rulebook: Rulebook, application: Application) -> str:
    if application.agent is None:
        return "in_person"
    found = rulebook.vocabulary.by_word["agent_kind"].by_word.get(application.agent.kind)
    return found.code if found is not None else application.agent.kind


def no_such_signer() -> Conflict:
    return Conflict("no-such-signer", "申请里没有这样的签署人；请先在办件里写明谁代理（agent），再签署。",
                    "The application names no such signer; state who acts (agent) in the case first, then sign.")


@contextmanager
def signing() -> Iterator[None]:
    """An application refused because nobody who acts can have signed it becomes the Conflict of whoever tried to."""
    try:
        yield
    except Refused as refused:
        if any(problem.code == "signer-does-not-act" for problem in refused.problems):
            raise no_such_signer() from refused
        raise


def must_act(rulebook: Rulebook, application: Application, signed_by: str, today: date) -> None:
    """Who signs for another must act in the application, an agent with an authority in force (民法典 165, 171). Raises Conflict."""
    if signed_by == "self":
        return
    agent = application.agent
    if agent is None or _acting(rulebook, application) != SIGNERS[signed_by]:
        raise no_such_signer()
    if signed_by == "agent" and (agent.authorised is not True or (agent.authorised_until is not None and agent.authorised_until < today)):
        raise Conflict("no-authority", "没有看到代理人有效的授权，不能由代理人签署；请补正授权（民法典第一百六十五条），或者由本人签署。",
                       "No authority of the agent in force was seen, so the agent cannot sign; have the authority put right, or let the person sign.")
