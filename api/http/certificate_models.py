"""What the doors to the certificate library take and answer, field by field. Shapes only."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from api.http.acting import Officer, Statement
from api.http.models import Answer, told
from engine.application import Day

STATUS = Literal["valid", "expired", "cancelled", "withdrawn", "annulled", "frozen"]
STATE = Literal["valid", "expired", "revoked", "frozen", "not_yet"]
WHERE = Literal["everywhere", "listed", "nowhere"]
_ID = "0192f0c1-7a3e-7b21-9c55-0a6b8a2a3c11"


class CertificateSearch(Statement):
    """Which certificates are looked for: those of a holder, or one by type and number."""

    id_type: str | None = Field(None, min_length=1, max_length=80, description="持证人证件类型：编码或者名称 Kind of the holder's number.", examples=["resident_id"])
    id_number: str | None = Field(None, min_length=1, max_length=80, description="持证人证件号码；不写进地址和日志 The holder's number; it stands in no address.",
                                  examples=["210400199003070007"])
    type: str | None = Field(None, min_length=1, max_length=80, description="证照类型：编码或者名称；按编号查时必写 Type; required with a number.",
                             examples=["employment_card"])
    number: str | None = Field(None, min_length=1, max_length=80, description="证照编号 Number of the certificate.", examples=["FS-JYCY-2026-0001"])
    on: Day | None = Field(None, description="哪一天，缺省是北京时间的今天 As of which day; today in China by default.", examples=["2026-11-22"])


class CertificateEntering(Statement):
    """One version of a certificate, or a later status of one that is there."""

    type: str = Field(min_length=1, max_length=80, description="证照类型：编码或者名称 Type, by code or name.", examples=["employment_card"])
    number: str = Field(min_length=1, max_length=80, description="证照编号 Number of the certificate.", examples=["FS-JYCY-2026-0009"])
    version: int = Field(1, ge=1, le=999_999_999, description="版本 Version.", examples=[1])
    holder_id_type: str = Field(min_length=1, max_length=80, description="持证人证件类型 Kind of the holder's number.", examples=["resident_id"])
    holder_number: str = Field(min_length=1, max_length=80, description="持证人证件号码，先校验 The holder's number, checked first.", examples=["210400199003070007"])
    holder_name: str = Field(min_length=1, max_length=200, description="持证人 Name of the holder.", examples=["测试甲"])
    issuer: str = Field(min_length=1, max_length=200, description="颁发机构 Issuer.", examples=["抚顺市人力资源和社会保障局"])
    issued_on: Day = Field(description="颁发日期 Day of issue.", examples=["2026-01-05"])
    valid_from: Day | None = Field(None, description="有效期起，缺省是颁发日期 First day of validity; the day of issue by default.", examples=["2026-01-05"])
    valid_to: Day | None = Field(None, description="有效期至（含）；没有就是长期 Last day of validity; none: without end.", examples=["2031-01-04"])
    status: STATUS = Field("valid", description="状态：有效、过期、注销、吊销、撤销、冻结 Status.", examples=["frozen"])
    status_since: Day | None = Field(None, description="状态从哪天起；注销、吊销、撤销、冻结必写 First day of the status; required for those that are not plain.",
                                     examples=["2026-11-20"])
    seal: str | None = Field(None, min_length=1, max_length=200, description="电子印章；没有的不作证据 The electronic seal; without one it proves nothing.",
                             examples=["SEAL-210400-07"])
    synthetic: bool = Field(False, description="合成数据 Synthetic data.", examples=[True])
    officer: Officer = Field(description="谁登记的 Who enters it.")


class CertificateAnswer(Answer):
    """电子证照 One version of a certificate. The holder is named by head and tail of the number only."""

    id: str = told("编号", "Id of the row.", _ID)
    type: str = told("证照类型编码", "Code of the type.", "employment_card")
    type_name: str = told("证照类型", "Name of the type.", "就业创业证")
    number: str = told("证照编号；与持证人号码相同的只给首尾", "Number; only head and tail where it is the holder's own.", "FS-JYCY-2026-0001")
    version: int = told("版本", "Version.", 1)
    holder_id_type: str = told("持证人证件类型", "Kind of the holder's number.", "resident_id")
    holder: str = told("持证人号码的首尾", "Head and tail of the holder's number.", "2104***07")
    issuer: str = told("颁发机构", "Issuer.", "抚顺市人力资源和社会保障局")
    issued_on: str = told("颁发日期", "Day of issue.", "2026-01-05")
    valid_from: str = told("有效期起", "First day of validity.", "2026-01-05")
    valid_to: str | None = told("有效期至（含）；长期为 null", "Last day of validity; null: without end.", "2031-01-04")
    status: STATUS = told("登记的状态", "The status entered.", "valid")
    status_since: str = told("状态从哪天起", "First day of the status.", "2026-01-05")
    state: STATE = told("这一天的状态：有效、过期、失效、冻结、未生效", "Its state on the day: in force, expired, ended, frozen, not in force yet.", "valid")
    sealed: bool = told("有没有电子印章", "Whether it has an electronic seal.", True)
    synthetic: bool = told("是否合成数据", "Whether it is synthetic.", True)
    batch_id: str = told("由哪一批进来的", "The loading it came with.", _ID)


class CertificateEntered(CertificateAnswer):
    """登记的结果 What came of entering a certificate."""

    outcome: Literal["entered", "status_changed", "unchanged"] = told("新登记、改了状态、本来就有", "Entered, status changed, or there already.", "entered")


class CertificateList(Answer):
    """证照 Certificates."""

    on: str = told("哪一天", "As of which day.", "2026-11-22")
    certificates: list[CertificateAnswer] = told("这一天算数的版本，后颁发的在前", "The versions that count on the day, the latest issued first.", [])


class BatchHead(Answer):
    """一批 One loading."""

    id: str = told("编号", "Id.", _ID)
    file: str = told("文件名；人工登记的为空", "Name of the file; empty where it was entered by hand.", "fushun.csv")
    digest: str = told("文件的 SHA-256", "SHA-256 of the file.", "ab12")
    loaded_at: str = told("何时", "When.", "2026-11-22T09:30:00+08:00")
    loaded: int = told("收下的行数", "Rows taken.", 18)
    refused: int = told("退回的行数", "Rows refused.", 0)


class BatchList(Answer):
    """批次 Loadings."""

    batches: list[BatchHead] = told("新的在前", "The latest first.", [])
    next: str | None = told("下一页从哪一批之后起；没有下一页为 null", "After which the next page begins; null if there is none.", None)


class TypeIdType(Answer):
    """适用的证件类型 A kind of number its holders have."""

    code: str = told("编码", "Code.", "resident_id")
    name: str = told("名称", "Name.", "居民身份证号码")


class CertificateType(Answer):
    """一种证照 One type of certificate."""

    type: str = told("编码", "Code.", "marriage_certificate")
    name: str = told("名称", "Name.", "结婚证")
    name_en: str = told("英文名称", "English name.", "Marriage certificate")
    holder: Literal["person", "organisation"] = told("持证人：自然人、组织", "Who holds it.", "person")
    id_types: list[TypeIdType] = told("适用证件类型；没有写的不限", "Kinds of numbers its holders have; empty: any.", [])
    shown: WHERE = told("在哪里可以出示", "Where the rulebook lets it be shown.", "listed")
    may_be_shown: bool = told("这里这一天可不可以出示", "Whether it may be shown here on the day.", False)
    shared: WHERE = told("在哪里可以共享", "Where the rulebook lets it be shared.", "listed")
    shareable: bool = told("这里这一天可不可以共享", "Whether it may be shared here on the day.", True)


class TypeList(Answer):
    """所依据的清单 A list it rests on."""

    list: Literal["showable", "shareable"] = told("哪一种清单", "Kind of list.", "shareable")
    batch: str = told("批次", "Batch.", "第一批")
    division: str = told("公布的区划", "Division that published it.", "513424")
    synthetic: bool = told("是否合成", "Whether it is synthetic.", False)


class CertificateTypes(Answer):
    """证照类型 The types of certificates in a division on a day."""

    rulebook: str = told("规则库版本", "Version of the rulebook.", "sha256:0f1e")
    division: str = told("区划", "Division.", "513424")
    division_name: str = told("区划名称", "Its name.", "德昌县")
    division_name_en: str = told("区划的英文名称", "Its English name.", "Dechang")
    on: str = told("哪一天", "Which day.", "2026-11-22")
    lists: list[TypeList] = told("有效的清单批次", "Batches in force.", [])
    types: list[CertificateType] = told("逐种", "Every type.", [])
