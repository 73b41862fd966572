# SPDX-License-Identifier: GPL-2.0-or-later
"""The lab: hosts, the switch between them and what goes wrong, behind one class. cli.py is a thin face of it.

    with Lab(hosts=3, links=2) as lab:
        lab.run('a', ['ping', '-c1', 'b'])
        lab.kill('b')

The `with` form belongs to the process that made it: everything is gone when the block ends, by an exception, SIGINT or
SIGTERM too; after a SIGKILL, `lab gc` (or the next `with Lab`) removes what is left. Lab.create() and Lab.open() are
for labs that outlive their maker.
"""
import io
import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import threading

from . import clock, faults, group, host as hosts_module, net
from .error import LabError, UsageError
from .host import Host
from .process import Process
from .state import State, check_name, names, all_labs_locked

RUN_TIMEOUT_S = 60
counter = itertools.count(1)


def host_names():
    """a b c ... z aa ab ..."""
    letters = [chr(code) for code in range(ord('a'), ord('z') + 1)]
    yield from letters
    yield from (first + second for first in letters for second in letters)


class Daemon:
    """A background program inside a host."""

    def __init__(self, lab, host, pid, machine_pid):
        self.lab, self.host, self.pid = lab, host, pid
        self.process = Process(machine_pid) if machine_pid else None

    def alive(self):
        return self.process is not None and self.process.alive()

    def signal(self, number):
        if self.process:
            self.process.signal(number)

    def kill(self):
        if self.process:
            self.process.kill()


