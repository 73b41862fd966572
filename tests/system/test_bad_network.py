#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Strangers, liars and misfortune round a ring of three: wrong keys, wrong ids, garbage on the port, a full disk,
clocks that jump, frozen programs, lost packets, dead hosts. Never a crash, never a wrong member; no new ring without
need, and soon one when there is need.
"""
import datetime
import re
import signal
import statistics
import sys
import time

from common import CLUSTER_LOG, CONF, HALE, KEY, VERIFY, Lab, Load, Ring, SystemTest, main, wait_until
from lab import clock as lab_clock

LEAVE_S, DEATH_S = 0.5, 1.5  # bars
LINK_SETTLE_S = 12  # knet gives a link that is new more time before it calls it dead, in either engine

# Sends garbage to the ring's port: noise, frames that were heard and are cut, stretched or bent, and empty ones.
SENDER = r'''
import os, random, select, socket, sys, time
target, seconds, seed = sys.argv[1], float(sys.argv[2]), int(sys.argv[3])
random.seed(seed)
heard = []
try:
    ear = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
    end = time.monotonic() + 1
    while time.monotonic() < end and len(heard) < 500:
        if select.select([ear], [], [], 0.1)[0]:
            packet = ear.recv(70000)
            if len(packet) > 28 and packet[9] == 17 and b'\x15\x1d' in packet[20:24]:
                heard.append(packet[28:])
except OSError:
    pass
out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
def noise():
    size = random.choice([0, 1, 2, 3, 5, 8, 16, 30, 31, 64, 500, 1400, 1500, 9000, 65507])
    return os.urandom(size)
def knet():
    head = bytes([1, random.choice([0, 0, 1, 2, 3, 255]), 0, random.randrange(5), 0, 0])
    return head + os.urandom(random.randrange(1400))
def bent():
    if not heard:
        return noise()
    frame = bytearray(random.choice(heard))
    for _ in range(random.randrange(1, 6)):
        place = random.randrange(len(frame))
        frame[place] = random.choice([0, 1, 127, 128, 255, random.randrange(256)])
    cut = random.randrange(4)
    if cut == 0:
        frame = frame[:random.randrange(len(frame))]
    elif cut == 1:
        frame += os.urandom(random.randrange(30000))
    return bytes(frame)
sent, end = 0, time.monotonic() + seconds
while time.monotonic() < end:
    for _ in range(20):
        try:
            out.sendto(random.choice([noise, knet, bent, bent])(), (target, 5405))
            sent += 1
        except OSError:
            pass
    time.sleep(0.005)
print(f'{sent} packets, {len(heard)} heard')
'''


def log_times(text, pattern):
    """When lines with `pattern` were logged, in seconds of the machine's clock."""
    year = datetime.datetime.now().year
    stamps = [re.match(r'\w{3} +\d+ [\d:.]+', line).group() for line in text.splitlines() if re.search(pattern, line)]
    return [datetime.datetime.strptime(f'{year} {stamp}', '%Y %b %d %H:%M:%S.%f').timestamp() for stamp in stamps]


class Network(SystemTest):
    def ring(self, hosts=3, links=1, clocks=False, **options):
        lab = Lab(hosts=hosts, links=links, clocks=clocks)
        lab.__enter__()
        self.addCleanup(lab.__exit__, None, None, None)
        return Ring(lab, **options)

    def formed(self, ring, hosts='abc', **options):
        ring = self.ring(**options) if ring is None else ring
        ring.form()
        return ring

    def assert_no_strangers(self, ring, hosts, allowed):
        """No ring that these hosts ever formed had others in it than `allowed`."""
        for host in hosts:
            for members in re.findall(r'formed ring \S+ with members ([\d ]+)', ring.log(host)):
                self.assertLessEqual(set(members.split()), set(allowed), f'{host} had a wrong member')

    def rings(self, ring, hosts='abc'):
        """How many rings each host formed so far."""
        return {host: len(re.findall('formed ring', ring.log(host))) for host in hosts}


