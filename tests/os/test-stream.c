/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/stream.h"

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

/* A server that echoes lines: a line "end" ends the connection, one that begins with "#" is never used. */
struct side {
	struct stream *stream;
	char got[64];
	size_t len, total;
	uint32_t ends;
	char why[64];
};

static struct {
	struct loop *loop;
	struct error error;
	struct stream_server *server;
	struct side ours, theirs;
	struct stream_peer peer;
	bool refuses;
	char dir[64], path[96];
} w;

static size_t on_line(void *arg, struct stream *s, struct bytes in)
{
	const uint8_t *end = memchr(in.data, '\n', in.len);
	struct side *side = arg;

	if (in.data[0] == '#' || end == NULL)
		return 0;
	struct bytes line = bytes_of(in.data, (size_t)(end + 1 - in.data));
	side->total += line.len;
	stream_send(s, line);
	if (line.len == 4 && memcmp(line.data, "end", 3) == 0)
		stream_end(s);
	return line.len;
}

static size_t on_answer(void *arg, struct stream *s, struct bytes in)
{
	struct side *side = arg;
	size_t n = in.len < sizeof side->got - 1 - side->len ? in.len : sizeof side->got - 1 - side->len;

	(void)s;
	memcpy(side->got + side->len, in.data, n);
	side->len += n;
	side->total += in.len;
	return in.len;
}

static void on_ended(void *arg, struct stream *s, const char *why)
{
	struct side *side = arg;

	assert_ptr_equal(side->stream, s);
	side->stream = NULL;
	side->ends++;
	(void)snprintf(side->why, sizeof side->why, "%s", why == NULL ? "-" : why);
}

static bool on_connection(void *arg, struct stream *s, const struct stream_peer *peer, struct stream_handlers *ret)
{
	assert_ptr_equal(arg, &w);
	w.peer = *peer;
	if (w.refuses)
		return false;
	w.theirs.stream = s;
	*ret = (struct stream_handlers){.bytes = on_line, .ended = on_ended, .arg = &w.theirs};
	return true;
}

static enum err listen_at(const char *path, struct stream_server **ret)
{
	return stream_listen(w.loop, path, 0600, UINT32_MAX, on_connection, &w, ret, &w.error);
}

static int set_up(void **state)
{
	(void)state;
	memset(&w, 0, sizeof w);
	(void)snprintf(w.dir, sizeof w.dir, "/tmp/test-stream-XXXXXX");
	if (mkdtemp(w.dir) == NULL || loop_open(&w.loop, &w.error) != ERR_OK)
		return -1;
	(void)snprintf(w.path, sizeof w.path, "%s/socket", w.dir);
	return listen_at(w.path, &w.server) == ERR_OK ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	stream_close(w.ours.stream);
	stream_close(w.theirs.stream);
	stream_unlisten(w.server);
	loop_close(w.loop);
	assert_int_equal(access(w.path, F_OK), -1);
	return rmdir(w.dir);
}

static void turns(int n)
{
	for (int i = 0; i < n; i++)
		if (loop_turn(w.loop, 5, &w.error) != ERR_OK)
			fail_msg("%s", w.error.text);
}

static void dial(void)
{
	const struct stream_handlers handlers = {.bytes = on_answer, .ended = on_ended, .arg = &w.ours};

	if (stream_connect(w.loop, w.path, &handlers, &w.ours.stream, &w.error) != ERR_OK)
		fail_msg("%s", w.error.text);
}

static void say(const char *text)
{
	stream_send(w.ours.stream, bytes_of(text, strlen(text)));
}

