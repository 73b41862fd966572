#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The power switch of a lab and its agent fence_lab: what they do, and how they break."""
import os
import subprocess
import sys
import time
import unittest
import xml.etree.ElementTree as xml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT)
sys.dont_write_bytecode = True

from lab import Fence, Lab, LabError, UsageError, lab as lab_module  # noqa: E402
from lab.cli import main  # noqa: E402
from lab.process import Process  # noqa: E402

AGENT = f'{ROOT}/lab/fence_lab'
SKIPPED = 77


def until(true, timeout_s=5):
    deadline = time.monotonic() + timeout_s
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError('it did not happen in time')
        time.sleep(0.02)


class Words(unittest.TestCase):
    """The agent without any switch."""

    def agent(self, *lines):
        return subprocess.run([AGENT], input='\n'.join(lines) + '\n', capture_output=True, text=True, timeout=10)

    def test_metadata(self):
        done = self.agent('action=metadata')
        root = xml.fromstring(done.stdout)
        self.assertEqual((0, 'fence_lab'), (done.returncode, root.get('name')))
        self.assertLessEqual({'on', 'off', 'reboot', 'status', 'monitor', 'list', 'metadata', 'validate-all'},
                             {action.get('name') for action in root.iter('action')})
        self.assertLessEqual({'action', 'plug', 'port'}, {entry.get('name') for entry in root.iter('parameter')})

    def test_what_is_wrong_is_said(self):
        for lines, words in ((['action=off'], 'which host'), (['action=fly', 'plug=a'], '"fly" is none of'),
                             (['action=off', 'plug=a', 'path=/none'], '/none'), (['action=monitor', 'path=/none'],
                                                                                 'is there a switch')):
            done = self.agent(*lines)
            self.assertEqual(1, done.returncode, lines)
            self.assertIn(words, done.stderr)
        self.assertEqual(0, self.agent('action=validate-all', '# a comment').returncode)


