"""What is said while an earlier step of a bundle failed: which one, that the others wait, that nothing is asked for them; never as of a refusal."""

from __future__ import annotations

from datetime import date

import pytest

from engine.application import BundleApplication
from engine.bundle_notice import bundle_notice, printed_bundle
from engine.bundles import Begun, decide_steps
from engine.explain import printed
from engine.notice import notice
from tests.bundled import decider, rulebook
from tests.engine.small import asked
from tests.engine.test_bundle_list import chain, decided, rows
from tests.engine.test_bundles import ALL_STEPS, COMPANY

#: Words of a refusal, of the law's bars, and of what a step asks for that can go on.
WRONG = {"zh": ("法定障碍", "否则不予办理", "不能受理", "需要您做的", "还要您告诉我们的"),
         "en": ("the law bars", "cannot be accepted", "refuse", "What you have to do", "What we still need to know")}
SAID = {"zh": ("“公司设立登记”没有办成", "先不办", "不要您"), "en": ("“Company registration” did not succeed", "suspended", "nothing is asked of you")}
STATED = {name: value for name, value in COMPANY.items() if name != "item"} | {"situation": ALL_STEPS, "handed_in": [], "presented": []}


@pytest.fixture(scope="module")
def failed() -> dict:
    """The company bundle, its first step refused."""
    application, day = BundleApplication.model_validate(STATED), date(2026, 11, 23)
    first = decide_steps(decider(), "open_a_company", application, day)
    return decide_steps(decider(), "open_a_company", application, day, {"company_registration": Begun("failed", first.steps[0].body)}).body


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_list_names_the_step_that_failed_and_asks_nothing_for_those_that_wait(failed, language):
    listed = bundle_notice(failed, rulebook(), language, "测试甲")
    told = printed_bundle(failed, rulebook(), language)
    assert all(one in listed.text() for one in SAID[language]) and not any(one in listed.text() for one in WRONG[language])
    assert all(one in told["outcome_text"] for one in SAID[language]) and not any(one in told["outcome_text"] for one in WRONG[language])
    head = dict(listed.head)
    steps, counted = (head["环节"], told["head"]) if language == "zh" else (head["Steps"], told["head"])
    for state, number in (("没有办成", 1), ("先不办", 5)) if language == "zh" else (("did not succeed", 1), ("suspended", 5)):
        assert steps.count(state) == number and (f"{state}的 {number} 个" in counted or f"{number} {state}" in counted)
    for one in told["materials"]:      # each material still stands in the list, though nothing is asked
        assert (one["name"] if language == "zh" else one["name_en"]) in listed.text()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_step_that_waits_says_so_in_its_answer_and_in_its_notice(failed, language):
    for step in printed_bundle(failed, rulebook(), language)["steps"]:
        said = step["decision"]["outcome_text"]
        assert SAID[language][0] in said and not any(one in said for one in WRONG[language])
    for step in failed["steps"][1:]:      # and alone, as the step's own case tells it
        alone = printed(step["decision"], rulebook(), language)
        text = notice(alone, rulebook(), language).text()
        assert all(one in text for one in SAID[language]) and not any(one in text for one in WRONG[language])


def test_what_goes_on_is_asked_for_and_what_waits_for_a_step_that_waits_names_the_one_that_failed():
    book = chain(([asked("甲")], ["乙"]), ([asked("乙"), asked("丙")], ["丁"]), [asked("丁"), asked("戊")])
    first = decided(book)["steps"][0]["decision"]
    body = decided(book, {"one": Begun("failed", first)})
    told = printed_bundle(body, book)
    assert {"“第二步”", "“第三步”"} <= set(told["outcome_text"].replace("和", "、").replace("，", "、").replace("等着", "、").split("、"))
    assert "“第一步”没有办成" in rows(told)["d"]["explanation"] and "“第二步”没有办成" not in bundle_notice(body, book, "zh").text()
    book = chain(([asked("甲")], ["乙"]), [asked("乙"), asked("丙")], [asked("丙"), asked("戊")])
    body = decided(book, {"one": Begun("failed", first)})
    sections = {one.title.partition("、")[2]: " ".join(one.lines) for one in bundle_notice(body, book, "zh").sections}
    assert "戊" in sections["需要您做的"] and "丙" in sections["需要您做的"]      # the third step needs them and goes on
    assert "“第三步”照常办" in printed_bundle(body, book)["outcome_text"]


def test_a_step_on_which_nothing_hangs_stops_no_other():
    book = chain([asked("甲")], [asked("乙")])
    first = decided(book)["steps"][0]["decision"]
    said = printed_bundle(decided(book, {"one": Begun("failed", first)}), book)["outcome_text"]
    assert "没有办成" in said and "法定障碍" not in said


def test_a_credential_is_looked_at_and_the_lead_unit_is_named_in_the_language_of_the_list():
    body = decide_steps(decider(), "open_a_company", BundleApplication.model_validate(STATED), date(2026, 11, 23)).body
    [shown] = [row for row in printed_bundle(body, rulebook())["materials"] if row["kept_by"] and row["route"] == "shown"
               and row["material"] == "legal_representative_identity"][:1]
    assert "环节查看" in shown["explanation"] and "环节收" not in shown["explanation"]
    [english] = [row for row in printed_bundle(body, rulebook(), "en")["materials"] if (row["material"], row.get("person")) == (
        shown["material"], shown.get("person"))]
    assert "Shown once, to" in english["explanation"] and "Asked for once" not in english["explanation"]
    assert dict(bundle_notice(body, rulebook(), "en").head)["Lead unit"] == "a market regulation department"
    assert dict(bundle_notice(body, rulebook(), "zh").head)["牵头单位"] == "市场监管部门"


def test_what_waits_for_the_material_that_contains_it_names_that_material():
    body = decide_steps(decider(), "open_a_company", BundleApplication.model_validate(STATED), date(2026, 11, 23)).body
    said = {row["material"]: row["explanation"] for row in printed_bundle(body, rulebook())["materials"] if row["status"] == "waiting" and not row["route"]}
    assert said and all("另一份材料" not in one for one in said.values()) and any("“营业执照”" in one for one in said.values())
