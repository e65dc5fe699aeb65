"""The one list of a bundle (一件事一次办): per material and person one row, whatever number of steps need it and under whatever role.

Reads the answers of the steps and which step keeps what; decides nothing, asks for nothing that no step asks for, and leaves nothing out:
what another step, an earlier output or the same credential covers stands in the list with what covers it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from engine.body import Entry, fact_values
from engine.given import AGENT, APPLICANT
from engine.rulebook import Rulebook
from engine.vocabulary import Fact

Body = Mapping[str, Any]

#: Applicant's burden, the strictest first: what is handed in serves whoever only wants to see it.
STRICTNESS: Final = ("submit", "deferral", "commitment", "shown")

#: 形式 of the catalogue, the strictest first.
FORMS: Final[Mapping[str, str]] = {"原件": "original", "复印件": "copy", "电子": "electronic", "不限": "any"}

#: Routes that say that nobody needs the paper.
_NOT_NEEDED: Final = frozenset({"not_required", "abolished"})

#: Statuses of what is not settled, the one to show first.
_OPEN: Final = ("suspended", "undetermined", "undecidable", "awaiting_authority", "waiting")

#: Kind of a material that speaks of whoever acts: made out to one agent, it says nothing of another.
_AUTHORISATION: Final = "authorisation"


class Shown(NamedTuple):
    """A material and whose it is, the person by one id however many roles they have; empty where nobody is listed yet."""

    material: str
    person: str


class Asking(NamedTuple):
    """A step that asks the applicant for a material. `rank`: the strictest is the least. `key`: as the step calls the copy."""

    item: str
    key: str
    rank: tuple[int, bool, int]


def key_of(material: str, person: str) -> str:
    """The key of a copy, `material` or `material/person`."""
    return material if person == APPLICANT else f"{material}/{person}"


def entries(body: Body) -> Iterator[Entry]:
    """What each material of a step comes to: of alternatives the list that is taken, or the group while that is open."""
    for one in (*body["materials"], *body["establishes"]):
        taken = [member for way in one.get("alternatives", ()) if way["chosen"] for member in way["materials"]]
        if taken:
            yield from ({**member, "group": one["material"]} for member in taken)
        else:
            yield one


def shown_of(entry: Entry, named: Mapping[str, str]) -> Shown:
    """The row an entry belongs to."""
    person = entry.get("person", APPLICANT)
    return Shown(entry["material"], named.get(person, person) if person else "")


def needed(entry: Mapping[str, Any]) -> bool:
    """Whether a step needs the material, or may."""
    return entry["route"] not in _NOT_NEEDED


def of_another(rulebook: Rulebook, entry: Entry, others: Collection[str]) -> bool:
    """Whether a step's entry is about somebody who is not meant any more. `others`: ids under which somebody else stands now, the agent's included."""
    material = rulebook.materials.get(entry["material"])
    return entry.get("person") in others or (AGENT in others and material is not None and material.kind == _AUTHORISATION)


def asked_in(item: str, position: int, body: Body, named: Mapping[str, str], serves: Callable[[Entry], bool] = lambda entry: True,
             ) -> Iterator[tuple[Shown, Asking]]:
    """Everything a step asks the applicant for, done or not. `serves`: whether the others may rely on it."""
    for one in entries(body):
        if one["route"] in STRICTNESS and serves(one):
            key = key_of(one["material"], one.get("person") or APPLICANT)
            yield shown_of(one, named), Asking(item, key, (STRICTNESS.index(one["route"]), one["role"] != "principal", position))


@dataclass(frozen=True, slots=True)
class _Need:
    """One step's entry about a row."""

    item: str
    sure: bool
    entry: Entry

    @property
    def needed(self) -> bool:
        return needed(self.entry)


