/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cmap-internal.h - what the files of the cmap core share; nobody else includes it.
 *
 *	cmap.c           clients, dispatch
 *	cmap-requests.c  what clients ask
 *	cmap-trackers.c  who watches what, and is told
 *	cmap-version.c   ordered messages, synchronisation
 */
#ifndef SERVICE_CMAP_INTERNAL_H
#define SERVICE_CMAP_INTERNAL_H

#include "service/cmap.h"

enum {
	CMAP_TRACK_PREFIX = 8, /* beside the bits of map_change_type */
	CMAP_KEY_SIZE = MAP_KEY_MAX + 1,
};

/* Why a node tells its configuration's version. */
enum cmap_version_reason { CMAP_VERSION_SYNC = 0, CMAP_VERSION_CHANGED = 1 };

/* Remembers where it is by name, so keys may come and go meanwhile. */
struct cmap_iterator {
	struct cmap_iterator *next;
	uint64_t handle;
	char prefix[CMAP_KEY_SIZE];
	char after[CMAP_KEY_SIZE]; /* "" at the start: no key is shorter than MAP_KEY_MIN */
};

struct cmap_tracker {
	struct cmap_tracker *prev, *next;
	client_id client;
	uint64_t handle;
	uint64_t instance; /* the client's own name for it */
	int32_t changes;   /* map_change_type bits */
	bool is_prefix, stats, polls;
	char key[CMAP_KEY_SIZE]; /* "" with is_prefix: every key */
	uint8_t seen[CMAP_STATS_VALUE_MAX];
	size_t seen_len;
};

struct cmap_client *cmap_client_find(struct cmap *c, client_id id);

/* A key in requests and messages: its length, then its bytes in a field of fixed size. */
void cmap_write_name(struct writer *w, const char *name);
/* False when the name is longer than any key; the bytes up to its length or first NUL count. */
bool cmap_read_name(struct reader *r, char ret_name[CMAP_KEY_SIZE]);

void cmap_request(struct cmap *c, const struct service_event *ev, struct service_effects *fx);

/* A zeroed block for an iterator or a tracker, whose handle is c->handle_last; NULL when the client or the pool is
 * full. */
void *cmap_handle_new(struct cmap *c, struct cmap_client *client, size_t size);
void cmap_iterator_free(struct cmap *c, struct cmap_client *client, struct cmap_iterator **at);
void cmap_tracker_add(struct cmap *c, struct cmap_tracker *t, struct service_effects *fx);
void cmap_tracker_free(struct cmap *c, struct cmap_client *client, struct cmap_tracker *t, struct service_effects *fx);
/* Whether a counter has another value than when it was seen last. Not yet seen is as good as zero. */
bool cmap_tracker_sees(struct cmap_tracker *t, struct bytes value);
/* Compares the counters that somebody watches with what they were. */
void cmap_stats_poll(struct cmap *c, struct service_effects *fx);

extern const char cmap_version_key[];
void cmap_version_send(const struct cmap *c, enum cmap_version_reason reason, struct service_effects *fx);
void cmap_version_deliver(struct cmap *c, const struct service_event *ev, struct service_effects *fx);
void cmap_version_init(struct cmap *c, const struct view *view);
void cmap_version_activate(struct cmap *c, struct service_effects *fx);

#endif
