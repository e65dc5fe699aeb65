"""Lawful erasure: what an entry spoke of is gone everywhere, the chain still verifies, and nobody else loses anything."""

from __future__ import annotations

import json
import random
import re
import uuid

import psycopg
import pytest
from sqlmodel import select

from api.records import erasure, log
from api.records.acts import By, Conflict, NoSuchRecord, tell
from api.records.cases import Handed, decide_anew, go, receive
from api.records.credit import Stated, record
from api.records.database import Database
from api.records.decisions import KeyReused
from api.records.erasure import Target, erase, finish, scope
from api.records.log import Erased
from api.records.notices import freeze
from api.records.records import Records
from api.records.restating import Anew
from api.records.tables import CaseFile, Commitment, Credit, DecisionBody, Deferral, Idempotency, LogContent, LogEntry, Person, Received
from api.rule_files import bundled, open_rulebook
from engine.problems import Refused
from tests.bundled import decider
from tests.records.jobs import applicant, new_case
from tests.records.raw import everything, files
from tests.records.writing import SOON, entries, sound

OFFICER = By("officer", "FS-0421", "档案管理员")
GROUND = "个人信息保护法第四十七条第一款第二项，保存期限已届满"
ELDER, ELDER_NAME = "430503195812310004", "测试壬"
NUMBER = ("resident_id", ELDER)
SELLER = "21040219900307000X"


def of_elder(records, name="house_sale_fushun", key=None, **changes):
    """A case of the elder's; gives its receipt."""
    return records.submit(new_case(records, name, key=key, fingerprint="f" if key else "", applicant=applicant(ELDER, ELDER_NAME), **changes)).result(SOON)


def full(records, key=None):
    """A case in which everything there is was written down, granted; gives ids of the case and of its decisions."""
    first = of_elder(records, key=key)
    case = first.case_id
    again = records.do(decide_anew(records, Anew(case, {"situation": {"married": False}}, records.today(), key=key and f"{key}-2", fingerprint="g")))
    records.do(freeze(records, case, OFFICER))
    records.do(receive(case, Handed("lease", "seller"), OFFICER, records.today()))
    decision = again.receipt.decision_id

    def more(pages):
        pages.session.add(Commitment(
            id=str(uuid.uuid4()), case_id=case, decision_id=decision, material="lease", state="kept", letter=f"{ELDER_NAME} {ELDER}".encode(),
            letter_hash="ab", offered_at=pages.at))
        tell(pages, case, ("demand", "-"), "record", OFFICER, {"text": f"请{ELDER_NAME}再来一次"})

    records.do(more)
    records.do(go(records, case, "grant", OFFICER, f"{ELDER_NAME}，同意"))
    return case, first.decision_id, decision


def do(records, target, ground=GROUND):
    made = records.do(erase(records, target, ground, OFFICER))
    return made, finish(records.database, target)


def rows(records, table):
    with records.reading() as session:
        return list(session.exec(select(table)))


def gone(records, decision_id):
    with records.reading() as session, pytest.raises(Erased):
        log.decision(session, decision_id)
    return True


def nowhere(records, *words):
    """Not in any table, nor in any byte of an embedded database."""
    url = records.database.url.render_as_string(hide_password=False).replace("+psycopg", "")
    found = everything(url) + (files(url) if records.database.embedded else b"")
    return [word for word in words if word.encode() in found or json.dumps(word).encode() in found] == []


@pytest.mark.parametrize("by", ["case", "person"])
def test_nothing_of_the_person_is_left_and_the_chain_verifies(records, by):
    other = records.submit(new_case(records)).result(SOON)
    case, first, second = full(records, key="k")
    before = {one.id: (one.header, one.hash) for one in entries(records)}
    assert not nowhere(records, ELDER) and not nowhere(records, ELDER_NAME)
    made, rest = do(records, Target(case=case) if by == "case" else Target(person=NUMBER))
    assert nowhere(records, ELDER, ELDER_NAME)
    assert rest == {"left": [], "wiped": True}
    assert gone(records, first) and gone(records, second)
    spoke = {one.id for one in entries(records, case_id=case) if one.kind != "erasure"}
    assert set(made.entries) == spoke and made.cases == (case,) and (made.letters, made.people) == (1, 2)
    assert {one.id: (one.header, one.hash) for one in entries(records)}.items() >= before.items()
    found = sound(records)
    assert found.erased == len(spoke) and found.decisions == 3
    # the other case lost nothing; the seller, who has no case of their own, is looked up by what it says
    with records.reading() as session:
        assert log.decision(session, other.decision_id).application["applicant"]["name"] == "测试甲"
    assert {one.id_number for one in rows(records, Person)} == {"210400199003070007"}


