/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --restart and --wait of crm_resource.
 *
 * A restart takes the resource away by its target-role, or, on one node of several, by a ban, waits until everything
 * that goes with it is gone, gives it back and waits until everything is there again. Whatever happens, what was
 * changed is changed back.
 */
#include "cli/move-constraint.h"
#include "cli/resource-task-private.h"
#include "scheduler/action-config.h"

#include <string.h>

enum {
	WAIT_DEFAULT_MS = 60 * 60 * 1000,
	WAIT_SPARE_MS = 5000, /* to the longest stop */
	WAIT_STEP_MS = 2000,  /* how long to ask the cluster whether it is done, at a time */
};

struct restart {
	struct resource_task *t;
	const char *id, *host; /* host NULL: wherever it is */
	const char *banned;    /* the whole that is banned from the host; NULL: the target-role is changed */
	const char *old_role;
	GPtrArray *before; /* ids of what was active; const char *, the task's memory */
	GPtrArray *left;   /* of them, what is waited for */
	int64_t due_ms;    /* monotonic; 0: as long as stops may take */
};

static int64_t clock_ms(void)
{
	return g_get_monotonic_time() / 1000;
}

/* --- who is active --- */

/* Members of groups one by one: of a group that is partly restarted, some stay. */
static void add_active(const struct restart *x, const struct resource *r, const struct node *n, GPtrArray *ids)
{
	if (r->kind == RESOURCE_GROUP)
		for_each_child_of(child, r) add_active(x, child, n, ids);
	else if (task_is_active_on(r, n))
		g_ptr_array_add(ids, arena_string(x->t->io->arena, r->id));
}

static GPtrArray *active_ids(const struct restart *x, const char *host)
{
	const struct cluster *c = x->t->cluster;
	const struct node *n = host != NULL ? node_find(c, host) : NULL;
	GPtrArray *ids = g_ptr_array_new();
	for (uint32_t i = 0; i < c->resources.count && (host == NULL || n != NULL); i++)
		add_active(x, c->resources.items[i], n, ids);
	return ids;
}

static bool has_id(const GPtrArray *ids, const char *id)
{
	for (guint i = 0; i < ids->len; i++)
		if (strcmp(g_ptr_array_index(ids, i), id) == 0)
			return true;
	return false;
}

static bool will_run(const struct resource *r, const struct node *n)
{
	if (r->children.count == 0)
		return n != NULL ? r->assigned == n : r->assigned != NULL;
	for_each_child_of(child, r)
	{
		if (will_run(child, n))
			return true;
	}
	return false;
}

/* What will not run any more where it does, after `now`. */
static bool find_stopping(struct restart *x, const struct document *now)
{
	struct cluster *c = task_cluster(x->t, now);
	if (c == NULL)
		return false;
	scheduler_run(c);
	const struct node *n = x->host != NULL ? node_find(c, x->host) : NULL;
	for (guint i = 0; i < x->before->len; i++) {
		const char *id = g_ptr_array_index(x->before, i);
		const struct resource *r = resource_find_exact(c, id);
		if (r != NULL && !will_run(r, n))
			g_ptr_array_add(x->left, (gpointer)(uintptr_t)id);
	}
	task_cluster_free(c);
	return true;
}

/* --- changing --- */

static struct element *role_of(struct document *d, const char *id, bool make)
{
	struct element *owner = document_by_id(d, id);
	for_each_named(set, owner, NAME_META_ATTRIBUTES)
	{
		for_each_named(e, set, NAME_NVPAIR)
		{
			if (strcmp(element_get_or(e, NAME_NAME, ""), "target-role") == 0)
				return e;
		}
	}
	if (owner == NULL || !make)
		return NULL;
	struct element *set = element_first_named(owner, NAME_META_ATTRIBUTES);
	char *set_id = g_strconcat(id, "-meta_attributes", NULL);
	if (set == NULL) {
		set = element_add(owner, NAME_META_ATTRIBUTES);
		element_set(set, NAME_ID, set_id);
	}
	struct element *pair = element_add(set, NAME_NVPAIR);
	char *pair_id = g_strconcat(set_id, "-target-role", NULL);
	element_set(pair, NAME_ID, pair_id);
	element_set(pair, NAME_NAME, "target-role");
	g_free(pair_id);
	g_free(set_id);
	return pair;
}

static void take_away(const struct restart *x, struct document *d)
{
	if (x->banned != NULL) {
		move_ban(d, &(struct move_constraint){.rsc = x->banned,
						      .node = x->host,
						      .role = x->t->promoted ? "Promoted" : "Started"});
		return;
	}
	struct element *role = role_of(d, x->id, true);
	if (role != NULL)
		element_set(role, NAME_VALUE, "Stopped");
}

