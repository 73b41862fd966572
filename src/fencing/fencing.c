/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fencing/fencing-private.h"

#include <assert.h>
#include <string.h>

/* --- life --- */

static void agent_free(gpointer p)
{
	struct known_agent *k = p;
	g_free(k->type);
	g_ptr_array_unref(k->asked);
	g_free(k);
}

static void known_free(gpointer p)
{
	struct known_device *k = p;
	g_free(k->id);
	g_free(k->fingerprint);
	g_free(k->list);
	g_free(k);
}

static void success_free(gpointer p)
{
	struct fence_success *s = p;
	g_free(s->target);
	g_free(s);
}

struct fencing *fencing_new(const struct fencing_ops *ops, uint64_t last_run)
{
	struct fencing *f = g_new0(struct fencing, 1);
	f->ops = *ops;
	f->last_run = last_run;
	f->members = g_ptr_array_new_with_free_func(g_free);
	f->agents = g_ptr_array_new_with_free_func(agent_free);
	f->known = g_ptr_array_new_with_free_func(known_free);
	f->requests = g_ptr_array_new_with_free_func(pending_free);
	f->runs = g_ptr_array_new_with_free_func(running_free);
	f->successes = g_ptr_array_new_with_free_func(success_free);
	f->others = g_ptr_array_new_with_free_func(other_run_free);
	return f;
}

void fencing_free(struct fencing *f)
{
	if (f == NULL)
		return;
	g_ptr_array_unref(f->runs);
	g_ptr_array_unref(f->requests);
	g_ptr_array_unref(f->successes);
	g_ptr_array_unref(f->others);
	g_ptr_array_unref(f->known);
	g_ptr_array_unref(f->agents);
	g_ptr_array_unref(f->members);
	g_free(f->version);
	arena_fini(&f->arena);
	g_free(f);
}

/* --- moving on --- */

static void earlier(mono_time *at, mono_time t)
{
	if (mono_time_is_set(t) && (!mono_time_is_set(*at) || mono_time_before(t, *at)))
		*at = t;
}

static void set_timer(struct fencing *f)
{
	mono_time at = {0};
	for (guint i = 0; i < f->requests->len; i++) {
		const struct fence_pending *r = g_ptr_array_index(f->requests, i);
		if (r->verdict != FENCE_OPEN)
			earlier(&at, f->now);
		else if (r->wait != WAIT_NOTHING)
			earlier(&at, mono_time_is_set(r->due) ? r->due : r->patience);
	}
	for (guint i = 0; i < f->runs->len; i++)
		earlier(&at, ((const struct running *)g_ptr_array_index(f->runs, i))->deadline);
	f->ops.timer(f->ops.host, at);
}

/* Requests go on in the order in which they came. */
static void step_all(struct fencing *f)
{
	for (guint i = 0; i < f->requests->len; i++) {
		struct fence_pending *r = g_ptr_array_index(f->requests, i);
		while (pending_step(f, r))
			;
	}
}

static void tell_end(const struct fencing *f, const struct fence_pending *r, const struct fence_pending *by)
{
	bool failed = by->verdict == FENCE_FAILED;
	const char *why = by->why->len > 0 ? by->why->str : "nothing could be done";
	f->ops.ended(f->ops.host, &r->asked, failed ? why : NULL, failed ? NULL : by->by_device,
		     failed ? NULL : by->by_member);
}

/* What still runs for it is heard to its end and counts for the action limit, but for nothing else. */
static void detach_run(struct fence_pending *r)
{
	if (r->run != NULL)
		r->run->request = NULL;
	r->run = NULL;
}

static void end_one(struct fencing *f, guint index)
{
	struct fence_pending *r = g_ptr_array_steal_index(f->requests, index);
	detach_run(r);
	if (r->verdict == FENCE_SUCCEEDED)
		fencing_remember(f, f->now, r->asked.target, r->asked.action);
	tell_end(f, r, r);
	for (guint i = 0; i < f->requests->len;) {
		struct fence_pending *other = g_ptr_array_index(f->requests, i);
		if (other->joined != r) {
			i++;
			continue;
		}
		tell_end(f, other, r);
		(void)g_ptr_array_remove_index(f->requests, i);
	}
	pending_free(r);
}

