/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "world.h"

#include "transition/result.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool world_verbose;

enum { MS = 1000000, WALL_0 = 1700000000, DELIVER_MS_MAX = 3, STORE_MS = 5, AGENT_MS = 20, LOSS_MS = 300 };

enum event_kind {
	EVENT_DELIVER,
	EVENT_TICK,
	EVENT_STORED,
	EVENT_PROMISED,
	EVENT_EXIT,
	EVENT_GROUP,
	EVENT_RING,
	EVENT_REPEAT
};

struct event {
	uint64_t at, order;
	enum event_kind kind;
	unsigned int node;
	uint64_t life; /* of the node's manager (DELIVER, TICK, STORED) or machine */
	void *data;
};

/* One run of an agent. */
struct run {
	uint64_t id;
	char *rsc, *action, *note, *class_, *type, *target;
	int64_t interval_ms;
	bool cancelled, killed, reported; /* killed: it is told of when it would have ended */
	int last_rc;
};

struct service {
	char *rsc;
	bool active[WORLD_NODES], promoted[WORLD_NODES], clone;
};

struct habit {
	char *rsc, *action;
	uint64_t ms;
	int rc;
	unsigned int runs;
};

struct parcel {
	struct member sender;
	unsigned int side;
	GByteArray *bytes;
};

struct node_of_world {
	struct world *world;
	unsigned int number, side;
	bool up;
	struct controller *controller;
	uint64_t life, machine_life;
	uint32_t pid;
	int left;
	GPtrArray *known; /* struct run: what the executor repeats or has to report */
	char *kept;
	struct document *disk;
	bool is_disk_full;
	uint64_t lineage, promise; /* of what is on the disk; promised there */
	unsigned int stores;
	uint64_t tick_at;
	node_id ring[WORLD_NODES]; /* as it was told last */
	uint32_t ring_count;
};

struct world {
	unsigned int count;
	struct node_of_world nodes[WORLD_NODES];
	GPtrArray *events; /* a heap would be faster; these worlds are small */
	GPtrArray *services, *habits;
	uint64_t now, order, dice, lives, wall_0_ns; /* when now is 0 */
	uint32_t pids;
	uint64_t delivered[WORLD_NODES]; /* when the last parcel to a node comes: they keep their order */
	GHashTable *answers;
	bool scheduled_group;
	uint64_t ring_late_ms;
};

static uint32_t roll(struct world *w, uint32_t below)
{
	w->dice = w->dice * 6364136223846793005u + 1442695040888963407u;
	return below == 0 ? 0 : (uint32_t)(w->dice >> 33) % below;
}

static struct event *plan(struct world *w, uint64_t at, enum event_kind kind, unsigned int node, uint64_t life,
			  void *data)
{
	struct event *e = g_new0(struct event, 1);
	*e = (struct event){.at = at, .order = ++w->order, .kind = kind, .node = node, .life = life, .data = data};
	g_ptr_array_add(w->events, e);
	return e;
}

static struct instant now_of(const struct world *w)
{
	return (struct instant){.mono = {w->now}, .wall = {w->wall_0_ns + w->now}};
}

/* --- services and habits --- */

static struct service *service_of(struct world *w, const char *rsc)
{
	for (guint i = 0; i < w->services->len; i++) {
		struct service *s = g_ptr_array_index(w->services, i);
		if (strcmp(s->rsc, rsc) == 0)
			return s;
	}
	struct service *s = g_new0(struct service, 1);
	s->rsc = g_strdup(rsc);
	g_ptr_array_add(w->services, s);
	return s;
}

static struct habit *habit_of(struct world *w, const char *rsc, const char *action)
{
	for (guint i = 0; i < w->habits->len; i++) {
		struct habit *h = g_ptr_array_index(w->habits, i);
		if (strcmp(h->rsc, rsc) == 0 && strcmp(h->action, action) == 0)
			return h;
	}
	struct habit *h = g_new0(struct habit, 1);
	h->rsc = g_strdup(rsc);
	h->action = g_strdup(action);
	h->ms = AGENT_MS;
	h->rc = -1;
	g_ptr_array_add(w->habits, h);
	return h;
}