class Strangers(Network):
    def test_wrong_key(self):
        ring = self.ring(crypto=True)
        ring.configure()
        ring.lab.run('c', ['sh', '-c', f'head -c 256 /dev/urandom >{KEY}.n; chmod 400 {KEY}.n; mv -f {KEY}.n {KEY}'])
        ring.start()
        ring.wait_members(2, ['a', 'b'])
        time.sleep(3)
        self.assertEqual(([3], False), ring.members('c'))
        self.assertEqual(([1, 2], True), ring.members('a'))
        for host, other in (('a', 'c'), ('c', 'a')):
            said = [line for line in ring.log(host).splitlines() if ring.lab.address(other) in line]
            self.assertTrue(said, f'{host} does not say whose packets it cannot read')
            self.assertRegex(ring.log(host), 'crypto key')
            self.assertLess(len(said), 5, 'the log is flooded')
        self.assert_no_strangers(ring, 'ab', '12')
        self.assert_alive(ring, *'abc')

    def test_a_host_that_nobody_listed(self):
        ring = self.formed(self.ring())
        before = self.rings(ring)
        ring.lab.add('d')
        ring.configure(['d'])
        ring.start('d')
        wait_until(lambda: ring.members('d')[0] == [4], 20, 'd is alone')
        time.sleep(4)
        self.assertEqual(([1, 2, 3], True), ring.members('a'))
        self.assertEqual(before, self.rings(ring))
        self.assertRegex(ring.log('d'), 'host: 1 has no active links')
        self.assert_alive(ring, *'abcd')

    def test_one_id_for_two_hosts(self):
        """c believes that it is node 2."""
        ring = self.ring()
        ring.configure()
        ring.node_ids = {'b': 3, 'c': 2}
        ring.configure(['c'])
        ring.start()
        ring.wait_members(2, ['a', 'b'])
        time.sleep(4)
        self.assertEqual(([1, 2], True), ring.members('a'))
        self.assertEqual(([1, 2], True), ring.members('b'))
        self.assertEqual(([2], False), ring.members('c'))
        self.assertTrue([line for line in ring.log('a').splitlines() if ring.lab.address('c') in line],
                        f'a does not say who knocks:\n{ring.log("a")[-1000:]}')
        self.assert_alive(ring, *'abc')

    def test_one_address_for_two_hosts(self):
        """c has b's address as well, and calls itself node 3 at it; then it claims the address on the wire."""
        ring = self.ring()
        ring.configure()
        ring.start('a', 'b')
        ring.wait_members(2, ['a', 'b'])
        address = ring.lab.address('b')
        ring.lab.run('c', ['ip', 'addr', 'add', f'{address}/24', 'dev', 'eth0'])
        text = ring.configuration().replace(f'{address}\n', '10.99.9.9\n')
        text = text.replace(f'{ring.lab.address("c")}\n', f'{address}\n')
        ring.lab.run('c', ['sh', '-c', f'cat >{CONF}'], input=text)
        ring.start('c')
        time.sleep(3)
        for _ in range(3):
            ring.lab.run('a', ['ip', 'neigh', 'flush', 'all'])
            ring.lab.run('c', ['ping', '-c1', '-W1', '-I', address, ring.lab.address('a')], check=False)
            time.sleep(1)
        self.assert_alive(ring, *'abc')
        self.assert_no_strangers(ring, 'ab', '12')
        ring.lab.kill('c')
        ring.lab.run('a', ['ip', 'neigh', 'flush', 'all'])
        ring.wait_members(2, ['a', 'b'])

    def test_garbage_on_the_port(self):
        """From a member's own address, on a ring that is not encrypted: all that a packet can be, under load."""
        ring = self.formed(self.ring(totem=['token: 1000']))
        program = [sys.executable, '-c', SENDER, ring.lab.address('a'), '8']
        senders = [ring.lab.start(host, '/var/log/sender.log', [*program, seed])
                   for host, seed in (('b', '1'), ('c', '2'))]
        load = Load(ring, rate=50)
        load.start('b', 'c')
        wait_until(lambda: not any(sender.alive() for sender in senders), 40, 'the senders end')
        for host in 'bc':
            self.assertRegex(ring.tell(host, 'cat', '/var/log/sender.log'), r'^[1-9]\d+ packets, [1-9]')
        self.assert_alive(ring, *'abc')
        ring.wait_members(3)
        self.assert_no_strangers(ring, 'abc', '123')
        self.assertLess(len(ring.log('a').splitlines()), 2000, 'the log is flooded')


