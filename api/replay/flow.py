"""One plan over the rows that fall under it: each material alone, containers before what they contain, groups, deferral last.

The steps are those of `engine.decide`, each over all rows at once. What columns leave open is asked of the single engine once for every
key and joined back. Nothing here reads files or writes results.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa

from api.replay import registry as packed_in
from api.replay.columns import (
    TEXT,
    TRUTH,
    WHOLE,
    Column,
    Engine,
    Layers,
    Table,
    chosen,
    condition_column,
    constant,
    every,
    greatest,
    kind_of,
    known,
    named,
    some,
    sql,
    text_of,
    together,
)
from api.replay.digests import LISTS, Digests
from api.replay.materials import Material
from api.replay.paths import Paths
from api.replay.registry import MEANINGS, OUTCOMES, Registry, routes_of
from api.replay.stated import Stated
from engine.body import branch_entries
from engine.catalogue import Requirement
from engine.conditions import facts as facts_of
from engine.decide import Decider
from engine.intake import Case
from engine.judge import Verdict
from engine.plan import Plan, UnitPlan
from engine.vocabulary import DECLARED, Fact, FactValue

CaseOf = Callable[[Sequence[int]], Mapping[int, Case]]
Complete = Callable[[Table, UnitPlan, Mapping[int, str]], Column]
MAX_KNOWN: Final = 500_000      # answers of the single engine remembered for one plan, by key
_ASKED: Final = "SELECT job, key, min(__row) AS row FROM k GROUP BY job, key"
_LETTERS: Final[Mapping[str, FactValue]] = {"t": True, "f": False, "u": None}


def _no_stages(table: Table) -> Mapping[str, Column]:
    return {}


@dataclass(frozen=True, slots=True)
class Job:
    """One column of answers to be made: of a material under its stage facts, or of a group whose members are answered."""

    name: str
    material: Material | None = None
    on: Callable[[Table], Mapping[str, Column]] = _no_stages      # the facts of stages, from a table that has what came before
    group: Requirement | None = None
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What a plan's rows came to: the table `result` has a column of packed answers for each of `entries`; `odd` rows are left to the single engine."""

    entries: tuple[str, ...]
    odd: list[int]


