/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cib/characters.h"

#include <string.h>

static const struct range {
	uint32_t first, last;
} name_starts[] =
	{
		{0xC0, 0xD6},     {0xD8, 0xF6},     {0xF8, 0x2FF},    {0x370, 0x37D},
		{0x37F, 0x1FFF},  {0x200C, 0x200D}, {0x2070, 0x218F}, {0x2C00, 0x2FEF},
		{0x3001, 0xD7FF}, {0xF900, 0xFDCF}, {0xFDF0, 0xFFFD}, {0x10000, 0xEFFFF},
},
  name_parts[] = {{0xB7, 0xB7}, {0x300, 0x36F}, {0x203F, 0x2040}};

static bool is_within(uint32_t code, const struct range *ranges, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	return false;
}

static bool is_allowed(uint32_t code)
{
	if (code < 0x20)
		return code == '\t' || code == '\n' || code == '\r';
	return code <= 0xD7FF || (code >= 0xE000 && code <= 0xFFFD) || (code >= 0x10000 && code <= 0x10FFFF);
}

size_t character_read(const char *text, const char *end, uint32_t *ret_code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	if (text >= end)
		return 0;
	uint8_t first = (uint8_t)*text;
	size_t length = first < 0x80   ? 1
			: first < 0xC0 ? 0
			: first < 0xE0 ? 2
			: first < 0xF0 ? 3
			: first < 0xF8 ? 4
				       : 0;
	if (length == 0 || (size_t)(end - text) < length)
		return 0;
	uint32_t code = length == 1 ? first : first & (0x7Fu >> length);
	for (size_t i = 1; i < length; i++) {
		uint8_t next = (uint8_t)text[i];
		if ((next & 0xC0) != 0x80)
			return 0;
		code = code << 6 | (next & 0x3Fu);
	}
	if (code < least[length] || !is_allowed(code))
		return 0;
	*ret_code = code;
	return length;
}

size_t character_write(uint32_t code, char *out)
{
	if (!is_allowed(code))
		return 0;
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	size_t length = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
	for (size_t i = length - 1; i > 0; i--, code >>= 6)
		out[i] = (char)(0x80 | (code & 0x3F));
	out[0] = (char)((0xF00u >> length & 0xF0) | code);
	return length;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static size_t name_character(const char *text, const char *end, bool first)
{
	char c = *text;
	if (is_letter(c) || c == ':')
		return 1;
	if ((c & 0x80) == 0)
		return !first && ((c >= '0' && c <= '9') || c == '-' || c == '.') ? 1 : 0;
	uint32_t code;
	size_t length = character_read(text, end, &code);
	if (length > 0 && (is_within(code, name_starts, sizeof(name_starts) / sizeof(name_starts[0])) ||
			   (!first && is_within(code, name_parts, sizeof(name_parts) / sizeof(name_parts[0])))))
		return length;
	return 0;
}

size_t name_length(const char *text, const char *end)
{
	const char *at = text;
	while (at < end) {
		size_t length = name_character(at, end, at == text);
		if (length == 0)
			break;
		at += length;
	}
	return (size_t)(at - text);
}

bool is_plain_name(const char *text)
{
	while (is_blank(*text))
		text++;
	const char *end = text + strlen(text);
	while (end > text && is_blank(end[-1]))
		end--;
	size_t length = name_length(text, end);
	return length > 0 && text + length == end && memchr(text, ':', length) == NULL;
}
