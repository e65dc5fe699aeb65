"""Whether what an applicant stated has changed between two applications: what opens a frozen one-time notice again, and what does not.

Compares only; it knows no rule, no material and no person.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

#: Top-level parts of an application that are acts, evidence or the caller's own numbers: they are no stated facts.
_NO_FACTS: Final = frozenset({"evidence", "case", "accepting_division", "elsewhere_mode", "handed_in", "presented"})


def changed(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether the stated facts of two applications (JSON form) differ.

    Evidence, the case number, the accepting division and its mode, what was handed in or shown are acts or records, not facts. The applicant's own choices and
    consents do count: who withdraws a commitment or refuses a query opens the ordinary way (42号文; spare scenario d). Who signed a letter is an act and
    does not. Absent, null and empty are the same; the order of persons, roles and credentials means nothing.
    """
    return bool(_stated(one) != _stated(other))


def _stated(application: Mapping[str, Any]) -> Any:
    facts = {key: value for key, value in application.items() if key not in _NO_FACTS}
    facts["choices"] = {key: {name: value for name, value in choice.items() if name != "signed_by"}
                        for key, choice in (facts.get("choices") or {}).items() if choice}
    return _plain(facts)


def _plain(value: Any) -> Any:
    """Without what says nothing, and without order in lists."""
    if isinstance(value, Mapping):
        return {key: found for key in sorted(value) if (found := _plain(value[key])) not in (None, "", {}, [])}
    if isinstance(value, (list, tuple, set, frozenset)):
        return sorted((_plain(one) for one in value), key=repr)
    return value.isoformat() if hasattr(value, "isoformat") else value
