"""The application as a caller states it: the input contract of every door (HTTP, command line, scenarios).

These models check shape only: names, types, no unknown keys. Whether an item exists or a check digit is right is
`engine.intake`'s work. Absent always means unknown, except where a field says otherwise.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, StringConstraints
from pydantic_core import PydanticCustomError

Code = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Answer = Literal["yes", "no"]


def _written_as_a_day(value: object) -> object:
    """Read a day as it is written, 2026-11-22, and nothing else: no timestamps, no numbers."""
    if isinstance(value, str):
        try:
            found = date.fromisoformat(value)
            if found.isoformat() != value:   # Python also reads 20261122 and 2026-W47-5
                raise ValueError
            return found
        except ValueError:
            raise PydanticCustomError("date_parsing", "not a day") from None
    return value


Day = Annotated[date, BeforeValidator(_written_as_a_day, json_schema_input_type=date), Strict()]


class Contract(BaseModel):
    """Base of every input model: unknown keys are refused. Doors validate strictly, so that values are not coerced between kinds."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_max_length=4000)


class Person(Contract):
    """Somebody the application concerns."""

    name: Name | None = Field(None, description="姓名或者名称 Name as on the identity document.", examples=["测试甲"])
    id_type: Code | None = Field(None, description="证件类型 Code or Chinese name of a value of `person_id_type`.", examples=["resident_id"])
    id_number: Code | None = Field(None, description="证件号码 Checked before anything is decided; 15 digits and a lower-case x are taken.",
                                   examples=["210400199003070007"])
    birth_date: Day | None = Field(None, description="出生日期 Needed only where the number does not contain it.", examples=["1990-03-07"])


class Applicant(Person):
    """申请人 The applicant."""

    kind: Code | None = Field(None, description="申请人类型 Code or Chinese name of a value of `applicant_kind`.", examples=["natural_person"])


class Related(Person):
    """相关人 Another person: shareholder, spouse, member of the household, guardian …"""

    id: Code = Field(description="本申请内的编号 Identifier inside this application.", examples=["p1"])
    role: Name = Field(description="角色 The role a material is asked for once per person.", examples=["配偶"])


class Agent(Person):
    """代理人 Who acts for the applicant. No agent means the applicant acts in person."""

    kind: Code = Field(description="`authorised_agent`, `guardian` or `official_helper` (or the Chinese name).", examples=["authorised_agent"])
    authorised: bool | None = Field(None, description="是否带有有效授权 Whether a valid authorisation was seen.", examples=[True])
    authorised_until: Day | None = Field(None, description="授权截止日 Last day of the authorisation.", examples=["2026-12-31"])


class Presented(Contract):
    """出示的证件 One credential shown at the window or as an electronic certificate."""

    credential: Code = Field(description="证件 Code or Chinese name of the credential.", examples=["resident_id_card"])
    holder: Code = Field("applicant", description="持证人 `applicant`, the id of a person, or any other text for somebody else.", examples=["applicant"])
    number: Code | None = Field(None, description="证照编号 Number of this certificate; the certificate library is asked about that very one.",
                                examples=["FS-JYCY-2026-0001"])
    valid_to: Day | None = Field(None, description="有效期至（含） Last day of validity; absent = no end.", examples=["2036-05-01"])
    status: Literal["valid", "expired", "revoked"] = Field("valid", description="状态 Its state as seen.", examples=["valid"])
    medium: Literal["physical", "electronic"] = Field("physical", description="形式 Physical and electronic count alike.", examples=["electronic"])


class Choice(Contract):
    """申请人的选择 What the applicant chose for one material. No answer is no answer: nothing is presumed."""

    commitment: Answer | None = Field(None, description="是否选择告知承诺 Takes the commitment?", examples=["yes"])
    deferral: Answer | None = Field(None, description="是否选择容缺后补 Takes the deferral?", examples=["no"])
    signed_by: Literal["self", "agent", "guardian", "helper"] | None = Field(
        None, description="承诺书签署人 Who signed the letter; absent = not signed yet.", examples=["self"])


class QueryAnswer(Contract):
    """查询结果 What a source answered about one material."""

    result: Literal["valid", "expired", "revoked", "not_found", "mismatch", "unclear", "down"] = Field(
        description="结果 What was found: a record in force, expired, revoked; no record; a mismatch; unclear; the source was down. "
        "For a material that proves an absence (无房证明) `valid` means that a record exists.", examples=["valid"])
    valid_to: Day | None = Field(None, description="有效期至（含） Last day of validity of the record found; overrides `valid` once it has passed.",
                                  examples=["2026-11-20"])
    source: Code | None = Field(None, description="数据源 Code of the source that answered.", examples=["marriage_records"])
    at: str | None = Field(None, description="查询时间 When it answered (ISO 8601).", examples=["2026-11-22T09:30:00+08:00"])


class CheckAnswer(Contract):
    """核验结果 What the authority's own check found."""

    result: Literal["confirmed", "refuted", "inconclusive"] = Field(description="结果 The finding.", examples=["confirmed"])


class OnFileEntry(Contract):
    """在案材料 One material kept from an earlier case."""

    material: Code = Field(description="材料 Code or name; `code/person` for a person's copy.", examples=["lease"])
    trust: Literal["A", "B", "C", "D"] = Field(description="可信等级 A issued by the authority, B checked, C uploaded, D self-made (国办函〔2016〕108号).",
                                               examples=["B"])
    received_on: Day = Field(description="收到日期 The day it was received.", examples=["2026-10-09"])
    valid_to: Day | None = Field(None, description="有效期至（含） Last day of validity, if it has one.", examples=["2027-10-08"])


