/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of systemd.h that speaks D-Bus. */
#include "os/systemd.h"

#include <assert.h>
#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_SYSTEMD
#include "os/file.h"

#include <sys/stat.h>
#include <systemd/sd-bus.h>

enum { AGAIN_MS = 500 };

static const char service[] = "org.freedesktop.systemd1", object[] = "/org/freedesktop/systemd1",
		  manager[] = "org.freedesktop.systemd1.Manager";

struct systemd {
	struct loop *loop;
	sd_bus *bus; /* NULL: not connected */
	struct loop_fd watch;
	struct timer timer;
	GQueue calls; /* struct systemd_call */
	char *drop_ins;
};

struct systemd_call {
	struct systemd *systemd;
	char *unit, *action, *job;
	void (*fn)(void *arg, const struct systemd_end *end);
	void *arg;
	sd_bus_slot *slot;
	struct timer again;
	struct loop_job soon;
	bool ended;
	enum agent_result rc;
	enum outcome status;
	char *reason;
	GList link;
};

/* --- the end of a call --- */

void systemd_forget(struct systemd_call *c)
{
	if (c == NULL)
		return;
	g_queue_unlink(&c->systemd->calls, &c->link);
	loop_timer_cancel(c->systemd->loop, &c->again);
	loop_job_remove(c->systemd->loop, &c->soon);
	(void)sd_bus_slot_unref(c->slot);
	g_free(c->unit);
	g_free(c->action);
	g_free(c->job);
	g_free(c->reason);
	g_free(c);
}

static void tell_end(void *arg)
{
	struct systemd_call *c = arg;
	const struct systemd_end end = {.rc = c->rc, .status = c->status, .reason = c->reason};

	c->fn(c->arg, &end);
	systemd_forget(c);
}

static void call_end(struct systemd_call *c, enum agent_result rc, enum outcome status, const char *reason)
{
	if (c->ended)
		return;
	c->ended = true;
	c->rc = rc;
	c->status = status;
	c->reason = g_strdup(reason);
	loop_job_add(c->systemd->loop, &c->soon);
}

static void call_fail(struct systemd_call *c, const sd_bus_error *e)
{
	char text[512];
	bool missing = e->name != NULL && strstr(e->name, "NoSuchUnit") != NULL;

	(void)snprintf(text, sizeof text, "systemd: %s of %s: %s", c->action, c->unit,
		       e->message == NULL ? "it does not answer" : e->message);
	/* A unit that is not there does not run, and cannot. */
	if (missing && strcmp(c->action, "stop") == 0)
		call_end(c, RESULT_OK, EXECUTION_DONE, NULL);
	else if (missing)
		call_end(c, RESULT_NOT_INSTALLED, EXECUTION_NOT_INSTALLED, text);
	else
		call_end(c, RESULT_UNKNOWN_ERROR, EXECUTION_ERROR, text);
}

/* --- the connection --- */

static void bus_settle(struct systemd *s);

static void bus_lost(struct systemd *s)
{
	if (s->bus == NULL)
		return;
	loop_fd_remove(s->loop, &s->watch);
	loop_timer_cancel(s->loop, &s->timer);
	for (GList *l = s->calls.head; l != NULL; l = l->next) {
		struct systemd_call *c = l->data;

		c->slot = sd_bus_slot_unref(c->slot);
		call_end(c, RESULT_UNKNOWN_ERROR, EXECUTION_ERROR, "systemd: the connection to D-Bus broke");
	}
	s->bus = sd_bus_close_unref(s->bus);
}

static void bus_process(struct systemd *s)
{
	int r;

	do
		r = sd_bus_process(s->bus, NULL);
	while (r > 0);
	if (r < 0 || sd_bus_is_open(s->bus) <= 0)
		bus_lost(s);
	else
		bus_settle(s);
}

static void on_bus(void *arg, uint32_t revents)
{
	(void)revents;
	bus_process(arg);
}

static void on_bus_timer(void *arg)
{
	bus_process(arg);
}

