# SPDX-License-Identifier: GPL-2.0-or-later
"""The command line: one table of commands, from which parsing, help and errors come."""
import argparse
import json
import os
import shlex
import shutil
import sys

from . import faults, lab as lab_module
from .cluster import Cluster
from .error import LabError, UsageError
from .fence import ACTIONS, FAULTS, Fence
from .lab import Lab
from .process import Process
from .state import names

ABOUT = '''Named hosts on this machine, made of namespaces: a b c ... on a network of their own, to try out clusters
and to break them. What a program does inside a host does not reach the machine. HALE_LAB names the lab (default
"lab"), so several can exist at once.'''
FIRST_STEPS = '''first steps:
  lab up 3                 three hosts: a, b and c
  lab run a ping -c1 b     a command in a
  lab kill c               c loses power; "lab boot c" starts it again
  lab status               what there is
  lab down                 everything is gone'''


def main(argv=None):
    arguments = parser().parse_args(argv)
    if not arguments.command:
        parser().print_help()
        return 2
    try:
        return arguments.action(arguments) or 0
    except UsageError as error:
        complain(arguments, error)
        return 2
    except LabError as error:
        complain(arguments, error)
        return 1
    except BrokenPipeError:
        return 1
    except KeyboardInterrupt:
        return 130


def complain(arguments, error):
    print(f'lab {arguments.command}: {error}', file=sys.stderr)


def the_lab():
    return Lab.open(lab_name())


def lab_name():
    return os.environ.get('HALE_LAB') or 'lab'


# -- the commands, in the order of the help


def up(arguments):
    hosts = arguments.names or arguments.count
    if arguments.names and arguments.count:
        raise UsageError('give a number of hosts or their names, not both')
    owner = Process(arguments.owner) if arguments.owner else None
    if owner and not owner.alive():
        raise UsageError(f'there is no process {arguments.owner} that could own the lab')
    lab = Lab(name=lab_name())
    lab.create(hosts or 3, arguments.links, arguments.device, arguments.clocks, owner)
    print(f'lab {lab.name}: hosts {" ".join(lab.hosts())}')


def add(arguments):
    the_lab().add(arguments.host)


def run(arguments):
    command = the_lab().view(arguments.host).command(need_command(arguments), os.getcwd())
    os.execvp(command[0], command)


def start(arguments):
    print(the_lab().start(arguments.host, arguments.log, need_command(arguments), os.getcwd()).pid)


def need_command(arguments):
    argv = arguments.argv[1:] if arguments.argv[:1] == ['--'] else arguments.argv
    if not argv:
        raise UsageError(f'no command to run in host {arguments.host}: add one, as in '
                         f'"lab run {arguments.host} ip addr"')
    return argv


def shell(arguments):
    command = the_lab().view(arguments.host).command(
        ['env', f'PS1={arguments.host}:\\w# ', 'bash', '--norc'], '/root')
    os.execvp(command[0], command)


def kill(arguments):
    the_lab().kill(arguments.host)


def boot(arguments):
    the_lab().boot(arguments.host)


def pause(arguments):
    the_lab().pause(arguments.host)


def resume(arguments):
    the_lab().resume(arguments.host)


def cut(arguments):
    the_lab().cut(arguments.a, arguments.b, arguments.one_way, arguments.link)


def isolate(arguments):
    the_lab().isolate(arguments.host, arguments.link)


def heal(arguments):
    the_lab().heal(*arguments.hosts)


def loss(arguments):
    (percent,), a, b = pair_and_values(arguments, 1, 'PERCENT')
    the_lab().loss(percent, a, b, arguments.one_way, arguments.link)


def delay(arguments):
    (delay_ms,), a, b = pair_and_values(arguments, 1, 'MS')
    the_lab().delay(delay_ms, a, b, arguments.jitter, arguments.one_way, arguments.link)


def pair_and_values(arguments, count, what):
    """A B VALUE..., or --all VALUE..."""
    if arguments.all and (arguments.one_way or arguments.link is not None):
        raise UsageError('--all means every way and every link: give it without --one-way and --link')
    hosts = 0 if arguments.all else 2
    if len(arguments.words) != hosts + count:
        raise UsageError(f'give two hosts and {what}, or --all and {what}; see "lab {arguments.command} --help"')
    try:
        values = [float(word) for word in arguments.words[hosts:]]
    except ValueError:
        raise UsageError(f'"{arguments.words[-1]}" is not a number: {what} comes last') from None
    return (values, *(arguments.words[:2] if hosts else (None, None)))


