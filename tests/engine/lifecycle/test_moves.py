"""What may follow what is what the table says (tests/tables/lifecycle_moves.csv), and every other move is refused in a whole sentence."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.lifecycle.machines import CASE, COMMITMENT, CREDIT, DECIDED, DEFERRAL, DEMAND, MACHINES, PENDING, may_withdraw, withdraw_commitment
from engine.lifecycle.moves import NEW, IllegalMove, Machine, Move, State
from tests.engine.lifecycle.tables import rows

TABLE = rows("lifecycle_moves")
every = st.sampled_from([(machine, state, move) for machine in MACHINES.values()
                         for state in (NEW, *(one.code for one in machine.states)) for move in machine.names])


def spoken(machine: Machine) -> list[dict[str, str]]:
    """The machine as rows of the table."""
    found = []
    for state in (machine.state(NEW), *machine.states):
        for name in machine.names:
            move = next(one for one in machine.moves if one.name == name)
            row = {"对象": machine.subject_zh, "状态": state.zh, "操作": move.zh, "之后": "", "不能时怎么说": ""}
            try:
                row["之后"] = machine.state(machine.after(state.code, name)).zh
            except IllegalMove as refused:
                row["不能时怎么说"] = refused.zh
            found.append(row)
    return found


@pytest.mark.parametrize("machine", MACHINES.values(), ids=lambda machine: machine.subject_zh)
def test_every_state_and_move_is_as_the_table_says(machine):
    assert [row for row in TABLE if row["对象"] == machine.subject_zh] == spoken(machine)


@given(every)
def test_a_move_leads_to_a_state_of_the_table_or_raises_a_sentence(one):
    machine, state, move = one
    try:
        assert machine.after(state, move) in {known.code for known in machine.states}
        assert move in {open_now.name for open_now in machine.allowed(state)}
    except IllegalMove as refused:
        assert (refused.subject, refused.state, refused.move) == (machine.subject, state, move)
        assert refused.zh.endswith("。") and refused.en.endswith(".") and refused.en[0].isupper()
        assert refused.text("zh-CN") == refused.zh == str(refused) and refused.text("en") == refused.en
        assert move not in refused.allowed
        for name in refused.allowed:
            assert machine.after(state, name)


@pytest.mark.parametrize("machine", MACHINES.values(), ids=lambda machine: machine.subject_zh)
def test_every_state_has_both_names_and_can_be_reached(machine):
    reached = {NEW}
    for _ in machine.states:
        reached |= {move.end for move in machine.moves if move.starts & reached}
    for state in machine.states:
        assert re.search("[一-鿿]", state.zh) and re.fullmatch("[a-z -]+", state.en) and state.code in reached
    assert len({state.zh for state in machine.states}) == len(machine.states)


def test_a_refused_move_says_what_can_be_done_instead():
    with pytest.raises(IllegalMove) as refused:
        COMMITMENT.after("withdrawn", "confirm")
    assert refused.value.zh == "承诺已撤回，不能认定属实；没有可以再做的。"
    with pytest.raises(IllegalMove) as refused:
        COMMITMENT.after("offered", "confirm")
    assert refused.value.zh == "承诺待申请人选择，不能认定属实；现在可以做的：签署、不选择承诺、撤回。"
    assert refused.value.en == "The commitment is offered, so one cannot confirm it as true. What can be done now: sign it, decline it, withdraw it."
    assert refused.value.allowed == ("sign", "decline", "withdraw")


def test_a_move_nobody_knows_is_quoted_and_a_state_nobody_knows_is_no_answer():
    with pytest.raises(IllegalMove) as refused:
        CREDIT.after("recorded", "forget")
    assert refused.value.zh == "信用记录未修复，没有叫“forget”的操作；现在可以做的：登记修复。"
    assert refused.value.en == "The credit record is unrepaired; there is no move called “forget”. What can be done now: record its repair."
    with pytest.raises(LookupError):
        CREDIT.after("forgotten", "repair")


@pytest.mark.parametrize(("states", "moves"), [
    ((State("a", "甲", "a"), State("a", "乙", "b")), ()),
    ((State("a", "甲", "a"),), (Move("go", "去", "go", frozenset({"b"}), "a"),)),
    ((State("a", "甲", "a"),), (Move("go", "去", "go", frozenset({"a"}), "b"),)),
    ((State("a", "甲", "a"),), (Move("go", "去", "go", frozenset(), "a"),)),
    ((State("a", "甲", "a"),), (Move("go", "去", "go", frozenset({"a"}), "a"), Move("go", "去", "go", frozenset({"a"}), "a"))),
])
def test_a_table_that_contradicts_itself_is_refused(states, moves):
    with pytest.raises(ValueError):
        Machine("thing", "东西", "thing", states, moves)


@pytest.mark.parametrize("state", [NEW, *(state.code for state in CASE.states)])
def test_a_commitment_is_withdrawn_only_before_the_decision(state):
    assert may_withdraw(state) == (state in PENDING)
    if may_withdraw(state):
        assert withdraw_commitment("signed", state) == withdraw_commitment("offered", state) == "withdrawn"
    else:
        with pytest.raises(IllegalMove) as refused:
            withdraw_commitment("signed", state)
        assert "承诺只能在决定作出前撤回" in refused.value.zh and "withdraw" not in refused.value.allowed
    with pytest.raises(IllegalMove):
        withdraw_commitment("kept", state)


def test_nothing_is_both_pending_and_decided_and_both_are_states_of_the_case():
    assert not PENDING & DECIDED and {state.code for state in CASE.states} >= PENDING | DECIDED


def lived(machine: Machine, *moves: str) -> str:
    state = NEW
    for move in moves:
        state = machine.after(state, move)
    return state


@pytest.mark.parametrize(("machine", "moves", "end"), [
    (CASE, "receive freeze accept grant", "granted"),
    (CASE, "receive deem refuse", "refused"),
    (CASE, "receive accept cancel_acceptance", "acceptance_cancelled"),
    (CASE, "receive freeze deem_withdrawn", "deemed_withdrawn"),
    (CASE, "receive accept grant revoke", "revoked"),
    (COMMITMENT, "offer sign confirm", "kept"),
    (COMMITMENT, "offer sign refute order rectify", "rectified"),
    (COMMITMENT, "offer sign refute order revoke", "revoked"),
    (COMMITMENT, "offer decline offer sign withdraw", "withdrawn"),
    (DEFERRAL, "promise supplement", "supplemented"),
    (DEFERRAL, "promise lapse supplement", "supplemented_late"),
    (DEFERRAL, "promise lapse extend supplement", "supplemented"),
    (DEFERRAL, "promise lapse order supplement", "supplemented_late"),
    (DEFERRAL, "promise lapse order revoke", "revoked"),
    (DEFERRAL, "promise lapse cancel_acceptance", "acceptance_cancelled"),
    (DEMAND, "record meet", "met"),
    (DEMAND, "block dispute reject withdraw", "withdrawn"),
    (DEMAND, "block dispute release meet", "met"),
    (CREDIT, "record repair", "repaired"),
])
def test_a_life_runs_its_course(machine, moves, end):
    assert lived(machine, *moves.split()) == end


@pytest.mark.parametrize(("machine", "moves"), [
    (CASE, "receive grant"),                       # nothing is decided before acceptance or notice
    (CASE, "receive freeze deem"),                 # noticed in time: no deemed acceptance
    (CASE, "receive freeze cancel_acceptance"),    # what was not accepted cannot lose its acceptance
    (CASE, "receive accept freeze"),               # after acceptance no new notice
    (COMMITMENT, "offer confirm"),                 # an offer binds nobody
    (COMMITMENT, "offer decline sign"),
    (COMMITMENT, "offer sign order"),              # no order before a finding
    (COMMITMENT, "offer sign confirm refute"),
    (DEFERRAL, "promise revoke"),                  # nothing follows before the term is over
    (DEFERRAL, "promise lapse revoke"),            # rectify first
    (DEMAND, "block meet"),                        # a blocked demand is never met
    (DEMAND, "block release"),                     # only a dispute and a new decision release
    (CREDIT, "record repair record"),
])
def test_a_short_cut_is_refused(machine, moves):
    with pytest.raises(IllegalMove):
        lived(machine, *moves.split())