class OnFile(Contract):
    """在案材料快照 A snapshot of what is on file."""

    complete: bool = Field(description="是否完整 True: what is not listed is not on file.", examples=[True])
    entries: tuple[OnFileEntry, ...] = Field((), description="在案的材料 What is on file.")
    not_sought: tuple[Code, ...] = Field((), description="不再找的材料：数据源已经答复，在不在案都一样 Materials nobody looks for in the files any more, since a source "
                                         "has answered (`material` or `material/person`).", examples=[["marriage_certificate"]])


class CreditRecord(Contract):
    """信用记录 One record of the applicant."""

    kind: Literal["minor", "ordinary", "serious", "false_commitment"] = Field(description="类别 Grade of the record.", examples=["serious"])
    recorded_on: Day = Field(description="记录日期 The day it was recorded.", examples=["2025-03-01"])
    repaired_on: Day | None = Field(None, description="修复日期 The day it was repaired; absent = not repaired.", examples=["2026-04-01"])
    source: str | None = Field(None, description="来源 Who keeps the record.", examples=["信用中国（辽宁抚顺）"])


class Records(Contract):
    """记录快照 A snapshot of the authority's records about the applicant."""

    complete: bool = Field(description="是否完整 True: what is not listed does not exist.", examples=[True])
    credit: tuple[CreditRecord, ...] = Field((), description="信用记录 Credit records.")
    facts: dict[str, bool | str | int] = Field(default_factory=dict, description="其他记录类事实 Other recorded facts by code.",
                                               examples=[{"title_mismatch": False}])


class Evidence(Contract):
    """证据 What the authority knows: never declared by the applicant, accepted from trusted callers only."""

    queries: dict[str, QueryAnswer] = Field(default_factory=dict, description="查询 Answers by material (`material` or `material/person`).")
    checks: dict[str, CheckAnswer] = Field(default_factory=dict, description="核验 Checks by material.")
    on_file: OnFile | None = Field(None, description="在案材料 Absent = nobody looked yet.")
    records: Records | None = Field(None, description="记录 Absent = nobody looked yet.")
    outputs: dict[str, Literal["issued", "expected", "failed"]] = Field(
        default_factory=dict, description="前序产出 Outputs of earlier steps of a bundle, by material.")


class _Item(Contract):
    """What an application for one item names first."""

    item: Name = Field(description="事项 Code or Chinese name of the item.", examples=["housing_fund_rent"])


class Stated(Contract):
    """What every application states, for one item or for a bundle of them."""

    deciding_division: Code | None = Field(None, description="决定机关所在区划 GB/T 2260 code; required unless the item names a default.", examples=["210400"])
    accepting_division: Code | None = Field(None, description="受理大厅所在区划 Any GB/T 2260 code; recorded, and never decides anything.", examples=["510000"])
    elsewhere_mode: Literal["online", "collected_elsewhere", "joint"] | None = Field(
        None, description="异地办理的方式 全程网办、异地代收代办、多地联办 How a hall elsewhere helps, read together with `accepting_division`; "
        "decides who may look and collect, never what is needed.", examples=["collected_elsewhere"])
    accepted_on: Day = Field(description="申请日期 The day the application was accepted.", examples=["2026-11-22"])
    case: Code | None = Field(None, description="办件编号 The caller's own case number.", examples=["FS-2026-001"])
    situation: dict[str, bool] = Field(default_factory=dict, description="情形 Answers by situation code or name; absent = unknown.",
                                       examples=[{"by_agent": False}])
    applicant: Applicant = Field(default_factory=lambda: Applicant(), description="申请人 The applicant.")
    persons: tuple[Related, ...] = Field((), description="相关人 Other persons.")
    roles_complete: tuple[Name, ...] = Field((), description="已列全的角色 Roles of which every person is listed.", examples=[["配偶"]])
    agent: Agent | None = Field(None, description="代理人 Absent = the applicant acts in person.")
    presented: tuple[Presented, ...] | None = Field(None, description="出示的证件 Absent = unknown; a list is complete.")
    handed_in: tuple[Code, ...] | None = Field(None, description="已交的材料 Codes (`code/person`); absent = unknown; a list is complete.",
                                               examples=[["housing_fund_withdrawal_form"]])
    choices: dict[str, Choice] = Field(default_factory=dict, description="选择 By material (`material` or `material/person`).")
    consents: dict[str, bool] = Field(default_factory=dict, description="同意查询 By material (`material` or `material/person`).")
    facts: dict[str, bool | str | int | dict[str, bool | str | int]] = Field(
        default_factory=dict, description="其他申报事实 Other declared facts by code; facts about a material or a person by material or person inside.",
        examples=[{"data_disputed": {"marriage_certificate": True}}])
    evidence: Evidence = Field(default_factory=lambda: Evidence(), description="证据 What the authority knows.")


class Application(Stated, _Item):    # the fields of the last base come first
    """申请 One application for one service item."""


class BundleApplication(Stated):
    """一件事的申请 One application for a bundle (一件事一次办): the same statements serve all of its steps."""

    deciding_divisions: dict[str, Code] = Field(
        default_factory=dict, description="不在同一区划决定的环节 By step (item code or name), the deciding division of a step that is decided elsewhere.",
        examples=[{"social_insurance_registration": "210000"}])
