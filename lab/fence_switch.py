# SPDX-License-Identifier: GPL-2.0-or-later
"""The power switch as a process: fence_switch.py LAB. fence.py starts it, and says what it does."""
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from lab.fence import Switch  # noqa: E402  the path comes first
from lab.lab import Lab  # noqa: E402

Switch(Lab.open(sys.argv[1])).run()
