/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "controller/state-internal.h"
#include "transition/result.h"

#include <assert.h>
#include <string.h>

#define BOOTSTRAP      "cib-bootstrap-options"
#define INFRASTRUCTURE "corosync" /* what cluster-infrastructure says to tools; the engine is one */

struct composition {
	const struct cluster_state *s;
	const struct manager_view *v;
	struct document *d;
	struct attributes attributes;
	struct arena *arena;
	const struct nodelist_entry *nodes;
	uint32_t node_count;
	bool configuration_changed;
};

static bool same_name(const char *a, const char *b)
{
	return a != NULL && b != NULL && g_ascii_strcasecmp(a, b) == 0;
}

static const char *id_text(struct composition *c, node_id node)
{
	return arena_printf(c->arena, "%u", node.v);
}

static struct element *child(struct element *parent, cib_name name)
{
	struct element *e = element_first_named(parent, name);
	return e != NULL ? e : element_add(parent, name);
}

/* Sets an attribute of the configuration; what is so already is no change. */
static void configure(struct composition *c, struct element *e, cib_name name, const char *value)
{
	if (g_strcmp0(element_get(e, name), value) == 0)
		return;
	element_set(e, name, value);
	c->configuration_changed = true;
}

/* --- configuration --- */

static struct element *section(struct composition *c, cib_name name)
{
	return child(child(document_root(c->d), NAME_CONFIGURATION), name);
}

static struct element *config_node(struct composition *c, node_id node, const char *name)
{
	struct element *nodes = section(c, NAME_NODES);
	struct element *found = element_child_by_id(nodes, NAME_NODE, id_text(c, node));
	for (struct element *e = element_first_named(nodes, NAME_NODE); found == NULL && e != NULL;
	     e = element_next_named(e)) {
		if (same_name(element_get(e, NAME_UNAME), name))
			found = e;
	}
	if (found == NULL) {
		found = element_add(nodes, NAME_NODE);
		configure(c, found, NAME_ID, id_text(c, node));
	}
	configure(c, found, NAME_UNAME, name);
	return found;
}

static struct element *pair_named(const struct element *set, const char *name)
{
	for_each_named(pair, set, NAME_NVPAIR)
	{
		if (strcmp(element_get_or(pair, NAME_NAME, ""), name) == 0)
			return pair;
	}
	return NULL;
}

static void set_pair(struct composition *c, struct element *set, const char *name, const char *value)
{
	struct element *pair = pair_named(set, name);
	if (pair == NULL) {
		pair = element_add(set, NAME_NVPAIR);
		configure(c, pair, NAME_ID, arena_printf(c->arena, "%s-%s", element_id(set), name));
		configure(c, pair, NAME_NAME, name);
	}
	configure(c, pair, NAME_VALUE, value);
}

static void set_options(struct composition *c, const struct view_part *leader)
{
	struct element *all = section(c, NAME_CRM_CONFIG);
	struct element *set = element_child_by_id(all, NAME_CLUSTER_PROPERTY_SET, BOOTSTRAP);
	bool named = false;
	if (set == NULL) {
		set = element_add(all, NAME_CLUSTER_PROPERTY_SET);
		configure(c, set, NAME_ID, BOOTSTRAP);
	}
	set_pair(c, set, "dc-version", leader->release);
	set_pair(c, set, "cluster-infrastructure", INFRASTRUCTURE);
	for_each_named(any, all, NAME_CLUSTER_PROPERTY_SET) named |= pair_named(any, "cluster-name") != NULL;
	if (!named && c->s->cluster_name != NULL)
		set_pair(c, set, "cluster-name", c->s->cluster_name);
}