static void end_all(struct fencing *f)
{
	for (guint i = 0; i < f->requests->len;) {
		const struct fence_pending *r = g_ptr_array_index(f->requests, i);
		if (r->verdict == FENCE_OPEN) {
			i++;
		} else {
			end_one(f, i);
			i = 0;
		}
	}
}

static void settle(struct fencing *f)
{
	step_all(f);
	end_all(f);
	step_all(f); /* a place below a device's limit may have become free */
	set_timer(f);
	fencing_check(f);
}

/* --- what is configured --- */

const struct fence_device *fencing_device(const struct fencing *f, const char *id)
{
	for (uint32_t i = 0; i < f->device_count; i++)
		if (strcmp(f->devices[i].id, id) == 0)
			return &f->devices[i];
	return NULL;
}

bool fencing_has_member(const struct fencing *f, const char *name)
{
	return fence_names_have(f->members, name);
}

static char *fingerprint_of(const struct fence_device *dev)
{
	GString *text = g_string_new(dev->type);
	for (uint32_t i = 0; i < dev->parameters->count; i++) {
		const struct table_entry *p = &dev->parameters->entries[i];
		g_string_append_printf(text, "\n%s=%s", p->name, p->value != NULL ? p->value : "");
	}
	return g_string_free(text, FALSE);
}

/* What asks for another device's list is of no use. */
static void forget_listing(struct fencing *f, const char *id)
{
	for (guint i = 0; i < f->runs->len;) {
		const struct running *run = g_ptr_array_index(f->runs, i);
		if (run->purpose == RUN_LIST && strcmp(run->device, id) == 0)
			(void)g_ptr_array_remove_index(f->runs, i);
		else
			i++;
	}
}

/* What a device said stays known while its parameters stay the same. */
static void keep_known(struct fencing *f)
{
	GPtrArray *kept = g_ptr_array_new_with_free_func(known_free);
	for (uint32_t i = 0; i < f->device_count; i++) {
		const char *id = f->devices[i].id;
		char *fingerprint = fingerprint_of(&f->devices[i]);
		struct known_device *old = device_known(f, id);
		guint index;
		if (old != NULL && strcmp(old->fingerprint, fingerprint) == 0) {
			if (g_ptr_array_find(f->known, old, &index))
				g_ptr_array_add(kept, g_ptr_array_steal_index(f->known, index));
			g_free(fingerprint);
			continue;
		}
		forget_listing(f, id);
		struct known_device *k = g_new0(struct known_device, 1);
		k->id = g_strdup(id);
		k->fingerprint = fingerprint;
		g_ptr_array_add(kept, k);
	}
	g_ptr_array_unref(f->known);
	f->known = kept;
}

static char *version_of(const struct document *d)
{
	const struct element *root = document_root(d);
	return g_strdup_printf("%s.%s", element_get_or(root, NAME_ADMIN_EPOCH, ""),
			       element_get_or(root, NAME_EPOCH, ""));
}

static void read_devices(struct fencing *f, int64_t now_s)
{
	char *version = version_of(f->document);
	bool same = f->is_read && fence_text_is(version, f->version) && now_s >= f->read_s &&
		    now_s - f->read_s < CONFIGURATION_AGE_S;
	g_free(f->version);
	f->version = version;
	if (same)
		return;
	arena_fini(&f->arena);
	f->devices = fence_devices_read(f->document, now_s, &f->arena, &f->device_count);
	f->is_read = true;
	f->read_s = now_s;
	keep_known(f);
}

static GPtrArray *names_copy(const char *const *names, uint32_t count)
{
	GPtrArray *copy = g_ptr_array_new_with_free_func(g_free);
	for (uint32_t i = 0; i < count; i++)
		g_ptr_array_add(copy, g_strdup(names[i]));
	return copy;
}

