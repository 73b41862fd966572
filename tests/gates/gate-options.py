#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""docs/options.md is what the parser's table says.

Bug class: the manual that knows an option which the program refuses, or the other way round.
"""
import os
import subprocess

import gate

PAGE = 'docs/options.md'


def differences(page, fresh):
    return [] if page == fresh else [f'{PAGE}: not what src/conf/options.c says; run `make pages`']


def printed():
    program = os.path.join(gate.build_dir(), 'tools', 'print-options')
    return subprocess.run([program], check=True, stdout=subprocess.PIPE, text=True).stdout


def check():
    return differences(gate.read(PAGE), printed())


def prove():
    fresh = printed()
    gate.expect(differences(fresh, fresh), 0, 'a page in step')
    gate.expect(differences(fresh.replace('token', 'tokem', 1), fresh), 1, 'a page with another key')


if __name__ == '__main__':
    gate.run(check, prove)
