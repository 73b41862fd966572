/* SPDX-License-Identifier: GPL-2.0-or-later */
/* engine-node.c - the program of a node at engine level: a whole engine with
 * simulated clients. Of these, one stays in a group with a member on each node
 * and says what load.h wants said; another comes, speaks, leaves and dies; one
 * tracks quorum; one writes keys and reads them. The rules are in story.c, and
 *
 *  X1  No engine gives up.
 */
#include "sim/engine-node.h"

#include "base/text.h"
#include "sim/admin.h"
#include "sim/device.h"
#include "sim/net.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>

static_assert((uint32_t)ENGINE_TIMER_COUNT <= NODE_TIMERS_MAX, "a node has enough timers");

enum { STREAM_ENGINE = 500, CLIENT_MS = 300 };

static struct node *node_of(void *host)
{
	return ((struct engine_node *)host)->node;
}

static struct world *world_of(void *host)
{
	return ((struct engine_node *)host)->world;
}

static void op_send(void *host, node_id to, struct bytes packet)
{
	net_send(world_of(host), node_of(host), to, packet);
}

static void op_loop(void *host, struct bytes packet)
{
	net_loop(world_of(host), node_of(host), packet);
}

static void op_timer_set(void *host, uint32_t timer, uint64_t delay_us)
{
	node_timer(world_of(host), node_of(host), timer, delay_us);
}

static void op_persist(void *host, uint64_t seq)
{
	node_persist(world_of(host), node_of(host), seq);
}

static void op_store(void *host, const char *name, struct bytes content)
{
	world_trace(world_of(host), node_of(host), "disk> file %s, %zu bytes", name, content.len);
}

static void op_drain(void *host)
{
	node_drain(world_of(host), node_of(host));
}

static void op_reply(void *host, enum service_id service, client_id client, struct bytes head, struct bytes tail)
{
	if (service == SERVICE_CFG)
		admin_reply(host, client, head);
	else if (service == SERVICE_VOTEQUORUM)
		device_reply(host, head);
	else
		story_reply(host, service, head, tail);
}

static void op_event(void *host, enum service_id service, client_id client, struct bytes head, struct bytes tail)
{
	const struct guests *guests = world_of(host)->guests;

	if (service == SERVICE_CFG)
		admin_asked(host);
	else if (service == SERVICE_VOTEQUORUM)
		device_event(host, head);
	else
		story_event(host, service, client, head, tail);
	if (guests != NULL)
		guests->told(guests->host, node_of(host), service, client, head, tail);
}

static void op_reload(void *host)
{
	admin_reload_wanted(host);
}

static void op_crypto(void *host, uint8_t phase)
{
	admin_crypto(host, phase);
}

static void op_ready(void *host, const struct view *view)
{
	struct engine_node *s = host;

	world_trace(s->world, s->node, "engine> synchronised in ring %llu", (unsigned long long)view->ring.seq);
	s->saw_all |= view->members.count == s->world->options.nodes; /* clients may come later */
	story_compare(s, view);
}

static void op_rate(void *host, enum service_id service, enum engine_rate rate)
{
	(void)host;
	(void)service;
	(void)rate;
}

static void op_nothing(void *host)
{
	(void)host;
}

static void op_log(void *host, enum message_id message, const char *text)
{
	(void)message;
	world_trace(world_of(host), node_of(host), "engine> log: %s", text);
}

static void op_stats_refresh(void *host, struct map *stats)
{
	(void)host;
	(void)stats;
}

static void op_byte(void *host, uint8_t what)
{
	(void)host;
	(void)what;
}

static void op_config_changed(void *host, const char *key)
{
	world_trace(world_of(host), node_of(host), "cmap> %s changed", key);
}

static void op_left(void *host, const char *why)
{
	struct engine_node *s = host;

	(void)why;
	s->left = true;
	if (s->leave_expected)
		admin_left(s);
}

static void op_die(void *host, const char *why)
{
	struct engine_node *s = host;

	s->died = why;
	world_trace(s->world, s->node, "engine> dies: %s", why);
}

void engine_node_look(struct world *w, struct node *n)
{
	struct engine_node *s = n->engine;
	const struct view *view = &s->engine->view;

	if (s->died != NULL)
		world_violation(w, "X1", "node %u: the engine gives up: %s", n->id.v, s->died);
	if (s->left && !s->leave_expected)
		world_violation(w, "X1", "node %u: the engine left unasked", n->id.v);
	if (ring_id_eq(view->ring, s->seen_ring))
		return;
	s->seen_ring = view->ring;
	world_trace(w, n, "ring> formed %x.%llu, %u members", view->ring.rep.v, (unsigned long long)view->ring.seq,
		    view->members.count);
	check_transitional(w, n, view->ring, &view->trans);
	check_regular(w, n, view->ring, &view->members);
	s->company &= mask_of(w, &view->trans);
	s->saw_all |= view->members.count == w->options.nodes;
}

static bool no_status(void *arg, node_id node, struct cfg_node_status *ret)
{
	(void)arg;
	(void)node;
	(void)ret;
	return false;
}

static uint32_t no_addresses(void *arg, node_id node, struct cfg_address ret[LINKS_MAX])
{
	(void)arg;
	(void)node;
	(void)ret;
	return 0;
}

