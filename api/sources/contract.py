"""What is said to a data source and what it answers: the whole of the protocol, version 1.

A question names one person, one matter and its legal ground; an answer is one word and a day. There is no field for a record: what is
not needed is not asked for, and what is sent all the same is not read. Described in docs/sharing.md.
"""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from engine.application import Day

VERSION: Final = 1
#: Longest answer that is read, in bytes.
LONGEST: Final = 16_384

Result = Literal["valid", "expired", "revoked", "not_found", "mismatch", "unclear"]
Finding = Literal["confirmed", "refuted", "inconclusive"]
Ground = Literal["statutory_duty", "consent", "separate_consent", "guardian_consent", "authorisation_letter"]

Text = Annotated[str, Field(min_length=1, max_length=200)]


class Said(BaseModel):
    """Base of what is asked: nothing but the fields named."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Asked(Said):
    """Who is asked about. The name lets the source tell whether number and name belong together; it may be left out."""

    id_type: Text = Field(description="证件类型 Code of a value of `person_id_type`.", examples=["resident_id"])
    id_number: Text = Field(description="证件号码 In its one written form: 18 digits, capital X.", examples=["210400199003070007"])
    name: Text | None = Field(None, description="姓名或者名称 Name.", examples=["测试甲"])


class Purpose(Said):
    """What it is needed for (用途): a source answers for its approved purposes only."""

    item: Text = Field(description="事项编码 Code of the service item.", examples=["housing_fund_rent"])
    division: Text = Field(description="决定机关所在区划 Deciding division.", examples=["210400"])
    material: Text = Field(description="材料编码 Code of the material it stands in for.", examples=["marriage_certificate"])


class Inquiry(Said):
    """One question to one source."""

    version: Literal[1] = Field(description="协议版本 Version of the protocol.")
    request: Text = Field(description="请求编号 Id of the request; the answer repeats it.", examples=["5b0f4c1e-8f3a-4f0e-9d55-0a6b8a2a3c11"])
    source: Text = Field(description="数据源编码 Code of the source.", examples=["marriage_records"])
    kind: Literal["query", "check"] = Field(description="查询还是核验 A query, or the authority's own check.", examples=["query"])
    fact: Text = Field(description="要查明的事实 Code of a value of `proved_fact`.", examples=["marital_status"])
    person: Asked = Field(description="查谁 Who is asked about.")
    on: Day = Field(description="哪一天的状态 The day whose state is asked for.", examples=["2026-11-22"])
    purpose: Purpose = Field(description="用途 What it is needed for.")
    ground: Ground = Field(description="查询依据 The legal ground of the question.", examples=["statutory_duty"])


class Heard(BaseModel):
    """Base of what is answered: a field nobody asked for is not read."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    version: Literal[1] = Field(description="协议版本 Version of the protocol.")
    request: Text = Field(description="请求编号 The id of the question.", examples=["5b0f4c1e-8f3a-4f0e-9d55-0a6b8a2a3c11"])
    at: AwareDatetime | None = Field(None, description="答复时间 When it was answered (ISO 8601 with offset).", examples=["2026-11-22T09:30:00+08:00"])


class QueryReply(Heard):
    """The answer to a query. For a matter that is an absence (无房, 无事故) `valid` means that a record exists."""

    result: Result = Field(description="结果 A record in force, expired, revoked; none; number and name do not match; not clear.", examples=["valid"])
    valid_to: Day | None = Field(None, description="有效期至（含） Last day of validity of the record.", examples=["2036-05-01"])


class CheckReply(Heard):
    """The answer to a check."""

    result: Finding = Field(description="结果 Confirmed, refuted, or it could not be told.", examples=["confirmed"])


REPLIES: Final[dict[str, type[QueryReply] | type[CheckReply]]] = {"query": QueryReply, "check": CheckReply}


def schemas() -> dict[str, Any]:
    """The JSON schemas of question and answers."""
    return {one.__name__: one.model_json_schema() for one in (Inquiry, QueryReply, CheckReply)}
