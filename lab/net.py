# SPDX-License-Identifier: GPL-2.0-or-later
"""The switch of a lab: a network namespace of its own that holds one bridge a link and one port a host and link.

Nothing of it is in the machine's own network, so labs cannot collide with each other or with the machine, and all of it
vanishes with its last process. Port `b.1` is where host b's eth1 is plugged in, on bridge br1. Addresses are
10.<100 + lab>.<link>.<host>.
"""
import subprocess

from . import group
from .error import LabError
from .process import Process

LINKS_MAX = 8
HOSTS_MAX = 64


def subnet(index, link):
    return f'10.{100 + index}.{link}'


def address(record, host, link=0):
    return f'{subnet(record["index"], link)}.{record["hosts"][host]["id"]}'


def mac(record, host, link):
    return f'02:4c:{record["index"]:02x}:{link:02x}:00:{record["hosts"][host]["id"]:02x}'


def port(host, link):
    return f'{host}.{link}'


class Switch:
    def __init__(self, record):
        self.record = record

    def process(self):
        return Process.from_record(self.record['switch'])

    def up(self):
        process = self.process()
        return process is not None and process.alive()

    def start(self):
        """A process that only holds the namespace, then the bridges."""
        path = group.make(self.record['name'], 'switch')
        join = f'echo $$ >{path}/cgroup.procs; ' if path else ''
        hold = 'echo $$; exec sleep infinity >/dev/null 2>&1'
        child = subprocess.Popen(['sh', '-c', f'{join}exec setsid --fork unshare --net sh -c "$1"', 'lab', hold],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        line = child.stdout.readline()
        child.stdout.close()
        if child.wait() != 0 or not line.strip().isdigit():
            raise LabError('no network namespace for the switch: run as root, on a kernel with namespaces')
        self.record['switch'] = Process(int(line)).record()
        lines = ['link set lo up']
        for link in range(self.record['links']):
            lines.append(f'link add br{link} type bridge stp_state 0 mcast_snooping 0')
            lines.append(f'link set br{link} addrgenmode none')
            lines.append(f'link set br{link} up')
        self.ip(lines)

    def command(self, argv):
        """`argv` as it must be called to run in the switch."""
        if not self.up():
            raise LabError(f'the switch of lab "{self.record["name"]}" is gone: "lab down", then "lab up" again')
        return ['nsenter', f'--net=/proc/{self.process().pid}/ns/net', *argv]

    def feed(self, argv, text):
        done = subprocess.run(self.command(argv), input=text, text=True, capture_output=True)
        if done.returncode:
            raise LabError(f'switch: "{" ".join(argv)}" failed: {done.stderr.strip()}')

    def ip(self, lines, force=False):
        self.feed(['ip', *(['-force'] if force else []), '-batch', '-'], '\n'.join(lines) + '\n')

    def filter(self, rules):
        self.feed(['nft', '-f', '-'], rules)

    def ports(self):
        done = subprocess.run(self.command(['ip', '-o', 'link', 'show', 'type', 'veth']), capture_output=True,
                              text=True)
        return {line.split(': ')[1].partition('@')[0] for line in done.stdout.splitlines()}

    def plug(self, hosts):
        """Give running hosts their links; `hosts` are names."""
        self.unplug(hosts)
        lines = []
        for host in hosts:
            pid = self.record['hosts'][host]['pid'][0]
            for link in range(self.record['links']):
                name = port(host, link)
                lines.append(f'link add {name} type veth peer name eth{link} address {mac(self.record, host, link)} '
                             f'netns {pid}')
                lines.append(f'link set {name} addrgenmode none')
                lines.append(f'link set {name} master br{link} up')
        self.ip(lines)

    def unplug(self, hosts):
        there = self.ports()
        names = [port(host, link) for host in hosts for link in range(self.record['links'])]
        lines = [f'link del {name}' for name in names if name in there]
        if lines:  # -force: the kernel may be taking a port away with its dead host at this very moment
            subprocess.run(self.command(['ip', '-force', '-batch', '-']), input='\n'.join(lines) + '\n', text=True,
                           capture_output=True)

    def silence(self, host):
        """All links of a host down: not one more packet leaves it."""
        there = self.ports()
        names = [port(host, link) for link in range(self.record['links'])]
        lines = [f'link set {name} down' for name in names if name in there]
        if lines:
            self.ip(lines)

    def inside(self, host):
        """What `ip -batch` must do inside a host for its end of the links."""
        lines = ['link set lo up']
        for link in range(self.record['links']):
            lines.append(f'addr add {address(self.record, host, link)}/24 broadcast + dev eth{link}')
            lines.append(f'link set eth{link} up')
        return '\n'.join(lines) + '\n'
