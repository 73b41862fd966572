# SPDX-License-Identifier: GPL-2.0-or-later
"""Delays frames between ports of the switch: a program of its own, started by faults.py in the switch's namespace.

Argument: the control group to join. Standard input: a JSON list of {from, to, mac, delay_ms, jitter_ms, loss_percent}.
It copies frames that enter the port `from` for the address `mac` or for everybody, keeps them, and sends them out of
the port `to`; the switch itself drops the originals. Frames travel with the kernel's own description of their checksum
and segmentation (PACKET_VNET_HDR), so hosts need not switch their offloads off. Prints its pid when it listens.
"""
import heapq
import itertools
import json
import os
import random
import select
import socket
import sys
import time

SOL_PACKET, PACKET_VNET_HDR, PACKET_IGNORE_OUTGOING = 263, 15, 23
ETH_P_ALL, HEADER_BYTES, FRAME_BYTES_MAX = 3, 10, 70000
BACKLOG_MAX = 20000  # frames under way; more are lost, as on a line that is too long for its buffers


def listen(port):
    """A socket for frames that enter a port."""
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    tap.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    tap.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    tap.bind((port, ETH_P_ALL))
    tap.setblocking(False)
    return tap


def sender(port):
    """A socket for frames that leave by a port; it hears nothing."""
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    out.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    out.bind((port, 0))
    return out


class Relay:
    def __init__(self, ways):
        self.taps = {}
        self.ways = {}
        senders = {}
        for way in ways:
            senders[way['to']] = senders.get(way['to']) or sender(way['to'])
            mac = bytes.fromhex(way['mac'].replace(':', ''))
            self.ways.setdefault(way['from'], []).append((mac, senders[way['to']], way))
        for port in self.ways:
            tap = listen(port)
            self.taps[tap.fileno()] = (tap, port)
        self.queue = []
        self.order = itertools.count()

    def take(self, tap, port):
        """All frames that wait at one port."""
        while True:
            try:
                frame = tap.recv(FRAME_BYTES_MAX)
            except BlockingIOError:
                return
            except OSError:  # the port is down or gone with its host
                return
            now = time.monotonic()
            target = frame[HEADER_BYTES:HEADER_BYTES + 6]
            for mac, out, way in self.ways[port]:
                if target == mac or target[0] & 1:
                    self.keep(now, frame, out, way)

    def keep(self, now, frame, out, way):
        if len(self.queue) >= BACKLOG_MAX or random.random() * 100 < way['loss_percent']:
            return
        late_ms = way['delay_ms'] + random.uniform(-way['jitter_ms'], way['jitter_ms'])
        heapq.heappush(self.queue, (now + late_ms / 1000, next(self.order), frame, out))

    def deliver(self):
        while self.queue and self.queue[0][0] <= time.monotonic():
            _, _, frame, out = heapq.heappop(self.queue)
            try:
                out.send(frame)
            except OSError:  # as above: nobody is there to hear it
                pass

    def run(self):
        handles = list(self.taps)
        while True:
            wait_s = max(0, self.queue[0][0] - time.monotonic()) if self.queue else None
            for handle in select.select(handles, [], [], wait_s)[0]:
                self.take(*self.taps[handle])
            self.deliver()


def main():
    relay = Relay(json.load(sys.stdin))
    child = os.fork()
    if child:
        print(child, flush=True)
        os._exit(0)
    os.setsid()
    if sys.argv[1]:
        with open(f'{sys.argv[1]}/cgroup.procs', 'w') as file:
            file.write('0')
    null = os.open('/dev/null', os.O_RDWR)
    for handle in (0, 1, 2):
        os.dup2(null, handle)
    relay.run()


main()
