/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-manager.h - answers on a Unix socket what a test says, and keeps what was asked.
 *
 *	static const struct fake_answer answers[] = {{"GET /v1/status", 200, "{…}"}, {NULL}};
 *	struct fake_manager f;
 *	fake_start(&f, answers);
 *	… run a program with fake_environment(&f) …
 *	fake_stop(&f);
 *	assert_non_null(strstr(f.asked->str, "POST /v1/wait {\"timeout_ms\":5}"));
 */
#ifndef TEST_FAKE_MANAGER_H
#define TEST_FAKE_MANAGER_H

#include <glib.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* In place of a status. */
enum {
	FAKE_CLOSES = 0,  /* without a word */
	FAKE_SILENT = -1, /* never answers */
	FAKE_RAW = -2,    /* the body is all that is sent, with its head, if it has one */
	FAKE_EARLY = -3,  /* so, and before the request was read */
	FAKE_SLOW = -4,   /* so, FAKE_PIECE bytes each FAKE_SLOW_MS */
};

enum { FAKE_SLOW_MS = 5, FAKE_PIECE = 3 };

struct fake_answer {
	const char *request; /* "GET /v1/status": the request begins like this; the first that fits answers */
	int status;
	const char *body;
};

struct fake_manager {
	const struct fake_answer *answers;
	char folder[64], path[96], variable[128];
	const char *environment[2];
	int listener;
	pthread_t thread;
	GString *asked; /* "METHOD PATH BODY\n"…; to be read after fake_stop() */
};

static inline bool fake_request_is_whole(const GString *s)
{
	const char *end = strstr(s->str, "\r\n\r\n");
	if (end == NULL)
		return false;
	const char *length = strcasestr(s->str, "content-length:");
	size_t size = length != NULL && length < end ? strtoul(length + strlen("content-length:"), NULL, 10) : 0;
	return (size_t)(s->str + s->len - end) - 4 >= size;
}

static inline const struct fake_answer *fake_find(const struct fake_manager *f, const GString *request)
{
	static const struct fake_answer none = {NULL, 404, "{\"error\": \"there is no such thing here\"}"};
	for (const struct fake_answer *a = f->answers; a->request != NULL; a++)
		if (strncmp(request->str, a->request, strlen(a->request)) == 0)
			return a;
	return &none;
}

static inline void fake_send(int fd, const struct fake_answer *a)
{
	char *text = a->status > 0
			     ? g_strdup_printf("HTTP/1.1 %d X\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
					       a->status, strlen(a->body), a->body)
			     : g_strdup(a->body);
	size_t size = strlen(text), piece = a->status == FAKE_SLOW ? FAKE_PIECE : size;
	for (size_t at = 0; at < size && send(fd, text + at, MIN(piece, size - at), MSG_NOSIGNAL) > 0; at += piece)
		if (a->status == FAKE_SLOW)
			g_usleep(FAKE_SLOW_MS * 1000);
	g_free(text);
}

static inline void fake_serve(struct fake_manager *f, int fd)
{
	GString *s = g_string_new(NULL);
	char buffer[64 * 1024];
	ssize_t n;
	while (!fake_request_is_whole(s) && (s->len == 0 || fake_find(f, s)->status != FAKE_EARLY) &&
	       (n = read(fd, buffer, sizeof(buffer))) > 0)
		g_string_append_len(s, buffer, n);
	const struct fake_answer *a = fake_find(f, s);
	const char *version = strstr(s->str, " HTTP/"), *body = strstr(s->str, "\r\n\r\n");
	if (version != NULL && body != NULL)
		g_string_append_printf(f->asked, "%.*s %s\n", (int)(version - s->str), s->str, body + 4);
	if (a->status != FAKE_CLOSES && a->status != FAKE_SILENT)
		fake_send(fd, a);
	if (a->status == FAKE_SILENT) /* until the other side gives up */
		while (read(fd, buffer, sizeof(buffer)) > 0)
			;
	(void)g_string_free(s, TRUE);
}

static inline void *fake_run(void *arg)
{
	struct fake_manager *f = arg;
	int fd;
	while ((fd = accept(f->listener, NULL, NULL)) >= 0) {
		fake_serve(f, fd);
		(void)close(fd);
	}
	return NULL;
}

static inline void fake_start(struct fake_manager *f, const struct fake_answer *answers)
{
	*f = (struct fake_manager){.answers = answers, .folder = "/tmp/hale-fake-XXXXXX", .asked = g_string_new(NULL)};
	if (mkdtemp(f->folder) == NULL)
		abort();
	(void)snprintf(f->path, sizeof(f->path), "%s/api.sock", f->folder);
	(void)snprintf(f->variable, sizeof(f->variable), "HALE_SOCKET=%s", f->path);
	f->environment[0] = f->variable;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	(void)g_strlcpy(address.sun_path, f->path, sizeof(address.sun_path));
	f->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (f->listener < 0 || bind(f->listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(f->listener, 8) != 0 || pthread_create(&f->thread, NULL, fake_run, f) != 0)
		abort();
}

/* Ends in NULL, as program_io wants it. */
static inline const char *const *fake_environment(const struct fake_manager *f)
{
	return f->environment;
}

/* Nobody listens any more, and `asked` may be read. */
static inline void fake_stop(struct fake_manager *f)
{
	(void)shutdown(f->listener, SHUT_RDWR);
	(void)pthread_join(f->thread, NULL);
	(void)close(f->listener);
	(void)unlink(f->path);
	(void)rmdir(f->folder);
}

static inline void fake_free(struct fake_manager *f)
{
	(void)g_string_free(f->asked, TRUE);
}

#endif
