/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/executor-server.h"

#include "daemon/environment.h"
#include "executor/wire.h"
#include "os/owner.h"
#include "os/random.h"
#include "os/stream.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { CLIENTS_AT_ONCE = 64, INCARNATION_SIZE = 33 };

static const char group_name[] = "haclient";

struct client {
	struct executor_server *server;
	struct stream *stream;
	uint32_t pid;
	bool greeted;
};

struct executor_server {
	struct loop *loop;
	struct log *log;
	struct executor *core;
	struct stream_server *listener;
	GPtrArray *clients; /* struct client */
	char incarnation[INCARNATION_SIZE];
};

static void client_send(struct client *c, const struct wire_frame *f)
{
	GByteArray *out = g_byte_array_new();

	wire_encode(f, out);
	stream_send(c->stream, bytes_of(out->data, out->len));
	(void)g_byte_array_unref(out);
}

static void client_refuse(struct client *c, uint64_t id, const char *why)
{
	const struct wire_frame f = {.kind = WIRE_REFUSED, .from_executor = true, .operation = {.id = id}, .why = why};

	client_send(c, &f);
}

/* --- what is asked --- */

static void list_one(void *arg, enum executor_state state, const struct operation *op,
		     const struct operation_report *report)
{
	struct wire_frame f = {.kind = WIRE_KNOWN, .from_executor = true, .state = state};

	if (report != NULL)
		f.report = *report;
	else
		f.operation = *op;
	client_send(arg, &f);
}

static void do_list(struct client *c)
{
	const struct wire_frame end = {.kind = WIRE_LISTED, .from_executor = true};

	executor_list(c->server->core, list_one, c);
	client_send(c, &end);
}

static void do_hello(struct client *c, const struct wire_frame *f)
{
	char why[128];

	if (f->version == WIRE_VERSION) {
		c->greeted = true;
		return;
	}
	(void)snprintf(why, sizeof why, "version %u of the protocol is not spoken here, but %d", f->version,
		       WIRE_VERSION);
	client_refuse(c, 0, why);
	stream_end(c->stream);
}

static void do_run(struct client *c, const struct operation *op)
{
	struct error why;

	if (executor_run(c->server->core, loop_clock(), op, &why) != ERR_OK)
		client_refuse(c, op->id, why.text);
}

static void obey(struct client *c, const struct wire_frame *f)
{
	struct executor *core = c->server->core;
	const struct operation *op = &f->operation;

	switch (f->kind) {
	case WIRE_HELLO:
		do_hello(c, f);
		break;
	case WIRE_RUN:
		do_run(c, op);
		break;
	case WIRE_CANCEL:
		if (op->id != 0)
			(void)executor_end(core, loop_clock(), op->id);
		else
			(void)executor_cancel(core, loop_clock(), op->rsc, op->action, op->interval_ms);
		break;
	case WIRE_FORGET:
		executor_forget(core, loop_clock(), op->rsc);
		break;
	case WIRE_ACKNOWLEDGE:
		executor_acknowledge(core, op->id);
		break;
	case WIRE_LIST:
		do_list(c);
		break;
	case WIRE_REPORT:
	case WIRE_KNOWN:
	case WIRE_LISTED:
	case WIRE_REFUSED:
		break;
	}
}

static void client_fail(struct client *c, const char *why)
{
	log_message(c->server->log, MSG_CLIENT_BAD, "process %u: %s", c->pid, why);
	client_refuse(c, 0, why);
	stream_end(c->stream);
}

static size_t on_bytes(void *arg, struct stream *stream, struct bytes in)
{
	struct client *c = arg;
	struct arena arena = {0};
	struct wire_frame f;
	struct error why;
	size_t used = 0;
	enum err e = wire_decode(in, &arena, &f, &used, &why);

	(void)stream;
	if (e == ERR_OK && f.from_executor)
		client_fail(c, "it says what only an executor may say");
	else if (e == ERR_OK && !c->greeted && f.kind != WIRE_HELLO)
		client_fail(c, "it did not begin with a hello");
	else if (e == ERR_OK)
		obey(c, &f);
	else if (e != ERR_AGAIN)
		client_fail(c, why.text);
	arena_fini(&arena);
	return e == ERR_AGAIN ? 0 : e == ERR_OK ? used : in.len;
}

