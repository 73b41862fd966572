/* SPDX-License-Identifier: GPL-2.0-or-later */
/* agent.h - from an operation to the program that does it: one file for each class of agents.
 *
 *	class     program                                     parameters                        source
 *	ocf       OCF_ROOT/resource.d/PROVIDER/TYPE ACTION    environment, OCF_RESKEY_NAME      agent-ocf.c
 *	lsb       LSB_DIR/TYPE ACTION                         none                              agent-lsb.c
 *	service   a systemd unit if there is one, else lsb                                      agent-service.c
 *	systemd   a unit, over D-Bus (systemd.h)              none                              agent-service.c
 *	stonith   TYPE in FENCE_PATH                          lines NAME=VALUE on its input     agent-stonith.c
 *	alert     TYPE is the path                            environment                       agent-alert.c
 *
 * Texts of a call live in the arena, or are the operation's. What cannot be run is refused with what the history shall
 * say. Values "lrm://" are secrets: they are read from SECRETS/RESOURCE/PARAMETER, whose MD5 sum stands beside in
 * PARAMETER.sign.
 *
 * Sources of the rules: OCF 1.1; facts of the manager, 2.3, 2.5, 17, 19 and 26.
 */
#ifndef OS_AGENT_H
#define OS_AGENT_H

#include "base/arena.h"
#include "base/outcome.h"
#include "executor/operation.h"
#include "os/child.h"

#include <stdbool.h>

/* Where agents and what they need are. */
struct agent_places {
	const char *ocf_root;   /* /usr/lib/ocf */
	const char *lsb_dir;    /* /etc/init.d */
	const char *fence_path; /* folders with ":" between, in order */
	const char *secrets;    /* /var/lib/pacemaker/lrm/secrets */
	const char *alert_user; /* hacluster */
	const char *unit_path;  /* folders of unit files, with ":" between; NULL: the usual ones */
	bool has_systemd;       /* it runs this machine */
};

/* The usual ones. */
struct agent_places agent_places_usual(void);

struct agent_call {
	const char *unit;   /* not NULL: no program, but a unit of systemd */
	const char *class_; /* what became of "service" */
	const char *path;
	char **argv, **env;
	const char *input;
	size_t input_size;
	bool as_user;
	uint32_t uid, gid;
};

struct agent_refusal {
	enum agent_result rc;
	enum outcome status;
	const char *reason; /* in the arena */
};

/* False: it cannot be run, and *ret_no says why. */
bool agent_prepare(const struct agent_places *places, const struct operation *op, struct arena *arena,
		   struct agent_call *ret, struct agent_refusal *ret_no);
/* The same when the program turned out not to start, by its errno. */
void agent_not_started(const char *path, int error, struct arena *arena, struct agent_refusal *ret_no);
/* What an exit code means, which is OCF's for all but lsb: its status has a numbering of its own. */
int agent_result_of(const char *class_, const char *action, int rc);
/* The last exit reason that an agent gave on its standard error, cut to OPERATION_REASON_MAX; NULL: none. */
const char *agent_exit_reason(const char *errors, struct arena *arena);
/* The file that an agent's metadata come from; NULL when the class has none or the agent is not there. */
const char *agent_path(const struct agent_places *places, const char *class_, const char *provider, const char *type,
		       struct arena *arena);
/* A parameter that stands in places->secrets/RESOURCE/PARAMETER has its MD5 sum beside it, in PARAMETER.sign. Of such a
 * file (at most AGENT_SECRET_MAX bytes) all but the line feed at its end; NULL: it cannot be read. */
enum { AGENT_SECRET_MAX = 16 * 1024 };
const char *agent_secret_text(const char *path, struct arena *arena, struct error *reterr);
/* Whether sum, as md5sum prints it, is that of the value. */
bool agent_secret_is_signed(const char *value, const char *sum);
/* Whether this is the action that prints metadata, by either of its names. */
bool agent_is_metadata(const char *action);

#endif
