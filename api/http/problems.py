"""The one shape of every error: RFC 9457 `application/problem+json`, in the caller's language.

Here are the kinds of problem with their status and titles, the exception that carries one, and its printing. Nothing here
says what is wrong with an application (see `shapes` and `engine.intake`). Runs of digits that could be an identity
number never leave this module: every text that may quote the caller is masked first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import orjson
from starlette.responses import Response
from starlette.types import Scope

from api.http.language import TAGS, Language, choose
from engine.problems import Problem

MEDIA_TYPE: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem. Its `type` is `/problems/<code>`, a path that this service answers with a page."""

    code: str
    status: int
    zh: str
    en: str
    meaning_zh: str
    meaning_en: str


KINDS: Final[Mapping[str, Kind]] = {kind.code: kind for kind in (
    Kind("malformed-json", 400, "请求体不是正确的 JSON", "The body is not valid JSON",
         "写明第几行第几列。NaN、Infinity、不成对的代理字符和非 UTF-8 文字也在此列。",
         "Line and column are given. NaN, Infinity, lone surrogates and text that is not UTF-8 belong here too."),
    Kind("duplicate-key", 400, "同一个键写了两次", "A key is written twice",
         "一个对象里同一个键只能写一次，否则不知道以哪一个为准。", "A key may stand once in an object; otherwise nobody knows which one counts."),
    Kind("too-deep", 400, "JSON 嵌套过深", "The JSON is nested too deeply", "请求体最多嵌套 32 层。", "A body may be nested 32 levels deep."),
    Kind("bad-request", 400, "请求不正确", "The request is not right", "请求本身有误，无法处理。", "The request itself is wrong and cannot be handled."),
    Kind("untrusted-evidence", 403, "调用方不能提交证据", "The caller may not state evidence",
         "evidence 只接受可信的调用方：请带上 Authorization: Bearer 令牌，或者去掉 evidence。",
         "`evidence` is accepted from trusted callers only: send Authorization: Bearer with a token, or leave `evidence` out."),
    Kind("untrusted-caller", 403, "调用方无权", "The caller may not do this",
         "办件、承诺、容缺、索要和信用记录只对可信的调用方开放：请带上 Authorization: Bearer 令牌。",
         "Cases, commitments, deferrals, demands and credit records are open to trusted callers only: send Authorization: Bearer with a token."),
    Kind("not-found", 404, "没有这个地址", "There is nothing at this address", "地址写错了，或者已经不用。", "The path is wrong or no longer in use."),
    Kind("unknown-item", 404, "没有这个事项", "There is no such service item", "事项编码或者名称不在目录里，或者不在这个区划办理。",
         "The code or name is not in the catalogue, or the item is not offered in that division."),
    Kind("unknown-rule", 404, "没有这条规则", "There is no such rule", "编号不在规则库里；编号是中文的，放在地址里要转码。",
         "The id is not in the rulebook. Ids are Chinese and have to be URL-encoded."),
    Kind("unknown-bundle", 404, "没有这个一件事", "There is no such bundle", "编码或者名称写错了；有哪些一件事见 GET /v1/bundles。",
         "The code or name is wrong; GET /v1/bundles names them."),
    Kind("unknown-list", 404, "没有这种清单", "There is no such list", "清单的编码或者名称写错了；有哪些清单见 GET /v1/lists。",
         "The code or name of the list is wrong; GET /v1/lists names them."),
    Kind("unknown-record", 404, "没有这份记录", "There is no such record", "编号不对，或者当时只是咨询，没有记录。",
         "The id is wrong, or it was a consultation, which is not recorded."),
    Kind("method-not-allowed", 405, "这个地址不接受这种方法", "The method does not fit this address", "Allow 头写明可以用的方法。",
         "The header Allow names the methods that fit."),
    Kind("illegal-move", 409, "现在不能这样做", "Not possible now", "这份记录目前的状态不允许这一步；detail 写明现在可以做什么。",
         "The state of the record does not allow this step; `detail` says what can be done now."),
    Kind("conflict", 409, "与已有的记录冲突", "It conflicts with what is recorded", "detail 写明与什么冲突、怎样办。",
         "`detail` says what it conflicts with and what to do."),
    Kind("key-reused", 409, "Idempotency-Key 已经用过", "The Idempotency-Key was used before",
         "同一个键此前用于另一份内容不同的请求。重发同一件请用原样的请求；新的一件请换一个键。",
         "The same key was used for a request that says something else. Send the request unchanged, or use a new key for a new one."),
    Kind("erased", 410, "内容已经依法删除", "The content was erased as the law provides",
         "个人信息已经依法删除，只留下防篡改的摘要，不能再查看或者重算。",
         "Personal data were erased; only digests that guard the log are left. It can be neither shown nor decided again."),
    Kind("body-too-large", 413, "请求体太大", "The body is too large", "上限由设置决定：单件缺省 1 MiB，批量缺省 16 MiB。",
         "The limits are settings: 1 MiB for one application and 16 MiB for a batch by default."),
    Kind("unsupported-media-type", 415, "请求体的类型不对", "The media type does not fit",
         "请用 Content-Type: application/json，UTF-8，不压缩。", "Use Content-Type: application/json in UTF-8, not compressed."),
    Kind("invalid-application", 422, "申请有误，没有作出判断", "The application is not right; nothing was decided",
         "errors 一次列出全部错误：位置、原因、可以写什么、最接近的词。",
         "`errors` lists every mistake at once: place, reason, what is allowed, the nearest valid word."),
    Kind("invalid-parameter", 422, "参数有误", "A parameter is not right", "地址里问号后面的参数、路径参数或者请求头有误。",
         "A query parameter, a path parameter or a header does not fit."),
    Kind("internal-error", 500, "服务内部错误", "Internal error", "没有作出判断。请凭事故编号联系管理员。",
         "Nothing was decided. Give the incident number to whoever runs the service."),
    Kind("records-unavailable", 503, "记录写不进去，没有作出判断", "The records cannot be written; nothing was decided",
         "数据库连不上、已满或者被占用，没有确认已经保存，所以不作答。恢复后用同一个 Idempotency-Key 重发即可，不会判断两次。",
         "The database cannot be reached, is full or locked, and did not confirm that anything was saved, so nothing is answered. Send it again with the "
         "same Idempotency-Key once it is back: it is not decided twice."),
    Kind("records-off", 503, "这个服务不作记录", "This service keeps no records",
         "MIANZHENG_DATABASE 设成了 off：可以判断，不能查办件、承诺、容缺和索要。",
         "MIANZHENG_DATABASE is off: it decides, but knows no cases, commitments, deferrals or demands."),
    Kind("not-ready", 503, "服务还没有准备好", "The service is not ready", "规则库还没有读完，或者服务正在停止。",
         "The rulebook is not loaded yet, or the service is stopping."),
)}

