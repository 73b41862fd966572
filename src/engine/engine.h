/* SPDX-License-Identifier: GPL-2.0-or-later */
/* engine.h - one node of the cluster, composed of the pure cores: ring, packing,
 * synchronisation, services and the two maps. The daemon and the simulator run
 * this same code; they differ only in the host that stands behind engine_ops.
 *
 *	transport --- engine_packet() ---> ring --- DELIVER ---> assemble ---> sync or a service
 *	clients ----- engine_request() --> service -- MULTICAST --> ring --- send ---> transport
 *
 * The engine calls its host while a verb runs; the host must not call a verb of
 * the engine from inside, except those marked so. Borrowed bytes are valid for
 * the call only.
 *
 * Order of calls: engine_init(), fill the map with the configuration,
 * engine_start(), then any. After ops.left() or ops.die() nothing more.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "map/map.h"
#include "service/cfg.h"
#include "service/cmap.h"
#include "service/cpg.h"
#include "service/mon.h"
#include "service/pload.h"
#include "service/quorum.h"
#include "service/service.h"
#include "service/votequorum.h"
#include "service/wd.h"
#include "sync/sync.h"
#include "totem/assemble.h"
#include "totem/ring.h"

/* Timers of the ring and of the services in one set. */
enum {
	ENGINE_TIMER_RING = 0,
	ENGINE_TIMER_SERVICE = RING_TIMER_COUNT,
	ENGINE_TIMER_COUNT = RING_TIMER_COUNT + SERVICE_TIMER_COUNT,
};

/* How willing a service's clients should be served (engine-ipc.md §1.5). */
enum engine_rate { ENGINE_RATE_FAST, ENGINE_RATE_NORMAL, ENGINE_RATE_SLOW, ENGINE_RATE_OFF };

struct engine_ops {
	void *host;
	/* To one node, or to all others ({0}). */
	void (*send)(void *host, node_id to, struct bytes packet);
	/* Back to ourselves: engine_packet() with it, soon but not now. */
	void (*loop)(void *host, struct bytes packet);
	/* 0 cancels. */
	void (*timer_set)(void *host, uint32_t timer, uint64_t delay_us);
	/* Store the ring's number so that it survives, then engine_persisted(); may be called from inside. */
	void (*persist)(void *host, uint64_t seq);
	/* A small file of the state directory. */
	void (*store)(void *host, const char *name, struct bytes content);
	/* Throw away what waits to be received. */
	void (*drain)(void *host);
	void (*reply)(void *host, enum service_id service, client_id client, struct bytes head, struct bytes tail);
	void (*event)(void *host, enum service_id service, client_id client, struct bytes head, struct bytes tail);
	void (*rate)(void *host, enum service_id service, enum engine_rate rate);
	/* Requests that were held may be offered again. */
	void (*retry)(void *host);
	void (*log)(void *host, enum message_id message, const char *text);
	/* The services have agreed on a membership: told at each. */
	void (*ready)(void *host, const struct view *view);
	/* Bring the statistics map up to date; clear some of them (bits of enum service_stats). */
	void (*stats_refresh)(void *host, struct map *stats);
	void (*stats_clear)(void *host, uint8_t what);
	/* Read the configuration again, bring it into the map, then engine_reloaded(), but not from inside. */
	void (*reload)(void *host);
	/* Open the log files again, then engine_reopened(), but not from inside. */
	void (*reopen_logs)(void *host);
	void (*crypto)(void *host, uint8_t phase);
	void (*dump)(void *host, uint8_t what);
	/* The watchdog device; returns its timeout in seconds, or 0 when there is no device. NULL: there never is one.
	 */
	uint32_t (*watchdog)(void *host, enum service_watchdog act, const char *device, uint32_t timeout_s);
	/* Restart the machine or switch it off, at once. NULL: nothing happens. */
	void (*machine)(void *host, enum service_machine act);
	/* A key of the configuration was changed by a client. */
	void (*config_changed)(void *host, const char *key);
	/* We want to leave and wait for the others to let us; NULL: nobody needs to know. */
	void (*leaving)(void *host);
	/* The LEAVE is sent: end the process in an orderly way. */
	void (*left)(void *host, const char *why);
	/* End the process at once. */
	void (*die)(void *host, const char *why);
};

struct engine_config {
	struct ring_config ring;
	node_id self;
	uint64_t ring_seq; /* read from disk */
	uint64_t dice;     /* any number */
	bool has_votequorum;
	struct cfg_queries queries;
	struct mon_queries machine;
};

enum {
	ENGINE_FUNCTIONS_MAX = 8,   /* ordered messages of a service that are counted */
	ENGINE_RING_EVENTS_MAX = 8, /* steps of the ring that wait for the present one */
	ENGINE_TEXT_MAX = 1024,
};

/* A message for which the ring had no room. */
struct pending;

