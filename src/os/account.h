/* SPDX-License-Identifier: GPL-2.0-or-later */
/* account.h - a user with fewer rights than root, whom a daemon becomes, and what it hands over before.
 *
 *	if (account_find("hacluster", &a)) {
 *		e = account_share(&a, "/run/hale", &error);
 *		e = account_give(&a, "/var/lib/hale", "metadata", &error);
 *		…	what only root may do
 *		e = account_become(&a, &error);
 *	}
 */
#ifndef OS_ACCOUNT_H
#define OS_ACCOUNT_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

enum { ACCOUNT_NAME_MAX = 64 };

struct account {
	char name[ACCOUNT_NAME_MAX];
	uint32_t uid, gid; /* the group is the one that the user has by itself */
};

/* False when there is no such user. */
bool account_find(const char *user, struct account *ret);

/* A folder where root and the user both make files: its group is the user's, and nobody removes another one's files.
 * ERR_ACCESS, ERR_NOT_FOUND, ERR_IO.
 */
MUST_CHECK enum err account_share(const struct account *a, const char *dir, struct error *reterr);

/* A file, or a folder with all that is below but `except` (a name at its top; NULL: nothing is left out), belongs to
 * the user from here on. Symbolic links are not followed; what is not there is fine. Errors as above.
 */
MUST_CHECK enum err account_give(const struct account *a, const char *path, const char *except, struct error *reterr);

/* The whole process, all of its threads: there is no way back. ERR_ACCESS: we are not root. */
MUST_CHECK enum err account_become(const struct account *a, struct error *reterr);

#endif
