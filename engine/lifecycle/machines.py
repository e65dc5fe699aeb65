"""The life of a case, a commitment, a deferral, a demand, a credit record and a data ticket, as tables of states and moves.

Only what may follow what, each row with its legal source; when a move is made, by whom and on which day is the doors' business.
Nothing here stores or decides. Sources that are no norm (a speech, a signed article) ground no row.
"""

from __future__ import annotations

from typing import Final

from engine.lifecycle.moves import NEW, Machine, Move, State


def _move(name: str, zh: str, en: str, starts: str, end: str) -> Move:
    """`starts`: codes separated by spaces; none means that the move creates the record."""
    return Move(name, zh, en, frozenset(starts.split()) or frozenset({NEW}), end)


#: States of a case in which nothing has been decided or closed: a commitment or an application can still be withdrawn.
PENDING: Final = frozenset({"received", "noticed", "accepted", "deemed_accepted"})

#: States of a case in which the decision has been issued (a revoked decision was issued once).
DECIDED: Final = frozenset({"granted", "refused", "revoked"})

_AFTER_ACCEPTANCE: Final = "accepted deemed_accepted"

#: 办件. 行政许可法 32 (notice within five working days, else deemed accepted from receipt; accepted once all is corrected),
#: 34(2) (decision on the spot: from the notice straight to the decision), 38 (grant or refusal, in writing), 69 (revocation).
#: Withdrawal by the applicant follows from 依申请 and has no article of its own here; cancelled acceptance, deemed withdrawal and
#: closing are consequences published by a division (浙江 11(2), 安阳 24(1); 西安's closing is not in the rulebook).
CASE: Final = Machine(
    "case", "办件", "case",
    (
        State("received", "已收件", "received"),
        State("noticed", "已一次性告知", "under a frozen one-time notice"),
        State("accepted", "已受理", "accepted"),
        State("deemed_accepted", "视为受理", "deemed accepted"),
        State("granted", "已准予", "granted"),
        State("refused", "已决定不予办理", "refused"),
        State("not_accepted", "不予受理", "not accepted"),
        State("withdrawn", "已由申请人撤回", "withdrawn by the applicant"),
        State("deemed_withdrawn", "视为撤回", "deemed withdrawn"),
        State("acceptance_cancelled", "已撤销受理", "closed because its acceptance was cancelled"),
        State("terminated", "已终止办理", "closed without a decision"),
        State("revoked", "决定已撤销", "one whose decision was revoked"),
    ),
    (
        _move("receive", "收件", "receive it", "", "received"),
        _move("freeze", "冻结一次性告知书", "freeze the one-time notice", "received", "noticed"),                     # 行政许可法 32(4)
        _move("accept", "受理", "accept it", "received noticed", "accepted"),                                         # 行政许可法 32(5)
        _move("deem", "视为受理", "deem it accepted", "received", "deemed_accepted"),                                 # 行政许可法 32(4): no notice in time
        _move("not_accept", "不予受理", "refuse acceptance", "received noticed", "not_accepted"),                     # 行政许可法 32(1)(2)
        _move("grant", "准予", "grant it", f"noticed {_AFTER_ACCEPTANCE}", "granted"),                                # 行政许可法 34(2), 38(1)
        _move("refuse", "不予办理", "refuse it", f"noticed {_AFTER_ACCEPTANCE}", "refused"),                          # 行政许可法 38(2)
        _move("withdraw", "撤回申请", "withdraw the application", f"received noticed {_AFTER_ACCEPTANCE}", "withdrawn"),
        _move("deem_withdrawn", "视为撤回申请", "deem it withdrawn", f"noticed {_AFTER_ACCEPTANCE}", "deemed_withdrawn"),   # 安阳 24(1)
        _move("cancel_acceptance", "撤销受理", "cancel its acceptance", _AFTER_ACCEPTANCE, "acceptance_cancelled"),   # 浙江 11(2): what was accepted
        _move("terminate", "终止办理", "close it", f"noticed {_AFTER_ACCEPTANCE}", "terminated"),                     # 国办发〔2020〕42号: false commitment
        _move("revoke", "撤销决定", "revoke the decision", "granted", "revoked"),                                     # 行政许可法 69; 国办发〔2020〕42号
    ))

