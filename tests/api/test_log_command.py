"""`mianzheng log` as whoever keeps the records meets it: verify, replay, show, erase; tables, JSON, refusals, exit statuses."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from api.cli import app
from api.commands import erase, log
from api.records.acts import By
from api.records.cases import go
from api.records.records import Records
from api.records.tables import KeptRulebook
from api.rule_files import bundled, open_rulebook
from tests.api.door import app as served
from tests.api.door import call
from tests.bundled import decider
from tests.records.conftest import Hands
from tests.records.jobs import applicant, new_case
from tests.records.raw import hand
from tests.records.writing import SOON

ELDER, ELDER_NAME = "430503195812310004", "测试壬"
OFFICER = By("officer", "FS-0421", "档案管理员")
GROUND = ("--ground", "个人信息保护法第四十七条第一款第二项", "--officer", "FS-0421", "--role", "档案管理员")


def run(*words: object, text: str | None = None) -> tuple[int, str, str]:
    """Exit status, standard output, standard error."""
    result = CliRunner().invoke(app, [str(word) for word in words], input=text)
    assert "Traceback" not in result.output + result.stderr
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


class Kept:
    """A database with three decisions in three cases; the elder's is withdrawn."""

    def __init__(self, url: str):
        self.url = url
        records = self.open()
        try:
            made = [records.submit(job).result(SOON) for job in (
                new_case(records, case="FS-1"), new_case(records, "company_setup_fushun"), new_case(records, applicant=applicant(ELDER, ELDER_NAME)))]
            records.do(go(records, made[2].case_id, "withdraw", OFFICER))
        finally:
            records.close()
        self.decisions, self.cases = [one.decision_id for one in made], [one.case_id for one in made]

    def open(self) -> Records:
        return Records(self.url, decider(), open_rulebook(bundled()), Hands(), program="test")

    def run(self, *words: object, text: str | None = None) -> tuple[int, str, str]:
        return run("log", *words, "--database", self.url, text=text)

    def json(self, *words: object, text: str | None = None) -> tuple[int, dict]:
        status, out, _ = self.run(*words, "--json", text=text)
        return status, json.loads(out)


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(f"sqlite:///{tmp_path / 'records.db'}")


def change_application(kept: Kept) -> None:
    with hand(kept.url) as by:
        content = by.one("SELECT content FROM log_content WHERE entry_id = ?", kept.decisions[0])
        changed = content.replace(b'"jointly_owned":false', b'"jointly_owned":true')
        assert changed != content
        by.do("UPDATE log_content SET content = ? WHERE entry_id = ?", changed, kept.decisions[0])


# -- verify ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("language", "words"), [
    ("zh", ("1 条链 · 5 个条目 · 3 次判断 · 0 个条目的内容已依法删除", "没有发现问题。")),
    ("en", ("1 chain · 5 entries · 3 decisions · content of 0 entries erased as the law provides", "No flaw found."))])
def test_a_sound_log_is_said_to_be_sound(kept, language, words):
    status, out, err = kept.run("verify", "--lang", language)
    assert (status, err) == (0, "") and all(word in out for word in words)


def test_a_sound_log_as_json(kept):
    status, told = kept.json("verify")
    assert status == 0 and told["sound"] is True and told["flaws"] == []
    assert (told["chains"], told["entries"], told["decisions"], told["erased"]) == (1, 5, 3, 0)
    [(writer, head)] = told["heads"].items()
    assert head["seq"] == 4 and len(head["hash"]) == 64 and writer


@pytest.mark.parametrize(("language", "words"), [("zh", ("内容与摘要不符", "有 1 处问题")), ("en", ("What it speaks of", "1 flaw: the log was changed"))])
def test_a_flaw_is_told_with_its_place_and_status_1(kept, language, words):
    change_application(kept)
    status, out, _ = kept.run("verify", "--lang", language)
    assert status == 1 and all(word in out for word in words) and "#1" in out and "changed-content" in out
    status, told = kept.json("verify")
    assert status == 1 and told["sound"] is False
    [flaw] = told["flaws"]
    assert flaw["place"].endswith("#1") and flaw["code"] == "changed-content" and flaw["zh"] and flaw["en"]


