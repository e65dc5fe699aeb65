"""The certificate library: states and versions, loading on both databases, entering by hand."""

from __future__ import annotations

import csv
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.records import certificate_acts, certificate_loading
from api.records.acts import Conflict
from api.records.certificate_files import look
from api.records.certificate_loading import Report, load
from api.records.certificate_rows import COLUMNS, Reader
from api.records.certificates import as_of, by_number, every_version, found, of_holder, of_holders
from api.records.database import Unavailable
from api.records.tables import CertificateBatch, LogEntry
from engine.problems import Refused
from tests.bundled import rulebook
from tests.records.conftest import opened
from tests.records.holding import DECHANG, FUSHUN, ME, OFFICER, OTHER, REFUSED, D, counts, held, kept, row, taken, written
from tests.records.jobs import DAY
from tests.records.writing import SOON, sound

# —— states ——

@pytest.mark.parametrize(("changes", "states"), [
    ({}, {"2026-01-04": "not_yet", "2026-01-05": "valid", "2026-12-31": "valid", "2027-01-01": "expired"}),
    ({"valid_to": None}, {"9999-12-31": "valid"}),
    ({"status": "expired", "status_since": D(2026, 6, 1)}, {"2026-05-31": "valid", "2026-06-01": "expired"}),
    ({"status": "frozen", "status_since": D(2026, 6, 1)}, {"2026-05-31": "valid", "2026-06-01": "frozen", "2027-01-01": "expired"}),
    *(({"status": status, "status_since": D(2026, 6, 1)}, {"2026-01-04": "not_yet", "2026-05-31": "valid", "2026-06-01": "revoked", "2027-01-01": "revoked"})
      for status in ("cancelled", "withdrawn", "annulled")),
    ({"valid_from": D(2026, 9, 1), "status": "annulled", "status_since": D(2026, 6, 1)}, {"2026-05-31": "not_yet", "2026-06-01": "revoked"})])
def test_a_certificate_is_in_the_state_of_the_day(changes, states):
    for on, state in states.items():
        assert held(**changes).state_on(D.fromisoformat(on)) == state, on


def test_the_newest_version_issued_by_the_day_counts_and_the_old_one_until_the_new_begins():
    old, new = held(), held(version=2, issued_on=D(2026, 6, 1), valid_from=D(2026, 7, 1), valid_to=None)
    for on, version in ((D(2026, 5, 31), 1), (D(2026, 6, 30), 1), (D(2026, 7, 1), 2), (D(2027, 1, 1), 2)):
        assert [one.version for one in as_of((new, old), on)] == [version]
    assert as_of((new, old), D(2026, 1, 4)) == ()
    ended = held(version=3, issued_on=D(2026, 6, 2), valid_from=D(2026, 8, 1), status="annulled", status_since=D(2026, 6, 2))
    assert as_of((old, new, ended), D(2026, 6, 30)) == (ended,)
    assert as_of((held(number="A"), held(number="B", issued_on=D(2026, 3, 1))), D(2026, 3, 1))[0].number == "B"


def test_what_went_to_somebody_else_is_no_longer_theirs():
    versions = (held(), held(version=2, holder=OTHER, issued_on=D(2026, 3, 1), valid_from=D(2026, 3, 1)))
    assert of_holder(versions, ME, D(2026, 2, 28)) == versions[:1]
    assert of_holder(versions, ME, D(2026, 3, 1)) == ()
    assert of_holder(versions, OTHER, D(2026, 3, 1)) == versions[1:]


# —— loading ——

def test_loading_the_same_file_twice_changes_nothing(records):
    first, faults = taken(records, FUSHUN)
    assert (counts(first), first.notes, faults) == ((22, 0, 0), {"no-seal": 1}, [])
    rows, batches, told = kept(records), kept(records, CertificateBatch), len(kept(records, LogEntry))
    assert [(one.file, one.loaded, one.refused, len(one.digest)) for one in batches] == [("fushun.csv", 22, 0, 64)]
    again, _ = taken(records, FUSHUN)
    assert (counts(again), again.batch_id) == ((0, 22, 0), None)
    assert sorted(one.id for one in kept(records)) == sorted(one.id for one in rows)
    assert (len(kept(records, CertificateBatch)), len(kept(records, LogEntry))) == (1, told)
    assert counts(taken(records, DECHANG)[0]) == (20, 0, 0)
    assert not sound(records).flaws
    assert not any(number in entry.header for entry in kept(records, LogEntry) for number in (ME[1], OTHER[1]))


