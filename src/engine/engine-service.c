/* SPDX-License-Identifier: GPL-2.0-or-later */
/* engine-service.c - the services among themselves: their events, their effects,
 * and their agreement after a membership change.
 */
#include "engine/engine-internal.h"

#include <assert.h>

bool engine_service_present(const struct engine *e, enum service_id service)
{
	switch (service) {
	case SERVICE_CMAP:
	case SERVICE_CFG:
	case SERVICE_CPG:
	case SERVICE_QUORUM:
	case SERVICE_PLOAD:
	case SERVICE_MON:
	case SERVICE_WD:
		return true;
	case SERVICE_VOTEQUORUM:
		return e->has_votequorum;
	case SERVICE_COUNT:
		break;
	}
	return false;
}

bool engine_service_serves(const struct engine *e, enum service_id service)
{
	bool has_clients = service != SERVICE_PLOAD && service != SERVICE_MON && service != SERVICE_WD;

	return has_clients && engine_service_present(e, service);
}

/* While the services synchronise, what they say for that goes out before what clients have queued. votequorum speaks
 * for synchronisation also when the quorum device answers.
 */
static enum ring_queue queue_of(const struct engine *e, enum service_id service)
{
	bool for_sync = service == SERVICE_VOTEQUORUM || e->processing;

	return e->syncing && for_sync ? RING_QUEUE_SYNC : RING_QUEUE_NORMAL;
}

static void tell_quorum(struct engine *e, const struct service_effect *fx)
{
	struct service_event ev = {
		.type = SERVICE_EVENT_QUORUM, .now = e->now, .view = fx->view, .quorate = fx->quorate};

	e->quorate = fx->quorate;
	engine_service_step(e, SERVICE_QUORUM, &ev);
}

/* head is text without a NUL. */
static const char *text_of_effect(struct engine *e, const struct service_effect *fx)
{
	size_t n = fx->head.len < sizeof e->text - 1 ? fx->head.len : sizeof e->text - 1;

	memcpy(e->text, fx->head.data, n);
	e->text[n] = '\0';
	return e->text;
}

static void multicast(struct engine *e, enum service_id service, const struct service_effect *fx)
{
	struct reader r = reader_of(fx->head);
	uint16_t fn = read_u16(&r);

	if (fn < ENGINE_FUNCTIONS_MAX)
		e->counters[service][fn].tx++;
	engine_multicast(e, queue_of(e, service), "a", fx->head, fx->tail);
}

static void dump(struct engine *e, uint8_t what)
{
	struct ring_event gather = {.type = RING_EVENT_FORCE_GATHER, .now = e->now};

	if (what == 3)
		engine_ring_step(e, &gather);
	else
		e->ops.dump(e->ops.host, what);
}

/* Later: the services that we would ask to say goodbye are in the middle of a step. */
static void want_to_leave(struct engine *e, const char *why)
{
	if (e->leave_wanted || e->leaving)
		return;
	e->leave_wanted = true;
	memcpy(e->why, why, strlen(why) + 1);
}

static void watchdog(struct engine *e, const struct service_effect *fx)
{
	enum service_watchdog act = (enum service_watchdog)fx->what;
	uint32_t timeout_s = 0;

	if (e->ops.watchdog != NULL)
		timeout_s = e->ops.watchdog(e->ops.host, act, text_of_effect(e, fx), fx->value);
	if (act != SERVICE_WATCHDOG_OPEN && act != SERVICE_WATCHDOG_TIMEOUT)
		return;
	e->watchdog_told = true;
	e->watchdog_s = timeout_s;
}