def test_heads_are_kept_and_demanded(kept, tmp_path):
    heads = tmp_path / "heads.json"
    status, out, _ = kept.run("verify", "--heads", heads)
    assert status == 0 and str(heads) in out
    assert kept.run("verify", "--expect", heads)[1].count("另存的链尾都还在") == 1
    with hand(kept.url) as by:
        last = by.one("SELECT id FROM log_entry WHERE seq = 4")
        by.do("DELETE FROM log_content WHERE entry_id = ?", last)
        by.do("DELETE FROM log_entry WHERE id = ?", last)
        by.do("UPDATE log_chain SET seq = 3, hash = (SELECT hash FROM log_entry WHERE seq = 3)")
    assert kept.run("verify")[0] == 0
    status, told = kept.json("verify", "--expect", heads)
    assert status == 1 and [(one["place"], one["code"]) for one in told["flaws"]] == [("--expect", "cut-chain")]
    status, out, _ = kept.run("verify", "--expect", heads, "--lang", "en")
    assert status == 1 and "the chain was cut" in out


def test_heads_of_a_flawed_log_replace_none(kept, tmp_path):
    heads = tmp_path / "heads.json"
    kept.run("verify", "--heads", heads)
    before = heads.read_bytes()
    change_application(kept)
    status, out, _ = kept.run("verify", "--heads", heads)
    assert status == 1 and "没有写" in out and heads.read_bytes() == before


@pytest.mark.parametrize("content", [None, "", "[]", '{"heads": []}', '{"heads": {"a": {"seq": "1", "hash": "x"}}}', '{"heads": {"a": {"seq": 1}}}'])
def test_a_file_that_holds_no_heads_is_a_mistake_of_usage(kept, tmp_path, content):
    heads = tmp_path / "heads.json"
    if content is not None:
        heads.write_text(content)
    status, out, err = kept.run("verify", "--expect", heads)
    assert (status, out) == (2, "") and str(heads) in err.replace("\n", "")


def test_heads_that_cannot_be_written_are_told(kept, tmp_path):
    status, _, err = kept.run("verify", "--heads", tmp_path / "none" / "heads.json", "--lang", "en")
    assert status == 1 and "cannot be written" in err


@pytest.mark.parametrize(("command", "more"), [("verify", ()), ("replay", ()), ("show", ("00000000-0000-4000-8000-000000000000",)),
                                                ("erase", ("--case", "x", "--yes", *GROUND))])
def test_a_database_that_is_not_there_is_refused_and_not_made(tmp_path, command, more):
    path = tmp_path / "none.db"
    status, _, err = run("log", command, *more, "--database", f"sqlite:///{path}")
    assert status == 1 and "没有数据库文件" in err and not path.exists()
    assert run("log", command, *more, "--database", "off")[0] == 1
    assert run("log", command, *more, "--database", "mysql://x")[0] == 1


def test_a_database_without_records_is_refused_and_left_as_it_is(tmp_path):
    path = tmp_path / "empty.db"
    path.touch()
    status, _, err = run("log", "verify", "--database", f"sqlite:///{path}", "--lang", "en")
    assert status == 1 and "holds no records" in err
    status, out, _ = run("log", "verify", "--database", f"sqlite:///{path}", "--json")
    assert status == 1 and json.loads(out)["problems"][0]["code"] == "old-database"
    with hand(f"sqlite:///{path}") as by:
        assert by.see("SELECT name FROM sqlite_master") == []


def test_nobody_answers(monkeypatch):
    status, _, err = run("log", "verify", "--database", "postgresql://nobody@localhost:1/none", "--lang", "en")
    assert status == 1 and "database does not answer" in err


def test_verifying_and_replaying_change_nothing(kept):
    path = Path(kept.url.removeprefix("sqlite:///"))
    before = path.read_bytes()
    assert kept.run("verify")[0] == kept.run("replay")[0] == kept.run("show", kept.decisions[0])[0] == 0
    assert path.read_bytes() == before


def test_progress_is_shown_on_a_terminal_only(kept, monkeypatch):
    assert kept.run("verify")[2] == ""
    shown = io.StringIO()
    monkeypatch.setattr(log, "err", lambda: Console(file=shown, force_terminal=True, width=100))
    assert kept.run("verify")[0] == 0
    assert "核验" in shown.getvalue()


