/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Frames of the executor's wire, and what they ask for done by its core: a host that lets processes end, time out and
 * refuse to die, as the letters of resource names say. What must hold: what is decoded and encoded again decodes to the
 * same bytes, what is refused is explained, the core's rules hold after each step, and each operation that was taken is
 * reported.
 */
#include "executor/wire.h"

#include "executor/metadata.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RUNS_MAX = 64, STEPS_MAX = 200 };

struct host {
	uint64_t runs[RUNS_MAX]; /* that have not ended */
	uint32_t count;
	mono_time due;
	uint64_t reports;
	GHashTable *reported; /* by id of what was taken: NULL until it is */
};

static void on_spawn(void *arg, uint64_t run, const struct operation *op)
{
	struct host *h = arg;

	assert(op->rsc[0] != '\0');
	if (op->rsc[0] != 'h' && h->count < RUNS_MAX) /* the others hang */
		h->runs[h->count++] = run;
}

static void on_kill(void *arg, uint64_t run)
{
	struct host *h = arg;

	if (run % 2 == 0 && h->count < RUNS_MAX)
		h->runs[h->count++] = run;
}

static gint64 *id_new(uint64_t id)
{
	gint64 *own = g_new(gint64, 1);

	*own = (gint64)id;
	return own;
}

/* Asked for again it is the same operation, as long as it lives. */
static void note_taken(struct host *h, uint64_t id)
{
	gint64 key = (gint64)id;

	if (!g_hash_table_contains(h->reported, &key))
		g_hash_table_insert(h->reported, id_new(id), NULL);
}

static bool all_are_reported(const struct host *h)
{
	GHashTableIter at;
	gpointer reported;

	g_hash_table_iter_init(&at, h->reported);
	while (g_hash_table_iter_next(&at, NULL, &reported)) {
		if (reported == NULL)
			return false;
	}
	return true;
}

static void on_report(void *arg, const struct operation_report *r)
{
	struct host *h = arg;

	assert(r->id != 0);
	assert(r->output != NULL);
	h->reports++;
	g_hash_table_replace(h->reported, id_new(r->id), h);
}

static void on_timer(void *arg, mono_time due)
{
	((struct host *)arg)->due = due;
}

static void same_again(const struct wire_frame *f)
{
	GByteArray *first = g_byte_array_new(), *second = g_byte_array_new();
	struct arena arena = {0};
	struct wire_frame again;
	struct error why;
	size_t used;

	wire_encode(f, first);
	if (first->len <= WIRE_FRAME_MAX) {
		enum err e = wire_decode(bytes_of(first->data, first->len), &arena, &again, &used, &why);
		assert(e == ERR_OK);
		assert(used == first->len);
		wire_encode(&again, second);
		assert(first->len == second->len);
		assert(memcmp(first->data, second->data, first->len) == 0);
	}
	arena_fini(&arena);
	(void)g_byte_array_unref(first);
	(void)g_byte_array_unref(second);
}

static void obey(struct executor *x, struct host *h, mono_time now, const struct wire_frame *f)
{
	const struct operation *op = &f->operation;
	struct error why = {.text = ""};

	switch (f->kind) {
	case WIRE_RUN:
		if (executor_run(x, now, op, &why) == ERR_OK)
			note_taken(h, op->id);
		else
			assert(why.text[0] != '\0');
		break;
	case WIRE_CANCEL:
		if (op->id != 0)
			(void)executor_end(x, now, op->id);
		else
			(void)executor_cancel(x, now, op->rsc, op->action, op->interval_ms);
		break;
	case WIRE_FORGET:
		executor_forget(x, now, op->rsc);
		break;
	case WIRE_ACKNOWLEDGE:
		executor_acknowledge(x, op->id);
		break;
	case WIRE_HELLO:
	case WIRE_LIST:
	case WIRE_REPORT:
	case WIRE_KNOWN:
	case WIRE_LISTED:
	case WIRE_REFUSED:
		break;
	}
	executor_check(x);
}

/* The oldest process ends, or the next timer rings. */
static bool go_on(struct executor *x, struct host *h, mono_time *now)
{
	const struct executor_exit e = {.spawned = true, .rc = (int)(h->reports % 3)};

	if (h->count > 0) {
		uint64_t run = h->runs[0];

		memmove(h->runs, h->runs + 1, --h->count * sizeof h->runs[0]);
		executor_exited(x, *now, run, &e);
	} else if (mono_time_is_set(h->due)) {
		*now = mono_time_before(*now, h->due) ? h->due : *now;
		h->due = (mono_time){0};
		executor_tick(x, *now);
	} else {
		return false;
	}
	executor_check(x);
	return true;
}

static void run_frames(const uint8_t *data, size_t size)
{
	struct host h = {.reported = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL)};
	const struct executor_ops ops = {
		.host = &h, .spawn = on_spawn, .kill = on_kill, .report = on_report, .timer = on_timer};
	struct executor *x = executor_new(&ops);
	mono_time now = {1000};

	for (size_t at = 0, used = 0; at < size; at += used) {
		struct arena arena = {0};
		struct error why = {.text = ""};
		struct wire_frame f;
		enum err e = wire_decode(bytes_of(data + at, size - at), &arena, &f, &used, &why);

		assert(e == ERR_OK || e == ERR_AGAIN || why.text[0] != '\0');
		if (e == ERR_OK) {
			same_again(&f);
			obey(x, &h, now, &f);
			(void)(at % 3 == 0 && go_on(x, &h, &now));
		}
		arena_fini(&arena);
		if (e != ERR_OK)
			break;
	}
	for (int i = 0; i < STEPS_MAX && go_on(x, &h, &now); i++)
		continue;
	(void)executor_drain(x, now);
	for (int i = 0; i < STEPS_MAX && go_on(x, &h, &now); i++)
		continue;
	assert(all_are_reported(&h) || !executor_drain(x, now));
	executor_free(x);
	g_hash_table_destroy(h.reported);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct agent_metadata m;
	struct error why = {.text = ""};

	if (size > 0 && data[0] == '<') {
		if (metadata_read((const char *)data, size, "fuzz", &arena, &m, &why) != ERR_OK)
			assert(why.text[0] != '\0');
		else
			assert((m.reloadable == NULL) == (m.restart == NULL));
	} else {
		run_frames(data, size);
	}
	arena_fini(&arena);
	return 0;
}