def test_look_ups_see_every_holder_in_one_statement_and_numbers_in_one_form(records):
    taken(records, FUSHUN)
    taken(records, DECHANG)
    with records.reading() as session:
        theirs = of_holders(session, [ME, OTHER, ("resident_id", "420704198001010007"), ("passport", ME[1])], DAY)
        assert set(theirs) == {ME, OTHER, ("resident_id", "420704198001010007")}
        assert {one.type for one in theirs["resident_id", "420704198001010007"]} == {"resident_id_card", "residence_permit"}
        assert of_holders(session, [("resident_id", "210402199003070026")], D(2020, 1, 1))     # written with fifteen digits in the file
        assert "nurse_licence" in {one.type for one in theirs[OTHER]}      # written with a small x in the file
        permit = by_number(session, "residence_permit", "FS-JZZ-000001", DAY)
        assert (permit.version, permit.state_on(DAY)) == (2, "valid")
        assert by_number(session, "residence_permit", "FS-JZZ-000001", D(2025, 10, 25)).version == 1
        assert by_number(session, "residence_permit", "FS-JZZ-000001", D(2024, 1, 1)) is by_number(session, "passport", "FS-JZZ-000001", DAY) is None
        assert every_version(session, []) == of_holders(session, [], DAY) == {}
        assert [one.version for one in found(session, DAY, ["residence_permit"], wanted=[("residence_permit", "FS-JZZ-000001")])] == [2]
        assert by_number(session, "real_estate_registration_certificate", "辽(2019)抚顺市不动产权第000001号", DAY).holder == OTHER
        assert found(session, DAY, ["passport"], wanted=[("passport", "FS-JZZ-000001")]) == found(session, DAY, ["passport"]) == []


CODES = ["unknown-certificate-type", "missing-value", "wrong-version", "unknown-value", "id-number", "wrong-holder", "wrong-date", "wrong-day", "wrong-day",
         "unknown-status", "missing-value", "wrong-day", "unknown-value", "too-long", "unknown-certificate-type", "unknown-status", "wrong-version",
         "wrong-columns", "not-csv", "invalid", "other-certificate"]


def test_every_fault_of_every_refused_row_is_told_with_its_line(sqlite_records):
    report, faults = taken(sqlite_records, REFUSED)
    assert counts(report) == (1, 0, 19) and report.faults == len(faults) == 21
    assert sorted(one.problem.code for one in faults) == sorted(CODES)
    by_line: dict[int, list] = {}
    for fault in faults:
        by_line.setdefault(fault.problem.line, []).append(fault)
    assert len(by_line) == 19 and 2 not in by_line and min(by_line) == 3
    assert {one.problem.nearest for one in by_line[18]} == {"离婚证", "冻结", ""}
    assert by_line[8][0].problem.allowed == ("统一社会信用代码",)
    assert [(one.problem.field, one.word) for one in by_line[7]] == [("holder_number", "2104***08")]
    for fault in faults:
        assert "210400199003070008" not in repr(fault)


def test_encodings_heads_and_formats_come_to_the_same(sqlite_records, tmp_path):
    lines = list(csv.DictReader(FUSHUN.open(encoding="utf-8-sig")))
    english = {words[0]: name for name, words, _ in COLUMNS}
    variants = {"gb.csv": FUSHUN.read_text("utf-8-sig").encode("gb18030"), "plain.csv": FUSHUN.read_text("utf-8-sig").encode("utf-8"),
                "crlf.csv": FUSHUN.read_bytes().replace(b"\n", b"\r\n"),
                "english.jsonl": "\n".join(json.dumps({english[key]: value for key, value in one.items()}) for one in lines).encode()}
    assert counts(taken(sqlite_records, FUSHUN)[0]) == (22, 0, 0)
    for name, content in variants.items():
        path = tmp_path / name
        path.write_bytes(content)
        assert counts(taken(sqlite_records, path)[0]) == (0, 22, 0), name


