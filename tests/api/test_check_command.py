"""`check` and `schema` on the command line: exit status, which stream, both languages, JSON; that counter-examples are scenarios that run."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_bdd.parser import FeatureParser
from typer.testing import CliRunner, Result

from api.cli import app
from api.rule_files import bundled
from engine.problems import Problem, Refused
from features.steps import running, story
from tests.engine.reading.rulebooks import BAD, MINIMAL, overlaid
from tests.engine.small import EVERYWHERE, HAND_IN, NOT_NEEDED, asked, instrument, item, material, rule, situation, source, texts

RUN = CliRunner()
NEEDED = "情况属实 成立"
KEPT = {"编号": "一", "要点": "用不着的不要", "依据": "示例条例第一条", "当": ["材料需要 不成立"], "那么": ["路径 是 不涉及"]}
WRONG = {"编号": "不必提交", "要点": "谁也不必提交", "依据": "示例条例第二条", "当": ["材料需要 成立"], "那么": ["路径 不是 提交"]}


def check(*arguments: object) -> Result:
    return RUN.invoke(app, ["check", "--on", "2026-11-22", *map(str, arguments)])


def write(directory: Path, files: dict[str, str]) -> Path:
    for path, text in files.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(text, encoding="utf-8")
    return directory


def thing(**more: object) -> dict:
    """An item with one proof that one situation calls for."""
    return item(asked("示例证明", 需要=[NEEDED]), 情形=[situation("so", "情况属实")], **more)


def files(*rules: dict, invariants: tuple[dict, ...] = (KEPT,), pairs: tuple[dict, ...] = (), law: dict | None = None, **catalogue: list[dict]) -> dict[str, str]:
    """A rulebook of one item and one proof. Without changes everything about it holds."""
    made = texts(instrument("示例法", *(rules or (HAND_IN, NOT_NEEDED)), **(law or {})),
                 **{"items": [thing()], "materials": [material("a", "示例证明")]} | catalogue)
    return made | {"invariants.yaml": json.dumps({"不变量": list(invariants)} | ({"对照": list(pairs)} if pairs else {}), ensure_ascii=False)}


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    return write(tmp_path, overlaid(BAD / "unknown-reason"))


@pytest.fixture
def over() -> Iterator[Callable[[Path, Path], dict[str, str]]]:
    """Runs every scenario of a file over a rulebook's directory: what the first failing step says, by scenario."""
    def run(directory: Path, file: Path) -> dict[str, str]:
        running.use_rules(directory)
        feature = FeatureParser(str(file.parent), file.name).parse()
        found = {}
        for template in feature.scenarios.values():
            scenario = template.render({})
            found[scenario.name] = running.run(running.Example(file.name, template, scenario, frozenset()))
        return found

    yield run
    story._directory.clear()
    story.decider.cache_clear()


# -- reading --------------------------------------------------------------------------------------------------------------

def test_a_sound_rulebook_is_summed_up() -> None:
    result = check("--quick", MINIMAL)
    assert result.exit_code == 0 and result.stderr == ""
    assert "规则库没有错误" in result.stdout and "没有证明" in result.stdout and "sha256:" in result.stdout and "合成数据" in result.stdout
    assert "reads without a problem; nothing was proved" in check("--quick", MINIMAL, "--lang", "en").stdout


def test_a_sound_rulebook_as_json() -> None:
    found = json.loads(check("--quick", MINIMAL, "--json").stdout)
    assert found["sound"] is None and found["proved"] is False and "findings" not in found
    assert found["counts"]["rules"] == 9 and found["counts"]["pairs"] == 0 and found["marks"][0]["text"] == "合成数据"


def test_problems_go_to_standard_error_grouped_by_file(bad: Path) -> None:
    result = check(bad)
    assert result.exit_code == 1 and result.stdout == ""
    assert result.stderr.splitlines()[0] == "law/000000-national/proofs.yaml"
    assert "17  没有叫“数据可获”的理由。您是不是要写“数据可得”？" in result.stderr and "共 1 处错误，在 1 个文件里。" in result.stderr
    assert "Did you mean “数据可得”?" in check(bad, "--lang", "en").stderr
    assert check("--quick", bad).stderr == result.stderr