struct engine {
	struct engine_ops ops;
	struct pool *pool;
	node_id self;
	mono_time now;
	bool started, synced_once, over;
	bool syncing;    /* since the last REGULAR the services have not agreed yet */
	bool processing; /* a service is in SYNC_PROCESS */
	bool sync_ready; /* what it waited for has come */
	bool quorate;
	bool has_votequorum;
	bool leaving, leave_wanted;
	bool resources_changed, pload_changed; /* keys of the services without clients */
	bool watchdog_told;                    /* wd has not heard of watchdog_s yet */
	uint32_t watchdog_s;
	uint8_t exit_code;  /* with ops.die: what the process should end with, 0 for a failure's */
	uint32_t depth;     /* service steps, and tellings of a changed key, under way */
	uint32_t notify_at; /* effects of notify_fx that are carried out */
	uint32_t gone_count;
	struct {
		enum service_id service;
		client_id client;
	} gone[CLIENTS_MAX];       /* who disconnected while effects were carried out */
	char why[ENGINE_TEXT_MAX]; /* we leave */

	bool in_ring;
	uint32_t ring_event_count;
	struct ring_event ring_events[ENGINE_RING_EVENTS_MAX];

	struct pending *pending, *pending_last;
	enum engine_rate rates[SERVICE_COUNT];
	uint32_t level; /* of the queue, 0..3, with hysteresis */
	bool held;      /* a request was held back */

	struct {
		uint64_t tx, rx;
	} counters[SERVICE_COUNT][ENGINE_FUNCTIONS_MAX];
	mono_time stats_refreshed;
	uint32_t reserved;      /* frames of the send queue that clients' requests may need, as Corosync counts them */
	uint32_t send_failures; /* packets in a row that the system did not take; the host counts */
	uint32_t token_work_us; /* mean time from a token's arrival to our being done with it; the host measures */
	bool client_writes;     /* a client's cmap request runs */
	char changed_key[MAP_KEY_MAX + 1];
	char text[ENGINE_TEXT_MAX];

	struct view view; /* of the last REGULAR */
	struct ring ring;
	struct sync sync;
	struct assemble assembles[2]; /* normal; while the services synchronise */
	struct map map, stats;
	struct cmap cmap;
	struct cfg cfg;
	struct cpg cpg;
	struct quorum quorum;
	struct votequorum votequorum;
	struct mon mon;
	struct wd wd;
	struct pload pload;
	struct ring_effects ring_fx, submit_fx;
	struct sync_effects sync_fx;
	struct service_effects service_fx[SERVICE_COUNT];
	struct service_effects notify_fx;
};

/* The struct is large (some 10 MB, mostly never touched): allocate it zeroed. */
void engine_init(struct engine *e, const struct engine_config *config, const struct engine_ops *ops, struct pool *pool);
/* Gives its memory back to the pool, but for what services keep of clients and groups: that goes with the pool. */
void engine_fini(struct engine *e);

void engine_start(struct engine *e, mono_time now);
void engine_packet(struct engine *e, mono_time now, struct bytes packet);
void engine_timeout(struct engine *e, mono_time now, uint32_t timer);
void engine_persisted(struct engine *e, mono_time now, uint64_t seq); /* also from inside */
/* The host is certain that the node is gone (docs/decisions/0003), or reaches it again. */
void engine_node_lost(struct engine *e, mono_time now, node_id node);
void engine_node_back(struct engine *e, mono_time now, node_id node);
/* crypto_changed: new keys are prepared and may now be brought in. */
void engine_reloaded(struct engine *e, mono_time now, enum status status, bool crypto_changed);
void engine_reopened(struct engine *e, mono_time now, enum status status);
/* New times of the ring, after a reload or a change of a key. */
void engine_configure(struct engine *e, const struct ring_config *config);
/* Leave the ring in an orderly way: ops.left() is called. */
void engine_leave(struct engine *e, mono_time now, const char *why);

/* 0, or the negative errno with which a connection is refused (engine-ipc.md §1.2). */
int engine_accept(const struct engine *e, enum service_id service, uint32_t uid, uint32_t gid);
void engine_connect(struct engine *e, mono_time now, enum service_id service, client_id client, uint32_t pid,
		    uint32_t uid, uint32_t gid);
/* Also from inside. */
void engine_disconnect(struct engine *e, mono_time now, enum service_id service, client_id client);

enum engine_verdict {
	ENGINE_DONE,     /* handled; any reply was or will be given by ops.reply */
	ENGINE_HOLD,     /* offer it again at ops.retry: a multicast that has no room now */
	ENGINE_INVALID,  /* no such request: answer with a bare header and STATUS_INVALID_PARAM */
	ENGINE_OVERLOAD, /* not now: answer with a bare header and STATUS_TRY_AGAIN */
};

/* request has at least its 16 byte header, whose size is its length. */
enum engine_verdict engine_request(struct engine *e, mono_time now, enum service_id service, client_id client,
				   struct bytes request);

bool engine_quorate(const struct engine *e);
const struct ring_stats *engine_ring_stats(const struct engine *e);

#endif
