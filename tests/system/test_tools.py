#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's corosync-cfgtool, -quorumtool, -cmapctl and -cpgtool, with every option, on a ring of three hosts: first of
Corosync, then of our engine. Exit status, output and complaints must be the same.

What differs from run to run (process ids, addresses of the lab, times, counters) is normalised. What may differ
between the engines stands in ALLOWED, with the reason. Without root, the tools or the engine: "SKIP reason".

    test_tools.py                   compare build/bin/hale-engine with Corosync
    test_tools.py --self            compare Corosync with itself: the test of this test
    test_tools.py --show ENGINE     run the tools on a ring of ENGINE and print what they say
"""
import difflib
import os
import re
import shutil
import sys
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, ROOT)
sys.dont_write_bytecode = True

from lab import Lab, LabError, lab as lab_module  # noqa: E402
from lab.cluster import Cluster  # noqa: E402

REFERENCE = ['corosync', '-f']
OURS = [os.environ.get('HALE_ENGINE', f'{ROOT}/build/bin/hale-engine'), '-f']
# Each argument is a command. Output first, then complaints, what is not printable made so; then a line with the status.
CAPTURE = '''
for command; do
	( eval "$command" ) >/tmp/out 2>/tmp/err
	status=$?
	cat -v /tmp/out
	sed 's/^/[complaint] /' /tmp/err | cat -v
	echo "@@@ $status"
	case $command in *quorumtool\\ -[ve]*|*cfgtool\\ -[RLkH]*) sleep 0.4;; esac
done'''

# Programs that use the engine while the tools look at it, in Python because every Debian has it.
CPG_MEMBER = '''
import ctypes, sys, time
class Name(ctypes.Structure):
    _fields_ = [('length', ctypes.c_uint32), ('value', ctypes.c_char * 128)]
cpg = ctypes.CDLL('libcpg.so.4')
handles = []
for group in sys.argv[1:]:
    raw = group.encode().decode('unicode_escape').encode('latin1')
    handle = ctypes.c_uint64()
    assert cpg.cpg_initialize(ctypes.byref(handle), ctypes.byref((ctypes.c_void_p * 2)())) == 1
    assert cpg.cpg_join(handle, ctypes.byref(Name(len(raw), raw))) == 1
    handles.append(handle)
print('ready', flush=True)
time.sleep(3600)
'''
CFG_WATCHER = '''
import ctypes, sys
answer = int(sys.argv[1])
cfg = ctypes.CDLL('libcfg.so.7')
CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_uint64, ctypes.c_int)
def asked(handle, flags):
    print('asked with flags', flags, flush=True)
    if answer >= 0:
        print('reply', cfg.corosync_cfg_replyto_shutdown(ctypes.c_uint64(handle), answer), flush=True)
callback = CALLBACK(asked)
handle = ctypes.c_uint64()
assert cfg.corosync_cfg_initialize(ctypes.byref(handle), ctypes.byref((CALLBACK * 1)(callback))) == 1
assert cfg.corosync_cfg_trackstart(handle, 0) == 1
print('ready', flush=True)
while cfg.corosync_cfg_dispatch(handle, 1) == 1:
    pass
print('gone', flush=True)
'''

LINKS = ['corosync-cfgtool -s', 'corosync-cfgtool -s -b', 'corosync-cfgtool -b', 'corosync-cfgtool -n',
         'corosync-cfgtool -s -i 0', 'corosync-cfgtool -s -i 9', 'corosync-cfgtool -n -i 1', 'corosync-cfgtool -i 1',
         'corosync-cfgtool -a 1', 'corosync-cfgtool -a 3', 'corosync-cfgtool -a 99', 'corosync-cfgtool -a 0',
         'corosync-cfgtool -a x', 'corosync-cfgtool -L', 'corosync-cfgtool -R', 'corosync-cfgtool',
         'corosync-cfgtool -h', 'corosync-cfgtool -Z', 'corosync-cfgtool -k', 'corosync-cfgtool -k 99',
         'corosync-cfgtool -k 0', 'corosync-cfgtool -k x']

QUORUM = ['corosync-quorumtool', 'corosync-quorumtool -s', 'corosync-quorumtool -l', 'corosync-quorumtool -a',
          'corosync-quorumtool -s -a', 'corosync-quorumtool -l -a', 'corosync-quorumtool -s -p',
          'corosync-quorumtool -l -p', 'corosync-quorumtool -p', 'corosync-quorumtool -s -H',
          'corosync-quorumtool -l -H', 'corosync-quorumtool -s -i', 'corosync-quorumtool -l -i',
          'corosync-quorumtool -l -i -a', 'corosync-quorumtool -l -o a', 'corosync-quorumtool -l -o n',
          'corosync-quorumtool -l -o i', 'corosync-quorumtool -l -o x', 'corosync-quorumtool -h',
          'corosync-quorumtool -V', 'corosync-quorumtool -Z', 'corosync-quorumtool -f',
          'corosync-quorumtool -v 2 -n 2', 'corosync-quorumtool -s', 'corosync-quorumtool -v 3',
          'corosync-quorumtool -s', 'corosync-quorumtool -v 0 -n 3', 'corosync-quorumtool -s',
          'corosync-quorumtool -v 1 -n 99', 'corosync-quorumtool -v 1 -n 3', 'corosync-quorumtool -v 1 -n 2',
          'corosync-quorumtool -v 1 -n 1', 'corosync-quorumtool -v 2 -n 1', 'corosync-quorumtool -v 1 -n 1',
          'corosync-quorumtool -s', 'corosync-quorumtool -v x', 'corosync-quorumtool -v -1', 'corosync-quorumtool -n 2',
          'corosync-quorumtool -e 5', 'corosync-quorumtool -s', 'corosync-quorumtool -e 0', 'corosync-quorumtool -e 1',
          'corosync-quorumtool -e 9', 'corosync-quorumtool -s', 'corosync-quorumtool -e 3', 'corosync-quorumtool -s',
          'corosync-quorumtool -e x', 'timeout -s INT 1 stdbuf -oL corosync-quorumtool -m', 'corosync-quorumtool -e 4']

VALUES = [f'corosync-cmapctl -s my.{kind} {kind} {value}' for kind, value in [
    ('i8', '-5'), ('u8', '250'), ('i16', '-500'), ('u16', '50000'), ('i32', '-70000'), ('u32', '4000000000'),
    ('i64', '-5000000000'), ('u64', '18000000000000000000'), ('flt', '1.5'), ('dbl', '-2.25'), ('str', '"two words"')]]
WRONG_VALUES = ['corosync-cmapctl -s my.u8 u8 256', 'corosync-cmapctl -s my.i8 i8 200', 'corosync-cmapctl -s my.x x 1',
                'corosync-cmapctl -s my.u32 u32 x', 'corosync-cmapctl -s my.u32', 'corosync-cmapctl -s ab str x',
                'corosync-cmapctl -s "a key" str x', f'corosync-cmapctl -s {"k" * 255} u8 1',
                f'corosync-cmapctl -s {"k" * 256} u8 1', f'corosync-cmapctl -d {"k" * 255}']
READONLY = [f'corosync-cmapctl -s {key} {kind} {value}' for key, kind, value in [
    ('totem.transport', 'str', 'udp'), ('nodelist.node.0.nodeid', 'u32', '5'),
    ('runtime.config.totem.token', 'u32', '9'), ('runtime.services.cpg.0.tx', 'u64', '0'), ('system.new', 'str', 'x'),
    ('uidgid.config.uid.5', 'u8', '1'),
    ('internal_configuration.service.0.ver', 'u32', '1'), ('quorum.wait_for_all', 'u8', '1'),
    ('config.reload_in_progress', 'u8', '1'), ('uidgid.uid.5', 'u8', '1'), ('runtime.members.9.status', 'str', 'left')]]

CMAP = ['corosync-cmapctl', 'corosync-cmapctl -b', 'corosync-cmapctl nodelist.', 'corosync-cmapctl none.',
        'corosync-cmapctl totem. quorum.', 'corosync-cmapctl -h', 'corosync-cmapctl -Z', *VALUES,
        'printf "a\\0b" | corosync-cmapctl -s my.bin bin -',
        'printf xyz >/tmp/bin; corosync-cmapctl -s my.bin2 bin /tmp/bin',
        'corosync-cmapctl my.', 'corosync-cmapctl -b my.', 'corosync-cmapctl -g my.u8',
        'corosync-cmapctl -g my.i8 my.str',
        'corosync-cmapctl -b -g my.bin', 'corosync-cmapctl -q -g my.u8', 'corosync-cmapctl -q -b -g my.bin',
        'corosync-cmapctl -g my.none', 'corosync-cmapctl -q -g my.none', 'corosync-cmapctl -g ab',
        *WRONG_VALUES, *READONLY,
        'corosync-cmapctl -d uidgid.uid.5 runtime.members.9.status', 'corosync-cmapctl -d my.none',
        'corosync-cmapctl -d totem.transport', 'corosync-cmapctl -d my.u8', 'corosync-cmapctl -D my.i',
        'corosync-cmapctl -D none.', 'corosync-cmapctl -D nodelist.', 'corosync-cmapctl my.',
        'printf "my.file u32 7\\n^my.u16\\n^^my.bin\\n" >/tmp/keys; corosync-cmapctl -p /tmp/keys',
        'corosync-cmapctl my.',
        'printf "my.file u32\\n" >/tmp/keys; corosync-cmapctl -p /tmp/keys', 'corosync-cmapctl -p /tmp/none',
        '(sleep 0.5; corosync-cmapctl -s my.t u8 1; corosync-cmapctl -s my.t u8 1; corosync-cmapctl -s my.t str x; '
        'corosync-cmapctl -s my.t2 u8 1; corosync-cmapctl -d my.t; sleep 0.3; echo q) | corosync-cmapctl -t my.t',
        '(sleep 0.5; corosync-cmapctl -s my.t u8 1; corosync-cmapctl -s my.t2 u8 2; corosync-cmapctl -D my.t; '
        'sleep 0.3; echo q) | corosync-cmapctl -T my.t',
        '(sleep 0.5; corosync-cfgtool -R >/dev/null; sleep 0.7; echo q) | corosync-cmapctl -T config.',
        'corosync-cmapctl -s runtime.blackbox.dump_state str now', 'corosync-cmapctl -g runtime.blackbox.dump_state',
        'corosync-cmapctl -s runtime.blackbox.dump_flight_data str now',
        'corosync-cmapctl -g runtime.blackbox.dump_flight_data', 'corosync-cmapctl -D my.']

STRANGER = 'setpriv --reuid 65534 --regid 65534 --clear-groups'
RIGHTS = [f'{STRANGER} corosync-cmapctl -g totem.version', f'{STRANGER} corosync-quorumtool -s',
          f'{STRANGER} corosync-cfgtool -s', f'{STRANGER} corosync-cpgtool',
          'corosync-cmapctl -s uidgid.uid.65534 u8 1',
          f'{STRANGER} corosync-cmapctl -g totem.version', f'{STRANGER} corosync-quorumtool -s',
          f'{STRANGER} corosync-cfgtool -s', f'{STRANGER} corosync-cpgtool',
          'corosync-cmapctl -s uidgid.uid.65534 u8 0',
          f'{STRANGER} corosync-cmapctl -g totem.version', 'corosync-cmapctl -s uidgid.gid.65534 u8 1',
          f'{STRANGER} corosync-cmapctl -g totem.version', 'corosync-cmapctl -s uidgid.gid.65534 u32 1',
          f'{STRANGER} corosync-cmapctl -g totem.version', 'corosync-cmapctl -D uidgid.',
          f'{STRANGER} corosync-cmapctl -g totem.version']

STATS = ['corosync-cmapctl -m stats', 'corosync-cmapctl -m stats stats.srp.', 'corosync-cmapctl -m stats none.',
         'corosync-cmapctl -m stats -g stats.knet.node2.link0.connected', 'corosync-cmapctl -m stats -g stats.none',
         'corosync-cmapctl -m stats -s stats.srp.mcast_tx u64 0', 'corosync-cmapctl -m stats -s my.key u64 0',
         'corosync-cmapctl -m stats -d stats.srp.mcast_tx', 'corosync-cmapctl -m none', 'corosync-cmapctl -C knet',
         'corosync-cmapctl -C ipc', 'corosync-cmapctl -C totem', 'corosync-cmapctl -C schedmiss',
         'corosync-cmapctl -C all',
         'corosync-cmapctl -C none', 'corosync-cmapctl -C',
         '(sleep 0.5; corosync-quorumtool -s >/dev/null; sleep 0.3; echo q) | '
         'corosync-cmapctl -m stats -T stats.ipcs.service3',
         '(sleep 2; echo q) | corosync-cmapctl -m stats -t stats.knet.node2.link0.connected']

GROUPS = ['corosync-cpgtool', 'corosync-cpgtool -n', 'corosync-cpgtool -d ,', 'corosync-cpgtool -e',
          'corosync-cpgtool -n -e', 'corosync-cpgtool -n -d ,', 'corosync-cpgtool -h', 'corosync-cpgtool -Z']

GONE = ['corosync-cfgtool -s', 'corosync-cfgtool -n', 'corosync-cfgtool -R', 'corosync-quorumtool -s',
        'corosync-cmapctl', 'corosync-cpgtool']

# (pattern, replacement), in order.
NORMAL = [
    (r'\b10\.1\d\d\.(\d)\.(\d)\b', r'10.LAB.\1.\2'),
    (r'^(Date: +).*', r'\1DATE'),
    (r'^(Ring ID: +\w+\.)\w+', r'\1SEQ'),
    (r'(stats\.ipcs\.service\d+\.)\d+\.0x[0-9a-f]+', r'\1PID.ADDRESS'),
    (r'^((?:modify|create|delete)> )?(stats\.(?:srp|pg|ipcs|schedmiss)\.\S+ \((?:u64|u32|flt)\) = ).*', r'\1\2VALUE'),
    (r'^(stats\.knet\.\S+(?:packets|bytes|latency_\w+|time_\w+|retries|errors|overhead) \(u\d+\) = ).*', r'\1VALUE'),
    (r'^(runtime\.services\.\S+\.[rt]x \(u64\) = ).*', r'\1VALUE'),
    (r'^(resources\.system\.\S+\.(?:current|last_updated) \(\w+\) = ).*', r'\1VALUE'),
]

DUMP = r'cmapctl( -b)?$'
# (pattern of the command, pattern of the lines that may be in one output only, reason)
ALLOWED = [
    (DUMP, r'^runtime\.config\.totem\.interface\.\d\.knet_ping_(interval|timeout) ',
     'links are pinged more often, for early detection: docs/decisions/0003-early-detection.md'),
    (DUMP, r'^runtime\.config\.totem\.interface\.\d\.mcastport ',
     'the port in use is shown also when it is the default'),
]
# (pattern of the command, reason why its lines may come in another order)
UNORDERED = [
    (r'corosync-cpgtool', 'groups are listed by name instead of by age'),
    (r'-T stats\.ipcs', 'keys that appear or go together are told by name'),
]


class Battery:
    """The whole series of commands on a ring of one engine. `results`: command -> (exit status, normalised text)."""

    def __init__(self, lab, engine):
        self.lab = lab
        self.cluster = Cluster(lab, totem=['token: 1000'], engine=engine)
        self.results = {}
        self.pids = {}

    def run(self):
        self.cluster.configure()
        self.cluster.start()
        self.cluster.wait_members(3)
        self.wait_links()
        for part in (LINKS, QUORUM, CMAP, STATS, RIGHTS):
            self.say_all('a', part)
        self.groups()
        self.kill_node()
        self.shutdown()
        return self.results

    def wait_links(self):
        """Until every link is up and its MTU found."""
        for _ in range(100):
            text = self.lab.run('a', ['corosync-cfgtool', '-n'], check=False).stdout
            if len(re.findall(r'enabled connected mtu: [1-9]\d{3}', text)) == 4:
                return
            time.sleep(0.2)
        raise LabError(f'the links do not come up:\n{text}')

    def say_all(self, host, commands, note=''):
        """Run the commands in one go, which is much quicker than to enter the host for each."""
        done = self.lab.run(host, ['sh', '-c', CAPTURE, 'sh', *commands], timeout=120)
        answers = re.findall(r'(.*?)^@@@ (\d+)$\n', done.stdout, re.DOTALL | re.MULTILINE)
        if len(answers) != len(commands):
            raise LabError(f'host {host}: {len(commands)} commands gave {len(answers)} answers:\n{done.stdout}')
        for command, (text, status) in zip(commands, answers):
            self.record(host, command, note, int(status), text)

    def say(self, host, command, note=''):
        self.say_all(host, [command], note)

    def record(self, host, command, note, status, text):
        label = f'{host}: {command}' + (f' ({note})' if note else '')
        number = sum(known.partition(' #')[0] == label for known in self.results)
        self.results[label + (f' #{number + 1}' if number else '')] = (status, normalise(text, self.pids))

    def client(self, host, script, *arguments):
        """A program that uses the engine, once it says that it is ready."""
        log = f'/tmp/client{len(self.pids)}'
        daemon = self.lab.start(host, log, ['python3', '-c', script, *arguments])
        self.pids[daemon.pid] = f'PID{len(self.pids)}'
        for _ in range(100):
            if 'ready' in self.lab.run(host, ['cat', log]).stdout:
                return daemon, log
            time.sleep(0.1)
        raise LabError(f'a client does not start: {self.lab.run(host, ["cat", log]).stdout}')

    def groups(self):
        self.say_all('a', GROUPS, 'no groups')
        self.client('a', CPG_MEMBER, 'one', 'two', r'odd\x01name\xff')
        self.client('b', CPG_MEMBER, 'two', 'three')
        time.sleep(0.4)
        for host in 'ac':
            self.say_all(host, GROUPS, 'with groups')

    def kill_node(self):
        self.say('a', '(sleep 0.7; corosync-cfgtool -k 3 >/dev/null) & '
                 'timeout -s INT 7 stdbuf -oL corosync-quorumtool -m; wait')
        self.cluster.wait_members(2, ['a', 'b'])
        self.say_all('a', ['corosync-quorumtool -s', 'corosync-cfgtool -s', 'corosync-cfgtool -n',
                           'corosync-cmapctl runtime.members.', 'corosync-cpgtool', 'corosync-cfgtool -k 3'],
                     'c killed')
        self.say_all('c', GONE, 'killed')

    def shutdown(self):
        """The protocol of cfgtool -H: a veto, force, silence, consent."""
        veto, log = self.client('a', CFG_WATCHER, '0')
        self.say('a', 'corosync-cfgtool -H', 'vetoed')
        self.say('a', 'corosync-quorumtool -s', 'after the veto')
        self.say('a', f'cat {log}', 'what the objector saw')
        veto.kill()
        time.sleep(0.4)
        silent, log = self.client('a', CFG_WATCHER, '-1')
        self.say('a', 'corosync-cmapctl -s cfg.shutdown_timeout u32 1000', 'short')
        self.say('a', 'corosync-cfgtool -H', 'not answered')
        self.say('a', f'cat {log}', 'what the silent one saw')
        silent.kill()
        time.sleep(0.4)
        _, log = self.client('a', CFG_WATCHER, '0')
        self.say('a', 'corosync-cfgtool -H --force', 'vetoed')
        self.wait_gone('a')
        self.say('a', f'cat {log}', 'what the overruled one saw')
        self.say_all('a', GONE, 'shut down')
        self.say('b', 'corosync-quorumtool -s', 'alone')
        self.say('b', 'corosync-cfgtool -H', 'nobody asked')
        self.wait_gone('b')

    def wait_gone(self, host):
        for _ in range(200):
            if not self.cluster.engines[host].alive():
                return
            time.sleep(0.05)
        raise LabError(f'host {host}: the engine does not go down')


class UdpuBattery(Battery):
    """What is different without knet."""

    def run(self):
        self.cluster.totem.append('transport: udpu')
        self.cluster.links = 1
        self.cluster.configure()
        self.cluster.start()
        self.cluster.wait_members(3)
        self.say_all('a', [*LINKS, 'corosync-cmapctl -m stats', 'corosync-cmapctl totem.', 'corosync-cfgtool -k 3'])
        self.cluster.wait_members(2, ['a', 'b'])
        self.say_all('a', ['corosync-cfgtool -s', 'corosync-cfgtool -n'], 'c killed')
        return self.results


def normalise(text, pids):
    for pid, name in pids.items():
        text = re.sub(rf'\b{pid}\b', name, text)
    for pattern, replacement in NORMAL:
        text = re.sub(pattern, replacement, text, flags=re.MULTILINE)
    return text


def battery(engine, kind=Battery):
    with Lab(hosts=3, links=2) as lab:
        return kind(lab, engine).run()


def without_allowed(command, text):
    patterns = [line for where, line, _ in ALLOWED if re.search(where, command)]
    lines = [line for line in text.splitlines() if not any(re.search(pattern, line) for pattern in patterns)]
    if any(re.search(where, command) for where, _ in UNORDERED):
        lines = sorted(item for line in lines for item in (line.split(',') if ' -n -d ,' in command else [line]))
    return lines


def differences(first, second):
    """What is not the same, as text; empty when all is well."""
    found = []
    for command in first.keys() | second.keys():
        if command not in first or command not in second:
            found.append(f'{command}: only run once')
            continue
        (status_a, text_a), (status_b, text_b) = first[command], second[command]
        lines = difflib.unified_diff(without_allowed(command, text_a), without_allowed(command, text_b), 'reference',
                                     'ours', n=1, lineterm='')
        changes = [line for line in lines if not line.startswith(('---', '+++', '@@'))]
        if status_a != status_b:
            changes.insert(0, f'exit status {status_a} became {status_b}')
        if changes:
            found.append('\n    '.join([command, *changes]))
    return '\n'.join(sorted(found))


def needless(first, second):
    """What is allowed, and does not occur any more: it would hide what may come."""
    lines = [(command, set(first[command][1].splitlines()) ^ set(second[command][1].splitlines()))
             for command in first.keys() & second.keys()]
    return [why for where, pattern, why in ALLOWED
            if not any(re.search(where, command) and any(re.search(pattern, line) for line in differing)
                       for command, differing in lines)]


def missing(ours=True):
    """Why this cannot be tested here, or None."""
    try:
        lab_module.need_root()
    except LabError as error:
        return str(error)
    tools = ['corosync', 'corosync-cfgtool', 'corosync-quorumtool', 'corosync-cmapctl', 'corosync-cpgtool', 'stdbuf']
    absent = [tool for tool in tools if not shutil.which(tool)]
    if absent:
        return f'{", ".join(absent)}: not installed; apt-get install corosync'
    if ours and not os.access(OURS[0], os.X_OK):
        return f'{OURS[0]} is not there: build it first ("make build"), or name one in HALE_ENGINE'
    return None


class Comparison(unittest.TestCase):
    """That a difference is seen, and which are not."""

    def test_differences(self):
        same = {'a: one': (0, 'x\ny\n'), 'a: two': (1, '')}
        self.assertEqual('', differences(same, dict(same)))
        for other in ({**same, 'a: one': (1, 'x\ny\n')}, {**same, 'a: one': (0, 'x\nz\n')}, {'a: two': (1, '')},
                      {**same, 'a: one': (0, 'y\nx\n')}, {**same, 'a: one': (0, 'x\ny\ny\n')}):
            self.assertIn('a: one', differences(same, other))
            self.assertIn('a: one', differences(other, same))

    def test_what_is_allowed(self):
        tools = {'a: corosync-cmapctl': (0, 'my.key (u8) = 1\n'), 'a: corosync-cpgtool -n -d ,': (0, 'two,one,\n')}
        port = 'runtime.config.totem.interface.0.mcastport (u16) = 5405\n'
        ours = {'a: corosync-cmapctl': (0, f'my.key (u8) = 1\n{port}'),
                'a: corosync-cpgtool -n -d ,': (0, 'one,two,\n')}
        self.assertEqual('', differences(tools, ours))
        ours['a: corosync-cpgtool -n -d ,'] = (0, 'one,three,\n')
        self.assertIn('cpgtool', differences(tools, ours))
        ours = {**tools, 'a: corosync-cmapctl my.': (0, port)}
        tools = {**tools, 'a: corosync-cmapctl my.': (0, '')}
        self.assertIn('mcastport', differences(tools, ours))

    def test_what_is_needless(self):
        tools = {'a: corosync-cmapctl': (0, 'my.key (u8) = 1\n')}
        self.assertEqual(len(ALLOWED), len(needless(tools, tools)))
        ours = {'a: corosync-cmapctl': (0, 'runtime.config.totem.interface.0.mcastport (u16) = 5405\n')}
        self.assertEqual(len(ALLOWED) - 1, len(needless(tools, ours)))

    def test_normalised(self):
        lines = {'Ring ID:          1.2f': 'Ring ID:          1.SEQ', 'addr\t= 10.107.1.2': 'addr\t= 10.LAB.1.2',
                 'Date:             Sun Nov 22': 'Date:             DATE',
                 'stats.ipcs.service0.62.0x56a.sent (u32) = 5': 'stats.ipcs.service0.PID.ADDRESS.sent (u32) = VALUE',
                 'runtime.services.cpg.0.rx (u64) = 6': 'runtime.services.cpg.0.rx (u64) = VALUE',
                 'stats.knet.node2.link0.connected (u8) = 1': 'stats.knet.node2.link0.connected (u8) = 1',
                 'PID:  4711': 'PID:  PID0', '14711': '14711'}
        for line, wanted in lines.items():
            self.assertEqual(wanted, normalise(line, {4711: 'PID0'}))


class Tools(unittest.TestCase):
    ours = OURS

    def compare(self, kind):
        reason = missing(self.ours is OURS)
        if reason:
            print(f'SKIP {reason}')
            self.skipTest(reason)
        reference, ours = battery(REFERENCE, kind), battery(self.ours, kind)
        found = differences(reference, ours)
        print(f'{len(reference)} commands compared')
        self.assertFalse(found, f'the tools say other things on this engine:\n{found}')
        return reference, ours

    def test_same_words_of_both_engines(self):
        reference, ours = self.compare(Battery)
        if self.ours is OURS:
            self.assertEqual([], needless(reference, ours), 'no longer needed: remove from ALLOWED')

    def test_same_words_over_udpu(self):
        self.compare(UdpuBattery)


if __name__ == '__main__':
    if sys.argv[1:2] == ['--show']:
        for name, (code, output) in battery(sys.argv[2:]).items():
            print(f'$ {name} -> {code}\n{output}')
        sys.exit()
    if sys.argv[1:] == ['--self']:
        Tools.ours = REFERENCE
        del sys.argv[1:]
    unittest.main(verbosity=2)
