"""One fact of the vocabulary, put where its supplier gives it.

Declared facts go into the application, recorded ones into the records, query results into the evidence. A fact of the
catalogue, a computed or a defined one cannot be said in a scenario: the message tells what to say instead.
"""

from __future__ import annotations

from datetime import date

from engine.phrases import allowed_comparisons, read, read_value
from engine.problems import Problem
from engine.vocabulary import CHOICES, COMPUTED, CONCLUDED, DAY, DECLARED, DEFINED, ELECTIONS, NUMBER, QUERIED, RECORDED, YES_NO, Fact, FactValue
from features.steps.story import Story
from features.steps.words import Mistake, wrong

#: What to say instead of a computed fact that has no leaves.
_INSTEAD = {
    "accepted_on": "申请日期 是 2026-11-20",
    "as_of": "决定日期 是 2026-11-22",
    "agent_kind": "由 委托代理人 代办，授权有效",
    "material_needed": "这个事项的情形，例如 已婚 成立",
    "basis_rank": "申请日期 和 在 … 办理",
    "list_status": "申请日期 和 在 … 办理",
    "deferral_term_published": "申请日期 和 在 … 办理",
    "showable_credential": "决定日期 和 在 … 办理",
    "check_channel": "决定日期 和 在 … 办理",
    "shown_state": "申请人出示 居民身份证",
    "on_file_state": "在案材料 有 …，可信等级 B，2026-10-01 收到",
    "contained": "包含它的那份材料的查询结果，或者 已交 …",
    "asked_elsewhere": "另一环节已经收取 …",
    "principals_complete": "其他主件的查询结果、出示的证件、已交的材料",
    "source_state": "决定日期 和 在 … 办理",
}

_WHY = {
    "目录": "由目录写明，场景不能改",
    COMPUTED: "由程序推算，场景不能直接写",
    DEFINED: "由规则认定，场景不能直接写",
    CONCLUDED: "是结论，只能用在“那么”里",
}


def _cannot(fact: Fact, story: Story) -> Mistake:
    """Why a fact cannot be set, and what can be."""
    if fact.supplier == COMPUTED:
        vocabulary = story.rulebook.vocabulary
        known = [vocabulary.by_word[leaf].name for leaf in fact.leaves]
        instead = "；".join(filter(None, (_INSTEAD.get(fact.function or "", ""), "、".join(known))))
    elif fact.supplier == DEFINED:
        rules = [rule for rule in story.rulebook.rules if rule.defines is not None and rule.defines.code == fact.code]
        instead = "规则 " + "、".join(rule.id for rule in rules) + " 里的事实"
    elif fact.code in ELECTIONS.values():
        name = next(route.name for route in story.rulebook.ladder if ELECTIONS.get(route.code) == fact.code)
        return Mistake(Problem("not-settable", f"“{fact.name}”只在不变量里用。可以改写：材料 … 选择 {name}，或者 材料 … 不选择 {name}。",
                               f"“{fact.code}” stands in invariants only; a scenario says which material chooses or declines."))
    elif fact.supplier == CONCLUDED:
        instead = f"那么 材料 … 的 {fact.name} 是 …" if fact.subject == "材料" else f"那么 {fact.name} 是 …"
    else:
        instead = "换一个事项、材料，或者另加一个规则目录"
    return Mistake(Problem("not-settable", f"“{fact.name}”{_WHY[fact.supplier]}。可以改写：{instead}。",
                           f"“{fact.code}” cannot be set in a scenario; its supplier is {fact.supplier}."))


def _read(story: Story, text: str, like: str) -> tuple[Fact, FactValue]:
    """The fact and the value a 假如 gives it; 是 also sets a day, a number or several values."""
    vocabulary = story.rulebook.vocabulary
    words = text.split()
    fact = vocabulary.fact(words[0]) if words else None
    if isinstance(fact, Fact) and fact.supplier in _WHY and fact.code != "earlier_output":
        raise _cannot(fact, story)
    if isinstance(fact, Fact) and len(words) == 3 and words[1] in ("是", "is") and fact.type in (DAY, NUMBER, CHOICES):
        value = read_value(fact, words[2]) if fact.type != CHOICES else None
        if isinstance(value, Problem):
            raise Mistake(value)
        if value is not None:
            return fact, value
    phrase = read(text, vocabulary)
    if isinstance(phrase, Problem):
        raise Mistake(phrase, hint=like if phrase.code == "unknown-fact" else "")
    fact, test = phrase.fact, phrase.comparison
    if isinstance(phrase.right, Fact) or (test.denies and fact.type != YES_NO) or test.test in ("before", "after", "greater", "less"):
        raise wrong(f"“{text}”没有说明“{fact.name}”到底是什么；假如里要写成“{fact.name} 是 …”。",
                    f"“{text}” does not say what “{fact.code}” is; write “{fact.code} is …”.", allowed_comparisons(fact)[:1])
    if fact.type == YES_NO:
        return fact, not test.denies
    if fact.type == CHOICES:
        return fact, frozenset(phrase.right)  # type: ignore[arg-type]
    if len(phrase.right) != 1:
        raise wrong(f"“{fact.name}”在假如里只能有一个值。", f"“{fact.code}” takes one value here.")
    return fact, phrase.right[0]


