"""Handling elsewhere in words: who decides, which mode is published, what each side does, what else the applicant may do.

Says only what `engine.elsewhere` found; no sentence here sends anybody home for a paper, and none is a condition of a material.
"""

from __future__ import annotations

from typing import Any, Final

from engine.wording import cited
from engine.wording.words import Entry, Words

SCOPES: Final = {
    "inter_provincial": ("跨省通办", "inter-provincial handling"), "sichuan_chongqing": ("川渝通办", "handling between Sichuan and Chongqing"),
    "provincial": ("省内通办", "handling within the province"), "city_wide": ("全域通办（同一个市、州）", "handling within the city or prefecture")}
MODES: Final = {
    "online": ("全程网办", "online throughout"), "collected_elsewhere": ("异地代收代办", "collected elsewhere"), "joint": ("多地联办", "handled jointly")}
_ACTORS: Final = {"applicant": ("申请人", "The applicant"), "accepting_hall": ("受理大厅", "The accepting hall"),
                  "deciding_authority": ("决定机关", "The deciding authority")}
#: By action: what is done, and how its materials are led in.
_ACTIONS: Final = {
    "apply_online": ("在决定机关的网上平台申请", "applies on the deciding authority's platform"),
    "assist_only": ("只帮助上网填报，不收材料、不看证件", "only helps with the online form; it takes no paper and looks at no credential"),
    "check_identity": ("核对申请人身份", "checks who the applicant is"),
    "look_at_credential": ("查看出示的证件，看过即还", "looks at the credentials shown and returns them at once"),
    "take_letter": ("收下承诺书", "takes the commitment letter"),
    "collect": ("收下要提交的材料", "takes the materials to be handed in"),
    "check_original": ("核对原件，当场退还", "compares the originals and returns them on the spot"),
    "scan_and_send": ("扫描、传送给决定机关", "scans and sends them to the deciding authority"),
    "pass_between_authorities": ("与各地有关部门内部流转材料，申请人只跑一处",
                                 "passes the papers between the authorities concerned; the applicant goes to one place only"),
    "decide": ("按本地的规定作决定，受理大厅不作决定", "decides under its own division's rules; the accepting hall decides nothing"),
    "send_result": ("把结果网上送达或者寄给申请人", "delivers the result online or by post"),
}
#: The only way where somebody must appear in person for a material (须本人到场).
_IN_PERSON: Final = ("到决定机关的大厅办（有材料须本人到场）", "at the deciding authority's own hall (a material must be given in person)")
#: Online nothing is handed over, so nothing is given back.
_LOOK_ONLINE: Final = ("在网上查验电子证照", "looks at the electronic credentials online")
_WAYS: Final = {
    "online": ("问一问能不能在决定机关的网上平台办", "ask whether it can be done online, on the deciding authority's platform"),
    "post": ("问一问能不能把材料寄给决定机关", "ask whether the papers may go by post to the deciding authority"),
    "own_hall": ("到决定机关的大厅办（最后的办法，不是必须）", "at the deciding authority's own hall (the last way, never a must)")}


def printed(section: Entry, words: Words) -> dict[str, Any]:
    """The section with its texts."""
    return {**section, "text": headline(section, words), "tasks": [{**one, "text": task(one, words)} for one in section["tasks"]],
            "other_ways": [{**one, "text": words.sentence(words.say(*_WAYS[one["way"]] if len(section["other_ways"]) > 1 else _IN_PERSON))}
                           for one in section["other_ways"]]}


def headline(section: Entry, words: Words) -> str:
    """Whose rules decide, and whether the hall's help is published for this item."""
    scope, hall = words.say(*SCOPES[section["scope"]]), _division(section["accepting_division"], words)
    decider = words.division_name
    first = words.say(f"{hall}的大厅收件，由{decider}决定；要哪些材料、怎样免交，都按{decider}的规定，和在当地办理一样",
                      f"A hall of {hall} takes the application in and {decider} decides; what is needed and what is waived follow the rules of {decider}, "
                      "as if it were handled there")
    never = words.say("不要求任何人回决定地、户籍地去开或者取材料", "Nobody has to go back to the deciding division or their home town to fetch a paper")
    synthetic = words.say("这条通办是合成的示例数据，清单公布以前不作依据", "This listing is sample data; it is no basis before the list is published")
    review = words.say(f"待法务核对：{section.get('review')}", f"To be confirmed by legal staff: {section.get('review')}")
    return words.paragraph((
        words.sentence(first), words.sentence(_published(section, scope, words)), words.sentence(never), words.sentence(synthetic) if section["synthetic"] else "",
        cited.grounds(section["citations"], words, True), words.sentence(review) if section.get("review") else ""))


def _published(section: Entry, scope: str, words: Words) -> str:
    modes = words.one_of(words.say(*MODES[one]) for one in section["modes"])
    if section["offered"] == "yes":
        taken = words.say(*MODES[section["mode"]]) if section["mode"] else modes
        return words.say(f"这一事项可以{scope}，方式是{taken}", f"The item is listed for {scope}: {taken}")
    if section["offered"] == "unpublished":
        return words.say(f"这一事项没有公布{scope}，大厅代收没有公布的依据；不因此多要任何材料",
                         f"The item is not listed for {scope}, so the hall has no published basis to collect; nothing more is needed because of that")
    if section["modes"]:
        asked = words.say(*MODES[section["mode"]])
        return words.say(f"这一事项{scope}公布的方式是{modes}，没有{asked}；不因此多要任何材料",
                         f"For {scope} the item is listed as {modes}, not as {asked}; nothing more is needed because of that")
    return words.say(f"这一事项的{scope}在申请日期不在施行期内；不因此多要任何材料",
                     f"The item's listing for {scope} is not in force on the day of application; nothing more is needed because of that")


def task(one: Entry, words: Words) -> str:
    """Who does what, with the materials it is about."""
    names = words.all_of(f"“{words.material(key)}”" for key in one.get("materials", ()))
    about = words.say(f"：{names}", f": {names}") if names else ""
    mode = words.say(f"（{MODES[one['mode']][0]}）", f" ({MODES[one['mode']][1]})") if one["mode"] else ""
    remote = one["mode"] == "online" and one["action"] == "look_at_credential"
    actor, action = words.say(*_ACTORS[one["actor"]]), words.say(*(_LOOK_ONLINE if remote else _ACTIONS[one["action"]]))
    return words.sentence(f"{mode}{actor}{action}{about}" if words.chinese else f"{actor} {action}{about}{mode}")


def lines(section: Entry, words: Words) -> list[str]:
    """The printed section line by line, for the notice and the terminal. Tasks about materials of which there are none are left out."""
    found = [str(section["text"]), *(str(one["text"]) for one in section["tasks"] if one.get("materials") != [])]
    ways = words.say("；", "; ").join(str(one["text"]).rstrip("。.") for one in section["other_ways"])
    return [*found, *((words.sentence(words.say(f"也可以：{ways}", f"Other ways: {ways}")),) if ways else ())]


def _division(code: str, words: Words) -> str:
    found = words.rulebook.divisions.get(code)
    return words.say(found.name, found.english) if found else str(code)