static void check_services(const struct world *w)
{
	for (guint i = 0; i < w->services->len; i++) {
		const struct service *s = g_ptr_array_index(w->services, i);
		unsigned int places = 0;
		for (unsigned int n = 0; n < w->count; n++)
			places += s->active[n];
		if (places > 1 && !s->clone) {
			fprintf(stderr, "%s is active on %u machines at %llu ms\n", s->rsc, places,
				(unsigned long long)(w->now / MS));
			abort();
		}
	}
}

/* --- agents --- */

static void run_free(struct run *r)
{
	g_free(r->rsc);
	g_free(r->action);
	g_free(r->note);
	g_free(r->class_);
	g_free(r->type);
	g_free(r->target);
	g_free(r);
}

static void machine_off(struct world *w, struct node_of_world *n);

static int act(struct world *w, struct node_of_world *n, const struct run *r)
{
	struct service *s = service_of(w, r->rsc);
	bool *active = &s->active[n->number], *promoted = &s->promoted[n->number];
	if (strcmp(r->action, "start") == 0 || strcmp(r->action, "migrate_from") == 0)
		*active = true;
	else if (strcmp(r->action, "stop") == 0 || strcmp(r->action, "migrate_to") == 0)
		*active = *promoted = false;
	else if (strcmp(r->action, "promote") == 0)
		*promoted = true;
	else if (strcmp(r->action, "demote") == 0)
		*promoted = false;
	else if (strcmp(r->action, "monitor") == 0)
		return !*active ? RESULT_NOT_RUNNING : *promoted ? RESULT_PROMOTED : RESULT_OK;
	return RESULT_OK;
}

static const char fence_metadata[] =
	"<resource-agent name=\"fence_x\"><parameters><parameter name=\"port\"/></parameters>"
	"<actions><action name=\"on\"/><action name=\"off\"/><action name=\"reboot\"/>"
	"<action name=\"monitor\"/><action name=\"list\"/></actions></resource-agent>";

static int act_fence(struct world *w, const struct run *r, const char **ret_output)
{
	*ret_output = "";
	if (strcmp(r->action, "metadata") == 0)
		*ret_output = fence_metadata;
	bool down = strcmp(r->action, "off") == 0 || strcmp(r->action, "reboot") == 0;
	for (unsigned int i = 0; down && i < w->count; i++) {
		char name[16];
		(void)snprintf(name, sizeof(name), "n%u", i + 1);
		if (r->target != NULL && strcmp(r->target, name) == 0)
			machine_off(w, &w->nodes[i]);
	}
	return 0;
}

static void report(struct node_of_world *n, const struct run *r, int rc, enum outcome status, const char *output)
{
	struct world *w = n->world;
	struct operation_report report = {
		.id = r->id,
		.rsc = r->rsc,
		.action = r->action,
		.interval_ms = r->interval_ms,
		.note = r->note,
		.rc = rc,
		.status = status,
		.output = output,
		.started = {now_of(w).wall.ns - AGENT_MS * MS},
		.ended = now_of(w).wall,
		.run_ms = AGENT_MS,
	};
	if (n->controller != NULL)
		controller_report(n->controller, now_of(w), &report);
}

static bool is_fence_run(const struct run *r)
{
	return r->class_ != NULL && strcmp(r->class_, "stonith") == 0 && strcmp(r->action, "start") != 0 &&
	       strcmp(r->action, "stop") != 0 && (strcmp(r->action, "monitor") != 0 || r->target != NULL);
}

static void agent_ended(struct world *w, struct node_of_world *n, struct run *r)
{
	struct habit *h = habit_of(w, r->rsc, r->action);
	const char *output = "";
	uint64_t life = n->machine_life;
	if (r->killed)
		report(n, r, RESULT_UNKNOWN_ERROR, EXECUTION_CANCELLED, "");
	if (r->cancelled || r->killed)
		return;
	int rc = is_fence_run(r) ? act_fence(w, r, &output) : act(w, n, r);
	if (h->rc >= 0)
		rc = h->rc;
	if (!n->up || n->machine_life != life)
		return;
	if (r->interval_ms == 0 || !r->reported || rc != r->last_rc)
		report(n, r, rc, EXECUTION_DONE, output);
	if (n->machine_life != life || r->cancelled)
		return;
	r->reported = true;
	r->last_rc = rc;
	if (r->interval_ms > 0)
		plan(w, w->now + (uint64_t)r->interval_ms * MS, EVENT_REPEAT, n->number, n->machine_life, r);
}

