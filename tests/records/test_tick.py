"""What falls due is raised once: by cards as configured, a notice not given, a material that did not come; by one machine or several, over again."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import col, func, select

from api.http.ticking import Ticking
from api.records import cases
from api.records import tick as ticks
from api.records.acts import case_of
from api.records.alerts import alerts as listed
from api.records.database import Unavailable
from api.records.notices import freeze
from api.records.records import Policy, Records
from api.records.tables import CaseFile, Clock, LogEntry
from api.records.tick import Report, View, tick
from api.rule_files import bundled, open_rulebook
from engine.decide import Decider
from engine.lifecycle.lateness import Thresholds, level
from engine.lifecycle.moves import IllegalMove
from engine.reading import read_rulebook
from tests.bundled import rulebook
from tests.records.conftest import opened
from tests.records.deferring import OFFICER, alerts, at, case_now, clocks_of, deferral_now, document, in_hand, new, opened_case, promised, ticked
from tests.records.writing import SOON, sound

ROOT = Path(__file__).resolve().parents[2]
PATIENT = 120     # seconds after which a process has failed


def told(records: Records) -> list[tuple[str, str, str]]:
    """Every alert, without its case."""
    return [(one.kind, one.code, one.card) for one in alerts(records)]


def size(records: Records) -> int:
    with records.reading() as session:
        return session.exec(select(func.count()).select_from(LogEntry)).one()


# -- cards ----------------------------------------------------------------------------------------------------------------

def test_lateness_is_raised_card_by_card_each_once(records, hands):
    """承诺办结时限 and 法定办结时限 of a company set up on 2026-09-28 both end on 2026-10-08."""
    at(hands, "2026-09-28")
    case_id = in_hand(records)
    found = {day: [one.what for one in ticked(records, hands, day).raised] for day in (
        "2026-09-28", "2026-09-29", "2026-09-30", "2026-10-03", "2026-10-08", "2026-10-09", "2026-10-12", "2026-10-13", "2026-12-01")}
    assert found == {"2026-09-28": [], "2026-09-29": [], "2026-09-30": ["warning"] * 2, "2026-10-03": [], "2026-10-08": [], "2026-10-09": ["yellow"] * 2,
                     "2026-10-12": [], "2026-10-13": ["red"] * 2, "2026-12-01": []}
    assert {clock.level for clock in clocks_of(records, case_id).values()} == {"red"} and case_now(records, case_id).state == "accepted"
    assert Counter(told(records)) == {("lateness", card, card): 2 for card in ("warning", "yellow", "red")}
    assert any("承诺办结时限已于2026年10月8日届满" in one.zh and one.en.startswith("Red card: the promised time of the item ended on 8 October 2026")
               for one in alerts(records))
    sound(records)


def test_after_a_long_pause_only_the_card_of_the_day_is_raised(records, hands):
    at(hands, "2026-09-28")
    in_hand(records)
    assert ticked(records, hands, "2026-11-20").counts() == {"red": 2} and len(told(records)) == 2


def test_the_thresholds_are_the_halls(sqlite_url, hands):
    at(hands, "2026-09-28")
    with opened(sqlite_url, hands, Policy(thresholds=Thresholds(0, 2, 5))) as records:
        in_hand(records)
        found = {day: set(ticked(records, hands, day).counts()) for day in ("2026-09-30", "2026-10-08", "2026-10-10", "2026-10-12", "2026-10-14", "2026-10-16")}
    assert found == {"2026-09-30": set(), "2026-10-08": {"warning"}, "2026-10-10": set(), "2026-10-12": {"yellow"}, "2026-10-14": set(), "2026-10-16": {"red"}}


@pytest.mark.parametrize("ahead", [0, 1, 3, 8])
@pytest.mark.parametrize("day", ["2026-09-29", "2026-10-09", "2026-02-12", "2026-06-17"])
def test_nothing_that_would_warn_lies_beyond_what_is_looked_at(day, ahead):
    today, thresholds = date.fromisoformat(day), Thresholds(ahead, 0, 3)
    reach = View(rulebook(), today, thresholds).reach()
    warned = [n for n in range(1, 60) if level(date.fromordinal(today.toordinal() + n), today, thresholds, rulebook().calendar) != "none"]
    assert reach >= date.fromordinal(today.toordinal() + max(warned, default=0))
    assert level(date.fromordinal(reach.toordinal() + 1), today, thresholds, rulebook().calendar) == "none" or {place for place, _ in rulebook().calendar.local}


# -- the one-time notice --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("day", "deemed", "card"), [
    ("2026-10-09", False, ""), ("2026-10-10", False, ""), ("2026-10-11", True, "yellow"), ("2026-10-12", True, "yellow"), ("2026-11-20", True, "red")])
def test_a_permit_whose_notice_was_not_given_in_five_working_days_is_deemed_accepted(records, hands, day, deemed, card):
    """Received on 2026-09-28 the fifth working day is Saturday 2026-10-10, on which offices work; the next day nobody can give notice in time any more."""
    at(hands, "2026-09-28")
    case_id = opened_case(records, "餐饮", "513424")
    before = case_now(records, case_id)
    ticked(records, hands, day)
    after = case_now(records, case_id)
    assert after.state == ("deemed_accepted" if deemed else "received")
    assert (after.decision_id, after.notice_decision) == (before.decision_id, None)      # nothing is waived, nothing frozen
    assert clocks_of(records, case_id)["notice"].state == ("stopped" if deemed else "running")
    raised = [one for one in alerts(records) if one.code == "deemed_accepted"]
    assert [(one.kind, one.card) for one in raised] == ([("term", card)] if deemed else [])
    if deemed:
        assert "行政许可法第三十二条第一款第四项" in raised[0].zh and "不等于准予，也不免交任何材料" in raised[0].zh and "waives no material" in raised[0].en
        with pytest.raises(IllegalMove, match="办件视为受理，不能冻结一次性告知书"):
            records.do(freeze(records, case_id, OFFICER))
        with pytest.raises(IllegalMove):
            records.do(cases.go(records, case_id, "accept", OFFICER))
    sound(records)


def test_deemed_acceptance_knows_no_exception_for_safety(records, hands):
    """默认许可 would; 行政许可法 32(4) has none. It is marked for legal staff."""
    at(hands, "2026-09-28")
    stated = document("设立", "210400", records.today()) | {"item": "hazardous_chemicals_permit", "situation": {}, "persons": [], "roles_complete": [], "presented": [],
                                                           "handed_in": [], "choices": {}, "evidence": {}}
    stated.pop("agent")
    case_id = records.submit(new(records, stated)).result().case_id
    assert rulebook().item("hazardous_chemicals_permit", "210400").work_safety
    ticked(records, hands, "2026-10-12")
    assert case_now(records, case_id).state == "deemed_accepted"
    assert any("由法务核对" in one.zh for one in alerts(records) if one.code == "deemed_accepted")


@pytest.mark.parametrize("name", ["freeze", "accept"])
def test_a_notice_given_or_an_acceptance_in_time_is_not_overtaken(records, hands, name):
    at(hands, "2026-09-28")
    case_id = opened_case(records, "餐饮", "513424")
    at(hands, "2026-10-10")
    records.do(freeze(records, case_id, OFFICER) if name == "freeze" else cases.go(records, case_id, name, OFFICER))
    state = case_now(records, case_id).state
    assert "deemed_accepted" not in ticked(records, hands, "2026-12-01").counts() and case_now(records, case_id).state == state


def test_silence_accepts_but_never_grants(records, hands):
    at(hands, "2026-09-28")
    case_id = opened_case(records, "餐饮", "513424")
    for day in ("2026-10-12", "2026-11-20", "2026-12-30"):
        ticked(records, hands, day)
    assert case_now(records, case_id).state == "deemed_accepted"


# -- a material that did not come -----------------------------------------------------------------------------------------

@pytest.mark.parametrize(("division", "zh", "en"), [
    ("330000", "本地公布的后果是撤销受理，由人书面说明理由后作出；不自动发生，也不因逾期免交。",
     "What is published here is to cancel the acceptance, which a person does"),
    ("410500", "本地公布的后果是视为撤回申请", "What is published here is to deem the application withdrawn"),
    ("440000", "本地没有公布逾期后果，由人决定；", "No consequence is published here; a person decides. Nothing happens by itself")])
def test_what_did_not_come_is_overdue_and_the_alert_says_what_a_person_may_do(records, hands, division, zh, en):
    at(hands, "2026-09-28")
    row = promised(records, division=division)
    records.do(cases.go(records, row.case_id, "accept", OFFICER))
    assert "overdue" not in ticked(records, hands, "2026-09-30").counts() and deferral_now(records, row).state == "promised"
    ticked(records, hands, "2026-10-01")
    assert deferral_now(records, row).state == "overdue" and case_now(records, row.case_id).state == "accepted"
    [alert] = [one for one in alerts(records) if one.code == "overdue"]
    assert (alert.kind, alert.card) == ("term", "none") and "容缺后补的“任职文件”到2026年9月30日没有补交，已经逾期" in alert.zh
    assert zh in alert.zh and en in alert.en and alert.source == f"{clocks_of(records, row.id)['supplement'].id}@2026-09-30"
    assert "overdue" not in ticked(records, hands, "2026-12-01").counts()


def test_after_approval_first_the_alert_names_the_order_to_rectify(records, hands):
    at(hands, "2026-11-20")
    promised(records, "卫生", "210400")
    ticked(records, hands, "2026-11-30")
    assert any("决定已经先作出，可以责令限期改正，期满不改的再撤销决定" in one.zh for one in alerts(records) if one.code == "overdue")


# -- a calendar that is not there yet -------------------------------------------------------------------------------------

def with_2027() -> Decider:
    """The bundled rulebook with a calendar of 2027 in which only New Year's Day is a holiday."""
    texts = dict(open_rulebook(bundled()))
    year = "  - 年: 2027\n    依据: 测试用的合成日历\n    放假: [2027-01-01]\n    调休上班: []\n"
    texts["calendar.yaml"] = texts["calendar.yaml"].replace("年份:\n", f"年份:\n{year}", 1)
    return Decider(read_rulebook(texts))


