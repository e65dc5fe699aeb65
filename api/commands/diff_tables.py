"""What changed, on the terminal: worse first, then by item and material; before and after side by side.

Prints what `differences` made ready. Nothing here decides or compares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from api.against import Counted, Row
from api.commands.differences import Telling, said_days
from api.commands.printing import Language, out
from engine.wording.words import Words

Json = Mapping[str, Any]

#: Classes told in full; of further ones one line each. `--json` has all of them.
FULL: Final = 40
#: Names in one line; of more the number is told.
_NAMED: Final = 6

_TURNS: Final = {"worse": ("变重", "heavier", "red"), "better": ("变轻", "lighter", "green"), "other": ("其他", "other", "yellow"),
                 "unknown": ("没有答案", "not known", "magenta")}
_ASPECTS: Final = {"route": ("路径", "route"), "citation": ("出处", "citation"), "reason": ("理由", "reason"), "residuals": ("后续", "what remains"),
                   "remedy": ("怎样解决", "what to do"), "days": ("有效日期", "days in force"), "divisions": ("区划", "divisions"), "condition": ("条件", "condition")}
_KINDS: Final = {"new": ("新增", "new"), "gone": ("删去", "gone"), "changed": ("改动", "changed")}

#: What is counted of applications; the refused ones only where there are any.
_COUNTS: Final = (("decided", "判断", "decided"), ("changed", "变了", "changed"), ("worse", "变重", "worse"), ("better", "变轻", "better"),
                  ("other", "其他", "other"), ("refused_after", "现在不受", "refused now"), ("refused_before", "以前不受", "refused before"),
                  ("refused", "都不受", "refused"))
_REFUSED: Final = ("refused_after", "refused_before", "refused")


def print_told(told: Json, language: Language) -> None:
    """The whole comparison."""
    _Printer(told, language).print()


class _Printer:
    def __init__(self, told: Json, language: Language):
        self.told, self.chinese, self.console = told, language is Language.zh, out()
        self.left = FULL

    def say(self, zh: str, en: str) -> str:
        return zh if self.chinese else en

    def line(self, text: str, style: str = "") -> None:
        self.console.print(Text(text, style=style))

    def some(self, names: Sequence[str]) -> str:
        """The first few names, and how many there are."""
        joint = self.say("、", ", ")
        if len(names) <= _NAMED:
            return joint.join(names)
        return joint.join(names[:_NAMED]) + self.say(f" 等 {len(names)} 个", f" and {len(names) - _NAMED} more")

    def print(self) -> None:
        told = self.told
        for side, zh, en in (("old", "以前", "before"), ("new", "现在", "after")):
            version = told[side]["rulebook"][:19]
            revision = f" · {told[side]['revision'][:12]}" if told[side]["revision"] else ""
            self.line(f"{self.say(zh, en)}{self.say('：', ': ')}{told[side]['name']}{revision} · {version}", "dim")
        self.headline()
        for turn in _TURNS:
            self.turn(turn)
        self.unlike()
        self.items()
        self.terms()
        self.grounds()
        self.bases()
        if told["calendar"]:
            years = self.say("、", ", ").join(map(str, told["calendar"]))
            self.line(self.say(f"\n日历：{years} 年的工作日不同，期限的最后一天会跟着变。", f"\nCalendar: working days of {years} are others; terms end on other days."))
        self.words()
        self.files()
        if "scenarios" in told:
            made = told["scenarios"]
            count = "1 scenario" if made["written"] == 1 else f"{made['written']} scenarios"
            if made["file"]:
                self.line(self.say(f"\n{made['written']} 个场景写进“{made['file']}”。", f"\n{count} written to “{made['file']}”."))
            else:
                self.line(self.say("\n没有例子，没有写场景文件。", "\nNo example: no file of scenarios was written."))
            if made["left_out"]:
                self.line(self.say(f"{made['left_out']} 类没有写成场景：没有例子，或者场景的说法写不出。",
                                   f"{made['left_out']} classes are in no scenario: there is no example, or the phrases of scenarios cannot say it."), "yellow")

    def headline(self) -> None:
        told, classes = self.told, self.told["classes"]
        if told["only"]:
            names = self.say("、", ", ").join(told["only"])
            self.line(self.say(f"只看了事项“{names}”，别的事项没有比较。", f"Only “{names}” was looked at; no other item was compared."), "yellow")
        if told["same"]:
            if told["only"]:
                self.line(self.say("这个事项没有任何差别（已证明）。", "No difference in this item (proved)."), "bold green")
            else:
                self.line(self.say("没有任何差别（已证明）。", "No difference (proved)."), "bold green")
            return
        if classes["all"]:
            zh = f"{classes['all']} 类申请的结果变了：{classes['worse']} 类变重，{classes['better']} 类变轻，{classes['other']} 类其他。"
            count = f"{classes['all']} class{'' if classes['all'] == 1 else 'es'} of applications change{'s' if classes['all'] == 1 else ''}"
            self.line(self.say(zh, f"{count}: {classes['worse']} worse off, {classes['better']} better off, {classes['other']} other."), "bold")
        elif not told["unknown"] and not told["items"]:
            self.line(self.say("每一件申请的每份材料都走原来的路径（已证明）；别的有变化。",
                               "Every material of every application goes the same way (proved); other things differ."), "bold")
        elif not told["unknown"]:
            self.line(self.say("两边都办的事项，每份材料都走原来的路径（已证明）；别的有变化。",
                               "For items both offer every material goes the same way (proved); other things differ."), "bold")
        if told["unknown"]:
            self.line(self.say("有的地方没有答案，那里有没有差别还不知道；时限不够的，用 --seconds 放宽。",
                               "In some places there is no answer: whether anything differs there is not known. Allow more time with --seconds."), "bold magenta")

    # -- who is better or worse off -------------------------------------------------------------------------------------

    def turn(self, turn: str) -> None:
        changes = [one for one in self.told["changes"] if one["turn"] == turn]
        blocks = [one for one in self.told["blocks"] if one["turn"] == turn]
        if not changes and not blocks:
            return
        zh, en, style = _TURNS[turn]
        self.line(f"\n{self.say(zh, en)}", f"bold {style}")
        for _, rows in groupby(changes, key=lambda one: one["item"]):
            for number, one in enumerate(rows):
                if number == 0:
                    self.line(f"  {one['item_name']}", "bold")
                self.change(one)
        for one in blocks:
            self.line(f"  {one['item_name']}", "bold")
            self.block(one)

    def change(self, one: Json) -> None:
        if one["before"] is None:
            self.line(f"    {one['material_name']}{self.say('：没有答案', ': not known')}")
        else:
            ways = one["before"]["name"], one["after"]["name"]
            self.line("    " + self.say(f"{one['material_name']}：以前 走 {ways[0]} → 现在 走 {ways[1]}", f"{one['material_name']}: {ways[0]} → {ways[1]}"))
        self.class_of(one)

    def block(self, one: Json) -> None:
        said = {"worse": ("有的申请新被阻止", "some applications are newly stopped"), "better": ("有的申请不再被阻止", "some applications are stopped no longer"),
                "unknown": ("会不会被阻止，没有答案", "whether it is stopped is not known")}[one["turn"]]
        self.line(f"    {self.say(*said)}")
        self.class_of(one)

    def class_of(self, one: Json) -> None:
        """Where, when, and the smallest application."""
        self.line(f"      {self.some(one['where'])}{self.say('，', ', ')}{said_days(one, self.chinese)}", "dim")
        witness = one["witness"]
        if witness is None:
            if one["before"] is not None if "before" in one else one["turn"] != "unknown":
                self.line(self.say("      求解器找到了差别，但没有写得出的例子。", "      The solver found it, but no example could be written down."), "yellow")
            return
        if self.left <= 0:
            self.line(self.say("      例子和说明见 --json。", "      Example and explanations: --json."), "dim")
            return
        self.left -= 1
        if witness["given"]:
            for number, text in enumerate(witness["given"]):
                self.line(f"      {'假如' if number == 0 else '并且'} {text}")
        else:
            self.line(self.say("      例子用场景的说法写不出，见 --json。", "      The phrases of scenarios cannot say the example: --json."), "dim")
        self.side_by_side(witness)

    def side_by_side(self, witness: Json) -> None:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", expand=True)
        table.add_column("", width=4)
        for zh, en in (("以前", "before"), ("现在", "after")):
            table.add_column(self.say(zh, en), ratio=1, overflow="fold")
        nothing = self.say("这件申请不被接受。", "This application is refused.")
        answers = [witness[side] or {"rules": [], "citations": [], "explanation": nothing} for side in ("before", "after")]
        table.add_row("", *(Text(self.say("依据 ", "rules: ") + (self.say("、", ", ").join(one["rules"]) or "–"), style="cyan") for one in answers))
        table.add_row("", *(Text(one["explanation"]) for one in answers))
        self.console.print(table)

    # -- the rest -------------------------------------------------------------------------------------------------------

    def section(self, zh: str, en: str) -> None:
        self.line(f"\n{self.say(zh, en)}", "bold")

    def unlike(self) -> None:
        for one in self.told["unlike"]:
            self.line(self.say(f"事实“{one['name']}”以前的类型是{one['before']}，现在是{one['after']}：不能比较；给新的事实起一个新名称。",
                               f"The fact “{one['fact']}” has another type now: nothing that speaks of it can be compared. Give the new fact a new name."), "magenta")

    def items(self) -> None:
        if not self.told["items"]:
            return
        self.section("事项", "Items")
        for one in self.told["items"]:
            self.line(f"  {self.say(*(('不再办理', 'no longer offered') if one['what'] == 'gone' else ('新办理', 'newly offered')))}"
                      f"{self.say('：', ': ')}{one['item_name']}{self.say('，', ', ')}{self.some(one['where'])}")

    def terms(self) -> None:
        if not self.told["terms"]:
            return
        self.section("期限和其他规定", "Terms")
        for one in self.told["terms"]:
            sides = [self.term_side(one[side]) for side in ("before", "after")]
            self.line(f"  {one['name']}{self.say('：', ': ')}{sides[0]} → {sides[1]}")
            names = [row["item_name"] + (f" · {row['material_name']}" if row["material"] else "") for row in one["of"]]
            self.line(f"    {self.some(names)}{self.say('；', '; ')}{self.some(one['where'])}{self.say('，', ', ')}{said_days(one, self.chinese)}", "dim")

    def term_side(self, value: Json | None) -> str:
        if value is None:
            return self.say("没有规定", "none")
        return str(value["text"]) + (self.say(f"（{value['rule']}）", f" ({value['rule']})") if value["rule"] else "")

    def grounds(self) -> None:
        if not self.told["grounds"]:
            return
        self.section("结果不变，依据不同", "The same outcome on other grounds")
        self.line(self.say("  照规则的文字比较：这些规则在下列材料上可以作依据。", "  Compared as written: these rules can be grounds for the materials named."), "dim")
        for one in self.told["grounds"]:
            aspects = self.say("、", ", ").join(self.say(*_ASPECTS[name]) for name in one["aspects"])
            self.line(f"  {self.say(*_KINDS[one['what']])}{self.say('：', ': ')}{one['rule']}" + (self.say(f"（{aspects}）", f" ({aspects})") if aspects else ""))
            if one["what"] == "changed":
                for name in one["aspects"]:
                    before, after = (self.aspect(name, one[side]) for side in ("before", "after"))
                    if before != after:
                        self.line(f"    {self.say(*_ASPECTS[name])}{self.say('：', ': ')}{before} → {after}")
            places = [f"{row['item_name']}" + (self.say(f"（{self.some(row['material_names'])}）", f" ({self.some(row['material_names'])})")
                                               if row["material_names"] else "") for row in one["places"]]
            self.line(f"    {self.some(places)}", "dim")

    def words(self) -> None:
        """Facts and values that only one side can say."""
        for row in self.told["vocabulary"]:
            name = row["name"]
            if row["new"] or row["gone"]:
                said = self.say(f"词表{'多' if row['new'] else '少'}了事实“{name}”", f"Vocabulary: the fact “{name}” is {'new' if row['new'] else 'gone'}")
            else:
                parts = [self.say(f"{zh} {'、'.join(row[key])}", f"{en} {', '.join(row[key])}")
                         for key, zh, en in (("values_new", "多了", "new:"), ("values_gone", "少了", "gone:")) if row[key]]
                said = self.say(f"词表“{name}”的值：", f"Vocabulary, values of “{name}”: ") + self.say("，", "; ").join(parts)
            self.line("\n" + said, "dim")

    def files(self) -> None:
        """Files whose content is another; where nothing differs, that it is nothing a decision hangs on."""
        names = self.told["files"]
        if not names:
            return
        nothing = self.say("（对判断没有影响；名称、说明、办事指南之类不比较）",
                           " (no decision hangs on it; names, wording, guide data and the like are not compared)") if self.told["same"] and not self.told["only"] else ""
        self.line(self.say(f"\n内容有改动的文件{nothing}：", f"\nFiles with other content{nothing}: ") + self.some(names), "dim")

    def aspect(self, name: str, rule: Json) -> str:
        """What a rule says of itself, where one line can tell it."""
        if name == "citation":
            return f"《{rule['instrument']}》（{rule['number']}）{rule['article']}"
        if name == "days":
            return said_days(rule, self.chinese)
        if name == "residuals":
            return self.say("、", ", ").join(rule["residuals"]) or "–"
        return str(rule.get(name) or "–") if name in ("reason", "route", "remedy") else ""

    def bases(self) -> None:
        if not self.told["bases"]:
            return
        self.section("材料的依据", "Bases of materials")
        for one in self.told["bases"]:
            self.line(f"  {one['item_name']} · {one['material_name']}{self.say('，', ', ')}{self.some(one['where'])}")
            for mark, rows in (("-", one["gone"]), ("+", one["new"])):
                for row in rows:
                    self.line(f"    {mark} 《{row['instrument']}》{row['article']}（{row['rank']}）{said_days(row, self.chinese)}")


# -- real and sample applications ---------------------------------------------------------------------------------------

def print_counted(counted: Counted, telling: Telling, language: Language) -> None:
    """How many applications come out differently, by item and division."""
    console, chinese = out(), language is Language.zh
    console.print(Text("\n已有的申请" if chinese else "\nApplications on file", style="bold"))
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for zh, en in (("事项", "item"), ("区划", "division")):
        table.add_column(zh if chinese else en, overflow="fold")
    total = counted.total
    shown = [one for one in _COUNTS if one[0] not in _REFUSED or getattr(total, one[0])]
    for _, zh, en in shown:
        table.add_column(zh if chinese else en, justify="right", no_wrap=True)
    names = [name for name, _, _ in shown]
    for (item, division), row in sorted(counted.rows.items()):
        _row(table, telling.item(item), _division(telling, division), row, names)
    _row(table, "合计" if chinese else "all", "", total, names, "bold")
    console.print(table)
    if counted.erased:
        console.print(Text(f"{counted.erased} 件的内容已经依法删除，没有比较。" if chinese else
                           f"{counted.erased} erased as the law provides, not compared.", style="yellow"))
    if counted.unreadable:
        where = ("、" if chinese else ", ").join(counted.places)
        console.print(Text(f"{counted.unreadable} 件读不出来（{where}）。" if chinese else f"{counted.unreadable} cannot be read ({where}).", style="yellow"))


def _row(table: Table, item: str, division: str, row: Row, names: Sequence[str], style: str = "") -> None:
    cells = [getattr(row, name) for name in names]
    table.add_row(Text(item, style=style), Text(division, style=style), *(Text(str(one) if one else "·", style=style or ("" if one else "dim")) for one in cells))


def _division(telling: Telling, code: str) -> str:
    body = {"item": "", "deciding_division": code, "materials": []}
    return Words(telling.books[1], body, telling.language).division_name if code else "–"
