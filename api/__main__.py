"""`python -m api`: the command line of a checkout, the same as the installed `mianzheng`."""

from __future__ import annotations

from api.cli import main

if __name__ == "__main__":
    main()
