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
static struct operation *operation_walk(struct piece *p, const struct operation *op)
{
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

struct operation *operation_copy(const struct operation *op)
{
	struct piece p = {0};

	(void)operation_walk(&p, op);
	size_t counted = p.size;
	p = (struct piece){.memory = g_malloc0(counted)};
	struct operation *copy = operation_walk(&p, op);
	assert(p.size == counted);
	return copy;
}

static struct operation_report *report_walk(struct piece *p, const struct operation_report *r)
{
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

struct operation_report *operation_report_copy(const struct operation_report *report)
{
	struct piece p = {0};

	(void)report_walk(&p, report);
	size_t counted = p.size;
	p = (struct piece){.memory = g_malloc0(counted)};
	struct operation_report *copy = report_walk(&p, report);
	assert(p.size == counted);
	return copy;
}