/* What it waits for changes with each call. */
static void bus_settle(struct systemd *s)
{
	uint64_t due_us;
	int events = sd_bus_get_events(s->bus);
	uint32_t wanted = (events & 1 ? LOOP_READ : 0u) | (events & 4 ? LOOP_WRITE : 0u); /* POLLIN, POLLOUT */

	if (wanted != s->watch.events) {
		s->watch.events = wanted;
		loop_fd_change(s->loop, &s->watch);
	}
	if (sd_bus_get_timeout(s->bus, &due_us) > 0 && due_us != UINT64_MAX)
		loop_timer_set_at(s->loop, &s->timer, (mono_time){due_us * 1000 + 1});
	else
		loop_timer_cancel(s->loop, &s->timer);
}

static int on_job_removed(sd_bus_message *m, void *arg, sd_bus_error *error)
{
	struct systemd *s = arg;
	const char *path, *unit, *result;
	char text[256];
	uint32_t id;

	(void)error;
	if (sd_bus_message_read(m, "uoss", &id, &path, &unit, &result) < 0)
		return 0;
	for (GList *l = s->calls.head; l != NULL; l = l->next) {
		struct systemd_call *c = l->data;

		if (g_strcmp0(c->job, path) != 0)
			continue;
		(void)snprintf(text, sizeof text, "systemd: %s of %s ended with \"%s\"; see: journalctl -u %s",
			       c->action, c->unit, result, c->unit);
		if (strcmp(result, "done") == 0)
			call_end(c, RESULT_OK, EXECUTION_DONE, NULL);
		else
			call_end(c, RESULT_UNKNOWN_ERROR, EXECUTION_DONE, text);
	}
	return 0;
}

/* Without it systemd sends no signals. That it fails shows in the next call. */
static int on_subscribed(sd_bus_message *m, void *arg, sd_bus_error *error)
{
	(void)m;
	(void)arg;
	(void)error;
	return 0;
}

static int bus_open(struct systemd *s)
{
	int r = sd_bus_open_system(&s->bus);

	if (r < 0)
		return r;
	s->watch = (struct loop_fd){
		.fd = sd_bus_get_fd(s->bus), .priority = LOOP_MED, .events = LOOP_READ, .fn = on_bus, .arg = s};
	r = loop_fd_add(s->loop, &s->watch, NULL) == ERR_OK ? 0 : -EIO;
	if (r >= 0)
		r = sd_bus_match_signal_async(s->bus, NULL, service, object, manager, "JobRemoved", on_job_removed,
					      NULL, s);
	if (r >= 0)
		r = sd_bus_call_method_async(s->bus, NULL, service, object, manager, "Subscribe", on_subscribed, s, "");
	if (r < 0)
		bus_lost(s);
	return r;
}

/* --- asking for the state --- */

static void state_ask(struct systemd_call *c);

static void on_again(void *arg)
{
	struct systemd_call *c = arg;

	if (!c->ended)
		state_ask(c);
}

static int on_state(sd_bus_message *m, void *arg, sd_bus_error *error)
{
	struct systemd_call *c = arg;
	const char *state;

	(void)error;
	if (sd_bus_message_is_method_error(m, NULL)) {
		call_fail(c, sd_bus_message_get_error(m));
		return 0;
	}
	if (sd_bus_message_read(m, "v", "s", &state) < 0)
		state = "unreadable";
	if (strcmp(state, "active") == 0 || strcmp(state, "reloading") == 0)
		call_end(c, RESULT_OK, EXECUTION_DONE, NULL);
	else if (strcmp(state, "activating") == 0 || strcmp(state, "deactivating") == 0)
		loop_timer_set(c->systemd->loop, &c->again, AGAIN_MS);
	else
		call_end(c, RESULT_NOT_RUNNING, EXECUTION_DONE, NULL);
	return 0;
}

static int ask_property(struct systemd_call *c, const char *path, const char *name, sd_bus_message_handler_t fn)
{
	c->slot = sd_bus_slot_unref(c->slot);
	return sd_bus_call_method_async(c->systemd->bus, &c->slot, service, path, "org.freedesktop.DBus.Properties",
					"Get", fn, c, "ss", "org.freedesktop.systemd1.Unit", name);
}

static void call_fail_errno(struct systemd_call *c, int r)
{
	char text[256];

	(void)snprintf(text, sizeof text, "systemd: %s of %s: D-Bus: %s", c->action, c->unit, strerror(-r));
	call_end(c, RESULT_UNKNOWN_ERROR, EXECUTION_ERROR, text);
}

