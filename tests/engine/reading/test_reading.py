"""What a sound rulebook becomes: half-open days, resolved names, merged overrides, marks and a version."""

from __future__ import annotations

import time
from datetime import date

import pytest

from api.rule_files import bundled, open_rulebook
from engine.conditions import ALWAYS, All, facts
from engine.law import FOREVER, Span
from engine.phrases import Phrase
from engine.problems import Refused
from engine.reading import read_rulebook
from engine.rulebook import Mark
from engine.vocabulary import CONCLUDED, ELECTIONS
from tests.engine.reading.rulebooks import MINIMAL, minimal, texts

BOOK = read_rulebook(texts(MINIMAL))
RULES = {rule.id: rule for rule in BOOK.rules}
ITEM = BOOK.items["registration", "000000"]


def test_the_last_day_in_force_becomes_the_day_after() -> None:
    plan = next(instrument for instrument in BOOK.instruments if instrument.title == "抚顺方案")
    assert (plan.start, plan.end) == (date(2021, 1, 1), date(2031, 1, 1))
    assert (RULES["抚顺-容缺"].start, RULES["抚顺-容缺"].end) == (plan.start, plan.end)
    assert RULES["共享"].end == FOREVER


def test_bases_are_resolved_by_title_or_short_name_and_cut_to_the_instrument() -> None:
    form, photo, evidence = ITEM.requirements
    assert form.bases[0].instrument.title == "证明条例"
    assert photo.bases == ()
    assert (evidence.bases[0].start, evidence.bases[0].end) == (date(2020, 1, 1), date(2026, 1, 1))


def test_rules_stand_in_order_of_file_and_position_with_their_lines() -> None:
    assert list(RULES) == ["共享", "承诺", "失信不承诺", "受限", "可靠", "提交", "补正期限", "逾期", "抚顺-容缺"]
    assert (RULES["受限"].file, RULES["受限"].line) == ("law/000000-national/proofs.yaml", 34)
    assert RULES["提交"].condition is ALWAYS
    assert isinstance(RULES["承诺"].condition, All)


def test_rules_carry_what_their_kind_needs() -> None:
    assert (RULES["承诺"].route, RULES["承诺"].mode) == ("commitment", "proof_commitment")
    assert (RULES["失信不承诺"].route, RULES["失信不承诺"].mode) == ("commitment", "")
    assert RULES["受限"].defines is BOOK.vocabulary["承诺受限"]
    assert RULES["补正期限"].value == Span(5, "工作日")
    assert RULES["逾期"].value == "withdrawn"
    shared, handed_in = RULES["共享"].residuals[0], RULES["提交"].residuals[0]
    assert shared.term is BOOK.vocabulary.terms["补正期限"] and shared.span is None
    assert handed_in.span == Span(5, "工作日") and handed_in.actor.code == "applicant"


def test_a_situation_is_a_fact_of_the_vocabulary() -> None:
    fact = BOOK.vocabulary["by_agent"]
    assert fact.situation and (fact.type, fact.supplier, fact.subject) == ("是否", "申报", "申请")
    assert ITEM.situations == (fact,)
    assert BOOK.bundles["wedding"].situations == (BOOK.vocabulary["双方本地"],)


def test_names_of_the_catalogue_are_values() -> None:
    assert [value.code for value in BOOK.vocabulary["材料"].values] == ["form", "identity", "marital_status", "photo", "evidence"]
    assert [value.code for value in BOOK.vocabulary["事项"].values] == ["registration"]
    assert [value.code for value in BOOK.vocabulary["路径"].values] == ["shared", "shown", "commitment", "deferral", "submit"]
    assert BOOK.vocabulary["容缺受理清单状态"].values == BOOK.vocabulary["告知承诺清单状态"].values


