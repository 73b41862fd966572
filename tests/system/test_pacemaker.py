#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's Pacemaker, unmodified, on our engine: three hosts form a cluster, a resource runs, each host in turn
is killed and comes back, and Pacemaker's logs have no complaint about the engine.

    test_pacemaker.py               on our engine
    REFERENCE=1 test_pacemaker.py   on Corosync: what Pacemaker complains about there is no fault of ours
"""
import os
import re

from common import Lab, Ring, SystemTest, main, wait_until

KIND = 'corosync' if os.environ.get('REFERENCE') else 'hale'
MANAGER_LOGS = '/var/log/pacemaker/pacemaker.log /var/log/manager.log'

# Lines at warning and above that speak of the engine or of what it gives.
COMPLAINT = re.compile(
    r'(error|crit|emerg|alert|warning)(:|\)).*(corosync|cpg|quorum|cmap|\bcfg\b|cluster layer|membership|votequorum)'
    r'|Lost connection to (the )?(cluster|corosync|cpg)|CS_ERR|LIBRARY'
    r'|Could not connect to (the )?(Cluster|CPG|CMAP|Quorum)'
    r'|Node name .* unknown|Unable to (join|get) .*(cpg|node id|nodeid)', re.IGNORECASE)
# What is said of a host's loss, and not of the engine that told of it.
NO_COMPLAINT = re.compile(
    r'Cluster node \w+ (will be|is) fenced|quorum policy|no-quorum-policy'
    r'|Fencing and resource management disabled due to lack of quorum'
    r'|is unclean|stonith|Requesting fencing', re.IGNORECASE)


def complaints(text):
    return [line for line in text.splitlines() if COMPLAINT.search(line) and not NO_COMPLAINT.search(line)]


class Judge(SystemTest):
    def test_complaints_are_seen(self):
        bad = ['Nov 22 a pacemaker-controld [12] (crm_log) error: Lost connection to cluster layer',
               'Nov 22 a pacemaker-based [12] (cpg_dispatch) error: '
               'Connection to the CPG API failed: Library error (2)',
               'Nov 22 a pacemakerd [3] (x) warning: Could not connect to Corosync CMAP: CS_ERR_TRY_AGAIN',
               'Nov 22 a pacemakerd [3] (x) crit: Quorum lost: cluster connection closed']
        good = ['Nov 22 a pacemakerd [3] (x) notice: Quorum acquired | membership=8 members=3',
                'Nov 22 a pacemaker-controld [3] (x) info: Connected to CPG',
                'Nov 22 a pacemaker-schedulerd [3] (x) warning: Support for stonith is off']
        self.assertEqual(bad, complaints('\n'.join(bad + good)))


class Pacemaker(SystemTest):
    def setUp(self):
        lab = Lab(hosts=3)
        self.lab = lab.__enter__()
        self.addCleanup(lab.__exit__, None, None, None)
        self.ring = Ring(self.lab, kinds={host: KIND for host in 'abc'}, crypto=True)

    def test_three_hosts(self):
        self.ring.form()
        self.ring.start_pacemaker()
        self.ring.wait_online(3, timeout_s=90)
        self.set_up_resource()
        for host in 'abc':
            with self.subTest(f'{host} is killed and comes back'):
                self.kill_and_return(host)
        found = [f'{host}: {line}' for host in 'abc' for line in complaints(self.manager_log(host))]
        self.assertFalse(found, 'Pacemaker complains:\n' + '\n'.join(found[:30]))

    def set_up_resource(self):
        for name, value in (('stonith-enabled', 'false'), ('no-quorum-policy', 'stop')):
            self.ring.tell('a', 'crm_attribute', '--type', 'crm_config', '--name', name, '--update', value)
        self.ring.tell('a', 'cibadmin', '--create', '-o', 'resources', '--xml-text',
                       '<primitive id="thing" class="ocf" provider="pacemaker" type="Dummy"><operations>'
                       '<op id="thing-monitor" name="monitor" interval="5s" timeout="20s"/></operations></primitive>')
        self.wait_started('a', 'abc')

    def wait_started(self, viewer, allowed):
        """The resource runs on exactly one of `allowed`; returns where."""
        took = wait_until(lambda: self.where(viewer) and self.where(viewer) in list(allowed), 60,
                          f'the resource runs on one of {allowed}',
                          lambda: self.ring.tell(viewer, 'crm_mon', '-1', check=False))
        print(f'thing runs on {self.where(viewer)} after {took:.1f} s')
        return self.where(viewer)

    def where(self, viewer):
        names = self.ring.started(viewer, 'thing')
        return names[0] if len(names) == 1 else None

    def kill_and_return(self, victim):
        """The resource is moved to the victim first, so that its death matters."""
        others = [host for host in 'abc' if host != victim]
        if self.where(others[0]) != victim:
            self.ring.tell(others[0], 'crm_resource', '--move', '-r', 'thing', '--node', victim)
            self.wait_started(others[0], victim)
            self.ring.tell(others[0], 'crm_resource', '--clear', '-r', 'thing')
        self.lab.kill(victim)
        self.ring.wait_members(2, others, timeout_s=20)
        self.ring.wait_online(2, others)
        self.wait_started(others[0], others)
        self.lab.boot(victim)
        self.ring.start(victim)
        self.ring.wait_members(3)
        self.ring.start_pacemaker(victim)
        self.ring.wait_online(3, timeout_s=90)
        self.assertIn(self.wait_started(victim, 'abc'), 'abc')
        self.assert_alive(self.ring, *'abc')

    def manager_log(self, host):
        return self.ring.tell(host, 'sh', '-c', f'cat {MANAGER_LOGS}', check=False)


if __name__ == '__main__':
    main('pacemakerd', 'crm_mon', 'crm_resource', 'cibadmin')
