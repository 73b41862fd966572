/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hale status - everything that an operator looks for, on one page: is there quorum, who leads, who is there, what runs
 * where, what is being done, what failed, can nodes be fenced. */
#include "cli/status-json.h"
#include "cli/status-live.h"
#include "cli/verb.h"
#include "fencing/device.h"
#include "report/failure.h"
#include "report/status.h"
#include "scheduler/history.h"
#include "scheduler/node.h"
#include "scheduler/resource.h"

#include <string.h>
#include <time.h>

enum { OPTION_FULL = 1, OPTION_HIDE_INACTIVE };

static const struct option options[] = {
	{OPTION_FULL, 0, "full", NULL, "Also attributes of nodes and fail counts"},
	VERB_OPTIONS_LOOK,
	{0},
};

static const char *fencing_complaint(struct verb *v, struct cluster *c)
{
	const char **names = arena_array(v->io->arena, const char *, c->node_count + 1);
	for (uint32_t i = 0; i < c->node_count; i++)
		names[i] = node_name(c->nodes[i]);
	return fence_coverage_complaint(v->upgraded, c->now, names, c->node_count, v->io->arena);
}

/* ---- text ---- */

static const char *cluster_name(const struct cluster *c)
{
	const char *name = table_get(c->options.all, "cluster-name");
	return name != NULL ? name : "";
}

static unsigned online_count(const struct cluster *c)
{
	unsigned count = 0;
	for_each_node(n, c) count += n->online && !n->unclean;
	return count;
}

static void print_change(const struct element *root, struct outline *o)
{
	const char *when = element_get(root, NAME_CIB_LAST_WRITTEN);
	const char *user = element_get(root, NAME_UPDATE_USER), *client = element_get(root, NAME_UPDATE_CLIENT);
	const char *node = element_get(root, NAME_UPDATE_ORIGIN);
	if (when == NULL)
		return;
	outline_item(o, "Last change:  %s%s%s%s%s%s%s", when, user != NULL ? " by " : "", user != NULL ? user : "",
		     client != NULL ? " via " : "", client != NULL ? client : "", node != NULL ? " on " : "",
		     node != NULL ? node : "");
}

static void print_summary(struct verb *v, struct cluster *c, const struct status_live *live, struct outline *o)
{
	const char *leader = live->leader != NULL ? live->leader : c->dc != NULL ? node_name(c->dc) : NULL;
	bool quorate = live->known ? live->quorate : c->quorate;
	outline_begin(o, "Cluster Summary");
	if (v->file == NULL)
		outline_item(o, "Stack: hale (%s)", live->view);
	outline_item(o, "Current DC: %s - partition %s quorum", leader != NULL ? leader : "NONE",
		     quorate ? "with" : "WITHOUT");
	if (live->doing != NULL)
		outline_item(o, "Leader: %s", live->doing);
	print_change(document_root(v->old), o);
	outline_item(o, "%u node%s configured, %u online", c->node_count, c->node_count == 1 ? "" : "s",
		     online_count(c));
	outline_item(o, "%u resource instance%s configured", c->instance_count, c->instance_count == 1 ? "" : "s");
	if (c->disabled_count > 0)
		outline_item(o, "%u of them DISABLED", c->disabled_count);
	if (c->blocked_count > 0)
		outline_item(o, "%u of them BLOCKED from further action due to failure", c->blocked_count);
	outline_end(o);
	outline_space(o);
}

static void print_failures(struct cluster *c, struct outline *o)
{
	if (c->failed_operations == NULL)
		return;
	outline_begin(o, "Failed Resource Actions");
	for (const struct failed_operation *f = c->failed_operations; f != NULL; f = f->next) {
		outline_item(o, "%s", failure_text(c, f));
		outline_item(o, "  forget it: %s", failure_cure(f->rsc, f->node));
	}
	outline_end(o);
	outline_space(o);
}

static void print_lines(const char *title, const GPtrArray *lines, struct outline *o)
{
	if (lines->len == 0)
		return;
	outline_begin(o, "%s", title);
	for (guint i = 0; i < lines->len; i++)
		outline_item(o, "%s", (const char *)g_ptr_array_index(lines, i));
	outline_end(o);
	outline_space(o);
}

static void print_text(struct verb *v, struct cluster *c, const struct status_live *live, const GPtrArray *pending,
		       const char *complaint)
{
	unsigned sections = verb_has(v, OPTION_FULL) ? STATUS_ATTRIBUTES | STATUS_FAIL_COUNTS : 0;
	struct outline o = {.out = g_string_new(NULL)};
	if (cluster_name(c)[0] != '\0')
		g_string_append_printf(o.out, "Cluster name: %s\n", cluster_name(c));
	if (*complaint != '\0')
		g_string_append_printf(o.out, "\nWARNING: %s\n\n", complaint);
	if (c->options.maintenance_mode)
		g_string_append(o.out,
				"\nWARNING: maintenance-mode is on: nothing is started, stopped or recovered; end it "
				"with `hale property set maintenance-mode=false`\n\n");
	print_summary(v, c, live, &o);
	status_report_nodes(&o, c);
	outline_space(&o);
	if (c->resources.count > 0) {
		status_report_resources(&o, c, true);
		outline_space(&o);
	} else {
		g_string_append(o.out, "\nNo resources: hale resource create makes one\n");
	}
	if ((sections & STATUS_ATTRIBUTES) != 0)
		status_report_attributes(&o, c);
	if ((sections & STATUS_FAIL_COUNTS) != 0)
		status_report_fail_counts(&o, c);
	print_lines("Being Done", pending, &o);
	print_failures(c, &o);
	print_lines("Being Fenced", live->fencing, &o);
	print_lines("Failed Fencing Actions", live->failed_fences, &o);
	print_lines("Troubles of Nodes", live->troubles, &o);
	(void)fwrite(o.out->str, 1, o.out->len, v->io->out);
	(void)g_string_free(o.out, TRUE);
}