def test_the_case_stays_and_is_nobodys(records):
    case, _, second = full(records)
    do(records, Target(case=case))
    [row] = rows(records, CaseFile)
    assert (row.state, row.applicant_id, row.decision_id, row.notice_decision, row.notice_hash) == ("granted", None, second, second, None)
    assert {(one.case_id, one.person_id) for one in rows(records, Received)} == {(case, None)} and len(rows(records, Received)) == 2
    [letter] = rows(records, Commitment)
    assert (letter.letter, letter.letter_hash, letter.state) == (None, "", "kept")
    assert rows(records, Person) == rows(records, LogContent) == rows(records, DecisionBody) == []


def test_the_chain_says_who_erased_what_on_which_ground(records):
    case, first, second = full(records)
    made, _ = do(records, Target(case=case))
    [told] = entries(records, kind="erasure")
    header = json.loads(told.header)
    assert (told.id, told.case_id) == (made.entry_id, case)
    assert header["ground"] == GROUND and header["by"] == {"party": "officer", "officer": "FS-0421", "role": "档案管理员"}
    assert {first, second} < set(header["entries"]) and header["subject"] == ["case", case] and header["move"] == "erase"


def test_a_decision_goes_with_the_notice_and_the_letters_made_of_it(records):
    case, first, second = full(records)
    made, _ = do(records, Target(decision=first))
    assert made.entries == (first,) and made.letters == 0
    assert gone(records, first)
    with records.reading() as session:
        assert log.decision(session, second) is not None
    assert rows(records, CaseFile)[0].notice_hash is not None
    made, _ = do(records, Target(decision=second))
    moves = {one.id: json.loads(one.header).get("move") for one in entries(records)}
    assert second in made.entries and made.letters == 1 and {moves[one] for one in made.entries if one != second} == {"freeze"}
    assert gone(records, second) and rows(records, CaseFile)[0].notice_hash is None
    assert rows(records, CaseFile)[0].applicant_id is not None and ELDER in {one.id_number for one in rows(records, Person)}
    made, _ = do(records, Target(case=case))     # the rest of it
    assert made.letters == 0 and nowhere(records, ELDER, ELDER_NAME)
    assert sound(records).erased == len(entries(records, case_id=case)) - 3


def test_credit_records_go_with_the_person_and_only_then(records):
    case = full(records)[0]
    records.do(record(Stated(NUMBER, "ordinary", records.today(), f"{ELDER_NAME}的信用中国页面"), OFFICER, records.today()))
    made, _ = do(records, Target(case=case))
    assert made.credit == 0 and len(rows(records, Credit)) == 1 and [one.id_number for one in rows(records, Person)] == [ELDER]
    made, _ = do(records, Target(person=NUMBER))
    assert (made.people, made.credit, made.cases, len(made.entries)) == (1, 1, (), 1)
    assert rows(records, Credit) == [] and nowhere(records, ELDER, ELDER_NAME)
    assert sound(records).erased > 4


def test_where_the_person_stands_in_other_peoples_files_is_told_and_left_alone(records):
    case = of_elder(records).case_id
    buyer, seller = new_case(records).decided.application["persons"]
    others = [records.submit(new_case(records, persons=[buyer, {**seller, "id_type": "居民身份证号码", "id_number": number}])).result(SOON).case_id
              for number in (ELDER, f" {ELDER[:6]} {ELDER[6:]}", "430503581231000")]
    records.do(go(records, case, "withdraw", OFFICER))
    made, rest = do(records, Target(person=NUMBER))
    assert made.cases == (case,) and rest["left"] == sorted(others)
    for one in rows(records, CaseFile):
        assert (one.applicant_id is None) == (one.id == case)
    for one in others:
        records.do(go(records, one, "withdraw", OFFICER))
        do(records, Target(case=one))
    assert nowhere(records, ELDER)


def test_a_body_others_have_stays(records):
    one, other = of_elder(records), records.submit(new_case(records)).result(SOON)
    records.do(go(records, one.case_id, "withdraw", OFFICER))
    assert len(rows(records, DecisionBody)) == 1
    made, _ = do(records, Target(case=one.case_id))
    assert made.bodies == 0 and len(rows(records, DecisionBody)) == 1
    records.do(go(records, other.case_id, "withdraw", OFFICER))
    made, _ = do(records, Target(case=other.case_id))
    assert made.bodies == 1 and rows(records, DecisionBody) == []
    assert sound(records).erased == 4


# -- what is refused -------------------------------------------------------------------------------------------------

def assert_nothing_happened(records, before):
    assert everything_of(records) == before
    assert sound(records).erased == 0


