/* SPDX-License-Identifier: GPL-2.0-or-later */
/* engine-node.c - the program of a node at engine level: a whole engine with
 * simulated clients. Of these, one stays in a group with a member on each node
 * and says what load.h wants said; another comes, speaks, leaves and dies; one
 * tracks quorum; one writes keys and reads them.
 *
 *  G1  Members that came together from one synchronised ring to the next were
 *      told the same changes and messages of their group between the two.
 *  G2  The end: every member sees a member on each node.
 *  Q1  A view is quorate if and only if it has more than half of the votes, so
 *      that no two views without a common node ever are. (two_node: if both
 *      nodes were seen since the start.)
 *  C1  What was written to cmap is read.
 *  X1  No engine gives up.
 *
 * Messages of the group are checked as in check.h (R7).
 */
#include "engine/engine.h"

#include "base/text.h"
#include "sim/check.h"
#include "sim/net.h"
#include "sim/node.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/mman.h>

static_assert((uint32_t)ENGINE_TIMER_COUNT <= NODE_TIMERS_MAX, "a node has enough timers");

enum { STREAM_ENGINE = 500, CLIENT_MS = 300, HEAD = 16, MCAST_HEAD = 40 };
enum { CLIENT_STAYS = 1, CLIENT_ROAMS = 2, CLIENT_QUORUM = 3, CLIENT_CMAP = 4 };
enum { TRACK_CHANGES = 2, EVENT_CONFCHG = 4, EVENT_DELIVER = 5, EVENT_TOTEM_CONFCHG = 13, EVENT_QUORUM = 3 };

/* What the member that stays was told since its last synchronised ring. */
struct story {
	struct ring_id from; /* {0}: it was not in the group then */
	struct ring_id ring;
	uint64_t hash;
	uint32_t count;
	bool has_gap; /* a message's beginning was sent before we came: those who had it were told, we were not */
};

/* Kept for the others that arrive in the same ring. */
struct arrival {
	struct ring_id ring;
	struct story story;
	uint32_t company;
};

struct engine_node {
	struct engine *engine;
	struct world *world;
	struct node *node;
	struct dice dice;
	bool connected, joined;
	bool left, leave_expected;
	const char *died;
	uint32_t roamer;       /* its client id counts on */
	uint32_t told_members; /* mask of nodes, by the last CONFCHG */
	bool quorate, saw_all;
	uint64_t last_reply; /* first 8 bytes of its value */
	struct ring_id seen_ring;
	uint64_t passed_over;
	uint32_t company; /* mask of nodes that were with us in every change since the last synchronised ring */
	struct story story;
	struct arrival arrival;
};

static struct node *node_of(void *host)
{
	return ((struct engine_node *)host)->node;
}

static struct world *world_of(void *host)
{
	return ((struct engine_node *)host)->world;
}

static uint32_t mask_of(struct world *w, const struct node_list *l)
{
	uint32_t mask = 0;

	for (uint32_t i = 0; i < l->count; i++) {
		const struct node *n = world_node(w, l->ids[i]);

		if (n == NULL)
			world_violation(w, "R2", "node %u is none of the cluster's", l->ids[i].v);
		mask |= 1u << n->index;
	}
	return mask;
}

/* --- the host's side of the engine --- */

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
	struct engine_node *s = host;
	struct reader r = reader_of(head);
	uint64_t value = 0;

	(void)client;
	if (service != SERVICE_CMAP)
		return;
	if (head.len > 40)
		read_seek(&r, 40);
	else
		r = reader_of(tail);
	value = read_u64(&r);
	s->last_reply = r.failed ? 0 : value;
}

static void story_add(struct engine_node *s, uint64_t what)
{
	s->story.hash = (s->story.hash ^ what) * 0x9fb21c651e98df25u;
	s->story.hash ^= s->story.hash >> 31;
	s->story.count++;
}

static void told_change(struct engine_node *s, struct bytes b)
{
	struct reader r = reader_of(b);
	uint32_t members;

	story_add(s, bytes_hash(b));
	read_seek(&r, 160);
	members = read_u32(&r);
	s->told_members = 0;
	for (uint32_t i = 0; i < members; i++) {
		const struct node *n;

		read_seek(&r, 184 + 24 * (size_t)i);
		n = world_node(s->world, node_id_of(read_u32(&r)));
		if (n == NULL || r.failed)
			world_violation(s->world, "G2", "node %u: a group has a member of no node", s->node->id.v);
		s->told_members |= 1u << n->index;
	}
	if (s->told_members >> s->node->index & 1)
		s->joined = true;
	world_trace(s->world, s->node, "cpg> change, members on nodes %x", s->told_members);
}