/* Rule 6. */
static void member_left(struct fencing *f, const char *member)
{
	for (guint i = 0; i < f->runs->len;) {
		struct running *run = g_ptr_array_index(f->runs, i);
		if (fence_node_is(run->member, member)) {
			run_ended(f, run, FENCE_RC_NOT_RUN, NULL, "the member that ran it has left");
			i = 0;
		} else {
			i++;
		}
	}
	for (guint i = 0; i < f->requests->len; i++)
		pending_member_left(f, g_ptr_array_index(f->requests, i), member);
}

static void set_members(struct fencing *f, const char *const *members, uint32_t count)
{
	GPtrArray *old = f->members;
	f->members = names_copy(members, count);
	for (guint i = 0; i < old->len; i++)
		if (!fencing_has_member(f, g_ptr_array_index(old, i)))
			member_left(f, g_ptr_array_index(old, i));
	g_ptr_array_unref(old);
}

void fencing_configure(struct fencing *f, mono_time now, struct document *d, int64_t now_s, const char *const *members,
		       uint32_t member_count, int64_t watchdog_timeout_ms)
{
	f->now = now;
	f->document = d;
	f->watchdog_ms = watchdog_timeout_ms;
	read_devices(f, now_s);
	set_members(f, members, member_count);
	for (uint32_t i = 0; i < f->device_count; i++)
		if (!f->devices[i].is_watchdog)
			(void)agent_facts(f, &f->devices[i]);
	settle(f);
}

bool fencing_learn_agent(struct fencing *f, mono_time now, const char *type, const char *metadata)
{
	struct fence_agent facts;
	f->now = now;
	if (fence_agent_parse(metadata, &facts, NULL) != ERR_OK)
		return false;
	struct known_agent *k = agent_known(f, type);
	k->facts = facts;
	k->state = AGENT_KNOWN;
	settle(f);
	return true;
}

/* --- requests --- */

static struct fence_success *success_of(const struct fencing *f, const char *target, enum fence_action action)
{
	for (guint i = 0; i < f->successes->len; i++) {
		struct fence_success *s = g_ptr_array_index(f->successes, i);
		if (s->action == action && fence_node_is(s->target, target))
			return s;
	}
	return NULL;
}

void fencing_remember(struct fencing *f, mono_time when, const char *target, enum fence_action action)
{
	struct fence_success *s = success_of(f, target, action);
	if (s == NULL) {
		s = g_new0(struct fence_success, 1);
		s->target = g_strdup(target);
		s->action = action;
		g_ptr_array_add(f->successes, s);
	}
	s->when = when;
}

static struct fence_pending *find_same(const struct fencing *f, const struct fence_request *r)
{
	for (guint i = 0; i < f->requests->len; i++) {
		struct fence_pending *other = g_ptr_array_index(f->requests, i);
		if (other->joined == NULL && other->verdict == FENCE_OPEN && other->asked.action == r->action &&
		    fence_node_is(other->asked.target, r->target))
			return other;
	}
	return NULL;
}

static bool is_tolerated(const struct fencing *f, const struct fence_request *r)
{
	const struct fence_success *s = success_of(f, r->target, r->action);
	return s != NULL && r->tolerance_ms > 0 && mono_time_since_ms(f->now, s->when) < (uint64_t)r->tolerance_ms;
}

void fencing_begin(struct fencing *f, mono_time now, const struct fence_request *asked)
{
	f->now = now;
	assert(asked->id != 0);
	assert(asked->action == FENCE_OFF || asked->action == FENCE_ON || asked->action == FENCE_REBOOT);
	struct fence_pending *r = pending_new(asked);
	r->joined = find_same(f, asked);
	g_ptr_array_add(f->requests, r);
	if (is_tolerated(f, asked)) {
		r->joined = NULL;
		pending_succeed(r, NULL, NULL);
	} else if (r->joined == NULL) {
		pending_plan(f, r);
	}
	step_all(f);
	set_timer(f);
	fencing_check(f);
}