#: 承诺. 国办发〔2020〕42号: free choice, written letter, check, and for a false commitment order to rectify or revocation;
#: 安阳 26(2): withdrawal before the decision, without disadvantage; 浙江 14: rectify first, then revoke. Declined is not final: the choice
#: is free until the decision, so it may be offered again. A check without a result leaves it signed.
COMMITMENT: Final = Machine(
    "commitment", "承诺", "commitment",
    (
        State("offered", "待申请人选择", "offered"),
        State("declined", "未被选择", "declined"),
        State("signed", "已签署", "signed"),
        State("withdrawn", "已撤回", "withdrawn"),
        State("kept", "已核查属实", "found true"),
        State("false", "已核查不实", "found false"),
        State("rectifying", "正在限期整改", "under an order to rectify"),
        State("rectified", "已整改到位", "rectified"),
        State("revoked", "不实且决定已撤销", "found false and the decision revoked"),
    ),
    (
        _move("offer", "提供承诺", "offer it", "", "offered"),
        _move("offer", "提供承诺", "offer it", "declined", "offered"),
        _move("sign", "签署", "sign it", "offered", "signed"),
        _move("decline", "不选择承诺", "decline it", "offered", "declined"),
        _move("withdraw", "撤回", "withdraw it", "offered signed", "withdrawn"),
        _move("confirm", "认定属实", "confirm it as true", "signed", "kept"),
        _move("refute", "认定不实", "find it false", "signed", "false"),
        _move("order", "责令限期整改", "order the applicant to rectify", "false", "rectifying"),
        _move("rectify", "认定整改到位", "record that it was rectified", "rectifying", "rectified"),
        _move("revoke", "撤销决定", "revoke the decision", "false rectifying", "revoked"),
    ))

#: 容缺后补. No national statute: 浙江 11, 安阳 24 (supplement in time, published consequence); 抚顺 三（二）3 (decision first);
#: extension for force majeure and the rule that the day of arrival counts rest on practice (待法务核对). Nothing happens by itself:
#: an overdue supplement stays overdue until a person applies the published consequence or takes it late. `release`: what was deferred is no longer
#: needed (a new decision waives it, or the case was closed), so nothing is due any more. `correct`: the paper came in time and was recorded only
#: after the term had been found to lapse; it is the day of arrival that counts.
DEFERRAL: Final = Machine(
    "deferral", "容缺补交", "deferred material",
    (
        State("promised", "已承诺补交", "promised"),
        State("supplemented", "已按期补交", "handed in on time"),
        State("overdue", "已逾期", "overdue"),
        State("supplemented_late", "已逾期补交", "handed in late"),
        State("rectifying", "正在限期改正", "under an order to rectify"),
        State("released", "已不再需要", "no longer needed"),
        State("acceptance_cancelled", "逾期且受理已撤销", "overdue and the acceptance cancelled"),
        State("deemed_withdrawn", "逾期且视为撤回申请", "overdue and the application deemed withdrawn"),
        State("terminated", "逾期且已终止办理", "overdue and the case closed"),
        State("revoked", "逾期且决定已撤销", "overdue and the decision revoked"),
    ),
    (
        _move("promise", "作出补交承诺", "promise it", "", "promised"),
        _move("supplement", "登记补交", "record that it was handed in", "promised", "supplemented"),
        _move("supplement", "登记补交", "record that it was handed in", "overdue rectifying", "supplemented_late"),
        _move("lapse", "认定逾期", "find it overdue", "promised", "overdue"),
        _move("correct", "更正逾期认定", "correct the finding that it was overdue", "overdue rectifying", "promised"),   # guard: it arrived in time
        _move("extend", "延长期限", "extend the term", "promised overdue", "promised"),   # guard: deferrals.extended_due
        _move("cancel_acceptance", "撤销受理", "cancel the acceptance", "overdue", "acceptance_cancelled"),
        _move("deem_withdrawn", "视为撤回申请", "deem the application withdrawn", "overdue", "deemed_withdrawn"),
        _move("terminate", "终止办理", "close the case", "overdue", "terminated"),
        _move("order", "责令限期改正", "order the applicant to rectify", "overdue", "rectifying"),
        _move("revoke", "撤销决定", "revoke the decision", "rectifying", "revoked"),
        _move("release", "解除补交", "release the applicant from it", "promised overdue rectifying", "released"),
    ))

