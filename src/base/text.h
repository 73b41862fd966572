/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text.h - building text in the caller's memory, always terminated.
 *
 * What does not fit is cut and `cut` is set. Nothing allocates.
 *
 *	char line[128];
 *	struct text t = text_of(line, sizeof line);
 *	text_add(&t, "node %u", id.v);
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/ids.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct text {
	char *data;
	size_t size; /* of the memory, at least 1 */
	size_t len;  /* without the final NUL */
	bool cut;
};

struct text text_of(char *data, size_t size);
void text_add(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_vadd(struct text *t, const char *format, va_list args) __attribute__((format(printf, 2, 0)));
/* "1 2 5": the ids of a list separated by blanks, or "none". */
void text_add_nodes(struct text *t, const struct node_list *l);
/* "1.2f": a ring as people know it from Corosync, both parts in hex. */
void text_add_ring(struct text *t, struct ring_id ring);

#endif
