/* SPDX-License-Identifier: GPL-2.0-or-later */
/* characters.h - what XML allows as a character and as a name (XML 1.0, fifth edition, productions 2 to 5). */
#ifndef CIB_CHARACTERS_H
#define CIB_CHARACTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The length of the character at text, which ends at end, and its code; 0 when it is no UTF-8 or not allowed in XML. */
size_t character_read(const char *text, const char *end, uint32_t *ret_code);
/* Writes a character as UTF-8, at most 4 bytes; 0 when it is not allowed in XML. */
size_t character_write(uint32_t code, char *out);
/* The length of the name, colons included, at the begin of text, which ends at end; 0 when there is none. */
size_t name_length(const char *text, const char *end);
/* Whether text, blanks around it aside, is a name without a colon: an id may be that only. */
bool is_plain_name(const char *text);

static inline bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

#endif
