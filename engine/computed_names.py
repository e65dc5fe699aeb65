"""The names of the functions that may supply a 推算 fact: a closed registry, so that a vocabulary cannot name another.

The functions themselves stand elsewhere; this is the list the loader checks against. Nothing here computes.
"""

from __future__ import annotations

from typing import Final

#: Name → what it computes.
COMPUTED: Final = {
    "accepted_on": "the day on which the application was accepted",
    "as_of": "the day of the decision",
    "agent_kind": "who acts for the applicant; nobody named means in person",
    "person_age": "full years of age on the day of the decision",
    "list_status": "listed, not listed or unpublished, over the union of the published batches in force",
    "material_needed": "whether the item's own condition calls for the material",
    "basis_rank": "the highest rank among the bases in force",
    "deferral_term_published": "whether a term for handing the material in later is published",
    "showable_credential": "whether a credential that shows the same fact may be shown in the deciding division",
    "shown_state": "the state of the credential that was shown",
    "source_state": "whether a source is connected, shareable and applicable to the person",
    "source_ground": "the legal ground on which the source may be asked",
    "check_channel": "whether the authority has its own standing way to check",
    "on_file_state": "whether a usable copy of the material is on file",
    "earlier_output": "whether an earlier step of the bundle issues the material",
    "contained": "whether another material, already settled, contains this one",
    "asked_elsewhere": "whether another step of the same bundle already asks for the material",
    "principals_complete": "whether every other principal material is settled",
}
NAMES: Final = frozenset(COMPUTED)

#: Those that depend on item, material, division and day alone: they may stand in the condition of a 规定.
STATIC: Final = frozenset({"accepted_on", "as_of", "list_status", "basis_rank", "showable_credential", "check_channel"})
