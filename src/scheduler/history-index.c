/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entries of the history: reading one, telling which of two is newer, finding those of a resource on a node. */
#include "scheduler/history-private.h"
#include "scheduler/index.h"
#include "scheduler/sort.h"

#include <ctype.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

int64_t entry_number(const char *text, int64_t otherwise)
{
	const char *at = text;
	int64_t value = 0;
	if (text == NULL)
		return otherwise;
	/* Nearly all are a few plain digits. */
	for (; *at >= '0' && *at <= '9' && at - text < 18; at++)
		value = value * 10 + (*at - '0');
	if (at != text && (*at < '0' || *at > '9'))
		return value;
	char *end;
	value = strtoll(text, &end, 10);
	return end == text ? otherwise : value;
}

int64_t entry_interval_ms(const char *text)
{
	int64_t ms = entry_number(text, 0);
	return ms < 0 ? 0 : ms < UINT32_MAX ? ms : UINT32_MAX;
}

static int int_or(const char *text, int otherwise)
{
	int64_t value = entry_number(text, otherwise);
	return value < INT_MIN || value > INT_MAX ? otherwise : (int)value;
}

static enum history_task task_of(const char *name)
{
	static const struct {
		const char *name;
		enum history_task task;
	} tasks[] = {
		{"monitor", HISTORY_MONITOR},
		{"start", HISTORY_START},
		{"stop", HISTORY_STOP},
		{"promote", HISTORY_PROMOTE},
		{"demote", HISTORY_DEMOTE},
		{"migrate_to", HISTORY_MIGRATE_TO},
		{"migrate_from", HISTORY_MIGRATE_FROM},
		{"asyncmon", HISTORY_ASYNC_MONITOR},
	};
	for (size_t i = 0; i < sizeof(tasks) / sizeof(tasks[0]); i++)
		if (name[0] == tasks[i].name[0] && strcmp(name, tasks[i].name) == 0)
			return tasks[i].task;
	return HISTORY_OTHER;
}

/* The parts of "action:transition:expected result:identity". */
struct transition_key {
	int transition, expected_rc;
	const char *identity;
	size_t identity_length;
};

static const char *skip_number(const char *at, int *ret)
{
	char *end;
	long value = strtol(at, &end, 10);
	if (end == at || *end != ':')
		return NULL;
	*ret = (int)value;
	return end + 1;
}

static bool key_parse(const char *text, struct transition_key *ret)
{
	enum { IDENTITY_MAX = 36 };
	int action;
	const char *at = skip_number(text, &action);
	if (at != NULL)
		at = skip_number(at, &ret->transition);
	if (at != NULL)
		at = skip_number(at, &ret->expected_rc);
	if (at == NULL)
		return false;
	at += strspn(at, " \t\n");
	size_t length = strcspn(at, " \t\n");
	ret->identity = at;
	ret->identity_length = length < IDENTITY_MAX ? length : IDENTITY_MAX;
	return length > 0;
}

/* "status:result;key" */
static bool magic_parse(const char *text, struct transition_key *ret)
{
	const char *key = text != NULL ? strchr(text, ';') : NULL;
	return key != NULL && key_parse(key + 1, ret);
}

static int expected_rc_of(const char *key)
{
	struct transition_key parts;
	return key != NULL && key_parse(key, &parts) ? parts.expected_rc : -1;
}

static void read_attribute(const struct attribute *a, struct entry *e)
{
	switch (a->name) {
	case NAME_ID:
		e->id = a->value;
		break;
	case NAME_OPERATION:
		e->task_name = a->value;
		break;
	case NAME_OPERATION_KEY:
		e->key = a->value;
		break;
	case NAME_INTERVAL:
		e->interval_ms = entry_interval_ms(a->value);
		break;
	case NAME_OP_STATUS:
		e->status_text = a->value;
		break;
	case NAME_RC_CODE:
		e->rc_text = a->value;
		break;
	case NAME_CALL_ID:
		e->call_text = a->value;
		break;
	case NAME_TRANSITION_KEY:
		e->transition_key = a->value;
		break;
	case NAME_TRANSITION_MAGIC:
		e->magic = a->value;
		break;
	case NAME_LAST_RC_CHANGE:
		e->last_change = entry_number(a->value, -1);
		break;
	case NAME_EXIT_REASON:
		e->exit_reason = a->value;
		break;
	case NAME_ON_NODE:
		e->on_node = a->value;
		break;
	default:
		break;
	}
}

bool entry_is_last_failure(const struct entry *e)
{
	static const char suffix[] = "_last_failure_0";
	size_t length = strlen(e->id);
	return length >= sizeof(suffix) - 1 && strcmp(e->id + length - (sizeof(suffix) - 1), suffix) == 0;
}

