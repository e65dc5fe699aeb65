"""假如、当、那么：向数据源查询。What can be said of the sources a case asks: which are broken, what was asked on which ground, what the library spared.

The service of such a scenario asks the real example source server over HTTP. A claim about a question holds only where both sides tell it: the
answer, which has to name every question, and the server, which saw them. Nothing here decides.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from api.records.certificate_files import look
from api.records.certificate_loading import Report
from api.records.certificate_loading import load as load_certificates
from api.sources.links import read_links
from api.sources.sources import Sources
from engine.rulebook import Rulebook
from features.steps.example_sources import ExampleSources, example_sources
from features.steps.given import GIVEN
from features.steps.life_acts import ACTS
from features.steps.life_seen import SEEN
from features.steps.life_service import Found, Life, stated
from features.steps.story import ROOT, Story
from features.steps.words import Unmet, named, wrong

_BROKEN: dict[str, Found] = {
    "中断": {"fault": "error", "status": 500}, "没有回应": {"fault": "half_open"}, "答复读不懂": {"fault": "garbage", "how": "not_json"}, "恢复": {"fault": "none"}}
#: No sound source of a machine under load is later than the first; one that hangs, hangs for ever, and is given the second. Milliseconds.
_PATIENT, _SHORT = 20_000, 400
_WHOLE = 60_000
_NOT_ASKED, _LIBRARY = "没有问成", "certificate_library"
_WORD = r"(?P<word>[^\s，]+)"


@dataclass
class Connected:
    """The sources of a story: the server, and what is broken in it."""

    server: ExampleSources
    faults: dict[str, Found] = field(default_factory=dict)

    def settings(self) -> str:
        """How the service asks, as its operator would write it."""
        hanging = [code for code, fault in self.faults.items() if fault["fault"] == "half_open"]
        return "\n".join([
            "[defaults]", f"timeout_ms = {_PATIENT}", "cache_s = 0", "[defaults.breaker]", "failures = 1000", "[platform]", f'url = "{self.server.url}"',
            *(line for code in hanging for line in (f"[sources.{code}]", f"timeout_ms = {_SHORT}")), ""])


def _at_opening(story: Story, does: Callable[[Life], None]) -> None:
    """Do it to the story's service, now or as soon as there is one."""
    if story.life is None:
        story.at_opening.append(does)
    else:
        does(story.life)


def _connect(story: Story, life: Life) -> None:
    """Let the service ask the server, as its settings now say."""
    file = Path(life.folder.name) / "sources.toml"
    file.write_text(_connected(story).settings(), encoding="utf-8")
    service, before = life.service, life.service.sources
    object.__setattr__(service, "settings", replace(service.settings, sources=str(file), answer_within=_WHOLE))
    object.__setattr__(service, "sources", Sources(read_links(str(file), service.rulebook), service.metrics.told))
    if before is not None:
        life.runner.run(before.close())


def _connected(story: Story) -> Connected:
    found: Connected | None = story.connected
    if found is None:
        raise wrong("还没有接数据源；先写“假如 示例数据源已经接上”。", "No sources are connected yet.")
    return found


def source(rulebook: Rulebook, word: str) -> str:
    """The code of a source by name or code."""
    return named("数据源", "source", {one.name: one.code for one in rulebook.sources.values()}, word)


# —— 假如 ——

@GIVEN.form("示例数据源已经接上", r"示例数据源已经接上")
def _connects(story: Story) -> None:
    story.connected = Connected(example_sources())
    story.connected.server.clear()
    _at_opening(story, lambda life: _connect(story, life))


@GIVEN.form("数据源 婚姻登记信息 中断", rf"数据源 {_WORD} (?P<how>{'|'.join(_BROKEN)})")
def _breaks(story: Story, word: str, how: str) -> None:
    connected = _connected(story)
    connected.faults[source(story.rulebook, word)] = _BROKEN[how]
    connected.server.set_faults(connected.faults)
    if story.life is not None:
        _connect(story, story.life)


@GIVEN.form("电子证照库 载入 fixtures/certificates/dechang.jsonl", r"电子证照库 载入 (?P<path>\S+)")
def _library(story: Story, path: str) -> None:
    if not (ROOT / path).is_file():
        raise wrong(f"没有“{path}”这个文件；从项目的根目录写起。", f"There is no file “{path}”; write it from the project's root.")

    def loaded(life: Life) -> None:
        wrongs: list[str] = []
        assert life.service.records is not None
        load_certificates(life.service.records, look(ROOT / path), lambda fault: wrongs.append(fault.problem.zh), lambda read: None, Report(path, False))
        if wrongs:
            raise Unmet(f"“{path}”里有退回的：{wrongs[0]}")

    _at_opening(story, loaded)


