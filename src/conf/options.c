/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/options.h"

#include <string.h>

#define U32(section, key, example, help)                               \
	{                                                              \
		section, key, MAP_U32, CHECK_NONE, NULL, example, help \
	}
#define U8(section, key, example, help)                               \
	{                                                             \
		section, key, MAP_U8, CHECK_NONE, NULL, example, help \
	}
#define TEXT(section, key, example, help)                                 \
	{                                                                 \
		section, key, MAP_STRING, CHECK_NONE, NULL, example, help \
	}
#define WORDS(section, key, words, example, help)                           \
	{                                                                   \
		section, key, MAP_STRING, CHECK_WORDS, words, example, help \
	}
#define LENIENT(section, key, words, example, help)                           \
	{                                                                     \
		section, key, MAP_STRING, CHECK_LENIENT, words, example, help \
	}

static const struct option options[] = {
	U32("totem", "version", "2", "version of the file's format: 2"),
	TEXT("totem", "cluster_name", "mycluster", "name of the cluster"),
	{"totem", "transport", MAP_STRING, CHECK_NONE, words_transport, "knet", "how packets travel between the nodes"},
	{"totem", "config_version", MAP_U64, CHECK_NONE, NULL, "1",
	 "a node with an older file than the others stays out"},
	LENIENT("totem", "secauth", words_on_off, "on", "short for crypto_cipher aes256 and crypto_hash sha256"),
	WORDS("totem", "crypto_model", words_crypto_model, "nss", "library that encrypts"),
	WORDS("totem", "crypto_cipher", words_crypto_cipher, "aes256", "encryption of packets"),
	WORDS("totem", "crypto_hash", words_crypto_hash, "sha256", "authentication of packets"),
	TEXT("totem", "keyfile", "/etc/corosync/authkey", "file with the shared key, 128 to 4096 bytes"),
	TEXT("totem", "key", "(127 characters or more)", "the shared key itself"),
	{"totem", "link_mode", MAP_STRING, CHECK_NONE, words_link_mode, "passive", "how several links are used"},
	WORDS("totem", "ip_version", words_ip_version, "ipv6-4", "addresses looked up for host names"),
	{"totem", "ip_dscp", MAP_U8, CHECK_WORDS, words_dscp, "cs6", "DSCP mark of packets, 0 to 63 or a name"},
	U32("totem", "netmtu", "1500", "largest packet given to the transport, bytes"),
	U32("totem", "threads", "0", "not used any more"),
	U32("totem", "nodeid", "1", "not used any more: node ids stand in nodelist"),
	TEXT("totem", "rrp_mode", "none", "not used any more: several links are link_mode"),
	LENIENT("totem", "clear_node_high_bit", words_yes_no, "yes", "keep generated node ids below 2^31 (udpu)"),
	U32("totem", "token", "3000", "milliseconds without a token until it is lost"),
	U32("totem", "token_coefficient", "650", "milliseconds added to token for each node above two"),
	U32("totem", "token_warning", "75", "percent of token after which a late token is reported, 0 is never"),
	U32("totem", "token_retransmit", "714", "milliseconds until the last token is sent again, at the latest"),
	U32("totem", "hold", "561", "milliseconds for which an idle token is held"),
	U32("totem", "token_retransmits_before_loss_const", "4", "times a token is sent again before it is lost"),
	U32("totem", "join", "50", "milliseconds between join messages"),
	U32("totem", "send_join", "0", "upper bound of a random delay before join messages, milliseconds"),
	U32("totem", "consensus", "3600", "milliseconds until nodes that do not agree are left out"),
	U32("totem", "merge", "200", "milliseconds of silence until other rings are looked for"),
	U32("totem", "downcheck", "1000", "milliseconds between looks at an interface that is down"),
	U32("totem", "fail_recv_const", "2500", "rotations without progress until this node gives up"),
	U32("totem", "seqno_unchanged_const", "30", "idle rotations until the token is held"),
	U32("totem", "heartbeat_failures_allowed", "0", "heartbeats that may fail, 0 switches them off"),
	U32("totem", "max_network_delay", "50", "milliseconds a packet may travel (heartbeats only)"),
	U32("totem", "window_size", "50", "messages of all nodes in one rotation"),
	U32("totem", "max_messages", "17", "messages a node may send at a visit of the token"),
	U32("totem", "miss_count_const", "5", "visits of the token before a missing message is asked for"),
	U32("totem", "knet_pmtud_interval", "30", "seconds between searches of the path MTU"),
	U32("totem", "knet_mtu", "0", "MTU of all links in bytes, 0 finds it"),
	WORDS("totem", "knet_compression_model", words_compression, "none", "compression of packets"),
	U32("totem", "knet_compression_threshold", "100", "smallest packet that is compressed, bytes"),
	{"totem", "knet_compression_level", MAP_I32, CHECK_NONE, NULL, "0", "level given to the compression library"},
	LENIENT("totem", "block_unlisted_ips", words_yes_no, "yes", "drop packets from addresses not in nodelist"),
	LENIENT("totem", "early_loss", words_yes_no, "yes",
		"leave a dead host out before its token is lost (Hale's own: Corosync ignores it)"),
	LENIENT("totem", "cancel_token_hold_on_retransmit", words_yes_no, "no",
		"never hold the token while messages are missing"),
	U32("totem", "rrp_token_expired_timeout", "0", "not used any more"),
	U32("totem", "rrp_problem_count_timeout", "0", "not used any more"),
	U32("totem", "rrp_problem_count_threshold", "0", "not used any more"),
	U32("totem", "rrp_problem_count_mcast_threshold", "0", "not used any more"),
	U32("totem", "rrp_autorecovery_check_timeout", "0", "not used any more"),

	U8("totem.interface", "linknumber", "0", "the link that the section describes, 0 to 7"),
	TEXT("totem.interface", "bindnetaddr", "192.0.2.0", "not used any more: addresses stand in nodelist"),
	TEXT("totem.interface", "mcastaddr", "239.192.0.1", "multicast address (udp only)"),
	TEXT("totem.interface", "broadcast", "no", "broadcast instead of multicast (udp only)"),
	{"totem.interface", "mcastport", MAP_U16, CHECK_NONE, NULL, "5405", "UDP port of the link"},
	U8("totem.interface", "ttl", "1", "time to live of packets (udp only)"),
	U8("totem.interface", "knet_link_priority", "1", "the link with the highest is used in passive mode"),
	U32("totem.interface", "knet_ping_interval", "750", "milliseconds between pings"),
	U32("totem.interface", "knet_ping_timeout", "1500", "milliseconds without an answer until the link is down"),
	U32("totem.interface", "knet_ping_precision", "2048", "samples in the mean of the latency"),
	U32("totem.interface", "knet_pong_count", "2", "answers until the link is up"),
	{"totem.interface", "knet_transport", MAP_STRING, CHECK_NONE, words_link_transport, "udp",
	 "protocol of the link"},
	TEXT("totem.interface.member", "memberaddr", "192.0.2.1", "not used any more: addresses stand in nodelist"),

	TEXT("nodelist.node", "ring*_addr", "192.0.2.1", "address or host name of the node on a link, 0 to 7"),
	U32("nodelist.node", "nodeid", "1", "number of the node, 1 to 65535"),
	TEXT("nodelist.node", "name", "node1", "name of the node"),
	U32("nodelist.node", "quorum_votes", "1", "votes of the node"),

	TEXT("quorum", "provider", "corosync_votequorum",
	     "who decides about quorum; without it there is always quorum"),
	U32("quorum", "expected_votes", "3", "votes of the whole cluster"),
	U32("quorum", "votes", "1", "votes of this node, when there is no nodelist"),
	U8("quorum", "two_node", "1", "either of two nodes alone has quorum"),
	U8("quorum", "wait_for_all", "1", "no quorum until all nodes were seen together once"),
	U8("quorum", "last_man_standing", "1", "lower the expected votes as nodes are lost"),
	U32("quorum", "last_man_standing_window", "10000", "milliseconds until they are lowered"),
	U8("quorum", "auto_tie_breaker", "1", "one of two equal halves keeps quorum"),
	TEXT("quorum", "auto_tie_breaker_node", "lowest", "which half: lowest, highest or a list of node ids"),
	U8("quorum", "allow_downscale", "1", "lower the expected votes as nodes leave in order"),
	U8("quorum", "expected_votes_tracking", "1", "remember the highest expected votes on disk"),
	U32("quorum", "leaving_timeout", "10000", "not used any more"),
	TEXT("quorum", "cancel_wait_for_all", "0", "an action key, not for the file"),
	TEXT("quorum.device", "model", "net", "kind of quorum device"),
	U32("quorum.device", "votes", "1", "votes of the device"),
	U32("quorum.device", "timeout", "10000", "milliseconds the device may be silent"),
	U32("quorum.device", "sync_timeout", "30000", "the same while membership changes, milliseconds"),
	U8("quorum.device", "master_wins", "1", "nodes that the device votes for have quorum"),
	TEXT("quorum.device.net", "host", "qnetd.example.org", "the arbiter's host"),
	TEXT("quorum.device.net", "port", "5403", "its port"),
	TEXT("quorum.device.net", "tls", "on", "on, off or required"),
	TEXT("quorum.device.net", "algorithm", "ffsplit", "test, ffsplit, 2nodelms or lms"),
	TEXT("quorum.device.net", "tie_breaker", "lowest", "lowest, highest or a node id"),
	TEXT("quorum.device.net", "connect_timeout", "8000", "milliseconds"),
	TEXT("quorum.device.net", "force_ip_version", "0", "0, 4 or 6"),
	TEXT("quorum.device.net", "keep_active_partition_tie_breaker", "off", "on or off"),
	{"quorum.device.heuristics", "mode", MAP_STRING, CHECK_LENIENT, words_heuristics, "sync",
	 "when the programs run"},
	TEXT("quorum.device.heuristics", "timeout", "5000", "milliseconds"),
	TEXT("quorum.device.heuristics", "sync_timeout", "15000", "milliseconds"),
	TEXT("quorum.device.heuristics", "interval", "30000", "milliseconds"),
	TEXT("quorum.device.heuristics", "exec_*", "/bin/ping -c1 192.0.2.1", "a program to run"),

	WORDS("logging", "timestamp", words_timestamp, "hires", "time in lines of file and stderr"),
	WORDS("logging", "fileline", words_on_off, "off", "file and line of the source in each line"),
	WORDS("logging", "function_name", words_on_off, "off", "function of the source in each line"),
	WORDS("logging", "blackbox", words_on_off, "on", "keep the last messages in memory"),
	WORDS("logging", "to_stderr", words_switch, "yes", "log to stderr"),
	WORDS("logging", "to_logfile", words_switch, "yes", "log to logfile"),
	WORDS("logging", "to_syslog", words_switch, "yes", "log to syslog"),
	TEXT("logging", "logfile", "/var/log/corosync/corosync.log", "the file"),
	WORDS("logging", "logfile_priority", words_priority, "info", "least priority for the file"),
	WORDS("logging", "syslog_facility", words_facility, "daemon", "facility for syslog"),
	WORDS("logging", "syslog_priority", words_priority, "info", "least priority for syslog"),
	WORDS("logging", "debug", words_debug, "off", "more than that"),

	TEXT("logging.logger_subsys", "subsys", "QUORUM", "the subsystem that the section is about"),
	WORDS("logging.logger_subsys", "to_stderr", words_switch, "yes", "log to stderr"),
	WORDS("logging.logger_subsys", "to_logfile", words_switch, "yes", "log to logfile"),
	WORDS("logging.logger_subsys", "to_syslog", words_switch, "yes", "log to syslog"),
	TEXT("logging.logger_subsys", "logfile", "/var/log/corosync/quorum.log", "the file"),
	WORDS("logging.logger_subsys", "logfile_priority", words_priority, "info", "least priority for the file"),
	WORDS("logging.logger_subsys", "syslog_facility", words_facility, "daemon", "facility for syslog"),
	WORDS("logging.logger_subsys", "syslog_priority", words_priority, "info", "least priority for syslog"),
	WORDS("logging.logger_subsys", "debug", words_debug, "off", "more than that"),
	LENIENT("logging.logger_subsys", "timestamp", words_timestamp, "hires", "ignored here"),
	LENIENT("logging.logger_subsys", "fileline", words_on_off, "off", "ignored here"),
	LENIENT("logging.logger_subsys", "function_name", words_on_off, "off", "ignored here"),
	TEXT("logging.logging_daemon", "name", "corosync", "the daemon that the section is about"),
	TEXT("logging.logging_daemon", "*", "off", "as in logging"),

	WORDS("system", "qb_ipc_type", words_ipc_type, "native", "how clients are connected"),
	WORDS("system", "sched_rr", words_yes_no, "yes", "run with real-time priority"),
	TEXT("system", "priority", "max", "priority: max, min or a nice value"),
	WORDS("system", "move_to_root_cgroup", words_cgroup, "auto", "leave the cgroup of the service"),
	WORDS("system", "allow_knet_handle_fallback", words_yes_no, "no", "go on with small socket buffers"),
	TEXT("system", "state_dir", "/var/lib/corosync", "directory of the ring identity"),

	TEXT("uidgid", "uid", "hacluster", "a user who may connect"),
	TEXT("uidgid", "gid", "haclient", "a group that may connect"),

	TEXT("nozzle", "name", "noz0", "name of a network device over the ring: not supported, a warning is given"),
	TEXT("nozzle", "ipaddr", "192.168.9.0", "its network"),
	TEXT("nozzle", "ipprefix", "24", "length of the network's prefix"),
	TEXT("nozzle", "macaddr", "54:54:01:00:00:00", "start of its hardware address"),

	TEXT("resources", "watchdog_device", "/dev/watchdog", "the watchdog device; missing or off: none"),
	U32("resources", "watchdog_timeout", "6", "its timeout in seconds, 2 to 120"),
	TEXT("resources.system.load_15min", "max", "8.0", "highest load"),
	TEXT("resources.system.load_15min", "recovery", "none",
	     "what follows above it: none, watchdog, quit, reboot, shutdown"),
	{"resources.system.load_15min", "poll_period", MAP_U64, CHECK_NONE, NULL, "3000",
	 "milliseconds between two looks"},
	TEXT("resources.system.memory_used", "max", "90", "highest use of memory in percent"),
	TEXT("resources.system.memory_used", "recovery", "none",
	     "what follows above it: none, watchdog, quit, reboot, shutdown"),
	{"resources.system.memory_used", "poll_period", MAP_U64, CHECK_NONE, NULL, "3000",
	 "milliseconds between two looks"},
	{"resources.system", "poll_period", MAP_U64, CHECK_NONE, NULL, "3000", "milliseconds between two looks"},
	{"resources.process", "poll_period", MAP_U64, CHECK_NONE, NULL, "3000", "milliseconds between two looks"},
	{"resources.process.memory_used", "poll_period", MAP_U64, CHECK_NONE, NULL, "3000",
	 "milliseconds between two looks"},

	TEXT("pload", "count", "1500000", "messages of a load test"),
	TEXT("pload", "size", "300", "bytes of each"),
};