@pytest.mark.parametrize(("name", "content", "codes"), [
    ("a.txt", b"x", ["unknown-format"]), ("none.csv", None, ["unreadable-file"]), ("a.csv", b"\xff\xff\xff", ["not-text"]),
    ("a.csv", b"", ["empty-file"]), ("a.csv", b"\n", ["missing-column"] * 7), (".", None, ["unreadable-file"]), ("a.csv", '"证照类型'.encode(), ["not-csv"]),
    ("a.csv", "证照类型,证照,种类,number,holder_id_type,holder_number,holder_name,issuer,issued_on".encode(), ["duplicate-key", "unknown-column"])],
    ids=["ending", "missing", "bytes", "empty", "blank", "directory", "quote", "heads"])
def test_a_file_that_is_none_is_refused_as_a_whole(sqlite_records, tmp_path, name, content, codes):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Refused) as refused:
        taken(sqlite_records, path)
    assert [one.code for one in refused.value.problems] == codes


@pytest.mark.parametrize(("line", "code"), [
    ("{", "malformed-json"), ("[1]", "malformed-json"), ("[" * 60_000, "malformed-json"), ('{"tpye": "x"}', "unknown-column"),
    ('{"type": "x", "证照类型": "y"}', "duplicate-key"), ('{"type": "x", "type": "y"}', "duplicate-key"), ('{"version": NaN}', "malformed-json"),
    ('{"type": {"a": 1}}', "wrong-type"), ('{"issuer": "' + "x" * 70_000 + '"}', "too-long"),
    (json.dumps({**row(), "issuer": "\ud800"}), "invalid")])
def test_a_line_that_is_no_certificate_stops_no_other(sqlite_records, tmp_path, line, code):
    path = tmp_path / "a.jsonl"
    path.write_text(line + "\n\n" + json.dumps(row()) + "\n", "utf-8")
    report, faults = taken(sqlite_records, path)
    assert counts(report) == (1, 0, 1)
    assert [(one.problem.code, one.problem.line) for one in faults] == [(code, 1)]


def test_a_version_that_says_otherwise_is_refused_and_a_newer_one_is_taken(records, tmp_path):
    path = written(tmp_path / "a.jsonl", row(), row(), row(issuer="另一机构"), row(version=2, issued_on="2026-06-01"))
    dry, faults = taken(records, path, dry_run=True)
    assert (counts(dry), dry.batch_id, kept(records), len(faults)) == ((2, 1, 1), None, [], 1)
    report, faults = taken(records, path)
    assert counts(report) == (2, 1, 1) and [(one.problem.code, one.problem.line, one.word) for one in faults] == [("other-certificate", 3, "N***")]
    assert [(one.loaded, one.refused) for one in kept(records, CertificateBatch)] == [(2, 1)]
    assert counts(taken(records, path, dry_run=True)[0]) == (0, 3, 1)


def test_a_loading_that_was_interrupted_leaves_whole_pieces_and_is_run_again(records, tmp_path, monkeypatch):
    monkeypatch.setattr(certificate_loading, "TOGETHER", 4)
    path = written(tmp_path / "a.jsonl", *(row(number=f"N-{number}") for number in range(10)))
    report, told = Report("a.jsonl", False), []

    def tell(done: int) -> None:
        told.append(done)
        if len(told) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(records, look(path), lambda fault: None, tell, report)
    assert report.taken == len(kept(records)) == 8
    assert counts(taken(records, path)[0]) == (2, 8, 0)
    assert counts(taken(records, path, dry_run=True)[0]) == (0, 10, 0)
    assert sorted(one.loaded for one in kept(records, CertificateBatch)) == [2, 8]

    def broken() -> None:
        raise Unavailable("test")

    monkeypatch.setattr(records.writer, "submit", lambda job: broken())
    with pytest.raises(Unavailable):
        taken(records, written(tmp_path / "b.jsonl", row(number="new")))


def test_a_dry_run_tells_what_pieces_apart_would_say_of_each_other(sqlite_records, tmp_path, monkeypatch):
    monkeypatch.setattr(certificate_loading, "TOGETHER", 1)
    path = written(tmp_path / "a.jsonl", row(), row(), row(issuer="另一机构"))
    for dry in (True, False):
        assert counts(taken(sqlite_records, path, dry_run=dry)[0]) == (1, 1, 1)


