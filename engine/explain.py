"""An answer in sentences, Chinese or English, that a window clerk can read aloud.

Takes the language-free body and the rulebook that made it and adds the texts; copies, never changes, and decides nothing.
Every sentence about law comes from the rule files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from engine.rulebook import Rulebook
from engine.vocabulary import Fact
from engine.wording import cited, days, elsewhere, suspended
from engine.wording.material import closed, explanation, offer
from engine.wording.words import Entry, Words, fill

LEVELS: Final = ("off", "summary", "full")
Body = Mapping[str, Any]


def printed(body: Body, rulebook: Rulebook, language: str = "zh", level: str = "summary", people: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The body with its texts.

    `level`: `off` adds nothing and leaves out `considered`; `summary` adds texts; `full` adds every closed route and why.
    `people`: names of persons by their id, where the reader may know them.
    """
    if level == "off":
        return {**body, "materials": [_bare(one) for one in body["materials"]], "establishes": [_bare(one) for one in body["establishes"]]}
    words = Words(rulebook, body, language, people)
    full = level == "full"
    return {
        **body,
        "outcome_text": outcome(body, words),
        "blocks": [{**one, "text": block(one, words)} for one in body["blocks"]],
        "materials": [_printed(one, words, full) for one in body["materials"]],
        "establishes": [_printed(one, words, full) for one in body["establishes"]],
        "questions": [{**one, "text": question(one, words), "why_text": why(one, words)} for one in body["questions"]],
        "awaiting": [{**one, "text": awaited(one, words)} for one in body["awaiting"]],
        "notices": [{**one, "text": notice(one, words)} for one in body["notices"]],
        **({"elsewhere": elsewhere.printed(body["elsewhere"], words)} if "elsewhere" in body else {}),
    }


def _bare(entry: Entry) -> dict[str, Any]:
    found = {name: value for name, value in entry.items() if name != "considered"}
    if "alternatives" in entry:
        found["alternatives"] = [{**one, "materials": [_bare(member) for member in one["materials"]]} for one in entry["alternatives"]]
    return found


def _printed(entry: Entry, words: Words, full: bool) -> dict[str, Any]:
    found = dict(entry) if full else _bare(entry)
    found["explanation"] = explanation(entry, words, full)
    if full:
        found["considered"] = [{**one, "text": closed(one, entry, words)} for one in entry["considered"]]
    found["offers"] = [{**one, "text": offer(one, entry, words)} for one in entry["offers"]]
    if "alternatives" in entry:
        found["alternatives"] = [{**one, "materials": [_printed(member, words, full) for member in one["materials"]]} for one in entry["alternatives"]]
    return found


# -- the whole answer -------------------------------------------------------------------------------------------------

_OUTCOMES: Final = {
    "blocked": ("不能受理：有一项条件不符合或者有法定障碍。", "The application cannot be accepted: a condition is not met or the law bars it."),
    "undetermined": ("还不能判断：有些情况要请申请人说明。", "It cannot be decided yet: the applicant is asked about something."),
    "supplement": ("还差申请人的几步，做完就可以受理。", "The applicant still has something to do; then it can be accepted."),
    "accept_with_deferral": ("可以受理，有材料在承诺的期限内补交。", "It is accepted; some material is handed in within the promised term."),
    "accept_on_commitment": ("可以受理，有材料以承诺代替。", "It is accepted; a commitment stands in for some material."),
    "accept": ("可以受理。", "It can be accepted."),
}


def outcome(body: Body, words: Words) -> str:
    """What the application comes to, as a sentence. `body`: of one item, or of a bundle of which no step failed."""
    if body["outcome"] == "blocked" and "item" in body and suspended.only_waits(body):
        return suspended.step(body, words)
    zh, en = _OUTCOMES[body["outcome"]]
    return words.say(zh, en)


def block(entry: Entry, words: Words) -> str:
    """What stops the application, and what would lift it."""
    return words.paragraph((
        words.sentence(words.reason(entry["reason"])), words.sentence(words.say("怎样解决：", "What to do:"), entry["remedy"]) if entry["remedy"] else "",
        cited.grounds(entry["citations"], words, True)))


def notice(entry: Entry, words: Words) -> str:
    """The one-time notice and its term."""
    by = days.by(entry, words.chinese)
    return words.paragraph((
        words.sentence(words.say(f"要补正的内容应当一次告知，{by}" if by else "要补正的内容应当一次告知",
                                 f"Whatever is missing has to be notified at once, {by}" if by else "Whatever is missing has to be notified at once")),
        words.sentence(days.open_term(entry, words.chinese)), cited.grounds([entry], words, True)))


# -- what is asked and awaited ----------------------------------------------------------------------------------------

def question(one: Entry, words: Words) -> str:
    """A question to the applicant."""
    if one["fact"] == "roles_complete":
        role = words.role(one["role"])
        return words.say(f"“{role}”都有哪些人？请把每个人都列全；没有的，请说明没有。", f"Who are all the {role}? List every one of them, or say that there are none.")
    fact = words.fact(one["fact"])
    if fact is None:
        return str(one["fact"])
    key = str(one.get("material", ""))
    template = words.say(fact.question, fact.english_question) or words.say(f"请说明：{fact.name}", f"Please state: {fact.english}")
    text = fill(template, material=words.material(key) if key else "", provider=words.provider({"material": key}),
                credentials=words.showable(key.partition("/")[0]) or words.say("能证明这件事的证件", "a credential that shows it"))
    person = words.person(one.get("person"))
    return f"{words.say(f'（{person}）', f'({person}) ')}{text}" if person else text


def why(one: Entry, words: Words) -> str:
    """Why a question is asked: what hangs on the answer."""
    names = words.all_of(f"“{words.material(key)}”" for key in one["why"]["materials"])
    if not names:
        return words.sentence(words.say("为什么问：它决定这件申请能不能办", "Why we ask: it decides whether the application can go on"))
    return words.sentence(words.say(f"为什么问：它决定{names}要不要、怎么办", f"Why we ask: it decides what becomes of {names}"))


def awaited(one: Entry, words: Words) -> str:
    """The authority's own work."""
    if one["kind"] == "task":
        name = words.material(one["material"])
        by = days.by(one, words.chinese)
        actor, verb = words.actor(one["actor"]), words.action(one, name)
        if words.chinese:
            return words.paragraph((words.sentence(f"“{name}”：{actor}{verb}", f"，{by}" if by else ""), words.sentence(days.open_term(one, True))))
        return words.paragraph((words.sentence(f"“{name}”: {actor} will {verb}", by), words.sentence(days.open_term(one, False))))
    names = words.all_of(f"“{words.material(key)}”" for key in one["why"]["materials"])
    fact: Fact | None = words.fact(one["fact"])
    label = words.say(fact.name, fact.english) if fact else one["fact"]
    if one["kind"] == "query":
        provider = words.provider(one)
        return words.sentence(words.say(f"向{provider}查询{names}", f"Ask {provider} about {names}"))
    if one["kind"] == "check":
        provider = words.provider(one)
        return words.sentence(words.say(f"由{provider}核验{names}", f"Have {provider} check {names}"))
    about = words.say(f"，关系到{names}", f", on which {names} hangs") if names else ""
    return words.sentence(words.say(f"由部门查明“{label}”{about}", f"The authority looks up “{label}”{about}"))

