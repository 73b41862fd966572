/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/child.h"

#include "os/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Nasty agents are shell scripts in a folder of the test; a file "pid" in it gets the process that must die or live. */
static struct {
	struct loop *loop;
	struct error error;
	char dir[64];
	uint32_t ends;
	struct child_end end;
	char out[8192], err[8192];
	size_t out_len, err_len;
} w;

static int set_up(void **state)
{
	(void)state;
	memset(&w, 0, sizeof w);
	(void)snprintf(w.dir, sizeof w.dir, "/tmp/test-child-XXXXXX");
	return mkdtemp(w.dir) == NULL || loop_open(&w.loop, &w.error) != ERR_OK ? -1 : 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	loop_close(w.loop);
	(void)snprintf(command, sizeof command, "rm -rf %s", w.dir);
	return system(command);
}

static void on_end(void *arg, const struct child_end *end)
{
	assert_ptr_equal(arg, &w);
	w.ends++;
	w.end = *end;
	w.out_len = strlen(end->out);
	w.err_len = strlen(end->err);
	(void)snprintf(w.out, sizeof w.out, "%s", end->out);
	(void)snprintf(w.err, sizeof w.err, "%s", end->err);
}

static struct child *start(const char *script, struct child_plan plan)
{
	static char path[] = "/bin/sh", option[] = "-c";
	static char text[2048];
	char *argv[] = {path, option, text, w.dir, NULL};
	char name[] = "PATH=/usr/bin:/bin:/usr/sbin", colour[] = "COLOUR=red";
	char *env[] = {name, colour, NULL};
	struct child *c = NULL;

	(void)snprintf(text, sizeof text, "cd \"$0\"\n%s", script);
	plan.path = plan.path == NULL ? path : plan.path;
	plan.argv = argv;
	plan.env = env;
	plan.output_max = plan.output_max == 0 ? 4096 : plan.output_max;
	if (child_start(w.loop, &plan, on_end, &w, &c, &w.error) != ERR_OK)
		fail_msg("%s", w.error.text);
	return c;
}

/* False: not within this time. */
static bool wait_end(uint32_t ms)
{
	mono_time until = mono_time_add_ms(loop_clock(), ms);

	while (w.ends == 0 && mono_time_before(loop_clock(), until))
		if (loop_turn(w.loop, 20, &w.error) != ERR_OK)
			fail_msg("%s", w.error.text);
	return w.ends > 0;
}

static void must_end(uint32_t ms)
{
	if (!wait_end(ms))
		fail_msg("it did not end within %u ms", ms);
	assert_int_equal(w.ends, 1);
}

/* The number that an agent has written into a file; waits for it. */
static pid_t pid_in(const char *name)
{
	char path[128];
	int pid = 0;

	(void)snprintf(path, sizeof path, "%s/%s", w.dir, name);
	for (int i = 0; i < 500 && pid == 0; i++) {
		FILE *f = fopen(path, "r");

		if (f == NULL || fscanf(f, "%d", &pid) != 1)
			(void)usleep(10000);
		if (f != NULL)
			(void)fclose(f);
	}
	assert_true(pid > 0);
	return pid;
}

/* A zombie that init has not buried yet counts as dead. */
static bool lives(pid_t pid)
{
	char path[64], state = 'X';

	(void)snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
	FILE *f = fopen(path, "r");
	if (f == NULL)
		return false;
	if (fscanf(f, "%*d %*[^)]) %c", &state) != 1)
		state = 'X';
	(void)fclose(f);
	return state != 'Z' && state != 'X';
}

static void test_simple(void **state)
{
	(void)state;
	(void)start("echo \"out $COLOUR\"; echo bad >&2; read a || echo nothing; exit 7", (struct child_plan){0});
	must_end(5000);
	assert_true(w.end.started);
	assert_int_equal(w.end.rc, 7);
	assert_int_equal(w.end.signal, 0);
	assert_string_equal(w.out, "out red\nnothing\n");
	assert_string_equal(w.err, "bad\n");
	assert_true(w.end.ended.ns >= w.end.began.ns);
	assert_int_equal(w.end.out_lost + w.end.err_lost, 0);
}

static void test_input(void **state)
{
	(void)state;
	(void)start("cat", (struct child_plan){.input = "action=off\nport=3\n", .input_size = 18});
	must_end(5000);
	assert_string_equal(w.out, "action=off\nport=3\n");
}

