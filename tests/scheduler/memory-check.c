/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memory-check - is what the scheduler decides with a memory what it decides without one?
 *
 * usage: memory-check CHANGES FILE...
 *
 * Each document is decided with a memory, then changed at random CHANGES times (mostly in its status, sometimes
 * elsewhere, sometimes time passes), and decided again after each: with the memory, and by a cluster that has none.
 * Graph, picture, scores and complaints must be equal. Ends with 1 at the first difference, whose document it prints.
 */
#include "cib/upgrade.h"
#include "scheduler/graph.h"
#include "scheduler/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOW = 1700000000, ELEMENTS_MAX = 20000 };

struct tree {
	struct element *elements[ELEMENTS_MAX];
	uint32_t count;
	uint64_t dice;
};

static uint64_t taken, learnt;

static void add_line(void *user, const char *line)
{
	g_string_append_printf(user, "%s\n", line);
}

static GString *decided(struct document *d, int64_t now, struct scheduler_memory *m)
{
	GString *out = g_string_new(NULL);
	struct cluster *c = cluster_new(d, now);
	c->memory = m;
	c->report.line = add_line;
	c->report.user = out;
	scheduler_run(c);
	graph_print_xml(c, out);
	graph_print_dot(c, true, out);
	for (const struct complaint *x = c->complaints; x != NULL; x = x->next)
		add_line(out, x->text);
	for (const struct complaint *x = c->notices; x != NULL; x = x->next)
		add_line(out, x->text);
	g_string_append_printf(out, "again at %" PRId64 "\n", c->recheck_by);
	cluster_free(c);
	return out;
}

/* --- changes --- */

static uint32_t roll(struct tree *t, uint32_t below)
{
	t->dice = t->dice * 6364136223846793005u + 1442695040888963407u;
	return below == 0 ? 0 : (uint32_t)(t->dice >> 33) % below;
}

static void collect(struct tree *t, struct element *e)
{
	if (t->count < ELEMENTS_MAX && e->name != NAME_COMMENT)
		t->elements[t->count++] = e;
	for (struct element *child = e->first; child != NULL; child = child->next)
		collect(t, child);
}

static struct element *some_element(struct tree *t)
{
	return t->elements[roll(t, t->count)];
}

/* A value that an attribute of this name has elsewhere, or one that many have. */
static const char *some_value(struct tree *t, cib_name name)
{
	static const char *const values[] = {"0",     "1",    "7",     "INFINITY", "true",
					     "false", "stop", "start", "5s",       "Stopped"};
	for (unsigned i = 0; i < 20; i++) {
		const char *value = element_get(some_element(t), name);
		if (value != NULL)
			return value;
	}
	return values[roll(t, G_N_ELEMENTS(values))];
}

static void change(struct tree *t, struct document *d)
{
	struct element *section = document_section(d, roll(t, 4) == 0 ? NAME_CONFIGURATION : NAME_STATUS);
	t->count = 0;
	if (section != NULL)
		collect(t, section);
	if (t->count < 2)
		return;
	struct element *e = t->elements[1 + roll(t, t->count - 1)];
	cib_name name = e->attribute_count > 0 ? e->attributes[roll(t, e->attribute_count)].name : NAME_ID;
	switch (roll(t, 6)) {
	case 0:
		element_remove(e);
		break;
	case 1:
		element_insert(e->parent, element_copy(d, e), e);
		break;
	case 2:
		element_set(e, name, NULL);
		break;
	default:
		element_set(e, name, some_value(t, name));
	}
}

/* --- one document --- */

static bool is_equal(struct document *d, int64_t now, struct scheduler_memory *m, const char *path)
{
	GString *with = decided(d, now, m), *without = decided(d, now, NULL);
	bool equal = strcmp(with->str, without->str) == 0;
	struct scheduler_memory_counts n = scheduler_memory_counts(m);
	taken += n.known;
	learnt += n.learnt;
	if (!equal) {
		GString *text = g_string_new(NULL);
		document_print(d, text);
		printf("%s\n%s: decided otherwise with a memory\n--- with ---\n%s\n--- without ---\n%s\n", text->str,
		       path, with->str, without->str);
		g_string_free(text, TRUE);
	}
	g_string_free(with, TRUE);
	g_string_free(without, TRUE);
	return equal;
}

static struct document *read_document(const char *path)
{
	char *text;
	gsize size;
	struct document *d = NULL;
	if (!g_file_get_contents(path, &text, &size, NULL))
		return NULL;
	if (document_parse(text, size, path, &d, NULL) != ERR_OK)
		d = NULL;
	g_free(text);
	if (d != NULL && document_section(d, NAME_STATUS) == NULL)
		element_add(document_root(d), NAME_STATUS);
	if (d != NULL && cib_upgrade(d, NULL) != ERR_OK) {
		document_free(d);
		d = NULL;
	}
	return d;
}

static bool check(const char *path, unsigned changes, struct tree *t, struct scheduler_memory *m)
{
	struct document *d = read_document(path);
	int64_t now = NOW;
	if (d == NULL) {
		printf("%s: cannot be read\n", path);
		return false;
	}
	t->dice = g_str_hash(path);
	bool equal = is_equal(d, now, m, path);
	for (unsigned i = 0; i < changes && equal; i++) {
		change(t, d);
		now += roll(t, 4) == 0 ? roll(t, 100000) : 0;
		equal = is_equal(d, now, m, path);
	}
	document_free(d);
	return equal;
}

int main(int argc, char **argv)
{
	static struct tree t;
	if (argc < 3) {
		fprintf(stderr, "usage: %s CHANGES FILE...\n", argv[0]);
		return 2;
	}
	/* One for all of them: another document must not remind it of the one before. */
	struct scheduler_memory *m = scheduler_memory_new();
	int result = 0;
	for (int i = 2; i < argc && result == 0; i++)
		result = check(argv[i], (unsigned)atoi(argv[1]), &t, m) ? 0 : 1;
	scheduler_memory_free(m);
	printf("%d documents, %" PRIu64 " pieces taken from the memory, %" PRIu64 " learnt\n", argc - 2, taken, learnt);
	return result;
}
