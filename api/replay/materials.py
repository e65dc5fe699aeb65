"""One material as columns: its computed facts, which route stands first, or the key under which the single engine is asked.

The column forms of `engine.facts` stand here beside each other, in its order. A material whose first open route is not preceded by a
pending one is settled by columns alone; any other gets a key that says everything its verdict hangs on, so that one question to the
single engine answers all rows with that key. Nothing here knows other materials.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby

from api.replay.columns import TEXT, TRUTH, WHOLE, Column, Table, chosen, condition_column, constant, kind_of, known, mapped, openness, some, text_of, together
from api.replay.digests import NONE, UNKNOWN, letters_of
from api.replay.registry import MEANINGS, Registry
from api.replay.stated import Stated
from engine.conditions import ALWAYS, phrases
from engine.conditions import facts as facts_of
from engine.facts import hangs_on_age
from engine.judge import STAGE_FACTS, finding, satisfied
from engine.law import Rule
from engine.phrases import Phrase
from engine.plan import UnitPlan
from engine.rulebook import Route
from engine.vocabulary import DAY, DECLARED, NUMBER, Fact, FactValue

#: What a verdict hangs on besides the facts its rules read: what tells whether it is met, and what its questions depend on.
_ALWAYS_READ = ("earlier_output", "query_result", "check_result", "shown_state", "on_file_state", "holds_credential", "source_state", "source_ground")
_CASE_READ = ("agent_kind", "agent_authorised", "person_id_type")
_FOUND = {"shared": "query_result", "agency_check": "check_result", "agency_followup": "check_result"}


class Material:
    """One unit of a plan. `place` is its position among all that are judged (the place of its letters in digests)."""

    def __init__(self, unit: UnitPlan, place: int):
        self.unit, self.place, self.code = unit, place, unit.requirement.code
        self.person = "applicant" if unit.requirement.per_person else None
        words = unit.place.rulebook.vocabulary.by_word
        read: dict[str, Fact] = {**unit.judge.reads, **facts_of(unit.requirement.needed)}
        read |= {code: words[code] for code in (*_ALWAYS_READ, *_CASE_READ) if code in words}
        self.reads = {code: fact for code, fact in read.items() if code not in unit.static and code not in STAGE_FACTS and code != "material_needed"}
        self.staged = bool(unit.stage_facts)
        compared = {phrase.atom: phrase for condition in (*unit.judge.residual.values(), unit.requirement.needed)
                    for phrase in phrases(condition) if any(fact.type in (DAY, NUMBER) for fact in phrase.facts)}
        self.days: tuple[Phrase, ...] = tuple(compared.values())

    def name(self, what: str) -> str:
        return f"u{self.place}_{what}"

    # -- computed facts, from what is stated ----------------------------------------------------------------------------

    def facts(self, stated: Stated) -> dict[str, Column]:
        """Every fact about this material that its verdict may hang on, by the name of its column."""
        unit, code = self.unit, self.code
        makers: dict[str, Callable[[Stated], Column]] = {
            "source_state": self._source_state, "source_ground": self._source_ground, "shown_state": self._shown_state,
            "on_file_state": self._on_file_state, "on_file": self._on_file, "earlier_output": lambda s: s.output(code),
            "asked_elsewhere": lambda s: constant(False, TRUTH), "query_result": lambda s: s.query(code), "check_result": lambda s: s.check(code),
            "consents_to_query": lambda s: s.truth(f"consents.{code}"), "commitment_signer": self._commitment_signer}
        found: dict[str, Column] = {}
        for fact_code, fact in self.reads.items():
            if fact_code in makers:
                column = makers[fact_code](stated)
            elif fact.subject == "材料" and fact.supplier == DECLARED:
                spoken = unit.unit.unspoken_dispute if fact_code == "data_disputed" else None if fact_code == "holds_credential" else fact.unspoken
                column = stated.own(code, fact)
                column = column.fill_null(constant(spoken, kind_of(fact))) if spoken is not None else column
            else:
                continue        # a fact of the application: it stands in a column of its own
            found[self.name(fact_code)] = column
        commitment, deferral, signer = (stated.choice(code, part) for part in ("commitment", "deferral", "signed_by"))
        handed = self.handed(stated)
        signed = known((commitment == "yes") & signer.notnull())
        # What is left of the choices once the material is handed in: nothing is promised for later, a letter counts only if signed.
        yes = {"yes": True, "no": False}
        found[self.name("commitment")] = chosen([(known(handed & (commitment == "yes") & signer.isnull()), constant(None, TRUTH))], mapped(commitment, yes, TRUTH))
        found[self.name("deferral")] = chosen([(known(handed & (deferral == "yes")), constant(None, TRUTH))], mapped(deferral, yes, TRUTH))
        found[self.name("signed")] = signed
        found[self.name("handed")] = handed
        # While the kind of number is unknown, which grounds it may come to hangs on whether the age is known.
        found[self.name("aged")] = stated.facts["person_id_type"].isnull() & stated.facts["person_age"].notnull()
        found[self.name("needed")] = condition_column(unit.requirement.needed, lambda fact: stated.facts[fact.code])
        return found

    def needs_nobody(self, stated: Stated) -> Column:
        """Whether the material is not needed whoever the persons are: then nobody has to be listed."""
        persons = ("person_id_type", "birth_date", "person_age")
        return known(~condition_column(self.unit.requirement.needed, lambda fact: constant(None, kind_of(fact)) if fact.code in persons or fact.subject == "相关人"
                                       else stated.facts[fact.code]))

    def handed(self, stated: Stated) -> Column:
        digest = stated.digests.get("handed_in")
        return constant(None, TRUTH) if digest is None else digest.substr(self.place, 1) == "1"

    def _by_id_type(self, stated: Stated, values: Mapping[str | None, str]) -> Column:
        """A value for each kind of number; while the kind is unknown, the value all kinds share."""
        shared = {value for kind, value in values.items() if kind is not None}
        known_kinds: dict[str, FactValue] = {kind: value for kind, value in values.items() if kind is not None}
        column = stated.facts["person_id_type"]
        return chosen([(column.isnull(), constant(shared.pop() if len(shared) == 1 else None, TEXT))], mapped(column, known_kinds, TEXT))

    def _source_state(self, stated: Stated) -> Column:
        return self._by_id_type(stated, {kind: state for kind, (state, _) in self.unit.unit.sources.items()})

    def _source_ground(self, stated: Stated) -> Column:
        """The ground of the query; a guardian's consent where a person under fourteen would have to consent (个人信息保护法 31)."""
        grounds: dict[str | None, str] = {kind: source.ground if source else "none" for kind, (_, source) in self.unit.unit.sources.items()}
        column, age, shared = stated.facts["person_id_type"], stated.facts["person_age"], {ground for kind, ground in grounds.items() if kind is not None}
        unknown = constant(None if len(shared) > 1 else grounds[None], TEXT)
        ground = chosen([(column.isnull(), unknown)], mapped(column, {kind: value for kind, value in grounds.items() if kind is not None}, TEXT))
        ageing: dict[str | None, bool] = {kind: hangs_on_age(source, kind) for kind, (_, source) in self.unit.unit.sources.items()}
        hangs = some([column.isin([kind for kind, so in ageing.items() if so and kind is not None]).fill_null(False) if any(
            so for kind, so in ageing.items() if kind is not None) else constant(False, TRUTH), column.isnull() & constant(ageing[None], TRUTH)])
        return chosen([(hangs & age.isnull(), constant(None, TEXT)), (hangs & known(age < 14), constant("guardian_consent", TEXT))], ground)

    def _shown_state(self, stated: Stated) -> Column:
        """What was shown counts first, else whether the person has one."""
        unit, vocabulary = self.unit.unit, self.unit.place.rulebook.vocabulary
        if not unit.credentials:
            return constant("none", TEXT)
        held = stated.own(self.code, vocabulary["holds_credential"]) if "holds_credential" in vocabulary.by_word else constant(None, TRUTH)
        kind, holds = stated.facts["person_id_type"], known(held)
        any_kind = constant("not_presented" if not any(one.id_types for one in unit.credentials) else None, TEXT)
        pairs = [(known(~held), constant("not_held", TEXT)), (kind.isnull() & holds, any_kind), (kind.isnull(), constant(None, TEXT))]
        for value in vocabulary["person_id_type"].values:
            usable = unit.credentials_for(value.code)
            if not usable:
                pairs.append((kind == value.code, constant("none", TEXT)))
            elif any(one.universal for one in usable):
                pairs.append((kind == value.code, constant("not_presented", TEXT)))
        otherwise = chosen([*pairs, (holds, constant("not_presented", TEXT))], constant(None, TEXT))
        digest = stated.digests.get("presented")
        if digest is None:
            return otherwise
        letter = digest.substr(stated.agent_doubt + 3 * self.place, 1).fill_null(NONE)
        seen = mapped(letter, dict(letters_of(vocabulary, "shown_state")), TEXT)
        return chosen([(letter == NONE, otherwise), (letter == UNKNOWN, constant(None, TEXT))], seen)

    def _file(self, stated: Stated) -> tuple[Column, Column, Column]:
        """Whether there is a snapshot, whether it is complete, and the letter of this material's copies."""
        complete, digest = stated.truth("evidence.on_file.complete"), stated.digests.get("evidence.on_file.entries")
        letter = constant(NONE, TEXT) if digest is None else digest.substr(self.place, 1).fill_null(NONE)
        return complete.notnull(), known(complete), letter

    def _on_file_state(self, stated: Stated) -> Column:
        there, complete, letter = self._file(stated)
        letters = dict(letters_of(self.unit.place.rulebook.vocabulary, "on_file_state"))
        state = chosen([(letter == NONE, constant("not_on_file", TEXT))], mapped(letter, letters, TEXT))
        return chosen([(there & (known(state == "usable") | complete), state)], constant(None, TEXT))

    def _on_file(self, stated: Stated) -> Column:
        there, complete, letter = self._file(stated)
        return chosen([(there & (letter != NONE), constant("recorded", TEXT)), (complete, constant("not_recorded", TEXT))], constant(None, TEXT))

    def _commitment_signer(self, stated: Stated) -> Column:
        own = constant("self", TEXT)
        return stated.choice(self.code, "signed_by").fill_null(chosen([(~stated.agent, own)], constant(None, TEXT)))

    # -- the verdict, from a table of facts ------------------------------------------------------------------------------

    def _lookup(self, table: Table, stages: Mapping[str, Column]) -> Callable[[Fact], Column]:
        static = self.unit.static

        def lookup(fact: Fact) -> Column:
            if fact.code in static:
                return constant(static[fact.code], kind_of(fact))
            if fact.code == "material_needed":
                return table[self.name("needed")]
            if fact.code in STAGE_FACTS:
                return stages.get(fact.code, constant(None, TRUTH))
            own = self.name(fact.code)
            return table[own] if own in table.columns else table[f"c_{fact.code}"]

        return lookup

    def _rules(self) -> Mapping[str, str]:
        """The rules that hang on something, with the name of the column of their truth."""
        judge = self.unit.judge
        read = {rule.id for modes in judge.by_route.values() for grants, bars in modes.values() for rule in (*grants, *bars)}
        return {rule_id: self.name(f"r{place}") for place, (rule_id, rest) in enumerate(judge.residual.items()) if rest != ALWAYS and rule_id in read}

    def _modes(self) -> Iterable[tuple[Route, str, list[Rule], list[Rule], str]]:
        """Every mode of every route that may be taken: its grants, its bars, the name of the column of its openness."""
        judge = self.unit.judge
        for route in judge.ladder:
            if not route.elective or route.code in ("commitment", "deferral"):
                for place, (mode, (grants, bars)) in enumerate(judge.by_route[route.code].items()):
                    yield route, mode, grants, [rule for rule in bars if rule.id in judge.residual], self.name(f"o_{route.code}_{place}")

    def conditions(self, table: Table, stages: Mapping[str, Column]) -> dict[str, Column]:
        """The truth of every rule that hangs on something."""
        lookup = self._lookup(table, stages)
        return {name: condition_column(self.unit.judge.residual[rule_id], lookup) for rule_id, name in self._rules().items()}

    def _truth(self, table: Table) -> Callable[[Rule], Column]:
        named_ = self._rules()
        return lambda rule: table[named_[rule.id]] if rule.id in named_ else constant(True, TRUTH)

    def openings(self, table: Table, stages: Mapping[str, Column]) -> dict[str, Column]:
        """The openness of every mode, from the truth of the rules."""
        truth = self._truth(table)
        return {name: openness(map(truth, grants), map(truth, bars)) for _, _, grants, bars, name in self._modes()}

    def settled(self, table: Table, stages: Mapping[str, Column], registry: Registry, owner: str) -> Column:
        """The packed verdict where columns settle it: the first open route of the ladder. NULL where a lighter one pends, or none is open."""
        nothing, truth, judge = constant(None, WHOLE), self._truth(table), self.unit.judge
        failed = known(table[self.name("earlier_output")] == "failed") & ~known(~table[self.name("needed")])
        pairs: list[tuple[Column, Column]] = [(failed, nothing)]
        for route, found in groupby(self._modes(), lambda row: row[0]):
            modes = list(found)
            state = some(table[name] for *_, name in modes)
            if route.elective:
                state = known(table[self.name(route.code)]) & state
            picks = []
            for _, mode, grants, _, name in modes:
                for rule in sorted(grants, key=judge.law.precedence):
                    taken = self._taken(route.code, mode, rule, table, stages, registry, owner)
                    picks.append((known(table[name]) & known(truth(rule)), taken))
            pairs += [(state.isnull(), nothing), (state, chosen(picks, nothing))]
        return chosen(pairs, nothing)

    def _taken(self, route: str, mode: str, rule: Rule, table: Table, stages: Mapping[str, Column], registry: Registry, owner: str) -> Column:
        """The packed verdict of a route that is taken under a rule, by what was found and whether that meets the requirement."""
        def as_(found: str | None, met: str) -> Column:
            status = "waiting" if route == "covered" and met == "waiting" else "settled"
            return constant(registry.of(owner, self.code, {
                "route": route, "mode": mode or None, "status": status, "finding": found, "satisfied": met, "rule": rule.id,
                "reason": rule.reason.code if rule.reason else None, "person": self.person}, (), MEANINGS[0]), WHOLE)

        pairs: list[tuple[Column, Column]] = []
        if route in _FOUND and self.name(_FOUND[route]) in table.columns:
            column = table[self.name(_FOUND[route])]
            for value in self.unit.place.rulebook.vocabulary[_FOUND[route]].values:
                sheet = {**self.unit.static, _FOUND[route]: value.code}
                found = finding(route, sheet)
                if found is not None:
                    pairs.append((column == value.code, as_(found, satisfied(route, found, sheet, {}, None))))
        if route in ("not_required", "abolished", "deferral"):
            return as_(None, "yes")
        if route == "covered":
            usable = known(table[self.name("on_file_state")] == "usable") if self.name("on_file_state") in table.columns else constant(False, TRUTH)
            static = self.unit.static.get("contained")
            inside = known(stages["contained"]) if "contained" in stages else constant(static is True, TRUTH)
            expected = known(table[self.name("earlier_output")] == "expected") & ~usable & ~inside
            return chosen([(expected, as_(None, "waiting"))], as_(None, "yes"))
        pairs.append((known(table[self.name("handed")]), as_(None, "yes")))
        if route == "shown" and self.name("shown_state") in table.columns:
            pairs.append((known(table[self.name("shown_state")] == "valid"), as_(None, "yes")))
        if route == "commitment":
            pairs.append((table[self.name("signed")], as_(None, "yes")))
        if route == "submit":
            pairs.append((table[self.name("handed")].notnull(), as_(None, "no")))
        return chosen(pairs, as_(None, "waiting"))

    def key(self, table: Table, stages: Mapping[str, Column]) -> Column:
        """Everything the verdict hangs on, as one text; it begins with the facts of stages, a letter each."""
        lookup = self._lookup(table, stages)
        letter = {"true": "t", "false": "f"}
        parts = [mapped(stages[code].cast(TEXT), letter, TEXT, "u") if code in stages else constant("u", TEXT) for code in STAGE_FACTS]
        parts += [text_of(table[self.name(what)]) for what in ("needed", "commitment", "deferral", "signed", "handed")]
        for fact in self.reads.values():
            if fact.type not in (DAY, NUMBER):
                parts.append(text_of(lookup(fact)))
        for phrase in self.days:
            test = text_of(condition_column(phrase, lookup))
            if isinstance(phrase.right, Fact):      # an unknown one is later compared with what the known one says
                test = chosen([(test == "?", text_of(lookup(phrase.fact)).concat("/", text_of(lookup(phrase.right))))], test)
            parts.append(test)
        if "source_ground" in self.reads:
            parts.append(text_of(table[self.name("aged")]))
        return together(parts)
