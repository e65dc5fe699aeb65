"""Published lists over HTTP: the same list as JSON, CSV and Excel, in both languages, and every refusal."""

from __future__ import annotations

import csv
import io
import time
import zipfile
from urllib.parse import quote, unquote

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.lists import NOTES, STATES, accepted
from api.http.lists_models import Code, Note, State
from api.published_files import CSV, XLSX, as_csv, as_xlsx, harmless, table, write_whole
from engine.catalogue import PublishedList
from engine.published import KINDS
from engine.published import NOTES as ENGINE_NOTES
from tests.api.door import assert_problem, call, codes, get
from tests.api.test_openapi import assert_fits
from tests.bundled import DIVISIONS, rulebook

BOM = b"\xef\xbb\xbf"
KIND_CODES = [kind.code for kind in KINDS]
PATHS = [f"/v1/lists/{kind}?division={division}&on=2026-11-22" for kind in KIND_CODES for division in ("000000", *DIVISIONS)]
PATHS += ["/v1/lists/proofs?draft=true&division=210400&on=2026-11-22", "/v1/lists/deferrals?division=410500&on=2026-11-22"]


def csv_lines(raw: bytes) -> list[dict[str, str]]:
    """The lines of a CSV by the names of its columns."""
    assert raw.startswith(BOM)
    return list(csv.DictReader(io.StringIO(raw[len(BOM):].decode("utf-8"), newline="")))


def workbook(raw: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(raw))


def grid(sheet) -> list[list[str]]:
    """The heading and lines of a sheet, without its head."""
    top = int(sheet.freeze_panes[1:]) - 1
    return [[cell or "" for cell in line] for line in sheet.iter_rows(top, sheet.max_row, values_only=True)]


# —— JSON ——

def test_the_overview_counts_every_kind():
    found = get("/v1/lists?division=210400&on=2026-11-22").json()
    assert (found["rulebook"], found["division_name"], found["on"], found["count"]) == (rulebook().version, "抚顺市", "2026-11-22", 6)
    assert [one["list"] for one in found["lists"]] == KIND_CODES
    for one in found["lists"]:
        whole = get(f"/v1/lists/{one['list']}?division=210400&on=2026-11-22").json()
        assert {key: whole[key] for key in one} == one and len(whole["rows"]) == one["count"] and len(whole["batches"]) == one["batch_count"]


