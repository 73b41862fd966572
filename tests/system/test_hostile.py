#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients that keep no rule on one of two hosts of our engine (ipc-hostile.c): the good client beside them, the ring
and the other host must not notice. Without root or the programs: "SKIP reason".

    test_hostile.py [SECONDS]     for each service; 4 if not given
"""
import random
import sys
import unittest

from common import PROGRAMS, Lab, Ring, main

HOSTILE = f'{PROGRAMS}/ipc-hostile'
SERVICES = ['cpg', 'cfg', 'cmap', 'quorum', 'votequorum']
SECONDS = '4'


class Hostile(unittest.TestCase):
    def test_nobody_notices(self):
        seed = str(random.randrange(1 << 32))
        with Lab(hosts=2) as lab:
            cluster = Ring(lab)
            cluster.form()
            ring = self.ring(lab)
            for service in SERVICES:
                with self.subTest(service):
                    done = lab.run('a', [HOSTILE, service, SECONDS, seed], check=False, timeout=120)
                    print(done.stdout, end='', flush=True)
                    self.assertEqual(done.returncode, 0, f'seed {seed}: {done.stdout}{done.stderr}')
                    self.assertTrue(cluster.engines['a'].alive(), f'seed {seed}: the engine died')
            self.assertEqual(self.ring(lab), ring, f'seed {seed}: the ring broke')

    def ring(self, lab):
        """What both hosts say of the ring and its members, without times."""
        said = [lab.run(host, ['corosync-quorumtool', '-s']).stdout for host in 'ab']
        return [line for text in said for line in text.splitlines() if line.startswith(('Ring ID', 'Nodes', 'Quorate'))]


if __name__ == '__main__':
    if sys.argv[1:]:
        SECONDS = sys.argv.pop()
    main(HOSTILE)
