"""A published list is exactly what decisions ask about: the batches in force, their terms, and nothing of the draft."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.law import Span
from engine.problems import Problem
from engine.published import KINDS, NEEDED_RANKS, ListKind, Published, draft, kind_of, no_draft, published
from engine.rulebook import Rulebook
from engine.standing import ALL_ITEMS, DEFERRAL_LIST, Place, bases_in_force, list_status, lists_in_force, material_facts, showable
from tests.bundled import rulebook
from tests.engine.small import LETTER, asked, book, credential, instrument, item, material, row, rule
from tests.engine.small import published as batch

DAY = date(2026, 11, 23)
FUSHUN, EZHOU = "210400", "420700"
PLAIN = instrument("示例法")
PROOFS, COMMITMENTS, DEFERRALS, SHAREABLE, SHOWABLE, APPROVALS = KINDS

divisions = st.sampled_from(sorted(rulebook().divisions))
days = st.sampled_from([day for day in rulebook().changes if day.year < 9999]) | st.dates(date(2015, 1, 1), date(2030, 12, 31))
kinds = st.sampled_from(KINDS)


def pair(one) -> tuple[str, str]:
    """A row's key, as the engine has it."""
    item_code = one.item.code if one.item else ALL_ITEMS
    return item_code, one.material.code if one.material else one.credential.code if one.credential else ""


def of(found: Rulebook, kind: ListKind, division: str = FUSHUN, day: date = DAY) -> Published:
    return published(found, kind, division, day)


def small(*laws: dict, **more: list[dict]) -> Rulebook:
    return book(PLAIN, *laws, **({"items": [item(asked("甲"), asked("乙"))], "materials": [material("a", "甲"), material("b", "乙")]} | more))


# —— laws over the bundled rulebook ——

@settings(deadline=None, max_examples=80)
@given(kinds, divisions, days)
def test_the_rows_are_the_union_of_the_batches_in_force(kind, division, day):
    found = of(rulebook(), kind, division, day)
    place = Place(rulebook(), rulebook().chain(division), day, day)
    wanted = [(one.division, one.batch, one.start, *key) for one in lists_in_force(kind.name, place, day) for key in one.rows]
    assert sorted(wanted) == sorted((one.batch.division.code, one.batch.name, one.batch.start, *pair(one)) for one in found.rows)
    assert (found.version, found.division.code, found.day, found.draft) == (rulebook().version, division, day, False)


@settings(deadline=None, max_examples=80)
@given(kinds, divisions, days)
def test_a_row_is_there_if_and_only_if_decisions_take_it_for_listed(kind, division, day):
    found = of(rulebook(), kind, division, day)
    place = Place(rulebook(), rulebook().chain(division), day, day)
    keys = {pair(one) for one in found.rows}
    codes = {"material": rulebook().materials, "credential": rulebook().credentials, "item": {"": None}}[kind.subject]
    for item_code in (ALL_ITEMS, *dict.fromkeys(code for code, _ in rulebook().items)):
        for code in codes:
            listed = not keys.isdisjoint({(item_code, code), (ALL_ITEMS, code)})
            assert list_status(kind.name, item_code, code, place) == ("listed" if listed else found.others)


@settings(deadline=None, max_examples=100)
@given(kinds, divisions, days)
def test_a_list_is_unpublished_exactly_where_no_batch_is_in_force(kind, division, day):
    found = of(rulebook(), kind, division, day)
    assert (found.state == "unpublished") == (not found.batches)
    assert found.batches or (found.rows == () and found.others == "unpublished")
    assert sum(one.count for one in found.batches) == len(found.rows)


@settings(deadline=None, max_examples=60)
@given(divisions, days)
def test_a_term_is_applied_exactly_where_decisions_know_one(division, day):
    place = Place(rulebook(), rulebook().chain(division), day, day)
    for one in of(rulebook(), DEFERRALS, division, day).rows:
        offered = rulebook().item(one.item.code, division)
        if offered is None or not offered.start <= day < offered.end:
            assert one.term_applied is None and "item_not_offered" in one.notes
            continue
        requirement = next(found for found in offered.requirements if found.code == one.material.code)
        assert material_facts(requirement, offered, place)["deferral_term_published"] == (one.term_applied is not None)


