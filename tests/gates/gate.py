# SPDX-License-Identifier: GPL-2.0-or-later
"""gate.py - what the gates share: where the tree is, what is in it, how a gate ends.

A gate is a script with check(tree) -> complaints, and prove() which shows on
made-up input that the check can fail and can pass. run() does both: a gate that
no longer bites fails like a tree that breaks it.
"""
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# The folders of src in the order of dependency: each may use those before it.
ENGINE_CORES = ['base', 'map', 'conf', 'totem', 'sync', 'service', 'engine']
# Above the engine, cores may use memory of their own (base/arena.h) and GLib's containers and strings.
MANAGER_CORES = ['cib', 'executor', 'rules', 'scheduler', 'transition', 'report', 'store', 'fencing', 'controller']
CORES = ENGINE_CORES + MANAGER_CORES
FOLDERS = CORES + ['os', 'api', 'daemon', 'cli']
SKIPPED = {'.git', '__pycache__', 'corpus'}

Tree = dict  # path relative to the root -> text


def build_dir():
    """The build that runs the gate, as tests/gates/meson.build passes it."""
    return os.environ.get('BUILD', os.path.join(ROOT, 'build'))


def is_ours(name):
    return name not in SKIPPED and not name.startswith('build')


def paths(*endings):
    """Paths of the tree's files, relative to the root, sorted; all of them when no ending is given."""
    found = []
    for folder, folders, files in os.walk(ROOT):
        folders[:] = sorted(f for f in folders if is_ours(f))
        for name in files:
            if not endings or name.endswith(endings):
                found.append(os.path.relpath(os.path.join(folder, name), ROOT))
    return sorted(found)


def read(path):
    with open(os.path.join(ROOT, path), encoding='utf-8', errors='replace') as f:
        return f.read()


def tree(*endings):
    return {p: read(p) for p in paths(*endings)}


def is_script(path, text):
    return text.startswith('#!') and '.' not in os.path.basename(path)


def blank_code(text):
    """C code whose comments, strings and characters are blanks; lines keep their numbers."""
    pattern = r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    return re.sub(pattern, lambda m: re.sub(r'[^\n]', ' ', m.group(0)), text, flags=re.S)


def expect(complaints, count, what):
    """A step of prove(): this input must draw this many complaints."""
    if len(complaints) != count:
        sys.exit(f'the gate itself is broken: {what}: expected {count} complaints, got {complaints}')


def run(check, prove):
    prove()
    complaints = check()
    for c in complaints:
        print(c)
    if complaints:
        sys.exit(f'{len(complaints)} complaints')
    print('nothing to complain about')
