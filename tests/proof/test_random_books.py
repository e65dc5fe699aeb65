"""What is proved of a random rulebook, no random application breaks; what is found broken, the engine breaks too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from engine.proof.checking import Report, check
from engine.proof.witness import Watcher
from engine.rulebook import Invariant, Rulebook
from engine.truth import FAILS, HOLDS
from tests.proof.books import PHRASES, applications, judged, phrase, rulebooks

# Not shrunk: a rulebook and applications shrink for minutes, and the message tells them in short.
some = settings(deadline=None, max_examples=6, suppress_health_check=list(HealthCheck), phases=(Phase.explicit, Phase.reuse, Phase.generate))

OUTCOMES = ("路径 不是 提交", "路径 不属于 取消、数据共享", "路径 是 提交", "方式 不是 证明承诺", "路径 不是 告知承诺", "路径 不是 不涉及", "方式 不是 容缺受理")


def problems(report: Report, code: str) -> dict[str, tuple[Any, ...]]:
    """By subject, the witnesses of what fails; what is unknown fails nothing."""
    return {one.subject: tuple(witness for _, witness in one.witnesses) for one in report.findings if one.code == code and one.grade == "problem"}


def stated(rulebook: Rulebook, given_: str, then: str) -> Rulebook:
    return replace(rulebook, invariants=(Invariant("试", "试。", "", phrase(given_), phrase(then)),))


@some
@given(rulebooks(), st.sampled_from(PHRASES), st.sampled_from(OUTCOMES), st.lists(applications(), min_size=8, max_size=8))
def test_what_is_proved_no_application_breaks(rulebook, given_, then, sample):
    rulebook = stated(rulebook, given_, then)
    report = check(rulebook, milliseconds=20_000)
    assert not report.unknown
    undecidable, broken = problems(report, "undecidable"), problems(report, "invariant")
    dead = problems(report, "rule-dead")
    watcher, one = Watcher(rulebook), rulebook.invariants[0]
    for raw in sample:
        for (key, _), seen in judged(watcher, raw)[1].items():
            assert seen.verdict.status != "undecidable" or undecidable, (key, raw)
            if seen.truth(one.given) == HOLDS and seen.truth(one.then) == FAILS and seen.verdict.status in ("settled", "waiting"):
                assert broken, (key, raw)
            grounds = {rule.id for rule in seen.verdict.grounds} if seen.verdict.status == "settled" else set()
            assert grounds.isdisjoint(dead), (key, raw, grounds & set(dead))
    for witness in undecidable.get("无法判断", ()):
        seen = watcher.look(witness)
        assert seen is not None and seen.verdict.status == "undecidable"
    for witness in broken.get("试", ()):
        seen = watcher.look(witness)
        assert seen is not None and seen.truth(one.given) == HOLDS and seen.truth(one.then) == FAILS
        assert _accepted(witness.application) <= witness.as_of


def _accepted(application: Mapping[str, Any]) -> date:
    return date.fromisoformat(application["accepted_on"])
