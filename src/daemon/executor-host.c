/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/executor-host.h"

#include "daemon/agent-catalogue.h"
#include "os/systemd.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

/* One run of an agent, from spawn() to executor_exited(). Two things may be under way: the agent, and the question what
 * its parameters mean; the end is told when both are there.
 */
struct run {
	struct executor_host *host;
	uint64_t id;
	struct operation *op;
	struct arena arena; /* what the end is made of */
	struct child *child;
	struct systemd_call *call;
	bool has_end, waits_for_entry;
	struct executor_exit end;
	mono_time deadline;    /* nine tenths of its timeout */
	struct timer patience; /* for the metadata */
	struct loop_job soon;
};

enum { ENTRY_WAIT_MS = 3000 };

struct executor_host {
	struct loop *loop;
	struct log *log;
	struct executor_host_options options;
	struct executor *core;
	struct agent_catalogue *catalogue;
	struct systemd *systemd;
	GHashTable *runs; /* by id */
	struct timer timer;
	bool drains;
	struct loop_job idle;
};

struct executor *executor_host_core(struct executor_host *h)
{
	return h->core;
}

/* --- the end of a run --- */

static void run_free(struct run *r)
{
	loop_job_remove(r->host->loop, &r->soon);
	loop_timer_cancel(r->host->loop, &r->patience);
	child_close(r->child);
	systemd_forget(r->call);
	arena_fini(&r->arena);
	g_free(r->op);
	g_free(r);
}

static void idle_check(struct executor_host *h)
{
	if (h->drains && executor_drain(h->core, loop_clock()))
		loop_job_add(h->loop, &h->idle);
}

/* Outside of the core's own calls. */
static void run_told(void *arg)
{
	struct run *r = arg;
	struct executor_host *h = r->host;

	(void)g_hash_table_remove(h->runs, &r->id);
	executor_exited(h->core, loop_clock(), r->id, &r->end);
	run_free(r);
	idle_check(h);
}

static void entry_unwant(struct run *r)
{
	if (r->waits_for_entry)
		catalogue_unwant(r->host->catalogue, r);
	r->waits_for_entry = false;
}

static void on_patience(void *arg)
{
	struct run *r = arg;

	entry_unwant(r);
	loop_job_add(r->host->loop, &r->soon);
}

/* An agent that ended in time must not count as late because its metadata are. */
static void run_settle(struct run *r)
{
	mono_time wait_end = mono_time_add_ms(loop_clock(), ENTRY_WAIT_MS);

	if (!r->has_end)
		return;
	if (!r->waits_for_entry) {
		loop_timer_cancel(r->host->loop, &r->patience);
		loop_job_add(r->host->loop, &r->soon);
		return;
	}
	loop_timer_set_at(r->host->loop, &r->patience,
			  mono_time_before(r->deadline, wait_end) ? r->deadline : wait_end);
}

static void run_refused(struct run *r, const struct agent_refusal *no)
{
	r->end.spawned = false;
	r->end.rc = (int)no->rc;
	r->end.status = no->status;
	r->end.reason = no->reason;
	r->has_end = true;
	run_settle(r);
}

static bool is_fence_agent(const struct run *r)
{
	return strcmp(r->op->class_, "stonith") == 0;
}

/* Fence agents know no exit reasons; the first that they say on standard error comes closest. */
static const char *reason_of(struct run *r, const struct child_end *e)
{
	const char *reason = agent_exit_reason(e->err, &r->arena);

	if (reason != NULL || !is_fence_agent(r) || e->rc == 0)
		return reason;
	const char *line = e->err + strspn(e->err, " \n");
	size_t n = strcspn(line, "\n");
	return n == 0 ? NULL : arena_string_n(&r->arena, line, n < OPERATION_REASON_MAX ? n : OPERATION_REASON_MAX - 1);
}

/* Standard error matters when something went wrong. */
static const char *output_of(struct run *r, const struct child_end *e)
{
	size_t room = OPERATION_OUTPUT_MAX - 1, n = strlen(e->out);

	if (e->rc == 0 && e->signal == 0)
		return arena_string_n(&r->arena, e->out, n);
	const char *errors = e->err + (strlen(e->err) > room - n ? strlen(e->err) - (room - n) : 0);
	return arena_printf(&r->arena, "%s%s", e->out, errors);
}

