/* SPDX-License-Identifier: GPL-2.0-or-later */
/* After a membership change every node lists its processes. When all have
 * spoken, processes of lost nodes go (DOWN), listed ones that were unknown come
 * (UP), and known ones that their node did not list go (ZOMBIES).
 *
 * What was listed is kept in the groups themselves: a process that is listed
 * and not present is invisible to clients until UP. Lists that are left over
 * from a synchronisation that did not finish are forgotten at the next one.
 */
#include "service/cpg-internal.h"

enum { DOWNLIST_SIZE = 1568, JOINLIST_HEAD = 24, JOINLIST_ENTRY = 8 + CPG_NAME_SIZE, JOINLIST_ENTRIES_MAX = 1024 };

static_assert(JOINLIST_HEAD + JOINLIST_ENTRIES_MAX * JOINLIST_ENTRY <= SERVICE_SCRATCH, "a joinlist fits the scratch");

/* Calls visit for each process of all groups, with room for visit to remove that process. */
typedef void visit_fn(struct cpg *c, struct cpg_group *g, struct cpg_process *p);

static void visit_all(struct cpg *c, visit_fn *visit)
{
	for (uint32_t i = 0; i < c->group_count;) {
		struct cpg_group *g = c->groups[i];

		for (struct cpg_process *p = g->first, *next; p != NULL; p = next) {
			next = p->next;
			visit(c, g, p);
		}
		if (!cpg_group_tidy(c, g))
			i++;
	}
}

static void unlist(struct cpg *c, struct cpg_group *g, struct cpg_process *p)
{
	p->listed = false;
	if (!p->present)
		cpg_process_remove(c, g, p);
}

/* Who was lost in any ring since the last activation is lost, even if the rings
 * between were too short to finish a synchronisation.
 */
void cpg_sync_init(struct cpg *c, const struct view *view)
{
	visit_all(c, unlist);
	node_list_intersect(&c->kept, &view->trans, &c->kept);
	c->syncing = true;
}

void cpg_sync_abort(struct cpg *c)
{
	visit_all(c, unlist);
	c->syncing = false;
}

static void multicast_downlist(struct cpg *c, struct service_effects *fx)
{
	struct writer w = service_scratch(fx, DOWNLIST_SIZE);
	struct node_list left;

	node_list_subtract(&c->active, &c->kept, &left);
	service_message_head(&w, SERVICE_CPG, CPG_DOWNLIST);
	write_u64(&w, c->active.count);
	write_u64(&w, left.count);
	for (uint32_t i = 0; i < left.count; i++)
		write_u32(&w, left.ids[i].v);
	write_pad_to(&w, DOWNLIST_SIZE);
	service_multicast(fx, &w, (struct bytes){0});
}

static void joinlist_begin(struct service_effects *fx, struct writer *ret)
{
	*ret = service_scratch(fx, JOINLIST_HEAD + JOINLIST_ENTRIES_MAX * JOINLIST_ENTRY);
	service_message_head(ret, SERVICE_CPG, CPG_JOINLIST);
	write_zero(ret, JOINLIST_HEAD - 16);
}

static void multicast_joinlists(struct cpg *c, struct service_effects *fx)
{
	uint32_t entries = 0;
	struct writer w;

	joinlist_begin(fx, &w);
	for (uint32_t i = 0; i < c->group_count; i++) {
		const struct cpg_group *g = c->groups[i];

		for (const struct cpg_process *p = g->first; p != NULL; p = p->next) {
			if (!node_id_eq(p->node, c->self) || !p->present)
				continue;
			if (entries == JOINLIST_ENTRIES_MAX) {
				service_multicast(fx, &w, (struct bytes){0});
				joinlist_begin(fx, &w);
				entries = 0;
			}
			write_u64(&w, p->pid);
			write_bytes(&w, &g->name, CPG_NAME_SIZE);
			entries++;
		}
	}
	if (entries > 0)
		service_multicast(fx, &w, (struct bytes){0});
}

void cpg_sync_process(struct cpg *c, struct service_effects *fx)
{
	multicast_downlist(c, fx);
	multicast_joinlists(c, fx);
}

static bool entry_read(struct reader *r, uint32_t *ret_pid, struct cpg_name *ret_name)
{
	*ret_pid = read_u32(r);
	read_skip(r, 4);
	return cpg_name_read(r, ret_name);
}

static bool joinlist_valid(struct bytes message)
{
	struct reader r = reader_of(message);
	struct cpg_name name;
	uint32_t pid;

	read_seek(&r, JOINLIST_HEAD);
	while (reader_left(&r) > 0) {
		if (!entry_read(&r, &pid, &name))
			return false;
	}
	return !r.failed;
}

