/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --validate and --force-* of crm_resource: an agent run here and now, past the cluster. */
#include "cli/resource-task-private.h"
#include "os/agent.h"
#include "scheduler/action-config.h"
#include "scheduler/history.h"

#include <string.h>

enum { ACTION_TIMEOUT_MS = 20000 };

/* One run. */
struct agent_run {
	struct resource_task *t;
	struct operation operation;
	struct table *parameters;
	struct loop *loop;
	struct timer timeout;
	struct child *child;
	const char *class_; /* what "service" became */
	bool timed_out;
	int rc;
	enum outcome status;
	const char *reason, *out, *err; /* NULL: none */
};

static const char *action_of(const struct resource_task *t)
{
	if (strcmp(t->action, "validate") == 0)
		return "validate-all";
	if (strcmp(t->action, "force-check") == 0)
		return "monitor";
	return t->action + strlen("force-");
}

/* --- parameters --- */

static void add_meta(struct agent_run *x, const struct resource *r)
{
	for (uint32_t i = 0; i < r->meta->count; i++) {
		char *name = arena_printf(x->t->io->arena, "CRM_meta_%s", r->meta->entries[i].name);
		table_set(x->parameters, g_strdelimit(name, "-", '_'), r->meta->entries[i].value);
	}
}

static void take_parameters(struct agent_run *x, struct resource *r)
{
	struct resource_task *t = x->t;
	struct arena *a = t->io->arena;
	x->parameters = table_new(a);
	if (r != NULL) {
		table_add_all(x->parameters, resource_parameters(r, NULL));
		add_meta(x, r);
	} else {
		table_add_all(x->parameters, t->options);
	}
	table_set(x->parameters, "CRM_meta_timeout", arena_printf(a, "%lld", (long long)x->operation.timeout_ms));
	table_set(x->parameters, "crm_feature_set", CIB_FEATURE_SET);
	if (t->check_level != NULL)
		table_set(x->parameters, "OCF_CHECK_LEVEL", t->check_level);
	for (uint32_t i = 0; t->overrides != NULL && i < t->overrides->count; i++)
		table_set(x->parameters, t->overrides->entries[i].name, t->overrides->entries[i].value);
	x->operation.parameters = x->parameters;
}

static int64_t configured_timeout_ms(struct resource *r, const char *action)
{
	int64_t ms = 0;
	const struct element *operation = action_config_find(r, action, 0, true);
	const struct table *meta = action_config_meta(r, NULL, action, 0, operation);
	const char *text = table_get(meta, "timeout");
	bool known = text != NULL && g_ascii_string_to_signed(text, 10, 1, UINT32_MAX, &ms, NULL);
	return known ? ms : ACTION_TIMEOUT_MS;
}

/* --- running --- */

static void on_timeout(void *arg)
{
	struct agent_run *x = arg;
	x->timed_out = true;
	child_kill(x->child);
}

static const char *text_or_null(struct agent_run *x, const char *text)
{
	return text != NULL && text[0] != '\0' ? arena_string(x->t->io->arena, text) : NULL;
}

static void on_end(void *arg, const struct child_end *end)
{
	struct agent_run *x = arg;
	struct agent_refusal no;
	loop_timer_cancel(x->loop, &x->timeout);
	x->out = text_or_null(x, end->out);
	x->err = text_or_null(x, end->err);
	if (!end->started) {
		agent_not_started("the agent", end->error, x->t->io->arena, &no);
		x->rc = no.rc;
		x->status = no.status;
		x->reason = no.reason;
	} else if (x->timed_out) {
		x->rc = RESULT_UNKNOWN_ERROR;
		x->status = EXECUTION_TIMEOUT;
		x->reason = arena_printf(x->t->io->arena, "%s did not complete within %llds", x->operation.action,
					 (long long)x->operation.timeout_ms / 1000);
	} else if (end->signal != 0) {
		x->rc = RESULT_UNKNOWN_ERROR;
		x->status = EXECUTION_ERROR;
		x->reason = arena_printf(x->t->io->arena, "it was killed by signal %d", end->signal);
	} else {
		x->rc = agent_result_of(x->class_, x->operation.action, end->rc);
		x->status = EXECUTION_DONE;
		x->reason = agent_exit_reason(end->err, x->t->io->arena);
	}
	loop_stop(x->loop);
}