def test_problems_as_json(bad: Path) -> None:
    result = check(bad, "--json")
    found = json.loads(result.stdout)
    problem = found["problems"][0]
    assert result.exit_code == 1 and found["sound"] is False and found["proved"] is False
    assert (problem["code"], problem["line"], problem["field"], problem["nearest"]) == ("unknown-reason", 17, "规则[1].理由", "数据可得")


def test_a_directory_that_is_not_there_is_a_plain_sentence(tmp_path: Path) -> None:
    for arguments in ([tmp_path / "none"], [MINIMAL, "--also", tmp_path / "none"]):
        result = check(*arguments)
        assert result.exit_code == 1 and "没有" in result.stderr and "Traceback" not in result.stderr


@pytest.mark.parametrize("arguments", [
    ["--nothing"], ["--seconds", "0"], ["--seconds", "soon"], ["--on", "someday"], ["--quick", "--days"], ["--quick", "--scenarios", "a.feature"],
    ["--days", "--seconds", "2"], ["--scenarios", "a.txt"], ["--scenarios", "no-such-folder/a.feature"]])
def test_wrong_usage_has_its_own_status(arguments: list[str]) -> None:
    result = check(MINIMAL, *arguments)
    assert result.exit_code == 2 and result.stdout == "" and result.stderr and "Traceback" not in result.stderr


def test_options_that_do_not_go_together_are_named() -> None:
    assert "--quick 不证明，不能和 --seconds 一起写" in check("--quick", "--seconds", "2").stderr
    assert "--days proves nothing and does not go with --scenarios" in check("--days", "--scenarios", "a.feature", "--lang", "en").stderr
    assert json.loads(check("--days", "--scenarios", "a.feature", "--json").stdout)["problems"][0]["code"] == "wrong-options"


# -- what holds -----------------------------------------------------------------------------------------------------------

def test_a_rulebook_of_which_everything_holds(tmp_path: Path) -> None:
    result = check(write(tmp_path, files()))
    assert result.exit_code == 0 and result.stderr == "", result.stdout
    assert result.stdout.startswith("规则库没有错误，要证明的都成立。") and "每份材料在任何一天、任何情形下都有路径" in result.stdout and "不成立的" not in result.stdout
    assert "everything that was to be proved holds" in check(tmp_path, "--lang", "en").stdout


def test_what_holds_as_json(tmp_path: Path) -> None:
    found = json.loads(check(write(tmp_path, files()), "--json").stdout)
    assert found["sound"] is True and found["proved"] is True and found["on"] == "2026-11-22" and found["scenarios"] is None
    assert found["scenes"] >= found["distinct"] > 0 and found["questions"] > 0
    assert [(one["code"], one["count"]) for one in found["holds"]][:2] == [("undecidable", 1), ("invariants", 1)]
    assert [one["grade"] for one in found["findings"]] == [] and {one["code"] for one in found["desk"]} == {"comparison-missing"}


def test_notes_are_folded_unless_asked_for(tmp_path: Path) -> None:
    idle = [rule(name, "准许", "取消", "材料需要 成立", f"材料类别 是 {kind}", 理由="没有法定依据", 暂无适用="目录里没有这一类")
            for name, kind in (("空1", "证照"), ("空2", "申请表"))]
    directory = write(tmp_path, files(HAND_IN, NOT_NEEDED, *idle))
    folded, whole = check(directory), check(directory, "--notes")
    assert folded.exit_code == whole.exit_code == 0, folded.output
    assert "提示 3 处" in folded.stdout and "空1" in folded.stdout and "空2" not in folded.stdout and "空2" in whole.stdout
    assert "the first of each kind" in check(directory, "--lang", "en").stdout


# -- what fails -----------------------------------------------------------------------------------------------------------