def test_a_holder_that_is_unusual_is_taken_and_noted():
    read = Reader(rulebook()).read(row(type="vehicle_licence", holder_id_type="uscc", holder_number="91210400MA0000015D"), DAY)
    assert read.values and [one.problem.code for one in read.notes] == ["unusual-holder"]


@given(st.dictionaries(st.sampled_from([name for name, _, _ in COLUMNS]), st.one_of(st.none(), st.text(max_size=30), st.integers(), st.booleans()), max_size=14))
@settings(max_examples=50)
def test_no_row_however_strange_is_more_than_refused(changes):
    read = Reader(rulebook()).read({**row(), **changes}, DAY)
    assert (read.values is None) == bool(read.faults)
    for fault in read.faults:
        assert fault.problem.zh and fault.problem.en and fault.problem.field


# —— by hand ——

def test_by_hand_a_version_is_entered_once_and_its_status_goes_forward(records):
    reader = Reader(records.rulebook)

    def enter(**changes):
        read = reader.read(row(**changes), DAY)
        assert read.values is not None
        made, outcome = records.do(certificate_acts.enter(read.values, OFFICER, DAY))
        return outcome, made.status

    assert enter() == ("entered", "valid")
    assert enter() == ("unchanged", "valid")
    assert enter(status="冻结", status_since="2026-06-01") == ("status_changed", "frozen")
    assert enter(status="有效", status_since="2026-07-01") == ("status_changed", "valid")
    for wrong, code in (({"issuer": "另一机构"}, "other-certificate"), ({"status": "注销", "status_since": "2026-06-15"}, "status-day")):
        with pytest.raises(Conflict) as refused:
            enter(**wrong)
        assert refused.value.code == code
    assert enter(status="吊销", status_since="2026-11-01") == ("status_changed", "withdrawn")
    with pytest.raises(Conflict) as refused:
        enter()
    assert refused.value.code == "ended"
    assert enter(version=2, issued_on="2026-11-20") == ("entered", "valid")
    assert not sound(records).flaws and len(kept(records)) == len(kept(records, CertificateBatch)) == 2


def test_an_end_that_was_announced_may_come_sooner_or_not_at_all(records):
    reader = Reader(records.rulebook)

    def enter(**changes):
        made, outcome = records.do(certificate_acts.enter(reader.read(row(**changes), DAY).values, OFFICER, DAY))
        return outcome, made.status, made.status_since, made.past

    assert enter(status="注销", status_since="2026-12-01") == ("entered", "cancelled", D(2026, 12, 1), "")
    assert enter(status="有效") == ("status_changed", "valid", D(2026, 1, 5), "")
    assert enter(status="吊销", status_since="2026-12-01") == ("status_changed", "withdrawn", D(2026, 12, 1), "valid 2026-01-05")
    assert enter(status="注销", status_since="2026-11-22") == ("status_changed", "cancelled", D(2026, 11, 22), "valid 2026-01-05")
    with pytest.raises(Conflict) as refused:
        enter(status="注销", status_since="2026-11-23")
    assert refused.value.code == "ended" and not sound(records).flaws


def test_a_freeze_that_was_lifted_is_still_seen_as_of_its_days(records):
    reader = Reader(records.rulebook)
    for status, since in (("有效", ""), ("冻结", "2026-11-01"), ("有效", "2026-11-20")):
        records.do(certificate_acts.enter(reader.read(row(status=status, status_since=since), DAY).values, OFFICER, DAY))
    with records.reading() as session:
        for on, state in (("2026-10-31", "valid"), ("2026-11-01", "frozen"), ("2026-11-19", "frozen"), ("2026-11-20", "valid")):
            assert by_number(session, "employment_card", "N-1", D.fromisoformat(on)).state_on(D.fromisoformat(on)) == state, on


def test_who_lifts_a_freeze_without_a_day_is_asked_for_it(records, tmp_path):
    frozen, lifted = row(status="冻结", status_since="2026-11-01"), row(status="有效")
    path = written(tmp_path / "a.jsonl", row(), frozen, lifted)
    for dry in (True, False):
        report, faults = taken(records, path, dry_run=dry)
        assert (counts(report), report.changed) == ((1, 0, 1), 1)
        [fault] = faults
        assert (fault.problem.code, fault.problem.field, fault.problem.line) == ("status-day", "status_since", 3)
        assert "恢复有效的，也要写从哪天起" in fault.problem.zh and "2026-11-01" in fault.problem.zh and "2026-01-05" not in fault.problem.text()