void fencing_confirm(struct fencing *f, mono_time now, const char *target)
{
	f->now = now;
	for (guint i = 0; i < f->requests->len; i++) {
		struct fence_pending *r = g_ptr_array_index(f->requests, i);
		if (r->joined == NULL && r->verdict != FENCE_SUCCEEDED && r->asked.action != FENCE_ON &&
		    fence_node_is(r->asked.target, target)) {
			detach_run(r);
			pending_succeed(r, "manual", NULL);
		}
	}
	settle(f);
}

void fencing_ran(struct fencing *f, mono_time now, uint64_t id, int rc, const char *output, const char *reason)
{
	struct running *run = run_find(f, id);
	f->now = now;
	if (run == NULL) {
		run_other_ended(f, id, rc);
		return;
	}
	run_ended(f, run, rc, output, reason);
	settle(f);
}

void fencing_resend(struct fencing *f, mono_time now)
{
	f->now = now;
	fencing_unlearn_runs(f);
	for (guint i = 0; i < f->runs->len; i++) {
		const struct running *run = g_ptr_array_index(f->runs, i);
		const struct fence_device *dev = fencing_device(f, run->device);
		if (run->target != NULL && run->request == NULL)
			continue; /* whose request has ended: its node may be coming back */
		if (dev != NULL && strcmp(dev->type, run->type) == 0)
			run_tell(f, run, dev);
	}
}

void fencing_tick(struct fencing *f, mono_time now)
{
	f->now = now;
	for (guint i = 0; i < f->runs->len;) {
		struct running *run = g_ptr_array_index(f->runs, i);
		if (mono_time_before(now, run->deadline)) {
			i++;
		} else {
			run_ended(f, run, FENCE_RC_TIMEOUT, NULL, "its member did not say how it ended");
			i = 0;
		}
	}
	for (guint i = 0; i < f->requests->len; i++) {
		struct fence_pending *r = g_ptr_array_index(f->requests, i);
		if (r->joined == NULL && r->verdict == FENCE_OPEN)
			pending_due(f, r);
	}
	settle(f);
}

bool fencing_is_busy(const struct fencing *f)
{
	return f->requests->len > 0;
}

/* --- what can be done --- */

static bool device_covers(const struct fencing *f, const struct fence_device *dev, const char *node)
{
	struct arena a = {0};
	const struct known_device *k = device_known(f, dev->id);
	const char *name = fence_device_target(dev, node, &a);
	bool covers = name != NULL;
	if (covers && dev->host_check == HOST_CHECK_DYNAMIC && k != NULL && k->list != NULL)
		covers = fence_list_has(k->list, name);
	if (dev->is_watchdog)
		covers = covers && f->watchdog_ms > 0;
	arena_fini(&a);
	return covers;
}

static bool level_covers(const struct fencing *f, const struct fence_level *level, const char *node)
{
	for (uint32_t i = 0; i < level->count; i++) {
		const struct fence_device *dev = fencing_device(f, level->devices[i]);
		bool watchdog = strcmp(level->devices[i], FENCE_WATCHDOG_ID) == 0 && f->watchdog_ms > 0;
		if (!watchdog && (dev == NULL || !device_covers(f, dev, node)))
			return false;
	}
	return true;
}

bool fencing_covers(const struct fencing *f, const char *node)
{
	struct arena a = {0};
	uint32_t count = 0;
	const struct fence_level *levels = NULL;
	bool covers = f->watchdog_ms > 0;
	if (f->document != NULL)
		levels = fence_levels_read(f->document, node, NULL, &a, &count);
	for (uint32_t i = 0; i < count; i++)
		covers = covers || level_covers(f, &levels[i], node);
	for (uint32_t i = 0; i < f->device_count && count == 0; i++)
		covers = covers || device_covers(f, &f->devices[i], node);
	arena_fini(&a);
	return covers;
}

bool fencing_has_delays(const struct fencing *f)
{
	for (uint32_t i = 0; i < f->device_count; i++)
		if (fence_device_has_delay(&f->devices[i]))
			return true;
	return false;
}
