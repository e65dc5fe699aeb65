"""The one list of a bundle: one row a material and person, the strictest need, nothing lost and nothing asked that no step asks for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.application import Application, BundleApplication
from engine.bundle_notice import bundle_notice, printed_bundle
from engine.bundles import Begun, decide_bundle, decide_steps
from engine.decide import Decider
from engine.problems import Refused
from engine.rulebook import Rulebook
from tests.bundled import decider, rulebook
from tests.engine.small import DAY, HAND_IN, NOT_NEEDED, asked, book, credential, instrument, item, material, rule, situation
from tests.engine.test_bundles import ALL_STEPS, COMPANY, PERSON, SHOW_FIRST, company

OTHER = {"id_type": "resident_id", "id_number": "430503195812310004"}
SAME = [{"id": "p1", "role": "法定代表人", **PERSON}, {"id": "p2", "role": "登记人员", **PERSON}]
COVERED = (rule("一次提交", "准许", "已有覆盖", "同批另收 成立", 理由="同批只要一份"),
           rule("前序产出", "准许", "已有覆盖", "前序产出 属于 已产出、待产出", 理由="前序已产出"))
ASKING = ("submit", "deferral", "commitment", "shown")
CARD = rule("出示", "准许", "出示证件", "可替代证件 成立", "出示状态 属于 尚未出示、出示有效", 后续=[{"谁": "申请人", "做什么": "出示证件"}])


def rows(body: dict) -> dict[str, dict]:
    return {row["material"] + (f"/{row['person']}" if row.get("person", "applicant") not in ("applicant", None) else ""): row for row in body["materials"]}


# —— small bundles: one, two and three are the items; each names its materials ——

def chain(*steps: list[dict] | tuple[list[dict], list[str]], rules: tuple[dict, ...] = (), sometimes: int | None = None, local: int | None = None) -> Rulebook:
    """`sometimes`: the place of the step needed only where 还要 holds; `local`: of the one offered in 抚顺 alone."""
    names = ("第一步", "第二步", "第三步")
    items = []
    for place, step in enumerate(steps):
        needs, outputs = step if isinstance(step, tuple) else (step, [])
        items.append(item(*needs, code=("one", "two", "three")[place], name=names[place], division="210400" if place == local else "000000",
                          **({"产出": outputs} if outputs else {})))
    made = {"一件事": "一件事", "编码": "all", "英文名": "all", "牵头单位": "民政部门", "区划": "000000", "情形": [situation("also", "还要")],
            "步骤": [{"事项": names[place], **({"需要": ["还要 成立"]} if place == sometimes else {})} for place in range(len(steps))],
            "依据": [{"文件": "示例条例", "条款": "第九条"}]}
    materials = [material("a", "甲", 证件=["身份卡"]), material("b", "乙"), material("c", "丙"), material("d", "丁", 证件=["身份卡"]),
                 material("e", "戊", 包含=["乙"]), material("f", "己")]
    return book(instrument("示例法", *rules, *COVERED, HAND_IN, NOT_NEEDED), items=items, bundles=[made], credentials=[credential("card", "身份卡", 普遍持有="是")],
                materials=materials)


def decided(found: Rulebook, begun: dict | None = None, **more: object) -> dict:
    stated = BundleApplication.model_validate({"deciding_division": "210400", "accepted_on": DAY, **more})
    return decide_steps(Decider(found), "all", stated, DAY, begun).body


def step_entries(body: dict, step: str) -> dict[str, tuple[str | None, str]]:
    found = next(one["decision"] for one in body["steps"] if one["item"] == step)
    return {one["material"]: (one["route"], one["satisfied"]) for one in found["materials"]}


def test_a_row_says_who_keeps_it_who_needs_it_and_in_which_form():
    body = decided(chain([asked("甲")], [asked("甲", 角色="副件"), asked("乙")]))
    first = rows(body)["a"]
    assert (first["asked"], first["kept_by"], first["needed_by"], first["role"], first["form"]) == (True, "one", ["one", "two"], "principal", "original")
    assert [row["material"] for row in body["materials"]] == ["a", "b"]
    assert body["counts"] == {"one_by_one": 3, "materials": 2, "asked": 2, "to_do": 2, "open": 0, "spared": 0}


def test_the_strictest_need_wins_wherever_it_stands():
    body = decided(chain([asked("甲")], [asked("甲")], rules=(SHOW_FIRST,)))
    assert (rows(body)["a"]["route"], rows(body)["a"]["kept_by"]) == ("submit", "two")


def test_a_principal_material_is_kept_before_a_secondary_one():
    assert rows(decided(chain([asked("甲", 角色="副件")], [asked("甲")])))["a"]["kept_by"] == "two"


def test_an_output_stands_in_the_list_with_the_step_that_issues_it():
    for state, status in (("expected", "waiting"), ("issued", "settled"), ("failed", "suspended")):
        row = rows(decided(chain(([asked("甲")], ["乙"]), [asked("乙")]), evidence={"outputs": {"b": state}}))["b"]
        assert (row["produced_by"], row["status"], row["asked"], row["kept_by"]) == ("one", status, False, None)


def test_one_person_under_two_roles_is_one_person():
    two_roles = chain([asked("甲", 每人一份="配偶")], [asked("甲", 每人一份="父母")], [asked("甲")])
    people = [{"id": "p1", "role": "配偶", **PERSON}, {"id": "p2", "role": "父母", **PERSON}]
    stated = {"persons": people, "roles_complete": ["配偶", "父母"], "applicant": PERSON}
    body = decided(two_roles, **stated)
    [row] = body["materials"]
    assert (row["asked"], row["needed_by"], row["person"], row["same_person"]) == (True, ["one", "two", "three"], "p1", ["p2"])
    assert [(one["item"], entry["route"]) for one in body["steps"] for entry in one["decision"]["materials"]] == [
        ("one", "submit"), ("two", "covered"), ("three", "covered")]
    another = decided(two_roles, **stated | {"applicant": OTHER})
    assert len(another["materials"]) == 2 and another["counts"]["asked"] == 2


def test_the_same_role_listed_twice_for_one_number_is_asked_once_within_a_step():
    people = [{"id": "p1", "role": "配偶", **PERSON}, {"id": "p2", "role": "配偶", **PERSON}]
    body = decided(chain([asked("甲", 每人一份="配偶")]), persons=people, roles_complete=["配偶"])
    assert [row["person"] for row in body["materials"]] == ["p1"]
    assert [(one["person"], one["route"]) for one in body["steps"][0]["decision"]["materials"]] == [("p1", "submit"), ("p2", "covered")]


def test_what_one_showing_serves_is_asked_for_once():
    body = decided(chain([asked("甲")], [asked("丁")], rules=(CARD,)), applicant=PERSON)
    assert (rows(body)["a"]["asked"], rows(body)["d"]["asked"], rows(body)["d"]["shown_with"]) == (True, False, "a")
    assert body["counts"]["asked"] == 1
    found = company(persons=SAME)
    assert sum(row["asked"] for row in found["materials"] if row["route"] == "shown") == 1


def test_alternatives_take_what_another_step_asks_for_anyway():
    body = decided(chain([asked("乙")], [_either("丙", "乙")]))
    assert [row["material"] for row in body["materials"] if row["asked"]] == ["b"]
    assert rows(body)["b"]["needed_by"] == ["one", "two"] and "c" not in rows(body)


def _either(*names: str) -> dict:
    return {"名称": "证明之一", "编码": "either", "英文名": "either", "角色": "主件", "依据": [{"文件": "示例条例", "条款": "第二条"}],
            "任选": [[name] for name in names]}


def test_a_step_that_does_not_ask_after_all_hands_the_material_on():
    """Step one keeps 乙 and would be given 戊, which contains it: then step three has to ask for 乙 itself or get it with 戊."""
    body = decided(chain([asked("乙"), asked("戊", 角色="副件")], [asked("戊")], [asked("乙")]))
    for step in ("one", "two", "three"):
        for code, (route, _) in step_entries(body, step).items():
            assert route != "covered" or rows(body)[code]["asked"] or rows(body)[code]["route"] == "covered"
    assert rows(body)["e"]["asked"]
    assert rows(body)["b"]["asked"] or rows(body)["b"]["reason"] == "asked_once_in_bundle"


def test_a_step_that_may_fall_away_keeps_nothing_and_its_own_is_conditional():
    found = chain([asked("甲")], [asked("甲"), asked("丙")], sometimes=1)
    body = decided(found)
    assert (rows(body)["a"]["kept_by"], rows(body)["a"]["perhaps_needed_by"]) == ("one", ["two"])
    assert (rows(body)["c"]["conditional"], rows(body)["c"]["asked"], rows(body)["c"]["needed_by"]) == (True, False, [])
    assert [(one["fact"], one["steps"]) for one in body["questions"]] == [("also", ["two"])]
    assert [row["material"] for row in decided(found, situation={"also": False})["materials"]] == ["a"]


def test_a_failed_step_hands_what_it_kept_to_the_next_and_a_granted_one_has_it():
    found = chain([asked("甲")], [asked("甲")])
    first = decided(found)["steps"][0]["decision"]
    failed = decided(found, {"one": Begun("failed", first)})
    assert (rows(failed)["a"]["kept_by"], rows(failed)["a"]["satisfied"], failed["outcome"]) == ("two", "waiting", "blocked")
    granted = decided(found, {"one": Begun("issued", first)})
    assert (rows(granted)["a"]["kept_by"], rows(granted)["a"]["satisfied"], granted["outcome"]) == ("one", "yes", "accept")
    assert step_entries(granted, "two")["a"] == ("covered", "yes")


def test_what_hangs_on_a_failed_step_fails_too_and_a_step_that_has_ended_does_not_speak_against_it():
    stated = BundleApplication.model_validate({name: value for name, value in COMPANY.items() if name != "item"} | {"situation": ALL_STEPS})

    def said(begun: dict[str, Begun]) -> dict[str, tuple[str, str]]:
        body = decide_steps(decider(), "open_a_company", stated, date(2026, 11, 23), begun).body
        return {row["material"]: (row["status"], row["produced_by"]) for row in body["materials"] if row["material"] in ("business_licence", "seal_filing_record")}

    bodies = {one.item: one.body for one in decide_steps(decider(), "open_a_company", stated, date(2026, 11, 23)).steps}
    failed = Begun("failed", bodies["company_registration"])
    stopped = {"business_licence": ("suspended", "company_registration"), "seal_filing_record": ("suspended", "seal_filing")}
    assert said({"company_registration": failed}) == stopped
    early = {"company_registration": failed, "seal_filing": Begun("issued", bodies["seal_filing"])}      # granted while the licence was still expected
    assert said(early) == stopped | {"seal_filing_record": ("settled", "seal_filing")}


def test_a_step_that_has_ended_keeps_nothing_of_somebody_who_is_not_meant_any_more():
    found = chain([asked("己", 每人一份="配偶")], [asked("己", 每人一份="配偶")])
    spouse = {"persons": [{"id": "p1", "role": "配偶", **PERSON}], "roles_complete": ["配偶"]}
    first = decided(found, handed_in=["f/p1"], **spouse)["steps"][0]["decision"]
    kept = decided(found, {"one": Begun("issued", first)}, handed_in=[], **spouse)
    assert (rows(kept)["f/p1"]["kept_by"], step_entries(kept, "two")["f"]) == ("one", ("covered", "yes"))
    other = decided(found, {"one": Begun("issued", first, others=frozenset({"p1"}))}, handed_in=[], **spouse)
    assert (rows(other)["f/p1"]["kept_by"], step_entries(other, "two")["f"]) == ("two", ("submit", "no"))


def test_questions_of_all_steps_are_asked_once_and_those_on_steps_first():
    body = company(situation={"wants_free_seal": True, "claims_invoices": False})
    keys = [(one["fact"], one.get("role"), one.get("material"), one.get("person")) for one in body["questions"]]
    assert len(keys) == len(set(keys)) and keys[0][0] == "hires_employees"
    alone = {one["fact"] for step in body["steps"] if step["needed"] == "yes" for one in step["decision"]["questions"]}
    assert {key[0] for key in keys} == alone | {"hires_employees"}
    assert {one["material"] for one in body["awaiting"] if "material" in one} >= {"business_licence", "seal_filing_record"}


def test_a_step_not_offered_where_it_is_decided_is_refused_with_the_field_and_what_is_allowed():
    found = chain([asked("甲")], [asked("乙")], local=1)
    for where, more, field in (("420700", {}, "deciding_division"), ("210400", {"deciding_divisions": {"第二步": "420700"}}, "deciding_divisions.two")):
        with pytest.raises(Refused) as refused:
            decided(found, deciding_division=where, **more)
        [problem] = refused.value.problems
        assert (problem.code, problem.field, problem.allowed) == ("step-not-here", field, ("210400",))
    body = decided(found, deciding_division="420700", deciding_divisions={"two": "210400"})
    assert [one["decision"]["deciding_division"] for one in body["steps"]] == ["420700", "210400"]


@pytest.mark.parametrize(("given_", "code"), [({"seal": "210400"}, "unknown-step"), ({"two": "999999"}, "unknown-division"), (
    {"two": "210400", "第二步": "210400"}, "stated-twice")])
def test_a_wrong_word_in_the_divisions_of_steps_is_refused(given_, code):
    with pytest.raises(Refused) as refused:
        decided(chain([asked("甲")], [asked("乙")]), deciding_divisions=given_)
    assert [problem.code for problem in refused.value.problems] == [code]


def test_the_list_is_printed_in_both_languages_with_every_row_that_concerns_somebody():
    body = company(persons=SAME)
    for language, heading in (("zh", "一件事材料清单"), ("en", "One list of materials")):
        made = bundle_notice(body, rulebook(), language, "测试甲", {"p1": "测试甲"})
        said = made.text()
        assert made.heading == heading and "测试甲" in said
        assert all((row["name"] if language == "zh" else row["name_en"]) in said for row in body["materials"])
        told = printed_bundle(body, rulebook(), language)
        assert all(row["explanation"] for row in told["materials"]) and told["head"] and all(one["text"] and one["why_text"] for one in told["questions"])
    assert "explanation" not in printed_bundle(body, rulebook(), "zh", "off")["materials"][0]


# —— laws ——

def asked_for(body: dict) -> Iterator[tuple[str, str]]:
    """What one answer asks the applicant for, by material and id."""
    for one in (*body["materials"], *body["establishes"]):
        members = [member for way in one.get("alternatives", ()) if way["chosen"] for member in way["materials"]] or [one]
        yield from ((member["material"], member.get("person") or "applicant") for member in members if member["route"] in ASKING)


def number_of(application: dict, who: str) -> str:
    found = application["applicant"] if who == "applicant" else next((one for one in application["persons"] if one["id"] == who), {})
    return found.get("id_number") or who


@st.composite
def companies(draw: st.DrawFn) -> dict:
    people = draw(st.lists(st.tuples(st.sampled_from(["法定代表人", "登记人员", "企业股东"]), st.booleans()), max_size=4, unique=True))
    situations = ["wants_free_seal", "claims_invoices", "hires_employees", "premises_on_negative_list", "has_corporate_shareholder"]
    document = {name: value for name, value in COMPANY.items() if name != "item"} | {
        "applicant": {"kind": "natural_person", **PERSON}, "situation": draw(st.dictionaries(st.sampled_from(situations), st.booleans())),
        "persons": [{"id": f"p{n}", "role": role, **(PERSON if same else OTHER)} for n, (role, same) in enumerate(people)], "roles_complete": ["法定代表人", "登记人员"]}
    document["evidence"] = {**COMPANY["evidence"], "outputs": draw(st.dictionaries(
        st.sampled_from(["business_licence", "seal_filing_record"]), st.sampled_from(["issued", "expected", "failed"])))}
    if draw(st.booleans()):
        document["handed_in"] = draw(st.lists(st.sampled_from(["articles_of_association", "seal_filing_form", "power_of_attorney"]), unique=True))
    return document


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(companies())
def test_each_material_is_asked_for_once_a_person_nothing_is_made_up_and_nothing_lost(document):
    _laws(decider(), "open_a_company", document, date(2026, 11, 23))


BOOKS = (chain([asked("甲"), asked("乙")], [asked("甲"), _either("丙", "乙")], [asked("丁"), asked("戊"), asked("己", 每人一份="配偶")], rules=(SHOW_FIRST,),
               sometimes=2),
         chain([_either("乙", "丙"), asked("丁"), asked("己", 每人一份="配偶")], [_either("丙", "甲")], [asked("甲"), asked("戊"), asked("乙")], rules=(CARD,)),
         chain([asked("戊"), asked("乙", 角色="副件")], [asked("乙"), asked("丙", 每人一份="配偶")], [asked("丙"), asked("戊", 角色="副件")]))


@settings(deadline=None, max_examples=50, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(BOOKS).map(Decider), st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), unique=True), st.booleans(),
       st.lists(st.sampled_from([PERSON, OTHER]), max_size=2), st.sampled_from([{}, {"also": True}, {"also": False}]))
def test_the_same_of_small_bundles_with_alternatives_and_containers(judge, handed_in, tells, spouses, situation):
    document = {"deciding_division": "210400", "accepted_on": DAY.isoformat(), "applicant": {"kind": "natural_person", **PERSON}, "situation": situation,
                "persons": [{"id": f"p{n}", "role": "配偶", **one} for n, one in enumerate(spouses)], "roles_complete": ["配偶"]}
    _laws(judge, "all", document | ({"handed_in": handed_in} if tells else {}), DAY)


def _laws(judge: Decider, code: str, document: dict, day: date) -> None:
    result = decide_steps(judge, code, BundleApplication.model_validate(document), day)
    body = result.body
    kept: dict[tuple[str, str], str] = {}
    for row in body["materials"]:      # one row a material and person, so at most one that asks
        whose = (row["material"], number_of(document, row.get("person") or "applicant") if "person" not in row or row["person"] else "?")
        assert whose not in kept, whose
        kept[whose] = row
    alone: dict[tuple[str, str], list[str]] = {}
    for step in result.steps:
        if step.sure:
            single = judge.decide(step.application, day, perhaps_issued=step.perhaps)
            for name, who in asked_for(single):
                alone.setdefault((name, number_of(document, who)), []).append(step.item)
    for whose, row in kept.items():
        assert not row["asked"] or whose in alone or "group" in row, whose      # nothing no step would ask; of alternatives another list may be taken
    for whose in alone:
        row = kept.get(whose)
        covered = row is not None and (row["asked"] or "shown_with" in row or (row["route"] == "covered" and row["reason"]))
        assert covered or _another_way(body, whose[0]), whose
    for step in result.steps:      # what is covered because another step asks for it is asked for there
        for one in step.body["materials"]:
            if one["reason"] == "asked_once_in_bundle" and "alternatives" not in one and step.sure:
                who = number_of(document, one.get("person") or "applicant")
                asking = [(name, number_of(document, other)) for other_step in result.steps for name, other in asked_for(other_step.body)]
                assert asking.count((one["material"], who)) == 1, (one["material"], who)


def _another_way(body: dict, name: str) -> bool:
    """Whether the material is one of alternatives of which another list is taken, or stands in what another material contains."""
    for step in body["steps"]:
        for one in step["decision"]["materials"]:
            if any(member["material"] == name for way in one.get("alternatives", ()) for member in way["materials"]):
                return True
            if one["material"] == name and one["route"] not in ASKING:
                return True
    return False


def test_an_application_for_an_item_serves_too_and_its_item_is_not_read():
    stated = Application.model_validate(COMPANY | {"situation": ALL_STEPS})
    bundle = BundleApplication.model_validate({name: value for name, value in COMPANY.items() if name != "item"} | {"situation": ALL_STEPS})
    day = date(2026, 11, 23)
    assert decide_bundle(decider(), "open_a_company", stated, day) == decide_bundle(decider(), "open_a_company", bundle, day)