# -- replay ----------------------------------------------------------------------------------------------------------

def test_every_decision_comes_out_the_same(kept):
    status, out, err = kept.run("replay")
    assert (status, err) == (0, "") and "重算 3 次判断：3 次逐字节相同" in out and "没有不同。" in out
    status, told = kept.json("replay")
    assert status == 0 and (told["identical"], told["different"], told["failed"], told["erased"]) == (3, 0, 0, 0) and told["decisions"] == []


def test_named_ones_are_told_one_by_one(kept):
    status, told = kept.json("replay", kept.decisions[0], kept.decisions[1], kept.decisions[0])
    assert status == 0 and [one["decision"] for one in told["decisions"]] == kept.decisions[:2]
    assert all(one["result"] == "identical" and one["digest"] == one["recorded_digest"] for one in told["decisions"])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_where_they_part_is_shown_with_both_values(kept, language):
    change_application(kept)
    status, out, _ = kept.run("replay", "--lang", language)
    assert status == 1 and kept.decisions[0] in out and "/materials" in out
    status, told = kept.json("replay")
    [one] = told["decisions"]
    assert status == 1 and one["result"] == "different" and (told["identical"], told["different"]) == (2, 1)
    assert one["differences"] and all(set(found) == {"pointer", "recorded", "now"} and found["recorded"] != found["now"] for found in one["differences"])


def test_since_and_sample_choose(kept):
    assert kept.json("replay", "--since", "2026-11-22")[1]["identical"] == 3
    assert kept.json("replay", "--since", "2026-11-23")[1]["identical"] == 0
    assert kept.json("replay", "--sample", 2)[1]["identical"] == 2
    assert kept.json("replay", "--sample", 9)[1]["identical"] == 3


@pytest.mark.parametrize("words", [("x", "--since", "2026-11-22"), ("x", "--sample", "1"), ("--sample", "0"), ("--since", "gestern")])
def test_options_that_do_not_go_together_are_a_mistake_of_usage(kept, words):
    assert kept.run("replay", *words)[0] == 2


def test_what_cannot_be_decided_again_says_why(kept):
    assert kept.json("replay", "none")[1]["decisions"][0]["en"] == "There is no decision with this id."
    with hand(kept.url) as by:
        by.do("UPDATE log_content SET content = ? WHERE entry_id = ?", b"{", kept.decisions[1])
        by.do("UPDATE rulebook SET version = 'sha256:0'")
        by.do("UPDATE log_entry SET header = REPLACE(header, 'sha256:', 'sha256:0') WHERE id = ?", kept.decisions[0])
    status, told = kept.json("replay")
    assert status == 1 and told["failed"] == 2
    status, out, _ = kept.run("replay")
    assert status == 1 and "没有保存它的规则库" in out and "保存的内容读不出来" in out


# -- show and explain ------------------------------------------------------------------------------------------------

def test_a_decision_is_shown_as_decide_prints_it_with_its_envelope(kept, tmp_path):
    file = tmp_path / "application.json"
    from tests.records.jobs import sample
    file.write_text(json.dumps(sample(case="FS-1")), "utf-8")
    status, plain, _ = run("decide", file, "--on", "2026-11-22")
    assert status == 0
    status, out, err = kept.run("show", kept.decisions[0])
    assert (status, err) == (0, "") and out.endswith(plain)
    for word in (kept.decisions[0], kept.cases[0], "FS-1", "2026-11-22T09:30:00+08:00"):
        assert word in out.removesuffix(plain)