static void apply_effect(struct engine *e, enum service_id service, const struct service_effect *fx)
{
	switch (fx->type) {
	case SERVICE_EFFECT_MULTICAST:
		multicast(e, service, fx);
		break;
	case SERVICE_EFFECT_REPLY:
		e->ops.reply(e->ops.host, service, fx->client, fx->head, fx->tail);
		break;
	case SERVICE_EFFECT_EVENT:
		e->ops.event(e->ops.host, service, fx->client, fx->head, fx->tail);
		break;
	case SERVICE_EFFECT_TIMER:
		e->ops.timer_set(e->ops.host, ENGINE_TIMER_SERVICE + fx->timer, fx->delay_ms * 1000ull);
		break;
	case SERVICE_EFFECT_LOG:
		e->ops.log(e->ops.host, fx->message, text_of_effect(e, fx));
		break;
	case SERVICE_EFFECT_QUORUM:
		tell_quorum(e, fx);
		break;
	case SERVICE_EFFECT_SYNC_READY:
		e->sync_ready = true;
		break;
	case SERVICE_EFFECT_SHUTDOWN:
		want_to_leave(e, text_of_effect(e, fx));
		break;
	case SERVICE_EFFECT_WATCHDOG:
		watchdog(e, fx);
		break;
	case SERVICE_EFFECT_MACHINE:
		if (e->ops.machine != NULL)
			e->ops.machine(e->ops.host, (enum service_machine)fx->what);
		break;
	case SERVICE_EFFECT_EXIT:
		e->exit_code = fx->what;
		engine_die(e, text_of_effect(e, fx));
		break;
	case SERVICE_EFFECT_RELOAD:
		e->ops.reload(e->ops.host);
		break;
	case SERVICE_EFFECT_REOPEN:
		e->ops.reopen_logs(e->ops.host);
		break;
	case SERVICE_EFFECT_CRYPTO:
		e->ops.crypto(e->ops.host, fx->phase);
		break;
	case SERVICE_EFFECT_STORE:
		e->ops.store(e->ops.host, text_of_effect(e, fx), fx->tail);
		break;
	case SERVICE_EFFECT_DUMP:
		dump(e, fx->what);
		break;
	case SERVICE_EFFECT_STATS_CLEAR:
		e->ops.stats_clear(e->ops.host, fx->what);
		break;
	}
}

/* The drain of each service's effects. */
static void apply(void *host, struct service_effects *fx)
{
	struct engine *e = host;
	enum service_id service = (enum service_id)(fx - e->service_fx);

	for (uint32_t i = 0; i < fx->count && !e->over; i++)
		apply_effect(e, service, &fx->items[i]);
	fx->count = 0;
	fx->scratch_used = 0;
}

/* The drain of what watchers of keys are told. The host may change a key while it is told of another: what is left of
 * the first goes out before, and nothing twice.
 */
static void notify(void *host, struct service_effects *fx)
{
	struct engine *e = host;

	while (e->notify_at < fx->count && !e->over)
		apply_effect(e, SERVICE_CMAP, &fx->items[e->notify_at++]);
	e->notify_at = 0;
	fx->count = 0;
	fx->scratch_used = 0;
}

static void dispatch(struct engine *e, enum service_id service, const struct service_event *ev,
		     struct service_effects *fx)
{
	switch (service) {
	case SERVICE_CMAP:
		cmap_step(&e->cmap, ev, fx);
		break;
	case SERVICE_CFG:
		cfg_step(&e->cfg, ev, fx);
		break;
	case SERVICE_CPG:
		cpg_step(&e->cpg, ev, fx);
		break;
	case SERVICE_QUORUM:
		quorum_step(&e->quorum, ev, fx);
		break;
	case SERVICE_VOTEQUORUM:
		votequorum_step(&e->votequorum, ev, fx);
		break;
	case SERVICE_PLOAD:
		pload_step(&e->pload, ev, fx);
		break;
	case SERVICE_MON:
		mon_step(&e->mon, ev, fx);
		break;
	case SERVICE_WD:
		wd_step(&e->wd, ev, fx);
		break;
	case SERVICE_COUNT:
		assert(false);
	}
}

