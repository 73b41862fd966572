/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scheduler-again - what a decision costs a process that stays: the document is kept, one change arrives, it decides.
 *
 * usage: scheduler-again FILE CHANGES forget|remember
 *
 * Reads FILE and decides once; then CHANGES times a patch arrives, which makes one operation fail or, every second
 * time, sets an attribute of a node, and it decides again and writes the transition. `forget` does so without a memory.
 * bench/scheduler.py again counts the instructions of a change, by runs with fewer and more of them.
 */
#include "cib/patch.h"
#include "cib/schema.h"
#include "cib/upgrade.h"
#include "scheduler/graph.h"
#include "scheduler/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOW = 1700000000, APART = 37 };

static struct document *read_document(const char *path)
{
	char *text;
	gsize size;
	struct document *d;
	struct error error;
	if (!g_file_get_contents(path, &text, &size, NULL)) {
		fprintf(stderr, "%s: cannot be read\n", path);
		exit(1);
	}
	if (document_parse(text, size, path, &d, &error) != ERR_OK || cib_upgrade(d, &error) != ERR_OK) {
		fprintf(stderr, "%s\n", error.text);
		exit(1);
	}
	g_free(text);
	if (!cib_validate(d, NULL)) {
		fprintf(stderr, "%s: not valid\n", path);
		exit(1);
	}
	return d;
}

/* The histories with more than a probe, one by one and far from each other. */
static struct element *nth_history(struct document *d, unsigned n)
{
	struct element *found = NULL;
	while (found == NULL) {
		unsigned before = n;
		for_each_named(state, document_section(d, NAME_STATUS), NAME_NODE_STATE)
		{
			struct element *all =
				element_first_named(element_first_named(state, NAME_LRM), NAME_LRM_RESOURCES);
			for_each_named(history, all, NAME_LRM_RESOURCE)
			{
				if (history->first != history->last && n-- == 0)
					return history;
			}
		}
		if (n == before)
			exit(1);
	}
	return found;
}

static void add_version(GString *out, const struct element *root)
{
	struct cib_version v = cib_version_of(root);
	struct document *copy = document_new(NAME_CIB);
	struct element *side = document_root(copy);
	g_string_append(out, "<version>");
	for (unsigned i = 0; i < 2; i++) {
		side->name = i == 0 ? NAME_SOURCE : NAME_TARGET;
		element_set_int(side, NAME_ADMIN_EPOCH, v.admin_epoch);
		element_set_int(side, NAME_EPOCH, v.epoch);
		element_set_int(side, NAME_NUM_UPDATES, v.num_updates + i);
		element_print_flat(side, out);
	}
	side->name = NAME_CIB;
	g_string_append(out, "</version><change operation=\"modify\" path=\"/cib\"><change-result>");
	for (unsigned i = 0; i < root->attribute_count; i++)
		element_set(side, document_name(copy, document_name_text(root->document, root->attributes[i].name)),
			    root->attributes[i].value);
	element_set_int(side, NAME_NUM_UPDATES, v.num_updates + 1);
	element_print_flat(side, out);
	g_string_append(out, "</change-result></change>");
	document_free(copy);
}

static void add_failure(GString *out, struct document *d, unsigned number)
{
	const struct element *history = nth_history(d, number * APART);
	const struct element *state = history->parent->parent->parent;
	const char *id = element_id(history);
	g_string_append_printf(
		out,
		"<change operation=\"create\" position=\"0\" path=\"/cib/status/node_state[@id='%s']/lrm[@id='%s']/"
		"lrm_resources/lrm_resource[@id='%s']\"><lrm_rsc_op id=\"%s_last_failure_0\" "
		"on_node=\"%s\" operation_key=\"%s_monitor_10000\""
		" operation=\"monitor\" interval=\"10000\" call-id=\"%u\" rc-code=\"7\" op-status=\"0\" "
		"last-rc-change=\"%u\""
		" transition-key=\"1:2:0:11111111-2222-3333-4444-555555555555\""
		" transition-magic=\"0:7;1:2:0:11111111-2222-3333-4444-555555555555\"/></change>",
		element_id(state), element_id(state), id, id, element_get(state, NAME_UNAME), id, 1000000 + number,
		NOW - 10);
}

static void add_attribute(GString *out, struct document *d, unsigned number)
{
	const struct element *state = nth_history(d, number * APART)->parent->parent->parent;
	g_string_append_printf(out,
			       "<change operation=\"create\" position=\"1\" path=\"/cib/status/node_state[@id='%s']\">"
			       "<transient_attributes id=\"%s\"><instance_attributes id=\"s-%u\"><nvpair id=\"n-%u\""
			       " name=\"pingd\" value=\"1000\"/></instance_attributes></transient_attributes></change>",
			       element_id(state), element_id(state), number, number);
}

static void change(struct document *d, unsigned number)
{
	GString *text = g_string_new("<diff format=\"2\">");
	struct document *patch;
	struct error error;
	add_version(text, document_root(d));
	(number % 2 == 0 ? add_failure : add_attribute)(text, d, number);
	g_string_append(text, "</diff>");
	if (document_parse(text->str, text->len, "patch", &patch, &error) != ERR_OK ||
	    patch_apply_to(d, document_root(patch), PATCH_CHECK_VERSION, &error) != PATCH_APPLIED) {
		fprintf(stderr, "%s\n", error.text);
		exit(1);
	}
	document_free(patch);
	g_string_free(text, TRUE);
}

static size_t decide(struct document *d, struct scheduler_memory *m)
{
	GString *out = g_string_new(NULL);
	struct cluster *c = cluster_new(d, NOW);
	c->memory = m;
	scheduler_run(c);
	graph_print_xml(c, out);
	size_t size = out->len;
	cluster_free(c);
	g_string_free(out, TRUE);
	return size;
}

int main(int argc, char **argv)
{
	if (argc != 4) {
		fprintf(stderr, "usage: %s FILE CHANGES forget|remember\n", argv[0]);
		return 2;
	}
	struct document *d = read_document(argv[1]);
	struct scheduler_memory *m = strcmp(argv[3], "remember") == 0 ? scheduler_memory_new() : NULL;
	size_t size = decide(d, m);
	for (unsigned i = 0; i < (unsigned)atoi(argv[2]); i++) {
		change(d, i);
		gint64 begin = g_get_monotonic_time();
		size = decide(d, m);
		printf("change %u: %lld us, a transition of %zu bytes\n", i,
		       (long long)(g_get_monotonic_time() - begin), size);
	}
	scheduler_memory_free(m);
	document_free(d);
	return 0;
}
