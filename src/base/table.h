/* SPDX-License-Identifier: GPL-2.0-or-later */
/* table.h - texts by name: attributes of a node, options, parameters.
 *
 * A table keeps the order in which names came, so that nothing that walks it
 * depends on a hash. It lives in an arena; keys and values are borrowed (they
 * must live as long as the table). Small tables are searched, large ones are
 * indexed.
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include "base/arena.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct table_entry {
	const char *name;
	const char *value; /* NULL: known to have none */
};

/* All zero but for the arena is an empty table. */
struct table {
	struct arena *arena;
	struct table_entry *entries;
	uint32_t count, room;
	uint32_t *slots; /* index + 1 by hash, when there are many */
	uint32_t slot_count;
};

struct table *table_new(struct arena *a);
/* The value, or NULL. t may be NULL. */
const char *table_get(const struct table *t, const char *name);
bool table_has(const struct table *t, const char *name);
/* Sets or replaces. */
void table_set(struct table *t, const char *name, const char *value);
/* Sets unless the name is there; true when it was set. */
bool table_add(struct table *t, const char *name, const char *value);
/* Forgets a name; the order of the others stays. Takes time by the number of names. */
void table_remove(struct table *t, const char *name);
/* Forgets all names with this value, which is looked for by its address. Takes the time of one table_remove(). */
void table_remove_valued(struct table *t, const char *value);
/* Adds what `from` has and t has not. from may be NULL. */
void table_add_all(struct table *t, const struct table *from);
/* Entries in the order of their names by strcmp, as a new array of t's arena. */
const struct table_entry *table_sorted(const struct table *t);

#endif