static void on_end(void *arg, const struct child_end *e)
{
	struct run *r = arg;
	struct agent_refusal no;

	r->child = NULL;
	r->end.started = e->began;
	r->end.ended = e->ended;
	if (!e->started) {
		const char *path =
			agent_path(&r->host->options.places, r->op->class_, r->op->provider, r->op->type, &r->arena);

		agent_not_started(path == NULL ? r->op->type : path, e->error, &r->arena, &no);
		run_refused(r, &no);
		return;
	}
	r->end.spawned = true;
	r->end.rc = agent_result_of(r->op->class_, r->op->action, e->rc);
	r->end.signal = e->signal < 0 ? 9 : e->signal;
	r->end.reason = reason_of(r, e);
	r->end.output = output_of(r, e);
	r->has_end = true;
	run_settle(r);
}

static void on_unit_end(void *arg, const struct systemd_end *e)
{
	struct run *r = arg;
	struct agent_refusal no = {.rc = e->rc, .status = e->status};

	r->call = NULL;
	no.reason = e->reason == NULL ? NULL : arena_string(&r->arena, e->reason);
	run_refused(r, &no);
}

/* --- metadata --- */

static const char *copy_of(struct run *r, const char *text)
{
	return arena_string(&r->arena, text);
}

/* What the history says of an agent goes with the results of those actions that look at parameters. */
static bool wants_entry(const struct operation *op)
{
	static const char *const actions[] = {"start",  "monitor",      "promote",    "demote",
					      "reload", "reload-agent", "migrate_to", "migrate_from"};

	if (strcmp(op->class_, "ocf") != 0)
		return false;
	for (size_t i = 0; i < G_N_ELEMENTS(actions); i++)
		if (strcmp(actions[i], op->action) == 0)
			return true;
	return false;
}

static void on_entry(void *arg, const struct agent_entry *entry)
{
	struct run *r = arg;

	r->waits_for_entry = false;
	if (entry->metadata != NULL) {
		r->end.reloadable = copy_of(r, entry->metadata->reloadable);
		r->end.restart = copy_of(r, entry->metadata->restart);
		r->end.secret = copy_of(r, entry->metadata->secret);
		r->end.agent_version = copy_of(r, entry->metadata->version);
	}
	run_settle(r);
}

/* Somebody asks for the metadata themselves. */
static void on_asked_entry(void *arg, const struct agent_entry *entry)
{
	struct run *r = arg;

	on_entry(r, entry);
	r->end.spawned = entry->text != NULL;
	r->end.output = entry->text == NULL ? NULL : arena_string_n(&r->arena, entry->text, entry->size);
	r->end.reason = copy_of(r, entry->why);
	r->end.rc = entry->text == NULL ? RESULT_NOT_INSTALLED : RESULT_OK;
	r->end.status = EXECUTION_NOT_INSTALLED;
	r->has_end = true;
	run_settle(r);
}

static void entry_want(struct run *r, void (*fn)(void *arg, const struct agent_entry *entry))
{
	const struct agent_key key = {.class_ = r->op->class_, .provider = r->op->provider, .type = r->op->type};

	r->waits_for_entry = true;
	catalogue_want(r->host->catalogue, &key, fn, r);
}

/* --- the begin of a run --- */

static void run_start(struct run *r)
{
	struct executor_host *h = r->host;
	struct agent_refusal no;
	struct agent_call call;
	struct error why;

	if (!agent_prepare(&h->options.places, r->op, &r->arena, &call, &no)) {
		run_refused(r, &no);
		return;
	}
	if (call.unit != NULL) {
		r->call = systemd_ask(h->systemd, call.unit, r->op->action, on_unit_end, r);
		return;
	}
	struct child_plan plan = {.path = call.path,
				  .argv = call.argv,
				  .env = call.env,
				  .input = call.input,
				  .input_size = call.input_size,
				  .output_max = OPERATION_OUTPUT_MAX - 1,
				  .as_user = call.as_user,
				  .uid = call.uid,
				  .gid = call.gid};
	if (child_start(h->loop, &plan, on_end, r, &r->child, &why) != ERR_OK) {
		no = (struct agent_refusal){
			.rc = RESULT_UNKNOWN_ERROR, .status = EXECUTION_ERROR, .reason = copy_of(r, why.text)};
		run_refused(r, &no);
		return;
	}
	if (wants_entry(r->op))
		entry_want(r, on_entry);
}

static void host_spawn(void *arg, uint64_t id, const struct operation *op)
{
	struct executor_host *h = arg;
	struct run *r = g_new0(struct run, 1);
	int64_t timeout_ms = op->timeout_ms > 0 ? op->timeout_ms : EXECUTOR_TIMEOUT_MS;

	r->host = h;
	r->id = id;
	r->op = operation_copy(op);
	r->soon = (struct loop_job){.fn = run_told, .arg = r, .priority = LOOP_MED};
	r->deadline = mono_time_add_ms(loop_clock(), (uint64_t)timeout_ms - (uint64_t)timeout_ms / 10);
	timer_init(&r->patience, on_patience, r);
	(void)g_hash_table_insert(h->runs, &r->id, r);
	log_write(h->log, SUBSYSTEM_EXECUTOR, LEVEL_DEBUG, "%s of %s begins (%s:%s%s%s)", op->action, op->rsc,
		  op->class_, op->provider == NULL ? "" : op->provider, op->provider == NULL ? "" : ":", op->type);
	if (agent_is_metadata(op->action))
		entry_want(r, on_asked_entry);
	else
		run_start(r);
}

