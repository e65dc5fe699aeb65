"""The step library of a directory of scenarios, taken as a plug-in: `<directory>/steps/running.py`.

Says what such a library must give and how to tell that a directory has none. Runs nothing and knows no step.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Final, Protocol, cast

from api.rule_files import bundled
from engine.decide import Decider
from engine.problems import Problem, Refused
from engine.rulebook import Rulebook

#: Gives the decider over a rulebook: the directory a scenario names (empty: the one under test), and what it lays over that.
Deciders = Callable[[str, str], Decider]

#: What `running.py` must offer.
OFFERED: Final = ("examples", "run", "decider", "use_rules")


class Example(Protocol):
    """One scenario, or one row of an outline."""

    @property
    def file(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def tags(self) -> frozenset[str]: ...

    @property
    def said(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Library:
    """A directory's scenarios and how to run one."""

    directory: Path
    examples: Sequence[Example]
    run: Callable[[Example, Deciders], str]      # what the first failing step says, empty if none fails
    decider: Deciders

    def book(self, base: str = "", extra: str = "") -> Rulebook:
        """The rulebook under test, or the one a scenario names."""
        return self.decider(base, extra).rulebook


def beside() -> Path:
    """Where scenarios are looked for when none are named: `features` here, else beside the bundled rulebook."""
    here = Path("features")
    return here if here.is_dir() else bundled().parent / "features"


def load(directory: Path, rules: Path | None = None) -> Library:
    """The library of a directory; `rules` is the rulebook its scenarios shall run over, if not the bundled one. Raises Refused."""
    module = _module(directory)
    missing = [name for name in OFFERED if not callable(getattr(module, name, None))]
    if missing:
        raise _refused("no-step-library", f"{_running(directory)} 里没有 {'、'.join(missing)}；步骤库要有的见 docs/scenarios.md。",
                       f"{_running(directory)} lacks {', '.join(missing)}; docs/scenarios.md tells what a step library offers.")
    if rules is not None:
        module.use_rules(rules)
    module.decider("", "")      # every problem of the rulebook first
    examples = tuple(cast(Sequence[Example], module.examples()))
    if not examples:
        raise _refused("no-scenarios", f"“{directory}”里一个场景也没有；场景写在 .feature 文件里。", f"There is no scenario in “{directory}”.")
    return Library(directory, examples, module.run, module.decider)


def _running(directory: Path) -> Path:
    return directory / "steps" / "running.py"


def _module(directory: Path) -> ModuleType:
    file = _running(directory)
    if not directory.is_dir():
        raise _refused("no-features", f"没有“{directory}”这个目录；写明场景所在的目录。", f"There is no directory “{directory}”: name the directory of the scenarios.")
    if not file.is_file():
        raise _refused("no-step-library", f"“{directory}”里没有步骤库：应当有 steps/running.py。", f"“{directory}” has no step library: steps/running.py is expected.")
    folder = directory.resolve()
    parent = str(folder.parent)
    if parent not in sys.path:
        sys.path.insert(0, parent)
    try:
        module = importlib.import_module(f"{folder.name}.steps.running")
    except ImportError as error:
        raise _refused("no-step-library", f"{file} 读不进来：缺少 {error.name or error}。场景的步骤库要用 pytest-bdd：pip install pytest-bdd。",
                       f"{file} cannot be loaded: {error.name or error} is missing. The step library needs pytest-bdd: pip install pytest-bdd.") from None
    except SyntaxError as error:
        place = f"{error.filename}:{error.lineno}"
        raise _refused("no-step-library", f"{place} 不是 Python：{error.msg}。", f"{place} is no Python: {error.msg}.") from None
    if Path(str(module.__file__)).resolve() != folder / "steps" / "running.py":
        raise _refused("no-step-library", f"已经读入了另一个叫“{folder.name}”的目录里的步骤库：{module.__file__}。请给目录换一个名字。",
                       f"A step library of another directory called “{folder.name}” is loaded: {module.__file__}. Give the directory another name.")
    return module


def _refused(code: str, zh: str, en: str) -> Refused:
    return Refused([Problem(code, zh, en)])
