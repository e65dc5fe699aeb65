"""A bundle's answer in sentences, and its one list (一份材料清单) as a clerk prints it and the lead unit fixes it.

Takes the language-free body and the rulebook that made it and adds texts; decides nothing. What is said of one material is said by the
step it is taken from, in the words of `engine.explain`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from engine.bundle_list import entries
from engine.bundles import item_of, situations
from engine.explain import awaited, outcome, printed, question, why
from engine.notice import Notice, Section
from engine.rulebook import Rulebook
from engine.wording import cited, days, suspended
from engine.wording.material import explanation, offers
from engine.wording.words import Entry, Words

Body = Mapping[str, Any]


def printed_bundle(body: Body, rulebook: Rulebook, language: str = "zh", level: str = "summary", people: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The answer with its texts, every step printed as `explain.printed` prints it. `level`: off, summary or full; `people`: names by id."""
    steps = [{**one, "decision": printed(one["decision"], rulebook, language, level, people)} for one in body["steps"]]
    said_of = {(one["item"], entry["material"], entry.get("person")): entry for one in steps for entry in entries(one["decision"])}
    rows = []
    for row in body["materials"]:
        own = said_of[row["step"], row["material"], row.get("person")]       # with its texts, and without what was closed
        rows.append({name: own[name] if name in ("offers", "alternatives") else value for name, value in row.items() if name != "considered"})
    if level == "off":
        return {**body, "steps": steps, "materials": rows}
    said = _Said(body, rulebook, language, people)
    return {
        **body, "head": said.head(), "outcome_text": said.outcome(),
        "steps": [{**one, "name": said.item(one["item"]), "decision": said.step(one["item"], one["decision"])} for one in steps],
        "materials": [{**row, "explanation": said.row(row)} for row in rows],
        "questions": [{**one, "text": question(one, said.of(one["steps"][0])), "why_text": said.why(one)} for one in body["questions"]],
        "awaiting": [{**one, "text": awaited(one, said.of(one["steps"][0]))} for one in body["awaiting"]]}