/* The core has waited for it long enough; its end comes, or never. */
static void host_kill(void *arg, uint64_t id)
{
	struct executor_host *h = arg;
	struct run *r = g_hash_table_lookup(h->runs, &id);

	if (r == NULL)
		return;
	if (r->child != NULL) {
		child_kill(r->child);
		return;
	}
	/* A job of systemd's cannot be taken back; that of metadata ends without. */
	systemd_forget(r->call);
	r->call = NULL;
	entry_unwant(r);
	r->has_end = true;
	loop_job_add(h->loop, &r->soon);
}

/* --- what the core asks for besides --- */

static enum message_id message_of(const struct operation_report *r)
{
	bool is_probe = strcmp(r->action, "monitor") == 0 && r->rc == RESULT_NOT_RUNNING && r->interval_ms == 0;

	if (r->status == EXECUTION_TIMEOUT)
		return MSG_OPERATION_TIMEOUT;
	if (r->status == EXECUTION_CANCELLED)
		return MSG_OPERATION_CANCELLED;
	if (r->status == EXECUTION_DONE && (r->rc == RESULT_OK || r->rc == RESULT_PROMOTED || is_probe))
		return MSG_OPERATION_DONE;
	return MSG_OPERATION_FAILED;
}

static void host_report(void *arg, const struct operation_report *r)
{
	struct executor_host *h = arg;
	const struct message_entry *m = message_entry(message_of(r));

	log_message(h->log, message_of(r), "%s of %s: %s (code %d) after %u ms%s%s", r->action, r->rsc,
		    r->status == EXECUTION_CANCELLED ? "cancelled"
		    : r->status == EXECUTION_TIMEOUT ? "timed out"
		    : m->level < LEVEL_INFO          ? "failed"
						     : "done",
		    r->rc, r->run_ms, r->reason == NULL ? "" : ": ", r->reason == NULL ? "" : r->reason);
	h->options.report(h->options.arg, r);
}

static void host_timer(void *arg, mono_time due)
{
	struct executor_host *h = arg;

	if (mono_time_is_set(due))
		loop_timer_set_at(h->loop, &h->timer, due);
	else
		loop_timer_cancel(h->loop, &h->timer);
}

static wall_time host_wall(void *arg, mono_time at)
{
	wall_time now = loop_wall();

	(void)arg;
	return (wall_time){now.ns - mono_time_since_ns(loop_clock(), at)};
}

static void on_timer(void *arg)
{
	struct executor_host *h = arg;

	executor_tick(h->core, loop_clock());
}

static void on_idle(void *arg)
{
	struct executor_host *h = arg;

	h->options.idle(h->options.arg);
}

enum err executor_host_open(struct loop *l, struct log *log, const struct executor_host_options *options,
			    struct executor_host **ret, struct error *reterr)
{
	struct executor_host *h = g_new0(struct executor_host, 1);
	const struct executor_ops ops = {.host = h,
					 .spawn = host_spawn,
					 .kill = host_kill,
					 .report = host_report,
					 .timer = host_timer,
					 .wall = host_wall};

	(void)reterr;
	h->loop = l;
	h->log = log;
	h->options = *options;
	h->core = executor_new(&ops);
	h->catalogue = catalogue_new(l, &h->options.places, options->state_dir, log);
	h->systemd = systemd_new(l, options->unit_drop_ins);
	h->runs = g_hash_table_new(g_int64_hash, g_int64_equal);
	timer_init(&h->timer, on_timer, h);
	h->idle = (struct loop_job){.fn = on_idle, .arg = h, .priority = LOOP_LOW};
	*ret = h;
	return ERR_OK;
}

void executor_host_close(struct executor_host *h)
{
	GHashTableIter i;
	void *r;

	if (h == NULL)
		return;
	loop_timer_cancel(h->loop, &h->timer);
	loop_job_remove(h->loop, &h->idle);
	catalogue_free(h->catalogue);
	g_hash_table_iter_init(&i, h->runs);
	while (g_hash_table_iter_next(&i, NULL, &r))
		run_free(r);
	g_hash_table_destroy(h->runs);
	systemd_free(h->systemd);
	executor_free(h->core);
	g_free(h);
}

void executor_host_drain(struct executor_host *h)
{
	h->drains = true;
	idle_check(h);
}