static const struct engine_ops ops = {
	.send = op_send,
	.loop = op_loop,
	.timer_set = op_timer_set,
	.persist = op_persist,
	.store = op_store,
	.drain = op_drain,
	.reply = op_reply,
	.event = op_event,
	.rate = op_rate,
	.retry = op_nothing,
	.log = op_log,
	.ready = op_ready,
	.stats_refresh = op_stats_refresh,
	.stats_clear = op_byte,
	.reload = op_reload,
	.reopen_logs = op_nothing,
	.crypto = op_crypto,
	.dump = op_byte,
	.config_changed = op_config_changed,
	.left = op_left,
	.die = op_die,
};

void engine_node_list(struct world *w, struct map *map, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		char key[64];
		struct text t = text_of(key, sizeof key);

		text_add(&t, "nodelist.node.%u.nodeid", i);
		map_put_u32(map, key, w->nodes[i].id.v);
	}
}

static void configure(struct world *w, struct map *map, uint32_t self)
{
	engine_node_list(w, map, w->file.listed);
	map_put_u32(map, "nodelist.local_node_pos", self);
	map_put_string(map, "quorum.provider", "corosync_votequorum");
	map_put_u64(map, "totem.config_version", 1);
	if (w->options.two_node)
		map_put_u8(map, "quorum.two_node", 1);
	if (w->options.device)
		device_configure(map);
}

/* Memory that the engine wants to find zeroed: only the pages that were used cost something. */
static struct engine *engine_memory(struct engine_node *s)
{
	size_t size = sizeof *s->engine;
	void *memory = s->engine;

	if (memory != NULL && madvise(memory, size, MADV_DONTNEED) == 0)
		return memory;
	memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (memory == MAP_FAILED)
		abort();
	return memory;
}

static void start(struct world *w, struct node *n)
{
	struct engine_node *s = n->engine;
	struct engine_config config = {.ring = w->options.ring,
				       .self = n->id,
				       .ring_seq = n->disk_seq,
				       .has_votequorum = true,
				       .queries = {no_status, no_addresses, NULL}};
	struct engine_ops mine = ops;

	if (s == NULL) {
		s = n->engine = calloc(1, sizeof *s);
		if (s == NULL)
			abort();
	}
	*s = (struct engine_node){.engine = engine_memory(s), .world = w, .node = n, .company = UINT32_MAX};
	s->dice = dice_of(w->options.seed, STREAM_ENGINE + n->index + (uint64_t)n->boot * SIM_NODES_MAX);
	config.dice = dice_roll(&s->dice);
	mine.host = s;
	engine_init(s->engine, &config, &mine, &n->pool);
	configure(w, &s->engine->map, n->index);
	admin_start(w, n);
	engine_start(s->engine, node_clock(w, n));
	engine_node_look(w, n);
	clients_soon(w, n, CLIENT_MS);
}

static void stop(struct world *w, struct node *n)
{
	struct engine_node *s = n->engine;

	(void)w;
	engine_fini(s->engine);
	s->arrival.ring = (struct ring_id){0};
}

static void packet(struct world *w, struct node *n, struct bytes b)
{
	engine_packet(n->engine->engine, node_clock(w, n), b);
	engine_node_look(w, n);
}

static void timeout(struct world *w, struct node *n, uint32_t timer)
{
	engine_timeout(n->engine->engine, node_clock(w, n), timer);
	engine_node_look(w, n);
}

static void persisted(struct world *w, struct node *n, uint64_t seq)
{
	engine_persisted(n->engine->engine, node_clock(w, n), seq);
	engine_node_look(w, n);
}

static void sign(struct world *w, struct node *n, node_id other, bool lost)
{
	if (lost)
		engine_node_lost(n->engine->engine, node_clock(w, n), other);
	else
		engine_node_back(n->engine->engine, node_clock(w, n), other);
	engine_node_look(w, n);
}

static void leave(struct world *w, struct node *n)
{
	n->engine->leave_expected = true;
	engine_leave(n->engine->engine, node_clock(w, n), "the simulator says so");
	engine_node_look(w, n);
}

static void gather(struct world *w, struct node *n)
{
	(void)w;
	(void)n;
}

static bool agreed(struct world *w, struct node *n)
{
	(void)w;
	return n->engine->engine->ring.state == RING_OPERATIONAL && !n->engine->engine->syncing;
}

static void settled(struct world *w, struct node *n)
{
	struct engine_node *s = n->engine;
	uint32_t up = 0;

	for (uint32_t i = 0; i < w->options.nodes; i++)
		up |= (uint32_t)w->nodes[i].up << i;
	if (s->engine->syncing || !s->joined)
		world_violation(w, "L1", "node %u: the services have not agreed", n->id.v);
	if (s->told_members != up)
		world_violation(w, "G2", "node %u: its member of the group sees members on nodes %x of %x", n->id.v,
				s->told_members, up);
	if (ring_pending(&s->engine->ring) || s->engine->pending != NULL)
		world_violation(w, "L2", "node %u: messages wait to be sent", n->id.v);
	if (s->engine->assembles[0].lost + s->engine->assembles[1].lost > 0)
		world_violation(w, "R7", "node %u: messages were lost for want of memory", n->id.v);
}

const struct node_program engine_program = {
	.start = start,
	.stop = stop,
	.packet = packet,
	.timeout = timeout,
	.persisted = persisted,
	.sign = sign,
	.leave = leave,
	.gather = gather,
	.load = clients_load,
	.clients = clients_act,
	.admin = admin_act,
	.agreed = agreed,
	.settled = settled,
};
