/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "controller/message.h"

#include "fencing/device.h"

#include <assert.h>
#include <string.h>

#define MAGIC "HALE"

enum { TEXT_NONE = 0xffffffffu };

/* One walk over a message's fields serves both directions, so that they cannot differ: with `out` set fields are
 * written, otherwise they are read. After a failure nothing more is read and all fields are zero. */
struct codec {
	GByteArray *out;
	struct reader in;
	struct arena *arena;
	struct error *reterr;
	bool failed;
};

enum text_rule {
	TEXT_MAY_LACK, /* NULL is a value */
	TEXT_NEEDED,
	TEXT_NOT_EMPTY,
};

static void fail(struct codec *c, const char *field, const char *why)
{
	if (!c->failed)
		(void)error_set(c->reterr, ERR_INVALID, "message, byte %zu: %s: %s", c->in.at, field, why);
	c->failed = true;
	c->in.failed = true;
}

static void walk_bytes(struct codec *c, const char *field, void *data, size_t n)
{
	if (c->out != NULL) {
		g_byte_array_append(c->out, data, (guint)n);
		return;
	}
	read_copy(&c->in, data, n);
	if (c->in.failed)
		fail(c, field, "the message ends here");
}

static void walk_u8(struct codec *c, const char *field, uint8_t *v, uint8_t max)
{
	assert(c->out == NULL || *v <= max);
	walk_bytes(c, field, v, sizeof *v);
	if (*v > max) {
		fail(c, field, "a value that has no meaning");
		*v = 0;
	}
}

static void walk_u32(struct codec *c, const char *field, uint32_t *v)
{
	walk_bytes(c, field, v, sizeof *v);
}

static void walk_u64(struct codec *c, const char *field, uint64_t *v)
{
	walk_bytes(c, field, v, sizeof *v);
}

static void walk_time(struct codec *c, const char *field, wall_time *t)
{
	walk_u64(c, field, &t->ns);
}

static void walk_i64(struct codec *c, const char *field, int64_t *v, int64_t min)
{
	walk_bytes(c, field, v, sizeof *v);
	if (*v < min) {
		fail(c, field, "below the least value that it may have");
		*v = min;
	}
}

/* Journals have it as a signed number, and one is added. */
static void walk_lineage(struct codec *c, const char *field, uint64_t *v)
{
	walk_u64(c, field, v);
	if (*v >= INT64_MAX)
		fail(c, field, "beyond all bounds");
}

static void walk_int(struct codec *c, const char *field, int *v)
{
	int32_t wide = *v;
	walk_bytes(c, field, &wide, sizeof wide);
	*v = wide;
}

static void walk_bool(struct codec *c, const char *field, bool *v)
{
	uint8_t byte = *v ? 1 : 0;
	walk_u8(c, field, &byte, 1);
	*v = byte != 0;
}

static void walk_node(struct codec *c, const char *field, node_id *node)
{
	walk_u32(c, field, &node->v);
	if (node->v == 0)
		fail(c, field, "no node has the id 0");
}

/* How many bytes from here on are characters that XML can carry: what is told in a message ends up in a document. */
static size_t clean_length(const char *text, size_t size)
{
	const char *end = NULL;
	(void)g_utf8_validate(text, (gssize)size, &end);
	size_t valid = (size_t)(end - text);
	for (size_t i = 0; i < valid; i++) {
		unsigned char ch = (unsigned char)text[i];
		if (ch < ' ' && ch != '\t' && ch != '\n' && ch != '\r')
			return i;
		if (ch == 0xef && (unsigned char)text[i + 1] == 0xbf && (unsigned char)text[i + 2] >= 0xbe)
			return i;
	}
	return valid;
}

static void write_text(struct codec *c, const char *text)
{
	uint32_t size = text == NULL ? TEXT_NONE : (uint32_t)strlen(text);
	walk_u32(c, "text", &size);
	for (size_t at = 0; text != NULL && at < size;) {
		size_t clean = clean_length(text + at, size - at);
		g_byte_array_append(c->out, (const guint8 *)text + at, (guint)clean);
		at += clean;
		if (at++ < size)
			g_byte_array_append(c->out, (const guint8 *)"?", 1);
	}
	if (text != NULL)
		g_byte_array_append(c->out, (const guint8 *)"", 1);
}