/* A leader of its own, usual signals, no descriptors of ours, and the root folder is not ours to hold either. */
static void test_clean_start(void **state)
{
	(void)state;
	(void)start("ps -o sid= -p $$; echo $$; ls /proc/self/fd | wc -l; grep SigBlk /proc/self/status; "
		    "grep SigIgn /proc/self/status",
		    (struct child_plan){0});
	must_end(5000);
	int sid = 0, pid = 1, fds = 0;
	unsigned long long blocked = 1, ignored = 1;
	assert_int_equal(sscanf(w.out, "%d %d %d SigBlk: %llx SigIgn: %llx", &sid, &pid, &fds, &blocked, &ignored), 5);
	assert_int_equal(sid, pid);
	assert_int_equal(fds, 4); /* three, and the folder that ls reads */
	/* 32 and 33 are the C library's own, and nobody can change what it inherited of them */
	assert_int_equal(blocked & ~0x180000000ull, 0);
	assert_int_equal(ignored & ~0x180000000ull, 0);
}

static void test_signal(void **state)
{
	(void)state;
	(void)start("kill -11 $$", (struct child_plan){0});
	must_end(5000);
	assert_true(w.end.started);
	assert_int_equal(w.end.signal, 11);
}

static void test_not_there(void **state)
{
	(void)state;
	(void)start("true", (struct child_plan){.path = "/nowhere/agent"});
	must_end(5000);
	assert_false(w.end.started);
	assert_int_equal(w.end.error, ENOENT);
}

static void test_as_user(void **state)
{
	(void)state;
	if (geteuid() != 0) {
		print_message("SKIP only root can become somebody else\n");
		skip();
	}
	assert_int_equal(chmod(w.dir, 0777), 0);
	(void)start("id -u; id -G", (struct child_plan){.as_user = true, .uid = 65534, .gid = 65533});
	must_end(5000);
	assert_string_equal(w.out, "65534\n65533\n");
}

static void test_megabytes(void **state)
{
	(void)state;
	(void)start(
		"head -c 20000000 /dev/zero | tr '\\0' x; echo first >&2; head -c 10000000 /dev/zero | tr '\\0' y >&2; "
		"echo last >&2",
		(struct child_plan){.output_max = 4096});
	must_end(30000);
	assert_int_equal(w.end.rc, 0);
	assert_int_equal(w.out_len, 4096);
	assert_int_equal(w.end.out_lost, 20000000 - 4096);
	assert_int_equal(w.err_len, 4096);
	assert_int_equal(w.end.err_lost, 10000000 + 6 + 5 - 4096);
	assert_string_equal(w.err + w.err_len - 6, "ylast\n");
}

static void test_bytes_that_end_no_text(void **state)
{
	(void)state;
	(void)start("printf 'a\\0b'", (struct child_plan){0});
	must_end(5000);
	assert_string_equal(w.out, "a?b");
}

/* A service that an agent starts keeps the pipe, and lives on. */
static void test_daemon_keeps_output_open(void **state)
{
	(void)state;
	(void)start("sh -c 'echo $$ > pid; exec sleep 300' & while [ ! -s pid ]; do sleep 0.02; done; echo started",
		    (struct child_plan){0});
	must_end(3000);
	assert_int_equal(w.end.rc, 0);
	assert_string_equal(w.out, "started\n");
	pid_t pid = pid_in("pid");
	assert_true(lives(pid));
	(void)kill(pid, SIGKILL);
}

/* The same with one that never stops printing. */
static void test_daemon_floods_output(void **state)
{
	(void)state;
	(void)start("sh -c 'echo $$ > pid; trap \"\" PIPE; while :; do echo xxxxxxxxxxxxxxxx; done' & "
		    "while [ ! -s pid ]; do sleep 0.02; done",
		    (struct child_plan){0});
	must_end(5000);
	pid_t pid = pid_in("pid");
	(void)kill(pid, SIGKILL);
	assert_int_equal(w.end.rc, 0);
}

static void test_closes_its_output(void **state)
{
	(void)state;
	(void)start("exec >&- 2>&-; sleep 0.3; exit 3", (struct child_plan){0});
	must_end(3000);
	assert_int_equal(w.end.rc, 3);
}

static void test_hangs(void **state)
{
	struct child *c =
		start("trap '' TERM INT HUP; echo $$ > pid; while :; do sleep 1; done", (struct child_plan){0});

	(void)state;
	pid_t pid = pid_in("pid");
	assert_false(wait_end(200));
	child_kill(c);
	must_end(3000);
	assert_int_equal(w.end.signal, SIGKILL);
	assert_false(lives(pid));
}

