/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "executor/wire.h"

#include <assert.h>
#include <jansson.h>
#include <string.h>

enum { LENGTH_BYTES = 4 };

/* Which members an operation has in which frame. */
enum { WITH_ID = 1, WITH_KEY = 2, WITH_ALL = 4 };

static const struct {
	const char *word;
	bool from_executor;
} kinds[] = {
	[WIRE_HELLO] = {"hello", false},    [WIRE_RUN] = {"run", false},    [WIRE_CANCEL] = {"cancel", false},
	[WIRE_FORGET] = {"forget", false},  [WIRE_LIST] = {"list", false},  [WIRE_ACKNOWLEDGE] = {"acknowledge", false},
	[WIRE_REPORT] = {"report", true},   [WIRE_KNOWN] = {"known", true}, [WIRE_LISTED] = {"listed", true},
	[WIRE_REFUSED] = {"refused", true},
};

static const char *const states[] = {[EXECUTOR_WAITING] = "waiting",
				     [EXECUTOR_RUNNING] = "running",
				     [EXECUTOR_REPEATING] = "repeating",
				     [EXECUTOR_REPORTED] = "reported"};

/* --- encoding --- */

/* What an agent prints need not be UTF-8, but JSON is. */
static void put_text(json_t *o, const char *name, const char *text)
{
	if (text == NULL)
		return;
	if (g_utf8_validate(text, -1, NULL)) {
		(void)json_object_set_new(o, name, json_string_nocheck(text));
		return;
	}
	char *valid = g_utf8_make_valid(text, -1);
	(void)json_object_set_new(o, name, json_string_nocheck(valid));
	g_free(valid);
}

static void put_number(json_t *o, const char *name, int64_t n)
{
	(void)json_object_set_new(o, name, json_integer(n));
}

static json_t *parameters_of(const struct operation *op)
{
	json_t *o = json_object();

	for (uint32_t i = 0; op->parameters != NULL && i < op->parameters->count; i++) {
		const struct table_entry *e = &op->parameters->entries[i];

		if (g_utf8_validate(e->name, -1, NULL))
			put_text(o, e->name, e->value);
	}
	return o;
}

static void put_operation(json_t *o, const struct operation *op, unsigned with)
{
	if ((with & WITH_ID) != 0)
		put_number(o, "id", (int64_t)op->id);
	if ((with & WITH_KEY) != 0) {
		put_text(o, "rsc", op->rsc);
		put_text(o, "action", op->action);
		put_number(o, "interval_ms", op->interval_ms);
	}
	if ((with & WITH_ALL) == 0)
		return;
	put_text(o, "class", op->class_);
	put_text(o, "provider", op->provider);
	put_text(o, "type", op->type);
	put_number(o, "timeout_ms", op->timeout_ms);
	put_number(o, "start_delay_ms", op->start_delay_ms);
	put_text(o, "note", op->note);
	(void)json_object_set_new(o, "parameters", parameters_of(op));
}

static void put_report(json_t *o, const struct operation_report *r)
{
	put_number(o, "id", (int64_t)r->id);
	put_text(o, "rsc", r->rsc);
	put_text(o, "action", r->action);
	put_number(o, "interval_ms", r->interval_ms);
	put_text(o, "note", r->note);
	put_number(o, "rc", r->rc);
	put_number(o, "status", r->status);
	put_text(o, "output", r->output == NULL ? "" : r->output);
	put_text(o, "reason", r->reason);
	put_number(o, "started_ns", (int64_t)r->started.ns);
	put_number(o, "ended_ns", (int64_t)r->ended.ns);
	put_number(o, "run_ms", r->run_ms);
	put_number(o, "queue_ms", r->queue_ms);
	put_text(o, "reloadable", r->reloadable);
	put_text(o, "restart", r->restart);
	put_text(o, "secret", r->secret);
	put_text(o, "agent_version", r->agent_version);
}

