"""假如：这件申请是怎样的。What a 假如 can say, form by form; anything else is read as a phrase of the rules' grammar.

Each form stores what it says in the story; nothing is decided here.
"""

from __future__ import annotations

from engine.divisions import is_division
from engine.wording.elsewhere import MODES
from features.steps import placing
from features.steps.story import ROOT, Story
from features.steps.words import DAY, Forms, credential, day, division, elsewhere_word, material, names, parts, route, split_person, value, wrong

GIVEN = Forms()

_OPTIONS = r"(?P<options>(?:，[^，]+)*)"
_SIGNERS = {"本人": "self", "代理人": "agent", "法定监护人": "guardian", "代办人员": "helper"}


def material_key(story: Story, word: str) -> str:
    """The key of a material's copy: `code` or `code/person`."""
    known = story.rulebook.vocabulary["material"].by_word
    name, person = split_person(word, known.__contains__)
    code = material(story.rulebook, name)
    who = story.who(person) if person else "applicant"
    return code if who == "applicant" else f"{code}/{who}"


# —— 哪个事项、在哪里、哪一天 ——

@GIVEN.form("事项 是 结婚登记", r"事项 是 (?P<word>\S+)")
def _item(story: Story, word: str) -> None:
    story.item = value(story.rulebook.vocabulary["item"], word).code


@GIVEN.form("一件事 是 企业开办一件事", r"一件事 是 (?P<word>\S+)")
def _bundle(story: Story, word: str) -> None:
    known = {one.name: one.code for one in story.rulebook.bundles.values()}
    if word not in known and word not in known.values():
        raise wrong(f"没有叫“{word}”的一件事。", f"There is no bundle called “{word}”.", known, word)
    story.bundle = known.get(word, word)


@GIVEN.form("同一申请人 另有一件申请", r"同一申请人 另有一件申请")
def _another(story: Story) -> None:
    story.another()


@GIVEN.form("在 抚顺市 办理", r"在 (?P<word>\S+) 办理")
def _division(story: Story, word: str) -> None:
    story.division = division(story.rulebook, word)


@GIVEN.form("由 四川省 的大厅代收", r"由 (?P<word>\S+) 的大厅代收")
def _accepting(story: Story, word: str) -> None:
    story.accepting = word if is_division(word) else division(story.rulebook, word)     # the hall may be any in the country


@GIVEN.form("异地办理的方式 是 异地代收代办", r"异地办理的方式 是 (?P<word>\S+)")
def _elsewhere_mode(story: Story, word: str) -> None:
    story.elsewhere_mode = elsewhere_word(MODES, word, "方式", "mode")


@GIVEN.form("申请日期 是 2025-05-09", rf"申请日期 是 (?P<text>{DAY})")
def _accepted_on(story: Story, text: str) -> None:
    story.accepted_on = day(text)


@GIVEN.form("决定日期 是 2025-05-10", rf"决定日期 是 (?P<text>{DAY})")
def _as_of(story: Story, text: str) -> None:
    story.as_of = day(text)


@GIVEN.form("规则目录 是 rules", r"规则目录 是 (?P<path>\S+)")
def _rulebook(story: Story, path: str) -> None:
    story.base = _directory(path)


@GIVEN.form("规则目录 另加 features/examples/rare", r"规则目录 另加 (?P<path>\S+)")
def _extra(story: Story, path: str) -> None:
    story.extra = _directory(path)


def _directory(path: str) -> str:
    if not (ROOT / path).is_dir():
        raise wrong(f"没有“{path}”这个目录；从项目的根目录写起。", f"There is no directory “{path}”; write it from the project's root.")
    return path


# —— 什么人 ——

@GIVEN.form("申请人 是 自然人 测试甲，居民身份证号码 210400199003070007", rf"申请人 是 (?P<kind>[^\s，]+)(?: (?P<name>[^\s，]+))?{_OPTIONS}")
def _applicant(story: Story, kind: str, name: str | None, options: str) -> None:
    story.applicant = {**story.applicant, "kind": value(story.rulebook.vocabulary["applicant_kind"], kind).code, **_described(story, options)}
    if name:
        story.applicant["name"] = name


@GIVEN.form("申请人 叫 测试甲，居民身份证号码 210400199003070007", rf"申请人 叫 (?P<name>[^\s，]+){_OPTIONS}")
def _applicant_of_unknown_kind(story: Story, name: str, options: str) -> None:
    story.applicant = {**story.applicant, "name": name, **_described(story, options)}