/* What agents look at to know that a person looks at them. */
static char **environment_of(struct agent_run *x, char **env)
{
	static const char *const trace = "OCF_TRACE_FILE=";
	size_t count = g_strv_length(env);
	bool has_trace = false;
	char **all = arena_array(x->t->io->arena, char *, count + 4);
	for (size_t i = 0; i < count; i++) {
		all[i] = env[i];
		has_trace = has_trace || strncmp(env[i], trace, strlen(trace)) == 0;
	}
	all[count++] = arena_printf(x->t->io->arena, "PCMK_debug=%d", x->t->line->verbosity > 0);
	if (x->t->line->verbosity > 1)
		all[count++] = arena_string(x->t->io->arena, "OCF_TRACE_RA=1");
	if (!has_trace)
		all[count] = arena_printf(x->t->io->arena, "%s/dev/stderr", trace);
	return all;
}

static bool start(struct agent_run *x)
{
	struct agent_places places = agent_places_usual();
	const char *root = io_environment(x->t->io, "OCF_ROOT");
	struct agent_refusal no;
	struct agent_call call = {0};
	if (root != NULL)
		places.ocf_root = root;
	bool runs = strcmp(x->operation.class_, "stonith") != 0 &&
		    agent_prepare(&places, &x->operation, x->t->io->arena, &call, &no);
	bool is_manual = runs ? call.unit == NULL : strcmp(x->operation.class_, "stonith") != 0;
	if (!is_manual)
		no = (struct agent_refusal){.rc = RESULT_UNIMPLEMENTED,
					    .status = EXECUTION_ERROR,
					    .reason = arena_printf(x->t->io->arena,
								   "Manual execution of the %s standard is unsupported",
								   x->operation.class_)};
	if (!runs || !is_manual) {
		x->rc = no.rc;
		x->status = no.status;
		x->reason = no.reason;
		return false;
	}
	x->class_ = call.class_;
	const struct child_plan plan = {.path = call.path,
					.argv = call.argv,
					.env = environment_of(x, call.env),
					.input = call.input,
					.input_size = call.input_size,
					.output_max = OPERATION_OUTPUT_MAX};
	timer_init(&x->timeout, on_timeout, x);
	loop_timer_set(x->loop, &x->timeout, (uint64_t)x->operation.timeout_ms);
	return child_start(x->loop, &plan, on_end, x, &x->child, &x->t->error) == ERR_OK;
}

static enum exit_code run(struct agent_run *x)
{
	struct error *e = &x->t->error;
	bool good = loop_open(&x->loop, e) == ERR_OK;
	x->status = EXECUTION_PENDING;
	if (good && start(x))
		good = loop_run(x->loop, e) == ERR_OK;
	loop_close(x->loop);
	if (x->status != EXECUTION_PENDING)
		return EXIT_OK;
	return task_fail(x->t, EXIT_SYSTEM, "running the agent: %s", e->text);
}

/* --- showing --- */

/* "force-check for web (ocf:heartbeat:nginx)" */
static const char *subject_of(const struct agent_run *x)
{
	const struct operation *op = &x->operation;
	struct arena *a = x->t->io->arena;
	const char *name = x->t->rsc != NULL ? arena_printf(a, " for %s", op->rsc) : "";
	const char *provider = op->provider != NULL ? arena_printf(a, ":%s", op->provider) : "";
	return arena_printf(a, "%s%s (%s%s:%s)", x->t->action, name, op->class_, provider, op->type);
}

static void show_text(struct agent_run *x)
{
	struct resource_task *t = x->t;
	struct arena *a = t->io->arena;
	const char *whose = t->rsc != NULL ? arena_printf(a, " for '%s'", x->operation.rsc) : "";
	const char *reason = x->reason != NULL ? arena_printf(a, ": %s", x->reason) : "";
	for (uint32_t i = 0; t->overrides != NULL && i < t->overrides->count; i++)
		result_line(&t->result, "Overriding the cluster configuration%s with '%s' = '%s'", whose,
			    t->overrides->entries[i].name, t->overrides->entries[i].value);
	if (x->status == EXECUTION_DONE)
		task_tell(t, "Operation %s returned %d (%s%s)", subject_of(x), x->rc,
			  exit_message((enum exit_code)x->rc), reason);
	else
		result_error(&t->result, "Operation %s could not be executed (%s%s)", subject_of(x),
			     execution_text((int)x->status), reason);
	if (x->out != NULL)
		result_line(&t->result, "%s", x->out);
	if (x->err != NULL)
		result_line(&t->result, "%s", x->err);
}