static void give_back(const struct restart *x, struct document *d)
{
	if (x->banned != NULL) {
		(void)move_clear(d, &(struct move_clearing){.rsc = x->banned, .node = x->host, .bans = true}, NULL);
		return;
	}
	struct element *role = role_of(d, x->id, false);
	if (role != NULL && x->old_role != NULL)
		element_set(role, NAME_VALUE, x->old_role);
	else if (role != NULL)
		element_remove(role);
}

static enum exit_code change(struct restart *x, void (*how)(const struct restart *x, struct document *d))
{
	struct document *now = document_clone(x->t->original);
	how(x, now);
	enum exit_code code = task_make(x->t, now);
	document_free(now);
	return code;
}

/* --- waiting --- */

static int64_t stop_timeout_ms(struct resource *r)
{
	int64_t longest = 0;
	for_each_child_of(child, r) longest = MAX(longest, stop_timeout_ms(child));
	if (r->children.count > 0)
		return longest;
	const struct element *operation = action_config_find(r, "stop", 0, true);
	const struct table *meta = action_config_meta(r, NULL, "stop", 0, operation);
	int64_t ms = 0;
	(void)g_ascii_string_to_signed(table_get(meta, "timeout"), 10, 0, INT64_MAX, &ms, NULL);
	return ms;
}

/* How long one of them may take. */
static int64_t patience_ms(const struct restart *x)
{
	int64_t longest = 0;
	for (guint i = 0; i < x->left->len; i++) {
		struct resource *r = resource_find_exact(x->t->cluster, g_ptr_array_index(x->left, i));
		if (r != NULL)
			longest = MAX(longest, stop_timeout_ms(r));
	}
	return longest + WAIT_SPARE_MS;
}

/* Takes from what is left what is as it shall be; true: something was taken. */
static bool look(struct restart *x, bool starting)
{
	guint before = x->left->len;
	GPtrArray *active = active_ids(x, starting ? NULL : x->host);
	for (guint i = x->left->len; i > 0; i--)
		if (has_id(active, g_ptr_array_index(x->left, i - 1)) == starting)
			g_ptr_array_remove_index(x->left, i - 1);
	g_ptr_array_unref(active);
	return x->left->len < before;
}

/* Until nothing is left. Without a time it gives up when nothing has gone on for as long as one stop may take. */
static enum exit_code wait_for(struct restart *x, bool starting)
{
	struct resource_task *t = x->t;
	int64_t due_ms = x->due_ms != 0 ? x->due_ms : clock_ms() + patience_ms(x);
	while (x->left->len > 0) {
		int64_t rest_ms = due_ms - clock_ms();
		if (rest_ms <= 0)
			return EXIT_TIMEOUT;
		/* Done or not: what counts is what is active. */
		enum exit_code code = client_wait(t->io, &t->place.call, MIN(rest_ms, WAIT_STEP_MS), &t->error);
		if (code != EXIT_OK && code != EXIT_TIMEOUT)
			return task_fail(t, code, "%s", t->error.text);
		bool is_idle = code == EXIT_OK;
		if ((code = task_load(t)) != EXIT_OK)
			return code;
		if (look(x, starting) && x->due_ms == 0)
			due_ms = clock_ms() + patience_ms(x);
		if (is_idle && x->left->len > 0)
			g_usleep(G_USEC_PER_SEC / 5);
	}
	return EXIT_OK;
}

static void tell_left(struct restart *x, const char *what)
{
	task_tell(x->t, "Waiting for %u resources to %s:", x->left->len, what);
	for (guint i = 0; i < x->left->len; i++)
		task_tell(x->t, " * %s", (const char *)g_ptr_array_index(x->left, i));
}

static enum exit_code gave_up(struct restart *x, const char *what, enum exit_code code)
{
	if (code != EXIT_TIMEOUT)
		return code;
	result_error(&x->t->result, "Could not complete %s of %s, %u resources remaining", what, x->id, x->left->len);
	for (guint i = 0; i < x->left->len; i++)
		task_tell(x->t, " * %s", (const char *)g_ptr_array_index(x->left, i));
	return code;
}

/* --- all of it --- */

static enum exit_code stop_and_start(struct restart *x)
{
	struct document *now = document_clone(x->t->original);
	take_away(x, now);
	bool known = find_stopping(x, now);
	enum exit_code code = known ? task_make(x->t, now) : EXIT_CONFIGURATION;
	document_free(now);
	if (code != EXIT_OK)
		return code;
	tell_left(x, "stop");
	GPtrArray *stopped = g_ptr_array_copy(x->left, NULL, NULL);
	code = gave_up(x, "shutdown", wait_for(x, false));
	/* Anew, since waiting for nothing reads nothing; then changed back in any case. */
	const char *why = x->t->why;
	enum exit_code back = task_load(x->t);
	if (back == EXIT_OK)
		back = change(x, give_back);
	if (code == EXIT_OK)
		code = back;
	else
		x->t->why = why;
	g_ptr_array_unref(x->left);
	x->left = stopped;
	if (code != EXIT_OK)
		return code;
	tell_left(x, "start again");
	return gave_up(x, "restart", wait_for(x, true));
}