@dataclass(frozen=True, slots=True)
class Told:
    """The answers of the steps in their order. `keeps`: by row, the step that keeps it and its key there; `produced`: by item, what earlier steps
    issue; `closed`, `failed`: items of steps that have ended, and of those that ended without what they issue; `others`: by item of a step that has
    ended, the ids under which somebody else stands now."""

    rulebook: Rulebook
    bodies: Mapping[str, Body]
    sure: Mapping[str, bool]
    keeps: Mapping[Shown, tuple[str, str]]
    named: Mapping[str, str]
    produced: Mapping[str, Mapping[str, str]]
    closed: frozenset[str] = frozenset()
    failed: frozenset[str] = frozenset()
    others: Mapping[str, frozenset[str]] = field(default_factory=dict)

    # -- materials ----------------------------------------------------------------------------------------------------

    def materials(self) -> list[Entry]:
        """The rows, in the order in which the steps first name them. What one showing of a credential serves is asked for once."""
        found: dict[Shown, list[_Need]] = {}
        for item, body in self.bodies.items():
            if item not in self.failed:      # what stopped asks for nothing any more
                for one in entries(body):
                    if not of_another(self.rulebook, one, self.others.get(item, ())):
                        found.setdefault(shown_of(one, self.named), []).append(_Need(item, self.sure[item], one))
        rows = {shown: self._row(shown, needs) for shown, needs in found.items()}
        self._shown_once(rows)
        return list(rows.values())

    def _shown_once(self, rows: Mapping[Shown, Entry]) -> None:
        """Of the materials of one person that one credential shows, one is asked for; the others say with which they are shown."""
        asked = sorted(((self._credentials(row), place, shown) for place, (shown, row) in enumerate(rows.items()) if row["asked"] and row["route"] == "shown"),
                       key=lambda one: (len(one[0]), one[1]))
        first: list[tuple[frozenset[str], Shown]] = []
        for credentials, _, shown in asked:
            if not credentials:
                continue
            serving = next((other for fewer, other in first if fewer <= credentials and other.person == shown.person
                            and (rows[other]["satisfied"] == "yes") == (rows[shown]["satisfied"] == "yes")), None)
            if serving is None:
                first.append((credentials, shown))
            else:
                other = rows[serving]
                rows[shown].update(asked=False, shown_with=key_of(other["material"], other.get("person") or APPLICANT))

    def _credentials(self, row: Entry) -> frozenset[str]:
        """What will do: as the row says, or, once it is shown, as the catalogue has it."""
        named = frozenset(code for one in row["residuals"] if one["action"] == "show_credential" for code in one.get("credentials", ()))
        material = self.rulebook.materials.get(row["material"])
        return named or frozenset(material.credentials if material is not None and row["satisfied"] == "yes" else ())

    def _row(self, shown: Shown, needs: list[_Need]) -> Entry:
        surely = [one for one in needs if one.sure and one.needed]
        perhaps = [one for one in needs if not one.sure and one.needed]
        running = [one for one in surely if one.item not in self.closed]      # what a step that has ended said then does not overrule them
        considered = running or surely or perhaps or needs
        keeper = self._keeper(shown, surely, running or surely)
        producer = next(filter(None, (self._producer(one) for one in considered)), None) if keeper is None else None
        told = keeper or max(considered, key=lambda one: (bool(producer) and self._producer(one) is not None, *self._heaviness(one.entry)))
        entry = told.entry
        done = bool(surely) and all(one.item in self.closed for one in surely)
        material = self.rulebook.materials.get(shown.material)
        others = sorted({one.entry["person"] for one in needs if one.entry.get("person")} - {entry.get("person")})
        made: Entry = {"material": shown.material}
        if "person" in entry:
            made["person"] = entry["person"]
        if others:
            made["same_person"] = others
        satisfied = "yes" if done or (keeper and keeper.item in self.closed) else entry["satisfied"]
        made |= {
            "name": entry["name"], "name_en": entry["name_en"],
            "role": "principal" if any(one.entry["role"] == "principal" for one in considered) else entry["role"],
            "form": FORMS.get(material.form) if material else None, "route": entry["route"], "mode": entry["mode"], "status": entry["status"],
            "finding": entry["finding"], "satisfied": satisfied, "asked": keeper is not None, "conditional": not surely and bool(perhaps), "done": done,
            "step": told.item, "kept_by": keeper.item if keeper else None, "produced_by": producer,
            "needed_by": [one.item for one in surely], "perhaps_needed_by": [one.item for one in perhaps]}
        made["needed_by"], made["perhaps_needed_by"] = (list(dict.fromkeys(made[part])) for part in ("needed_by", "perhaps_needed_by"))
        made |= {name: entry[name] for name in ("group", "for", "review", "law", "alternatives") if name in entry}
        made |= {name: entry[name] for name in ("reason", "rule", "grounds", "citations", "residuals", "offers", "also_open", "considered", "branches")}
        return made

    def _keeper(self, shown: Shown, needs: list[_Need], standing: list[_Need]) -> _Need | None:
        """The step whose asking stands. Where no step keeps it though several (of `standing`) ask, the strictest."""
        asking = [(one, asked) for one in needs for asked in (self._asking(one),) if asked is not None]
        item, key = self.keeps.get(shown, ("", ""))
        kept = next((one for one, asked in asking if (asked.item, asked.key) == (item, key)), None)
        return kept or min((pair for pair in asking if pair[0] in standing), key=lambda pair: pair[1].rank, default=(None, None))[0]

    def _asking(self, one: _Need) -> Asking | None:
        entry = one.entry
        if entry["route"] not in STRICTNESS:
            return None
        position = list(self.bodies).index(one.item)
        return Asking(one.item, key_of(entry["material"], entry.get("person") or APPLICANT),
                      (STRICTNESS.index(entry["route"]), entry["role"] != "principal", position))

    def _producer(self, one: _Need) -> str | None:
        """The earlier step whose output stands for the entry: expected, issued, or failed with that step."""
        entry = one.entry
        item = self.produced.get(one.item, {}).get(entry["material"])
        return item if item and (entry["status"] == "suspended" or entry["route"] == "covered") else None

    def _heaviness(self, entry: Entry) -> tuple[int, int, int]:
        """What is open before what is settled, then by burden: of several steps' entries the one that says most is shown."""
        open_ = len(_OPEN) - _OPEN.index(entry["status"]) if entry["status"] in _OPEN else 0
        route = self.rulebook.routes.get(entry["route"] or "")
        return open_, ("yes", "waiting", "no").index(entry["satisfied"]), route.weight if route else 0

    def counts(self, rows: list[Entry]) -> dict[str, int]:
        """How many materials are needed, how many are asked of the applicant, how many of these are still to come, how many hang on what is not known
        yet, and how many are spared. `one_by_one`: how many the steps would look at, each for itself."""
        needed = [one for one in rows if one["needed_by"]]
        asked = [one for one in needed if one["asked"]]
        open_ = sum(one["status"] == "undetermined" and not one["done"] for one in needed)
        alone = sum(len([one for one in entries(body) if one["route"] not in _NOT_NEEDED]) for item, body in self.bodies.items() if self.sure[item])
        return {"one_by_one": alone, "materials": len(needed), "asked": len(asked), "to_do": sum(one["satisfied"] != "yes" for one in asked),
                "open": open_, "spared": len(needed) - len(asked) - open_}

    # -- what is asked and awaited --------------------------------------------------------------------------------------

    def questions(self, unknown: Mapping[Fact, list[str]]) -> list[Entry]:
        """Each question once: first those on which steps hang, then the steps' own, the one first that most steps put foremost."""
        found: dict[tuple[str, ...], Entry] = {
            (fact.code, "", "", ""): {"fact": fact.code, "values": fact_values(fact), "why": {"materials": [], "rules": []}, "steps": items}
            for fact, items in unknown.items()}
        weight = {key: float(2 * len(self.bodies)) for key in found}
        for item in self._running():
            for place, one in enumerate(self.bodies[item]["questions"]):
                material, _, person = str(one.get("material", "")).partition("/")
                about = person or str(one.get("person", ""))
                key = (one["fact"], str(one.get("role", "")), material, self.named.get(about, about))
                row = found.get(key)
                if row is None:
                    found[key] = {**one, "why": {part: list(one["why"][part]) for part in ("materials", "rules")}, "steps": [item]}
                else:
                    row["steps"] = list(dict.fromkeys((*row["steps"], item)))
                    for part in ("materials", "rules"):
                        row["why"][part] = list(dict.fromkeys((*row["why"][part], *one["why"][part])))
                weight[key] = weight.get(key, 0.0) + 1 / (place + 1)
        return [found[key] for key in sorted(found, key=lambda key: -weight[key])]

    def awaiting(self) -> list[Entry]:
        """The authority's own work, each query and task once."""
        found: dict[tuple[str, ...], Entry] = {}
        for item in self._running():
            for one in self.bodies[item]["awaiting"]:
                material, _, person = str(one.get("material", "")).partition("/")
                key = (one["kind"], one.get("fact") or one.get("task") or "", material, self.named.get(person, person), one.get("source", ""))
                row = found.setdefault(key, {**one, "steps": []})
                row["steps"] = [*row["steps"], item]
        return list(found.values())

    def _running(self) -> Iterator[str]:
        """The steps that are surely needed and have not ended."""
        return (item for item in self.bodies if self.sure[item] and item not in self.closed)
