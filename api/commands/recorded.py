"""`mianzheng log show` and `mianzheng explain DECISION`: a recorded decision, printed as `mianzheng decide` prints one, with its envelope.

Under the rulebook it was decided under, which the database keeps. Reads only, decides nothing.
"""

from __future__ import annotations

from typing import Any

import orjson
from rich.text import Text

from api.commands.decide import print_answer
from api.commands.log import DONE, opened, refused
from api.commands.printing import Language, out, print_json
from api.http.language import TAGS
from api.records import log
from api.records.database import Database
from api.records.instants import spoken
from api.records.rulebooks import UnknownRulebook, read_kept
from engine.application import Application
from engine.explain import printed
from engine.problems import Problem, Refused
from engine.rulebook import Rulebook
from engine.wording.words import Words


def show(decision_id: str, database: str | None, language: Language, level: str, as_json: bool) -> int:
    """The exit status: 0 printed, 1 no such decision, erased, or refused."""
    try:
        with opened(database) as records:
            recorded, rulebook = _found(records, decision_id)
    except Refused as error:
        return refused(error, language, as_json)
    application = Application.model_validate(recorded.document)
    people = {person.id: person.name for person in application.persons if person.name}
    body = orjson.loads(recorded.body)
    answer = printed(body, rulebook, language.value, level, people)
    if as_json:
        print_json({**_envelope(recorded, application, language), **answer})
        return DONE
    _print_envelope(recorded, application, language)
    answer = answer if level != "off" else printed(body, rulebook, language.value, "summary", people)
    print_answer(answer, Words(rulebook, answer, language.value, people), level)
    return DONE


def _found(database: Database, decision_id: str) -> tuple[log.Recorded, Rulebook]:
    """The decision and its rulebook. Raises Refused."""
    try:
        with database.reading() as session:
            recorded = log.decision(session, decision_id)
            if recorded is None:
                raise Refused([Problem("unknown-record", f"没有编号为“{decision_id}”的判断。", f"There is no decision with the id “{decision_id}”.")])
            return recorded, read_kept(session, recorded.tells["rulebook"])
    except log.Erased:
        raise Refused([Problem("erased", f"判断“{decision_id}”的内容已经依法删除，只留下防篡改的摘要。",
                               f"The content of the decision “{decision_id}” was erased as the law provides; only the digests that guard the log are left.")]) from None
    except UnknownRulebook as error:
        raise Refused([Problem("unknown-record", f"没有保存规则库版本“{error.version}”，或者保存的不是它；请先运行 mianzheng log verify。",
                               f"The rulebook version “{error.version}” is not kept, or what is kept is not it; run mianzheng log verify.")]) from None


def _envelope(recorded: log.Recorded, application: Application, language: Language) -> dict[str, Any]:
    """The same as over HTTP."""
    return {"id": recorded.id, "case": recorded.case_id, "case_number": application.case, "decided_at": spoken(recorded.at),
            **({"supersedes": recorded.supersedes} if recorded.supersedes else {}), "language": TAGS[language.value]}


def _print_envelope(recorded: log.Recorded, application: Application, language: Language) -> None:
    console, chinese = out(), language is Language.zh
    rows = (("判断", "decision", recorded.id), ("办件", "case", recorded.case_id), ("办件编号", "case number", application.case),
            ("判断时间", "decided at", spoken(recorded.at)), ("取代", "supersedes", recorded.supersedes),
            ("受理时的规则库", "rulebook at acceptance", recorded.tells.get("pinned")), ("程序", "program", recorded.tells.get("program")))
    for zh, en, value in rows:
        if value:
            console.print(Text(f"{zh}：" if chinese else f"{en}: ", style="dim") + Text(str(value)))
    console.print()
