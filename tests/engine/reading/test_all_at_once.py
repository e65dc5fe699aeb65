"""Everything wrong is said in one run: several mistakes in a file, several files, and nothing twice."""

from __future__ import annotations

import pytest

from engine.problems import Problem, Refused
from engine.reading import read_rulebook
from tests.engine.reading.rulebooks import minimal


def problems(texts: dict[str, str]) -> list[Problem]:
    with pytest.raises(Refused) as refused:
        read_rulebook(texts)
    return list(refused.value.problems)


def found(texts: dict[str, str]) -> list[tuple[str, int, str]]:
    return [(problem.file.rsplit("/", 1)[-1], problem.line, problem.code) for problem in problems(texts)]


def test_several_mistakes_in_several_files_are_all_reported_in_order() -> None:
    assert found(minimal(
        proofs=("查询结果 是 查到有效", "查询结论 是 查到有效"), plan=("理由: 依法提交", "理由: 依法"), materials=("类别: 申请表", "类别: 表"),
        wedding=("牵头单位: 民政部门\n", ""), calendar=("2026-01-03", "2026-01-3"))) == [
        ("calendar.yaml", 1, "bad-date"), ("wedding.yaml", 1, "missing-key"), ("materials.yaml", 2, "unknown-value"),
        ("proofs.yaml", 19, "unknown-fact"), ("plan.yaml", 16, "unknown-reason")]


def test_several_mistakes_in_one_file_are_all_reported() -> None:
    texts = minimal(proofs=("理由: 数据可得", "理甶: 数据可得"))
    path = next(path for path in texts if path.endswith("proofs.yaml"))
    texts[path] = (texts[path].replace("制定机关: 国务院\n", "").replace("失信 成立", "失信 是 良好").replace("值: 视为撤回", "值: 撤回")
                   .replace("    条款: 第二条\n", ""))
    assert [(line, code) for _, line, code in found(texts)] == [
        (1, "missing-key"), (16, "unknown-key"), (19, "rule-without-article"), (36, "comparison-type"), (58, "term-value")]


def test_a_file_that_cannot_be_read_hides_nothing_in_the_others() -> None:
    texts = minimal(proofs=("查询结果 是 查到有效", "查询结果 是 查得有效"), materials=("材料:\n", "材料：\n"))
    assert found(texts) == [("materials.yaml", 1, "full-width-colon"), ("proofs.yaml", 19, "unknown-value")]


def test_a_key_written_twice_hides_nothing_else_in_its_file() -> None:
    texts = minimal(plan=("理由: 依法提交", "理由: 依法"))
    path = next(path for path in texts if path.endswith("plan.yaml"))
    texts[path] = texts[path].replace("文号:", "文号: 无\n文号:", 1)
    assert [code for _, _, code in found(texts)] == ["duplicate-key", "unknown-reason"]


def test_words_of_a_file_that_cannot_be_read_are_not_called_unknown() -> None:
    for stem, old, new in (("materials", "材料:\n", "材料：\n"), ("credentials", "证件:\n", "证件：\n"), ("sources", "数据源:\n", "数据源：\n"),
                           ("bases", "依据文件:\n", "依据文件：\n"), ("divisions", "区划:\n", "区划：\n"), ("proofs", "规则:\n", "规则：\n")):
        assert [code for _, _, code in found(minimal(**{stem: (old, new)}))] == ["full-width-colon"], stem


def test_a_situation_of_an_item_that_cannot_be_read_is_not_called_unknown() -> None:
    texts = minimal(proofs=("查询结果 是 查到有效", "委托代办 成立"))
    path = "catalogue/items/000000-national/registration.yaml"
    texts[path] = texts[path].replace("材料目录:\n", "材料目录：\n")
    assert [code for _, _, code in found(texts)] == ["full-width-colon"]


def test_a_broken_vocabulary_is_reported_alone() -> None:
    texts = minimal(vocabulary=("来源: 记录}", "来源: 登记}"), proofs=("查询结果 是 查到有效", "查询结论 是 查到有效"))
    assert found(texts) == [("vocabulary.yaml", 5, "wrong-value")]


def test_an_empty_rulebook_lacks_vocabulary_and_ladder() -> None:
    assert found({}) == [("ladder.yaml", 0, "missing-file"), ("vocabulary.yaml", 0, "missing-file")]


def test_readme_and_schemas_are_ignored() -> None:
    assert read_rulebook({**minimal(), "README.md": "：", "law/notes.md": "x", "schema/item.json": "{"}).version == read_rulebook(minimal()).version
