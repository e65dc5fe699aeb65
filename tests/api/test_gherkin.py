"""What the writer writes is the application: run as a scenario it gives the same answer, and the claims it makes of an answer hold."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_bdd.parser import FeatureParser

from api.gherkin import claims_of, feature_text, given_lines, scenario_text
from api.gherkin_claims import keys_of
from engine.application import Application
from engine.decide import Decider
from engine.problems import Refused
from engine.reading import read_rulebook
from engine.rulebook import Rulebook
from features.steps.running import act
from features.steps.story import Story
from tests.bundled import applications, decider, rulebook
from tests.engine.small import DAY, HAND_IN, NOT_NEEDED, asked, book, instrument, item, material, rule, texts

SAMPLES = sorted((Path(__file__).parents[2] / "fixtures" / "applications").glob("*.json"))
LAW = settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))


class OtherLaw(Story):
    """A story under a rulebook made in a test: its rules' ids are looked up there too."""

    @property
    def whole_rulebook(self) -> Rulebook:
        return self.rulebook


def run(lines: list[str], using: Decider | None = None) -> Story:
    """The story that the sentences make, decided."""
    story = Story() if using is None else OtherLaw(deciders=lambda base, extra: using)
    for line in lines:
        act("given", line, story)
    act("when", "判断这份申请", story)
    return story


def renumbered(value: Any, people: Mapping[str, str]) -> Any:
    """An answer with the ids a scenario gives to people; questions of one weight stand in the order of these ids."""
    if isinstance(value, dict):
        made = {key: renumbered(one, people) for key, one in value.items()}
        return made | {"questions": sorted(made["questions"], key=str)} if "questions" in made else made
    if isinstance(value, list):
        return [renumbered(one, people) for one in value]
    if isinstance(value, str):
        material, slash, person = value.partition("/")
        return people.get(value) or (f"{material}/{people.get(person, person)}" if slash else value)
    return value


def same(stated: Mapping[str, Any], as_of: date, using: Decider | None = None, asked_elsewhere: frozenset[str] = frozenset()) -> Story:
    """Run what is written of an application; its answer must be the application's own."""
    judge = using or decider()
    own = judge.decide(Application.model_validate(stated), as_of, asked_elsewhere=asked_elsewhere)
    story = run(given_lines(judge.rulebook, stated, as_of, asked_elsewhere=asked_elsewhere), using)
    people = {one["id"]: f"p{number}" for number, one in enumerate(stated.get("persons", ()), start=1)}
    assert story.refused == ()
    assert renumbered(story.body, {}) == renumbered(own, people)
    for key in keys_of(own):
        claims = claims_of(judge.rulebook, own, key, stated, detail=True)
        for claim in claims:
            act("then", claim, story)
    for claim in claims_of(judge.rulebook, own, application=stated):
        act("then", claim, story)
    return story


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
@pytest.mark.parametrize("later", [0, 3])
def test_a_sample_written_as_a_scenario_gives_the_same_answer(path: Path, later: int) -> None:
    stated = json.loads(path.read_text(encoding="utf-8"))
    same(stated, date.fromisoformat(stated["accepted_on"]) + timedelta(days=later))


@st.composite
def spoken(draw: st.DrawFn) -> dict[str, Any]:
    """A random application as JSON, with what `applications` leaves out: names, cards shown, ends of validity, odd ids."""
    stated = draw(applications()).model_dump(mode="json", exclude_none=True)
    name = st.none() | st.sampled_from(("测试甲", "测试乙", "测试 甲", "配偶", "有的人", "p1", "申请人", "股东"))
    people = [stated["applicant"], *stated["persons"], *([stated["agent"]] if "agent" in stated else [])]
    for one in people:
        one["name"] = draw(name)
    ids = ["applicant", "agent", "someone", *(one["id"] for one in stated["persons"])]
    day = st.none() | st.sampled_from(("2021-12-01", "2026-11-19", "2030-01-01"))
    stated["presented"] = draw(st.none() | st.lists(st.fixed_dictionaries({
        "credential": st.sampled_from([*sorted(rulebook().credentials)[:6], "resident_id_card", "passport"]), "holder": st.sampled_from(ids), "valid_to": day,
        "status": st.sampled_from(("valid", "expired", "revoked")), "medium": st.sampled_from(("physical", "electronic"))}), max_size=4))
    for one in stated["evidence"].get("queries", {}).values():
        one["valid_to"] = draw(day)
    for one in (stated["evidence"].get("on_file") or {}).get("entries", ()):
        one["valid_to"] = draw(day)
    if "agent" in stated:
        stated["agent"] |= {"authorised_until": draw(day), "id_type": "resident_id", "id_number": "420704198001010007"}
    if stated["evidence"].get("records"):
        stated["evidence"]["records"]["facts"] = draw(st.fixed_dictionaries({}, optional={
            "title_mismatch": st.booleans(), "permit_ban_until": st.sampled_from(("2027-03-01", "no_ban")), "区域评估覆盖": st.booleans()}))
    stated["facts"] |= draw(st.fixed_dictionaries({}, optional={"authorisation_refused": st.booleans(), "consents_to_query": st.just({})}))
    return stated


