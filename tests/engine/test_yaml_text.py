"""YAML as rule files may write it: everything is text, every line is known, what misleads a reader is refused."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from engine import yaml_text
from engine.problems import Refused
from engine.yaml_text import dotted, read


def refused(text: str) -> list[tuple[str, int]]:
    with pytest.raises(Refused) as caught:
        read(text)
    assert all(problem.zh and problem.en for problem in caught.value.problems)
    return [(problem.code, problem.line) for problem in caught.value.problems]


def test_every_scalar_is_the_text_that_was_written() -> None:
    text = "a: 1\nb: yes\nc: 2020-04-13\nd: 1.10\ne: null\nf: ~\ng: 0o17\nh: '是'\ni:\nj: 是不是？\nk: {l: is it so?, m: [x?, y]}\n"
    assert read(text).content == {
        "a": "1", "b": "yes", "c": "2020-04-13", "d": "1.10", "e": "null", "f": "~", "g": "0o17", "h": "是", "i": "", "j": "是不是？",
        "k": {"l": "is it so?", "m": ["x?", "y"]}}


def test_keys_and_values_know_their_lines() -> None:
    found = read("甲: 一\n乙:\n  - 丙: 二\n    丁: [三,\n        四]\n")
    assert found.line(("甲",)) == 1
    assert found.line(("乙", 0)) == 3
    assert found.line(("乙", 0, "丁")) == 4
    assert found.line(("乙", 0, "丁", 1)) == 5
    assert found.line(("乙", 0, "没有")) == 3
    assert found.line(("没有",)) == 1


def test_a_field_is_written_as_a_reader_counts() -> None:
    assert dotted(("规则", 2, "当", 0)) == "规则[3].当[1]"


@pytest.mark.parametrize(("text", "found"), [
    ("a: 1\na: 2\nb: {c: 1, c: 2}\n", [("duplicate-key", 2), ("duplicate-key", 3)]),
    ("a: &x 1\nb: *x\n", [("anchor", 1), ("anchor", 2)]),
    ("a: &x {b: 1}\nc:\n  <<: *x\n", [("anchor", 1), ("anchor", 3)]),
    ("a: !x 1\n", [("tag", 1)]), ("a: !!str 1\nb: !!python/name:os.system 2\n", [("tag", 2)]),
    ("a: 1\n---\nb: 2\n", [("several-documents", 2)]),
    ("a:\tb\nc: d\n\te: f\n", [("tab", 1), ("tab", 3)]),
    ("甲: 一\n文号：无\n乙: 二\n", [("full-width-colon", 2)]),
    ("规则：\n  - 编号: 甲\n", [("full-width-colon", 1)]),
    ("规则:\n  - 编号: 甲\n    要点：一\n    条款: 二\n", [("full-width-colon", 3)]),
    ("a: {谁：甲, 做什么: 乙}\n", [("full-width-colon", 1)]),
    ("a: [1, 2\n", [("yaml-syntax", 1)]), ("a: 'b\nc: d\n", [("yaml-syntax", 1)]), ("a: b: c\n", [("yaml-syntax", 1)]),
    ("a: 1\n b: 2\n", [("yaml-syntax", 2)]), ("a: *x\n", [("anchor", 1)]), ("a: 1\nb: \x01\n", [("yaml-syntax", 2)]),
    ("a: @b\n", [("yaml-syntax", 1)]),
    ("[" * 3000, [("yaml-syntax", 1)]), ("? [a]\n: b\n", [("yaml-syntax", 2)]),
])
def test_what_misleads_is_refused_with_its_line(text: str, found: list[tuple[str, int]]) -> None:
    assert refused(text) == found


def test_a_lone_text_is_given_as_it_is_whether_it_may_stand_there_is_the_shapes_question() -> None:
    assert read("文件：条例\n").content == "文件：条例"


def test_a_full_width_colon_inside_a_value_is_fine() -> None:
    assert read("要点: 分两种：甲和乙\n备注: >\n  第一：甲\n  第二：乙\n").content == {"要点": "分两种：甲和乙", "备注": "第一：甲 第二：乙\n"}


def test_an_empty_text_is_an_empty_mapping() -> None:
    assert read("").content == read("# only a remark\n").content == {}


@pytest.mark.parametrize("text", [
    "a: [x?, {b: y?}]\n", "a: &x 1\n", "a: b: c\n", "甲: 一\n文号：无\n乙: 二\n", "a: 'b\n", "a: [1, 2\n", "- a\nb: 1\n"])
def test_the_parser_without_the_c_extension_says_the_same(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def outcome() -> object:
        try:
            return read(text).content
        except Refused as caught:
            return caught.problems
    fast = outcome()
    monkeypatch.setattr(yaml_text, "YAML", lambda typ: YAML(typ=typ, pure=True))
    assert outcome() == fast


@given(st.text(max_size=200))
def test_no_text_brings_it_down(text: str) -> None:
    try:
        read(text)
    except Refused as caught:
        assert caught.problems and all(problem.line >= 1 for problem in caught.problems)


def test_a_large_file_is_read_quickly() -> None:
    text = "".join(f"- {{编号: 规则-{number}, 要点: 一句话, 当: [甲 成立, 乙 不成立]}}\n" for number in range(1500))
    start = time.process_time()
    read(text)
    assert time.process_time() - start < 0.5
