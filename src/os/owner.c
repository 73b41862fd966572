/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/owner.h"

#include <grp.h>
#include <pwd.h>
#include <stddef.h>

bool owner_lookup(const char *name, bool is_group, uint32_t *ret)
{
	if (is_group) {
		const struct group *g = getgrnam(name);

		if (g == NULL)
			return false;
		*ret = g->gr_gid;
		return true;
	}
	const struct passwd *p = getpwnam(name);

	if (p == NULL)
		return false;
	*ret = p->pw_uid;
	return true;
}

bool owner_group_of(const char *user, uint32_t *ret)
{
	const struct passwd *p = getpwnam(user);

	if (p == NULL)
		return false;
	*ret = p->pw_gid;
	return true;
}
