/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/notify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

static void expect(int fd, const char *text)
{
	char got[128] = "";
	assert_true(recv(fd, got, sizeof got - 1, MSG_DONTWAIT) > 0);
	assert_string_equal(got, text);
}

static void test_what_the_manager_hears(void **state)
{
	struct sockaddr_un a = {.sun_family = AF_UNIX};
	char name[64];
	(void)state;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	snprintf(name, sizeof name, "@hale-test-notify-%d", (int)getpid());
	snprintf(a.sun_path + 1, sizeof a.sun_path - 1, "%s", name + 1);
	socklen_t len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
	assert_int_equal(bind(fd, (struct sockaddr *)&a, len), 0);
	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	notify_ready();
	expect(fd, "READY=1");
	notify_status("a ring of 3");
	expect(fd, "STATUS=a ring of 3");
	notify_stopping();
	expect(fd, "STOPPING=1");
	close(fd);
	/* Nobody listens: nothing happens. */
	notify_status("x");
	unsetenv("NOTIFY_SOCKET");
	notify_ready();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_what_the_manager_hears)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