/* A member that has just come says whether it starts in standby (PCMK_node_start_state). */
static void set_start_state(struct composition *c, const struct view_part *p)
{
	bool standby = same_name(p->start_state, "standby"), online = same_name(p->start_state, "online");
	if (p->joined != 0 || (!standby && !online))
		return;
	struct element *node = config_node(c, p->member.node, p->name), *set = NULL;
	for (struct element *e = element_first_named(node, NAME_INSTANCE_ATTRIBUTES); e != NULL && set == NULL;
	     e = element_next_named(e)) {
		if (pair_named(e, "standby") != NULL)
			set = e;
	}
	if (set == NULL)
		set = child(node, NAME_INSTANCE_ATTRIBUTES);
	if (element_id(set) == NULL)
		configure(c, set, NAME_ID, arena_printf(c->arena, "nodes-%s", element_id(node)));
	set_pair(c, set, "standby", standby ? "on" : "off");
}

/* --- status --- */

static struct element *state_of(struct composition *c, node_id node, const char *name)
{
	struct element *found = state_node(c->d, name);
	return found != NULL ? found : element_child_by_id(state_status(c->d), NAME_NODE_STATE, id_text(c, node));
}

/* Of a node that was shut down and is back only its locks are known. */
static void keep_locks(struct composition *c, struct element *now, struct element *before)
{
	const struct element *lrm;
	if (before == NULL)
		return;
	node_forget_unlocked(before);
	lrm = element_first_named(before, NAME_LRM);
	if (lrm != NULL)
		element_append(now, element_copy(c->d, lrm));
}

static struct element *resources_of(const struct element *state)
{
	return element_first_named(element_first_named(state, NAME_LRM), NAME_LRM_RESOURCES);
}

static void carry_resource(const struct composition *c, struct element *now, const struct element *before)
{
	int last = result_last_call(now);
	for_each_named(e, before, NAME_LRM_RSC_OP)
	{
		struct element *old = element_child_by_id(now, NAME_LRM_RSC_OP, element_id(e));
		if (element_get_int(e, NAME_CALL_ID, 0) <= last)
			continue;
		element_insert(now, element_copy(c->d, e), old);
		if (old != NULL)
			element_remove(old);
	}
}

/* A manager that was killed had not kept what it was ordered to do just before, nor what came of it, though its
 * executor may be doing it: all others heard of that. */
static void carry_over(const struct composition *c, const struct element *now, const struct element *before)
{
	struct element *all = resources_of(now);
	for_each_named(r, resources_of(before), NAME_LRM_RESOURCE)
	{
		struct element *same = element_child_by_id(all, NAME_LRM_RESOURCE, element_id(r));
		if (same != NULL)
			carry_resource(c, same, r);
		else if (all != NULL)
			element_append(all, element_copy(c->d, r));
	}
}

/* "true", or the time since when, as Pacemaker 3 writes it; "online" likewise. */
static bool is_online(const struct element *state)
{
	const char *in_ccm = element_get_or(state, NAME_IN_CCM, "0"), *crmd = element_get_or(state, NAME_CRMD, "0");
	bool in_ring = same_name(in_ccm, "true") || g_ascii_strtoll(in_ccm, NULL, 10) > 0;
	return in_ring || same_name(crmd, "online") || g_ascii_strtoll(crmd, NULL, 10) > 0;
}

static void take_statement(struct composition *c, const struct view_part *p, struct element *now)
{
	struct document *stated = NULL;
	if (p->history == NULL || document_parse(p->history, strlen(p->history), "statement", &stated, NULL) != ERR_OK)
		return; /* it knows nothing: everything is probed there */
	for_each_child(e, document_root(stated))
	{
		if (e->name == NAME_LRM || e->name == NAME_TRANSIENT_ATTRIBUTES)
			element_append(now, element_copy(c->d, e));
		else if (strcmp(element_tag(e), HELD_ATTRIBUTES) == 0)
			attributes_merge(&c->attributes, e);
	}
	document_free(stated);
}

/* What a statement says is what is: it takes the place of what the leader knew. But a manager that has just come, on a
 * node that was not lost, may know less than that of the one before it. */
