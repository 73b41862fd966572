#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The scheduler's memory changes no decision: our own cases, the public ones where they are beside the project, and
random clusters, each changed several times. MEMORY_CHECK: tests/scheduler/memory-check.c as a program.
"""
import glob
import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, 'tests', 'differential'))
from clusters import Cluster  # noqa: E402

PROGRAM = os.environ.get('MEMORY_CHECK', os.path.join(ROOT, 'build', 'tests', 'scheduler', 'memory-check'))
SEEDS = range(1, 101)


class Memory(unittest.TestCase):
    def check(self, files, changes):
        p = subprocess.run([PROGRAM, str(changes), *files], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                           timeout=300, check=False)
        self.assertEqual(p.returncode, 0, p.stdout[-5000:])
        self.assertNotIn(' 0 pieces taken', p.stdout)

    def test_own_cases(self):
        self.check(sorted(glob.glob(f'{ROOT}/tests/scheduler/cases/xml/*.xml')), 20)

    def test_public_cases(self):
        files = sorted(glob.glob(f'{ROOT}/../shared/conformance/scheduler/xml/*.xml'))
        if not files:
            self.skipTest('no ../shared/conformance/scheduler beside the project')
        self.check(files, 10)

    def test_random_clusters(self):
        with tempfile.TemporaryDirectory() as folder:
            files = [os.path.join(folder, f'{seed}.xml') for seed in SEEDS]
            for seed, path in zip(SEEDS, files):
                with open(path, 'w', encoding='utf-8') as f:
                    f.write(Cluster(seed).text())
            self.check(files, 20)


if __name__ == '__main__':
    unittest.main()