def test_a_requirement_takes_from_the_material_what_the_item_does_not_say() -> None:
    evidence = ITEM.requirements[2]
    assert evidence.material is None and evidence.letter is not None
    assert [[member.code for member in members] for members in evidence.alternatives] == [["identity"], ["marital_status", "form"]]
    proof = evidence.alternatives[1][0]
    assert (proof.role, proof.bases, proof.needed) == (evidence.role, evidence.bases, evidence.needed)
    assert (proof.risks, proof.commitment_modes) == ({"public_safety"}, {"proof_commitment"})
    own = read_rulebook(minimal(registration=("    角色: 主件\n", "    角色: 主件\n    风险标签: 无\n    可承诺方式: 无\n")))
    proof = own.items["registration", "000000"].requirements[2].alternatives[1][0]
    assert (proof.risks, proof.commitment_modes) == (frozenset(), frozenset())


def test_a_narrower_division_says_only_what_differs() -> None:
    local = BOOK.items["registration", "210400"]
    assert (local.promised_time, local.address) == (Span(1, "工作日"), "抚顺一号窗口")
    assert (local.faq, local.bases, local.legal_time) == (ITEM.faq, ITEM.bases, ITEM.legal_time)
    assert local.requirements[0].deferral == Span(3, "工作日") and ITEM.requirements[0].deferral == Span(5, "工作日")
    assert local.requirements[1:] == ITEM.requirements[1:]
    assert BOOK.item("registration", "210400") is local


def test_a_list_is_keyed_by_item_and_material() -> None:
    listed = BOOK.lists[0]
    assert dict(listed.rows) == {("registration", "marital_status"): Span(5, "工作日"), ("全部", "evidence"): None}
    assert listed.details[0]["设定依据"] == "条例第二条"


def test_the_nation_is_there_without_a_file_of_divisions() -> None:
    found = minimal()
    for path in ("catalogue/divisions.yaml", "law/210400-fushun/plan.yaml", "catalogue/items/210400-fushun/registration.yaml",
                 "catalogue/lists/210400-commitment-1.yaml"):
        del found[path]
    assert list(read_rulebook(found).divisions) == ["000000"]


def test_marks_name_what_people_must_confirm() -> None:
    gist = "    要点: 失信就是受限\n"
    marked = read_rulebook(minimal(proofs=(gist, gist + "    待法务核对: 范围待定\n"), plan=("核对人: 示例", "核对人: 待法务核对")))
    assert marked.marks == (
        Mark("catalogue/lists/210400-commitment-1.yaml", 6, "告知承诺清单 第一批", "合成数据"),
        Mark("law/000000-national/proofs.yaml", 37, "证明条例 · 受限", "范围待定"),
        Mark("law/210400-fushun/plan.yaml", 10, "抚顺方案", "还没有人与原文核对"))
    assert next(rule for rule in marked.rules if rule.id == "受限").doubts == "范围待定"


def test_the_version_is_of_the_content_alone() -> None:
    laid_out = {path: "# 说明\n" + text.replace("  - {", "  -   {") for path, text in texts(MINIMAL).items()}
    assert read_rulebook(laid_out).version == BOOK.version
    assert read_rulebook({**laid_out, "README.md": "第一页"}).version == BOOK.version
    assert read_rulebook(minimal(proofs=("五日内一次告知", "五日内一次性告知"))).version != BOOK.version


def test_the_same_texts_give_the_same_rulebook() -> None:
    backwards = dict(reversed(texts(MINIMAL).items()))
    assert read_rulebook(backwards).version == BOOK.version
    assert [rule.id for rule in read_rulebook(backwards).rules] == list(RULES)


def test_the_bundled_rulebook_is_read_in_half_a_second() -> None:
    found = open_rulebook(bundled())
    read_rulebook(found)
    start = time.process_time()
    read_rulebook(found)
    assert time.process_time() - start < 0.5


def test_what_must_hold_knows_where_it_stands() -> None:
    book = read_rulebook(open_rulebook(bundled()))
    lines = texts(bundled())["invariants.yaml"].splitlines()
    entries = [*book.invariants, *book.pairs]
    assert len({one.id for one in entries}) == len(entries)
    assert all(one.file == "invariants.yaml" and lines[one.line - 1].strip() == f"- 编号: {one.id}" for one in entries)
    assert BOOK.pairs == ()


