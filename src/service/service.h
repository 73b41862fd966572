/* SPDX-License-Identifier: GPL-2.0-or-later */
/* service.h - what all services of the engine have in common: cmap, cfg, cpg,
 * quorum, votequorum, and mon, wd and pload, which have no clients, are pure cores
 * with one verb,
 *
 *	void cpg_step(struct cpg *c, const struct service_event *ev, struct service_effects *fx);
 *
 * Events bring the time and borrowed bytes. Effects leave in the order in which
 * they must happen; the array is bounded, and when it or its scratch memory is
 * full, fx->drain carries out what is in it and empties it, in place, so that
 * order is kept. (The host must not call the same service from drain.)
 *
 * Layouts of requests, replies and events: engine-ipc.md; of ordered messages:
 * engine-wire.md §7. The host has checked of a request only that its 16 byte
 * header is there and that header.size is its length; each service checks the
 * rest against the layout of the id and answers STATUS_INVALID_PARAM.
 */
#ifndef SERVICE_SERVICE_H
#define SERVICE_SERVICE_H

#include "base/bytes.h"
#include "base/catalogue.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/status.h"
#include "base/time.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum service_id {
	SERVICE_CMAP = 0,
	SERVICE_CFG = 1,
	SERVICE_CPG = 2,
	SERVICE_QUORUM = 3,
	SERVICE_PLOAD = 4,
	SERVICE_VOTEQUORUM = 5,
	SERVICE_MON = 6,
	SERVICE_WD = 7,
	SERVICE_COUNT = 8,
};

/* A connection to one service. v % CLIENTS_MAX is its slot, in which a service
 * may keep what it knows of the client; the rest of v tells the clients that
 * had the slot one after the other apart. 0 is nobody.
 */
typedef struct client_id {
	uint32_t v;
} client_id;

static inline uint32_t client_slot(client_id c)
{
	return c.v % CLIENTS_MAX;
}

enum service_timer {
	SERVICE_TIMER_QDEVICE,  /* votequorum: the quorum device must poll before this */
	SERVICE_TIMER_LAST_MAN, /* votequorum: last_man_standing_window */
	SERVICE_TIMER_SHUTDOWN, /* cfg: answers to a shutdown request */
	SERVICE_TIMER_STATS,    /* cmap: tracked statistics */
	SERVICE_TIMER_MEMORY,   /* mon: the next look */
	SERVICE_TIMER_LOAD,
	SERVICE_TIMER_TICKLE,    /* wd: the watchdog device */
	SERVICE_TIMER_RESOURCES, /* wd: the next look at one of them */
	SERVICE_TIMER_COUNT,
};

enum service_event_type {
	SERVICE_EVENT_START,         /* once; the configuration is in the map */
	SERVICE_EVENT_CONNECT,       /* client, pid, uid, gid */
	SERVICE_EVENT_DISCONNECT,    /* client; also on the engine's own way out */
	SERVICE_EVENT_REQUEST,       /* client, fn, message = the whole request with its header */
	SERVICE_EVENT_DELIVER,       /* from, fn, message = the whole ordered message with its header; own ones too */
	SERVICE_EVENT_SYNC_INIT,     /* view: a new ring has formed, synchronisation begins */
	SERVICE_EVENT_SYNC_PROCESS,  /* view: multicast your state; see service_effects.sync_again */
	SERVICE_EVENT_SYNC_ACTIVATE, /* view: all have spoken, the new membership is in force */
	SERVICE_EVENT_SYNC_ABORT,    /* the ring broke before ACTIVATE; INIT of the next follows */
	SERVICE_EVENT_TIMEOUT,       /* timer */
	SERVICE_EVENT_CONFIG,   /* the map's configuration changed (reload finished, or a client set a key of yours) */
	SERVICE_EVENT_QUORUM,   /* to quorum only: view, quorate, as votequorum reported */
	SERVICE_EVENT_RELOADED, /* to cfg only: status, crypto_changed of what it asked for by SERVICE_EFFECT_RELOAD */
	SERVICE_EVENT_WATCHDOG, /* to wd only, after OPEN and TIMEOUT: value = the device's timeout in seconds, 0: none
				 */
	SERVICE_EVENT_REOPENED, /* to cfg only: status of what it asked for by SERVICE_EFFECT_REOPEN */
	SERVICE_EVENT_LEAVE,    /* the engine goes down in an orderly way: say goodbye */
};

struct service_event {
	enum service_event_type type;
	mono_time now;
	client_id client;
	uint32_t pid, uid, gid; /* CONNECT: from the socket's credentials */
	uint16_t fn;            /* REQUEST: header.id; DELIVER: low half of header.id */
	node_id from;
	struct bytes message;
	const struct view *view;
	enum service_timer timer;
	bool quorate;
	bool crypto_changed; /* RELOADED: new keys lie beside those in use, see SERVICE_EFFECT_CRYPTO */
	enum status status;
	uint32_t value;
};

/* What wd wants of the watchdog device; the head of the effect has its path, the value its timeout in seconds. */
enum service_watchdog {
	SERVICE_WATCHDOG_OPEN,    /* and set the timeout */
	SERVICE_WATCHDOG_TIMEOUT, /* set it */
	SERVICE_WATCHDOG_TICKLE,  /* we live */
	SERVICE_WATCHDOG_CLOSE,   /* let go of it: we leave in an orderly way */
};

