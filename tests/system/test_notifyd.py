#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's corosync-notifyd watches keys and statistics: it must tell the same story of both engines."""
import re

from common import Lab, Ring, SystemTest, main, wait_until

LOG = '/var/log/notifyd.log'


class Notifyd(SystemTest):
    def story(self, ring):
        """What it said, without its debugging lines and those of the tools with which we look."""
        text = ring.tell('a', 'cat', LOG)
        return '\n'.join(line for line in text.splitlines() if '[notice]' in line and 'corosync-quorum' not in line)

    def heard(self, ring, pattern, times=1):
        wait_until(lambda: len(re.findall(pattern, self.story(ring))) == times, 15, f'{times} times "{pattern}"',
                   lambda: self.story(ring))

    def play(self, kind):
        with Lab(hosts=3, links=2) as lab:
            ring = Ring(lab, dict.fromkeys('abc', kind), totem=['token: 1000'])
            ring.form()
            lab.start('a', LOG, ['stdbuf', '-oL', 'corosync-notifyd', '-f', '-o', '-n'])
            self.heard(ring, r'is now quorate')
            ring.tell('a', 'corosync-cpgtool')
            self.heard(ring, r'corosync-cpgtoo\S* is now connected', 2)  # to cpg and to cfg
            self.heard(ring, r'corosync-cpgtoo\S* is now disconnected', 2)
            lab.isolate('c', link=1)
            self.heard(ring, r'link 1 to node 3 is now disconnected')
            lab.heal()
            self.heard(ring, r'link 1 to node 3 is now operational')
            self.assertNotIn('link 0', self.story(ring))
            self.assertNotIn('node 2', self.story(ring))
            lab.kill('c')
            self.heard(ring, r'\[3\] ip:\S+ left')
            self.heard(ring, r'link 0 to node 3 is now disconnected')
            lab.boot('c')
            ring.start('c')
            self.heard(ring, r'\[3\] ip:\S+ joined')
            self.heard(ring, r'link 0 to node 3 is now operational')
            ring.wait_members(3)
            lab.isolate('a')
            self.heard(ring, r'has lost quorum')
            lab.heal()
            self.heard(ring, r'is now quorate', 2)

    def test_of_ours(self):
        self.play('hale')

    def test_of_corosync(self):
        """What the test expects is what the original does."""
        self.play('corosync')


if __name__ == '__main__':
    main('corosync-notifyd', 'stdbuf')
