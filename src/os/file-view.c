/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/file-view.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_INPUT_OUTPUT = 74 };

static void on_shortened(int number)
{
	static const char words[] = "a file became shorter while it was read; try again\n";
	(void)number;
	ssize_t n = write(STDERR_FILENO, words, sizeof(words) - 1);
	(void)n;
	_exit(EXIT_INPUT_OUTPUT);
}

static bool map(int fd, size_t size, struct file_view *ret_view)
{
	void *text = mmap(NULL, size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, fd, 0);
	if (text == MAP_FAILED)
		return false;
	*ret_view = (struct file_view){text, size};
	return true;
}

/* Nothing but a plain file may be opened twice: who writes into a pipe would see its reader go. */
bool file_view_open(const char *path, size_t least, size_t most, struct file_view *ret_view)
{
	struct stat st;
	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size < (off_t)least || st.st_size > (off_t)most)
		return false;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	bool ok = fstat(fd, &st) == 0 && st.st_size >= (off_t)least && st.st_size <= (off_t)most &&
		  map(fd, (size_t)st.st_size, ret_view);
	(void)close(fd);
	if (ok)
		(void)signal(SIGBUS, on_shortened);
	return ok;
}

void file_view_close(struct file_view *v)
{
	(void)munmap((void *)(uintptr_t)v->text, v->size);
	(void)signal(SIGBUS, SIG_DFL);
	*v = (struct file_view){0};
}
