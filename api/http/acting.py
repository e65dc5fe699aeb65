"""What every door to the records does alike: who may, reading what is stated, waiting for the commit, telling what went wrong.

One place turns the refusals of `api.records` and `engine.lifecycle` into problems. Nothing here knows a subject.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.http.bodies import parse, read_body
from api.http.problems import HttpProblem, refused
from api.http.service import Service, service_of
from api.http.shapes import body_mistakes, placed, size_mistakes
from api.records.acts import By, Conflict, NoSuchRecord
from api.records.database import Unavailable
from api.records.decisions import KeyReused
from api.records.log import Erased
from api.records.records import WAIT, Pages, Records, Session
from api.records.rulebooks import UnknownRulebook
from api.records.writer import Job
from engine.lifecycle.moves import IllegalMove
from engine.problems import Refused

Model = TypeVar("Model", bound=BaseModel)
T = TypeVar("T")


class Statement(BaseModel):
    """Base of what is stated to a door: unknown keys are refused, values are not coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_max_length=4000)


def statements() -> list[type[Statement]]:
    """Everything that can be stated to a door, for the description of the interface."""
    def below(one: type[Statement]) -> list[type[Statement]]:
        return [one, *(found for child in one.__subclasses__() for found in below(child))]

    return sorted(below(Statement)[1:], key=lambda one: one.__name__)


class Officer(Statement):
    """Who acts for the authority (实名). Every act of an officer names one."""

    id: str = Field(min_length=1, max_length=80, pattern=r"\S", description="工号 Officer's id.", examples=["FS-0421"])
    role: str = Field(min_length=1, max_length=80, pattern=r"\S", description="角色 Role.", examples=["综合窗口受理员"])

    def by(self) -> By:
        """As the log names the officer."""
        return By("officer", self.id, self.role)


def trusted(request: Request) -> Records:
    """The records, for a caller who may see and change them. Raises `untrusted-caller`, `records-off`, `not-ready`."""
    service = service_of(request)
    if not service.trusts(request.headers.get("authorization")):
        raise HttpProblem("untrusted-caller")
    return records_of(service)


def records_of(service: Service) -> Records:
    """The service's records. Raises `records-off`."""
    if service.records is None:
        raise HttpProblem("records-off")
    return service.records


Trusted = Annotated[Records, Depends(trusted)]


async def stated(request: Request, model: type[Model]) -> Model:
    """The body of the request as the model. Raises the problems of syntax and shape, every mistake at once."""
    service = service_of(request)
    raw = await read_body(request, service.settings.max_body)
    document = parse(raw or b"{}")
    too_big = size_mistakes(document)
    if too_big:
        raise refused("invalid-application", too_big)
    try:
        return model.model_validate_json(raw or b"{}", strict=True)
    except ValidationError as error:
        raise refused("invalid-application", body_mistakes(error, document, model)) from None


async def written(records: Records, does: Callable[[Pages], T]) -> T:
    """What the function gives, once it is committed."""
    return await answered(records.act(does), wait=records.wait)


async def job_done(records: Records, job: Job[T]) -> T:
    """What the job gives, once it is committed."""
    return await answered(records.submit(job), wait=records.wait)


async def answered(future: Future[T], document: Any = None, wait: float = WAIT) -> T:
    """The future's result, or what went wrong as a problem; `unavailable` where there is none after `wait` seconds."""
    try:
        return await asyncio.wait_for(asyncio.wrap_future(future), wait)
    except TimeoutError:
        raise unavailable() from None
    except Exception as error:
        raise told(error, document) from None


async def read(records: Records, question: Callable[[Session], T]) -> T:
    """What the function finds in a session that reads."""
    def ask() -> T:
        with records.reading() as session:
            return question(session)

    try:
        return await run_in_threadpool(ask)
    except Exception as error:
        raise told(error) from None


def unavailable() -> HttpProblem:
    """The database did not answer. Worth trying again soon."""
    return HttpProblem("records-unavailable", headers={"Retry-After": "5"})


def told(error: Exception, document: Any = None) -> Exception:
    """The error as the problem the caller is told; an error nobody foresaw stays what it is."""
    match error:
        case Unavailable():
            return unavailable()
        case IllegalMove():
            return HttpProblem("illegal-move", error.zh, error.en)
        case Conflict():
            return HttpProblem("conflict", error.zh, error.en)
        case KeyReused():
            return HttpProblem("key-reused")
        case NoSuchRecord():
            return HttpProblem("unknown-record", f"没有编号为“{error.record_id}”的记录。", f"There is no record with the id “{error.record_id}”.")
        case Erased():
            return HttpProblem("erased")
        case UnknownRulebook():
            return HttpProblem("unknown-record", f"没有保存规则库版本“{error.version}”。", f"The rulebook version “{error.version}” is not kept.")
        case Refused():
            return refused("invalid-application", [placed(problem, document) for problem in error.problems])
    return error