static void put_known(json_t *o, const struct wire_frame *f)
{
	json_t *inner = json_object();

	put_text(o, "state", states[f->state]);
	if (f->state == EXECUTOR_REPORTED) {
		put_report(inner, &f->report);
		(void)json_object_set_new(o, "report", inner);
	} else {
		put_operation(inner, &f->operation, WITH_ID | WITH_KEY | WITH_ALL);
		(void)json_object_set_new(o, "operation", inner);
	}
}

static void put_members(json_t *o, const struct wire_frame *f)
{
	switch (f->kind) {
	case WIRE_HELLO:
		put_number(o, "version", f->version);
		put_text(o, "incarnation", f->incarnation);
		break;
	case WIRE_RUN:
		put_operation(o, &f->operation, WITH_ID | WITH_KEY | WITH_ALL);
		break;
	case WIRE_CANCEL:
		put_operation(o, &f->operation, f->operation.id != 0 ? WITH_ID | WITH_KEY : WITH_KEY);
		break;
	case WIRE_FORGET:
		put_text(o, "rsc", f->operation.rsc);
		break;
	case WIRE_ACKNOWLEDGE:
		put_operation(o, &f->operation, WITH_ID);
		break;
	case WIRE_LIST:
	case WIRE_LISTED:
		break;
	case WIRE_REPORT:
		put_report(o, &f->report);
		break;
	case WIRE_KNOWN:
		put_known(o, f);
		break;
	case WIRE_REFUSED:
		put_operation(o, &f->operation, WITH_ID);
		put_text(o, "why", f->why);
		break;
	}
}

static int append(const char *data, size_t size, void *out)
{
	(void)g_byte_array_append(out, (const uint8_t *)data, (guint)size);
	return 0;
}

void wire_encode(const struct wire_frame *frame, GByteArray *out)
{
	guint begin = out->len;
	json_t *o = json_object();

	assert(frame->kind == WIRE_HELLO || frame->from_executor == kinds[frame->kind].from_executor);
	put_text(o, frame->from_executor ? "tell" : "do", kinds[frame->kind].word);
	put_members(o, frame);
	(void)g_byte_array_append(out, (const uint8_t[LENGTH_BYTES]){0}, LENGTH_BYTES);
	(void)json_dump_callback(o, append, out, JSON_COMPACT);
	json_decref(o);
	struct writer w = writer_of(out->data + begin, LENGTH_BYTES);
	write_u32(&w, out->len - begin - LENGTH_BYTES);
}

/* --- decoding --- */

struct decoder {
	struct arena *arena;
	struct error *reterr;
	enum err e; /* the first complaint */
};

static void complain(struct decoder *d, const char *name, const char *what)
{
	if (d->e == ERR_OK)
		d->e = error_set(d->reterr, ERR_INVALID, "member \"%s\" %s", name, what);
}

/* Texts that may be absent, and are not NULL otherwise. */
static const char *get_text(struct decoder *d, const json_t *o, const char *name)
{
	const json_t *v = json_object_get(o, name);

	if (v == NULL || json_is_null(v))
		return NULL;
	if (!json_is_string(v))
		complain(d, name, "is no text");
	return arena_string(d->arena, json_string_value(v));
}

static const char *need_text(struct decoder *d, const json_t *o, const char *name)
{
	const char *text = get_text(d, o, name);

	if (text == NULL)
		complain(d, name, "is missing");
	return text;
}

static int64_t get_number(struct decoder *d, const json_t *o, const char *name, int64_t min, int64_t max)
{
	const json_t *v = json_object_get(o, name);

	if (v == NULL)
		return min > 0 ? min : 0;
	if (!json_is_integer(v))
		complain(d, name, "is no whole number");
	else if (json_integer_value(v) < min || json_integer_value(v) > max)
		complain(d, name, "is out of its range");
	return json_integer_value(v);
}

static int64_t need_number(struct decoder *d, const json_t *o, const char *name, int64_t min, int64_t max)
{
	if (json_object_get(o, name) == NULL)
		complain(d, name, "is missing");
	return get_number(d, o, name, min, max);
}

