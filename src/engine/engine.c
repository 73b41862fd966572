/* SPDX-License-Identifier: GPL-2.0-or-later */
/* engine.c - the verbs of the engine: what the host tells it. */
#include "base/text.h"
#include "engine/engine-internal.h"

#include <assert.h>
#include <errno.h>

void engine_init(struct engine *e, const struct engine_config *config, const struct engine_ops *ops, struct pool *pool)
{
	memset(e, 0, offsetof(struct engine, view));
	e->ops = *ops;
	e->pool = pool;
	e->self = config->self;
	e->has_votequorum = config->has_votequorum;
	e->quorate = !config->has_votequorum;
	memset(&e->view, 0, sizeof e->view);
	ring_init(&e->ring, &config->ring, config->self, config->ring_seq, config->dice, pool);
	assemble_init(&e->assembles[0], pool);
	assemble_init(&e->assembles[1], pool);
	map_init(&e->map, pool);
	map_init(&e->stats, pool);
	engine_service_init(e, config);
	map_observe(&e->map, engine_map_changed, e);
	map_observe(&e->stats, engine_stats_changed, e);
}

void engine_fini(struct engine *e)
{
	if (e->pool == NULL)
		return;
	engine_pending_clear(e);
	ring_fini(&e->ring);
	assemble_clear(&e->assembles[0]);
	assemble_clear(&e->assembles[1]);
	map_fini(&e->map);
	map_fini(&e->stats);
	e->pool = NULL;
}

void engine_die(struct engine *e, const char *why)
{
	e->over = true;
	e->ops.die(e->ops.host, why);
}

static void disconnect(struct engine *e, enum service_id service, client_id client)
{
	struct service_event ev = {.type = SERVICE_EVENT_DISCONNECT, .client = client};

	engine_service_step(e, service, &ev);
}

static void leave(struct engine *e)
{
	struct service_event ev = {.type = SERVICE_EVENT_LEAVE};

	engine_service_all(e, &ev);
	e->leave_wanted = false;
	e->leaving = true;
	if (e->ops.leaving != NULL)
		e->ops.leaving(e->ops.host);
	engine_leave_when_quiet(e);
}

/* What a verb has left to do. */
static void settle(struct engine *e)
{
	if (e->over || e->in_ring || e->depth > 0)
		return;
	while (e->gone_count > 0) {
		e->gone_count--;
		disconnect(e, e->gone[e->gone_count].service, e->gone[e->gone_count].client);
	}
	if (e->started)
		engine_tell_changes(e);
	if (e->over)
		return;
	if (e->leave_wanted)
		leave(e);
	if (e->over)
		return;
	if (e->sync_ready)
		engine_sync_retry(e);
	engine_rates_update(e);
}

static bool alive(struct engine *e, mono_time now)
{
	e->now = now;
	return e->started && !e->over;
}

void engine_start(struct engine *e, mono_time now)
{
	struct service_event start = {.type = SERVICE_EVENT_START};
	struct ring_event gather = {.type = RING_EVENT_START, .now = now};

	assert(!e->started);
	e->started = true;
	e->now = now;
	cmap_mark_readonly(&e->map);
	engine_keys_publish(e);
	engine_service_all(e, &start);
	if (!e->over)
		engine_ring_step(e, &gather);
	settle(e);
}

void engine_packet(struct engine *e, mono_time now, struct bytes packet)
{
	struct ring_event ev = {.type = RING_EVENT_PACKET, .now = now, .packet = packet};

	if (!alive(e, now))
		return;
	engine_ring_step(e, &ev);
	settle(e);
}

static void service_timeout(struct engine *e, enum service_timer timer)
{
	static const enum service_id owner[SERVICE_TIMER_COUNT] = {
		[SERVICE_TIMER_QDEVICE] = SERVICE_VOTEQUORUM, [SERVICE_TIMER_LAST_MAN] = SERVICE_VOTEQUORUM,
		[SERVICE_TIMER_SHUTDOWN] = SERVICE_CFG,       [SERVICE_TIMER_STATS] = SERVICE_CMAP,
		[SERVICE_TIMER_MEMORY] = SERVICE_MON,         [SERVICE_TIMER_LOAD] = SERVICE_MON,
		[SERVICE_TIMER_TICKLE] = SERVICE_WD,          [SERVICE_TIMER_RESOURCES] = SERVICE_WD,
	};
	struct service_event ev = {.type = SERVICE_EVENT_TIMEOUT, .timer = timer};

	if (timer == SERVICE_TIMER_STATS)
		engine_stats_refresh(e);
	engine_service_step(e, owner[timer], &ev);
}