static void place_member(struct composition *c, const struct view_part *p)
{
	struct element *old = state_of(c, p->member.node, p->name);
	struct element *now = element_new(c->d, NAME_NODE_STATE);
	element_set(now, NAME_ID, id_text(c, p->member.node));
	element_set(now, NAME_UNAME, p->name);
	status_node_set_online(now, true, "agreement");
	element_insert(state_status(c->d), now, old);
	if (p->history == NULL)
		keep_locks(c, now, old);
	attributes_forget_node(&c->attributes, p->name);
	take_statement(c, p, now);
	if (old != NULL && p->joined == 0 && is_online(old))
		carry_over(c, now, old);
	if (old != NULL)
		element_remove(old);
}

static bool is_member(const struct composition *c, const struct element *state)
{
	return view_part_by_name(c->v, element_get_or(state, NAME_UNAME, "")) != NULL;
}

/* Its machine is in the ring: the manager may be back in a moment, and the leader sees to it if it is not. */
static bool is_waited_for(const struct composition *c, const struct element *state)
{
	for (uint32_t i = 0; i < c->node_count; i++) {
		if (c->nodes[i].in_ring && same_name(c->nodes[i].name, element_get(state, NAME_UNAME)))
			return true;
	}
	return false;
}

static void place_absent(struct composition *c)
{
	for_each_named(state, state_status(c->d), NAME_NODE_STATE)
	{
		if (is_member(c, state) || state_node_is_remote(state) || is_waited_for(c, state) || !is_online(state))
			continue;
		node_lose(state);
		attributes_forget_node(&c->attributes, element_get_or(state, NAME_UNAME, ""));
	}
}

static void take_leaders_status(struct composition *c)
{
	struct element *root = document_root(c->d), *old;
	const struct element *status = document_section(c->s->document, NAME_STATUS);
	while ((old = element_first_named(root, NAME_STATUS)) != NULL)
		element_remove(old);
	if (status != NULL)
		element_append(root, element_copy(c->d, status));
	else
		element_add(root, NAME_STATUS);
}

/* --- all together --- */

/* No version shall mean two configurations: one that counts less although its version is higher is overtaken. */
static int64_t next_epoch(const struct composition *c, struct cib_version version)
{
	int64_t epoch = c->configuration_changed ? cib_version_next(version.epoch) : version.epoch;
	const struct view_part *winner = view_part_by_id(c->v, c->v->winner);
	for (uint32_t i = 0; i < c->v->part_count; i++) {
		struct cib_version other = c->v->parts[i].version;
		bool overtakes = other.epoch > version.epoch ||
				 (other.epoch == version.epoch && strcmp(c->v->parts[i].digest, winner->digest) != 0);
		if (other.admin_epoch == version.admin_epoch && overtakes)
			epoch = MAX(epoch, cib_version_next(other.epoch));
	}
	return epoch;
}

static void set_root(struct composition *c, const struct view_part *leader)
{
	struct element *root = document_root(c->d);
	struct cib_version version = cib_version_of(root), own = cib_version_of(document_root(c->s->document));
	element_set(root, NAME_CRM_FEATURE_SET, leader->feature_set);
	element_set(root, NAME_HAVE_QUORUM, leader->quorate ? "1" : "0");
	element_set(root, NAME_DC_UUID, id_text(c, leader->member.node));
	element_set_int(root, NAME_ADMIN_EPOCH, version.admin_epoch);
	int64_t epoch = next_epoch(c, version);
	element_set_int(root, NAME_EPOCH, epoch);
	element_set_int(root, NAME_NUM_UPDATES,
			epoch != version.epoch ? 0 : cib_version_next(MAX(version.num_updates, own.num_updates)));
}

static void copy_attributes(struct attributes *to, const struct attributes *from)
{
	GString *text = g_string_new(NULL);
	attributes_print(from, NULL, text);
	attributes_init(to);
	enum err e = attributes_parse(to, text->str, NULL);
	assert(e == ERR_OK); /* what is held came in messages, and can stand in XML */
	(void)g_string_free(text, TRUE);
}