@settings(deadline=None, max_examples=100)
@given(divisions, days)
def test_a_credential_showable_by_list_is_shown_exactly_where_it_is_listed(division, day):
    listed = {one.credential.code for one in of(rulebook(), SHOWABLE, division, day).rows}
    place = Place(rulebook(), rulebook().chain(division), day, day)
    for offered in rulebook().items.values():
        for one in offered.requirements:
            for code in one.material.credentials if one.material else ():
                if rulebook().credentials[code].shown == "清单":
                    assert (code in {found.code for found in showable(one, place)}) == (code in listed)


@settings(deadline=None, max_examples=60)
@given(divisions, days)
def test_the_draft_holds_every_proof_with_a_basis_of_the_needed_rank_and_nothing_else(division, day):
    found, place = draft(rulebook(), division, day), Place(rulebook(), rulebook().chain(division), day, day)
    wanted = set()
    for code in {code for code, _ in rulebook().items}:
        offered = rulebook().item(code, division)
        if offered is None or offered.status == "cancelled" or not offered.start <= day < offered.end:
            continue
        for one in offered.requirements:
            for member in (one, *(other for way in one.alternatives for other in way)):
                for asked_for in (member, *member.establishes):
                    if asked_for.material and asked_for.material.kind == "proof" and any(
                            basis.instrument.rank in NEEDED_RANKS for basis in bases_in_force(asked_for, place)):
                        wanted.add((code, asked_for.code))
    rows = [pair(one) for one in found.rows]
    assert set(rows) == wanted and len(rows) == len(wanted)
    assert found.state == "draft" and found.batches == () and all(one.batch is None and one.bases for one in found.rows)


# —— tables ——

@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_a_kind_goes_by_its_code_and_its_chinese_names(kind):
    assert kind_of(kind.code) == kind_of(kind.name) == kind_of(f" {kind.title} ") == kind


@pytest.mark.parametrize(("word", "near"), [("deferalls", "deferrals"), ("容缺材料清单", "容缺受理材料清单"), ("xyz", "")])
def test_an_unknown_kind_is_quoted_with_the_nearest(word, near):
    found = kind_of(word)
    assert isinstance(found, Problem)
    assert (found.code, found.nearest, found.allowed) == ("unknown-list", near, tuple(kind.code for kind in KINDS))
    assert word in found.zh and word in found.en


def test_only_the_list_of_proofs_has_a_draft():
    assert [kind.code for kind in KINDS if no_draft(kind) is None] == ["proofs"]


def test_empty_is_not_unpublished():
    states = {division: of(small(lists=[batch("容缺受理清单", division=FUSHUN)]), DEFERRALS, division) for division in (FUSHUN, EZHOU)}
    assert (states[FUSHUN].state, states[FUSHUN].others, len(states[FUSHUN].batches)) == ("empty", "not_listed", 1)
    assert (states[EZHOU].state, states[EZHOU].others, states[EZHOU].batches) == ("unpublished", "unpublished", ())


@pytest.mark.parametrize(("synthetic", "others"), [(True, "unpublished"), (False, "not_listed")])
def test_a_synthetic_list_of_proofs_leaves_what_is_not_on_it_unpublished(synthetic, others):
    found = of(small(lists=[batch("证明事项清单", row("甲"), synthetic=synthetic)]), PROOFS)
    assert (found.state, found.others, found.batches[0].synthetic) == ("published", others, synthetic)


def test_batches_above_count_too_the_nearest_first_and_a_pair_stands_in_each():
    lists = [batch("容缺受理清单", row("甲"), row("乙"), batch="国家"), batch("容缺受理清单", row("甲"), division=FUSHUN, batch="市二", start="2021-01-01"),
             batch("容缺受理清单", row("乙"), division=FUSHUN, batch="市一"), batch("容缺受理清单", row("甲"), division=EZHOU, batch="外地")]
    found = of(small(lists=lists), DEFERRALS, "210402")
    assert [(one.batch.name, one.material.name) for one in found.rows] == [("市一", "乙"), ("市二", "甲"), ("国家", "甲"), ("国家", "乙")]


@pytest.mark.parametrize(("day", "state"), [("2019-12-31", "unpublished"), ("2020-01-01", "published"), ("2021-05-31", "published"), ("2021-06-01", "unpublished")])
def test_first_and_last_day_count(day, state):
    found = small(lists=[batch("告知承诺清单", row("甲"), start="2020-01-01", last="2021-05-31")])
    assert of(found, COMMITMENTS, day=date.fromisoformat(day)).state == state


