#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines that speak to a ring and should not: each is named in the log once, with what is wrong. The ring goes on."""
import time

from common import CONF, KEY, Lab, Ring, SystemTest, main, wait_until


class Known(Ring):
    """`unlisted`: hosts that are in nodelist on themselves only; `secret`: hosts with a key of their own."""
    unlisted, secret = '', ''

    def write(self):
        self.configure()
        for host in self.lab.hosts():
            for name in self.unlisted:
                if name != host:
                    self.edit(host, r'/node {/{:a;N;/}/!ba;/name: %s\n/d}' % name)
            if host in self.secret:
                self.lab.run(host, ['sh', '-c', f'rm {KEY}; head -c 256 /dev/urandom >{KEY}'])

    def edit(self, host, script):
        self.lab.run(host, ['sed', '-i', script, CONF])


class Strangers(SystemTest):
    def ring(self, crypto=False, kinds=None, **options):
        lab = Lab(hosts=3)
        lab.__enter__()
        self.addCleanup(lab.__exit__, None, None, None)
        return Known(lab, kinds or {}, totem=['token: 1000'], crypto=crypto, two_node=False, **options)

    def told(self, ring, host, words):
        """The lines of the log of a host that have these words; waits for the first."""
        def lines():
            return [line for line in ring.log(host).splitlines() if words in line]
        wait_until(lines, 40, f'{host} says "{words}"', lambda: ring.log(host)[-3000:])
        return lines()

    def assert_once(self, ring, host, words, wait_s=35):
        """A look later there is still one line only."""
        self.told(ring, host, words)
        time.sleep(wait_s)
        lines = self.told(ring, host, words)
        self.assertEqual(1, len(lines), '\n'.join(lines))
        self.assertIn('warning [KNET]', lines[0])
        return lines[0]

    def test_a_node_that_is_not_listed(self):
        """c lists all, a and b do not list c, whichever engine c runs, also where packets are encrypted."""
        for crypto in (False, True):
            ring = self.ring(crypto, {'c': 'corosync'})
            ring.unlisted = 'c'
            ring.write()
            ring.start()
            ring.wait_members(2, ['a', 'b'])
            address = ring.lab.address('c')
            line = self.assert_once(ring, 'a', f'{address}, which is no address of nodelist, sends to our port 5405')
            self.assertEqual(not crypto, 'as node 3' in line, line)
            self.told(ring, 'b', address)
            self.assertEqual(([1, 2], True), ring.members('a'))

    def test_another_key(self):
        ring = self.ring(True)
        ring.secret = 'c'
        ring.write()
        ring.start()
        ring.wait_members(2, ['a', 'b'])
        self.assert_once(ring, 'a', f'{ring.lab.address("c")} (node 3, c) sends packets that our key does not open', 5)
        self.told(ring, 'c', f'{ring.lab.address("a")} (node 1, a) sends packets that our key does not open')
        self.assertNotIn('Unable to decrypt', ring.log('a'))

    def test_a_wrong_id(self):
        """c calls itself 9; a and b know it as 3."""
        ring = self.ring()
        ring.write()
        ring.edit('c', 's/nodeid: 3/nodeid: 9/')
        ring.start()
        ring.wait_members(2, ['a', 'b'])
        self.told(ring, 'a', f'{ring.lab.address("c")} (node 3, c) calls itself node 9')

    def test_one_id_on_two_machines(self):
        """c has a copy of b's place in nodelist, but an address of its own."""
        ring = self.ring()
        ring.unlisted = 'c'
        ring.write()
        ring.edit('c', f's/ring0_addr: {ring.lab.address("b")}/ring0_addr: {ring.lab.address("c")}/')
        ring.edit('c', r'/node {/{:a;N;/}/!ba;/name: c\n/d}')
        ring.start()
        ring.wait_members(2, ['a', 'b'])
        self.told(ring, 'a', f'{ring.lab.address("c")}, which is no address of nodelist, uses the id of a node of ours')

    def test_no_alarm_in_a_ring_that_is_well(self):
        ring = self.ring(kinds={'c': 'corosync'})
        ring.write()
        ring.start('a', 'b')
        ring.wait_members(2, ['a', 'b'])
        time.sleep(3)
        ring.start('c')
        ring.wait_members(3)
        time.sleep(33)
        for host in 'ab':
            self.assertNotRegex(ring.log(host), 'of nodelist|our key|calls itself|id of a node')


if __name__ == '__main__':
    main('sed')
