"""Files, places in them, and the list of everything that is wrong.

Readers never stop at the first mistake: they say it here, with its place, and go on with what is sound. Nothing here
decides what is a mistake.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from engine.problems import Problem, nearest
from engine.yaml_text import Path, YamlText, dotted

T = TypeVar("T")

#: Stands in for a word that was missing and has been reported, so that it is not reported again as unknown.
SPARE_WORD = "？"


@dataclass(slots=True, eq=False)
class File:
    """One file: its text, its plain content with positions, and, once its shape is sound, its model.

    `rows` maps a list of the model back to the positions in the file, where rows of wrong shape were left out; `sound` is
    false if anything was wrong with the shape.
    """

    path: str
    kind: str
    raw: str
    text: YamlText | None = None
    model: Any = None
    rows: dict[str, list[int]] = field(default_factory=dict)
    sound: bool = True

    def place(self, *path: str | int) -> Place:
        return Place(self, path)

    def each(self, key: str, rows: Sequence[T]) -> Iterator[tuple[Place, T]]:
        """The rows of the model's list `key`, each with its place in the file."""
        kept = self.rows.get(key)
        for number, row in enumerate(rows):
            if kept is not None:
                number = kept[number] if number < len(kept) else 0
            yield Place(self, (key, number)), row


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file: `place / "当" / 0` is one step deeper."""

    file: File
    path: Path = ()

    def __truediv__(self, step: str | int) -> Place:
        return Place(self.file, (*self.path, step))

    @property
    def line(self) -> int:
        return self.file.text.line(self.path) if self.file.text is not None else 0


class Report:
    """Every problem found so far."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def add(self, problem: Problem, place: Place) -> None:
        self.problems.append(problem.at(place.file.path, place.line, dotted(place.path)))

    def say(self, place: Place, code: str, zh: str, en: str, allowed: Iterable[str] = (), word: str = "") -> None:
        """A problem; with `word`, the nearest of the allowed words is proposed."""
        choices = tuple(allowed)
        self.add(Problem(code, zh, en, allowed=choices, nearest=nearest(word, choices) if word else ""), place)

    def ordered(self) -> list[Problem]:
        """By file and line, each once."""
        return sorted(dict.fromkeys(self.problems), key=lambda problem: (problem.file, problem.line, problem.field))


class Names(Generic[T]):
    """The words that name one kind of thing (materials, routes …).

    `lost`: texts of files of this kind that could not be read. A word found in one of them is not reported as unknown:
    its own file's problem is the one to mend.
    """

    def __init__(self, code: str, zh: str, en: str) -> None:
        self.code, self.zh, self.en = code, zh, en
        self.by_word: dict[str, T] = {}
        self.places: dict[str, Place] = {}
        self.lost: list[str] = []

    def add(self, thing: T, words: Iterable[str], place: Place, report: Report) -> bool:
        """Enter a thing under its words; a word already taken is a problem."""
        sound = True
        for word in dict.fromkeys(words):
            first = self.places.get(word)
            if first is not None:
                sound = False
                report.say(place, "duplicate-name", f"“{word}”已经用来称呼 {first.file.path} 第 {first.line} 行的{self.zh}；换一个。",
                           f"“{word}” already names the {self.en} on line {first.line} of {first.file.path}; choose another.")
            else:
                self.by_word[word] = thing
                self.places[word] = place
        return sound

    def find(self, word: str, place: Place, report: Report) -> T | None:
        """The thing of that name, or None after the problem was reported."""
        found = self.by_word.get(word)
        if found is None and word != SPARE_WORD and not self.is_lost(word):
            report.say(place, self.code, f"没有叫“{word}”的{self.zh}。", f"There is no {self.en} called “{word}”.",
                       self.listed(word), word)
        return found

    def is_lost(self, word: str) -> bool:
        return any(word in text for text in self.lost)

    def listed(self, word: str) -> list[str]:
        """The words a message offers: Chinese for a Chinese word, else codes."""
        chinese = any("一" <= letter <= "鿿" for letter in word)
        return [name for name in self.by_word if any("一" <= letter <= "鿿" for letter in name) == chinese] or list(self.by_word)