/* c->job has the unit's path until its state is asked for. */
static int on_load_state(sd_bus_message *m, void *arg, sd_bus_error *error)
{
	struct systemd_call *c = arg;
	const char *state;

	(void)error;
	if (!sd_bus_message_is_method_error(m, NULL) && sd_bus_message_read(m, "v", "s", &state) >= 0 &&
	    strcmp(state, "not-found") == 0) {
		const sd_bus_error missing =
			SD_BUS_ERROR_MAKE_CONST("org.freedesktop.systemd1.NoSuchUnit", "there is no such unit");

		call_fail(c, &missing);
		return 0;
	}
	int r = ask_property(c, c->job, "ActiveState", on_state);
	if (r < 0)
		call_fail_errno(c, r);
	return 0;
}

static int on_unit(sd_bus_message *m, void *arg, sd_bus_error *error)
{
	struct systemd_call *c = arg;
	const char *path;

	(void)error;
	if (sd_bus_message_is_method_error(m, NULL)) {
		call_fail(c, sd_bus_message_get_error(m));
		return 0;
	}
	int r = sd_bus_message_read(m, "o", &path);
	g_free(c->job);
	c->job = r < 0 ? NULL : g_strdup(path);
	if (r >= 0)
		r = ask_property(c, c->job, "LoadState", on_load_state);
	if (r < 0)
		call_fail_errno(c, r);
	return 0;
}

static void state_ask(struct systemd_call *c)
{
	c->slot = sd_bus_slot_unref(c->slot);
	int r = sd_bus_call_method_async(c->systemd->bus, &c->slot, service, object, manager, "LoadUnit", on_unit, c,
					 "s", c->unit);

	if (r < 0)
		call_fail_errno(c, r);
	else
		bus_settle(c->systemd);
}

/* --- jobs --- */

static int on_job(sd_bus_message *m, void *arg, sd_bus_error *error)
{
	struct systemd_call *c = arg;
	const char *path;

	(void)error;
	if (sd_bus_message_is_method_error(m, NULL)) {
		call_fail(c, sd_bus_message_get_error(m));
		return 0;
	}
	int r = sd_bus_message_read(m, "o", &path);
	if (r < 0)
		call_fail_errno(c, r);
	else
		c->job = g_strdup(path);
	return 0;
}

static void job_ask(struct systemd_call *c, const char *method)
{
	c->slot = sd_bus_slot_unref(c->slot);
	int r = sd_bus_call_method_async(c->systemd->bus, &c->slot, service, object, manager, method, on_job, c, "ss",
					 c->unit, "replace");

	if (r < 0)
		call_fail_errno(c, r);
}

static int on_reloaded(sd_bus_message *m, void *arg, sd_bus_error *error)
{
	(void)m; /* without its drop-in it starts as well */
	(void)error;
	job_ask(arg, "StartUnit");
	return 0;
}

/* True when there is a new one, which systemd must read. */
static bool drop_in_write(const struct systemd_call *c)
{
	const char *dir = c->systemd->drop_ins;
	char folder[256], path[300], text[512];

	if (dir[0] == '\0')
		return false;
	(void)snprintf(folder, sizeof folder, "%s/%s.d", dir, c->unit);
	(void)snprintf(path, sizeof path, "%s/50-hale.conf", folder);
	if (access(path, F_OK) == 0)
		return false;
	int n = snprintf(text, sizeof text,
			 "[Unit]\nDescription=Cluster controlled %s\nBefore=haled.service\n\n[Service]\nRestart=no\n",
			 c->unit);
	return file_make_dir(folder, 0755, NULL) == ERR_OK &&
	       file_write_lasting(path, bytes_of(text, (size_t)n), 0644, NULL) == ERR_OK;
}

static void drop_in_remove(const struct systemd_call *c)
{
	char path[300];

	if (c->systemd->drop_ins[0] == '\0')
		return;
	(void)snprintf(path, sizeof path, "%s/%s.d/50-hale.conf", c->systemd->drop_ins, c->unit);
	(void)unlink(path);
	*strrchr(path, '/') = '\0';
	(void)rmdir(path);
}

static void start_ask(struct systemd_call *c)
{
	if (!drop_in_write(c)) {
		job_ask(c, "StartUnit");
		return;
	}
	int r = sd_bus_call_method_async(c->systemd->bus, &c->slot, service, object, manager, "Reload", on_reloaded, c,
					 "");
	if (r < 0)
		call_fail_errno(c, r);
}

