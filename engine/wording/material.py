"""One material in sentences: its route, why, who does what by when, what else may be chosen, on what grounds.

Fit to be read aloud at a window. Takes one entry of the answer; decides nothing and knows nothing of questions or of the
application as a whole (see engine.explain).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from engine.given import APPLICANT
from engine.phrases import Phrase
from engine.wording import cited, days, phrased, suspended
from engine.wording.words import Entry, Words


def explanation(entry: Entry, words: Words, full: bool, alone: bool = True) -> str:
    """What becomes of one material: the route, why, who does what by when, what else is possible, on what grounds.

    `full` names every ground, else the determining one. Without `alone`, offers, grounds and marks are left to another place.
    """
    name = words.whose(str(words.say(entry["name"], entry["name_en"])), entry.get("person"))
    status = entry["status"]
    parts: list[str] = []
    if status == "undetermined":
        parts.append(words.sentence(words.say(f"“{name}”还不能判断", f"“{name}” cannot be decided yet")))
        parts.append(_in_vain(entry, words))
        parts.extend(_ways(entry, words))
    elif status == "awaiting_authority":
        parts.append(words.sentence(words.say(f"“{name}”由部门先查，暂时不需要您做任何事", f"The authority looks into “{name}” first; you need do nothing for now")))
        parts.append(_in_vain(entry, words))
        parts.extend(_ways(entry, words))
    elif status == "suspended":
        parts.append(suspended.material(entry, name, words))
    elif status == "undecidable":
        parts.append(words.sentence(words.say(f"“{name}”没有规则可以适用，由人工研究，不要求您提交",
                                              f"No rule decides “{name}”; people will look into it, and it is not demanded of you")))
    elif status == "waiting" and not entry["route"]:
        holder = words.say(*_container(entry, words))
        parts.append(words.sentence(words.say(f"“{name}”要等同一申请里的{holder}有结果，暂时不需要您做任何事",
                                              f"“{name}” waits for {holder} of the application; you need do nothing for now")))
    else:
        received = _RECEIVED.get(entry["route"]) if entry["satisfied"] == "yes" else None
        parts.append(words.sentence(words.say(*received).format(name)) if received else words.route_sentence(entry["route"], name))
        mode = words.mode(entry["route"], entry["mode"])
        reason = _unsaid(words.reason(entry["reason"]), parts[0], name, words)
        if words.chinese:
            parts.append(words.sentence("因为：", reason, f"（{mode}）" if mode else "") if reason else "")
        else:
            parts.append(words.sentence("Why:", reason, f"({mode})" if mode else "") if reason else "")
        parts.append(_finding(entry, name, words))
        parts.append(_in_vain(entry, words))
        parts.extend(_residuals(entry, name, words))
    if "alternatives" in entry and entry["route"] not in ("not_required", "abolished"):
        parts.append(_alternatives(entry, words))
    parts.append(_later_law(entry, words))
    if not alone:
        return words.paragraph(parts)
    parts.extend(offers(entry, words))
    parts.append(cited.grounds(entry["citations"], words, full))
    if entry.get("review"):
        parts.append(words.sentence(words.say(f"待法务核对：{entry['review']}", f"To be confirmed by legal staff: {entry['review']}")))
    return words.paragraph(parts)


def _container(entry: Entry, words: Words) -> tuple[str, str]:
    """The material of the application that contains this one and is not settled either, in both languages; “another material” where none is found."""
    found = [one for one in words.entries.values() if one["status"] != "settled" and one["material"] in words.rulebook.materials
             and entry["material"] in words.rulebook.materials[one["material"]].contains]
    zh, en = (list(dict.fromkeys(f"“{one[name]}”" for one in found)) for name in ("name", "name_en"))
    return "、".join(zh) or "另一份材料", " or ".join(en) or "another material"


#: What is said of a material that the applicant has already answered for.
_RECEIVED: Final = {
    "submit": ("“{}”已经收到", "“{}” has been received"), "shown": ("“{}”已经以有效证件证明", "A valid credential was shown for “{}”"),
    "commitment": ("“{}”已经以签署的承诺代替", "A signed commitment stands in for “{}”")}


def _unsaid(reason: str, said: str, name: str, words: Words) -> str:
    """A reason without the end that the sentence before it has said already: nothing is said twice to somebody who listens."""
    if words.chinese:
        clauses = reason.split("，")
        while clauses and clauses[-1] in said:
            clauses.pop()
        return "，".join(clauses)
    return "" if reason.lower() in said.replace(f"“{name}”", "it").lower() else reason


def _finding(entry: Entry, name: str, words: Words) -> str:
    if entry["finding"] == "positive":
        return words.sentence(words.say("已经查明，符合要求", "It has been established and the requirement is met"))
    if entry["finding"] != "negative":
        return ""
    requirement = words.requirements.get(str(entry["material"]))
    if requirement and requirement.material and requirement.material.direction == "absence":
        found = words.say("已经查明有相反的记录，不符合要求；不用再交别的证明",
                          "A record to the contrary was found, so the requirement is not met; do not hand in another proof")
    elif entry.get("record_ended"):
        found = words.say(f"已经查明，记录已经注销、吊销或者撤销，不能续期，不符合要求；依法可以重新取得“{name}”的，先重新办理，同一份材料不用再交",
                          f"The record found was revoked or cancelled and cannot be renewed, so the requirement is not met; where the law lets “{name}” be "
                          "obtained anew, apply for it first, and do not hand in the same paper")
    elif entry["route"] == "shared":
        found = words.say(f"已经查明，但记录已经过期或者失效，不符合要求；请先换发或者续期“{name}”，同一份材料不用再交",
                          f"The record found has expired or was revoked, so the requirement is not met; renew “{name}” first and do not hand in "
                          "the same paper")
    else:
        found = words.say("已经核验，情况不属实，不符合要求；同一份材料不用再交",
                          "The check found that this is not so, and the requirement is not met; do not hand in the same paper")
    return words.paragraph((words.sentence(found), words.sentence(words.say("您认为数据不对的，可以提出异议", "If you think the data are wrong, say so"))))


#: By state: what is wrong with what was shown; what could be shown instead, and whose or of what state it must be.
_IN_VAIN: Final = {
    "expired": (("{}出示的证件已经过期，不能算数", "The credential shown has expired and does not count"),
                ("可以出示：有效的{}", "you may show a valid one: {}")),
    "revoked": (("{}出示的证件已经失效（注销、吊销等），不能算数", "The credential shown is no longer in force and does not count"),
                ("可以出示：有效的{}", "you may show a valid one: {}")),
    "not_theirs": (("{}出示的证件是别人的，不能算数", "The credential shown is somebody else's and does not count"),
                   ("可以出示：本人的{}", "you may show the person's own: {}")),
    "unauthorised": (("代办的人没有有效的授权，出示的证件不能算数", "The credential was shown by an agent without valid authority and does not count"),
                     ("授权有效以后可以出示：本人的{}", "once the authority is valid, the agent may show the person's own: {}"))}


def _in_vain(entry: Entry, words: Words) -> str:
    """Why a credential that was shown does not count, and what may be shown; nothing where the requirement is met all the same."""
    if "shown_state" not in entry or entry["satisfied"] == "yes":
        return ""
    wrong, instead = _IN_VAIN[entry["shown_state"]]
    whose = "您" if entry.get("person") in (None, APPLICANT) else ""
    may = words.credentials(entry["may_show"])
    return words.sentence(words.say(*wrong).format(whose) + (f"{words.say('；', '; ')}{words.say(*instead).format(may)}" if may else ""))


#: What the authority has done once there is a finding.
_LOOKED_UP: Final = frozenset({"query_source", "check_internally", "check_by_hand"})


def _residuals(entry: Entry, name: str, words: Words) -> Iterator[str]:
    """Who does what by when; what the route already says, and what is done, is left out."""
    for one in entry["residuals"]:
        by = days.by(one, words.chinese)
        if (entry["finding"] and one["action"] in _LOOKED_UP) or (entry["route"] == "submit" and one["action"] == "hand_in" and not one.get("due_rule")):
            continue
        verb = words.action(one, name)
        if words.chinese:
            yield words.sentence("请您" if one["actor"] == "applicant" else words.actor(one["actor"]), by, verb)
        else:
            actor = words.actor(one["actor"])
            yield words.sentence(f"Please {verb}" if one["actor"] == "applicant" else f"{actor[0].upper()}{actor[1:]} will {verb}", by)
        yield words.sentence(days.open_term(one, words.chinese))


def _ways(entry: Entry, words: Words) -> Iterator[str]:
    """What follows from each answer: for a group of alternatives, member by member."""
    if "alternatives" not in entry:
        yield from _branches(entry, words)
        return
    for one in entry["alternatives"]:
        for member in one["materials"]:
            name = str(words.say(member["name"], member["name_en"]))
            if member["branches"]:
                ways = words.paragraph(_branches(member, words))
                yield f"“{name}”：{ways}" if words.chinese else f"“{name}”: {ways}"
            elif member["route"]:
                yield words.route_sentence(member["route"], name)


def _branches(entry: Entry, words: Words) -> Iterator[str]:
    """If …, then …; the ways that lead to one route put together."""
    ways: dict[tuple[str | None, str | None], list[Sequence[Phrase]]] = {}
    for branch in entry["branches"]:
        path = [phrase for phrase in (phrased.read(code, words) for code in branch["when"]) if phrase is not None]
        ways.setdefault((branch["route"], branch["mode"]), []).append(path)
    for (route, _), paths in ways.items():
        condition = phrased.any_of(paths, words, str(entry["material"]))
        if route:
            then = words.route_verb(route)
        elif entry.get("person", "") is None:
            then = words.say("再看具体的人", "it depends on the persons")
        else:
            then = words.say("没有规则可以适用，由人工研究，不要求您提交", "no rule decides; people will look into it and nothing is demanded of you")
        if condition:
            yield words.sentence(words.say(f"如果{condition}，则{then}", f"If {condition}, {then}"))


# -- what may be chosen -----------------------------------------------------------------------------------------------

def offers(entry: Entry, words: Words) -> Iterator[str]:
    """The electives of a material; those that differ in their mode alone are said together."""
    together: dict[tuple[object, ...], list[Entry]] = {}
    for one in entry["offers"]:
        together.setdefault((one["route"], one["consequence"], one["conditional"], one.get("due")), []).append(one)
    for same in together.values():
        yield _offered(same, entry, words)


def offer(one: Entry, entry: Entry, words: Words) -> str:
    """One elective: what it is, what it means, and that refusing it costs nothing."""
    return _offered([one], entry, words)


def _offered(same: Sequence[Entry], entry: Entry, words: Words) -> str:
    one = same[0]
    route = words.route(one["route"])
    modes = words.one_of(words.mode(one["route"], each["mode"]) for each in same)
    what = words.say(f"{route}（{modes}）", f"{route} ({modes})") if modes else route
    by = days.by(one, words.chinese)
    consequence = words.term_label("overdue_consequence", one["consequence"]) if one["route"] == "deferral" else (one["consequence"] or "")
    late = one["route"] == "deferral"
    if words.chinese:
        choice = words.sentence("条件具备时，" if one["conditional"] else "", f"您也可以选择{what}", f"，{by}补交" if by else "")
        harm = words.sentence(f"{'逾期' if late else '承诺不实'}的后果：{consequence}") if consequence else ""
    else:
        choice = words.sentence("Where the conditions are met, you" if one["conditional"] else "You", f"may instead choose {what}",
                                f"and hand it in {by}" if by else "")
        harm = words.sentence(f"If {'late' if late else 'untrue'}: {consequence}") if consequence else ""
    places = dict.fromkeys(text for each in same for text in cited.texts(cited.leading(each["citations"]), words))
    return words.paragraph((
        choice, words.sentence(days.open_term(one, words.chinese)), *(() if late else _letter(entry, words)), harm,
        words.sentence(words.say("不选择没有任何不利影响", "Declining has no disadvantage")),
        words.sentence(words.say("这样选的依据：", "Grounds of this choice:"), words.say("；", "; ").join(places)) if places else ""))


def _letter(entry: Entry, words: Words) -> Iterator[str]:
    """What the commitment letter says, who checks it, and whether it is published."""
    requirement = words.requirements.get(str(entry["material"]))
    letter = requirement.letter if requirement else None
    if letter is None:
        return
    yield words.sentence(words.say(f"承诺书写明：{letter.content}", f"The letter states: {letter.content}"))
    within = days.length(letter.check_within.count, letter.check_within.unit, words.chinese) if letter.check_within else ""
    if words.chinese:
        yield words.sentence("选择以后不用再交这份材料；", f"部门{within}内核查（{letter.check_by}）" if within else f"由部门核查（{letter.check_by}）",
                             f"；承诺书{'公开' if letter.public else '不公开'}")
    else:
        yield words.sentence("The material is then not handed in;", "the authority checks", f"within {within}" if within else "", f"({letter.check_by});",
                             f"the letter is {'published' if letter.public else 'not published'}")


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


# -- what was closed --------------------------------------------------------------------------------------------------

_STATES: Final = {
    "closed": ("没有开", "is closed"), "declined": ("申请人没有选择", "was declined"), "offered": ("可以选择，还没有选", "is offered and was not chosen"),
    "pending": ("还没有定", "is not settled yet")}


def closed(one: Entry, entry: Entry, words: Words) -> str:
    """Why a lighter route is not taken: the bars that hold, else what the nearest grants lack."""
    zh, en = _STATES[one["state"]]
    head = words.say(f"{words.route(one['route'])}{zh}", f"{words.route(one['route'])} {en}")
    reasons = []
    for because in one["because"]:
        phrases = words.say("、", ", ").join(_wanted(because["rule"], code, words) for code in because["phrases"])
        if because["kind"] == "bar":
            reasons.append(words.say(f"被“{because['rule']}”排除（{phrases}）", f"barred by “{because['rule']}” ({phrases})"))
        elif one["state"] == "pending":
            reasons.append(words.say(f"“{because['rule']}”还要看{phrases}", f"“{because['rule']}” hangs on {phrases}"))
        elif phrases:
            reasons.append(words.say(f"“{because['rule']}”要求{phrases}，现在不符合", f"“{because['rule']}” asks for {phrases}, which does not hold"))
    return words.sentence(f"{head}{words.say('：', ':')}" if reasons else head, words.say("；", "; ").join(reasons))


def _wanted(rule: str, code: str, words: Words) -> str:
    """A phrase as the rule wants it: under 非 it is wanted not to hold."""
    text = phrased.text(code, words)
    return words.say(f"“{text}”不成立", f"not “{text}”") if phrased.denied_in(rule, code, words) else f"“{text}”"