def test_a_row_says_what_its_file_says():
    found = of(small(lists=[batch("容缺受理清单", row("甲", 期限={"数": "3", "单位": "工作日"}), division=FUSHUN)]), DEFERRALS).rows[0]
    assert (found.item.name, found.material.code, found.basis, found.asked_by, found.issued_by, found.guide, found.term) == (
        "示例事项", "a", "示例条例第二条", "民政部门", "民政部门", "到窗口", Span(3, "工作日"))
    assert (found.batch.name, found.batch.start, found.batch.division.name, found.batch.synthetic) == ("第一批", date(2010, 1, 1), "抚顺市", False)


TERM = rule("期限", "规定", "容缺补交期限", 值="2", 单位="工作日")
LATE = rule("后果", "规定", "逾期后果", 值="视为撤回")


@pytest.mark.parametrize(("laws", "term", "promised", "applied", "notes"), [
    ((), None, 20, None, ("no_term",)),
    ((), 5, 20, Span(5, "工作日"), ()),
    ((TERM,), None, 20, Span(2, "工作日"), ()),
    ((TERM,), 5, 20, Span(2, "工作日"), ()),
    ((), 5, 3, Span(5, "工作日"), ("promised_sooner",)),
])
def test_the_term_applied_is_the_one_decisions_use(laws, term, promised, applied, notes):
    more = {"期限": {"数": str(term), "单位": "工作日"}} if term else {}
    found = small(instrument("地方规定", *laws, division=FUSHUN), items=[item(asked("甲"), 承诺时限={"数": str(promised), "单位": "工作日"})],
                  lists=[batch("容缺受理清单", row("甲", **more))])
    one = of(found, DEFERRALS).rows[0]
    assert (one.term_applied, one.notes) == (applied, notes)


def test_lateness_leads_to_what_the_division_says():
    found = small(instrument("地方规定", LATE, division=FUSHUN), lists=[batch("容缺受理清单", row("甲"))])
    here, there = of(found, DEFERRALS).rows[0], of(found, DEFERRALS, EZHOU).rows[0]
    assert (here.consequence.code, here.consequence_rule) == ("deemed_withdrawn", "后果")
    assert (there.consequence, there.consequence_rule) == (None, "")


def test_a_row_without_effect_says_so():
    groups = {"名称": "婚姻材料", "编码": "marriage", "英文名": "marriage", "角色": "主件", "依据": [{"文件": "示例条例", "条款": "第二条"}], "任选": [["甲"], ["乙"]]}
    things = [item(asked("甲")), item(groups, code="choice", name="任选事项"), item(asked("甲"), code="gone", name="旧事项", 状态="取消"),
              item(asked("甲"), code="ended", name="停办事项", 失效="2020-12-31")]
    rows = [row("乙"), row("婚姻材料", "任选事项"), row("甲", "任选事项"), row("甲", "旧事项"), row("甲", "停办事项")]
    found = small(items=things, lists=[batch("证明事项清单", *rows)])
    assert [one.notes for one in of(found, PROOFS).rows] == [
        ("material_not_asked",), ("named_as_group",), (), ("item_cancelled",), ("item_not_offered",)]
    place = Place(found, found.chain(FUSHUN), DAY, DAY)
    group = found.items["choice", "000000"].requirements[0]
    assert material_facts(group.alternatives[1][0], found.items["choice", "000000"], place)["proof_list"] == "not_listed"


def test_every_item_is_listed_as_such():
    found = small(items=[item(asked("甲", 承诺=LETTER))], materials=[material("a", "甲", 可承诺方式="证明承诺")], lists=[batch("告知承诺清单", row("甲", "全部"))])
    assert (of(found, COMMITMENTS).rows[0].item.code, of(found, COMMITMENTS).rows[0].notes) == ("全部", ())


@pytest.mark.parametrize(("shown", "notes"), [("清单", ()), ("全国", ("showable_everywhere",)), ("否", ("showable_nowhere",))])
def test_a_credential_says_whether_the_list_matters(shown, notes):
    lists = [batch("亮证清单", {"证件": "卡", "场景": "医院"}), batch("电子证照共享清单", {"证件": "卡"})]
    found = small(credentials=[credential("card", "卡", 出示=shown)], lists=lists)
    assert (of(found, SHOWABLE).rows[0].notes, of(found, SHOWABLE).rows[0].scene) == (notes, "医院")
    assert of(found, SHAREABLE).rows[0].notes == ()