static bool list_process(struct cpg *c, node_id from, uint32_t pid, const struct cpg_name *name)
{
	struct cpg_group *g = cpg_group_get(c, name);
	struct cpg_process *p;

	if (g == NULL)
		return false;
	p = cpg_process_find(g, from, pid);
	if (p == NULL)
		p = cpg_process_add(c, g, from, pid);
	if (p == NULL) {
		(void)cpg_group_tidy(c, g);
		return false;
	}
	p->listed = true;
	return true;
}

void cpg_sync_joinlist(struct cpg *c, const struct service_event *ev, struct service_effects *fx)
{
	struct reader r = reader_of(ev->message);
	struct cpg_name name;
	uint32_t pid, lost = 0;

	if (!joinlist_valid(ev->message)) {
		cpg_complain(c, fx, ev->from, "a malformed list of its processes");
		return;
	}
	if (!c->syncing || node_id_eq(ev->from, c->self))
		return;
	read_seek(&r, JOINLIST_HEAD);
	while (reader_left(&r) > 0 && entry_read(&r, &pid, &name)) {
		if (!list_process(c, ev->from, pid, &name))
			lost++;
	}
	if (lost > 0)
		service_log(fx, MSG_CPG_TABLE_FULL, "no room for %u processes of node %u beside %u others", lost,
			    ev->from.v, c->process_count);
}

static void add_change(struct cpg_changes *changes, const struct cpg_process *p, enum cpg_reason reason)
{
	changes->items[changes->count++] = (struct cpg_change){.node = p->node, .pid = p->pid, .reason = reason};
}

/* A lost node that is back already has listed its new processes: they stay, out of sight, for group_up. */
static void group_down(struct cpg *c, struct service_effects *fx, struct cpg_group *g, const struct node_list *lost)
{
	struct cpg_changes left = {0};

	for (struct cpg_process *p = g->first, *next; p != NULL; p = next) {
		next = p->next;
		if (!p->present || node_id_eq(p->node, c->self) || !node_list_has(lost, p->node))
			continue;
		add_change(&left, p, CPG_REASON_NODEDOWN);
		if (p->listed)
			cpg_process_hide(g, p);
		else
			cpg_process_remove(c, g, p);
		if (left.count == CPG_EVENT_LIST_MAX) {
			cpg_send_change(c, fx, g, &left, NULL);
			left.count = 0;
		}
	}
	if (left.count > 0)
		cpg_send_change(c, fx, g, &left, NULL);
}

static void group_up(struct cpg *c, struct service_effects *fx, struct cpg_group *g, const struct node_list *members)
{
	struct cpg_changes joined = {0};

	for (struct cpg_process *p = g->first, *next; p != NULL; p = next) {
		next = p->next;
		if (p->present)
			continue;
		if (!node_list_has(members, p->node)) {
			cpg_process_remove(c, g, p);
			continue;
		}
		cpg_process_show(g, p);
		add_change(&joined, p, CPG_REASON_NODEUP);
		if (joined.count == CPG_EVENT_LIST_MAX) {
			cpg_send_change(c, fx, g, NULL, &joined);
			joined.count = 0;
		}
	}
	if (joined.count > 0)
		cpg_send_change(c, fx, g, NULL, &joined);
}

static void group_zombies(struct cpg *c, struct service_effects *fx, struct cpg_group *g)
{
	for (struct cpg_process *p = g->first, *next; p != NULL; p = next) {
		struct cpg_change left = {.node = p->node, .pid = p->pid, .reason = CPG_REASON_PROCDOWN};

		next = p->next;
		if (p->listed || node_id_eq(p->node, c->self))
			continue;
		cpg_process_remove(c, g, p);
		cpg_send_one_left(c, fx, g, left);
	}
}

/* Groups are in order of their names, so all nodes report in the same order. */
void cpg_sync_activate(struct cpg *c, const struct view *view, struct service_effects *fx)
{
	struct node_list lost;

	node_list_subtract(&c->active, &c->kept, &lost);
	c->active = view->members;
	c->kept = view->members;
	c->ring = view->ring;
	c->complained = false;
	for (uint32_t i = 0; i < c->group_count; i++)
		group_down(c, fx, c->groups[i], &lost);
	for (uint32_t i = 0; i < c->group_count; i++)
		group_up(c, fx, c->groups[i], &view->members);
	for (uint32_t i = 0; i < c->group_count; i++)
		group_zombies(c, fx, c->groups[i]);
	visit_all(c, unlist);
	c->syncing = false;
	cpg_send_ring(c, fx);
}
