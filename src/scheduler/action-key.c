/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/action-key.h"

#include "scheduler/action.h"
#include "scheduler/cluster.h"

#include <assert.h>
#include <limits.h>
#include <string.h>

static const char *const task_names[] = {
	[TASK_OTHER] = "no_action",
	[TASK_MONITOR] = "monitor",
	[TASK_STOP] = "stop",
	[TASK_STOPPED] = "stopped",
	[TASK_START] = "start",
	[TASK_RUNNING] = "running",
	[TASK_NOTIFY] = "notify",
	[TASK_NOTIFIED] = "notified",
	[TASK_PROMOTE] = "promote",
	[TASK_PROMOTED] = "promoted",
	[TASK_DEMOTE] = "demote",
	[TASK_DEMOTED] = "demoted",
	[TASK_MIGRATE_TO] = "migrate_to",
	[TASK_MIGRATE_FROM] = "migrate_from",
	[TASK_RELOAD] = "reload-agent",
	[TASK_CANCEL] = "cancel",
	[TASK_DELETE] = "lrm_delete",
	[TASK_CLEAR_FAILCOUNT] = "clear_failcount",
	[TASK_SHUTDOWN] = "do_shutdown",
	[TASK_FENCE] = "stonith",
	[TASK_LOAD_STOPPED] = "load_stopped",
	[TASK_CLONE_ONE_OR_MORE] = "clone-one-or-more",
	[TASK_ONE_OR_MORE] = "one-or-more",
	[TASK_MAINTENANCE_NODES] = "maintenance_nodes",
};

/* Which tasks begin with a letter; TASK_OTHER: no more. */
enum { ALIKE_MAX = 4 };
static const uint8_t tasks_of_letter['z' - 'a' + 1][ALIKE_MAX] = {
	['c' - 'a'] = {TASK_CANCEL, TASK_CLEAR_FAILCOUNT, TASK_CLONE_ONE_OR_MORE},
	['d' - 'a'] = {TASK_DEMOTE, TASK_DEMOTED, TASK_SHUTDOWN},
	['l' - 'a'] = {TASK_DELETE, TASK_LOAD_STOPPED},
	['m' - 'a'] = {TASK_MONITOR, TASK_MIGRATE_TO, TASK_MIGRATE_FROM, TASK_MAINTENANCE_NODES},
	['n' - 'a'] = {TASK_NOTIFY, TASK_NOTIFIED},
	['o' - 'a'] = {TASK_ONE_OR_MORE},
	['p' - 'a'] = {TASK_PROMOTE, TASK_PROMOTED},
	['r' - 'a'] = {TASK_RUNNING, TASK_RELOAD},
	['s' - 'a'] = {TASK_START, TASK_STOP, TASK_STOPPED, TASK_FENCE},
};

enum task task_parse(const char *name)
{
	if (name[0] < 'a' || name[0] > 'z')
		return TASK_OTHER;
	const uint8_t *alike = tasks_of_letter[name[0] - 'a'];
	for (unsigned i = 0; i < ALIKE_MAX && alike[i] != TASK_OTHER; i++)
		if (strcmp(task_names[alike[i]], name) == 0)
			return (enum task)alike[i];
	return TASK_OTHER;
}

const char *task_text(enum task task)
{
	assert((unsigned)task < TASK_COUNT);
	return task_names[task];
}

const char *on_fail_text(enum on_fail on_fail)
{
	switch (on_fail) {
	case ON_FAIL_IGNORE:
		return "ignore";
	case ON_FAIL_DEMOTE:
		return "demote";
	case ON_FAIL_RESTART:
		return "recover";
	case ON_FAIL_RESET_REMOTE:
		return "reset-remote";
	case ON_FAIL_RESTART_CONTAINER:
		return "restart-container";
	case ON_FAIL_BAN:
		return "migrate";
	case ON_FAIL_BLOCK:
		return "block";
	case ON_FAIL_STOP:
		return "stop";
	case ON_FAIL_STANDBY:
		return "standby";
	case ON_FAIL_FENCE:
		return "fence";
	}
	return "<unknown>";
}