def test_an_invariant_that_fails_is_shown_with_a_scenario_that_runs(tmp_path: Path, over: Callable[[Path, Path], dict[str, str]]) -> None:
    directory, file = write(tmp_path / "book", files(invariants=(KEPT, WRONG))), tmp_path / "counter.feature"
    result = check(directory, "--scenarios", file)
    assert result.exit_code == 1 and f"反例写在 {file}" in result.stderr
    said = result.stdout
    assert "不变量“不必提交”不成立：谁也不必提交。  invariant" in said and "    invariants.yaml:1" in said
    assert "示例事项 · 示例证明 · 全部 " in said and "2000-01-01 起" in said
    shown = said[said.index("最小的反例"):]
    assert "# 不变量“不必提交”不成立：谁也不必提交。" in shown and "假如 事项 是 示例事项" in shown and f"并且 {NEEDED}" in shown
    assert "那么 材料 示例证明 走 提交，依据 提交，理由 依法需要提交" in shown
    assert said.rstrip().endswith("规则库有 1 处不成立。")
    ran = over(directory, file)
    assert ran and set(ran.values()) == {""}


def test_a_counter_example_as_json(tmp_path: Path) -> None:
    result = check(write(tmp_path, files(invariants=(KEPT, WRONG))), "--json")
    found = json.loads(result.stdout)
    [finding] = found["findings"]
    assert result.exit_code == 1 and found["sound"] is False
    assert set(finding) == {"grade", "code", "subject", "file", "line", "zh", "en", "places", "examples"}
    assert (finding["grade"], finding["code"], finding["subject"]) == ("problem", "invariant", "不必提交")
    [place] = finding["places"]
    assert (place["item"], place["material"], place["from"], place["to"]) == ("thing", "a", "2000-01-01", None) and "210400" in place["divisions"]
    example = finding["examples"][0]
    assert set(example) == {"item", "material", "divisions", "from", "to", "as_of", "application", "asked_elsewhere", "answer", "scenario", "refused"}
    assert example["application"]["situation"] == {"so": True} and example["refused"] is None and "场景: 不必提交" in example["scenario"]
    assert example["answer"] == ["材料 示例证明 走 提交，依据 提交，理由 依法需要提交"]


def test_in_english_the_scenario_stays_chinese(tmp_path: Path) -> None:
    said = check(write(tmp_path, files(invariants=(KEPT, WRONG))), "--lang", "en").stdout
    assert said.startswith("The rulebook has 1 thing wrong.") and "The invariant “不必提交” does not hold." in said
    assert "thing · a · all " in said and "from 2000-01-01" in said and "假如 事项 是 示例事项" in said


def test_no_route_at_all_is_shown(tmp_path: Path, over: Callable[[Path, Path], dict[str, str]]) -> None:
    directory, file = write(tmp_path / "book", files(NOT_NEEDED)), tmp_path / "counter.feature"
    result = check(directory, "--scenarios", file)
    assert result.exit_code == 1 and "有的材料一条路径也没有" in result.stdout and "那么 材料 示例证明 的 状态 是 无法判断" in result.stdout
    assert set(over(directory, file).values()) == {""}


DOWN = ("查询结果 属于 数据源中断、结果不明、信息不符", "查询结果 不属于 数据源中断、结果不明、信息不符")
SHARED = rule("共享", "准许", "数据共享", "材料需要 成立", "数据源状态 是 已接通", "查询结果 是 查到有效", 理由="数据共享可得",
              后续=[{"谁": "受理部门", "做什么": "查询数据"}])
NO_BURDEN = {"编号": "中断不加重", "要点": "中断的时候要提交的，查得清楚的时候也要提交", "依据": "示例条例", "甲": [DOWN[0]], "乙": [DOWN[1]],
             "若甲": ["路径 是 提交"], "则乙": ["路径 是 提交"]}


def test_both_readings_of_a_comparison_that_fails_are_shown(tmp_path: Path, over: Callable[[Path, Path], dict[str, str]]) -> None:
    directory, file = tmp_path / "book", tmp_path / "counter.feature"
    write(directory, files(HAND_IN, NOT_NEEDED, SHARED, pairs=(NO_BURDEN,), sources=[source("register", EVERYWHERE)],
                           materials=[material("a", "示例证明", 数据源=["register"])]))
    result = check(directory, "--scenarios", file)
    found = json.loads(check(directory, "--json").stdout)
    [finding] = [one for one in found["findings"] if one["code"] == "comparison"]
    assert result.exit_code == 1 and "对照“中断不加重”不成立" in result.stdout
    first, second = finding["examples"][:2]
    assert "走 提交" in first["answer"][0] and "走 数据共享" in second["answer"][0]
    assert first["scenario"].count("（甲）") == 1 and second["scenario"].count("（乙）") == 1
    assert first["scenario"] in _unindented(result.stdout) and second["scenario"] in _unindented(result.stdout)
    assert set(over(directory, file).values()) == {""}


