"""The solver's side of a proof: facts as variables, conditions as formulas, one question at a time, each with a time limit.

The only file that imports z3. Everything is finite: yes/no, one of a list, a set, a day, a bounded number; so each question is
decided by the solver's finite-domain part. Days are year, month and day side by side in bits: they compare like days, and a
whole year of age is a comparison too. Where the limit is reached the answer is `None` — unknown, never "holds".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any as Formula
from typing import Final

import z3

from engine.conditions import All, Condition, Not
from engine.phrases import Phrase
from engine.vocabulary import CHOICE, CHOICES, DAY, YES_NO, Fact, FactValue

#: How long one question may take, in milliseconds.
PATIENCE: Final = 10_000

#: The tag of a fact in the second of two readings.
ASIDE: Final = "′"

_YEAR, _MONTH, _DAY = 14, 4, 5          # bits
_NUMBER = 56                            # bits of a number; compared with its sign
_LARGEST = 10 ** 15                      # what a number may be where the vocabulary sets no bound: more than anybody writes


def day_key(day: date) -> int:
    """A day as the number its bits make: year, month, day."""
    return (day.year << (_MONTH + _DAY)) | (day.month << _DAY) | day.day


def day_of(key: int) -> date:
    return date(key >> (_MONTH + _DAY), key >> _DAY & (1 << _MONTH) - 1, key & (1 << _DAY) - 1)


class UnlikeFacts(Exception):
    """Two rulebooks give one name to facts of different types: nothing can be compared that speaks of it."""

    def __init__(self, one: Fact, other: Fact):
        super().__init__(one.code)
        self.one, self.other = one, other


class World:
    """One variable a fact, over all the values the vocabulary allows. Formulas are shared: equal conditions are written once."""

    def __init__(self, vocabularies: Iterable[Iterable[Fact]] = ()) -> None:
        """`vocabularies`: the facts of each rulebook that will be spoken of; where two give a fact different values it has all of them."""
        self.context = z3.Context()
        self._merged: dict[str, Fact] = {}
        for facts in vocabularies:
            for fact in facts:
                self._merge(fact)
        self.true: Final[Formula] = z3.BoolVal(True, self.context)
        self.false: Final[Formula] = z3.BoolVal(False, self.context)
        self.domain: list[Formula] = []                    # what every application keeps: months have days, lists have values
        self._variables: dict[str, tuple[Fact, Formula]] = {}
        self._bare: dict[str, Formula] = {}                # bare tests by atom
        self._solver: Formula = None
        self._told = 0                                     # how much of the domain the solver was told
        self._written: dict[int, tuple[Condition, Formula]] = {}

    # -- putting formulas together ------------------------------------------------------------------------------------

    def every(self, parts: Iterable[Formula]) -> Formula:
        listed = [part for part in parts if part is not self.true]
        if any(part is self.false for part in listed):
            return self.false
        return self.true if not listed else listed[0] if len(listed) == 1 else z3.And(*listed)

    def some(self, parts: Iterable[Formula]) -> Formula:
        listed = [part for part in parts if part is not self.false]
        if any(part is self.true for part in listed):
            return self.true
        return self.false if not listed else listed[0] if len(listed) == 1 else z3.Or(*listed)

    def deny(self, part: Formula) -> Formula:
        return self.false if part is self.true else self.true if part is self.false else z3.Not(part)

    def when(self, test: Formula, then: Formula, otherwise: Formula) -> Formula:
        return self.some((self.every((test, then)), self.every((self.deny(test), otherwise))))

    def same(self, one: Formula, other: Formula) -> Formula:
        """Both or neither."""
        if one is other:
            return self.true
        return one == other

    def flag(self, name: str) -> Formula:
        """A yes/no that is no fact."""
        return z3.Bool(name, self.context)

    def alike(self, one: Formula, other: Formula) -> bool:
        """Whether two formulas are written the same; then they mean the same."""
        return one is other or bool(one.eq(other))

    # -- facts --------------------------------------------------------------------------------------------------------

    def variable(self, fact: Fact, tag: str = "") -> Formula:
        """The variable of a fact; `tag` tells two readings of one application apart."""
        name = fact.code + tag
        found = self._variables.get(name)
        if found is None:
            fact = self._merged.get(fact.code, fact)
            found = self._variables[name] = fact, self._new(fact, name)
        return found[1]

    def _merge(self, fact: Fact) -> None:
        known = self._merged.get(fact.code)
        if known is None:
            self._merged[fact.code] = fact
        elif known.type != fact.type:
            raise UnlikeFacts(known, fact)
        elif known is not fact:
            more = tuple(value for value in fact.values if value.code not in known.by_code)
            merged = known.with_values((*known.values, *more)) if more else known
            low = None if known.low is None or fact.low is None else min(known.low, fact.low)
            high = None if known.high is None or fact.high is None else max(known.high, fact.high)
            self._merged[fact.code] = merged if (low, high) == (merged.low, merged.high) else replace(merged, low=low, high=high, by_word={}, by_code={})

    def _new(self, fact: Fact, name: str) -> Formula:
        context = self.context
        if fact.type == YES_NO:
            return z3.Bool(name, context)
        if fact.type == CHOICE:
            bits = max(1, (len(fact.values) - 1).bit_length())
            variable = z3.BitVec(name, bits, context)
            if fact.values and len(fact.values) != 1 << bits:
                self.domain.append(z3.ULT(variable, len(fact.values)))
            return variable
        if fact.type == CHOICES:
            return {value.code: z3.Bool(f"{name}={value.code}", context) for value in fact.values}
        if fact.type == DAY:
            variable = z3.BitVec(name, _YEAR + _MONTH + _DAY, context)
            self.domain.append(_is_a_day(variable))
            return variable
        variable = z3.BitVec(name, _NUMBER, context)
        low, high = fact.low if fact.low is not None else -_LARGEST, fact.high if fact.high is not None else _LARGEST
        self.domain.append(z3.And(variable >= low, variable <= high))
        return variable

    def is_value(self, fact: Fact, value: FactValue, tag: str = "") -> Formula:
        """The fact has this value."""
        variable = self.variable(fact, tag)
        if fact.type == YES_NO:
            return variable if value else self.deny(variable)
        if fact.type == CHOICE:
            position = _position(self._merged.get(fact.code, fact), value)
            return self.false if position is None else variable == position
        if fact.type == CHOICES:
            assert isinstance(value, frozenset)
            return self.every(one if code in value else self.deny(one) for code, one in variable.items())
        if fact.type == DAY:
            assert isinstance(value, date)
            return variable == day_key(value)
        return variable == value

    def is_one_of(self, fact: Fact, values: Iterable[FactValue], tag: str = "") -> Formula:
        return self.some(self.is_value(fact, value, tag) for value in values)

    def within(self, fact: Fact, first: date, last: date, tag: str = "") -> Formula:
        """A day from `first` to `last`, both included."""
        variable = self.variable(fact, tag)
        return self.every((z3.UGE(variable, day_key(first)), z3.ULE(variable, day_key(last))))

    def not_after(self, one: Fact, other: Fact) -> Formula:
        """One day is not after another."""
        return z3.ULE(self.variable(one), self.variable(other))

    def aged(self, born: Fact, day: Fact, years: Fact) -> Formula:
        """`years` are the whole years of age on `day` of somebody born on `born` (complete the day after the birthday, 民法典 200, 201)."""
        b, d, n = self.variable(born), self.variable(day), self.variable(years)
        zero, one = (z3.BitVecVal(number, _NUMBER, self.context) for number in (0, 1))
        full = _year(d) - _year(b) - z3.If(z3.ULE(_within_year(d), _within_year(b)), one, zero)
        return self.every((z3.ULE(b, d), n == z3.If(full < 0, zero, full)))

    # -- conditions ---------------------------------------------------------------------------------------------------

    def formula(self, condition: Condition, meaning: Callable[[Phrase], Formula | None] | None = None, tag: str = "") -> Formula:
        """A condition as a formula. `meaning` gives phrases a formula of their own (outcomes, say); None leaves them to the fact."""
        if meaning is None and not tag:
            found = self._written.get(id(condition))
            if found is None:
                found = self._written[id(condition)] = condition, self._write(condition, None, "")   # the condition is kept: its id stays its own
            return found[1]
        return self._write(condition, meaning, tag)

    def _write(self, condition: Condition, meaning: Callable[[Phrase], Formula | None] | None, tag: str) -> Formula:
        if isinstance(condition, Phrase):
            special = meaning(condition) if meaning is not None else None
            return self._phrase(condition, tag) if special is None else special
        if isinstance(condition, Not):
            return self.deny(self.formula(condition.part, meaning, tag))
        parts = [self.formula(part, meaning, tag) for part in condition.parts]
        return self.every(parts) if isinstance(condition, All) else self.some(parts)

    def _phrase(self, phrase: Phrase, tag: str) -> Formula:
        name = phrase.atom + tag
        bare = self._bare.get(name)
        if bare is None:
            bare = self._bare[name] = self._test(phrase, tag)
        return self.deny(bare) if phrase.comparison.denies else bare

    def _test(self, phrase: Phrase, tag: str) -> Formula:
        """The bare test of a phrase, as `Phrase.test` reads it with everything known."""
        fact, kind, left = phrase.fact, phrase.comparison.test, self.variable(phrase.fact, tag)
        if kind == "holds":
            return left
        if isinstance(phrase.right, Fact):
            right = self.variable(phrase.right, tag)
            if kind == "one_of":
                return self.some(self.every((self.is_value(fact, value.code, tag), self.is_value(phrase.right, value.code, tag)))
                                 for value in fact.values if value.code in phrase.right.by_code)
            if kind == "includes":
                return self.some(self.every((one, right[code])) for code, one in left.items() if code in right)
        elif kind == "one_of":
            return self.is_one_of(fact, phrase.right, tag)
        elif kind == "includes":
            return self.some(left[str(code)] for code in phrase.right if code in left)
        else:
            value = phrase.right[0]
            right = day_key(value) if isinstance(value, date) else value
        if kind == "equals":
            return left == right
        if fact.type == DAY:
            return z3.ULT(left, right) if kind == "before" else z3.UGT(left, right)
        return left < right if kind == "less" else left > right

    def aside(self, formula: Formula, facts: Iterable[Fact]) -> Formula:
        """The formula of a second reading, in which some facts have values of their own."""
        swaps: list[tuple[Formula, Formula]] = []
        for fact in facts:
            one, other = self.variable(fact), self.variable(fact, ASIDE)
            swaps.extend((one[code], other[code]) for code in one) if isinstance(one, dict) else swaps.append((one, other))
        return z3.substitute(formula, *swaps) if swaps and formula is not self.true and formula is not self.false else formula

    # -- questions ----------------------------------------------------------------------------------------------------

    def solve(self, question: Formula, milliseconds: int = PATIENCE) -> Model | bool | None:
        """A model of the question, False if it has none, None if that is not known within the limit."""
        if question is self.false:
            return False
        if self._solver is None:
            self._solver = z3.SolverFor("QF_FD", ctx=self.context)
        solver = self._solver
        solver.set("timeout", milliseconds)
        for kept in self.domain[self._told:]:
            solver.add(kept)
        self._told = len(self.domain)
        solver.push()
        try:
            solver.add(question)
            answer = solver.check()
            if answer == z3.unsat:
                return False
            return Model(solver.model(), self._variables) if answer == z3.sat else None
        finally:
            solver.pop()

    def possible(self, question: Formula, milliseconds: int = PATIENCE) -> bool | None:
        """Whether some application makes the question true; None if that is not known within the limit."""
        found = self.solve(question, milliseconds)
        return found if found is None or found is False else True


class Model:
    """One application the solver found."""

    def __init__(self, model: Formula, variables: Mapping[str, tuple[Fact, Formula]]):
        self._model, self._variables = model, variables

    def true(self, formula: Formula) -> bool:
        """Whether a formula holds in it."""
        return bool(z3.is_true(self._model.eval(formula, model_completion=True)))

    def fact(self, code: str) -> Fact | None:
        """The fact of that code, if any question spoke of it."""
        found = self._variables.get(code)
        return None if found is None else found[0]

    def value(self, fact: Fact, tag: str = "") -> FactValue:
        """The value of a fact, None if no question ever spoke of it."""
        found = self._variables.get(fact.code + tag)
        if found is None:
            return None
        variable = found[1]
        if fact.type == YES_NO:
            return self.true(variable)
        if fact.type == CHOICES:
            return frozenset(code for code, one in variable.items() if self.true(one))
        number = self._model.eval(variable, model_completion=True)
        if fact.type == CHOICE:
            position: int = number.as_long()
            return fact.values[position].code if position < len(fact.values) else None
        return day_of(number.as_long()) if fact.type == DAY else int(number.as_signed_long())


def _year(key: Formula) -> Formula:
    return z3.ZeroExt(_NUMBER - _YEAR, z3.Extract(_YEAR + _MONTH + _DAY - 1, _MONTH + _DAY, key))


def _within_year(key: Formula) -> Formula:
    """Month and day."""
    return z3.Extract(_MONTH + _DAY - 1, 0, key)


def _position(fact: Fact, value: FactValue) -> int | None:
    return next((number for number, one in enumerate(fact.values) if one.code == value), None)


def _is_a_day(variable: Formula) -> Formula:
    """The bits are a day of the calendar, from 0001-01-01 to 9999-12-31."""
    year = z3.Extract(_YEAR + _MONTH + _DAY - 1, _MONTH + _DAY, variable)
    month, day = z3.Extract(_MONTH + _DAY - 1, _DAY, variable), z3.Extract(_DAY - 1, 0, variable)
    leap = z3.And(z3.Extract(1, 0, year) == 0, z3.Or(z3.URem(year, 100) != 0, z3.URem(year, 400) == 0))
    short = z3.Or([month == one for one in (4, 6, 9, 11)])
    return z3.And(z3.UGE(year, 1), z3.ULE(year, 9999), z3.UGE(month, 1), z3.ULE(month, 12), z3.UGE(day, 1),
                  z3.Implies(short, z3.ULE(day, 30)), z3.Implies(month == 2, z3.Or(z3.ULE(day, 28), z3.And(day == 29, leap))))
