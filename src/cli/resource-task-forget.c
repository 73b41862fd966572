/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --cleanup, --refresh and --fail of crm_resource: the running cluster forgets, or learns, what happened. */
#include "cli/resource-task-private.h"
#include "rules/interval.h"

#include <string.h>

/* what: "failures" or "history". */
static enum exit_code ask(struct resource_task *t, const char *what, const char *rsc, const char *node)
{
	bool is_failures = strcmp(what, "failures") == 0;
	const char *operation = is_failures ? t->operation : NULL;
	int64_t interval_ms = 0;
	(void)interval_parse_ms(t->interval, &interval_ms);
	json_t *body =
		json_pack("{s:s, s:s*, s:s*, s:s*, s:I}", "what", what, "resource", rsc, "node", node, "operation",
			  operation, "interval_ms", (json_int_t)(operation != NULL ? interval_ms : 0));
	return client_post(t->io, &t->place.call, "/v1/forget", body, &t->error);
}

static enum exit_code forget_there(struct resource_task *t, const char *what, const struct resource *r,
				   const struct node *n)
{
	if (!n->probes_allowed) {
		result_error(&t->result, "Unable to clean up %s because resource discovery disabled on %s", r->id,
			     node_name(n));
		return EXIT_UNIMPLEMENTED;
	}
	if (t->place.path != NULL) {
		result_error(&t->result, "Dry run: skipping clean-up of %s on %s due to CIB_file", r->id, node_name(n));
		return EXIT_OK;
	}
	enum exit_code code = ask(t, what, r->history_id != NULL ? r->history_id : r->id, n->name);
	if (code != EXIT_OK) {
		result_error(&t->result, "Unable to clean up %s failures on %s: %s", r->id, node_name(n),
			     t->error.text);
		return code;
	}
	task_tell(t, "Cleaned up %s on %s", r->id, node_name(n));
	return EXIT_OK;
}

/* Nodes where it was looked for; if that is nowhere, where it may run. */
static bool is_concerned(const struct resource_task *t, const struct resource *r, const struct node *n)
{
	bool known = false;
	if (!n->online)
		return false;
	for_each_node(other, r->cluster) known = known || resource_is_known_on(r, other);
	if (known)
		return resource_is_known_on(r, n);
	return t->force || (r->allowed[n->index].present && (!r->exclusive_probes || r->allowed[n->index].score >= 0));
}

static enum exit_code forget(struct resource_task *t, const char *what, const struct resource *r)
{
	enum exit_code code = EXIT_OK;
	for_each_child_of(child, r)
	{
		if ((code = forget(t, what, child)) != EXIT_OK)
			return code;
	}
	if (r->children.count > 0)
		return EXIT_OK;
	if (t->node != NULL)
		return forget_there(t, what, r, t->node);
	for_each_node(n, r->cluster)
	{
		if (is_concerned(t, r, n) && (code = forget_there(t, what, r, n)) != EXIT_OK)
			return code;
	}
	return EXIT_OK;
}

static enum exit_code forget_resource(struct resource_task *t, const char *what)
{
	struct resource *r = t->force ? t->rsc : resource_top(t->rsc, false);
	enum exit_code code = forget(t, what, r);
	if (code == EXIT_OK && !t->line->quiet)
		task_check(t, r, t->node);
	return code;
}

static enum exit_code forget_everything(struct resource_task *t, const char *what)
{
	const char *where = t->node != NULL ? node_name(t->node) : "all nodes";
	if (t->place.path != NULL) {
		task_tell(t, "Dry run: skipping clean-up of %s due to CIB_file", where);
		return EXIT_OK;
	}
	enum exit_code code = ask(t, what, NULL, t->node != NULL ? t->node->name : NULL);
	if (code != EXIT_OK)
		result_error(&t->result, "Unable to clean up all failures on %s: %s", where, t->error.text);
	else if (strcmp(what, "failures") == 0)
		task_tell(t, "Cleaned up all resources on %s", where);
	return code;
}

enum exit_code task_cleanup(struct resource_task *t)
{
	return t->rsc != NULL ? forget_resource(t, "failures") : forget_everything(t, "failures");
}

enum exit_code task_refresh(struct resource_task *t)
{
	return t->rsc != NULL ? forget_resource(t, "history") : forget_everything(t, "history");
}

enum exit_code task_fail_resource(struct resource_task *t)
{
	if (t->place.path != NULL) {
		result_error(&t->result, "Dry run: skipping fail of %s on %s due to CIB_file", t->resource,
			     node_name(t->node));
		return EXIT_OK;
	}
	if (t->rsc->kind != RESOURCE_PRIMITIVE) {
		result_error(&t->result, "We can only process primitive resources, not %s", t->resource);
		return EXIT_INVALID_PARAMETER;
	}
	if (!t->node->online) {
		result_error(&t->result, "Node %s is not online", node_name(t->node));
		return EXIT_DISCONNECTED;
	}
	json_t *body = json_pack("{s:s, s:s}", "resource", t->rsc->id, "node", t->node->name);
	enum exit_code code = client_post(t->io, &t->place.call, "/v1/fail", body, &t->error);
	return code == EXIT_OK ? code : task_fail(t, code, "%s", t->error.text);
}