@LAW
@given(spoken(), st.integers(0, 2))
def test_any_application_written_as_a_scenario_gives_the_same_answer(stated: dict[str, Any], later: int) -> None:
    same(stated, date.fromisoformat(stated["accepted_on"]) + timedelta(days=later))


# -- what the bundled rulebook does not speak of ---------------------------------------------------------------------------

def fact(name: str, code: str, subject: str, type: str, **more: Any) -> dict[str, Any]:
    """A declared fact as the vocabulary writes it."""
    return {"名称": name, "英文": code, "英文名": code, "描述": subject, "类型": type, "来源": "申报", "问题": f"{name}？", "英文问题": f"{code}?"} | more


def values(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"名称": name, "英文": code, "英文名": code} for name, code in pairs]


MORE_FACTS = (
    fact("家庭人数", "household_size", "申请人", "数值", 单位="人", 英文单位="people"),
    fact("入住日期", "moved_in", "申请人", "日期", 无值={"名称": "未入住", "英文": "not_yet", "视同": "9999-12-31"}),
    fact("住处", "dwelling", "申请", "选项", 值=values(("自有", "own"), ("租住", "rented"))),
    fact("补助", "aids", "申请人", "多选", 值=values(("低保", "living"), ("医保", "medical"))),
    fact("残疾", "disabled", "相关人", "是否"),
    fact("页数", "pages", "材料", "数值", 单位="页", 英文单位="pages"))
WIDE = {"household_size": 5, "moved_in": "2026-01-02", "dwelling": "rented", "aids": "medical", "disabled": {"applicant": False, "x": True, "agent": True},
        "pages": {"a/x": 3, "示例材料甲": 2}}


@pytest.fixture(scope="module")
def wide() -> Rulebook:
    """A rulebook whose rules read every kind of declared fact."""
    grants = [rule(f"取消{number}", "准许", "取消", phrase, 理由="没有法定依据") for number, phrase in enumerate((
        "家庭人数 大于 4", "入住日期 不早于 2026-01-03", "住处 是 租住", "补助 包含 医保", "残疾 成立", "页数 小于 3"))]
    asks = item(asked("示例材料甲", 每人一份="家庭成员"), asked("示例材料甲", 每人一份="代理人"), asked("示例材料乙"))
    found = texts(instrument("示例法", HAND_IN, NOT_NEEDED, *grants), items=[asks], materials=[material("a", "示例材料甲"), material("b", "示例材料乙")])
    more = "".join(f"\n  - {json.dumps(one, ensure_ascii=False)}" for one in MORE_FACTS)
    return read_rulebook(found | {"vocabulary.yaml": found["vocabulary.yaml"].replace("\n事实:", f"\n事实:{more}", 1)})


@pytest.mark.parametrize("without", [None, *WIDE])
@pytest.mark.parametrize("moved_in", ["2026-01-02", "not_yet", "未入住"])
def test_declared_facts_of_every_kind_and_subject_are_written(wide: Rulebook, without: str | None, moved_in: str) -> None:
    stated = {"item": "thing", "deciding_division": "210400", "accepted_on": DAY.isoformat(),
              "persons": [{"id": "x", "role": "家庭成员"}, {"id": "y", "role": "家庭成员"}], "agent": {"kind": "authorised_agent"},
              "facts": {code: value for code, value in (WIDE | {"moved_in": moved_in}).items() if code != without}}
    story = same(stated, DAY, Decider(wide))
    assert story.facts.keys() == stated["facts"].keys()


@pytest.mark.parametrize("holder", ["agent", "somebody", "applicant"])
def test_a_card_of_an_agent_nobody_named_is_nobodys_card(holder: str) -> None:
    stated = {"item": "housing_fund_rent", "deciding_division": "210400", "accepted_on": "2026-11-20",
              "presented": [{"credential": "resident_id_card", "holder": holder}]}
    same(stated, date(2026, 11, 20))


