"""Random populations: flat rows for one item, most of them sound, some with a word nobody knows, and small random rulebooks.

The rows are texts by column, as a table has them; the same seed gives the same ones.
"""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from api.replay.columns import DuckEngine, Engine
from api.replay.paths import Paths, material_codes
from api.replay.registry import Registry
from api.replay.results import Results
from api.replay.run import Options, Replay, Rows
from engine.application import Application
from engine.catalogue import Item
from engine.decide import Decider
from engine.elsewhere import MODES
from engine.people import SIGNERS
from engine.problems import Refused
from engine.reading import read_rulebook
from engine.rulebook import Rulebook
from tests.engine import small

DAYS = ("2026-11-21", "2026-11-22", "2026-11-23", "2027-05-01", "2024-02-29", "2030-13-01")
NUMBERS = (
    ("resident_id", "210400199003070007"), ("resident_id", "620200201506010001"), ("居民身份证号码", "430503195812310004"), ("resident_id", "21040019900307000X"),
    ("hmt_residence_permit", "810000198801010004"), ("passport", "E12345678"), ("uscc", "91210400MA0000015D"), ("uscc", "91210400MA0000016D"),
    ("project_code", "2020-210400-00-01-000001"), ("resident_id", None), (None, None))
RESULTS = ("valid", "expired", "revoked", "not_found", "mismatch", "unclear", "down")
FIELDS = ("material", "person", "establishes", "route", "mode", "status", "finding", "satisfied", "rule", "reason")

Row = dict[str, str | None]


def rows(rulebook: Rulebook, item: Item, division: str, count: int, seed: int, day: str = "2026-11-22", junk: float = 0.002) -> list[Row]:
    """Random rows for an item accepted on a day. `junk`: how often a value is a word nobody knows."""
    rng = random.Random(seed)
    paths = Paths(rulebook).all(item)
    return [_row(rng, rulebook, item, division, day, paths, junk) for _ in range(count)]


def _row(rng: random.Random, rulebook: Rulebook, item: Item, division: str, day: str, paths: list[str], junk: float) -> Row:
    known = rng.choice((0.4, 0.8, 0.97))
    found: Row = {"item": rng.choice((item.code, item.code, item.name)), "deciding_division": division, "accepted_on": day}
    agent, records, filed = rng.random() < 0.2, rng.random() < known, rng.random() < known
    for path in paths:
        if path in found or path in ("as_of", "accepting_division", "elsewhere_mode", "case", "persons", "roles_complete"):
            continue
        if (path.startswith("agent.") and not agent) or (path.startswith("evidence.records.") and not records) or (path.startswith("evidence.on_file.") and not filed):
            continue
        must = path in ("agent.kind", "evidence.records.complete", "evidence.on_file.complete")
        if must or rng.random() < known:
            found[path] = rng.choice(("什么", "x", "")) if rng.random() < junk else _value(rng, rulebook, item, path)
    kind, number = rng.choice(NUMBERS)
    found |= {"applicant.id_type": kind, "applicant.id_number": number if rng.random() < 0.9 else None, "applicant.birth_date": None}
    if agent:
        found |= {"agent.id_type": "resident_id", "agent.id_number": rng.choice(("620200201506010001", None)), "agent.birth_date": None}
    # Only who acts can have signed, and a guardian is of age; now and then it is stated otherwise, and refused.
    acting = vocabulary_code(rulebook, "agent_kind", found.get("agent.kind")) if agent else None
    if len(found) % 16:
        fitting = ("self", *(signer for signer, kind in SIGNERS.items() if kind == acting))
        found |= {path: fitting[-1] for path, value in found.items() if path.endswith(".signed_by") and value in SIGNERS and value not in fitting}
        if acting == "guardian" and found.get("agent.id_number"):
            found["agent.id_number"] = "62020019880101000X"
    for path in [path for path in found if path.startswith("evidence.queries.") and not path.endswith(".result")]:
        if found.get(f"{path.rpartition('.')[0]}.result") is None:
            del found[path]
    # Where and how it was taken in decides nothing; the dice are left alone.
    found |= {"accepting_division": ("440300", "500000", None)[len(found) % 3], "elsewhere_mode": (*MODES, None)[len(found) % 4]}
    return {path: value for path, value in found.items() if value is not None}


