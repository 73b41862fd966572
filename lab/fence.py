# SPDX-License-Identifier: GPL-2.0-or-later
"""The fencing of a lab: one power switch for all hosts, outside of them, as a machine room has one.

    fence = Fence(lab)
    fence.start(boot_s=5, then=['/usr/sbin/haled'])
    fence.fault('hang', 'b')
    fence.history()                 # [{'at_s', 'action', 'target', 'from', 'answer'}, ...]

A host reaches it through /dev/lab/power/switch, a socket of its own, so the switch knows who asks; the network between
hosts plays no part. What asks there is the agent /usr/sbin/fence_lab (fence_lab in this folder), in every host.
A question is one line, "ACTION [HOST]"; the answer is "ok [text]" or "error text". `reboot` cuts the power, answers,
and boots the host again `boot_s` seconds later, as a machine takes its time; without `boot_s` it stays off.

The switch can be broken: it hangs (never answers), fails (does nothing and says so), lies (does nothing and says "ok"),
is slow (does it after a time), for one host or all. `deaf` is a cut cable between one asker and the switch.
"""
import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time

from . import group
from .error import LabError, UsageError
from .process import Process

FAULTS = {'hang': 'the switch does not answer', 'fail': 'it does nothing, and says so',
          'lie': 'it does nothing, and says that it did', 'slow': 'it takes its time',
          'deaf': 'a host cannot reach it'}
ACTIONS = ('on', 'off', 'reboot', 'status')
SERVER = f'{os.path.dirname(os.path.abspath(__file__))}/fence_switch.py'
ASK_TIMEOUT_S = 60
START_TIMEOUT_S = 10


def folder(lab_dir, host):
    """What a host sees as /dev/lab/power."""
    return f'{lab_dir}/power/{host}'


def prepare(lab_dir, host):
    path = folder(lab_dir, host)
    os.makedirs(path, exist_ok=True)
    return path


def socket_path(lab_dir, host):
    return f'{folder(lab_dir, host)}/switch'


class Fence:
    """The power switch of a lab, as people and tests use it."""

    def __init__(self, lab):
        self.lab = lab
        self.log = f'{lab.state.dir}/power/log'

    def entry(self):
        return self.lab.record().get('fence')

    def running(self):
        entry = self.entry()
        return entry is not None and Process.from_record(entry['pid']).alive()

    def start(self, boot_s=None, then=None):
        """`boot_s`: how long a host takes to boot after a reboot; `then`: what to start in it, as a service manager
        would."""
        if boot_s is not None and not 0 <= boot_s <= 3600:
            raise UsageError(f'a boot of {boot_s:g} s makes no sense: give 0 to 3600')
        if then and boot_s is None:
            raise UsageError('a command after the boot needs a time to boot: without it a rebooted host stays off')
        if self.running():
            raise LabError('the power switch runs already; "lab fence down" first')
        with self.lab.state.change() as record:
            record['fence'] = {'pid': None, 'boot_s': boot_s, 'then': list(then or []), 'faults': []}
        entry = launch(self.lab)
        with self.lab.state.change() as record:
            record['fence']['pid'] = entry.record()

    def stop(self):
        if not self.running():
            raise LabError('no power switch runs in this lab; "lab fence up" starts one')
        Process.from_record(self.entry()['pid']).kill()
        with self.lab.state.change() as record:
            record['fence'] = None
            for host in record['hosts']:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(socket_path(self.lab.state.dir, host))

    def ask(self, action, target=None, timeout_s=ASK_TIMEOUT_S):
        """As somebody who stands before the switch; returns its words, "on" and "off" for status."""
        if not self.running():
            raise LabError('no power switch runs in this lab; "lab fence up" starts one')
        if target is not None:
            self.lab.view(target)
        return ask(f'{self.lab.state.dir}/power/here', action, target, timeout_s)

    def fault(self, kind, host=None, seconds=None):
        """Break the switch: for what is done to `host`, or all. `deaf` is about the host that asks."""
        if kind not in FAULTS:
            raise UsageError(f'the switch cannot {kind}: it can {", ".join(FAULTS)}')
        if (kind == 'slow') != (seconds is not None):
            raise UsageError('"slow" needs its seconds, and nothing else takes any')
        if host is not None:
            self.lab.view(host)
        with self.lab.state.change() as record:
            faults = need(record)['faults']
            record['fence']['faults'] = [f for f in faults if f['host'] != host or (kind == 'deaf') != (
                f['kind'] == 'deaf')] + [{'kind': kind, 'host': host, 'seconds': seconds}]

    def heal(self, host=None):
        """End the faults of one host, or all; what hangs already goes on to hang."""
        with self.lab.state.change() as record:
            faults = need(record)['faults']
            record['fence']['faults'] = [f for f in faults if host is not None and f['host'] != host]

    def history(self):
        try:
            with open(self.log) as file:
                return [json.loads(line) for line in file]
        except FileNotFoundError:
            return []


def need(record):
    if not record.get('fence'):
        raise LabError('no power switch runs in this lab; "lab fence up" starts one')
    return record['fence']