def _unindented(text: str) -> str:
    return "\n".join(line.removeprefix("    ") for line in text.splitlines())


def test_a_comparison_with_national_law_says_how_the_material_stands_there(tmp_path: Path) -> None:
    local = instrument("抚顺示例办法", rule("抚顺取消", "准许", "取消", "材料需要 成立", 理由="没有法定依据"), rank="规范性文件", division="210400")
    pair = {"编号": "地方不变", "要点": "地方与全国一样", "依据": "示例条例", "乙的规则": "全国", "若甲": ["路径 是 取消"], "则乙": ["路径 是 取消"]}
    made = files(HAND_IN, NOT_NEEDED, pairs=(pair,)) | {"law/01.yaml": json.dumps(local, ensure_ascii=False)}
    result = check(write(tmp_path, made))
    assert result.exit_code == 1 and "# 只用全国规则（乙）：材料 示例证明 走 提交，依据 提交" in result.stdout
    assert "那么 材料 示例证明 走 取消，依据 抚顺取消" in result.stdout


def test_two_routes_that_open_alike_in_different_modes_are_told_apart(tmp_path: Path) -> None:
    modes = [rule(name, "准许", f"容缺后补/{mode}", "材料需要 成立", f"材料类别 是 {kind}", 理由="可以容缺", 后续=[{"谁": "申请人", "做什么": "补交材料"}])
             for name, mode, kind in (("先收", "容缺受理", "证明"), ("先批", "承诺审批", "证照"))]
    kept = [KEPT | {"编号": f"{kind}不先批", "当": [f"材料类别 是 {kind}"], "那么": ["方式 不是 承诺审批"]} for kind in ("证明", "证照")]
    asks = [asked("示例证明", 需要=[NEEDED], 角色="副件"), asked("示例证照", 需要=[NEEDED], 角色="副件")]
    made = files(HAND_IN, NOT_NEEDED, *modes, invariants=tuple(kept), items=[item(*asks, 情形=[situation("so", "情况属实")])],
                 materials=[material("a", "示例证明"), material("b", "示例证照", 类别="证照")])
    result = check(write(tmp_path, made), "--json")
    broken = [one for one in json.loads(result.stdout)["findings"] if one["code"] == "invariant"]
    assert result.exit_code == 1 and [one["subject"] for one in broken] == ["证照不先批"], result.stdout
    assert [one["material"] for one in broken[0]["examples"]] == ["b"] and "容缺后补/承诺审批" in broken[0]["examples"][0]["answer"][0]


def test_rules_that_are_dead_or_said_twice(tmp_path: Path) -> None:
    never = rule("矛盾", "准许", "取消", "材料需要 成立", "材料需要 不成立", 理由="没有法定依据")
    twice = HAND_IN | {"编号": "又提交"}
    always = rule("处处", "准许", "取消", "材料类别 是 证明", 理由="没有法定依据")
    found = json.loads(check(write(tmp_path / "a", files(HAND_IN, NOT_NEEDED, never, twice)), "--json").stdout)
    problems = [one for one in found["findings"] if one["grade"] == "problem"]
    assert sorted((one["code"], one["subject"]) for one in problems) == [("rule-dead", "矛盾"), ("rules-alike", "又提交")]
    assert all(one["file"] == "law/00.yaml" and one["line"] and not one["examples"] for one in problems)
    said = check(write(tmp_path / "b", files(HAND_IN, NOT_NEEDED, always)))
    assert said.exit_code == 1 and "写了条件，可是在目录里处处成立" in said.stdout and re.search(r"law/00\.yaml:\d+", said.stdout)


def test_a_problem_of_the_desk_checks_fails_too(tmp_path: Path) -> None:
    directory = write(tmp_path, files(invariants=({key: value for key, value in KEPT.items() if key != "依据"},)))
    result = check(directory)
    assert result.exit_code == 1 and "案头检查的问题 1 处（2026-11-22）" in result.stdout and "invariant-without-source" in result.stdout
    assert json.loads(check(directory, "--json").stdout)["sound"] is False


