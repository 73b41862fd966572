# SPDX-License-Identifier: GPL-2.0-or-later
"""Wall clocks that differ. No namespace has its own CLOCK_REALTIME, so this is done with libfaketime: the wall clock of
the programs of a host is stepped, the monotonic one goes on as before. A program follows the steps when it was started
in a lab made with --clocks, or after the first step on that host; others keep the machine's time.
"""
import glob
import os

from .error import LabError
from .process import root_of

FILE = '/dev/lab/clock'
LIBRARY = '/usr/lib/*/faketime/libfaketimeMT.so.1'


def library():
    found = sorted(glob.glob(LIBRARY) + glob.glob('/usr/lib*/faketime/libfaketimeMT.so.1'))
    return found[0] if found else None


def need_library():
    if not library():
        raise LabError('the kernel gives a host no wall clock of its own and libfaketime is missing: '
                       'apt-get install libfaketime')


def environment(entry):
    """What to put before a command, so that it sees the clock of its host."""
    if entry['clock'] is None or not library():
        return []
    return ['env', f'LD_PRELOAD={library()}', f'FAKETIME_TIMESTAMP_FILE={FILE}', 'FAKETIME_NO_CACHE=1',
            'FAKETIME_DONT_FAKE_MONOTONIC=1', 'NO_FAKE_STAT=1']


def step(host, offset_s):
    need_library()
    host.need_up()
    host.entry['clock'] = round((host.entry['clock'] or 0) + offset_s, 6)
    write(host)


def reset(host):
    need_library()
    host.need_up()
    host.entry['clock'] = 0
    write(host)


def boot(host):
    """The clock of a computer runs on while it is off: the offset outlives the boot."""
    if host.entry['clock'] is not None:
        write(host)


def write(host):
    path = f'{root_of(host.init().pid)}{FILE}'
    with open(f'{path}.new', 'w') as file:
        file.write(f'{host.entry["clock"]:+f}\n')
    os.replace(f'{path}.new', path)