def test_a_status_that_comes_with_a_file_is_taken_as_by_hand(records, tmp_path, monkeypatch):
    taken(records, written(tmp_path / "a.jsonl", row(), row(number="N-2"), row(number="N-3")))
    told = len(kept(records, LogEntry))
    ended = written(tmp_path / "b.jsonl", row(status="cancelled", status_since="2026-11-22"), row(number="N-2", status="frozen", status_since="2026-11-20"),
                    row(number="N-2", status="annulled", status_since="2026-11-21"), row(number="N-3", issuer="另一机构", status="frozen", status_since="2026-11-20"))
    for pieces in (1, 10):
        monkeypatch.setattr(certificate_loading, "TOGETHER", pieces)
        dry, _ = taken(records, ended, dry_run=True)
        assert (counts(dry), dry.changed) == ((0, 0, 1), 3)
    report, faults = taken(records, ended)
    assert (counts(report), report.changed) == ((0, 0, 1), 3) and [one.problem.code for one in faults] == ["other-certificate"]
    assert {one.number: (one.status, one.past) for one in kept(records)} == {
        "N-1": ("cancelled", "valid 2026-01-05"), "N-2": ("annulled", "valid 2026-01-05;frozen 2026-11-20"), "N-3": ("valid", "")}
    assert len(kept(records, LogEntry)) == told + 3 and not sound(records).flaws      # the loading, and each certificate once
    assert sorted((one.loaded, one.refused) for one in kept(records, CertificateBatch)) == [(3, 0), (3, 1)]
    again, faults = taken(records, written(tmp_path / "a.jsonl", row()))              # yesterday's file does not bring it back
    assert counts(again) == (0, 0, 1) and [one.problem.code for one in faults] == ["ended"]


def test_an_unpaired_quote_costs_its_own_line_and_no_other(sqlite_records, tmp_path):
    heads = list(row())
    lines = [",".join(heads)] + [",".join(row(number=f"N-{number}").values()) for number in range(60)]
    lines[3] = lines[3].replace("测试机构", '"测试机构')
    lines[58] = lines[58].replace("测试机构", '"测试机构')
    path = tmp_path / "quote.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    report, faults = taken(sqlite_records, path)
    assert (report.rows, counts(report)) == (60, (58, 0, 2))
    assert [(one.problem.code, one.problem.line) for one in faults] == [("not-csv", 4), ("not-csv", 59)]


def test_a_holders_own_number_has_one_form_wherever_it_is_written(records, tmp_path):
    card = row(type="resident_id_card", number="210402900307002", holder_number="210402900307002", status="注销", status_since="2026-06-01")
    report, _ = taken(records, written(tmp_path / "a.jsonl", card, {**card, "number": "210402199003070026"}))
    assert (counts(report), report.notes) == ((1, 1, 0), {}) and [one.number for one in kept(records)] == ["210402199003070026"]
    odd, _ = taken(records, written(tmp_path / "b.jsonl", {**card, "number": "抚-1"}))
    assert (counts(odd), odd.notes) == ((1, 0, 0), {"unusual-number": 1})


def test_two_processes_that_load_the_same_file_take_every_row_once(database_url, hands, tmp_path):
    path = written(tmp_path / "a.jsonl", *(row(number=f"N-{number}") for number in range(20)))
    with opened(database_url, hands) as one, opened(database_url, hands) as two:
        rows = [Reader(one.rulebook).read(row(number=f"N-{number}"), DAY).values for number in range(20)]
        futures = [records.act(certificate_acts.load_piece(certificate_acts.Loading(name, "a", "b"), rows, 0, 0, DAY))
                   for records, name in ((one, "b-1"), (two, "b-2"))]
        pieces = [future.result(SOON) for future in futures]
        assert sorted(len(piece.new) for piece in pieces) == [0, 20]
        assert counts(taken(one, path)[0]) == (0, 20, 0)
