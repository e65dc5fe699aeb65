"""The computed facts in the solver's language: what each hangs on, beside its Python form in `engine.facts` and `engine.intake`.

`general` holds of every application whatever; `exact` of one scene. Both forms are tested against each other on random
applications. Everything is taken as known: what an absent fact means is the deciding engine's matter. Nothing here asks the solver.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any as Formula
from typing import Final

from engine.facts import Unit, hangs_on_age
from engine.people import AGENT_ROLES, SIGNERS, authority_of
from engine.proof.scenes import Scene
from engine.proof.solver import World
from engine.rulebook import Rulebook
from engine.vocabulary import CHOICE, DECLARED, Fact, Value

#: What was laid on the counter for a material that a credential can show: the leaf behind `shown_state`.
SHOWN_AS: Final = Fact("出示了什么", "shown_as", "what was shown", "材料", CHOICE, DECLARED, tuple(
    Value(name, code, english) for name, code, english in (
        ("没有出示", "nothing", "nothing"), ("有效证件", "valid", "a valid credential"), ("过期证件", "expired", "an expired one"),
        ("失效证件", "revoked", "a revoked one"), ("别人的证件", "not_theirs", "somebody else's"))))


#: Computed facts and what each is computed from, one step back. Facts that one statement of the authority gives together stand here too.
BEHIND: Final[Mapping[str, set[str]]] = {
    "person_age": {"birth_date", "as_of"}, "source_state": {"person_id_type"}, "source_ground": {"person_id_type", "person_age"},
    "shown_state": {"person_id_type", "holds_credential", "agent_kind", "agent_authorised"},
    "on_file_state": {"on_file"}, "on_file": {"on_file_state"},
    "credit_repaired_on": {"applicant_credit"}, "applicant_credit": {"credit_repaired_on"}}


def general(world: World, rulebook: Rulebook) -> list[Formula]:
    """What every application keeps, whatever the item: how recorded facts go together, days in their order, age from birth."""
    words = rulebook.vocabulary.by_word
    found: list[Formula] = []

    def have(*codes: str) -> bool:
        return all(code in words for code in codes)

    if have("accepted_on", "as_of"):
        found.append(world.not_after(words["accepted_on"], words["as_of"]))
    if have("on_file", "on_file_state"):
        found.append(world.same(world.is_value(words["on_file"], "not_recorded"), world.is_value(words["on_file_state"], "not_on_file")))
    if have("birth_date", "as_of", "person_age"):
        found.append(world.aged(words["birth_date"], words["as_of"], words["person_age"]))
    return found


def exact(world: World, scene: Scene, rulebook: Rulebook) -> list[Formula]:
    """What the computed facts are in one scene, from the facts an application states."""
    words = rulebook.vocabulary.by_word
    unit = scene.unit
    own = {fact.code for fact in scene.item.situations}
    found = [*general(world, rulebook)]
    if "as_of" in words:
        found.append(world.within(words["as_of"], scene.seen_from or scene.start, scene.last_seen))
    if "accepted_on" in words:
        found.append(world.within(words["accepted_on"], scene.start if scene.pending else scene.item.start, scene.last_accepted))
    found.extend(world.is_value(fact, False) for fact in rulebook.vocabulary.facts if fact.situation and fact.code not in own)
    if "material_needed" in words:
        found.append(world.same(world.variable(words["material_needed"]), world.formula(scene.requirement.needed)))
    if "principals_complete" in words and not other_principals(scene):
        found.append(world.is_value(words["principals_complete"], True))
    if "commitment_signer" in words and "agent_kind" in words:     # only who acts can have signed
        signs = {value.code for value in words["commitment_signer"].values}
        found.extend(world.some((world.deny(world.is_value(words["commitment_signer"], signer)), world.is_value(words["agent_kind"], kind)))
                     for signer, kind in SIGNERS.items() if signer in signs)
    found.extend(_sources(world, unit, words))
    if "shown_state" in words:
        found.append(_shown(world, unit, scene, words))
    return found


def other_principals(scene: Scene) -> bool:
    """Whether the item asks for another principal material beside this one (or its group)."""
    own = scene.group or scene.requirement
    if own.role == "principal" and scene.requirement.per_person not in ("", "申请人", "本人"):
        return True      # another person's copy
    return any(one.role == "principal" for one in scene.item.requirements if one is not own)


def _sources(world: World, unit: Unit, words: Mapping[str, Fact]) -> list[Formula]:
    """State and legal ground of the source, by the person's kind of number; a child under fourteen needs a guardian's consent (个人信息保护法 31)."""
    found: list[Formula] = []
    if "person_id_type" not in words:
        return found
    for kind, (state, source) in unit.sources.items():
        if kind is None:
            continue
        here = world.deny(world.is_value(words["person_id_type"], kind))
        if "source_state" in words:
            found.append(world.some((here, world.is_value(words["source_state"], state))))
        if "source_ground" in words:
            ground = world.is_value(words["source_ground"], source.ground if source else "none")
            if hangs_on_age(source, kind) and "person_age" in words:
                child = world.some(world.is_value(words["person_age"], years) for years in range(14))
                ground = world.when(child, world.is_value(words["source_ground"], "guardian_consent"), ground)
            found.append(world.some((here, ground)))
    return found


def _shown(world: World, unit: Unit, scene: Scene, words: Mapping[str, Fact]) -> Formula:
    """The state of the credential: what was shown, else whether the person holds one."""

    def state(code: str) -> Formula:
        return world.is_value(words["shown_state"], code)

    def shown(code: str) -> Formula:
        return world.is_value(SHOWN_AS, code)

    if not unit.credentials:
        return state("none")
    valid = state("valid")
    if "agent_kind" in words and "agent_authorised" in words:
        without = [kind for kind in AGENT_ROLES if authority_of(kind, False, scene.requirement.per_person) is False]
        agent = world.every((world.is_one_of(words["agent_kind"], without), world.is_value(words["agent_authorised"], False)))
        valid = world.when(agent, state("unauthorised"), valid)
    holds = world.variable(words["holds_credential"]) if "holds_credential" in words else world.true
    usable = [kind for kind in unit.sources if kind is not None and unit.credentials_for(kind)]
    can = world.is_one_of(words["person_id_type"], usable) if "person_id_type" in words else world.true
    nothing = world.when(world.deny(holds), state("not_held"), world.when(can, state("not_presented"), state("none")))
    return world.every((
        world.some((world.deny(shown("valid")), valid)),
        *(world.some((world.deny(shown(code)), state(code))) for code in ("expired", "revoked", "not_theirs")),
        world.some((world.deny(shown("nothing")), nothing))))
