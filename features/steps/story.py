"""The story of one scenario: what the 假如 said, the application made of it, and the answer.

A story places every fact where its supplier gives it: declared facts in the application, records and queries in the evidence.
It decides with the real parts (`Application`, `Decider`) and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from api.rule_files import bundled, open_rulebook
from engine.application import Application
from engine.bundles import decide_bundle
from engine.decide import Decider
from engine.problems import Problem, Refused
from engine.reading import read_rulebook
from engine.rulebook import Rulebook
from features.steps.words import wrong

ROOT = Path(__file__).resolve().parent.parent.parent

#: The day of the application where a scenario names none.
ORDINARY_DAY = date(2026, 11, 20)


_directory: list[Path] = []      # what scenarios run over where they name no directory; empty: the bundled rulebook


def use_rules(directory: Path) -> None:
    """Let scenarios that name no directory run over this rulebook instead of the bundled one. To be said before anything is decided."""
    _directory[:] = [directory.resolve()]
    decider.cache_clear()


def rule_texts(base: str = "", extra: str = "") -> dict[str, str]:
    """The files of the bundled rulebook or another directory, with an extra directory's files laid over them."""
    texts = open_rulebook(ROOT / base if base else _directory[0] if _directory else bundled())
    return texts | open_rulebook(ROOT / extra) if extra else texts


def own_rules(base: str = "", extra: str = "") -> bool:
    """Whether that is anything but the bundled rulebook as it lies there."""
    return bool(base or extra or _directory)


@cache
def decider(base: str = "", extra: str = "") -> Decider:
    """The decider over the bundled rulebook or another directory, with an extra directory's files laid over it. Kept for the session."""
    return Decider(read_rulebook(rule_texts(base, extra)))


