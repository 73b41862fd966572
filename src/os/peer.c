/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/peer.h"

#include "os/owner.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { BUFFER = 16 * 1024, BACKLOG = 128 };

static void add_groups(struct peer *p, const char *user)
{
	gid_t ids[PEER_GROUPS_MAX];
	int count = PEER_GROUPS_MAX, n = 0;
	char buffer[BUFFER];
	if (getgrouplist(user, p->gid, ids, &count) < 0)
		count = PEER_GROUPS_MAX;
	for (int i = 0; i < count; i++) {
		struct group entry, *found = NULL;
		if (getgrgid_r(ids[i], &entry, buffer, sizeof(buffer), &found) != 0 || found == NULL)
			continue;
		(void)snprintf(p->group_names[n], PEER_NAME_MAX, "%s", found->gr_name);
		p->groups[n] = p->group_names[n];
		n++;
	}
}

enum err peer_of(int fd, struct peer *ret, struct error *reterr)
{
	struct ucred who;
	socklen_t len = sizeof(who);
	struct passwd entry, *found = NULL;
	char buffer[BUFFER];
	memset(ret, 0, sizeof(*ret));
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) != 0)
		return error_set(reterr, ERR_IO, "asking who is at the other end: %s", strerror(errno));
	ret->uid = who.uid;
	ret->gid = who.gid;
	ret->pid = (uint32_t)who.pid;
	(void)snprintf(ret->name, sizeof(ret->name), "%u", who.uid);
	if (getpwuid_r(who.uid, &entry, buffer, sizeof(buffer), &found) == 0 && found != NULL) {
		(void)snprintf(ret->name, sizeof(ret->name), "%s", found->pw_name);
		add_groups(ret, ret->name);
	}
	return ERR_OK;
}

static int socket_at(const char *path, struct sockaddr_un *ret)
{
	*ret = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof(ret->sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(ret->sun_path, path, strlen(path) + 1);
	return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static bool is_served(const char *path)
{
	struct sockaddr_un address;
	int fd = socket_at(path, &address);
	bool served = fd >= 0 && (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 || errno == EAGAIN);
	if (fd >= 0)
		(void)close(fd);
	return served;
}

/* Nobody may connect before the owner is right. */
static enum err open_to_group(const char *path, struct error *reterr)
{
	uint32_t gid;
	bool has_group = owner_lookup("haclient", true, &gid);
	if (has_group && chown(path, (uid_t)-1, gid) != 0)
		return error_set(reterr, ERR_ACCESS, "%s: giving it to group haclient: %s", path, strerror(errno));
	if (chmod(path, has_group ? 0660 : 0600) != 0)
		return error_set(reterr, ERR_ACCESS, "%s: %s", path, strerror(errno));
	return ERR_OK;
}

enum err peer_listen(const char *path, int *ret_fd, struct error *reterr)
{
	struct sockaddr_un address;
	if (is_served(path))
		return error_set(reterr, ERR_EXISTS, "%s: another process serves there", path);
	(void)unlink(path);
	int fd = socket_at(path, &address);
	if (fd < 0)
		return error_set(reterr, ERR_IO, "%s: %s", path, strerror(errno));
	mode_t before = umask(0777);
	int bound = bind(fd, (struct sockaddr *)&address, sizeof(address));
	(void)umask(before);
	enum err e = ERR_OK;
	if (bound != 0 || listen(fd, BACKLOG) != 0)
		e = error_set(reterr, ERR_IO, "%s: %s", path, strerror(errno));
	if (e == ERR_OK)
		e = open_to_group(path, reterr);
	if (e != ERR_OK) {
		(void)close(fd);
		return e;
	}
	*ret_fd = fd;
	return ERR_OK;
}
