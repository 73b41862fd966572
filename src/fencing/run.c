/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs of agents: which member does them, what they are given, how they end. */
#include "fencing/fencing-private.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

bool fence_text_is(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

bool fence_node_is(const char *a, const char *b)
{
	return a != NULL && b != NULL && g_ascii_strcasecmp(a, b) == 0;
}

bool fence_names_have(const GPtrArray *names, const char *name)
{
	for (guint i = 0; i < names->len; i++)
		if (fence_node_is(g_ptr_array_index(names, i), name))
			return true;
	return false;
}

/* --- where --- */

/* The latest that is known of the device there says that it is watched, and so works. */
static bool is_monitored_at(const struct fencing *f, const char *member, const char *device)
{
	const struct element *latest = NULL;
	int latest_call = 0;
	for_each_named(state, document_section(f->document, NAME_STATUS), NAME_NODE_STATE)
	{
		if (!fence_node_is(element_get(state, NAME_UNAME), member))
			continue;
		const struct element *lrm = element_first_named(state, NAME_LRM);
		const struct element *all = element_first_named(lrm, NAME_LRM_RESOURCES);
		const struct element *rsc = element_child_by_id(all, NAME_LRM_RESOURCE, device);
		for_each_named(op, rsc, NAME_LRM_RSC_OP)
		{
			int call = atoi(element_get_or(op, NAME_CALL_ID, "0"));
			if (call >= latest_call) {
				latest = op;
				latest_call = call;
			}
		}
	}
	if (latest == NULL || !fence_text_is(element_get(latest, NAME_RC_CODE), "0"))
		return false;
	const char *task = element_get(latest, NAME_OPERATION);
	return fence_text_is(task, "start") || fence_text_is(task, "monitor");
}

static bool may_run(const struct fence_pending *r, const struct fence_device *dev, const char *member)
{
	return fence_device_may_run(dev, member) && (r == NULL || !fence_names_have(r->late, member));
}

/* Less is better: who has not tried yet, then where the device is watched. */
static int rank(const struct fencing *f, const struct fence_pending *r, const struct fence_device *dev,
		const char *member)
{
	int had_its_try = r != NULL && fence_names_have(r->tried, member) ? 2 : 0;
	return had_its_try + (is_monitored_at(f, member, dev->id) ? 0 : 1);
}

static const char *best_other(const struct fencing *f, const struct fence_pending *r, const struct fence_device *dev,
			      const char *target, bool *ret_others)
{
	const char *best = NULL;
	int best_rank = 0;
	*ret_others = false;
	for (guint i = 0; i < f->members->len; i++) {
		const char *member = g_ptr_array_index(f->members, i);
		if (fence_node_is(member, target))
			continue;
		*ret_others = *ret_others || fence_device_may_run(dev, member);
		if (!may_run(r, dev, member))
			continue;
		int own = rank(f, r, dev, member);
		if (best == NULL || own < best_rank) {
			best = member;
			best_rank = own;
		}
	}
	return best;
}

const char *run_member(const struct fencing *f, const struct fence_pending *r, const struct fence_device *dev,
		       const struct fence_agent *agent, enum fence_action action, bool *ret_may_be_target)
{
	const char *target = r != NULL ? r->asked.target : NULL;
	bool others, is_member = target != NULL && fencing_has_member(f, target);
	*ret_may_be_target = true;
	if (agent != NULL && agent->on_target[action])
		return is_member && may_run(r, dev, target) ? target : NULL;
	const char *best = best_other(f, r, dev, target, &others);
	if (best == NULL && !others && is_member && may_run(r, dev, target))
		return target;
	*ret_may_be_target = false;
	return best;
}

/* --- starting --- */

static struct table *metadata_input(struct arena *a)
{
	struct table *t = table_new(a);
	table_set(t, "action", "metadata");
	return t;
}

void run_tell(struct fencing *f, const struct running *run, const struct fence_device *dev)
{
	struct arena arena = {0};
	bool is_metadata = run->purpose == RUN_METADATA;
	struct fence_run told = {
		.id = run->id,
		.device = run->device,
		.action = is_metadata ? "metadata" : dev->commands[run->action].name,
		.target = run->target,
		.member = run->member,
		.type = run->type,
		.input = is_metadata ? metadata_input(&arena)
				     : fence_device_input(dev, run->action, run->target, run->argument, &arena),
		.timeout_ms = run->timeout_ms,
	};
	f->ops.run(f->ops.host, &told);
	arena_fini(&arena);
}

void run_start(struct fencing *f, struct running *template, const struct fence_device *dev, const char *argument,
	       const char *target, int64_t timeout_ms)
{
	struct running *run = g_memdup2(template, sizeof(*template));
	/* Rule 4. */
	assert(run->purpose == RUN_METADATA || dev->action_limit < 0 ||
	       run_count(f, dev->id) < (uint32_t)dev->action_limit);
	run->id = ++f->last_run;
	run->device = g_strdup(dev->id);
	run->type = g_strdup(dev->type);
	run->member = g_strdup(template->member);
	run->target = g_strdup(target);
	run->argument = argument;
	run->timeout_ms = timeout_ms;
	run->deadline = mono_time_add_ms(f->now, (uint64_t)timeout_ms + ANSWER_PATIENCE_MS);
	g_ptr_array_add(f->runs, run);
	if (run->request != NULL)
		run->request->run = run;
	run_tell(f, run, dev);
}

void run_adopt(struct fencing *f, struct running *template, const struct fence_device *dev,
	       const struct other_run *other, int64_t timeout_ms)
{
	struct running *run = g_memdup2(template, sizeof(*template));
	run->id = other->id;
	run->device = g_strdup(dev->id);
	run->type = g_strdup(dev->type);
	run->member = g_strdup(other->member);
	run->target = g_strdup(other->target);
	run->timeout_ms = timeout_ms;
	run->deadline = mono_time_add_ms(f->now, (uint64_t)timeout_ms + ANSWER_PATIENCE_MS);
	g_ptr_array_add(f->runs, run);
	run->request->run = run;
}

void other_run_free(gpointer p)
{
	struct other_run *o = p;
	g_free(o->device);
	g_free(o->type);
	g_free(o->command);
	g_free(o->member);
	g_free(o->target);
	g_free(o);
}

void fencing_learn_run(struct fencing *f, const struct fence_run *run, mono_time done)
{
	struct other_run *o = g_new0(struct other_run, 1);
	o->id = run->id;
	o->device = g_strdup(run->device);
	o->type = g_strdup(run->type);
	o->command = g_strdup(run->action);
	o->member = g_strdup(run->member);
	o->target = g_strdup(run->target);
	o->done = done;
	g_ptr_array_add(f->others, o);
}

void fencing_unlearn_runs(struct fencing *f)
{
	g_ptr_array_set_size(f->others, 0);
}

/* Who was to be off and on again, and was turned off, was down: that is what was wanted. */
static bool does(const struct other_run *o, const struct fence_device *dev, enum fence_action action)
{
	return strcmp(o->command, dev->commands[action].name) == 0 ||
	       (action == FENCE_REBOOT && strcmp(o->command, dev->commands[FENCE_OFF].name) == 0);
}

/* It goes on, or is done, and not so long ago that the node could be up again without our having heard of it. */
static bool is_of_use(const struct fencing *f, const struct other_run *o)
{
	if (mono_time_is_set(o->done))
		return mono_time_since_ms(f->now, o->done) <= OTHER_RUN_AGE_MS;
	return !o->failed && fencing_has_member(f, o->member);
}

struct other_run *run_take_other(struct fencing *f, const struct fence_device *dev, enum fence_action action,
				 const char *target)
{
	for (guint i = 0; i < f->others->len; i++) {
		struct other_run *o = g_ptr_array_index(f->others, i);
		if (fence_node_is(o->target, target) && strcmp(o->device, dev->id) == 0 &&
		    strcmp(o->type, dev->type) == 0 && does(o, dev, action) && is_of_use(f, o))
			return g_ptr_array_steal_index(f->others, i);
	}
	return NULL;
}

void run_other_ended(struct fencing *f, uint64_t id, int rc)
{
	for (guint i = 0; i < f->others->len; i++) {
		struct other_run *o = g_ptr_array_index(f->others, i);
		if (o->id != id)
			continue;
		o->failed = rc != 0;
		if (rc == 0)
			o->done = f->now;
	}
}

struct running *run_find(const struct fencing *f, uint64_t id)
{
	for (guint i = 0; i < f->runs->len; i++) {
		struct running *run = g_ptr_array_index(f->runs, i);
		if (run->id == id)
			return run;
	}
	return NULL;
}

uint32_t run_count(const struct fencing *f, const char *device)
{
	uint32_t n = 0;
	for (guint i = 0; i < f->runs->len; i++) {
		const struct running *run = g_ptr_array_index(f->runs, i);
		n += run->purpose != RUN_METADATA && strcmp(run->device, device) == 0 ? 1 : 0;
	}
	return n;
}

void running_free(gpointer p)
{
	struct running *run = p;
	g_free(run->device);
	g_free(run->type);
	g_free(run->member);
	g_free(run->target);
	g_free(run);
}

/* --- what agents say of themselves --- */

struct known_agent *agent_known(struct fencing *f, const char *type)
{
	for (guint i = 0; i < f->agents->len; i++) {
		struct known_agent *k = g_ptr_array_index(f->agents, i);
		if (strcmp(k->type, type) == 0)
			return k;
	}
	struct known_agent *k = g_new0(struct known_agent, 1);
	k->type = g_strdup(type);
	k->asked = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(f->agents, k);
	return k;
}

/* At the first member that was not asked yet; nobody left: it stays silent for a while. */
static void agent_ask(struct fencing *f, struct known_agent *k, const struct fence_device *dev)
{
	for (guint i = 0; i < f->members->len; i++) {
		char *member = g_ptr_array_index(f->members, i);
		if (fence_names_have(k->asked, member) || !fence_device_may_run(dev, member))
			continue;
		struct running template = {.purpose = RUN_METADATA, .member = member, .may_be_target = true};
		g_ptr_array_add(k->asked, g_strdup(member));
		k->state = AGENT_ASKED;
		run_start(f, &template, dev, NULL, NULL, METADATA_TIMEOUT_MS);
		return;
	}
	k->state = AGENT_SILENT;
	k->facts = fence_agent_unknown();
	k->silent_since = f->now;
	g_ptr_array_set_size(k->asked, 0);
}

const struct fence_agent *agent_facts(struct fencing *f, const struct fence_device *dev)
{
	struct known_agent *k = agent_known(f, dev->type);
	bool again = k->state == AGENT_SILENT && mono_time_since_ms(f->now, k->silent_since) >= AGENT_AGAIN_MS;
	if (k->state == AGENT_UNKNOWN || again)
		agent_ask(f, k, dev);
	return k->state == AGENT_ASKED ? NULL : &k->facts;
}

static void metadata_ended(struct fencing *f, const struct running *run, int rc, const char *output)
{
	struct known_agent *k = agent_known(f, run->type);
	if (k->state != AGENT_ASKED)
		return;
	if (rc == 0 && fence_agent_parse(output, &k->facts, NULL) == ERR_OK) {
		k->state = AGENT_KNOWN;
		g_ptr_array_set_size(k->asked, 0);
		return;
	}
	const struct fence_device *dev = fencing_device(f, run->device);
	k->state = AGENT_UNKNOWN;
	if (dev != NULL && strcmp(dev->type, run->type) == 0)
		agent_ask(f, k, dev);
}

/* --- what devices say of their targets --- */

struct known_device *device_known(const struct fencing *f, const char *id)
{
	for (guint i = 0; i < f->known->len; i++) {
		struct known_device *k = g_ptr_array_index(f->known, i);
		if (strcmp(k->id, id) == 0)
			return k;
	}
	return NULL;
}

static void list_ended(struct fencing *f, const struct running *run, int rc, const char *output)
{
	struct known_device *k = device_known(f, run->device);
	if (k == NULL)
		return;
	k->is_listing = false;
	k->list_failed = rc != 0;
	k->listed_at = f->now;
	if (rc == 0) {
		g_free(k->list);
		k->list = g_strdup(output != NULL ? output : "");
	}
}

/* --- the end of a run --- */

/* What an agent says goes into records and logs; a password that it repeats does not. */
static char *without_secrets(const struct fence_device *dev, const char *reason)
{
	static const char *const secrets[] = {"passwd", "password", "snmp_priv_passwd", "identity_file", "token"};
	char *text = g_strdup(reason);
	for (size_t i = 0; i < G_N_ELEMENTS(secrets) && dev != NULL; i++) {
		const char *value = table_get(dev->parameters, secrets[i]);
		if (value == NULL || value[0] == '\0' || strstr(text, value) == NULL)
			continue;
		char **parts = g_strsplit(text, value, -1);
		g_free(text);
		text = g_strjoinv("***", parts);
		g_strfreev(parts);
	}
	return text;
}

void run_ended(struct fencing *f, struct running *run, int rc, const char *output, const char *reason)
{
	guint index;
	struct fence_pending *r = run->request;
	const struct fence_device *dev = fencing_device(f, run->device);
	bool found = g_ptr_array_find(f->runs, run, &index);
	assert(found);
	(void)g_ptr_array_steal_index(f->runs, index);
	if (r != NULL)
		r->run = NULL;
	char *why = reason != NULL ? without_secrets(dev, reason) : NULL;
	if (run->purpose == RUN_METADATA)
		metadata_ended(f, run, rc, output != NULL ? output : "");
	else if (run->purpose == RUN_LIST)
		list_ended(f, run, rc, output);
	else if (r != NULL)
		pending_ran(f, r, run, rc, why);
	g_free(why);
	running_free(run);
}
