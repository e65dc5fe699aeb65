"""`mianzheng scenarios` as legal staff and testers meet it, over a step library of a few lines taken as a plug-in."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest
from typer.testing import CliRunner

from api.cli import app
from api.scenarios.library import load
from engine.problems import Refused

ROOT = Path(__file__).resolve().parents[2]

RUNNING = '''
"""Two scenarios over the little rulebook."""

from functools import cache

from engine.decide import Decider
from tests.scenarios.little import HOLDING, law, run, rulebook
from tests.engine.small import HAND_IN, NOT_NEEDED, instrument, rule


def examples():
    return HOLDING


@cache
def decider(base="", extra=""):
    return Decider(law(instrument("示例法", HAND_IN, NOT_NEEDED, rule("持证", "准许", "已有覆盖", "材料需要 成立", "持有证件 成立"), start="2020-01-01")))


def use_rules(directory):
    raise AssertionError
'''


@pytest.fixture
def features(tmp_path: Path) -> Path:
    """A directory of scenarios with a name of its own: step libraries are packages of this process."""
    folder = tmp_path / f"features_{tmp_path.name.replace('-', '_')}"
    (folder / "steps").mkdir(parents=True)
    (folder / "steps" / "running.py").write_text(RUNNING, encoding="utf-8")
    return folder


def call(*words: object) -> tuple[int, str, str]:
    """Exit status, standard output, standard error."""
    result = CliRunner().invoke(app, ["scenarios", *map(str, words)])
    assert "Traceback" not in result.output + result.stderr
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_the_table_names_what_was_not_seen_and_what_nobody_noticed(features):
    status, out, err = call(features, "--jobs", 1, "--rule", "持证", "--floor", 70)
    assert (status, err) == (0, "")
    for words in ("没有场景发现的变体", "示例事项 · 甲 · ", "施行早一天", "施行晚一天", "3 个场景，1 条规则，2 句条件",
                  "发现 5，证明无差别 1，没有发现 2", "得分 71.4%，要求 70%。达到要求。"):
        assert words in out, out


def test_in_english(features):
    status, out, _ = call(features, "--jobs", 1, "--rule", "持证", "--lang", "en")
    assert status == 1
    assert "mutants no scenario notices" in out and "Score 71.4%, 95% is asked for. That is not reached." in out
    assert not any("一" <= letter <= "鿿" for letter in out.replace("持证", ""))


def test_json_html_and_drafts_are_written(features, tmp_path):
    out = tmp_path / "out"
    status, said, _ = call(features, "--jobs", 1, "--rule", "持证", "--json", out / "r.json", "--html", out / "r.html", "--write", out / "drafts")
    assert status == 1 and said.count("写好：") == 3
    report = json.loads((out / "r.json").read_text(encoding="utf-8"))
    assert (report["score"], report["counts"]["survivors"], report["unseen"], report["status"]) == (71.43, 2, [], 1)
    states = {one["key"]: one["state"] for one in report["rules"][0]["mutants"]}
    assert states["持证:removed"] == "killed" and states["持证:dropped:0"] == "equivalent" and states["持证:begins:-1"] == "different"
    assert "<title>" in (out / "r.html").read_text(encoding="utf-8")
    text = "".join(one.read_text(encoding="utf-8") for one in (out / "drafts").iterdir())
    assert text.startswith("# language: zh-CN\n功能: ") and "@持证" in text and "当 判断这份申请" in text and "场景: 持证：施行早一天" in text


def test_json_on_standard_output_is_nothing_but_json(features):
    status, out, err = call(features, "--jobs", 1, "--rule", "持证", "--json", "-")
    assert status == 1 and json.loads(out)["counts"]["mutants"] == 8
    assert "得分 71.4%" in err


def test_two_processes_say_what_one_says(features):
    texts = [call(features, "--jobs", jobs, "--json", "-")[1] for jobs in (1, 2)]
    assert texts[0] == texts[1] and json.loads(texts[0])["counts"]["mutants"] > 8


def test_a_rule_that_is_not_there_is_a_mistake_of_usage(features):
    status, _, err = call(features, "--rule", "持症")
    assert status == 2 and "持证" in err


@pytest.mark.parametrize(("make", "code", "words"), [
    (lambda folder: folder / "nowhere", "no-features", "没有"),
    (lambda folder: folder.parent, "no-step-library", "steps/running.py"),
])
def test_a_directory_without_scenarios_or_steps_is_told_so(features, make, code, words):
    status, _, err = call(make(features))
    assert status == 1 and code in err and words in err


@pytest.mark.parametrize(("text", "code", "words"), [
    ("import nothing_of_this_name", "no-step-library", "nothing_of_this_name"), ("x = 1", "no-step-library", "examples、run、decider、use_rules"),
    ("(", "no-step-library", "steps/running.py:1"), (RUNNING.replace("return HOLDING", "return ()"), "no-scenarios", ".feature")])
def test_a_step_library_that_does_not_fit_is_told_so(features, text, code, words):
    (features / "steps" / "running.py").write_text(text, encoding="utf-8")
    with pytest.raises(Refused) as refused:
        load(features)
    assert [(one.code, words in one.zh) for one in refused.value.problems] == [(code, True)]


def test_another_directory_of_the_same_name_is_not_mistaken_for_it(features, tmp_path):
    load(features)
    other = tmp_path / "elsewhere" / features.name
    (other / "steps").mkdir(parents=True)
    (other / "steps" / "running.py").write_text(RUNNING, encoding="utf-8")
    with pytest.raises(Refused) as refused:
        load(other)
    assert [one.code for one in refused.value.problems] == ["no-step-library"]


def test_a_file_that_cannot_be_written_is_told_so(features, tmp_path):
    (tmp_path / "taken").write_text("", encoding="utf-8")
    status, _, err = call(features, "--jobs", 1, "--rule", "持证", "--html", tmp_path / "taken" / "r.html")
    assert status == 1 and "unwritable" in err


def test_a_process_that_dies_is_told_so(features):
    deadly = "\ndef run(example, deciders):\n    import os\n    os._exit(9)\n"
    (features / "steps" / "running.py").write_text(RUNNING.replace("HOLDING, law, run, rulebook", "HOLDING, law, rulebook") + deadly, encoding="utf-8")
    status, _, err = call(features, "--jobs", 2)
    assert status == 1 and "process-ended" in err


def test_ctrl_c_ends_it_and_its_processes_and_writes_nothing(features, tmp_path):
    """The scenarios never end by themselves: only the interruption ends them."""
    slow = dedent('''
        def run(example, deciders):
            import os, pathlib, time
            (pathlib.Path(__file__).parent / f"began-{os.getpid()}").touch()
            while True:
                time.sleep(3600)
    ''')
    (features / "steps" / "running.py").write_text(RUNNING.replace("HOLDING, law, run, rulebook", "HOLDING, law, rulebook") + slow, encoding="utf-8")
    report = tmp_path / "r.json"
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    with subprocess.Popen([sys.executable, "-m", "api", "scenarios", str(features), "--jobs", "2", "--json", str(report)], cwd=ROOT, env=env,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        while not list((features / "steps").glob("began-*")):
            assert process.poll() is None, process.stderr.read()  # type: ignore[union-attr]
        os.killpg(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "已中断" in err and "Traceback" not in err
    assert not report.exists()
    for began in (features / "steps").glob("began-*"):
        with pytest.raises(ProcessLookupError):
            os.kill(int(began.name.partition("-")[2]), 0)