void engine_timeout(struct engine *e, mono_time now, uint32_t timer)
{
	struct ring_event ev = {.type = RING_EVENT_TIMEOUT, .now = now};

	assert(timer < ENGINE_TIMER_COUNT);
	if (!alive(e, now))
		return;
	if (timer >= ENGINE_TIMER_SERVICE) {
		service_timeout(e, (enum service_timer)(timer - ENGINE_TIMER_SERVICE));
	} else {
		ev.timer = (enum ring_timer)timer;
		engine_ring_step(e, &ev);
		/* A ring that finds no members would keep us for ever. */
		engine_leave_when_quiet(e);
	}
	settle(e);
}

void engine_persisted(struct engine *e, mono_time now, uint64_t seq)
{
	struct ring_event ev = {.type = RING_EVENT_PERSISTED, .now = now, .seq = seq};

	if (!alive(e, now))
		return;
	engine_ring_step(e, &ev);
	settle(e);
}

void engine_node_lost(struct engine *e, mono_time now, node_id node)
{
	struct ring_event ev = {.type = RING_EVENT_NODE_LOST, .now = now, .node = node};

	if (!alive(e, now))
		return;
	engine_ring_step(e, &ev);
	settle(e);
}

void engine_node_back(struct engine *e, mono_time now, node_id node)
{
	struct ring_event ev = {.type = RING_EVENT_NODE_BACK, .now = now, .node = node};

	if (!alive(e, now))
		return;
	engine_ring_step(e, &ev);
	settle(e);
}

void engine_reloaded(struct engine *e, mono_time now, enum status status, bool crypto_changed)
{
	struct service_event config = {.type = SERVICE_EVENT_CONFIG};
	struct service_event reloaded = {
		.type = SERVICE_EVENT_RELOADED, .status = status, .crypto_changed = crypto_changed};

	if (!alive(e, now))
		return;
	if (status == STATUS_OK)
		engine_service_all(e, &config);
	if (!e->over)
		engine_service_step(e, SERVICE_CFG, &reloaded);
	settle(e);
}

void engine_reopened(struct engine *e, mono_time now, enum status status)
{
	struct service_event reopened = {.type = SERVICE_EVENT_REOPENED, .status = status};

	if (!alive(e, now))
		return;
	engine_service_step(e, SERVICE_CFG, &reopened);
	settle(e);
}

void engine_configure(struct engine *e, const struct ring_config *config)
{
	ring_configure(&e->ring, config);
}

void engine_leave_when_quiet(struct engine *e)
{
	struct ring_event ev = {.type = RING_EVENT_LEAVE, .now = e->now};
	bool speaking = e->ring.state == RING_OPERATIONAL && (e->pending != NULL || ring_pending(&e->ring));

	if (e->leaving && !e->over && !e->ring.leaving && !speaking)
		engine_ring_step(e, &ev);
}

void engine_leave(struct engine *e, mono_time now, const char *why)
{
	size_t n = strlen(why);

	if (!alive(e, now) || e->leaving || e->leave_wanted)
		return;
	n = n < sizeof e->why - 1 ? n : sizeof e->why - 1;
	memcpy(e->why, why, n);
	e->why[n] = '\0';
	e->leave_wanted = true;
	settle(e);
}

static bool listed(const struct engine *e, const char *prefix, uint32_t id)
{
	char key[64];
	struct text t = text_of(key, sizeof key);
	uint8_t allowed = 0;

	text_add(&t, "%s.%u", prefix, id);
	return map_get_u8(&e->map, key, &allowed) && allowed == 1;
}

int engine_accept(const struct engine *e, enum service_id service, uint32_t uid, uint32_t gid)
{
	if (!e->synced_once)
		return -EAGAIN;
	if (e->leaving || e->over || !engine_service_serves(e, service))
		return -ENOSYS;
	if (uid == 0 || gid == 0)
		return 0;
	if (listed(e, "uidgid.uid", uid) || listed(e, "uidgid.config.uid", uid) || listed(e, "uidgid.gid", gid) ||
	    listed(e, "uidgid.config.gid", gid))
		return 0;
	return -EACCES;
}

