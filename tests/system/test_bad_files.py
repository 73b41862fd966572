#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Configurations that are broken in every way: hale-engine says where, what and what to write instead, and does not
start. Needs no root for -t; the start is tried in the lab.
"""
import os
import subprocess
import tempfile
import time

from common import CONF, HALE, KEY, Lab, Ring, SystemTest, main

GOOD = '''totem {
	version: 2
	cluster_name: lab
	transport: knet
	crypto_cipher: none
	crypto_hash: none
}
nodelist {
	node {
		ring0_addr: 127.0.0.1
		name: a
		nodeid: 1
	}
	node {
		ring0_addr: 127.0.0.2
		name: b
		nodeid: 2
	}
}
quorum {
	provider: corosync_votequorum
	two_node: 1
}
'''
VERSION, NODE_B = '\tversion: 2\n', '\t\tring0_addr: 127.0.0.2\n'

# (what is wrong, old text, new text, line that is blamed or None, words of the message)
BROKEN = [
    ('no version', VERSION, '', None, ['totem.version', 'version: 2']),
    ('another format', 'version: 2', 'version: 1', 2, ['totem.version', 'version: 2']),
    ('a section without end', '\ttwo_node: 1\n}\n', '\ttwo_node: 1\n', 20, ['never closed']),
    ('an end too many', '\ttwo_node: 1\n}\n', '\ttwo_node: 1\n}\n}\n', 24, ['"}"', 'remove']),
    ('neither key nor section', VERSION, VERSION + '\ttoken 3000\n', 3, ['token 3000', 'key: value']),
    ('a number that is none', VERSION, VERSION + '\ttoken: soon\n', 3, ['totem.token', '"soon"', 'token: 3000']),
    ('a negative number', VERSION, VERSION + '\ttoken: -1\n', 3, ['totem.token', '"-1"']),
    ('a number beyond all bounds', VERSION, VERSION + '\ttoken: 99999999999\n', 3, ['totem.token', '4294967295']),
    ('a time that is too short', VERSION, VERSION + '\ttoken: 1\n', 3, ['totem.token', '30']),
    ('times that contradict each other', VERSION, VERSION + '\tconsensus: 40\n', 3, ['totem.consensus', 'join']),
    ('an unknown transport', 'knet', 'pigeon', 4, ['totem.transport', 'pigeon', 'knet']),
    ('an unknown cipher', 'cipher: none', 'cipher: rot13', 5, ['totem.crypto_cipher', 'rot13', 'aes256']),
    ('a cipher without a hash', 'cipher: none', 'cipher: aes256', 5, ['crypto_hash: sha256']),
    ('no key', 'cipher: none\n\tcrypto_hash: none', 'cipher: aes256\n\tcrypto_hash: sha256', None,
     ['authkey', 'No such file', 'corosync-keygen']),
    ('one node id twice', 'nodeid: 2', 'nodeid: 1', 17, ['nodelist.node.1.nodeid', 'node a']),
    ('a node id too large', 'nodeid: 2', 'nodeid: 70000', 17, ['70000', '65535']),
    ('a node without an id', '\t\tnodeid: 2\n', '', 15, ['nodeid', '(b)']),
    ('one address twice', '127.0.0.2', '127.0.0.1', 15, ['nodelist.node.1.ring0_addr', 'node 1 (a)']),
    ('a name without an address', '127.0.0.2', 'no-such-host.invalid', 15, ['no-such-host.invalid', '/etc/hosts']),
    ('links that differ', 'ring0_addr: 127.0.0.2', 'ring1_addr: 127.0.0.2', None, ['ring0_addr', 'node 2 (b)']),
    ('a link beyond the last', NODE_B, NODE_B + '\t\tring9_addr: 127.0.9.2\n', 16, ['ring9_addr']),
    ('this machine is not in it', '127.0.0', '203.0.113', None, ['nodelist']),
    ('an unknown quorum provider', 'corosync_votequorum', 'coin', 21, ['quorum.provider', 'corosync_votequorum']),
    ('votes that are none', 'two_node: 1', 'expected_votes: many', 22, ['quorum.expected_votes', '"many"']),
    ('an unknown level of debug', 'two_node: 1\n}', 'two_node: 1\n}\nlogging {\n\tdebug: maybe\n}', 25,
     ['logging.debug', 'maybe']),
    ('an unknown facility', 'two_node: 1\n}', 'two_node: 1\n}\nlogging {\n\tsyslog_facility: here\n}', 25,
     ['logging.syslog_facility', 'daemon']),
    ('an unknown user', 'two_node: 1\n}', 'two_node: 1\n}\nuidgid {\n\tuid: nobody-here\n}', 25, ['nobody-here']),
    ('bytes that are no text', 'lab', 'l\x00\x01b', 3, ['not text']),
    ('an endless line', 'lab', 'l' * 5000, 3, ['longer than']),
]
# Accepted, with a warning.
DOUBTFUL = [
    ('a node without an address', NODE_B, '', 16, ['node 2 (b)', 'ring0_addr']),
    ('a misspelt option', VERSION, VERSION + '\ttokn: 3000\n', 3, ['tokn', '"token"']),
    ('a misspelt section', 'quorum {', 'qourum {', 20, ['qourum', '"quorum"']),
    ('two_node with a tie breaker', 'two_node: 1', 'two_node: 1\n\tauto_tie_breaker: 1', 22,
     ['two_node', 'auto_tie_breaker']),
]


def check(path):
    return subprocess.run([HALE[0], '-t', '-c', path], capture_output=True, text=True, timeout=20, errors='replace')


class Files(SystemTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = f'{folder.name}/corosync.conf'

    def write(self, text):
        with open(self.path, 'w') as file:
            file.write(text)
        return check(self.path)

    def assert_says(self, done, line, words):
        place = self.path + (f':{line}:' if line else ':')
        blamed = [text for text in done.stderr.splitlines() if text.startswith(place)]
        self.assertTrue(any(all(word in text for word in words) for text in blamed),
                        f'no line begins with {place} and has {words}:\n{done.stderr}')
        self.assertLess(len(done.stderr), 4000, 'nobody reads so much')

    def test_good(self):
        done = self.write(GOOD)
        self.assertEqual((0, ''), (done.returncode, done.stderr))
        self.assertIn('node 1', done.stdout)

    def test_broken(self):
        for what, old, new, line, words in BROKEN:
            with self.subTest(what):
                self.assertIn(old, GOOD)
                done = self.write(GOOD.replace(old, new))
                self.assertEqual(8, done.returncode, done.stderr)
                self.assert_says(done, line, words)

    def test_doubtful(self):
        for what, old, new, line, words in DOUBTFUL:
            with self.subTest(what):
                done = self.write(GOOD.replace(old, new))
                self.assertEqual(0, done.returncode, done.stderr)
                self.assert_says(done, line, ['warning', *words])

    def test_all_problems_at_once(self):
        text = GOOD.replace(VERSION, VERSION + '\ttoken: soon\n').replace('none', 'rot13', 1)
        done = self.write(text + 'logging {\n\tdebug: maybe\n}\n')
        for line in (3, 6, 26):
            self.assert_says(done, line, [])

    def test_no_file(self):
        folder = os.path.dirname(self.path)
        for path, words in ((self.path, 'No such file'), (folder, 'Is a directory'), ('/dev/null', 'totem.version')):
            done = check(path)
            self.assertEqual(8, done.returncode)
            self.assertIn(path, done.stderr)
            self.assertIn(words, done.stderr)

    def test_too_large(self):
        done = self.write('#' * 3000000)
        self.assertEqual(8, done.returncode)
        self.assertIn(self.path, done.stderr)

    def test_rubbish(self):
        """Bytes of all kinds and good files that are cut anywhere: refused or used, never a crash."""
        for cut in range(0, len(GOOD), 7):
            self.assertIn(self.write(GOOD[:cut]).returncode, (0, 8), GOOD[:cut])
        with open(self.path, 'wb') as file:
            file.write(os.urandom(20000))
        done = check(self.path)
        self.assertEqual(8, done.returncode)
        self.assertTrue(done.stderr.replace('\n', '').isprintable(), 'it prints what could harm a terminal')

    def test_wrong_options(self):
        for options in (['-x'], ['-f', 'word'], ['-c']):
            done = subprocess.run([HALE[0], *options], capture_output=True, text=True, timeout=20)
            self.assertEqual(1, done.returncode)
            self.assertIn('usage', done.stderr)


class Start(SystemTest):
    """What -t says is said at a start as well, and the exit status is Corosync's."""

    def test_start(self):
        with Lab(hosts=2) as lab:
            ring = Ring(lab, crypto=True)
            ring.configure()
            good = ring.configuration()
            self.refused(lab, good.replace('knet', 'pigeon'), 8, ['corosync.conf:4:', 'pigeon'])
            other = good.replace(lab.address('a'), '10.99.0.1').replace('name: a', 'name: z')
            self.refused(lab, other, 8, ['nodelist'])
            self.refused(lab, good.replace('/var/log/cluster.log', '/no/such/folder/log'), 9, ['/no/such/folder'])
            lab.run('a', ['sh', '-c', f'head -c 10 {KEY} >{KEY}.new; mv -f {KEY}.new {KEY}'])
            self.refused(lab, good, 8, ['totem.keyfile', '10 bytes', 'corosync-keygen'])
            lab.run('a', ['rm', KEY])
            self.refused(lab, good, 8, ['authkey', 'corosync-keygen'])
            lab.run('a', ['rm', CONF])
            self.refused(lab, None, 8, [CONF, 'No such file'])
            ring.configure(['a'])
            self.one_only(lab, ring)

    def refused(self, lab, text, status, words):
        if text is not None:
            lab.run('a', ['sh', '-c', f'cat >{CONF}'], input=text)
        done = lab.run('a', HALE, check=False, timeout=20)
        self.assertEqual(status, done.returncode, done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def one_only(self, lab, ring):
        """A second engine on the host is refused; after kill -9 and SIGTERM the next one starts."""
        ring.start()
        ring.wait_members(2)
        second = lab.run('a', HALE, check=False, timeout=20)
        self.assertEqual(18, second.returncode, second.stderr)
        self.assertRegex(second.stderr, r'/run/corosync.pid')
        self.assertEqual(([1, 2], True), ring.members('a'))
        for end in (9, 15):
            ring.engines['a'].signal(end)
            for _ in range(100):
                if not ring.engines['a'].alive():
                    break
                time.sleep(0.1)
            ring.start('a')
            ring.wait_members(2)
        self.assert_alive(ring, 'a', 'b')


if __name__ == '__main__':
    main()