static void begin_run(struct world *w, struct node_of_world *n, struct run *r)
{
	struct habit *h = habit_of(w, r->rsc, r->action);
	h->runs++;
	if (world_verbose)
		printf("[%llu] n%u runs %s %s %s\n", (unsigned long long)(w->now / MS), n->number + 1, r->rsc,
		       r->action, r->target != NULL ? r->target : "");
	if (h->ms != UINT64_MAX)
		plan(w, w->now + h->ms * MS, EVENT_EXIT, n->number, n->machine_life, r);
}

/* --- what controllers ask for --- */

static void op_send(void *host, struct bytes message)
{
	struct node_of_world *n = host;
	struct world *w = n->world;
	uint64_t at = w->now + MS / 10;
	for (unsigned int i = 0; i < w->count; i++) {
		struct node_of_world *to = &w->nodes[i];
		if (to->controller != NULL && to->side == n->side)
			at = w->delivered[i] > at ? w->delivered[i] : at;
	}
	at += 1 + roll(w, DELIVER_MS_MAX) * (uint64_t)MS;
	for (unsigned int i = 0; i < w->count; i++) {
		struct node_of_world *to = &w->nodes[i];
		if (to->controller == NULL || to->side != n->side)
			continue;
		struct parcel *p = g_new0(struct parcel, 1);
		p->sender = (struct member){node_id_of(n->number + 1), n->pid};
		p->side = n->side;
		p->bytes = g_byte_array_new();
		g_byte_array_append(p->bytes, message.data, (guint)message.len);
		w->delivered[i] = at;
		plan(w, at, EVENT_DELIVER, i, to->life, p);
	}
}

static void op_timer(void *host, mono_time due)
{
	struct node_of_world *n = host;
	n->tick_at = due.ns > n->world->now ? due.ns : n->world->now;
	if (mono_time_is_set(due))
		plan(n->world, n->tick_at, EVENT_TICK, n->number, n->life, NULL);
	else
		n->tick_at = 0;
}

/* What the disk keeps: the configuration, without its status. */
static struct document *as_on_disk(const struct document *d)
{
	GString *text = g_string_new(NULL);
	struct document *kept = NULL;
	struct error error;
	char digest[33];
	archive_text(d, text, digest);
	if (archive_read(text->str, text->len, "disk", digest, &kept, &error) != ERR_OK)
		abort();
	(void)g_string_free(text, TRUE);
	return kept;
}

static void op_promise(void *host, uint64_t lineage)
{
	struct node_of_world *n = host;
	uint64_t *promised = g_new(uint64_t, 1);
	if (!n->is_disk_full)
		n->promise = lineage;
	*promised = lineage;
	plan(n->world, n->world->now + STORE_MS * MS, EVENT_PROMISED, n->number, n->life, promised);
}

static void op_store(void *host, const struct document *d, const struct archive_entry *entry)
{
	struct node_of_world *n = host;
	struct stored *stored = g_new0(struct stored, 1);
	n->stores++;
	if (!n->is_disk_full) {
		document_free(n->disk);
		n->disk = as_on_disk(d);
		n->lineage = entry->lineage;
	}
	stored->version = entry->version;
	stored->lineage = entry->lineage;
	plan(n->world, n->world->now + STORE_MS * MS, EVENT_STORED, n->number, n->life, stored);
}

static void op_keep(void *host, const char *text)
{
	struct node_of_world *n = host;
	g_free(n->kept);
	n->kept = g_strdup(text);
}

static void op_keep_more(void *host, const char *text)
{
	struct node_of_world *n = host;
	char *before = n->kept;
	if (before == NULL)
		return;
	n->kept = g_strconcat(before, text, NULL);
	g_free(before);
}

