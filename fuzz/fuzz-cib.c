/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text as a configuration, through parser, printer, schema, references and upgrade. What must hold whatever the
 * text: what was read prints as what reads the same, the quick answer about a document is the one with problems, every
 * problem has words, an upgrade leaves nothing to upgrade, the plain way to read agrees with the library's, and all
 * memory comes back.
 */
#include "../tests/cib/two-ways.h"
#include "cib/upgrade.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static GString *printed(const struct document *d)
{
	GString *out = g_string_new(NULL);
	document_print(d, out);
	return out;
}

static void check_round_trip(const struct document *d)
{
	GString *out = printed(d);
	struct document *again = NULL;
	enum err e = document_parse(out->str, out->len, "again", &again, NULL);
	assert(e == ERR_OK);
	GString *twice = printed(again);
	assert(g_string_equal(out, twice));
	g_string_free(out, TRUE);
	g_string_free(twice, TRUE);
	document_free(again);
}

static bool check_rule(const struct document *d, bool (*rule)(const struct document *, GPtrArray *))
{
	GPtrArray *problems = problems_new();
	GString *out = g_string_new(NULL);
	bool valid = rule(d, problems);
	assert(rule(d, NULL) == valid);
	assert(valid == (problems->len == 0));
	for (guint i = 0; i < problems->len; i++) {
		const struct problem *p = g_ptr_array_index(problems, i);
		assert(p->text[0] != '\0' && p->path[0] == '/');
		problem_print(p, "t", out);
	}
	g_string_free(out, TRUE);
	g_ptr_array_unref(problems);
	return valid;
}

static void check_upgrade(struct document *d)
{
	bool valid = cib_validate(d, NULL);
	if (cib_upgrade(d, NULL) != ERR_OK)
		return;
	assert(!valid || cib_validate(d, NULL));
	GString *once = printed(d);
	enum err e = cib_upgrade(d, NULL);
	assert(e == ERR_OK);
	GString *twice = printed(d);
	assert(g_string_equal(once, twice));
	g_string_free(once, TRUE);
	g_string_free(twice, TRUE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct document *d = NULL;
	struct error error = {0};
	bool agree;
	(void)read_two_ways((const char *)data, size, &agree);
	assert(agree);
	if (document_parse((const char *)data, size, "t", &d, &error) != ERR_OK) {
		assert(error.text[0] != '\0');
		return 0;
	}
	check_round_trip(d);
	(void)check_rule(d, cib_validate);
	(void)check_rule(d, cib_check_references);
	struct document *copy = document_clone(d);
	document_free(d);
	check_upgrade(copy);
	check_round_trip(copy);
	document_free(copy);
	return 0;
}
