/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A request, step by step.
 *
 * Its plan is a list of levels, each a list of devices. A step is one device of one level: what its agent can is found
 * out, then whether it knows the node, then a member runs it. A device that fails ends its level; a level all of whose
 * devices said so ends the request. A reboot by several devices, or by one whose agent cannot, goes through a level
 * twice: all off, then all on.
 */
#include "fencing/fencing-private.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* --- life --- */

struct fence_pending *pending_new(const struct fence_request *asked)
{
	struct fence_pending *r = g_new0(struct fence_pending, 1);
	r->asked = *asked;
	r->asked.target = g_strdup(asked->target);
	r->asked.origin = g_strdup(asked->origin);
	r->asked.client = g_strdup(asked->client);
	if (r->asked.timeout_ms <= 0)
		r->asked.timeout_ms = FENCE_TIMEOUT_MS;
	r->levels = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
	r->tried = g_ptr_array_new_with_free_func(g_free);
	r->late = g_ptr_array_new_with_free_func(g_free);
	r->why = g_string_new(NULL);
	return r;
}

void pending_free(gpointer p)
{
	struct fence_pending *r = p;
	g_free((char *)(uintptr_t)r->asked.target);
	g_free((char *)(uintptr_t)r->asked.origin);
	g_free((char *)(uintptr_t)r->asked.client);
	g_ptr_array_unref(r->levels);
	g_ptr_array_unref(r->tried);
	g_ptr_array_unref(r->late);
	g_string_free(r->why, TRUE);
	g_free(r->by_device);
	g_free(r->by_member);
	g_free(r);
}

/* --- the plan --- */

static void step_free(gpointer p)
{
	struct fence_step *step = p;
	g_free(step->device);
	g_free(step);
}

static GPtrArray *level_new(struct fence_pending *r)
{
	GPtrArray *level = g_ptr_array_new_with_free_func(step_free);
	g_ptr_array_add(r->levels, level);
	return level;
}

static void level_add(GPtrArray *level, const char *device, bool if_known)
{
	for (guint i = 0; i < level->len; i++)
		if (strcmp(((struct fence_step *)g_ptr_array_index(level, i))->device, device) == 0)
			return;
	struct fence_step *step = g_new0(struct fence_step, 1);
	step->device = g_strdup(device);
	step->if_known = if_known;
	g_ptr_array_add(level, step);
}

static bool turns_on(struct fencing *f, const struct fence_device *dev)
{
	const struct known_agent *k = agent_known(f, dev->type);
	return dev->provides_unfencing || (k->state == AGENT_KNOWN && k->facts.turns_on);
}

/* Rule 8. */
static void add_unfencing(struct fencing *f, const struct fence_pending *r, GPtrArray *level)
{
	struct arena a = {0};
	for (uint32_t i = 0; i < f->device_count; i++) {
		const struct fence_device *dev = &f->devices[i];
		if (turns_on(f, dev) && fence_device_target(dev, r->asked.target, &a) != NULL)
			level_add(level, dev->id, true);
	}
	arena_fini(&a);
}

static gint by_priority(gconstpointer a, gconstpointer b)
{
	const struct fence_device *x = *(const struct fence_device *const *)a;
	const struct fence_device *y = *(const struct fence_device *const *)b;
	if (x->priority != y->priority)
		return x->priority > y->priority ? -1 : 1;
	return x < y ? -1 : 1; /* as the document has them */
}

/* Without a topology: each device that may know the node, one after the other. */
static void plan_devices(struct fencing *f, struct fence_pending *r)
{
	struct arena a = {0};
	GPtrArray *able = g_ptr_array_new();
	for (uint32_t i = 0; i < f->device_count; i++) {
		const struct fence_device *dev = &f->devices[i];
		if (fence_device_target(dev, r->asked.target, &a) != NULL)
			g_ptr_array_add(able, (gpointer)(uintptr_t)dev);
	}
	g_ptr_array_sort(able, by_priority);
	for (guint i = 0; i < able->len; i++)
		level_add(level_new(r), ((const struct fence_device *)g_ptr_array_index(able, i))->id, false);
	g_ptr_array_unref(able);
	arena_fini(&a);
}