def vocabulary_code(rulebook: Rulebook, fact: str, word: str | None) -> str | None:
    """The code of a value written by its name or code; None for a word that is neither."""
    value = rulebook.vocabulary[fact].by_word.get(word or "")
    return value.code if value else None


def _value(rng: random.Random, rulebook: Rulebook, item: Item, path: str) -> str | None:
    vocabulary, last = rulebook.vocabulary, path.rpartition(".")[2]
    if Paths(rulebook).is_truth(path):
        return rng.choice(("true", "false"))
    if path in ("presented", "handed_in", "evidence.on_file.entries", "evidence.records.credit"):
        return orjson.dumps(_list(rng, rulebook, item, path)).decode()
    if path.startswith("evidence.queries."):
        return {"result": rng.choices(RESULTS, (8, 1, 1, 2, 1, 1, 1))[0], "valid_to": rng.choice(DAYS[:4]) if rng.random() < 0.2 else None,
                "source": "register", "at": "2026-11-22T09:30:00+08:00"}[last]
    if path.startswith("evidence.checks."):
        return rng.choice(("confirmed", "refuted", "inconclusive"))
    if path.startswith("evidence.outputs."):
        return rng.choice(("issued", "expected", "failed")) if rng.random() < 0.1 else None
    if path.startswith("choices."):
        return rng.choice(("self", "agent", "guardian", "helper")) if last == "signed_by" else rng.choice(("yes", "yes", "no"))
    if path.startswith(("facts.", "evidence.records.facts.")):
        word = path.removeprefix("facts.").removeprefix("evidence.records.facts.").partition(".")[0]
        fact = vocabulary.by_word[word]
        return rng.choice([one.code for one in fact.values] + [one.name for one in fact.values]) if fact.values else rng.choice(DAYS[:5]) if fact.type == "日期" \
            else str(rng.randint(0, 30))
    return {"kind": rng.choice([value.code for value in vocabulary["agent_kind" if path.startswith("agent") else "applicant_kind"].values if value.code != "in_person"]),
            "name": "测试甲", "authorised_until": rng.choice(DAYS[:4])}.get(last)


def _list(rng: random.Random, rulebook: Rulebook, item: Item, path: str) -> list[Any]:
    codes = material_codes(item)
    if path == "handed_in":
        return [code for code in codes if rng.random() < rng.choice((0.2, 0.9))]
    if path == "presented":
        words = list(rulebook.credential_words) or ["card"]
        return [{"credential": rng.choice(words)} | ({"holder": rng.choice(("applicant", "somebody", "agent"))} if rng.random() < 0.3 else {})
                | ({"valid_to": rng.choice(DAYS[:4])} if rng.random() < 0.3 else {})
                | ({"status": rng.choice(("valid", "expired", "revoked"))} if rng.random() < 0.3 else {})
                for _ in range(rng.randint(0, 3))]
    if path == "evidence.on_file.entries":
        return [{"material": rng.choice(codes), "trust": rng.choice("ABCD"), "received_on": rng.choice(("2021-11-01", "2026-11-01"))}
                | ({"valid_to": rng.choice(DAYS[:4])} if rng.random() < 0.4 else {}) for _ in range(rng.randint(0, 4))]
    return [{"kind": rng.choice(("minor", "ordinary", "serious", "false_commitment")), "recorded_on": "2024-01-01"}
            | ({"repaired_on": rng.choice(DAYS[:4])} if rng.random() < 0.5 else {}) for _ in range(rng.randint(0, 2))]


# -- replaying, and deciding one by one ----------------------------------------------------------------------------------