def test_a_day_due_appears_once_its_calendar_is_there(database_url, hands):
    at(hands, "2026-12-28")
    with opened(database_url, hands) as records:
        row = promised(records, "餐饮", "513424")
        assert row.due is None and row.due_rule["missing"] == "calendar-2027"
        found = {day: ticked(records, hands, day) for day in ("2026-12-31", "2027-03-01")}
        assert [report.raised for report in found.values()] == [[], []]      # unknown is not overdue
    decider = with_2027()
    at(hands, "2026-12-29")
    records = Records(database_url, decider, {**open_rulebook(bundled())}, hands)
    try:
        assert tick(records).counts() == {"due": 4}
        after = deferral_now(records, row)
        assert after.due == date(2027, 1, 5) and "missing" not in after.due_rule and after.state == "promised"
        assert {name: clock.due for name, clock in clocks_of(records, row.case_id).items()} == {
            "notice": date(2027, 1, 5), "promised": date(2027, 1, 12), "legal": date(2027, 1, 26)}
        assert tick(records).raised == [] and told(records) == []
        assert "overdue" in ticked(records, hands, "2027-01-06").counts()
        sound(records)
    finally:
        records.close()


# -- once ------------------------------------------------------------------------------------------------------------------

def stir(records: Records, hands, count: int) -> None:
    """Cases of which much is due on 2026-10-12: a notice, a deferral, lateness."""
    at(hands, "2026-09-28")
    jobs = [records.submit(new(records, document("餐饮", "513424", records.today()))) for _ in range(count)]
    assert all(job.result(SOON).case_id for job in jobs)
    for _ in range(3):
        promised(records)