char *number_write(int64_t number, char *at)
{
	char digits[20];
	unsigned count = 0;
	uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;
	do
		digits[count++] = (char)('0' + left % 10);
	while ((left /= 10) > 0);
	if (number < 0)
		*at++ = '-';
	while (count > 0)
		*at++ = digits[--count];
	*at = '\0';
	return at;
}

const char *number_text(struct cluster *c, int64_t number)
{
	char text[NUMBER_TEXT_SIZE];
	char *end = number_write(number, text);
	return arena_string_n(&c->arena, text, (size_t)(end - text));
}

const char *key_write(struct cluster *c, const char *rsc, const char *task, int64_t interval_ms, struct key_buffer *b)
{
	size_t rsc_size = strlen(rsc), task_size = strlen(task);
	size_t size = rsc_size + task_size + NUMBER_TEXT_SIZE + 2;
	char *text = size <= sizeof(b->text) ? b->text : arena_take(&c->arena, size);
	memcpy(text, rsc, rsc_size);
	char *at = text + rsc_size;
	*at++ = '_';
	memcpy(at, task, task_size);
	at += task_size;
	*at++ = '_';
	number_write(interval_ms, at);
	return text;
}

const char *action_key(struct cluster *c, const char *rsc, const char *task, int64_t interval_ms)
{
	struct key_buffer b;
	const char *key = key_write(c, rsc, task, interval_ms, &b);
	return key == b.text ? arena_string(&c->arena, key) : key;
}

const char *action_notify_key(struct cluster *c, const char *rsc, const char *type, const char *task)
{
	return texts_join(&c->arena, (const char *[]){rsc, "_", type, "_notify_", task, "_0"}, 6);
}

char *texts_join(struct arena *a, const char *const *parts, size_t count)
{
	size_t size = 1;
	for (size_t i = 0; i < count; i++)
		size += strlen(parts[i]);
	char *joined = arena_take(a, size), *at = joined;
	for (size_t i = 0; i < count; i++) {
		size_t n = strlen(parts[i]);
		memcpy(at, parts[i], n);
		at += n;
	}
	*at = '\0';
	return joined;
}

/* Where the underscore is that stands directly before one of these names, when the name starts there and ends at
 * `before` or earlier; 0: nowhere. */
static size_t underscore_before(const char *key, size_t before, const char *const *names)
{
	for (; *names != NULL; names++) {
		size_t n = strlen(*names);
		if (before <= n + 1)
			continue;
		size_t at = before - n - 1;
		if (key[at] == '_' && strncmp(key + at + 1, *names, n) == 0)
			return at;
	}
	return 0;
}

/* The number after the last underscore. Anything else than digits counts as 0, as it always did. */
static int64_t interval_of(const char *text)
{
	int64_t ms = 0;
	for (; *text >= '0' && *text <= '9' && ms < UINT_MAX; text++)
		ms = ms * 10 + (*text - '0');
	return ms;
}

bool action_key_parse(struct cluster *c, const char *key, const char **ret_rsc, const char **ret_task,
		      int64_t *ret_interval_ms)
{
	/* Resource ids and these task names have underscores themselves. */
	static const char *const tasks[] = {"migrate_from", "migrate_to", NULL};
	static const char *const prefixes[] = {"pre_notify", "post_notify", "confirmed-pre_notify",
					       "confirmed-post_notify", NULL};

	size_t size = key == NULL ? 0 : strlen(key);
	if (size < 5)
		return false;
	size_t interval_at = size - 2;
	while (interval_at > 2 && key[interval_at] != '_')
		interval_at--;
	if (interval_at == 2)
		return false;
	size_t task_at = underscore_before(key, interval_at, tasks);
	if (task_at == 0) {
		task_at = interval_at - 2;
		while (task_at > 0 && key[task_at] != '_')
			task_at--;
		if (task_at == 0)
			return false;
	}
	size_t prefix_at = underscore_before(key, task_at, prefixes);
	if (prefix_at != 0)
		task_at = prefix_at;
	if (ret_rsc != NULL)
		*ret_rsc = arena_string_n(&c->arena, key, task_at);
	if (ret_task != NULL)
		*ret_task = arena_string_n(&c->arena, key + task_at + 1, interval_at - task_at - 1);
	if (ret_interval_ms != NULL)
		*ret_interval_ms = interval_of(key + interval_at + 1);
	return true;
}