static const char *read_text(struct codec *c, const char *field)
{
	uint32_t size = 0;
	walk_u32(c, field, &size);
	if (c->failed || size == TEXT_NONE)
		return NULL;
	const char *bytes = (const char *)read_bytes(&c->in, (size_t)size + 1);
	if (bytes == NULL)
		fail(c, field, "a text longer than the message");
	else if (bytes[size] != '\0' || clean_length(bytes, size) != size)
		fail(c, field, "no text in UTF-8 that ends in a zero byte and can stand in XML");
	return c->failed ? NULL : arena_string_n(c->arena, bytes, size);
}

static void walk_text(struct codec *c, const char *field, const char **text, enum text_rule rule)
{
	if (c->out != NULL) {
		assert(rule == TEXT_MAY_LACK || *text != NULL);
		assert(rule != TEXT_NOT_EMPTY || **text != '\0');
		write_text(c, *text);
		return;
	}
	*text = read_text(c, field);
	if (*text == NULL && rule != TEXT_MAY_LACK)
		fail(c, field, "missing");
	else if (rule == TEXT_NOT_EMPTY && **text == '\0')
		fail(c, field, "empty");
}

/* How many items follow, each of which takes at least item_size bytes: so that a number alone takes no memory. */
static void walk_count(struct codec *c, const char *field, uint32_t *count, size_t item_size, uint32_t max)
{
	assert(c->out == NULL || *count <= max);
	walk_u32(c, field, count);
	if (c->out == NULL && (*count > max || *count > reader_left(&c->in) / item_size)) {
		fail(c, field, "more than the message can have");
		*count = 0;
	}
}

static void walk_version(struct codec *c, struct cib_version *v)
{
	walk_i64(c, "admin_epoch", &v->admin_epoch, 0);
	walk_i64(c, "epoch", &v->epoch, 0);
	walk_i64(c, "num_updates", &v->num_updates, 0);
}

static void walk_member(struct codec *c, struct member *m)
{
	walk_node(c, "member", &m->node);
	walk_u32(c, "process", &m->pid);
}

static void walk_statement(struct codec *c, struct message *m)
{
	struct statement *s = &m->statement;
	walk_count(c, "members", &s->member_count, 8, MESSAGE_MEMBERS_MAX);
	for (uint32_t i = 0; i < s->member_count; i++)
		walk_member(c, &s->members[i]);
	walk_u64(c, "serial", &s->serial);
	walk_text(c, "name", &s->name, TEXT_NOT_EMPTY);
	walk_text(c, "feature set", &s->feature_set, TEXT_NEEDED);
	walk_text(c, "release", &s->release, TEXT_NEEDED);
	walk_u64(c, "joined", &s->joined);
	walk_version(c, &s->version);
	walk_text(c, "digest", &s->digest, TEXT_NEEDED);
	walk_u64(c, "last epoch", &s->last_epoch);
	if (s->joined > s->last_epoch || s->last_epoch > INT64_MAX)
		fail(c, "last epoch", "before the one in which it joined, or beyond all bounds");
	walk_lineage(c, "lineage", &s->lineage);
	walk_lineage(c, "promise", &s->promise);
	walk_bool(c, "settled", &s->settled);
	walk_bool(c, "quorate", &s->quorate);
	walk_u32(c, "cores", &s->cores);
	walk_u64(c, "when", &s->when.ns);
	walk_text(c, "history", &s->history, TEXT_MAY_LACK);
	walk_text(c, "start state", &s->start_state, TEXT_NEEDED);
}