def ask(path, action, target, timeout_s):
    """One question; the agent in the hosts does the same with its own few lines."""
    with socket.socket(socket.AF_UNIX) as channel:
        channel.settimeout(timeout_s)
        try:
            channel.connect(path)
            channel.sendall(f'{action} {target or ""}\n'.encode())
            answer = channel.makefile().readline().strip()
        except socket.timeout:
            raise LabError(f'the power switch did not answer within {timeout_s:g} s') from None
        except OSError as error:
            raise LabError(f'the power switch at {path}: {error.strerror}') from None
    word, _, text = answer.partition(' ')
    if word != 'ok':
        raise LabError(f'the power switch: {text or "it hung up"}')
    return text


def launch(lab):
    """The switch is a process of its own, in the lab's group: it goes when the lab goes."""
    path = group.make(lab.name, 'power')
    join = f'echo $$ >{path}/cgroup.procs; ' if path else ''
    os.makedirs(f'{lab.state.dir}/power', exist_ok=True)
    with open(f'{lab.state.dir}/power/complaints', 'a') as complaints:
        child = subprocess.Popen(['sh', '-c', f'{join}exec "$@"', 'lab', 'setsid', '--fork', sys.executable, '-I', '-S',
                                  SERVER, lab.name], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=complaints, text=True)
    ready = select.select([child.stdout], [], [], START_TIMEOUT_S)[0]
    line = child.stdout.readline() if ready else ''
    child.stdout.close()
    child.wait()
    if not line.strip().isdigit():
        raise LabError(f'the power switch does not start: see {lab.state.dir}/power/complaints')
    return Process(int(line))


class Switch:
    """The process: a socket for each host, one for those outside, a thread for each question."""

    def __init__(self, lab):
        self.lab = lab
        self.dir = lab.state.dir
        self.listening = {}
        self.log_lock = threading.Lock()

    def listen(self):
        """Also for hosts that were added since."""
        for asker in [None, *self.lab.hosts()]:
            path = f'{self.dir}/power/here' if asker is None else socket_path(self.dir, asker)
            if asker in self.listening:
                continue
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
            if asker is not None:
                prepare(self.dir, asker)
            channel = socket.socket(socket.AF_UNIX)
            channel.bind(path)
            channel.listen(64)
            self.listening[asker] = channel

    def run(self):
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        self.listen()
        print(os.getpid(), flush=True)
        while True:
            self.listen()
            askers = {channel: asker for asker, channel in self.listening.items()}
            for channel in select.select(list(askers), [], [], 0.5)[0]:
                peer, _ = channel.accept()
                threading.Thread(target=self.serve, args=(peer, askers[channel]), daemon=True).start()

    def serve(self, peer, asker):
        began_s = time.monotonic()
        with peer, contextlib.suppress(OSError):
            words = peer.makefile().readline().split()
            action, target = (words + ['', ''])[:2]
            try:
                answer = f'ok {self.answer(action, target, asker)}'.strip()
            except LabError as error:
                answer = f'error {error}'
            if action != 'list':
                self.note(began_s, action, target, asker, answer)
            peer.sendall(f'{answer}\n'.encode())

    def note(self, began_s, action, target, asker, answer):
        entry = {'at_s': round(began_s, 3), 'took_s': round(time.monotonic() - began_s, 3), 'action': action,
                 'target': target, 'from': asker, 'answer': answer}
        with self.log_lock, open(f'{self.dir}/power/log', 'a') as file:
            file.write(json.dumps(entry) + '\n')

    def broken(self, kind, host):
        faults = (self.lab.record().get('fence') or {'faults': []})['faults']
        found = [fault for fault in faults if fault['kind'] == kind and fault['host'] in (host, None)]
        return found[-1] if found else None

    def answer(self, action, target, asker):
        if asker is not None and self.broken('deaf', asker):
            threading.Event().wait()
        if action == 'list':
            return ' '.join(self.lab.hosts())
        if action not in ACTIONS:
            raise LabError(f'"{action}" is none of {", ".join(ACTIONS)}, list')
        if target not in self.lab.hosts():
            raise LabError(f'there is no host "{target}"')
        if self.broken('hang', target):
            threading.Event().wait()
        slow = self.broken('slow', target)
        if slow:
            time.sleep(slow['seconds'])
        if self.broken('fail', target):
            raise LabError('it is broken')
        if action == 'status':
            return 'off' if self.lab.view(target).state() == 'down' else 'on'
        if not self.broken('lie', target):
            self.act(action, target)
        return ''

    def act(self, action, target):
        """Off is off when this returns. A lab that changes at the same moment waits for its turn."""
        if action == 'on':
            if self.lab.view(target).state() == 'down':
                self.boot(target)
            return
        self.lab.kill(target)
        boot_s = self.lab.record()['fence']['boot_s']
        if action == 'reboot' and boot_s is not None:
            threading.Thread(target=self.boot_later, args=(target, boot_s), daemon=True).start()

    def boot_later(self, target, boot_s):
        time.sleep(boot_s)
        with contextlib.suppress(LabError):  # somebody else has booted it
            self.boot(target)

    def boot(self, target):
        self.lab.boot(target)
        then = self.lab.record()['fence']['then']
        if then:
            self.lab.start(target, '/var/log/boot.log', then)
