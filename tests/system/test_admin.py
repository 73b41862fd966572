#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What administrators do to a running ring of both engines: new keys, reloads, killed nodes, configuration versions."""
import re
import threading

from common import CONF, VERIFY, Lab, Load, Ring, SystemTest, main, wait_until

MIXED = {'c': 'corosync'}


def counts(ring, hosts='abc'):
    """How often each node joined, as each host sees it: unchanged as long as the ring holds."""
    return {host: ring.tell(host, 'sh', '-c', 'corosync-cmapctl runtime.members. | grep join_count') for host in hosts}


class Keys(SystemTest):
    def test_keys_change_under_load(self):
        """Crypto goes on and off, as asked on either engine: no node leaves, no message is lost."""
        with Lab(hosts=3) as lab:
            ring = Ring(lab, MIXED, totem=['token: 3000'])
            ring.form()
            load = Load(ring)
            load.start(*'abc')
            load.wait_group(3)
            before = counts(ring)
            for starter, crypto in (('a', True), ('c', False), ('c', True), ('b', False)):
                ring.crypto = crypto
                ring.configure()
                ring.tell(starter, 'corosync-cfgtool', '-R')
                wanted = 'aes256' if crypto else 'none'
                for host in 'abc':
                    wait_until(lambda: ring.value(host, 'totem.crypto_cipher') == wanted, 10, f'{host} uses {wanted}',
                               lambda: ring.log(host)[-2000:])
                self.assertEqual(before, counts(ring))
            self.assert_ordered(load.finish(), ['a1', 'b1', 'c1'], 100)
            self.assertEqual(before, counts(ring))


class Reload(SystemTest):
    def test_reloads_from_everywhere_at_once(self):
        with Lab(hosts=3) as lab:
            ring = Ring(lab, MIXED)
            ring.form()
            before = counts(ring)
            done = []

            def ask(host):
                done.append(lab.run(host, ['corosync-cfgtool', '-R'], check=False))
            threads = [threading.Thread(target=ask, args=(host,)) for host in 'aabbcc']
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            for answer in done:
                self.assertEqual((0, 'Reloading corosync.conf...\nDone\n', ''),
                                 (answer.returncode, answer.stdout, answer.stderr))
            self.assertEqual(6, len(done))
            self.assertEqual(before, counts(ring))

    def test_a_broken_file_changes_nothing(self):
        """Who asks hears of its own file only; a node with a broken one goes on with what it had."""
        with Lab(hosts=3) as lab:
            ring = Ring(lab, MIXED)
            ring.form()
            ring.tell('b', 'sh', '-c', f'echo "totem {{" >>{CONF}')
            self.assertIn('Done', ring.tell('a', 'corosync-cfgtool', '-R'))
            refused = lab.run('b', ['corosync-cfgtool', '-R'], check=False)
            self.assertNotEqual(0, refused.returncode)
            self.assertEqual('lab', ring.value('b', 'totem.cluster_name'))
            ring.configure()
            self.assertIn('Done', ring.tell('b', 'corosync-cfgtool', '-R'))
            self.assertEqual('1', ring.value('b', 'config.reload_status'))
            ring.wait_members(3)


class Logs(SystemTest):
    def test_log_files_are_opened_again(self):
        """corosync-cfgtool -L after a rotation, and when it cannot be: each engine says so and goes on with the old."""
        with Lab(hosts=3) as lab:
            ring = Ring(lab, MIXED)
            ring.form()
            for host in 'ac':
                ring.tell(host, 'sh', '-c', 'mv /var/log/cluster.log /var/log/cluster.log.1')
                ring.tell(host, 'corosync-cfgtool', '-L')
                ring.tell(host, 'corosync-cfgtool', '-R')
                wait_until(lambda: ring.log(host), 5, f'{host} writes into a new file')
                # The folder's name is gone, the folder is not.
                ring.tell(host, 'sh', '-c', 'mv /var/log /var/lib/moved')
                refused = lab.run(host, ['corosync-cfgtool', '-L'], check=False)
                self.assertIn('Could not reopen corosync logging files. Error CS_ERR_NOT_EXIST', refused.stderr)
                self.assertNotEqual(0, refused.returncode)
            wait_until(lambda: '/var/log/cluster.log' in ring.tell('a', 'cat', '/var/lib/moved/cluster.log'), 5,
                       'a says what it could not open')
            lines = ring.tell('a', 'cat', '/var/lib/moved/cluster.log').count('\n')
            ring.tell('a', 'corosync-cfgtool', '-R', check=False)
            wait_until(lambda: ring.tell('a', 'cat', '/var/lib/moved/cluster.log').count('\n') > lines, 5,
                       'a goes on with the old file')
            for host in 'ac':
                ring.tell(host, 'sh', '-c', 'mv /var/lib/moved /var/log')
                ring.tell(host, 'corosync-cfgtool', '-L')
            ring.wait_members(3)


