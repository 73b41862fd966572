#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""ARCHITECTURE.md has one paragraph a folder, and one folder a paragraph, in the order of dependency.

Bug class: the map that shows the country of two years ago.

A paragraph is a heading `### folder`, or several: `### a, b`.
"""
import os
import re

import gate


def folders():
    top = [f for f in sorted(os.listdir(gate.ROOT)) if os.path.isdir(os.path.join(gate.ROOT, f))]
    top = [f for f in top if gate.is_ours(f) and not f.startswith('.') and f != 'src']
    src = [f for f in sorted(os.listdir(os.path.join(gate.ROOT, 'src')))]
    return [f'src/{f}' for f in src] + top


def differences(text, present):
    named = [n.strip(' `') for line in re.findall(r'^### (.+)$', text, re.M) for n in line.split(',')]
    found = [f'{f}: ARCHITECTURE.md has no paragraph about it' for f in present if f not in named]
    found += [f'{n}: ARCHITECTURE.md tells of it but it is not there' for n in named if n not in present]
    src = [n[4:] for n in named if n.startswith('src/') and n in present]
    if src != sorted(src, key=lambda f: gate.FOLDERS.index(f) if f in gate.FOLDERS else -1):
        found.append('ARCHITECTURE.md: the folders of src are not in the order of dependency')
    for title, body in re.findall(r'^### (.+)\n((?:(?!#).*\n?)*)', text, re.M):
        if len(body.split()) < 10:
            found.append(f'ARCHITECTURE.md: {title}: a paragraph has more than {len(body.split())} words')
    return found


def check():
    return differences(gate.read('ARCHITECTURE.md'), folders())


def prove():
    words = 'It holds what the proof needs: ten words and one more.\n'
    good = f'# Map\n### src/base\n{words}\n### src/os\n{words}\n### sim, lab\n{words}'
    here = ['src/base', 'src/os', 'sim', 'lab']
    gate.expect(differences(good, here), 0, 'a map in step')
    gate.expect(differences(good, here + ['web']), 1, 'a new folder')
    gate.expect(differences(good, here[:-1]), 1, 'a folder that went')
    turned = f'### src/os\n{words}\n### src/base\n{words}### sim, lab\n{words}'
    gate.expect(differences(turned, here), 1, 'a wrong order')
    gate.expect(differences(good.replace(words, 'None.\n', 1), here), 1, 'an empty paragraph')


if __name__ == '__main__':
    gate.run(check, prove)