static void walk_agreement(struct codec *c, struct message *m)
{
	struct agreement *a = &m->agreement;
	walk_count(c, "parts", &a->part_count, 24, MESSAGE_MEMBERS_MAX);
	for (uint32_t i = 0; i < a->part_count; i++) {
		walk_member(c, &a->parts[i].member);
		walk_u64(c, "serial", &a->parts[i].serial);
		walk_u64(c, "joined", &a->parts[i].joined);
	}
	walk_node(c, "leader", &a->leader);
	walk_lineage(c, "lineage", &a->lineage);
	walk_text(c, "document", &a->document, TEXT_NEEDED);
	walk_text(c, "attributes", &a->attributes, TEXT_NEEDED);
	walk_text(c, "fences", &a->fences, TEXT_NEEDED);
}

static void walk_groups(struct codec *c, const char *const **groups)
{
	uint32_t count = 0;
	for (; c->out != NULL && *groups != NULL && (*groups)[count] != NULL;)
		count++;
	walk_count(c, "groups", &count, 5, MESSAGE_GROUPS_MAX);
	const char **all = NULL;
	if (c->out == NULL && count > 0)
		*groups = all = arena_array(c->arena, const char *, (size_t)count + 1);
	for (uint32_t i = 0; i < count; i++) {
		const char *name = c->out != NULL ? (*groups)[i] : NULL;
		walk_text(c, "group", &name, TEXT_NEEDED);
		if (c->out == NULL)
			all[i] = name;
	}
}

static void walk_change(struct codec *c, struct message *m)
{
	uint8_t kind = (uint8_t)m->change.edit.kind;
	walk_u64(c, "request", &m->change.request);
	walk_u8(c, "kind of change", &kind, EDIT_TRANSACTION);
	m->change.edit.kind = (enum edit_kind)kind;
	walk_text(c, "scope", &m->change.edit.scope, TEXT_MAY_LACK);
	walk_text(c, "xpath", &m->change.edit.xpath, TEXT_MAY_LACK);
	walk_text(c, "body", &m->change.edit.body, TEXT_MAY_LACK);
	walk_bool(c, "allow create", &m->change.edit.allow_create);
	walk_bool(c, "force", &m->change.edit.force);
	walk_bool(c, "expand scores", &m->change.edit.expand_scores);
	walk_text(c, "user", &m->change.by.user.name, TEXT_NEEDED);
	walk_groups(c, &m->change.by.user.groups);
	walk_text(c, "node", &m->change.by.node, TEXT_NEEDED);
	walk_text(c, "client", &m->change.by.client, TEXT_NEEDED);
	walk_time(c, "when", &m->change.by.when);
}

static void walk_table(struct codec *c, const struct table_entry **entries, uint32_t *count)
{
	struct table_entry *all = NULL;
	walk_count(c, "parameters", count, 9, UINT32_MAX);
	if (c->out == NULL)
		*entries = all = arena_array(c->arena, struct table_entry, *count);
	for (uint32_t i = 0; i < *count && !c->failed; i++) {
		struct table_entry e = c->out != NULL ? (*entries)[i] : (struct table_entry){0};
		walk_text(c, "parameter", &e.name, TEXT_NOT_EMPTY);
		walk_text(c, "value", &e.value, TEXT_MAY_LACK);
		if (c->out == NULL)
			all[i] = e;
	}
}

static void walk_order(struct codec *c, struct order *o)
{
	walk_text(c, "node", &o->node, TEXT_NOT_EMPTY);
	walk_text(c, "resource", &o->rsc, TEXT_NOT_EMPTY);
	walk_text(c, "history id", &o->history_id, TEXT_NOT_EMPTY);
	walk_text(c, "class", &o->class_, TEXT_NOT_EMPTY);
	walk_text(c, "provider", &o->provider, TEXT_MAY_LACK);
	walk_text(c, "type", &o->type, TEXT_NOT_EMPTY);
	walk_text(c, "action", &o->action, TEXT_NOT_EMPTY);
	walk_text(c, "key", &o->key, TEXT_NOT_EMPTY);
	walk_text(c, "transition key", &o->transition_key, TEXT_NOT_EMPTY);
	walk_i64(c, "interval", &o->interval_ms, 0);
	walk_i64(c, "timeout", &o->timeout_ms, 0);
	walk_i64(c, "start delay", &o->start_delay_ms, 0);
	walk_int(c, "target rc", &o->target_rc);
	walk_bool(c, "cancel", &o->cancel);
	walk_bool(c, "record pending", &o->record_pending);
	walk_table(c, &o->parameters, &o->parameter_count);
}

