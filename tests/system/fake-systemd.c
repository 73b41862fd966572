/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-systemd - units for hosts of the lab, which have no systemd: its Manager on the system bus, as far as the
 * cluster asks it. A unit is a file in /etc/systemd/system with one line ExecStart=; its process is our child, and ends
 * with us.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

enum { UNITS_MAX = 16, NAME_SIZE = 64, LINE_SIZE = 512 };

static const char units_dir[] = "/etc/systemd/system", object[] = "/org/freedesktop/systemd1";

static struct unit {
	char name[NAME_SIZE]; /* without ".service" */
	pid_t pid;            /* 0: it does not run */
	bool failed;
} units[UNITS_MAX];
static uint32_t unit_count, job_count;

/* "thing.service" and "/org/freedesktop/systemd1/unit/thing" alike; NULL: too many. */
static struct unit *unit_of(const char *text)
{
	const char *slash = strrchr(text, '/');
	text = slash != NULL ? slash + 1 : text;
	int n = (int)strcspn(text, ".");
	for (uint32_t i = 0; i < unit_count; i++)
		if ((int)strlen(units[i].name) == n && strncmp(units[i].name, text, (size_t)n) == 0)
			return &units[i];
	if (unit_count == UNITS_MAX || n >= NAME_SIZE)
		return NULL;
	(void)snprintf(units[unit_count].name, NAME_SIZE, "%.*s", n, text);
	return &units[unit_count++];
}

/* Its command; false: there is no such unit. */
static bool command_of(const struct unit *u, char line[static LINE_SIZE])
{
	char path[LINE_SIZE];
	bool found = false;
	(void)snprintf(path, sizeof(path), "%s/%s.service", units_dir, u->name);
	FILE *f = fopen(path, "r");
	while (f != NULL && !found && fgets(line, LINE_SIZE, f) != NULL)
		found = strncmp(line, "ExecStart=", 10) == 0;
	if (f != NULL)
		(void)fclose(f);
	return found;
}

static void look(struct unit *u)
{
	if (u->pid == 0 || waitpid(u->pid, NULL, WNOHANG) == 0)
		return;
	u->pid = 0;
	u->failed = true;
}

static bool start(struct unit *u)
{
	char line[LINE_SIZE];
	look(u);
	if (u->pid != 0)
		return true;
	if (!command_of(u, line))
		return false;
	u->pid = fork();
	if (u->pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)execl("/bin/sh", "sh", "-c", line + 10, (char *)NULL);
		_exit(127);
	}
	u->failed = u->pid < 0;
	u->pid = u->failed ? 0 : u->pid;
	return !u->failed;
}

static void stop(struct unit *u)
{
	look(u);
	if (u->pid > 0) {
		(void)kill(u->pid, SIGKILL);
		(void)waitpid(u->pid, NULL, 0);
	}
	u->pid = 0;
	u->failed = false;
}

static int on_job(sd_bus_message *call, void *arg, sd_bus_error *error)
{
	const char *name, *mode, *method = sd_bus_message_get_member(call);
	char path[128], line[LINE_SIZE];
	bool done = true;
	(void)arg;
	if (sd_bus_message_read(call, "ss", &name, &mode) < 0)
		return -EINVAL;
	struct unit *u = unit_of(name);
	if (u == NULL || !command_of(u, line))
		return sd_bus_error_set(error, "org.freedesktop.systemd1.NoSuchUnit", "There is no such unit.");
	if (strcmp(method, "StartUnit") != 0)
		stop(u);
	if (strcmp(method, "StopUnit") != 0)
		done = start(u);
	(void)snprintf(path, sizeof(path), "%s/job/%u", object, ++job_count);
	int r = sd_bus_reply_method_return(call, "o", path);
	if (r < 0)
		return r;
	return sd_bus_emit_signal(sd_bus_message_get_bus(call), object, "org.freedesktop.systemd1.Manager",
				  "JobRemoved", "uoss", job_count, path, name, done ? "done" : "failed");
}

static int on_load(sd_bus_message *call, void *arg, sd_bus_error *error)
{
	const char *name;
	char path[128];
	(void)arg;
	(void)error;
	if (sd_bus_message_read(call, "s", &name) < 0)
		return -EINVAL;
	(void)snprintf(path, sizeof(path), "%s/unit/%.*s", object, (int)strcspn(name, "."), name);
	return sd_bus_reply_method_return(call, "o", path);
}

/* Subscribe and Reload. */
static int on_other(sd_bus_message *call, void *arg, sd_bus_error *error)
{
	(void)arg;
	(void)error;
	return sd_bus_reply_method_return(call, "");
}

static int get_state(sd_bus *bus, const char *path, const char *interface, const char *property, sd_bus_message *reply,
		     void *arg, sd_bus_error *error)
{
	char line[LINE_SIZE];
	struct unit *u = unit_of(path);
	(void)bus;
	(void)interface;
	(void)arg;
	(void)error;
	if (u == NULL)
		return -ENOMEM;
	look(u);
	if (strcmp(property, "LoadState") == 0)
		return sd_bus_message_append(reply, "s", command_of(u, line) ? "loaded" : "not-found");
	return sd_bus_message_append(reply, "s", u->pid != 0 ? "active" : u->failed ? "failed" : "inactive");
}

static const sd_bus_vtable manager_table[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("StartUnit", "ss", "o", on_job, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("StopUnit", "ss", "o", on_job, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("RestartUnit", "ss", "o", on_job, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("LoadUnit", "s", "o", on_load, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Subscribe", "", "", on_other, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Reload", "", "", on_other, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

static const sd_bus_vtable unit_table[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("LoadState", "s", get_state, 0, 0),
	SD_BUS_PROPERTY("ActiveState", "s", get_state, 0, 0),
	SD_BUS_VTABLE_END,
};

static int find_unit(sd_bus *bus, const char *path, const char *interface, void *arg, void **found, sd_bus_error *error)
{
	(void)bus;
	(void)path;
	(void)interface;
	(void)error;
	*found = arg;
	return 1;
}

int main(void)
{
	sd_bus *bus = NULL;
	if (sd_bus_open_system(&bus) < 0 ||
	    sd_bus_add_object_vtable(bus, NULL, object, "org.freedesktop.systemd1.Manager", manager_table, units) < 0 ||
	    sd_bus_add_fallback_vtable(bus, NULL, "/org/freedesktop/systemd1/unit", "org.freedesktop.systemd1.Unit",
				       unit_table, find_unit, units) < 0 ||
	    sd_bus_request_name(bus, "org.freedesktop.systemd1", 0) < 0) {
		(void)fprintf(stderr, "fake-systemd: no place on the system bus\n");
		return EXIT_FAILURE;
	}
	for (;;) {
		int r = sd_bus_process(bus, NULL);
		if (r == 0)
			r = sd_bus_wait(bus, UINT64_MAX);
		if (r < 0 && r != -EINTR) /* the bus is gone */
			return EXIT_FAILURE;
	}
}
