/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "rules/values.h"

#include "rules/rule-private.h"
#include "rules/score.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

/* A block that wants its turn. */
struct candidate {
	const struct element *block;
	bool is_first;
	int score;
	uint32_t position; /* in the document */
};

/* What "#default" has removed stays in the table with this value until all is read, and may be set again: to close the
 * gaps one by one would take time by the square of their number. */
static const char removed[] = "";

struct unpacking {
	const struct rule_input *in;
	struct table *into;
	int64_t *next_change;
	bool has_removed;
};

static void set_pair(struct unpacking *u, const char *name, const char *value)
{
	if (value[0] == '#' && g_ascii_strcasecmp(value, "#default") == 0) {
		if (table_has(u->into, name))
			table_set(u->into, name, removed);
		u->has_removed = true;
	} else if (u->has_removed && table_get(u->into, name) == removed) {
		table_set(u->into, name, value);
	} else {
		(void)table_add(u->into, name, value);
	}
}

static void unpack_pair(const struct element *pair, struct unpacking *u)
{
	pair = reference_follow(pair, u->in);
	if (pair == NULL)
		return;
	const char *name = NULL, *value = NULL;
	for (unsigned i = 0; i < pair->attribute_count; i++) {
		if (pair->attributes[i].name == NAME_NAME)
			name = pair->attributes[i].value;
		else if (pair->attributes[i].name == NAME_VALUE)
			value = pair->attributes[i].value;
	}
	if (name != NULL && value != NULL)
		set_pair(u, name, value);
}

static void unpack_block(const struct element *block, struct unpacking *u)
{
	const struct element *rule = element_first_named(block, NAME_RULE);
	if (rule != NULL && rule_test(rule, u->in, u->next_change) != RULE_YES)
		return;
	/* As the oldest documents have it: the pairs in an element of their own. */
	if (block->first != NULL && block->first->name == NAME_ATTRIBUTES)
		block = block->first;
	for_each_named(pair, block, NAME_NVPAIR) unpack_pair(pair, u);
}

static int block_score(const struct element *block, const struct rule_input *in)
{
	const char *text = element_get(block, NAME_SCORE);
	int score;
	if (!score_parse(text, 0, &score))
		(void)rule_complain(in, block, "its score \"%s\" is no score, 0 is used", text);
	return score;
}

/* Blocks of equal score: the later one goes first. Nobody would guess it, and clusters rely on it. */
static int compare_candidates(const void *one, const void *two)
{
	const struct candidate *a = one, *b = two;
	if (a->is_first != b->is_first)
		return a->is_first ? -1 : 1;
	if (a->score != b->score)
		return a->score > b->score ? -1 : 1;
	return a->position > b->position ? -1 : 1;
}

static void unpack_several(const struct element *parent, cib_name block, const char *first_id, struct unpacking *u)
{
	const struct rule_input *in = u->in;
	uint32_t count = 0;
	for_each_named(e, parent, block) count++;
	struct candidate *candidates = g_new(struct candidate, count);
	count = 0;
	for_each_named(e, parent, block)
	{
		const struct element *target = reference_follow(e, in);
		if (target == NULL)
			continue;
		const char *id = element_id(target);
		candidates[count] = (struct candidate){
			.block = target,
			.is_first = first_id != NULL && id != NULL && strcmp(id, first_id) == 0,
			.score = block_score(target, in),
			.position = count,
		};
		count++;
	}
	qsort(candidates, count, sizeof(*candidates), compare_candidates);
	for (uint32_t i = 0; i < count; i++)
		unpack_block(candidates[i].block, u);
	g_free(candidates);
}

void values_unpack(const struct element *parent, cib_name block, const struct rule_input *in, const char *first_id,
		   struct table *into, int64_t *next_change)
{
	const struct element *only = element_first_named(parent, block);
	if (only == NULL)
		return;
	struct unpacking u = {in, into, next_change, false};
	const struct element *target = NULL;
	if (element_next_named(only) != NULL)
		unpack_several(parent, block, first_id, &u);
	else
		target = reference_follow(only, in);
	if (target != NULL)
		unpack_block(target, &u);
	if (u.has_removed)
		table_remove_valued(into, removed);
}
