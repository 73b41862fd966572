/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fencing/fencing.h"

#include <glib.h>

struct fencing {
	struct fencing_ops ops;
};

struct fencing *fencing_new(const struct fencing_ops *ops)
{
	struct fencing *f = g_new0(struct fencing, 1);
	f->ops = *ops;
	return f;
}

void fencing_free(struct fencing *f)
{
	g_free(f);
}

void fencing_configure(struct fencing *f, mono_time now, struct document *d, int64_t now_s, const char *const *members,
		       uint32_t member_count, int64_t watchdog_timeout_ms)
{
	(void)f, (void)now, (void)d, (void)now_s, (void)members, (void)member_count, (void)watchdog_timeout_ms;
}

void fencing_begin(struct fencing *f, mono_time now, const struct fence_request *r)
{
	(void)f, (void)now, (void)r;
}

void fencing_remember(struct fencing *f, mono_time when, const char *target, enum fence_action action)
{
	(void)f, (void)when, (void)target, (void)action;
}

void fencing_confirm(struct fencing *f, mono_time now, const char *target)
{
	(void)f, (void)now, (void)target;
}

void fencing_ran(struct fencing *f, mono_time now, uint64_t run, int rc, const char *output, const char *reason)
{
	(void)f, (void)now, (void)run, (void)rc, (void)output, (void)reason;
}

bool fencing_learn_agent(struct fencing *f, mono_time now, const char *type, const char *metadata)
{
	(void)f, (void)now, (void)type, (void)metadata;
	return false;
}

void fencing_tick(struct fencing *f, mono_time now)
{
	(void)f, (void)now;
}

bool fencing_is_busy(const struct fencing *f)
{
	(void)f;
	return false;
}

bool fencing_covers(const struct fencing *f, const char *node)
{
	(void)f, (void)node;
	return false;
}

void fencing_check(const struct fencing *f)
{
	(void)f;
}
