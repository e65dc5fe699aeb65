"""The ten-material item written out by hand in Polars: the routes that `plain` gives, for a whole table of applications at once.

The ceiling for any replay: one item, one day, one place, no rule files, no reading of the law, no input checked. It reads the same
Parquet file as the replay and gives the ten routes alone (no rules, reasons, findings or outcomes). Every fact it reads must be known.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from benchmarks.plain import TODAY

_ENTRY = pl.List(pl.Struct({"material": pl.String, "trust": pl.String, "valid_to": pl.String}))
_SHOWN = pl.List(pl.Struct({"credential": pl.String, "holder": pl.String, "valid_to": pl.String, "status": pl.String}))
_CREDIT = pl.List(pl.Struct({"kind": pl.String, "repaired_on": pl.String}))
_FOUND, _STUCK = ("valid", "expired", "revoked"), ("mismatch", "unclear", "down")
_REGISTER = ("resident_id", "hmt_residence_permit", "hmt_travel_permit", "passport", "foreign_pr_card", "uscc")
_CARDS = ("resident_id_card", "hmt_residence_permit", "passport")


def routes(file: Path) -> pl.DataFrame:
    """Ten columns of routes, in the item's order; NULL waits for the other principals, empty for the charter."""
    from benchmarks.workload import CODES
    table = pl.scan_parquet(file).with_columns(
        pl.col("evidence.on_file.entries").str.json_decode(_ENTRY), pl.col("presented").str.json_decode(_SHOWN),
        pl.col("evidence.records.credit").str.json_decode(_CREDIT), pl.col("handed_in").str.json_decode(pl.List(pl.String)))
    business, kind = _is("situation.benchmark_as_business"), pl.col("applicant.id_type")
    handed = {code: pl.col("handed_in").list.contains(code) for code in CODES}
    disputed = {code: _is(f"facts.data_disputed.{code}") if code in _queried() else pl.lit(False) for code in CODES}
    barred = pl.col("evidence.records.credit").list.eval(
        _field("kind").is_in(["serious", "false_commitment"]) & (_field("repaired_on").is_null() | (_field("repaired_on") > TODAY))).list.any()
    yes, no, waiting = pl.lit(True), pl.lit(False), pl.lit(None, pl.Boolean)

    def route(*pairs: tuple[pl.Expr, str | None], otherwise: str | None) -> pl.Expr:
        found = pl.lit(otherwise, pl.String)
        for when, name in reversed(pairs):
            found = pl.when(when).then(pl.lit(name, pl.String)).otherwise(found)
        return found

    def filed(code: str, trust: str) -> pl.Expr:
        return pl.col("evidence.on_file.entries").list.eval((_field("material") == code) & _field("trust").is_in(list(trust)) & (
            _field("valid_to").is_null() | (_field("valid_to") >= TODAY))).list.any()

    def asked(code: str, who: pl.Expr) -> pl.Expr:
        path = f"evidence.queries.{code}"
        result = pl.when((pl.col(f"{path}.result") == "valid") & (pl.col(f"{path}.valid_to") < TODAY)).then(pl.lit("expired")).otherwise(pl.col(f"{path}.result"))
        return pl.when(who & ~disputed[code]).then(result).otherwise(pl.lit(""))

    def shown(cards: tuple[str, ...]) -> tuple[pl.Expr, pl.Expr]:
        """Shown and valid; nothing of the kind shown."""
        mine = _field("credential").is_in(list(cards))
        sound = mine & (_field("holder").fill_null("applicant") == "applicant") & ~_field("status").fill_null("valid").is_in(["revoked", "expired"]) & (
            _field("valid_to").is_null() | (_field("valid_to") >= TODAY))
        authority = pl.col("agent.kind").is_null() | (pl.col("agent.authorised").fill_null((pl.col("agent.kind") != "authorised_agent")
                                                                                          .replace_strict({True: "true", False: "false"})) == "true")
        return pl.col("presented").list.eval(sound).list.any() & authority, ~pl.col("presented").list.eval(mine).list.any()

    def commits(code: str) -> pl.Expr:
        signer = pl.col(f"choices.{code}.signed_by")
        return ~(handed[code] & signer.is_null()) & (pl.col(f"choices.{code}.commitment").fill_null("") == "yes") & ~signer.fill_null("").is_in(["agent", "helper"])

    form = filed(CODES[0], "ABD")
    card, no_card = shown(_CARDS)
    identity_filed, identity = filed(CODES[1], "AB"), card | (no_card & kind.is_in(["resident_id", "hmt_residence_permit", "passport"]))
    output, usable = pl.col("evidence.outputs.benchmark_business_licence"), filed(CODES[2], "AB")
    licence = asked(CODES[2], kind == "uscc")
    marriage = asked(CODES[3], kind.is_in(["resident_id", "hmt_residence_permit"]))
    booklet, no_booklet = shown(("household_booklet",))
    held = (kind == "resident_id") & _is("facts.holds_credential.benchmark_marriage")
    home_filed, home = filed(CODES[4], "AB"), asked(CODES[4], kind.is_in(list(_REGISTER)))
    home_commits = ~barred & ~disputed[CODES[4]] & commits(CODES[4])
    income = asked(CODES[5], (kind == "resident_id") & _is("consents.benchmark_income"))
    report = asked(CODES[7], kind.is_in(["uscc", "project_code"]))
    charter = filed(CODES[8], "ABD")
    met = (
        pl.when(form | handed[CODES[0]]).then(yes).otherwise(no)
        & pl.when(identity_filed | card | handed[CODES[1]]).then(yes).when(identity).then(waiting).otherwise(no)
        & pl.when(~business).then(yes).when(output.is_not_null()).then(pl.when((output == "expected") & ~usable).then(waiting).otherwise(yes))
        .when(usable).then(yes).when(licence.is_in(list(_FOUND))).then(licence == "valid").when(handed[CODES[2]]).then(yes)
        .when(licence.is_in(list(_STUCK))).then(waiting).otherwise(no)
        & pl.when(home_filed).then(yes).when(home.is_in([*_FOUND, "not_found"])).then(home != "valid")
        .when(home_commits).then(pl.when(pl.col("choices.benchmark_no_home.signed_by").is_not_null() | handed[CODES[4]]).then(yes).otherwise(waiting))
        .when(handed[CODES[4]]).then(yes).when(home.is_in(list(_STUCK))).then(waiting).otherwise(no))
    deferred = ~handed[CODES[9]] & (pl.col("choices.benchmark_appointment.deferral").fill_null("") == "yes") & met.fill_null(True)
    covered = business & charter
    made = (
        route((form, "covered"), otherwise="submit"),
        route((identity_filed, "covered"), (identity, "shown"), otherwise="submit"),
        route((~business, "not_required"), (output.is_not_null() | usable, "covered"), (licence.is_in(list(_FOUND)), "shared"),
              (licence.is_in(list(_STUCK)), "agency_followup"), otherwise="submit"),
        route((business | ~_is("situation.benchmark_married"), "not_required"), (filed(CODES[3], "AB"), "covered"), (marriage.is_in(list(_FOUND)), "shared"),
              (booklet | (no_booklet & held), "shown"), (marriage.is_in(list(_STUCK)), "agency_followup"), otherwise="submit"),
        route((home_filed, "covered"), (home.is_in([*_FOUND, "not_found"]), "shared"), (home_commits, "commitment"), (home.is_in(list(_STUCK)), "agency_followup"),
              otherwise="submit"),
        route((filed(CODES[5], "AB"), "covered"), (disputed[CODES[5]], "submit"), (income.is_in(list(_FOUND)), "shared"),
              (pl.col("evidence.checks.benchmark_income.result") != "inconclusive", "agency_check"), (income.is_in(list(_STUCK)), "agency_followup"),
              otherwise="submit"),
        route((_is("situation.benchmark_renting"), "abolished"), otherwise="not_required"),
        route((~_is("situation.benchmark_building"), "not_required"), (_is("evidence.records.facts.regional_assessment") | filed(CODES[7], "AB"), "covered"),
              (report.is_in(list(_FOUND)), "shared"), (~barred & ~disputed[CODES[7]] & commits(CODES[7]), "commitment"), (report.is_in(list(_STUCK)), "agency_followup"),
              otherwise="submit"),
        route((~business, "not_required"), (charter, "covered"), otherwise="submit"),
        route((covered | handed[CODES[8]] | filed(CODES[9], "ABD"), "covered"), (deferred & met.is_null(), None), (deferred, "deferral"),
              (business & ~charter & ~handed[CODES[9]], ""), otherwise="submit"))
    return table.select(**{code: one for code, one in zip(CODES, made, strict=True)}).collect()


def _queried() -> tuple[str, ...]:
    from benchmarks.workload import QUERIED
    return QUERIED


def _is(path: str) -> pl.Expr:
    return (pl.col(path) == "true").fill_null(False)


def _field(name: str) -> pl.Expr:
    return pl.element().struct.field(name)
