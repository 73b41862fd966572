/* SPDX-License-Identifier: GPL-2.0-or-later */
/* file-view.h - a large file to be looked at where the kernel has it, without a copy of it.
 *
 *	struct file_view v;
 *	if (file_view_open(path, 1 << 20, 1 << 30, &v)) {
 *		... v.text, v.size; no zero byte follows ...
 *		file_view_close(&v);
 *	}
 *
 * For programs that read and end, one view at a time. Whoever shortens the file meanwhile takes away what is looked
 * at: then the program ends with 74 (EX_IOERR) and says why. Who replaces the file does no harm.
 */
#ifndef OS_FILE_VIEW_H
#define OS_FILE_VIEW_H

#include <stdbool.h>
#include <stddef.h>

struct file_view {
	const char *text;
	size_t size;
};

/* False: it is no plain file of at least `least` and at most `most` bytes, or cannot be mapped; read it, and see. */
bool file_view_open(const char *path, size_t least, size_t most, struct file_view *ret_view);
void file_view_close(struct file_view *v);

#endif