#: 索要. 优化营商环境条例 36, 44 and 行政许可法 32: outside the notice nothing is asked; blocking a violation is our way of holding it
#: (邵阳 五3 is background, no norm). An office that sees a conflict of data disputes with a reason; only a new decision releases a demand.
DEMAND: Final = Machine(
    "demand", "索要", "demand",
    (
        State("recorded", "已登记", "recorded"),
        State("met", "已满足", "met"),
        State("withdrawn", "已撤回", "withdrawn"),
        State("blocked", "已被阻止", "blocked"),
        State("disputed", "已提出争议", "under dispute"),
        State("released", "经新决定放行", "released by a new decision"),
    ),
    (
        _move("record", "登记", "record it", "", "recorded"),
        _move("block", "阻止", "block it", "", "blocked"),
        _move("meet", "登记为已满足", "record that it was met", "recorded released", "met"),
        _move("withdraw", "撤回", "withdraw it", "recorded blocked disputed released", "withdrawn"),
        _move("dispute", "提出争议", "dispute the block", "blocked", "disputed"),
        _move("release", "放行", "release it", "disputed", "released"),
        _move("reject", "驳回争议", "reject the dispute", "disputed", "blocked"),
    ))

#: 信用记录. 信用修复管理办法（2026-04-01）: once repaired it is neither published, shared nor used; there is no way back.
CREDIT: Final = Machine(
    "credit_record", "信用记录", "credit record",
    (State("recorded", "未修复", "unrepaired"), State("repaired", "已修复", "repaired")),
    (_move("record", "登记", "record it", "", "recorded"), _move("repair", "登记修复", "record its repair", "recorded", "repaired")))

#: 数据工单. 政务数据共享条例 (校核纠错: the provider checks and corrects; article numbers to be confirmed), 国办发〔2018〕47号 (the check is never the
#: applicant's). Which answer fits which kind of ticket is `engine.lifecycle.tickets.ANSWERS`. `withdraw`: the applicant takes the dispute back;
#: `release`: nothing is asked any more (a later query answered, the material is not needed, the case was closed).
TICKET: Final = Machine(
    "ticket", "数据工单", "data ticket",
    (State("open", "待供数部门答复", "waiting for the provider"), State("answered", "已由供数部门答复", "answered by the provider"), State("closed", "已了结", "closed")),
    (
        _move("open", "发出", "open it", "", "open"),
        _move("corrected", "答复数据已更正", "answer that the data were corrected", "open", "answered"),
        _move("confirmed", "答复数据无误", "answer that the data stand", "open", "answered"),
        _move("restored", "答复查询已恢复", "answer that the source is back", "open", "answered"),
        _move("no_record", "答复确无记录", "answer that there is no record", "open", "answered"),
        _move("close", "了结", "close it", "answered", "closed"),
        _move("withdraw", "随异议撤回", "withdraw it with the dispute", "open", "closed"),
        _move("release", "解除", "release it", "open", "closed"),
    ))

MACHINES: Final = {machine.subject: machine for machine in (CASE, COMMITMENT, DEFERRAL, DEMAND, CREDIT, TICKET)}


def may_withdraw(case_state: str) -> bool:
    """Whether a commitment may still be withdrawn: only before the case's decision has been issued (安阳 26(2); 国办发〔2020〕42号).

    A case that was closed without a decision has nothing left to withdraw from. Raises LookupError for an unknown state.
    """
    return CASE.state(case_state).code in PENDING


def withdraw_commitment(state: str, case_state: str) -> str:
    """The state of a commitment after its withdrawal; `IllegalMove` where the table or the case's decision forbids it."""
    if COMMITMENT.after(state, "withdraw") and not may_withdraw(case_state):
        here = CASE.state(case_state)
        raise COMMITMENT.refusal(state, "withdraw", f"办件{here.zh}，承诺只能在决定作出前撤回",
                                 f"the case is {here.en}, and a commitment can be withdrawn only before the decision")
    return COMMITMENT.after(state, "withdraw")