def test_what_another_step_asks_for_and_an_extra_directory_are_said() -> None:
    stated = {"item": "社会保障卡补领", "deciding_division": "210400", "accepted_on": "2026-11-20"}
    same(stated, date(2026, 11, 20), asked_elsewhere=frozenset({"identity_proof"}))
    lines = given_lines(rulebook(), stated, date(2026, 11, 20), "features/examples/rare", frozenset({"identity_proof"}))
    assert lines[0] == "规则目录 另加 features/examples/rare" and lines[-1] == "另一环节已经收取 身份证明"


NATURAL = """\
  @抚顺-五取消-3
  场景: 一个人、一位配偶
    假如 事项 是 住房公积金提取（租房）
    并且 在 抚顺市 办理
    并且 申请日期 是 2026-11-18
    并且 决定日期 是 2026-11-20
    并且 申请人 叫 测试甲，居民身份证号码 210400199003070007
    并且 有 配偶 测试乙，护照号码
    并且 配偶 还没有列全
    并且 由 监护人 代办，授权有效至 2026-12-31
    并且 已婚 成立
    并且 材料 身份证明 的 持有证件 成立
    并且 申请人出示 别人的 居民身份证
    并且 测试乙出示 已失效的 护照，电子证照
    并且 什么材料也没有交
    并且 材料 无房证明 选择 告知承诺，由 法定监护人 签署
    并且 材料 结婚证 的 承诺签署人 是 本人
    并且 材料 结婚证 的 同意查询 不成立
    并且 有 严重失信 记录，2025-03-01 记载，2026-04-01 修复
    并且 许可禁止期至 是 无禁止期
    并且 在案材料 有 测试乙的身份证明，可信等级 B，2026-10-01 收到，有效期至 2027-10-01
    并且 在案材料还没有查全
    并且 材料 结婚证 的 查询结果 是 查到有效，有效期至 2026-12-01
    并且 材料 无房证明 的 核验结果 是 无法核实
    当 判断这份申请
    那么 申请结论 是 需补正"""


def test_a_scenario_reads_like_those_written_by_hand() -> None:
    stated = {
        "item": "housing_fund_rent", "deciding_division": "210400", "accepted_on": "2026-11-18", "situation": {"married": True},
        "applicant": {"id_type": "resident_id", "id_number": "210400199003070007"}, "persons": [{"id": "wife", "role": "配偶", "id_type": "passport"}],
        "agent": {"kind": "guardian", "authorised": True, "authorised_until": "2026-12-31"},
        "presented": [{"credential": "resident_id_card", "holder": "nobody"}, {"credential": "passport", "holder": "wife", "status": "revoked", "medium": "electronic"}],
        "handed_in": [], "choices": {"no_home_certificate": {"commitment": "yes", "signed_by": "guardian"}, "marriage_certificate": {"signed_by": "self"}},
        "consents": {"marriage_certificate": False}, "facts": {"holds_credential": {"identity_proof": True}},
        "evidence": {"records": {"complete": False, "credit": [{"kind": "serious", "recorded_on": "2025-03-01", "repaired_on": "2026-04-01"}],
                                 "facts": {"permit_ban_until": "no_ban"}},
                     "on_file": {"complete": False, "entries": [
                         {"material": "identity_proof/wife", "trust": "B", "received_on": "2026-10-01", "valid_to": "2027-10-01"}]},
                     "queries": {"marriage_certificate": {"result": "valid", "valid_to": "2026-12-01"}},
                     "checks": {"no_home_certificate": {"result": "inconclusive"}}}}
    said = scenario_text(rulebook(), stated, date(2026, 11, 20), title="一个人、\n一位配偶", tags=["抚顺-五取消-3"], claims=["申请结论 是 需补正"])
    assert said.replace("、 ", "、") == NATURAL
    same(stated, date(2026, 11, 20))


@pytest.mark.parametrize(("more", "field"), [
    ({"agent": {"kind": "in_person"}}, "agent.kind"), ({"facts": {"agent_authorised": True}}, "facts.agent_authorised"),
    ({"situation": {"已离婚": True}}, "situation.已离婚")])
def test_what_no_scenario_can_say_is_refused_with_its_field(more: dict[str, Any], field: str) -> None:
    stated = {"item": "housing_fund_rent", "deciding_division": "210400", "accepted_on": "2026-11-20", **more}
    with pytest.raises(Refused) as refused:
        scenario_text(rulebook(), stated, date(2026, 11, 20), title="不成")
    assert [one.field for one in refused.value.problems] == [field]


