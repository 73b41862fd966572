/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/realtime.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

static enum err error_errno(struct error *reterr, int number, const char *what)
{
	enum err e = number == EPERM || number == EACCES ? ERR_ACCESS : ERR_IO;
	return error_set(reterr, e, "%s: %s", what, strerror(number));
}

static enum err priority_parse(const char *word, int *ret, struct error *reterr)
{
	int max = sched_get_priority_max(SCHED_RR), min = sched_get_priority_min(SCHED_RR);
	char *end;
	if (strcmp(word, "max") == 0 || strcmp(word, "min") == 0) {
		*ret = strcmp(word, "max") == 0 ? max : min;
		return ERR_OK;
	}
	errno = 0;
	long v = strtol(word, &end, 10);
	if (errno != 0 || end == word || *end != '\0' || v < min || v > max)
		return error_set(reterr, ERR_INVALID, "system.priority is \"%s\"; it must be max, min or %d to %d",
				 word, min, max);
	*ret = (int)v;
	return ERR_OK;
}

enum err realtime_nice(int nice, struct error *reterr)
{
	if (setpriority(PRIO_PROCESS, 0, nice) < 0)
		return error_errno(reterr, errno, "setting the nice value");
	return ERR_OK;
}

enum err realtime_schedule(const char *priority, bool *ret_nice, struct error *reterr)
{
	struct sched_param param = {0};
	enum err e = priority_parse(priority, &param.sched_priority, reterr);
	if (e != ERR_OK)
		return e;
	if (sched_setscheduler(0, SCHED_RR, &param) == 0) {
		*ret_nice = false;
		return ERR_OK;
	}
	int saved = errno;
	if (setpriority(PRIO_PROCESS, 0, -20) < 0)
		return error_errno(reterr, saved, "setting round robin scheduling (and nice -20 was refused, too)");
	*ret_nice = true;
	return ERR_OK;
}

/* Small files of the kernel. 0, or an errno. */
static int kernel_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	int r = write(fd, text, strlen(text)) < 0 ? errno : 0;
	close(fd);
	return r;
}

enum err realtime_move_to_root_cgroup(struct error *reterr)
{
	/* Only cgroup v1 gives real-time shares to groups, and a new group gets none. */
	static const char quota[] = "/sys/fs/cgroup/cpu/cpu.rt_runtime_us";
	static const char tasks[] = "/sys/fs/cgroup/cpu/tasks";
	char pid[16];
	if (access(quota, F_OK) < 0)
		return ERR_OK;
	(void)snprintf(pid, sizeof pid, "%d\n", (int)getpid());
	int r = kernel_write(tasks, pid);
	if (r != 0)
		return error_errno(reterr, r, "moving to the root cgroup for its real-time share");
	return ERR_OK;
}

enum err realtime_lock_memory(struct error *reterr)
{
	struct rlimit all = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
	/* Refused without privilege; the lock below then tells. */
	(void)setrlimit(RLIMIT_MEMLOCK, &all);
	if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0)
		return error_errno(reterr, errno, "locking memory");
	return ERR_OK;
}

enum err realtime_spare_from_oom(struct error *reterr)
{
	int r = kernel_write("/proc/self/oom_score_adj", "-1000");
	if (r != 0)
		return error_errno(reterr, r, "asking to be spared when memory runs out");
	return ERR_OK;
}