void engine_connect(struct engine *e, mono_time now, enum service_id service, client_id client, uint32_t pid,
		    uint32_t uid, uint32_t gid)
{
	struct service_event ev = {.type = SERVICE_EVENT_CONNECT, .client = client, .pid = pid, .uid = uid, .gid = gid};

	if (alive(e, now))
		engine_service_step(e, service, &ev);
	settle(e);
}

void engine_disconnect(struct engine *e, mono_time now, enum service_id service, client_id client)
{
	if (!alive(e, now))
		return;
	if (e->depth > 0 || e->in_ring) {
		assert(e->gone_count < CLIENTS_MAX);
		e->gone[e->gone_count].service = service;
		e->gone[e->gone_count++].client = client;
		return;
	}
	disconnect(e, service, client);
	settle(e);
}

/* Requests that lead to an ordered message (engine-ipc.md §1.4). */
static bool needs_ring(enum service_id service, uint16_t fn)
{
	static const uint16_t cfg_needs =
		1u << 0 | 1u << 1 | 1u << 2 | 1u << 3 | 1u << 4 | 1u << 7 | 1u << 10 | 1u << 11;

	if (service == SERVICE_CPG)
		return cpg_request_needs_ring(fn);
	return service == SERVICE_CFG && fn < 16 && (cfg_needs >> fn & 1);
}

/* A cpg multicast is never answered, so it may not be refused either: it waits. While we leave, nothing new is taken:
 * a client that is never silent would keep us.
 */
static enum engine_verdict admit(struct engine *e, enum service_id service, uint16_t fn, size_t size)
{
	enum { CPG_MCAST = 2 };

	if (!needs_ring(service, fn))
		return ENGINE_DONE;
	if (!e->syncing && !e->leaving && engine_has_room(e, size))
		return ENGINE_DONE;
	e->held = true;
	return service == SERVICE_CPG && fn == CPG_MCAST ? ENGINE_HOLD : ENGINE_OVERLOAD;
}

static bool has_prefix(const char *key, const char *prefix)
{
	return strncmp(key, prefix, strlen(prefix)) == 0;
}

/* Tells who is concerned that a client has changed a key. */
static void client_changed(struct engine *e)
{
	struct service_event config = {.type = SERVICE_EVENT_CONFIG};
	char key[sizeof e->changed_key];

	memcpy(key, e->changed_key, sizeof key);
	e->changed_key[0] = '\0';
	if (has_prefix(key, "runtime."))
		return;
	if (e->has_votequorum && (has_prefix(key, "quorum.") || has_prefix(key, "nodelist.")))
		engine_service_step(e, SERVICE_VOTEQUORUM, &config);
	if (strcmp(key, "totem.config_version") == 0)
		engine_service_step(e, SERVICE_CMAP, &config);
	e->ops.config_changed(e->ops.host, key);
}

static void before_cmap(struct engine *e, client_id client)
{
	engine_counters_publish(e);
	if (cmap_client_uses_stats(&e->cmap, client))
		engine_stats_refresh(e);
	e->changed_key[0] = '\0';
	e->client_writes = true;
}

enum engine_verdict engine_request(struct engine *e, mono_time now, enum service_id service, client_id client,
				   struct bytes request)
{
	struct reader r = reader_of(request);
	uint32_t id = read_u32(&r);
	struct service_event ev = {
		.type = SERVICE_EVENT_REQUEST, .client = client, .fn = (uint16_t)id, .message = request};
	enum engine_verdict verdict;

	if (!alive(e, now))
		return ENGINE_OVERLOAD;
	if (id > 0xff)
		return ENGINE_INVALID;
	verdict = admit(e, service, ev.fn, request.len);
	if (verdict != ENGINE_DONE)
		return verdict;
	e->reserved = ring_frames(&e->ring, request.len);
	if (service == SERVICE_CMAP)
		before_cmap(e, client);
	engine_service_step(e, service, &ev);
	e->reserved = 0;
	if (e->client_writes) {
		e->client_writes = false;
		if (e->changed_key[0] != '\0')
			client_changed(e);
	}
	settle(e);
	return ENGINE_DONE;
}

bool engine_quorate(const struct engine *e)
{
	return e->quorate;
}

const struct ring_stats *engine_ring_stats(const struct engine *e)
{
	return &e->ring.stats;
}