/* The least that an order takes: nine texts, three times, three small fields and a count. */
enum { ORDER_SIZE_MIN = 8 * 6 + 4 + 3 * 8 + 4 + 2 + 4 };

static void walk_orders(struct codec *c, struct message *m)
{
	walk_count(c, "orders", &m->orders.count, ORDER_SIZE_MIN, UINT32_MAX);
	if (c->out == NULL)
		m->orders.orders = arena_array(c->arena, struct order, m->orders.count);
	for (uint32_t i = 0; i < m->orders.count && !c->failed; i++)
		walk_order(c, &m->orders.orders[i]);
	walk_time(c, "when", &m->orders.when);
}

static void walk_result(struct codec *c, struct message *m)
{
	walk_text(c, "node", &m->result.node, TEXT_NOT_EMPTY);
	walk_text(c, "history id", &m->result.history_id, TEXT_NOT_EMPTY);
	walk_text(c, "class", &m->result.class_, TEXT_MAY_LACK);
	walk_text(c, "provider", &m->result.provider, TEXT_MAY_LACK);
	walk_text(c, "type", &m->result.type, TEXT_MAY_LACK);
	walk_text(c, "entry", &m->result.entry, TEXT_MAY_LACK);
	walk_text(c, "transition key", &m->result.transition_key, TEXT_NOT_EMPTY);
	walk_bool(c, "failed", &m->result.failed);
	walk_text(c, "resource", &m->result.rsc, TEXT_MAY_LACK);
	walk_text(c, "action", &m->result.action, TEXT_MAY_LACK);
	walk_i64(c, "interval", &m->result.interval_ms, 0);
	walk_bool(c, "fatal", &m->result.is_fatal);
	walk_bool(c, "ignored", &m->result.is_ignored);
	walk_time(c, "when", &m->result.when);
}

static void walk_attribute(struct codec *c, struct message *m)
{
	walk_u64(c, "request", &m->attribute.request);
	walk_text(c, "node", &m->attribute.node, TEXT_NOT_EMPTY);
	walk_text(c, "name", &m->attribute.name, TEXT_NOT_EMPTY);
	walk_text(c, "value", &m->attribute.value, TEXT_MAY_LACK);
	walk_text(c, "set", &m->attribute.set, TEXT_MAY_LACK);
	walk_i64(c, "delay", &m->attribute.delay_ms, -1);
	walk_bool(c, "private", &m->attribute.private_);
	walk_bool(c, "utilization", &m->attribute.utilization);
	walk_bool(c, "pattern", &m->attribute.is_pattern);
	walk_bool(c, "delay only", &m->attribute.delay_only);
}

static void walk_fence_ask(struct codec *c, struct message *m)
{
	walk_u64(c, "request", &m->fence_ask.request);
	walk_text(c, "target", &m->fence_ask.target, TEXT_NOT_EMPTY);
	walk_u8(c, "action", &m->fence_ask.action, FENCE_ACTIONS - 1);
	walk_i64(c, "timeout", &m->fence_ask.timeout_ms, 0);
	walk_i64(c, "delay", &m->fence_ask.delay_ms, -1);
	walk_i64(c, "tolerance", &m->fence_ask.tolerance_ms, 0);
	walk_bool(c, "confirm", &m->fence_ask.confirm);
	walk_text(c, "client", &m->fence_ask.client, TEXT_NEEDED);
}

static void walk_fence_run(struct codec *c, struct message *m)
{
	walk_u64(c, "run", &m->fence_run.run);
	walk_text(c, "member", &m->fence_run.member, TEXT_NOT_EMPTY);
	walk_text(c, "device", &m->fence_run.device, TEXT_MAY_LACK);
	walk_text(c, "type", &m->fence_run.type, TEXT_NOT_EMPTY);
	walk_text(c, "action", &m->fence_run.action, TEXT_NOT_EMPTY);
	walk_text(c, "target", &m->fence_run.target, TEXT_MAY_LACK);
	walk_i64(c, "timeout", &m->fence_run.timeout_ms, 0);
	walk_table(c, &m->fence_run.input, &m->fence_run.input_count);
}