static void told_message(struct engine_node *s, struct bytes head, struct bytes tail)
{
	struct reader r = reader_of(head);
	node_id from;
	struct bytes data = tail;

	read_seek(&r, 168);
	from = node_id_of(read_u32(&r));
	if (head.len > 184)
		data = bytes_of(head.data + 184, head.len - 184);
	story_add(s, bytes_hash(data) ^ from.v);
	if (data.len >= MESSAGE_HEAD)
		check_message(s->world, s->node, from, data);
}

/* The group is synchronised in a new ring. */
static void told_ring(struct engine_node *s, struct bytes b)
{
	struct reader r = reader_of(b);
	struct ring_id ring;

	read_seek(&r, 24);
	ring.rep = node_id_of(read_u32(&r));
	read_seek(&r, 32);
	ring.seq = read_u32(&r);
	s->story.ring = ring;
	s->story.has_gap = s->engine->assembles[0].passed_over != s->passed_over;
	s->passed_over = s->engine->assembles[0].passed_over;
	s->arrival.ring = ring;
	s->arrival.story = s->story;
	s->story = (struct story){.ring = ring};
	if (s->joined)
		s->story.from = ring;
}

static void told_quorum(struct engine_node *s, struct bytes b)
{
	struct world *w = s->world;
	struct reader r = reader_of(b);
	bool quorate, right;
	uint32_t members;

	read_seek(&r, 24);
	quorate = read_u32(&r) != 0;
	read_seek(&r, 40);
	members = read_u32(&r);
	s->saw_all |= members == w->options.nodes;
	right = members > w->options.nodes / 2;
	if (w->options.two_node)
		right = s->saw_all;
	world_trace(w, s->node, "quorum> %squorate, %u members", quorate ? "" : "not ", members);
	if (quorate != right)
		world_violation(w, "Q1", "node %u: %u of %u nodes are %squorate", s->node->id.v, members,
				w->options.nodes, quorate ? "" : "not ");
	s->quorate = quorate;
}

static void op_event(void *host, enum service_id service, client_id client, struct bytes head, struct bytes tail)
{
	struct engine_node *s = host;
	struct reader r = reader_of(head);
	uint32_t id = read_u32(&r);

	if (service == SERVICE_QUORUM && id == EVENT_QUORUM)
		told_quorum(s, head);
	if (service != SERVICE_CPG || client_slot(client) != CLIENT_STAYS)
		return;
	if (id == EVENT_CONFCHG)
		told_change(s, head);
	else if (id == EVENT_DELIVER)
		told_message(s, head, tail);
	else if (id == EVENT_TOTEM_CONFCHG)
		told_ring(s, head);
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

/* Compares our story with those who came along with us all the way. */
static void op_ready(void *host, const struct view *view)
{
	struct engine_node *s = host;
	struct world *w = s->world;
	struct arrival *mine = &s->arrival;

	world_trace(w, s->node, "engine> synchronised in ring %llu", (unsigned long long)view->ring.seq);
	mine->company = s->company;
	s->company = UINT32_MAX;
	if (!node_id_is_set(mine->story.from.rep) || !ring_id_eq(mine->ring, view->ring))
		return;
	for (uint32_t i = 0; i < w->options.nodes; i++) {
		const struct engine_node *other = w->nodes[i].engine;

		if (other == NULL || i == s->node->index || !w->nodes[i].up)
			continue;
		if (!ring_id_eq(other->arrival.ring, mine->ring) ||
		    !ring_id_eq(other->arrival.story.from, mine->story.from))
			continue;
		if (!(mine->company >> i & 1) || !(other->arrival.company >> s->node->index & 1))
			continue;
		if (other->arrival.story.has_gap || mine->story.has_gap)
			continue;
		if (other->arrival.story.hash != mine->story.hash)
			world_violation(w, "G1",
					"nodes %u and %u came together to ring %llu and were told %u and %u things, "
					"which differ",
					s->node->id.v, w->nodes[i].id.v, (unsigned long long)mine->ring.seq,
					mine->story.count, other->arrival.story.count);
	}
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
}

static void op_die(void *host, const char *why)
{
	struct engine_node *s = host;

	s->died = why;
	world_trace(s->world, s->node, "engine> dies: %s", why);
}

/* After every verb: is the engine well, and was there a new ring? */
static void look(struct world *w, struct node *n)
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
	.reload = op_nothing,
	.reopen_logs = op_nothing,
	.crypto = op_byte,
	.dump = op_byte,
	.config_changed = op_config_changed,
	.left = op_left,
	.die = op_die,
};