static const struct table *get_parameters(struct decoder *d, json_t *o)
{
	struct table *t = table_new(d->arena);
	json_t *all = json_object_get(o, "parameters"), *value;
	const char *name;

	if (all == NULL)
		return t;
	if (!json_is_object(all))
		complain(d, "parameters", "is no object");
	json_object_foreach (all, name, value) {
		if (!json_is_string(value))
			complain(d, "parameters", "has a value that is no text");
		else
			table_set(t, arena_string(d->arena, name), arena_string(d->arena, json_string_value(value)));
	}
	return t;
}

static void get_operation(struct decoder *d, json_t *o, unsigned with, struct operation *op)
{
	if ((with & WITH_ID) != 0)
		op->id = (uint64_t)need_number(d, o, "id", 1, INT64_MAX);
	if ((with & WITH_KEY) != 0) {
		op->rsc = need_text(d, o, "rsc");
		op->action = need_text(d, o, "action");
		op->interval_ms = get_number(d, o, "interval_ms", 0, INT32_MAX * INT64_C(1000));
	}
	if ((with & WITH_ALL) == 0)
		return;
	op->class_ = need_text(d, o, "class");
	op->provider = get_text(d, o, "provider");
	op->type = need_text(d, o, "type");
	op->timeout_ms = get_number(d, o, "timeout_ms", 0, INT32_MAX * INT64_C(1000));
	op->start_delay_ms = get_number(d, o, "start_delay_ms", 0, INT32_MAX * INT64_C(1000));
	op->note = get_text(d, o, "note");
	op->parameters = get_parameters(d, o);
}

static void get_report(struct decoder *d, const json_t *o, struct operation_report *r)
{
	r->id = (uint64_t)need_number(d, o, "id", 1, INT64_MAX);
	r->rsc = need_text(d, o, "rsc");
	r->action = need_text(d, o, "action");
	r->interval_ms = get_number(d, o, "interval_ms", 0, INT32_MAX * INT64_C(1000));
	r->note = get_text(d, o, "note");
	r->rc = (int)need_number(d, o, "rc", INT32_MIN, INT32_MAX);
	r->status = (enum outcome)need_number(d, o, "status", EXECUTION_DONE, EXECUTION_NO_SECRETS);
	r->output = get_text(d, o, "output");
	if (r->output == NULL)
		r->output = "";
	r->reason = get_text(d, o, "reason");
	r->started.ns = (uint64_t)get_number(d, o, "started_ns", 0, INT64_MAX);
	r->ended.ns = (uint64_t)get_number(d, o, "ended_ns", 0, INT64_MAX);
	r->run_ms = (uint32_t)get_number(d, o, "run_ms", 0, UINT32_MAX);
	r->queue_ms = (uint32_t)get_number(d, o, "queue_ms", 0, UINT32_MAX);
	r->reloadable = get_text(d, o, "reloadable");
	r->restart = get_text(d, o, "restart");
	r->secret = get_text(d, o, "secret");
	r->agent_version = get_text(d, o, "agent_version");
}

static void get_known(struct decoder *d, json_t *o, struct wire_frame *f)
{
	const char *word = need_text(d, o, "state");
	bool found = false;

	for (size_t i = 0; word != NULL && i < G_N_ELEMENTS(states); i++) {
		if (strcmp(states[i], word) != 0)
			continue;
		f->state = (enum executor_state)i;
		found = true;
	}
	if (!found)
		complain(d, "state", "is none that is known");
	const char *name = f->state == EXECUTOR_REPORTED ? "report" : "operation";
	json_t *inner = json_object_get(o, name);
	if (!json_is_object(inner))
		complain(d, name, "is no object");
	else if (f->state == EXECUTOR_REPORTED)
		get_report(d, inner, &f->report);
	else
		get_operation(d, inner, WITH_ID | WITH_KEY | WITH_ALL, &f->operation);
}