/* Of a bundle all of it is restarted. */
static struct resource *restarted(const struct resource_task *t)
{
	struct resource *r = t->rsc;
	const struct resource *whole = resource_top(r, true);
	if (resource_is_bundled(r))
		r = resource_top(r, true);
	if (!task_is_active_on(r, t->node) && resource_is_clone(whole)) {
		for_each_child_of(child, whole)
		{
			if (task_is_active_on(child, t->node))
				return child;
		}
	}
	return r;
}

enum exit_code task_restart(struct resource_task *t)
{
	struct resource *r = restarted(t), *whole = resource_top(r, false);
	struct restart x = {.t = t, .host = t->node != NULL ? arena_string(t->io->arena, t->node->name) : NULL};
	if (!task_is_active_on(r, t->node)) {
		const char *id = t->rsc->history_id != NULL ? t->rsc->history_id : t->rsc->id;
		result_error(&t->result, "%s is not running %s%s and so cannot be restarted", id,
			     x.host != NULL ? "on " : "anywhere", x.host != NULL ? x.host : "");
		return EXIT_NO_SUCH;
	}
	if (!r->managed) {
		result_error(&t->result, "Unmanaged resources cannot be restarted.");
		return EXIT_TRY_AGAIN;
	}
	if (t->place.path != NULL)
		return task_fail(t, EXIT_USAGE, "--restart needs a running cluster, and CIB_file names a file: %s",
				 t->place.path);
	/* Instances have no target-role of their own. */
	bool in_clone = resource_is_clone(whole);
	if (x.host != NULL && (in_clone || r->kind == RESOURCE_BUNDLE))
		x.banned = arena_string(t->io->arena, whole->id);
	x.id = arena_string(t->io->arena, in_clone && !t->force ? whole->id : task_base_id(t, r->id));
	const struct element *role = role_of(t->original, x.id, false);
	x.old_role = role != NULL ? arena_string(t->io->arena, element_get_or(role, NAME_VALUE, "")) : NULL;
	x.due_ms = t->timeout_ms > 0 ? clock_ms() + t->timeout_ms : 0;
	x.before = active_ids(&x, x.host);
	x.left = g_ptr_array_new();
	enum exit_code code = stop_and_start(&x);
	g_ptr_array_unref(x.before);
	g_ptr_array_unref(x.left);
	return code;
}

/* --- wait --- */

static bool is_pending(const struct action *a)
{
	return !(a->flags & (ACTION_OPTIONAL | ACTION_PSEUDO)) && (a->flags & ACTION_RUNNABLE) &&
	       a->task != TASK_NOTIFY;
}

static unsigned tell_pending(struct resource_task *t, const struct cluster *c)
{
	unsigned count = 0;
	for (const struct action *a = c->actions; a != NULL; a = a->next) {
		if (!is_pending(a))
			continue;
		if (count++ == 0)
			task_tell(t, "Pending actions:");
		task_tell(t, "\tAction %d: %s%s%s", a->id, a->key, a->node != NULL ? "\ton " : "",
			  a->node != NULL ? node_name(a->node) : "");
	}
	return count;
}

/* What is to be done, as the scheduler sees it; of a file nobody does it. */
static enum exit_code list_pending(struct resource_task *t, enum exit_code otherwise)
{
	enum exit_code code = task_load(t);
	struct cluster *c = code == EXIT_OK ? task_cluster(t, t->original) : NULL;
	if (c == NULL)
		return code == EXIT_OK ? EXIT_CONFIGURATION : code;
	scheduler_run(c);
	unsigned count = tell_pending(t, c);
	task_cluster_free(c);
	return count > 0 ? EXIT_TIMEOUT : otherwise;
}

enum exit_code task_wait(struct resource_task *t)
{
	if (t->place.path != NULL)
		return list_pending(t, EXIT_OK);
	enum exit_code code =
		client_wait(t->io, &t->place.call, t->timeout_ms > 0 ? t->timeout_ms : WAIT_DEFAULT_MS, &t->error);
	if (code == EXIT_TIMEOUT)
		return list_pending(t, EXIT_TIMEOUT);
	return code == EXIT_OK ? code : task_fail(t, code, "%s", t->error.text);
}
