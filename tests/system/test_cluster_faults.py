#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What goes wrong around a cluster: hosts that freeze, links that are cut, disks that are full, fence devices and
agents that hang, fail and lie. Nothing runs twice, what was answered "done" stays, and the cluster finds itself again.
"""
import threading
import time

from managed import HALE, SWITCH, ClusterTest, LabError, dummy, main, wait_until


def switch(**parameters):
    pairs = ''.join(f'<nvpair id="switch-{name}" name="{name}" value="{value}"/>'
                    for name, value in parameters.items())
    attributes = f'<instance_attributes id="switch-ia">{pairs}</instance_attributes>' if pairs else ''
    return SWITCH.replace('/>', f'>{attributes}</primitive>')


class Writer(threading.Thread):
    """Somebody who goes on changing the configuration through whichever host answers."""

    def __init__(self, test):
        super().__init__(daemon=True)
        self.test, self.done, self.number = test, [], 0
        self.ends = threading.Event()

    def run(self):
        while not self.ends.wait(0.05):
            self.number += 1
            hosts = self.test.lab.hosts()
            try:
                self.test.cluster.set_property(hosts[self.number % len(hosts)], **{f'x{self.number}': self.number})
                self.done.append(f'x{self.number}')
            except LabError:  # not answered, or refused: nothing was promised
                continue

    def stop(self):
        self.ends.set()
        self.join()
        return self.done


class Faults(ClusterTest):
    def start_one(self, count, **parameters):
        """`parameters` are of the switch's device."""
        self.form(count)
        self.defaults(**{'resource-stickiness': 100})
        for text in (switch(**parameters), dummy('d')):
            self.cluster.create('a', 'resources', text)
        host, _ = self.wait_running('d', self.lab.hosts())
        self.cluster.settle('a')
        return host

    def converge(self):
        """All hosts are up and members, agree, and d runs once."""
        for host, entry in self.lab.status()['hosts'].items():
            if entry['state'] == 'down':
                self.return_host(host)
        self.cluster.wait_hale(self.lab.hosts())
        self.cluster.settle('a')
        self.wait_running('d', self.lab.hosts())
        self.same_everywhere()

    def test_a_host_that_freezes_for_a_moment(self):
        host = self.start_one(3)
        before = self.incarnation(host, 'd')
        self.lab.pause(host)
        time.sleep(0.3)
        self.lab.resume(host)
        self.converge()
        self.assertEqual(([host], before, []), (self.running_on('d'), self.incarnation(host, 'd'), self.fenced()))

    def test_a_host_that_freezes_is_fenced(self):
        host = self.start_one(3)
        self.lab.pause(host)
        self.wait_running('d', self.others(host))
        self.assertEqual([host], self.fenced())
        self.converge()

    def test_a_frozen_host_that_cannot_be_fenced_wakes(self):
        host = self.start_one(3)
        other = self.others(host)[0]
        self.fence.fault('fail')
        self.lab.pause(host)
        wait_until(lambda: host in self.fenced(), 15, 'fencing is tried')
        time.sleep(3)
        self.assertEqual([host], self.running_on('d'), 'not without fencing')
        self.lab.resume(host)
        self.fence.heal()
        wait_until(lambda: self.lab.status()['hosts'][host]['state'] == 'down'
                   or len(self.cluster.status(other).get('members', [])) == 3, 20, 'it is fenced, or returns')
        self.converge()

    def test_a_host_without_network(self):
        host = self.start_one(3)
        self.lab.isolate(host)
        self.wait_running('d', self.others(host))
        self.assertEqual([host], self.fenced())
        self.lab.heal()
        self.converge()

    def test_a_link_that_is_cut_one_way(self):
        """One of three is no longer heard by another one, and hears it: they must not go on disagreeing."""
        self.start_one(3)
        for deaf, mute in (('a', 'b'), ('c', 'a')):
            self.lab.cut(mute, deaf, one_way=True)
            time.sleep(3)
            self.lab.heal()
            self.converge()

    def test_the_leader_dies_in_each_state_of_a_transition(self):
        """While somebody changes the configuration, the leader is killed, later and later after a move began: probes,
        stop, start, monitor. What was answered is there, and d runs once all the time."""
        self.start_one(3)
        writer = Writer(self)
        writer.start()
        self.addCleanup(writer.ends.set)
        for number, delay_s in enumerate((0.02, 0.15, 0.3, 0.5)):
            where = self.running_on('d')[0]
            leader = self.cluster.leader(where)
            alive = self.others(leader)[0]
            self.cluster.create(alive, 'resources', dummy(f'new{number}'))
            self.cluster.create(alive, 'constraints', f'<rsc_location id="move{number}" rsc="d" node="'
                                                      f'{self.others(where)[number % 2]}" score="{number + 1}000"/>')
            time.sleep(delay_s)
            if number % 2:
                self.kill_daemon(leader, 'manager')
            else:
                self.lab.kill(leader)
            self.wait_running('d', self.lab.hosts(), 30)
            self.wait_running(f'new{number}', self.lab.hosts(), 30)
            self.converge()
        done = writer.stop()
        self.converge()
        self.assertGreater(len(done), 10)
        for host in self.lab.hosts():
            names = {pair.get('name') for pair in self.cluster.cib(host).iter('nvpair')}
            self.assertEqual([], [name for name in done if name not in names], f'what {host} has lost')
        print(f'{len(done)} changes were answered, and none of them is lost')

    def test_two_hosts_and_no_word_on_who_shall_win(self):
        """The one that runs something does."""
        host = self.start_one(2)
        before = self.incarnation(host, 'd')
        self.lab.cut('a', 'b')
        wait_until(lambda: len(self.cluster.running()) == 1, 20, 'one fences the other')
        time.sleep(1)
        self.assertEqual(([host], [host], before),
                         (self.cluster.running(), self.running_on('d'), self.incarnation(host, 'd')))
        self.lab.heal()
        self.converge()

    def test_two_hosts_that_do_not_see_each_other(self):
        """Each has the other fenced; who waits before b is fenced lets b win."""
        self.start_one(2, pcmk_delay_base='a:0s;b:3s')
        self.lab.cut('a', 'b')
        wait_until(lambda: len(self.cluster.running()) == 1, 20, 'one fences the other')
        self.assertEqual(['b'], self.cluster.running())
        self.wait_running('d', 'b')
        self.lab.heal()
        self.converge()
        self.assertEqual(2, len(self.cluster.running()))

    def test_one_of_two_links_is_cut(self):
        host = self.start_with_two_links()
        before = self.incarnation(host, 'd')
        for link in (0, 1):
            self.lab.cut('a', 'b', link=link)
            time.sleep(3)
            self.lab.heal()
            time.sleep(2)
        self.converge()
        self.assertEqual(([host], before, []), (self.running_on('d'), self.incarnation(host, 'd'), self.fenced()))

    def test_a_switch_that_fails_hangs_and_heals(self):
        for kind in ('fail', 'hang'):
            with self.subTest(kind):
                host = self.start_one(3, pcmk_reboot_timeout='5s')
                self.fence.fault(kind, host)
                self.lab.kill(host)
                time.sleep(5)
                self.assertEqual([], self.running_on('d'), 'not without fencing')
                self.fence.heal()
                self.wait_running('d', self.others(host), 30)
                self.converge()

    def test_a_person_vouches_for_a_host(self):
        host = self.start_one(3)
        other = self.others(host)[0]
        self.fence.fault('fail')
        self.lab.kill(host)
        wait_until(lambda: host in self.fenced(), 15, 'fencing is tried')
        status, answer = self.cluster.api(other, 'POST', '/v1/fences', f'{{"node": "{host}", "confirm": true}}')
        self.assertEqual(200, status, answer)
        self.wait_running('d', self.others(host))
        # an attempt that was under way when the word came goes on, and would fence the host as it returns
        time.sleep(2)
        self.fence.heal()
        self.converge()

    def test_an_agent_that_hangs(self):
        self.form(2)
        self.cluster.create('a', 'resources', SWITCH)
        self.cluster.create('a', 'resources', dummy('d'))
        self.wait_running('d', 'ab')
        slow = dummy('slow', op_sleep=60).replace('<operations>', '<operations><op id="slow-start" name="start" '
                                                  'interval="0s" timeout="2s"/>'
                                                  '<op id="slow-stop" name="stop" interval="0s" timeout="2s"/>'
                                                  '<op id="slow-probe" name="monitor" interval="0s" timeout="2s"/>')
        self.cluster.create('a', 'resources', slow)
        before = self.incarnation(self.running_on('d')[0], 'd')
        self.cluster.create('a', 'resources', dummy('quick'))
        _, took_s = self.wait_running('quick', 'ab', 5)
        print(f'{took_s:.2f} s to start something beside an agent that hangs')
        self.assertEqual(before, self.incarnation(self.running_on('d')[0], 'd'))

    def test_a_full_disk_loses_nothing(self):
        self.start_one(3)
        self.lab.run('b', ['mkdir', '-p', '/var/lib/hale'])
        self.lab.fulldisk('b', '/var/lib/hale')
        done = []
        for number in range(3):
            try:
                self.cluster.create('a', 'resources', dummy(f'more{number}'))
                done.append(f'more{number}')
            except LabError as error:
                print(f'refused, in these words: {error}')
                self.assertRegex(str(error), r'(?i)disk|space')
        for name in done:
            self.wait_running(name, self.lab.hosts())
        self.check_the_disk_is_told_of('b')
        self.lab.fulldisk('b', '/var/lib/hale', undo=True)
        wait_until(lambda: "is on this node's disk again" in self.log_of('b'), 10, 'it is tried again')
        self.cluster.create('a', 'resources', dummy('last'))
        self.wait_running('last', self.lab.hosts())
        self.converge()
        for host in self.lab.hosts():
            ids = {entry.get('id') for entry in self.cluster.cib(host).iter('primitive')}
            self.assertLessEqual({*done, 'last', 'd'}, ids, host)

    def check_the_disk_is_told_of(self, host):
        """Old versions make way as long as that helps; what has no room then is told to people on every node, and in
        that node's log: once, though it is tried again and again."""
        self.cluster.create('a', 'resources', dummy('large').replace(' ', f' description="{"x" * 100000}" ', 1))
        text = f'{host}: its disk has not taken the configuration'
        wait_until(lambda: all(text in self.lab.run(other, [HALE, 'status']).stdout for other in self.lab.hosts()), 10,
                   'hale status tells of the disk', lambda: self.lab.run(host, [HALE, 'status']).stdout)
        time.sleep(5)
        self.assertEqual(1, self.log_of(host).count('could not be stored on this node'), self.log_of(host))

    def log_of(self, host):
        return self.lab.run(host, ['cat', '/var/log/hale/manager.log']).stdout

    def test_everything_loses_power_and_nothing_is_forgotten(self):
        self.start_one(3)
        for host in 'abc':
            self.lab.kill(host)
        for host in 'abc':
            self.return_host(host)
        self.cluster.wait_hale()
        self.wait_running('d', 'abc')
        self.converge()

    def start_with_two_links(self):
        self.form(2, links=2)
        for text in (SWITCH, dummy('d')):
            self.cluster.create('a', 'resources', text)
        host, _ = self.wait_running('d', 'ab')
        self.cluster.settle('a')
        return host


if __name__ == '__main__':
    main()