@pytest.mark.parametrize("path", [*PATHS, "/v1/lists", "/v1/lists?division=513424"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_answer_fits_its_description(path, language):
    response = get(path, headers={"Accept-Language": language})
    assert response.status_code == 200 and response.headers["content-type"] == "application/json"
    assert_fits("ListOverview" if "lists" in response.json() else "ListContent", response.json())


def test_the_nation_today_is_the_default():
    found = get("/v1/lists/proofs").json()
    assert (found["division"], found["on"], found["draft"]) == ("000000", "2026-11-22", False)


def test_a_row_names_its_batch_and_what_the_division_says():
    found = get("/v1/lists/deferrals?division=410500&on=2026-11-22").json()
    assert [(one["division"], one["batch"], one["synthetic"]) for one in found["batches"]] == [("410500", "第一批", True), ("410000", "第一批", True)]
    one = found["rows"][0]
    assert (one["item_name"], one["material_name"], one["division_name"], one["published"], one["term"], one["term_applied"]) == (
        "公司设立登记", "任职文件", "安阳市", "2022-06-30", {"count": 2, "unit": "working_day"}, {"count": 2, "unit": "working_day"})
    assert one["consequence"] == {"code": "deemed_withdrawn", "text": "视为撤回", "rule": "安阳-24-2"}


@pytest.mark.parametrize("kind", KIND_CODES)
@pytest.mark.parametrize(("language", "word"), [("zh", "未公布"), ("en", "npublished")])
def test_an_unpublished_list_says_so_and_what_it_means(kind, language, word):
    found = get(f"/v1/lists/{kind}?on=2000-01-01", headers={"Accept-Language": language}).json()
    assert (found["state"], found["others"], found["count"], found["rows"], found["batches"]) == ("unpublished", "unpublished", 0, [], [])
    assert word in found["state_text"] and word in found["meaning"]


def test_a_synthetic_list_of_proofs_says_that_it_abolishes_nothing():
    found = get("/v1/lists/proofs?division=210400&on=2026-11-22").json()
    assert (found["state"], found["others"], found["synthetic"]) == ("published", "unpublished", True)
    assert "合成" in found["meaning"]


def test_the_draft_is_set_apart():
    found = get("/v1/lists/proofs?division=210400&on=2026-11-22&draft=true").json()
    published = get("/v1/lists/proofs?division=210400&on=2026-11-22").json()
    assert (found["draft"], found["state"], found["others"], found["batches"]) == (True, "draft", None, [])
    assert "草案" in found["state_text"] and all(one["batch"] is None and one["bases"] for one in found["rows"])
    assert (published["draft"], published["state"]) == (False, "published") and all(one["batch"] for one in published["rows"])
    assert any("条款待核" in one["review"] for one in found["rows"] if one["review"])


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_a_list_may_be_named_in_chinese(kind):
    assert {get(f"/v1/lists/{quote(word)}").json()["list"] for word in (kind.name, kind.title)} == {kind.code}


def test_english_is_spoken_where_it_is_asked_for():
    found = get("/v1/lists/deferrals?division=410500&on=2026-11-22", headers={"Accept-Language": "en"}).json()
    for text in (found["state_text"], found["meaning"], found["division_name"], found["rows"][0]["consequence"]["text"]):
        assert text and text.isascii()


def test_words_and_models_name_the_same_codes():
    assert set(ENGINE_NOTES) == set(NOTES) == set(Note.__args__)
    assert set(STATES) == set(State.__args__) and tuple(KIND_CODES) == Code.__args__


# —— CSV ——

@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_csv_holds_what_the_json_holds(path, language):
    headers = {"Accept-Language": language}
    found, response = get(path, headers=headers).json(), get(f"{path}&format=csv", headers=headers)
    assert response.headers["content-type"].startswith("text/csv; charset=utf-8")
    lines, made = csv_lines(response.content), table(found)
    assert len(lines) == max(1, found["count"])
    for line in lines:
        assert list(line.values())[:6] == [value for _, value in made.context]
        assert list(line.values())[5] == rulebook().version
    if found["count"]:
        assert [tuple(line.values())[6:] for line in lines] == [tuple(map(harmless, line)) for line in made.lines]
    else:
        assert list(lines[0].values())[-1] == found["meaning"]


def test_the_csv_has_the_fields_under_chinese_headings():
    path = "/v1/lists/deferrals?division=410500&on=2026-11-22&format=csv"
    line = csv_lines(get(path).content)[0]
    assert {key: line[key] for key in ("区划", "日期", "状态", "事项", "材料", "索要单位", "容缺期限", "逾期后果", "批次", "公布日期", "合成数据")} == {
        "区划": "安阳市", "日期": "2026-11-22", "状态": "已公布", "事项": "公司设立登记", "材料": "任职文件", "索要单位": "市场监管部门", "容缺期限": "2个工作日",
        "逾期后果": "视为撤回（安阳-24-2）", "批次": "第一批", "公布日期": "2022-06-30", "合成数据": "是"}
    assert csv_lines(get(path, headers={"Accept-Language": "en"}).content)[0]["If late"] == "the application is deemed withdrawn (安阳-24-2)"


@given(st.text())
def test_no_cell_of_a_csv_begins_a_formula(text):
    found = harmless(text)
    assert not found.lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    assert found in (text, f"'{text}")


NASTY = "=cmd|' /C calc'!A0\x07,\"引号\"\n第二行"


def nasty() -> dict:
    """A list whose cells are out to do harm."""
    found = get("/v1/lists/deferrals?division=410500&on=2026-11-22").json()
    found["rows"] = [{**found["rows"][0], "basis": NASTY, "asked_by": "+1", "issued_by": "-1", "guide": "@SUM(A1)"}]
    return found


def test_formulas_stay_text_in_both_files():
    line = csv_lines(as_csv(nasty()))[0]
    assert [line[key] for key in ("设定依据", "索要单位", "开具单位", "办理指南")] == [f"'{NASTY}", "'+1", "'-1", "'@SUM(A1)"]
    sheet = workbook(as_xlsx(nasty())).worksheets[0]
    cells = [cell for cell in sheet[sheet.max_row] if cell.value is not None]
    assert all(cell.data_type == "s" for cell in cells)
    assert NASTY.replace("\x07", "") in [cell.value for cell in cells]


# —— Excel ——

@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_workbook_holds_what_the_json_holds(path, language):
    headers = {"Accept-Language": language}
    found, response = get(path, headers=headers).json(), get(f"{path}&format=xlsx", headers=headers)
    assert response.headers["content-type"] == XLSX
    book, made = workbook(response.content), table(found)
    sheet = book.worksheets[0]
    assert grid(sheet) == [list(made.columns), *map(list, made.lines)]
    told = {sheet.cell(row, 1).value: sheet.cell(row, 2).value for row in range(1, 8)}
    assert {rulebook().version, found["on"], found["meaning"], found["state_text"]} <= set(told.values())
    assert sheet.auto_filter.ref and sheet.freeze_panes and sheet["A1"].value == made.title
    assert len(book.worksheets) == (2 if found["batches"] else 1)
    if found["batches"]:
        assert grid(book.worksheets[1]) == [list(made.batch_columns), *map(list, made.batch_lines)]


def test_the_same_list_gives_the_same_bytes():
    found = get(PATHS[-1]).json()
    first = as_xlsx(found)
    time.sleep(1.1)           # the time of writing has whole seconds
    assert as_xlsx(found) == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.testzip() is None and archive.namelist()[0] == "[Content_Types].xml"


# —— negotiation, names, caching ——

@pytest.mark.parametrize(("accept", "form"), [
    ("", "json"), ("*/*", "json"), ("application/json", "json"), (CSV, "csv"), (XLSX, "xlsx"), ("TEXT/CSV", "csv"), ("text/*", "csv"), ("application/*", "json"),
    ("text/html,application/xhtml+xml,*/*;q=0.8", "json"), ("text/html", "json"), ("image/png;q=1", "json"), (f"{XLSX};q=0.9,{CSV};q=0.5", "xlsx"),
    (f"{CSV};q=0.5,application/json;q=0.4", "csv"), (f"{CSV},application/json", "json"), ("application/json;q=0,*/*", "csv"), (f"{CSV};q=0,*/*;q=0.1", "json"),
    (f"{CSV};q=x", "json"), (f"{CSV};q=2", "json"), (f"{CSV}; header=present ; q=0.3", "csv"), (",;,q=1;;", "json"), ("*/*;q=0", "json"),
    ("*/*;q=0.9,text/csv;q=0.1", "json")])
def test_accept_chooses_the_format_and_json_stands_in(accept, form):
    assert accepted(accept) == form
    response = get("/v1/lists/showable?division=513424", headers={"Accept": accept})
    assert response.headers["content-type"].split(";")[0] == {"json": "application/json", "csv": CSV, "xlsx": XLSX}[form]
    assert response.headers["vary"] == "Accept, Accept-Language"


def test_the_parameter_outweighs_accept():
    assert get("/v1/lists/showable?format=json", headers={"Accept": CSV}).headers["content-type"] == "application/json"
    assert get("/v1/lists/showable?format=xlsx", headers={"Accept": CSV}).headers["content-type"] == XLSX


@pytest.mark.parametrize(("path", "plain", "full"), [
    ("/v1/lists/deferrals?division=410500&on=2026-11-22&format=csv", "deferrals-410500-2026-11-22.csv", "安阳市容缺受理材料清单2026-11-22.csv"),
    ("/v1/lists/proofs?division=210400&on=2026-11-22&draft=true&format=xlsx", "proofs-draft-210400-2026-11-22.xlsx", "抚顺市证明事项清单（草案）2026-11-22.xlsx"),
    ("/v1/lists/promise_approvals?on=2026-11-22&format=csv", "promise-approvals-000000-2026-11-22.csv", "全国承诺审批清单2026-11-22.csv")])
def test_a_file_has_a_plain_and_a_chinese_name(path, plain, full):
    said = get(path).headers["content-disposition"]
    assert said.isascii() and said.startswith(f"attachment; filename=\"{plain}\"; filename*=UTF-8''")
    assert unquote(said.rpartition("''")[2]) == full


@pytest.mark.parametrize("form", ["json", "csv", "xlsx"])
def test_each_format_is_kept_until_it_changes(form):
    path = f"/v1/lists/showable?division=513424&on=2026-11-22&format={form}"
    first = get(path)
    again = get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
    other = {one: get(path.replace(f"format={form}", f"format={one}")).headers["etag"] for one in ("json", "csv", "xlsx")}
    assert len(set(other.values())) == 3
    assert call("HEAD", path).headers["etag"] == first.headers["etag"]


# —— refusals ——

def test_an_unknown_list_is_not_found_and_the_nearest_is_named():
    found = assert_problem(get("/v1/lists/deferalls"), 404, "unknown-list")
    assert (found["errors"][0]["field"], found["errors"][0]["nearest"], found["errors"][0]["allowed"]) == ("path.kind", "deferrals", KIND_CODES)
    assert "deferalls" in found["detail"]


@pytest.mark.parametrize(("query", "code"), [
    ("division=999999", "unknown-division"), ("on=2026-02-30", "wrong-date"), ("format=pdf", "unknown-value"), ("x=1", "unknown-parameter"),
    ("draft=perhaps", "wrong-type"), ("division=", "too-short"), ("on=1900-01-01", "wrong-date")])
def test_a_wrong_parameter_is_refused(query, code):
    response = get(f"/v1/lists/proofs?{query}")
    assert_problem(response, 422, "invalid-parameter")
    assert codes(response) == [code]


@pytest.mark.parametrize("query", ["division=999999", "on=tomorrow", "draft=true", "format=csv"])
def test_the_overview_refuses_what_it_does_not_take(query):
    assert_problem(get(f"/v1/lists?{query}"), 422, "invalid-parameter")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_only_proofs_have_a_draft(language):
    response = get("/v1/lists/deferrals?draft=true", headers={"Accept-Language": language})
    found = assert_problem(response, 422, "invalid-parameter")["errors"][0]
    assert (found["code"], found["field"], found["allowed"]) == ("no-draft", "query.draft", ["proofs"]) and "deferrals" in found["message"]


def test_a_list_that_cannot_be_read_is_not_found_in_any_format():
    for form in ("csv", "xlsx"):
        assert_problem(get(f"/v1/lists/none?format={form}"), 404, "unknown-list")


# —— files ——

def test_a_file_is_replaced_whole_and_keeps_its_rights(tmp_path):
    file = tmp_path / "清单.csv"
    write_whole(file, b"old")
    file.chmod(0o640)
    link = tmp_path / "link.csv"
    link.symlink_to(file)
    write_whole(link, b"new")
    assert (file.read_bytes(), file.stat().st_mode & 0o777, link.is_symlink()) == (b"new", 0o640, True)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["link.csv", "清单.csv"]


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    file = tmp_path / "list.csv"
    write_whole(file, b"old")
    monkeypatch.setattr("api.published_files.os.replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError):
        write_whole(file, b"new")
    assert file.read_bytes() == b"old" and [one.name for one in tmp_path.iterdir()] == ["list.csv"]


def test_the_bundled_lists_are_all_reached():
    """Every batch of the bundled rulebook stands in the list of its own division, on its first day."""
    for one in rulebook().lists:
        assert isinstance(one, PublishedList)
        kind = next(kind.code for kind in KINDS if kind.name == one.kind)
        found = get(f"/v1/lists/{kind}?division={one.division}&on={one.start}").json()
        assert one.batch in [batch["batch"] for batch in found["batches"] if batch["division"] == one.division]