def test_two_readings_differ_in_what_is_written_and_come_out_as_is_written() -> None:
    pairs = {one.id: one for one in read_rulebook({**texts(MINIMAL), "invariants.yaml": PAIRS}).pairs}
    local, down, choice = pairs["地方"], pairs["信用"], pairs["选择"]
    assert (local.given, local.first, local.second, local.second_law, local.if_first) == (ALWAYS, ALWAYS, ALWAYS, "national", ALWAYS)
    assert isinstance(local.then_second, Phrase) and local.then_second.right == ("submit",) and not local.no_heavier
    assert (down.gist, down.source, down.second_law) == ("有无失信", "条例第一条", "")
    assert [part.text() for part in (down.given, down.first, down.second, down.if_first) if isinstance(part, Phrase)] == [
        "承诺受限 不成立", "失信 成立", "失信 不成立", "路径 是 提交"]
    assert choice.no_heavier and (choice.if_first, choice.then_second) == (ALWAYS, ALWAYS)


PAIRS = """
不变量: []
对照:
  - {编号: 地方, 要点: 只用全国的规则, 乙的规则: 全国, 则乙: [路径 是 提交]}
  - {编号: 信用, 要点: 有无失信, 依据: 条例第一条, 当: [承诺受限 不成立], 甲: [失信 成立], 乙: [失信 不成立], 若甲: [路径 是 提交], 则乙: [路径 是 提交]}
  - {编号: 选择, 要点: 一方不限, 甲: [失信 成立], 甲不重于乙: 是}
"""


def test_choices_stand_in_what_must_hold_and_nowhere_else() -> None:
    whole = open_rulebook(bundled())
    book = read_rulebook(whole)
    elective = {route.code for route in book.ladder if route.elective}
    assert ELECTIONS.keys() == elective
    for code in ELECTIONS.values():
        fact = book.vocabulary[code]
        assert (fact.subject, fact.supplier, [value.code for value in fact.values]) == ("材料", CONCLUDED, ["yes", "no", "unanswered"])
        assert any(code in facts(pair.first) for pair in book.pairs)
        path = "law/000000-national/commitment-2020.yaml"
        changed = whole[path].replace("- 承诺受限申请人 成立", f"- {fact.name} 是 选择")
        assert changed != whole[path]
        with pytest.raises(Refused) as refused:
            read_rulebook({**whole, path: changed})
        assert [problem.code for problem in refused.value.problems] == ["conclusion-used"]


def test_the_day_from_which_the_law_is_complete_is_the_one_legal_staff_read_of() -> None:
    assert BOOK.complete_from == date.min
    assert read_rulebook({**texts(MINIMAL), "invariants.yaml": "完整自: 2021-03-01\n不变量: []\n"}).complete_from == date(2021, 3, 1)
    day = read_rulebook(open_rulebook(bundled())).complete_from
    page = (bundled() / "README.md").read_text(encoding="utf-8")
    assert f"全国规则从{day.year}年{day.month}月{day.day}日（优化营商环境条例施行）起完整" in page


def test_a_rule_that_nothing_falls_under_says_why_it_stands() -> None:
    gist = "    要点: 失信就是受限\n"
    why = "目录里没有失信的人"
    rules = {rule.id: rule.idle for rule in read_rulebook(minimal(proofs=(gist, f"{gist}    暂无适用: {why}\n"))).rules}
    assert rules["受限"] == why and {text for id_, text in rules.items() if id_ != "受限"} == {""}


@pytest.mark.parametrize("said", ["是", "否", "无"])
def test_yes_no_and_none_are_no_reason_for_a_rule_to_stand(said: str) -> None:
    gist = "    要点: 失信就是受限\n"
    with pytest.raises(Refused) as refused:
        read_rulebook(minimal(proofs=(gist, f"{gist}    暂无适用: {said}\n")))
    assert [problem.code for problem in refused.value.problems] == ["idle-without-reason"]
