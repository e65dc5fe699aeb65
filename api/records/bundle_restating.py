"""A bundle's application as it is decided again: what is stated now laid over what was stated before, so that one answer takes no other away.

Answers by key (situations, choices, consents, facts) are merged key by key; every other field replaces the one before as a whole.
What was shown or handed in of one person is not taken for another's under the same id. Nothing here
checks what is stated: whatever has the wrong shape is told when it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlmodel import Session

from api.records.bundle_log import bundle_decision, entries_of
from api.records.bundle_steps import others_now
from api.records.tables import BundleCase, Received
from engine.bundle_list import key_of, of_another
from engine.bundles import bundle_of, situations
from engine.given import APPLICANT
from engine.rulebook import Rulebook


def laid_over(rulebook: Rulebook, bundle: str, before: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """The application that comes out. A key said before under its name and now under its code, or the other way round, is one key."""
    asked = situations(rulebook, bundle_of(rulebook, bundle))
    materials, facts = rulebook.vocabulary["material"].by_word, rulebook.vocabulary.by_word

    def situation(word: str) -> str:
        return next((code for code, fact in asked.items() if word in (code, fact.name)), word)

    def copy(word: str) -> str:
        material, _, person = word.partition("/")
        return key_of(materials[material].code if material in materials else material, person or APPLICANT)

    def fact(word: str) -> str:
        return facts[word].code if word in facts else word

    merged = {"situation": _merged(before.get("situation"), now.get("situation"), situation),
              "facts": _merged(before.get("facts"), now.get("facts"), fact, lambda one, other: _merged(one, other, copy)),
              **{name: _merged(before.get(name), now.get(name), copy) for name in ("choices", "consents")}}
    return {**before, **now, **{name: merged[name] for name in merged if name in now}}


def _merged(before: Any, now: Any, key: Callable[[str], str], inside: Callable[[Any, Any], Any] | None = None) -> Any:
    """Two mappings as one: of a key that is in both, what is said now. `inside` merges what stands under such a key."""
    if not isinstance(before, Mapping) or not isinstance(now, Mapping):
        return now
    said = {key(word): value for word, value in before.items()}
    again = {key(word) for word in now}
    kept = {word: value for word, value in before.items() if key(word) not in again}
    return {**kept, **{word: inside(said[key(word)], value) if inside is not None and key(word) in said else value for word, value in now.items()}}


def without_others(rulebook: Rulebook, before: Mapping[str, Any], document: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """The application that comes out, without what was shown or handed in of somebody who is not meant any more. `now`: what is stated now, which stays."""
    others = others_now(rulebook, before, document)
    made = dict(document)
    if others and "presented" not in now and made.get("presented"):
        made["presented"] = [one for one in made["presented"] if one.get("holder") not in others]
    kept = [code for code in before.get("handed_in") or () if not of_another(rulebook, _copy(rulebook, code), others)]
    codes = [*kept, *(now.get("handed_in") or ())]      # what came in stays, whichever step it is for
    return made | {"handed_in": codes} if codes or "handed_in" in made else made


def still_held(session: Session, rulebook: Rulebook, bundle_case: BundleCase, held: Iterable[Received], now: Mapping[str, Any]) -> list[str]:
    """The keys of what was handed in to any case of the bundle, without copies of somebody else than who is meant `now`. Raises Erased."""
    decided = [bundle_decision(session, entry) for entry in entries_of(session, bundle_case)]      # the latest first
    others = {one.id: others_now(rulebook, one.application, now) for one in decided}
    found = []
    for one in held:
        with_it = [made for made in decided if made.at == one.at]      # written by the very act that decided
        standing = with_it[-1] if with_it else next((made for made in decided if made.at < one.at), decided[-1])
        if not of_another(rulebook, {"material": one.material, "person": one.person or None}, others[standing.id]):
            found.append(f"{one.material}/{one.person}" if one.person else one.material)
    return found


def _copy(rulebook: Rulebook, code: str) -> dict[str, Any]:
    word, _, person = code.partition("/")
    materials = rulebook.vocabulary["material"].by_word
    return {"material": materials[word].code if word in materials else word, "person": person or None}