/* Rule of what is kept: an order that changes anything is in it before the executor hears of it. */
static void check_kept(const struct node_of_world *n, const struct operation *op)
{
	static const char *const stateless[] = {"notify", "reload", "reload-agent"};
	const char *key = op->note != NULL ? strstr(op->note, "key ") : NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(stateless); i++)
		if (strcmp(op->action, stateless[i]) == 0)
			return;
	if (key == NULL || n->kept == NULL)
		return;
	char *line = g_strndup(key + strlen("key "), strcspn(key + strlen("key "), "\n"));
	assert(strstr(n->kept, line) != NULL);
	g_free(line);
}

static void op_run(void *host, const struct operation *op)
{
	struct node_of_world *n = host;
	check_kept(n, op);
	struct run *r = g_new0(struct run, 1);
	r->id = op->id;
	r->rsc = g_strdup(op->rsc);
	r->action = g_strdup(op->action);
	r->class_ = g_strdup(op->class_);
	r->type = g_strdup(op->type);
	r->note = g_strdup(op->note);
	r->interval_ms = op->interval_ms;
	r->target = g_strdup(table_get(op->parameters, "nodename"));
	/* a fence device may be used on both sides of a split */
	if (table_get(op->parameters, "CRM_meta_clone") != NULL || strcmp(op->class_, "stonith") == 0)
		service_of(n->world, op->rsc)->clone = true;
	g_ptr_array_add(n->known, r);
	begin_run(n->world, n, r);
}

static void op_cancel(void *host, const struct operation *op)
{
	struct node_of_world *n = host;
	for (guint i = 0; i < n->known->len; i++) {
		struct run *r = g_ptr_array_index(n->known, i);
		if (op->id != 0)
			r->killed = r->killed || r->id == op->id;
		else if (strcmp(r->rsc, op->rsc) == 0 && r->interval_ms == op->interval_ms &&
			 strcmp(r->action, op->action) == 0)
			r->cancelled = true;
	}
}

static void op_forget(void *host, const char *rsc)
{
	struct node_of_world *n = host;
	for (guint i = 0; i < n->known->len; i++) {
		struct run *r = g_ptr_array_index(n->known, i);
		if (strcmp(r->rsc, rsc) == 0)
			r->cancelled = true;
	}
}

static void op_acknowledge(void *host, uint64_t id)
{
	(void)host;
	(void)id;
}

static void op_answer(void *host, const struct answer *a)
{
	const struct node_of_world *n = host;
	uint64_t *key = g_new(uint64_t, 1);
	*key = a->id;
	if (world_verbose && a->exit_code != 0)
		printf("n%u answers %d: %s\n", n->number + 1, a->exit_code, a->text);
	g_hash_table_insert(n->world->answers, key, GINT_TO_POINTER(a->exit_code + 1));
}

static void op_tell(void *host, const struct happening *h)
{
	(void)host;
	(void)h;
}

static void op_log(void *host, enum message_id id, const char *text)
{
	const struct node_of_world *n = host;
	if (world_verbose)
		printf("[%llu] n%u %s: %s\n", (unsigned long long)(n->world->now / MS), n->number + 1,
		       message_entry(id)->name, text);
}

static void op_decided(void *host, const struct document *input, uint32_t number, uint32_t actions, bool is_error)
{
	(void)host;
	(void)input;
	(void)number;
	(void)actions;
	(void)is_error;
}

static void op_leave(void *host, enum leave_why why)
{
	struct node_of_world *n = host;
	n->left = (int)why;
}

static uint32_t op_dice(void *host, uint32_t below)
{
	const struct node_of_world *n = host;
	return roll(n->world, below);
}

/* --- the group --- */

static void find_ring(const struct world *w, struct node_of_world *n)
{
	n->ring_count = 0;
	for (unsigned int k = 0; k < w->count; k++)
		if (w->nodes[k].side == n->side && w->nodes[k].up)
			n->ring[n->ring_count++] = node_id_of(k + 1);
}

static uint32_t find_members(const struct world *w, const struct node_of_world *n, struct member *ret)
{
	uint32_t count = 0;
	for (unsigned int k = 0; k < w->count; k++) {
		const struct node_of_world *o = &w->nodes[k];
		if (o->side == n->side && o->up && o->controller != NULL)
			ret[count++] = (struct member){node_id_of(k + 1), o->pid};
	}
	return count;
}