@pytest.mark.parametrize("level", ["off", "summary", "full"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_shown_as_json_it_is_what_the_service_answers(kept, level, language):
    from datetime import UTC, datetime

    from api.settings import Settings
    service = served(Settings(database=kept.url), now=datetime(2026, 11, 22, 1, 30, tzinfo=UTC))
    answer = call("GET", f"/v1/decisions/{kept.decisions[0]}?explain={level}", to=service, headers={"Accept-Language": language}).json()
    service.state.service.close()
    assert kept.json("show", kept.decisions[0], "--explain", level, "--lang", language) == (0, answer)


def test_explaining_a_decision_says_why_no_lighter_route(kept):
    status, out, _ = run("explain", kept.decisions[1], "--database", kept.url)
    assert status == 0 and "为什么不走更轻的路径" in out
    assert out == kept.run("show", kept.decisions[1], "--explain", "full")[1]
    status, out, _ = run("explain", kept.decisions[1], "--database", kept.url, "--json")
    assert json.loads(out)["id"] == kept.decisions[1]


@pytest.mark.parametrize("command", [("log", "show"), ("explain",)])
def test_what_is_not_there_is_told(kept, command):
    status, out, err = run(*command, "00000000-0000-4000-8000-000000000000", "--database", kept.url)
    assert (status, out) == (1, "") and "没有编号为" in err


def test_a_decision_whose_rulebook_is_gone_is_told(kept):
    with hand(kept.url) as by:
        assert by.do(f"DELETE FROM {KeptRulebook.__tablename__}") == 1
    assert "log verify" in kept.run("show", kept.decisions[0])[2].replace("\n", "")


# -- erase -----------------------------------------------------------------------------------------------------------

def test_a_case_is_erased_and_the_log_stays_sound(kept):
    status, told = kept.json("erase", "--case", kept.cases[2], "--yes", *GROUND)
    assert status == 0 and told["cases"] == [kept.cases[2]] and told["wiped"] is True and told["left"] == []
    status, found = kept.json("verify")
    assert status == 0 and found["erased"] == len(told["entries"]) == 2
    assert kept.json("replay")[1]["erased"] == 1 and kept.run("replay")[0] == 0
    assert kept.run("replay", kept.decisions[2])[0] == 1      # it was asked for and cannot be had
    for command in (("log", "show"), ("explain",)):
        status, _, err = run(*command, kept.decisions[2], "--database", kept.url, "--lang", "en")
        assert status == 1 and "erased as the law provides" in err.replace("\n", " ")
    assert kept.run("erase", "--case", kept.cases[2], "--yes", *GROUND)[0] == 1


def test_a_person_is_named_by_a_number_that_stands_on_no_command_line(kept):
    status, out, _ = kept.run("erase", "--person", "居民身份证号码", "--yes", *GROUND, text=f"{ELDER}\n")
    assert status == 0 and "已删除 2 个条目的内容" in out and ELDER not in out and ELDER_NAME not in out
    status, told = kept.json("erase", "--person", "resident_id", "--yes", *GROUND, text="430503195812310005\n")
    assert status == 1 and told["problems"][0]["code"] == "id-number"


@pytest.mark.parametrize(("answer", "status", "said"), [("y", 0, "已删除"), ("n", 1, "没有删除")])
def test_on_a_terminal_it_says_what_would_go_and_asks(kept, monkeypatch, answer, status, said):
    monkeypatch.setattr(erase, "on_terminal", lambda: True)
    found, out, err = kept.run("erase", "--person", "resident_id", *GROUND, text=f"{ELDER}\n{answer}\n")
    assert found == status and said in out + err and "1 个办件里 2 个条目的内容" in err
    assert kept.json("verify")[1]["erased"] == (2 if status == 0 else 0)


def test_without_a_terminal_it_wants_yes(kept):
    status, _, err = kept.run("erase", "--case", kept.cases[2], *GROUND, "--lang", "en")
    assert status == 2 and "--yes" in err
    assert kept.json("verify")[1]["erased"] == 0


@pytest.mark.parametrize("words", [("--yes",), ("--case", "a", "--decision", "b", "--yes"), ("--case", "a", "--person", "resident_id", "--yes")])
def test_exactly_one_thing_is_erased_at_a_time(kept, words):
    assert kept.run("erase", *words, *GROUND)[0] == 2


def test_a_ground_is_needed_and_an_officer(kept):
    assert kept.run("erase", "--case", kept.cases[2], "--yes")[0] == 2
    assert kept.run("erase", "--case", kept.cases[2], "--yes", "--ground", " ", "--officer", "x", "--role", "y")[0] == 2


def test_what_is_pending_is_not_erased_and_says_so(kept):
    status, _, err = kept.run("erase", "--case", kept.cases[0], "--yes", *GROUND)
    assert status == 1 and kept.cases[0] in err.replace("\n", "") and "已收件" in err
    assert "erased" not in kept.run("erase", "--case", "none", "--yes", *GROUND)[2]
    assert kept.json("verify")[1]["erased"] == 0
