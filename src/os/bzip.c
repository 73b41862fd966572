/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/bzip.h"

#include <bzlib.h>
#include <limits.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool bzip_is(const void *bytes, size_t size)
{
	return size >= 4 && memcmp(bytes, "BZh", 3) == 0;
}

static enum err fail(bz_stream *stream, char *text, struct error *reterr, enum err code, const char *what)
{
	(void)BZ2_bzDecompressEnd(stream);
	free(text);
	return error_set(reterr, code, "unpacking bzip2: %s", what);
}

/* Room doubles; one byte more is kept for a zero behind the text. */
static bool grow(char **text, size_t *room, size_t size_max)
{
	size_t wanted = *room == 0 ? 1 << 16 : *room * 2;
	if (wanted > size_max + 1)
		wanted = size_max + 1;
	if (wanted <= *room)
		return false;
	char *larger = realloc(*text, wanted + 1);
	if (larger == NULL)
		return false;
	*text = larger;
	*room = wanted;
	return true;
}

enum err bzip_unpack(const void *packed, size_t packed_size, size_t size_max, char **ret_text, size_t *ret_size,
		     struct error *reterr)
{
	bz_stream stream = {.next_in = (char *)(uintptr_t)packed, .avail_in = (unsigned)packed_size};
	char *text = NULL;
	size_t room = 0, size = 0;
	if (packed_size > 1u << 30)
		return error_set(reterr, ERR_FULL, "unpacking bzip2: more than a gigabyte");
	if (BZ2_bzDecompressInit(&stream, 0, 0) != BZ_OK)
		return error_set(reterr, ERR_NO_MEMORY, "unpacking bzip2: no memory");
	for (;;) {
		if (size == room && !grow(&text, &room, size_max))
			return fail(&stream, text, reterr, ERR_FULL, "the content is too large");
		stream.next_out = text + size;
		stream.avail_out = (unsigned)(room - size);
		int state = BZ2_bzDecompress(&stream);
		size = room - stream.avail_out;
		if (state == BZ_STREAM_END)
			break;
		if (state != BZ_OK)
			return fail(&stream, text, reterr, ERR_INVALID, "the file is damaged");
		if (stream.avail_in == 0 && stream.avail_out > 0)
			return fail(&stream, text, reterr, ERR_INVALID, "the file ends too early");
	}
	(void)BZ2_bzDecompressEnd(&stream);
	if (size > size_max) {
		free(text);
		return error_set(reterr, ERR_FULL, "unpacking bzip2: the content is too large");
	}
	text[size] = '\0';
	*ret_text = text;
	*ret_size = size;
	return ERR_OK;
}

enum err bzip_pack(const void *text, size_t size, char **ret_packed, size_t *ret_size, struct error *reterr)
{
	/* As its documentation says: a hundredth more, and 600 bytes. */
	size_t room = size + size / 100 + 600;
	if (room > UINT_MAX)
		return error_set(reterr, ERR_FULL, "more than bzip2 takes at once: %zu bytes", size);
	char *packed = malloc(room);
	if (packed == NULL)
		return error_set(reterr, ERR_NO_MEMORY, "no memory to pack %zu bytes", size);
	unsigned length = (unsigned)room;
	int r = BZ2_bzBuffToBuffCompress(packed, &length, (char *)(uintptr_t)text, (unsigned)size, 9, 0, 0);
	if (r != BZ_OK) {
		free(packed);
		return error_set(reterr, ERR_IO, "bzip2 cannot pack this (%d)", r);
	}
	*ret_packed = packed;
	*ret_size = length;
	return ERR_OK;
}
