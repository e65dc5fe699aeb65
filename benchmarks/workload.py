"""The workload: the ten-material item laid over the bundled rulebook, and random applications to it.

Applications are JSON documents, as a caller sends them; every one is valid, and the same seed gives the same ones. With
`known` nothing is left open that a caller can state; without it each statement may be missing. Not in the workload:
several persons, bundles, alternatives and cases accepted under earlier law (`decide` has one figure for those).
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from api.rule_files import bundled, open_rulebook
from engine.application import Application
from engine.people import SIGNERS
from engine.reading import read_rulebook
from engine.rulebook import Rulebook

SEED = 20261122
DAY = date(2026, 11, 22)
DIVISION = "210400"
ITEM = "benchmark_ten"
ITEM_NAME = "基准十件材料事项"

MATERIALS = ("form", "identity", "business_licence", "marriage", "no_home", "income", "lease", "report", "charter", "appointment")
CODES = tuple(f"benchmark_{one}" for one in MATERIALS)
SITUATIONS = ("benchmark_as_business", "benchmark_married", "benchmark_renting", "benchmark_building")
QUERIED = ("benchmark_business_licence", "benchmark_marriage", "benchmark_no_home", "benchmark_income", "benchmark_report")
CHECKED = "benchmark_income"
CREDENTIALS = {"resident_id": "resident_id_card", "hmt_residence_permit": "hmt_residence_permit", "passport": "passport"}

#: Numbers with right check digits. One belongs to a child under fourteen, whose data need a guardian's consent.
IDENTITIES = (
    ("resident_id", "210400199003070007"), ("resident_id", "620200201506010001"), ("resident_id", "430503195812310004"),
    ("hmt_residence_permit", "810000198801010004"), ("passport", "E12345678"))
COMPANY = ("uscc", "91210400MA0000015D")
RESULTS = (("valid", 76), ("not_found", 7), ("expired", 2), ("revoked", 1), ("mismatch", 4), ("unclear", 4), ("down", 6))
#: Of a material that proves an absence: a record found disproves it.
ABSENCE = (("valid", 4), ("not_found", 76), ("expired", 1), ("revoked", 1), ("mismatch", 5), ("unclear", 5), ("down", 8))
CHECKS = (("confirmed", 80), ("refuted", 4), ("inconclusive", 16))
CREDIT = (None, None, None, None, None, None, "minor", "ordinary", "serious", "false_commitment")


@cache
def overlay() -> dict[str, str]:
    """The texts of the ten-material item by path."""
    return open_rulebook(Path(__file__).resolve().parent / "ten_materials")


@cache
def bundled_texts() -> dict[str, str]:
    return open_rulebook(bundled())


def texts() -> dict[str, str]:
    """The bundled rulebook's texts with the ten-material item laid over them."""
    return {**bundled_texts(), **overlay()}


@cache
def rulebook() -> Rulebook:
    return read_rulebook(texts())


def documents(count: int, *, known: bool, seed: int = SEED, item: str = ITEM) -> list[dict[str, Any]]:
    """`count` random applications; the same arguments give the same ones."""
    rng = random.Random(f"{seed}/{known}")
    return [_document(rng, known, number, item) for number in range(count)]


def applications(given: list[dict[str, Any]]) -> list[Application]:
    return [Application.model_validate(one) for one in given]


def _document(rng: random.Random, known: bool, number: int, item: str) -> dict[str, Any]:
    p = rng.random

    def told(chance: float = 0.75) -> bool:
        return known or p() < chance

    business = p() < 0.3
    kind, code = COMPANY if business else rng.choice(IDENTITIES)
    who: dict[str, Any] = {"name": f"测试{number}"}
    if told(0.9):
        who["kind"] = "enterprise" if business else "natural_person"
    if told(0.9):
        who |= {"id_type": kind, "id_number": code}
    situation = {name: (business if name == SITUATIONS[0] else p() < 0.5) for name in SITUATIONS if told(0.85)}
    document: dict[str, Any] = {
        "item": item, "deciding_division": DIVISION, "accepted_on": DAY.isoformat(), "situation": situation, "applicant": who,
        "choices": _choices(rng, known), "consents": {CHECKED: p() < 0.8} if told() else {},
        "facts": _facts(rng, known), "evidence": _evidence(rng, known)}
    if p() < 0.15:
        document["agent"] = {"kind": rng.choice(("authorised_agent", "guardian", "official_helper"))} | (
            {"authorised": p() < 0.8} if told() else {})
    signer = next((signer for signer, kind in SIGNERS.items() if kind == document.get("agent", {}).get("kind")), "self")
    for choice in document["choices"].values():      # only who acts can have signed
        if choice.get("signed_by") in SIGNERS:
            choice["signed_by"] = signer
    if told(0.6):
        share = rng.choice((0.5, 0.95, 1.0))
        document["handed_in"] = [one for one in CODES if p() < (share if one != "benchmark_appointment" else share / 2)]
    if told(0.6):
        document["presented"] = [] if kind not in CREDENTIALS or p() < 0.3 else [_presented(rng, CREDENTIALS[kind])]
        if kind == "resident_id" and p() < 0.2:
            document["presented"].append(_presented(rng, "household_booklet"))
    return document