void engine_service_step(struct engine *e, enum service_id service, struct service_event *ev)
{
	struct service_effects *fx = &e->service_fx[service];

	assert(engine_service_present(e, service));
	assert(fx->count == 0); /* no step of a service inside its own */
	ev->now = e->now;
	fx->sync_again = false;
	e->depth++;
	dispatch(e, service, ev, fx);
	apply(e, fx);
	e->depth--;
}

void engine_service_all(struct engine *e, struct service_event *ev)
{
	for (uint32_t s = 0; s < SERVICE_COUNT && !e->over; s++)
		if (engine_service_present(e, (enum service_id)s))
			engine_service_step(e, (enum service_id)s, ev);
}

void engine_service_init(struct engine *e, const struct engine_config *config)
{
	static const uint8_t with_sync[] = {SERVICE_CMAP, SERVICE_CPG, SERVICE_QUORUM, SERVICE_VOTEQUORUM};

	for (uint32_t s = 0; s < SERVICE_COUNT; s++) {
		e->service_fx[s].drain = apply;
		e->service_fx[s].host = e;
	}
	e->notify_fx.drain = notify;
	e->notify_fx.host = e;
	cmap_init(&e->cmap, e->self, &e->map, &e->stats, e->pool);
	cfg_init(&e->cfg, e->self, &e->map, &config->queries);
	cpg_init(&e->cpg, e->self, e->pool);
	quorum_init(&e->quorum, e->self, e->has_votequorum);
	mon_init(&e->mon, &e->map, &config->machine);
	wd_init(&e->wd, &e->map);
	pload_init(&e->pload, e->self, &e->map, e->pool);
	if (e->has_votequorum)
		votequorum_init(&e->votequorum, e->self, &e->map, e->pool);
	sync_init(&e->sync, e->self, with_sync, e->has_votequorum ? 4 : 3);
}

/* Keys change outside of any verb too. Who disconnects meanwhile waits, as its watches are being walked through. */
static void tell_watchers(struct engine *e, bool stats, const struct map_change *change)
{
	e->depth++;
	cmap_changed(&e->cmap, stats, change, &e->notify_fx);
	notify(e, &e->notify_fx);
	e->depth--;
}

/* The services without clients look at the map themselves, when there is something to see. */
static void note_change(struct engine *e, const char *key)
{
	const char *last = strrchr(key, '.');

	if (strncmp(key, "pload.", 6) == 0)
		e->pload_changed = true;
	else if (strncmp(key, "resources.", 10) == 0 && strcmp(last, ".current") != 0 &&
		 strcmp(last, ".last_updated") != 0)
		e->resources_changed = true;
}

/* What one of them writes may concern the other; they come to rest, as none writes what it wrote before. */
void engine_tell_changes(struct engine *e)
{
	struct service_event config = {.type = SERVICE_EVENT_CONFIG};
	struct service_event watchdog = {.type = SERVICE_EVENT_WATCHDOG, .value = e->watchdog_s};

	if (e->watchdog_told) {
		e->watchdog_told = false;
		engine_service_step(e, SERVICE_WD, &watchdog);
	}
	while (e->resources_changed && !e->over) {
		e->resources_changed = false;
		engine_service_step(e, SERVICE_MON, &config);
		engine_service_step(e, SERVICE_WD, &config);
	}
	if (e->pload_changed && !e->over) {
		e->pload_changed = false;
		engine_service_step(e, SERVICE_PLOAD, &config);
	}
}

void engine_map_changed(void *arg, const struct map_change *change)
{
	struct engine *e = arg;

	note_change(e, change->key);
	tell_watchers(e, false, change);
	if (e->client_writes) {
		size_t n = strlen(change->key);

		assert(n < sizeof e->changed_key);
		memcpy(e->changed_key, change->key, n + 1);
	}
}

void engine_stats_changed(void *arg, const struct map_change *change)
{
	tell_watchers(arg, true, change);
}

