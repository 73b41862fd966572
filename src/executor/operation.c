/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "executor/operation.h"

#include <assert.h>
#include <glib.h>
#include <string.h>

/* A copy is made in two walks by the same code: the first, without memory, counts. */
struct piece {
	char *memory;
	size_t size;
};

static void *piece_take(struct piece *p, size_t n)
{
	void *at = p->memory == NULL ? NULL : p->memory + p->size;

	p->size += n;
	return at;
}

static const char *piece_text(struct piece *p, const char *text)
{
	size_t n = text == NULL ? 0 : strlen(text) + 1;
	char *copy = n == 0 ? NULL : piece_take(p, n);

	if (copy != NULL)
		memcpy(copy, text, n);
	return copy;
}

/* Structures come first, texts behind them, so that all are aligned. */
static void *operation_walk(struct piece *p, const void *from)
{
	const struct operation *op = from;
	uint32_t count = op->parameters == NULL ? 0 : op->parameters->count;
	struct operation *copy = piece_take(p, sizeof *copy);
	struct table *t = piece_take(p, sizeof *t);
	struct table_entry *entries = piece_take(p, count * sizeof *entries);
	struct operation to = *op;

	to.rsc = piece_text(p, op->rsc);
	to.class_ = piece_text(p, op->class_);
	to.provider = piece_text(p, op->provider);
	to.type = piece_text(p, op->type);
	to.action = piece_text(p, op->action);
	to.note = piece_text(p, op->note);
	for (uint32_t i = 0; i < count; i++) {
		struct table_entry e = {.name = piece_text(p, op->parameters->entries[i].name),
					.value = piece_text(p, op->parameters->entries[i].value)};
		if (entries != NULL)
			entries[i] = e;
	}
	if (copy == NULL)
		return NULL;
	*t = (struct table){.entries = entries, .count = count, .room = count};
	to.parameters = t;
	*copy = to;
	return copy;
}

static void *report_walk(struct piece *p, const void *from)
{
	const struct operation_report *r = from;
	struct operation_report *copy = piece_take(p, sizeof *copy), to = *r;

	to.rsc = piece_text(p, r->rsc);
	to.action = piece_text(p, r->action);
	to.note = piece_text(p, r->note);
	to.output = piece_text(p, r->output);
	to.reason = piece_text(p, r->reason);
	to.reloadable = piece_text(p, r->reloadable);
	to.restart = piece_text(p, r->restart);
	to.secret = piece_text(p, r->secret);
	to.agent_version = piece_text(p, r->agent_version);
	if (copy != NULL)
		*copy = to;
	return copy;
}

static void *copy_of(void *(*walk)(struct piece *p, const void *from), const void *from)
{
	struct piece p = {0};

	(void)walk(&p, from);
	size_t counted = p.size;
	p = (struct piece){.memory = g_malloc0(counted)};
	void *copy = walk(&p, from);
	assert(p.size == counted);
	return copy;
}

struct operation *operation_copy(const struct operation *op)
{
	return copy_of(operation_walk, op);
}

struct operation_report *operation_report_copy(const struct operation_report *report)
{
	return copy_of(report_walk, report);
}
