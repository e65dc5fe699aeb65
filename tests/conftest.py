"""For every test: a service that a test starts records nothing, unless the test names a database. Nobody's data folder is touched."""

from __future__ import annotations

import os

os.environ["MIANZHENG_DATABASE"] = "off"
