/* SPDX-License-Identifier: GPL-2.0-or-later */
/* api-world.h - the API on a socket of its own, above a cluster of one simulated node, and clients that write HTTP by
 * hand. What is asked of the cluster is written down, and answered when a test says so.
 */
#ifndef TESTS_API_API_WORLD_H
#define TESTS_API_API_WORLD_H

#include "../controller/world.h"
#include "api/api.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

struct api_world {
	struct loop *loop;
	struct api *api;
	struct world *cluster;
	char dir[64], socket[80];
	GString *asked; /* "KIND id: fields; " */
	uint64_t last, dropped;
	const struct answer *at_once; /* NULL: the answer is given later, or never */
	struct error error;
};

struct client {
	int fd;
	GString *in;
	bool ended;
};

enum { TURNS_MAX = 5000 };

static inline const struct controller *api_world_controller(void *arg)
{
	const struct api_world *a = arg;
	return world_controller(a->cluster, 0);
}

static inline const char *text_or(const char *text)
{
	return text != NULL ? text : "-";
}

static inline void note_change(struct api_world *a, const struct request *r)
{
	const struct edit *e = &r->change.edit;
	g_string_append_printf(a->asked, "change %s %s %s %s%s%s%s by %s at %s with %s", edit_kind_word(e->kind),
			       text_or(e->scope), text_or(e->xpath), text_or(e->body),
			       e->allow_create ? " allow-create" : "", e->force ? " force" : "",
			       e->expand_scores ? " score" : "", r->change.by.user.name, text_or(r->change.by.node),
			       r->change.by.client);
}

static inline void note_attribute(struct api_world *a, const struct request *r)
{
	const struct attribute_change *c = &r->attribute;
	g_string_append_printf(a->asked, "attribute %s %s=%s %s %d%s%s%s%s", c->node, c->name, text_or(c->value),
			       text_or(c->set), (int)c->delay_ms, c->private_ ? " private" : "",
			       c->utilization ? " utilization" : "", c->is_pattern ? " pattern" : "",
			       c->delay_only ? " delay-only" : "");
}

static inline void api_world_request(void *arg, const struct request *r)
{
	struct api_world *a = arg;
	a->last = r->id;
	switch (r->kind) {
	case REQUEST_CHANGE:
		note_change(a, r);
		break;
	case REQUEST_ATTRIBUTE:
		note_attribute(a, r);
		break;
	case REQUEST_FENCE:
		g_string_append_printf(a->asked, "fence %s %d %d %d %d%s for %s", r->fence.target, r->fence.action,
				       (int)r->fence.timeout_ms, (int)r->fence.delay_ms, (int)r->fence.tolerance_ms,
				       r->fence.confirm ? " confirmed" : "", r->fence.client);
		break;
	case REQUEST_FORGET:
		g_string_append_printf(a->asked, "forget %d %s %s %s %d", (int)r->forget.what, text_or(r->forget.rsc),
				       text_or(r->forget.node), text_or(r->forget.action), (int)r->forget.interval_ms);
		break;
	case REQUEST_FAIL:
		g_string_append_printf(a->asked, "fail %s %s", r->fail.rsc, text_or(r->fail.node));
		break;
	case REQUEST_WAIT:
		g_string_append_printf(a->asked, "wait %d", (int)r->wait_ms);
		break;
	case REQUEST_SHUTDOWN:
		g_string_append(a->asked, "shutdown");
		break;
	}
	if (a->at_once != NULL) {
		struct answer own = *a->at_once;
		own.id = r->id;
		api_answer(a->api, &own);
	}
}

static inline void api_world_drop(void *arg, uint64_t id)
{
	struct api_world *a = arg;
	assert_int_equal(0, a->dropped);
	a->dropped = id;
}

static inline int api_world_setup(void **state)
{
	struct api_world *a = g_new0(struct api_world, 1);
	const struct api_ops ops = {
		.arg = a, .controller = api_world_controller, .request = api_world_request, .drop = api_world_drop};
	(void)snprintf(a->dir, sizeof(a->dir), "/tmp/hale-test-api-XXXXXX");
	assert_non_null(mkdtemp(a->dir));
	(void)snprintf(a->socket, sizeof(a->socket), "%s/api.sock", a->dir);
	a->cluster = world_new(1, 1);
	world_start(a->cluster, 0);
	world_run(a->cluster, 2000);
	a->asked = g_string_new(NULL);
	assert_int_equal(ERR_OK, loop_open(&a->loop, &a->error));
	if (api_open(a->loop, a->socket, &ops, &a->api, &a->error) != ERR_OK)
		fail_msg("%s", a->error.text);
	*state = a;
	return 0;
}

