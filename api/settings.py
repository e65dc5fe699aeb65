"""What a running service can be told from outside: every setting, its environment variable and its default.

Read once at the start. A setting that cannot be understood is a problem with its name and what is allowed, never a silent
default. Nothing here opens a file or a socket.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from typing import Final

from engine.problems import Problem, Refused

MEBIBYTE: Final = 1024 * 1024
#: Left for deciding and writing when the sources' time is up: a part of the time for the whole answer, and no more than so many seconds.
RESERVE_PART: Final = 0.3
RESERVE_MOST: Final = 0.25


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
    Setting("MIANZHENG_DATABASE", "sqlite:///<数据目录 data folder>/mianzheng/records.db",
            "决定和办件记在哪个数据库：sqlite:///文件、postgresql://…；off 不记录",
            "database of decisions and cases: sqlite:///FILE, postgresql://…; off: nothing is recorded"),
    Setting("MIANZHENG_PATIENCE", "5", "等数据库最多多少秒（锁、连接、一条语句）；一次请求最多等它的三倍，然后答 503",
            "seconds the database may take for a lock, a connection or one statement; a request waits three times as long, then the answer is 503"),
    Setting("MIANZHENG_OWN_RECORDS", "partial", "本库的在案材料和信用记录是不是全部：complete 没有的就是没有，partial 没有的是未知",
            "whether the materials and credit records kept here are all there are: complete, what is not here does not exist; partial, it is unknown"),
    Setting("MIANZHENG_HALL_CLOSES", "17:30", "大厅下班时间；纸件在期限最后一天晚于此时为逾期", "when the hall closes; paper that arrives later on the last day is late"),
    Setting("MIANZHENG_LATENESS", "1,0,3", "预警、黄牌、红牌：到期前、逾期超过几个工作日",
            "warning, yellow and red card: working days before the day due, and overdue by more than"),
    Setting("MIANZHENG_REPEAT_CARD", "red", "重复索要给什么牌：red 或者 yellow", "the card of a repeated demand: red or yellow"),
    Setting("MIANZHENG_TICK_EVERY", "60", "服务每隔多少秒看一次到期的事；0 不看，另行运行 mianzheng tick",
            "seconds between two looks for what has fallen due; 0: never, `mianzheng tick` is run elsewhere"),
    Setting("MIANZHENG_SOURCES", "", "向哪里查询数据：共享平台的地址 https://…，或者一份 TOML 文件；不设就不查询，只用调用方提交的 evidence",
            "where data are asked for: the address of the exchange platform, or a TOML file; unset: nothing is asked, only `evidence` of callers counts"),
    Setting("MIANZHENG_ANSWER_WITHIN", "800", "一件申请最多用多少毫秒答复，查询数据源也在内",
            "milliseconds within which one application is answered, questions to sources included"),
    Setting("MIANZHENG_MAX_BODY", str(MEBIBYTE), "单件申请的请求体上限（字节）", "largest body of a single application, in bytes"),
    Setting("MIANZHENG_MAX_BATCH_BODY", str(16 * MEBIBYTE), "批量申请的请求体上限（字节）", "largest body of a batch, in bytes"),
)
_DEFAULTS: Final = {setting.name: setting.default for setting in SETTINGS}


def default_database(environment: Mapping[str, str]) -> str:
    """The embedded database of whoever runs the program, in the folder for a user's data (XDG base directories)."""
    folder = environment.get("XDG_DATA_HOME", "").strip()
    return f"sqlite:///{Path(folder) if folder and Path(folder).is_absolute() else Path.home() / '.local' / 'share'}/mianzheng/records.db"


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings as values. `rules` None: the bundled rulebook. `trusted_tokens` None: every caller is trusted. `database` None:
    nothing is recorded."""

    rules: Path | None = None
    host: str = _DEFAULTS["MIANZHENG_HOST"]
    port: int = int(_DEFAULTS["MIANZHENG_PORT"])
    trusted_tokens: frozenset[str] | None = field(default=None, repr=False)
    max_body: int = int(_DEFAULTS["MIANZHENG_MAX_BODY"])
    max_batch_body: int = int(_DEFAULTS["MIANZHENG_MAX_BATCH_BODY"])
    database: str | None = field(default=None, repr=False)      # may hold a password
    own_records_complete: bool = False
    hall_closes: time = time(17, 30)
    lateness: tuple[int, int, int] = (1, 0, 3)
    repeat_card: str = _DEFAULTS["MIANZHENG_REPEAT_CARD"]
    tick_every: int = 0
    patience: int = int(_DEFAULTS["MIANZHENG_PATIENCE"])
    sources: str = field(default="", repr=False)                # an address may hold a key
    answer_within: int = int(_DEFAULTS["MIANZHENG_ANSWER_WITHIN"])

    @property
    def sources_time(self) -> float:
        """Of the time for a whole answer what the sources have, in seconds; the rest is for deciding and writing."""
        whole = self.answer_within / 1000
        return whole - min(RESERVE_MOST, whole * RESERVE_PART)

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

        def one_of(name: str, *words: str) -> str:
            if text[name] not in words:
                problems.append(Problem("setting", f"设置 {name} 可以是 {'、'.join(words)}，不能是“{text[name]}”。",
                                        f"The setting {name} takes {', '.join(words)}, not “{text[name]}”.", field=name, allowed=words))
            return text[name]

        def closing_time(name: str) -> time:
            try:
                return datetime.strptime(text[name], "%H:%M").time()
            except ValueError:
                problems.append(Problem("setting", f"设置 {name} 应当写作 17:30，不能是“{text[name]}”。",
                                        f"The setting {name} is written 17:30, not “{text[name]}”.", field=name))
                return time(0)

        def lateness(name: str) -> tuple[int, int, int]:
            parts = [part.strip() for part in text[name].split(",")]
            days = [int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 4]
            if len(parts) == len(days) == 3 and days[1] <= days[2]:
                return days[0], days[1], days[2]
            problems.append(Problem(
                "setting", f"设置 {name} 应当是三个天数，写作 1,0,3，红牌不早于黄牌，不能是“{text[name]}”。",
                f"The setting {name} takes three numbers of days, written 1,0,3, red not before yellow, not “{text[name]}”.", field=name))
            return 1, 0, 3

        port = number("MIANZHENG_PORT", 0, 65_535)
        patience = number("MIANZHENG_PATIENCE", 1, 60)
        answer_within = number("MIANZHENG_ANSWER_WITHIN", 50, 60_000)
        tick_every = number("MIANZHENG_TICK_EVERY", 0, 86_400)
        own_records = one_of("MIANZHENG_OWN_RECORDS", "partial", "complete")
        repeat_card = one_of("MIANZHENG_REPEAT_CARD", "red", "yellow")
        closes, late = closing_time("MIANZHENG_HALL_CLOSES"), lateness("MIANZHENG_LATENESS")
        stated = given.get("MIANZHENG_DATABASE", "").strip()
        database = None if stated == "off" else stated or default_database(given)
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
            trusted_tokens=tokens or None, max_body=max_body, max_batch_body=max_batch_body, database=database,
            own_records_complete=own_records == "complete", hall_closes=closes, lateness=late, repeat_card=repeat_card, tick_every=tick_every, patience=patience,
            sources=text["MIANZHENG_SOURCES"], answer_within=answer_within)