static void call_begin(struct systemd_call *c)
{
	char text[256];

	if (strcmp(c->action, "start") == 0) {
		start_ask(c);
	} else if (strcmp(c->action, "stop") == 0) {
		drop_in_remove(c);
		job_ask(c, "StopUnit");
	} else if (strcmp(c->action, "restart") == 0) {
		job_ask(c, "RestartUnit");
	} else if (strcmp(c->action, "reload") == 0) {
		job_ask(c, "ReloadUnit");
	} else if (strcmp(c->action, "monitor") == 0 || strcmp(c->action, "status") == 0) {
		state_ask(c);
	} else {
		(void)snprintf(text, sizeof text, "a unit of systemd cannot %s", c->action);
		call_end(c, RESULT_UNIMPLEMENTED, EXECUTION_NOT_SUPPORTED, text);
	}
}

struct systemd_call *systemd_ask(struct systemd *s, const char *unit, const char *action,
				 void (*fn)(void *arg, const struct systemd_end *end), void *arg)
{
	struct systemd_call *c = g_new0(struct systemd_call, 1);
	char text[256];

	c->systemd = s;
	c->unit = strrchr(unit, '.') == NULL ? g_strconcat(unit, ".service", NULL) : g_strdup(unit);
	c->action = g_strdup(action);
	c->fn = fn;
	c->arg = arg;
	c->soon = (struct loop_job){.fn = tell_end, .arg = c, .priority = LOOP_MED};
	timer_init(&c->again, on_again, c);
	c->link.data = c;
	g_queue_push_tail_link(&s->calls, &c->link);
	int r = s->bus == NULL ? bus_open(s) : 0;
	if (r < 0) {
		(void)snprintf(text, sizeof text, "systemd cannot be asked: the system's D-Bus: %s", strerror(-r));
		call_end(c, RESULT_UNKNOWN_ERROR, EXECUTION_ERROR, text);
		return c;
	}
	call_begin(c);
	bus_settle(s);
	return c;
}

struct systemd *systemd_new(struct loop *l, const char *drop_ins)
{
	struct systemd *s = g_new0(struct systemd, 1);

	s->loop = l;
	s->drop_ins = g_strdup(drop_ins == NULL ? "/run/systemd/system" : drop_ins);
	g_queue_init(&s->calls);
	timer_init(&s->timer, on_bus_timer, s);
	return s;
}

void systemd_free(struct systemd *s)
{
	if (s == NULL)
		return;
	while (s->calls.head != NULL)
		systemd_forget(s->calls.head->data);
	bus_lost(s);
	g_free(s->drop_ins);
	g_free(s);
}

#else

struct systemd {
	struct loop *loop;
};

struct systemd_call {
	struct loop *loop;
	struct loop_job soon;
	void (*fn)(void *arg, const struct systemd_end *end);
	void *arg;
};

static void tell_end(void *arg)
{
	struct systemd_call *c = arg;
	const struct systemd_end end = {.rc = RESULT_NOT_INSTALLED,
					.status = EXECUTION_NOT_INSTALLED,
					.reason = "this build of Hale knows nothing of systemd"};

	c->fn(c->arg, &end);
	systemd_forget(c);
}

struct systemd_call *systemd_ask(struct systemd *s, const char *unit, const char *action,
				 void (*fn)(void *arg, const struct systemd_end *end), void *arg)
{
	struct systemd_call *c = g_new0(struct systemd_call, 1);

	(void)unit;
	(void)action;
	*c = (struct systemd_call){.loop = s->loop, .fn = fn, .arg = arg};
	c->soon = (struct loop_job){.fn = tell_end, .arg = c, .priority = LOOP_MED};
	loop_job_add(s->loop, &c->soon);
	return c;
}

void systemd_forget(struct systemd_call *c)
{
	if (c == NULL)
		return;
	loop_job_remove(c->loop, &c->soon);
	g_free(c);
}

struct systemd *systemd_new(struct loop *l, const char *drop_ins)
{
	struct systemd *s = g_new0(struct systemd, 1);

	(void)drop_ins;
	s->loop = l;
	return s;
}

void systemd_free(struct systemd *s)
{
	g_free(s);
}

#endif
