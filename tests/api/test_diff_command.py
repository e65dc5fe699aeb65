"""`mianzheng diff` as legal staff meet it: each kind of change, what is not known, scenarios, both languages, statuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from api.commands.diff_tables import FULL
from api.commands.differences import Found
from api.rule_files import open_rulebook
from engine.proof.difference import Change, Differences
from engine.reading import read_rulebook
from tests.api.differing import BLOCK, GOOD, TERM, THING, made, run, scenarios, told
from tests.engine.small import asked, item, rule, situation


@pytest.fixture
def books(tmp_path: Path) -> Callable[..., Path]:
    """Writes a small rulebook: `books("old", GOOD)`."""
    return partial(made, tmp_path)


# -- kinds of change -----------------------------------------------------------------------------------------------------

def test_no_difference_is_a_proof(books: Callable[..., Path]) -> None:
    old, new = books("old", GOOD, TERM, BLOCK), books("new", BLOCK, TERM, GOOD)
    assert run(old, new)[0] == 0 and "没有任何差别（已证明）" in run(old, new)[1]
    assert "No difference (proved)" in run(old, new, "--lang", "en")[1] and told(old, new)["same"] is True


def test_a_heavier_route_with_its_smallest_application_and_both_explanations(books: Callable[..., Path]) -> None:
    old, new = books("old", GOOD), books("new")
    status, out, err = run(old, new)
    assert status == 1 and err == ""
    for said in ("1 类申请的结果变了：1 类变重，0 类变轻，0 类其他", "变重", "示例证明：以前 走 数据共享 → 现在 走 提交", "全国，2000-01-01 起",
                 "假如 事项 是 示例事项", "材料 示例证明 的 查询结果 是 查到有效", "依据 能查", "依据 提交", "需要提交“示例证明”"):
        assert said in out
    found = told(old, new)
    [change] = found["changes"]
    assert found["status"] == 1 and (found["same"], found["unknown"]) == (False, False)
    assert found["classes"] == {"all": 1, "worse": 1, "better": 0, "other": 0, "unknown": 0}
    assert (change["item"], change["material"], change["turn"]) == ("thing", "paper", "worse")
    assert change["before"] == {"route": "shared", "mode": None, "name": "数据共享"} and change["after"]["route"] == "submit"
    assert change["rules"] == {"before": ["能查"], "after": ["提交"]} and (change["from"], change["until"]) == ("2000-01-01", None)
    assert change["witness"]["before"]["rules"] == ["能查"] and change["witness"]["after"]["rules"] == ["提交"]
    assert [one["article"] for one in change["witness"]["after"]["citations"]] == ["第一条", "第二条"]
    assert "needs" not in out and "hand in" in run(old, new, "--lang", "en")[1] and "1 worse off" in run(old, new, "--lang", "en")[1]


def test_the_example_is_of_a_day_its_reader_knows(books: Callable[..., Path]) -> None:
    limited = GOOD | {"施行": "2021-03-01", "失效": "2021-12-31"}
    [change] = told(books("old"), books("new", limited))["changes"]
    assert (change["from"], change["until"]) == ("2021-03-01", "2021-12-31")
    assert change["witness"]["as_of"] == change["witness"]["application"]["accepted_on"] == "2021-03-01"


def test_a_lighter_route_and_another_way_of_the_same_burden(books: Callable[..., Path]) -> None:
    assert [one["turn"] for one in told(books("old"), books("new", GOOD))["changes"]] == ["better"]
    ways = [rule("后补", "准许", f"容缺后补/{mode}", "材料需要 成立", 理由="可以容缺") for mode in ("容缺受理", "承诺审批")]
    [change] = told(books("one", ways[0]), books("two", ways[1]))["changes"]
    assert change["turn"] == "other" and change["before"]["route"] == change["after"]["route"] == "deferral" and change["before"]["mode"] != change["after"]["mode"]


def test_worse_stands_before_better(books: Callable[..., Path]) -> None:
    items = [item(asked("示例证明"), asked("别的证明"))]
    one, other = (rule("能查", "准许", "数据共享", f"材料 是 {name}", "查询结果 是 查到有效", "材料需要 成立", 理由="数据共享可得") for name in ("示例证明", "别的证明"))
    status, out, _ = run(books("old", one, items=items), books("new", other, items=items))
    assert status == 1 and out.index("\n变重") < out.index("  示例证明：") < out.index("\n变轻") < out.index("  别的证明：")


def test_items_that_appear_and_vanish(books: Callable[..., Path]) -> None:
    more = item(asked("示例证明"), code="more", name="另一事项", division="210400")
    old, new = books("old"), books("new", items=[THING, more])
    found = told(old, new)
    assert found["status"] == 1 and [(one["item"], one["what"]) for one in found["items"]] == [("more", "new")] and "210402" in found["items"][0]["divisions"]
    assert "新办理：另一事项，抚顺市及所属" in run(old, new)[1] and "不再办理：另一事项" in run(new, old)[1]
    assert "newly offered" in run(old, new, "--lang", "en")[1]


def test_terms_blocks_grounds_and_bases(books: Callable[..., Path]) -> None:
    later = TERM | {"值": "7"}
    other = BLOCK | {"当": ["欠缴 不成立"]}
    cited = GOOD | {"条款": "第九条"}
    based = item(asked("示例证明", 依据=[{"文件": "示例条例", "条款": "第三条"}]), 情形=[situation("owed", "欠缴")])
    old, new = books("old", GOOD, TERM, BLOCK), books("new", cited, later, other, items=[based])
    found, (status, out, _) = told(old, new), run(old, new)
    assert status == found["status"] == 1 and found["changes"] == [] and found["classes"]["all"] == 2
    assert [(one["term"], one["before"]["text"], one["after"]["text"]) for one in found["terms"]] == [("notice_term", "5个工作日", "7个工作日")]
    assert sorted(one["turn"] for one in found["blocks"]) == ["better", "worse"] and all(one["witness"]["given"] for one in found["blocks"])
    assert next(one["aspects"] for one in found["grounds"] if one["rule"] == "能查") == ["citation"] and len(found["bases"]) == 1
    for said in ("有的申请新被阻止", "有的申请不再被阻止", "补正告知期限：5个工作日（告知） → 7个工作日（告知）", "结果不变，依据不同", "改动：能查（出处）",
                 "《示例办法》（无）第一条 → 《示例办法》（无）第九条", "+ 《示例条例》第三条"):
        assert said in out
    assert "every material" not in out and "The same outcome on other grounds" in run(old, new, "--lang", "en")[1]


def test_only_terms_change_while_every_route_is_proved_the_same(books: Callable[..., Path]) -> None:
    old, new = books("old", TERM), books("new", TERM | {"值": "7"})
    status, out, _ = run(old, new)
    assert status == 1 and "每份材料都走原来的路径（已证明）" in out and "没有任何差别" not in out


def test_one_item_only(books: Callable[..., Path]) -> None:
    more = item(asked("示例证明"), code="more", name="另一事项")
    old, new = books("old", GOOD, items=[THING, more]), books("new", items=[THING, more])
    assert {one["item"] for one in told(old, new)["changes"]} == {"thing", "more"}
    assert {one["item"] for one in told(old, new, "--item", "另一事项")["changes"]} == {one["item"] for one in told(old, new, "--item", "more")["changes"]} == {"more"}
    status, _, err = run(old, new, "--item", "另一事")
    assert status == 2 and "没有叫“另一事”的事项" in err and "另一事项" in err


def test_facts_of_another_type_cannot_be_compared(books: Callable[..., Path]) -> None:
    old, new = books("old"), books("new")
    for place, fact in ((old, "{名称: 试, 英文: tried, 英文名: tried, 描述: 申请, 类型: 是否, 来源: 申报, 问题: 试过吗？, 英文问题: Tried?}"),
                        (new, "{名称: 试, 英文: tried, 英文名: tried, 描述: 申请, 类型: 日期, 来源: 申报, 问题: 哪天试的？, 英文问题: When tried?}")):
        words = place / "vocabulary.yaml"
        words.write_text(words.read_text("utf-8").replace("事实:\n", f"事实:\n  - {fact}\n", 1), "utf-8")
    found = told(old, new)
    assert (found["status"], found["same"], found["unknown"]) == (3, False, True)
    assert found["unlike"] == [{"fact": "tried", "name": "试", "before": "是否", "after": "日期"}]
    assert "不能比较" in run(old, new)[1] and "has another type now" in run(old, new, "--lang", "en")[1]


def test_what_is_not_answered_in_time_is_said_as_unknown(books: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.proof.solver.World.solve", lambda *_: None)
    old, new = books("old", GOOD, BLOCK), books("new")
    found = told(old, new)
    assert (found["status"], found["same"], found["unknown"]) == (3 if not found["grounds"] else 1, False, True)
    assert {one["turn"] for one in (*found["changes"], *found["blocks"])} == {"unknown"} and found["classes"]["all"] == 0
    _, out, _ = run(old, new)
    assert "没有答案" in out and "已证明" not in out
    assert "not known" in run(old, new, "--lang", "en")[1]


def test_unknown_alone_has_a_status_of_its_own(books: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.proof.solver.World.solve", lambda *_: None)
    bar = rule("不查", "排除", "数据共享", "数据有异议 成立", 理由="数据异议自证")
    assert run(books("old", GOOD), books("new", GOOD, bar))[0] == 3


def test_many_classes_are_told_briefly_at_the_end(books: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.commands.diff_tables.FULL", 0)
    assert FULL > 0 and "例子和说明见 --json" in run(books("old", GOOD), books("new"))[1]


def test_files_with_other_content_are_named_though_no_decision_hangs_on_them(books: Callable[..., Path]) -> None:
    old, new = books("old", GOOD), books("new", GOOD | {"要点": "换一种说法。"})
    status, out, _ = run(old, new)
    assert status == 0 and "没有任何差别（已证明）" in out and "内容有改动的文件" in out and told(old, new)["files"] == ["law/00.yaml"]
    assert "Files with other content" in run(old, new, "--lang", "en")[1]


def test_a_year_with_other_working_days(books: Callable[..., Path]) -> None:
    old, new = books("old"), books("new")
    found = read_rulebook(open_rulebook(new)).calendar.years
    calendar = new / "calendar.yaml"
    day = max(day for day in found[2026].holidays).isoformat()
    text = calendar.read_text("utf-8")
    assert text.count(day) == 1
    calendar.write_text(text.replace(day, (max(found[2026].holidays) - timedelta(days=20)).isoformat()), "utf-8")
    assert (told(old, new)["status"], told(old, new)["calendar"]) == (1, [2026]) and "2026 年的工作日不同" in run(old, new)[1]


# -- sides -----------------------------------------------------------------------------------------------------------------

def test_all_problems_of_both_sides_are_printed(books: Callable[..., Path]) -> None:
    old, new = books("old", GOOD | {"理由": "没有的理由"}), books("new", GOOD | {"准许": "没有的路径"}, GOOD | {"编号": "二", "理由": "也没有的"})
    status, out, err = run(old, new)
    assert status == 2 and out == "" and f"{old}/law/00.yaml" in err and f"{new}/law/00.yaml" in err
    assert "没有的理由" in err and "没有的路径" in err and "也没有的" in err
    found = told(old, new)
    assert found["refused"] is True and len(found["problems"]) == 3


def test_wrong_usage() -> None:
    assert run()[0] == 2 and run("rules", "rules", "--seconds", "0")[0] == 2


# -- scenarios -------------------------------------------------------------------------------------------------------------

def test_scenarios_hold_under_the_new_rulebook(books: Callable[..., Path], tmp_path: Path) -> None:
    gone = rule("无须", "准许", "取消", "查询结果 是 查到有效", "材料需要 成立", 理由="新规不再要求")
    old, new, file = books("old", GOOD), books("new", gone, BLOCK), tmp_path / "made.feature"
    found = told(old, new, "--scenarios", file)
    assert found["scenarios"] == {"file": str(file), "written": found["classes"]["all"], "left_out": 0} and found["classes"]["all"] >= 2
    text = file.read_text("utf-8")
    assert text.startswith("# language: zh-CN\n功能: ") and "那么 材料 示例证明 走 取消，依据 无须" in text and "申请被阻止，依据 不办" in text
    assert {"无须", "不办"} <= set(scenarios(file, new))
    assert "个场景写进" in run(old, new, "--scenarios", file)[1]


def test_without_an_example_no_file_is_written(books: Callable[..., Path], tmp_path: Path) -> None:
    old, file = books("old", GOOD), tmp_path / "made.feature"
    assert told(old, old, "--scenarios", file)["scenarios"] == {"file": None, "written": 0, "left_out": 0}
    assert "没有写场景文件" in run(old, old, "--scenarios", file)[1] and not file.exists()


def test_an_interruption_is_no_answer(books: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("api.commands.diff.compare", stop)
    status, out, _ = run(books("old", GOOD), books("new"))
    assert (status, out) == (130, "")


def test_a_file_that_cannot_be_written(books: Callable[..., Path], tmp_path: Path) -> None:
    status, _, err = run(books("old", GOOD), books("new"), "--scenarios", tmp_path / "none" / "x.feature")
    assert status == 2 and "写不进" in err


def test_the_status_says_what_is_sure(books: Callable[..., Path]) -> None:
    rules = read_rulebook(open_rulebook(books("old")))
    change = Change("thing", "paper", ("shared", ""), ("submit", ""), "worse", frozenset(("000000",)), rules.changes[0], rules.changes[-1])
    unsure = replace(change, sure=False)
    assert Found(Differences()).same and not Found(Differences(changes=[unsure])).different and Found(Differences(changes=[unsure])).unknown
    assert Found(Differences(changes=[unsure, change])).different
