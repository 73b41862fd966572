#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab, tested on real namespaces. One lab serves most cases; those that break labs make their own.

Runs in a run folder of its own, so labs that somebody uses are not touched. Without root or namespaces: "SKIP reason".
"""
import contextlib
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT)
sys.dont_write_bytecode = True

from lab import Lab, LabError, UsageError, clock, disk, faults, group, lab as lab_module  # noqa: E402
from lab.cli import COMMANDS, main  # noqa: E402
from lab.cluster import Cluster, parse_quorum  # noqa: E402
from lab.process import Process, root_of  # noqa: E402
from lab.state import State, names  # noqa: E402

TOOL = f'{ROOT}/lab/lab'
PORT = re.compile(r'br\d|(a|b|c|web|db)\.\d')  # what a lab calls its bridges and ports


def tool(*arguments, lab='cli', **options):
    environment = {**os.environ, 'HALE_LAB': lab}
    return subprocess.run([TOOL, *arguments], capture_output=True, text=True, env=environment, timeout=60, **options)


def missing():
    """Why real labs cannot be made here, or None."""
    if os.geteuid() != 0:
        return 'not root'
    try:
        lab_module.need_root()
    except LabError as error:
        return str(error)
    made = subprocess.run(['unshare', '-m', '-u', '-i', '-n', '-p', '-f', 'nft', 'add table bridge t'],
                          capture_output=True, text=True)
    return f'no namespaces, or no nftables for bridges: {made.stderr.strip()}' if made.returncode else None


def traces():
    """What a lab could leave on the machine."""
    with open('/proc/self/mountinfo') as file:
        mounts = [line for line in file if 'hale-lab' in line]
    links = json.loads(subprocess.run(['ip', '-j', 'link'], capture_output=True, text=True).stdout)
    path = group.path_of('x')
    return {'mounts': mounts, 'links': [link['ifname'] for link in links if PORT.match(link['ifname'])],
            'labs': names(), 'groups': bool(path) and os.path.exists(os.path.dirname(path))}


def lost_percent(lab, source, target, link=0, count=300):
    """Share of datagrams that do not arrive."""
    receive = '''
import signal, socket, sys
def end(*_):
    print(got)
    sys.exit(0)
got = 0
signal.signal(signal.SIGTERM, end)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("", 4000))
open("/run/bound", "w").close()
while True:
    got += s.recv(10) == b"x"
'''
    send = f'''
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range({count}):
    s.sendto(b"x", ("{lab.address(target, link)}", 4000)); time.sleep(0.0005)
'''
    lab.run(target, ['rm', '-f', '/run/bound', '/run/got'])
    daemon = lab.start(target, '/run/got', ['python3', '-S', '-c', receive])
    until(lambda: lab.run(target, ['test', '-e', '/run/bound'], check=False).returncode == 0)
    lab.run(source, ['python3', '-S', '-c', send])
    time.sleep(0.05)
    daemon.signal(signal.SIGTERM)
    until(lambda: not daemon.alive())
    return 100 - 100 * int(lab.run(target, ['cat', '/run/got']).stdout) / count


def until(true, timeout_s=5):
    deadline = time.monotonic() + timeout_s
    while not true():
        if time.monotonic() > deadline:
            raise AssertionError('it did not happen in time')
        time.sleep(0.02)


def reaches(lab, source, target):
    """Whether one of three pings is answered: at once in peace, within half a second on a busy machine."""
    return lab.run(source, ['ping', '-q', '-c3', '-i0.1', '-W0.3', target], check=False).returncode == 0


class Words(unittest.TestCase):
    """What needs no namespaces."""

    def test_every_command_has_help_with_examples(self):
        for name, _, what, _, examples in COMMANDS:
            with self.subTest(name):
                shown = io.StringIO()
                with contextlib.redirect_stdout(shown), self.assertRaises(SystemExit) as end:
                    main([name, '--help'])
                self.assertEqual(0, end.exception.code)
                self.assertIn(what, ' '.join(shown.getvalue().split()))
                self.assertTrue(examples)
                for example in examples:
                    self.assertIn(example, shown.getvalue())

    def test_completion_knows_every_command(self):
        with open(f'{ROOT}/lab/completion.bash') as file:
            script = file.read()
        for name, _, _, arguments, _ in COMMANDS:
            self.assertIn(f' {name} ', script.replace('\\\n', ' ').replace('\t', ' ').replace(';;', ' ;;'))
            for flag in [flag for flag, _ in arguments if flag.startswith('--')]:
                self.assertIn(flag, script)

    def test_quorum_of_corosync_is_understood(self):
        text = 'Quorate:          Yes\n\nMembership information\n----------\n    Nodeid      Votes Name\n' \
               '         1          1 a (local)\n        12          1 b\n'
        self.assertEqual(([1, 12], True), parse_quorum(text))
        self.assertEqual(([1, 12], False), parse_quorum(text.replace('Yes', 'No')))
        self.assertEqual(([], False), parse_quorum('Cannot initialize QUORUM service\n'))

    def test_faults_of_pairs_override_those_of_all(self):
        record = {'links': 2, 'faults': [], 'hosts': {'a': {}, 'b': {}, 'c': {}}}
        faults.disturb_all(record, 'loss', 10)
        faults.disturb(record, 'loss', ('a', 'b'), 0)
        faults.disturb(record, 'loss', ('a', 'c'), 50, one_way=True, link=1)
        faults.prune(record)
        self.assertEqual({}, faults.effect(record, 'a', 'b', 0))
        self.assertEqual({'loss': 10}, faults.effect(record, 'a', 'c', 0))
        self.assertEqual({'loss': 50}, faults.effect(record, 'a', 'c', 1))
        self.assertEqual({'loss': 10}, faults.effect(record, 'c', 'a', 1))
        faults.disturb_all(record, 'loss', 0)
        faults.prune(record)
        self.assertEqual([], record['faults'])

    def test_heal_forgets_just_what_it_should(self):
        record = {'links': 1, 'faults': [], 'hosts': {'a': {}, 'b': {}, 'c': {}}}
        faults.cut(record, 'a', 'b')
        faults.cut(record, 'b', 'c', one_way=True)
        faults.isolate(record, 'c')
        faults.heal(record, 'b', 'a')
        self.assertEqual([('b', 'c'), ('c', '*'), ('*', 'c')], [(f['from'], f['to']) for f in record['faults']])
        faults.heal(record, 'c')
        self.assertEqual([], record['faults'])


class Real(unittest.TestCase):
    """Base of what needs namespaces."""

    @classmethod
    def setUpClass(cls):
        reason = missing()
        if reason:
            print(f'SKIP {cls.__name__}: {reason}', file=sys.stderr)
            raise unittest.SkipTest(reason)


class Hosts(Real):
    """One lab of three hosts with two links; every case leaves it whole."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lab = Lab(hosts=3, links=2)
        cls.lab.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.lab.__exit__(None, None, None)

    def tearDown(self):
        for name, host in self.lab.status()['hosts'].items():
            if host['state'] == 'down':
                self.lab.boot(name)
            elif host['state'] == 'paused':
                self.lab.resume(name)
        self.lab.heal()

    def sh(self, host, text, **options):
        return self.lab.run(host, ['sh', '-c', text], **options).stdout.strip()

    def test_hosts_know_each_other_on_every_link(self):
        for host in 'abc':
            self.assertEqual(host, self.sh(host, 'hostname'))
            self.assertEqual(self.lab.address(host, 1), self.sh('a', f'getent hosts {host}-link1').split()[0])
        self.assertTrue(reaches(self.lab, 'a', 'c') and reaches(self.lab, 'c', 'a-link1'))
        self.assertEqual('2', self.sh('a', 'ls -d /sys/class/net/eth* | wc -l'))

    def test_what_a_host_writes_stays_there(self):
        for place in [*disk.TREES, '/dev/shm', '/run']:
            path = f'{place}/written-by-{self.lab.name}'
            self.sh('a', f'echo x >{path}')
            self.assertFalse(os.path.exists(path), path)
            self.assertEqual('no', self.sh('b', f'test -e {path} || echo no'))
            self.sh('a', f'rm {path}')

    def test_the_machine_is_out_of_reach(self):
        harms = ['date -s "$(date)"', 'f=/proc/sys/kernel/core_uses_pid; v=$(cat $f); echo $v >$f', 'mkdir /sys/x']
        for harm in harms:  # should one succeed, nothing has changed
            self.assertNotEqual(0, self.lab.run('a', ['sh', '-c', harm], check=False).returncode, harm)
        for line in self.sh('a', 'grep -h CapBnd /proc/1/status /proc/self/status').splitlines():
            self.assertEqual(0, int(line.split()[1], 16) & (1 << 16 | 1 << 25), 'modules and the clock')
        self.assertIn(' ro,', self.sh('a', 'grep "^sysfs /sys " /proc/mounts'))
        self.assertEqual('null', self.sh('a', 'cd /dev && ls | grep -xE "null|vd.*|sd.*|watchdog.*|kvm|loop.*|mem"'))
        self.sh('a', 'echo 1 >/proc/sys/net/ipv4/ip_forward')
        self.assertEqual('0', self.sh('b', 'cat /proc/sys/net/ipv4/ip_forward'))
        self.sh('a', 'echo 0 >/proc/sys/net/ipv4/ip_forward')

    def test_run_passes_output_input_and_status(self):
        done = self.lab.run('a', ['sh', '-c', 'cat; echo err >&2; exit 7'], check=False, input='in')
        self.assertEqual((7, 'in', 'err\n'), (done.returncode, done.stdout, done.stderr))
        with self.assertRaisesRegex(LabError, 'host a: "false" ended with 1'):
            self.lab.run('a', ['false'])

    def test_run_that_takes_too_long_is_ended_inside_too(self):
        with self.assertRaisesRegex(LabError, 'did not end within 0.3 s'):
            self.lab.run('a', ['sleep', '4711'], timeout=0.3)
        until(lambda: '4711' not in self.sh('a', 'ps ax | grep "[s]leep 4711" || :'))

    def test_daemons_and_orphans(self):
        daemon = self.lab.start('b', '/var/log/d.log', ['sh', '-c', 'echo up; exec sleep 100'])
        self.assertTrue(daemon.alive())
        self.assertIn('sleep 100', self.sh('b', f'cat /proc/{daemon.pid}/cmdline | tr "\\0" " "'))
        daemon.kill()
        self.assertFalse(daemon.alive())
        self.assertEqual('up', self.sh('b', 'cat /var/log/d.log'))
        self.sh('b', 'for n in 1 2 3 4 5; do (sleep 0.1 &); done')
        time.sleep(0.2)
        until(lambda: self.sh('b', 'ps -e -o stat= | grep -c ^Z || :') == '0')
        with self.assertRaisesRegex(LabError, 'does not start'):
            self.lab.start('b', '/run/no/folder', ['true'])

    def test_kill_is_silent_and_boot_keeps_the_disk(self):
        listen = 'import socket; s = socket.create_server(("", 4001)); c = s.accept()[0]; c.settimeout(1.5)\n' \
                 'try:\n print("first", c.recv(5)); print("closed", c.recv(5))\n' \
                 'except OSError as e: print(type(e).__name__)'
        talk = 'import socket, time; s = socket.create_connection(("a", 4001)); s.send(b"hello"); time.sleep(100)'
        daemon = self.lab.start('a', '/run/listen.log', ['python3', '-u', '-S', '-c', listen])
        until(lambda: ':4001' in self.sh('a', 'ss -ltn'))
        self.sh('c', 'for d in /etc /var/lib /root /run /tmp /dev/shm; do echo kept >$d/mark; done')
        self.lab.start('c', '/run/talk.log', ['python3', '-S', '-c', talk])
        until(lambda: 'hello' in self.sh('a', 'cat /run/listen.log'))
        self.lab.kill('c')
        self.assertEqual('down', self.lab.status()['hosts']['c']['state'])
        with self.assertRaisesRegex(LabError, 'lab boot c'):
            self.lab.run('c', ['true'])
        until(lambda: not daemon.alive())
        self.assertIn('TimeoutError', self.sh('a', 'cat /run/listen.log'))
        self.lab.boot('c')
        marks = self.sh('c', 'for d in /etc /var/lib /root /run /tmp /dev/shm; do test -e $d/mark && echo $d; done; :')
        self.assertEqual(['/etc', '/var/lib', '/root'], marks.split())
        self.assertTrue(reaches(self.lab, 'a', 'c') and reaches(self.lab, 'c', 'b-link1'))
        with self.assertRaisesRegex(LabError, 'kill c'):
            self.lab.wipe('c')
        self.lab.kill('c')
        self.lab.wipe('c')
        self.lab.boot('c')
        self.assertEqual('gone', self.sh('c', 'test -e /etc/mark || echo gone'))

    def test_a_host_that_reboots_itself_is_down(self):
        self.lab.run('b', ['python3', '-c', 'import ctypes; ctypes.CDLL(None).reboot(0x01234567)'], check=False)
        until(lambda: self.lab.status()['hosts']['b']['state'] == 'down')
        self.lab.boot('b')
        self.assertTrue(reaches(self.lab, 'a', 'b'))

    def test_pause_and_resume(self):
        daemon = self.lab.start('b', '/run/ticks', ['sh', '-c', 'while sleep 0.02; do echo tick; done'])
        until(lambda: self.sh('b', 'wc -l </run/ticks') > '0')
        path = f'{root_of(self.lab.view("b").init().pid)}/run/ticks'
        self.lab.pause('b')
        before = os.path.getsize(path)
        time.sleep(0.3)
        self.assertEqual(before, os.path.getsize(path))
        with self.assertRaisesRegex(LabError, 'lab resume b'):
            self.lab.run('b', ['true'])
        self.lab.resume('b')
        until(lambda: os.path.getsize(path) > before)
        with self.assertRaisesRegex(LabError, 'not paused'):
            self.lab.resume('b')
        daemon.kill()

    def test_cut_and_heal(self):
        self.lab.cut('a', 'b', link=0)
        self.assertFalse(reaches(self.lab, 'a', 'b'))
        self.assertTrue(reaches(self.lab, 'a', 'b-link1') and reaches(self.lab, 'a', 'c'))
        self.lab.cut('a', 'b')
        self.assertFalse(reaches(self.lab, 'a', 'b-link1'))
        self.lab.heal('b', 'a')
        self.assertTrue(reaches(self.lab, 'a', 'b') and reaches(self.lab, 'a', 'b-link1'))

    def test_cut_one_way(self):
        self.assertTrue(reaches(self.lab, 'a', 'b'))  # so that both know the other's hardware address
        self.lab.cut('a', 'b', one_way=True)
        self.assertEqual(100, lost_percent(self.lab, 'a', 'b', count=50))
        self.assertEqual(0, lost_percent(self.lab, 'b', 'a', count=50))
        self.lab.heal()

    def test_isolate(self):
        self.lab.isolate('c')
        self.assertFalse(reaches(self.lab, 'a', 'c') or reaches(self.lab, 'c', 'b-link1'))
        self.assertTrue(reaches(self.lab, 'a', 'b'))
        self.lab.heal('c')
        self.assertTrue(reaches(self.lab, 'a', 'c'))

    def test_loss(self):
        self.lab.loss(50, 'a', 'b', one_way=True)
        reaches(self.lab, 'b', 'a')
        self.assertTrue(30 < lost_percent(self.lab, 'a', 'b', count=400) < 70)
        self.assertEqual(0, lost_percent(self.lab, 'b', 'a', count=50))
        self.lab.loss(0, 'a', 'b', one_way=True)
        self.assertEqual([], self.lab.status()['faults'])
        self.assertEqual(0, lost_percent(self.lab, 'a', 'b', count=50))

    def test_delay(self):
        self.lab.delay(40, 'a', 'b')
        self.assertTrue(80 <= self.round_trip_ms('a', 'b') < 160)
        self.assertTrue(self.round_trip_ms('a', 'c') < 20)
        serve = 'import socket, hashlib; s = socket.create_server(("", 4002)); c = s.accept()[0]\n' \
                'h = hashlib.sha256()\nwhile data := c.recv(65536): h.update(data)\nprint(h.hexdigest())'
        send = 'import socket, hashlib; d = bytes(range(256)) * 4096; s = socket.create_connection(("b", 4002))\n' \
               's.sendall(d); print(hashlib.sha256(d).hexdigest())'
        daemon = self.lab.start('b', '/run/hash', ['python3', '-S', '-c', serve])
        until(lambda: ':4002' in self.sh('b', 'ss -ltn'))
        sent = self.lab.run('a', ['python3', '-S', '-c', send]).stdout
        until(lambda: not daemon.alive(), 20)
        self.assertEqual(sent.strip(), self.sh('b', 'cat /run/hash'))
        self.lab.kill('b')
        self.lab.boot('b')
        self.assertTrue(self.round_trip_ms('a', 'b') >= 80)
        self.lab.cut('a', 'b')
        self.assertFalse(reaches(self.lab, 'a', 'b'))
        self.lab.heal()
        self.assertTrue(self.round_trip_ms('a', 'b') < 20)
        self.assertIsNone(self.lab.record()['relay'])

    def round_trip_ms(self, source, target):
        text = self.lab.run(source, ['ping', '-q', '-c4', '-i0.05', '-W1', target]).stdout
        return float(text.rpartition('= ')[2].split('/')[0])

    def test_full_disk(self):
        self.sh('a', 'mkdir -p /var/lib/db; echo old >/var/lib/db/f; chown daemon /var/lib/db; chmod 750 /var/lib/db')
        self.lab.fulldisk('a', '/var/lib/db')
        self.assertEqual('old', self.sh('a', 'cat /var/lib/db/f'))
        done = self.lab.run('a', ['dd', 'if=/dev/zero', 'of=/var/lib/db/g', 'bs=4096', 'count=1'], check=False)
        self.assertIn('No space left on device', done.stderr)
        self.assertEqual(['/var/lib/db'], self.lab.status()['hosts']['a']['full'])
        with self.assertRaisesRegex(LabError, 'full already'):
            self.lab.fulldisk('a', '/var/lib/db')
        self.sh('a', 'rm /var/lib/db/f; echo new >/var/lib/db/h')
        self.lab.fulldisk('a', '/var/lib/db', undo=True)
        after = self.sh('a', 'rm /var/lib/db/g; cat /var/lib/db/*; stat -c "%U %a" /var/lib/db')
        self.assertEqual('new daemon 750', after.replace('\n', ' '))
        self.sh('a', 'head -c 100000 /dev/zero >/var/lib/db/big')
        for path in ('/run', '/etc', '/dev/shm'):
            self.lab.fulldisk('a', path)
            self.lab.fulldisk('a', path, undo=True)
        for path in ('/', '/dev', 'relative'):
            with self.assertRaises(UsageError):
                self.lab.fulldisk('a', path)
        with self.assertRaisesRegex(LabError, 'no such folder'):
            self.lab.fulldisk('a', '/none')
        self.assertEqual('', self.sh('a', 'grep full/ /proc/mounts || :'))

    def test_put(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(f'{folder}/one', 'w') as file:
                file.write('1')
            os.chmod(f'{folder}/one', 0o640)
            self.lab.put('a', f'{folder}/one', '/etc/new/')
            self.lab.put('a', f'{folder}/one', '/etc/new/two')
            self.lab.put('a', folder, '/opt/tree')
        self.assertEqual('640 1', self.sh('a', 'stat -c %a /etc/new/two; cat /opt/tree/one').replace('\n', ' '))
        self.assertEqual('one two', self.sh('a', 'ls /etc/new').replace('\n', ' '))
        with self.assertRaisesRegex(UsageError, 'no file'):
            self.lab.put('a', '/none', '/etc/')

    def test_add(self):
        self.lab.isolate('b')
        self.lab.add('web')
        self.assertTrue(reaches(self.lab, 'a', 'web') and reaches(self.lab, 'web', 'a-link1'))
        self.assertFalse(reaches(self.lab, 'web', 'b'))
        self.lab.heal()
        with self.assertRaisesRegex(UsageError, 'already'):
            self.lab.add('web')
        self.lab.kill('web')

    def test_wrong_requests_are_usage_errors(self):
        lab = self.lab
        wrong = [lambda: lab.run('nobody', ['true']), lambda: lab.cut('a', 'a'), lambda: lab.cut('a', 'b', link=2),
                 lambda: lab.loss(101), lambda: lab.loss(-1, 'a', 'b'), lambda: lab.delay(70000),
                 lambda: lab.delay(5, 'a', 'b', jitter_ms=6), lambda: lab.heal('a', 'b', 'c'), lambda: lab.add('A'),
                 lambda: lab.add('a-name-far-too-long'), lambda: lab.fulldisk('a', '/var', undo=True)]
        for request in wrong:
            with self.assertRaises(UsageError):
                request()
        self.assertEqual([], lab.status()['faults'])


class Clocks(Real):
    def test_steps_reach_running_programs_and_only_wall_clocks(self):
        if not clock.library():
            self.skipTest('SKIP libfaketime is not installed')
        show = ['python3', '-S', '-c', 'import time; print(time.time(), time.monotonic())']

        def offsets():
            wall, monotonic = map(float, lab.run('a', show).stdout.split())
            return wall - time.time(), monotonic - time.monotonic()

        with Lab(hosts=2, clocks=True) as lab:
            lab.start('a', '/run/times', ['sh', '-c', 'while sleep 0.1; do date +%s; done'])
            lab.clock('a', 3600)
            self.assertAlmostEqual(3600, offsets()[0], delta=2)
            lab.clock('a', -600.5)
            self.assertAlmostEqual(2999.5, offsets()[0], delta=2)
            self.assertAlmostEqual(0, offsets()[1], delta=2)
            self.assertAlmostEqual(time.time(), float(lab.run('b', ['date', '+%s']).stdout), delta=3)
            until(lambda: int(lab.run('a', ['tail', '-n1', '/run/times']).stdout) > time.time() + 2900)
            lab.kill('a')
            lab.boot('a')
            self.assertAlmostEqual(2999.5, offsets()[0], delta=2)
            lab.clock('a', None)
            self.assertAlmostEqual(0, offsets()[0], delta=2)

    def test_without_the_library_it_says_what_to_install(self):
        with mock.patch.object(clock, 'library', lambda: None):
            with self.assertRaisesRegex(LabError, 'apt-get install libfaketime'):
                Lab(hosts=1, clocks=True).create(hosts=1, clocks=True)


class CleanUp(Real):
    """Whatever happens, the machine is as it was."""

    def setUp(self):
        self.before = traces()

    def tearDown(self):
        for name in names():
            Lab(name=name).down()

    def check(self):
        self.assertEqual(self.before, traces())

    def test_exception_in_the_block(self):
        with self.assertRaises(ZeroDivisionError):
            with Lab(hosts=2) as lab:
                lab.start('a', '/run/log', ['sleep', '1000'])
                lab.fulldisk('a', '/etc')
                lab.delay(5)
                lab.pause('b')
                pids = [*lab.view('a').pids(), *lab.view('b').pids(), lab.record()['relay'][0]]
                processes = [Process(pid) for pid in pids]
                1 / 0
        self.assertTrue(len(processes) >= 6)
        self.assertFalse([process.pid for process in processes if process.alive()])
        self.check()

    def child(self, body):
        script = 'import signal, sys, time, os\n' \
                 'signal.signal(signal.SIGHUP, signal.SIG_DFL)\n' \
                 f'sys.path.insert(0, {ROOT!r})\nfrom lab import Lab\n' \
                 f'with Lab(hosts=2, name="child") as lab:\n    {body}\n'
        child = subprocess.Popen([sys.executable, '-B', '-c', script], stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL, text=True)
        self.assertEqual('here\n', child.stdout.readline())
        child.stdout.close()
        return child

    def test_signals(self):
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            child = self.child('print("here", flush=True); time.sleep(60)')
            child.send_signal(number)
            self.assertNotEqual(0, child.wait(10))
            self.check()

    def test_killed_owner_is_noticed_by_gc(self):
        child = self.child('print("here", flush=True); time.sleep(60)')
        self.assertEqual([], lab_module.gc())
        child.kill()
        child.wait()
        inits = Lab(name='child').processes()
        self.assertTrue(all(process.alive() for process in inits))
        self.assertEqual('removed child\n', tool('gc').stdout)
        self.assertFalse(any(process.alive() for process in inits))
        self.check()

    def test_boot_that_fails_half_way(self):
        with mock.patch.object(faults, 'apply', side_effect=LabError('made to fail')):
            with self.assertRaisesRegex(LabError, 'made to fail'):
                Lab(name='half').create(hosts=3)
        self.check()
        with mock.patch.object(disk, 'FRESH_AT_BOOT', []), mock.patch.object(disk, 'trees', lambda: ['/none']):
            with self.assertRaises((LabError, OSError)):
                Lab(name='half').create(hosts=2)
        self.check()

    def test_down_without_a_readable_record(self):
        lab = Lab(name='broken').create(hosts=2, links=2)
        processes = lab.processes()
        if group.root() is None:
            self.skipTest('SKIP without cgroup 2 the record is all there is')
        with open(f'{State("broken").dir}/state.json', 'w') as file:
            file.write('{')
        with self.assertRaisesRegex(LabError, 'lab down'):
            lab.status()
        lab.down()
        until(lambda: not any(process.alive() for process in processes))
        self.check()

    def test_without_control_groups(self):
        with mock.patch.object(group, 'root', lambda: None):
            with Lab(hosts=2) as lab:
                lab.start('b', '/run/ticks', ['sh', '-c', 'while sleep 0.02; do echo tick; done'])
                path = f'{root_of(lab.view("b").init().pid)}/run/ticks'
                until(lambda: os.path.exists(path) and os.path.getsize(path) > 0)
                lab.pause('b')
                size = os.path.getsize(path)
                time.sleep(0.2)
                self.assertEqual(size, os.path.getsize(path))
                lab.resume('b')
                until(lambda: os.path.getsize(path) > size)
                lab.delay(1)
                lab.kill('b')
                lab.boot('b')
                self.assertTrue(reaches(lab, 'a', 'b'))
                processes = lab.processes()
            self.assertEqual(4, len(processes))
            self.assertFalse(any(process.alive() for process in processes))
        self.check()

    def test_labs_at_once_do_not_meet(self):
        children = [subprocess.Popen([TOOL, 'up', '2'], env={**os.environ, 'HALE_LAB': f'many{number}'},
                                     stdout=subprocess.DEVNULL) for number in range(3)]
        self.assertEqual([0, 0, 0], [child.wait(30) for child in children])
        labs = [Lab.open(f'many{number}') for number in range(3)]
        self.assertEqual(3, len({lab.address('a') for lab in labs}))
        self.assertFalse(reaches(labs[0], 'a', labs[1].address('b')))
        self.assertTrue(all(reaches(lab, 'a', 'b') for lab in labs))
        self.assertEqual(0, tool('down', '--all').returncode)
        self.check()

    def test_command_line(self):
        self.assertEqual(1, tool('status').returncode)
        self.assertEqual(0, tool('up', '--names', 'web', 'db', '--links', '2').returncode)
        self.assertEqual(1, tool('up', '2').returncode)
        self.assertEqual((9, 'web\n'), (lambda done: (done.returncode, done.stdout))(
            tool('run', 'web', 'sh', '-c', 'hostname; exit 9')))
        self.assertTrue(tool('start', 'web', '/run/l', 'sleep', '50').stdout.strip().isdigit())
        for words in ['cut web db --one-way', 'loss --all 1.5', 'delay web db 3 --jitter 1', 'isolate db', 'pause db',
                      'resume db', 'kill db', 'wipe db', 'boot db']:
            self.assertEqual('', tool(*words.split()).stderr, words)
        found = json.loads(tool('status', '--json').stdout)
        self.assertEqual(['up', 'up'], [host['state'] for host in found['hosts'].values()])
        self.assertEqual(6, len(found['faults']))
        self.assertIn('loss * -> * 1.5 %', tool('status').stdout)
        self.assertEqual(0, tool('heal').returncode)
        for words in ['loss web db', 'loss web db x', 'loss web db 101', 'run x true', 'run web', 'clock web', 'frob',
                      'cut web web', 'up 5 --names a', 'fulldisk web /', 'cluster --engine none', 'add web',
                      'delay --all 5 --link 0', '']:
            done = tool(*words.split())
            self.assertEqual(2, done.returncode, words)
        self.assertEqual((0, 0), (tool('down').returncode, tool('gc').returncode))
        self.check()


class Clusters(Real):
    def test_debians_corosync(self):
        if not shutil.which('corosync') or not shutil.which('corosync-quorumtool'):
            self.skipTest('SKIP corosync is not installed')
        with Lab(hosts=3, links=2) as lab:
            done = tool('cluster', '--crypto', '--totem', 'token: 1000', '--totem', 'token_coefficient: 0',
                        lab=lab.name)
            self.assertRegex(done.stdout, r'^3 members after [\d.]+ s\n$', done.stderr)
            cluster = Cluster(lab)
            self.assertIn('crypto_cipher: aes256', lab.run('b', ['cat', '/etc/corosync/corosync.conf']).stdout)
            self.assertEqual('400 256', lab.run('c', ['stat', '-c', '%a %s', '/etc/corosync/authkey']).stdout.strip())
            lab.kill('c')
            cluster.wait_members(2)
            lab.boot('c')
            cluster.start('c')
            cluster.wait_members(3)
            lab.isolate('a')
            cluster.wait_members(1, ['a'], quorate=False)
            cluster.wait_members(2, ['b', 'c'])
            lab.heal()
            cluster.wait_members(3)
            self.assertEqual(([1, 2, 3], True), cluster.members('b'))


if __name__ == '__main__':
    os.environ['HALE_LAB_DIR'] = f'/run/hale-lab-test-{os.getpid()}'
    try:
        unittest.main(verbosity=2)
    finally:
        shutil.rmtree(os.environ['HALE_LAB_DIR'], ignore_errors=True)
