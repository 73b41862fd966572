/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/colocation-values.h"

#include "scheduler/assign-state.h"

#include <string.h>
#include <strings.h>

struct value_table {
	const char *attribute;
	int32_t *numbers; /* by node index */
	struct value_table *next;
};

static int32_t number_of(const struct value_table *t, const struct cluster *c, uint32_t index)
{
	const char *value = node_attribute(c->nodes_by_index[index], t->attribute);
	if (value == NULL)
		return -1;
	/* Names are different on all nodes. */
	if (strcmp(t->attribute, "#uname") == 0)
		return (int32_t)index;
	for (uint32_t i = 0; i < index; i++) {
		const char *earlier =
			t->numbers[i] == (int32_t)i ? node_attribute(c->nodes_by_index[i], t->attribute) : NULL;
		if (earlier != NULL && strcasecmp(earlier, value) == 0)
			return (int32_t)i;
	}
	return (int32_t)index;
}

const int32_t *colocation_values(struct cluster *c, const struct colocation *l)
{
	struct assign_state *state = assign_state(c);
	for (const struct value_table *t = state->values; t != NULL; t = t->next)
		if (strcmp(t->attribute, l->node_attribute) == 0)
			return t->numbers;
	struct value_table *t = arena_new(&c->arena, struct value_table);
	t->attribute = l->node_attribute;
	t->numbers = arena_array(&c->arena, int32_t, c->node_count);
	for (uint32_t i = 0; i < c->node_count; i++)
		t->numbers[i] = number_of(t, c, i);
	t->next = state->values;
	state->values = t;
	return t->numbers;
}

struct seat *colocation_scratch(struct cluster *c)
{
	return assign_state(c)->scratch;
}
