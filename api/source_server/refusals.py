"""What this server refuses, as problem+json in two languages. The printing is that of the service; the kinds are its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from api.http.problems import HttpProblem, Kind, Mistake

INVALID: Final = Kind("invalid-inquiry", 422, "查询有误，没有查", "The inquiry is not right; nothing was looked up",
                      "errors 逐条写明哪个字段、为什么、可以写什么。", "`errors` names every field, what is wrong and what is allowed.")
UNKNOWN_SOURCE: Final = Kind("unknown-source", 404, "没有这个数据源", "There is no such source", "全部数据源见 GET /v1/sources。", "GET /v1/sources names them all.")
WRONG_GROUND: Final = Kind("wrong-ground", 403, "没有查询依据", "No ground for this inquiry",
                           "写明的依据不是这个数据源的依据。不满十四周岁的人，以监护人同意代替本人同意。",
                           "The ground given is not the source's own. For a child under fourteen a guardian's consent takes the place of consent.")
UNSIGNED: Final = Kind("bad-signature", 401, "签名不对", "The signature does not hold", "这个服务要求 RFC 9421 签名。", "This server asks for RFC 9421 signatures.")
INVALID_FAULTS: Final = Kind("invalid-faults", 422, "故障写得不对，没有换", "The faults are not right; nothing was changed",
                             "errors 逐条写明。", "`errors` names every mistake.")
INJECTED: Final = Kind("injected-error", 500, "注入的错误", "Injected error", "这是要求注入的故障。", "This is an injected fault.")
KINDS: Final = {one.code: one for one in (INVALID, UNKNOWN_SOURCE, WRONG_GROUND, UNSIGNED, INVALID_FAULTS, INJECTED)}

_INJECTED: Final[Mapping[int, tuple[str, str]]] = {
    403: ("拒绝查询", "Refused"), 404: ("没有这个地址", "Not found"), 429: ("请求太多", "Too many requests"),
    500: ("内部错误", "Internal error"), 502: ("上游错误", "Bad gateway"), 503: ("暂停服务", "Unavailable")}


class Refusal(HttpProblem):
    """A problem of one of this server's kinds."""

    def __init__(self, kind: Kind, zh: str = "", en: str = "", mistakes: Iterable[Mistake] = (), headers: Mapping[str, str] | None = None):
        Exception.__init__(self, kind.code)
        self.kind = kind
        self.zh, self.en = zh or kind.meaning_zh, en or kind.meaning_en
        self.mistakes = tuple(mistakes)
        self.headers = dict(headers or {})


def injected(status: int) -> Refusal:
    """The problem that the fault `error` answers with. 429 and 503 say when to come back."""
    zh, en = _INJECTED[status]
    return Refusal(replace(INJECTED, status=status, zh=zh, en=en),
                   headers={"Retry-After": "1"} if status in (429, 503) else None)