enum service_machine { SERVICE_MACHINE_REBOOT, SERVICE_MACHINE_OFF };

enum service_effect_type {
	SERVICE_EFFECT_MULTICAST,   /* head, tail: an ordered message to all nodes, ourselves included */
	SERVICE_EFFECT_REPLY,       /* client, head, tail: the answer to its request */
	SERVICE_EFFECT_EVENT,       /* client, head, tail: on its dispatch channel */
	SERVICE_EFFECT_TIMER,       /* timer, delay_ms; 0 cancels */
	SERVICE_EFFECT_LOG,         /* message, head = text */
	SERVICE_EFFECT_QUORUM,      /* votequorum: quorate, view as it knows it -> SERVICE_EVENT_QUORUM to quorum */
	SERVICE_EFFECT_SYNC_READY,  /* votequorum: what sync_again waited for has come: process me again now */
	SERVICE_EFFECT_SHUTDOWN,    /* leave the ring in an orderly way and exit; head = why */
	SERVICE_EFFECT_EXIT,        /* exit at once; head = why, what = the exit code, 0 for that of a failure */
	SERVICE_EFFECT_RELOAD,      /* read the configuration again -> SERVICE_EVENT_RELOADED */
	SERVICE_EFFECT_REOPEN,      /* open the log files again -> SERVICE_EVENT_REOPENED */
	SERVICE_EFFECT_CRYPTO,      /* phase: 1 send with the new keys, 2 forget the old ones */
	SERVICE_EFFECT_STORE,       /* head = file name in the state directory, tail = its content */
	SERVICE_EFFECT_DUMP,        /* what: 1 flight data (blackbox), 2 state, 3 force a gather */
	SERVICE_EFFECT_WATCHDOG,    /* what: of service_watchdog; head, value -> SERVICE_EVENT_WATCHDOG */
	SERVICE_EFFECT_MACHINE,     /* what: of service_machine, at once */
	SERVICE_EFFECT_STATS_CLEAR, /* what: bits of service_stats, whose counters start at zero again */
};

enum service_stats {
	SERVICE_STATS_KNET = 1,
	SERVICE_STATS_IPC = 2,
	SERVICE_STATS_TOTEM = 4,
	SERVICE_STATS_SCHEDMISS = 8
};

struct service_effect {
	enum service_effect_type type;
	client_id client;
	struct bytes head; /* in the scratch memory */
	struct bytes tail; /* borrowed from the event, or empty */
	enum service_timer timer;
	uint32_t delay_ms;
	enum message_id message;
	const struct view *view;
	bool quorate;
	uint8_t phase, what;
	uint32_t value;
};

enum { SERVICE_EFFECTS_MAX = 256, SERVICE_SCRATCH = 256 * 1024 };

struct service_effects {
	uint32_t count;
	struct service_effect items[SERVICE_EFFECTS_MAX];
	size_t scratch_used;
	uint8_t scratch[SERVICE_SCRATCH];
	bool sync_again; /* answer to SYNC_PROCESS: not done yet, call again when a token has come by, or on SYNC_READY
			  */
	void (*drain)(void *host, struct service_effects *fx);
	void *host;
};

/* Appends an effect and returns it for filling in. Room is made by service_scratch, for eight effects at least. */
struct service_effect *service_push(struct service_effects *fx, enum service_effect_type type);
/* A writer on at least n bytes of scratch memory (drains first when fewer are left); n <= SERVICE_SCRATCH. */
struct writer service_scratch(struct service_effects *fx, size_t n);
/* Takes what the writer holds out of the scratch memory for good. The writer must not have failed. */
struct bytes service_keep(struct service_effects *fx, const struct writer *w);

/* Writes the 16 byte header of an ordered message; size is filled in by service_multicast. */
void service_message_head(struct writer *w, enum service_id service, uint16_t fn);
/* Sends head (with header) + tail; header.size becomes their length, rounded as written. */
void service_multicast(struct service_effects *fx, struct writer *head, struct bytes tail);

/* Writes the 24 byte header of a reply or event. */
void service_reply_head(struct writer *w, int32_t id, enum status status);
/* Sends; header.size becomes the length of head and tail. */
void service_reply(struct service_effects *fx, client_id to, struct writer *head, struct bytes tail);
void service_event_to(struct service_effects *fx, client_id to, struct writer *head, struct bytes tail);
/* One event to many clients: keep its head (header.size becomes the length of it and of a tail of that length), then
 * send it to each. Effects that are drained in between move the head, which *head follows; do nothing else with fx
 * until the last client has it.
 */
struct bytes service_event_keep(struct service_effects *fx, struct writer *head, size_t tail_length);
void service_event_shared(struct service_effects *fx, client_id to, struct bytes *head, struct bytes tail);
/* The reply that is a header only. */
void service_reply_status(struct service_effects *fx, client_id to, int32_t id, enum status status);
void service_timer_set(struct service_effects *fx, enum service_timer timer, uint32_t delay_ms);
void service_log(struct service_effects *fx, enum message_id id, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