static void change_ring(struct world *w)
{
	for (unsigned int i = 0; i < w->count; i++) {
		struct node_of_world *n = &w->nodes[i];
		if (n->controller == NULL)
			continue;
		find_ring(w, n);
		controller_quorum(n->controller, now_of(w), n->ring_count * 2 > w->count || (w->count == 2));
		controller_ring(n->controller, now_of(w), n->ring, n->ring_count);
	}
}

/* Where the ring is late, what is told with the group is the one before. */
static void change_group(struct world *w)
{
	for (unsigned int i = 0; i < w->count; i++) {
		struct node_of_world *n = &w->nodes[i];
		struct member members[WORLD_NODES];
		if (n->controller == NULL)
			continue;
		if (w->ring_late_ms == 0 || n->ring_count == 0) {
			find_ring(w, n);
			controller_quorum(n->controller, now_of(w), n->ring_count * 2 > w->count || (w->count == 2));
		}
		for (unsigned int k = 0; k < w->count; k++)
			if (!w->nodes[k].up || w->nodes[k].side != n->side)
				controller_machine_lost(n->controller, node_id_of(k + 1));
		uint32_t count = find_members(w, n, members);
		controller_group(n->controller, now_of(w), members, count, n->ring, n->ring_count);
	}
	if (w->ring_late_ms > 0)
		plan(w, w->now + w->ring_late_ms * MS, EVENT_RING, 0, 0, NULL);
}

/* What was on its way is delivered to all who stay together, or to none: all is flushed first. */
static void plan_group(struct world *w, uint64_t delay_ms)
{
	plan(w, w->now + delay_ms * MS, EVENT_GROUP, 0, 0, NULL);
}

/* --- life --- */

struct world *world_new(unsigned int nodes, uint64_t seed)
{
	struct world *w = g_new0(struct world, 1);
	w->count = nodes;
	w->dice = seed * 2 + 1;
	w->now = 1000 * (uint64_t)MS;
	w->wall_0_ns = (uint64_t)WALL_0 * 1000000000u;
	w->events = g_ptr_array_new();
	w->services = g_ptr_array_new();
	w->habits = g_ptr_array_new();
	w->answers = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	for (unsigned int i = 0; i < nodes; i++) {
		w->nodes[i] = (struct node_of_world){.world = w, .number = i, .left = -1};
		w->nodes[i].known = g_ptr_array_new();
	}
	return w;
}

static void event_free(struct event *e)
{
	if (e->kind == EVENT_DELIVER) {
		struct parcel *p = e->data;
		(void)g_byte_array_unref(p->bytes);
		g_free(p);
	} else if (e->kind == EVENT_STORED || e->kind == EVENT_PROMISED) {
		g_free(e->data);
	}
	g_free(e);
}

static void known_clear(struct node_of_world *n)
{
	for (guint i = 0; i < n->known->len; i++)
		((struct run *)g_ptr_array_index(n->known, i))->cancelled = true;
}

void world_free(struct world *w)
{
	for (guint i = 0; i < w->events->len; i++)
		event_free(g_ptr_array_index(w->events, i));
	for (unsigned int i = 0; i < w->count; i++) {
		struct node_of_world *n = &w->nodes[i];
		controller_free(n->controller);
		document_free(n->disk);
		g_free(n->kept);
		for (guint k = 0; k < n->known->len; k++)
			run_free(g_ptr_array_index(n->known, k));
		g_ptr_array_unref(n->known);
	}
	for (guint i = 0; i < w->services->len; i++) {
		struct service *s = g_ptr_array_index(w->services, i);
		g_free(s->rsc);
		g_free(s);
	}
	for (guint i = 0; i < w->habits->len; i++) {
		struct habit *h = g_ptr_array_index(w->habits, i);
		g_free(h->rsc);
		g_free(h->action);
		g_free(h);
	}
	g_ptr_array_unref(w->events);
	g_ptr_array_unref(w->services);
	g_ptr_array_unref(w->habits);
	g_hash_table_unref(w->answers);
	g_free(w);
}