def _choices(rng: random.Random, known: bool) -> dict[str, Any]:
    """Electives: no answer is no answer, so a choice may be missing even where everything is known."""
    found: dict[str, Any] = {}
    for code, elective in (("benchmark_no_home", "commitment"), ("benchmark_report", "commitment"), ("benchmark_appointment", "deferral")):
        answer = rng.choice(("yes", "yes", "no", None))
        if answer is None:
            continue
        found[code] = {elective: answer}
        if elective == "commitment" and (known or rng.random() < 0.6):
            found[code]["signed_by"] = rng.choices(("self", "agent", "guardian", "helper"), (88, 5, 4, 3))[0]
    return found


def _facts(rng: random.Random, known: bool) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if known or rng.random() < 0.7:
        found["holds_credential"] = {"benchmark_marriage": rng.random() < 0.4}
    disputed = {code: True for code in QUERIED if rng.random() < 0.03}
    if disputed:
        found["data_disputed"] = disputed
    return found


def _evidence(rng: random.Random, known: bool) -> dict[str, Any]:
    p = rng.random
    found: dict[str, Any] = {"queries": {}, "checks": {}}
    for code in QUERIED:
        if known or p() < 0.7:
            result = _weighted(rng, ABSENCE if code == "benchmark_no_home" else RESULTS)
            found["queries"][code] = {"result": result, "source": "benchmark"} | (
                {"valid_to": rng.choice(("2026-11-21", "2026-11-22", "2027-05-01"))} if result == "valid" and p() < 0.2 else {})
    if known or p() < 0.6:
        found["checks"][CHECKED] = {"result": _weighted(rng, CHECKS)}
    if known or p() < 0.7:
        found["on_file"] = {"complete": known or p() < 0.9, "entries": [
            {"material": code, "trust": rng.choice("AABBCD"), "received_on": "2026-03-02"} | (
                {"valid_to": rng.choice(("2026-11-21", "2026-11-22", "2027-03-01"))} if p() < 0.5 else {})
            for code in CODES if p() < 0.12]}
    if known or p() < 0.7:
        found["records"] = _records(rng)
    if p() < 0.05:
        found["outputs"] = {"benchmark_business_licence": rng.choice(("issued", "expected"))}
    return found


def _records(rng: random.Random) -> dict[str, Any]:
    kind = rng.choice(CREDIT)
    facts: dict[str, Any] = {"regional_assessment": rng.random() < 0.25}
    if rng.random() < 0.03:
        facts["permit_ban_until"] = rng.choice(("2026-11-21", "2026-11-22", "2027-11-22"))
    credit = [] if kind is None else [
        {"kind": kind, "recorded_on": "2024-02-01"} | ({"repaired_on": rng.choice(("2025-01-01", "2026-11-22", "2026-11-23"))} if rng.random() < 0.4 else {})]
    return {"complete": True, "credit": credit, "facts": facts}


def _presented(rng: random.Random, credential: str) -> dict[str, Any]:
    shown: dict[str, Any] = {"credential": credential}
    draw = rng.random()
    if draw < 0.05:
        shown["status"] = rng.choice(("expired", "revoked"))
    elif draw < 0.10:
        shown["holder"] = "somebody else"
    if rng.random() < 0.3:
        shown["valid_to"] = rng.choice(("2026-11-21", "2026-11-22", "2036-01-01"))
    return shown


def _weighted(rng: random.Random, table: tuple[tuple[str, int], ...]) -> str:
    return rng.choices([name for name, _ in table], [weight for _, weight in table])[0]


def tally(routes: Mapping[str, int]) -> str:
    """Routes with their shares, the most frequent first."""
    total = sum(routes.values())
    return " ".join(f"{route}:{count / total:.1%}" for route, count in sorted(routes.items(), key=lambda pair: -pair[1]))