static void walk_fence_ran(struct codec *c, struct message *m)
{
	walk_u64(c, "run", &m->fence_ran.run);
	walk_int(c, "rc", &m->fence_ran.rc);
	walk_text(c, "output", &m->fence_ran.output, TEXT_MAY_LACK);
	walk_text(c, "reason", &m->fence_ran.reason, TEXT_MAY_LACK);
}

static void walk_fenced(struct codec *c, struct message *m)
{
	walk_text(c, "target", &m->fenced.target, TEXT_NOT_EMPTY);
	walk_text(c, "device", &m->fenced.device, TEXT_MAY_LACK);
	walk_text(c, "member", &m->fenced.member, TEXT_MAY_LACK);
	walk_text(c, "client", &m->fenced.client, TEXT_MAY_LACK);
	walk_text(c, "why", &m->fenced.why, TEXT_MAY_LACK);
	walk_u8(c, "action", &m->fenced.action, FENCE_ACTIONS - 1);
	walk_time(c, "when", &m->fenced.when);
}

static void walk_fencing(struct codec *c, struct message *m)
{
	walk_text(c, "target", &m->fencing.target, TEXT_NOT_EMPTY);
	walk_text(c, "client", &m->fencing.client, TEXT_MAY_LACK);
	walk_text(c, "origin", &m->fencing.origin, TEXT_MAY_LACK);
	walk_u8(c, "action", &m->fencing.action, FENCE_ACTIONS - 1);
	walk_time(c, "when", &m->fencing.when);
}

static void walk_node_change(struct codec *c, struct message *m)
{
	uint8_t change = (uint8_t)m->node.change;
	walk_text(c, "node", &m->node.name, TEXT_NOT_EMPTY);
	walk_node(c, "node", &m->node.node);
	walk_u8(c, "change", &change, NODE_LEFT);
	m->node.change = (enum node_change_kind)change;
}

static void walk_forget(struct codec *c, struct message *m)
{
	uint8_t what = (uint8_t)m->forget.what;
	walk_u64(c, "request", &m->forget.request);
	walk_u8(c, "what to forget", &what, FORGET_FENCES);
	m->forget.what = (enum forget_kind)what;
	walk_text(c, "resource", &m->forget.rsc, TEXT_MAY_LACK);
	walk_text(c, "node", &m->forget.node, what == FORGET_NODE ? TEXT_NOT_EMPTY : TEXT_MAY_LACK);
	walk_text(c, "action", &m->forget.action, TEXT_MAY_LACK);
	walk_i64(c, "interval", &m->forget.interval_ms, 0);
	walk_time(c, "when", &m->forget.when);
}

static void walk_configuration(struct codec *c, struct message *m)
{
	walk_text(c, "document", &m->configuration.document, TEXT_NEEDED);
	walk_version(c, &m->configuration.version);
}

static void walk_digest(struct codec *c, struct message *m)
{
	walk_u64(c, "count", &m->digest.count);
	walk_text(c, "digest", &m->digest.digest, TEXT_NEEDED);
}

static void walk_idle(struct codec *c, struct message *m)
{
	walk_u64(c, "idle after", &m->idle_after);
}

static void walk_stored(struct codec *c, struct message *m)
{
	walk_version(c, &m->stored.version);
	walk_lineage(c, "lineage", &m->stored.lineage);
	walk_lineage(c, "promise", &m->stored.promise);
}

static void walk_due(struct codec *c, struct message *m)
{
	walk_text(c, "name", &m->due.name, TEXT_NOT_EMPTY);
}

static void walk_stop(struct codec *c, struct message *m)
{
	walk_text(c, "name", &m->stop.name, TEXT_NOT_EMPTY);
}

static void walk_quorum(struct codec *c, struct message *m)
{
	walk_bool(c, "quorate", &m->quorate);
}