/* Children, children's children that went by setsid(2) and whose parents are gone: all of them go, and at once. */
static void test_whole_tree(void **state)
{
	static const char *const names[] = {"a", "b", "c", "d"};
	struct child *c = start("sleep 300 & echo $! > a\n"
				"setsid sh -c 'echo $$ > b; sleep 300; true' &\n"
				"(setsid sh -c '(setsid sh -c \"echo \\$\\$ > c; exec sleep 300\" &) ; exit 0')\n"
				"setsid setsid sh -c 'trap \"\" TERM; echo $$ > d; while :; do sleep 1; done' & wait",
				(struct child_plan){0});
	pid_t pids[4];

	(void)state;
	for (int i = 0; i < 4; i++) {
		pids[i] = pid_in(names[i]);
		assert_true(lives(pids[i]));
	}
	child_kill(c);
	must_end(3000);
	for (int i = 0; i < 4; i++)
		assert_false(lives(pids[i]));
}

/* One that makes new processes faster than one looks. */
static void test_forks_away(void **state)
{
	char command[200];
	struct child *c =
		start("cat > run <<'X'\nsleep 0.01\nn=$(($2+1))\n[ $n -gt 2000 ] || setsid sh $1/run $1 $n &\n"
		      "echo 1 > pid\nX\nsh $0/run $0 0; sleep 300",
		      (struct child_plan){0});

	(void)state;
	(void)pid_in("pid");
	assert_false(wait_end(200));
	(void)snprintf(command, sizeof command, "ps -eo args | grep -q '[s]h %s/run'", w.dir);
	/* one look may fall between two of them */
	bool seen = false;
	for (int i = 0; i < 50 && !seen; i++)
		seen = system(command) == 0;
	assert_true(seen);
	child_kill(c);
	must_end(5000);
	for (int i = 0; i < 10; i++)
		assert_int_not_equal(system(command), 0);
}

/* Somebody kills the keeper: the agent dies with it, and we do not wait for ever. */
static void test_keeper_is_killed(void **state)
{
	(void)start("echo $$ > pid; echo $PPID > keeper; exec sleep 300", (struct child_plan){0});

	(void)state;
	pid_t agent = pid_in("pid");
	(void)kill(pid_in("keeper"), SIGKILL);
	must_end(3000);
	assert_true(w.end.started);
	assert_int_equal(w.end.signal, -1);
	for (int i = 0; i < 100 && lives(agent); i++)
		(void)usleep(10000);
	assert_false(lives(agent));
}

static void test_closed(void **state)
{
	struct child *c = start("echo $$ > pid; exec sleep 300", (struct child_plan){0});

	(void)state;
	pid_t pid = pid_in("pid");
	child_close(c);
	child_close(NULL);
	assert_false(wait_end(500));
	assert_false(lives(pid));
}

/* The keeper alone, and its death with its parent. */
static void test_keeper(void **state)
{
	char path[] = "/bin/sh", option[] = "-c", script[] = "exit 5";
	char *argv[] = {path, option, script, NULL}, *env[] = {NULL};
	struct keeper_status s = {0};
	int fds[2], value;

	(void)state;
	assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	const struct keeper_plan plan = {.path = path,
					 .argv = argv,
					 .env = env,
					 .input = null,
					 .output = null,
					 .errors = null,
					 .status = fds[1],
					 .parent = getpid()};
	sigset_t all, before;
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &before);
	pid_t pid = fork();
	if (pid == 0)
		keeper_run(&plan);
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	assert_int_equal(waitpid(pid, &value, 0), pid);
	assert_int_equal(read(fds[0], &s, sizeof s), sizeof s);
	assert_int_equal(s.word, KEEPER_ENDED);
	assert_int_equal(WEXITSTATUS(s.value), 5);
	(void)close(fds[0]);
	(void)close(fds[1]);
	(void)close(null);
}

static void test_dies_with_us(void **state)
{
	int value;
	pid_t us = fork();

	(void)state;
	if (us == 0) {
		(void)start("echo $$ > pid; setsid sleep 300 & echo $! > other; wait", (struct child_plan){0});
		(void)usleep(10000000);
		_exit(0);
	}
	pid_t agent = pid_in("pid"), other = pid_in("other");
	(void)kill(us, SIGKILL);
	assert_int_equal(waitpid(us, &value, 0), us);
	for (int i = 0; i < 200 && (lives(agent) || lives(other)); i++)
		(void)usleep(10000);
	assert_false(lives(agent));
	assert_false(lives(other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_simple, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_input, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_clean_start, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_signal, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_not_there, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_as_user, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_megabytes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_bytes_that_end_no_text, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_daemon_keeps_output_open, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_daemon_floods_output, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_closes_its_output, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_hangs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_whole_tree, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_forks_away, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_keeper_is_killed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_closed, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_keeper, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_dies_with_us, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
