#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""hale-executor as its manager sees it: Debian's agents and nasty ones of our own, through the socket, on a host of the
lab.

Environment: HALE_EXECUTOR, the program under test.
"""
import json
import os
import signal
import socket
import struct
import sys
import time
import unittest

from common import ROOT, Lab, LabError, lab_module, wait_until
from lab.process import root_of  # the path comes with common

EXECUTOR = os.environ.get('HALE_EXECUTOR', f'{ROOT}/build/src/daemon/hale-executor')
OCF = '/usr/lib/ocf/resource.d'
SKIPPED = 77
DONE, CANCELLED, TIMEOUT, NOT_INSTALLED, NO_SECRETS = 0, 1, 2, 7, 11

NASTY = r'''#!/bin/bash
# Does what its action says.
case $1 in
meta-data) echo '<resource-agent name="Nasty"><version>1.1</version></resource-agent>' ;;
start) echo started ;;
stop | monitor) exit 0 ;;
hang) trap '' TERM INT; while :; do sleep 1; done ;;
tree)
	sleep 1000 & echo $! >> $OCF_RESKEY_pids
	setsid bash -c 'echo $$ >> $OCF_RESKEY_pids; sleep 1000; true' &
	(setsid bash -c '(setsid bash -c "echo \$\$ >> \$OCF_RESKEY_pids; exec sleep 1000" &); exit 0')
	wait ;;
daemon) setsid bash -c 'echo $$ >> $OCF_RESKEY_pids; exec sleep 1000' & sleep 0.3 ;;
flood) head -c 5000000 /dev/zero | tr '\0' x; head -c 5000000 /dev/zero | tr '\0' y >&2; exit 1 ;;
binary) head -c 2000 /dev/urandom; exit 1 ;;
vanish) rm -f "$0"; exit 0 ;;
die) kill -9 $$ ;;
esac
'''


def missing():
    try:
        lab_module.need_root()
    except LabError as error:
        return str(error)
    for path, package in ((EXECUTOR, None), (f'{OCF}/heartbeat/IPaddr2', 'resource-agents'),
                          (f'{OCF}/pacemaker/Stateful', 'pacemaker-resource-agents')):
        if not os.access(path, os.X_OK):
            return f'{path} is not there: ' + (f'apt-get install {package}' if package else 'build it first')
    return None


class Client:
    """A manager, as far as the wire goes."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        try:
            self.socket.connect(path)
        except OSError:
            self.socket.close()
            raise
        self.unread = b''
        self.hello = self.receive()
        self.send(do='hello', version=1)

    def send_bytes(self, data):
        self.socket.sendall(data)

    def send(self, **frame):
        text = json.dumps(frame).encode()
        self.send_bytes(struct.pack('<I', len(text)) + text)

    def receive(self, timeout_s=30):
        """The next frame; None when the connection has ended."""
        self.socket.settimeout(timeout_s)
        while True:
            size = struct.unpack('<I', self.unread[:4])[0] if len(self.unread) >= 4 else None
            if size is not None and len(self.unread) >= 4 + size:
                frame, self.unread = json.loads(self.unread[4:4 + size]), self.unread[4 + size:]
                return frame
            data = self.socket.recv(65536)
            if not data:
                return None
            self.unread += data

    def report(self, timeout_s=30):
        frame = self.receive(timeout_s)
        assert frame and frame['tell'] == 'report', frame
        return frame

    def listing(self):
        self.send(do='list')
        found = []
        while True:
            frame = self.receive()
            if frame['tell'] == 'listed':
                return found
            if frame['tell'] == 'known':
                found.append(frame)

    def close(self):
        self.socket.close()


class ExecutorTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lab = Lab(hosts=1)
        cls.lab.__enter__()
        cls.addClassCleanup(cls.lab.__exit__, None, None, None)
        cls.folder = '/run/test'  # as the host sees it, and here:
        cls.here = f'{root_of(cls.lab.view("a").init().pid)}{cls.folder}'
        os.makedirs(f'{cls.here}/ocf/resource.d/test')
        cls.ids = 0
        for name in ('heartbeat', 'pacemaker'):
            os.symlink(f'{OCF}/{name}', f'{cls.here}/ocf/resource.d/{name}')
        os.symlink('/usr/lib/ocf/lib', f'{cls.here}/ocf/lib')

    def setUp(self):
        self.path = f'{self.here}/executor.sock'
        self.pids = f'{self.here}/pids'
        self.daemon = None
        with open(f'{self.here}/ocf/resource.d/test/Nasty', 'w', encoding='utf-8') as f:
            f.write(NASTY)
        os.chmod(f.name, 0o755)
        self.start()
        self.client = Client(self.path)

    def tearDown(self):
        self.client.close()
        self.daemon.kill()
        wait_until(lambda: not self.daemon.alive(), 5, 'the executor is gone')
        if os.path.exists(self.pids):
            for pid in self.noted_pids():
                self.lab.run('a', ['kill', '-9', str(pid)], check=False)
            os.unlink(self.pids)

    def start(self):
        self.daemon = self.lab.start('a', '/var/log/executor.log', [
            EXECUTOR, '--socket', f'{self.folder}/executor.sock', '--state', f'{self.folder}/state',
            '--ocf-root', f'{self.folder}/ocf',
            '--secrets', f'{self.folder}/secrets', '--verbose'])
        wait_until(self.answers, 10, 'the executor listens', self.log)

    def log(self):
        return self.lab.run('a', ['cat', '/var/log/executor.log'], check=False).stdout

    def answers(self):
        try:
            Client(self.path).close()
            return True
        except OSError:
            return False

    def ask(self, action, agent='ocf:test:Nasty', rsc='r', interval_ms=0, timeout_ms=20000, client=None, **parameters):
        """Returns the id; parameters are the resource's."""
        kind, provider, name = agent.split(':')
        frame = {'do': 'run', 'id': self.next_id(), 'rsc': rsc, 'class': kind, 'type': name, 'action': action,
                 'interval_ms': interval_ms, 'timeout_ms': timeout_ms, 'note': 'kept',
                 'parameters': {'pids': f'{self.folder}/pids', 'CRM_meta_timeout': str(timeout_ms), **parameters}}
        frame['provider'] = provider
        (client or self.client).send(**frame)
        return frame['id']

    @classmethod
    def next_id(cls):
        cls.ids += 1
        return cls.ids

    def result(self, *args, **named):
        number = self.ask(*args, **named)
        report = self.client.report()
        self.assertEqual(report['id'], number)
        self.client.send(do='acknowledge', id=number)
        return report

    def expect(self, rc, status, *args, **named):
        report = self.result(*args, **named)
        self.assertEqual((report['rc'], report['status']), (rc, status), report)
        return report

    def noted_pids(self):
        with open(self.pids, encoding='utf-8') as f:
            return [int(line) for line in f.read().split()]

    def lives(self, pid):
        r = self.lab.run('a', ['ps', '-o', 'stat=', '-p', str(pid)], check=False)
        return bool(r.stdout.strip()) and not r.stdout.strip().startswith('Z')

    def life(self, agent, **parameters):
        for action, rc in (('monitor', 7), ('start', 0), ('monitor', 0), ('stop', 0), ('monitor', 7)):
            self.expect(rc, DONE, action, agent, **parameters)

    # --- Debian's agents ---

    def test_dummy(self):
        state = f'{self.folder}/dummy.state'
        self.life('ocf:pacemaker:Dummy', state=state)
        self.life('ocf:heartbeat:Dummy', state=state)
        report = self.expect(7, DONE, 'monitor', 'ocf:pacemaker:Dummy', state=state)
        self.assertEqual(report['restart'], 'state')
        self.assertIn('fake', report['reloadable'].split())
        self.assertEqual((report['secret'], report['agent_version']), ('passwd', '1.1'))
        self.assertEqual(report['note'], 'kept')
        self.assertNotIn('restart', self.expect(7, DONE, 'monitor', 'ocf:heartbeat:IPaddr2', ip='10.99.0.77',
                                                cidr_netmask='24', nic='lo'))

    def test_stateful(self):
        named = {'agent': 'ocf:pacemaker:Stateful', 'state': f'{self.folder}/stateful.state', 'rsc': 's:0'}
        for action, rc in (('monitor', 7), ('start', 0), ('monitor', 0), ('promote', 0), ('monitor', 8),
                           ('demote', 0), ('monitor', 0), ('stop', 0), ('monitor', 7)):
            self.expect(rc, DONE, action, **named)

    def test_address(self):
        address = {'agent': 'ocf:heartbeat:IPaddr2', 'ip': '10.99.0.77', 'cidr_netmask': '24', 'nic': 'lo',
                   'rsc': 'vip'}
        self.expect(0, DONE, 'start', **address)
        self.assertIn('10.99.0.77/24', self.lab.run('a', ['ip', '-o', 'address', 'show', 'lo']).stdout)
        self.expect(0, DONE, 'monitor', **address)
        self.expect(0, DONE, 'validate-all', **address)
        self.expect(0, DONE, 'stop', **address)
        self.assertNotIn('10.99.0.77', self.lab.run('a', ['ip', '-o', 'address', 'show', 'lo']).stdout)
        report = self.result('validate-all', 'ocf:heartbeat:IPaddr2', ip='300.1.2.3')
        self.assertNotEqual(report['rc'], 0)

    def test_metadata_of_all(self):
        """Every agent of Debian's answers or says why not; the second time at once, also after a restart."""
        agents = sorted(os.listdir(f'{OCF}/heartbeat'))
        agents = [a for a in agents if a[0] != '.'][:40]
        for restart in (False, True):
            if restart:
                self.client.close()
                self.daemon.kill()
                wait_until(lambda: not self.daemon.alive(), 5, 'the executor is gone')
                self.start()
                self.client = Client(self.path)
            begin = time.monotonic()
            for name in agents:
                self.ask('meta-data', f'ocf:heartbeat:{name}', rsc=f'metadata-{name}', timeout_ms=60000)
            reports = [self.client.report(60) for _ in agents]
            took_s = time.monotonic() - begin
            good = [r for r in reports if '<resource-agent' in r['output']]
            self.assertGreater(len(good), len(agents) * 0.8, [r for r in reports if r not in good])
        self.assertLess(took_s, 1.5, 'from disk')

    # --- what agents do wrong ---

    def test_hangs(self):
        report = self.expect(1, TIMEOUT, 'hang', timeout_ms=500)
        self.assertLess(report['run_ms'], 2000)
        self.assertIn('not finished within 500 ms', report['reason'])
        self.expect(0, DONE, 'start')

    def test_tree_is_killed(self):
        self.expect(1, TIMEOUT, 'tree', timeout_ms=1000)
        pids = self.noted_pids()
        self.assertEqual(len(pids), 3)
        self.assertEqual([p for p in pids if self.lives(p)], [])

    def test_daemon_lives_on(self):
        begin = time.monotonic()
        self.expect(0, DONE, 'daemon')
        self.assertLess(time.monotonic() - begin, 3)
        wait_until(lambda: os.path.exists(self.pids) and self.noted_pids(), 5, 'the daemon has noted itself')
        self.assertTrue(self.lives(self.noted_pids()[0]))

    def test_flood(self):
        report = self.expect(1, DONE, 'flood')
        self.assertLessEqual(len(report['output']), 64 * 1024)
        self.assertTrue(report['output'].startswith('xxxx'))
        self.expect(1, DONE, 'binary')

    def test_vanishes(self):
        self.expect(0, DONE, 'vanish')
        report = self.expect(5, NOT_INSTALLED, 'monitor')
        self.assertIn('No such file', report['reason'])
        self.expect(5, NOT_INSTALLED, 'monitor', 'ocf:nobody:Nothing')

    def test_dies(self):
        self.assertIn('signal 9', self.expect(1, 4, 'die')['reason'])

    def test_secrets(self):
        report = self.expect(6, NO_SECRETS, 'start', passwd='lrm://')
        self.assertIn('cibsecret', report['reason'])

    # --- the manager ---

    def test_order_and_repeating(self):
        first = self.ask('start', 'ocf:pacemaker:Dummy', state=f'{self.folder}/d', op_sleep='1')
        monitor = self.ask('monitor', 'ocf:pacemaker:Dummy', interval_ms=300, state=f'{self.folder}/d')
        other = self.ask('monitor', 'ocf:pacemaker:Dummy', rsc='q', state=f'{self.folder}/q')
        self.assertEqual([self.client.report()['id'] for _ in range(3)], [other, first, monitor])
        os.unlink(f'{self.here}/d')
        report = self.client.report()
        self.assertEqual((report['id'], report['rc']), (monitor, 7))
        self.client.send(do='cancel', rsc='r', action='monitor', interval_ms=300)
        report = self.client.report()
        self.assertEqual((report['id'], report['status']), (monitor, CANCELLED))

    def test_manager_is_killed(self):
        """Its operations go on, and what they came to is kept until somebody has heard it."""
        pid = os.fork()
        if pid == 0:
            client = Client(self.path)
            self.ask('start', 'ocf:pacemaker:Dummy', client=client, state=f'{self.folder}/k', op_sleep='1')
            self.ask('monitor', 'ocf:pacemaker:Dummy', client=client, interval_ms=60000, state=f'{self.folder}/k')
            client.listing()
            os.kill(os.getpid(), signal.SIGKILL)
        os.waitpid(pid, 0)
        self.ids += 2
        second = Client(self.path)
        self.assertEqual(second.hello['incarnation'], self.client.hello['incarnation'])
        wait_until(lambda: [f['state'] for f in second.listing()] == ['reported', 'reported', 'repeating'], 10,
                   'two reports are kept', lambda: str(second.listing()))
        kept = second.listing()
        self.assertEqual([f['report']['note'] for f in kept[:2]], ['kept', 'kept'])
        for f in kept[:2]:
            second.send(do='acknowledge', id=f['report']['id'])
        self.assertEqual([f['state'] for f in second.listing()], ['repeating'])
        second.close()
        self.client.send(do='forget', rsc='r')

    def test_bad_frames(self):
        for data in (b'\xff\xff\xff\xff', struct.pack('<I', 5) + b'hello', struct.pack('<I', 2) + b'{}'):
            bad = Client(self.path)
            bad.send_bytes(data)
            self.assertEqual(bad.receive()['tell'], 'refused')
            self.assertIsNone(bad.receive())
            bad.close()
        self.expect(0, DONE, 'start')

    def test_executor_is_killed(self):
        """What it ran dies with it; the next one is another."""
        self.ask('tree', timeout_ms=60000)
        wait_until(lambda: os.path.exists(self.pids) and len(self.noted_pids()) == 3, 10, 'the agent runs')
        before = self.client.hello['incarnation']
        self.daemon.kill()
        self.client.close()
        wait_until(lambda: not any(self.lives(p) for p in self.noted_pids()), 5, 'the tree is dead')
        self.start()
        self.client = Client(self.path)
        self.assertNotEqual(self.client.hello['incarnation'], before)

    def test_ends_in_order(self):
        """Told to end, it waits for what runs."""
        self.ask('start', 'ocf:pacemaker:Dummy', state=f'{self.folder}/e', op_sleep='1')
        self.client.listing()
        self.daemon.signal(signal.SIGTERM)
        self.ask('start')
        frames = [self.client.receive(), self.client.receive()]
        self.assertEqual([f['tell'] for f in frames], ['refused', 'report'], frames)
        self.assertIsNone(self.client.receive())
        wait_until(lambda: not self.daemon.alive(), 5, 'the executor has ended')
        self.assertFalse(os.path.exists(self.path))


if __name__ == '__main__':
    reason = missing()
    if reason:
        print(f'SKIP {reason}')
        sys.exit(SKIPPED)
    sys.stdout.reconfigure(line_buffering=True)
    unittest.main(verbosity=2)
