/* SPDX-License-Identifier: GPL-2.0-or-later */
/* action-key.h - the texts by which actions are known, made without printf: they are made very often.
 *
 * The key of an action is RESOURCE_TASK_INTERVAL; who reads one must know that
 * ids and some tasks have underscores themselves: action_key_parse() (action.h).
 */
#ifndef SCHEDULER_ACTION_KEY_H
#define SCHEDULER_ACTION_KEY_H

#include "base/arena.h"

#include <stdint.h>

struct cluster;

enum { NUMBER_TEXT_SIZE = 24 };

struct key_buffer {
	char text[240];
};

/* A key for a moment: in the buffer when it fits, else in the cluster's arena. */
const char *key_write(struct cluster *c, const char *rsc, const char *task, int64_t interval_ms, struct key_buffer *b);
/* Writes a decimal (NUMBER_TEXT_SIZE bytes suffice) and its zero byte; returns where that is. */
char *number_write(int64_t number, char *at);
/* A decimal in the cluster's arena. */
const char *number_text(struct cluster *c, int64_t number);
/* The parts, one after the other. */
char *texts_join(struct arena *a, const char *const *parts, size_t count);

#endif