struct message_form {
	const char *word;
	void (*walk)(struct codec *c, struct message *m);
};

static const struct message_form forms[MESSAGE_KINDS] = {
	[MESSAGE_STATEMENT] = {"statement", walk_statement},
	[MESSAGE_CONFIGURATION] = {"configuration", walk_configuration},
	[MESSAGE_AGREEMENT] = {"agreement", walk_agreement},
	[MESSAGE_CHANGE] = {"change", walk_change},
	[MESSAGE_STORED] = {"stored", walk_stored},
	[MESSAGE_ORDERS] = {"orders", walk_orders},
	[MESSAGE_RESULT] = {"result", walk_result},
	[MESSAGE_ATTRIBUTE] = {"attribute", walk_attribute},
	[MESSAGE_ATTRIBUTES_DUE] = {"attributes-due", walk_due},
	[MESSAGE_FENCE_ASK] = {"fence-ask", walk_fence_ask},
	[MESSAGE_FENCE_RUN] = {"fence-run", walk_fence_run},
	[MESSAGE_FENCE_RAN] = {"fence-ran", walk_fence_ran},
	[MESSAGE_FENCED] = {"fenced", walk_fenced},
	[MESSAGE_NODE] = {"node", walk_node_change},
	[MESSAGE_FORGET] = {"forget", walk_forget},
	[MESSAGE_STOP] = {"stop", walk_stop},
	[MESSAGE_QUORUM] = {"quorum", walk_quorum},
	[MESSAGE_DIGEST] = {"digest", walk_digest},
	[MESSAGE_IDLE] = {"idle", walk_idle},
	[MESSAGE_FENCING] = {"fencing", walk_fencing},
};

/* NULL: no message has this number. */
static const struct message_form *form_of(unsigned kind)
{
	return kind < MESSAGE_KINDS && forms[kind].walk != NULL ? &forms[kind] : NULL;
}

void message_encode(const struct message *m, GByteArray *out)
{
	struct message copy = *m;
	struct codec c = {.out = out};
	uint8_t head[] = {MESSAGE_VERSION, (uint8_t)m->kind};
	g_byte_array_append(out, (const guint8 *)MAGIC, 4);
	g_byte_array_append(out, head, sizeof head);
	walk_u64(&c, "epoch", &copy.epoch);
	const struct message_form *form = form_of(m->kind);
	assert(form != NULL);
	form->walk(&c, &copy);
}

enum err message_decode(struct bytes in, struct arena *arena, struct message *ret, struct error *reterr)
{
	struct codec c = {.in = reader_of(in), .arena = arena, .reterr = reterr};
	struct message m = {0};
	if (in.len > MANAGER_MESSAGE_MAX)
		return error_set(reterr, ERR_INVALID, "message: %zu bytes are more than the %d that one may have",
				 in.len, (int)MANAGER_MESSAGE_MAX);
	const uint8_t *magic = read_bytes(&c.in, 4);
	if (magic == NULL || memcmp(magic, MAGIC, 4) != 0)
		return error_set(reterr, ERR_INVALID, "message, byte 0: it is none of a manager");
	uint8_t version = read_u8(&c.in), kind = read_u8(&c.in);
	if (!c.in.failed && version != MESSAGE_VERSION)
		return error_set(reterr, ERR_UNSUPPORTED,
				 "message, byte 4: version %u is not known here, only %d: all nodes need the same "
				 "release",
				 version, MESSAGE_VERSION);
	walk_u64(&c, "epoch", &m.epoch);
	m.kind = (enum message_kind)kind;
	const struct message_form *form = form_of(kind);
	if (form == NULL)
		fail(&c, "kind", "no message has this number");
	if (!c.failed)
		form->walk(&c, &m);
	if (!c.failed && reader_left(&c.in) > 0)
		fail(&c, "end", "more bytes than the message has fields");
	if (c.failed)
		return ERR_INVALID;
	*ret = m;
	return ERR_OK;
}

const char *message_kind_word(enum message_kind k)
{
	const struct message_form *form = form_of(k);
	return form != NULL ? form->word : "unknown";
}
