#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Mixed rings: our engine and Debian's Corosync in one cluster, 1+1, 2+2 and 3+2, with aes256/sha256 and without.

While every host multicasts, hosts of each kind are killed, leave in order, are partitioned away, and return. All must
see one total order, with virtual synchrony, and votequorum must say the same on all. Each kind is the
lowest node id once.
"""
import time

from common import VERIFY, Lab, Load, Ring, SystemTest, main

AGREE_S = 20


class Mixed(SystemTest):
    def ring(self, kinds, **options):
        """`kinds`: one letter a host, in the order of node ids: h is ours, c is Corosync."""
        lab = Lab(hosts=len(kinds))
        lab.__enter__()
        self.addCleanup(lab.__exit__, None, None, None)
        names = {'h': 'hale', 'c': 'corosync'}
        ring = Ring(lab, kinds={host: names[kind] for host, kind in zip(lab.hosts(), kinds)}, **options)
        print(f'{kinds}: formed in {ring.form():.1f} s')
        return ring, lab.hosts()

    def load(self, ring, hosts):
        load = Load(ring, rate=80)
        load.start(*hosts)
        load.wait_group(len(hosts))
        time.sleep(1)
        return load

    def settle(self, ring, load, hosts, count=None):
        """All of these are one ring and one group, and say so."""
        took = ring.wait_members(count or len(hosts), hosts=hosts, timeout_s=AGREE_S + 10)
        ring.wait_agreed(hosts, AGREE_S)
        load.wait_group(len(hosts)) if set(hosts) == set(load.running) else None
        time.sleep(0.7)
        return took

    def death(self, ring, load, hosts, victim):
        others = [host for host in hosts if host != victim]
        load.collect(victim)
        ring.lab.kill(victim)
        print(f'  {victim} ({ring.kinds[victim]}) killed: {self.settle(ring, load, others):.1f} s')
        ring.lab.boot(victim)
        load.collect(victim)
        self.back(ring, load, hosts, victim)

    def leave(self, ring, load, hosts, victim):
        others = [host for host in hosts if host != victim]
        ring.stop(victim)
        load.collect(victim)
        print(f'  {victim} ({ring.kinds[victim]}) left: {self.settle(ring, load, others):.1f} s')
        self.back(ring, load, hosts, victim)

    def back(self, ring, load, hosts, victim):
        ring.start(victim)
        took = ring.wait_members(len(hosts), timeout_s=30)
        load.start(victim)
        self.settle(ring, load, hosts)
        print(f'  {victim} is back: {took:.1f} s')

    def parting(self, ring, load, hosts, alone):
        others = [host for host in hosts if host not in alone]
        ring.partition(alone, others)
        print(f'  {"".join(alone)} cut off: {ring.wait_members(len(others), hosts=others, timeout_s=30):.1f} s')
        ring.wait_members(len(alone), hosts=alone, quorate=False, timeout_s=30)
        ring.wait_agreed(others, AGREE_S)
        time.sleep(0.5)
        ring.lab.heal()
        print(f'  healed: {self.settle(ring, load, hosts):.1f} s')

    def judge(self, ring, load, hosts, least):
        ends = [f'{host}{load.begun[host]}' for host in hosts]
        traces = load.finish()
        self.assert_ordered(traces, ends, least)
        self.assert_alive(ring, *hosts)
        print(f'  {sum(trace.delivered() for trace in traces.values())} deliveries in one order')

    def small(self, kinds, crypto):
        """Two hosts: with two_node the survivor of a death goes on; no partition, both sides would."""
        ring, hosts = self.ring(kinds, crypto=crypto)
        load = self.load(ring, hosts)
        self.death(ring, load, hosts, 'a')
        self.leave(ring, load, hosts, 'b')
        self.leave(ring, load, hosts, 'a')
        self.judge(ring, load, hosts, 50)

    def large(self, kinds, crypto, first, second, alone):
        """The first is killed, the second leaves, some are cut off."""
        ring, hosts = self.ring(kinds, crypto=crypto, totem=['token: 1000'])
        load = self.load(ring, hosts)
        self.death(ring, load, hosts, first)
        self.leave(ring, load, hosts, second)
        self.parting(ring, load, hosts, alone)
        self.judge(ring, load, hosts, 200)

    # What one kind suffers in a ring that is not encrypted, the other does in one that is.

    def test_1_and_1(self):
        self.small('hc', False)

    def test_1_and_1_encrypted(self):
        self.small('ch', True)

    def test_2_and_2(self):
        self.large('chhc', False, 'a', 'b', 'a')

    def test_2_and_2_encrypted(self):
        self.large('hcch', True, 'a', 'b', 'a')

    def test_3_and_2(self):
        self.large('hchch', False, 'a', 'b', 'ab')

    def test_3_and_2_encrypted(self):
        self.large('chhch', True, 'a', 'c', 'bd')


if __name__ == '__main__':
    main(VERIFY)
