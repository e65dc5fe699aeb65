"""The chain's bytes and digests: one text for all equal values, another digest for every change."""

from __future__ import annotations

import json

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from api.records import chain

WHOLE = 2**53 - 1
TEXTS = st.text() | st.text(st.characters(min_codepoint=0xE000))      # where UTF-8 and UTF-16 sort differently
LEAVES = st.none() | st.booleans() | st.integers(-WHOLE, WHOLE) | TEXTS


def documents(leaves: st.SearchStrategy) -> st.SearchStrategy:
    return st.recursive(leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=5), max_leaves=20)


@given(documents(LEAVES))
@example({"\U0001f600": 1, "\ufb33": 2, "a": "\x00\x1f\x7f\u2028\"\\/é\b\t\n\f\r"})
@example([0, -1, WHOLE, -WHOLE, True, None, ""])
def test_canonical_is_what_rfc_8785_says(document):
    assert chain.canonical(document) == rfc8785.dumps(document)


@given(documents(LEAVES | st.integers(2**53, 2**70) | st.integers(-2**70, -2**53)))
@example({"\U0001f600": 2**60, "\ufb33": 2**70, "": -2**53})
@example({"\U0001f600": [2**60], "\ufb33": 2})
def test_numbers_too_large_for_it_are_written_in_full_and_the_keys_stay_in_order(document):
    made = chain.canonical(document)
    assert json.loads(made) == document
    assert chain.canonical(json.loads(made)) == made

    def in_order(pairs: list) -> dict:
        keys = [key.encode("utf-16-be") for key, _ in pairs]
        assert keys == sorted(keys)
        return dict(pairs)

    json.loads(made, object_pairs_hook=in_order)


@given(st.dictionaries(TEXTS, documents(LEAVES), max_size=5), st.randoms(use_true_random=False))
def test_the_order_in_which_a_document_was_made_does_not_matter(document, random):
    pairs = list(document.items())
    random.shuffle(pairs)
    assert chain.canonical(dict(pairs)) == chain.canonical(document)


@given(st.binary(min_size=1, max_size=80), st.data())
def test_every_byte_counts(content, data):
    salt = bytes(16)
    place, by = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(1, 255))
    changed = content[:place] + bytes([content[place] ^ by]) + content[place + 1:]
    assert chain.sha256(changed) != chain.sha256(content)
    assert chain.content_digest(salt, changed) != chain.content_digest(salt, content)
    assert chain.content_digest(salt[:-1] + b"\1", content) != chain.content_digest(salt, content)


ENTRY = {"writer": "w", "seq": 4, "previous": chain.NOTHING, "entry_id": "e", "kind": "decision", "at": "2026-11-22T01:30:00.000000Z", "digest": "d",
         "tells": {"outcome": "accept"}}


@pytest.mark.parametrize("name, other", [
    ("writer", "v"), ("seq", 5), ("previous", "1" * 64), ("entry_id", "f"), ("kind", "act"), ("at", "2026-11-22T01:30:00.000001Z"), ("digest", "c"),
    ("tells", {"outcome": "refuse"}), ("tells", {})])
def test_everything_in_a_header_counts(name, other):
    assert chain.sha256(chain.header(**{**ENTRY, name: other})) != chain.sha256(chain.header(**ENTRY))


def test_a_header_is_canonical_and_holds_the_digest_of_the_content_not_the_content():
    header = chain.header(**ENTRY)
    assert header == rfc8785.dumps(json.loads(header))
    assert json.loads(header)["content"] == "d"


def test_salts_differ():
    assert len({chain.new_salt() for _ in range(100)}) == 100
    assert all(len(chain.new_salt()) == 16 for _ in range(3))


@given(st.binary())
def test_what_was_packed_comes_back(data):
    assert chain.unpacked(chain.packed(data)) == data