def test_the_day_of_the_desk_checks_is_the_one_asked_for(tmp_path: Path) -> None:
    directory = write(tmp_path, files())
    later = json.loads(RUN.invoke(app, ["check", str(directory), "--json", "--on", "2029-01-01"]).stdout)
    assert "comparison-overdue" in {one["code"] for one in later["desk"]} and later["on"] == "2029-01-01"


def test_what_no_scenario_can_say_is_shown_as_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise Refused([Problem("scenario", "这件申请写不成场景。", "No scenario can say this application.")])

    monkeypatch.setattr("api.commands.proofs.scenario_text", refuse)
    directory, file = write(tmp_path / "book", files(invariants=(KEPT, WRONG))), tmp_path / "counter.feature"
    result = check(directory, "--scenarios", file)
    assert result.exit_code == 1 and "# 写不成场景：这件申请写不成场景。" in result.stdout and '"item": "thing"' in result.stdout
    assert not file.exists() and "没有写" in result.stderr
    example = json.loads(check(directory, "--json").stdout)["findings"][0]["examples"][0]
    assert example["scenario"] is None and example["refused"]["en"] == "No scenario can say this application."


def test_what_the_solver_does_not_answer_is_unknown_and_never_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    directory = write(tmp_path, files(invariants=(KEPT, WRONG)))
    monkeypatch.setattr("engine.proof.solver.World.solve", lambda *_: None)
    result, found = check(directory), json.loads(check(directory, "--json").stdout)
    assert result.exit_code == 3 and "没有答案" in result.stdout and "没有答案不等于成立" in result.stdout
    assert found["sound"] is None and {one["grade"] for one in found["findings"]} == {"unknown"}
    assert next(one["count"] for one in found["holds"] if one["code"] == "invariants") < 2
    assert "unknown" in check(directory, "--lang", "en").stdout.splitlines()[0]


def test_an_invariant_that_proofs_do_not_read_is_unknown(tmp_path: Path) -> None:
    beyond = KEPT | {"编号": "说多了", "那么": ["满足 是 已满足"]}
    result = check(write(tmp_path, files(invariants=(KEPT, beyond))))
    assert result.exit_code == 3 and "“说多了”说到“满足”，证明不了这样的话" in result.stdout and "unprovable" in result.stdout


