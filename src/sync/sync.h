/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sync.h - agreement of the services after each membership change
 * (engine-wire.md §8.0), a pure core with one verb.
 *
 * When a ring has formed, every node says which of its services take part
 * (SERVICE_BUILD). When all members have spoken, the services are walked
 * through in ascending id, the union of all lists being the same everywhere:
 *
 *	INIT (all at once) .. PROCESS, PROCESS .. -> BARRIER sent -> all barriers here: ACTIVATE -> next .. FINISHED
 *
 * A service that only others have is a dummy: nothing is called for it, but its
 * barrier is sent. As the messages are totally ordered, every node activates a
 * service at the same place of the stream. A new ring aborts a running walk and
 * begins again; messages of other rings are ignored.
 *
 * Order of calls: sync_init once; then sync_step for each event. After an
 * effect PROCESS the host calls the service and answers with PROCESSED before
 * any other event. Borrowed bytes of an event are not kept; effects, which must
 * be carried out in their order, live until the next step.
 *
 * What is refused: a list of more than SERVICES_MAX services or with an id that
 * is out of range. It counts as not sent, because a node whose list is not known
 * would wait at other barriers than we do.
 */
#ifndef SYNC_SYNC_H
#define SYNC_SYNC_H

#include "base/bytes.h"
#include "base/ids.h"
#include "base/limits.h"
#include "base/view.h"

#include <stdbool.h>
#include <stdint.h>

enum { SYNC_BARRIER_SIZE = 32, SYNC_BUILD_SIZE = 552, SYNC_EFFECTS_MAX = SERVICES_MAX + 4 };

enum sync_event_type {
	SYNC_EVENT_VIEW,      /* view: a new ring, trans as totem saved it; aborts a running walk */
	SYNC_EVENT_MESSAGE,   /* from, message: of group "sync", with its 16 byte header */
	SYNC_EVENT_PROCESSED, /* again: the service that was to be processed wants to be called again */
	SYNC_EVENT_RETRY,     /* a token has come by, or the service said that it is ready */
};

struct sync_event {
	enum sync_event_type type;
	const struct view *view;
	node_id from;
	struct bytes message;
	bool again;
};

enum sync_effect_type {
	SYNC_EFFECT_SEND,     /* bytes: multicast them in group "sync" */
	SYNC_EFFECT_ABORT,    /* service: its turn was not over when the ring broke */
	SYNC_EFFECT_INIT,     /* service: a walk begins for sync_view() */
	SYNC_EFFECT_PROCESS,  /* service: let it multicast its state, then answer by PROCESSED */
	SYNC_EFFECT_ACTIVATE, /* service: sync_view() is in force for it */
	SYNC_EFFECT_FINISHED, /* all services are done */
};

struct sync_effect {
	enum sync_effect_type type;
	uint8_t service;
	struct bytes bytes; /* in the scratch memory */
};

struct sync_effects {
	uint32_t count;
	struct sync_effect items[SYNC_EFFECTS_MAX];
	uint8_t scratch[SYNC_BUILD_SIZE];
};

enum sync_state {
	SYNC_IDLE,       /* no ring yet, or the walk is over */
	SYNC_BUILDING,   /* waiting for the lists of all members */
	SYNC_PROCESSING, /* the host processes services[at] */
	SYNC_WAITING,    /* services[at] wants to be processed again */
	SYNC_BARRIER,    /* waiting for the barriers of all members */
};

struct sync {
	node_id self;
	enum sync_state state;
	struct {
		uint8_t id;
		bool dummy; /* others have it, we do not */
	} services[SERVICES_MAX];
	uint32_t count; /* of services, ascending by id */
	uint32_t at;    /* whose turn it is */
	struct view view;
	struct node_list heard; /* who sent its list, or its barrier of this turn */
};

/* services: ids that have synchronisation here, ascending, below SERVICES_MAX. */
void sync_init(struct sync *s, node_id self, const uint8_t *services, uint32_t count);
void sync_step(struct sync *s, const struct sync_event *ev, struct sync_effects *fx);
bool sync_in_progress(const struct sync *s);
/* A word for the state dump: "barrier". */
const char *sync_state_name(const struct sync *s);
/* The latest ring; without members before the first. */
const struct view *sync_view(const struct sync *s);
/* Asserts the invariants that sync.c opens with. */
void sync_check(const struct sync *s);

#endif
