"""Writes an application down as a ready scenario, in the phrases that `features/README.md` lists.

Proofs, comparisons and drafts of missing scenarios show what they found this way: somebody who has never read Python can lay it beside
the law, and put it into `features/` as it is. What decides nothing (the caller's case number, the source and hour of a query) is not
written. Nothing here decides or opens a file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from api.gherkin_claims import claims_of
from api.gherkin_people import People
from engine.application import Agent, Application, Person, Presented
from engine.given import AGENT, APPLICANT, Reader
from engine.intake import take
from engine.problems import Problem, Refused
from engine.rulebook import Rulebook
from engine.vocabulary import CHOICES, NUMBER, YES_NO, Fact, FactValue
from engine.wording.elsewhere import MODES

__all__ = ["claims_of", "feature_text", "given_lines", "scenario_text"]

_SIGNERS = {"self": "本人", "agent": "代理人", "guardian": "法定监护人", "helper": "代办人员"}
_STATES = {"revoked": "已失效的 ", "expired": "已过期的 "}
#: Declared facts that stand in fields of their own; under `facts` the engine does not read them.
_ELSEWHERE = frozenset({"applicant_kind", "consents_to_query", "commitment_signer"})


def scenario_text(rulebook: Rulebook, application: Mapping[str, Any], as_of: date, *, title: str, tags: Sequence[str] = (), claims: Sequence[str] = (),
                  extra_directory: str = "", asked_elsewhere: frozenset[str] = frozenset(), indent: str = "  ") -> str:
    """One 场景: the application in 假如, 当 判断这份申请, the claims in 那么.

    `application` is the JSON a caller would send, decided on `as_of`; `tags` are written without @; `claims` are sentences without their
    keyword (see `claims_of`). `extra_directory` is laid over the rulebook's directory (规则目录 另加 …), written from the project's root;
    `asked_elsewhere` are keys that another step of the same bundle asks for. Raises Refused for an application that the engine refuses or
    of which a scenario cannot speak.
    """
    lines = [f"{indent}{' '.join(f'@{tag}' for tag in tags)}"] if tags else []
    lines.append(f"{indent}场景: {_one_line(title)}")
    for keyword, said in (("假如", given_lines(rulebook, application, as_of, extra_directory, asked_elsewhere)), ("当", ["判断这份申请"]), ("那么", claims)):
        lines += [f"{indent * 2}{'并且' if position else keyword} {text}" for position, text in enumerate(said)]
    return "\n".join(lines)


def feature_text(title: str, scenarios: Iterable[str], description: str = "") -> str:
    """A whole .feature file of scenarios written by `scenario_text`. Scenarios of one title get numbers: of namesakes only the last would run."""
    seen: dict[str, int] = {}
    written = []
    for scenario in scenarios:
        lines = scenario.splitlines()
        for position, line in enumerate(lines):
            if line.lstrip().startswith("场景: "):
                seen[line] = seen.get(line, 0) + 1
                lines[position] = f"{line}（{seen[line]}）" if seen[line] > 1 else line
        written.append("\n".join(lines))
    head = ["# language: zh-CN", f"功能: {_one_line(title)}", *([f"  {_one_line(description)}"] if description else [])]
    return "\n\n".join(["\n".join(head), *written]) + "\n"


def given_lines(rulebook: Rulebook, application: Mapping[str, Any], as_of: date, extra_directory: str = "",
                asked_elsewhere: frozenset[str] = frozenset()) -> list[str]:
    """The sentences of 假如, without keywords, in the order of the README. Raises Refused like `scenario_text`."""
    stated = Application.model_validate(dict(application))
    take(rulebook, stated, as_of, asked_elsewhere)
    writer = _Writer(rulebook, stated, as_of)
    lines = [f"规则目录 另加 {extra_directory}"] if extra_directory else []
    lines += [*writer.place(), *writer.people(), *writer.situation(), *writer.shown(), *writer.chosen(), *writer.known()]
    return [*lines, *([f"另一环节已经收取 {'、'.join(writer.copies(sorted(asked_elsewhere)))}"] if asked_elsewhere else [])]


def _one_line(text: str) -> str:
    return " ".join(text.split())


class _Writer:
    """The sentences about one application that the engine has taken in, part by part."""

    def __init__(self, rulebook: Rulebook, application: Application, as_of: date):
        self.rulebook, self.application, self.as_of = rulebook, application, as_of
        self.vocabulary = rulebook.vocabulary
        self.named = People(rulebook, application)
        self.reader = Reader(rulebook)
        self.persons = frozenset((*(person.id for person in application.persons), AGENT))

    # -- words ------------------------------------------------------------------------------------------------------------

    def key(self, key: str) -> str:
        """A key in codes: a caller may write names."""
        found = self.reader.material(key, "", self.vocabulary["material"].by_word, self.persons)
        assert found is not None, "the engine has taken it in"
        return found

    def copies(self, keys: Iterable[str]) -> list[str]:
        return list(dict.fromkeys(self.named.copy(self.key(key)) for key in keys))

    def of(self, fact: str, word: str) -> str:
        """The Chinese name of a value, or nothing where the rulebook does not speak of the fact: then nothing reads it."""
        known = self.vocabulary.by_word.get(fact)
        return known.by_word[word].name if known is not None and word in known.by_word else ""

    def phrase(self, fact: Fact, given: object) -> str:
        """A fact with the value a caller gave it."""
        value: FactValue = self.reader.declared(fact, given, "")
        if fact.type == YES_NO:
            return f"{fact.name} {'成立' if value else '不成立'}"
        comparison = {NUMBER: "等于", CHOICES: "包含"}.get(fact.type, "是")
        return f"{fact.name} {comparison} {fact.label(value)}"

    # -- the parts --------------------------------------------------------------------------------------------------------

    def place(self) -> Iterator[str]:
        """Which item, where, on which days."""
        made = self.application
        yield f"事项 是 {self.vocabulary['item'].by_word[made.item].name}"
        if made.deciding_division is not None:
            yield f"在 {self._division(made.deciding_division)} 办理"
        if made.accepting_division is not None:
            yield f"由 {self._division(made.accepting_division)} 的大厅代收"
        if made.elsewhere_mode is not None:
            yield f"异地办理的方式 是 {MODES[made.elsewhere_mode][0]}"
        yield f"申请日期 是 {made.accepted_on}"
        if self.as_of != made.accepted_on:
            yield f"决定日期 是 {self.as_of}"

    def _division(self, code: str) -> str:
        """Its name, or the code where another division is met first under that name, or no rule file names it."""
        if code not in self.rulebook.divisions:
            return code
        name = self.rulebook.divisions[code].name
        meant = next(one.code for one in self.rulebook.divisions.values()
                     if name == one.name or name in (one.name.removesuffix("市"), one.name.removesuffix("县")))
        return name if meant == code and not any(mark in name for mark in " ，") else code

    def people(self) -> Iterator[str]:
        """The applicant, the persons of each role, whether a role is complete, who acts for the applicant."""
        made, names = self.application, self.named.names
        name, described = names.get(APPLICANT, ""), self._described(made.applicant)
        if made.applicant.kind is not None:
            yield f"申请人 是 {' '.join(filter(None, (self.of('applicant_kind', made.applicant.kind), name)))}{described}"
        elif name:
            yield f"申请人 叫 {name}{described}"
        for person in made.persons:
            yield f"有 {''.join(person.role.split()).replace('，', '')} {names[person.id]}{self._described(person)}"
        listed = dict.fromkeys(person.role for person in made.persons)
        for role in listed:
            if role not in made.roles_complete and role != "代理人":
                yield f"{''.join(role.split()).replace('，', '')} 还没有列全"
        for role in dict.fromkeys(made.roles_complete):
            if role not in listed and role != "代理人":       # of agents everybody is always listed
                yield f"没有 {role}"
        if made.agent is not None:
            yield self._agent(made.agent)

    def _described(self, person: Person) -> str:
        """Number and date of birth, as they stand after a name."""
        options = []
        kind = self.of("person_id_type", person.id_type) if person.id_type is not None else ""
        if kind:
            options.append(f"{kind} {''.join((person.id_number or '').split()).replace('，', ',')}".strip())
        if person.birth_date is not None:
            options.append(f"出生日期 {person.birth_date}")
        return "".join(f"，{option}" for option in options)

    def _agent(self, agent: Agent) -> str:
        kind = self.vocabulary["agent_kind"].by_word[agent.kind]
        if kind.code == "in_person":
            raise Refused([Problem("scenario", "写了代理人，代理情况却是“本人办理”；本人办理的，不写代理人。",
                                   "An agent is stated whose kind is “in person”; leave the agent out.", field="agent.kind")])
        authority = {True: "，授权有效", False: "，授权无效", None: ""}[agent.authorised]
        ended = agent.authorised_until is not None and agent.authorised_until < self.as_of
        if agent.authorised_until is not None and (agent.authorised or (agent.authorised is None and ended)):
            authority = f"，授权有效至 {agent.authorised_until}"
        name = self.named.names.get(AGENT, "")
        return f"由 {' '.join(filter(None, (kind.name, name)))} 代办{authority}{self._described(agent)}"

    def situation(self) -> Iterator[str]:
        """The situations answered and the other declared facts."""
        made = self.application
        for word, answer in made.situation.items():
            yield f"{self.vocabulary[word].name} {'成立' if answer else '不成立'}"
        for word, given in made.facts.items():
            fact = self.vocabulary[word]
            if fact.code in _ELSEWHERE or (fact.code == "agent_authorised" and made.agent is not None):
                continue
            if fact.code == "agent_authorised":
                raise Refused([Problem("scenario", f"没有代理人，却写了“{fact.name}”；写上代理人，或者去掉这个事实。",
                                       f"“{fact.code}” is stated without an agent; state the agent, or leave the fact out.", field=f"facts.{word}")])
            if isinstance(given, dict):
                for key, value in given.items():
                    about = f"材料 {self.named.copy(self.key(key))}" if fact.subject == "材料" else self.named.word(key)
                    yield f"{about} 的 {self.phrase(fact, value)}"
            else:
                yield self.phrase(fact, given)

    def shown(self) -> Iterator[str]:
        """Credentials shown and materials handed in."""
        made = self.application
        if made.presented is not None:
            counted = [shown for shown in made.presented if shown.holder != AGENT or made.agent is not None]
            yield from dict.fromkeys(self._shows(shown) for shown in counted) or ["没有出示任何证件"]
        if made.handed_in is not None:
            yield f"已交 {'、'.join(self.copies(made.handed_in))}" if made.handed_in else "什么材料也没有交"

    def _shows(self, shown: Presented) -> str:
        """A card shown counts for everybody of the holder's name, so it is said once (an agent nobody named shows nothing)."""
        known = self.named.known(shown.holder)
        who = self.named.holder(shown.holder) if known else "申请人"
        state = _STATES.get(shown.status, "") if known else "别人的 "
        options = [f"有效期至 {shown.valid_to}"] if shown.valid_to is not None else []
        options += ["电子证照"] if shown.medium == "electronic" else []
        return "，".join((f"{who}出示 {state}{self.rulebook.credential_words[shown.credential].name}", *options))

    def chosen(self) -> Iterator[str]:
        """Choices and consents."""
        for key, choice in self.application.choices.items():
            copy, signed = self.named.copy(self.key(key)), _SIGNERS.get(choice.signed_by or "", "")
            for route, answer in (("commitment", choice.commitment), ("deferral", choice.deferral)):
                if answer is None or route not in self.rulebook.routes:
                    continue
                if answer == "no":
                    yield f"材料 {copy} 不选择 {self.rulebook.routes[route].name}"
                else:
                    yield f"材料 {copy} 选择 {self.rulebook.routes[route].name}{f'，由 {signed} 签署' if signed else ''}"
                    signed = ""
            if signed and "commitment_signer" in self.vocabulary.by_word:
                yield f"材料 {copy} 的 {self.vocabulary['commitment_signer'].name} 是 {self.of('commitment_signer', choice.signed_by or '')}"
        fact = self.vocabulary.by_word.get("consents_to_query")
        for key, consent in self.application.consents.items() if fact is not None else ():
            yield f"材料 {self.named.copy(self.key(key))} 的 {self.phrase(fact, consent)}"  # type: ignore[arg-type]

    def known(self) -> Iterator[str]:
        """What the authority knows: records, what is on file, queries, checks, outputs of earlier steps."""
        evidence = self.application.evidence
        if evidence.records is not None:
            if evidence.records.complete:
                yield "没有任何不良记录"
            for record in evidence.records.credit:
                repaired = f"，{record.repaired_on} 修复" if record.repaired_on is not None else ""
                grade = self.of("applicant_credit", record.kind)
                yield from [f"有 {grade} 记录，{record.recorded_on} 记载{repaired}"] if grade else []
            for word, given in evidence.records.facts.items():
                yield self.phrase(self.vocabulary[word], given)
        if evidence.on_file is not None:
            rows = evidence.on_file.entries
            for row in rows:
                until = f"，有效期至 {row.valid_to}" if row.valid_to is not None else ""
                yield f"在案材料 有 {self.named.copy(self.key(row.material))}，可信等级 {row.trust}，{row.received_on} 收到{until}"
            if not evidence.on_file.complete:
                yield "在案材料还没有查全"
            elif not rows:
                yield "没有任何在案材料"
        for key, answer in evidence.queries.items():
            until = f"，有效期至 {answer.valid_to}" if answer.valid_to is not None else ""
            yield from self._found(key, "query_result", answer.result, until)
        for key, check in evidence.checks.items():
            yield from self._found(key, "check_result", check.result)
        for key, output in evidence.outputs.items():
            yield from self._found(key, "earlier_output", output)

    def _found(self, key: str, fact: str, value: str, rest: str = "") -> list[str]:
        name = self.of(fact, value)
        return [f"材料 {self.named.copy(self.key(key))} 的 {self.vocabulary[fact].name} 是 {name}{rest}"] if name else []