def clock(arguments):
    if (arguments.seconds is None) != arguments.reset:
        raise UsageError('give the step in seconds, as in "+3600" or "-90", or --reset')
    the_lab().clock(arguments.host, None if arguments.reset else arguments.seconds)


def fulldisk(arguments):
    the_lab().fulldisk(arguments.host, arguments.path, arguments.undo)


def wipe(arguments):
    the_lab().wipe(arguments.host)


def fence(arguments):
    """lab fence WHAT [HOST] [SECONDS]"""
    switch, what, words = Fence(the_lab()), arguments.what, arguments.words
    seconds = need_number(words.pop()) if what == 'slow' and words else None
    if len(words) > 1 or (what in ('up', 'down', 'list', 'log') and words):
        raise UsageError(f'"{words[-1]}" is one word too many; see "lab fence --help"')
    if what in ACTIONS and not words:
        raise UsageError(f'which host? as in "lab fence {what} a"')
    host = words[0] if words else None
    if what == 'up':
        switch.start(arguments.boot_time, shlex.split(arguments.then or ''))
    elif what == 'down':
        switch.stop()
    elif what == 'log':
        for entry in switch.history():
            print(f'{entry["at_s"]:.3f} {entry["action"]} {entry["target"]} asked by {entry["from"] or "hand"}: '
                  f'{entry["answer"]}')
    elif what == 'heal':
        switch.heal(host)
    elif what in FAULTS:
        switch.fault(what, host, seconds)
    else:
        answer = switch.ask(what, host)
        if answer:
            print('\n'.join(answer.split()))


def need_number(word):
    try:
        return float(word)
    except ValueError:
        raise UsageError(f'"{word}" is not a number of seconds') from None


def put(arguments):
    the_lab().put(arguments.host, arguments.source, arguments.target)


def cluster(arguments):
    lab = the_lab()
    made = Cluster(lab, crypto=arguments.crypto, totem=arguments.totem, engine=need_engine(arguments))
    hosts = made.running()
    made.configure(hosts)
    made.start(*hosts)
    print(f'{len(hosts)} members after {made.wait_members(len(hosts)):.1f} s')
    if arguments.pacemaker:
        made.start_pacemaker(*hosts)
        print(f'{len(hosts)} nodes online after {made.wait_online(len(hosts)):.1f} s')


def need_engine(arguments):
    argv = shlex.split(arguments.engine)
    if not argv or not shutil.which(argv[0]):
        raise UsageError(f'there is no engine "{arguments.engine}": install corosync, or name one with --engine')
    return [os.path.abspath(argv[0]) if '/' in argv[0] else argv[0], *argv[1:]]


def status(arguments):
    found = the_lab().status()
    if arguments.json:
        print(json.dumps(found, indent=1))
        return
    print(f'lab {found["name"]}, {len(found["hosts"])} hosts, {found["links"]} '
          f'{"link" if found["links"] == 1 else "links"}, switch {found["switch"]}')
    rows = [('HOST', 'STATE', 'PROCESSES', 'ADDRESSES', 'NOTES')]
    for name, host in found['hosts'].items():
        notes = [f'full: {path}' for path in host['full']]
        notes += [f'clock {host["clock_s"]:+g} s'] if host['clock_s'] else []
        rows.append((name, host['state'], str(host['processes']), ' '.join(host['addresses']), ', '.join(notes)))
    table(rows)
    for fault in found['faults']:
        print(faults.describe(fault))
    if found['power']:
        print(f'power switch {found["power"]["state"]}')
        for fault in found['power']['faults']:
            print(f'power switch: {fault["kind"]} {fault["host"] or "all"}: {FAULTS[fault["kind"]]}')