@GIVEN.form("有 严重失信 记录，2025-03-01 记载，2026-04-01 修复", rf"有 (?P<kind>\S+) 记录，(?P<on>{DAY}) 记载(?:，(?P<repaired>{DAY}) 修复)?")
def _credit(story: Story, kind: str, on: str, repaired: str | None) -> None:
    row = {"kind": value(story.rulebook.vocabulary["applicant_credit"], kind).code, "recorded_on": on}
    story.recorded()["credit"].append({**row, "repaired_on": repaired} if repaired else row)


@GIVEN.form("有 配偶 测试乙，居民身份证号码 21040219900307000X", rf"有 (?P<role>[^\s，]+) (?P<name>[^\s，]+){_OPTIONS}")
def _person(story: Story, role: str, name: str, options: str) -> None:
    story.persons.append({"id": f"p{len(story.persons) + 1}", "role": role, "name": name, **_described(story, options)})


@GIVEN.form("配偶 还没有列全", r"(?P<role>\S+) 还没有列全")
def _open_role(story: Story, role: str) -> None:
    story.open_roles.add(role)


@GIVEN.form("没有任何不良记录", r"没有任何不良记录")
def _clean(story: Story) -> None:
    story.recorded()["complete"] = True


@GIVEN.form("没有查过记录", r"没有查过记录")
def _no_records(story: Story) -> None:
    story.records = None


@GIVEN.form("没有任何在案材料", r"没有任何在案材料")
def _nothing_on_file(story: Story) -> None:
    story.on_file = {"complete": True, "entries": []}


@GIVEN.form("没有查过在案材料", r"没有查过在案材料")
def _no_file(story: Story) -> None:
    story.on_file = None


@GIVEN.form("在案材料还没有查全", r"在案材料还没有查全")
def _file_incomplete(story: Story) -> None:
    story.filed()["complete"] = False


@GIVEN.form("没有 企业股东", r"没有 (?P<role>\S+)")
def _nobody(story: Story, role: str) -> None:
    story.empty_roles.add(role)


@GIVEN.form("由 委托代理人 李明 代办，授权有效，居民身份证号码 420704198001010007",
            rf"由 (?P<kind>[^\s，]+)(?: (?P<name>[^\s，]+))? 代办{_OPTIONS}")
def _agent(story: Story, kind: str, name: str | None, options: str) -> None:
    code = value(story.rulebook.vocabulary["agent_kind"], kind).code
    if code == "in_person":
        raise wrong("本人办理的，不用写代办。", "In person: leave the step out.")
    agent: dict[str, object] = {"kind": code, "name": name or "代理人"}
    rest = []
    for option in parts(options):
        if option == "授权有效":
            agent["authorised"] = True
        elif option == "授权无效":
            agent["authorised"] = False
        elif option.startswith("授权有效至 "):
            agent |= {"authorised": True, "authorised_until": day(option.removeprefix("授权有效至 ")).isoformat()}
        else:
            rest.append(option)
    story.agent = agent | _described(story, "，".join(rest))


def _described(story: Story, options: str) -> dict[str, str]:
    """Identity and birth date after a person's name."""
    found: dict[str, str] = {}
    kinds = story.rulebook.vocabulary["person_id_type"]
    for option in parts(options):
        kind, _, number = option.removeprefix("证件 ").partition(" ")
        if kind == "出生日期":
            found["birth_date"] = day(number.strip()).isoformat()
        else:
            found["id_type"] = value(kinds, kind).code
            if number.strip():
                found["id_number"] = number.strip()
    return found


# —— 出示、提交、选择 ——

@GIVEN.form("没有出示任何证件", r"(?:申请人)?没有出示任何证件")
def _shows_nothing(story: Story) -> None:
    story.presented = story.presented or []


@GIVEN.form("申请人出示 居民身份证，有效期至 2036-05-01",
            rf"(?:(?P<who>[^\s，]+?) ?)?出示 (?P<state>别人的 |已失效的 |已过期的 )?(?P<word>[^\s，]+){_OPTIONS}")
def _shows(story: Story, who: str | None, state: str | None, word: str, options: str) -> None:
    shown: dict[str, object] = {"credential": credential(story.rulebook, word)}
    holders = story.all_ids(story.who(who or "申请人"))
    state = (state or "").strip()
    if state == "别人的":
        holders = ["somebody else"]
    elif state:
        shown["status"] = {"已失效的": "revoked", "已过期的": "expired"}[state]
    for option in parts(options):
        if option in ("电子证照", "实体证件"):
            shown["medium"] = "electronic" if option == "电子证照" else "physical"
        elif option.startswith("有效期至 "):
            shown["valid_to"] = day(option.removeprefix("有效期至 ")).isoformat()
        else:
            raise wrong(f"出示证件后面不能写“{option}”。", f"“{option}” cannot stand here.", ("有效期至 2036-05-01", "电子证照", "实体证件"), option)
    story.presented = [*(story.presented or []), *({**shown, "holder": holder} for holder in holders)]