static void get_members(struct decoder *d, json_t *o, struct wire_frame *f)
{
	switch (f->kind) {
	case WIRE_HELLO:
		f->version = (uint32_t)need_number(d, o, "version", 1, UINT32_MAX);
		f->incarnation = f->from_executor ? need_text(d, o, "incarnation") : NULL;
		break;
	case WIRE_RUN:
		get_operation(d, o, WITH_ID | WITH_KEY | WITH_ALL, &f->operation);
		break;
	case WIRE_CANCEL:
		get_operation(d, o, WITH_KEY, &f->operation);
		f->operation.id = (uint64_t)get_number(d, o, "id", 0, INT64_MAX);
		break;
	case WIRE_FORGET:
		f->operation.rsc = need_text(d, o, "rsc");
		break;
	case WIRE_ACKNOWLEDGE:
		get_operation(d, o, WITH_ID, &f->operation);
		break;
	case WIRE_LIST:
	case WIRE_LISTED:
		break;
	case WIRE_REPORT:
		get_report(d, o, &f->report);
		break;
	case WIRE_KNOWN:
		get_known(d, o, f);
		break;
	case WIRE_REFUSED:
		f->operation.id = (uint64_t)get_number(d, o, "id", 0, INT64_MAX);
		f->why = need_text(d, o, "why");
		break;
	}
}

static enum err kind_of(const json_t *o, struct wire_frame *f, struct error *reterr)
{
	const char *done = json_string_value(json_object_get(o, "do"));
	const char *told = json_string_value(json_object_get(o, "tell"));

	if ((done == NULL) == (told == NULL))
		return error_set(reterr, ERR_INVALID, "it has not just one of \"do\" and \"tell\"");
	f->from_executor = told != NULL;
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
		bool either = i == WIRE_HELLO;

		if (strcmp(kinds[i].word, told == NULL ? done : told) != 0 ||
		    (!either && kinds[i].from_executor != f->from_executor))
			continue;
		f->kind = (enum wire_kind)i;
		return ERR_OK;
	}
	return error_set(reterr, ERR_INVALID, "\"%s\": \"%.40s\" is nothing that is known here",
			 told == NULL ? "do" : "tell", told == NULL ? done : told);
}

static enum err decode_text(struct bytes text, struct arena *arena, struct wire_frame *ret, struct error *reterr)
{
	struct wire_frame f = {0};
	struct decoder d = {.arena = arena, .reterr = reterr};
	json_error_t why;
	json_t *o = json_loadb((const char *)text.data, text.len, JSON_REJECT_DUPLICATES, &why);

	if (o == NULL)
		return error_set(reterr, ERR_INVALID, "it is no JSON: byte %d: %s", why.position, why.text);
	d.e = json_is_object(o) ? kind_of(o, &f, reterr) : error_set(reterr, ERR_INVALID, "it is no JSON object");
	if (d.e == ERR_OK)
		get_members(&d, o, &f);
	json_decref(o);
	if (d.e == ERR_OK)
		*ret = f;
	return d.e;
}

enum err wire_decode(struct bytes in, struct arena *arena, struct wire_frame *ret_frame, size_t *ret_used,
		     struct error *reterr)
{
	struct reader r = reader_of(in);
	uint32_t length = read_u32(&r);

	if (r.failed)
		return ERR_AGAIN;
	if (length > WIRE_FRAME_MAX)
		return error_set(reterr, ERR_INVALID, "a frame of %u bytes: at most %d are allowed", length,
				 WIRE_FRAME_MAX);
	const uint8_t *text = read_bytes(&r, length);
	if (text == NULL)
		return ERR_AGAIN;
	enum err e = decode_text(bytes_of(text, length), arena, ret_frame, reterr);
	if (e != ERR_OK)
		return error_wrap(reterr, e, "a frame");
	*ret_used = LENGTH_BYTES + (size_t)length;
	return ERR_OK;
}