void entry_read(const struct element *xml, struct entry *ret)
{
	*ret = (struct entry){.xml = xml, .last_change = -1};
	for (unsigned i = 0; i < xml->attribute_count; i++)
		read_attribute(&xml->attributes[i], ret);
	if (ret->key == NULL)
		ret->key = ret->id;
	ret->call_id = int_or(ret->call_text, -1);
	ret->rc = int_or(ret->rc_text, RESULT_OK);
	ret->execution = int_or(ret->status_text, EXECUTION_ERROR);
	ret->expected_rc = expected_rc_of(ret->transition_key);
	if (ret->task_name == NULL)
		return;
	ret->task = task_of(ret->task_name);
	ret->probe = ret->task == HISTORY_MONITOR && ret->interval_ms == 0;
	ret->masked = ret->probe && probe_result_is_masked(ret->rc, ret->execution);
	ret->absence = ret->probe && ret->rc == RESULT_NOT_RUNNING && ret->expected_rc == RESULT_NOT_RUNNING &&
		       ret->execution == EXECUTION_DONE && ret->id != NULL && !entry_is_last_failure(ret);
}

/* --- which is newer --- */

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcasecmp(a, b) == 0);
}

/* One of them is pending: by the transitions that they belong to. -1: a shutdown, which always comes last. */
static int compare_transitions(const struct entry *a, const struct entry *b)
{
	struct transition_key of_a, of_b;
	if (!magic_parse(a->magic, &of_a) || !magic_parse(b->magic, &of_b))
		return 0;
	bool same_identity = of_a.identity_length == of_b.identity_length &&
			     strncasecmp(of_a.identity, of_b.identity, of_a.identity_length) == 0;
	if (!same_identity || of_a.transition == of_b.transition) {
		/* Pending operations do not outlive the one who asked for them, so the pending one is newer. */
		if (b->call_id == -1)
			return -1;
		return a->call_id == -1 ? 1 : 0;
	}
	if ((of_a.transition >= 0 && of_a.transition < of_b.transition) || of_b.transition == -1)
		return -1;
	if ((of_b.transition >= 0 && of_a.transition > of_b.transition) || of_a.transition == -1)
		return 1;
	return 0;
}

/* Of equal call ids, or of two nodes: by the time at which the result changed. */
static int compare_times(const struct entry *a, const struct entry *b)
{
	if (a->last_change >= 0 && a->last_change < b->last_change)
		return -1;
	return b->last_change >= 0 && a->last_change > b->last_change;
}

static int compare_calls(int a, int b)
{
	if (a >= 0 && a < b)
		return -1;
	return b >= 0 && a > b;
}

int entry_compare(const struct entry *a, const struct entry *b)
{
	bool same_node = same_text(a->on_node, b->on_node);
	if (same_node && a->id != NULL && b->id != NULL && strcmp(a->id, b->id) == 0)
		return 0; /* twice the same */
	if (a->call_id == -1 && b->call_id == -1)
		return 0;
	int order = same_node ? compare_calls(a->call_id, b->call_id) : 0;
	if (order != 0)
		return order;
	return a->call_id < 0 || b->call_id < 0 ? compare_transitions(a, b) : compare_times(a, b);
}

static int compare_entries(void *a, void *b)
{
	return entry_compare(a, b);
}

uint32_t entries_count(const struct element *history)
{
	uint32_t count = 0;
	for_each_named(e, history, NAME_LRM_RSC_OP) count++;
	return count;
}

void entries_read(const struct element *history, struct entry *all, struct entry **sorted, struct entry **scratch,
		  uint32_t count)
{
	uint32_t at = count;
	for_each_named(e, history, NAME_LRM_RSC_OP)
	{
		at--;
		sorted[at] = &all[at];
		entry_read(e, &all[at]);
	}
	pointers_sort_in((void **)sorted, (void **)scratch, count, compare_entries);
}

int entry_xml_compare(const struct element *a, const struct element *b)
{
	struct entry of_a, of_b;
	entry_read(a, &of_a);
	entry_read(b, &of_b);
	return entry_compare(&of_a, &of_b);
}

/* --- finding --- */

/* The states of one node name; its resources are indexed when they are first asked for. */
struct node_history {
	const struct element *state;
	struct id_index *resources;
};

void history_index_begin(struct cluster *c, const struct element *status)
{
	c->node_histories = id_index_new(&c->arena, false);
	for_each_named(state, status, NAME_NODE_STATE)
	{
		const char *name = element_get(state, NAME_UNAME);
		if (name == NULL || id_index_get(c->node_histories, name) != NULL)
			continue;
		struct node_history *h = arena_new(&c->arena, struct node_history);
		h->state = state;
		(void)id_index_add(c->node_histories, name, h);
	}
}

const struct element *history_resources(const struct element *state)
{
	return element_first_named(element_first_named(state, NAME_LRM), NAME_LRM_RESOURCES);
}

const struct element *history_find(struct cluster *c, const char *node_name, const char *rsc_id)
{
	struct node_history *h = id_index_get(c->node_histories, node_name);
	if (h == NULL)
		return NULL;
	if (h->resources == NULL) {
		h->resources = id_index_new(&c->arena, false);
		for_each_named(e, history_resources(h->state), NAME_LRM_RESOURCE) if (element_id(e) != NULL)(void)
			id_index_add(h->resources, element_id(e), e);
	}
	return id_index_get(h->resources, rsc_id);
}
