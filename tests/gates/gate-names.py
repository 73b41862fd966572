#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A name of a function means one function in all of src.

Bug class: two folders define the same name. Each program links, because it takes
one of them; the first that needs both calls the wrong one, with arguments of the
other's shape, and no compiler says so.

Checked: the object files of every folder of src define each global name once
(main aside).
"""
import collections
import glob
import os
import subprocess

import gate

SHARED = {'main'}


def definitions(build):
    """object file -> the global names that it defines"""
    paths = glob.glob(os.path.join('src', '*', '*.p', '*.o'), root_dir=build)
    out = subprocess.run(['nm', '-A', '--defined-only', *paths], cwd=build, check=True, text=True,
                         stdout=subprocess.PIPE)
    found = collections.defaultdict(list)
    for line in out.stdout.splitlines():
        path, _, rest = line.partition(':')
        letter, name = rest.split()[-2:]
        if letter in 'TDRBC':
            found[path].append(name)
    return found


def clashes(objects):
    """objects: label -> the global names that it defines"""
    homes = collections.defaultdict(list)
    for label, defined in sorted(objects.items()):
        for name in defined:
            homes[name].append(label)
    return [f'{name} is defined in {" and in ".join(where)}; whoever links both calls only one'
            for name, where in sorted(homes.items()) if len(where) > 1 and name not in SHARED]


def check():
    return clashes(definitions(gate.build_dir()))


def prove():
    gate.expect(clashes({'a.o': ['f', 'main'], 'b.o': ['g', 'main']}), 0, 'names of their own')
    gate.expect(clashes({'a.o': ['f'], 'b.o': ['f', 'g']}), 1, 'one name twice')


if __name__ == '__main__':
    gate.run(check, prove)
