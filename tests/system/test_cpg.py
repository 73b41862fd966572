#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's libcpg on a ring of two hosts, of Corosync, of our engine, and of one each: joins, leaves, messages of all
sizes, lists, iterations, a killed process, a lost and a returned host. What the clients are told must be the same.

Process ids are named in the order in which they appear; ring numbers are left out. What we do better than Corosync
stands in BETTER and is asked of our engine only. Without root, libcpg or the engine: "SKIP reason".

    test_cpg.py                          compare build/bin/hale-engine with Corosync
    test_cpg.py --show hale corosync     run the clients on a ring of these two and print what they say
"""
import difflib
import sys
import time
import unittest

from common import Lab, LabError, Ring, main

# A client that does what its arguments say, one after the other, and prints what it is told.
CLIENT = r'''
import ctypes as C, os, select, sys, time, zlib
class Name(C.Structure):
    _fields_ = [('length', C.c_uint32), ('value', C.c_ubyte * 128)]
class Address(C.Structure):
    _fields_ = [('node', C.c_uint32), ('pid', C.c_uint32), ('reason', C.c_uint32)]
class Ring(C.Structure):
    _fields_ = [('node', C.c_uint32), ('seq', C.c_uint64)]
class Item(C.Structure):
    _fields_ = [('group', Name), ('node', C.c_uint32), ('pid', C.c_uint32)]
class Vector(C.Structure):
    _fields_ = [('base', C.c_char_p), ('length', C.c_size_t)]
DELIVER = C.CFUNCTYPE(None, C.c_uint64, C.POINTER(Name), C.c_uint32, C.c_uint32, C.c_void_p, C.c_size_t)
CHANGE = C.CFUNCTYPE(None, C.c_uint64, C.POINTER(Name), *[C.POINTER(Address), C.c_size_t] * 3)
TOTEM = C.CFUNCTYPE(None, C.c_uint64, Ring, C.c_uint32, C.POINTER(C.c_uint32))
class Model(C.Structure):
    _fields_ = [('model', C.c_uint32), ('deliver', DELIVER), ('change', CHANGE), ('totem', TOTEM),
                ('flags', C.c_uint32)]
cpg = C.CDLL('libcpg.so.4')
names, handles, current = {}, {}, None
def say(*words):
    print(*words, flush=True)
def who(node, pid):
    return '%d:%s' % (node, names.setdefault((node, pid), 'p%d' % len(names)))
def text(name):
    return repr(bytes(name.value[:name.length]))
def people(some, count, reason):
    return ' '.join(who(a.node, a.pid) + ('/%d' % a.reason if reason else '') for a in some[:count])
def on_deliver(handle, name, node, pid, message, length):
    say('message', text(name[0]), who(node, pid), length, zlib.crc32(C.string_at(message, length)))
def on_change(handle, name, members, m, left, l, joined, j):
    say('change', text(name[0]), people(members, m, False), 'left', people(left, l, True), 'joined',
        people(joined, j, True))
def on_totem(handle, ring, count, nodes):
    say('ring of', ring.node, 'nodes', *nodes[:count])
callbacks = DELIVER(on_deliver), CHANGE(on_change), TOTEM(on_totem)
def named(raw):
    raw = raw.encode().decode('unicode_escape').encode('latin1')
    return C.byref(Name(len(raw), (C.c_ubyte * 128)(*raw)))
def do_open(number, flags='0'):
    global current
    if number not in handles:
        handles[number] = C.c_uint64()
        model = Model(1, *callbacks, int(flags))
        say('initialize', cpg.cpg_model_initialize(C.byref(handles[number]), 1, C.byref(model), None))
        node = C.c_uint32()
        cpg.cpg_local_get(handles[number], C.byref(node))
        names[node.value, os.getpid()] = 'me'
    current = handles[number]
def do_join(name):
    say('join', name, cpg.cpg_join(current, named(name)))
def do_leave(name):
    say('leave', name, cpg.cpg_leave(current, named(name)))
def do_mcast(*sizes):
    parts = [os.urandom(0) + bytes(n % 251 for n in range(int(size))) for size in sizes]
    vector = (Vector * len(parts))(*[Vector(part, len(part)) for part in parts])
    status = 6
    while status == 6:
        status = cpg.cpg_mcast_joined(current, 2, vector, len(parts))
    say('mcast', *sizes, status)
def do_wait(seconds='0.5'):
    fd = C.c_int()
    cpg.cpg_fd_get(current, C.byref(fd))
    while select.select([fd.value], [], [], float(seconds))[0]:
        status = cpg.cpg_dispatch(current, 2)
        if status != 1:
            say('dispatch', status)
            return
def do_members(name):
    some, count = (Address * 128)(), C.c_int()
    status = cpg.cpg_membership_get(current, named(name), some, C.byref(count))
    say('members', name, status, people(some, count.value, False))
def do_local():
    node = C.c_uint32()
    say('local', cpg.cpg_local_get(current, C.byref(node)), node.value)
def do_iterate(kind, name=None):
    handle, item, found = C.c_uint64(), Item(), []
    status = cpg.cpg_iteration_initialize(current, int(kind), named(name) if name else None, C.byref(handle))
    while status == 1:
        status = cpg.cpg_iteration_next(handle, C.byref(item))
        if status == 1:
            found.append(text(item.group) + ' ' + (who(item.node, item.pid) if item.pid else str(item.node)))
    say('iterate', kind, name, status, sorted(found), cpg.cpg_iteration_finalize(handle))
def do_zcb(size):
    buffer = C.c_void_p()
    status = cpg.cpg_zcb_alloc(current, C.c_size_t(int(size)), C.byref(buffer))
    say('zcb', status, cpg.cpg_zcb_mcast_joined(current, 2, buffer, C.c_size_t(int(size))))
def do_until(path):
    while not os.path.exists(path):
        do_wait('0.05')
def do_finalize():
    say('finalize', cpg.cpg_finalize(current))
for argument in sys.argv[1:]:
    verb, *words = argument.split(',')
    globals()['do_' + verb](*words)
'''

ALONE = {
    'states': 'open,1 local join,g wait join,g join,h mcast,5 wait leave,g wait leave,g wait finalize',
    'initial ring': 'open,1,1 join,g wait open,2,1 join,h\\x00 wait',
    'names': r'open,1 join,%s wait members,%s open,2 join,%s wait' % ('n' * 127, 'n' * 127, r'b\x00c'),
    'same group twice': 'open,1 join,g wait open,2 join,g open,1 finalize open,2 wait join,g wait',
    'unjoined': 'open,1 leave,g mcast,3 members,g wait',
    'sizes': 'open,1 join,g wait mcast,0 wait mcast,1 wait mcast,1,2,3 wait mcast,1047551 wait mcast,1047552 wait '
             'mcast,1047553 wait mcast,3000000 wait mcast,700000,700000,1 wait',
    'many': 'open,1 join,g wait ' + 'mcast,100 ' * 300 + 'wait',
    'lists': 'open,1 join,g wait open,2 join,h wait iterate,1 iterate,2,g iterate,2,none iterate,3 members,g members,h '
             'members,none iterate,4 iterate,3,g',
}
BETTER = {
    'open,1 join,g wait leave,g wait join,g wait leave,g wait join,h wait':
        ["initialize 1", "join g 1", "change b'g' 1:me left  joined 1:me/1", "leave g 1",
         "change b'g'  left 1:me/2 joined ", "join g 1", "change b'g' 1:me left  joined 1:me/1", "leave g 1",
         "change b'g'  left 1:me/2 joined ", "join h 1", "change b'h' 1:me left  joined 1:me/1"],
    'open,1 join,g wait zcb,100 wait':
        ["initialize 1", "join g 1", "change b'g' 1:me left  joined 1:me/1", "zcb 1 19"],
}


class Script:
    """A ring of two hosts, and what clients on it said: {what they did: lines}."""

    def __init__(self, lab, kinds):
        self.lab, self.kinds, self.said = lab, kinds, {}
        self.cluster = Ring(lab, kinds, totem=['token: 1000'], quorum=['wait_for_all: 0'])

    def run(self):
        self.cluster.form()
        if self.kinds['a'] == self.kinds['b']:
            for name, steps in ALONE.items():
                self.said[name] = self.client('a', steps)
        self.together()
        self.loss()
        return self.said

    def client(self, host, steps):
        return self.lab.run(host, ['python3', '-c', CLIENT, *steps.split()], timeout=60).stdout.splitlines()

    def background(self, host, steps, heard='change'):
        """A client that goes on beside the others; it has joined (or heard such an event) when this returns."""
        log = f'/var/log/client{time.monotonic_ns()}.log'
        process = self.lab.start(host, log, ['python3', '-c', CLIENT, *steps.split()])
        for _ in range(400):
            if any(line.startswith(heard) for line in self.read(host, log)):
                return process, log
            time.sleep(0.05)
        raise LabError(f'a client on {host} hears no {heard}: {self.read(host, log)}')

    def read(self, host, log):
        return self.lab.run(host, ['cat', log]).stdout.splitlines()

    def settle(self):
        time.sleep(1)

    def together(self):
        """Joins, leaves, messages and a sudden death on b, as a sees them."""
        watcher, log = self.background('a', 'open,1,1 join,g until,/tmp/end wait')
        self.said['on b'] = self.client('b', 'open,1 join,g wait mcast,10 mcast,2000000 wait members,g iterate,3 '
                                        'leave,g wait')
        self.settle()
        victim, _ = self.background('b', 'open,1 join,g wait mcast,7 wait,100', 'message')
        self.settle()
        victim.kill()
        self.settle()
        self.said['forgot to leave'] = self.client('b', 'open,1 join,g wait mcast,9 wait')
        self.settle()
        self.lab.run('a', ['touch', '/tmp/end'])
        while watcher.alive():
            time.sleep(0.05)
        self.said['b from a'] = self.read('a', log)

    def loss(self):
        """Power goes at b, which comes back."""
        watcher, log = self.background('a', 'open,1,1 join,g until,/tmp/end2 wait members,g')
        self.background('b', 'open,1 join,g wait,100')
        self.background('b', 'open,1 join,g wait,100')
        self.lab.kill('b')
        self.cluster.wait_members(1, ['a'])
        self.settle()
        self.lab.boot('b')
        self.cluster.start('b')
        self.cluster.wait_members(2)
        self.said['after b is back'] = self.client('b', 'open,1 join,g wait members,g mcast,4 wait')
        self.settle()
        self.lab.run('a', ['touch', '/tmp/end2'])
        while watcher.alive():
            time.sleep(0.05)
        self.said['loss of b from a'] = self.read('a', log)


def script(a, b):
    with Lab(hosts=2) as lab:
        return Script(lab, {'a': a, 'b': b}).run()


def differences(first, second):
    found = []
    for name in second:
        lines = list(difflib.unified_diff(first[name], second[name], 'reference', 'ours', n=2, lineterm=''))
        if lines:
            found.append('\n    '.join([name, *lines]))
    return '\n'.join(found)


class Cpg(unittest.TestCase):
    def test_clients_are_told_the_same(self):
        reference = script('corosync', 'corosync')
        self.assertGreater(sum(len(lines) for lines in reference.values()), 600)
        for kinds in ('hale', 'hale'), ('hale', 'corosync'), ('corosync', 'hale'):
            with self.subTest(kinds):
                found = differences(reference, script(*kinds))
                self.assertFalse(found, f'clients are told other things:\n{found}')

    def test_better_than_the_reference(self):
        with Lab(hosts=1) as lab:
            cluster = Ring(lab)
            cluster.form()
            for steps, expected in BETTER.items():
                with self.subTest(steps):
                    said = lab.run('a', ['python3', '-c', CLIENT, *steps.split()], timeout=60).stdout.splitlines()
                    self.assertEqual(said, expected)


if __name__ == '__main__':
    if sys.argv[1:2] == ['--show']:
        for title, told in script(*sys.argv[2:]).items():
            print(f'== {title}', *told, sep='\n')
        sys.exit()
    main()
