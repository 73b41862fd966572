/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/systemd.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <systemd/sd-bus.h>
#include <unistd.h>

#include <cmocka.h>

/* A bus of our own, and on it a process that answers as systemd does. What a unit does is in its name: ok, bad (its
 * jobs fail), slow (on its way for two looks), none (there is no such unit), mute (its jobs never end).
 */
static struct {
	struct loop *loop;
	struct error error;
	struct systemd *systemd;
	pid_t bus, manager;
	char dir[64];
	uint32_t ends;
	struct systemd_end end;
	char reason[300];
} w;

/* --- the other side --- */

static struct {
	char running[64];
	int looks;
	uint32_t jobs, reloads;
} m;

static int on_job(sd_bus_message *call, void *arg, sd_bus_error *error)
{
	const char *unit, *mode, *method = sd_bus_message_get_member(call);
	char path[64];

	(void)arg;
	if (sd_bus_message_read(call, "ss", &unit, &mode) < 0 || strncmp(unit, "none", 4) == 0)
		return sd_bus_error_set(error, "org.freedesktop.systemd1.NoSuchUnit", "Unit not found.");
	bool fails = strncmp(unit, "bad", 3) == 0 || strcmp(mode, "replace") != 0;
	(void)snprintf(path, sizeof path, "/org/freedesktop/systemd1/job/%u", ++m.jobs);
	if (!fails)
		(void)snprintf(m.running, sizeof m.running, "%s", strcmp(method, "StopUnit") == 0 ? "" : unit);
	int r = sd_bus_reply_method_return(call, "o", path);
	if (r < 0 || strncmp(unit, "mute", 4) == 0)
		return r;
	return sd_bus_emit_signal(sd_bus_message_get_bus(call), "/org/freedesktop/systemd1",
				  "org.freedesktop.systemd1.Manager", "JobRemoved", "uoss", m.jobs, path, unit,
				  fails ? "failed" : "done");
}

static int on_load(sd_bus_message *call, void *arg, sd_bus_error *error)
{
	const char *unit;
	char path[128];

	(void)arg;
	(void)error;
	if (sd_bus_message_read(call, "s", &unit) < 0)
		return -1;
	(void)snprintf(path, sizeof path, "/org/freedesktop/systemd1/unit/%.*s", (int)strcspn(unit, "."), unit);
	return sd_bus_reply_method_return(call, "o", path);
}

static int on_other(sd_bus_message *call, void *arg, sd_bus_error *error)
{
	(void)arg;
	(void)error;
	m.reloads += strcmp(sd_bus_message_get_member(call), "Reload") == 0;
	return sd_bus_reply_method_return(call, "");
}

static int get_load_state(sd_bus *bus, const char *path, const char *interface, const char *property,
			  sd_bus_message *reply, void *arg, sd_bus_error *error)
{
	(void)bus;
	(void)interface;
	(void)property;
	(void)arg;
	(void)error;
	return sd_bus_message_append(reply, "s", strstr(path, "none") != NULL ? "not-found" : "loaded");
}

static int get_active_state(sd_bus *bus, const char *path, const char *interface, const char *property,
			    sd_bus_message *reply, void *arg, sd_bus_error *error)
{
	const char *name = strrchr(path, '/') + 1;
	size_t n = strlen(name);
	bool runs = strncmp(m.running, name, n) == 0 && m.running[n] == '.';

	(void)bus;
	(void)interface;
	(void)property;
	(void)arg;
	(void)error;
	if (strcmp(name, "slow") == 0 && m.looks++ < 2)
		return sd_bus_message_append(reply, "s", "activating");
	return sd_bus_message_append(reply, "s", runs ? "active" : "inactive");
}

