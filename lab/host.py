# SPDX-License-Identifier: GPL-2.0-or-later
"""One host: its life (boot, kill, pause) and how a command gets into it."""
import contextlib
import hashlib
import json
import os
import subprocess
import sys

from . import clock, disk, fence, group, net
from .error import LabError, UsageError
from .process import Process

HERE = os.path.dirname(os.path.abspath(__file__))
BOOT = f'{HERE}/boot.py'
FORBIDDEN = '-sys_module,-sys_time'  # no namespace keeps these from the machine


class Host:
    """A view on one entry of a lab's record; it owns nothing itself."""

    def __init__(self, record, name, lab_dir):
        if name not in record['hosts']:
            raise UsageError(f'lab "{record["name"]}" has no host "{name}": it has {", ".join(record["hosts"])}')
        self.record = record
        self.name = name
        self.entry = record['hosts'][name]
        self.lab_dir = lab_dir
        self.disk = f'{lab_dir}/disk/{name}'
        self.group = group.path_of(record['name'], name)

    def init(self):
        return Process.from_record(self.entry['pid'])

    def up(self):
        init = self.init()
        return init is not None and init.alive()

    def state(self):
        if not self.up():
            return 'down'
        return 'paused' if self.entry['paused'] else 'up'

    def need_up(self):
        if self.state() == 'down':
            raise LabError(f'host {self.name} is down: "lab boot {self.name}" starts it')
        if self.state() == 'paused':
            raise LabError(f'host {self.name} is paused: "lab resume {self.name}" lets it go on')

    def pids(self):
        return group.members(self.group, self.init()) if self.up() else []

    def pause(self):
        self.need_up()
        group.freeze(self.group, self.init())
        self.entry['paused'] = True

    def resume(self):
        if self.state() != 'paused':
            raise LabError(f'host {self.name} is {self.state()}, not paused')
        group.thaw(self.group, self.init())
        self.entry['paused'] = False

    def kill(self):
        """As if the power were cut: not one more packet, not one more instruction."""
        if self.up():
            net.Switch(self.record).silence(self.name)
            self.stop()
        net.Switch(self.record).unplug([self.name])

    def stop(self):
        init = self.init()
        if init is not None and not init.kill():
            raise LabError(f'host {self.name}: pid {init.pid} does not die; see /proc/{init.pid}/stack')
        group.kill_all(self.group)
        self.entry.update(pid=None, paused=False, full={})
        if self.group and os.path.isdir(self.group):
            group.write(self.group, 'cgroup.freeze', '0')

    def command(self, argv, folder='/', bound=True):
        """`argv` as it must be called on the machine to run inside. `bound`: dies with whoever called it."""
        self.need_up()
        join = f'echo $$ >{self.group}/cgroup.procs && ' if self.group and os.path.isdir(self.group) else ''
        limits = ['setpriv', '--bounding-set', FORBIDDEN, *(['--pdeathsig', 'KILL'] if bound else [])]
        enter = ['nsenter', '-t', str(self.init().pid), '-m', '-u', '-i', '-n', '-p']
        there = ['sh', '-c', 'cd "$1" 2>/dev/null || cd /; shift; exec "$@"', f'host {self.name}', folder]
        return ['sh', '-c', f'{join}exec "$@"', 'lab', *enter, *limits, *clock.environment(self.entry), *there,
                *map(str, argv)]

    def script(self, text, *arguments):
        """Run a shell script inside; its complaint becomes ours."""
        done = subprocess.run(self.command(['sh', '-c', text, 'sh', *arguments]), stdin=subprocess.DEVNULL,
                              capture_output=True, text=True)
        if done.returncode:
            raise LabError(f'host {self.name}: {done.stderr.strip() or f"exit status {done.returncode}"}')
        return done.stdout

    def fill(self, path):
        if path in self.entry['full']:
            raise LabError(f'host {self.name}: {path} is full already; '
                           f'"lab fulldisk {self.name} {path} --undo" ends it')
        number = max(self.entry['full'].values(), default=0) + 1
        self.script(disk.FILL, str(number), path)
        self.entry['full'][path] = number

    def drain(self, path):
        if path not in self.entry['full']:
            known = ', '.join(self.entry['full']) or 'nothing'
            raise UsageError(f'host {self.name}: {path} was not filled by this lab; filled is: {known}')
        self.script(disk.DRAIN, str(self.entry['full'][path]), path)
        del self.entry['full'][path]

    def wipe(self):
        if self.up():
            raise LabError(f'host {self.name} runs: "lab kill {self.name}" first, then wipe, '
                           f'then "lab boot {self.name}"')
        disk.forget(self.disk)
        self.entry['clock'] = 0

    def inner_pid(self, pid):
        """What a pid of the machine is called inside."""
        with open(f'/proc/{pid}/status') as file:
            return [line for line in file if line.startswith('NSpid:')][0].split()[-1]

    def outer_pid(self, pid):
        """What a pid of the host is called on the machine, or None when it is gone."""
        for candidate in self.pids():
            try:
                if self.inner_pid(candidate) == str(pid):
                    return candidate
            except (OSError, IndexError):
                continue
        return None


