# SPDX-License-Identifier: GPL-2.0-or-later
"""The control group of a host: all its processes under one name, to be listed, frozen and killed in one step.

Needs cgroup 2, mounted anywhere. Without it every function still works: processes are then found by their pid
namespace and frozen with SIGSTOP, which their parents can notice.
"""
import hashlib
import os
import signal
import time

from .state import run_dir


def root():
    """Where cgroup 2 is mounted writable, or None."""
    with open('/proc/self/mountinfo') as file:
        for line in file:
            left, _, right = line.partition(' - ')
            if right.startswith('cgroup2 '):
                path = left.split()[4]
                return path if os.access(path, os.W_OK) else None
    return None


def path_of(lab, name=''):
    """Labs of one name in different run folders are different labs, so the folder is part of the path."""
    base = root()
    digest = hashlib.sha256(run_dir().encode()).hexdigest()[:8]
    return os.path.join(base, f'hale-lab-{digest}', lab, name).rstrip('/') if base else None


def make(lab, name):
    path = path_of(lab, name)
    if path is None:
        return None
    try:
        os.makedirs(path, exist_ok=True)
    except OSError:
        return None
    return path


def members(path, init):
    """Pids (as the machine counts) of all processes; `init` is the host's pid 1."""
    if path:
        try:
            with open(f'{path}/cgroup.procs') as file:
                return [int(line) for line in file]
        except OSError:
            return []
    return namespace_members(init)


def namespace_members(init):
    if init is None or not init.alive():
        return []
    wanted = os.readlink(f'/proc/{init.pid}/ns/pid')
    found = []
    for entry in os.listdir('/proc'):
        try:
            if entry.isdigit() and os.readlink(f'/proc/{entry}/ns/pid') == wanted:
                found.append(int(entry))
        except OSError:
            continue
    return found


def freeze(path, init):
    if path:
        write(path, 'cgroup.freeze', '1')
        wait_frozen(path)
        return
    stopped = set()
    while True:  # a process may fork while we walk: walk until nothing new turns up
        fresh = set(namespace_members(init)) - stopped
        if not fresh:
            return
        send(fresh, signal.SIGSTOP)
        stopped |= fresh


def thaw(path, init):
    if path:
        write(path, 'cgroup.freeze', '0')
    else:
        send(namespace_members(init), signal.SIGCONT)


def wait_frozen(path, timeout_s=5):
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        with open(f'{path}/cgroup.events') as file:
            if 'frozen 1' in file.read():
                return
        time.sleep(0.002)


def send(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def write(path, file_name, text):
    with open(f'{path}/{file_name}', 'w') as file:
        file.write(text)


def kill_all(path):
    """Kill whatever is left in the group and the groups below it."""
    if path and os.path.isdir(path):
        for folder, _, _ in os.walk(path):
            try:
                write(folder, 'cgroup.kill', '1')
            except OSError:  # kernels before 5.14 have no such file
                send(members(folder, None), signal.SIGKILL)


def remove(path, timeout_s=5):
    """Remove the group and those below it; the kernel lets go only when the last process is reaped."""
    if not path:
        return True
    deadline = time.monotonic() + timeout_s
    while os.path.isdir(path):
        for folder, _, _ in os.walk(path, topdown=False):
            try:
                os.rmdir(folder)
            except OSError:
                pass
        if time.monotonic() > deadline:
            return False
        if os.path.isdir(path):
            time.sleep(0.01)
    try:
        os.rmdir(os.path.dirname(path))
    except OSError:  # other labs live there
        pass
    return True
