# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a command; write its wall time in seconds and the peak memory in bytes of its largest process to a file."""

from __future__ import annotations

import json
import pathlib
import resource
import subprocess
import sys
import time

report, *command = sys.argv[1:]
began = time.monotonic()
returncode = subprocess.run(command, check=False).returncode
wall = time.monotonic() - began
memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
pathlib.Path(report).write_text(json.dumps({"wall": wall, "memory": memory}), encoding="utf-8")
sys.exit(returncode)