def everything_of(records):
    return [row.model_dump() for table in (LogEntry, LogContent, DecisionBody, Person, CaseFile) for row in rows(records, table)]


@pytest.mark.parametrize("which", ["decision", "case", "person"])
def test_nothing_is_erased_while_a_case_is_pending(records, which):
    receipt = of_elder(records)
    before = everything_of(records)
    with pytest.raises(Conflict) as refused:
        do(records, {"decision": Target(decision=receipt.decision_id), "case": Target(case=receipt.case_id), "person": Target(person=NUMBER)}[which])
    assert refused.value.code == "not-finished" and receipt.case_id in refused.value.zh and receipt.case_id in refused.value.en
    assert_nothing_happened(records, before)


@pytest.mark.parametrize(("table", "state", "open_"), [
    *((Commitment, state, state in ("signed", "false", "rectifying")) for state in (
        "offered", "declined", "signed", "withdrawn", "kept", "false", "rectifying", "rectified", "revoked")),
    *((Deferral, state, state in ("promised", "overdue", "rectifying")) for state in (
        "promised", "supplemented", "overdue", "supplemented_late", "rectifying", "released", "revoked"))])
def test_nothing_is_erased_while_a_commitment_or_a_deferred_material_is_open(records, table, state, open_):
    receipt, made = of_elder(records), str(uuid.uuid4())
    more = {"letter_hash": "", "offered_at": "2026"} if table is Commitment else {"promised_at": "2026"}
    records.do(go(records, receipt.case_id, "withdraw", OFFICER))
    records.do(lambda pages: pages.session.add(table(
        id=made, case_id=receipt.case_id, decision_id=receipt.decision_id, material="lease", state=state, **more)))
    if open_:
        with pytest.raises(Conflict) as refused:
            do(records, Target(case=receipt.case_id))
        assert made in refused.value.zh and made in refused.value.en
        with records.reading() as session:
            assert log.decision(session, receipt.decision_id) is not None
    else:
        do(records, Target(case=receipt.case_id))
        assert gone(records, receipt.decision_id)


@pytest.mark.parametrize("ground", [f"{ELDER_NAME}申请", f"号码 {ELDER}", f"号码 {ELDER[:6]} {ELDER[6:]}", f"与{SELLER.lower()}有关"])
def test_the_ground_may_name_nobody(records, ground):
    case = of_elder(records).case_id
    records.do(go(records, case, "withdraw", OFFICER))
    before = everything_of(records)
    with pytest.raises(Refused) as refused:
        do(records, Target(case=case), ground)
    assert [one.code for one in refused.value.problems] == ["personal-ground"]
    assert_nothing_happened(records, before)


@pytest.mark.parametrize("target", [Target(decision="none"), Target(case="none"), Target(person=NUMBER)])
def test_what_is_not_there_cannot_be_erased(records, target):
    records.submit(new_case(records)).result(SOON)
    with pytest.raises(NoSuchRecord) as refused:
        do(records, target)
    assert ELDER not in str(refused.value)


def test_what_is_erased_cannot_be_erased_again(records):
    case, first, _ = full(records)
    do(records, Target(case=case))
    for target in (Target(decision=first), Target(case=case)):
        with pytest.raises(Erased):
            do(records, target)
    with pytest.raises(NoSuchRecord):
        do(records, Target(person=NUMBER))
    assert len(entries(records, kind="erasure")) == 1


def test_an_act_is_no_decision(records):
    receipt = of_elder(records)
    act = records.do(lambda pages: tell(pages, receipt.case_id, ("test", "-"), "test", OFFICER))
    with pytest.raises(NoSuchRecord):
        do(records, Target(decision=act))


# -- keys ------------------------------------------------------------------------------------------------------------

def test_a_key_answers_nothing_once_its_decision_is_erased(records):
    case = full(records, key="k")[0]
    do(records, Target(case=case))
    assert {one.fingerprint for one in rows(records, Idempotency)} == {"erased"}
    for fingerprint in ("f", "other"):
        with pytest.raises(Erased):
            records.submit(new_case(records, key="k", fingerprint=fingerprint)).result(SOON)
        with pytest.raises(Erased):
            records.do(decide_anew(records, Anew("any", {}, records.today(), key="k-2", fingerprint=fingerprint)))
    assert len(entries(records, kind="decision")) == 2


def test_other_keys_answer_as_before(records):
    case = full(records, key="k")[0]
    other = records.submit(new_case(records, key="other", fingerprint="f")).result(SOON)
    do(records, Target(case=case))
    assert records.submit(new_case(records, key="other", fingerprint="f")).result(SOON).decision_id == other.decision_id
    with pytest.raises(KeyReused):
        records.submit(new_case(records, key="other", fingerprint="g")).result(SOON)