static void mark_overrides(struct markup *m, const struct agent_run *x)
{
	const struct table *o = x->t->overrides;
	if (o == NULL)
		return;
	markup_begin(m, "overrides");
	for (uint32_t i = 0; i < o->count; i++)
		markup_empty(m, "override", "name", o->entries[i].name, "value", o->entries[i].value, "rsc",
			     x->t->rsc != NULL ? x->operation.rsc : NULL, NULL);
	markup_end(m);
}

static void show_xml(struct agent_run *x)
{
	struct markup *m = &x->t->result.markup;
	const struct operation *op = &x->operation;
	markup_begin(m, "resource-agent-action");
	markup_attribute(m, "action", x->t->action);
	markup_attribute(m, "class", op->class_);
	markup_attribute(m, "type", op->type);
	markup_attribute(m, "rsc", x->t->rsc != NULL ? op->rsc : NULL);
	markup_attribute(m, "provider", op->provider);
	mark_overrides(m, x);
	markup_begin(m, "agent-status");
	markup_number(m, "code", x->rc);
	markup_attribute(m, "message", exit_message((enum exit_code)x->rc));
	markup_number(m, "execution_code", x->status);
	markup_attribute(m, "execution_message", execution_text(x->status));
	markup_attribute(m, "reason", x->reason);
	markup_end(m);
	if (x->out != NULL || x->err != NULL) {
		markup_begin(m, "command");
		markup_number(m, "code", x->rc);
		if (x->out != NULL)
			markup_text_with(m, "output", "source", "stdout", x->out);
		if (x->err != NULL)
			markup_text_with(m, "output", "source", "stderr", x->err);
		markup_end(m);
	}
	markup_end(m);
}

/* --- all of it --- */

/* An instance that is up is not started by hand beside the cluster's back. */
static bool is_unsafe(struct resource_task *t)
{
	bool changes = strcmp(t->action, "force-check") != 0 && strcmp(t->action, "force-stop") != 0 &&
		       strcmp(t->action, "validate") != 0;
	if (!changes || t->force || !resource_is_clone(t->rsc) || !task_is_active_on(t->rsc, NULL))
		return false;
	result_error(&t->result, "It is not safe to %s %s here: the cluster claims it is already active", t->action,
		     t->rsc->id);
	result_error(&t->result, "Try setting target-role=Stopped first or specifying the force option");
	return true;
}

static enum exit_code prepare(struct agent_run *x)
{
	struct resource_task *t = x->t;
	struct operation *op = &x->operation;
	struct resource *r = t->rsc;
	*op = (struct operation){
		.id = 1, .rsc = "test", .class_ = t->class_, .provider = t->provider, .type = t->agent};
	op->action = action_of(t);
	if (r != NULL && resource_is_clone(r) && r->children.count > 0)
		r = r->children.items[0];
	if (r != NULL && (r->kind != RESOURCE_PRIMITIVE || resource_is_bundled(r))) {
		result_error(&t->result, "Sorry, the %s option doesn't support %s resources", t->action,
			     resource_is_bundled(r) || r->kind == RESOURCE_BUNDLE ? "bundled" : "group");
		return EXIT_UNIMPLEMENTED;
	}
	op->timeout_ms = t->timeout_ms > 0 ? t->timeout_ms
			 : r != NULL       ? configured_timeout_ms(r, op->action)
					   : ACTION_TIMEOUT_MS;
	if (r != NULL) {
		bool is_anonymous = r->parent != NULL && resource_is_anonymous_clone(r->parent);
		op->rsc = is_anonymous ? t->resource : r->id;
		op->class_ = r->class_;
		op->provider = r->provider != NULL && strcmp(r->class_, "ocf") == 0 ? r->provider : NULL;
		op->type = r->type;
	}
	take_parameters(x, r);
	return EXIT_OK;
}

enum exit_code task_run_agent(struct resource_task *t)
{
	struct agent_run x = {.t = t};
	if (t->rsc != NULL && is_unsafe(t))
		return EXIT_UNSAFE;
	enum exit_code code = prepare(&x);
	if (code == EXIT_OK)
		code = run(&x);
	if (code != EXIT_OK)
		return code;
	if (t->result.is_xml)
		show_xml(&x);
	else
		show_text(&x);
	return (enum exit_code)x.rc;
}
