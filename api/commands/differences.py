"""What a change of the rulebook means, made ready to be told: names for codes, the smallest application, both explanations of it.

A difference comes from the proof; here its witness is decided under both rulebooks and put into words. The same dictionary is what
`--json` gives and what the tables print. Nothing here proves, prints or opens a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any, Final

from api.gherkin import claims_of, feature_text, given_lines, scenario_text
from engine.application import Application
from engine.catalogue import NATIONAL, Basis
from engine.decide import Decider
from engine.explain import printed
from engine.law import FOREVER, Rule, Span
from engine.problems import Refused
from engine.proof.blocks import BlockChange
from engine.proof.difference import Change, Differences
from engine.proof.terms import OFFERED, BasisChange, GroundChange, TermChange, Value
from engine.proof.witness import Witness, fitted, shrink
from engine.rulebook import Rulebook
from engine.wording.days import length
from engine.wording.words import Words

Json = dict[str, Any]

#: What is told like a term and is none of the vocabulary.
_SPANS: Final[Mapping[str, tuple[str, str]]] = {
    "legal_time": ("法定时限", "legal term"), "promised_time": ("承诺时限", "promised term"), "check_within": ("核查期限", "term for checking the commitment"),
    "deferral_span": ("公布的容缺期限", "published term for handing in later"), OFFERED: ("办理的日期", "days on which it is offered")}


@dataclass(slots=True)
class Found:
    """Everything that differs."""

    outcomes: Differences
    terms: list[TermChange] = field(default_factory=list)
    blocks: list[BlockChange] = field(default_factory=list)
    grounds: list[GroundChange] = field(default_factory=list)
    bases: list[BasisChange] = field(default_factory=list)
    years: list[int] = field(default_factory=list)      # with other working days

    @property
    def unknown(self) -> bool:
        """Something the solver did not answer."""
        return self.outcomes.unknown or any(not one.sure for one in self.blocks)

    @property
    def same(self) -> bool:
        """Proved: nothing differs that a decision says."""
        return self.outcomes.none and not (self.terms or self.blocks or self.grounds or self.bases or self.years)

    @property
    def different(self) -> bool:
        """Something surely differs."""
        outcomes = self.outcomes
        sure = any(one.sure for one in outcomes.changes) or any(one.sure for one in self.blocks)
        return sure or bool(outcomes.items_gone or outcomes.items_new or self.terms or self.grounds or self.bases or self.years)


class Telling:
    """Puts differences between two rulebooks into words. `language`: of names and explanations; scenarios are Chinese always."""

    def __init__(self, old: Rulebook, new: Rulebook, language: str, today: date | None = None):
        """`today`: examples are told of this day where they hold on it, else of the first or last day of the change."""
        self.books, self.language, self.chinese, self.today = (old, new), language, language == "zh", today
        self._deciders: tuple[Decider, Decider] | None = None
        self._examples: dict[int, Witness] = {}

    def say(self, zh: str, en: str) -> str:
        return zh if self.chinese else en

    # -- everything -----------------------------------------------------------------------------------------------------

    def all(self, found: Found) -> Json:
        """The whole, worse first, then by item and material."""
        order = {"worse": 0, "better": 1, "other": 2}
        outcomes = found.outcomes
        changes = sorted(outcomes.changes, key=lambda one: (order[one.turn], one.item, one.material, one.before, one.after))
        told = [self.change(one) for one in changes]
        sure = [*(str(one.turn) for one in changes if one.sure), *(str(one.turn) for one in found.blocks if one.sure)]
        return {
            "same": found.same, "unknown": found.unknown,
            "classes": {"all": len(sure), **{turn: sure.count(turn) for turn in order}, "unknown": len(changes) + len(found.blocks) - len(sure)},
            "changes": told,
            "items": [*self._items("gone", outcomes.items_gone), *self._items("new", outcomes.items_new)],
            "blocks": [self.block(one) for one in sorted(found.blocks, key=lambda one: (order[one.turn], one.item))],
            "terms": list(self.terms(found.terms)),
            "grounds": [self.ground(one) for one in found.grounds],
            "bases": [self.basis(one) for one in found.bases],
            "calendar": found.years,
            "unlike": [{"fact": one.code, "name": one.name, "before": one.type, "after": other.type} for one, other in outcomes.unlike],
        }

    # -- names ----------------------------------------------------------------------------------------------------------

    def item(self, code: str) -> str:
        """The item's name, as the new rulebook has it where it has it."""
        item = next((item for book in reversed(self.books) for (one, _), item in book.items.items() if one == code), None)
        return code if item is None else self.say(item.name, item.english)

    def material(self, code: str) -> str:
        found = next((book.materials[code] for book in reversed(self.books) if code in book.materials), None)
        return code if found is None else self.say(found.name, found.english)

    def way(self, side: int, outcome: tuple[str, str]) -> str:
        """A route with its mode, by name."""
        route = self.books[side].routes.get(outcome[0])
        if route is None:
            return self.say("没有路径（无法判断）", "no route (undecidable)")
        mode = next((one for one in route.modes if one.code == outcome[1]), None)
        names = [self.say(one.name, one.english) for one in (route, mode) if one is not None]
        return "/".join(names)

    def where(self, divisions: Iterable[str]) -> list[str]:
        """Divisions by name, one that is there with everything below it standing for all of that."""
        wanted = frozenset(divisions)
        book = max(self.books, key=lambda one: len(wanted & one.divisions.keys()))
        if NATIONAL in wanted and wanted >= book.divisions.keys():
            return [self.say("全国", "the whole country")]
        below: dict[str, set[str]] = {}
        for code in book.divisions:
            for above in book.chain(code):
                below.setdefault(above, set()).add(code)
        whole = {code for code in wanted if below.get(code, {code}) <= wanted and len(below.get(code, ())) > 1}
        found = []
        for code in sorted(wanted):
            division = book.divisions.get(code)
            if division is None or not any(above in whole for above in book.chain(code)[1:]):
                name = code if division is None else self.say(division.name, division.english)
                name = self.say("全国一级", "the nation itself") if code == NATIONAL else name
                found.append(f"{name}{self.say('及所属', ' with all below')}" if code in whole else name)
        return found

    @staticmethod
    def days(start: date, end: date) -> Json:
        """From the first to the last day, None for an open end."""
        return {"from": start.isoformat(), "until": None if end >= FOREVER else (end - timedelta(days=1)).isoformat()}

    # -- one change of outcome ------------------------------------------------------------------------------------------

    def change(self, one: Change) -> Json:
        """One class of applications: before, after, where, when, the smallest application with both explanations."""
        sides = [{"route": outcome[0] or None, "mode": outcome[1] or None, "name": self.way(side, outcome)} if one.sure else None
                 for side, outcome in enumerate((one.before, one.after))]
        return {"item": one.item, "item_name": self.item(one.item), "material": one.material, "material_name": self.material(one.material),
                "turn": one.turn if one.sure else "unknown", "before": sides[0], "after": sides[1], "divisions": sorted(one.divisions),
                "where": self.where(one.divisions), **self.days(one.start, one.end), "rules": {"before": list(one.old_rules), "after": list(one.new_rules)},
                "witness": self.witness(one)}

    def witness(self, one: Change | BlockChange) -> Json | None:
        """The smallest application, as JSON and in phrases, and what each rulebook answers; None if there is none."""
        witness = self.example(one)
        if witness is None:
            return None
        return {"application": dict(witness.application), "as_of": witness.as_of.isoformat(), "material": witness.material or None,
                "given": self.given(witness), "before": self.answer(0, witness), "after": self.answer(1, witness)}

    def example(self, one: Change | BlockChange) -> Witness | None:
        """The witness of a change on a day that readers know: the solver takes any day, however far off, and a case may be pending for years."""
        if one.witness is None:
            return None
        if id(one) not in self._examples:
            witness = one.witness
            known = [self._stands(side, witness) for side in (0, 1)]

            def holds(other: Witness) -> bool:
                return [self._stands(side, other) for side in (0, 1)] == known

            days = dict.fromkeys(day for day in (self.today, one.start, one.end - timedelta(days=1), witness.as_of) if day is not None)
            moved = (replace(witness, application={**witness.application, "accepted_on": day.isoformat()}, as_of=day, earlier=False) for day in days)
            found = next((other for other in moved if holds(other)), None)
            self._examples[id(one)] = shrink(found, holds) if found is not None else witness
        return self._examples[id(one)]

    def _stands(self, side: int, witness: Witness) -> object:
        """What a rulebook says of the witness's material, or of the whole application: what has to stay when its day is moved."""
        body = self.body(side, witness)
        if body is None:
            return None
        entry = self._entry(side, body, witness)
        whole = [one["rule"] for one in body["blocks"]]
        return whole if entry is None else (entry["route"], entry["mode"], entry["status"], entry["grounds"], whole)

    def _entry(self, side: int, body: Json, witness: Witness) -> Mapping[str, Any] | None:
        """The witness's material in an answer."""
        return Words(self.books[side], body, self.language).entries.get(witness.material) or next(
            (one for one in body["establishes"] if one["material"] == witness.material.partition("/")[0]), None)

    def given(self, witness: Witness) -> list[str]:
        """The application in the phrases of scenarios; empty where these cannot say it."""
        for book in reversed(self.books):
            mine = fitted(witness, book)
            try:
                return given_lines(book, mine.application, mine.as_of, asked_elsewhere=mine.asked_elsewhere)
            except (Refused, KeyError, ValueError):
                continue
        return []

    def answer(self, side: int, witness: Witness) -> Json | None:
        """How a rulebook answers the witness: of its material, or of the whole application. None if it refuses it."""
        body = self.body(side, witness)
        if body is None:
            return None
        answer = printed(body, self.books[side], self.language)
        if not witness.material:
            blocks = answer["blocks"]
            return {"rules": [one["rule"] for one in blocks], "citations": [row for one in blocks for row in one["citations"]],
                    "explanation": " ".join((answer["outcome_text"], *(one["text"] for one in blocks)))}
        entry = self._entry(side, answer, witness)
        if entry is None:
            return {"rules": [], "citations": [], "explanation": self.say("这个事项不列这份材料。", "The item does not list this material.")}
        return {"rules": entry["grounds"], "citations": entry["citations"], "explanation": entry["explanation"]}

    def body(self, side: int, witness: Witness) -> Json | None:
        """The body of a rulebook's answer, None if it refuses the application."""
        if self._deciders is None:
            self._deciders = Decider(self.books[0]), Decider(self.books[1])
        mine = fitted(witness, self.books[side])
        try:
            return self._deciders[side].decide(Application.model_validate(mine.application), mine.as_of, asked_elsewhere=mine.asked_elsewhere)
        except (Refused, ValueError):
            return None

    # -- what is no change of outcome -----------------------------------------------------------------------------------

    def _items(self, what: str, pairs: Sequence[tuple[str, str]]) -> Iterator[Json]:
        for code in dict.fromkeys(code for code, _ in pairs):
            divisions = [division for one, division in pairs if one == code]
            yield {"item": code, "item_name": self.item(code), "what": what, "divisions": divisions, "where": self.where(divisions)}

    def block(self, one: BlockChange) -> Json:
        return {"item": one.item, "item_name": self.item(one.item), "turn": one.turn if one.sure else "unknown", "divisions": sorted(one.divisions),
                "where": self.where(one.divisions), **self.days(one.start, one.end), "rules": {"before": list(one.old_rules), "after": list(one.new_rules)},
                "witness": self.witness(one)}

    def terms(self, found: Sequence[TermChange]) -> Iterator[Json]:
        """Terms by what they come to: items that say the same stand together, whichever day each began to be offered."""
        begins = {(code, item.start) for book in self.books for (code, _), item in book.items.items()}
        alike: dict[object, list[TermChange]] = {}
        for one in found:
            start = None if (one.item, one.start) in begins else one.start
            alike.setdefault((one.term, one.before, one.after, start, one.end, one.divisions), []).append(one)
        for rows in alike.values():
            first = min(rows, key=lambda one: one.start)
            yield {"term": first.term, "name": self.term(first.term), "before": self.value(0, first.term, first.before),
                   "after": self.value(1, first.term, first.after), "divisions": sorted(first.divisions), "where": self.where(first.divisions),
                   **self.days(first.start, first.end),
                   "of": [{"item": one.item, "item_name": self.item(one.item), "material": one.material or None,
                           "material_name": self.material(one.material) if one.material else None} for one in rows]}

    def term(self, code: str) -> str:
        if code in _SPANS:
            return self.say(*_SPANS[code])
        found = next((term for book in reversed(self.books) for term in book.vocabulary.terms.values() if term.code == code), None)
        return code if found is None else self.say(found.name, found.english)

    def value(self, side: int, term: str, found: Value | None) -> Json | None:
        """A term's value in words, and the rule that sets it."""
        if found is None:
            return None
        value, rule = found
        if isinstance(value, Span):
            text = length(value.count, value.unit, self.chinese)
        elif term == OFFERED:
            start, _, end = value.partition("/")
            text = said_days(self.days(date.fromisoformat(start), date.fromisoformat(end)), self.chinese)
        else:
            known = next((one for one in self.books[side].vocabulary.terms.values() if one.code == term), None)
            named = next((one for one in known.values if one.code == value), None) if known else None
            text = self.say(named.name, named.english) if named else value
        return {"text": text, "rule": rule or None}

    def ground(self, one: GroundChange) -> Json:
        by_item: dict[str, list[str]] = {}
        for item, material in one.places:
            by_item.setdefault(item, []).extend([material] if material else [])
        return {"rule": one.rule, "what": one.what, "aspects": list(one.aspects),
                "before": self.rule(0, one.old), "after": self.rule(1, one.new),
                "places": [{"item": item, "item_name": self.item(item), "materials": materials, "material_names": [self.material(code) for code in materials]}
                           for item, materials in by_item.items()]}

    def rule(self, side: int, rule: Rule | None) -> Json | None:
        """What a rule says of itself where it is a ground."""
        if rule is None:
            return None
        joint = self.say("：", ": ")
        return {"instrument": rule.instrument.title, "number": rule.instrument.number, "article": rule.article,
                "route": self.way(side, (rule.route, rule.mode)) if rule.route else None,
                "reason": (self.say(rule.reason.sentence, rule.reason.english) if rule.reason else None), "remedy": rule.remedy or None,
                "residuals": [f"{self.say(one.actor.name, one.actor.english)}{joint}{self.say(one.action.name, one.action.code.replace('_', ' '))}"
                              for one in rule.residuals], **self.days(rule.start, rule.end)}

    def basis(self, one: BasisChange) -> Json:
        return {"item": one.item, "item_name": self.item(one.item), "material": one.material, "material_name": self.material(one.material),
                "divisions": sorted(one.divisions), "where": self.where(one.divisions),
                "gone": [self._basis(basis) for basis in one.gone], "new": [self._basis(basis) for basis in one.new]}

    def _basis(self, basis: Basis) -> Json:
        return {"instrument": basis.instrument.title, "article": basis.article, "rank": basis.instrument.rank, **self.days(basis.start, basis.end)}

    # -- scenarios ------------------------------------------------------------------------------------------------------

    def scenarios(self, found: Found, title: str) -> tuple[str, int, int]:
        """A feature file of the witnesses with what the new rulebook answers; how many scenarios it has, how many witnesses no scenario can say."""
        rows = [(f"{self.item(one.item)} · {self.material(one.material)}：{self.way(0, one.before)} → {self.way(1, one.after)}", self.example(one), one.new_rules)
                for one in found.outcomes.changes if one.sure]
        rows += [(f"{self.item(one.item)}：{'新被阻止' if one.turn == 'worse' else '不再被阻止'}", self.example(one), one.new_rules) for one in found.blocks if one.sure]
        written = [self._scenario(name, witness, rules) for name, witness, rules in rows]
        told = [text for text in written if text]
        return feature_text(title, told), len(told), len(written) - len(told)

    def _scenario(self, title: str, witness: Witness | None, rules: Sequence[str]) -> str:
        body = self.body(1, witness) if witness is not None else None
        if witness is None or body is None:
            return ""
        mine, book = fitted(witness, self.books[1]), self.books[1]
        claims = (claims_of(book, body, witness.material, mine.application) if witness.material else []) or claims_of(book, body, "", mine.application)
        try:
            return scenario_text(book, mine.application, mine.as_of, title=title, tags=rules[:1], claims=claims, asked_elsewhere=mine.asked_elsewhere)
        except (Refused, KeyError):
            return ""


def said_days(days: Mapping[str, str | None], chinese: bool) -> str:
    """`2025-05-10 起` or `2020-01-01 至 2025-05-09`, both days included."""
    start, until = days["from"], days["until"]
    if chinese:
        return f"{start} 起" if until is None else f"{start} 至 {until}"
    return f"from {start}" if until is None else f"{start} to {until}"
