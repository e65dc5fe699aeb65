"""What a sound rulebook becomes: half-open days, resolved names, merged overrides, marks and a version."""

from __future__ import annotations

import time
from datetime import date

from api.rule_files import bundled, open_rulebook
from engine.conditions import ALWAYS, All
from engine.law import FOREVER, Span
from engine.reading import read_rulebook
from engine.rulebook import Mark
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
