"""`mianzheng lists` as legal staff and website editors meet it: tables, JSON, files, refusals."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from api.cli import app
from engine.published import KINDS
from tests.api.door import get

MINIMAL = Path(__file__).parents[1] / "engine" / "minimal_rulebook"
DAY = ("--on", "2026-11-22")
ANYANG = ("deferrals", "--division", "410500", *DAY)


def run(*words: object) -> tuple[int, bytes, str]:
    """Exit status, the bytes of standard output, standard error."""
    result = CliRunner().invoke(app, ["lists", *map(str, words)])
    assert "Traceback" not in result.output + result.stderr
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout_bytes, result.stderr


def text(*words: object) -> str:
    """Standard output of a call that succeeds."""
    status, out, err = run(*words)
    assert (status, err) == (0, "")
    return out.decode("utf-8")


def test_the_overview_names_every_kind_with_state_and_counts():
    told = text("--division", "210400", *DAY)
    for kind in KINDS:
        assert kind.code in told and kind.title in told
    for word in ("抚顺市 · 2026-11-22", "已公布", "未公布", "规则库 sha256:"):
        assert word in told


@pytest.mark.parametrize(("language", "words"), [
    ("zh", ("容缺受理材料清单 · 安阳市 · 2026-11-22", "已公布，共 4 行", "公司设立登记 · 任职文件", "容缺期限：2个工作日", "逾期后果：视为撤回", "批次：第一批",
            "合成数据：是", "待法务核对：条款待核")),
    ("en", ("List of materials that may be deferred · Anyang · 2026-11-22", "published, 4 rows", "Company registration · Appointment of officers",
            "Published term: 2 working days", "Synthetic: yes", "rulebook sha256:"))])
def test_a_list_is_printed_for_people_in_both_languages(language, words):
    told = text(*ANYANG, "--lang", language)
    for word in words:
        assert word in told


def test_an_unpublished_list_says_so():
    told = text("证明事项清单", *DAY)
    assert "未公布，共 0 行" in told and "未公布不等于空清单" in told


def test_the_draft_says_that_it_is_one():
    told = text("proofs", "--draft", "--division", "210400", *DAY)
    assert told.startswith("证明事项清单（草案，未公布）") and "批次：" not in told


@pytest.mark.parametrize("kind", [None, *(kind.code for kind in KINDS)])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_json_is_that_of_the_service(kind, language):
    words = [*([kind] if kind else []), "--division", "513424", *DAY, "--lang", language]
    served = get(f"/v1/lists{f'/{kind}' if kind else ''}?division=513424&on=2026-11-22", headers={"Accept-Language": language}).json()
    assert json.loads(text(*words, "--json")) == json.loads(text(*words, "--format", "json")) == served


def test_the_csv_is_that_of_the_service():
    served = get("/v1/lists/deferrals?division=410500&on=2026-11-22&format=csv").content
    assert run(*ANYANG, "--format", "csv")[1] == served


@pytest.mark.parametrize("ending", ["csv", "xlsx", "json"])
def test_a_file_is_written_in_the_format_its_name_says(ending, tmp_path):
    file = tmp_path / f"清单.{ending}"
    file.write_bytes(b"old")
    assert str(file) in text(*ANYANG, "--out", file).replace("\n", "")
    served = get(f"/v1/lists/deferrals?division=410500&on=2026-11-22&format={ending}").content
    if ending == "json":
        assert json.loads(file.read_bytes()) == json.loads(served)
    else:
        assert file.read_bytes() == served
    assert list(tmp_path.iterdir()) == [file]


def test_the_option_outweighs_the_name(tmp_path):
    text(*ANYANG, "--format", "xlsx", "--out", tmp_path / "list.csv")
    assert openpyxl.load_workbook(tmp_path.joinpath("list.csv").open("rb")).worksheets[0].title == "容缺受理材料清单"


@pytest.mark.parametrize(("words", "said"), [
    (("deferalls",), "deferrals"), (("deferrals", "--draft"), "proofs"), (("--draft",), "proofs"), (("deferrals", "--format", "xlsx"), "--out"),
    (("deferrals", "--out", "list.txt"), "--format"), (("--format", "csv"), "table"), (("deferrals", "--json", "--format", "csv"), "--format csv"),
    (("deferrals", "--on", "2026-02-30"), "2026-02-30"), (("deferrals", "--format", "pdf"), "pdf")])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_mistake_of_usage_has_status_2_and_says_what_to_write(words, said, language):
    status, out, err = run(*words, "--lang", language)
    assert (status, out) == (2, b"") and said in err


@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_is_refused_has_status_1(language, tmp_path):
    for words, said in ((("deferrals", "--division", "999999"), "999999"), (("--rules", tmp_path / "nowhere"), "nowhere"),
                        (("deferrals", "--out", tmp_path / "nowhere" / "list.csv"), "list.csv"), (("deferrals", "--format", "csv", "--out", tmp_path), tmp_path.name)):
        status, out, err = run(*words, "--lang", language)
        assert (status, out) == (1, b"") and said in err


def test_another_rulebook_may_be_named():
    assert json.loads(text("--rules", MINIMAL, "--json"))["count"] == len(KINDS)


def test_the_help_speaks_both_languages():
    told = text("--help")
    assert "公布的清单" in told and "published lists" in told
