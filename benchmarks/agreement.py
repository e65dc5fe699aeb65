"""Holding the engine against the rules written by hand: the same applications, the same routes and rules, or a stop.

Two checks. With everything known, route and determining rule of every material must be the same. With some facts left out,
the hand-written rules decide every completion of them: what comes out under some completion must be among what the engine
says can still come out, and one possible outcome must be settled. Not compared: reasons, citations, days due, questions.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from itertools import product
from typing import Any

from benchmarks import plain, workload
from engine.application import Application
from engine.decide import Decider

#: Which of these a material takes asks nothing of anybody, so the engine need not tell them apart.
NO_DEMAND = frozenset(("not_required", "abolished"))
ID_TYPES = ("resident_id", "hmt_residence_permit", "hmt_travel_permit", "passport", "foreign_pr_card", "uscc", "name_reservation", "project_code")
MOST_COMPLETIONS = 2_000

Document = dict[str, Any]


class Disagreement(Exception):
    """The engine and the rules written by hand say different things. The text is the example."""

    def __init__(self, document: Document, material: str, engine: object, by_hand: object):
        super().__init__(f"{material}: the engine says {engine}, by hand it is {by_hand}; the application:\n"
                         + json.dumps(document, ensure_ascii=False, indent=1))


def check_known(decider: Decider, documents: list[Document]) -> int:
    """How many materials were compared. Raises Disagreement at the first difference."""
    compared = 0
    for document in documents:
        body = decider.decide(Application.model_validate(document), workload.DAY)
        for entry, by_hand in zip(body["materials"], plain.decide(document), strict=True):
            found = (entry["route"], entry["rule"])
            if found != by_hand and not (by_hand in (plain.WAITING, plain.TO_COME) and entry["status"] == "waiting"):
                raise Disagreement(document, entry["material"], found, by_hand)
            compared += 1
    return compared


def check_open(decider: Decider, count: int) -> tuple[int, int, int]:
    """Materials compared, completions decided by hand, and materials where the engine names an outcome that none reaches."""
    rng = random.Random(workload.SEED)
    compared = completed = wider = 0
    for document in workload.documents(count, known=True, seed=workload.SEED + 1):
        opened, ways = _open(document, rng)
        found: list[set[str]] = [set() for _ in workload.CODES]
        for completion in _completions(opened, ways):
            completed += 1
            for routes, route in zip(found, plain.routes(completion), strict=True):
                routes.update((route,) if route else ("deferral", "submit") if route is None else ("covered", "submit"))
        body = decider.decide(Application.model_validate(opened), workload.DAY)
        for entry, by_hand in zip(body["materials"], found, strict=True):
            possible = {entry["route"]} if entry["status"] == "settled" or not entry["branches"] else {one["route"] for one in entry["branches"]}
            compared += 1
            if not by_hand <= possible and not (by_hand | possible) <= NO_DEMAND:
                raise Disagreement(opened, entry["material"], sorted(possible), sorted(by_hand))
            wider += not possible <= by_hand and not (by_hand | possible) <= NO_DEMAND
    return compared, completed, wider


Path = tuple[str, ...]
Ways = list[tuple[Path, list[Any]]]     # statements left out: where each stood, and everything it could have been


def _open(document: Document, rng: random.Random) -> tuple[Document, Ways]:
    """The document with one to four statements left out, and what each could have been."""
    opened = copy.deepcopy(document)
    candidates = [(path, values) for path, values in _statements() if _at(opened, path) is not None]
    if opened.get("agent", {}).get("kind") != "authorised_agent":     # of the others only a stated lack of authority counts
        candidates = [one for one in candidates if one[0] != _AUTHORITY]
    chosen = rng.sample(candidates, rng.randint(1, 4))
    if any(path == _IDENTITY for path, _ in chosen):
        # A card shown or held already tells something of the kind of number; completions with another would contradict it.
        chosen = [one for one in chosen if one[0] != _HOLDING]
        opened["presented"], opened["facts"]["holds_credential"] = [], {"benchmark_marriage": False}
        del opened["applicant"]["id_number"]
    ways: Ways = []
    size = 1
    for path, values in chosen:
        if size * len(values) <= MOST_COMPLETIONS:
            size *= len(values)
            del _at(opened, path[:-1])[path[-1]]
            ways.append((path, values))
    return opened, ways


_IDENTITY: Path = ("applicant", "id_type")
_HOLDING: Path = ("facts", "holds_credential")
_AUTHORITY: Path = ("agent", "authorised")


def _statements() -> Iterator[tuple[Path, list[Any]]]:
    """Every statement that may be left out: its place in the document and its possible values."""
    yield _IDENTITY, list(ID_TYPES)
    yield _HOLDING, [{"benchmark_marriage": value} for value in (True, False)]
    yield _AUTHORITY, [True, False]
    yield ("consents", workload.CHECKED), [True, False]
    for name in workload.SITUATIONS:
        yield ("situation", name), [True, False]
    for code in workload.QUERIED:
        yield ("evidence", "queries", code), [{"result": result} for result, _ in workload.RESULTS]
    yield ("evidence", "checks", workload.CHECKED), [{"result": result} for result, _ in workload.CHECKS]
    yield ("evidence", "records"), [{"credit": [{"kind": "serious"}] if bad else [], "facts": {"regional_assessment": assessed}}
                                    for bad in (True, False) for assessed in (True, False)]
    everything, container, last = set(workload.CODES), workload.CODES[-2], workload.CODES[-1]
    filed: tuple[set[str], ...] = (set(), everything, everything - {last}, everything - {last, container}, {last}, {container})
    yield ("evidence", "on_file"), [{"entries": [{"material": code, "trust": "A"} for code in sorted(one)]} for one in filed]


def _at(document: Document, path: Path) -> Any:
    found: Any = document
    for step in path:
        found = found.get(step) if found is not None else None
    return found


def _completions(opened: Document, ways: Ways) -> Iterator[Document]:
    """The document with every combination of values put in."""
    for values in product(*(values for _, values in ways)):
        one = {key: dict(value) if isinstance(value, dict) else value for key, value in opened.items()}
        one["evidence"] = {key: dict(value) if isinstance(value, dict) else value for key, value in opened["evidence"].items()}
        for (path, _), value in zip(ways, values, strict=True):
            _at(one, path[:-1])[path[-1]] = value
        yield one
