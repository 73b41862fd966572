# SPDX-License-Identifier: GPL-2.0-or-later
"""What can go wrong: every message says what was wrong, where, and what to do."""


class LabError(Exception):
    """Something did not work; the request itself was sound."""


class UsageError(LabError):
    """The request makes no sense: no such host, a percentage above 100, ..."""