class Switch(unittest.TestCase):
    def setUp(self):
        lab = Lab(hosts=3)
        self.lab = lab.__enter__()
        self.addCleanup(lab.__exit__, None, None, None)
        self.fence = Fence(self.lab)

    def agent(self, host, action, target=None, *more):
        lines = [f'action={action}', *([f'plug={target}'] if target else []), *more]
        return self.lab.run(host, ['fence_lab'], check=False, input='\n'.join(lines) + '\n')

    def state(self, host):
        return self.lab.status()['hosts'][host]['state']

    def test_hosts_use_it(self):
        self.assertEqual(1, self.agent('a', 'monitor').returncode)
        self.fence.start()
        self.assertEqual(0, self.agent('a', 'monitor').returncode)
        self.assertEqual('a,\nb,\nc,\n', self.agent('b', 'list').stdout)
        self.assertEqual(0, self.agent('a', 'status', 'b').returncode)
        self.assertEqual(0, self.agent('a', 'off', 'b').returncode)
        self.assertEqual('down', self.state('b'))
        self.assertEqual(2, self.agent('a', 'status', 'b').returncode)
        self.assertEqual(0, self.agent('a', 'off', 'b').returncode)
        self.assertEqual(0, self.agent('c', 'on', 'b').returncode)
        self.assertEqual('up', self.state('b'))
        self.assertEqual(0, self.agent('c', 'reboot', 'b').returncode)
        self.assertEqual('down', self.state('b'))
        self.assertEqual(1, self.agent('a', 'off', 'nobody').returncode)
        told = [(entry['action'], entry['target'], entry['from']) for entry in self.fence.history()]
        self.assertEqual([('off', 'b', 'a'), ('off', 'b', 'a'), ('on', 'b', 'c'), ('reboot', 'b', 'c')],
                         [entry for entry in told if entry[0] not in ('status',) and entry[1] != 'nobody'])

    def test_the_network_plays_no_part_and_hosts_can_be_added(self):
        self.fence.start()
        self.lab.isolate('a')
        self.assertEqual(0, self.agent('a', 'off', 'b').returncode)
        self.lab.add('d')
        until(lambda: self.agent('d', 'status', 'a').returncode == 0)

    def test_reboot_takes_its_time_and_starts_what_it_should(self):
        self.fence.start(boot_s=0.5, then=['sleep', '4711'])
        self.assertEqual(0, self.agent('a', 'reboot', 'b').returncode)
        self.assertEqual('down', self.state('b'))
        until(lambda: self.state('b') == 'up')
        until(lambda: '4711' in self.lab.run('b', ['ps', 'ax']).stdout)

    def test_a_host_that_is_paused_is_fenced_as_well(self):
        self.fence.start()
        self.lab.pause('b')
        self.assertEqual(0, self.agent('a', 'off', 'b').returncode)
        self.assertEqual('down', self.state('b'))

    def test_faults(self):
        self.fence.start()
        self.fence.fault('fail', 'b')
        self.assertIn('broken', self.agent('a', 'off', 'b').stderr)
        self.assertEqual(0, self.agent('a', 'off', 'c').returncode)
        self.fence.fault('lie', 'b')
        self.assertEqual(0, self.agent('a', 'off', 'b').returncode)
        self.assertEqual('up', self.state('b'))
        self.fence.fault('hang', 'b')
        done = self.agent('a', 'off', 'b', 'login_timeout=0.3')
        self.assertEqual((1, 'up'), (done.returncode, self.state('b')))
        self.assertIn('timed out', done.stderr)
        self.fence.fault('slow', 'b', 0.4)
        began = time.monotonic()
        self.assertEqual(0, self.agent('a', 'status', 'b').returncode)
        self.assertGreaterEqual(time.monotonic() - began, 0.4)
        self.fence.fault('deaf', 'a')
        self.assertEqual(1, self.agent('a', 'status', 'b', 'login_timeout=0.3').returncode)
        self.fence.heal('b')
        self.assertEqual(['deaf'], [fault['kind'] for fault in self.lab.status()['power']['faults']])
        self.fence.heal()
        self.assertEqual(0, self.agent('a', 'off', 'b').returncode)
        self.assertEqual('down', self.state('b'))

    def test_wrong_requests(self):
        for request in (lambda: self.fence.fault('fail'), self.fence.stop, lambda: self.fence.ask('off', 'a')):
            with self.assertRaisesRegex(LabError, 'lab fence up'):
                request()
        for request in (lambda: self.fence.start(boot_s=-1), lambda: self.fence.start(then=['true'])):
            with self.assertRaises(UsageError):
                request()
        self.fence.start()
        with self.assertRaisesRegex(LabError, 'runs already'):
            self.fence.start()
        for request in (lambda: self.fence.fault('fly'), lambda: self.fence.fault('slow', 'a'),
                        lambda: self.fence.fault('hang', 'a', 3), lambda: self.fence.fault('hang', 'nobody')):
            with self.assertRaises(UsageError):
                request()

    def test_it_goes_with_the_lab(self):
        self.fence.start()
        process = Process.from_record(self.fence.entry()['pid'])
        self.assertTrue(process.alive())
        self.fence.stop()
        self.assertFalse(process.alive() or self.fence.running())
        self.fence.start()
        process = Process.from_record(self.fence.entry()['pid'])
        self.lab.down()
        self.assertFalse(process.alive())

    def test_by_command(self):
        os.environ['HALE_LAB'] = self.lab.name
        self.addCleanup(os.environ.pop, 'HALE_LAB')
        self.assertEqual(0, main(['fence', 'up']))
        self.assertEqual(0, main(['fence', 'fail', 'b']))
        self.assertEqual(1, main(['fence', 'off', 'b']))
        self.assertEqual(0, main(['fence', 'heal']))
        self.assertEqual(0, main(['fence', 'off', 'b']))
        self.assertEqual('down', self.state('b'))
        for wrong in (['off'], ['up', 'a'], ['slow', 'a', 'x'], ['off', 'a', 'b']):
            self.assertEqual(2, main(['fence', *wrong]), wrong)
        self.assertEqual(0, main(['fence', 'down']))


if __name__ == '__main__':
    try:
        lab_module.need_root()
    except LabError as error:
        print(f'SKIP {error}')
        sys.exit(SKIPPED)
    unittest.main(verbosity=2)
