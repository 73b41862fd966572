#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""That the judge of the system tests can say "guilty": common.disagreements() over traces that are right and wrong."""
import unittest

from common import Trace, disagreements, group_size

GOOD = '''E 0 00
S 1.8 1:5
E 2 aa
S 1.8 1:5,2:6
C 64 bb
E 70 cc
S 1.c 1:5,2:6
E 9 dd
T 40 40 81
'''


def judge(**texts):
    return disagreements({name: Trace(text) for name, text in texts.items()})


class Judge(unittest.TestCase):
    def test_the_same_is_right(self):
        self.assertEqual([], judge(a1=GOOD, b1=GOOD.replace('E 0 00\nS 1.8 1:5\nE 2 aa\n', 'E 0 00\n')))

    def test_dead_in_the_middle_is_right(self):
        self.assertEqual([], judge(a1=GOOD, b1='E 0 00\nS 1.8 1:5,2:6\nC 64 bb\n'))

    def test_other_ways_are_right(self):
        """Who goes to another ring may have seen less."""
        self.assertEqual([], judge(a1=GOOD, b1='E 0 00\nS 1.8 1:5,2:6\nC 64 bb\nE 66 ee\nS 2.c 2:6\nE 1 ff\nT 3 3 3\n'))

    def test_wrong(self):
        for old, new in [('C 64 bb', 'C 64 b0'), ('E 70 cc', 'E 70 c0'), ('E 70 cc', 'E 71 cc'), ('E 9 dd', 'E 9 d0'),
                         ('T 40 40', 'T 40 39'), ('T 40', 'BAD order: node 1\nT 40')]:
            with self.subTest(new):
                self.assertTrue(judge(a1=GOOD, b1=GOOD.replace(old, new)))

    def test_group_size(self):
        self.assertEqual(2, group_size(GOOD))
        self.assertEqual(0, group_size('S 1.8 \n'))


if __name__ == '__main__':
    unittest.main()