void pending_plan(struct fencing *f, struct fence_pending *r)
{
	struct arena a = {0};
	uint32_t count = 0;
	const struct fence_level *levels = NULL;
	if (f->document != NULL)
		levels = fence_levels_read(f->document, r->asked.target, NULL, &a, &count);
	for (uint32_t i = 0; i < count; i++) {
		GPtrArray *level = level_new(r);
		for (uint32_t k = 0; k < levels[i].count; k++)
			level_add(level, levels[i].devices[k], false);
		if (r->asked.action == FENCE_ON)
			add_unfencing(f, r, level);
	}
	arena_fini(&a);
	if (count > 0)
		return;
	if (r->asked.action == FENCE_ON) {
		GPtrArray *level = level_new(r);
		add_unfencing(f, r, level);
		if (level->len > 0)
			return;
		g_ptr_array_set_size(r->levels, 0);
	}
	plan_devices(f, r);
}

/* --- moving on --- */

static GPtrArray *level_of(const struct fence_pending *r)
{
	return r->level < r->levels->len ? g_ptr_array_index(r->levels, r->level) : NULL;
}

static void step_reset(struct fence_pending *r)
{
	r->checked = false;
	r->tries = 0;
	g_ptr_array_set_size(r->tried, 0);
	g_ptr_array_set_size(r->late, 0);
}

static void step_next(struct fence_pending *r)
{
	step_reset(r);
	r->at++;
}

static void level_next(struct fence_pending *r)
{
	step_reset(r);
	r->level++;
	r->at = 0;
	r->acted = 0;
	r->phase = PHASE_ASKED;
}

static void note_why(struct fence_pending *r, const char *device, const char *what)
{
	if (r->why->len > WHY_MAX)
		return;
	if (r->why->len > 0)
		g_string_append(r->why, "; ");
	g_string_append_printf(r->why, "%s: %.200s", device, what);
}

/* The node is off already when it cannot be turned on again: that is no failure. */
static bool step_failed(struct fence_pending *r, const char *device, const char *what)
{
	if (r->phase == PHASE_ON) {
		step_next(r);
		return true;
	}
	note_why(r, device, what);
	level_next(r);
	return true;
}

void pending_succeed(struct fence_pending *r, const char *device, const char *member)
{
	g_free(r->by_device);
	g_free(r->by_member);
	r->by_device = g_strdup(device);
	r->by_member = g_strdup(member);
	r->verdict = FENCE_SUCCEEDED;
}

static void step_succeeded(struct fence_pending *r, const char *device, const char *member)
{
	if (r->phase != PHASE_ON) {
		g_free(r->by_device);
		g_free(r->by_member);
		r->by_device = g_strdup(device);
		r->by_member = g_strdup(member);
		r->acted++;
	}
	step_next(r);
}

/* --- the watchdog --- */

static bool is_down(enum fence_action action)
{
	return action == FENCE_OFF || action == FENCE_REBOOT;
}

static void ask_to_reset(struct fencing *f, const struct fence_pending *r)
{
	struct fence_run run = {.id = ++f->last_run,
				.device = FENCE_WATCHDOG_ID,
				.action = fence_action_word(r->asked.action),
				.target = r->asked.target,
				.member = r->asked.target,
				.type = FENCE_WATCHDOG_TYPE,
				.timeout_ms = f->watchdog_ms};
	f->ops.run(f->ops.host, &run);
}

static void watchdog_wait(struct fencing *f, struct fence_pending *r, bool last)
{
	r->wait = WAIT_WATCHDOG;
	r->watchdog_last = last;
	r->patience = mono_time_add_ms(f->now, (uint64_t)r->asked.timeout_ms);
	if (fencing_has_member(f, r->asked.target)) {
		r->due = (mono_time){0};
		ask_to_reset(f, r);
	} else {
		r->due = mono_time_add_ms(f->now, (uint64_t)f->watchdog_ms);
	}
}

void pending_member_left(struct fencing *f, struct fence_pending *r, const char *member)
{
	if (r->wait == WAIT_WATCHDOG && !mono_time_is_set(r->due) && fence_node_is(member, r->asked.target))
		r->due = mono_time_add_ms(f->now, (uint64_t)f->watchdog_ms);
}

static void watchdog_failed(struct fence_pending *r, const char *what)
{
	if (!r->watchdog_last) {
		(void)step_failed(r, FENCE_WATCHDOG_ID, what);
		return;
	}
	note_why(r, FENCE_WATCHDOG_ID, what);
	r->verdict = FENCE_FAILED;
}

static void watchdog_over(struct fencing *f, struct fence_pending *r)
{
	bool left = mono_time_is_set(r->due);
	r->wait = WAIT_NOTHING;
	r->due = (mono_time){0};
	if (!left)
		watchdog_failed(r, "the node did not reset itself");
	else if (fencing_has_member(f, r->asked.target))
		watchdog_failed(r, "the node is a member again");
	else if (r->watchdog_last)
		pending_succeed(r, FENCE_WATCHDOG_ID, r->asked.target);
	else
		step_succeeded(r, FENCE_WATCHDOG_ID, r->asked.target);
}