static enum exit_code look(struct verb *v)
{
	struct status_live live;
	struct cluster *c = verb_cluster(v);
	if (c == NULL)
		return v->code;
	enum exit_code code = status_live_read(v, &live);
	if (code == EXIT_OK) {
		GPtrArray *pending = status_pending(v, c);
		const char *complaint = fencing_complaint(v, c);
		if (v->json)
			status_json_print(v, c, &live, pending, complaint);
		else
			print_text(v, c, &live, pending, complaint);
		g_ptr_array_unref(pending);
	}
	status_live_fini(&live);
	return code;
}

const struct program program_hale_status = {
	.rules = {.name = "hale status",
		  .summary = "show the cluster: nodes, resources, what is being done, what failed, what is wrong",
		  .details = "The form of lists is crm_mon's: \"Online: [ n1 n2 ]\", \"Started n1\". Scripts do better "
			     "with "
			     "--output-format=json.",
		  .options = options},
	.look = look,
};

/* ---- parts of it ---- */

static const struct option part_options[] = {VERB_OPTIONS_LOOK, {0}};

/* A resource, wherever it stands, or those of a tag. */
static enum exit_code print_named(struct verb *v, struct cluster *c, struct outline *o, const char *name)
{
	const struct element *tag = element_child_by_id(document_section(v->document, NAME_TAGS), NAME_TAG, name);
	if (tag == NULL && verb_resource(v, name) == NULL)
		return v->code;
	struct resource *r = tag == NULL ? resource_find(c, name) : NULL;
	if (r != NULL)
		status_report_resource(o, r, true);
	for_each_named(ref, tag, NAME_OBJ_REF)
	{
		r = resource_find(c, element_id(ref));
		if (r != NULL)
			status_report_resource(o, r, true);
	}
	return EXIT_OK;
}

static enum exit_code print_resources(struct verb *v, struct cluster *c, struct outline *o, bool fence)
{
	for (size_t i = 0; i < verb_word_count(v); i++)
		if (print_named(v, c, o, verb_word(v, i)) != EXIT_OK)
			return v->code;
	for (uint32_t i = 0; i < c->resources.count && verb_word_count(v) == 0; i++)
		if (c->resources.items[i]->fence_device == fence)
			status_report_resource(o, c->resources.items[i], true);
	return EXIT_OK;
}

static enum exit_code look_resources(struct verb *v)
{
	bool fence = strcmp(v->name, "hale stonith status") == 0;
	struct cluster *c = verb_cluster(v);
	if (c == NULL)
		return v->code;
	struct outline o = {.out = g_string_new(NULL), .depth = 1};
	enum exit_code code = print_resources(v, c, &o, fence);
	if (v->json && code == EXIT_OK) {
		verb_print_json(v, status_json_resources(v, c, fence));
		g_string_truncate(o.out, 0);
	} else if (o.out->len == 0 && code == EXIT_OK) {
		(void)fprintf(v->io->out, fence ? "NO stonith devices configured\n" : "NO resources configured\n");
	}
	(void)fwrite(o.out->str, 1, o.out->len, v->io->out);
	(void)g_string_free(o.out, TRUE);
	return code;
}

const struct program program_hale_resource_status = {
	.rules = {.name = "hale resource status",
		  .summary = "show where resources run",
		  .words = "[ID|TAG…]",
		  .options = part_options},
	.look = look_resources,
};

const struct program program_hale_stonith_status = {
	.rules = {.name = "hale stonith status",
		  .summary = "show which node watches which fence device",
		  .words = "[ID…]",
		  .options = part_options},
	.look = look_resources,
};

static enum exit_code look_cluster(struct verb *v)
{
	struct status_live live;
	struct cluster *c = verb_cluster(v);
	if (c == NULL)
		return v->code;
	enum exit_code code = status_live_read(v, &live);
	if (code == EXIT_OK) {
		struct outline o = {.out = g_string_new("Cluster Status:\n")};
		print_summary(v, c, &live, &o);
		status_report_nodes(&o, c);
		(void)fwrite(o.out->str, 1, o.out->len, v->io->out);
		(void)g_string_free(o.out, TRUE);
	}
	status_live_fini(&live);
	return code;
}

const struct program program_hale_cluster_status = {
	.rules = {.name = "hale cluster status", .summary = "show quorum, leader and nodes", .options = part_options},
	.look = look_cluster,
};
