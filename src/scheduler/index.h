/* SPDX-License-Identifier: GPL-2.0-or-later */
/* index.h - things by a text that names them: resources by id, nodes by name.
 *
 * Borrowed texts and things; both live as long as the index, which lives in an
 * arena. Nothing is ever taken out, and nobody walks an index, so that its order
 * decides nothing.
 */
#ifndef SCHEDULER_INDEX_H
#define SCHEDULER_INDEX_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

struct id_index;

/* any_case: texts that differ in the case of ASCII letters name the same thing. */
struct id_index *id_index_new(struct arena *a, bool any_case);
/* What the text names, or NULL. index and text may be NULL. */
void *id_index_get(const struct id_index *index, const char *text);
/* Adds a thing unless the text names one already; true when it was added. */
bool id_index_add(struct id_index *index, const char *text, void *thing);
/* Adds a thing, or puts it in the place of what the text names. */
void id_index_set(struct id_index *index, const char *text, void *thing);

#endif
