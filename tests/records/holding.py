"""Certificates for tests: one held in memory, rows and files to be loaded, and loading them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from sqlmodel import select

from api.records.acts import By
from api.records.certificate_files import look
from api.records.certificate_loading import Report, load
from api.records.certificates import Held
from api.records.tables import Certificate

FILES = Path(__file__).resolve().parents[2] / "fixtures" / "certificates"
FUSHUN, DECHANG, REFUSED = FILES / "fushun.csv", FILES / "dechang.jsonl", FILES / "refused.csv"
ME, OTHER = ("resident_id", "210400199003070007"), ("resident_id", "21040219900307000X")
GENG = ("resident_id", "513424200802290006")
JOB, CARE = "unemployment_commitment_dechang", "care_elsewhere_shaoyang"
OFFICER = By("officer", "FS-0421", "证照管理员")
D = date


def held(**changes) -> Held:
    made = {"type": "employment_card", "number": "N-1", "version": 1, "holder": ME, "holder_name": "测试甲", "issuer": "测试机构", "issued_on": D(2026, 1, 5),
            "valid_from": D(2026, 1, 5), "valid_to": D(2026, 12, 31), "status": "valid", "status_since": D(2026, 1, 5), "sealed": True}
    return Held(**{**made, **changes})


def taken(records, path: Path, form=None, dry_run=False) -> tuple[Report, list]:
    faults: list = []
    return load(records, look(path, form), faults.append, lambda done: None, Report(path.name, dry_run)), faults


def counts(report: Report) -> tuple[int, int, int]:
    return report.taken, report.unchanged, report.refused


def kept(records, table=Certificate) -> list:
    with records.reading() as session:
        return list(session.exec(select(table)))


def row(**changes) -> dict[str, str]:
    """A row of a file that can be taken."""
    return {"type": "employment_card", "number": "N-1", "holder_id_type": "resident_id", "holder_number": ME[1], "holder_name": "测试甲", "issuer": "测试机构",
            "issued_on": "2026-01-05", "seal": "S", **changes}


def written(path: Path, *rows: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in rows), "utf-8")
    return path