@dataclass
class Story:
    """One scenario's facts. `deciders` gives the decider by (base, extra); a test may give one that lacks a rule."""

    deciders: Any = decider
    base: str = ""
    extra: str = ""
    item: str = ""
    bundle: str = ""
    division: str | None = None
    accepting: str | None = None
    elsewhere_mode: str | None = None
    accepted_on: date = ORDINARY_DAY
    as_of: date | None = None
    situation: dict[str, bool] = field(default_factory=dict)
    applicant: dict[str, Any] = field(default_factory=dict)
    persons: list[dict[str, Any]] = field(default_factory=list)
    open_roles: set[str] = field(default_factory=set)       # roles of which not everybody is listed
    empty_roles: set[str] = field(default_factory=set)      # roles nobody has
    agent: dict[str, Any] | None = None
    presented: list[dict[str, Any]] | None = None
    handed_in: list[str] | None = None
    choices: dict[str, dict[str, str]] = field(default_factory=dict)
    consents: dict[str, bool] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    queries: dict[str, dict[str, str]] = field(default_factory=dict)
    checks: dict[str, dict[str, str]] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)
    on_file: dict[str, Any] | None = None
    records: dict[str, Any] | None = None
    asked_elsewhere: set[str] = field(default_factory=set)
    body: dict[str, Any] | None = None
    refused: tuple[Problem, ...] = ()
    life: Any = None                                        # the service of what happens after the answer (`life_service.Life`)
    connected: Any = None                                   # the sources that service asks (`life_sources.Connected`); None: it asks nobody
    at_opening: list[Any] = field(default_factory=list)     # what is done to that service before the first act

    @property
    def decider(self) -> Decider:
        return self.deciders(self.base, self.extra)

    @property
    def rulebook(self) -> Rulebook:
        return self.decider.rulebook

    @property
    def whole_rulebook(self) -> Rulebook:
        """The rulebook with every rule, whatever a test took away: in it a rule's id is looked up."""
        return decider(self.base, self.extra).rulebook

    def person_id(self, word: str) -> str | None:
        """The id of a person by name, by role (if only one has it), by both (登记人员测试外) or by id; `applicant` and `agent` included.

        A name that is both the applicant's and a listed person's means the listed one: that is how materials asked once per
        person speak of the applicant.
        """
        if word in ("申请人", "本人", "applicant"):
            return "applicant"
        found = ([one for one in self.persons if word in (one["id"], one["name"])] or [one for one in self.persons if one["role"] == word]
                 or [one for one in self.persons if one["role"] + one["name"] == word])
        if len(found) == 1:
            return found[0]["id"]
        if not found and self.agent is not None and word in ("代理人", "监护人", "代办员", "agent", self.agent.get("name")):
            return "agent"
        return "applicant" if not found and word == self.applicant.get("name") else None

    def all_ids(self, who: str) -> list[str]:
        """Every id under which one person appears (applicant and listed in a role): a card shown counts for all of them."""
        name = self.applicant.get("name") if who == "applicant" else next((one["name"] for one in self.persons if one["id"] == who), None)
        if name is None:
            return [who]
        same = [one["id"] for one in self.persons if one["name"] == name]
        return list(dict.fromkeys([who, *same, *(["applicant"] if self.applicant.get("name") == name else [])]))

    def who(self, word: str) -> str:
        """The same, refusing a name nobody has."""
        found = self.person_id(word)
        if found is None:
            known = ["申请人", *(["代理人"] if self.agent else []), *(one["name"] for one in self.persons)]
            raise wrong(f"这个场景里没有叫“{word}”的人，或者这个角色不止一人。", f"Nobody, or more than one, is called “{word}” here.", known, word)
        return found

    def recorded(self) -> dict[str, Any]:
        """The snapshot of records, begun (incomplete) if no step spoke of it yet."""
        if self.records is None:
            self.records = {"complete": False, "credit": [], "facts": {}}
        return self.records

    def filed(self) -> dict[str, Any]:
        if self.on_file is None:
            self.on_file = {"complete": True, "entries": []}
        return self.on_file

    def application(self) -> dict[str, Any]:
        """The application as JSON, as a caller would send it."""
        roles = {one["role"] for one in self.persons} | self.empty_roles
        made: dict[str, Any] = {
            "item": self.item or "-", "deciding_division": self.division, "accepting_division": self.accepting, "elsewhere_mode": self.elsewhere_mode,
            "accepted_on": self.accepted_on.isoformat(), "situation": self.situation, "applicant": self.applicant,
            "persons": self.persons, "roles_complete": sorted(roles - self.open_roles), "agent": self.agent, "presented": self.presented,
            "handed_in": self.handed_in, "choices": self.choices, "consents": self.consents, "facts": self.facts,
            "evidence": {"queries": self.queries, "checks": self.checks, "outputs": self.outputs, "on_file": self.on_file, "records": self.records}}
        return {key: value for key, value in made.items() if value is not None}

    def another(self) -> None:
        """Another application of the same applicant at the same place: what the authority knows stays, what was said of the first one goes."""
        fresh = Story()
        for name in ("item", "bundle", "accepting", "elsewhere_mode", "accepted_on", "situation", "persons", "open_roles", "empty_roles", "agent",
                     "presented", "handed_in",
                     "choices", "consents", "facts", "queries", "checks", "outputs", "asked_elsewhere", "body", "refused"):
            setattr(self, name, getattr(fresh, name))

    def close(self) -> None:
        """Give back the service, if a step opened it."""
        if self.life is not None:
            self.life.close()
            self.life = None

    def decide(self) -> None:
        """Decide the application; a refusal is kept for a 那么 that expects it."""
        if not self.item and not self.bundle:
            raise wrong("还没有写事项；先写“假如 事项 是 …”。", "No item is named yet.")
        self.body, self.refused = None, ()
        day = self.as_of or self.accepted_on
        try:
            application = Application.model_validate(self.application())
            if self.bundle:
                self.body = decide_bundle(self.decider, self.bundle, application, day)
            else:
                self.body = self.decider.decide(application, day, asked_elsewhere=frozenset(self.asked_elsewhere))
        except Refused as refused:
            self.refused = refused.problems
        except ValidationError as invalid:
            self.refused = tuple(
                Problem("shape", f"这里的写法不对：{one['type']}。", f"Wrong shape: {one['type']}.", field=".".join(str(part) for part in one["loc"]))
                for one in invalid.errors(include_url=False, include_context=False, include_input=False))