enum { OPTIONS_COUNT = sizeof options / sizeof options[0] };

/* pattern may have one '*'. */
static bool matches(const char *pattern, const char *key)
{
	const char *star = strchr(pattern, '*');
	size_t before, after, len = strlen(key);

	if (star == NULL)
		return strcmp(pattern, key) == 0;
	before = (size_t)(star - pattern);
	after = strlen(star + 1);
	return len >= before + after && strncmp(pattern, key, before) == 0 && strcmp(star + 1, key + len - after) == 0;
}

const struct option *option_find(const char *section, const char *key)
{
	for (size_t i = 0; i < OPTIONS_COUNT; i++)
		if (strcmp(options[i].section, section) == 0 && matches(options[i].key, key))
			return &options[i];
	return NULL;
}

const struct option *option_at(size_t index)
{
	return index < OPTIONS_COUNT ? &options[index] : NULL;
}

static bool starts_with_section(const char *path, const char *section)
{
	size_t len = strlen(section);

	return strncmp(path, section, len) == 0 && (path[len] == '\0' || path[len] == '.');
}

bool section_is_known(const char *section)
{
	if (starts_with_section(section, "resources") || strcmp(section, "nodelist") == 0)
		return true;
	for (size_t i = 0; i < OPTIONS_COUNT; i++)
		if (strcmp(options[i].section, section) == 0)
			return true;
	return false;
}

const char *option_nearest(const char *section, const char *key)
{
	unsigned int best_distance = WORD_SLIP + 1;
	const char *best = NULL;

	for (size_t i = 0; i < OPTIONS_COUNT; i++) {
		const char *candidate = section == NULL ? options[i].section : options[i].key;
		unsigned int distance;

		if (section != NULL && strcmp(options[i].section, section) != 0)
			continue;
		distance = word_distance(key, candidate);
		/* "ab" is not a slip of "cd" */
		if (distance < best_distance && distance * 2 < strlen(candidate)) {
			best_distance = distance;
			best = candidate;
		}
	}
	return best;
}
