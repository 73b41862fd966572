#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/messages.md is what src/base/messages.def says, and every message is one that the programs can log.

Bug class: the manual that explains a line which no longer exists, and the line
at three in the morning that no manual explains.
"""
import os
import re
import subprocess

import gate

DEF = 'src/base/messages.def'
PAGE = 'docs/messages.md'


def generated(text):
    argv = [os.path.join(gate.ROOT, 'tools', 'messages'), '-']
    p = subprocess.run(argv, input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    return p.stdout, p.stderr.splitlines()


def differences(text, page, code):
    fresh, errors = generated(text)
    if errors:
        return errors
    found = [] if fresh == page else [f'{PAGE}: not what {DEF} says; run `make pages`']
    used = set(re.findall(r'\bMSG_(\w+)', code))
    for name in re.findall(r'^MESSAGE\((\w+)', text, re.M):
        if name not in used:
            found.append(f'{DEF}: {name}: no code logs it')
    return found


def check():
    code = ''.join(gate.blank_code(t) for p, t in gate.tree('.c', '.h').items() if p.startswith('src/'))
    return differences(gate.read(DEF), gate.read(PAGE), code)


def prove():
    text = 'MESSAGE(A_B, TOTEM, NOTICE, "It\\n" "means", "")\nMESSAGE(C, CPG, ERROR, "Bad.", "Do it.")\n'
    page, errors = generated(text)
    gate.expect(errors, 0, 'a good catalogue')
    gate.expect(differences(text, page, 'log(MSG_A_B); log(MSG_C);'), 0, 'a page in step')
    gate.expect(differences(text, page + 'x', 'MSG_A_B MSG_C'), 1, 'a page out of step')
    gate.expect(differences(text, page, 'MSG_A_B'), 1, 'a message that nobody logs')
    gate.expect(generated(text + text)[1], 2, 'two ids given twice')
    gate.expect(generated('MESSAGE(A, CPG, ERROR, "Bad.", "")\n')[1], 1, 'an error without advice')
    gate.expect(generated('MESSAGE(A, CPG, LOUD, "Bad.", "x")\n')[1], 1, 'a level that is none')


if __name__ == '__main__':
    gate.run(check, prove)
