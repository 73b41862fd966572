/* SPDX-License-Identifier: GPL-2.0-or-later */
/* totem-config.h - what the ring and its links shall be, with every default
 * and derivation applied (engine-wire.md §4.10, §2.2, §9.2).
 *
 * Host names and the question which of the nodes this one is need the system;
 * the caller asks it and hands in the answers:
 *
 *	totem_config_read(&config, &conf, &problems);
 *	while (totem_config_unresolved(&config, at, &request))   at = request.next
 *		look request.host up, totem_config_resolve(&config, &request, addresses, n);
 *	totem_config_find_local(&config, &facts);
 *	totem_config_finish(&config, &conf, &problems);      timers, all rules
 *	totem_config_publish(&config, conf.map);
 *
 * The struct holds no pointers: assigning copies it.
 */
#ifndef CONF_TOTEM_CONFIG_H
#define CONF_TOTEM_CONFIG_H

#include "base/ids.h"
#include "conf/address.h"
#include "conf/parse.h"
#include "conf/words.h"

enum {
	HOST_MAX = 256,      /* name or address as it is written */
	NODE_NAME_MAX = 256, /* with its NUL */
	WORD_MAX = 16,
	PATH_LEN_MAX = 512,
	NAME_ADDRESSES_MAX = 4, /* of a node's name, to find the local node */
	KEY_SIZE_MIN = 128,     /* knet's limits for the shared key */
	KEY_SIZE_MAX = 4096,
	TIMEOUT_MIN_MS = 30,
	HOLD_MIN_MS = 14,
	PORT_DEFAULT = 5405,
	NETMTU_MIN = 512, /* a frame must hold headers and a token with retransmission requests is not split */
	WINDOW_MAX = WINDOW_SLOTS / 2,
	NO_POSITION = 0xffffffff,
};

/* Plain integers so that one table can read, check and publish them (totem-timers.c). */
struct totem_timers {
	uint32_t token_ms; /* with the coefficient */
	uint32_t token_base_ms, token_coefficient_ms;
	uint32_t token_warning_percent;
	uint32_t token_retransmit_ms, hold_ms, token_retransmits_before_loss;
	uint32_t join_ms, send_join_ms, consensus_ms, merge_ms, downcheck_ms;
	uint32_t max_network_delay_ms, heartbeat_failures_allowed;
	uint32_t fail_recv_rotations, seqno_unchanged_rotations;
	uint32_t window_size, max_messages, miss_count;
	uint32_t knet_pmtud_interval_s, knet_mtu;
	uint32_t block_unlisted_ips, cancel_token_hold_on_retransmit; /* 0 or 1 */
};

enum key_source {
	KEY_NONE, /* neither cipher nor hash */
	KEY_FILE, /* key_path; the default path when totem.keyfile is not given is the daemon's */
	KEY_DEFAULT_FILE,
	KEY_TEXT, /* totem.key: its characters and, as in the reference, the NUL behind them */
};

struct crypto_config {
	char model[WORD_MAX], cipher[WORD_MAX], hash[WORD_MAX];
	enum key_source key_source;
	char key[PATH_LEN_MAX]; /* KEY_FILE: the path, KEY_TEXT: the key */
};

struct compression_config {
	char model[WORD_MAX];
	uint32_t threshold;
	int32_t level;
};

struct link_config {
	bool has_nodes;    /* some node has an address on it */
	bool has_settings; /* totem.interface has keys for it */
	uint16_t port;
	enum conf_link_transport transport;
	uint8_t priority, ttl;
	uint32_t ping_interval_ms, ping_timeout_ms, ping_precision, pong_count;
	bool ping_interval_given, ping_timeout_given; /* else derived from the token */
};

struct node_config {
	node_id id;
	bool id_given;     /* else made of the IPv4 address (udpu) */
	uint32_t position; /* in nodelist */
	uint32_t votes;
	char name[NODE_NAME_MAX]; /* "" when it has none */
	uint8_t links;            /* bit n: it has ring<n>_addr */
	char host[LINKS_MAX][HOST_MAX];
	struct address address[LINKS_MAX];               /* FAMILY_NONE until resolved */
	struct address name_address[NAME_ADDRESSES_MAX]; /* of the name, for finding the local node only */
};

struct totem_config {
	uint32_t version;
	uint64_t config_version;
	char cluster_name[HOST_MAX];
	enum conf_transport transport;
	enum conf_link_mode link_mode;
	enum conf_ip_version ip_version;
	uint8_t ip_dscp;
	uint32_t netmtu;
	bool clear_node_high_bit;
	struct totem_timers timers;
	struct crypto_config crypto;
	struct compression_config compression;
	struct link_config links[LINKS_MAX];
	uint32_t node_count;
	struct node_config nodes[NODES_MAX]; /* in the order of the file */
	uint32_t local;                      /* index into nodes, NO_POSITION until found */
};

/* Reads everything that needs no answers. Errors go to the problems. */
void totem_config_read(struct totem_config *config, const struct conf *conf, struct conf_problems *problems);

struct resolve_request {
	const char *host; /* borrowed from the config */
	uint32_t node;    /* index */
	uint32_t link;    /* LINKS_MAX: the name of the node, wanted only when find_local found none */
	uint32_t next;    /* where to go on */
};

/* The next host name without an address, from `from` (0 at first); false when there are no more. Names of nodes come
 * only while the local node is not known.
 */
bool totem_config_unresolved(const struct totem_config *config, uint32_t from, struct resolve_request *ret);
/* Takes the addresses that the system has for a name, in its order; the family is chosen by totem.ip_version. */
void totem_config_resolve(struct totem_config *config, const struct resolve_request *request,
			  const struct address *addresses, uint32_t count);

/* What the system knows about this machine. */
struct local_facts {
	const char *nodename; /* uname */
	uint32_t address_count;
	const struct address *addresses;  /* of all interfaces */
	const char *const *reverse_names; /* one an address, each may be NULL; NULL: none at all */
};

/* Which node is this one (engine-wire.md §9.3): by name, by shortened name, by the names of its addresses, by its
 * addresses. May be asked again when more names were resolved.
 */
bool totem_config_find_local(struct totem_config *config, const struct local_facts *facts);

/* Timers and ids that depend on the nodes, then every rule. */
void totem_config_finish(struct totem_config *config, const struct conf *conf, struct conf_problems *problems);

/* The rules about the length of the shared key, once the caller has read it. */
void totem_config_check_key(const struct totem_config *config, const struct conf *conf, size_t size,
			    struct conf_problems *problems);

/* runtime.config.totem.* (engine-ipc.md §7.1), nodelist.local_node_pos and generated node ids. */
void totem_config_publish(const struct totem_config *config, struct map *map);

/* The node with an id, or NULL. */
const struct node_config *totem_config_node(const struct totem_config *config, node_id id);

/* The timers alone, for a change of one key at run time: reads, derives and checks; false and the old timers when a
 * rule is broken.
 */
bool totem_timers_reread(struct totem_config *config, const struct conf *conf, struct conf_problems *problems);

#endif
