/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/file.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NUMBER_DIGITS = 20 };

static enum err err_of_errno(int number)
{
	switch (number) {
	case ENOENT:
		return ERR_NOT_FOUND;
	case EACCES:
	case EPERM:
	case EROFS:
		return ERR_ACCESS;
	case EEXIST:
		return ERR_EXISTS;
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return ERR_FULL;
	case ENOMEM:
		return ERR_NO_MEMORY;
	default:
		return ERR_IO;
	}
}

static enum err error_errno(struct error *reterr, int number, const char *path, const char *what)
{
	return error_set(reterr, err_of_errno(number), "%s: %s: %s", path, what, strerror(number));
}

/* Reads up to size bytes; a negative errno when it fails. */
static ssize_t read_all(int fd, void *memory, size_t size)
{
	size_t len = 0;
	while (len < size) {
		ssize_t n = read(fd, (uint8_t *)memory + len, size - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

/* 0, or an errno. */
static int write_all(int fd, struct bytes b)
{
	for (size_t done = 0; done < b.len;) {
		ssize_t n = write(fd, b.data + done, b.len - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		done += (size_t)n;
	}
	return 0;
}

enum err file_read(const char *path, void *memory, size_t size, size_t *ret_len, struct error *reterr)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return error_errno(reterr, errno, path, "opening");
	ssize_t n = read_all(fd, memory, size);
	uint8_t more;
	ssize_t rest = n == (ssize_t)size ? read_all(fd, &more, 1) : 0;
	close(fd);
	if (n < 0)
		return error_errno(reterr, (int)-n, path, "reading");
	if (rest != 0)
		return error_set(reterr, ERR_FULL, "%s: the file has more than %zu bytes", path, size);
	*ret_len = (size_t)n;
	return ERR_OK;
}

/* 0, or an errno. */
static int sync_dir_of(const char *path)
{
	char dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : 0;
	if (len >= sizeof dir)
		return ENAMETOOLONG;
	memcpy(dir, path, len);
	dir[len] = '\0';
	int fd = open(!slash ? "." : len == 0 ? "/" : dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	int r = fsync(fd) < 0 ? errno : 0;
	close(fd);
	/* Some file systems cannot sync a directory, and say so. */
	return r == EINVAL ? 0 : r;
}

/* Content into an open file and onto the disk. 0, or an errno; closes fd. */
static int write_synced(int fd, struct bytes content, mode_t mode)
{
	int r = fchmod(fd, mode) < 0 ? errno : 0;
	if (r == 0)
		r = write_all(fd, content);
	if (r == 0 && fsync(fd) < 0)
		r = errno;
	if (close(fd) < 0 && r == 0)
		r = errno;
	return r;
}

enum err file_write_lasting(const char *path, struct bytes content, mode_t mode, struct error *reterr)
{
	char temporary[PATH_MAX];
	int n = snprintf(temporary, sizeof temporary, "%s.new", path);
	if (n < 0 || (size_t)n >= sizeof temporary)
		return error_set(reterr, ERR_INVALID, "%s: the path is too long", path);
	int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (fd < 0)
		return error_errno(reterr, errno, temporary, "creating");
	int r = write_synced(fd, content, mode);
	if (r == 0 && rename(temporary, path) < 0)
		r = errno;
	if (r != 0) {
		(void)unlink(temporary);
		return error_errno(reterr, r, path, "writing");
	}
	r = sync_dir_of(path);
	if (r != 0)
		return error_errno(reterr, r, path, "writing its directory to disk");
	return ERR_OK;
}

enum err file_append(const char *path, struct bytes content, struct error *reterr)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	if (fd < 0)
		return error_errno(reterr, errno, path, "opening");
	int r = write_all(fd, content);
	(void)close(fd);
	return r == 0 ? ERR_OK : error_errno(reterr, r, path, "writing");
}

enum err file_symlink(const char *path, const char *target, struct error *reterr)
{
	char temporary[PATH_MAX];
	int n = snprintf(temporary, sizeof temporary, "%s.new", path);
	if (n < 0 || (size_t)n >= sizeof temporary)
		return error_set(reterr, ERR_INVALID, "%s: the path is too long", path);
	(void)unlink(temporary);
	if (symlink(target, temporary) < 0)
		return error_errno(reterr, errno, temporary, "creating");
	if (rename(temporary, path) == 0)
		return ERR_OK;
	int why = errno;
	(void)unlink(temporary);
	return error_errno(reterr, why, path, "writing");
}

enum err file_make_dir(const char *path, mode_t mode, struct error *reterr)
{
	char part[PATH_MAX];
	size_t len = strlen(path);
	if (len >= sizeof part)
		return error_set(reterr, ERR_INVALID, "%s: the path is too long", path);
	for (size_t i = 1; i <= len; i++) {
		if (path[i] != '/' && path[i] != '\0')
			continue;
		memcpy(part, path, i);
		part[i] = '\0';
		if (mkdir(part, i == len ? mode : 0755) < 0 && errno != EEXIST)
			return error_errno(reterr, errno, part, "creating the directory");
	}
	struct stat st;
	if (stat(path, &st) < 0)
		return error_errno(reterr, errno, path, "looking at the directory");
	if (!S_ISDIR(st.st_mode))
		return error_set(reterr, ERR_EXISTS, "%s: is no directory", path);
	return ERR_OK;
}

static int plain_file(const struct dirent *d)
{
	return d->d_name[0] != '.' && (d->d_type == DT_REG || d->d_type == DT_LNK || d->d_type == DT_UNKNOWN);
}

static int by_strcmp(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

enum err file_list(const char *dir, enum err (*fn)(void *arg, const char *name, struct error *reterr), void *arg,
		   struct error *reterr)
{
	struct dirent **entries;
	int n = scandir(dir, &entries, plain_file, by_strcmp);
	if (n < 0 && errno == ENOENT)
		return ERR_OK;
	if (n < 0)
		return error_errno(reterr, errno, dir, "reading the directory");
	enum err e = ERR_OK;
	for (int i = 0; i < n; i++) {
		if (e == ERR_OK)
			e = fn(arg, entries[i]->d_name, reterr);
		free(entries[i]);
	}
	free(entries);
	return e;
}

/* Assumes that dir and a number fit: a path that is cut cannot be opened and is reported as such. */
static void ring_path(char ret[static PATH_MAX], const char *dir, node_id node)
{
	(void)snprintf(ret, PATH_MAX, "%s/ringid_%u", dir, node.v);
}

enum err ring_seq_load(const char *dir, node_id node, uint64_t *ret_seq, struct error *reterr)
{
	char path[PATH_MAX];
	ring_path(path, dir, node);
	uint64_t seq;
	size_t len = 0;
	enum err e = file_read(path, &seq, sizeof seq, &len, NULL);
	if (e == ERR_OK && len == sizeof seq) {
		*ret_seq = seq;
		return ERR_OK;
	}
	if (e != ERR_OK && e != ERR_NOT_FOUND && e != ERR_FULL)
		return file_read(path, &seq, sizeof seq, &len, reterr);
	e = ring_seq_store(dir, node, 0, reterr);
	if (e == ERR_OK)
		*ret_seq = 0;
	return e;
}

/* The file has its block already, so this needs no room. 0, or an errno. */
static int overwrite(const char *path, const void *data, size_t len)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	ssize_t n = pwrite(fd, data, len, 0);
	int r = n < 0 ? errno : (size_t)n == len ? 0 : EIO;
	if (r == 0 && fdatasync(fd) < 0)
		r = errno;
	close(fd);
	return r;
}

/* Always of one length. */
static enum err write_or_overwrite(const char *path, const void *data, size_t len, struct error *reterr)
{
	enum err e = file_write_lasting(path, bytes_of(data, len), 0600, reterr);
	if (e == ERR_FULL && overwrite(path, data, len) == 0)
		return ERR_OK;
	return e;
}

enum err ring_seq_store(const char *dir, node_id node, uint64_t seq, struct error *reterr)
{
	char path[PATH_MAX];
	ring_path(path, dir, node);
	return write_or_overwrite(path, &seq, sizeof seq, reterr);
}

enum err file_load_number(const char *path, uint64_t *ret, struct error *reterr)
{
	char text[NUMBER_DIGITS + 2], *end;
	size_t len = 0;
	enum err e = file_read(path, text, NUMBER_DIGITS + 1, &len, reterr);
	if (e == ERR_NOT_FOUND) {
		*ret = 0;
		return ERR_OK;
	}
	if (e != ERR_OK && e != ERR_FULL)
		return e;
	text[e == ERR_OK ? len : 0] = '\0';
	errno = 0;
	unsigned long long number = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || errno != 0 || strcmp(end, "\n") != 0)
		return error_set(reterr, ERR_INVALID, "%s: it has no number", path);
	*ret = number;
	return ERR_OK;
}

enum err file_store_number(const char *path, uint64_t number, struct error *reterr)
{
	char text[NUMBER_DIGITS + 2];
	int len = snprintf(text, sizeof text, "%0*" PRIu64 "\n", (int)NUMBER_DIGITS, number);
	return write_or_overwrite(path, text, (size_t)len, reterr);
}

/* The number that the holder wrote, or 0. */
static int read_pid(int fd)
{
	char text[16];
	ssize_t n = pread(fd, text, sizeof text - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	return atoi(text);
}

int file_open_or_create(const char *path, int flags, uint32_t mode)
{
	int fd = open(path, flags | O_CLOEXEC);
	return fd >= 0 || errno != ENOENT ? fd : open(path, flags | O_CREAT | O_CLOEXEC, mode);
}

enum err file_lock(const char *path, int *ret_fd, struct error *reterr)
{
	int fd = file_open_or_create(path, O_RDWR, 0640);
	if (fd < 0)
		return error_errno(reterr, errno, path, "opening the lock file");
	/* A lock of the descriptor, not of the process: it is kept when we fork, and when somebody in this process
	 * reads the file. It and the lock of the process that Corosync takes exclude each other.
	 */
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	if (fcntl(fd, F_OFD_SETLK, &lock) < 0) {
		int saved = errno, holder = read_pid(fd);
		close(fd);
		if (saved != EACCES && saved != EAGAIN)
			return error_errno(reterr, saved, path, "locking");
		return error_set(reterr, ERR_EXISTS, "%s: process %d has it: is it running already?", path, holder);
	}
	char pid[16];
	int n = snprintf(pid, sizeof pid, "%d\n", (int)getpid());
	int r = ftruncate(fd, 0) < 0 ? errno : write_all(fd, bytes_of(pid, (size_t)n));
	if (r != 0) {
		close(fd);
		return error_errno(reterr, r, path, "writing our process number");
	}
	*ret_fd = fd;
	return ERR_OK;
}

void file_unlock(const char *path, int fd)
{
	if (fd < 0)
		return;
	(void)unlink(path);
	close(fd);
}