static bool watchdog_step(struct fencing *f, struct fence_pending *r)
{
	if (r->phase == PHASE_ON || !is_down(r->asked.action)) {
		step_succeeded(r, FENCE_WATCHDOG_ID, r->asked.target); /* it resets, and so turns on by itself */
		return true;
	}
	if (f->watchdog_ms <= 0)
		return step_failed(r, FENCE_WATCHDOG_ID, "fencing-watchdog-timeout is not set");
	watchdog_wait(f, r, false);
	return false;
}

/* A device of the watchdog's type says by its lists which nodes have one; without such all have. */
static bool has_watchdog(const struct fencing *f, const char *node)
{
	struct arena a = {0};
	bool found = false, known = false;
	for (uint32_t i = 0; i < f->device_count; i++) {
		if (!f->devices[i].is_watchdog)
			continue;
		found = true;
		known = known || fence_device_target(&f->devices[i], node, &a) != NULL;
	}
	arena_fini(&a);
	return known || !found;
}

static bool had_watchdog(const struct fencing *f, const struct fence_pending *r)
{
	for (guint i = 0; i < r->levels->len; i++) {
		const GPtrArray *level = g_ptr_array_index(r->levels, i);
		for (guint k = 0; k < level->len; k++) {
			const struct fence_step *step = g_ptr_array_index(level, k);
			const struct fence_device *dev = fencing_device(f, step->device);
			if (strcmp(step->device, FENCE_WATCHDOG_ID) == 0 || (dev != NULL && dev->is_watchdog))
				return true;
		}
	}
	return false;
}

/* Rule 7. */
static bool exhausted(struct fencing *f, struct fence_pending *r)
{
	if (f->watchdog_ms > 0 && is_down(r->asked.action) && !had_watchdog(f, r) && has_watchdog(f, r->asked.target)) {
		watchdog_wait(f, r, true);
		return false;
	}
	if (r->levels->len == 0)
		g_string_append_printf(r->why,
				       "no fence device is configured for %s: add one with `hale stonith create NAME "
				       "fence_AGENT pcmk_host_list=%s …`",
				       r->asked.target, r->asked.target);
	r->verdict = FENCE_FAILED;
	return false;
}

/* --- whether a device knows the node --- */

enum knowledge { KNOWS, KNOWS_NOT, ASKING };

static void run_question(struct fencing *f, struct fence_pending *r, const struct fence_device *dev,
			 const struct fence_agent *agent, enum run_purpose purpose, bool *ret_started)
{
	struct running template = {.purpose = purpose, .request = purpose == RUN_STATUS ? r : NULL};
	const struct fence_command *c;
	template.action = purpose == RUN_STATUS ? FENCE_STATUS : FENCE_LIST;
	c = &dev->commands[template.action];
	template.member = (char *)(uintptr_t)run_member(f, r, dev, agent, template.action, &template.may_be_target);
	*ret_started = template.member != NULL;
	if (template.member != NULL)
		run_start(f, &template, dev, agent->argument, purpose == RUN_STATUS ? r->asked.target : NULL,
			  c->timeout_ms > 0 ? c->timeout_ms : r->asked.timeout_ms);
}

static bool is_at_limit(const struct fencing *f, const struct fence_device *dev)
{
	return dev->action_limit > 0 && run_count(f, dev->id) >= (uint32_t)dev->action_limit;
}

static enum knowledge ask_status(struct fencing *f, struct fence_pending *r, const struct fence_device *dev,
				 const struct fence_agent *agent)
{
	bool started;
	if (r->checked)
		return KNOWS;
	if (is_at_limit(f, dev))
		return ASKING;
	run_question(f, r, dev, agent, RUN_STATUS, &started);
	return started ? ASKING : KNOWS_NOT;
}

static enum knowledge ask_list(struct fencing *f, struct fence_pending *r, const struct fence_device *dev,
			       const struct fence_agent *agent)
{
	struct arena a = {0};
	bool started;
	struct known_device *k = device_known(f, dev->id);
	bool is_fresh = mono_time_is_set(k->listed_at) && mono_time_since_ms(f->now, k->listed_at) < LIST_AGE_MS;
	if (k->is_listing || (!is_fresh && is_at_limit(f, dev)))
		return ASKING;
	if (!is_fresh) {
		run_question(f, r, dev, agent, RUN_LIST, &started);
		k->is_listing = started;
		if (started)
			return ASKING;
	}
	if (k->list == NULL) /* it never could: another way, unless this one was asked for */
		return dev->host_check_given || !agent->knows[FENCE_STATUS] ? KNOWS_NOT : ask_status(f, r, dev, agent);
	const char *name = fence_device_target(dev, r->asked.target, &a);
	enum knowledge known = name != NULL && fence_list_has(k->list, name) ? KNOWS : KNOWS_NOT;
	arena_fini(&a);
	return known;
}

