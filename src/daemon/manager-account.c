/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "daemon/manager-account.h"

#include "os/corosync-map.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_SIZE = 4096 };

/* The folder itself may be elsewhere, by a link of root's; links in it are not followed. The metadata of agents is the
 * executor's. */
static enum err hand_over_state(const struct manager_options *o, const struct account *a, struct error *reterr)
{
	char *folder = realpath(o->state_dir, NULL);
	if (folder == NULL)
		return error_set(reterr, ERR_IO, "%s: finding the folder: %s", o->state_dir, strerror(errno));
	enum err e = account_give(a, folder, "metadata", reterr);
	free(folder);
	return e;
}

static enum err hand_over(const struct manager_options *o, const struct account *a, struct error *reterr)
{
	char kept[PATH_SIZE];
	(void)snprintf(kept, sizeof(kept), "%s/kept.xml", o->run_dir);
	const char *const files[] = {kept, o->api_socket, o->log_file, o->lock_file};
	enum err e = account_share(a, o->run_dir, reterr);
	if (e == ERR_OK)
		e = hand_over_state(o, a, reterr);
	for (size_t i = 0; e == ERR_OK && i < sizeof(files) / sizeof(files[0]); i++)
		if (files[i] != NULL)
			e = account_give(a, files[i], NULL, reterr);
	return e;
}

enum err manager_account_prepare(const struct manager_options *o, struct log *log, struct manager_account *ret,
				 struct error *reterr)
{
	char text[ACCOUNT_NAME_MAX + 64];
	*ret = (struct manager_account){0};
	if (geteuid() != 0 || strcmp(o->user, "root") == 0)
		return ERR_OK;
	if (!account_find(o->user, &ret->account)) {
		(void)snprintf(text, sizeof(text), "there is no user %.*s", ACCOUNT_NAME_MAX, o->user);
		log_explained(log, MSG_MANAGER_AS_ROOT, text);
		return ERR_OK;
	}
	enum err e = hand_over(o, &ret->account, reterr);
	ret->waits = e == ERR_OK;
	return e;
}

enum err manager_account_take(struct manager_account *a, struct error *reterr)
{
	if (!a->waits)
		return ERR_OK;
	enum err e = map_admit(a->account.uid, reterr);
	if (e == ERR_OK)
		e = account_become(&a->account, reterr);
	a->waits = e != ERR_OK;
	return e;
}
