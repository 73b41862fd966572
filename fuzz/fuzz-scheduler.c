/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text as a cluster: read, upgraded, checked, scheduled, told, carried out on paper, and scheduled again. What is
 * not valid is scheduled too, since validate-with="none" lets it pass. What must hold whatever the text: the same
 * document gives the same transition and scores twice, the graph prints, and all memory comes back.
 *
 * Bytes seldom make a configuration, so besides libFuzzer's mutations there are some of trees: values exchanged,
 * ids shared, elements repeated, moved and taken away.
 */
#include "cib/schema.h"
#include "cib/upgrade.h"
#include "report/status.h"
#include "report/summary.h"
#include "scheduler/graph.h"
#include "transition/rehearsal.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size) __attribute__((weak));

enum { NOW = 1700000000, ELEMENTS_MAX = 2000, EDITS = 3 };

static void add_line(void *user, const char *line)
{
	g_string_append(user, line);
	g_string_append_c(user, '\n');
}

/* All that a run prints. */
static GString *told(struct document *d, bool carry_out)
{
	GString *out = g_string_new(NULL);
	struct outline o = {.out = out};
	struct cluster *c = cluster_new(d, NOW);
	c->report = (struct score_report){.line = add_line, .user = out, .utilization = true};
	scheduler_run(c);
	(void)status_report_restrictions(&o, c);
	status_report(&o, c, STATUS_NODES | STATUS_RESOURCES | STATUS_ATTRIBUTES | STATUS_FAIL_COUNTS | STATUS_PENDING,
		      "Status");
	summary_report(&o, c);
	graph_print_xml(c, out);
	graph_print_dot(c, true, out);
	if (carry_out) {
		struct rehearsal r = {.document = d,
				      .cluster = c,
				      .now = NOW,
				      .log = {.line = add_line, .error = add_line, .user = out}};
		(void)rehearse(&r);
	}
	cluster_free(c);
	return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct document *d = NULL;
	if (document_parse((const char *)data, size, "t", &d, NULL) != ERR_OK)
		return 0;
	if (document_root(d)->name == NAME_CIB && document_section(d, NAME_STATUS) == NULL)
		element_add(document_root(d), NAME_STATUS);
	if (document_root(d)->name == NAME_CIB && cib_upgrade(d, NULL) == ERR_OK) {
		(void)cib_validate(d, NULL);
		GString *first = told(d, false), *second = told(d, true);
		assert(strncmp(first->str, second->str, first->len) == 0);
		g_string_free(first, TRUE);
		g_string_free(second, TRUE);
		g_string_free(told(d, false), TRUE);
	}
	document_free(d);
	return 0;
}

/* --- mutations of trees --- */

struct tree {
	struct element *elements[ELEMENTS_MAX];
	uint32_t count;
	uint64_t dice;
};

static uint32_t roll(struct tree *t, uint32_t below)
{
	t->dice = t->dice * 6364136223846793005u + 1442695040888963407u;
	return below == 0 ? 0 : (uint32_t)(t->dice >> 33) % below;
}

static void collect(struct tree *t, struct element *e)
{
	if (t->count < ELEMENTS_MAX)
		t->elements[t->count++] = e;
	for (struct element *child = e->first; child != NULL; child = child->next)
		collect(t, child);
}

static bool is_inside(const struct element *e, const struct element *ancestor)
{
	while (e != NULL && e != ancestor)
		e = e->parent;
	return e != NULL;
}

static const char *some_value(struct tree *t)
{
	static const char *const values[] = {
		"INFINITY", "-INFINITY", "0",     "1",       "-1",  "true",       "false",      "Promoted",
		"Stopped",  "Started",   "stop",  "promote", "10s", "2147483647", "9999999999", "",
		"node1",    "#uname",    "block", "fence",   "2",   "P10D",       "2024-01-01", "5000000000",
	};
	const struct element *e = t->elements[roll(t, t->count)];
	if (e->attribute_count == 0 || roll(t, 3) == 0)
		return values[roll(t, sizeof(values) / sizeof(values[0]))];
	return e->attributes[roll(t, e->attribute_count)].value;
}

static void edit(struct tree *t)
{
	struct element *e = t->elements[roll(t, t->count)], *other = t->elements[roll(t, t->count)];
	switch (roll(t, 6)) {
	case 0: /* elsewhere, once more */
		if (e->parent != NULL && element_count(e) < ELEMENTS_MAX / 4)
			element_append(other, element_copy(e->document, e));
		break;
	case 1: /* gone, or after another of its kind */
		if (e->parent == NULL || is_inside(other, e))
			break;
		element_remove(e);
		if (other->parent != NULL && other->name == e->name)
			element_insert(other->parent, e, other);
		break;
	case 2:
		if (e->attribute_count > 0)
			element_set(e, e->attributes[roll(t, e->attribute_count)].name, NULL);
		break;
	case 3: /* an attribute that another one of its kind has */
		if (e->name == other->name && other->attribute_count > 0)
			element_set(e, other->attributes[roll(t, other->attribute_count)].name, some_value(t));
		break;
	default:
		if (e->attribute_count > 0)
			element_set(e, e->attributes[roll(t, e->attribute_count)].name, some_value(t));
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	struct document *d = NULL;
	struct tree t = {.dice = seed};
	if (roll(&t, 8) == 0 || document_parse((const char *)data, size, "t", &d, NULL) != ERR_OK)
		return LLVMFuzzerMutate != NULL ? LLVMFuzzerMutate(data, size, max_size) : size;
	for (uint32_t i = 0, n = 1 + roll(&t, EDITS); i < n; i++) {
		t.count = 0;
		collect(&t, document_root(d));
		edit(&t);
	}
	GString *out = g_string_new(NULL);
	document_print(d, out);
	if (out->len <= max_size) {
		memcpy(data, out->str, out->len);
		size = out->len;
	}
	g_string_free(out, TRUE);
	document_free(d);
	return size;
}