class _Said:
    """The words for one bundle: those of each step, and of what concerns them together."""

    def __init__(self, body: Body, rulebook: Rulebook, language: str, people: Mapping[str, str] | None):
        self.body, self.rulebook, self.language, self.people = body, rulebook, language, people
        self.bundle = rulebook.bundles.get(body["bundle"])
        self._steps = {one["item"]: Words(rulebook, one["decision"], language, people) for one in body["steps"]}
        self.words = next(iter(self._steps.values()), None) or Words(rulebook, {**body, "item": "", "materials": ()}, language, people)
        self.situations = situations(rulebook, self.bundle) if self.bundle else {}
        self.waiting = tuple(one["item"] for one in body["steps"] if suspended.waits(one["decision"]))
        self.failed, self._stopped = self._failures()

    def _failures(self) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
        """The steps that failed and that others hang on; and by material that did not come of it, the names of the steps to blame."""
        by: dict[str, str] = {}       # by what is not there, the step that issues it
        before: dict[str, str] = {}
        for one in self.body["steps"]:
            found = item_of(self.rulebook, one["item"], one["decision"]["deciding_division"]) if self._known(one["item"]) else None
            by.update({code: before[code] for code, came in one["outputs"].items() if came == "failed" and code in before})
            if one["needed"] == "yes" and found is not None:
                before.update(dict.fromkeys(found.outputs, one["item"]))
        failed = tuple(dict.fromkeys(item for item in by.values() if item not in self.waiting))
        names = tuple(self.item(item) for item in failed)
        return failed, {code: (self.item(item),) if item in failed else names for code, item in by.items()}

    def _known(self, item: str) -> bool:
        return any(one == item for one, _ in self.rulebook.items)

    def of(self, item: str) -> Words:
        """The words of a step; of one of the bundle's own questions, where no step says more."""
        return _InBundle(self._steps.get(item, self.words), self.situations, self._stopped)

    def held(self, row: Entry) -> bool:
        """Whether only steps need a material that wait for one that failed: it is not asked for then."""
        return bool(row["needed_by"]) and not row["done"] and all(item in self.waiting for item in row["needed_by"])

    def asked(self) -> tuple[list[Entry], list[Entry]]:
        """What is asked of the applicant, and what would be if its steps did not wait."""
        rows = [row for row in self.body["materials"] if row["asked"] and row["needed_by"]]
        return [row for row in rows if not self.held(row)], [row for row in rows if self.held(row) and row["satisfied"] != "yes"]

    def questions(self) -> list[Entry]:
        """What is asked now: nothing for steps that wait."""
        return [one for one in self.body["questions"] if not all(item in self.waiting for item in one["steps"])]

    def awaiting(self) -> list[Entry]:
        """What the authority does now."""
        return [one for one in self.body["awaiting"] if not all(item in self.waiting for item in one["steps"])]

    def outcome(self) -> str:
        """What the bundle comes to, as a sentence. Where a step failed: which one, what waits for it, and what goes on."""
        if self.body["outcome"] != "blocked":
            return outcome(self.body, self.words)
        blocked = [one["item"] for one in self.body["steps"]
                   if one["item"] not in self.failed and one["decision"]["outcome"] == "blocked" and not suspended.only_waits(one["decision"])]
        others = [one["item"] for one in self.body["steps"] if one["needed"] == "yes" and one["item"] not in (*self.failed, *self.waiting)]
        failed, waiting, going_on = ([self.item(item) for item in items] for items in (self.failed, self.waiting, others if self.failed else ()))
        told = suspended.bundle(failed, waiting, going_on, self.words)
        if blocked:
            return self.words.paragraph((outcome(self.body, self.words), told if self.failed else ""))
        return told

    def step(self, item: str, decision: Mapping[str, Any]) -> Mapping[str, Any]:
        """A step's printed answer; where it failed or waits, in the bundle's words, which know why."""
        if item in self.failed:
            name = (self.item(item),)
            return {**decision, "outcome_text": self.words.paragraph((self.words.sentence(suspended.cause(name, self.words)), suspended.anew(name, self.words)))}
        if not suspended.waits(decision):
            return decision
        words = self.of(item)
        return {**decision, "outcome_text": outcome(decision, words), "materials": [
            {**one, "explanation": explanation(one, words, False)} if one["status"] == "suspended" else one for one in decision["materials"]]}

    def name(self) -> str:
        """How the bundle is called."""
        return str(self.words.say(self.bundle.name, self.bundle.english) if self.bundle else self.body["bundle"])

    def item(self, code: str) -> str:
        """How a step is called."""
        found = item_of(self.rulebook, code, None) if self._known(code) else None
        return self.words.say(found.name, found.english) if found else code

    def items(self, codes: Iterable[str]) -> str:
        return self.words.all_of(f"“{self.item(code)}”" for code in codes)

    def head(self) -> str:
        """How many materials there are, how many are asked of the applicant, how many are spared."""
        count, words = self.body["counts"], self.words
        if self.failed or self.waiting:
            return self._head_of_failed()
        steps = sum(one["needed"] == "yes" for one in self.body["steps"])
        more = [self.item(one["item"]) for one in self.body["steps"] if one["needed"] != "yes"]
        open_ = words.sentence(words.say(f"还有{self.words.all_of(f'“{one}”' for one in more)}要不要办，看您怎样回答",
                                         f"Whether {words.all_of(f'“{one}”' for one in more)} is needed hangs on your answers")) if more else ""
        if words.chinese:
            said = (f"“{self.name()}”共 {steps} 个环节，分开办要看 {count['one_by_one']} 份材料，合起来 {count['materials']} 份："
                    f"要您办的 {count['asked']} 份，现在还差 {count['to_do']} 份；要看情况的 {count['open']} 份；不用您交的 {count['spared']} 份")
        else:
            said = (f"“{self.name()}” has {steps} steps. One by one they look at {count['one_by_one']} materials, together at {count['materials']}: "
                    f"{count['asked']} are for you to see to, {count['to_do']} of them still to come; {count['open']} depend on the facts; "
                    f"{count['spared']} you need not hand in")
        return words.paragraph((words.sentence(said), open_))

    def _head_of_failed(self) -> str:
        """The same while steps wait: how many steps failed, wait and go on, and what is asked for those that go on."""
        words, (now, later) = self.words, self.asked()
        sure = [one["item"] for one in self.body["steps"] if one["needed"] == "yes"]
        waiting, to_do = sum(item in self.waiting for item in sure), sum(row["satisfied"] != "yes" for row in now)
        going_on = len(sure) - waiting - len(self.failed)
        if words.chinese:
            said = (f"“{self.name()}”共 {len(sure)} 个环节：没有办成的 {len(self.failed)} 个，先不办的 {waiting} 个，其余 {going_on} 个；"
                    f"现在还要您办的材料 {to_do} 份" + (f"，另有 {len(later)} 份等接着办的时候再说" if later else ""))
        else:
            said = (f"“{self.name()}” has {len(sure)} steps: {len(self.failed)} did not succeed, {waiting} suspended, {going_on} others; "
                    f"{to_do} materials are for you to see to now" + (f", {len(later)} more only once it goes on" if later else ""))
        return words.sentence(said)

    def steps(self) -> str:
        """The steps by name, each with what became of it where it failed or waits."""
        marks = dict.fromkeys(self.waiting, self.words.say("（先不办）", " (suspended)")) | dict.fromkeys(
            self.failed, self.words.say("（没有办成）", " (did not succeed)"))
        return self.words.say("、", ", ").join(self.item(one["item"]) + marks.get(one["item"], "") for one in self.body["steps"])

    def lead(self) -> str:
        """The lead unit, in the language of the list."""
        issuers = self.rulebook.vocabulary.by_word.get("开具单位")
        found = issuers.by_word.get(self.body["lead"]) if issuers else None
        return self.words.value(found) if found else str(self.body["lead"])

    def row(self, row: Entry, alone: bool = True) -> str:
        """What becomes of one material, and which step keeps it for which others."""
        words = self.of(row["step"])
        if self.held(row) and row["status"] != "suspended" and row["satisfied"] != "yes":
            name = words.whose(str(words.say(row["name"], row["name_en"])), row.get("person"))
            return suspended.held(name, [self.item(item) for item in row["needed_by"]], words)
        said = explanation(row, words, False, alone=alone)
        others = [one for one in row["needed_by"] if one != row["kept_by"]]
        notes = []
        if row.get("shown_with"):
            notes.append(words.say(f"和“{words.material(row['shown_with'])}”出示同一证件即可", f"The credential shown for “{words.material(row['shown_with'])}” serves"))
        if row["kept_by"] and others:
            keeper, users, look = self.items([row["kept_by"]]), self.items(others), row["route"] == "shown"
            notes.append(words.say(f"{'只出示一次' if look else '只要一份'}，由{keeper}环节{'查看' if look else '收'}，{users}环节共用",
                                   f"{'Shown once, to' if look else 'Asked for once, by'} {keeper}; {users} use the same"))
        elif row["kept_by"]:
            keeper, look = self.items([row["kept_by"]]), row["route"] == "shown"
            notes.append(words.say(f"由{keeper}环节{'查看' if look else '收'}", f"{'Looked at' if look else 'Taken in'} by {keeper}"))
        if row["produced_by"]:
            notes.append(words.say(f"由{self.items([row['produced_by']])}环节产出，{self.items(row['needed_by'])}环节要用",
                                   f"Issued by {self.items([row['produced_by']])} for {self.items(row['needed_by'])}"))
        if row["conditional"]:
            here = row["satisfied"] == "yes"
            notes.append(words.say(f"办{self.items(row['perhaps_needed_by'])}的才{'用得上' if here else '要'}",
                                   f"{'Used' if here else 'Needed'} only with {self.items(row['perhaps_needed_by'])}"))
        return words.paragraph((said, *(words.sentence(one) for one in notes)))

    def part(self, row: Entry) -> str:
        """Which part of the list a row stands in: what only steps need that wait, and is not here yet, in a part of its own."""
        if row["status"] == "suspended" or (self.held(row) and row["satisfied"] != "yes"):
            return "past" if row["done"] else "held"
        return _part(row)

    def why(self, one: Entry) -> str:
        """Why a question is asked: which materials or which steps hang on it."""
        words = self.of(one["steps"][0])
        if one["why"]["materials"] or one["why"]["rules"]:
            return why(one, words)
        return words.sentence(words.say(f"为什么问：它决定{self.items(one['steps'])}办不办", f"Why we ask: it decides whether {self.items(one['steps'])} is needed"))