static enum host_check check_of(const struct fence_device *dev, const struct fence_agent *agent)
{
	if (dev->host_check_given || dev->host_check == HOST_CHECK_STATIC)
		return dev->host_check;
	if (agent->knows[FENCE_LIST])
		return HOST_CHECK_DYNAMIC;
	return agent->knows[FENCE_STATUS] ? HOST_CHECK_STATUS : HOST_CHECK_NONE;
}

static enum knowledge knows_node(struct fencing *f, struct fence_pending *r, const struct fence_device *dev,
				 const struct fence_agent *agent)
{
	struct arena a = {0};
	enum knowledge known = KNOWS;
	switch (check_of(dev, agent)) {
	case HOST_CHECK_STATIC:
		known = fence_device_target(dev, r->asked.target, &a) != NULL ? KNOWS : KNOWS_NOT;
		break;
	case HOST_CHECK_DYNAMIC:
		known = ask_list(f, r, dev, agent);
		break;
	case HOST_CHECK_STATUS:
		known = ask_status(f, r, dev, agent);
		break;
	case HOST_CHECK_NONE:
		break;
	}
	arena_fini(&a);
	return known;
}

/* --- one step --- */

/* True: there is a delay, and it begins. */
static bool delay_begins(struct fencing *f, struct fence_pending *r, const struct fence_device *dev)
{
	if (r->delayed)
		return false;
	r->delayed = true;
	if (r->asked.delay_ms < 0 || !is_down(r->asked.action))
		return false;
	int64_t ms = fence_device_delay_ms(dev, r->asked.target);
	if (dev->delay_max_ms > 0) {
		ms = ms < dev->delay_max_ms ? ms : dev->delay_max_ms;
		int64_t range = dev->delay_max_ms - ms;
		if (range > 0)
			ms += f->ops.dice(f->ops.host, range < UINT32_MAX ? (uint32_t)range : UINT32_MAX);
	}
	ms += r->asked.delay_ms;
	if (ms <= 0)
		return false;
	r->wait = WAIT_DELAY;
	r->due = mono_time_add_ms(f->now, (uint64_t)ms);
	return true;
}

static bool act(struct fencing *f, struct fence_pending *r, const struct fence_device *dev,
		const struct fence_agent *agent, enum fence_action action)
{
	struct running template = {.purpose = RUN_ACTION, .action = action, .request = r};
	const struct fence_command *c = &dev->commands[action];
	if (is_at_limit(f, dev) || delay_begins(f, r, dev))
		return false;
	template.member = (char *)(uintptr_t)run_member(f, r, dev, agent, action, &template.may_be_target);
	if (template.member == NULL)
		return step_failed(r, dev->id, "no member of the cluster can run it");
	r->tries++;
	g_ptr_array_add(r->tried, g_strdup(template.member));
	run_start(f, &template, dev, agent->argument, r->asked.target,
		  c->timeout_ms > 0 ? c->timeout_ms : r->asked.timeout_ms);
	return false;
}

/* An earlier leader has begun it, or had it done. */
static bool adopt(struct fencing *f, struct fence_pending *r, const struct fence_device *dev, enum fence_action action,
		  bool *ret_more)
{
	struct running template = {.purpose = RUN_ACTION, .action = action, .request = r};
	struct other_run *other = is_at_limit(f, dev) ? NULL : run_take_other(f, dev, action, r->asked.target);
	if (other == NULL)
		return false;
	r->delayed = true; /* that leader waited */
	*ret_more = mono_time_is_set(other->done);
	if (mono_time_is_set(other->done)) {
		step_succeeded(r, dev->id, other->member);
	} else {
		int64_t timeout_ms = dev->commands[action].timeout_ms;
		r->tries++;
		g_ptr_array_add(r->tried, g_strdup(other->member));
		run_adopt(f, &template, dev, other, timeout_ms > 0 ? timeout_ms : r->asked.timeout_ms);
	}
	other_run_free(other);
	return true;
}

/* Told to do something else instead, it can. */
static bool can(const struct fence_device *dev, const struct fence_agent *agent, enum fence_action action)
{
	return agent->knows[action] || strcmp(dev->commands[action].name, fence_action_word(action)) != 0;
}

