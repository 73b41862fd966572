#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Every source is compiled, and every test is run.

Bug class: the test file that nobody added to its meson.build. It was green on
the day it was written, and has not run since.
"""
import json
import os
import re

import gate


def compiled(build):
    with open(os.path.join(build, 'compile_commands.json')) as f:
        commands = json.load(f)
    return {os.path.relpath(os.path.join(c['directory'], c['file']), gate.ROOT) for c in commands}


def forgotten(sources, built, lists):
    """sources: paths of the tree; built: those that are compiled; lists: folder -> text of its meson.build"""
    found = []
    for path in sources:
        folder, name = os.path.split(path)
        stem = name.rsplit('.', 1)[0]
        words = '|'.join(map(re.escape, (name, stem, re.sub(r'^(fuzz-|gate-|test_|test-)', '', stem))))
        named = re.search(rf"['/]({words})'", lists.get(folder, ''))
        if path.endswith('.c') and not folder.startswith('fuzz') and path not in built:
            found.append(f'{path}: is not compiled; add it to {folder}/meson.build')
        elif (path.endswith('.py') or folder.startswith('fuzz')) and not named:
            found.append(f'{path}: is not run; add it to {folder}/meson.build')
    return found


def check():
    sources = [p for p in gate.paths('.c') if not p.startswith('lab/')]
    sources += [p for p in gate.paths('.py') if re.match(r'tests/.*/(test|gate-)', p)]
    lists = {os.path.dirname(p): gate.read(p) for p in gate.paths('meson.build')}
    return forgotten(sources, compiled(gate.build_dir()), lists)


def prove():
    lists = {'tests/a': "foreach name : ['x']", 'fuzz': "foreach name : ['y']", 'src/a': "'z.c'"}
    good = ['src/a/z.c', 'tests/a/test-x.c', 'tests/a/test_x.py', 'fuzz/fuzz-y.c']
    gate.expect(forgotten(good, {'src/a/z.c', 'tests/a/test-x.c'}, lists), 0, 'all known')
    gate.expect(forgotten(good, {'src/a/z.c'}, lists), 1, 'a test that is not compiled')
    gate.expect(forgotten(['tests/a/test_q.py', 'fuzz/fuzz-q.c'], set(), lists), 2, 'two that nobody runs')


if __name__ == '__main__':
    gate.run(check, prove)
