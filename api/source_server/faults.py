"""Faults to order: what is to go wrong, at which source, at which request. Counted, never by chance, so that a run can be repeated.

Here a fault is only chosen; how it looks on the wire is in `wire`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.http.problems import Mistake
from api.http.shapes import body_mistakes, pointer_of
from engine.problems import Problem, unknown_word

#: The entry for every source without one of its own.
EVERY: Final = "*"

Milliseconds = Annotated[int, Field(ge=0, le=600_000)]


class Fault(BaseModel):
    """Base of all faults. `ms`: how long to wait before; `share`: of a standing fault, which part of the requests it hits, counted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    fault: str
    ms: Milliseconds = 0
    share: Annotated[float, Field(ge=0, le=1)] = 1.0


class Nothing(Fault):
    """The right answer: a gap in a sequence."""

    fault: Literal["none"] = "none"


class Delay(Fault):
    """The right answer, `ms` late."""

    fault: Literal["delay"]
    ms: Annotated[int, Field(ge=1, le=600_000)]


class Error(Fault):
    """A problem with this status."""

    fault: Literal["error"]
    status: Literal[403, 404, 429, 500, 502, 503] = 500


class Garbage(Fault):
    """An answer that is not what was agreed."""

    fault: Literal["garbage"]
    how: Literal["not_json", "truncated", "wrong_request", "unknown_word", "huge", "wrong_type", "whole_record"] = "not_json"


class SlowDrip(Fault):
    """A byte every so many milliseconds, without end."""

    fault: Literal["slow_drip"]
    every_ms: Annotated[int, Field(ge=1, le=60_000)] = 100


class HalfOpen(Fault):
    """The connection stays open and nothing is answered."""

    fault: Literal["half_open"]


class Reset(Fault):
    """The connection is reset without an answer."""

    fault: Literal["reset"]


class HalfAnswer(Fault):
    """The connection is closed before as much was sent as was announced."""

    fault: Literal["half_answer"]


class Unclear(Fault):
    """A right answer that says nothing: unclear, of a check inconclusive."""

    fault: Literal["unclear"]


FAULTS: Final[Mapping[str, type[Fault]]] = {
    "none": Nothing, "delay": Delay, "error": Error, "garbage": Garbage, "slow_drip": SlowDrip, "half_open": HalfOpen, "reset": Reset,
    "half_answer": HalfAnswer, "unclear": Unclear}
_ALLOWED: Final = {"ms": "0 – 600000", "share": "0 – 1", "every_ms": "1 – 60000"}
NONE: Final = Nothing()

Plan = Mapping[str, Fault | tuple[Fault, ...]]


def read_plan(document: object, sources: Mapping[str, object]) -> Plan | list[Mistake]:
    """By source, one fault that stands, or a list of faults for one request each. Or every mistake."""
    if not isinstance(document, dict):
        return [_mistake(Problem("wrong-type", "这里应当是对象：{数据源: 故障}。", "This should be an object: {source: fault}."), ())]
    plan: dict[str, Fault | tuple[Fault, ...]] = {}
    wrong: list[Mistake] = []
    for source, stated in document.items():
        if source != EVERY and source not in sources:
            wrong.append(_mistake(unknown_word("unknown-source", "数据源", "source", source, (EVERY, *sorted(sources))), (source,)))
            continue
        read = [_read(one, (source, at)) for at, one in enumerate(stated)] if isinstance(stated, list) else [_read(stated, (source,))]
        wrong.extend(mistake for one in read if isinstance(one, list) for mistake in one)
        faults = tuple(one for one in read if isinstance(one, Fault))
        if isinstance(stated, list):
            wrong.extend(_mistake(Problem("share-in-sequence", "一串故障一个对一次查询，不写 share。", "In a list each fault is for one request; leave `share` out."),
                                  (source, at, "share")) for at, one in enumerate(read) if isinstance(one, Fault) and one.share != 1)
            plan[source] = faults
        elif faults:
            plan[source] = faults[0]
    return wrong or plan


def as_json(plan: Plan) -> dict[str, Any]:
    """The plan as it was stated."""
    def one(fault: Fault) -> dict[str, Any]:
        said = fault.model_dump(exclude_defaults=True)
        return {"fault": fault.fault, **said} if isinstance(fault, Nothing) else said
    return {source: [one(each) for each in stated] if isinstance(stated, tuple) else one(stated) for source, stated in plan.items()}


def _read(stated: object, path: tuple[str | int, ...]) -> Fault | list[Mistake]:
    kind = stated.get("fault") if isinstance(stated, dict) else None
    if not isinstance(kind, str):
        return [_mistake(Problem("missing-field", "写作 {\"fault\": …}。", "Write it as {\"fault\": …}.", allowed=tuple(FAULTS)), path)]
    if kind not in FAULTS:
        return [_mistake(unknown_word("unknown-fault", "故障", "fault", kind, FAULTS), (*path, "fault"))]
    try:
        return FAULTS[kind].model_validate(stated)
    except ValidationError as error:
        found = []
        for mistake in body_mistakes(error, stated, FAULTS[kind]):
            problem = mistake.problem
            if problem.code == "invalid" and problem.field in _ALLOWED:
                problem = replace(problem, allowed=(_ALLOWED[problem.field],))
            found.append(_mistake(replace(problem, field=""), (*path, *filter(None, mistake.problem.field.split(".")))))
        return found


def _mistake(problem: Problem, path: tuple[str | int, ...]) -> Mistake:
    return Mistake(problem.at("", 0, ".".join(str(part) for part in path)), pointer_of(path))


class Faults:
    """Which fault hits which request. Requests of a source are counted from when the plan was set."""

    def __init__(self, plan: Plan | None = None):
        self.plan: Plan = plan or {}
        self.counted: dict[str, int] = {}

    def set(self, plan: Plan) -> None:
        """Another plan; counting begins again."""
        self.plan, self.counted = plan, {}

    def next(self, source: str) -> Fault:
        """The fault for the next request to a source. A list under `*` is each source's own: who comes first elsewhere changes nothing here."""
        stated = self.plan.get(source, self.plan.get(EVERY))
        if stated is None:
            return NONE
        at = self.counted.get(source, 0)
        self.counted[source] = at + 1
        if isinstance(stated, tuple):
            return stated[at] if at < len(stated) else NONE
        share = Fraction(str(stated.share))
        return stated if int(share * (at + 1)) > int(share * at) else NONE