static const sd_bus_vtable manager_table[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("StartUnit", "ss", "o", on_job, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("StopUnit", "ss", "o", on_job, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("RestartUnit", "ss", "o", on_job, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("ReloadUnit", "ss", "o", on_job, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("LoadUnit", "s", "o", on_load, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Subscribe", "", "", on_other, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_METHOD("Reload", "", "", on_other, SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

static const sd_bus_vtable unit_table[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_PROPERTY("LoadState", "s", get_load_state, 0, 0),
	SD_BUS_PROPERTY("ActiveState", "s", get_active_state, 0, 0),
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

static _Noreturn void manager_run(int ready)
{
	sd_bus *bus = NULL;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (sd_bus_open_system(&bus) < 0 ||
	    sd_bus_add_object_vtable(bus, NULL, "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager",
				     manager_table, &m) < 0 ||
	    sd_bus_add_fallback_vtable(bus, NULL, "/org/freedesktop/systemd1/unit", "org.freedesktop.systemd1.Unit",
				       unit_table, find_unit, &m) < 0 ||
	    sd_bus_request_name(bus, "org.freedesktop.systemd1", 0) < 0 || write(ready, "x", 1) != 1)
		_exit(1);
	for (;;)
		if (sd_bus_process(bus, NULL) == 0 && sd_bus_wait(bus, UINT64_MAX) < 0)
			_exit(0);
}

/* --- the test's side --- */

static void config_write(const char *path)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	(void)fprintf(f,
		      "<busconfig><listen>unix:path=%s/bus</listen><auth>EXTERNAL</auth><policy context=\"default\">"
		      "<allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/>"
		      "<allow own=\"*\"/></policy></busconfig>\n",
		      w.dir);
	(void)fclose(f);
}

static void bus_start(void)
{
	char config[128], option[160], address[128];
	int ready[2];
	char c;

	(void)snprintf(config, sizeof config, "%s/conf", w.dir);
	(void)snprintf(option, sizeof option, "--config-file=%s", config);
	(void)snprintf(address, sizeof address, "unix:path=%s/bus", w.dir);
	config_write(config);
	(void)setenv("DBUS_SYSTEM_BUS_ADDRESS", address, 1);
	(void)unlink(address + strlen("unix:path="));
	w.bus = fork();
	if (w.bus == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)execlp("dbus-daemon", "dbus-daemon", option, "--nofork", "--nopidfile", "--nosyslog", NULL);
		_exit(127);
	}
	for (int i = 0; i < 500 && access(address + strlen("unix:path="), F_OK) < 0; i++)
		(void)usleep(10000);
	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	w.manager = fork();
	if (w.manager == 0)
		manager_run(ready[1]);
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	(void)close(ready[0]);
}

static void stop_process(pid_t *pid)
{
	if (*pid > 0) {
		(void)kill(*pid, SIGKILL);
		(void)waitpid(*pid, NULL, 0);
	}
	*pid = 0;
}

static int set_up(void **state)
{
	(void)state;
	memset(&w, 0, sizeof w);
	(void)snprintf(w.dir, sizeof w.dir, "/tmp/test-systemd-XXXXXX");
	if (mkdtemp(w.dir) == NULL || loop_open(&w.loop, &w.error) != ERR_OK)
		return -1;
	w.systemd = systemd_new(w.loop, w.dir);
	return 0;
}

static int tear_down(void **state)
{
	char command[128];

	(void)state;
	systemd_free(w.systemd);
	loop_close(w.loop);
	stop_process(&w.manager);
	stop_process(&w.bus);
	(void)snprintf(command, sizeof command, "rm -rf %s", w.dir);
	return system(command);
}

static void on_end(void *arg, const struct systemd_end *end)
{
	assert_ptr_equal(arg, &w);
	w.ends++;
	w.end = *end;
	(void)snprintf(w.reason, sizeof w.reason, "%s", end->reason == NULL ? "" : end->reason);
}

static void turn_for(uint32_t ms)
{
	mono_time until = mono_time_add_ms(loop_clock(), ms);

	while (w.ends == 0 && mono_time_before(loop_clock(), until))
		if (loop_turn(w.loop, 20, &w.error) != ERR_OK)
			fail_msg("%s", w.error.text);
}

static void ask(const char *unit, const char *action, enum agent_result rc, enum outcome status)
{
	w.ends = 0;
	(void)systemd_ask(w.systemd, unit, action, on_end, &w);
	assert_int_equal(w.ends, 0);
	turn_for(5000);
	assert_int_equal(w.ends, 1);
	if (w.end.rc != rc || w.end.status != status)
		fail_msg("%s of %s: rc %d, status %d: %s", action, unit, (int)w.end.rc, (int)w.end.status, w.reason);
}

static bool has_drop_in(const char *unit)
{
	char path[128];

	(void)snprintf(path, sizeof path, "%s/%s.d/50-hale.conf", w.dir, unit);
	return access(path, F_OK) == 0;
}

static bool can_run(void)
{
	if (system("command -v dbus-daemon >/dev/null") == 0)
		return true;
	print_message("SKIP dbus-daemon is not installed: apt-get install dbus-daemon\n");
	return false;
}

static void test_life_of_a_unit(void **state)
{
	(void)state;
	if (!can_run())
		skip();
	bus_start();
	ask("ok", "monitor", RESULT_NOT_RUNNING, EXECUTION_DONE);
	ask("ok", "start", RESULT_OK, EXECUTION_DONE);
	assert_true(has_drop_in("ok.service"));
	ask("ok.service", "monitor", RESULT_OK, EXECUTION_DONE);
	ask("ok", "status", RESULT_OK, EXECUTION_DONE);
	ask("ok", "reload", RESULT_OK, EXECUTION_DONE);
	ask("ok", "restart", RESULT_OK, EXECUTION_DONE);
	ask("ok", "stop", RESULT_OK, EXECUTION_DONE);
	assert_false(has_drop_in("ok.service"));
	ask("ok", "monitor", RESULT_NOT_RUNNING, EXECUTION_DONE);
}

static void test_what_fails(void **state)
{
	(void)state;
	if (!can_run())
		skip();
	bus_start();
	ask("bad", "start", RESULT_UNKNOWN_ERROR, EXECUTION_DONE);
	assert_string_equal(w.reason,
			    "systemd: start of bad.service ended with \"failed\"; see: journalctl -u bad.service");
	ask("none", "start", RESULT_NOT_INSTALLED, EXECUTION_NOT_INSTALLED);
	assert_string_equal(w.reason, "systemd: start of none.service: Unit not found.");
	ask("none", "monitor", RESULT_NOT_INSTALLED, EXECUTION_NOT_INSTALLED);
	ask("none", "stop", RESULT_OK, EXECUTION_DONE);
	ask("ok", "promote", RESULT_UNIMPLEMENTED, EXECUTION_NOT_SUPPORTED);
}

static void test_on_its_way(void **state)
{
	(void)state;
	if (!can_run())
		skip();
	bus_start();
	ask("slow", "start", RESULT_OK, EXECUTION_DONE);
	mono_time begin = loop_clock();
	ask("slow", "monitor", RESULT_OK, EXECUTION_DONE);
	assert_true(mono_time_since_ms(loop_clock(), begin) >= 900); /* two looks in vain */
}

static void test_forgotten_and_lost(void **state)
{
	(void)state;
	if (!can_run())
		skip();
	bus_start();
	struct systemd_call *c = systemd_ask(w.systemd, "mute", "start", on_end, &w);
	turn_for(200);
	systemd_forget(c);
	systemd_forget(NULL);
	(void)systemd_ask(w.systemd, "mute", "start", on_end, &w);
	turn_for(200);
	assert_int_equal(w.ends, 0);
	stop_process(&w.bus);
	turn_for(3000);
	assert_int_equal(w.ends, 1);
	assert_int_equal(w.end.status, EXECUTION_ERROR);
	assert_string_equal(w.reason, "systemd: the connection to D-Bus broke");
	ask("ok", "monitor", RESULT_UNKNOWN_ERROR, EXECUTION_ERROR);
	stop_process(&w.manager);
	bus_start(); /* and when it is back, so are we */
	ask("ok", "monitor", RESULT_NOT_RUNNING, EXECUTION_DONE);
}

static void test_no_bus(void **state)
{
	(void)state;
	(void)setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere/bus", 1);
	ask("ok", "start", RESULT_UNKNOWN_ERROR, EXECUTION_ERROR);
	assert_string_equal(w.reason, "systemd cannot be asked: the system's D-Bus: No such file or directory");
	systemd_free(NULL);
}

static void test_unit_files(void **state)
{
	char path[128], folders[160];

	(void)state;
	(void)snprintf(folders, sizeof folders, "/nowhere:%s", w.dir);
	static const char *const files[] = {"a.service", "b@.service", "c.timer"};
	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", w.dir, files[i]);
		(void)close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644));
	}
	assert_true(systemd_has_unit(folders, "a"));
	assert_true(systemd_has_unit(folders, "a.service"));
	assert_true(systemd_has_unit(folders, "b@x"));
	assert_true(systemd_has_unit(folders, "c.timer"));
	assert_false(systemd_has_unit(folders, "c"));
	assert_false(systemd_has_unit(folders, "b"));
	assert_false(systemd_has_unit(folders, "../a"));
	assert_false(systemd_has_unit(folders, ""));
	assert_false(systemd_has_unit(NULL, "no-unit-has-this-name"));
	assert_int_equal(systemd_is_here(), access("/run/systemd/system", F_OK) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_life_of_a_unit, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_fails, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_on_its_way, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_forgotten_and_lost, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_bus, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_unit_files, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
