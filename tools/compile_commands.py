#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR Apache-2.0
"""Turn the commands "make -Bn V=1" would run into compile_commands.json for editors."""
import json
import os
import re
import sys

rows = {}
for line in sys.stdin:
    m = re.search(r" -c (\S+\.[cS]) -o (\S+)$", line.strip())
    if m and m[1] not in rows:
        rows[m[1]] = {"directory": os.getcwd(), "file": m[1], "output": m[2], "command": line.strip()}
json.dump(list(rows.values()), sys.stdout, indent=1)