static inline int api_world_teardown(void **state)
{
	struct api_world *a = *state;
	(void)!seteuid(getuid()); /* where a test ended as somebody else */
	api_close(a->api);
	loop_close(a->loop);
	world_free(a->cluster);
	assert_int_not_equal(0, access(a->socket, F_OK)); /* api_close() removed it */
	assert_int_equal(0, rmdir(a->dir));
	(void)g_string_free(a->asked, TRUE);
	g_free(a);
	return 0;
}

static inline void turn(struct api_world *a)
{
	if (loop_turn(a->loop, 1, &a->error) != ERR_OK)
		fail_msg("%s", a->error.text);
}

/* --- clients --- */

static inline struct client *client_new(struct api_world *a)
{
	struct client *c = g_new0(struct client, 1);
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", a->socket);
	c->in = g_string_new(NULL);
	c->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(c->fd >= 0);
	assert_int_equal(0, connect(c->fd, (struct sockaddr *)&address, sizeof(address)));
	assert_int_equal(0, fcntl(c->fd, F_SETFL, O_NONBLOCK));
	return c;
}

static inline void client_free(struct client *c)
{
	if (c->fd >= 0)
		(void)close(c->fd);
	(void)g_string_free(c->in, TRUE);
	g_free(c);
}

/* What has come so far. */
static inline void client_read(struct client *c)
{
	char data[65536];
	ssize_t n;
	while (!c->ended && (n = recv(c->fd, data, sizeof(data), 0)) >= 0) {
		c->ended = n == 0;
		g_string_append_len(c->in, data, n);
	}
}

static inline void client_write(struct api_world *a, struct client *c, const char *data, size_t size)
{
	for (size_t at = 0, turns = 0; at < size;) {
		ssize_t n = send(c->fd, data + at, size - at, MSG_NOSIGNAL);
		at += n > 0 ? (size_t)n : 0;
		if (n <= 0) {
			assert_true(turns++ < TURNS_MAX);
			turn(a);
		}
	}
}

static inline void client_ask(struct api_world *a, struct client *c, const char *method, const char *path,
			      const char *body, bool keep)
{
	char *head = g_strdup_printf("%s %s HTTP/1.1\r\nHost: hale\r\n%sContent-Length: %zu\r\n\r\n", method, path,
				     keep ? "" : "Connection: close\r\n", strlen(body));
	client_write(a, c, head, strlen(head));
	client_write(a, c, body, strlen(body));
	g_free(head);
}

/* Until the client has got this text, or the end of the connection. */
static inline bool client_gets(struct api_world *a, struct client *c, const char *text)
{
	for (unsigned i = 0; i < TURNS_MAX; i++) {
		turn(a);
		client_read(c);
		if (text != NULL && strstr(c->in->str, text) != NULL)
			return true;
		if (c->ended)
			return text == NULL;
	}
	return false;
}

static inline bool is_asked(struct api_world *a)
{
	for (unsigned i = 0; i < TURNS_MAX && a->asked->len == 0; i++)
		turn(a);
	return a->asked->len > 0;
}

/* One question on a connection of its own: the status, and the answer's body in *ret unless that is NULL. */
static inline int ask(struct api_world *a, const char *method, const char *path, const char *body, char **ret)
{
	struct client *c = client_new(a);
	int status = 0;
	client_ask(a, c, method, path, body, false);
	assert_true(client_gets(a, c, NULL));
	assert_int_equal(1, sscanf(c->in->str, "HTTP/1.1 %d ", &status));
	const char *content = strstr(c->in->str, "\r\n\r\n");
	assert_non_null(content);
	if (ret != NULL)
		*ret = g_strdup(content + 4);
	client_free(c);
	return status;
}

/* The answer has this status and says this. */
static inline void assert_answer(struct api_world *a, const char *method, const char *path, const char *body,
				 int status, const char *says)
{
	char *text;
	int got = ask(a, method, path, body, &text);
	if (got != status || strstr(text, says) == NULL)
		fail_msg("%s %s %s: %d instead of %d, %s", method, path, body, got, status, text);
	g_free(text);
}

#endif
