"""`python -m tests.goldens` prints how today's answers differ from the goldens (exit 1 if they do); `--write` writes them."""

from __future__ import annotations

import difflib
import sys

from tests.goldens import answer, names, path, stale, text


def main(arguments: list[str]) -> int:
    if set(arguments) - {"--write"}:
        print("usage: python -m tests.goldens [--write]", file=sys.stderr)
        return 2
    changed = 0
    for name in names():
        was = path(name).read_text(encoding="utf-8") if path(name).exists() else ""
        now = text(answer(name))
        if was == now:
            continue
        changed += 1
        sys.stdout.writelines(difflib.unified_diff(was.splitlines(True), now.splitlines(True), f"{name} (agreed)", f"{name} (now)", n=1))
        if "--write" in arguments:
            path(name).write_text(now, encoding="utf-8")
    for one in stale():
        changed += 1
        print(f"{one.name}: no such sample any more")
        if "--write" in arguments:
            one.unlink()
    return 0 if not changed or "--write" in arguments else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
