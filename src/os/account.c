/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/account.h"

#include "os/owner.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool account_find(const char *user, struct account *ret)
{
	struct account a = {0};
	if (strlen(user) >= sizeof(a.name) || !owner_lookup(user, false, &a.uid) || !owner_group_of(user, &a.gid))
		return false;
	(void)snprintf(a.name, sizeof(a.name), "%s", user);
	*ret = a;
	return true;
}

static enum err fail(const struct account *a, const char *path, const char *name, struct error *reterr)
{
	enum err e = errno == EPERM || errno == EACCES ? ERR_ACCESS : errno == ENOENT ? ERR_NOT_FOUND : ERR_IO;
	return error_set(reterr, e, "%s%s%s: giving it to %s: %s", path, name[0] != '\0' ? "/" : "", name, a->name,
			 strerror(errno));
}

enum err account_share(const struct account *a, const char *dir, struct error *reterr)
{
	if (chown(dir, (uid_t)-1, a->gid) != 0 || chmod(dir, 01775) != 0)
		return fail(a, dir, "", reterr);
	return ERR_OK;
}

static enum err give_below(const struct account *a, int fd, const char *path, const char *except, struct error *reterr);

/* What vanishes meanwhile is fine. */
static enum err give_entry(const struct account *a, int at, const char *path, const char *name, struct error *reterr)
{
	struct stat s;
	if (fstatat(at, name, &s, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? ERR_OK : fail(a, path, name, reterr);
	if ((s.st_uid != a->uid || s.st_gid != a->gid) &&
	    fchownat(at, name, a->uid, a->gid, AT_SYMLINK_NOFOLLOW) != 0 && errno != ENOENT)
		return fail(a, path, name, reterr);
	if (!S_ISDIR(s.st_mode))
		return ERR_OK;
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? fail(a, path, name, reterr) : give_below(a, fd, path, NULL, reterr);
}

/* Takes fd. */
static enum err give_below(const struct account *a, int fd, const char *path, const char *except, struct error *reterr)
{
	enum err e = ERR_OK;
	DIR *dir = fdopendir(fd);
	if (dir == NULL) {
		e = fail(a, path, "", reterr);
		(void)close(fd);
		return e;
	}
	for (struct dirent *d; e == ERR_OK && (d = readdir(dir)) != NULL;) {
		bool is_left_out = strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0 ||
				   (except != NULL && strcmp(d->d_name, except) == 0);
		if (!is_left_out)
			e = give_entry(a, dirfd(dir), path, d->d_name, reterr);
	}
	(void)closedir(dir);
	return e;
}

enum err account_give(const struct account *a, const char *path, const char *except, struct error *reterr)
{
	struct stat s;
	if (lstat(path, &s) != 0)
		return errno == ENOENT ? ERR_OK : fail(a, path, "", reterr);
	if (lchown(path, a->uid, a->gid) != 0)
		return fail(a, path, "", reterr);
	if (!S_ISDIR(s.st_mode))
		return ERR_OK;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? fail(a, path, "", reterr) : give_below(a, fd, path, except, reterr);
}

enum err account_become(const struct account *a, struct error *reterr)
{
	if (initgroups(a->name, a->gid) != 0 || setresgid(a->gid, a->gid, a->gid) != 0 ||
	    setresuid(a->uid, a->uid, a->uid) != 0)
		return error_set(reterr, ERR_ACCESS, "going on as user %s: %s", a->name, strerror(errno));
	return ERR_OK;
}
