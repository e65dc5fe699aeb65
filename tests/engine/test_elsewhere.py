"""Handling elsewhere: how far apart two divisions are, what is published, who does what; and that nothing of it reaches a material."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import elsewhere
from engine.application import Application
from engine.explain import printed
from engine.lifecycle.stated import changed
from engine.notice import notice
from engine.problems import Refused
from tests.bundled import applications, decider, rulebook
from tests.engine.small import DAY, HAND_IN, NOT_NEEDED, asked, book, decide, instrument, item, material, situation

MODES = ("online", "collected_elsewhere", "joint")


@pytest.mark.parametrize(("deciding", "accepting", "scope"), [
    ("430500", None, None), ("430500", "430500", None),                       # nobody elsewhere
    ("430503", "430500", None), ("430500", "430503", None), ("430500", "000000", None), ("510000", "513424", None),   # one above the other
    ("430500", "440000", "inter_provincial"), ("210402", "440300", "inter_provincial"),
    ("513424", "500000", "sichuan_chongqing"), ("500000", "513424", "sichuan_chongqing"),
    ("513424", "520000", "inter_provincial"), ("430500", "500000", "inter_provincial"),   # Chongqing with anybody else
    ("620200", "620100", "provincial"),
    ("210402", "210403", "city_wide"), ("513424", "513401", "city_wide"),
    ("430500", "810000", "inter_provincial"),
    ("210400", "210600", "provincial"), ("430500", "659001", "inter_provincial"), ("513424", "500229", "sichuan_chongqing"),   # halls no rule file names
    ("210400", "210499", None), ("430503", "430599", "city_wide"),
])
def test_how_far_the_hall_is(deciding, accepting, scope):
    assert elsewhere.scope(rulebook(), deciding, accepting) == scope


class Map:
    """Divisions by their codes alone: districts of a municipality and counties directly under a province stand in no rule file."""

    @staticmethod
    def chain(code):
        return (code, f"{code[:2]}0000", "000000")


@pytest.mark.parametrize(("deciding", "accepting", "scope"), [
    ("500101", "500229", "city_wide"),       # districts and counties of Chongqing are one city
    ("110101", "110119", "city_wide"),
    ("429004", "429005", "provincial"),      # counties directly under Hubei share four digits and no city
    ("500101", "510104", "sichuan_chongqing"),
])
def test_municipalities_are_one_city_and_counties_under_a_province_are_none(deciding, accepting, scope):
    assert elsewhere.scope(Map, deciding, accepting) == scope


def listed(*rows, **more):
    """A small rulebook whose item says 通办."""
    return book(instrument("示例法", HAND_IN), items=[item(asked("甲"), 通办=list(rows))], materials=[material("a", "甲")], **more)


def row(scope, *modes, start="2026-01-01", last="至今", **more):
    return {"范围": scope, "方式": list(modes), "自": start, "至": last, "依据": "无", "合成": "是"} | more


def said(found, accepting, mode=None, day=DAY, division="210400"):
    return decide(found, day=day, division=division, accepting_division=accepting, elsewhere_mode=mode).get("elsewhere")


@pytest.mark.parametrize(("rows", "accepting", "mode", "offered", "modes"), [
    ([], "440300", None, "unpublished", []),
    ([row("跨省", "全程网办")], "440300", None, "yes", ["online"]),
    ([row("跨省", "全程网办")], "440300", "online", "yes", ["online"]),
    ([row("跨省", "全程网办")], "440300", "joint", "no", ["online"]),
    ([row("跨省", "多地联办"), row("跨省", "全程网办")], "440300", None, "yes", ["online", "joint"]),
    ([row("省内", "全程网办")], "440300", None, "unpublished", []),          # another scope says nothing here
    ([row("跨省", "全程网办", last="2026-01-02")], "440300", None, "no", []),   # over by the day of acceptance
    ([row("跨省", "全程网办", start="2027-01-01")], "440300", "online", "no", []),
    ([row("跨省", "全程网办")], "810000", "online", "unpublished", []),       # the national list ends at the border of the mainland
])
def test_what_is_published_for_the_hall(rows, accepting, mode, offered, modes):
    found = said(listed(*rows), accepting, mode)
    assert (found["offered"], found["modes"], found["mode"]) == (offered, modes, mode)
    assert [one["way"] for one in found["other_ways"]] == ([] if offered == "yes" else ["online", "post", "own_hall"])


@pytest.mark.parametrize(("scope", "deciding", "accepting", "offered"), [
    ("川渝", "513424", "500000", "yes"), ("跨省", "513424", "500000", "yes"),    # a pair of provinces is two provinces
    ("川渝", "513424", "440300", "unpublished"), ("川渝", "210400", "440300", "unpublished"),
    ("全域", "210402", "210403", "yes"), ("省内", "210402", "210403", "yes"),    # a city lies within its province
    ("全域", "620200", "620100", "unpublished"), ("跨省", "210402", "210403", "unpublished"),
])
def test_which_lists_reach_which_pair(scope, deciding, accepting, offered):
    bundled = rulebook()
    small = listed(row(scope, "全程网办"))
    found = elsewhere.section(bundled, small.item("thing", "000000"), deciding, accepting, None, DAY, [])
    assert found["offered"] == offered


@pytest.mark.parametrize(("day", "offered"), [("2025-12-31", "no"), ("2026-01-01", "yes"), ("2026-06-30", "yes"), ("2026-07-01", "no")])
def test_the_first_and_the_last_day_belong_to_the_listing(day, offered):
    assert said(listed(row("跨省", "全程网办", last="2026-06-30")), "440300", day=date.fromisoformat(day))["offered"] == offered


def test_a_narrower_division_adds_to_what_is_published_above():
    rules = listed(row("跨省", "全程网办"))
    local = {"覆盖": "是", "事项": "示例事项", "编码": "thing", "区划": "210400", "通办": [row("全域", "异地代收代办")]}
    both = book(instrument("示例法", HAND_IN), items=[item(asked("甲"), 通办=[row("跨省", "全程网办")]), local], materials=[material("a", "甲")])
    assert [one.scope for one in rules.item("thing", "210400").elsewhere] == ["inter_provincial"]
    assert [one.scope for one in both.item("thing", "210400").elsewhere] == ["inter_provincial", "city_wide"]
    assert [one.scope for one in both.item("thing", "000000").elsewhere] == ["inter_provincial"]


def test_the_mode_says_who_may_look_and_collect_and_the_hall_never_decides():
    rules = listed(row("跨省", "全程网办", "异地代收代办", "多地联办"))
    doing = {mode: {(one["actor"], one["action"]) for one in said(rules, "440300", mode)["tasks"]} for mode in MODES}
    for mode, tasks in doing.items():
        assert ("deciding_authority", "decide") in tasks and ("accepting_hall", "decide") not in tasks
        hall = mode != "online"
        for action in ("look_at_credential", "take_letter", "collect"):
            assert (("accepting_hall", action) in tasks) == hall
            assert (("deciding_authority", action) in tasks) == (not hall)
        assert (("accepting_hall", "scan_and_send") in tasks) == hall
    assert ("deciding_authority", "pass_between_authorities") in doing["joint"]
    collected = next(one for one in said(rules, "440300", "collected_elsewhere")["tasks"] if one["action"] == "collect")
    assert collected["materials"] == ["a"]


def test_a_hall_without_a_published_basis_is_given_nothing_to_collect():
    tasks = said(listed(), "440300", "collected_elsewhere")["tasks"]
    assert {one["actor"] for one in tasks} == {"deciding_authority"}


def test_a_mode_without_a_hall_says_nothing():
    assert said(listed(row("跨省", "全程网办")), None, "online") is None


halls = st.sampled_from(["440300", "500000", "510000", "210403", "620100", "513401", "810000", "000000", "430503"])


@settings(deadline=None, max_examples=40)
@given(applications(), halls, st.none() | st.sampled_from(MODES))
def test_whichever_hall_accepts_the_deciding_division_decides_the_same(application, hall, mode):
    at_home = decider().decide(application, application.accepted_on)
    away = decider().decide(application.model_copy(update={"accepting_division": hall, "elsewhere_mode": mode}), application.accepted_on)
    assert {key: value for key, value in away.items() if key != "elsewhere"} == at_home
    section = away.get("elsewhere")
    assert (section is None) == (elsewhere.scope(rulebook(), away["deciding_division"], hall) is None)
    if section is not None:
        assert not section["other_ways"] or section["other_ways"][-1] == {"way": "own_hall"}
        keys = {one["material"] + (f"/{one['person']}" if one.get("person") not in (None, "applicant") else "")
                for one in (*away["materials"], *away["establishes"])}
        assert {key for one in section["tasks"] for key in one.get("materials", ())} <= keys


@settings(deadline=None, max_examples=20)
@given(applications(), halls, st.none() | st.sampled_from(MODES), st.sampled_from(["zh", "en"]))
def test_every_sentence_about_it_is_printed_and_sends_nobody_home(application, hall, mode, language):
    body = decider().decide(application.model_copy(update={"accepting_division": hall, "elsewhere_mode": mode}), application.accepted_on)
    answer = printed(body, rulebook(), language)
    assert ("elsewhere" in answer) == ("elsewhere" in body)
    titles = [one.title for one in notice(answer, rulebook(), language).sections]
    assert any(("异地办理" if language == "zh" else "Handling elsewhere") in title for title in titles) == ("elsewhere" in body)
    if "elsewhere" in body:
        stop = "。" if language == "zh" else "."
        said_of_it = answer["elsewhere"]
        assert all(one["text"].endswith(stop) for one in (*said_of_it["tasks"], *said_of_it["other_ways"], said_of_it))
        assert ("不要求任何人回决定地" if language == "zh" else "Nobody has to go back") in said_of_it["text"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_hall_no_rule_file_names_is_called_by_its_code(language):
    body = decide(listed(), accepting_division="210600")
    assert (body["elsewhere"]["scope"], body["elsewhere"]["accepting_division"]) == ("provincial", "210600")
    assert "210600" in printed(body, listed(), language)["elsewhere"]["text"]


@pytest.mark.parametrize("code", ["2106", "2106000", "21060x", "990000", "000001", "210001", "２１０６００", "抚顺"])
def test_only_a_malformed_code_of_a_hall_is_refused_and_no_other_is_guessed(code):
    with pytest.raises(Refused) as refused:
        decide(listed(), accepting_division=code)
    [problem] = refused.value.problems
    assert (problem.field, problem.code, problem.nearest, problem.allowed) == ("accepting_division", "malformed-division", "", ())


@pytest.mark.parametrize(("needs", "ways"), [([], ["own_hall"]), (["已搬家 成立"], ["online", "post", "own_hall"])])
def test_what_must_be_given_in_person_is_sent_neither_online_nor_by_post(needs, ways):
    personal = book(instrument("示例法", HAND_IN, NOT_NEEDED), items=[item(asked("甲", **({"需要": needs} if needs else {})), 情形=[situation("moved", "已搬家")])],
                    materials=[material("a", "甲", 须本人到场="是")])
    body = decide(personal, accepting_division="440300", situation={"moved": False})
    assert [one["way"] for one in body["elsewhere"]["other_ways"]] == ways
    for language, promise, person in (("zh", "问一问能不能", "须本人到场"), ("en", "ask whether", "in person")):
        texts = [one["text"] for one in printed(body, personal, language)["elsewhere"]["other_ways"]]
        assert all(promise in text for text in texts[:-1]) and (person in texts[-1]) == (len(ways) == 1)


def test_online_nothing_is_handed_over_and_so_nothing_is_given_back():
    rules = listed(row("跨省", "全程网办", "异地代收代办"))
    texts = {mode: {one["action"]: one["text"] for one in printed(decide(rules, accepting_division="440300", elsewhere_mode=mode), rules)["elsewhere"]["tasks"]}
             for mode in ("online", "collected_elsewhere")}
    assert "电子证照" in texts["online"]["look_at_credential"] and "看过即还" not in texts["online"]["look_at_credential"]
    assert "看过即还" in texts["collected_elsewhere"]["look_at_credential"]


def test_no_act_the_applicant_is_asked_for_is_a_journey():
    """The words of the rules themselves: nothing the applicant has to do for a material names a place to go back to."""
    for action in rulebook().vocabulary.actions.values():
        assert not any(word in action.sentence for word in ("户籍", "原籍", "回", "当地", "前往")), action.code


def test_going_to_another_hall_changes_no_stated_fact():
    plain = {"item": "thing", "accepted_on": "2026-11-20"}
    assert not changed(plain, plain | {"accepting_division": "440300", "elsewhere_mode": "joint"})


def test_a_listing_in_force_later_is_not_read_as_of_the_decision():
    """The day of acceptance counts: that is when the hall takes the application in."""
    small = listed(row("跨省", "全程网办", start=(DAY + timedelta(days=1)).isoformat()))
    body = decide(small, as_of=DAY + timedelta(days=5), day=DAY, accepting_division="440300")
    assert body["elsewhere"]["offered"] == "no"


def test_the_contract_takes_the_three_modes_and_nothing_else():
    for mode in MODES:
        assert Application.model_validate({"item": "x", "accepted_on": "2026-11-20", "elsewhere_mode": mode}).elsewhere_mode == mode
    with pytest.raises(ValueError):
        Application.model_validate({"item": "x", "accepted_on": "2026-11-20", "elsewhere_mode": "全程网办"})
