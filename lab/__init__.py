# SPDX-License-Identifier: GPL-2.0-or-later
"""Named hosts on one machine, made of namespaces: for tests and for trying things by hand (see README.md)."""
from .error import LabError, UsageError
from .fence import Fence
from .lab import Lab

__all__ = ['Fence', 'Lab', 'LabError', 'UsageError']
