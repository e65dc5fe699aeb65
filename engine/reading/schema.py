"""JSON Schemas (draft 2020-12) of every kind of rule file, for editors: keys, help in Chinese, and the words that fit.

They come from the shapes and one vocabulary; names of the catalogue and situations stay open, because they change with
every file. A schema helps while writing; whether a file is sound is decided by reading it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from engine.phrases import COMPARISONS
from engine.reading.kinds import SHAPES
from engine.reading.scalars import CONDITION, VALUES_OF, SpanShape
from engine.rulebook import Route
from engine.vocabulary import CONCLUDED, DEFINED, YES_NO, Action, Actor, Fact, Reason, Term, Vocabulary

Schema = dict[str, Any]
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
KINDS: Final = tuple(kind for kind in SHAPES if kind != "local item")
_RULE_KINDS: Final = ("认定", "准许", "排除", "阻止", "规定")


def schemas(vocabulary: Vocabulary, ladder: Sequence[Route]) -> dict[str, Schema]:
    """The schema of every kind of file, by kind."""
    words = _Words(vocabulary, ladder)
    found = {kind: words.fill(SHAPES[kind].model_json_schema(by_alias=True), kind) for kind in KINDS}
    found["item"] = _either(found["item"], words.fill(SHAPES["local item"].model_json_schema(by_alias=True), "item"))
    return {kind: {"$schema": DIALECT, "title": kind, **schema} for kind, schema in found.items()}


def _either(whole: Schema, local: Schema) -> Schema:
    """An item file, or, with 覆盖, what a narrower division says otherwise."""
    definitions = {**local.pop("$defs", {}), **whole.pop("$defs", {})}
    return {"description": whole["description"], "if": {"required": ["覆盖"]}, "then": local, "else": whole, "$defs": definitions}


class _Words:
    """Fills the markers of the shapes with the words of one vocabulary."""

    def __init__(self, vocabulary: Vocabulary, ladder: Sequence[Route]) -> None:
        self.vocabulary = vocabulary
        self.codes: dict[str, Mapping[str, Reason | Action | Actor | Term]] = {
            "理由": vocabulary.reasons, "后续": vocabulary.actions, "主体": vocabulary.actors, "规定": vocabulary.terms}
        modes = [f"{route.name}/{mode.name}" for route in ladder for mode in route.modes]
        self.parts: dict[str, list[str]] = {
            "准许": [*(route.name for route in ladder if not route.elective), *modes], "排除": [*(route.name for route in ladder), *modes],
            "理由": list(vocabulary.reasons), "后续": list(vocabulary.actions),
            "主体": list(vocabulary.actors), "规定": list(vocabulary.terms),
            "认定事实": [fact.name for fact in vocabulary.facts if fact.supplier == DEFINED],
        }

    def fill(self, schema: Schema, kind: str) -> Schema:
        definitions: dict[str, Schema] = schema.setdefault("$defs", {})
        definitions.setdefault("SpanShape", SpanShape.model_json_schema(by_alias=True))
        definitions["phrase"] = self.phrase(outcomes=kind == "invariants")
        definitions["part"], definitions["condition"] = _part(), _CONDITION
        filled: Schema = self.node(schema)
        if "RuleShape" in filled["$defs"]:
            filled["$defs"]["RuleShape"]["oneOf"] = [{"required": [name]} for name in _RULE_KINDS]
        if "RequirementShape" in filled["$defs"]:
            filled["$defs"]["RequirementShape"]["oneOf"] = [{"required": ["材料"]}, {"required": ["名称", "编码", "英文名", "任选"]}]
        used = _reached(filled)
        filled["$defs"] = {name: one for name, one in filled["$defs"].items() if name in used}
        if not filled["$defs"]:
            del filled["$defs"]
        return filled

    def node(self, node: Any) -> Any:
        if isinstance(node, list):
            return [self.node(part) for part in node]
        if not isinstance(node, dict):
            return node
        node = {key: self.node(value) if key != "properties" else {name: self.node(one) for name, one in value.items()}
                for key, value in node.items() if not (key == "title" and isinstance(value, str)) and key != "default"}
        if "anyOf" in node:
            node["anyOf"] = [one for one in node["anyOf"] if one != {"type": "null"}]
            if len(node["anyOf"]) == 1:
                node = {**node.pop("anyOf")[0], **node}
        return self.markers(node)

    def markers(self, node: Schema) -> Schema:
        rest = {key: value for key, value in node.items() if not key.startswith("x-")}
        if CONDITION in node:
            return {**rest, "$ref": "#/$defs/condition"}
        if "x-term-or-span" in node:
            return {**rest, "anyOf": [{"enum": self.parts["规定"]}, {"$ref": "#/$defs/SpanShape"}]}
        if "x-number-or-text" in node:
            return {key: value for key, value in rest.items() if key not in ("type", "minLength")} | {"type": ["string", "integer"]}
        if VALUES_OF not in node:
            return rest
        rest.pop("type", None)
        rest.pop("minLength", None)
        part = node[VALUES_OF]
        if part in self.parts:
            return {**rest, **_words(self.parts[part], [thing.code for thing in self.codes.get(part, {}).values()])}
        fact = self.vocabulary.by_word.get(part)
        if fact is None or not fact.values:
            return {**rest, "type": "string", "minLength": 1}
        names = [value.name for value in fact.values]
        if not node.get("x-many"):
            return {**rest, **_words(names, [value.code for value in fact.values])}
        one = "|".join(_plain(word) for value in fact.values for word in (value.name, value.code))
        none = ["无"] if node.get("x-none") else []
        return {**rest, "anyOf": [{"enum": [*names, *none]}, {"type": "string", "pattern": f"^(?:{one})(?:、(?:{one}))*$"}]}

    def phrase(self, outcomes: bool) -> Schema:
        """One phrase. An editor proposes whole phrases; situations and catalogue names are let through by pattern."""
        facts = [fact for fact in self.vocabulary.facts if outcomes or fact.supplier != CONCLUDED]
        proposed = [phrase for fact in facts for phrase in _proposals(fact)]
        patterns = [r"^\S+\s+(?:成立|不成立|holds|fails)$"]
        for kind in dict.fromkeys(c.type for c in COMPARISONS if c.type != YES_NO):
            names = "|".join(_plain(word) for fact in facts if fact.type == kind for word in (fact.name, fact.code))
            comparisons = "|".join(word for c in COMPARISONS if c.type == kind for word in (c.name, c.code))
            if names:
                patterns.append(rf"^(?:{names})\s+(?:{comparisons})\s+\S+(?:\s+\S+)?$")
        named = "、".join(fact.name for fact in facts)
        return {"description": f"一句话：<事实名称> <比较> <值>，三部分以空格隔开；几个值用“、”连接。事实：{named}。",
                "anyOf": [{"enum": proposed}, *({"type": "string", "pattern": pattern} for pattern in patterns)]}


def _proposals(fact: Fact) -> list[str]:
    comparisons = [c for c in COMPARISONS if c.type == fact.type and not c.many] or [c for c in COMPARISONS if c.type == fact.type]
    if fact.type == YES_NO:
        return [f"{fact.name} {c.name}" for c in comparisons]
    return [f"{fact.name} {c.name} {value.name}" for value in fact.values for c in comparisons if not c.denies]


_CONDITION: Final[Schema] = {"description": "一列短句，全部成立；其中一项可以是任一、全部、非。",
                             "type": ["array", "null"], "items": {"$ref": "#/$defs/part"}}


def _part() -> Schema:
    listed: Schema = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/part"}}
    joins = (("任一", "至少一句成立", listed), ("全部", "每一句都成立", listed), ("非", "这一句不成立", {"$ref": "#/$defs/part"}))
    return {"anyOf": [{"$ref": "#/$defs/phrase"}, *(
        {"type": "object", "properties": {word: {"description": help_, **inside}}, "required": [word], "additionalProperties": False}
        for word, help_, inside in joins)]}


def _words(names: list[str], codes: list[str]) -> Schema:
    return {"anyOf": [{"enum": names}, {"enum": codes}]} if codes else {"enum": names}


def _plain(word: str) -> str:
    """A word inside a pattern: every sign that means something there is escaped."""
    return "".join("\\" + sign if sign in r"\.^$*+?()[]{}|/" else sign for sign in word)


def _reached(schema: Schema) -> set[str]:
    """The definitions that are used, directly or through others."""
    found: set[str] = set()
    def visit(node: Any) -> None:
        if isinstance(node, list):
            for part in node:
                visit(part)
        elif isinstance(node, dict):
            name = str(node.get("$ref", "")).removeprefix("#/$defs/")
            if name and name not in found:
                found.add(name)
                visit(schema["$defs"][name])
            for key, part in node.items():
                if key != "$defs":
                    visit(part)
    visit(schema)
    return found