class _InBundle(Words):
    """A step's words that know the situations of the whole bundle too, and which steps failed."""

    def __init__(self, words: Words, known: Mapping[str, Any], failed: Mapping[str, tuple[str, ...]]):
        super().__init__(words.rulebook, words.body, words.language, words.people)
        self.known, self._failed = known, failed

    def stopped(self, material: str) -> tuple[str, ...]:
        return self._failed.get(material) or super().stopped(material)

    def fact(self, code: str) -> Any:
        return self.known.get(code) or super().fact(code)


_NUMBERS: Final = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二")


def bundle_notice(body: Body, rulebook: Rulebook, language: str, applicant: str = "", people: Mapping[str, str] | None = None) -> Notice:
    """The one list of a bundle, to be printed: each material in exactly one part. `applicant`: the name to address it to."""
    said = _Said(body, rulebook, language, people)
    words = said.words
    parts: dict[str, list[Entry]] = {}
    for row in body["materials"]:
        parts.setdefault(said.part(row), []).append(row)

    def lines(part: str) -> list[str]:
        return [said.row(row, alone=False) for row in parts.get(part, ())]

    blocks = [text for one in body["steps"] for block in one["decision"]["blocks"] for text in (
        words.paragraph((words.sentence(f"“{said.item(one['item'])}”", words.say("：", ":"), said.of(one["item"]).reason(block["reason"])),
                         words.sentence(block["remedy"]) if block["remedy"] else "")),)]
    sections = [
        (words.say("不能受理的原因", "What stands against acceptance"), blocks),
        (words.say("需要您做的", "What you have to do"), lines("do")),
        (words.say("先不办的", "What is suspended"), lines("held")),
        (words.say("还要您告诉我们的", "What we still need to know from you"),
         [words.paragraph((question(one, said.of(one["steps"][0])), said.why(one))) for one in said.questions()]),
        (words.say("要看情况的", "What depends on the facts"), lines("open")),
        (words.say("您可以选择的", "What you may choose"),
         [f"“{words.whose(words.say(row['name'], row['name_en']), row.get('person'))}”{words.say('：', ': ')}{text}"
          for row in body["materials"] if not said.held(row) for text in offers(row, said.of(row["step"]))]),
        (words.say("您已经办好的", "What you have already done"), lines("done")),
        (words.say("前面的环节产出的", "What earlier steps issue"), lines("produced")),
        (words.say("不用您提交的", "What you need not hand in"), lines("free")),
        (words.say("由部门办理的", "What the authority does"), [*(awaited(one, said.of(one["steps"][0])) for one in said.awaiting()), *lines("authority")]),
        (words.say("依据", "Grounds"), _grounds(body["materials"], said)),
        (words.say("您的权利", "Your rights"), [
            words.say("清单由牵头单位一次定下，各环节不得在清单以外再要材料；您说明的情况有变化的除外。",
                      "The lead unit fixes this list once; no step may ask for more unless what you stated changes."),
            words.say("同一份材料只交一次，各环节共用；前面的环节产出的，后面不再要。",
                      "Each material is handed in once for all steps; what an earlier step issues is not asked for later."),
            words.say("告知承诺、容缺后补由您自愿选择，不选择没有任何不利影响。", "Commitments and deferrals are your free choice; declining has no disadvantage.")])]
    head = [
        (words.say("一件事", "Bundle"), said.name()), (words.say("牵头单位", "Lead unit"), said.lead()),
        (words.say("环节", "Steps"), said.steps()),
        (words.say("日期", "Date"), days.day(body["as_of"], words.chinese)), (words.say("结论", "Outcome"), said.outcome()),
        (words.say("合计", "Altogether"), said.head()), (words.say("规则库版本", "Rulebook"), str(body["rulebook"]))]
    if applicant:
        head.insert(0, (words.say("申请人", "Applicant"), applicant))
    kept = [(title, told) for title, told in sections if told]
    numbered = [Section(f"{words.say(f'{_NUMBERS[number]}、', f'{number + 1}. ')}{title}", tuple(told))
                for number, (title, told) in enumerate(kept)]
    return Notice(words.say("一件事材料清单", "One list of materials"), tuple(head), tuple(numbered))


def _part(row: Entry) -> str:
    """Which part of the list a row stands in; `past`, in none: the steps that needed it are done."""
    if row["done"]:
        return "done" if row["asked"] or row.get("shown_with") else "past"
    if row["conditional"] or row["status"] == "undetermined":
        return "open"
    if row["produced_by"]:
        return "produced"
    if row["status"] != "settled":
        return "authority"
    if row["finding"] == "negative":
        return "do"
    if row["asked"] or row.get("shown_with"):
        return "done" if row["satisfied"] == "yes" and row["route"] != "deferral" else "do"
    return "free"


def _grounds(rows: Iterable[Entry], said: _Said) -> list[str]:
    """Every place in the law once, with the materials it is cited for."""
    words = said.words
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        for one in cited.leading(row["citations"]):
            mark = cited.mark(one, words)
            place = f"{cited.place(one, words)}{words.say(f'（{mark}）', f' ({mark})') if mark else ''}"
            found.setdefault(place, {})[str(words.say(row["name"], row["name_en"]))] = None
    return [words.sentence(place, words.say("：", "–"), words.all_of(f"“{name}”" for name in names)) for place, names in found.items()]