def table(given: list[Row]) -> pa.Table:
    names = sorted({name for row in given for name in row})
    return pa.table({name: pa.array([row.get(name) for row in given], pa.string()) for name in names})


def replayed(rulebook: Rulebook, given: list[Row], out: Path, engine: Engine | None = None, **options: Any) -> tuple[dict[int, list[tuple[Any, ...]]], Replay]:
    """What a replay says of each row, numbered from 1, every plan by columns; and the replay."""
    results, used = Results(out), engine or DuckEngine()
    run = Replay(rulebook, used, results, Registry(), Options(fewest=1, **options))
    run.batch(Rows(table(given), 1))
    results.finish()
    return said(out), run


def said(out: Path) -> dict[int, list[tuple[Any, ...]]]:
    """Result rows by row of the population, in an order of their own."""
    found: dict[int, list[tuple[Any, ...]]] = {}
    for row in pq.read_table(out).to_pylist():
        found.setdefault(row["row"], []).append((*(row[name] for name in FIELDS), row["outcome"], row["problems"]))
    return {number: sorted(rows, key=repr) for number, rows in found.items()}


def one_by_one(rulebook: Rulebook, given: list[Row], as_of: date | None = None) -> dict[int, list[tuple[Any, ...]]]:
    """The same from the single engine."""
    by, paths, found = Decider(rulebook), Paths(rulebook), {}
    for number, row in enumerate(given, 1):
        try:
            application = Application.model_validate_json(orjson.dumps(paths.document(row)), strict=True)
            body = by.decide(application, as_of or (date.fromisoformat(row["as_of"]) if row.get("as_of") else application.accepted_on))
        except Refused as refused:
            codes = "; ".join(f"{problem.code} {problem.field}".strip() for problem in refused.problems)
            found[number] = [(None, None, None, None, None, "refused", None, "no", None, None, "refused", codes)]
            continue
        except ValueError:
            found[number] = [(None,)]
            continue
        made = [(one, None) for one in body["materials"]] + [(one, one["for"]) for one in body["establishes"]]
        found[number] = sorted(((one["material"], one.get("person"), parent, *(one[name] for name in FIELDS[3:]), body["outcome"], None)
                                for one, parent in made), key=repr)
    return found


def agree(mine: dict[int, list[tuple[Any, ...]]], theirs: dict[int, list[tuple[Any, ...]]], given: list[Row]) -> None:
    """Row for row the same; a row whose shape the contract refuses must be refused here too."""
    assert mine.keys() == theirs.keys()
    for number, rows_ in theirs.items():
        if rows_ == [(None,)]:
            assert [row[5] for row in mine[number]] == ["refused"], given[number - 1]
        else:
            assert mine[number] == rows_, given[number - 1]


# -- small random rulebooks ----------------------------------------------------------------------------------------------

PHRASES = (
    "材料需要 成立", "已婚 成立", "租房 不成立", "查询结果 是 查到有效", "查询结果 属于 查到过期、查到失效、查无记录", "查询结果 属于 信息不符、数据源中断",
    "数据源状态 是 已接通", "查询依据 属于 同意、单独同意", "查询依据 是 监护人同意", "同意查询 成立", "数据有异议 不成立", "核验结果 是 核验属实",
    "核验结果 不是 无法核实",
    "核验渠道 成立", "在案状态 是 在案可用", "在案材料 是 无记录", "申请人信用 属于 严重失信、虚假承诺", "申请人信用 不是 严重失信", "信用修复日期 不晚于 决定日期",
    "当事人年龄 小于 14", "当事人年龄 不小于 60", "出示状态 属于 尚未出示、出示有效", "出示状态 不属于 已失效、未持有", "持有证件 成立", "承诺签署人 是 本人",
    "代理授权有效 不成立", "代理情况 是 委托代理人", "许可禁止期至 晚于 申请日期", "区域评估覆盖 成立", "权属不符 成立", "前序产出 属于 已产出、待产出",
    "当事人证件类型 是 居民身份证号码", "申请人类型 是 自然人", "材料类别 是 证明", "被他件包含 成立", "其他主件齐备 成立", "其他主件齐备 不成立",
    "出生日期 早于 2000-01-01", "决定日期 不早于 信用修复日期",
)
ROUTES = (
    "不涉及", "取消", "已有覆盖", "数据共享", "部门核验", "出示证件", "告知承诺/证明承诺", "告知承诺/签字声明", "部门补核", "容缺后补/容缺受理", "容缺后补/承诺审批",
    "提交",
)


