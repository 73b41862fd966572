# SPDX-License-Identifier: GPL-2.0-or-later
"""Configurations of every kind, good and bad: what `corosync -t` refuses we refuse, what it accepts we accept.

Where the two differ on purpose, DIFFERENT says why. Skipped where corosync is not installed.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

CHECK = os.environ.get("CONF_CHECK", "")
COROSYNC = shutil.which("corosync") or ("/usr/sbin/corosync" if os.path.exists("/usr/sbin/corosync") else None)
HOST = platform.node()

# name of a case -> why we differ. True: we accept and the reference refuses; False: the other way round.
DIFFERENT = {
    "totem transport: udp": (False, "the engine has no multicast"),
    "totem netmtu: 1": (False, "nothing fits such a frame; the reference breaks later"),
    "totem netmtu: 4294967295": (False, "knet takes 65536 bytes at most; the reference breaks later"),
    "totem config_version: -1": (False, "the reference reads it as 18446744073709551615"),
    "totem ip_dscp: 64": (False, "3.1.7 ignores the option, later versions refuse it"),
    "totem ip_dscp: foo": (False, "3.1.7 ignores the option, later versions refuse it"),
    "totem knet_compression_model: none": (True, "the documented default; the reference takes it only unwritten"),
    "totem crypto_model: gcrypt": (True, "depends on how knet was built; the daemon asks knet"),
    "totem keyfile missing": (True, "files are looked at by the daemon, not by the parser"),
    "logging logfile: /nonexist/x": (True, "files are looked at by the daemon, not by the parser"),
    "subsys logfile: /nonexist/x": (True, "files are looked at by the daemon, not by the parser"),
    "system state_dir: /nonexist": (True, "files are looked at by the daemon, not by the parser"),
    "quorum provider: foo": (False, "the reference refuses it when it starts"),
    "quorum provider: corosync_ykd": (False, "the engine has no YKD"),
    "two addresses alike": (False, "knet cannot tell the two nodes apart"),
    "duplicate id at 2 and 10": (False, "the reference compares in the order of strings"),
    "device and two_node": (False, "the reference refuses it when it starts"),
    "device and last_man_standing": (False, "the reference refuses it when it starts"),
    "device and auto_tie_breaker": (False, "the reference refuses it when it starts"),
    "device and allow_downscale": (False, "the reference refuses it when it starts"),
    "device and expected_votes": (False, "the reference refuses it when it starts"),
    "device with uneven votes": (False, "the reference refuses it when it starts"),
    "device with too many votes": (False, "the reference refuses it when it starts"),
    "odd tie breaker with last_man_standing": (False, "the reference refuses it when it starts"),
}


def node(nodeid, *addresses, name=None, more=""):
    lines = ["  node {"]
    lines += ["    ring%d_addr: %s" % (link, a) for link, a in enumerate(addresses) if a is not None]
    if nodeid is not None:
        lines.append("    nodeid: %s" % nodeid)
    if name:
        lines.append("    name: %s" % name)
    return "\n".join(lines + [more, "  }"]) + "\n"


def conf(totem="", nodes=None, rest="", version="version: 2"):
    if nodes is None:
        nodes = node(1, "127.0.0.1", name=HOST) + node(2, "127.0.0.2", name="other")
    return "totem {\n%s\ncluster_name: test\n%s\n}\nnodelist {\n%s}\n%s\n" % (version, totem, nodes, rest)


def section(name, *lines):
    return "%s {\n%s\n}\n" % (name, "\n".join(lines))


TOTEM = """
token: 30|token: 29|token: 1000|token: 0|token: abc|token: +3000|token: -1|token: 4294967295|token: 4294967296
token:|token: 0x10|token: 010|token: 200|token: 125|token: 142|token: 143|token_coefficient: 0|token_coefficient: x
token_warning: 0|token_warning: 100|token_warning: 101|token_retransmit: 29|token_retransmit: 30|token_retransmit: 0
hold: 13|hold: 14|hold: 0|join: 29|join: 30|join: 0|consensus: 20|consensus: 40|consensus: 50|merge: 29|merge: 30
downcheck: 29|downcheck: 30|max_network_delay: 29|max_network_delay: 30|token_retransmits_before_loss_const: 200
token_retransmits_before_loss_const: 0|send_join: 80|send_join: x|fail_recv_const: 0|seqno_unchanged_const: 0
heartbeat_failures_allowed: 3|heartbeat_failures_allowed: x|window_size: 0|window_size: 100000000|max_messages: 0
miss_count_const: x|netmtu: 1|netmtu: 1500|netmtu: 4294967295|netmtu: x|config_version: 7|config_version: -1
config_version: x|config_version: 18446744073709551615|config_version: 18446744073709551616|ip_version: ipv4
ip_version: ipv6|ip_version: ipv4-6|ip_version: ipv6-4|ip_version: ipv5|ip_dscp: 46|ip_dscp: 64|ip_dscp: foo
secauth: off|secauth: maybe|crypto_model: nss|crypto_model: openssl|crypto_model: gcrypt|crypto_model: foo
crypto_model: none|crypto_cipher: none|crypto_cipher: 3des|crypto_cipher: AES256|crypto_cipher: aes256
crypto_hash: none|crypto_hash: sha3|link_mode: passive|link_mode: active|link_mode: rr|link_mode: foo|link_mode:
link_mode: abcdefghijklmnopqrstuvwxyz|transport: knet|transport: udpu|transport: udp|transport: foo|transport:
knet_compression_model: none|knet_compression_model: foo|knet_compression_model: zlib|knet_compression_model: lz4
knet_compression_model: lz4hc|knet_compression_model: lzo2|knet_compression_model: lzma
knet_compression_model: bzip2|knet_compression_model: zstd|knet_compression_level: -5|knet_compression_level: x
knet_compression_level: 3000000000|knet_compression_threshold: 1|knet_compression_threshold: -5
knet_pmtud_interval: x|knet_pmtud_interval: 0|knet_mtu: 1400|knet_mtu: x|block_unlisted_ips: yes
block_unlisted_ips: maybe|cancel_token_hold_on_retransmit: yes|clear_node_high_bit: yes|nodeid: 5|nodeid: x
threads: x|threads: 1|rrp_mode: passive|cluster_name:|key: abc|foo: bar|foo bar: 1|f@o: 1|foo.bar: 1|foo{bar: 1|: 1
f: 1|foo|}x|x}|token: 3 000|token : 3000|token:3000|token: 3000:|version: 2|version: 1|version: 3
"""

LOGGING = """
timestamp: on|timestamp: hires|timestamp: maybe|timestamp:|fileline: on|fileline: yes|function_name: off
function_name: x|blackbox: on|blackbox: maybe|to_stderr: yes|to_stderr: on|to_stderr: x|to_logfile: no|to_logfile: x
to_syslog: no|to_syslog: x|debug: on|debug: trace|debug: yes|syslog_facility: local7|syslog_facility: LOCAL7
syslog_facility: authpriv|syslog_facility: foo|syslog_priority: err|syslog_priority: error|syslog_priority: warn
logfile_priority: emerg|logfile_priority: 6|syslog_level: info|logfile: /nonexist/x|foo: bar
"""

SYSTEM = """
qb_ipc_type: native|qb_ipc_type: shm|qb_ipc_type: socket|qb_ipc_type: foo|sched_rr: yes|sched_rr: on|priority: foo
move_to_root_cgroup: auto|move_to_root_cgroup: maybe|allow_knet_handle_fallback: yes|allow_knet_handle_fallback: 1
state_dir: /nonexist|foo: bar
"""

QUORUM = """
provider: corosync_votequorum|provider: foo|provider: corosync_ykd|two_node: 1|two_node: 256|two_node: x
expected_votes: 2|expected_votes: x|wait_for_all: 1|wait_for_all: -1|last_man_standing: 1
last_man_standing_window: 20000|last_man_standing_window: x|auto_tie_breaker: 1|auto_tie_breaker_node: 1 2
allow_downscale: 1|expected_votes_tracking: 1|votes: x|leaving_timeout: 5|cancel_wait_for_all: 1|foo: bar
"""

INTERFACE = """
linknumber: 0|mcastport: 5405|mcastport: 0|mcastport: 65536|mcastport: x|ttl: 1|ttl: 2|ttl: 256
knet_link_priority: 7|knet_link_priority: 256|knet_ping_interval: 500|knet_ping_interval: x|knet_ping_timeout: 1000
knet_ping_timeout: -1|knet_ping_precision: 1024|knet_ping_precision: x|knet_pong_count: 3|knet_pong_count: x
knet_transport: udp|knet_transport: sctp|knet_transport: tcp|bindnetaddr: 127.0.0.0|broadcast: yes|foo: bar
"""

DEVICE = """
timeout: 1000|timeout: x|sync_timeout: 1|sync_timeout: x|votes: 1|votes: x|master_wins: 1|master_wins: 300|foo: bar
"""


def words(table):
    return [w for line in table.strip().split("\n") for w in line.split("|")]


def cases():
    for w in words(TOTEM):
        yield "totem " + w, conf(w)
    for w in words(LOGGING):
        yield "logging " + w, conf(rest=section("logging", w))
        yield "subsys " + w, conf(rest=section("logging", "logger_subsys {", "subsys: QUORUM", w, "}"))
    for w in words(SYSTEM):
        yield "system " + w, conf(rest=section("system", w))
    for w in words(QUORUM):
        yield "quorum " + w, conf(rest=section("quorum", w))
    for w in words(INTERFACE):
        yield "interface " + w, conf(section("interface", w))
        yield "udpu interface " + w, conf("transport: udpu\n" + section("interface", w))
    for w in words(DEVICE):
        yield "device " + w, conf(rest=section("quorum", "device {", "model: net", w, "}"))
    yield from syntax_cases()
    yield from node_cases()
    yield from other_cases()


def syntax_cases():
    good = conf()
    yield "plain", good
    yield "no version", conf(version="")
    yield "CRLF", good.replace("\n", "\r\n")
    yield "two CR", good.replace("\n", "\r\r\n")
    yield "tabs and comments", "\t# a\n#\n" + good.replace("{", "\t{ \t").replace(": ", ":\t ") + "   \n"
    yield "comment behind a value", conf("token: 3000 # ms")
    yield "comment behind a brace", good.replace("totem {", "totem { # x")
    yield "no newline at the end", good.rstrip("\n")
    yield "empty", ""
    yield "missing brace", good.replace("}\n", "", 1)
    yield "brace too many", good + "}\n"
    yield "colon before the brace", good.replace("totem {", "totem: {")
    yield "brace in one line", good + "logging {}\n"
    yield "nameless section", good + "{\n}\n"
    yield "line of 510", conf("x: " + "y" * 507)
    yield "line of 511", conf("x: " + "y" * 508)
    yield "long section names", good + "".join("%s {\n" % ("s" * 50) for _ in range(6)) + "}\n" * 6
    yield "section names of 253", good + "s" * 253 + " {\n}\n"
    yield "section names of 254", good + "s" * 254 + " {\n}\n"
    yield "long key", good + section("s" * 200, "k" * 60 + ": 1")
    yield "deep", good + "a {\n" * 100 + "}\n" * 100
    yield "deeper", good + "a {\n" * 130 + "}\n" * 130
    yield "key outside", good + "foo: bar\n"
    yield "short key outside", good + "ab: 1\n"
    yield "blank in a section", good + section("foo bar", "a: 1")
    yield "blank in an empty section", good + section("foo bar")
    yield "NUL in a line", conf("token: 3000\0abc")
    yield "unknown sections", good + section("foo", "bar: 1", "baz {", "token: abc", "}")
    yield "totem twice", good + section("totem", "token: 20")
    yield "totem in totem", conf(section("totem", "token: 20"))


def node_cases():
    one = node(1, "127.0.0.1", name=HOST)
    yield "one node", conf(nodes=one)
    yield "no nodes", conf(nodes="")
    yield "no nodelist", section("totem", "version: 2")
    yield "nobody is here", conf(nodes=node(1, "10.99.99.1", name="elsewhere"))
    yield "found by address", conf(nodes=node(1, "127.0.0.1"))
    yield "found by domain", conf(nodes=node(1, "10.99.99.1", name=HOST + ".example.com"))
    yield "found by name as address", conf(nodes=node(1, "localhost"))
    yield "id missing", conf(nodes=node(None, "127.0.0.1", name=HOST))
    yield "id missing with udpu", conf("transport: udpu", node(None, "127.0.0.1", name=HOST))
    yield "IPv6 id missing with udpu", conf("transport: udpu", node(None, "::1", name=HOST))
    yield "id 0", conf(nodes=node(0, "127.0.0.1", name=HOST))
    yield "id 65535", conf(nodes=node(65535, "127.0.0.1", name=HOST))
    yield "id 65536", conf(nodes=node(65536, "127.0.0.1", name=HOST))
    yield "id 65536 with udpu", conf("transport: udpu", node(65536, "127.0.0.1", name=HOST))
    yield "id no number", conf(nodes=node("one", "127.0.0.1", name=HOST))
    yield "duplicate id", conf(nodes=one + node(1, "127.0.0.2", name="b"))
    both = node(None, "127.0.0.1", name=HOST) + node(2130706433, "127.0.0.2")
    yield "duplicate generated id", conf("transport: udpu", both)
    yield "id of another missing", conf(nodes=one + node(None, "127.0.0.2", name="b"))
    many = "".join(node(i, "127.0.1.%d" % i, name="n%d" % i) for i in range(2, 11))
    yield "ten nodes", conf(nodes=one + many)
    yield "twelve nodes", conf(nodes=one + many + node(11, "127.0.2.1") + node(12, "127.0.2.2"))
    yield "duplicate id at 2 and 10", conf(nodes=one + many + node(3, "127.0.2.1"))
    yield "two addresses alike", conf(nodes=one + node(2, "127.0.0.1", name="b"))
    yield "families differ", conf(nodes=one + node(2, "::1", name="b"))
    yield "IPv6", conf(nodes=node(1, "::1", name=HOST) + node(2, "fd00::2", name="b"))
    yield "IPv6 where IPv4 is wanted", conf("ip_version: ipv4", node(1, "::1", name=HOST))
    yield "IPv4 where IPv6 is wanted", conf("ip_version: ipv6", one)
    yield "no such host", conf(nodes=one + node(2, "no-such-host.invalid", name="b"))
    yield "empty address", conf(nodes=one + node(2, "", name="b"))
    yield "no address", conf(nodes=one + node(2, name="b"))
    yield "short IPv4", conf(nodes=node(1, "127.1", name=HOST))
    yield "decimal IPv4", conf(nodes=node(1, "2130706433", name=HOST))
    yield "IPv4 too large", conf(nodes=node(1, "127.0.0.256", name=HOST))
    yield "mapped IPv4", conf(nodes=node(1, "::ffff:127.0.0.1", name=HOST))
    two = node(1, "127.0.0.1", "127.1.0.1", name=HOST) + node(2, "127.0.0.2", "127.1.0.2", name="b")
    yield "two links", conf(nodes=two)
    yield "two links with udpu", conf("transport: udpu", two)
    yield "two links of two families", conf(nodes=two.replace("127.1.0.", "fd00::"))
    yield "two links, a name missing", conf(nodes=two.replace("name: b", ""))
    yield "two links, an address missing", conf(nodes=two.replace("ring1_addr: 127.1.0.2", ""))
    yield "links crossed", conf(nodes=node(1, "127.0.0.1", name=HOST) + node(2, None, "127.0.0.2", name="b"))
    yield "link 1 only", conf(nodes=node(1, None, "127.0.0.1", name=HOST) + node(2, None, "127.0.0.2", name="b"))
    eight = node(1, *["127.%d.0.1" % i for i in range(8)], name=HOST)
    yield "eight links", conf(nodes=eight)
    yield "nine links", conf(nodes=node(1, *["127.%d.0.1" % i for i in range(9)], name=HOST))
    yield "settings for another link", conf(section("interface", "linknumber: 1", "mcastport: 5500"))
    yield "settings for link 8", conf(section("interface", "linknumber: 8", "mcastport: 5500"))
    yield "settings for link 256", conf(section("interface", "linknumber: 256", "mcastport: 5500"))
    yield "settings for link x", conf(section("interface", "linknumber: x", "mcastport: 5500"))
    yield "votes", conf(nodes=node(1, "127.0.0.1", name=HOST, more="quorum_votes: 3"))
    yield "votes no number", conf(nodes=node(1, "127.0.0.1", name=HOST, more="quorum_votes: x"))
    yield "free keys", conf(nodes=node(1, "127.0.0.1", name=HOST, more="datacenterid: 7\ncolour: red"))
    yield "section in a node", conf(nodes=node(1, "127.0.0.1", name=HOST, more="x {\ny: 1\n}"))


def other_cases():
    devices = section("quorum", "provider: corosync_votequorum", "%s", "device {", "model: net", "%s", "}")
    yield "device", conf(rest=devices % ("", ""))
    net = "net {\nhost: q\nalgorithm: ffsplit\n}\nheuristics {\nmode: on\nexec_a: /bin/true\n}"
    yield "device with net", conf(rest=devices % ("", "votes: 1\n" + net))
    yield "device and two_node", conf(rest=devices % ("two_node: 1", ""))
    yield "device and last_man_standing", conf(rest=devices % ("last_man_standing: 1", ""))
    yield "device and auto_tie_breaker", conf(rest=devices % ("auto_tie_breaker: 1", ""))
    yield "device and allow_downscale", conf(rest=devices % ("allow_downscale: 1", ""))
    yield "device and expected_votes", conf(rest=devices % ("expected_votes: 3", ""))
    yield "device with too many votes", conf(rest=devices % ("expected_votes: 3", "votes: 2"))
    uneven = node(1, "127.0.0.1", name=HOST, more="quorum_votes: 3")
    yield "device with uneven votes", conf(nodes=uneven, rest=devices % ("", ""))
    three = node(1, "127.0.0.1", name=HOST) + node(2, "127.0.0.2") + node(3, "127.0.0.3")
    odd = section("quorum", "provider: corosync_votequorum", "auto_tie_breaker: 1", "last_man_standing: 1", "%s")
    yield "odd tie breaker with last_man_standing", conf(nodes=three, rest=odd % "")
    yield "the same waiting for all", conf(nodes=three, rest=odd % "wait_for_all: 1")
    yield "three nodes, short token", conf("token: 30\ntoken_retransmits_before_loss_const: 1", three)
    yield "cipher without hash", conf("crypto_cipher: aes256\ncrypto_hash: none\nkey: " + "k" * 200)
    yield "encrypted with udpu", conf("transport: udpu\nsecauth: on\nkey: " + "k" * 200)
    yield "secauth with key", conf("secauth: on\nkey: " + "k" * 200)
    yield "hash alone", conf("crypto_hash: sha256\nkey: " + "k" * 200)
    yield "key of 126", conf("crypto_hash: sha256\nkey: " + "k" * 126)
    yield "key of 127", conf("crypto_hash: sha256\nkey: " + "k" * 127)
    yield "totem keyfile missing", conf("crypto_hash: sha256\nkeyfile: /nonexist")
    yield "secauth undone", conf("secauth: on\ncrypto_cipher: none\ncrypto_hash: none")
    yield "uid by name", conf(rest=section("uidgid", "uid: root", "gid: root"))
    yield "uid by number", conf(rest=section("uidgid", "uid: 0", "gid: 0"))
    yield "uid unknown", conf(rest=section("uidgid", "uid: nosuchuser"))
    yield "gid unknown", conf(rest=section("uidgid", "gid: nosuchgroup"))
    yield "uidgid other", conf(rest=section("uidgid", "foo: bar"))
    yield "uidgid twice", conf(rest=section("uidgid", "uid: 0") + section("uidgid", "uid: 0"))
    yield "subsys missing", conf(rest=section("logging", "logger_subsys {", "debug: on", "}"))
    yield "subsys strange", conf(rest=section("logging", "logger_subsys {", "subsys: A B", "debug: on", "}"))
    yield "daemon missing", conf(rest=section("logging", "logging_daemon {", "debug: on", "}"))
    for lines in ("name: corosync", "name: corosync\ndebug: yes", "name: corosync\nsubsys: CPG\ndebug: yes",
                  "name: other\ndebug: yes", "name: other\nsubsys: A\ndebug: on"):
        yield "daemon " + lines.replace("\n", "|"), conf(rest=section("logging", "logging_daemon {", lines, "}"))
    yield "member", conf(section("interface", "member {", "memberaddr: 127.0.0.1", "}"))
    yield "member other", conf(section("interface", "member {", "foo: 127.0.0.1", "}"))
    yield "watchdog", conf(rest=section("resources", "watchdog_timeout: 10", "watchdog_device: off"))
    yield "watchdog no number", conf(rest=section("resources", "watchdog_timeout: x"))
    load = ("load_15min {", "max: 4", "recovery: none", "poll_period: 1000", "}")
    yield "monitors", conf(rest=section("resources", "system {", *load, "}"))
    yield "pload", conf(rest=section("pload", "count: 10", "size: 20"))
    yield "pload no number", conf(rest=section("pload", "count: x"))
    yield "nozzle", conf(rest=section("nozzle", "name: noz0", "ipaddr: 10.9.0.0", "ipprefix: 24"))


# Every kind of key once, for the comparison of maps.
RICH = """\
totem {
 version: 2
 cluster_name: rich
 config_version: 12
 token: 4000
 token_coefficient: 500
 hold: 300
 knet_compression_level: -3
 knet_compression_threshold: 50
 ip_version: ipv4-6
 link_mode: rr
 block_unlisted_ips: no
 netmtu: 9000
 my_own: thing
 interface {
  knet_ping_interval: 300
  linknumber: 0
  mcastport: 5500
  knet_link_priority: 3
  foo: bar
 }
 interface {
  linknumber: 1
  knet_pong_count: 4
  knet_transport: udp
 }
}
nodelist {
 node {
  ring0_addr: 127.0.0.1
  ring1_addr: 127.1.0.1
  nodeid: 1
  name: @HOST@
  datacenterid: 5
 }
 node {
  ring0_addr: 127.0.0.2
  ring1_addr: 127.1.0.2
  nodeid: 2
  name: b
  quorum_votes: 2
 }
 node {
  ring0_addr: 127.0.0.3
  ring1_addr: 127.1.0.3
  nodeid: 3
  name: c
 }
}
quorum {
 provider: corosync_votequorum
 expected_votes: 4
 wait_for_all: 1
 auto_tie_breaker_node: 1 2
 last_man_standing_window: 20000
}
logging {
 to_stderr: no
 to_syslog: no
 timestamp: hires
 debug: off
 logger_subsys {
  subsys: QUORUM
  debug: off
  debug: on
  syslog_priority: err
 }
 logging_daemon {
  name: corosync
  subsys: CPG
  debug: on
 }
 logging_daemon {
  name: qdevice
  subsys: NET
  debug: on
  foo: x
 }
 logging_daemon {
  name: qdevice
  debug: on
 }
}
system {
 sched_rr: no
 move_to_root_cgroup: no
}
uidgid {
 uid: root
 gid: 33
}
resources {
 watchdog_timeout: 10
 watchdog_device: off
 system {
  load_15min {
   poll_period: 4000
   max: 8
   recovery: none
  }
 }
}
pload {
 count: 7
}
colours {
 red: 1
 deep {
  blue: 2
 }
}
"""

# The reference in a network and file system of its own; $1 configuration, $2 where its map goes.
RUN_REFERENCE = """
for place in /run /dev/shm /var/lib/corosync; do mount -t tmpfs none $place || exit 77; done
ip link set lo up || exit 77
corosync -f -c "$1" > /dev/null 2>&1 & pid=$!
for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.5; corosync-cmapctl > "$2" 2> /dev/null && break; done
kill $pid
wait $pid
"""

TYPES = {"i8": 1, "u8": 2, "i16": 3, "u16": 4, "i32": 5, "u32": 6, "i64": 7, "u64": 8, "flt": 9, "dbl": 10, "str": 11}

# Keys that are not the configuration's or that differ on purpose.
OTHERS = re.compile(r"runtime\.(services|members|votequorum|blackbox|force)|internal_|config\.|resources\.system\."
                    r"|totem\.interface\.\d\.bindnetaddr$"  # the reference notes what it took from nodelist
                    r"|runtime\.config\.totem\.interface\.\d\.mcastport$")  # in later versions only


def run(args, path):
    done = subprocess.run(args + [path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                          timeout=60, check=False)
    return done.returncode == 0, done.stdout.decode(errors="replace").strip().splitlines()


class Against(unittest.TestCase):
    """One test: the cases are too cheap to be told apart."""

    def test_all(self):
        """Both say the same, but where DIFFERENT explains it."""
        seen, used, wrong = set(), set(), []
        with tempfile.TemporaryDirectory() as place:
            path = os.path.join(place, "corosync.conf")
            for name, text in cases():
                self.assertNotIn(name, seen)
                seen.add(name)
                with open(path, "w", newline="", encoding="utf-8") as f:
                    f.write(text)
                theirs, their_words = run([COROSYNC, "-t", "-c"], path)
                ours, our_words = run([CHECK], path)
                if not ours:
                    self.assertTrue(our_words, name + ": refused without a word")
                if name in DIFFERENT and ours != theirs and ours == DIFFERENT[name][0]:
                    used.add(name)
                elif ours != theirs:
                    wrong.append("%s: ours %s %s, theirs %s %s"
                                 % (name, ours, our_words[-3:], theirs, their_words[-3:]))
        print("%d configurations, %d differ for a reason" % (len(seen), len(used)), file=sys.stderr)
        self.assertEqual([], wrong, "\n".join(wrong))
        self.assertEqual(set(DIFFERENT) - used, set(), "no longer different: remove from DIFFERENT")

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("unshare") and shutil.which("corosync-cmapctl"),
                         "needs root, unshare and corosync-cmapctl")
    def test_map(self):
        """The map of a running reference has our keys, types and values, and no others."""
        theirs, ours = {}, {}
        with tempfile.TemporaryDirectory() as place:
            path, out = os.path.join(place, "corosync.conf"), os.path.join(place, "map")
            with open(path, "w", encoding="utf-8") as f:
                f.write(RICH.replace("@HOST@", HOST))
            inside = ["unshare", "-n", "-m", "-p", "-f", "--mount-proc", "sh", "-c", RUN_REFERENCE, "sh"]
            code = subprocess.run(inside + [path, out], timeout=60, check=False).returncode
            if code == 77:
                self.skipTest("no namespaces here")
            with open(out, encoding="utf-8") as f:
                for line in f:
                    key, kind, value = re.match(r"(\S+) \((\w+)\) = ?(.*)", line).groups()
                    theirs[key] = (TYPES[kind], value)
            done = subprocess.run([CHECK, "-d", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
            self.assertEqual(done.returncode, 0)
            for line in done.stdout.decode().splitlines():
                key, kind, value = line.split(" ", 2)
                ours[key] = (int(kind), value)
        self.assertGreater(len(theirs), 60)
        wrong = ["%s: ours %s, theirs %s" % (k, ours.get(k), theirs.get(k)) for k in sorted(set(ours) | set(theirs))
                 if ours.get(k) != theirs.get(k) and not OTHERS.match(k)]
        self.assertEqual(wrong, [])


if __name__ == "__main__":
    if COROSYNC is None:
        print("skipped: corosync is not installed")
        sys.exit(77)
    if not CHECK:
        print("skipped: CONF_CHECK does not name the conf-check program")
        sys.exit(77)
    unittest.main()
