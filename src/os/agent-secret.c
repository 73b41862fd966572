/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Values that are not in the configuration, but in files that only root can read. */
#include "os/agent-private.h"

#include "os/file.h"

#include <glib.h>
#include <string.h>

static const char reference[] = "lrm://";

const char *agent_secret_text(const char *path, struct arena *arena, struct error *reterr)
{
	char *text = arena_take(arena, AGENT_SECRET_MAX + 1);
	size_t n;

	if (file_read(path, text, AGENT_SECRET_MAX, &n, reterr) != ERR_OK)
		return NULL;
	while (n > 0 && (text[n - 1] == '\n' || text[n - 1] == '\r'))
		n--;
	text[n] = '\0';
	return text;
}

bool agent_secret_is_signed(const char *value, const char *sum)
{
	char *right = g_compute_checksum_for_string(G_CHECKSUM_MD5, value, -1);
	size_t n = strlen(right);
	bool is = strncmp(right, sum, n) == 0 && (sum[n] == '\0' || sum[n] == ' ');

	g_free(right);
	return is;
}

/* Instances of a clone share what their resource has. */
static const char *folder_of(const struct agent_making *m)
{
	const char *colon = strrchr(m->op->rsc, ':');

	return colon == NULL ? m->op->rsc : arena_string_n(m->arena, m->op->rsc, (size_t)(colon - m->op->rsc));
}

static const char *secret_of(const struct agent_making *m, const char *name)
{
	const char *rsc = folder_of(m);
	struct error why;

	if (!agent_name_is_plain(rsc) || !agent_name_is_plain(name)) {
		(void)agent_refuse(m, RESULT_NOT_CONFIGURED, EXECUTION_NO_SECRETS,
				   "the secret %s of %s: such names have no files", name, rsc);
		return NULL;
	}
	const char *path = arena_printf(m->arena, "%s/%s/%s", m->places->secrets, rsc, name);
	const char *value = agent_secret_text(path, m->arena, &why);
	const char *sum =
		value == NULL ? NULL : agent_secret_text(arena_printf(m->arena, "%s.sign", path), m->arena, &why);
	if (sum == NULL) {
		(void)agent_refuse(m, RESULT_NOT_CONFIGURED, EXECUTION_NO_SECRETS,
				   "the secret %s of %s: %s; set it again on this node: cibsecret set %s %s VALUE",
				   name, rsc, why.text, rsc, name);
		return NULL;
	}
	if (agent_secret_is_signed(value, sum))
		return value;
	(void)agent_refuse(m, RESULT_NOT_CONFIGURED, EXECUTION_NO_SECRETS,
			   "the secret %s of %s: %s is not what %s.sign was made for; set it again: cibsecret set %s "
			   "%s VALUE",
			   name, rsc, path, path, rsc, name);
	return NULL;
}

const struct table *agent_parameters(const struct agent_making *m)
{
	const struct table *given = m->op->parameters;
	struct table *all = table_new(m->arena);

	for (uint32_t i = 0; given != NULL && i < given->count; i++) {
		const struct table_entry *p = &given->entries[i];
		const char *value = p->value;

		if (value != NULL && strncmp(value, reference, sizeof reference - 1) == 0)
			value = secret_of(m, p->name);
		if (value == NULL && p->value != NULL)
			return NULL;
		table_set(all, p->name, value);
	}
	return all;
}
