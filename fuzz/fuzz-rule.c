/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any document: every element of it as a rule, a condition and the parent of blocks of values. What must hold: an end
 * within the budget, an answer that does not depend on whether somebody listens, and memory that comes back.
 */
#include "cib/document.h"
#include "rules/values.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { ELEMENTS_MAX = 50 };

static const char *attribute_of(void *user, const char *name)
{
	(void)user;
	return name[0] == 'a' ? "8" : name[0] == 'b' ? "1.5" : NULL;
}

static void take_problem(void *user, const struct element *at, const char *text)
{
	unsigned *count = user;
	assert(at != NULL);
	assert(strlen(text) > 0);
	++*count;
}

static void check_element(const struct element *e, struct rule_input *in, struct arena *a)
{
	static const cib_name blocks[] = {NAME_META_ATTRIBUTES, NAME_INSTANCE_ATTRIBUTES};
	unsigned problems = 0;
	int64_t next_change = INT64_MAX;
	in->problem = take_problem;
	in->problem_user = &problems;
	enum rule_result rule = rule_test(e, in, &next_change);
	enum rule_result condition = rule_test_condition(e, in, &next_change);
	assert(problems > 0 || (rule != RULE_INVALID && condition != RULE_INVALID));
	in->problem = NULL;
	assert(rule_test(e, in, NULL) == rule);
	assert(rule_test_condition(e, in, NULL) == condition);
	for (size_t i = 0; i < sizeof(blocks) / sizeof(blocks[0]); i++) {
		struct table *t = table_new(a);
		values_unpack(e, blocks[i], in, "first", t, &next_change);
		for (uint32_t n = 0; n < t->count; n++)
			assert(t->entries[n].value != NULL);
	}
}

static void check_tree(const struct element *e, struct rule_input *in, struct arena *a, unsigned *left)
{
	if (*left == 0)
		return;
	--*left;
	check_element(e, in, a);
	for_each_child(child, e) check_tree(child, in, a, left);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const submatches[] = {"web-1", NULL, "a"};
	struct document *d;
	struct error error;
	if (document_parse((const char *)data, size, "fuzz", &d, &error) != ERR_OK)
		return 0;
	struct arena a = {0};
	struct rule_input in = {.now = 1795357800,
				.offset_s = 3600,
				.node_attribute = attribute_of,
				.submatches = submatches,
				.submatch_count = 3,
				.class_ = "ocf",
				.op_name = "monitor",
				.op_interval_ms = 10000};
	unsigned left = ELEMENTS_MAX;
	check_tree(document_root(d), &in, &a, &left);
	arena_fini(&a);
	document_free(d);
	return 0;
}