@GIVEN.form("已交 公司章程、任职文件", r"已交 (?P<words>\S+)")
def _hands_in(story: Story, words: str) -> None:
    story.handed_in = [*(story.handed_in or []), *(material_key(story, word) for word in names(words))]


@GIVEN.form("什么材料也没有交", r"什么材料也没有交")
def _hands_in_nothing(story: Story) -> None:
    story.handed_in = story.handed_in or []


@GIVEN.form("材料 无房证明 选择 告知承诺，由 本人 签署", r"材料 (?P<word>\S+) 选择 (?P<name>[^\s，]+)(?:，由 (?P<signer>\S+) 签署)?")
def _chooses(story: Story, word: str, name: str, signer: str | None) -> None:
    chosen = story.choices.setdefault(material_key(story, word), {})
    chosen[_elective(story, name)] = "yes"
    if signer:
        if signer not in _SIGNERS:
            raise wrong(f"没有“{signer}”这种签署人。", f"There is no signer “{signer}”.", _SIGNERS, signer)
        chosen["signed_by"] = _SIGNERS[signer]


@GIVEN.form("材料 无房证明 不选择 告知承诺", r"材料 (?P<word>\S+) 不选择 (?P<name>\S+)")
def _declines(story: Story, word: str, name: str) -> None:
    story.choices.setdefault(material_key(story, word), {})[_elective(story, name)] = "no"


def _elective(story: Story, name: str) -> str:
    code, _ = route(story.rulebook, name)
    electives = {one.code: one.name for one in story.rulebook.ladder if one.elective}
    if code not in electives:
        raise wrong(f"“{name}”不由申请人选择。", f"“{name}” is no elective.", electives.values())
    return code


# —— 部门知道的 ——

@GIVEN.form("在案材料 有 住房租赁合同，可信等级 B，2026-10-01 收到，有效期至 2027-10-01",
            rf"在案材料 有 (?P<word>[^\s，]+)，可信等级 (?P<trust>[ABCD])，(?P<on>{DAY}) 收到(?:，有效期至 (?P<until>{DAY}))?")
def _on_file(story: Story, word: str, trust: str, on: str, until: str | None) -> None:
    entry = {"material": material_key(story, word), "trust": trust, "received_on": on}
    story.filed()["entries"].append({**entry, "valid_to": until} if until else entry)


@GIVEN.form("材料 驾驶证 的 查询结果 是 查到有效，有效期至 2026-11-20",
            rf"材料 (?P<word>\S+) 的 查询结果 是 (?P<result>[^\s，]+)，有效期至 (?P<until>{DAY})")
def _query(story: Story, word: str, result: str, until: str) -> None:
    code = value(story.rulebook.vocabulary["query_result"], result).code
    story.queries[material_key(story, word)] = {"result": code, "valid_to": until}


@GIVEN.form("另一环节已经收取 身份证明", r"另一环节已经收取 (?P<words>\S+)")
def _asked_elsewhere(story: Story, words: str) -> None:
    story.asked_elsewhere.update(material_key(story, word) for word in names(words))


# —— 词表里的事实 ——

@GIVEN.form("材料 无房证明 的 查询结果 是 数据源中断", r"材料 (?P<word>\S+) 的 (?P<phrase>.+)")
def _material_fact(story: Story, word: str, phrase: str) -> None:
    placing.place(story, phrase, key=material_key(story, word))


@GIVEN.form("不知道 已婚", r"不知道 (?P<word>\S+)")
def _unknown(story: Story, word: str) -> None:
    placing.forget(story, word)


@GIVEN.form("测试乙 的 出生日期 是 2015-06-01", r"(?P<who>\S+) 的 (?P<phrase>.+)")
def _person_fact(story: Story, who: str, phrase: str) -> None:
    placing.place(story, phrase, person=story.who(who))


def given(story: Story, text: str) -> None:
    """One 假如."""
    found = GIVEN.find(text)
    if found is not None:
        form, groups = found
        form.act(story, **groups)
    else:
        placing.place(story, text, like=GIVEN.like(text))