def small_rulebook(seed: int) -> Rulebook | None:
    """Four materials, one inside another and two as alternatives, under random grants, bars and a block. None where the guards refuse it."""
    rng = random.Random(seed)

    def condition(depth: int = 0) -> Any:
        shape = rng.random()
        if depth > 1 or shape < 0.6:
            return rng.choice(PHRASES)
        if shape < 0.9:
            return {rng.choice(("任一", "全部")): [condition(depth + 1) for _ in range(rng.randint(2, 3))]}
        return {"非": condition(depth + 1)}

    rules = [small.HAND_IN, small.NOT_NEEDED] if rng.random() < 0.8 else [small.HAND_IN]
    for number in range(rng.randint(4, 14)):
        route = rng.choice(ROUTES)
        if rng.random() < 0.7:
            rules.append(small.rule(f"准{number}", "准许", route, *(condition() for _ in range(rng.randint(1, 3)))))
        else:
            rules.append(small.rule(f"排{number}", "排除", rng.choice((route, route.partition("/")[0])), *(condition() for _ in range(rng.randint(1, 2)))))
    if rng.random() < 0.5:
        blocking = rng.choice(("权属不符 成立", "许可禁止期至 晚于 决定日期", "拒绝授权 成立"))
        rules.append(small.rule("阻", "阻止", "改正后再申请。", blocking))
    materials = [
        small.material("paper", "甲证明", 数据源=["register"], 证件=["卡"], 可承诺方式="证明承诺、签字声明"),
        small.material("form", "乙证明", 证明方向="无", 数据源=["strict"], 核验渠道=["channel"]),
        small.material("bundle", "丙证明", 包含=["甲证明"]), small.material("other", "丁证明", 证件=["卡"]), small.material("last", "戊证明", 数据源=["register"])]
    asked = [
        small.asked("甲证明", 角色=rng.choice(("主件", "副件")), 需要=["已婚 成立"], 承诺=small.LETTER),
        small.asked("乙证明", 需要=[rng.choice(("租房 成立", "当事人年龄 不小于 18"))]),
        small.asked("丙证明", 角色="副件")]
    group = {"名称": "一组", "编码": "group", "英文名": "group", "角色": rng.choice(("主件", "副件")), "依据": [{"文件": "示例条例", "条款": "第二条"}],
             "任选": [["己证明"], ["庚证明", "辛证明"]]}
    materials += [small.material("sixth", "己证明", 证件=["卡"]), small.material("seventh", "庚证明", 数据源=["register"]), small.material("eighth", "辛证明")]
    asked += [group] if rng.random() < 0.5 else [small.asked(name) for name in ("己证明", "庚证明", "辛证明")]
    try:
        return read_rulebook(small.texts(
            small.instrument("示例办法", *rules), materials=materials,
            items=[small.item(*asked, small.asked("丁证明"), small.asked("戊证明", 角色="副件"),
                              情形=[small.situation("married", "已婚"), small.situation("renting", "租房")])],
            sources=[small.source("register", small.EVERYWHERE), small.source("strict", small.EVERYWHERE, 查询依据="同意", 适用证件类型="居民身份证号码"),
                     small.source("channel", small.EVERYWHERE, 种类="核验")],
            credentials=[small.credential("card", "卡", 普遍持有=rng.choice(("是", "否")))],
            lists=[small.published("告知承诺清单", small.row("甲证明")), small.published("容缺受理清单", small.row("戊证明", 期限={"数": "5", "单位": "工作日"}))]))
    except Refused:
        return None