static void test_there_and_back(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(stat(w.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	dial();
	say("one\ntw");
	turns(5);
	assert_string_equal(w.ours.got, "one\n");
	say("o\n");
	turns(5);
	assert_string_equal(w.ours.got, "one\ntwo\n");
	assert_int_equal(w.peer.uid, geteuid());
	assert_int_equal(w.peer.gid, getegid());
	assert_int_equal(w.peer.pid, getpid());
	assert_int_equal(stream_unsent(w.ours.stream), 0);
}

/* What was asked before the end is answered before the end. */
static void test_ends_in_order(void **state)
{
	(void)state;
	dial();
	say("end\nmore\n");
	turns(10);
	assert_string_equal(w.ours.got, "end\n");
	assert_int_equal(w.ours.ends, 1);
	assert_int_equal(w.theirs.ends, 1);
	assert_string_equal(w.ours.why, "-");
}

static void test_closed_by_one(void **state)
{
	(void)state;
	dial();
	turns(3);
	stream_close(w.ours.stream);
	w.ours.stream = NULL;
	turns(5);
	assert_int_equal(w.theirs.ends, 1);
	assert_int_equal(w.ours.ends, 0);
	stream_close(NULL);
}

static void test_not_welcome(void **state)
{
	(void)state;
	w.refuses = true;
	dial();
	turns(5);
	assert_int_equal(w.ours.ends, 1);
	assert_null(w.theirs.stream);
}

static void test_nobody_uses_it(void **state)
{
	static char text[256 * 1024];

	(void)state;
	memset(text, '#', sizeof text);
	dial();
	for (int i = 0; i < 64 && w.ours.ends == 0; i++) {
		stream_send(w.ours.stream, bytes_of(text, sizeof text));
		turns(8);
	}
	assert_int_equal(w.theirs.ends, 1);
	assert_string_equal(w.theirs.why, "it sends more than anybody can use");
	assert_int_equal(w.ours.ends, 1);
}

/* A client that asks and does not listen is not asked for more, and the answers do not pile up. */
static void test_slow_reader(void **state)
{
	static char text[64 * 1024];
	int fd;

	(void)state;
	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = '\n';
	dial();
	turns(3);
	/* from here on our side is a plain socket that nobody reads */
	stream_close(w.ours.stream);
	w.ours.stream = NULL;
	turns(3);
	struct stream *before = w.theirs.stream;
	assert_null(before);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	memcpy(a.sun_path, w.path, strlen(w.path));
	assert_int_equal(connect(fd, (const struct sockaddr *)&a, sizeof a), 0);
	size_t sent = 0;
	for (int i = 0; i < 2000; i++) {
		ssize_t n = send(fd, text, sizeof text, MSG_NOSIGNAL);

		sent += n > 0 ? (size_t)n : 0;
		turns(n > 0 ? 1 : 0);
	}
	assert_non_null(w.theirs.stream);
	assert_true(stream_unsent(w.theirs.stream) <= STREAM_UNSENT_PAUSE + 2 * sizeof text);
	assert_true(sent < 4 * STREAM_UNSENT_PAUSE);
	(void)close(fd);
	turns(10);
	assert_null(w.theirs.stream);
}

static void test_too_much_unsent(void **state)
{
	static char text[1024 * 1024];

	(void)state;
	dial();
	for (int i = 0; i < 80; i++)
		stream_send(w.ours.stream, bytes_of(text, sizeof text));
	/* our own call goes on; the end comes after it */
	assert_int_equal(w.ours.ends, 0);
	turns(3);
	assert_int_equal(w.ours.ends, 1);
	assert_string_equal(w.ours.why, "it does not read what it is told");
}

static void test_listening(void **state)
{
	struct stream_server *second = NULL;
	struct stream *s;
	char path[300];
	const struct stream_handlers handlers = {.bytes = on_answer, .ended = on_ended, .arg = &w.ours};

	(void)state;
	assert_int_equal(listen_at(w.path, &second), ERR_EXISTS);
	assert_non_null(strstr(w.error.text, "another program listens there"));
	memset(path, 'x', sizeof path);
	path[sizeof path - 1] = '\0';
	assert_int_equal(listen_at(path, &second), ERR_INVALID);
	assert_int_equal(listen_at("/nowhere/socket", &second), ERR_IO);
	(void)snprintf(path, sizeof path, "%s/none", w.dir);
	assert_int_equal(stream_connect(w.loop, path, &handlers, &s, &w.error), ERR_NOT_FOUND);
	/* What a program that was killed leaves behind is no obstacle. */
	assert_int_equal(listen_at(path, &second), ERR_OK);
	stream_unlisten(second);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	memcpy(a.sun_path, path, strlen(path));
	assert_int_equal(bind(fd, (const struct sockaddr *)&a, sizeof a), 0);
	(void)close(fd);
	assert_int_equal(listen_at(path, &second), ERR_OK);
	stream_unlisten(second);
	stream_unlisten(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_there_and_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_ends_in_order, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_closed_by_one, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_not_welcome, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nobody_uses_it, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_slow_reader, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_too_much_unsent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_listening, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
