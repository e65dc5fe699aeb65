"""The ten-material item written out by hand in plain Python: what the law in `rules/` says of it in 抚顺 (210400) on 2026-11-22.

The ceiling for any engine, and a second reading of the law to hold the engine against: no import of the engine, no rule
file, no loop over rules. It takes the application as JSON data and gives, per material in the item's order, the route and
the id of the determining rule. What it leaves out: refusing wrong input, citations, days due, reasons why lighter routes
are closed, offers, questions, other places, other days. Every fact it reads must be known (see `completions` for others).

Where several rules open a route, the determining one is the first by rank of its instrument, breadth of its division,
article known before article still to be found, file and id. For an administrative permit the 行政许可法 is the highest for 不涉及 and 提交.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Answer = tuple[str | None, str | None]        # route and rule; (None, None): hangs on what the applicant has not done yet

TODAY = "2026-11-22"

#: What each route rests on where only the kind of material makes a difference.
NOT_REQUIRED = ("not_required", "行政许可法-31-无关")
SUBMIT = ("submit", "行政许可法-31-提交")
SUBMIT_DISPUTED = ("submit", "政务数据共享条例-校核")
ON_FILE = ("covered", "技术体系建设指南-信息分级")
PROOF_ON_FILE = ("covered", "优化营商环境条例-44-3-重复")
CONTAINED = ("covered", "优化营商环境条例-44-2-涵盖")
REGIONAL = ("covered", "优化营商环境条例-42")
EARLIER_STEP = ("covered", "一件事一次办-前序产出")
SHARED = ("shared", "在线政务服务若干规定-7-查到")
PROOF_SHARED = ("shared", "优化营商环境条例-44-2-网络核验")
CHECKED = ("agency_check", "优化营商环境条例-44-2-核查")
SHOWN = ("shown", "在线政务服务若干规定-10")
PROOF_COMMITMENT = ("commitment", "优化营商环境条例-44-2-承诺")
LICENCE_COMMITMENT = ("commitment", "证照分离-许可承诺")
FOLLOW_UP = ("agency_followup", "证明事项清理-补核")
ABOLISHED = ("abolished", "优化营商环境条例-35-取消")
DEFERRED = ("deferral", "国发5号-容缺-1")
WAITING: Answer = (None, None)                # for the other principals: deferral or submit
TO_COME: Answer = ("", None)                  # for the charter that has to be handed in: covered or submit

_FOUND = frozenset(("valid", "expired", "revoked"))
_STUCK = frozenset(("mismatch", "unclear", "down"))
_REGISTER_TYPES = frozenset(("resident_id", "hmt_residence_permit", "hmt_travel_permit", "passport", "foreign_pr_card", "uscc"))
_IDENTITY_CARDS = {"resident_id": "resident_id_card", "hmt_residence_permit": "hmt_residence_permit", "passport": "passport"}
_CARDS = frozenset(_IDENTITY_CARDS.values())
_BOOKLET = frozenset(("household_booklet",))
_NOTHING: Mapping[str, Any] = {}


def decide(application: Mapping[str, Any]) -> list[Answer]:
    """Route and determining rule of each of the ten materials, in the item's order."""
    situation = application["situation"]
    evidence = application["evidence"]
    applicant = application["applicant"]
    id_type = applicant["id_type"]
    business = situation["benchmark_as_business"]
    handed = application["handed_in"]
    queries = evidence["queries"]
    disputed = application["facts"].get("data_disputed", _NOTHING)
    filed: dict[str, set[str]] = {}
    for one in evidence["on_file"]["entries"]:
        if one.get("valid_to", TODAY) >= TODAY:
            filed.setdefault(one["material"], set()).add(one["trust"])
    met: bool | None = True     # every other principal material is met: True, False, None = waits for the applicant or an earlier step
    answers: list[Answer] = []

    # 基准申请表: the applicant's own form, principal. A copy the applicant made (D) may be used again.
    if (trust := filed.get("benchmark_form")) and not trust.isdisjoint("ABD"):
        answers.append(ON_FILE)
    else:
        answers.append(SUBMIT_DISPUTED if disputed.get("benchmark_form") else SUBMIT)
        if "benchmark_form" not in handed:
            met = False

    # 基准身份证明: principal; shown by the card that belongs to the kind of number.
    if (trust := filed.get("benchmark_identity")) and not trust.isdisjoint("AB"):
        answers.append(ON_FILE)
    else:
        state = _shown(application, _CARDS)     # what is shown counts; the kind of number only tells what to expect
        if state == "not_presented" and id_type not in _IDENTITY_CARDS:
            state = "none"
        if state in ("valid", "not_presented"):
            answers.append(SHOWN)
            if state != "valid" and "benchmark_identity" not in handed and met:
                met = None
        else:
            answers.append(SUBMIT_DISPUTED if disputed.get("benchmark_identity") else SUBMIT)
            if "benchmark_identity" not in handed:
                met = False

    # 基准营业执照: principal, of businesses; the business register knows businesses by their credit code.
    if not business:
        answers.append(NOT_REQUIRED)
    else:
        output = evidence.get("outputs", _NOTHING).get("benchmark_business_licence")
        usable = (trust := filed.get("benchmark_business_licence")) and not trust.isdisjoint("AB")
        result = _result(queries, "benchmark_business_licence") if id_type == "uscc" else ""
        dispute = disputed.get("benchmark_business_licence")
        if output:
            answers.append(EARLIER_STEP)
            if output == "expected" and not usable and met:
                met = None
        elif usable:
            answers.append(ON_FILE)
        elif not dispute and result in _FOUND:
            answers.append(SHARED)
            if result != "valid":
                met = False
        elif not dispute and result in _STUCK:
            answers.append(FOLLOW_UP)
            if "benchmark_business_licence" not in handed and met:
                met = None
        else:
            answers.append(SUBMIT_DISPUTED if dispute else SUBMIT)
            if "benchmark_business_licence" not in handed:
                met = False

    # 基准结婚证: of married natural persons; a household booklet shows it too.
    if business or not situation["benchmark_married"]:
        answers.append(NOT_REQUIRED)
    elif (trust := filed.get("benchmark_marriage")) and not trust.isdisjoint("AB"):
        answers.append(ON_FILE)
    else:
        dispute = disputed.get("benchmark_marriage")
        result = _result(queries, "benchmark_marriage") if id_type in ("resident_id", "hmt_residence_permit") and not dispute else ""
        if result in _FOUND:
            answers.append(SHARED)
        elif _booklet(application, id_type) in ("valid", "not_presented"):
            answers.append(SHOWN)
        elif result in _STUCK:
            answers.append(FOLLOW_UP)
        else:
            answers.append(SUBMIT_DISPUTED if dispute else SUBMIT)

    # 基准无房证明: a proof of absence, principal, on the commitment list.
    barred = _barred(evidence["records"]["credit"])
    dispute = disputed.get("benchmark_no_home")
    if (trust := filed.get("benchmark_no_home")) and not trust.isdisjoint("AB"):
        answers.append(PROOF_ON_FILE)
    else:
        result = _result(queries, "benchmark_no_home") if id_type in _REGISTER_TYPES and not dispute else ""
        if result in _FOUND or result == "not_found":
            answers.append(PROOF_SHARED)
            if result == "valid":
                met = False
        elif not barred and not dispute and _commits(application, "benchmark_no_home"):
            answers.append(PROOF_COMMITMENT)
            if not application["choices"]["benchmark_no_home"].get("signed_by") and "benchmark_no_home" not in handed and met:
                met = None
        elif result in _STUCK:
            answers.append(FOLLOW_UP)
            if "benchmark_no_home" not in handed and met:
                met = None
        else:
            answers.append(SUBMIT_DISPUTED if dispute else SUBMIT)
            if "benchmark_no_home" not in handed:
                met = False

    # 基准收入证明: a proof; the means check needs a letter of authorisation, the department has its own check.
    if (trust := filed.get("benchmark_income")) and not trust.isdisjoint("AB"):
        answers.append(PROOF_ON_FILE)
    elif disputed.get("benchmark_income"):
        answers.append(SUBMIT_DISPUTED)
    else:
        may_ask = id_type == "resident_id" and application["consents"]["benchmark_income"]
        result = _result(queries, "benchmark_income") if may_ask else ""
        if result in _FOUND:
            answers.append(PROOF_SHARED)
        elif evidence["checks"]["benchmark_income"]["result"] != "inconclusive":
            answers.append(CHECKED)
        elif result in _STUCK:
            answers.append(FOLLOW_UP)
        else:
            answers.append(SUBMIT)

    # 基准租赁合同: rests on a normative document only, so nobody may demand it.
    answers.append(ABOLISHED if situation["benchmark_renting"] else NOT_REQUIRED)

    # 基准环境评价报告: an intermediary's report; the licence may be given on commitment.
    if not situation["benchmark_building"]:
        answers.append(NOT_REQUIRED)
    elif evidence["records"]["facts"]["regional_assessment"]:
        answers.append(REGIONAL)
    elif (trust := filed.get("benchmark_report")) and not trust.isdisjoint("AB"):
        answers.append(ON_FILE)
    else:
        dispute = disputed.get("benchmark_report")
        result = _result(queries, "benchmark_report") if id_type in ("uscc", "project_code") and not dispute else ""
        if result in _FOUND:
            answers.append(SHARED)
        elif not barred and not dispute and _commits(application, "benchmark_report"):
            answers.append(LICENCE_COMMITMENT)
        elif result in _STUCK:
            answers.append(FOLLOW_UP)
        else:
            answers.append(SUBMIT_DISPUTED if dispute else SUBMIT)

    # 基准章程: of businesses, their own text.
    if not business:
        answers.append(NOT_REQUIRED)
    elif (trust := filed.get("benchmark_charter")) and not trust.isdisjoint("ABD"):
        answers.append(ON_FILE)
    else:
        answers.append(SUBMIT_DISPUTED if disputed.get("benchmark_charter") else SUBMIT)

    # 基准任职文件: contained in a charter that is on file, handed in or still to be handed in; may be deferred once the principals are met.
    if answers[8][0] == "covered" or "benchmark_charter" in handed:
        answers.append(CONTAINED)
    elif (trust := filed.get("benchmark_appointment")) and not trust.isdisjoint("ABD"):
        answers.append(ON_FILE)
    elif (met is not False and "benchmark_appointment" not in handed
          and application["choices"].get("benchmark_appointment", _NOTHING).get("deferral") == "yes"):
        answers.append(DEFERRED if met else WAITING)
    elif answers[8][0] == "submit" and "benchmark_appointment" not in handed:
        answers.append(TO_COME)       # the charter has to be handed in and will show it
    else:
        answers.append(SUBMIT_DISPUTED if disputed.get("benchmark_appointment") else SUBMIT)
    return answers