void engine_message(struct engine *e, node_id from, struct bytes message)
{
	struct reader r = reader_of(message);
	uint32_t id = read_u32(&r);
	uint32_t service = id >> 16;
	struct service_event ev = {
		.type = SERVICE_EVENT_DELIVER, .from = from, .fn = (uint16_t)(id & 0xffff), .message = message};

	if (message.len < 16 || service >= SERVICE_COUNT || !engine_service_present(e, (enum service_id)service))
		return;
	if (ev.fn < ENGINE_FUNCTIONS_MAX)
		e->counters[service][ev.fn].rx++;
	engine_service_step(e, (enum service_id)service, &ev);
}

static void sync_apply(struct engine *e);

static void sync_event(struct engine *e, const struct sync_event *ev)
{
	sync_step(&e->sync, ev, &e->sync_fx);
	sync_apply(e);
}

static void finished(struct engine *e)
{
	struct ring_event synced = {.type = RING_EVENT_SYNCED, .now = e->now, .seq = e->view.ring.seq};
	struct service_event active = {.type = SERVICE_EVENT_SYNC_ACTIVATE, .view = &e->view};

	engine_service_step(e, SERVICE_CFG, &active); /* has nothing to agree on, but wants to know */
	e->syncing = false;
	e->synced_once = true;
	engine_ring_step(e, &synced);
	engine_rates_update(e);
	e->ops.ready(e->ops.host, &e->view);
	e->ops.retry(e->ops.host);
}

static void sync_service(struct engine *e, enum service_event_type type, uint8_t service)
{
	struct service_event ev = {.type = type, .view = sync_view(&e->sync)};

	engine_service_step(e, (enum service_id)service, &ev);
}

/* Returns whether the service must be processed again. */
static bool sync_process(struct engine *e, uint8_t service)
{
	e->processing = true;
	sync_service(e, SERVICE_EVENT_SYNC_PROCESS, service);
	e->processing = false;
	return e->service_fx[service].sync_again;
}

/* Effects are taken one at a time, because carrying one out may step the synchronisation again (PROCESSED), whose
 * effects then follow: PROCESS is always the last of its step.
 */
static void sync_apply(struct engine *e)
{
	for (uint32_t i = 0; i < e->sync_fx.count && !e->over; i++) {
		const struct sync_effect *fx = &e->sync_fx.items[i];

		switch (fx->type) {
		case SYNC_EFFECT_SEND:
			engine_multicast(e, RING_QUEUE_SYNC, "sync", fx->bytes, (struct bytes){0});
			break;
		case SYNC_EFFECT_ABORT:
			sync_service(e, SERVICE_EVENT_SYNC_ABORT, fx->service);
			break;
		case SYNC_EFFECT_INIT:
			sync_service(e, SERVICE_EVENT_SYNC_INIT, fx->service);
			break;
		case SYNC_EFFECT_PROCESS: {
			struct sync_event processed = {.type = SYNC_EVENT_PROCESSED};

			assert(i + 1 == e->sync_fx.count);
			processed.again = sync_process(e, fx->service);
			sync_event(e, &processed);
			return;
		}
		case SYNC_EFFECT_ACTIVATE:
			sync_service(e, SERVICE_EVENT_SYNC_ACTIVATE, fx->service);
			break;
		case SYNC_EFFECT_FINISHED:
			finished(e);
			break;
		}
	}
}

void engine_sync_view(struct engine *e, const struct view *view)
{
	struct sync_event ev = {.type = SYNC_EVENT_VIEW, .view = view};

	sync_event(e, &ev);
}

void engine_sync_message(struct engine *e, node_id from, struct bytes message)
{
	struct sync_event ev = {.type = SYNC_EVENT_MESSAGE, .from = from, .message = message};

	sync_event(e, &ev);
}

void engine_sync_retry(struct engine *e)
{
	struct sync_event ev = {.type = SYNC_EVENT_RETRY};

	e->sync_ready = false;
	if (e->syncing)
		sync_event(e, &ev);
}