# —— 当 ——

@ACTS.form("收件，同一请求重发一次", r"收件，同一请求重发一次")
def _sent_twice(story: Story, life: Life) -> None:
    story.accepted_on = life.today
    key = {"Idempotency-Key": str(uuid4())}
    first, second = (life.act("decisions", stated(story), key) for _ in range(2))
    if first is None or second is None:
        return
    if first != second:
        raise Unmet("重发的请求得到了另一个答复。")
    life.cases.append(first["case"])


@ACTS.form("咨询，不留记录", r"咨询，不留记录")
def _consults(story: Story, life: Life) -> None:
    story.accepted_on = life.today
    life.consulted = life.act("decisions?record=false&explain=full", stated(story)) or {}


# —— 那么 ——

@SEEN.form("向 民政部门 查询了 婚姻登记信息，依据 法定职责，结果 查到有效",
           rf"向 (?P<provider>[^\s，]+) (?P<kind>查询|核验)了 {_WORD}，依据 (?P<ground>[^\s，]+)，结果 (?P<result>[^\s，]+)(?:，因为 (?P<why>.+))?")
def _asked(story: Story, life: Life, provider: str, kind: str, word: str, ground: str, result: str, why: str | None) -> None:
    words, code = story.rulebook.vocabulary, source(story.rulebook, word)
    way = "query" if kind == "查询" else "check"
    results = {one.name: one.code for one in words["query_result" if way == "query" else "check_result"].values}
    wanted = None if result == _NOT_ASKED else named("结果", "result", results, result)
    lawful = named("查询依据", "ground", {one.name: one.code for one in words["source_ground"].values}, ground)
    told = [one for one in _told(life) if one["source"] == code]
    if not any((one["kind"], one["provider"], one["ground"], one["result"]) == (way, provider, lawful, wanted) and one.get("why") != _LIBRARY
               and (why or "") in one["text"] for one in told):
        raise Unmet(f"答复里的查询：{_read_out(told or _told(life))}")
    if wanted is not None and not any((one["kind"], one["ground"]) == (way, lawful) for one in _seen(story, code)):
        raise Unmet(f"答复里说查询了“{word}”，数据源却没有收到这样的问题。")


@SEEN.form("没有查询 配偶住房信息", rf"没有查询 {_WORD}")
def _not_asked(story: Story, life: Life, word: str) -> None:
    code = source(story.rulebook, word)
    told = [one for one in _told(life) if one["source"] == code and one["result"] is not None and one.get("why") != _LIBRARY]
    if told or _seen(story, code):
        raise Unmet(f"查询了“{word}”：{_read_out(told)}")


@SEEN.form("只问了 5 次", rf"(?:{_WORD} )?只问了 (?P<count>\d+) 次")
def _count(story: Story, life: Life, word: str | None, count: str) -> None:
    seen = _seen(story, source(story.rulebook, word) if word else None)
    if len(seen) != int(count):
        raise Unmet(f"问了 {len(seen)} 次：{'、'.join(sorted(story.rulebook.sources[one['source']].name for one in seen)) or '没有'}。")


@SEEN.form("婚姻登记信息 取自 电子证照库", rf"{_WORD} 取自 电子证照库")
def _from_the_library(story: Story, life: Life, word: str) -> None:
    code = source(story.rulebook, word)
    if not any(one["source"] == code and one.get("why") == _LIBRARY for one in _told(life)):
        raise Unmet(f"“{word}”没有取自电子证照库；答复里的查询：{_read_out(_told(life))}")
    if _seen(story, code):
        raise Unmet(f"电子证照库里有，还是问了“{word}”。")


def _told(life: Life) -> list[Found]:
    """The questions the decision that stands tells of."""
    answer = life.consulted or life.get(f"decisions/{life.case['decision_id']}")
    return list(answer.get("inquiries", ()))


def _seen(story: Story, code: str | None = None) -> list[dict[str, Any]]:
    """The questions a source saw in this scenario, or all did."""
    return [one for one in _connected(story).server.questions() if code is None or one["source"] == code]


def _read_out(told: list[Found]) -> str:
    return "".join(f"\n  {one['text']}" for one in told) or "没有。"
