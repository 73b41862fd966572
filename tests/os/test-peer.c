/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static int dial(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(0, connect(fd, (struct sockaddr *)&address, sizeof(address)));
	return fd;
}

static void test_who_is_there(void **state)
{
	char dir[] = "/tmp/test-peer-XXXXXX", path[64];
	struct error error;
	struct peer peer;
	struct stat st;
	int listener, again;
	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/s", dir);
	assert_int_equal(ERR_OK, peer_listen(path, &listener, &error));
	assert_int_equal(0, stat(path, &st));
	assert_int_equal(0, st.st_mode & 07);
	int client = dial(path), server = accept(listener, NULL, NULL);
	assert_true(server >= 0);
	assert_int_equal(ERR_OK, peer_of(server, &peer, &error));
	assert_int_equal(getuid(), peer.uid);
	assert_int_equal(getpid(), peer.pid);
	assert_true(peer.name[0] != '\0');
	assert_int_equal(ERR_EXISTS, peer_listen(path, &again, &error));
	(void)close(client);
	(void)close(server);
	(void)close(listener);
	assert_int_equal(ERR_OK, peer_listen(path, &again, &error)); /* nobody serves there any more */
	(void)close(again);
	(void)unlink(path);
	(void)rmdir(dir);
}

static void test_what_cannot_be(void **state)
{
	char path[256];
	struct error error;
	struct peer peer;
	int fd;
	(void)state;
	memset(path, 'x', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(ERR_IO, peer_listen(path, &fd, &error));
	assert_int_equal(ERR_IO, peer_listen("/nonexist/s", &fd, &error));
	assert_non_null(strstr(error.text, "/nonexist/s"));
	assert_int_equal(ERR_IO, peer_of(-1, &peer, &error));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_is_there),
		cmocka_unit_test(test_what_cannot_be),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
