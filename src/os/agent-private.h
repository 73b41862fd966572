/* SPDX-License-Identifier: GPL-2.0-or-later */
/* agent-private.h - what the files of agent.h share. */
#ifndef OS_AGENT_PRIVATE_H
#define OS_AGENT_PRIVATE_H

#include "os/agent.h"

/* Everything about one call while it is made. */
struct agent_making {
	const struct agent_places *places;
	const struct operation *op;
	struct arena *arena;
	struct agent_call *call;
	struct agent_refusal *no;
};

/* These fill in the call, or say no. */
bool agent_prepare_ocf(const struct agent_making *m);
bool agent_prepare_lsb(const struct agent_making *m);
bool agent_prepare_service(const struct agent_making *m);
bool agent_prepare_systemd(const struct agent_making *m);
bool agent_prepare_stonith(const struct agent_making *m);
bool agent_prepare_alert(const struct agent_making *m);

const char *agent_path_ocf(const struct agent_places *p, const char *provider, const char *type, struct arena *arena);
const char *agent_path_lsb(const struct agent_places *p, const char *type, struct arena *arena);
const char *agent_path_stonith(const struct agent_places *p, const char *type, struct arena *arena);

/* Says no. Always false. */
bool agent_refuse(const struct agent_making *m, enum agent_result rc, enum outcome status, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Whether the program is there and may be run; refused otherwise. */
bool agent_is_program(const struct agent_making *m, const char *path);
/* A name that stays in its folder. */
bool agent_name_is_plain(const char *name);
/* PATH, and one argument or none. */
void agent_argv(const struct agent_making *m, const char *path, const char *argument);

/* The environment of the call: our own without what is only for us, then what is set here. */
struct agent_env {
	struct table *values;
};
struct agent_env agent_env_new(struct arena *arena);
void agent_env_set(struct agent_env *e, const char *name, const char *value);
void agent_env_finish(const struct agent_making *m, struct agent_env *e);

/* The parameters of the operation with secrets in place of references to them; NULL when one cannot be read, which is
 * then refused. */
const struct table *agent_parameters(const struct agent_making *m);

#endif
