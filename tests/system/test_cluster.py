#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Whole clusters of two and three hosts: they form, run things, and lose services, daemons and hosts."""
import time

from managed import HALE, SWITCH, ClusterTest, dummy, main, prefer, wait_until


class Forming(ClusterTest):
    def check_forming(self, count):
        print(f'{count} hosts agree after {self.form(count, crypto=True):.2f} s')
        self.assertEqual(1, len({self.cluster.leader(host) for host in self.lab.hosts()}))
        self.cluster.settle('a')
        self.same_everywhere()

    def test_two_hosts(self):
        self.check_forming(2)

    def test_three_hosts(self):
        self.check_forming(3)

    def test_the_second_of_two_comes_later(self):
        self.form(2)
        self.defaults(**{'resource-stickiness': 100})
        self.cluster.create('a', 'resources', SWITCH)
        self.cluster.create('a', 'resources', dummy('d'))
        host, _ = self.wait_running('d', 'ab')
        self.cluster.stop_hale(*self.others(host))
        self.cluster.settle(host)
        before = self.incarnation(host, 'd')
        self.return_host(self.others(host)[0])
        self.cluster.wait_hale()
        self.cluster.settle(host)
        self.same_everywhere()
        self.assertEqual(before, self.incarnation(host, 'd'))
        self.assertEqual([], self.fenced())


class Life(ClusterTest):
    def start_one(self, count, *more):
        """A cluster with a switch and d; returns where d runs."""
        self.form(count)
        self.cluster.create('a', 'resources', SWITCH)
        for text in more:
            self.cluster.create('a', 'constraints', text)
        self.cluster.create('a', 'resources', dummy('d'))
        host, took_s = self.wait_running('d', self.lab.hosts())
        print(f'created and started after {took_s:.2f} s')
        self.cluster.settle('a')
        return host

    def test_a_service_that_fails_is_started_again(self):
        host = self.start_one(2)
        self.lab.run(host, ['rm', '/run/Dummy-d.state'])
        _, took_s = self.wait_running('d', [host])
        print(f'failed and recovered after {took_s:.2f} s')
        self.cluster.settle(host)
        self.assertEqual({host: '1'}, self.fail_count(host, 'd'))
        status, answer = self.cluster.api(host, 'POST', '/v1/forget', '{"what": "failures", "resource": "d"}')
        self.assertEqual(200, status, answer)
        self.assertEqual({}, self.fail_count(host, 'd'))
        self.cluster.settle(host)
        self.assertEqual([], self.fenced())

    def test_a_service_that_keeps_failing_goes_elsewhere(self):
        self.form(2)
        for text in (SWITCH, dummy('d')):
            self.cluster.create('a', 'resources', text)
        self.defaults(**{'migration-threshold': 2})
        host, _ = self.wait_running('d', 'ab')
        self.cluster.settle('a')
        self.lab.run(host, ['rm', '/run/Dummy-d.state'])
        self.wait_running('d', [host])
        self.cluster.settle('a')
        self.lab.run(host, ['rm', '/run/Dummy-d.state'])
        self.wait_running('d', self.others(host))

    def check_death(self, count):
        host = self.start_one(count)
        others = self.others(host)
        self.lab.kill(host)
        _, took_s = self.wait_running('d', others)
        print(f'{count} hosts: {took_s:.2f} s after the death of {host} it runs elsewhere')
        self.assertEqual([host], self.fenced())
        self.cluster.settle(others[0])
        self.return_host(host)
        self.cluster.wait_hale(members=self.lab.hosts())
        self.cluster.settle(others[0])
        self.same_everywhere()
        self.assertEqual([host], self.fenced())

    def test_one_of_two_hosts_dies(self):
        self.check_death(2)

    def test_one_of_three_hosts_dies(self):
        self.check_death(3)

    def check_death_of_the_leader(self, delay_s):
        self.form(3)
        self.cluster.create('a', 'resources', SWITCH)
        leader = self.cluster.leader('a')
        other = self.others(leader)[0]
        slow = ''.join(dummy(f'd{number}', op_sleep=1) for number in range(3))
        self.cluster.create(other, 'resources', f'<group id="g">{slow}</group>')
        time.sleep(delay_s)
        self.lab.kill(leader)
        for number in range(3):
            self.wait_running(f'd{number}', self.others(leader))
        self.assertEqual([leader], self.fenced())
        self.cluster.settle(other)
        self.same_everywhere()

    def test_the_leader_dies_while_it_probes(self):
        self.check_death_of_the_leader(0.3)

    def test_the_leader_dies_while_it_starts(self):
        self.check_death_of_the_leader(2.5)

    def test_a_planned_move(self):
        host = self.start_one(2)
        other = self.others(host)[0]
        self.cluster.create('a', 'constraints', prefer('d', other))
        _, took_s = self.wait_running('d', [other])
        print(f'moved after {took_s:.2f} s')

    def test_a_node_that_stops_hands_over_first(self):
        host = self.start_one(3)
        took_s = self.cluster.stop_hale(host)
        self.assertEqual([], [name for name in self.running_on('d') if name == host])
        self.wait_running('d', self.others(host))
        print(f'stopped after {took_s:.2f} s')
        self.assertEqual([], self.fenced())
        self.return_host(host)
        self.cluster.wait_hale()
        self.same_everywhere()


    def test_what_keeps_a_service_where_it_is(self):
        """Standby moves it; in maintenance nobody touches it; with a lock it waits for its host."""
        host = self.start_one(2)
        self.defaults(**{'resource-stickiness': 100})
        self.lab.run(host, [HALE, 'node', 'standby', host])
        host, _ = self.wait_running('d', self.others(host))
        self.lab.run(host, [HALE, 'node', 'unstandby', '--all'])
        self.cluster.set_property(host, maintenance_mode='true')
        self.cluster.settle(host)
        self.lab.run(host, ['rm', '/run/Dummy-d.state'])
        time.sleep(2)
        self.assertEqual([], self.running_on('d'))
        self.cluster.set_property(host, maintenance_mode='false', shutdown_lock='true')
        host, _ = self.wait_running('d', 'ab')
        self.cluster.settle(host)
        other = self.others(host)[0]
        self.cluster.stop_hale(host)
        self.cluster.settle(other)
        self.assertEqual([], self.running_on('d'), 'its host will be back')
        self.return_host(host)
        self.wait_running('d', [host])
        self.assertEqual([], self.fenced())