class Lab:
    def __init__(self, hosts=3, links=1, name=None, devices=(), clocks=False):
        self.name = name or f'test-{os.getpid()}-{next(counter)}'
        self.wanted = {'hosts': hosts, 'links': links, 'devices': devices, 'clocks': clocks}
        self.state = State(self.name)
        self.handlers = {}

    # -- the life of a lab

    def __enter__(self):
        self.catch_signals()
        try:
            gc()
            self.create(owner=Process(os.getpid()), **self.wanted)
        except BaseException:
            self.release_signals()
            raise
        return self

    def __exit__(self, *exception):
        for number in self.handlers:  # a second signal must not stop the removal half way
            signal.signal(number, signal.SIG_IGN)
        try:
            self.down()
        finally:
            self.release_signals()

    def catch_signals(self):
        """SIGTERM ends a Python program without unwinding: turn it into an exception, so that the lab is removed."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            old = signal.getsignal(number)
            if old == signal.SIG_DFL:
                signal.signal(number, lambda received, _: sys.exit(128 + received))
            self.handlers[number] = old

    def release_signals(self):
        while self.handlers:
            signal.signal(*self.handlers.popitem())

    @classmethod
    def open(cls, name):
        lab = cls(name=name)
        lab.record()
        return lab

    def create(self, hosts=3, links=1, devices=(), clocks=False, owner=None):
        """Make the lab and boot its hosts; a lab that fails half way is removed again."""
        need_root()
        chosen = list(hosts) if not isinstance(hosts, int) else list(itertools.islice(host_names(), hosts))
        check_size(chosen, links)
        for device in devices:
            if not device.startswith('/dev/') or not os.path.exists(device):
                raise UsageError(f'there is no device "{device}": give an existing path below /dev')
        if clocks:
            clock.need_library()
        self.state.create(links, owner, {'devices': list(devices), 'clocks': bool(clocks)})
        try:
            with self.state.change() as record:
                net.Switch(record).start()
                self.boot_new(record, chosen)
        except BaseException:
            self.down()
            raise
        return self

    def boot_new(self, record, chosen):
        taken = {entry['id'] for entry in record['hosts'].values()}
        free = (number for number in range(1, net.HOSTS_MAX + 1) if number not in taken)
        for name in chosen:
            record['hosts'][name] = {'id': next(free), 'pid': None, 'paused': False, 'full': {},
                                     'clock': 0 if record['clocks'] else None}
        hosts_module.boot([self.host(record, name) for name in chosen])
        faults.apply(record)

    def down(self):
        """Remove everything that the lab made, whatever state it is in."""
        if not os.path.isdir(self.state.dir):
            return
        path = group.path_of(self.name)
        for process in self.processes():
            process.kill()
        group.kill_all(path)
        if not group.remove(path):
            raise LabError(f'{path} cannot be removed: see {path}/*/cgroup.procs for what does not die')
        with all_labs_locked():
            self.state.remove()

    def processes(self):
        try:
            record = self.record()
        except LabError:
            return []
        entries = [entry['pid'] for entry in record['hosts'].values()] + [record['relay'], record['switch']]
        entries.append((record.get('fence') or {}).get('pid'))
        return [Process.from_record(entry) for entry in entries if entry]

    # -- hosts

    def record(self):
        return self.state.read()

    def host(self, record, name):
        return Host(record, name, self.state.dir)

    def view(self, name):
        """A host, for looking and running commands; changes go through the methods below."""
        return self.host(self.record(), name)

    def hosts(self):
        return list(self.record()['hosts'])

    def address(self, name, link=0):
        record = self.record()
        self.host(record, name)
        return net.address(record, name, link)

    def add(self, name):
        check_name(name, 'host')
        with self.state.change() as record:
            if name in record['hosts']:
                raise UsageError(f'lab "{self.name}" has a host "{name}" already')
            check_size([*record['hosts'], name], record['links'])
            try:
                self.boot_new(record, [name])
            except BaseException:
                self.host(record, name).stop()
                del record['hosts'][name]
                raise
            for other in record['hosts']:
                host = self.host(record, other)
                if host.state() == 'up':
                    host.script('printf %s "$1" >/etc/hosts', hosts_module.names_file(record))

    def kill(self, name):
        with self.state.change() as record:
            self.host(record, name).kill()

    def boot(self, name):
        with self.state.change() as record:
            host = self.host(record, name)
            if host.up():
                raise LabError(f'host {name} is {host.state()} already')
            host.stop()
            hosts_module.boot([host])
            faults.apply(record)

    def pause(self, name):
        with self.state.change() as record:
            self.host(record, name).pause()

    def resume(self, name):
        with self.state.change() as record:
            self.host(record, name).resume()

    def wipe(self, name):
        with self.state.change() as record:
            self.host(record, name).wipe()

    # -- programs and files inside

    def run(self, name, argv, check=True, timeout=RUN_TIMEOUT_S, input=None, folder='/'):
        """Run to the end; returns a CompletedProcess with text. `check`: failure is a LabError with the output."""
        command = self.view(name).command(argv, folder)
        source = {'input': input} if input is not None else {'stdin': subprocess.DEVNULL}
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=timeout, **source)
        except subprocess.TimeoutExpired:
            raise LabError(f'host {name}: "{line(argv)}" did not end within {timeout} s') from None
        if check and done.returncode:
            raise LabError(f'host {name}: "{line(argv)}" ended with {done.returncode}: {done.stdout}{done.stderr}')
        return done

    def start(self, name, log, argv, folder='/'):
        """Start a daemon; its output is appended to `log`, a path inside the host."""
        script = 'log=$1; shift; : >>"$log" || exit 1; setsid "$@" </dev/null >>"$log" 2>&1 & echo $!'
        host = self.view(name)
        done = subprocess.run(host.command(['sh', '-c', script, 'sh', log, *argv], folder, bound=False),
                              stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode or not done.stdout.strip().isdigit():
            raise LabError(f'host {name}: "{line(argv)}" does not start: {done.stderr.strip()}')
        pid = int(done.stdout)
        return Daemon(self, name, pid, host.outer_pid(pid))

    def put(self, name, source, target):
        """Copy a file or a folder of the machine into a host: as `target`, or into it when it ends in "/"."""
        if not os.path.exists(source):
            raise UsageError(f'there is no file "{source}" to put into host {name}')
        folder, base = os.path.split(target)
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode='w') as tar:
            tar.add(source, arcname=base or os.path.basename(os.path.normpath(source)))
        script = 'mkdir -p "$1" && exec tar -C "$1" -xf -'
        done = subprocess.run(self.view(name).command(['sh', '-c', script, 'sh', folder or '/']), capture_output=True,
                              input=archive.getvalue())
        if done.returncode:
            raise LabError(f'host {name}: {target} cannot be written: {done.stderr.decode().strip()}')

    # -- faults

    def trouble(self, change):
        """Change the faults in the record with `change`, then make the network so."""
        with self.state.change() as record:
            before = list(record['faults'])
            try:
                change(record)
                faults.apply(record)
            except BaseException:
                record['faults'] = before
                raise

    def pair(self, record, a, b, link=None):
        for name in (a, b):
            self.host(record, name)
        if a == b:
            raise UsageError(f'both ends are host {a}: name two hosts')
        if link is not None and not 0 <= link < record['links']:
            raise UsageError(f'there is no link {link}: lab "{self.name}" has links 0 to {record["links"] - 1}')
        return a, b

    def cut(self, a, b, one_way=False, link=None):
        """Nothing passes between a and b any more; `one_way`: nothing from a to b."""
        self.trouble(lambda record: faults.cut(record, *self.pair(record, a, b, link), one_way, link))

    def isolate(self, name, link=None):
        def change(record):
            self.host(record, name)
            if link is not None and not 0 <= link < record['links']:
                raise UsageError(f'there is no link {link}: lab "{self.name}" has links 0 to {record["links"] - 1}')
            faults.isolate(record, name, link)
        self.trouble(change)

    def heal(self, *names):
        def change(record):
            if len(names) > 2:
                raise UsageError('heal takes no host (everything), one host, or two (between them)')
            for name in names:
                self.host(record, name)
            faults.heal(record, *names)
        self.trouble(change)

    def loss(self, percent, a=None, b=None, one_way=False, link=None):
        """Lose a share of the frames between a and b, or between all; 0 ends it."""
        self.disturb('loss', faults.check_percent(percent), a, b, one_way, link)

    def delay(self, delay_ms, a=None, b=None, jitter_ms=0, one_way=False, link=None):
        """Hold every frame between a and b, or between all, for so long each way; 0 ends it."""
        self.disturb('delay', faults.check_delay(delay_ms, jitter_ms), a, b, one_way, link)

    def disturb(self, kind, value, a, b, one_way, link):
        if a is None:
            return self.trouble(lambda record: faults.disturb_all(record, kind, value))
        return self.trouble(lambda record: faults.disturb(
            record, kind, self.pair(record, a, b, link), value, one_way, link))

    def clock(self, name, offset_s):
        """Step the wall clock of a host by so many seconds; None puts it right again."""
        with self.state.change() as record:
            host = self.host(record, name)
            clock.reset(host) if offset_s is None else clock.step(host, offset_s)

    def fulldisk(self, name, path, undo=False):
        """Leave not a byte of room in a folder of a host."""
        if not os.path.isabs(path) or re.match(r'/*(dev|proc|sys)?/*\Z', path):
            raise UsageError(f'"{path}" cannot be filled: give the absolute path of a folder, '
                             'not "/", /dev, /proc or /sys')
        with self.state.change() as record:
            host = self.host(record, name)
            (host.drain if undo else host.fill)(os.path.normpath(path))

    # -- what there is

    def status(self):
        record = self.record()
        hosts = {}
        for name in record['hosts']:
            host = self.host(record, name)
            hosts[name] = {'state': host.state(), 'pid': record['hosts'][name]['pid'][0] if host.up() else None,
                           'addresses': [net.address(record, name, link) for link in range(record['links'])],
                           'processes': len(host.pids()), 'clock_s': host.entry['clock'] or 0,
                           'full': sorted(host.entry['full']) if host.up() else []}
        return {'name': self.name, 'links': record['links'], 'owner': record['owner'][0] if record['owner'] else None,
                'switch': 'up' if net.Switch(record).up() else 'down', 'hosts': hosts, 'faults': record['faults'],
                'power': power(record)}


def power(record):
    entry = record.get('fence')
    if not entry:
        return None
    process = Process.from_record(entry['pid'])
    return {'state': 'up' if process and process.alive() else 'down', 'boot_s': entry['boot_s'],
            'faults': entry['faults']}


def line(argv):
    return ' '.join(map(str, argv))


def check_size(chosen, links):
    for name in chosen:
        check_name(name, 'host')
        if len(name) > 10:
            raise UsageError(f'"{name}" is too long for a host: a network port is called after it, so 10 characters')
    if len(set(chosen)) != len(chosen):
        raise UsageError(f'two hosts have one name: {" ".join(chosen)}')
    if not 1 <= len(chosen) <= net.HOSTS_MAX:
        raise UsageError(f'a lab of {len(chosen)} hosts makes no sense: 1 to {net.HOSTS_MAX}')
    if not 1 <= links <= net.LINKS_MAX:
        raise UsageError(f'{links} links make no sense: 1 to {net.LINKS_MAX}')


def need_root():
    if os.geteuid() != 0:
        raise LabError('hosts are made of namespaces, which needs root: call it with sudo')
    missing = [tool for tool in ('ip', 'nft', 'nsenter', 'unshare', 'setpriv', 'setsid') if not shutil.which(tool)]
    if missing:
        raise LabError(f'missing: {", ".join(missing)}; apt-get install iproute2 nftables util-linux')


def gc():
    """Remove every lab whose owner is gone; returns their names."""
    removed = []
    for name in names():
        with all_labs_locked():
            stale = State(name).owner_gone()
        if stale:
            Lab(name=name).down()
            removed.append(name)
    return removed