#: The most mistakes that one problem lists.
MOST: Final = 100

_RUN = re.compile(r"[0-9０-９A-Za-z]{8,}")
_SPACED = re.compile(r"(?:\d[ \u3000-]?){14,}[\dXx]")
_DIGIT = re.compile(r"\d")
_OUR_IDS = re.compile(r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")     # of records: random, nobody's number
MASK: Final = "***"


def masked(text: str) -> str:
    """The text without anything that could be an identity, passport or credit-code number. Ids of records stay."""
    if not text:
        return text
    parts = _OUR_IDS.split(text)
    return _masked(text) if len(parts) == 1 else "".join(part if at % 2 else _masked(part) for at, part in enumerate(parts))


def _masked(text: str) -> str:
    text = _SPACED.sub(MASK, text)
    return _RUN.sub(lambda found: MASK if len(_DIGIT.findall(found[0])) >= 6 else found[0], text)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One entry of `errors`: a problem of the engine or of the shape, and where it stands in the JSON body.

    `pointer` is None for a parameter or header; `line` and `column` are given for JSON that cannot be read.
    """

    problem: Problem
    pointer: str | None = None
    line: int = 0
    column: int = 0


class HttpProblem(Exception):
    """Carries one problem to the caller. `zh` and `en` are the detail; empty means the kind's own meaning."""

    def __init__(self, code: str, zh: str = "", en: str = "", mistakes: Iterable[Mistake] = (), headers: Mapping[str, str] | None = None):
        self.kind = KINDS[code]
        self.zh, self.en = zh or self.kind.meaning_zh, en or self.kind.meaning_en
        self.mistakes: Sequence[Mistake] = tuple(mistakes)
        self.headers = dict(headers or {})
        super().__init__(code)


def refused(code: str, mistakes: Sequence[Mistake]) -> HttpProblem:
    """A problem whose detail counts its mistakes; the first MOST are listed."""
    count = len(mistakes)
    if count > MOST:
        return HttpProblem(code, f"共有 {count} 处不对，errors 列出前 {MOST} 处。", f"{count} things are wrong; errors lists the first {MOST}.",
                           mistakes[:MOST])
    return HttpProblem(code, f"共有 {count} 处不对，逐条见 errors。",
                       "One thing is wrong; see errors." if count == 1 else f"{count} things are wrong; see errors.", mistakes)


def entry(mistake: Mistake, language: Language) -> dict[str, Any]:
    """One entry of `errors`."""
    problem = mistake.problem
    made: dict[str, Any] = {
        "field": masked(problem.field), "pointer": None if mistake.pointer is None else masked(mistake.pointer), "code": problem.code,
        "message": masked(problem.zh if language == "zh" else problem.en),
        "allowed": [masked(word) for word in problem.allowed], "nearest": masked(problem.nearest) or None}
    if mistake.line:
        made |= {"line": mistake.line, "column": mistake.column}
    return made


def as_dict(problem: HttpProblem, language: Language, instance: str) -> dict[str, Any]:
    """The problem as RFC 9457 prints it."""
    kind = problem.kind
    return {
        "type": f"/problems/{kind.code}", "title": kind.zh if language == "zh" else kind.en, "status": kind.status,
        "detail": masked(problem.zh if language == "zh" else problem.en), "instance": masked(instance),
        "errors": [entry(mistake, language) for mistake in problem.mistakes]}


def language_of(scope: Scope) -> Language:
    """The language the caller asked for."""
    for name, value in scope["headers"]:
        if name == b"accept-language":
            return choose(value.decode("latin-1"))
    return "zh"


def respond(problem: HttpProblem, scope: Scope) -> Response:
    """The problem as a response. `instance` is the path of the request, without its query."""
    language = language_of(scope)
    content = orjson.dumps(as_dict(problem, language, quote(scope.get("path", ""), safe="/:@!$&'()*+,;=~")))
    headers = {"Content-Language": TAGS[language], "Cache-Control": "no-store", "Vary": "Accept-Language", **problem.headers}
    return Response(content, problem.kind.status, headers, MEDIA_TYPE)
