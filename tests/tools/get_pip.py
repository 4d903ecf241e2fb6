# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stand in for the get-pip script that ansible-test would download: put pip into an empty virtual environment.

ansible-test looks for get-pip in its cache before it asks a server of its own choice, which is often not reachable where
a package index is. `check.py` puts this file there. Python's own ensurepip does the work.
"""

from __future__ import annotations

import os
import subprocess
import sys

env = {name: value for name, value in os.environ.items() if name != "GET_PIP"}
wanted = [word for word in sys.argv[1:] if not word.startswith("-")]
python = [sys.executable, "-m"]
subprocess.check_call([*python, "ensurepip", "--default-pip"], env=env, stdout=subprocess.DEVNULL)
if wanted:
    subprocess.check_call([*python, "pip", "install", "--quiet", "--disable-pip-version-check", *wanted], env=env)
