"""What the catalogue says of a material without any applicant: bases, lists, terms, credentials, sources, by day and division."""

from __future__ import annotations

from datetime import date

import pytest

from engine.catalogue import Requirement
from engine.law import Span
from engine.rulebook import Rulebook
from engine.standing import (
    Place,
    bases_in_force,
    check_sources,
    deferral_span,
    item_facts,
    list_status,
    material_facts,
    showable,
    source_for,
    term_value,
)
from tests.bundled import rulebook
from tests.engine.small import EVERYWHERE, LETTER, asked, book, credential, instrument, item, material, published, row, rule, source

DAY = date(2026, 11, 23)
DECHANG, FUSHUN, EZHOU = "513424", "210400", "420700"


def place(found: Rulebook, division: str = FUSHUN, law_day: date = DAY, fact_day: date | None = None) -> Place:
    return Place(found, found.chain(division), law_day, fact_day or law_day)


def wanted(found: Rulebook, position: int = 0) -> Requirement:
    return found.items["thing", "000000"].requirements[position]


def facts(found: Rulebook, division: str = FUSHUN, day: date = DAY) -> dict:
    return material_facts(wanted(found), found.items["thing", "000000"], place(found, division, day))


PLAIN = instrument("示例法")


def small(*laws: dict, requirement: dict | None = None, thing: dict | None = None, **more: list[dict]) -> Rulebook:
    return book(PLAIN, *laws, items=[item(requirement or asked("甲"))], materials=[thing or material("a", "甲"), material("b", "乙")], **more)


# —— bases ——

BASES = [{"文件": "示例规章", "条款": "第一条"}, {"文件": "示例法律", "条款": "第二条"}, {"文件": "抚顺条例", "条款": "第三条"}]


@pytest.mark.parametrize(("division", "day", "titles", "rank"), [
    (FUSHUN, "2020-12-31", ["示例法律", "抚顺条例", "示例规章"], "law"),
    (FUSHUN, "2021-01-01", ["抚顺条例", "示例规章"], "local_regulation"),     # the law's last day was 2020-12-31
    ("210402", "2021-01-01", ["抚顺条例", "示例规章"], "local_regulation"),   # a district stands under its city
    ("210000", "2021-01-01", ["示例规章"], "departmental_rule"),              # the province does not stand under the city
    (EZHOU, "2021-01-01", ["示例规章"], "departmental_rule"),
    (FUSHUN, "1999-12-31", [], "none"),
])
def test_bases_are_those_of_the_day_and_the_division_highest_rank_first(division, day, titles, rank):
    found = small(requirement=asked("甲", 依据=BASES))
    here = place(found, division, date.fromisoformat(day))
    assert [basis.instrument.title for basis in bases_in_force(wanted(found), here)] == titles
    assert facts(found, division, date.fromisoformat(day))["basis_rank"] == rank


def test_a_basis_ends_inclusive_of_its_own_last_day():
    found = small(requirement=asked("甲", 依据=[{"文件": "示例条例", "条款": "第二条", "施行": "2010-01-01", "失效": "2025-05-09"}]))
    for day, rank in ((date(2009, 12, 31), "none"), (date(2010, 1, 1), "administrative_regulation"), (date(2025, 5, 9), "administrative_regulation"),
                      (date(2025, 5, 10), "none")):
        assert facts(found, day=day)["basis_rank"] == rank


# —— lists ——

@pytest.mark.parametrize(("division", "day", "status"), [
    (FUSHUN, "2019-12-31", "unpublished"), (FUSHUN, "2020-01-01", "not_listed"), (FUSHUN, "2020-05-31", "not_listed"), (FUSHUN, "2020-06-01", "listed"),
    (FUSHUN, "2021-06-01", "not_listed"), ("210402", "2020-06-01", "listed"), ("210000", "2020-06-01", "unpublished"), (EZHOU, "2020-06-01", "unpublished"),
])
def test_a_list_is_the_union_of_the_batches_in_force_of_the_division_and_those_above(division, day, status):
    found = small(lists=[published("证明事项清单", row("乙"), division=FUSHUN, start="2020-01-01"),
                         published("证明事项清单", row("甲"), division=FUSHUN, start="2020-06-01", last="2021-05-31", batch="第二批")])
    assert list_status("证明事项清单", "thing", "a", place(found, division, date.fromisoformat(day))) == status


def test_a_synthetic_list_of_proofs_never_makes_a_proof_unlisted():
    for synthetic, status in ((True, "unpublished"), (False, "not_listed")):
        found = small(lists=[published("证明事项清单", row("乙"), synthetic=synthetic)])
        assert facts(found)["proof_list"] == status
    found = small(lists=[published("证明事项清单", row("甲"), synthetic=True)])
    assert facts(found)["proof_list"] == "listed"