def routes(application: Mapping[str, Any]) -> list[str | None]:
    """The routes alone."""
    return [route for route, _ in decide(application)]


def _result(queries: Mapping[str, Any], material: str) -> str:
    """What the source answered. A record whose last day has passed is expired."""
    answer = queries[material]
    result: str = answer["result"]
    return "expired" if result == "valid" and answer.get("valid_to", TODAY) < TODAY else result


def _barred(credit: list[Mapping[str, Any]]) -> bool:
    """Serious bad faith or a false commitment, not repaired by today (信用修复管理办法第三条)."""
    return any(one["kind"] in ("serious", "false_commitment") and not one.get("repaired_on", "9999-12-31") <= TODAY for one in credit)


def _commits(application: Mapping[str, Any], material: str) -> bool:
    """Chosen, and not signed by somebody who may not: an agent (the guide does not allow it) or an official helper."""
    choice = application["choices"].get(material, _NOTHING)
    if material in application["handed_in"] and not choice.get("signed_by"):
        return False      # the paper is there and the letter was never signed: nothing is left to choose
    return choice.get("commitment") == "yes" and choice.get("signed_by") not in ("agent", "helper")


def _shown(application: Mapping[str, Any], cards: frozenset[str]) -> str:
    """The state of the applicant's card. An agent who shows it needs a valid authority; of a guardian or helper only a stated lack of it counts."""
    worst = ""
    for one in application["presented"]:
        if one["credential"] not in cards:
            continue
        if one.get("holder", "applicant") != "applicant":
            state = "not_theirs"
        elif one.get("status") == "revoked":
            state = "revoked"
        elif one.get("status") == "expired" or one.get("valid_to", TODAY) < TODAY:
            state = "expired"
        elif (agent := application.get("agent")) and not agent.get("authorised", agent["kind"] != "authorised_agent"):
            state = "unauthorised"
        else:
            return "valid"
        worst = worst or state
    return worst or "not_presented"


def _booklet(application: Mapping[str, Any], id_type: str) -> str:
    """The state of the household booklet: shown it counts; to say that one holds it is for residents, and not everybody does."""
    state = _shown(application, _BOOKLET)
    if state == "not_presented":
        held = id_type == "resident_id" and application["facts"]["holds_credential"]["benchmark_marriage"]
        return "not_presented" if held else "not_held"
    return state
