/* SPDX-License-Identifier: GPL-2.0-or-later */
/* node-internal.h - what the files of the node share. Not for others. */
#ifndef DAEMON_NODE_INTERNAL_H
#define DAEMON_NODE_INTERNAL_H

#include "daemon/node.h"
#include "engine/engine.h"
#include "os/echo.h"
#include "os/knet.h"
#include "os/loop.h"
#include "os/qb-ipc.h"
#include "os/strangers.h"
#include "os/transport.h"
#include "os/watchdog.h"
#include "os/worker.h"

enum {
	LOOPBACK_MAX = 64, /* packets to ourselves that wait; more are lost, as on a network */
	LOOPBACK_PACKET = WIRE_COMMIT_MAX,
	SCHEDMISS_MAX = 10,
	LAST_WORDS_MS = 200, /* for the log, before the machine ends */
};

/* A node as node-loss.c sees it. */
struct node_watch {
	node_id id;
	mono_time heard;
	bool reachable; /* by knet */
	bool near;      /* our neighbour in the ring */
	bool suspected, lost;
	enum echo_verdict verdict;
	mono_time verdict_at;
};

/* A stranger of whom the log knows (node-strangers.c). */
struct node_stranger {
	enum message_id message;
	char address[TRANSPORT_ADDRESS_TEXT];
	mono_time told; /* zero: free */
};

enum { STRANGERS_KEPT = 32 };

/* How closely the links to a node are watched. */
enum node_care { CARE_EAGER, CARE_NEAR, CARE_CALM };

enum { FLIGHT_LINES = 1024, FLIGHT_TEXT = 160 };

struct flight_line {
	wall_time at;
	enum subsystem subsystem;
	char text[FLIGHT_TEXT];
};

struct node_timer {
	struct timer timer;
	struct node *node;
	uint32_t id;
};

struct node {
	struct settings *settings;
	struct log *log;
	struct loop *loop;
	struct transport *transport;
	struct qbipc *ipc;
	struct echo *echo;
	struct watchdog *watchdog; /* NULL: none is open */
	bool watchdog_refused;     /* it did not take the last tickle */
	struct engine *engine;
	void *memory;
	struct pool pool;
	node_id self;
	bool listening; /* the client services are open */
	bool knet;
	bool background; /* standard error is nobody's */
	int exit_code;
	struct node_timer timers[ENGINE_TIMER_COUNT];
	struct timer persist_retry, leave_limit;
	uint64_t persist_seq;
	bool persist_failed; /* told already */

	struct loop_job loopback_job;
	uint32_t loopback_head, loopback_count;
	struct {
		uint32_t len;
		uint8_t data[LOOPBACK_PACKET];
	} loopback[LOOPBACK_MAX];

	struct {
		uint64_t at_ms;
		float delay_ms;
	} schedmiss[SCHEDMISS_MAX]; /* newest first */
	uint32_t schedmiss_count;

	struct timer align; /* pings of all links at once, for a moment */
	bool aligning;

	struct timer look;
	mono_time look_due;
	uint32_t watch_count;
	struct node_watch watches[NODES_MAX];

	struct strangers *strangers; /* NULL: we may not listen */
	struct timer strangers_look;
	struct node_stranger strangers_told[STRANGERS_KEPT];

	uint64_t tokens;
	uint64_t flight_count;
	struct flight_line flight[FLIGHT_LINES];

	bool draining;                 /* frames that are read now are thrown away */
	struct worker *reloader;       /* NULL: no reload waits for names */
	struct reload *reload_waiting; /* NULL: none waits for keys */
	struct timer reload_wait;
	struct loop_job drained, reload, reopen;
};

void node_log(struct node *n, enum message_id id, const char *text);

/* node-links.c: who is configured, on which links. */
MUST_CHECK enum err node_transport_open(struct node *n, const struct transport_handlers *handlers,
					struct error *reterr);
MUST_CHECK enum err node_links_set(struct node *n, const struct totem_config *config, struct error *reterr);
void node_sockaddr(const struct address *a, uint16_t port, struct sockaddr_storage *ret);
struct knet_options node_knet_options(const struct node *n, const struct settings *s);
/* Borrows from the settings. */
struct knet_crypto node_knet_crypto(const struct settings *s);
/* Changes how a node's links are watched. */
void node_links_care(struct node *n, node_id id, enum node_care care);
bool node_status_query(void *arg, node_id id, struct cfg_node_status *ret);
uint32_t node_addresses_query(void *arg, node_id id, struct cfg_address ret[LINKS_MAX]);

/* node-loss.c: knet says that a node is silent; does its machine answer? */
void node_loss_open(struct node *n);
void node_loss_watch(struct node *n, const struct totem_config *config);
/* The ring gathers: who of all is silent? */
void node_loss_gather(struct node *n);
/* A new membership: who is near now? */
void node_loss_view(struct node *n, const struct view *view);
bool node_is_near(struct node *n, node_id id);
void node_loss_heard(struct node *n, node_id id);
void node_loss_reachable(struct node *n, node_id id, bool reachable);

/* node-strangers.c: who speaks to us and should not. */
void node_strangers_open(struct node *n);
/* Handler of the transport. */
void node_stranger_packet(void *arg, enum transport_stranger what, const char *address);

/* node-stats.c */
void node_stats_refresh(struct node *n, struct map *stats);
void node_stats_clear(struct node *n, uint8_t what);
/* The keys of one client, when it comes and before it goes. */
void node_stats_client(struct node *n, client_id client);
void node_stats_forget(struct node *n, client_id client);
void node_stats_late(void *arg, double late_ms);

/* node-machine.c: for mon and wd. */
uint32_t node_watchdog(void *host, enum service_watchdog act, const char *device, uint32_t timeout_s);
void node_machine(void *host, enum service_machine act);
struct mon_queries node_machine_queries(void);

/* node-dump.c */
void node_record(struct node *n, enum subsystem subsystem, const char *text);
/* 1: the flight record into a file; 2: the state into the log. */
void node_dump(struct node *n, uint8_t what);

/* node-reload.c */
void node_reload_init(struct node *n);
/* Gives up what is being read. */
void node_reload_close(struct node *n);
void node_reload(struct node *n);
void node_crypto(struct node *n, uint8_t phase);
void node_config_changed(struct node *n, const char *key);
void node_ring_config(const struct totem_config *config, struct ring_config *ret);

#endif