class Daemons(ClusterTest):
    """kill -9: nothing that runs notices."""

    def test_each_daemon_of_each_host(self):
        self.form(2)
        for text in (SWITCH, dummy('d')):
            self.cluster.create('a', 'resources', text)
        where, _ = self.wait_running('d', 'ab')
        self.cluster.settle('a')
        before = self.incarnation(where, 'd')
        for host in 'ab':
            for which in ('manager', 'executor', 'engine', 'haled'):
                with self.subTest(host=host, daemon=which, d=where):
                    self.kill_and_wait(host, which)
                    self.assertEqual(([where], before), (self.running_on('d'), self.incarnation(where, 'd')))
                    self.assertEqual([], self.fenced())
        self.lab.run(where, ['rm', '/run/Dummy-d.state'])  # it is still looked after
        self.wait_running('d', [where])

    def kill_and_wait(self, host, which):
        old = self.kill_daemon(host, which)
        if which == 'haled':
            wait_until(lambda: not self.cluster.haleds[host].alive(), 5, 'haled is gone')
            self.return_host(host)
        took_s = self.wait_new_pid(host, which, old)
        time.sleep(0.3)
        self.cluster.wait_hale()
        self.cluster.settle(host)
        print(f'{which} of {host} is back after {took_s:.2f} s')
        self.same_everywhere()


if __name__ == '__main__':
    main()
