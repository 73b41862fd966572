/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/repeat.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* FNV-1a: two lines that meet in it cost a line of the log, no more. */
static uint64_t line_hash(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325u;

	for (; *text != '\0' && *text != '('; text++)
		hash = (hash ^ (uint8_t)*text) * 0x100000001b3u;
	return hash;
}

/* The place of this line, or that of the one that was told longest ago. */
static struct repeat_line *line_place(struct repeat *r, uint64_t hash)
{
	struct repeat_line *oldest = &r->lines[0];

	for (uint32_t i = 0; i < REPEAT_LINES; i++) {
		struct repeat_line *line = &r->lines[i];

		if (line->told.ns != 0 && line->hash == hash)
			return line;
		if (line->told.ns < oldest->told.ns)
			oldest = line;
	}
	return oldest;
}

bool repeat_allows(struct repeat *r, char *text, size_t size, mono_time now)
{
	uint64_t hash = line_hash(text);
	struct repeat_line *line = line_place(r, hash);
	bool is_known = line->told.ns != 0 && line->hash == hash;
	size_t len = strlen(text);

	assert(now.ns != 0);
	assert(len < size);
	if (is_known && mono_time_since_ms(now, line->told) < REPEAT_SILENCE_MS) {
		line->kept_back++;
		return false;
	}
	if (is_known && line->kept_back > 0)
		(void)snprintf(text + len, size - len, " (and %u like it before)", line->kept_back);
	*line = (struct repeat_line){.hash = hash, .told = now};
	return true;
}
