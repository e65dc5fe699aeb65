"""Where the sources are and how long each is waited for: a file in TOML, or one address of the exchange platform for all of them.

Read once at the start; every mistake is told at once, with the place in the file. Which sources there are, what they may be asked and on which
ground stands in the rulebook, never here. Nothing here connects.
"""

from __future__ import annotations

import re
import ssl
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.sources.adapters import ADAPTERS
from api.sources.signing import ALGORITHMS, Key, signs
from engine.problems import Problem, Refused, nearest
from engine.rulebook import Rulebook

SETTING: Final = "MIANZHENG_SOURCES"
#: Put in place of the source's code in an address.
BLANK: Final = "{source}"
_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9a-f:.]+")
_BLANKS: Final = re.compile(r"[\s\x00-\x1f\x7f]")
#: User and password of an address.
_SECRET: Final = re.compile(r"(//|^)[^/@]+@")

Milliseconds = Annotated[int, Field(ge=10, le=60_000)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Breaker(_Table):
    """After so many failures in a row a source is left alone for a while; then one question tries it."""

    failures: int = Field(5, ge=1, le=1_000)
    rest_s: int = Field(30, ge=1, le=3_600)


class Manner(_Table):
    """How a source is asked. Times in milliseconds unless the name says otherwise."""

    timeout_ms: Milliseconds = 400      # for one question, all attempts together
    attempts: int = Field(2, ge=1, le=5)        # of failures that came at once; what timed out is not tried again
    at_once: int = Field(16, ge=1, le=1_000)    # questions under way together
    cache_s: int = Field(60, ge=0, le=86_400)   # how long an answer of today may be used again; 0: never
    breaker: Breaker = Field(default_factory=Breaker)


class _One(_Table):
    url: str | None = None
    timeout_ms: Milliseconds | None = None
    attempts: int | None = Field(None, ge=1, le=5)
    at_once: int | None = Field(None, ge=1, le=1_000)
    cache_s: int | None = Field(None, ge=0, le=86_400)
    breaker: Breaker | None = None


class _Platform(_Table):
    url: str


class _Tls(_Table):
    ca: Path | None = Field(None, strict=False)
    certificate: Path | None = Field(None, strict=False)
    key: Path | None = Field(None, strict=False)


class _Signing(_Table):
    key_id: str = Field(min_length=1, max_length=200, pattern=r"^[\x21\x23-\x5b\x5d-\x7e]+$")     # what a header may carry in quotes
    key_file: Path = Field(strict=False)
    algorithm: str = "hmac-sha256"


class _File(_Table):
    defaults: Manner = Field(default_factory=Manner)
    platform: _Platform | None = None
    sources: dict[str, _One] = Field(default_factory=dict)
    tls: _Tls | None = None
    signing: _Signing | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """One source that can be asked: its address, how it is asked, and in which protocol (see `adapters`)."""

    source: str
    url: str
    manner: Manner
    interface: str = "standard"


@dataclass(frozen=True, slots=True)
class Links:
    """Every source that can be asked, by code. `tls` None: the system's own trust; `key` None: questions are not signed."""

    links: Mapping[str, Link] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    key: Key | None = field(default=None, repr=False)

    def within(self, seconds: float) -> Links:
        """The same, no source waited for longer than all of them together may take: else a dead one would never be known as dead."""
        most = max(10, int(seconds * 1000))
        links = {code: replace(link, manner=link.manner.model_copy(update={"timeout_ms": min(link.manner.timeout_ms, most)})) for code, link in self.links.items()}
        return replace(self, links=links)


def read_links(stated: str, rulebook: Rulebook) -> Links:
    """What the setting says. Empty: no source can be asked. Raises Refused with every problem."""
    if not stated:
        return Links()
    if "://" in stated:
        problem = _wrong_url(stated, SETTING, "")
        if problem:
            raise Refused([problem])
        return Links({code: Link(code, _address(stated, code), Manner(), one.interface) for code, one in rulebook.sources.items() if one.interface in ADAPTERS})
    path = Path(stated)
    try:
        document = tomllib.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError) as error:
        if isinstance(error, tomllib.TOMLDecodeError | UnicodeDecodeError):
            raise Refused([Problem("not-toml", f"“{stated}”不是正确的 TOML：{error}", f"“{stated}” is not valid TOML: {error}", field=SETTING)]) from None
        raise Refused([Problem("unreadable-file", f"打不开数据源设置“{stated}”；看一看路径和权限，或者直接写平台地址 https://…。",
                               f"The source settings “{stated}” cannot be opened; check path and permissions, or state an address https://….", field=SETTING)]) from None
    except RecursionError:
        raise Refused([Problem("not-toml", f"“{stated}”嵌套太深。", f"“{stated}” is nested too deep.", field=SETTING)]) from None
    return _linked(document, path, rulebook)