def test_looking_twice_changes_nothing_the_second_time(records, hands):
    stir(records, hands, 3)
    first = ticked(records, hands, "2026-10-12")
    before, log = told(records), size(records)
    second = tick(records)
    assert len(first.raised) == len(before) and second.raised == [] and second.failed == []
    assert (told(records), size(records)) == (before, log)


def test_a_dry_run_says_the_same_and_writes_nothing(records, hands):
    stir(records, hands, 2)
    at(hands, "2026-10-12")
    dry, log = tick(records, dry_run=True), size(records)
    assert told(records) == [] and size(records) == log
    real = tick(records)
    assert dry.dry_run and sorted(dry.raised, key=repr) == sorted(real.raised, key=repr) and dry.raised


def test_two_machines_at_once_raise_everything_exactly_once(database_url, hands):
    with opened(database_url, hands) as records:
        stir(records, hands, 40)
    running = [subprocess.Popen([sys.executable, "-m", "tests.records.ticking_process", database_url, "2026-10-12"], cwd=ROOT, text=True,
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(2)]
    try:
        for one in running:
            assert one.stdout is not None and one.stdout.readline() == "ready\n", one.communicate()
        for one in running:
            assert one.stdin is not None
            one.stdin.write("go\n")
            one.stdin.flush()
        found = []
        for one in running:
            out, error = one.communicate(timeout=PATIENT)
            assert one.returncode == 0, error
            found.append(json.loads(out))
    finally:
        for one in running:
            one.kill()
            one.communicate()
    assert [one["failed"] for one in found] == [[], []]
    raised = Counter(tuple(one) for report in found for one in report["raised"])
    assert set(raised.values()) == {1} and Counter(what for _, what in raised) == {"deemed_accepted": 40, "overdue": 3, "yellow": 6}
    with opened(database_url, hands) as records:
        assert Counter((one.source.partition("@")[0], one.code) for one in alerts(records)) == raised
        with records.reading() as session:
            assert set(session.exec(select(CaseFile.state).where(col(CaseFile.item) == "catering_permit"))) == {"deemed_accepted"}
        assert ticked(records, hands, "2026-10-12").raised == []
        sound(records)


def test_a_case_somebody_has_in_hand_is_waited_for_at_the_end(postgres_url, hands):
    at(hands, "2026-09-28")
    with opened(postgres_url, hands) as records, opened(postgres_url, hands) as other:
        case_id = in_hand(records)
        at(hands, "2026-10-12")
        held, go = threading.Event(), threading.Event()

        def hold(pages):
            case_of(pages.session, case_id)
            held.set()
            assert go.wait(SOON)

        holding = other.act(hold)
        assert held.wait(SOON)
        report = tick(records, progress=lambda done, of: go.set())     # the first pass is over: it stepped round the case
        holding.result(SOON)
        assert report.counts() == {"yellow": 2} and report.failed == []


# -- trouble --------------------------------------------------------------------------------------------------------------

def test_a_term_that_cannot_be_looked_at_does_not_stop_the_others(records, hands, monkeypatch, caplog):
    at(hands, "2026-09-28")
    fine, broken, dangling = (in_hand(records) for _ in range(3))

    def spoil(pages):
        pages.session.get(CaseFile, broken).division = "999999"      # of no rulebook
        pages.add(Clock, id="dangling", case_id=dangling, subject="deferral", subject_id="nobody", kind="supplement", start=date(2026, 9, 28), count=1,
                  unit="working_day", due=date(2026, 9, 29), state="running", level="none")

    records.do(spoil)
    report = ticked(records, hands, "2026-10-12")
    assert {one.case_id for one in report.failed} == {broken, dangling} and "dangling" in {one.clock_id for one in report.failed}
    assert {(one.case_id, one.what) for one in report.raised} == {(fine, "yellow"), (dangling, "yellow")}
    looks = Looks(report, report)
    monkeypatch.setattr("api.http.ticking.tick", looks)
    ticking = Ticking(records, 0.001)
    ticking.start()
    assert looks.done.wait(SOON)
    ticking.stop()
    assert caplog.text.count("没有看成，其余照常") == len(report.failed)      # told once, not at every look
    sound(records)


def test_told_to_stop_it_ends_between_two_lots_and_goes_on_the_next_time(records, hands, monkeypatch):
    monkeypatch.setattr(ticks, "TOGETHER", 1)
    at(hands, "2026-09-28")
    for _ in range(3):
        in_hand(records)
    at(hands, "2026-10-12")
    turns = iter([True, False])
    assert len(tick(records, going=lambda: next(turns)).raised) == 2 and len(tick(records).raised) == 4


def test_a_lost_database_is_said_and_what_was_raised_stays(sqlite_records, hands):
    at(hands, "2026-09-28")
    in_hand(sqlite_records)
    path = sqlite_records.database.path
    path.rename(path.with_suffix(".away"))
    with pytest.raises(Unavailable):
        ticked(sqlite_records, hands, "2026-10-12")
    path.with_suffix(".away").rename(path)
    assert tick(sqlite_records).counts() == {"yellow": 2}


# -- the thread of the service --------------------------------------------------------------------------------------------

class Looks:
    """Stands in for `tick`: each look says so and does what comes next."""

    def __init__(self, *outcomes):
        self.seen, self.outcomes, self.done = 0, list(outcomes), threading.Event()

    def __call__(self, records, going):
        self.seen += 1
        outcome = self.outcomes.pop(0) if self.outcomes else Report(date(2026, 10, 12))
        if not self.outcomes:
            self.done.set()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def test_the_service_looks_at_once_and_again_until_it_is_stopped(records, hands):
    at(hands, "2026-09-28")
    case_id = opened_case(records, "餐饮", "513424")
    at(hands, "2026-10-12")
    ticking, looked = Ticking(records, 3600), threading.Event()
    found = []
    real = ticks.tick

    def look(*words, **more):
        found.append(real(*words, **more))
        looked.set()
        return found[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("api.http.ticking.tick", look)
        ticking.start()
        assert looked.wait(SOON)
        ticking.stop()
    assert [report.counts() for report in found] == [{"deemed_accepted": 1}] and case_now(records, case_id).state == "deemed_accepted"
    assert not [one for one in threading.enumerate() if one.name == "mianzheng-ticking"]


def test_the_thread_survives_a_lost_database_and_any_other_trouble(sqlite_records, monkeypatch, caplog):
    looks = Looks(Unavailable("gone"), Unavailable("gone"), Report(date(2026, 10, 12)), ValueError("bug"), Report(date(2026, 10, 12)))
    monkeypatch.setattr("api.http.ticking.tick", looks)
    ticking = Ticking(sqlite_records, 0.001)
    with caplog.at_level("INFO", logger="mianzheng"):
        ticking.start()
        assert looks.done.wait(SOON)
        ticking.stop()
    assert looks.seen >= 5
    assert [caplog.text.count(words) for words in ("数据库没有应答", "数据库恢复了", "看到期的事时出错")] == [1, 1, 1]


def test_stopping_what_never_began_is_nothing(sqlite_records):
    Ticking(sqlite_records, 60).stop()


# -- alerts ---------------------------------------------------------------------------------------------------------------

def test_alerts_are_found_by_case_card_and_kind_the_latest_first(records, hands, monkeypatch):
    at(hands, "2026-09-28")
    late, permit = in_hand(records), opened_case(records, "餐饮", "513424")
    ticked(records, hands, "2026-09-30")
    ticked(records, hands, "2026-10-12")

    def found(**which):
        with records.reading() as session:
            return [(one.case_id, one.code) for one in listed(session, **which)]

    assert set(found(case=late)) == {(late, "warning"), (late, "yellow")} and found(kind="term") == [(permit, "deemed_accepted")]
    assert {code for _, code in found(card="yellow")} == {"yellow", "deemed_accepted"} and found()[-1][1] == "warning"
    monkeypatch.setattr("api.records.alerts.PAGE", 2)
    with records.reading() as session:
        pages = [listed(session)]
        while len(pages[-1]) == 2:
            pages.append(listed(session, after=pages[-1][-1].id))
    assert len({one.id for page in pages for one in page}) == 5