static void configure(struct world *w, struct map *map, uint32_t self)
{
	for (uint32_t i = 0; i < w->options.nodes; i++) {
		char key[64];
		struct text t = text_of(key, sizeof key);

		text_add(&t, "nodelist.node.%u.nodeid", i);
		map_put_u32(map, key, w->nodes[i].id.v);
	}
	map_put_u32(map, "nodelist.local_node_pos", self);
	map_put_string(map, "quorum.provider", "corosync_votequorum");
	map_put_u64(map, "totem.config_version", 1);
	if (w->options.two_node)
		map_put_u8(map, "quorum.two_node", 1);
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

static void client_soon(struct world *w, struct node *n, uint32_t delay_ms)
{
	world_push(w, w->now_ns + ms_ns(delay_ms), EVENT_CLIENT, n->index)->boot = n->boot;
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
	engine_start(s->engine, node_clock(w, n));
	look(w, n);
	client_soon(w, n, CLIENT_MS);
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
	look(w, n);
}

static void timeout(struct world *w, struct node *n, uint32_t timer)
{
	engine_timeout(n->engine->engine, node_clock(w, n), timer);
	look(w, n);
}

static void persisted(struct world *w, struct node *n, uint64_t seq)
{
	engine_persisted(n->engine->engine, node_clock(w, n), seq);
	look(w, n);
}

static void sign(struct world *w, struct node *n, node_id other, bool lost)
{
	if (lost)
		engine_node_lost(n->engine->engine, node_clock(w, n), other);
	else
		engine_node_back(n->engine->engine, node_clock(w, n), other);
	look(w, n);
}

static void leave(struct world *w, struct node *n)
{
	n->engine->leave_expected = true;
	engine_leave(n->engine->engine, node_clock(w, n), "the simulator says so");
	look(w, n);
}

static void gather(struct world *w, struct node *n)
{
	(void)w;
	(void)n;
}

/* --- clients --- */

static client_id client_of(const struct engine_node *s, uint32_t which)
{
	return (client_id){which + CLIENTS_MAX * (which == CLIENT_ROAMS ? s->roamer : 1)};
}

/* A request of so many bytes; fill it in from byte 16 on. */
static struct writer request(uint8_t *data, size_t size, uint32_t id)
{
	struct writer w = writer_of(data, size);

	write_u32(&w, id);
	write_pad_to(&w, 8);
	write_u32(&w, (uint32_t)size);
	write_pad_to(&w, HEAD);
	return w;
}

static enum engine_verdict ask(struct world *w, struct node *n, enum service_id service, uint32_t which, struct bytes b)
{
	enum engine_verdict v =
		engine_request(n->engine->engine, node_clock(w, n), service, client_of(n->engine, which), b);

	if (v == ENGINE_INVALID)
		world_violation(w, "X1", "node %u: a right request is refused", n->id.v);
	look(w, n);
	return v;
}

static bool group_request(struct world *w, struct node *n, uint32_t which, uint32_t id)
{
	uint8_t data[168];
	struct writer out = request(data, id == 0 ? 168 : 160, id);

	write_u32(&out, 5);
	write_pad_to(&out, 24);
	write_bytes(&out, "stay", 5);
	write_pad_to(&out, 152);
	write_u32(&out, 100 + client_of(n->engine, which).v);
	write_pad_to(&out, out.size);
	return ask(w, n, SERVICE_CPG, which, writer_bytes(&out)) == ENGINE_DONE;
}

static bool say(struct world *w, struct node *n, uint32_t which, struct bytes message)
{
	static uint8_t data[MCAST_HEAD + 512 * 1024];
	struct writer out = request(data, MCAST_HEAD + message.len, 2);

	write_pad_to(&out, 24);
	write_u32(&out, 2);
	write_pad_to(&out, 32);
	write_u32(&out, (uint32_t)message.len);
	write_pad_to(&out, MCAST_HEAD);
	write_bytes(&out, message.data, message.len);
	assert(!out.failed);
	return ask(w, n, SERVICE_CPG, which, writer_bytes(&out)) == ENGINE_DONE;
}

static void connect(struct world *w, struct node *n, enum service_id service, uint32_t which)
{
	client_id c = client_of(n->engine, which);

	engine_connect(n->engine->engine, node_clock(w, n), service, c, 100 + c.v, 0, 0);
	look(w, n);
}

static void connect_all(struct world *w, struct node *n)
{
	struct engine_node *s = n->engine;
	uint8_t data[24];
	struct writer out;

	s->connected = true;
	s->roamer = 1;
	connect(w, n, SERVICE_CPG, CLIENT_STAYS);
	connect(w, n, SERVICE_CPG, CLIENT_ROAMS);
	connect(w, n, SERVICE_CMAP, CLIENT_CMAP);
	connect(w, n, SERVICE_QUORUM, CLIENT_QUORUM);
	out = request(data, sizeof data, 1);
	write_u32(&out, TRACK_CHANGES);
	write_pad_to(&out, sizeof data);
	(void)ask(w, n, SERVICE_QUORUM, CLIENT_QUORUM, writer_bytes(&out));
}

static void write_key(struct world *w, struct node *n)
{
	struct engine_node *s = n->engine;
	static const char key[] = "sim.number";
	uint8_t data[296 + 8];
	uint64_t value = dice_roll(&s->dice);
	struct writer out = request(data, 304, 0);

	write_u16(&out, sizeof key - 1);
	write_pad_to(&out, 24);
	write_bytes(&out, key, sizeof key);
	write_pad_to(&out, 280);
	write_u64(&out, 8);
	write_u8(&out, 8);
	write_pad_to(&out, 296);
	write_u64(&out, value);
	(void)ask(w, n, SERVICE_CMAP, CLIENT_CMAP, writer_bytes(&out));
	out = request(data, 288, 2);
	write_u16(&out, sizeof key - 1);
	write_pad_to(&out, 24);
	write_bytes(&out, key, sizeof key);
	write_pad_to(&out, 280);
	write_u64(&out, 8);
	s->last_reply = 0;
	(void)ask(w, n, SERVICE_CMAP, CLIENT_CMAP, writer_bytes(&out));
	if (s->last_reply != value)
		world_violation(w, "C1", "node %u: a key was written and is another one when it is read", n->id.v);
}

/* The one that comes and goes: joins, speaks, leaves, dies and comes again. */
static void roam(struct world *w, struct node *n)
{
	struct engine_node *s = n->engine;

	switch (dice_below(&s->dice, 6)) {
	case 0:
		engine_disconnect(s->engine, node_clock(w, n), SERVICE_CPG, client_of(s, CLIENT_ROAMS));
		look(w, n);
		s->roamer++;
		connect(w, n, SERVICE_CPG, CLIENT_ROAMS);
		break;
	case 1:
		(void)group_request(w, n, CLIENT_ROAMS, 1);
		break;
	case 2:
		(void)say(w, n, CLIENT_ROAMS, bytes_of("a few words", 1 + dice_below(&s->dice, 11)));
		break;
	case 3:
		write_key(w, n);
		break;
	default:
		(void)group_request(w, n, CLIENT_ROAMS, 0);
		break;
	}
}

static void clients(struct world *w, struct node *n)
{
	struct engine_node *s = n->engine;

	client_soon(w, n, CLIENT_MS + dice_below(&s->dice, w->load_on ? 2 * w->options.load_gap_ms : 1000));
	if (engine_accept(s->engine, SERVICE_CPG, 0, 0) != 0)
		return;
	if (!s->connected)
		connect_all(w, n);
	if (!s->joined)
		(void)group_request(w, n, CLIENT_STAYS, 0); /* EXIST when it is under way */
	else if (w->load_on)
		roam(w, n);
}

static void load(struct world *w, struct node *n)
{
	struct engine_node *s = n->engine;
	const struct options *o = &w->options;
	uint32_t count = dice_between(&s->dice, 1, o->burst);

	for (uint32_t i = 0; s->joined && i < count; i++) {
		uint32_t max = dice_chance(&s->dice, 1, 16) ? o->size_large : o->size_small;

		if (!say(w, n, CLIENT_STAYS, check_message_make(w, n, MESSAGE_HEAD + dice_below(&s->dice, max))))
			break;
		check_submitted(w, n);
	}
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
	.load = load,
	.clients = clients,
	.settled = settled,
};
