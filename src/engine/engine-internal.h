/* SPDX-License-Identifier: GPL-2.0-or-later */
/* engine-internal.h - what the files of the engine share. Not for others. */
#ifndef ENGINE_ENGINE_INTERNAL_H
#define ENGINE_ENGINE_INTERNAL_H

#include "engine/engine.h"

/* engine.c: nothing can be done any more. */
void engine_die(struct engine *e, const char *why);

/* engine-ring.c: the ring's side. */
/* Steps the ring and carries its effects out; from inside another step it waits for that to end. */
void engine_ring_step(struct engine *e, const struct ring_event *ev);
/* One ordered message; queue as ring_submit() has it. Never lost: what has no room waits here. */
void engine_multicast(struct engine *e, enum ring_queue queue, const char *group, struct bytes head, struct bytes tail);
void engine_pending_clear(struct engine *e);
/* Tells the services' rate to the host when it changed. */
void engine_rates_update(struct engine *e);
/* Whether there is a new message's room for a client. */
bool engine_has_room(const struct engine *e, size_t bytes);

/* engine-service.c: the services' side. */
void engine_service_init(struct engine *e, const struct engine_config *config);
void engine_service_step(struct engine *e, enum service_id service, struct service_event *ev);
bool engine_service_present(const struct engine *e, enum service_id service);
/* Whether clients connect to it. */
bool engine_service_serves(const struct engine *e, enum service_id service);
/* To mon, wd and pload: that keys of theirs have changed, and that the watchdog has answered. */
void engine_tell_changes(struct engine *e);
/* The same event to all services, by ascending id. */
void engine_service_all(struct engine *e, struct service_event *ev);
void engine_sync_view(struct engine *e, const struct view *view);
void engine_sync_message(struct engine *e, node_id from, struct bytes message);
void engine_sync_retry(struct engine *e);
void engine_message(struct engine *e, node_id from, struct bytes message);
void engine_map_changed(void *arg, const struct map_change *change);
void engine_stats_changed(void *arg, const struct map_change *change);
/* Goes when nothing is left to be said. */
void engine_leave_when_quiet(struct engine *e);

/* engine-stats.c */
void engine_stats_refresh(struct engine *e);
/* Writes the counters of ordered messages into the map, for a client that is about to read it. */
void engine_counters_publish(struct engine *e);
void engine_keys_publish(struct engine *e);
void engine_members_publish(struct engine *e, const struct view *view, const struct node_list *before);

#endif