def test_no_bundled_list_makes_any_proof_unlisted_since_all_are_synthetic():
    found = rulebook()
    assert all(one.synthetic for one in found.lists if one.kind == "证明事项清单")
    seen = set()
    for (code, _), offered in found.items.items():
        for requirement in offered.requirements:
            if requirement.material:
                seen.add(list_status("证明事项清单", code, requirement.code, place(found)))
    assert seen == {"listed", "unpublished"}


def test_a_synthetic_list_opens_what_its_kind_opens():
    found = small(requirement=asked("甲", 承诺=LETTER), thing=material("a", "甲", 可承诺方式="证明承诺"),
                  lists=[published("告知承诺清单", row("甲"), synthetic=True)])
    assert facts(found)["commitment_list"] == "listed"


def test_a_list_names_pairs_of_item_and_material_or_a_material_for_all_items():
    found = book(PLAIN, items=[item(asked("甲")), item(asked("甲"), code="other", name="另一事项")], materials=[material("a", "甲"), material("b", "乙")],
                 lists=[published("容缺受理清单", row("甲", 期限={"数": "3", "单位": "工作日"}))])
    assert list_status("容缺受理清单", "thing", "a", place(found)) == "listed"
    assert list_status("容缺受理清单", "other", "a", place(found)) == "not_listed"
    everywhere = small(requirement=asked("甲", 承诺=LETTER), thing=material("a", "甲", 可承诺方式="证明承诺"), lists=[published("告知承诺清单", row("甲", "全部"))])
    assert list_status("告知承诺清单", "thing", "a", place(everywhere)) == "listed"


def test_an_item_is_on_a_list_of_items_without_any_material():
    found = small(lists=[published("承诺审批清单", {"事项": "示例事项"}, division=FUSHUN)])
    thing = found.items["thing", "000000"]
    assert item_facts(thing, place(found))["promise_approval_list"] == "listed"
    assert item_facts(thing, place(found, EZHOU))["promise_approval_list"] == "unpublished"


# —— terms ——

def term(number: str, count: int, unit: str = "工作日", *when: str, what: str = "容缺补交期限") -> dict:
    return rule(number, "规定", what, *when, 值=str(count), 单位=unit)


def value(found: Rulebook, division: str, code: str = "deferral_term") -> tuple[object, str] | None:
    got = term_value(code, place(found, division), facts(found, division))
    return (got[0], got[1].id) if got else None


def test_the_nearest_division_s_term_counts_but_never_looser_than_a_stricter_one_above():
    laws = [instrument("国家", term("国", 10)), instrument("省", term("省", 15), division="210000"), instrument("市", term("市", 20), division=FUSHUN),
            instrument("鄂州", term("鄂", 5), division=EZHOU)]
    found = small(*laws)
    assert value(found, "000000") == (Span(10, "工作日"), "国")
    assert value(found, "210000") == value(found, FUSHUN) == value(found, "210402") == (Span(10, "工作日"), "国")
    assert value(found, EZHOU) == (Span(5, "工作日"), "鄂")
    assert value(small(*reversed(laws)), FUSHUN) == (Span(10, "工作日"), "国")


def test_of_equal_terms_the_nearest_is_named():
    found = small(instrument("国家", term("国", 10)), instrument("市", term("市", 10), division=FUSHUN))
    assert value(found, FUSHUN) == (Span(10, "工作日"), "市")


def test_a_term_that_is_not_compared_is_the_nearest_one_s():
    laws = [instrument("国家", rule("国", "规定", "逾期后果", 值="终止办理")), instrument("市", rule("市", "规定", "逾期后果", 值="视为撤回"), division=FUSHUN)]
    found = small(*laws)
    assert value(found, FUSHUN, "overdue_consequence") == ("deemed_withdrawn", "市")
    assert value(found, EZHOU, "overdue_consequence") == ("terminated", "国")


def test_a_term_holds_only_where_its_condition_does():
    found = small(instrument("国家", term("许可", 3, "工作日", "事项类型 是 行政许可"), term("登记", 8, "工作日", "事项类型 是 行政登记")))
    assert value(found, FUSHUN) == (Span(8, "工作日"), "登记")
    assert value(small(), FUSHUN) is None


def test_a_deferral_lasts_as_long_as_the_strictest_of_pair_row_and_division_allow():
    pair, listed = {"容缺": {"期限": {"数": "9", "单位": "工作日"}}}, row("甲", 期限={"数": "6", "单位": "工作日"})
    for more, laws, lists, span in (
            ({}, [], [], None),
            (pair, [], [], Span(9, "工作日")),
            (pair, [], [published("容缺受理清单", listed)], Span(6, "工作日")),
            ({}, [], [published("容缺受理清单", listed)], Span(6, "工作日")),
            (pair, [instrument("国家", term("国", 4))], [published("容缺受理清单", listed)], Span(4, "工作日")),
            (pair, [instrument("国家", term("国", 4, what="承诺审批补齐期限"))], [], Span(4, "工作日"))):
        found = small(*laws, requirement=asked("甲", 角色="副件", **more), lists=lists)
        sheet = facts(found)
        assert deferral_span(wanted(found), found.items["thing", "000000"], None, place(found), sheet) == span
        assert sheet["deferral_term_published"] is (span is not None)


