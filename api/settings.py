"""What a running service can be told from outside: every setting, its environment variable and its default.

Read once at the start. A setting that cannot be understood is a problem with its name and what is allowed, never a silent
default. Nothing here opens a file or a socket.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from engine.problems import Problem, Refused

MEBIBYTE: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable: its name, how its default reads, what it means in Chinese and English."""

    name: str
    default: str
    zh: str
    en: str


SETTINGS: Final = (
    Setting("MIANZHENG_RULES", "", "规则库目录；不设就用随程序带的那一份", "directory of the rulebook; unset: the one that ships with the program"),
    Setting("MIANZHENG_HOST", "127.0.0.1", "监听地址", "address to listen on"),
    Setting("MIANZHENG_PORT", "8000", "监听端口，0 由系统挑一个", "port to listen on; 0 lets the system pick one"),
    Setting("MIANZHENG_TRUSTED_TOKENS", "", "可以提交 evidence 的调用方令牌，逗号隔开；不设则所有调用方都受信任",
            "bearer tokens, comma separated, of callers trusted for `evidence`; unset: every caller is trusted"),
    Setting("MIANZHENG_MAX_BODY", str(MEBIBYTE), "单件申请的请求体上限（字节）", "largest body of a single application, in bytes"),
    Setting("MIANZHENG_MAX_BATCH_BODY", str(16 * MEBIBYTE), "批量申请的请求体上限（字节）", "largest body of a batch, in bytes"),
)
_DEFAULTS: Final = {setting.name: setting.default for setting in SETTINGS}


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings as values. `rules` None: the bundled rulebook. `trusted_tokens` None: every caller is trusted."""

    rules: Path | None = None
    host: str = _DEFAULTS["MIANZHENG_HOST"]
    port: int = int(_DEFAULTS["MIANZHENG_PORT"])
    trusted_tokens: frozenset[str] | None = field(default=None, repr=False)
    max_body: int = int(_DEFAULTS["MIANZHENG_MAX_BODY"])
    max_batch_body: int = int(_DEFAULTS["MIANZHENG_MAX_BATCH_BODY"])

    @staticmethod
    def from_environment(environment: Mapping[str, str] | None = None) -> Settings:
        """The settings of the environment. An empty variable counts as unset. Raises Refused with every problem found."""
        given = os.environ if environment is None else environment
        text = {name: given.get(name, "").strip() or default for name, default in _DEFAULTS.items()}
        problems: list[Problem] = []

        def number(name: str, low: int, high: int) -> int:
            word = text[name]
            if word.isascii() and word.isdigit() and len(word) < 12 and low <= int(word) <= high:
                return int(word)
            problems.append(Problem("setting", f"设置 {name} 应当是 {low} 到 {high} 的整数，不能是“{word}”。",
                                    f"The setting {name} takes a whole number from {low} to {high}, not “{word}”.", field=name))
            return low

        port = number("MIANZHENG_PORT", 0, 65_535)
        max_body = number("MIANZHENG_MAX_BODY", 1, 1024 * MEBIBYTE)
        max_batch_body = number("MIANZHENG_MAX_BATCH_BODY", 1, 1024 * MEBIBYTE)
        listed = text["MIANZHENG_TRUSTED_TOKENS"]
        tokens = frozenset(token.strip() for token in listed.split(",") if token.strip())
        if listed and not tokens:
            # A list that names nobody would silently trust everybody.
            problems.append(Problem("setting", "设置 MIANZHENG_TRUSTED_TOKENS 里没有一个令牌。",
                                    "The setting MIANZHENG_TRUSTED_TOKENS names no token.", field="MIANZHENG_TRUSTED_TOKENS"))
        if problems:
            raise Refused(problems)
        return Settings(
            rules=Path(text["MIANZHENG_RULES"]) if text["MIANZHENG_RULES"] else None, host=text["MIANZHENG_HOST"], port=port,
            trusted_tokens=tokens or None, max_body=max_body, max_batch_body=max_batch_body)
