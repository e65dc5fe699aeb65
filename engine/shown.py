"""The credentials an application says were shown: known to the catalogue, and the number on them held against the holder's.

An identity card carries its holder's own number, so that the application names one number twice: where the two differ the credential
is somebody else's. Nothing here knows a library or a rule, and what was stated is never changed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping

from engine import identity
from engine.application import Application, Person, Presented
from engine.catalogue import Credential
from engine.given import AGENT, APPLICANT, Reader, as_written
from engine.problems import Problem, unknown_word


def somebody_else(people: Collection[str]) -> str:
    """A text that is nobody's id in the application. `people`: the ids of everybody in it."""
    word = "other"
    while word in people:
        word += "-"
    return word


def own_number(credential: Credential, number: str) -> identity.Identity | Problem | None:
    """The number of a credential that carries its holder's own, in its one written form (15 digits as 18, plain width, capitals).

    The problem `id-number` where it can be no such number; None where the credential has a number of its own.
    """
    if not credential.holders_number:
        return None
    return identity.read(credential.id_types[0], unicodedata.normalize("NFKC", number))


def presented(reader: Reader, application: Application, numbers: Mapping[str, identity.Identity | Problem]) -> tuple[Presented, ...] | None:
    """What was shown, as it counts: a credential with another number than its holder's, of the same kind, is somebody else's. None: nothing was said.

    `numbers`: by id, the identity numbers of the application (`engine.people.identities`). Unknown credentials and numbers that cannot be right are
    noted with `reader`.
    """
    if application.presented is None:
        return None
    kinds = reader.vocabulary["person_id_type"].by_word
    people: dict[str, Person] = {APPLICANT: application.applicant, **{person.id: person for person in application.persons}}
    if application.agent is not None:
        people[AGENT] = application.agent
    counted = []
    for position, shown in enumerate(application.presented):
        credential = reader.rulebook.credential_words.get(shown.credential)
        if credential is None:
            reader.wrong(unknown_word("unknown-credential", "证件", "credential", shown.credential,
                                      as_written(shown.credential, reader.rulebook.credentials.values())), f"presented.{position}.credential")
        elif shown.number is not None:
            read, holder = own_number(credential, shown.number), numbers.get(shown.holder)
            if isinstance(read, Problem):
                reader.wrong(read, f"presented.{position}.number")
            elif read is not None and isinstance(holder, identity.Identity) and holder.number != read.number \
                    and kinds[str(people[shown.holder].id_type)].code in credential.id_types:
                shown = shown.model_copy(update={"holder": somebody_else(people)})
        counted.append(shown)
    return tuple(counted)
