"""`mianzheng source-server`: the example source server. Synthetic people only; it ends when it is told to."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from api.commands.printing import Language, print_problems
from api.http.bodies import parse
from api.http.problems import HttpProblem
from api.rule_files import bundled, open_rulebook
from api.source_server.app import Server, Verify
from api.source_server.faults import Plan, read_plan
from api.source_server.people import SHIPPED, read_people
from api.source_server.register import Served, register
from api.source_server.serving import listen, run
from api.sources.signing import Key, verified
from engine.problems import Problem, Refused
from engine.reading import read_rulebook

DONE, REFUSED, USAGE = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Order:
    """What was asked of the command. Absent `data`: the people that come with the program; absent `key_file`: nothing need be signed."""

    host: str
    port: int
    rules: Path | None = None
    data: Path | None = None
    faults: Path | None = None
    key_file: Path | None = None
    key_id: str | None = None


def source_server(order: Order, language: Language) -> int:
    """The exit status: 0 stopped, 1 data, faults, key, rulebook or address refused, 2 a mistake of usage."""
    if (order.key_file is None) != (order.key_id is None):
        print_problems([Problem("usage", "--key-file 和 --key-id 要一起写。", "--key-file and --key-id go together.")], language)
        return USAGE
    try:
        sources = register(read_rulebook(open_rulebook(order.rules or bundled())))
        server = Server(sources, read_people(order.data or SHIPPED, sources), _plan(order.faults, sources), _verify(order))
        made = listen(order.host, order.port)
    except Refused as refused:
        print_problems(refused.problems, language)
        return REFUSED
    with suppress(KeyboardInterrupt):
        run(server, made, lambda address: _ready(address, server, language))
    return DONE


def _ready(address: str, server: Server, language: Language) -> None:
    zh = f"示例数据源服务 {address} 已经就绪：{len(server.sources)} 个数据源，{len(server.people)} 个合成的人和单位，没有一个是真的。按 Ctrl+C 停止。"
    en = f"Example source server at {address} is ready: {len(server.sources)} sources, {len(server.people)} synthetic people, none of them real. Ctrl+C stops it."
    print(zh if language is Language.zh else en, flush=True)


def _read(file: Path, what_zh: str, what_en: str) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        raise Refused([Problem("unreadable-file", f"{what_zh}“{file}”打不开。", f"The {what_en} “{file}” cannot be opened.")]) from None


def _plan(file: Path | None, sources: dict[str, Served]) -> Plan:
    if file is None:
        return {}
    try:
        read = read_plan(parse(_read(file, "故障文件", "file of faults")), sources)
    except HttpProblem as problem:
        raise Refused([Problem(problem.kind.code, problem.zh, problem.en, file=file.name)]) from None
    if isinstance(read, list):
        raise Refused([mistake.problem.at(file.name, 0) for mistake in read])
    return read


def _verify(order: Order) -> Verify | None:
    """The check of signatures with the key, where one is given: a shared secret, or a public key as PEM (Ed25519)."""
    if order.key_file is None or order.key_id is None:
        return None
    secret = _read(order.key_file, "密钥文件", "key file").strip()
    if len(secret) < 32:
        raise Refused([Problem("unreadable-key", "密钥不足 32 个字节。", "The key has fewer than 32 bytes.", file=order.key_file.name)])
    key = Key(order.key_id, secret, "ed25519" if secret.startswith(b"-----BEGIN") else "hmac-sha256")
    return partial(verified, key)