def files(record, name):
    """What the lab writes into a host at every boot."""
    identity = hashlib.sha256(f'{record["name"]} {record["index"]} {name}'.encode()).hexdigest()[:32]
    return {'/etc/hostname': f'{name}\n', '/etc/machine-id': f'{identity}\n', '/etc/hosts': names_file(record)}


def programs():
    """Programs of the lab that are in every host."""
    with open(f'{HERE}/fence_lab') as file:
        return {'/usr/sbin/fence_lab': file.read()}


def names_file(record):
    lines = ['127.0.0.1 localhost', '::1 localhost ip6-localhost ip6-loopback']
    for host in record['hosts']:
        lines.append(f'{net.address(record, host)} {host}')
        lines += [f'{net.address(record, host, link)} {host}-link{link}' for link in range(1, record['links'])]
    return '\n'.join(lines) + '\n'


def boot(hosts):
    """Boot several hosts at once: each does its own mounts while we wire the links."""
    record = hosts[0].record
    switch = net.Switch(record)
    children = [(host, launch(host, switch)) for host in hosts]
    try:
        for host, child in children:
            host.entry.update(pid=Process(int(answer(host, child))).record(), paused=False, full={})
        switch.plug([host.name for host in hosts])
        for host, child in children:
            child.stdin.write('links\n')
            child.stdin.flush()
        for host, child in children:
            if answer(host, child) != 'ready':
                raise LabError(f'host {host.name} does not boot')
    except (BrokenPipeError, LabError) as error:
        raise LabError(reason(children) or str(error)) from None
    finally:
        for _, child in children:
            hang_up(child)
            child.wait()
    for host in hosts:
        clock.boot(host)


def hang_up(child):
    """Close our end; a host that still waits for its links then ends by itself."""
    with contextlib.suppress(BrokenPipeError):
        child.stdin.close()
    child.stdout.close()


def reason(children):
    """Why a boot failed, in the words of the host itself, when it said any."""
    for host, child in children:
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()
        for line in child.stdout:
            if line.startswith('error '):
                return f'host {host.name} does not boot: {line[6:].strip()}'
    return None


def launch(host, switch):
    config = {'group': group.make(host.record['name'], host.name), 'name': host.name, 'disk': host.disk,
              'trees': disk.prepare(host.disk), 'devices': host.record['devices'],
              'files': files(host.record, host.name), 'programs': programs(),
              'shared': fence.prepare(host.lab_dir, host.name), 'ip': switch.inside(host.name)}
    child = subprocess.Popen([sys.executable, '-I', '-S', BOOT], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             text=True)
    child.stdin.write(json.dumps(config) + '\n')
    child.stdin.flush()
    return child


def answer(host, child):
    line = child.stdout.readline().strip()
    if line.startswith('error '):
        raise LabError(f'host {host.name} does not boot: {line[6:]}')
    if not line:
        raise LabError(f'host {host.name} does not boot: its first process ended without a word')
    return line
