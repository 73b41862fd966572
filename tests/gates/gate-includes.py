#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Arrows of #include point down, in the order of gate.FOLDERS.

Bug class: the ring that learns about a service, the service that learns about a
socket. Each such arrow is small; ten of them make a daemon that can only be
tested as a whole.

os is the machine and knows no protocol: of the cores it may name only what
OS_MAY lists. Cores include no header of the system besides PLAIN, and each
library has one home.
"""
import re

import gate

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', re.M)
OS_MAY = ('base/', 'map/', 'conf/', 'service/service.h', 'executor/operation.h', 'os/')
PLAIN = {'stdbool.h', 'stddef.h', 'stdint.h', 'stdarg.h', 'string.h', 'assert.h', 'inttypes.h', 'limits.h', 'errno.h'}
TEXT_HEADERS = {'stdio.h', 'stdlib.h', 'ctype.h'}
TEXT = ('src/base/text.c', 'src/base/arena.c', 'src/map/', 'src/conf/')
# what cores above the engine may use besides
MANAGER_HEADERS = TEXT_HEADERS | {'glib.h', 'strings.h', 'regex.h'}
# library header -> the modules that may include it
HOMES = {'bzlib.h': 'src/os/bzip', 'libxml/': 'src/cib/', 'libknet.h': 'src/os/knet', 'qb/': 'src/os/qb-',
         'systemd/': ('src/os/notify', 'src/os/systemd'), 'corosync/': 'src/os/corosync-', 'microhttpd.h': 'src/api/',
         'jansson.h': ('src/cli/', 'src/executor/wire', 'src/store/archive', 'src/api/')}


def folder_of(path):
    parts = path.split('/')
    return parts[1] if parts[0] == 'src' and len(parts) > 2 else None


def own_include(path, folder, name):
    target = name.split('/')[0]
    if '/' not in name or target not in gate.FOLDERS:
        return f'{path}: #include "{name}": write it as "folder/name.h", from src'
    if gate.FOLDERS.index(target) > gate.FOLDERS.index(folder):
        return f'{path}: #include "{name}": {folder} is below {target} and must not know it'
    if folder == 'os' and not name.startswith(OS_MAY):
        return f'{path}: #include "{name}": os may know {", ".join(OS_MAY)} and no more'
    return None


def system_include(path, folder, name):
    for library, home in HOMES.items():
        if name.startswith(library) and not path.startswith(home):
            return f'{path}: #include <{name}>: this library is used in {home} alone'
    if folder in gate.MANAGER_CORES and (name in MANAGER_HEADERS or name.startswith(('libxml/', 'jansson'))):
        return None
    if folder in gate.CORES and name not in PLAIN and not (name in TEXT_HEADERS and path.startswith(TEXT)):
        return f'{path}: #include <{name}>: a core does without the system'
    return None


def wrong_arrows(files):
    found = []
    for path, text in files.items():
        folder = folder_of(path)
        if folder not in gate.FOLDERS:
            found.append(f'{path}: src/{folder} is not in the list of folders (tests/gates/gate.py)')
            continue
        for mark, name in INCLUDE.findall(text):
            complaint = (own_include if mark == '"' else system_include)(path, folder, name)
            if complaint:
                found.append(complaint)
    return found


def check():
    return wrong_arrows({p: t for p, t in gate.tree('.c', '.h').items() if p.startswith('src/')})


def prove():
    good = '#include "base/ids.h"\n#include <string.h>\n'
    gate.expect(wrong_arrows({'src/totem/a.c': good, 'src/os/b.c': good + '#include <unistd.h>\n'}), 0, 'arrows down')
    for path, line in (('src/base/a.h', '#include "totem/ring.h"'), ('src/totem/a.c', '#include "ring.h"'),
                       ('src/os/a.c', '#include "totem/ring.h"'), ('src/sync/a.c', '#include <time.h>'),
                       ('src/daemon/a.c', '#include <libknet.h>'), ('src/util/a.c', '')):
        gate.expect(wrong_arrows({path: line + '\n'}), 1, f'{path}: {line}')


if __name__ == '__main__':
    gate.run(check, prove)