/* What the executor says of itself to a manager that is connected anew. */
static void list_executor(struct world *w, struct node_of_world *n)
{
	for (guint i = 0; i < n->known->len; i++) {
		const struct run *r = g_ptr_array_index(n->known, i);
		struct operation op = {.id = r->id,
				       .rsc = r->rsc,
				       .class_ = r->class_,
				       .type = r->type,
				       .action = r->action,
				       .interval_ms = r->interval_ms,
				       .note = r->note};
		if (!r->cancelled && r->interval_ms > 0)
			controller_executor_known(n->controller, EXECUTOR_REPEATING, &op, NULL);
	}
	controller_executor_listed(n->controller, now_of(w), true);
}

void world_start(struct world *w, unsigned int node)
{
	static const struct controller_ops ops = {.send = op_send,
						  .timer = op_timer,
						  .promise = op_promise,
						  .store = op_store,
						  .keep = op_keep,
						  .keep_more = op_keep_more,
						  .run = op_run,
						  .cancel = op_cancel,
						  .forget = op_forget,
						  .acknowledge = op_acknowledge,
						  .answer = op_answer,
						  .tell = op_tell,
						  .log = op_log,
						  .decided = op_decided,
						  .leave = op_leave,
						  .dice = op_dice};
	struct node_of_world *n = &w->nodes[node];
	struct controller_ops own = ops;
	struct nodelist_entry nodes[WORLD_NODES];
	char names[WORLD_NODES][16], uuid[40];
	own.host = n;
	for (unsigned int i = 0; i < w->count; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "n%u", i + 1);
		nodes[i] = (struct nodelist_entry){.node = node_id_of(i + 1), .name = names[i]};
	}
	if (!n->up)
		n->machine_life = ++w->lives;
	n->up = true;
	n->life = ++w->lives;
	n->pid = ++w->pids;
	n->left = -1;
	(void)snprintf(uuid, sizeof(uuid), "00000000-0000-0000-0000-%012u", n->pid);
	const struct controller_config config = {.self = {node_id_of(node + 1), n->pid},
						 .name = names[node],
						 .release = "test",
						 .lineage = n->lineage,
						 .promise = n->promise,
						 .cores = 2,
						 .start_state = "default",
						 .uuid = uuid};
	n->controller = controller_new(&config, &own);
	controller_start(n->controller, now_of(w), n->disk != NULL ? document_clone(n->disk) : archive_empty(),
			 n->kept);
	controller_nodelist(n->controller, now_of(w), nodes, w->count);
	list_executor(w, n);
	plan_group(w, 1);
}

static void manager_off(struct node_of_world *n)
{
	controller_free(n->controller);
	n->controller = NULL;
	n->life = ++n->world->lives;
}

static void machine_off(struct world *w, struct node_of_world *n)
{
	if (!n->up)
		return;
	if (world_verbose)
		printf("[%llu] machine n%u is off\n", (unsigned long long)(w->now / MS), n->number + 1);
	manager_off(n);
	n->up = false;
	n->machine_life = ++w->lives;
	g_clear_pointer(&n->kept, g_free);
	known_clear(n);
	for (guint i = 0; i < w->services->len; i++) {
		struct service *s = g_ptr_array_index(w->services, i);
		s->active[n->number] = s->promoted[n->number] = false;
	}
	plan_group(w, LOSS_MS);
}

void world_kill(struct world *w, unsigned int node)
{
	machine_off(w, &w->nodes[node]);
}

void world_kill_manager(struct world *w, unsigned int node)
{
	manager_off(&w->nodes[node]);
	plan_group(w, 1);
}

void world_split(struct world *w, const unsigned int *sides)
{
	for (unsigned int i = 0; i < w->count; i++)
		w->nodes[i].side = sides[i];
	plan_group(w, LOSS_MS);
}

/* --- time --- */

static void deliver(struct world *w, struct node_of_world *n, const struct parcel *p)
{
	const struct node_of_world *from = &w->nodes[p->sender.node.v - 1];
	if (from->side != n->side)
		return;
	controller_message(n->controller, now_of(w), p->sender, bytes_of(p->bytes->data, p->bytes->len));
	if (n->controller != NULL)
		controller_check(n->controller);
}