def test_the_limit_of_a_question_reaches_the_prover(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = set()
    from engine.proof.solver import World
    solve = World.solve

    def watched(self: World, question: object, milliseconds: int = 0) -> object:
        limits.add(milliseconds)
        return solve(self, question, milliseconds)

    monkeypatch.setattr(World, "solve", watched)
    assert check(write(tmp_path, files()), "--seconds", "2.5").exit_code == 0
    assert limits == {2500}


def test_an_interrupted_proof_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("api.commands.check.prove", interrupted)
    result = check(write(tmp_path / "book", files()), "--scenarios", tmp_path / "a.feature")
    assert result.exit_code == 130 and result.stdout == "" and "已中断" in result.stderr and not (tmp_path / "a.feature").exists()


# -- another directory laid over it ---------------------------------------------------------------------------------------

def test_synthetic_cases_wake_idle_rules(tmp_path: Path) -> None:
    idle = rule("证照不要", "准许", "取消", "材料需要 成立", "材料类别 是 证照", 理由="没有法定依据", 暂无适用="目录里没有证照")
    base = write(tmp_path / "base", files(HAND_IN, NOT_NEEDED, idle))
    rare = item(asked("示例证照", 需要=["另一情况 成立"]), code="rare", name="少见事项", 情形=[situation("other", "另一情况")])
    whole = {"材料": [material("a", "示例证明"), material("licence", "示例证照", 类别="证照")]}
    extra = write(tmp_path / "extra", {path: json.dumps(content, ensure_ascii=False) for path, content in (
        ("catalogue/items/rare.yaml", rare), ("catalogue/materials.yaml", whole))})
    alone, laid = check(base, "--json"), check(base, "--also", extra, "--json")
    assert alone.exit_code == 0 and [one["code"] for one in json.loads(alone.stdout)["findings"]] == ["rule-idle"]
    [found] = json.loads(laid.stdout)["findings"]
    assert laid.exit_code == 0 and (found["code"], found["grade"], found["subject"]) == ("rule-not-idle", "note", "证照不要")
    assert "有材料归它管" in check(base, "--also", extra).stdout


def test_a_counter_example_names_the_directory_laid_over_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = write(tmp_path / "base", files())
    extra = write(tmp_path / "extra", {"invariants.yaml": json.dumps({"不变量": [KEPT, WRONG]}, ensure_ascii=False)})
    assert "规则目录 另加" not in check(base, "--also", extra).stdout          # it lies outside the project
    monkeypatch.setattr("api.commands.check.bundled", lambda: tmp_path / "rules")
    result = check(base, "--also", extra)
    assert result.exit_code == 1 and "假如 规则目录 另加 extra" in result.stdout


# -- days -----------------------------------------------------------------------------------------------------------------

def test_change_over_days_are_listed(tmp_path: Path) -> None:
    directory = write(tmp_path, files(HAND_IN | {"施行": "2001-01-01", "失效": "2001-12-31"}, NOT_NEEDED))
    said = check(directory, "--days", "--notes").stdout
    assert re.search(r"2001-01-01\s+起\s+规则 提交", said) and re.search(r"2002-01-01\s+止\s+规则 提交", said) and "law/00.yaml:" in said
    assert "证明了的" not in said
    english = check(directory, "--days", "--lang", "en").stdout
    assert re.search(r"2002-01-01\s+ends\s+rule 提交", english) and "3 change-over days" in english
    result = check(directory, "--days", "--json")
    days = json.loads(result.stdout)["days"]
    assert result.exit_code == 0 and [one["day"] for one in days] == ["2000-01-01", "2001-01-01", "2002-01-01"]
    assert [(one["kind"], one["subject"]) for one in days[2]["ends"]] == [("rule", "提交")] and days[2]["begins"] == []


# -- the bundled rulebook with things broken --------------------------------------------------------------------------------

def without(directory: Path, *ids: str) -> None:
    """Takes rules out of a rulebook's files."""
    for file in sorted(directory.glob("law/**/*.yaml")):
        parts = re.split(r"(?m)^(?=  - 编号: )", file.read_text(encoding="utf-8"))
        kept = [part for part in parts if not any(part.startswith(f"  - 编号: {one}\n") for one in ids)]
        if len(kept) < len(parts):
            file.write_text("".join(kept), encoding="utf-8")


def test_the_bundled_rules_with_two_of_them_gone_break_what_they_kept(tmp_path: Path, over: Callable[[Path, Path], dict[str, str]]) -> None:
    directory, file = tmp_path / "rules", tmp_path / "counter.feature"
    shutil.copytree(bundled(), directory)
    without(directory, "告知承诺制-失信排除", "证明事项清理-补核")
    result = check(directory, "--json", "--scenarios", file)
    found = {one["subject"]: one for one in json.loads(result.stdout)["findings"] if one["grade"] != "note"}
    assert result.exit_code == 1
    assert {"承诺受限申请人不得承诺", "数据源中断不转嫁", "中断不加重"} <= set(found)
    barred = found["承诺受限申请人不得承诺"]
    assert barred["examples"] and barred["places"] and barred["file"] == "invariants.yaml" and barred["line"]
    assert any(record["kind"] in ("serious", "false_commitment") for one in barred["examples"] for record in one["application"]["evidence"]["records"]["credit"])
    assert all("告知承诺" in one["answer"][0] for one in barred["examples"])
    ran = over(directory, file)
    assert len(ran) >= 3 and set(ran.values()) == {""}


# -- schema ---------------------------------------------------------------------------------------------------------------

def test_schemas_are_printed_and_written(tmp_path: Path) -> None:
    shutil.copytree(MINIMAL, tmp_path / "book")
    assert RUN.invoke(app, ["schema", "items"]).exit_code == 2
    printed = RUN.invoke(app, ["schema", "item", "--rules", str(tmp_path / "book")])
    assert printed.exit_code == 0 and json.loads(printed.stdout)["title"] == "item"
    assert RUN.invoke(app, ["schema", "--write", "--rules", str(tmp_path / "book")]).exit_code == 0
    assert json.loads((tmp_path / "book/schema/item.json").read_text(encoding="utf-8")) == json.loads(printed.stdout)
    assert check("--quick", tmp_path / "book").exit_code == 0
