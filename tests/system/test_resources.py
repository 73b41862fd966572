#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The section resources, and pload: the machine's numbers, the watchdog device, what follows from a failure, and the
test that ends all engines. Hale and Corosync side by side where both do it.

The watchdog device is a file: the machine is not to restart, and what is written can be read.
"""
import re
import time

from common import CLUSTER_LOG, HALE, Lab, Ring, SystemTest, main, wait_until

DOG = '/var/lib/dog'
START = 'i_totally_understand_pload_will_crash_my_cluster_and_kill_corosync_on_exit'


def section(**keys):
    """The text of a section resources; "memory_used" and "load_15min" are sections in it."""
    parts = ['resources {']
    for name in [name for name in keys if not isinstance(keys[name], dict)]:
        parts.append(f'{name}: {keys[name]}')
    parts.append('system {')
    for name in [name for name in keys if isinstance(keys[name], dict)]:
        parts += [f'{name} {{', *(f'{key}: {value}' for key, value in keys[name].items()), '}']
    return '\n'.join([*parts, '}', '}', ''])


class Watched(Ring):
    resources = ''

    def configuration(self):
        return super().configuration() + self.resources

    def keys(self, host):
        """{key: (type, value)}"""
        text = self.tell(host, 'corosync-cmapctl', 'resources.', check=False)
        return {key: (kind, value) for key, kind, value in re.findall(r'^(\S+) \((\w+)\) = (.*)$', text, re.M)}


class Resources(SystemTest):
    def ring(self, lab, resources='', kinds=None):
        ring = Watched(lab, kinds or {}, totem=['token: 1000'], two_node=False)
        ring.resources = resources
        ring.form()
        return ring

    def test_same_keys_as_corosync(self):
        """Without limits and with them: types and values, but for times and the numbers themselves."""
        for resources in ('', section(memory_used={'max': 99}, load_15min={'max': '500.5', 'recovery': 'none'})):
            with Lab(hosts=2) as lab:
                ring = self.ring(lab, resources, {'b': 'corosync'})
                wait_until(lambda: ring.keys('a').keys() == ring.keys('b').keys() != set(), 5, 'the same keys',
                           lambda: f'{ring.keys("a")}\n{ring.keys("b")}')
                ours, theirs = ring.keys('a'), ring.keys('b')
                for key, (kind, value) in theirs.items():
                    self.assertEqual(kind, ours[key][0], key)
                    if not key.endswith(('.current', '.last_updated')):
                        self.assertEqual(value, ours[key][1], key)
                # They look at different moments of a machine that has other things to do.
                for name, near in (('memory_used', 20), ('load_15min', 2)):
                    current = f'resources.system.{name}.current'
                    self.assertLess(abs(float(ours[current][1]) - float(theirs[current][1])), near, current)
                state = 'running' if resources else 'stopped'
                self.assertEqual(('str', state), ours['resources.system.memory_used.state'])

    def test_watchdog_is_tickled_and_let_go(self):
        with Lab(hosts=1) as lab:
            lab.run('a', ['touch', DOG])
            ring = self.ring(lab, section(watchdog_device=DOG, watchdog_timeout=2))
            written = lambda: ring.tell('a', 'cat', DOG)  # noqa: E731
            wait_until(lambda: len(written()) >= 3, 5, 'three tickles', written)
            self.assertEqual({'.'}, set(written()))
            self.assertIn(f'the watchdog {DOG}', ring.log('a'))
            ring.stop('a')
            self.assertTrue(written().endswith('.V'), written())

    def test_watchdog_bites_when_the_engine_dies(self):
        with Lab(hosts=1) as lab:
            lab.run('a', ['touch', DOG])
            ring = self.ring(lab, section(watchdog_device=DOG, watchdog_timeout=2))
            lab.run('a', ['pkill', '-KILL', 'hale-engine'])
            wait_until(lambda: not ring.engines['a'].alive(), 5, 'it is dead')
            self.assertNotIn('V', ring.tell('a', 'cat', DOG))

    def test_a_missing_watchdog(self):
        """Both engines say so and run."""
        with Lab(hosts=2) as lab:
            ring = self.ring(lab, section(watchdog_device='/dev/nosuchdog'), {'b': 'corosync'})
            for host in 'ab':
                self.assertRegex(ring.log(host), r'warning \[WD *\] .*/dev/nosuchdog')
            self.assert_alive(ring, 'a', 'b')

    def test_full_memory_stops_the_tickling(self):
        """Any memory is more than 0 percent. A clean end then does not save the machine: it was to restart."""
        with Lab(hosts=1) as lab:
            lab.run('a', ['touch', DOG])
            ring = self.ring(lab, section(watchdog_device=DOG, watchdog_timeout=2,
                                          memory_used={'max': 0, 'recovery': 'watchdog', 'poll_period': 500}))
            wait_until(lambda: 'is not tickled any more' in ring.log('a'), 20, 'it gives up', lambda: ring.log('a'))
            written = ring.tell('a', 'cat', DOG)
            time.sleep(3)
            ring.stop('a')
            self.assertEqual(written, ring.tell('a', 'cat', DOG))

    def test_load_restarts_the_machine(self):
        with Lab(hosts=1) as lab:
            ring = self.ring(lab)
            ring.tell('a', 'corosync-cmapctl', '-s', 'resources.system.memory_used.recovery', 'str', 'reboot')
            ring.tell('a', 'corosync-cmapctl', '-s', 'resources.system.memory_used.poll_period', 'u64', '500')
            ring.tell('a', 'corosync-cmapctl', '-s', 'resources.system.memory_used.max', 'str', '0')
            wait_until(lambda: lab.status()['hosts']['a']['state'] != 'up', 20, 'the machine goes down')

    def test_a_process_that_falls_silent(self):
        """What libsam writes for a process, by hand."""
        with Lab(hosts=1) as lab:
            ring = self.ring(lab)
            keys = 'resources.process.4711.'
            for name, kind, value in (('recovery', 'str', 'none'), ('poll_period', 'u64', '1000'),
                                      ('last_updated', 'u64', str(time.monotonic_ns())), ('state', 'str', 'running')):
                ring.tell('a', 'corosync-cmapctl', '-s', keys + name, kind, value)
            wait_until(lambda: 'resource resources.process.4711. has failed: it was not updated in time' in
                       ring.log('a'), 15, 'it is noticed', lambda: ring.log('a'))
            ring.tell('a', 'corosync-cmapctl', '-D', keys)
            wait_until(lambda: 'resources.process.4711.state was deleted' in ring.log('a'), 5, 'it is forgotten',
                       lambda: ring.log('a'))
            self.assert_alive(ring, 'a')


class Pload(SystemTest):
    def test_both_engines_end(self):
        """The load test, asked for on either engine, runs on both, and ends both with Corosync's exit code."""
        for asker in 'ab':
            with Lab(hosts=2) as lab:
                ring = Ring(lab, {'b': 'corosync'}, totem=['token: 3000'], two_node=False)
                ring.configure()
                for host in 'ab':
                    engine = 'corosync -f' if host == 'b' else f'{HALE[0]} -f'
                    ring.engines[host] = lab.start(host, '/var/log/engine.log',
                                                   ['sh', '-c', f'{engine}; echo "code $?" >/var/log/code'])
                ring.wait_members(2)
                ring.tell(asker, 'corosync-cmapctl', '-s', 'pload.count', 'u32', '20000')
                ring.tell(asker, 'corosync-cmapctl', '-s', 'pload.start', 'str', START, check=False)
                for host in 'ab':
                    wait_until(lambda: not ring.engines[host].alive(), 30, f'{host} ends',
                               lambda: ring.logs(CLUSTER_LOG, 'ab'))
                self.assertRegex(ring.log('a'), r'20000 messages of 300 bytes in \d+ ms')
                self.assertEqual('code 99\n', ring.tell('a', 'cat', '/var/log/code'))


if __name__ == '__main__':
    main('corosync-cmapctl', 'pkill')
