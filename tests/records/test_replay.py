"""Deciding again: the same bytes under every rulebook that was ever used, whatever is in use today."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from api.records import log
from api.records.acts import By
from api.records.cases import Handed, decide_anew, go, receive
from api.records.chain import sha256
from api.records.records import Records
from api.records.replay import replay
from api.records.restating import Anew
from api.records.rulebooks import Rulebooks, UnknownRulebook
from api.rule_files import bundled, open_rulebook
from engine.decide import Decider
from engine.reading import read_rulebook
from tests.bundled import decider
from tests.records.jobs import FIXTURES, known_of, new_case, sample
from tests.records.raw import hand
from tests.records.writing import SOON, sound

OFFICER = By("officer", "FS-0421", "综合窗口受理员")
NAMES = sorted(path.stem for path in FIXTURES.glob("*.json"))
RENT = "housing_fund_rent_fushun"
#: What a later rulebook no longer has: the rule by which what the situation does not call for is not asked for.
RULE = "在线政务服务若干规定-6"


def texts_without(rule):
    """The bundled rulebook without one rule."""
    texts = open_rulebook(bundled())
    [path] = [path for path, said in texts.items() if f"编号: {rule}\n" in said]
    lines = texts[path].split("\n")
    start = next(at for at, line in enumerate(lines) if line.strip() == f"- 编号: {rule}")
    indent = len(lines[start]) - len(lines[start].lstrip())
    end = next((at for at in range(start + 1, len(lines)) if lines[at].strip() and len(lines[at]) - len(lines[at].lstrip()) <= indent), len(lines))
    return {**texts, path: "\n".join([*lines[:start], *lines[end:]])}


@pytest.fixture(scope="module")
def later():
    """A later rulebook: its decider and its texts."""
    texts = texts_without(RULE)
    return Decider(read_rulebook(texts)), texts


@contextmanager
def opened(url, hands, made=None):
    records = Records(url, *(made or (decider(), open_rulebook(bundled()))), hands, program="test")
    try:
        yield records
    finally:
        records.close()


def replayed(records, rulebooks=None):
    """Every decision made again."""
    with records.reading() as session:
        return {one: replay(log.decision(session, one), rulebooks or records.rulebooks) for one in log.every_decision(session)}


def assert_identical(results, count):
    assert len(results) == count
    for one in results.values():
        assert one.identical and one.digest == one.recorded_digest and one.differences == (), one


def test_every_sample_comes_out_the_same(records):
    for name in NAMES:
        records.submit(new_case(records, name)).result(SOON)
    assert_identical(replayed(records), len(NAMES))


def test_what_our_own_records_added_is_part_of_it(records):
    first = records.submit(new_case(records, RENT)).result(SOON)
    records.do(receive(first.case_id, Handed("lease", trust="B"), OFFICER, records.today()))
    known = known_of(records, RENT)
    assert any(row.material == "lease" for rows in known.received.values() for row in rows)
    second = records.submit(new_case(records, RENT, known=known)).result(SOON)
    with records.reading() as session:
        assert log.decision(session, second.decision_id).own["on_file"]["entries"]
    records.do(go(records, first.case_id, "withdraw", OFFICER))     # what is recorded later changes nothing of what was decided
    assert_identical(replayed(records), 2)


def test_each_decision_is_made_again_under_its_own_rulebook(database_url, hands, later):
    with opened(database_url, hands) as records:
        old = records.submit(new_case(records, RENT)).result(SOON).decision_id
        version = records.rulebook.version
    with opened(database_url, hands, later) as records:
        new = records.submit(new_case(records, RENT)).result(SOON).decision_id
        assert records.rulebook.version != version
        results = replayed(records)
        assert_identical(results, 2)
        assert (results[old].rulebook, results[new].rulebook) == (version, records.rulebook.version)
        assert results[old].digest != results[new].digest
    with opened(database_url, hands) as records:      # back to the first: the second is out of the database now
        assert_identical(replayed(records), 2)
        assert sound(records).decisions == 2


def test_a_pending_case_whose_rulebook_changed_after_acceptance(database_url, hands, later):
    with opened(database_url, hands) as records:
        first = records.submit(new_case(records, RENT)).result(SOON)
        version = records.rulebook.version
    hands.now = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
    with opened(database_url, hands, later) as records:
        again = records.do(decide_anew(records, Anew(first.case_id, {"situation": sample(RENT)["situation"] | {"married": False}}, records.today())))
        with records.reading() as session:
            recorded = log.decision(session, again.receipt.decision_id)
        assert (recorded.tells["pinned"], recorded.tells["rulebook"]) == (version, records.rulebook.version)
        assert (recorded.tells["as_of"], recorded.supersedes) == ("2026-11-24", first.decision_id)
        assert b'"taken":"accepted"' in recorded.body     # the law was read twice and it made a difference
        assert_identical(replayed(records), 2)
    with opened(database_url, hands) as records:
        assert_identical(replayed(records), 2)


def test_the_day_of_the_replay_does_not_matter(records, hands):
    records.submit(new_case(records, RENT)).result(SOON)
    hands.now = datetime(2031, 3, 1, tzinfo=UTC)
    assert_identical(replayed(records), 1)


def test_a_rulebook_that_is_not_kept_or_is_another_is_said_to_be_unknown(database_url, hands, later):
    with opened(database_url, hands) as records:
        one = records.submit(new_case(records, RENT)).result(SOON).decision_id
        version = records.rulebook.version
    for change, *values in (
            ("UPDATE rulebook SET texts = (SELECT texts FROM rulebook WHERE version <> ?) WHERE version = ?", version, version),
            ("UPDATE rulebook SET texts = ? WHERE version = ?", b"?", version), ("DELETE FROM rulebook WHERE version = ?", version)):
        with opened(database_url, hands, later) as records:
            with hand(database_url) as by:
                assert by.do(change, *values) == 1
            with records.reading() as session, pytest.raises(UnknownRulebook) as unknown:
                replay(log.decision(session, one), Rulebooks(records.database, *later))
            assert unknown.value.version == version


def test_where_they_part_is_said_place_by_place(records):
    one = records.submit(new_case(records, "house_sale_fushun")).result(SOON).decision_id
    with hand(records.database.url.render_as_string(hide_password=False).replace("+psycopg", "")) as by:
        content = by.one("SELECT content FROM log_content WHERE entry_id = ?", one)
        by.do("UPDATE log_content SET content = ? WHERE entry_id = ?", content.replace(b'"jointly_owned":false', b'"jointly_owned":true'), one)
    [result] = replayed(records).values()
    assert not result.identical and result.digest != result.recorded_digest and 0 < len(result.differences) <= 20
    with records.reading() as session:
        kept = log.decision(session, one)
    assert sha256(kept.body) == result.recorded_digest
    body = json.loads(kept.body)
    for place, recorded, now in result.differences:
        here = body
        for part in place.split("/")[1:]:
            here = here[int(part)] if isinstance(here, list) else here.get(part)
        assert here == recorded != now


def test_only_decisions_from_a_day_on_and_samples_of_them(records, hands):
    days = [22, 23, 24]
    ids = []
    for day in days:
        hands.now = datetime(2026, 11, day, 1, 30, tzinfo=UTC)
        ids.append(records.submit(new_case(records, RENT)).result(SOON).decision_id)
    with records.reading() as session:
        assert list(log.every_decision(session)) == ids and log.how_many(session) == 3
        assert list(log.every_decision(session, "2026-11-23")) == ids[1:] and log.how_many(session, "2026-11-23") == 2
        drawn = [tuple(log.every_decision(session, "", 2)) for _ in range(40)]
        assert all(len(set(one)) == 2 and set(one) <= set(ids) for one in drawn) and len(set(drawn)) > 1
        assert set(log.every_decision(session, "2026-11-24", 5)) == {ids[2]}


def test_nothing_is_written(records):
    records.submit(new_case(records, RENT)).result(SOON)
    before = sound(records).heads
    replayed(records)
    assert sound(records).heads == before
