#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The manager's way to the engine (os/corosync-*): groups with messages of any size, quorum and the node list, on our
engine and on Corosync.
"""
import subprocess

from common import Lab, PROGRAMS, Ring, SystemTest, main

CHECK = f'{PROGRAMS}/group-check'


class Group(SystemTest):
    def check(self, kind, count, size):
        with Lab(hosts=3) as lab:
            ring = Ring(lab, kinds={host: kind for host in 'abc'}, crypto=True)
            ring.form()
            running = [subprocess.Popen(lab.view(host).command([CHECK, '3', str(count), str(size)]), text=True,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for host in 'abc']
            outputs = [process.communicate(timeout=90)[0].strip() for process in running]
        self.assertRegex(outputs[0], r'^ok [0-9a-f]{16} 3 nodes$')
        self.assertEqual(len(set(outputs)), 1, outputs)

    def test_small_messages(self):
        self.check('hale', 200, 100)

    def test_large_messages(self):
        self.check('hale', 4, 3 * 1024 * 1024)

    def test_on_corosync(self):
        self.check('corosync', 4, 1024 * 1024)


if __name__ == '__main__':
    main(CHECK)