# —— credentials and sources ——

def test_a_credential_is_showable_nationwide_or_where_a_list_in_force_names_it():
    credentials = [credential("card", "证甲"), credential("badge", "证乙", 出示="清单"), credential("deed", "证丙", 出示="否")]
    found = small(thing=material("a", "甲", 证件=["证甲", "证乙", "证丙"]), credentials=credentials,
                  lists=[published("亮证清单", {"证件": "证乙"}, division="513400", start="2021-04-01", last="2026-11-22")])

    def shown(division: str, day: date) -> list[str]:
        return [one.code for one in showable(wanted(found), place(found, division, DAY, day))]

    assert shown(DECHANG, date(2026, 11, 22)) == ["card", "badge"]
    assert shown(DECHANG, date(2026, 11, 23)) == shown(DECHANG, date(2021, 3, 31)) == shown(FUSHUN, date(2026, 11, 22)) == ["card"]


def test_bundled_dechang_shows_fourteen_credentials_and_shares_fifteen_and_no_credential_is_on_both_lists():
    found = rulebook()
    here = place(found, DECHANG)
    shown, shared = ({code for one in found.lists if one.kind == kind and one.division == DECHANG for _, code in one.rows}
                     for kind in ("亮证清单", "电子证照共享清单"))
    assert (len(shown), len(shared), shown & shared) == (14, 15, set())
    assert here.chain[0] == DECHANG and shown | shared <= set(found.credentials)


CONNECTED = (FUSHUN, "2020-07-01", "2026-10-31")


@pytest.mark.parametrize(("sources", "id_type", "division", "day", "state"), [
    ([], "resident_id", FUSHUN, "2026-10-31", "none"),
    ([source("s", CONNECTED)], "resident_id", FUSHUN, "2026-10-31", "connected"),
    ([source("s", CONNECTED)], "resident_id", FUSHUN, "2026-11-01", "not_connected"),
    ([source("s", CONNECTED)], "resident_id", FUSHUN, "2020-06-30", "not_connected"),
    ([source("s", CONNECTED)], "resident_id", "210402", "2020-07-01", "connected"),
    ([source("s", CONNECTED)], "resident_id", "210000", "2020-07-01", "not_connected"),
    ([source("s", CONNECTED, 适用证件类型="居民身份证号码")], "passport", FUSHUN, "2026-10-31", "not_applicable"),
    ([source("s", CONNECTED, 适用证件类型="居民身份证号码")], None, FUSHUN, "2026-10-31", "connected"),
    ([source("s", CONNECTED, 共享类型="不予共享")], "resident_id", FUSHUN, "2026-10-31", "not_shareable"),
    ([source("s", CONNECTED, 共享类型="有条件共享")], "resident_id", FUSHUN, "2026-10-31", "connected"),
    ([source("r", 适用证件类型="护照号码"), source("s")], "resident_id", FUSHUN, "2026-10-31", "not_connected"),
    ([source("r", 共享类型="不予共享"), source("s", EVERYWHERE)], "resident_id", FUSHUN, "2026-10-31", "connected"),   # the best of several
])
def test_the_state_of_a_source_is_that_of_the_day_the_division_and_the_kind_of_number(sources, id_type, division, day, state):
    found = small(thing=material("a", "甲", 数据源=[one["编码"] for one in sources] or "无"), sources=sources)
    here = place(found, division, DAY, date.fromisoformat(day))
    got, chosen = source_for(wanted(found), id_type, here)
    assert got == state and (chosen is None) == (state == "none")


def test_law_is_read_on_the_law_day_and_connections_on_the_day_of_the_facts():
    found = small(thing=material("a", "甲", 数据源=["s"]), sources=[source("s", (FUSHUN, "2026-01-01", "至今"))],
                  requirement=asked("甲", 依据=[{"文件": "示例条例", "条款": "第二条", "失效": "2025-12-31"}]))
    here = place(found, FUSHUN, date(2025, 12, 31), date(2026, 1, 1))
    assert source_for(wanted(found), None, here)[0] == "connected"
    assert len(bases_in_force(wanted(found), here)) == 1


def test_the_authority_can_check_only_where_and_while_its_way_of_checking_is_in_use():
    found = small(thing=material("a", "甲", 核验渠道=["files"]), sources=[source("files", CONNECTED, 种类="核验")])
    for division, day, can in ((FUSHUN, "2026-10-31", True), (FUSHUN, "2026-11-01", False), (EZHOU, "2026-10-31", False)):
        here = place(found, division, date.fromisoformat(day))
        assert bool(check_sources(wanted(found), here)) is can
        assert facts(found, division, date.fromisoformat(day))["check_channel"] is can
