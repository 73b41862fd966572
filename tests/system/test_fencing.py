#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Fence agents that take their time, in real daemons: what is under way is shown to people, and what a person vouches
for is ended, wherever it runs.
"""
import time

from managed import HALE, SWITCH, ClusterTest, dummy, main, wait_until

SLOW_S = 6
AGENT = f'''#!/bin/sh
words=$(cat)
case "$words" in *action=off*|*action=reboot*) sleep {SLOW_S} ;; esac
printf '%s\\n' "$words" | /usr/sbin/fence_lab
'''


class SlowFencing(ClusterTest):
    def start_one(self):
        self.form(3)
        for host in self.lab.hosts():
            self.lab.run(host, ['sh', '-c', 'printf %s "$0" >/usr/sbin/fence_slow && chmod 755 /usr/sbin/fence_slow && '
                                'for name in crm_mon stonith_admin; do ln -sf "$1" /usr/sbin/$name; done', AGENT, HALE])
        self.defaults(**{'resource-stickiness': 100})
        self.cluster.create('a', 'resources', SWITCH.replace('fence_lab', 'fence_slow'))
        self.cluster.create('a', 'resources', dummy('d'))
        host, _ = self.wait_running('d', self.lab.hosts())
        self.cluster.settle('a')
        return host

    def agents(self):
        """Hosts in which a fence agent turns something off, or is about to."""
        look = ['pgrep', '-f', f'fence_slow|sleep {SLOW_S}']
        return [host for host in self.cluster.running() if self.said(host, look)]

    def said(self, host, words):
        return self.lab.run(host, words, check=False).stdout

    def told(self, host, target):
        """What people see of fencings, by three commands."""
        return [self.said(host, ['/usr/sbin/crm_mon', '-1']), self.said(host, [HALE, 'status']),
                self.said(host, ['/usr/sbin/stonith_admin', '--history', target, '--verbose'])]

    def kill_and_wait(self, host):
        """It dies, and somebody begins to fence it."""
        self.lab.kill(host)
        wait_until(lambda: self.agents() != [], 15, 'its fencing begins')
        return self.others(host)

    def return_all(self, host):
        """As somebody would who has vouched for it: it comes back while the agent would still be running."""
        self.return_host(host)
        self.cluster.wait_hale(self.lab.hosts())

    def test_what_is_under_way_is_shown_and_can_be_ended(self):
        host = self.start_one()
        self.check_shown(host)
        self.return_all(host)
        self.cluster.settle('a')
        for vouch in (['/usr/sbin/stonith_admin', '--confirm'], [HALE, 'stonith', 'confirm', '--yes']):
            with self.subTest(vouch=vouch[0]):
                self.check_ended(vouch)
        with self.subTest('a manager that was killed in between'):
            self.check_ended([HALE, 'stonith', 'confirm', '--yes'], kill=True)

    def check_shown(self, host):
        others = self.kill_and_wait(host)
        for other in others:
            self.check_told(other, host, (
                f'Pending Fencing Actions:\n  \\* reboot of {host} .*pending',
                f'Being Fenced:\n  \\* reboot of {host}, since ',
                f'reboot of {host} pending: client=the cluster, origin=[abc]\n'))
        self.assertEqual([], self.running_on('d'), 'not before it is on record')
        self.wait_running('d', others)
        for other in others:
            for text in self.check_told(other, host, (
                    'Online', 'Online', f'reboot of {host} successful: delegate=[abc], client=the cluster, ')):
                self.assertNotRegex(text, r'(?i)pending|being fenced')
        self.assertEqual([host], self.fenced())
        self.assertIn('all nodes: 1 entry', self.said(others[0], [HALE, 'stonith', 'history', 'update']))
        self.lab.run(others[0], [HALE, 'stonith', 'history', 'cleanup', host])
        for other in others:
            wait_until(lambda other=other: self.said(other, [HALE, 'stonith', 'history']) == '', 5, 'it is forgotten')

    def check_told(self, host, target, patterns):
        texts = self.told(host, target)
        for text, pattern in zip(texts, patterns, strict=True):
            self.assertRegex(text, pattern)
        return texts

    def check_ended(self, vouch, kill=False):
        host, _ = self.wait_running('d', self.lab.hosts())
        fenced, others = self.fenced(), self.kill_and_wait(host)
        if kill:
            runs = self.agents()[0]
            self.wait_new_pid(runs, 'manager', self.kill_daemon(runs, 'manager'))
            self.cluster.wait_hale(others)
        began_s = time.monotonic()
        self.lab.run(others[0], [*vouch, host])
        took_s = wait_until(lambda: self.agents() == [], 5, 'the fence agents are ended', self.agents)
        print(f'{vouch[0]}: ended after {took_s:.2f} s')
        self.wait_running('d', others)
        self.return_all(host)
        time.sleep(max(0.0, began_s + SLOW_S + 1 - time.monotonic()))
        self.assertEqual(fenced, self.fenced(), 'nothing of what was begun fences it when it is back')
        self.assertIn(host, self.cluster.running())
        self.cluster.settle(others[0])


if __name__ == '__main__':
    main()
