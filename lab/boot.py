# SPDX-License-Identifier: GPL-2.0-or-later
"""Boots one host: a program of its own, started by host.py, that ends as pid 1 of the host.

It reads one line of JSON from standard input: group, name, disk, trees, devices, files, programs, shared, ip. It makes
the namespaces, prints the pid of the host's pid 1, sets up mounts, waits for the line "links", configures the network,
prints "ready" and becomes a small shell that reaps orphans. When standard input ends early it ends too: nothing is left
of a lab whose maker died half way. Uses nothing of the lab package, so that it starts fast.
"""
import ctypes
import errno
import json
import os
import socket
import stat
import subprocess
import sys
import time

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x20000, 0x4000000, 0x8000000
CLONE_NEWPID, CLONE_NEWNET = 0x20000000, 0x40000000
MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REMOUNT, MS_BIND = 1, 2, 4, 8, 32, 4096
MS_REC, MS_PRIVATE = 16384, 1 << 18
PR_CAPBSET_DROP, CAP_SYS_MODULE, CAP_SYS_TIME = 24, 16, 25

NODES = {'null': (1, 3), 'zero': (1, 5), 'full': (1, 7), 'random': (1, 8), 'urandom': (1, 9), 'tty': (5, 0),
         'fuse': (10, 229), 'net/tun': (10, 200), 'kmsg': (1, 3), 'console': (1, 3)}
LINKS = {'ptmx': 'pts/ptmx', 'fd': '/proc/self/fd', 'stdin': '/proc/self/fd/0', 'stdout': '/proc/self/fd/1',
         'stderr': '/proc/self/fd/2'}

# pid 1. "wait" reaps every orphan; SIGTERM, or a program that asks the kernel for a reboot, ends the host at once.
INIT = '''
trap 'exit 0' TERM INT PWR
while :; do
	{ while read -r key; do case $key in [bco]*) exit 66;; esac; done <>/dev/lab/sysrq; } &
	wait $!
	[ $? = 66 ] && exit 0
done
'''

libc = ctypes.CDLL(None, use_errno=True)


def check(result, what):
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, f'{what}: {os.strerror(code)}')


def mount(source, target, kind=None, flags=0, options=None):
    encoded = [text.encode() if text is not None else None for text in (source, target, kind, options)]
    check(libc.mount(encoded[0], encoded[1], encoded[2], ctypes.c_ulong(flags), encoded[3]), f'mount on {target}')


def overlay(disk, tree):
    """Cover a tree. `disk` is an open folder: its path may lie below a tree that is covered already."""
    base = f'/proc/self/fd/{disk}/{tree.strip("/").replace("/", "-")}'
    deadline = time.monotonic() + 2
    while True:
        try:
            return mount('overlay', tree, 'overlay', 0, f'lowerdir={tree},upperdir={base}/upper,workdir={base}/work')
        except OSError as error:  # the mounts of the host's former life may be going away just now
            if error.errno != errno.EBUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def mount_proc():
    """A private /proc in which neither the machine's settings nor its reset button can be reached."""
    mount('proc', '/proc', 'proc', MS_NOSUID | MS_NODEV | MS_NOEXEC)
    for path in ('/proc/sys', '/proc/sys/net'):  # network settings are the host's own and stay writable
        mount(path, path, None, MS_BIND)
    mount(None, '/proc/sys', None, MS_REMOUNT | MS_BIND | MS_RDONLY)
    mount('sysfs', '/sys', 'sysfs', MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC)


def mount_dev(devices, shared):
    """A fresh /dev. `shared` is an open folder of the machine, where the power switch listens: /dev/lab/power."""
    extra = {path[len('/dev/'):]: os.stat(path) for path in devices}
    mount('tmpfs', '/dev', 'tmpfs', MS_NOSUID, 'mode=755')
    for name, (major, minor) in NODES.items():
        make_node(name, stat.S_IFCHR | 0o666, os.makedev(major, minor))
    for name, status in extra.items():
        make_node(name, status.st_mode, status.st_rdev)
    for name, target in LINKS.items():
        os.symlink(target, f'/dev/{name}')
    for name in ('pts', 'shm', 'mqueue', 'lab', 'lab/power'):
        os.mkdir(f'/dev/{name}')
    mount(f'/proc/self/fd/{shared}', '/dev/lab/power', None, MS_BIND)
    os.mkfifo('/dev/lab/sysrq', 0o200)
    mount('devpts', '/dev/pts', 'devpts', MS_NOSUID | MS_NOEXEC, 'newinstance,ptmxmode=0666,mode=0620')
    mount('tmpfs', '/dev/shm', 'tmpfs', MS_NOSUID | MS_NODEV, 'mode=1777')
    mount('mqueue', '/dev/mqueue', 'mqueue', MS_NOSUID | MS_NODEV | MS_NOEXEC)


def make_node(name, mode, device):
    os.makedirs(os.path.dirname(f'/dev/{name}'), exist_ok=True)
    os.mknod(f'/dev/{name}', mode, device)
    os.chmod(f'/dev/{name}', mode & 0o7777)


def mount_run():
    mount('tmpfs', '/run', 'tmpfs', MS_NOSUID | MS_NODEV, 'mode=755')
    for name, mode in (('lock', 0o1777), ('user', 0o755)):
        os.mkdir(f'/run/{name}')
        os.chmod(f'/run/{name}', mode)
    if os.path.exists('/proc/sysrq-trigger'):  # "echo b" there would reset the machine: here it ends the host
        mount('/dev/lab/sysrq', '/proc/sysrq-trigger', None, MS_BIND)


def write_files(files, mode):
    for path, text in files.items():
        with open(path, 'w') as file:
            file.write(text)
        os.chmod(path, mode)


def set_up(config):
    mount(None, '/', None, MS_REC | MS_PRIVATE)
    disk = os.open(config['disk'], os.O_PATH)
    shared = os.open(config['shared'], os.O_PATH)
    for tree in config['trees']:
        overlay(disk, tree)
    os.close(disk)
    mount_proc()
    mount_dev(config['devices'], shared)
    os.close(shared)
    mount_run()
    socket.sethostname(config['name'])
    write_files(config['files'], 0o644)
    write_files(config['programs'], 0o755)
    if sys.stdin.readline() != 'links\n':
        sys.exit(1)
    done = subprocess.run(['ip', '-batch', '-'], input=config['ip'], text=True, capture_output=True)
    if done.returncode:
        raise OSError(errno.EIO, f'ip: {done.stderr.strip()}')
    for capability in (CAP_SYS_MODULE, CAP_SYS_TIME):
        check(libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0), 'drop a capability')


def become_init():
    os.chdir('/')
    null = os.open('/dev/null', os.O_RDWR)
    print('ready', flush=True)
    for handle in (0, 1, 2):
        os.dup2(null, handle)
    os.execve('/bin/sh', ['init', '-c', INIT], {'PATH': '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'})


def main():
    config = json.loads(sys.stdin.readline())
    try:
        os.setsid()
        if config['group']:
            with open(f'{config["group"]}/cgroup.procs', 'w') as file:
                file.write('0')
        check(libc.unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWPID | CLONE_NEWNET), 'unshare')
        child = os.fork()
        if child:
            print(child, flush=True)
            os._exit(0)
        set_up(config)
        become_init()
    except OSError as error:
        print(f'error {error}', flush=True)
        sys.exit(1)


main()