static void leave_if_asked(struct world *w, struct node_of_world *n)
{
	if (n->left < 0 || n->controller == NULL)
		return;
	char *kept = g_steal_pointer(&n->kept);
	if (n->left == LEAVE_DONE || n->left == LEAVE_FENCED)
		machine_off(w, n);
	else
		manager_off(n);
	n->kept = kept; /* the machine itself runs on */
}

static void hear_disk(struct world *w, struct node_of_world *n, const struct stored *s)
{
	controller_stored(n->controller, now_of(w), s->version, s->lineage, n->is_disk_full ? ERR_FULL : ERR_OK);
}

/* Of one manager, while it is the one for which it was planned. */
static void happen_to_manager(struct world *w, struct node_of_world *n, const struct event *e)
{
	if (n->controller == NULL || e->life != n->life)
		return;
	if (e->kind == EVENT_DELIVER)
		deliver(w, n, e->data);
	else if (e->kind == EVENT_TICK && n->tick_at == e->at)
		controller_tick(n->controller, now_of(w));
	else if (e->kind == EVENT_PROMISED)
		controller_promised(n->controller, now_of(w), *(uint64_t *)e->data,
				    n->is_disk_full ? ERR_FULL : ERR_OK);
	else if (e->kind == EVENT_STORED)
		hear_disk(w, n, e->data);
}

static void happen_to_machine(struct world *w, struct node_of_world *n, const struct event *e)
{
	struct run *r = e->data;
	if (e->life != n->machine_life || !n->up)
		return;
	if (e->kind == EVENT_EXIT)
		agent_ended(w, n, r);
	else if (!r->cancelled)
		begin_run(w, n, r);
}

static void happen(struct world *w, const struct event *e)
{
	struct node_of_world *n = &w->nodes[e->node];
	if (e->kind == EVENT_GROUP)
		change_group(w);
	else if (e->kind == EVENT_RING)
		change_ring(w);
	else if (e->kind == EVENT_EXIT || e->kind == EVENT_REPEAT)
		happen_to_machine(w, n, e);
	else
		happen_to_manager(w, n, e);
	for (unsigned int i = 0; i < w->count; i++)
		leave_if_asked(w, &w->nodes[i]);
	check_services(w);
}

static struct event *next(struct world *w, uint64_t until)
{
	guint best = w->events->len;
	for (guint i = 0; i < w->events->len; i++) {
		const struct event *e = g_ptr_array_index(w->events, i);
		const struct event *b = best < w->events->len ? g_ptr_array_index(w->events, best) : NULL;
		if (e->at <= until && (b == NULL || e->at < b->at || (e->at == b->at && e->order < b->order)))
			best = i;
	}
	return best < w->events->len ? g_ptr_array_remove_index_fast(w->events, best) : NULL;
}

bool world_run_until(struct world *w, bool (*done)(struct world *w, void *arg), void *arg, uint64_t ms)
{
	uint64_t until = w->now + ms * MS;
	for (struct event *e; (e = next(w, until)) != NULL; event_free(e)) {
		w->now = e->at > w->now ? e->at : w->now;
		happen(w, e);
		if (done != NULL && done(w, arg)) {
			event_free(e);
			return true;
		}
	}
	w->now = until;
	return done == NULL;
}

void world_run(struct world *w, uint64_t ms)
{
	(void)world_run_until(w, NULL, NULL, ms);
}

/* --- asking --- */

static bool is_answered(struct world *w, void *arg)
{
	return g_hash_table_contains(w->answers, arg);
}

static uint64_t ask(struct world *w, unsigned int node, const struct request *r)
{
	struct request own = *r;
	own.id = ++w->order;
	assert(w->nodes[node].controller != NULL);
	controller_request(w->nodes[node].controller, now_of(w), &own);
	return own.id;
}

int world_answer(const struct world *w, uint64_t id)
{
	return GPOINTER_TO_INT(g_hash_table_lookup(w->answers, &id)) - 1;
}

int world_request(struct world *w, unsigned int node, const struct request *r)
{
	uint64_t id = ask(w, node, r);
	if (!is_answered(w, &id))
		(void)world_run_until(w, is_answered, &id, 120000);
	return world_answer(w, id);
}