class Flow:
    """The queries of one plan, made once for the columns a table has and used for every batch. `owner`: item and division."""

    def __init__(self, plan: Plan, decider: Decider, paths: Paths, names: frozenset[str], registry: Registry, engine: Engine, day: str):
        self.plan, self.decider, self.registry, self.engine, self.names = plan, decider, registry, engine, names
        self.owner = f"{plan.item.code}\t{plan.place.chain[0]}\t"
        units = (*plan.units, *(after for unit in plan.units for after in unit.establishes))
        self.materials = tuple(Material(unit, place) for place, unit in enumerate(units))
        self._of = {id(one.unit): one for one in self.materials}
        self.digests = Digests(plan, units)
        self._lists = tuple(name for name in LISTS if name in names)
        self._paths, self._blank = paths, self.digests.blank(day)
        self._queries: dict[str, str] = {}
        self._layered: dict[str, tuple[str, ...]] = {}
        self._kinds: dict[str, str] = {}        # the columns of the table of facts
        self._known: dict[tuple[str, str], int] = {}
        self.asked = 0

    @property
    def supported(self) -> bool:
        """Whether the plan's order can be followed: a deferred member of a principal group would change what others wait for."""
        return not any("principals_complete" in unit.stage_facts and unit.group is not None and unit.group.role == "principal" for unit in self.plan.units)

    def run(self, case_of: CaseOf) -> Said:
        """Answer the rows of the table `chosen` (columns of the population, `__row`, `__as_of`). `case_of` gives rows' cases for the single engine."""
        self._make_facts()
        self.engine.make("v", self._once("v", lambda: self._facts_table().filter(lambda t: ~t["odd"]).select("__row")))
        self._names: list[str] = []
        current = self._alone(case_of)
        groups = self._groups(current, case_of)
        self._last(current, groups, case_of)
        entries = self._entries(current, groups, case_of)
        self.engine.make("result", self._once("result", lambda: self._result(entries)))
        odd = self.engine.fetch(self._once("odd", lambda: self._facts_table().filter(lambda t: t["odd"]).select("__row")))
        return Said(tuple(name for name, _ in entries), odd["__row"].to_pylist())

    # -- facts ----------------------------------------------------------------------------------------------------------

    def _make_facts(self) -> None:
        for place, name in enumerate(self._lists):
            texts = self.engine.fetch(self._once(f"lists{place}", lambda name=name: self._rows().filter(lambda t: t[name].notnull()).select(  # type: ignore[misc]
                text=lambda t: t[name], day=lambda t: t["__as_of"]).distinct()))
            found = [self.digests.of(name, text, day) for text, day in zip(texts["text"].to_pylist(), texts["day"].to_pylist(), strict=True)]
            self.engine.put(f"d{place}", pa.table({"text": texts["text"].cast(pa.string()), "day": texts["day"].cast(pa.string()),
                                                   "digest": pa.array(found, pa.string())}))
        if "facts" not in self._layered:
            self._layered["facts"] = self._facts()
        self.engine.make("facts", *self._layered["facts"])

    def _rows(self) -> Table:
        return named("chosen", {"__row": WHOLE, "__as_of": TEXT, **dict.fromkeys(sorted(self.names), TEXT)})

    def _facts(self) -> tuple[str, ...]:
        layers, rows = Layers(self.engine), self._rows()
        for place, name in enumerate(self._lists):
            made = named(f"d{place}", {"text": TEXT, "day": TEXT, "digest": TEXT}).select(
                **{f"__t{place}": lambda t: t["text"], f"__a{place}": lambda t: t["day"], f"__d{place}": lambda t: t["digest"]})
            rows = rows.left_join(made, [rows[name] == made[f"__t{place}"], rows["__as_of"] == made[f"__a{place}"]])
        rows = layers.add(rows)
        digests: dict[str, Column] = {name: rows[f"__d{place}"] for place, name in enumerate(self._lists)}
        stated = Stated(self._paths, self.plan, self._blank, rows, self.names, digests)
        table = stated.settle(layers, ("__row",))
        found: dict[str, Column] = {"__row": table["__row"]}
        for one in self.materials:
            found |= one.facts(stated)
        stated.rest()
        found |= {f"c_{code}": stated.facts[code] for code in self._case_facts()}
        there = stated.truth("evidence.on_file.complete").notnull()
        if "evidence.on_file.entries" in self.names:
            stated.odd.append(stated.raw("evidence.on_file.entries").notnull() & ~there)
        if "evidence.on_file.not_sought" in self.names:
            stated.odd.append(stated.raw("evidence.on_file.not_sought").notnull())
        stated.odd += [~one.needs_nobody(stated) for one in self.materials if one.unit.role]
        found |= self._blocks(stated)
        last = table.select(**found, odd=stated.is_odd())
        self._kinds = {name: str(kind) for name, kind in last.schema().items()}
        return layers.query(last)

    def _case_facts(self) -> list[str]:
        read = {code: fact for one in self.materials for code, fact in one.reads.items() if one.name(code) not in self._own_columns(one)}
        return [code for code, fact in read.items() if fact.subject in ("申请", "申请人", "相关人")]

    def _own_columns(self, one: Material) -> frozenset[str]:
        return frozenset(one.name(code) for code, fact in one.reads.items() if fact.subject == "材料")

    def _facts_table(self) -> Table:
        return named("facts", self._kinds)

    def _blocks(self, stated: Stated) -> dict[str, Column]:
        """Whether a block holds, and whether one hangs on what the applicant has not said."""
        def lookup(fact: Fact) -> Column:
            if fact.code in self.plan.facts:
                return constant(self.plan.facts[fact.code], kind_of(fact))
            return stated.facts.get(fact.code, constant(None, kind_of(fact)))

        holds, asked = [], []
        for _, condition in self.plan.law.blocks:
            value = condition_column(condition, lookup)
            holds.append(known(value))
            asked.append(value.isnull() & some(lookup(fact).isnull() for fact in facts_of(condition).values() if fact.supplier == DECLARED))
        return {"blocked": some(holds), "asked": some(asked)}

    # -- steps ----------------------------------------------------------------------------------------------------------

    def _once(self, name: str, make: Callable[[], Table]) -> str:
        if name not in self._queries:
            self._queries[name] = sql(make(), self.engine)
        return self._queries[name]

    def _wide(self) -> Table:
        """Facts beside the answers so far."""
        return named("v", {"__row": WHOLE, **dict.fromkeys(self._names, WHOLE)}).inner_join(self._facts_table(), "__row")

    def _step(self, jobs: Callable[[Table], Iterable[Job]], label: str, case_of: CaseOf) -> list[Job]:
        """Make the columns of answers of some jobs, all of which hang only on what is there already."""
        wide = self._wide()
        made = list(jobs(wide))
        if not made:
            return made
        if label not in self._layered:
            self._layered[label] = self._settled(made)
            self._layered[f"k{label}"] = self._keys(made)
        self.engine.make("s", *self._layered[label])
        self.engine.make("k", *self._layered[f"k{label}"])
        asked = self.engine.fetch(_ASKED)
        if asked.num_rows:
            self.engine.put("m", self._ask(made, asked, case_of))
        self.engine.make("v", self._once(f"v{label}{bool(asked.num_rows)}", lambda: self._answered(made, bool(asked.num_rows))))
        self._names += [job.name for job in made]
        return made

    def _settled(self, jobs: Sequence[Job]) -> tuple[str, ...]:
        """What columns settle, layer by layer: conditions, openness of routes, the first open route."""
        layers = Layers(self.engine)
        wide = self._wide()
        for prepare in (Material.conditions, Material.openings):
            table = layers.add(wide)
            found: dict[str, Column] = {}
            for job in jobs:
                if job.material is not None:
                    found |= prepare(job.material, table, job.on(table))
            wide = table.mutate(**found)
        table = layers.add(wide)
        answers = {job.name: job.material.settled(table, job.on(table), self.registry, self._owner(job.material)) if job.material is not None
                   else constant(None, WHOLE) for job in jobs}
        return layers.query(table.select("__row", *self._names, **{f"i_{name}": column.cast(WHOLE) for name, column in answers.items()}))

    def _open(self, jobs: Sequence[Job]) -> Table:
        kinds = {"__row": WHOLE, **dict.fromkeys(self._names, WHOLE)}
        return named("s", kinds | {f"i_{job.name}": WHOLE for job in jobs})

    def _keys(self, jobs: Sequence[Job]) -> tuple[str, ...]:
        """For every answer columns leave open: its row, its job and the key of what it hangs on."""
        layers, found = Layers(self.engine), None
        left = self._open(jobs).filter(lambda t: some(t[f"i_{job.name}"].isnull() for job in jobs)).select("__row", *(f"i_{job.name}" for job in jobs))
        table = layers.add(left.inner_join(self._wide(), "__row"))
        for job in jobs:
            wide = table.filter(table[f"i_{job.name}"].isnull())
            key = job.material.key(wide, job.on(wide)) if job.material is not None else together([text_of(wide[name]) for name in job.members])
            one = wide.select(__row=wide["__row"], job=constant(job.name, TEXT), key=key)
            found = one if found is None else found.union(one)
        return layers.query(found)

    def _answered(self, jobs: Sequence[Job], asked: bool) -> Table:
        joined = self._open(jobs)
        if not asked:
            return joined.select("__row", *self._names, **{job.name: joined[f"i_{job.name}"] for job in jobs})
        keys, answers = named("k", {"__row": WHOLE, "job": TEXT, "key": TEXT}), named("m", {"of": TEXT, "text": TEXT, "packed": WHOLE})
        found = keys.inner_join(answers, [keys["job"] == answers["of"], keys["key"] == answers["text"]]).select("__row", "job", "packed")
        mine = found.group_by(answered="__row").aggregate(**{f"p_{job.name}": found["packed"].max(where=found["job"] == job.name) for job in jobs})
        joined = joined.left_join(mine, joined["__row"] == mine["answered"])
        return joined.select("__row", *self._names, **{job.name: joined[f"i_{job.name}"].fill_null(joined[f"p_{job.name}"]) for job in jobs})

    def _ask(self, jobs: Sequence[Job], asked: pa.Table, case_of: CaseOf) -> pa.Table:
        """The answers to all keys; those not met before are asked of the single engine."""
        by_name = {job.name: job for job in jobs}
        rows = list(zip(asked["job"].to_pylist(), asked["key"].to_pylist(), asked["row"].to_pylist(), strict=True))
        if len(self._known) > MAX_KNOWN:
            self._known.clear()
        unmet = [(name, key, row) for name, key, row in rows if (name, key) not in self._known]
        cases = case_of(sorted({row for _, _, row in unmet}))
        for name, key, row in unmet:
            job, case = by_name[name], cases[row]
            self._known[name, key] = self._group_answer(job.group, case) if job.group is not None else self._answer(job.material, case, key)
        self.asked += len(unmet)
        return pa.table({"of": pa.array([name for name, _, _ in rows], pa.string()), "text": pa.array([key for _, key, _ in rows], pa.string()),
                         "packed": pa.array([self._known[name, key] for name, key, _ in rows], pa.int64())})

    def _answer(self, material: Material | None, case: Case, key: str) -> int:
        assert material is not None
        stages = {"contained": _LETTERS[key[0]], "principals_complete": _LETTERS[key[2]]} if material.staged else {}
        verdict: Verdict = material.unit.verdict(case, case.applicant, material.code, stages, self.plan.day_truths(case))
        first = verdict.grounds[0] if verdict.grounds else None
        return self.registry.of(self._owner(material), material.code, {
            "route": verdict.route or None, "mode": verdict.mode or None, "status": verdict.status, "finding": verdict.finding,
            "satisfied": verdict.satisfied, "rule": first.id if first else None, "reason": first.reason.code if first and first.reason else None,
            "person": material.person}, routes_of(branch_entries(verdict.tree)), MEANINGS[1])

    def _group_answer(self, group: Requirement, case: Case) -> int:
        body = self.decider.decide(case.application, case.as_of)
        entry: Mapping[str, Any] = next(one for one in body["materials"] if one["material"] == group.code)
        return self.registry.of(self.owner, group.code, entry, routes_of(entry["branches"]), MEANINGS[1])

    def _owner(self, material: Material) -> str:
        for unit in self.plan.units:
            if material.unit in unit.establishes:
                return self.owner + unit.requirement.code
        return self.owner

    # -- the order of the law -------------------------------------------------------------------------------------------

    def _alone(self, case_of: CaseOf) -> dict[int, str]:
        """Every material by itself or with its containers; the column of each unit's answer."""
        current: dict[int, str] = {}
        free = [unit for _, unit in self.plan.units_in_order if not unit.stage_facts]
        def apart(table: Table) -> Mapping[str, Column]:
            return {"contained": constant(False, TRUTH), "principals_complete": constant(None, TRUTH)}

        jobs = [Job(f"a{self._of[id(unit)].place}", self._of[id(unit)]) for unit in free]
        jobs += [Job(f"a{self._of[id(after)].place}", self._of[id(after)], apart) for unit in self.plan.units for after in unit.establishes]
        self._step(lambda wide: jobs, "a", case_of)
        current |= {id(job.material.unit): job.name for job in jobs if job.material is not None}
        staged = [unit for _, unit in self.plan.units_in_order if unit.stage_facts and not self._only_last(unit)]
        self._staged(staged, current, None, "b", case_of)
        return current

    def _only_last(self, unit: UnitPlan) -> bool:
        """Whether nobody looks at the material before the other principal materials are known."""
        return "principals_complete" in unit.stage_facts and unit.requirement.role != "principal" and unit.group is None and not any(
            unit.requirement.code in outer for outer in self.plan.containers.values())

    def _staged(self, units: Sequence[UnitPlan], current: dict[int, str], complete: Complete | None, label: str, case_of: CaseOf) -> None:
        """Materials that hang on others, in their order; together those that have no container and of which no other waits."""
        alone = [unit for unit in units if not self.plan.containers[unit.requirement.code] and (complete is None or unit.requirement.role != "principal")]
        jobs = [Job(f"{label}{self._of[id(unit)].place}", self._of[id(unit)], self._facts_of_stages(unit, current, complete)) for unit in alone]
        self._step(lambda wide: jobs, label, case_of)
        current |= {id(unit): job.name for unit, job in zip(alone, jobs, strict=True)}
        for unit in units:
            if unit not in alone:
                self._within(unit, current, complete, f"{label}{self._of[id(unit)].place}", case_of)

    def _facts_of_stages(self, unit: UnitPlan, current: Mapping[int, str], complete: Complete | None) -> Callable[[Table], Mapping[str, Column]]:
        before = dict(current)
        return lambda table: {"contained": constant(False, TRUTH), "principals_complete": complete(table, unit, before) if complete else constant(None, TRUTH)}

    def _within(self, unit: UnitPlan, current: dict[int, str], complete: Complete | None, label: str, case_of: CaseOf) -> None:
        """One material with what its containers came to. While a container has to be handed in and will show it, it waits for it."""
        material = self._of[id(unit)]
        outer = [one for code in self.plan.containers[unit.requirement.code] for one in self.plan.units if one.requirement.code == code]

        def contained(wide: Table) -> Column:
            handed = [known(wide[self._of[id(one)].name("handed")]) for one in outer]
            return some([*handed, *(packed_in.covers(wide[current[id(one)]]) for one in outer)])

        def stages(wide: Table, inside: Column) -> dict[str, Column]:
            return {"contained": inside, "principals_complete": complete(wide, unit, current) if complete else constant(None, TRUTH)}

        first = f"{label}_first" if outer else label
        self._step(lambda wide: [Job(first, material, lambda table: stages(table, contained(table)))], first, case_of)
        if outer:
            def inside(table: Table) -> Column:
                waits = known(~contained(table)) & some(packed_in.to_come(table[current[id(one)]]) for one in outer) & packed_in.asks(table[first])
                return chosen([(waits, constant(None, TRUTH))], contained(table))

            self._step(lambda wide: [Job(label, material, lambda table: stages(table, inside(table)))], label, case_of)
        current[id(unit)] = label

    def _groups(self, current: Mapping[int, str], case_of: CaseOf) -> dict[str, str]:
        """The groups of which no member is deferred."""
        return self._group(current, case_of, lambda units: not any("principals_complete" in unit.stage_facts for unit in units), "g")

    def _group(self, current: Mapping[int, str], case_of: CaseOf, which: Callable[[Sequence[UnitPlan]], bool],
               label: str) -> dict[str, str]:
        members: dict[str, list[UnitPlan]] = {}
        for unit in self.plan.units:
            if unit.group is not None:
                members.setdefault(unit.group.code, []).append(unit)
        jobs = [Job(f"{label}{place}", None, _no_stages, units[0].group, tuple(current[id(unit)] for unit in units))
                for place, units in enumerate(members.values()) if which(units)]
        self._step(lambda wide: jobs, label, case_of)
        return {job.group.code: job.name for job in jobs if job.group is not None}

    def _last(self, current: dict[int, str], groups: dict[str, str], case_of: CaseOf) -> None:
        """What hangs on the other principal materials, in the order of the containers."""
        def complete(wide: Table, unit: UnitPlan, current: Mapping[int, str]) -> Column:
            others = [current[id(one)] for one in self.plan.units if one is not unit and one.group is None and one.requirement.role == "principal"]
            others += [groups[one.code] for one in self.plan.item.requirements if one.alternatives and one.role == "principal" and one is not unit.group]
            return every(packed_in.met(wide[name]) for name in others)

        last = [unit for _, unit in self.plan.units_in_order if "principals_complete" in unit.stage_facts]
        # Where a deferred material is a principal one itself, each sees what those before it came to.
        for place, units in enumerate([[unit] for unit in last] if any(unit.requirement.role == "principal" for unit in last) else [last]):
            self._staged(units, current, complete, f"c{place}_", case_of)
        groups |= self._group(current, case_of, lambda units: any("principals_complete" in unit.stage_facts for unit in units), "h")

    def _entries(self, current: Mapping[int, str], groups: Mapping[str, str], case_of: CaseOf) -> list[tuple[str, str]]:
        """The columns the answer is made of, each with the column of the material whose fact it establishes, if any."""
        found = [(current[id(unit)], "") for unit in self.plan.units if unit.group is None]
        found += [(name, "") for name in groups.values()]
        found += [(current[id(after)], current[id(unit)]) for unit in self.plan.units for after in unit.establishes]
        return found

    def _result(self, entries: Sequence[tuple[str, str]]) -> Table:
        wide = self._wide()
        shown = {name: chosen([(packed_in.abolished(wide[parent]), wide[name])], constant(None, WHOLE)) if parent else wide[name] for name, parent in entries}
        levels = [packed_in.level(column).fill_null(0) for column in shown.values()]
        levels.append(chosen([(wide["blocked"], constant(OUTCOMES.index("blocked"), WHOLE)), (wide["asked"], constant(OUTCOMES.index("undetermined"), WHOLE))],
                             constant(0, WHOLE)))
        return wide.select(__row=wide["__row"], __level=greatest(levels).cast(WHOLE), **shown)
