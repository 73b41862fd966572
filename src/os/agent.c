/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/agent.h"

#include "os/agent-private.h"
#include "os/systemd.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct agent_places agent_places_usual(void)
{
	return (struct agent_places){
		.ocf_root = "/usr/lib/ocf",
		.lsb_dir = "/etc/init.d",
		.fence_path = "/usr/sbin:/sbin:/usr/bin:/bin",
		.secrets = "/var/lib/pacemaker/lrm/secrets",
		.alert_user = "hacluster",
		.has_systemd = systemd_is_here(),
	};
}

bool agent_is_metadata(const char *action)
{
	return strcmp(action, "meta-data") == 0 || strcmp(action, "metadata") == 0;
}

bool agent_refuse(const struct agent_making *m, enum agent_result rc, enum outcome status, const char *format, ...)
{
	char text[OPERATION_REASON_MAX];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof text, format, args);
	va_end(args);
	*m->no = (struct agent_refusal){.rc = rc, .status = status, .reason = arena_string(m->arena, text)};
	return false;
}

void agent_not_started(const char *path, int error, struct arena *arena, struct agent_refusal *ret_no)
{
	*ret_no = (struct agent_refusal){.rc = RESULT_UNKNOWN_ERROR, .status = EXECUTION_ERROR};
	switch (error) {
	case ENOENT:
	case ENOTDIR:
	case EISDIR:
	case EINVAL:
	case ENOEXEC:
		ret_no->rc = RESULT_NOT_INSTALLED;
		ret_no->status = EXECUTION_NOT_INSTALLED;
		break;
	case EACCES:
	case EPERM:
		ret_no->rc = RESULT_NO_PRIVILEGE;
		break;
	default:
		break;
	}
	/* The file is there, so it is what its first line names that is not. */
	ret_no->reason = error == ENOENT && access(path, F_OK) == 0
				 ? arena_printf(arena, "%s: the interpreter that its first line names is missing", path)
				 : arena_printf(arena, "%s: %s", path, strerror(error));
}

bool agent_is_program(const struct agent_making *m, const char *path)
{
	struct stat st;
	int error = stat(path, &st) < 0 ? errno : S_ISDIR(st.st_mode) ? EISDIR : (st.st_mode & 0111u) == 0 ? EACCES : 0;

	if (error == 0)
		return true;
	agent_not_started(path, error, m->arena, m->no);
	return false;
}

bool agent_name_is_plain(const char *name)
{
	return name[0] != '\0' && name[0] != '.' && strchr(name, '/') == NULL;
}

void agent_argv(const struct agent_making *m, const char *path, const char *argument)
{
	m->call->path = path;
	m->call->argv = arena_array(m->arena, char *, 3);
	m->call->argv[0] = arena_string(m->arena, path);
	m->call->argv[1] = arena_string(m->arena, argument);
}

/* --- environment --- */

extern char **environ;

struct agent_env agent_env_new(struct arena *arena)
{
	static const char *const ours[] = {"NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC",
					   "LISTEN_PID",    "LISTEN_FDS",   "LISTEN_FDNAMES"};
	struct agent_env e = {.values = table_new(arena)};

	for (char **v = environ; *v != NULL; v++) {
		const char *is = strchr(*v, '=');

		if (is != NULL)
			table_set(e.values, arena_string_n(arena, *v, (size_t)(is - *v)), is + 1);
	}
	for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
		table_remove(e.values, ours[i]);
	(void)table_add(e.values, "PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	table_set(e.values, "LC_ALL", "C");
	return e;
}

void agent_env_set(struct agent_env *e, const char *name, const char *value)
{
	if (value != NULL && name[0] != '\0' && strchr(name, '=') == NULL)
		table_set(e->values, name, value);
}

void agent_env_finish(const struct agent_making *m, struct agent_env *e)
{
	m->call->env = arena_array(m->arena, char *, e->values->count + 1);
	for (uint32_t i = 0; i < e->values->count; i++)
		m->call->env[i] =
			arena_printf(m->arena, "%s=%s", e->values->entries[i].name, e->values->entries[i].value);
}

/* --- classes --- */

static const struct {
	const char *name;
	bool (*prepare)(const struct agent_making *m);
} classes[] = {
	{"ocf", agent_prepare_ocf},         {"lsb", agent_prepare_lsb},         {"service", agent_prepare_service},
	{"systemd", agent_prepare_systemd}, {"stonith", agent_prepare_stonith}, {"alert", agent_prepare_alert},
};

bool agent_prepare(const struct agent_places *places, const struct operation *op, struct arena *arena,
		   struct agent_call *ret, struct agent_refusal *ret_no)
{
	struct agent_making m = {.places = places, .op = op, .arena = arena, .call = ret, .no = ret_no};

	*ret = (struct agent_call){.class_ = op->class_};
	for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
		if (strcmp(classes[i].name, op->class_) == 0)
			return classes[i].prepare(&m);
	return agent_refuse(&m, RESULT_NOT_INSTALLED, EXECUTION_NOT_INSTALLED,
			    "there is no class of agents \"%s\"; use ocf, lsb, service, systemd or stonith",
			    op->class_);
}

const char *agent_path(const struct agent_places *places, const char *class_, const char *provider, const char *type,
		       struct arena *arena)
{
	const char *path = strcmp(class_, "ocf") == 0       ? agent_path_ocf(places, provider, type, arena)
			   : strcmp(class_, "lsb") == 0     ? agent_path_lsb(places, type, arena)
			   : strcmp(class_, "stonith") == 0 ? agent_path_stonith(places, type, arena)
							    : NULL;

	return path != NULL && access(path, F_OK) == 0 ? path : NULL;
}

/* --- what comes back --- */

/* The numbers of LSB's status; any other action has OCF's. */
static int result_of_lsb_status(int rc)
{
	switch (rc) {
	case 0:
		return RESULT_OK;
	case 1: /* dead, with its pid file */
	case 2: /* dead, with its lock */
	case 3:
		return RESULT_NOT_RUNNING;
	case 150:
		return RESULT_NOT_INSTALLED;
	case 151:
		return RESULT_NO_PRIVILEGE;
	default:
		return RESULT_UNKNOWN_ERROR;
	}
}

int agent_result_of(const char *class_, const char *action, int rc)
{
	if (strcmp(class_, "lsb") != 0)
		return rc;
	if (strcmp(action, "monitor") == 0 || strcmp(action, "status") == 0)
		return result_of_lsb_status(rc);
	return rc < 0 || rc > RESULT_NOT_RUNNING ? RESULT_UNKNOWN_ERROR : rc;
}

const char *agent_exit_reason(const char *errors, struct arena *arena)
{
	static const char prefix[] = "ocf-exit-reason:";
	const char *found = NULL;

	for (const char *at = strstr(errors, prefix); at != NULL; at = strstr(at, prefix)) {
		at += sizeof prefix - 1;
		found = at;
	}
	if (found == NULL)
		return NULL;
	size_t n = strcspn(found, "\n");
	return n == 0 ? NULL : arena_string_n(arena, found, n < OPERATION_REASON_MAX ? n : OPERATION_REASON_MAX - 1);
}