def place(story: Story, text: str, key: str = "", person: str = "", like: str = "") -> None:
    """Put one phrase of a 假如 into the story. `key`: of which material; `person`: of whom."""
    fact, value = _read(story, text, like)
    if fact.subject == "材料" and not key:
        raise wrong(f"“{fact.name}”说的是一份材料，要写明是哪一份：材料 … 的 {text}", f"“{fact.code}” is about a material: say which.")
    if key and fact.subject != "材料":
        raise wrong(f"“{fact.name}”说的不是材料，直接写：{text}", f"“{fact.code}” is not about a material.")
    if fact.subject == "材料":
        _of_material(story, fact, value, key)
    elif fact.subject == "相关人":
        _of_person(story, fact, value, person or "applicant")
    elif person not in ("", "applicant"):
        raise wrong(f"“{fact.name}”说的是{fact.subject}，直接写：{text}", f"“{fact.code}” is not about a person.")
    elif fact.situation:
        story.situation[fact.name] = bool(value)
    elif fact.supplier == RECORDED:
        story.recorded()["facts"][fact.code] = _json(fact, value)
    elif fact.code == "applicant_kind":
        story.applicant["kind"] = str(value)
    elif fact.code == "agent_authorised":
        if story.agent is None:
            raise wrong("还没有写代理人；先写“由 委托代理人 代办”。", "No agent yet.")
        story.agent["authorised"] = bool(value)
    else:
        story.facts[fact.code] = _json(fact, value)


def _of_material(story: Story, fact: Fact, value: FactValue, key: str) -> None:
    if fact.code == "query_result":
        story.queries[key] = {"result": str(value)}
    elif fact.code == "check_result":
        story.checks[key] = {"result": str(value)}
    elif fact.code == "earlier_output":
        if value == "none":
            story.outputs.pop(key, None)
        else:
            story.outputs[key] = str(value)
    elif fact.code == "consents_to_query":
        story.consents[key] = bool(value)
    elif fact.code == "commitment_signer":
        story.choices.setdefault(key, {})["signed_by"] = str(value)
    elif fact.supplier == DECLARED:
        story.facts.setdefault(fact.code, {})[key] = _json(fact, value)
    elif fact.supplier in (RECORDED, QUERIED):
        raise wrong(f"“{fact.name}”写成：在案材料 有 …，可信等级 B，2026-10-01 收到", f"“{fact.code}” has a step of its own.")


def _of_person(story: Story, fact: Fact, value: FactValue, person: str) -> None:
    if fact.code not in ("person_id_type", "birth_date"):     # the vocabulary's own facts about persons have no field
        story.facts.setdefault(fact.code, {})[person] = _json(fact, value)
        return
    people = {"applicant": story.applicant, "agent": story.agent, **{one["id"]: one for one in story.persons}}
    holder = people[person]
    assert holder is not None
    holder[{"person_id_type": "id_type"}.get(fact.code, fact.code)] = _json(fact, value)


def _json(fact: Fact, value: FactValue) -> bool | str | int:
    if isinstance(value, frozenset):
        return "、".join(sorted(value))
    if isinstance(value, date):
        return fact.none.code if fact.none and value == fact.none.day else value.isoformat()
    assert value is not None
    return value


def forget(story: Story, word: str) -> None:
    """Make a declared fact unknown again, such as one a 背景 gave."""
    fact = story.rulebook.vocabulary.fact(word)
    if isinstance(fact, Problem):
        raise Mistake(fact)
    if fact.supplier != DECLARED:
        raise _cannot(fact, story) if fact.supplier in _WHY else wrong(f"“{word}”由部门掌握；写“没有查过记录”。", f"“{word}” is the authority's.")
    story.situation.pop(fact.name, None)
    story.facts.pop(fact.code, None)
    field = {"person_id_type": "id_type", "applicant_kind": "kind"}.get(fact.code, fact.code)
    story.applicant.pop(field, None)
    if fact.code == "person_id_type":
        story.applicant.pop("id_number", None)
