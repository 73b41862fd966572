#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients that watch, with Debian's libquorum (model 1), libvotequorum and libcmap, on Corosync and on our engine,
while a host is killed and returns, one leaves, votes and keys change. What they are told must be the same, in the same
order.
"""
import difflib
import re
import signal
import sys
import time

from common import PROGRAMS, Lab, Ring, SystemTest, main, wait_until

WATCH = f'{PROGRAMS}/api-watch'
SETTLE_S = 1.0
WATCHED = {'quorum': ['quorum'], 'votequorum': ['votequorum'], 'cmap': ['cmap', 'my.'],
           'members': ['cmap', 'runtime.members.3.']}


class Watching:
    """The scenario on one engine; `told` is watcher -> what it printed."""

    def __init__(self, kind):
        self.kind = kind

    def run(self):
        with Lab(hosts=3) as lab:
            self.ring = Ring(lab, kinds={host: self.kind for host in 'abc'}, totem=['token: 1000'])
            self.ring.form()
            time.sleep(SETTLE_S)
            watchers = {name: lab.start('a', self.log(name), [WATCH, *words]) for name, words in WATCHED.items()}
            wait_until(lambda: all('ready' in self.told(name) for name in WATCHED), 10, 'the watchers are ready',
                       lambda: str({name: self.told(name) for name in WATCHED}))
            self.events(lab)
            for watcher in watchers.values():
                watcher.signal(signal.SIGTERM)
            wait_until(lambda: not any(watcher.alive() for watcher in watchers.values()), 10, 'the watchers end')
            return {name: normal(self.told(name)) for name in WATCHED}

    def log(self, name):
        return f'/var/log/watch-{name}.log'

    def told(self, name):
        return self.ring.lab.run('a', ['cat', self.log(name)], check=False).stdout

    def events(self, lab):
        for command in ('cmapctl -s my.one u8 1', 'cmapctl -s my.one u8 1', 'cmapctl -s my.one u8 2',
                        'cmapctl -s my.one str two', 'cmapctl -s my.other i64 -5', 'cmapctl -d my.one',
                        'cmapctl -D my.', 'quorumtool -v 2 -n 3', 'quorumtool -e 4', 'quorumtool -v 1 -n 3',
                        'quorumtool -e 3'):
            self.ring.tell('a', 'sh', '-c', f'corosync-{command}', check=False)
            time.sleep(0.3)
        lab.kill('c')
        self.ring.wait_members(2, ['a', 'b'])
        time.sleep(SETTLE_S)
        lab.boot('c')
        self.ring.start('c')
        self.ring.wait_members(3)
        time.sleep(SETTLE_S)
        self.ring.stop('c')
        self.ring.wait_members(2, ['a', 'b'])
        time.sleep(SETTLE_S)
        self.ring.stop('b')
        self.ring.wait_members(1, ['a'], quorate=False)
        time.sleep(SETTLE_S)


def normal(text):
    """Ring numbers and addresses are left out. Nobody promises in which order nodes are listed, or who of several
    trackers of one key is told first; each tracker hears its own events in order."""
    text = re.sub(r'^(\S+: event \d+ runtime\.members\.3\.ip; now) .*', r'\1 ...', text, flags=re.M)
    lines = [re.sub(r'^(votes \d+ quorate \d: )(.*)', lambda m: m[1] + ' '.join(sorted(m[2].split())), line)
             for line in text.splitlines()]
    return sorted(lines, key=lambda line: line.partition(': event ')[0] if ': event ' in line else '')


class Clients(SystemTest):
    def test_the_same_is_told(self):
        reference, ours = Watching('corosync').run(), Watching('hale').run()
        for name in WATCHED:
            with self.subTest(name):
                self.assertGreater(len(reference[name]), 5)
                found = list(difflib.unified_diff(reference[name], ours[name], 'corosync', 'hale', n=1, lineterm=''))
                self.assertFalse(found, f'{name}:\n' + '\n'.join(found))


if __name__ == '__main__':
    if sys.argv[1:2] == ['--show']:
        for watcher, lines in Watching(sys.argv[2]).run().items():
            print(f'--- {watcher}', *lines, sep='\n')
        sys.exit()
    main(WATCH)