def statistics(ring, host, prefix):
    """{key without the prefix: (type, value)}"""
    text = ring.tell(host, 'corosync-cmapctl', '-m', 'stats', prefix)
    lines = re.findall(r'^(\S+) \((\w+)\) = (.*)$', text, re.M)
    return {key[len(prefix):]: (kind, value) for key, kind, value in lines}


class Statistics(SystemTest):
    def test_same_keys_and_rest_values(self):
        """What an idle ring shows must be the same on both engines, but for counters of traffic and times."""
        moving = re.compile(r'(packets|bytes|latency|time_since|_tx|_rx|_entered|token_lost|avg_|mtt_|msg_queue_avail)')
        with Lab(hosts=2) as lab:
            ring = Ring(lab, {'b': 'corosync'}, two_node=False)
            ring.form()
            for prefixes in (('stats.srp.',) * 2, ('stats.pg.',) * 2,
                             ('stats.knet.node1.link0.', 'stats.knet.node2.link0.'),
                             ('stats.knet.node2.link0.', 'stats.knet.node1.link0.')):
                ours, theirs = (statistics(ring, host, prefix) for host, prefix in zip('ab', prefixes))
                self.assertEqual({key: kind for key, (kind, _) in theirs.items()},
                                 {key: kind for key, (kind, _) in ours.items()})
                self.assertTrue(ours)
                for key in theirs:
                    if not moving.search(key):
                        self.assertEqual(theirs[key], ours[key], f'{prefixes[0]}{key}')
            own = statistics(ring, 'a', 'stats.knet.node1.link0.')
            self.assertGreater(int(own['tx_data_packets'][1]), 0)
            self.assertEqual(own['tx_data_bytes'], own['tx_total_bytes'])


class Kill(SystemTest):
    def test_each_engine_kills_the_other(self):
        with Lab(hosts=3) as lab:
            ring = Ring(lab, MIXED, totem=['token: 1000'])
            ring.form()
            for killer, victim, number in (('c', 'b', '2'), ('a', 'c', '3')):
                ring.tell(killer, 'corosync-cfgtool', '-k', number)
                wait_until(lambda: not ring.engines[victim].alive(), 3, f'{victim} is dead')
                self.assertRegex(ring.log(victim), re.compile('killed by node', re.IGNORECASE))
                others = [host for host in 'abc' if host != victim]
                ring.wait_members(2, others)
                again = lab.run(killer, ['corosync-cfgtool', '-k', number], check=False)
                self.assertIn('CS_ERR_NOT_EXIST', again.stderr)
                ring.start(victim)
                ring.wait_members(3)


class Versions(SystemTest):
    def test_an_outdated_node_stays_out(self):
        """Its configuration is older than that of the ring that it meets first: it leaves, whichever engine it runs."""
        with Lab(hosts=3) as lab:
            ring = Ring(lab, MIXED, totem=['token: 1000', 'config_version: 5'])
            ring.form()
            for host, number in zip('abc', '123'):
                ring.tell(host, 'corosync-cmapctl', '-s', 'totem.config_version', 'u64', '7')
                for other in 'abc':
                    wait_until(lambda: ring.value(other, f'runtime.members.{number}.config_version') == '7', 3,
                               f'{other} knows the version of {host}')
            for host, word in (('b', 'leaving'), ('c', 'different than my config version')):
                ring.stop(host)
                ring.wait_members(2, [other for other in 'abc' if other != host])
                ring.start(host)
                wait_until(lambda: not ring.engines[host].alive(), 15, f'{host} leaves')
                self.assertIn(word, ring.log(host))
                ring.totem[-1] = 'config_version: 7'
                ring.configure([host])
                ring.totem[-1] = 'config_version: 5'
                ring.start(host)
                ring.wait_members(3)


if __name__ == '__main__':
    main(VERIFY)
