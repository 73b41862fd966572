/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each case in a process of its own, so that this one stays as it is. Without privilege an error is the right answer.
 */
#include "os/realtime.h"

#include <linux/capability.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void in_child(bool (*run)(void))
{
	int status;
	pid_t pid = fork();
	if (pid == 0)
		_exit(run() ? 0 : 1);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

/* Whether the answer is right for a process without this capability (root in a container may lack it). */
static bool refused(int capability, enum err e, const struct error *error)
{
	char line[128];
	unsigned long long effective = 0;
	FILE *f = fopen("/proc/self/status", "r");
	while (f && fgets(line, sizeof line, f)) {
		if (strncmp(line, "CapEff:", 7) == 0)
			effective = strtoull(line + 7, NULL, 16);
	}
	if (f)
		fclose(f);
	return e == ERR_ACCESS && error->text[0] != '\0' && !(effective >> capability & 1);
}

static bool run_schedule(void)
{
	struct error error;
	struct sched_param param;
	bool nice = false;
	enum err e = realtime_schedule("max", &nice, &error);
	if (e != ERR_OK)
		return refused(CAP_SYS_NICE, e, &error);
	if (nice)
		return getpriority(PRIO_PROCESS, 0) == -20;
	return sched_getscheduler(0) == SCHED_RR && sched_getparam(0, &param) == 0 &&
	       param.sched_priority == sched_get_priority_max(SCHED_RR) &&
	       realtime_schedule("5", &nice, &error) == ERR_OK && sched_getparam(0, &param) == 0 &&
	       param.sched_priority == 5;
}

static bool run_bad_priority(void)
{
	static const char *const words[] = {"", "maximal", "0", "100", "5x", "-1"};
	struct error error;
	bool nice;
	for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
		if (realtime_schedule(words[i], &nice, &error) != ERR_INVALID || !strstr(error.text, "system.priority"))
			return false;
	}
	return sched_getscheduler(0) == SCHED_OTHER;
}

static bool run_nice(void)
{
	struct error error;
	return realtime_nice(5, &error) == ERR_OK && getpriority(PRIO_PROCESS, 0) == 5;
}

static bool run_cgroup(void)
{
	struct error error;
	enum err e = realtime_move_to_root_cgroup(&error);
	/* A container may show the file and forbid to write it. */
	return e == ERR_OK || error.text[0] != '\0';
}

static uint64_t status_kb(const char *name)
{
	char line[128];
	unsigned long kb = UINT32_MAX;
	FILE *f = fopen("/proc/self/status", "r");
	while (f && fgets(line, sizeof line, f)) {
		if (strncmp(line, name, strlen(name)) == 0)
			kb = strtoul(line + strlen(name) + 1, NULL, 10);
	}
	if (f)
		fclose(f);
	return kb;
}

static bool run_lock_memory(void)
{
	struct error error;
	enum err e = realtime_lock_memory(&error);
	if (e != ERR_OK)
		return refused(CAP_IPC_LOCK, e, &error);
#if defined(SANITIZED)
	return true; /* the sanitizer makes it do nothing */
#endif
	uint64_t before = status_kb("VmRSS:");
	/* Reserved, but not taken. */
	char *memory = mmap(NULL, 64 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return memory != MAP_FAILED && status_kb("VmLck:") > 64 << 10 && status_kb("VmRSS:") < before + (8 << 10);
}

static bool run_oom(void)
{
	struct error error;
	char text[16] = "";
	enum err e = realtime_spare_from_oom(&error);
	if (e != ERR_OK)
		return refused(CAP_SYS_RESOURCE, e, &error);
	FILE *f = fopen("/proc/self/oom_score_adj", "r");
	return f && fgets(text, sizeof text, f) && strcmp(text, "-1000\n") == 0;
}

#define CASE(name)                            \
	static void test_##name(void **state) \
	{                                     \
		(void)state;                  \
		in_child(run_##name);         \
	}

CASE(schedule)
CASE(bad_priority)
CASE(nice)
CASE(cgroup)
CASE(lock_memory)
CASE(oom)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_schedule), cmocka_unit_test(test_bad_priority), cmocka_unit_test(test_nice),
		cmocka_unit_test(test_cgroup),   cmocka_unit_test(test_lock_memory),  cmocka_unit_test(test_oom),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
