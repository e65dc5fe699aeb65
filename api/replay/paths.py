"""The columns of a flat table of applications: each is a dotted path of the input contract, lists are JSON text.

`applicant.kind`, `situation.married`, `evidence.queries.lease.result`. Here a path is recognised, an application is made of a row's
texts and a nested application is laid out flat. Nothing here knows what a value means: that is the engine's intake.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

import orjson

from engine.catalogue import Item
from engine.problems import Problem, nearest
from engine.rulebook import Rulebook
from engine.vocabulary import DECLARED, RECORDED, YES_NO

#: Columns that stand by themselves. `as_of` is ours: the day of the decision, where the rows do not share one.
PLAIN: Final = ("item", "deciding_division", "accepting_division", "elsewhere_mode", "accepted_on", "case")
LISTS: Final = ("persons", "roles_complete", "presented", "handed_in", "evidence.on_file.entries", "evidence.on_file.not_sought",
                "evidence.records.credit")
PEOPLE: Final = {"applicant": ("kind", "name", "id_type", "id_number", "birth_date"),
                 "agent": ("kind", "name", "id_type", "id_number", "birth_date", "authorised", "authorised_until")}
CHOICE: Final = ("commitment", "deferral", "signed_by")
QUERY: Final = ("result", "valid_to", "source", "at")
_TRUTHS: Final = frozenset({"agent.authorised", "evidence.on_file.complete", "evidence.records.complete"})
_OPTIONAL: Final = frozenset({"deciding_division", "accepting_division", "elsewhere_mode", "case", "agent", "presented", "handed_in",
                              "evidence.on_file", "evidence.records",
                              *(f"{who}.{part}" for who, parts in PEOPLE.items() for part in parts if (who, part) != ("agent", "kind"))})
_MAY_BE_EMPTY: Final = frozenset({"situation", "choices", "consents", "facts", "applicant", "evidence", "evidence.queries", "evidence.checks",
                                  "evidence.outputs", "evidence.records.facts"})

Flat = dict[str, str]


class Paths:
    """Which columns a rulebook's applications may have."""

    def __init__(self, rulebook: Rulebook):
        self.rulebook = rulebook
        vocabulary = rulebook.vocabulary
        self._situations = {word for item in rulebook.items.values() for fact in item.situations for word in (fact.code, fact.name)}
        self._materials = vocabulary["material"].by_word
        self._facts = {word: fact for fact in vocabulary.facts for word in (fact.code, fact.name) if fact.supplier == DECLARED and not fact.situation}
        self._recorded = {word: fact for fact in vocabulary.facts for word in (fact.code, fact.name)
                          if fact.supplier == RECORDED and fact.subject in ("申请", "申请人")}
        self.is_path = lru_cache(maxsize=65_536)(self._is_path)

    def _is_path(self, name: str) -> bool:
        """Whether a column is a path of the contract, its words being words of the rulebook. Copies of single persons (`lease/p1`) are none."""
        if name in PLAIN or name in LISTS or name in _TRUTHS:
            return True
        head, _, rest = name.partition(".")
        if head in PEOPLE:
            return rest in PEOPLE[head]
        if head == "situation":
            return rest in self._situations
        if head == "consents":
            return rest in self._materials
        if head == "choices":
            key, _, part = rest.rpartition(".")
            return key in self._materials and part in CHOICE
        if head == "facts":
            word, _, key = rest.partition(".")
            fact = self._facts.get(word)
            return fact is not None and (key in self._materials if fact.subject == "材料" else not key)
        if head == "evidence":
            kind, _, last = rest.partition(".")
            key, _, part = last.rpartition(".")
            return (kind == "queries" and key in self._materials and part in QUERY) or (kind == "checks" and key in self._materials and part == "result") or (
                kind == "outputs" and last in self._materials) or (kind == "records" and key == "facts" and part in self._recorded)
        return False

    def is_truth(self, path: str) -> bool:
        """Whether the contract wants true or false there."""
        return path in _TRUTHS or path.startswith(("situation.", "consents.")) or self._fact_is_truth(path)

    def _fact_is_truth(self, path: str) -> bool:
        for head, known in (("facts.", self._facts), ("evidence.records.facts.", self._recorded)):
            if path.startswith(head):
                fact = known.get(path.removeprefix(head).partition(".")[0])
                return fact is not None and fact.type == YES_NO
        return False

    def problems(self, names: Iterable[str], extra: Iterable[str]) -> list[Problem]:
        """A problem for each column that is no path, with the nearest one; `extra` are columns of the caller's own."""
        own, found = {"as_of", *extra}, []
        for name in names:
            if name in own or self.is_path(name):
                continue
            found.append(Problem(
                "unknown-column", f"没有“{name}”这一列。列名是申请各项的路径，用“mianzheng replay --template 事项”可以列出。",
                f"There is no column “{name}”. Columns are paths of the application; “mianzheng replay --template ITEM” lists them.",
                field=name, nearest=nearest(name, self.all())))
        return found

    def all(self, item: Item | None = None) -> list[str]:
        """Every column there may be, for one item or for all."""
        items = [item] if item else list(self.rulebook.items.values())
        situations = dict.fromkeys(fact.code for one in items for fact in one.situations)
        materials = dict.fromkeys(code for one in items for code in material_codes(one))
        facts = dict.fromkeys(self._facts.values())
        found = [*PLAIN, "as_of", *(f"situation.{code}" for code in situations)]
        found += [f"{who}.{part}" for who, parts in PEOPLE.items() for part in parts]
        found += ["persons", "roles_complete", "presented", "handed_in"]
        found += [f"facts.{fact.code}" for fact in facts if fact.subject in ("申请", "申请人") and fact.code not in ("applicant_kind", "agent_authorised")]
        for code in materials:
            found += [f"choices.{code}.{part}" for part in CHOICE] + [f"consents.{code}"]
            found += [f"facts.{fact.code}.{code}" for fact in facts if fact.subject == "材料" and fact.code not in ("consents_to_query", "commitment_signer")]
            found += [f"evidence.queries.{code}.{part}" for part in QUERY] + [f"evidence.checks.{code}.result", f"evidence.outputs.{code}"]
        found += ["evidence.on_file.complete", "evidence.on_file.entries", "evidence.records.complete", "evidence.records.credit"]
        return found + [f"evidence.records.facts.{code}" for code in dict.fromkeys(fact.code for fact in self._recorded.values())]

    # -- from flat to nested and back -----------------------------------------------------------------------------------

    def document(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """The nested application of a row's texts. What is absent or NULL stays out."""
        made: dict[str, Any] = {}
        for path, text in row.items():
            if text is None or not self.is_path(path):
                continue
            value: Any = text
            if path in LISTS:
                try:
                    value = orjson.loads(text)
                except orjson.JSONDecodeError:
                    value = text      # the contract refuses a text where a list belongs
            elif self.is_truth(path):
                value = {"true": True, "false": False}.get(text, text)
            at = made
            *steps, last = path.split(".")
            for step in steps:
                at = at.setdefault(step, {})
            at[last] = value
        return made

    def flat(self, document: Any) -> tuple[Flat, bool]:
        """A nested application laid out flat; and whether that is the whole of it: what a flat row cannot say goes to the single engine."""
        found: Flat = {}
        if not isinstance(document, dict):
            return found, False
        return found, self._lay(document, "", found)

    def _lay(self, part: dict[str, Any], before: str, found: Flat) -> bool:
        whole = True
        for key, value in part.items():
            path = f"{before}{key}"
            if isinstance(value, dict):
                if not value:
                    whole &= path in _MAY_BE_EMPTY
                else:
                    whole &= self._lay(value, f"{path}.", found)
            elif value is None:
                whole &= path in _OPTIONAL or path.startswith("choices.") or (path.startswith("evidence.queries.") and not path.endswith(".result"))
            elif not self.is_path(path):
                whole = False
            elif path in LISTS:
                found[path] = orjson.dumps(value).decode()
                whole &= isinstance(value, list)
            elif isinstance(value, bool):
                found[path] = "true" if value else "false"
                whole &= self.is_truth(path)
            elif isinstance(value, str):
                found[path] = value
                whole &= not self.is_truth(path) or path.startswith(("facts.", "evidence.records.facts."))
            elif isinstance(value, int):
                found[path] = str(value)
                whole &= path.startswith(("facts.", "evidence.records.facts."))
            else:
                whole = False
        return whole


def material_codes(item: Item) -> list[str]:
    """The materials of an item, members of alternatives and what establishes an abolished one included."""
    found: list[str] = []
    for one in item.requirements:
        for member in (one, *(member for members in one.alternatives for member in members)):
            if member.material is not None:
                found += [member.code, *(after.code for after in member.establishes)]
    return list(dict.fromkeys(found))
