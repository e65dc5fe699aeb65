"""What the rows of a flat table state, as columns: the column form of `engine.intake` for one plan.

Every value is either understood here or the row is `odd`: odd rows go to the single engine, which takes or refuses them. So nothing is
refused here and nothing is guessed. Lists come as digests (`api.replay.digests`), made by the engine's own intake.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from api.replay.columns import TEXT, TRUTH, Column, Layers, Table, chosen, constant, kind_of, known, mapped, some
from api.replay.digests import Blank, credit_letters
from api.replay.numbers import age_on, birth_of, is_day, is_sound, is_text, plainly, whole
from api.replay.paths import Paths
from engine.elsewhere import MODES
from engine.people import OF_AGE, SIGNERS
from engine.plan import Plan
from engine.vocabulary import CHOICE, CHOICES, DAY, NUMBER, YES_NO, Fact

_YES_NO = ("true", "false")


class Stated:
    """The statements of each row. `odd`: conditions under which a row is not understood here."""

    def __init__(self, paths: Paths, plan: Plan, blank: Blank, table: Table, names: frozenset[str], digests: Mapping[str, Column]):
        self.plan, self.blank, self.digests = plan, blank, digests
        self._table, self._vocabulary = table, plan.rulebook.vocabulary
        self.odd: list[Column] = []
        self._raw: dict[str, Column] = {}
        self._seen: dict[str, Column] = {}       # what was read already
        for name in sorted(names):
            if name == "as_of" or not paths.is_path(name):
                continue
            column, place = table[name], self._place(name)
            if place in self._raw:      # one thing under its name and its code
                self.odd.append(self._raw[place].notnull() & column.notnull())
                column = self._raw[place].fill_null(column)
            self._raw[place] = column
        self.as_of, self.accepted_on = table["__as_of"], self.raw("accepted_on")
        self._plain()
        self.facts: dict[str, Column] = self._about_application()

    def _place(self, name: str) -> str:
        """The path with names turned into codes."""
        head, _, rest = name.partition(".")
        by_word = self._vocabulary["material"].by_word
        steps = rest.split(".")
        if head == "situation":
            codes = {word: fact.code for item in self.plan.rulebook.items.values() for fact in item.situations for word in (fact.code, fact.name)}
            return f"situation.{codes[rest]}"
        if head == "consents" or head == "choices":
            steps[0] = by_word[steps[0]].code
        elif head == "facts":
            steps[0] = self._vocabulary.by_word[steps[0]].code
            steps[1:] = [by_word[word].code if word in by_word else word for word in steps[1:]]
        elif head == "evidence" and steps[0] in ("queries", "checks", "outputs"):
            steps[1] = by_word[steps[1]].code
        elif head == "evidence" and steps[:2] == ["records", "facts"]:
            steps[2] = self._vocabulary.by_word[steps[2]].code
        return ".".join((head, *steps)) if rest else head

    # -- reading one column ---------------------------------------------------------------------------------------------

    def raw(self, path: str) -> Column:
        """A column as the table has it; unknown where the table has none."""
        found = self._raw.get(path)
        return constant(None, TEXT) if found is None else found

    def has(self, path: str) -> bool:
        return path in self._raw

    def truth(self, path: str) -> Column:
        return self._read(path, lambda column: (column == "true", column.isin(_YES_NO)), TRUTH)

    def word(self, path: str, words: Mapping[str, str]) -> Column:
        """A value by its name or code, as its code. (What is neither makes the row odd: its value is never looked at.)"""
        renamed = [(word, code) for word, code in words.items() if word != code]
        return self._read(path, lambda column: (
            chosen([(column == word, constant(code, TEXT)) for word, code in renamed], column), column.isin(tuple(words))), TEXT)

    def day(self, path: str) -> Column:
        return self._read(path, lambda column: (column, is_day(column)), TEXT)

    def _read(self, path: str, how: Callable[[Column], tuple[Column, Column]], kind: str) -> Column:
        if not self.has(path):
            return constant(None, kind)
        if path not in self._seen:
            value, right = how(self.raw(path))
            self.odd.append(self.raw(path).notnull() & ~known(right))
            self._seen[path] = value
        return self._seen[path]

    def fact(self, path: str, fact: Fact) -> Column:
        """A fact's value as `facts` or the records state it."""
        if not self.has(path):
            return constant(None, kind_of(fact))
        if path not in self._seen:
            self._seen[path] = self._stated(path, fact)
        return self._seen[path]

    def _stated(self, path: str, fact: Fact) -> Column:
        if fact.type == YES_NO:
            return self.truth(path)
        if fact.type == CHOICE:
            return self.word(path, {word: value.code for word, value in fact.by_word.items()})
        if fact.type == CHOICES:
            return self._several(path, fact)
        if fact.type == DAY:
            column = self.raw(path)
            none = fact.none.day.isoformat() if fact.none else ""
            words = (fact.none.name, fact.none.code) if fact.none else ("",)
            self.odd.append(column.notnull() & ~known(is_day(column) | column.isin(words)))
            return chosen([(column.isin(words), constant(none, TEXT))], column)
        assert fact.type == NUMBER
        found = whole(self.raw(path))
        beyond = [found < bound if bound == fact.low else found > bound for bound in (fact.low, fact.high) if bound is not None]
        self.odd.append(self.raw(path).notnull() & (found.isnull() | known(some(beyond))))
        return found

    def _several(self, path: str, fact: Fact) -> Column:
        """Several values joined by 、, as a set; “无” or “none” is no value at all."""
        column, none = self.raw(path), tuple(word for word in ("无", "none") if word not in fact.by_word)
        words = "|".join(map(plainly, fact.by_word))
        self.odd.append(column.notnull() & ~known(column.isin(none) | column.re_search(f"^({words})(、({words}))*$")))
        found = constant("|", TEXT)
        for value in sorted(fact.values, key=lambda value: value.code):
            either = "|".join(map(plainly, dict.fromkeys((value.name, value.code))))
            found = found.concat(chosen([(known(column.re_search(f"(^|、)({either})($|、)")), constant(f"{value.code}|", TEXT))], constant("", TEXT)))
        return chosen([(column.isnull(), constant(None, TEXT)), (column.isin(none), constant(frozenset(), TEXT))], found)

    # -- the application ------------------------------------------------------------------------------------------------

    def _plain(self) -> None:
        """What decides nothing but may be wrong, and what is left to the single engine altogether."""
        divisions = tuple(self.plan.rulebook.divisions)
        right: dict[str, Callable[[Column], Column]] = {
            "accepting_division": lambda c: c.isin(divisions), "elsewhere_mode": lambda c: c.isin(MODES),
            "case": lambda c: is_text(c, 80), "persons": lambda c: c == "[]"}
        right |= {f"{who}.name": lambda c: is_text(c, 200) for who in ("applicant", "agent")}
        for path, test in right.items():
            if self.has(path):
                self.odd.append(self.raw(path).notnull() & ~known(test(self.raw(path))))
        situations = {fact.code for fact in self.plan.item.situations}
        for path in self._raw:
            head, _, rest = path.partition(".")
            if head == "situation" and rest not in situations:
                self.odd.append(self.raw(path).notnull())
            elif head == "evidence" and path.endswith((".source", ".at")):
                self.odd.append(self.raw(path).notnull() & ~known(is_text(self.raw(path), 80)))
            elif head == "facts" and self._vocabulary[rest.partition(".")[0]].subject == "相关人":
                self.odd.append(self.raw(path).notnull())
        self.odd += [digest == "!" for digest in self.digests.values()]

    def _about_application(self) -> dict[str, Column]:
        """Facts about the application, the applicant and the applicant's person."""
        vocabulary, item = self._vocabulary, self.plan.item
        found: dict[str, Column] = {"accepted_on": self.accepted_on, "as_of": self.as_of}
        in_item = {fact.code for fact in item.situations}
        self.recorded = some(self.raw(path).notnull() for path in self._raw if path.startswith("evidence.records."))
        complete = self.truth("evidence.records.complete")
        self.odd.append(self.recorded & complete.isnull())
        credit = self._credit(complete)
        for fact in vocabulary.facts:
            if fact.situation:
                found[fact.code] = self.truth(f"situation.{fact.code}") if fact.code in in_item else constant(False, TRUTH)
            elif fact.code in self.blank.facts and fact.code not in found:
                value = constant(self.blank.facts[fact.code], kind_of(fact))
                if fact.code in self.blank.nothing_recorded:
                    nothing = constant(self.blank.nothing_recorded[fact.code], kind_of(fact))
                    value = chosen([(known(complete), nothing)], value)
                    if fact.code in credit:
                        value = credit[fact.code].fill_null(value)
                    path = f"evidence.records.facts.{fact.code}"
                else:
                    path = f"facts.{fact.code}"
                found[fact.code] = self.fact(path, fact).fill_null(value) if self.has(path) else value
        for path in self._raw:
            head, _, code = path.partition(".")
            if head == "facts" and "." not in code and code not in found:
                self.odd.append(self.raw(path).notnull())
        found["applicant_kind"] = self._kind("applicant.kind", "applicant_kind")
        self._agent(found)
        found |= self._person("applicant")
        return found

    def _kind(self, path: str, code: str) -> Column:
        if code not in self._vocabulary.by_word:
            return self.raw(path)
        return self.word(path, {word: value.code for word, value in self._vocabulary[code].by_word.items()})

    def _person(self, who: str) -> dict[str, Column]:
        """Kind of number, day of birth, age on the day."""
        kind = self._kind(f"{who}.id_type", "person_id_type")
        number, born = self.raw(f"{who}.id_number"), self.day(f"{who}.birth_date")
        if self.has(f"{who}.id_number"):
            kinds = tuple(value.code for value in self._vocabulary["person_id_type"].values)
            told = birth_of(kind, number)
            self.odd.append(number.notnull() & ~is_sound(kind, number, kinds))
            self.odd.append(known(told != born))
            born = told.fill_null(born)
        self.odd.append(known(born > self.as_of))
        return {"person_id_type": kind, "birth_date": born, "person_age": age_on(born, self.as_of)}

    def _agent(self, found: dict[str, Column]) -> None:
        """Who acts for the applicant, and whether the authority is valid on the day."""
        self.agent = some(self.raw(path).notnull() for path in self._raw if path.startswith("agent."))
        kind = self._kind("agent.kind", "agent_kind")
        self.odd.append(self.agent & kind.isnull())
        until = self.day("agent.authorised_until")
        valid = chosen([(known(until < self.as_of), constant(False, TRUTH))], self.truth("agent.authorised"))
        aged = self._person("agent")["person_age"]
        if self.has("agent.id_number"):      # one person under two names: who is who is the single engine's to see
            self.odd.append(known(self.raw("agent.id_number") == self.raw("applicant.id_number")))
        found["agent_kind"] = chosen([(self.agent, kind)], constant("in_person", TEXT))
        found["agent_authorised"] = chosen([(self.agent, valid)], found.get("agent_authorised", constant(None, TRUTH)))
        agents = known(kind == "authorised_agent")
        self.agent_doubt = chosen([(self.agent & known(~valid), constant(1, "int64")), (agents & valid.isnull(), constant(2, "int64"))],
                                  constant(0, "int64"))
        self.odd.append(known(kind == "guardian") & known(aged < OF_AGE))
        for path in self._raw:          # a letter that nobody who acts can have signed
            if path.startswith("choices.") and path.endswith(".signed_by"):
                self.odd += [known(self.raw(path) == signer) & ~known(kind == acting) for signer, acting in SIGNERS.items()]

    def _credit(self, complete: Column) -> dict[str, Column]:
        """The worst record of credit and the day of its repair, as the engine reads them from the list."""
        digest = self.digests.get("evidence.records.credit")
        if digest is None:
            return {}
        start = chosen([(known(complete), constant(0, "int64"))], constant(11, "int64"))
        letters = credit_letters(self._vocabulary)
        kind, day = digest.substr(start, 1), digest.substr(start + 1, 10)
        return {"applicant_credit": mapped(kind, letters, TEXT), "credit_repaired_on": chosen([(is_day(day), day)], constant(None, TEXT))}

    # -- one material ---------------------------------------------------------------------------------------------------

    def choice(self, code: str, part: str) -> Column:
        words = ("self", "agent", "guardian", "helper") if part == "signed_by" else ("yes", "no")
        return self.word(f"choices.{code}.{part}", {word: word for word in words})

    def query(self, code: str) -> Column:
        """What a source answered; a record whose last day has passed is expired."""
        path = f"evidence.queries.{code}"
        results = ("valid", "expired", "revoked", "not_found", "mismatch", "unclear", "down")
        result, last = self.word(f"{path}.result", {word: word for word in results}), self.day(f"{path}.valid_to")
        stated = [self.raw(f"{path}.{part}").notnull() for part in ("valid_to", "source", "at") if self.has(f"{path}.{part}")]
        if stated:
            self.odd.append(some(stated) & result.isnull())
        return chosen([(known((result == "valid") & (last < self.as_of)), constant("expired", TEXT))], result)

    def check(self, code: str) -> Column:
        return self.word(f"evidence.checks.{code}.result", {word: word for word in ("confirmed", "refuted", "inconclusive")})

    def output(self, code: str) -> Column:
        return self.word(f"evidence.outputs.{code}", {word: word for word in ("issued", "expected", "failed")}).fill_null("none")

    def own(self, code: str, fact: Fact) -> Column:
        return self.fact(f"facts.{fact.code}.{code}", fact)

    def rest(self) -> None:
        """Look for what is wrong in statements about materials that nothing read yet."""
        for code in sorted({step for path in self._raw for step in path.split(".")} & {value.code for value in self._vocabulary["material"].values}):
            for part in ("commitment", "deferral", "signed_by"):
                self.choice(code, part)
            self.truth(f"consents.{code}")
            self.query(code)
            self.check(code)
            self.output(code)
        for path in self._raw:
            head, _, rest = path.partition(".")
            word, _, code = rest.partition(".")
            if head == "facts" and code:
                self.own(code, self._vocabulary[word])

    def settle(self, layers: Layers, passed: tuple[str, ...]) -> Table:
        """What was read of the application so far becomes a layer; what is read from now on is built on it. `passed`: columns that are kept."""
        found = {f"c_{code}": column for code, column in self.facts.items()}
        found |= {f"__raw_{place}": column for place, column in enumerate(self._raw.values())}
        found |= {f"__digest_{place}": column for place, column in enumerate(self.digests.values())}
        table = layers.add(self._table.select(*passed, **found, __odd=self.is_odd(), __agent=self.agent, __doubt=self.agent_doubt))
        self.facts = {code: table[f"c_{code}"] for code in self.facts}
        self._raw = {path: table[f"__raw_{place}"] for place, path in enumerate(self._raw)}
        self.digests = {name: table[f"__digest_{place}"] for place, name in enumerate(self.digests)}
        self.odd, self._seen, self._table = [table["__odd"]], {}, table
        self.agent, self.agent_doubt, self.as_of = table["__agent"], table["__doubt"], self.facts["as_of"]
        return table

    def is_odd(self) -> Column:
        return some(known(one) for one in self.odd)