def test_a_feature_file_is_read_by_the_parser_and_namesakes_are_told_apart(tmp_path: Path) -> None:
    stated = json.loads(SAMPLES[0].read_text(encoding="utf-8"))
    day = date.fromisoformat(stated["accepted_on"])
    one = scenario_text(rulebook(), stated, day, title="同名", tags=["事项", "难题"], claims=["申请没有被阻止"])
    other = scenario_text(rulebook(), stated, day, title="另一个")
    (tmp_path / "drafted.feature").write_text(feature_text("起草的\n场景", [one, other, one], "找到的反例"), encoding="utf-8")
    read = FeatureParser(str(tmp_path), "drafted.feature").parse()
    assert read.name == "起草的 场景" and list(read.scenarios) == ["同名", "另一个", "同名（2）"]
    found = read.scenarios["同名（2）"]
    assert found.tags == {"事项", "难题"}
    story = Story()
    for step in found.render({}).steps:
        act(step.type, step.name, story)
    assert story.body is not None


# -- claims ---------------------------------------------------------------------------------------------------------------

def test_what_hangs_is_told_with_its_state_its_branches_and_who_is_at_work() -> None:
    stated = {"item": "housing_fund_rent", "deciding_division": "420700", "accepted_on": "2026-11-20", "applicant": {"id_type": "resident_id"},
              "evidence": {"on_file": {"complete": True}}}
    body = decider().decide(Application.model_validate(stated), date(2026, 11, 20))
    assert claims_of(rulebook(), body, "no_home_certificate", stated)[:4] == [
        "材料 无房证明 的 状态 是 待部门", "材料 无房证明 如果 查询结果 属于 查到有效、查到过期、查到失效、查无记录 就走 数据共享",
        "材料 无房证明 如果 查询结果 属于 信息不符、结果不明、数据源中断 就走 部门补核", "部门还要 查询 材料 无房证明"]
    assert claims_of(rulebook(), body, "marriage_certificate", stated)[0] == "材料 结婚证 的 状态 是 未定"


def test_a_copy_of_one_person_a_block_and_the_whole_are_told() -> None:
    stated = json.loads((SAMPLES[0].parent / "house_sale_owner_differs_ezhou.json").read_text(encoding="utf-8"))
    body = decider().decide(Application.model_validate(stated), date.fromisoformat(stated["accepted_on"]))
    assert claims_of(rulebook(), body, application=stated) == ["申请被阻止，依据 不动产登记暂行条例-权属不符，理由 权属不一致", "申请结论 是 不能受理"]
    stated = json.loads((SAMPLES[0].parent / "company_setup_ezhou_foreign_investor.json").read_text(encoding="utf-8"))
    body = decider().decide(Application.model_validate(stated), date.fromisoformat(stated["accepted_on"]))
    assert claims_of(rulebook(), body, "registered_person_identity/p3", stated) == [
        "材料 登记人员测试外的登记人员身份证明 走 出示证件，依据 在线政务服务若干规定-10，理由 有效证件可证"]
    assert claims_of(rulebook(), body, "no_such_material", stated) == []


def test_claims_in_detail_tell_two_answers_apart_wherever_an_entry_differs() -> None:
    """Take each rule out of a small rulebook in turn: whenever the entry changes in what a scenario can say, a claim of the first answer changes."""
    rules = [HAND_IN, NOT_NEEDED, rule("查到", "准许", "数据共享", "材料需要 成立", "申请人类型 是 自然人"), rule("也查到", "准许", "数据共享", "材料需要 成立"),
             rule("不查", "排除", "数据共享", "申请人类型 是 企业法人")]
    for kind in ("natural_person", "enterprise", None):
        stated = {"item": "thing", "deciding_division": "210400", "accepted_on": DAY.isoformat(), "applicant": {"kind": kind}}
        told = {}
        for left_out in (None, *range(2, len(rules))):
            made = book(instrument("示例法", *(one for number, one in enumerate(rules) if number != left_out)), items=[item(asked("示例材料"))],
                        materials=[material("a", "示例材料")])
            body = Decider(made).decide(Application.model_validate(stated), DAY)
            told[left_out] = (claims_of(made, body, "a", stated, detail=True), {key: value for key, value in body["materials"][0].items() if key != "citations"})
        for left_out in range(2, len(rules)):
            assert (told[left_out][0] == told[None][0]) == (told[left_out][1] == told[None][1]), (kind, left_out)