static bool device_step(struct fencing *f, struct fence_pending *r, const struct fence_step *step,
			const struct fence_device *dev)
{
	const struct fence_agent *agent = agent_facts(f, dev);
	if (agent == NULL)
		return false;
	enum fence_action action = r->phase == PHASE_OFF  ? FENCE_OFF
				   : r->phase == PHASE_ON ? FENCE_ON
							  : r->asked.action;
	if (action == FENCE_REBOOT && !can(dev, agent, FENCE_REBOOT)) {
		r->phase = PHASE_OFF;
		return true;
	}
	bool stays_off = r->phase == PHASE_ON && strcmp(dev->commands[FENCE_REBOOT].name, "off") == 0;
	if (stays_off || !can(dev, agent, action))
		return step_failed(r, dev->id, "its agent does not know this action");
	switch (r->phase == PHASE_ON ? KNOWS : knows_node(f, r, dev, agent)) {
	case ASKING:
		return false;
	case KNOWS_NOT:
		if (!step->if_known)
			return step_failed(r, dev->id, "it does not know the node");
		step_next(r);
		return true;
	case KNOWS:
		break;
	}
	bool more = false;
	if (is_down(action) && adopt(f, r, dev, action, &more))
		return more;
	return act(f, r, dev, agent, action);
}

static bool level_step(struct fencing *f, struct fence_pending *r, GPtrArray *level)
{
	if (r->at == 0 && r->phase == PHASE_ASKED && r->asked.action == FENCE_REBOOT && level->len > 1)
		r->phase = PHASE_OFF;
	if (r->at == level->len && r->phase == PHASE_OFF) {
		r->phase = PHASE_ON;
		r->at = 0;
	} else if (r->at == level->len) {
		if (r->acted > 0)
			r->verdict = FENCE_SUCCEEDED;
		else
			level_next(r);
		return r->verdict == FENCE_OPEN;
	}
	const struct fence_step *step = g_ptr_array_index(level, r->at);
	const struct fence_device *dev = fencing_device(f, step->device);
	if (strcmp(step->device, FENCE_WATCHDOG_ID) == 0 || (dev != NULL && dev->is_watchdog))
		return watchdog_step(f, r);
	if (dev == NULL)
		return step_failed(r, step->device, "it is not configured, or disabled");
	return device_step(f, r, step, dev);
}

bool pending_step(struct fencing *f, struct fence_pending *r)
{
	if (r->joined != NULL || r->verdict != FENCE_OPEN || r->run != NULL || r->wait != WAIT_NOTHING)
		return false;
	GPtrArray *level = level_of(r);
	return level != NULL ? level_step(f, r, level) : exhausted(f, r);
}

/* --- events --- */

/* Exit codes of status: 0 on, 2 off; both mean that the device knows it. */
static void status_ended(struct fence_pending *r, const struct running *run, int rc)
{
	GPtrArray *level = level_of(r);
	const struct fence_step *step = level != NULL ? g_ptr_array_index(level, r->at) : NULL;
	r->checked = rc == 0 || rc == 2;
	if (r->checked || step == NULL)
		return;
	if (step->if_known)
		step_next(r);
	else
		(void)step_failed(r, run->device, "it does not know the node");
}

void pending_ran(struct fencing *f, struct fence_pending *r, const struct running *run, int rc, const char *reason)
{
	const struct fence_device *dev = fencing_device(f, run->device);
	char text[64];
	assert(r->verdict == FENCE_OPEN);
	if (run->purpose == RUN_STATUS) {
		status_ended(r, run, rc);
		return;
	}
	if (rc == 0) {
		step_succeeded(r, run->device, run->member);
		return;
	}
	if (rc == FENCE_RC_TIMEOUT)
		g_ptr_array_add(r->late, g_strdup(run->member));
	if (dev != NULL && r->tries < dev->commands[run->action].tries) {
		bool any;
		const struct known_agent *k = agent_known(f, dev->type);
		if (run_member(f, r, dev, &k->facts, run->action, &any) != NULL)
			return;
	}
	(void)snprintf(text, sizeof(text), rc == FENCE_RC_TIMEOUT ? "it timed out" : "it failed with %d", rc);
	(void)step_failed(r, run->device, reason != NULL && reason[0] != '\0' ? reason : text);
}

void pending_due(struct fencing *f, struct fence_pending *r)
{
	if (r->wait == WAIT_DELAY && !mono_time_before(f->now, r->due)) {
		r->wait = WAIT_NOTHING;
		r->due = (mono_time){0};
	} else if (r->wait == WAIT_WATCHDOG) {
		mono_time until = mono_time_is_set(r->due) ? r->due : r->patience;
		if (!mono_time_before(f->now, until))
			watchdog_over(f, r);
	}
}