def table(rows):
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print('  '.join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def labs(_):
    for name in names():
        print(name)


def down(arguments):
    if arguments.all:
        for name in names():
            Lab(name=name).down()
    elif lab_name() not in names():
        raise LabError(f'there is no lab "{lab_name()}"; "lab labs" lists those that exist')
    else:
        Lab(name=lab_name()).down()


def gc(_):
    for name in lab_module.gc():
        print(f'removed {name}')


def help_(arguments):
    parser().parse_args([arguments.about, '--help'] if arguments.about else ['--help'])


HOST = ('host', {'metavar': 'HOST'})
PAIR = [('a', {'metavar': 'A'}), ('b', {'metavar': 'B'})]
ARGV = ('argv', {'metavar': 'CMD', 'nargs': argparse.REMAINDER})
ONE_WAY = ('--one-way', {'action': 'store_true', 'help': 'only what A sends to B'})
LINK = ('--link', {'type': int, 'metavar': 'N', 'help': 'only link N (ethN); default: all links'})
ALL = ('--all', {'action': 'store_true', 'help': 'between all hosts'})

# name, function, what it does, arguments, examples
COMMANDS = [
    ('up', up, 'make a lab and boot its hosts', [
        ('count', {'nargs': '?', 'type': int, 'metavar': 'N', 'help': 'how many hosts (default 3)'}),
        ('--names', {'nargs': '+', 'metavar': 'HOST', 'help': 'their names, instead of a b c ...'}),
        ('--links', {'type': int, 'default': 1, 'metavar': 'K',
                     'help': 'links of every host: eth0, eth1, ... (default 1)'}),
        ('--device', {'action': 'append', 'default': [], 'metavar': '/dev/X',
                      'help': "one of the machine's devices to give to every host; may be repeated"}),
        ('--clocks', {'action': 'store_true',
                      'help': 'programs follow "lab clock" from the start (needs libfaketime)'}),
        ('--owner', {'type': int, 'metavar': 'PID', 'help': '"lab gc" removes the lab when this process is gone'})],
     ['lab up 3 --links 2', 'lab up --names web db', 'HALE_LAB=other lab up 2 --owner $$']),
    ('add', add, 'add one more host', [HOST], ['lab add d']),
    ('run', run, 'run a command in a host; its exit status is passed on', [HOST, ARGV],
     ['lab run a ip addr', "lab run b sh -c 'echo $(hostname) >/etc/motd'"]),
    ('start', start, 'start a daemon in a host; prints its pid there', [
        HOST, ('log', {'metavar': 'LOG', 'help': 'file inside the host for its output'}), ARGV],
     ['lab start a /var/log/engine.log corosync -f']),
    ('shell', shell, 'a shell in a host', [HOST], ['lab shell a']),
    ('kill', kill, 'cut the power: links down and everything dead in one step', [HOST], ['lab kill b']),
    ('boot', boot, 'boot a host that is down; what it wrote is still there, /run, /tmp and /dev/shm are fresh', [HOST],
     ['lab boot b']),
    ('wipe', wipe, 'forget what a host that is down ever wrote', [HOST], ['lab kill b && lab wipe b && lab boot b']),
    ('pause', pause, 'stop every process of a host where it stands', [HOST], ['lab pause c']),
    ('resume', resume, 'let a paused host go on', [HOST], ['lab resume c']),
    ('cut', cut, 'let nothing pass between two hosts', [*PAIR, ONE_WAY, LINK],
     ['lab cut a b', 'lab cut a b --one-way', 'lab cut a c --link 1']),
    ('isolate', isolate, 'cut a host off from all others', [HOST, LINK], ['lab isolate c']),
    ('heal', heal, 'end cuts, loss and delay: all, those of one host, those between two', [
        ('hosts', {'nargs': '*', 'metavar': 'HOST'})], ['lab heal', 'lab heal c', 'lab heal a b']),
    ('loss', loss, 'lose a share of the packets; 0 ends it', [
        ('words', {'nargs': '+', 'metavar': 'A B PERCENT',
                   'help': 'two hosts and the share to lose; with --all only the share'}),
        ALL, ONE_WAY, LINK], ['lab loss a b 20', 'lab loss --all 2.5', 'lab loss a b 100 --one-way --link 0']),
    ('delay', delay, 'hold packets for a while, each way; 0 ends it', [
        ('words', {'nargs': '+', 'metavar': 'A B MS',
                   'help': 'two hosts and milliseconds; with --all only milliseconds'}),
        ('--jitter', {'type': float, 'default': 0, 'metavar': 'MS', 'help': 'give or take so much, at random'}),
        ALL, ONE_WAY, LINK], ['lab delay a b 50', 'lab delay --all 20 --jitter 5', 'lab delay a b 0']),
    ('clock', clock, 'step the wall clock of a host (needs libfaketime; see README.md for its limits)', [
        HOST, ('seconds', {'nargs': '?', 'type': float, 'metavar': '+/-SECONDS'}),
        ('--reset', {'action': 'store_true', 'help': "back to the machine's time"})],
     ['lab clock b +3600', 'lab clock b -90', 'lab clock b --reset']),
    ('fulldisk', fulldisk, 'leave no room in a folder of a host', [
        HOST, ('path', {'metavar': 'PATH'}), ('--undo', {'action': 'store_true', 'help': 'there is room again'})],
     ['lab fulldisk a /var/lib/corosync', 'lab fulldisk a /var/lib/corosync --undo']),
    ('fence', fence, 'a power switch for the hosts, outside of them; fence_lab in the hosts is its agent', [
        ('what', {'metavar': 'WHAT', 'choices': ['up', 'down', *ACTIONS, 'list', 'log', *FAULTS, 'heal'],
                  'help': 'up and down: start and end the switch; ' + ', '.join(ACTIONS) + ' HOST: use it by hand; '
                          'list: the hosts; log: what was asked of it; '
                          + '; '.join(f'{kind}: {text}' for kind, text in FAULTS.items())
                          + ' (of one HOST, or all); heal: nothing of that any more'}),
        ('words', {'nargs': '*', 'metavar': 'HOST', 'help': 'a host; for slow, also the seconds'}),
        ('--boot-time', {'type': float, 'metavar': 'SECONDS',
                         'help': 'up: a rebooted host boots again after this time; without it, it stays off'}),
        ('--then', {'metavar': 'CMD', 'help': 'up: what to start in a host that was booted so'})],
     ['lab fence up', "lab fence up --boot-time 5 --then 'build/bin/haled -f'", 'lab fence off b', 'lab fence status b',
      'lab fence hang b', 'lab fence slow b 10', 'lab fence deaf a', 'lab fence heal', 'lab fence log']),
    ('put', put, 'copy a file or folder into a host', [
        HOST, ('source', {'metavar': 'SRC'}),
        ('target', {'metavar': 'DEST', 'help': 'its path there; ends in "/": into it'})],
     ['lab put a ./corosync.conf /etc/corosync/']),
    ('cluster', cluster, 'configure and start a cluster on all hosts that are up; waits for it', [
        ('--engine', {'default': 'corosync -f', 'metavar': 'CMD', 'help': 'the engine (default "corosync -f")'}),
        ('--crypto', {'action': 'store_true', 'help': 'encrypt what goes over the links'}),
        ('--totem', {'action': 'append', 'default': [], 'metavar': 'LINE',
                     'help': 'one more line for totem { } of corosync.conf; may be repeated'}),
        ('--pacemaker', {'action': 'store_true', 'help': "start Debian's Pacemaker too"})],
     ['lab cluster', "lab cluster --crypto --totem 'token: 1000' --pacemaker",
      "lab cluster --engine 'build/bin/hale-engine -f'"]),
    ('status', status, 'what there is', [('--json', {'action': 'store_true', 'help': 'for programs'})],
     ['lab status', 'lab status --json']),
    ('labs', labs, 'the labs of this machine', [], ['lab labs']),
    ('down', down, 'remove the lab and everything in it', [
        ('--all', {'action': 'store_true', 'help': 'all labs of this machine'})], ['lab down']),
    ('gc', gc, 'remove labs whose owner is gone', [], ['lab gc']),
    ('help', help_, 'this text, or that of a command', [('about', {'nargs': '?', 'metavar': 'COMMAND'})],
     ['lab help cut']),
]


def parser():
    top = argparse.ArgumentParser(prog='lab', description=ABOUT, epilog=FIRST_STEPS, allow_abbrev=False,
                                  formatter_class=argparse.RawDescriptionHelpFormatter)
    below = top.add_subparsers(dest='command', metavar='COMMAND', title='commands')
    for name, action, what, arguments, examples in COMMANDS:
        text = '\n  '.join(['examples:', *examples])
        sub = below.add_parser(name, help=what, description=what, epilog=text, allow_abbrev=False,
                               formatter_class=argparse.RawDescriptionHelpFormatter)
        sub.set_defaults(action=action)
        for flag, options in arguments:
            sub.add_argument(flag, **options)
    return top
