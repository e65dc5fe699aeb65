"""An answer in sentences, Chinese or English, that a window clerk can read aloud.

Takes the language-free body and the rulebook that made it and adds the texts; copies, never changes, and decides nothing.
Every sentence about law comes from the rule files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from engine.phrases import Phrase
from engine.rulebook import Rulebook
from engine.vocabulary import Fact
from engine.wording import cited, days, phrased
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
    """What the application comes to, as a sentence."""
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


# -- one material -----------------------------------------------------------------------------------------------------

def explanation(entry: Entry, words: Words, full: bool) -> str:
    """What becomes of one material: the route, why, who does what by when, what else is possible, on what grounds."""
    name = words.whose(str(words.say(entry["name"], entry["name_en"])), entry.get("person"))
    status = entry["status"]
    parts: list[str] = []
    if status == "undetermined":
        parts.append(words.sentence(words.say(f"“{name}”还不能判断", f"“{name}” cannot be decided yet")))
        parts.extend(_branches(entry, words))
    elif status == "awaiting_authority":
        parts.append(words.sentence(words.say(f"“{name}”由部门先查，暂时不需要您做任何事", f"The authority looks into “{name}” first; you need do nothing for now")))
        parts.extend(_branches(entry, words))
    elif status == "suspended":
        parts.append(words.sentence(words.say(f"前一个环节没有办成，“{name}”先不办，也不要您提交",
                                              f"An earlier step failed, so “{name}” is suspended; nothing is asked of you")))
    elif status == "undecidable":
        parts.append(words.sentence(words.say(f"“{name}”没有规则可以适用，由人工研究，不要求您提交",
                                              f"No rule decides “{name}”; people will look into it, and it is not demanded of you")))
    elif status == "waiting" and not entry["route"]:
        parts.append(words.sentence(words.say(f"“{name}”要等同一申请里的另一份材料有结果，暂时不需要您做任何事",
                                              f"“{name}” waits for another material of the application; you need do nothing for now")))
    else:
        received = _RECEIVED.get(entry["route"]) if entry["satisfied"] == "yes" else None
        parts.append(words.sentence(words.say(*received).format(name)) if received else words.route_sentence(entry["route"], name))
        mode = words.mode(entry["route"], entry["mode"])
        reason = words.reason(entry["reason"])
        if words.chinese:
            parts.append(words.sentence("因为：", reason, f"（{mode}）" if mode else "") if reason else "")
        else:
            parts.append(words.sentence("Why:", reason, f"({mode})" if mode else "") if reason else "")
        parts.append(_finding(entry, words))
        parts.extend(_residuals(entry, name, words))
    if "alternatives" in entry and entry["route"] not in ("not_required", "abolished"):
        parts.append(_alternatives(entry, words))
    parts.extend(offer(one, entry, words) for one in entry["offers"])
    parts.append(_later_law(entry, words))
    parts.append(cited.grounds(entry["citations"], words, full))
    if entry.get("review"):
        parts.append(words.sentence(words.say(f"待法务核对：{entry['review']}", f"To be confirmed by legal staff: {entry['review']}")))
    return words.paragraph(parts)


#: What is said of a material that the applicant has already answered for.
_RECEIVED: Final = {
    "submit": ("“{}”已经收到", "“{}” has been received"), "shown": ("“{}”已经以有效证件证明", "A valid credential was shown for “{}”"),
    "commitment": ("“{}”已经以签署的承诺代替", "A signed commitment stands in for “{}”")}


def _finding(entry: Entry, words: Words) -> str:
    if entry["finding"] == "positive":
        return words.sentence(words.say("已经查明，符合要求", "It has been established and the requirement is met"))
    if entry["finding"] == "negative":
        return words.sentence(words.say("已经查明，但不符合要求；同一份材料不用再交，请先办好相应的手续（例如换发、续期）",
                                        "It has been established that the requirement is not met; do not hand in the same paper, but put the matter right first "
                                        "(renew the certificate, for instance)"))
    return ""


def _residuals(entry: Entry, name: str, words: Words) -> Iterable[str]:
    for one in entry["residuals"]:
        actor = words.say("您", "you") if one["actor"] == "applicant" else words.actor(one["actor"])
        verb = words.action(one, name)
        by = days.by(one, words.chinese)
        if words.chinese:
            yield words.sentence(f"请您{verb}" if one["actor"] == "applicant" else f"{actor}{verb}", f"，{by}" if by else "")
        else:
            yield words.sentence(f"Please {verb}" if one["actor"] == "applicant" else f"{actor[0].upper()}{actor[1:]} will {verb}", by)
        yield words.sentence(days.open_term(one, words.chinese))


def _branches(entry: Entry, words: Words) -> Iterable[str]:
    """If …, then …; the ways that lead to one route put together."""
    ways: dict[tuple[str | None, str | None], list[Sequence[Phrase]]] = {}
    for branch in entry["branches"]:
        path = [phrase for phrase in (phrased.read(code, words) for code in branch["when"]) if phrase is not None]
        ways.setdefault((branch["route"], branch["mode"]), []).append(path)
    for (route, _), paths in ways.items():
        condition = phrased.any_of(paths, words, str(entry["material"]))
        then = words.route_verb(route) if route else words.say("再看具体的人", "it depends on the persons")
        if condition:
            yield words.sentence(words.say(f"如果{condition}，则{then}", f"If {condition}, {then}"))


def offer(one: Entry, entry: Entry, words: Words) -> str:
    """An elective: what it is, what it means, and that refusing it costs nothing."""
    mode = words.mode(one["route"], one["mode"]) or words.route(one["route"])
    condition = words.say("条件具备时，", "Where the conditions are met, ") if one["conditional"] else ""
    consequence = words.term_label("overdue_consequence", one["consequence"]) if one["route"] == "deferral" else (one["consequence"] or "")
    by = days.by(one, words.chinese)
    if words.chinese:
        return words.paragraph((
            words.sentence(f"{condition}您也可以选择{words.route(one['route'])}（{mode}）", f"，{by}补交" if by else ""),
            words.sentence(f"{'逾期' if one['route'] == 'deferral' else '承诺不实'}的后果：{consequence}" if consequence else ""),
            words.sentence("不选择没有任何不利影响")))
    return words.paragraph((
        words.sentence(f"{condition}you may instead choose {words.route(one['route'])} ({mode})" if condition
                       else f"You may instead choose {words.route(one['route'])} ({mode})", f"and hand it in {by}" if by else ""),
        words.sentence(f"If {'late' if one['route'] == 'deferral' else 'untrue'}: {consequence}" if consequence else ""),
        words.sentence("Declining has no disadvantage")))


def _alternatives(entry: Entry, words: Words) -> str:
    joint = words.say("＋", " + ")
    lists = [joint.join(str(words.say(member["name"], member["name_en"])) for member in one["materials"]) for one in entry["alternatives"]]
    chosen = next((text for one, text in zip(entry["alternatives"], lists, strict=True) if one["chosen"]), "")
    return words.sentence(words.say("以下任选其一：", "Any one of these is enough:"), words.say("；", "; ").join(lists),
                          words.say(f"；现在按“{chosen}”办", f"; taken now: “{chosen}”") if chosen else "")


def _later_law(entry: Entry, words: Words) -> str:
    law = entry.get("law")
    if not law or not (law["accepted"]["route"] and law["current"]["route"]):
        return ""
    taken = law[law["taken"]]
    return words.sentence(words.say(
        f"受理时的规定是“{words.route(law['accepted']['route'])}”，现在的规定是“{words.route(law['current']['route'])}”，"
        f"按对您更有利的“{words.route(taken['route'])}”办",
        f"The law on the day of acceptance said “{words.route(law['accepted']['route'])}”, today's says “{words.route(law['current']['route'])}”; "
        f"the more favourable, “{words.route(taken['route'])}”, counts"))


_STATES: Final = {
    "closed": ("没有开", "is closed"), "declined": ("申请人没有选择", "was declined"), "offered": ("可以选择，还没有选", "is offered and was not chosen"),
    "pending": ("还没有定", "is not settled yet")}


def closed(one: Entry, entry: Entry, words: Words) -> str:
    """Why a lighter route is not taken: the bars that hold, else what the nearest grants lack."""
    zh, en = _STATES[one["state"]]
    head = words.say(f"{words.route(one['route'])}{zh}", f"{words.route(one['route'])} {en}")
    reasons = []
    for because in one["because"]:
        phrases = words.say("、", ", ").join(f"“{phrased.text(code, words)}”" for code in because["phrases"])
        if because["kind"] == "bar":
            reasons.append(words.say(f"被“{because['rule']}”排除（{phrases}）", f"barred by “{because['rule']}” ({phrases})"))
        elif one["state"] == "pending":
            reasons.append(words.say(f"“{because['rule']}”还要看{phrases}", f"“{because['rule']}” hangs on {phrases}"))
        elif phrases:
            reasons.append(words.say(f"“{because['rule']}”要求{phrases}，现在不符合", f"“{because['rule']}” asks for {phrases}, which does not hold"))
    return words.sentence(head, words.say("：", ":") if reasons else "", words.say("；", "; ").join(reasons))


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
    about = words.say(f"，关系到{names}", f", on which {names} hangs") if names else ""
    return words.sentence(words.say(f"由部门查明“{label}”{about}", f"The authority looks up “{label}”{about}"))

