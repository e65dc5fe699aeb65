"""What is said while an earlier step of a bundle has failed: which one, what waits for it, and that nothing is asked of the applicant for that.

A step that waits is neither refused nor barred, so none of the words for that are used here. Reads an answer; decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.wording.words import Entry, Words


def waits(body: Mapping[str, Any]) -> bool:
    """Whether an answer to one item waits for an earlier step that failed."""
    return any(one["status"] == "suspended" for one in _entries(body))


def only_waits(body: Mapping[str, Any]) -> bool:
    """Whether it waits and nothing else stands against it: no block, no negative finding."""
    return waits(body) and not body["blocks"] and all(one["finding"] != "negative" for one in _entries(body))


def _entries(body: Mapping[str, Any]) -> Sequence[Entry]:
    return [*body["materials"], *body["establishes"]]


def material(entry: Entry, name: str, words: Words) -> str:
    """The sentence about a material that an earlier step should have issued."""
    return words.sentence(words.say(f"{cause(words.stopped(entry['material']), words)}，“{name}”先不办，也不要您提交",
                                    f"{cause(words.stopped(entry['material']), words)}, so “{name}” is suspended; nothing is asked of you"))


def step(body: Mapping[str, Any], words: Words) -> str:
    """What the answer to a step comes to that only waits."""
    failed = tuple(dict.fromkeys(name for one in _entries(body) if one["status"] == "suspended" for name in words.stopped(one["material"])))
    return words.paragraph((
        words.sentence(words.say(f"先不办：{cause(failed, words)}，这个环节等着它的结果，现在不要您提交任何材料",
                                 f"Suspended: {_lower(cause(failed, words))}, and this step waits for it; nothing is asked of you now")), anew(failed, words)))


def bundle(failed: Sequence[str], waiting: Sequence[str], others: Sequence[str], words: Words) -> str:
    """What a bundle comes to of which steps failed. `waiting`: steps that hang on them; `others`: steps that go on. Names, not codes."""
    going_on = words.say(f"{quoted(others, words)}照常办", f"{quoted(others, words)} {'go' if len(others) > 1 else 'goes'} on") if others else ""
    if not waiting:
        return words.paragraph((words.sentence(cause(failed, words, any_step=True)), words.sentence(going_on)))
    one = len(waiting) == 1
    return words.paragraph((
        words.sentence(words.say(f"{cause(failed, words)}，{quoted(waiting, words)}等着它的结果，先不办，现在不要您为此提交任何材料",
                                 f"{cause(failed, words)}, so {quoted(waiting, words)} {'is' if one else 'are'} suspended; nothing is asked of you for "
                                 f"{'it' if one else 'them'} now")),
        words.sentence(going_on), anew(failed, words)))


def held(name: str, steps: Sequence[str], words: Words) -> str:
    """The sentence about a material that only steps need that wait."""
    return words.sentence(words.say(f"“{name}”现在不要您提交：用它的{quoted(steps, words)}先不办",
                                    f"“{name}” is not asked of you now: {quoted(steps, words)}, which would use it, {'is' if len(steps) == 1 else 'are'} suspended"))


def cause(failed: Sequence[str], words: Words, any_step: bool = False) -> str:
    """Which steps failed, without a full stop. `any_step`: where no name is known, not necessarily an earlier one."""
    if failed:
        return words.say(f"{quoted(failed, words)}没有办成", f"{quoted(failed, words)} did not succeed")
    return words.say("有一个环节没有办成" if any_step else "前一个环节没有办成", "A step did not succeed" if any_step else "An earlier step did not succeed")


def anew(failed: Sequence[str], words: Words) -> str:
    """How it goes on."""
    what = quoted(failed, words) if failed else words.say("前一个环节", "The earlier step")
    return words.sentence(words.say(f"{what}可以重新申请，办成以后接着办", f"{what} may be applied for anew; after that it goes on"))


def quoted(names: Sequence[str], words: Words) -> str:
    """`“甲”和“乙”`."""
    return words.all_of(f"“{name}”" for name in names)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