def _linked(document: Mapping[str, Any], path: Path, rulebook: Rulebook) -> Links:
    try:
        said = _File.model_validate(document)
    except ValidationError as error:
        raise Refused([_mistake(one, path) for one in error.errors()]) from None
    problems: list[Problem] = []
    links = {}
    for code in said.sources:
        if code not in rulebook.sources:
            known = sorted(rulebook.sources)
            problems.append(Problem("unknown-source", f"没有叫“{code}”的数据源。", f"There is no source called “{code}”.", nearest=nearest(code, known),
                                    allowed=tuple(known)).at(str(path), 0, f"sources.{code}"))
    for code, source in rulebook.sources.items():
        if source.interface not in ADAPTERS:
            if code in said.sources:
                problems.append(Problem("asked-by-hand", f"“{source.name}”在规则库里写的是人工核查，不能设置接口；可以接口查询的，先改规则库的“接口”。",
                                        f"“{source.english}” is checked by people according to the rulebook and takes no address; change 接口 there first.").at(
                    str(path), 0, f"sources.{code}"))
            continue
        own = said.sources.get(code, _One())
        url = own.url or (said.platform.url if said.platform else None)
        if url is None:
            continue
        wrong = _wrong_url(url, str(path), f"sources.{code}.url" if own.url else "platform.url")
        if wrong is None:
            changed = {name: value for name, value in own.model_dump(exclude={"url", "breaker"}).items() if value is not None}
            if own.breaker is not None:
                changed["breaker"] = own.breaker
            links[code] = Link(code, _address(url, code), said.defaults.model_copy(update=changed), source.interface)
        elif wrong not in problems:
            problems.append(wrong)
    tls = _tls(said.tls, path, problems) if said.tls else None
    key = _key(said.signing, path, problems) if said.signing else None
    if problems:
        raise Refused(problems)
    return Links(links, tls, key)


def _address(url: str, code: str) -> str:
    return url.replace(BLANK, code) if BLANK in url else f"{url.rstrip('/')}/v1/sources/{code}"


def _wrong_url(url: str, file: str, place: str) -> Problem | None:
    try:
        parts = urlsplit(url)
        sound = bool(parts.scheme in ("http", "https") and _HOST.fullmatch(parts.hostname or "") and (parts.port is None or parts.port > 0)
                     and not _BLANKS.search(url) and httpx.URL(url.replace(BLANK, "source")))
    except (ValueError, httpx.InvalidURL):
        sound = False
    if sound:
        return None
    url = _SECRET.sub(r"\1***@", url.partition("?")[0])
    return Problem("wrong-address", f"“{url}”不是地址；写作 https://平台/…，{BLANK} 处填数据源编码。",
                   f"“{url}” is no address; write https://platform/…, with {BLANK} where the source's code goes.").at(file, 0, place)


def _mistake(error: Any, path: Path) -> Problem:
    """One mistake of shape, in words that name no type of the program."""
    place = ".".join(str(part) for part in error["loc"])
    limits = error.get("ctx", {})
    low, high = limits.get("ge"), limits.get("le")
    word = error["input"] if isinstance(error["input"], str | int | float) else "…"
    zh, en = {
        "extra_forbidden": (f"没有“{place}”这一项；可以写 defaults、platform、sources、tls、signing 和它们的字段。",
                            f"There is no “{place}”; defaults, platform, sources, tls, signing and their fields may be written."),
        "missing": (f"缺少“{place}”。", f"“{place}” is missing."),
        "greater_than_equal": (f"“{place}”不能小于 {low}，写的是“{word}”。", f"“{place}” is at least {low}, not “{word}”."),
        "less_than_equal": (f"“{place}”不能大于 {high}，写的是“{word}”。", f"“{place}” is at most {high}, not “{word}”."),
    }.get(error["type"], (f"“{place}”不能写“{word}”；数字写整数，地址和文件写在引号里。",
                          f"“{place}” cannot be “{word}”; numbers are whole, addresses and files stand in quotes."))
    return Problem("source-settings", zh, en).at(str(path), 0, place)


def _beside(path: Path, named: Path) -> Path:
    """A file named in the settings lies beside them, unless its whole path is given."""
    return named if named.is_absolute() else path.parent / named


def _tls(said: _Tls, path: Path, problems: list[Problem]) -> ssl.SSLContext | None:
    if (said.certificate is None) != (said.key is None):
        problems.append(Problem("half-certificate", "双向认证要同时写 certificate 和 key。", "Mutual TLS needs both certificate and key.").at(str(path), 0, "tls"))
        return None
    try:
        context = ssl.create_default_context(cafile=_beside(path, said.ca) if said.ca else None)
        if said.certificate is not None and said.key is not None:
            context.load_cert_chain(_beside(path, said.certificate), _beside(path, said.key), password=lambda: "")      # nobody is there to be asked
    except (OSError, ValueError):
        problems.append(Problem("unreadable-certificate", "tls 里的证书或者私钥打不开、读不懂，或者两者不配；须是 PEM 文件。",
                                "A certificate or key of tls cannot be opened or read, or they do not go together; PEM files are needed.").at(str(path), 0, "tls"))
        return None
    return context


def _key(said: _Signing, path: Path, problems: list[Problem]) -> Key | None:
    if said.algorithm not in ALGORITHMS:
        problems.append(Problem("unknown-algorithm", f"没有签名算法“{said.algorithm}”。", f"There is no signature algorithm “{said.algorithm}”.",
                                allowed=tuple(ALGORITHMS)).at(str(path), 0, "signing.algorithm"))
        return None
    try:
        secret = _beside(path, said.key_file).read_bytes()
    except (OSError, ValueError):
        secret = b""
    if said.algorithm == "hmac-sha256":
        secret = secret.strip()
    key = Key(said.key_id, secret, said.algorithm)
    if len(secret) < 32 or not signs(key):
        problems.append(Problem("unreadable-key", f"签名密钥“{said.key_file}”打不开、不足 32 个字节，或者不是 {said.algorithm} 的密钥（ed25519 用 PEM）。",
                                f"The signing key “{said.key_file}” cannot be opened, has fewer than 32 bytes, or is no key of {said.algorithm} (ed25519: PEM).").at(
            str(path), 0, "signing.key_file"))
        return None
    return key