static const char *taken(struct arena *arena, GString *text)
{
	const char *copy = arena_string_n(arena, text->str, text->len);
	(void)g_string_free(text, TRUE);
	return copy;
}

static void set_texts(struct composition *c, struct agreement *ret)
{
	GString *document = g_string_new(NULL), *attributes = g_string_new(NULL), *fences = g_string_new(NULL);
	element_print_flat(document_root(c->d), document);
	attributes_print(&c->attributes, NULL, attributes);
	fences_print(c->s, fences);
	ret->document = taken(c->arena, document);
	ret->attributes = taken(c->arena, attributes);
	ret->fences = taken(c->arena, fences);
}

void cluster_state_compose(const struct cluster_state *r, const struct manager_view *v,
			   const struct document *configuration, const struct nodelist_entry *nodes,
			   uint32_t node_count, struct arena *arena, struct agreement *ret)
{
	struct composition c = {.s = r, .v = v, .arena = arena, .nodes = nodes, .node_count = node_count};
	const struct view_part *leader = view_part_by_id(v, v->leader);
	assert(leader != NULL);
	c.d = document_clone(configuration);
	copy_attributes(&c.attributes, &r->attributes);
	take_leaders_status(&c);
	for (uint32_t i = 0; i < node_count; i++)
		(void)config_node(&c, nodes[i].node, nodes[i].name);
	set_options(&c, leader);
	*ret = (struct agreement){.leader = v->leader, .part_count = v->part_count};
	for (uint32_t i = 0; i < v->part_count; i++) {
		const struct view_part *p = &v->parts[i];
		(void)config_node(&c, p->member.node, p->name);
		set_start_state(&c, p);
		place_member(&c, p);
		ret->parts[i].member = p->member;
		ret->parts[i].serial = p->serial;
		ret->parts[i].joined = p->joined;
	}
	place_absent(&c);
	set_root(&c, leader);
	set_texts(&c, ret);
	attributes_fini(&c.attributes);
	document_free(c.d);
}

/* --- and taken over --- */

static void take_fences(struct cluster_state *s, const struct document *d)
{
	cib_name device = document_known_name(d, "device"), member = document_known_name(d, "member");
	cib_name why = document_known_name(d, "why"), when = document_known_name(d, "when");
	g_ptr_array_set_size(s->fences, 0);
	for (const struct element *e = element_first(document_root(d)); e != NULL; e = element_next(e)) {
		if (element_get(e, NAME_TARGET) == NULL || s->fences->len >= FENCE_RECORDS_MAX)
			continue;
		struct fence_record *f = g_new0(struct fence_record, 1);
		f->target = g_strdup(element_get(e, NAME_TARGET));
		f->device = g_strdup(element_get(e, device));
		f->member = g_strdup(element_get(e, member));
		f->client = g_strdup(element_get(e, NAME_CLIENT));
		f->why = g_strdup(element_get(e, why));
		f->action = (uint8_t)g_ascii_strtoull(element_get_or(e, NAME_ACTION, "0"), NULL, 10);
		f->when.ns = g_ascii_strtoull(element_get_or(e, when, "0"), NULL, 10);
		g_ptr_array_add(s->fences, f);
	}
}

void cluster_state_take_rest(struct cluster_state *s, const struct agreement *a)
{
	struct document *d;
	if (attributes_parse(&s->attributes, a->attributes, NULL) != ERR_OK) {
		attributes_fini(&s->attributes);
		attributes_init(&s->attributes);
	}
	g_ptr_array_set_size(s->fences, 0);
	g_ptr_array_set_size(s->fencing, 0);
	if (document_parse(a->fences, strlen(a->fences), "record of fencing", &d, NULL) != ERR_OK)
		return;
	take_fences(s, d);
	document_free(d);
}