bool world_answers_after_drop(struct world *w, unsigned int node, uint64_t ms)
{
	uint64_t id = ++w->order;
	const struct request r = {.id = id, .kind = REQUEST_WAIT, .wait_ms = (int64_t)ms};
	controller_request(w->nodes[node].controller, now_of(w), &r);
	assert(!is_answered(w, &id));
	controller_drop(w->nodes[node].controller, id);
	return world_run_until(w, is_answered, &id, 2 * ms);
}

void world_lose_executor(struct world *w, unsigned int node, uint64_t ms)
{
	struct node_of_world *n = &w->nodes[node];
	controller_executor_lost(n->controller, now_of(w));
	world_run(w, ms);
	list_executor(w, n);
}

static struct request edit_of(const struct world *w, enum edit_kind kind, const char *scope, const char *body)
{
	struct request r = {.kind = REQUEST_CHANGE};
	r.change.edit = (struct edit){.kind = kind, .scope = scope, .body = body, .allow_create = true};
	r.change.by =
		(struct edit_author){.user = {.name = "root"}, .node = "n1", .client = "test", .when = now_of(w).wall};
	return r;
}

int world_edit(struct world *w, unsigned int node, enum edit_kind kind, const char *scope, const char *body)
{
	const struct request r = edit_of(w, kind, scope, body);
	return world_request(w, node, &r);
}

uint64_t world_ask_edit(struct world *w, unsigned int node, enum edit_kind kind, const char *scope, const char *body)
{
	const struct request r = edit_of(w, kind, scope, body);
	return ask(w, node, &r);
}

/* --- looking --- */

const struct controller *world_controller(const struct world *w, unsigned int node)
{
	return w->nodes[node].controller;
}

bool world_is_up(const struct world *w, unsigned int node)
{
	return w->nodes[node].up;
}

unsigned int world_where(const struct world *w, const char *rsc)
{
	unsigned int bits = 0;
	for (guint i = 0; i < w->services->len; i++) {
		const struct service *s = g_ptr_array_index(w->services, i);
		for (unsigned int n = 0; n < w->count && strcmp(s->rsc, rsc) == 0; n++)
			bits |= s->active[n] ? 1u << n : 0;
	}
	return bits;
}

bool world_is_promoted(const struct world *w, const char *rsc, unsigned int node)
{
	for (guint i = 0; i < w->services->len; i++) {
		const struct service *s = g_ptr_array_index(w->services, i);
		if (strcmp(s->rsc, rsc) == 0)
			return s->promoted[node];
	}
	return false;
}

void world_delay_ring(struct world *w, uint64_t ms)
{
	w->ring_late_ms = ms;
}

void world_break(struct world *w, const char *rsc, unsigned int node)
{
	struct service *s = service_of(w, rsc);
	s->active[node] = s->promoted[node] = false;
}

void world_slow(struct world *w, const char *rsc, const char *action, uint64_t ms)
{
	habit_of(w, rsc, action)->ms = ms;
}

void world_fail(struct world *w, const char *rsc, const char *action, int rc)
{
	habit_of(w, rsc, action)->rc = rc;
}

uint64_t world_now_ms(const struct world *w)
{
	return w->now / MS;
}

unsigned int world_runs(const struct world *w, const char *rsc, const char *action)
{
	for (guint i = 0; i < w->habits->len; i++) {
		const struct habit *h = g_ptr_array_index(w->habits, i);
		if (strcmp(h->rsc, rsc) == 0 && strcmp(h->action, action) == 0)
			return h->runs;
	}
	return 0;
}

int world_left(const struct world *w, unsigned int node)
{
	return w->nodes[node].left;
}

void world_fill_disk(struct world *w, unsigned int node, bool full)
{
	w->nodes[node].is_disk_full = full;
}

uint64_t world_disk_lineage(const struct world *w, unsigned int node)
{
	return w->nodes[node].lineage;
}

unsigned int world_stores(const struct world *w, unsigned int node)
{
	return w->nodes[node].stores;
}

void world_set_clock(struct world *w, int64_t seconds)
{
	w->wall_0_ns = (uint64_t)seconds * 1000000000u - w->now;
}

bool world_disk_has(const struct world *w, unsigned int node, const char *id)
{
	return w->nodes[node].disk != NULL && document_by_id(w->nodes[node].disk, id) != NULL;
}