# -- several at once -------------------------------------------------------------------------------------------------

def test_a_process_that_takes_an_erased_body_for_kept_recovers(records, hands):
    url = records.database.url.render_as_string(hide_password=False)
    other = Records(url, decider(), open_rulebook(bundled()), hands, program="other")
    try:
        case = of_elder(records)
        records.do(go(records, case.case_id, "withdraw", OFFICER))
        assert records.prepare._bodies      # it knows the body and the people
        do(other, Target(case=case.case_id))
        assert rows(other, DecisionBody) == []
        again = of_elder(records)
        with other.reading() as session:
            assert log.decision(session, again.decision_id).application["applicant"]["name"] == ELDER_NAME
        assert sound(other).erased == 2
    finally:
        other.close()


def test_decisions_and_an_erasure_in_one_batch_do_not_disturb_each_other(records):
    from tests.records.writing import busy

    case = of_elder(records)
    records.do(go(records, case.case_id, "withdraw", OFFICER))
    with busy(records.writer, records.act):
        before = records.submit(new_case(records, applicant=applicant(ELDER, ELDER_NAME)))
        erasing = records.act(erase(records, Target(case=case.case_id), GROUND, OFFICER))
        after = records.submit(new_case(records, applicant=applicant(ELDER, ELDER_NAME)))
    assert erasing.result(SOON).cases == (case.case_id,)
    with records.reading() as session:
        for one in (before, after):
            assert log.decision(session, one.result(SOON).decision_id).body
    assert sound(records).erased == 2


# -- the files -------------------------------------------------------------------------------------------------------

def test_nothing_is_left_in_a_file_with_many_cases_of_many_people(sqlite_url, hands):
    records = Records(sqlite_url, decider(), open_rulebook(bundled()), hands, program="test")
    draw = random.Random(1)
    names = {f"TEST{n:04}": f"测试路人{n:04}号" for n in range(40)}
    people = [draw.choice(list(names)) for _ in range(300)]
    futures = [records.submit(new_case(records, draw.choice(("house_sale_fushun", "housing_fund_rent_fushun")), applicant={
        "kind": "natural_person", "name": names[number], "id_type": "passport", "id_number": number})) for number in people]
    receipts = [one.result(SOON) for one in futures]
    chosen = sorted(set(people))[::4]
    for number, receipt in zip(people, receipts, strict=True):
        if number in chosen:
            records.do(go(records, receipt.case_id, "withdraw", OFFICER, f"{names[number]}来过"))
    for number in chosen:
        do(records, Target(person=("passport", number)))
    assert nowhere(records, *chosen, *(names[one] for one in chosen))
    kept = [one for one in set(people) if one not in chosen]
    assert all(not nowhere(records, names[one]) for one in kept)
    assert sound(records).decisions == 300
    records.close()


def test_a_reader_in_the_way_is_told_and_what_is_left_goes_later(sqlite_url, hands):
    records = Records(sqlite_url, decider(), open_rulebook(bundled()), hands, program="test", patience=1)
    case = of_elder(records).case_id
    records.do(go(records, case, "withdraw", OFFICER))
    slow = Database(sqlite_url)
    with slow.reading() as session:
        assert session.exec(select(CaseFile)).all()
        _, rest = do(records, Target(case=case))
        assert rest["wiped"] is False
        assert not nowhere(records, ELDER)
    slow.close()
    assert finish(records.database, Target(case=case))["wiped"] is True     # as the next erasure does
    assert nowhere(records, ELDER)
    records.close()


def test_postgresql_keeps_no_dead_rows(postgres_url, hands):
    records = Records(postgres_url, decider(), open_rulebook(bundled()), hands, program="test")
    case = full(records)[0]
    do(records, Target(case=case))
    records.close()
    told = []
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.add_notice_handler(lambda one: told.append(one.message_primary))
        for table in erasure.TOUCHED:
            connection.execute(f"VACUUM VERBOSE {table.__tablename__}")
    found = re.findall(r"tuples: (\d+) removed, \d+ remain, (\d+) are dead", "\n".join(told))
    assert len(found) >= len(erasure.TOUCHED) and set(found) == {("0", "0")}


def test_what_would_go_is_told_without_anything_going(records):
    case, first, second = full(records)
    with records.reading() as session:
        would = scope(session, Target(person=NUMBER))
    assert {first, second} < set(would.entries) and [one.id for one in would.cases] == [case]
    assert sound(records).erased == 0
    assert set(erasure.TOUCHED) >= {Person, LogContent, Commitment}