static void on_ended(void *arg, struct stream *stream, const char *why)
{
	struct client *c = arg;
	struct executor_server *s = c->server;

	(void)stream;
	log_write(s->log, SUBSYSTEM_EXECUTOR, LEVEL_INFO, "process %u is gone%s%s", c->pid, why == NULL ? "" : ": ",
		  why == NULL ? "" : why);
	(void)g_ptr_array_remove(s->clients, c);
}

/* --- who asks --- */

static bool is_welcome(const struct stream_peer *peer)
{
	uint32_t uid;

	return peer->uid == 0 || peer->uid == geteuid() ||
	       (owner_lookup(environment_manager_user(), false, &uid) && peer->uid == uid);
}

static bool on_connection(void *arg, struct stream *stream, const struct stream_peer *peer, struct stream_handlers *ret)
{
	struct executor_server *s = arg;
	const struct wire_frame hello = {
		.kind = WIRE_HELLO, .from_executor = true, .version = WIRE_VERSION, .incarnation = s->incarnation};

	if (!is_welcome(peer) || s->clients->len >= CLIENTS_AT_ONCE) {
		log_message(s->log, MSG_CLIENT_REFUSED, "process %u of user %u: %s", peer->pid, peer->uid,
			    is_welcome(peer) ? "too many are connected"
					     : "only root and the manager's user may run agents");
		return false;
	}
	struct client *c = g_new0(struct client, 1);
	c->server = s;
	c->stream = stream;
	c->pid = peer->pid;
	*ret = (struct stream_handlers){.bytes = on_bytes, .ended = on_ended, .arg = c};
	g_ptr_array_add(s->clients, c);
	client_send(c, &hello);
	return true;
}

void executor_server_report(struct executor_server *s, const struct operation_report *report)
{
	const struct wire_frame f = {.kind = WIRE_REPORT, .from_executor = true, .report = *report};
	GByteArray *out = g_byte_array_new();

	wire_encode(&f, out);
	for (guint i = 0; i < s->clients->len; i++) {
		struct client *c = g_ptr_array_index(s->clients, i);

		if (c->greeted)
			stream_send(c->stream, bytes_of(out->data, out->len));
	}
	(void)g_byte_array_unref(out);
}

static void incarnation_make(char ret[INCARNATION_SIZE])
{
	(void)snprintf(ret, INCARNATION_SIZE, "%016" PRIx64 "%016" PRIx64, random_u64(), random_u64());
}

enum err executor_server_open(struct loop *l, struct log *log, const char *path, struct executor *core,
			      struct executor_server **ret, struct error *reterr)
{
	struct executor_server *s = g_new0(struct executor_server, 1);
	uint32_t gid = UINT32_MAX;

	s->loop = l;
	s->log = log;
	s->core = core;
	s->clients = g_ptr_array_new_with_free_func(g_free);
	incarnation_make(s->incarnation);
	if (geteuid() != 0 || !owner_lookup(group_name, true, &gid))
		gid = UINT32_MAX; /* a machine without the group is root's alone */
	enum err e =
		stream_listen(l, path, gid == UINT32_MAX ? 0600 : 0660, gid, on_connection, s, &s->listener, reterr);
	if (e != ERR_OK) {
		executor_server_close(s);
		return e;
	}
	*ret = s;
	return ERR_OK;
}

void executor_server_close(struct executor_server *s)
{
	if (s == NULL)
		return;
	stream_unlisten(s->listener);
	for (guint i = 0; i < s->clients->len; i++)
		stream_close(((struct client *)g_ptr_array_index(s->clients, i))->stream);
	(void)g_ptr_array_unref(s->clients);
	g_free(s);
}