def test_items_approved_on_promise_are_listed_by_item():
    one = of(small(lists=[batch("承诺审批清单", {"事项": "示例事项"})]), APPROVALS).rows[0]
    assert (one.item.code, one.material, one.credential) == ("thing", None, None)


def test_what_awaits_legal_review_stands_with_batch_and_row():
    marked = batch("证明事项清单", row("甲", 待法务核对="这一行待核", 设定依据="示例条例（条款待核）"), row("乙")) | {"待法务核对": "这一批待核"}
    found = of(small(materials=[material("a", "甲", 待法务核对="材料待核"), material("b", "乙")], lists=[marked | {"合成": "是"}]), PROOFS)
    assert found.batches[0].review == ("这一批待核",)
    assert [one.review for one in found.rows] == [("这一行待核", "条款待核", "材料待核"), ()]


# —— the draft ——

@pytest.mark.parametrize(("basis", "kind", "division", "day", "there"), [
    ("示例条例", "证明", FUSHUN, DAY, True), ("示例规章", "证明", FUSHUN, DAY, False), ("示例条例", "证照", FUSHUN, DAY, False),
    ("抚顺条例", "证明", "210402", DAY, True), ("抚顺条例", "证明", EZHOU, DAY, False),
    ("示例法律", "证明", FUSHUN, date(2020, 12, 31), True), ("示例法律", "证明", FUSHUN, date(2021, 1, 1), False),
])
def test_the_draft_lists_proofs_that_a_basis_of_the_needed_rank_carries(basis, kind, division, day, there):
    wanted = asked("甲", 依据=[{"文件": basis, "条款": "第二条"}, {"文件": "示例规章", "条款": "第九条"}])
    found = draft(small(items=[item(wanted)], materials=[material("a", "甲", 类别=kind)]), division, day)
    assert [one.basis for one in found.rows] == ([f"《{basis}》第二条"] if there else [])


def test_the_draft_names_who_asks_who_issues_the_guide_and_the_doubts():
    wanted = asked("甲", 依据=[{"文件": "示例条例", "条款": "条款待核"}], 待法务核对="须核对")
    one = draft(small(items=[item(wanted, 主管部门="房产部门")]), FUSHUN, DAY).rows[0]
    assert (one.basis, one.asked_by, one.issued_by, one.guide, one.review) == (
        "《示例条例》（条款待核）", "房产部门", "民政部门", "见“示例事项”办事指南", ("条款待核", "须核对"))


def test_the_draft_leaves_out_cancelled_items_and_says_what_is_abolished_anyway():
    gone = rule("取消", "准许", "取消", "材料 是 乙", 理由="没有法定依据")
    outside = rule("清单外", "准许", "取消", "证明事项清单状态 是 不在列", 理由="清单之外")
    found = small(instrument("地方规定", gone, outside), items=[item(asked("甲"), asked("乙")), item(asked("甲"), code="gone", name="旧事项", 状态="取消")],
                  lists=[batch("证明事项清单")])
    assert [(pair(one), one.abolished_by, one.notes) for one in draft(found, FUSHUN, DAY).rows] == [
        (("thing", "a"), (), ()), (("thing", "b"), ("取消",), ("abolished_by_rule",))]


def test_a_proof_asked_for_twice_stands_once_with_every_basis():
    group = {"名称": "任一", "编码": "either", "英文名": "either", "角色": "主件", "依据": [{"文件": "抚顺条例", "条款": "第三条"}], "任选": [["甲"], ["乙"]]}
    found = draft(small(items=[item(group, asked("甲"))]), FUSHUN, DAY)
    assert [(one.material.code, one.basis, one.notes) for one in found.rows] == [
        ("a", "《抚顺条例》第三条；《示例条例》第二条", ()), ("b", "《抚顺条例》第三条", ("alternative",))]


def test_what_establishes_the_fact_of_an_abolished_paper_is_drafted_too():
    wanted = asked("甲", 依据="无", 仍须查明=[{"材料": "乙", "依据": [{"文件": "示例条例", "条款": "第五条"}]}])
    assert [(pair(one), one.notes) for one in draft(small(items=[item(wanted)]), FUSHUN, DAY).rows] == [(("thing", "b"), ("in_place_of_abolished",))]


def test_a_published_list_never_holds_what_only_the_draft_has():
    found = small(lists=[batch(DEFERRAL_LIST, row("甲"))])
    assert of(found, PROOFS).rows == () and of(found, PROOFS).state == "unpublished" and draft(found, FUSHUN, DAY).rows
