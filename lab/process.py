# SPDX-License-Identifier: GPL-2.0-or-later
"""A process known by pid and start time, so that a pid that the kernel gave to somebody else is never touched."""
import os
import select
import signal


def start_time(pid):
    """Clock tick at which `pid` started, or None when it is gone or a zombie."""
    try:
        with open(f'/proc/{pid}/stat') as file:
            fields = file.read().rpartition(')')[2].split()
    except OSError:
        return None
    return None if fields[0] in 'ZX' else int(fields[19])


def root_of(pid):
    """Where this process's "/" is for us, whatever namespace of mounts it has."""
    return f'/proc/{pid}/root'


class Process:
    def __init__(self, pid, start=None):
        self.pid = pid
        self.start = start if start is not None else start_time(pid)

    @classmethod
    def from_record(cls, record):
        return cls(*record) if record else None

    def record(self):
        return [self.pid, self.start]

    def alive(self):
        return self.start is not None and start_time(self.pid) == self.start

    def signal(self, number):
        if self.alive():
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                pass

    def kill(self, timeout_s=10):
        """SIGKILL, and wait until it is gone; for pid 1 of a host this means that the whole host is gone."""
        if not self.alive():
            return True
        try:
            handle = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return True
        try:
            if not self.alive():
                return True
            signal.pidfd_send_signal(handle, signal.SIGKILL)
            return bool(select.select([handle], [], [], timeout_s)[0])
        except ProcessLookupError:
            return True
        finally:
            os.close(handle)
