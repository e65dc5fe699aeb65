"""The command line as a user meets it: exit statuses, both languages, helpful refusals, never a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.cli import app

FIXTURES = Path(__file__).parents[2] / "fixtures" / "applications"
DEMO = FIXTURES / "housing_fund_rent_fushun.json"
MINIMAL = Path(__file__).parents[1] / "engine" / "minimal_rulebook"


def run(*words: object, text: str | bytes | None = None) -> tuple[int, str, str]:
    """Exit status, standard output, standard error."""
    result = CliRunner().invoke(app, [str(word) for word in words], input=text)
    assert "Traceback" not in result.output + result.stderr
    return result.exit_code, result.stdout, result.stderr


def changed(tmp_path: Path, **changes: object) -> Path:
    """The demo application with other values at the top level; None removes a key."""
    document = json.loads(DEMO.read_text(encoding="utf-8")) | changes
    path = tmp_path / "application.json"
    path.write_text(json.dumps({key: value for key, value in document.items() if value is not None}, ensure_ascii=False), encoding="utf-8")
    return path


def test_an_undetermined_answer_has_status_3_and_says_what_to_ask_first():
    status, out, err = run("decide", DEMO, "--on", "2026-11-22")
    assert status == 3 and err == ""
    assert "还不能判断" in out and "申请人目前是否已婚？" in out and "为什么问：它决定“结婚证”" in out


def test_a_decided_answer_has_status_0(tmp_path):
    document = json.loads(DEMO.read_text(encoding="utf-8"))
    path = changed(tmp_path, situation=document["situation"] | {"married": False})
    status, out, _ = run("decide", path, "--on", "2026-11-22")
    assert status == 0 and "还差申请人的几步" in out


@pytest.mark.parametrize(("language", "word"), [("zh", "由部门查询，不用您提交"), ("en", "The authority obtains")])
def test_both_languages_are_spoken(language, word):
    assert word in run("decide", DEMO, "--on", "2026-11-22", "--lang", language)[1]


def test_json_is_one_document_and_the_same_from_a_file_and_from_standard_input():
    from_file = run("decide", DEMO, "--json", "--on", "2026-11-22")[1]
    from_input = run("decide", "-", "--json", "--on", "2026-11-22", text=DEMO.read_bytes())[1]
    assert json.loads(from_file) == json.loads(from_input)
    assert json.loads(from_file)["outcome"] == "undetermined"


def test_the_level_of_explanation_decides_what_is_said():
    off, summary, full = (json.loads(run("decide", DEMO, "--json", "--on", "2026-11-22", "--explain", level)[1]) for level in ("off", "summary", "full"))
    assert "explanation" not in off["materials"][0] and "considered" not in off["materials"][0]
    assert "explanation" in summary["materials"][0] and "considered" not in summary["materials"][0]
    assert all("text" in closed for one in full["materials"] for closed in one["considered"])


def test_every_mistake_of_the_input_is_told_at_once_and_nothing_is_decided(tmp_path):
    applicant = {"kind": "自然人", "name": "测试甲", "id_type": "resident_id", "id_number": "210400199003070008"}
    path = changed(tmp_path, deciding_division="210499", applicant=applicant, handed_in=["结婚照"])
    status, out, err = run("decide", path, "--on", "2026-11-22")
    assert status == 1 and out == ""
    for word in ("deciding_division", "applicant.id_number", "校验位不对", "handed_in.0", "结婚照", "共 3 处错误"):
        assert word in err
    assert "210400199003070008" not in err


@pytest.mark.parametrize(("text", "word"), [
    ("{", "1"), ('{"item": 1}', "item"), ('{"item": "结婚登记", "item": "x"}', "写了两次"), ("[]", "对象"), ('{"a": NaN}', "1"),
    ('{"item": "结婚登记", "accepted_on": "2026-13-01"}', "accepted_on"), ('{"item": "结婚登记", "acepted_on": "2026-01-01"}', "accepted_on")])
def test_text_that_is_no_application_is_refused_with_its_place(text, word):
    status, out, err = run("decide", "-", text=text)
    assert (status, out) == (1, "") and word in err


def test_a_file_that_cannot_be_used_is_a_mistake_of_usage(tmp_path):
    for path in (tmp_path, tmp_path / "nowhere.json"):
        status, out, err = run("decide", path)
        assert (status, out) == (2, "") and str(path) in err
    assert run("decide", DEMO, "--on", "2026-02-30")[0] == 2
    assert run("decide", DEMO, "--lang", "fr")[0] == 2
    assert run("decide")[0] == 2
    assert run("nonsense")[0] == 2


def test_a_day_before_the_application_is_refused():
    status, _, err = run("decide", DEMO, "--on", "2026-11-01")
    assert status == 1 and "accepted_on" in err


def test_another_rulebook_of_the_same_format_is_used_by_every_command():
    application = json.dumps({"item": "registration", "deciding_division": "210400", "accepted_on": "2026-11-20"})
    status, out, _ = run("decide", "-", "--rules", MINIMAL, "--json", "--on", "2026-11-20", text=application)
    assert status == 3 and json.loads(out)["item"] == "registration"
    assert run("explain", "共享", "--rules", MINIMAL)[0] == 0
    assert run("check", "--quick", MINIMAL)[0] == 0
    status, _, err = run("decide", DEMO, "--rules", MINIMAL)
    assert status == 1 and "住房公积金提取（租房）" in err
    assert run("decide", DEMO, "--rules", FIXTURES / "nowhere")[0] == 1


def test_a_rule_is_explained_with_source_condition_and_reach():
    status, out, _ = run("explain", "优化营商环境条例-44-2-证照", "--on", "2026-11-22")
    assert status == 0
    for word in ("《优化营商环境条例》（国务院令第722号）第四十四条第二款", "可替代证件 成立", "准许 出示证件", "管到"):
        assert word in out
    assert "material_kind" not in run("explain", "优化营商环境条例-44-2-证照", "--lang", "en")[1]
    assert json.loads(run("explain", "优化营商环境条例-44-2-证照", "--json")[1])[0]["id"] == "优化营商环境条例-44-2-证照"


def test_a_rule_that_nothing_falls_under_says_why_it_stands():
    said = "目录里没有涉及国家秘密的事项"
    chinese, english = (run("explain", "政务数据共享条例-秘密", "--lang", language)[1] for language in ("zh", "en"))
    assert f"暂无适用：{said}" in chinese and f"holds nowhere in the catalogue: {said}" in english
    assert said in json.loads(run("explain", "政务数据共享条例-秘密", "--json")[1])[0]["idle"]
    assert "暂无适用" not in run("explain", "优化营商环境条例-44-2-证照")[1]


def test_a_national_rule_reaches_what_only_a_city_has_listed():
    rows = json.loads(run("explain", "优化营商环境条例-44-2-承诺", "--json", "--on", "2026-11-22")[1])[0]["reaches"]
    row = next(one for one in rows if one["item"] == "住房公积金提取（租房）" and one["material"] == "无房证明")
    assert "210400" in row["divisions"]
    assert json.loads(run("explain", "优化营商环境条例-44-2-承诺", "--json", "--on", "2019-12-31")[1])[0]["reaches"] == []


def test_an_unknown_rule_is_answered_with_the_nearest():
    status, _, err = run("explain", "优化营商环境条例-44-2-证书")
    assert status == 1 and "优化营商环境条例-44-2-证照" in err


def test_the_notice_lists_what_to_do_what_to_tell_and_the_rights():
    for language, words in (("zh", ("一次性告知书", "需要您做的", "还要您告诉我们的", "您的权利")), ("en", ("One-time notice", "What you have to do", "Your rights"))):
        out = run("decide", DEMO, "--notice", "--on", "2026-11-22", "--lang", language)[1]
        assert all(word in out for word in words)


def test_the_notice_is_also_a_structure_for_machines():
    status, out, _ = run("decide", DEMO, "--notice", "--json", "--on", "2026-11-22")
    found = json.loads(out)
    assert status == 3 and found["heading"] == "一次性告知书" and all(section["lines"] for section in found["sections"])


def test_persons_are_called_by_name_in_the_table_too():
    out = run("decide", FIXTURES / "house_sale_owner_differs_ezhou.json", "--on", "2026-11-22")[1]
    assert "编号buyer" not in out and "（测试甲）" in out


@pytest.mark.parametrize("command", ["decide", "check", "explain", "schema", "serve"])
def test_every_command_has_a_help_text_in_both_languages(command):
    status, out, _ = run(command, "--help")
    assert status == 0 and any("一" <= letter <= "鿿" for letter in out) and any(letter.isascii() and letter.isalpha() for letter in out)


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.json")), ids=lambda path: path.stem)
def test_every_sample_application_is_decided(path):
    status, out, err = run("decide", path, "--on", "2026-11-22", "--json", "--explain", "full")
    assert status in (0, 3) and err == ""
    assert json.loads(out)["materials"]


BUNDLES = FIXTURES.parent / "bundles"


def test_a_file_that_names_a_bundle_prints_the_one_list(tmp_path):
    status, out, err = run("decide", BUNDLES / "open_a_company_fushun.json", "--on", "2026-11-20")
    assert (status, err) == (0, "") and "企业开办一件事" in out and "共 6 个环节" in out and "由哪个环节" in out
    status, out, _ = run("decide", BUNDLES / "birth_of_a_child_ezhou.json", "--on", "2026-11-20", "--lang", "en", "--notice")
    assert status == 3 and out.startswith("One list of materials")
    status, out, _ = run("decide", BUNDLES / "birth_of_a_child_ezhou.json", "--on", "2026-11-20", "--json")
    assert json.loads(out)["bundle"] == "birth_of_a_child" and json.loads(out)["materials"][0]["explanation"]
    path = tmp_path / "bundle.json"
    for change, code in (({"bundle": "birth_of_a_chld"}, "unknown-bundle"), ({"situation": {"x": True}}, "unknown-situation"),
                         ({"steps": []}, "unknown-field"), ({"item": "birth_certificate_issue"}, "unknown-field")):
        path.write_text(json.dumps({**json.loads((BUNDLES / "birth_of_a_child_ezhou.json").read_text("utf-8")), **change}), "utf-8")
        status, out, _ = run("decide", path, "--json", "--on", "2026-11-20")
        assert status == 1 and json.loads(out)["problems"][0]["code"] == code
    assert json.loads(out)["problems"][0]["field"] == "item"      # the one that does not belong in a file that names a bundle