class Misfortune(Network):
    def test_full_disk(self):
        """A node that has its file goes on when the disk is full; a new one says what is full, and does not start."""
        ring = self.formed(self.ring(totem=['token: 1000']))
        ring.lab.fulldisk('c', '/var/lib/corosync')
        ring.lab.kill('b')
        ring.wait_members(2, ['a', 'c'])
        stored = int.from_bytes(bytes.fromhex(ring.tell('c', 'xxd', '-p', '/var/lib/corosync/ringid_3')), 'little')
        self.assertEqual(ring.ring_id('c'), f'1.{stored:x}')
        ring.stop('c')
        ring.tell('c', 'sh', '-c', 'rm /var/lib/corosync/ringid_3; head -c 4096 /dev/zero >/var/lib/corosync/filler',
                  check=False)
        done = ring.lab.run('c', HALE, check=False, timeout=20)
        self.assertNotEqual(0, done.returncode)
        self.assertIn('/var/lib/corosync/ringid_3', done.stderr)
        self.assertIn('No space left', done.stderr)
        ring.lab.fulldisk('c', '/var/lib/corosync', undo=True)
        ring.start('c')
        ring.wait_members(2, ['a', 'c'])

    def test_disk_that_cannot_be_written(self):
        """The ring id cannot be stored: the node says so and stays out; it comes by itself when the disk is well."""
        ring = self.formed(self.ring(totem=['token: 1000']))
        ring.tell('c', 'sh', '-c',
                  'cd /var/lib/corosync && mount --bind . . && mount -o remount,ro,bind /var/lib/corosync')
        ring.lab.kill('b')
        wait_until(lambda: 'Read-only file system' in ring.log('c'), 20, 'c complains', lambda: ring.log('c')[-2000:])
        line = [line for line in ring.log('c').splitlines() if 'Read-only file system' in line]
        self.assertIn('/var/lib/corosync/ringid_3', line[0])
        time.sleep(3)
        line = [line for line in ring.log('c').splitlines() if 'Read-only file system' in line]
        self.assertLess(len(line), 10, 'the log is flooded')
        self.assertNotEqual(([1, 3], True), ring.members('c'))
        self.assert_alive(ring, 'a', 'c')
        ring.tell('c', 'umount', '/var/lib/corosync')
        print(f'two members {ring.wait_members(2, ["a", "c"]):.1f} s after the disk was well')

    def test_clock_steps(self):
        if not lab_clock.library():
            print('SKIP the steps of clocks: apt-get install libfaketime')
            self.skipTest('libfaketime is missing')
        ring = self.formed(self.ring(clocks=True))
        before = self.rings(ring)
        load = Load(ring, rate=50)
        load.start(*'abc')
        load.wait_group(3)
        for step in (3600, -7200, 0.5):
            ring.lab.clock('a', step)
            time.sleep(2)
        self.assertEqual(before, self.rings(ring), 'a step of the clock changed the ring')
        self.assert_ordered(load.finish(), ['a1', 'b1', 'c1'], 100)

    def test_two_seconds_frozen(self):
        """By default a program may stand still for two seconds: its host answers, and the token has time."""
        ring = self.formed(self.ring())
        before = self.rings(ring)
        for host in 'abc':
            ring.engines[host].signal(signal.SIGSTOP)
            time.sleep(2)
            ring.engines[host].signal(signal.SIGCONT)
            time.sleep(0.7)
        self.assertEqual(before, self.rings(ring))
        self.assertEqual(([1, 2, 3], True), ring.members('a'))

    def test_loss_under_load(self):
        ring = self.formed(self.ring())
        before = self.rings(ring)
        load = Load(ring, rate=100)
        load.start(*'abc')
        load.wait_group(3)
        ring.lab.loss(5)
        time.sleep(20)
        ring.lab.loss(0)
        self.assertEqual(before, self.rings(ring), '5 % of loss changed the ring')
        self.assert_ordered(load.finish(), ['a1', 'b1', 'c1'], 1000)

    def test_one_of_two_links(self):
        ring = self.formed(self.ring(links=2))
        before = self.rings(ring)
        load = Load(ring, rate=50)
        load.start(*'abc')
        load.wait_group(3)
        time.sleep(LINK_SETTLE_S)
        for link in (0, 1):
            for host in 'abc':
                ring.lab.isolate(host, link)
            wait_until(lambda: ring.value('a', f'stats.knet.node2.link{link}.connected', 'stats') == '0', 10,
                       f'link {link} is noticed')
            time.sleep(1)
            ring.lab.heal()
            wait_until(lambda: ring.value('a', f'stats.knet.node2.link{link}.connected', 'stats') == '1', 10,
                       f'link {link} is back')
            time.sleep(LINK_SETTLE_S if link == 0 else 0.5)
        self.assertEqual(before, self.rings(ring), 'a link changed the ring' + ring.logs(CLUSTER_LOG, 'a'))
        self.assert_ordered(load.finish(), ['a1', 'b1', 'c1'], 100)

    def test_leave_and_death(self):
        """By default: SIGTERM is seen by the others at once, a death soon."""
        ring = self.formed(self.ring())
        leaves, deaths = [], []
        for round_ in range(3):
            leaves.append(self.after(ring, lambda: ring.engines['c'].signal(signal.SIGTERM)))
            wait_until(lambda: not ring.engines['c'].alive(), 10, 'c ends')
            ring.start('c')
            ring.wait_members(3)
            time.sleep(0.5)
            deaths.append(self.after(ring, lambda: ring.lab.kill('c')))
            ring.lab.boot('c')
            ring.start('c')
            ring.wait_members(3)
            time.sleep(0.5)
        print('leave:', *(f'{value:.2f}' for value in leaves), 's; death:', *(f'{value:.2f}' for value in deaths), 's')
        self.assertLess(statistics.median(leaves), LEAVE_S)
        self.assertLess(statistics.median(deaths), DEATH_S)

    def after(self, ring, act):
        """Seconds from an act until a and b have formed their ring without c, by their logs."""
        old = {host: len(log_times(ring.log(host), 'formed ring')) for host in 'ab'}
        begin = time.time()
        act()
        ring.wait_members(2, ['a', 'b'])
        return max(log_times(ring.log(host), 'formed ring')[old[host]] for host in 'ab') - begin

    def test_killed_programs_come_back(self):
        ring = self.formed(self.ring())
        for host in 'abc':
            ring.engines[host].signal(signal.SIGKILL)
            wait_until(lambda: not ring.engines[host].alive(), 5, 'it is dead')
            ring.start(host)
            ring.wait_members(3)
        self.assert_alive(ring, *'abc')


if __name__ == '__main__':
    main(VERIFY)
