/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf/address.h"

#include <inttypes.h>
#include <string.h>

/* Four decimal numbers without leading zeroes; text must end after them. */
static bool parse_ipv4(const char *text, uint8_t ret[static 4])
{
	for (int i = 0; i < 4; i++) {
		unsigned int number = 0;
		size_t digits = strspn(text, "0123456789");

		if (digits == 0 || digits > 3 || (digits > 1 && text[0] == '0'))
			return false;
		for (size_t d = 0; d < digits; d++)
			number = number * 10 + (unsigned int)(text[d] - '0');
		if (number > 255)
			return false;
		ret[i] = (uint8_t)number;
		text += digits;
		if (*text != (i < 3 ? '.' : '\0'))
			return false;
		text += i < 3 ? 1 : 0;
	}
	return true;
}

static unsigned int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	return (unsigned int)((c | 0x20) - 'a') + 10;
}

/* Where the reading of an IPv6 address stands: bytes done, and where "::" stood. */
struct ipv6 {
	uint8_t bytes[16];
	size_t len;
	size_t gap; /* 17: none yet */
};

enum { NO_GAP = 17 };

/* One group and what follows it up to the next; NULL when it is none. */
static const char *parse_group(const char *text, struct ipv6 *a)
{
	size_t digits = strspn(text, "0123456789abcdefABCDEF");
	unsigned int number = 0;

	if (text[digits] == '.') {
		if (a->len > 12 || !parse_ipv4(text, a->bytes + a->len))
			return NULL;
		a->len += 4;
		return text + strlen(text);
	}
	if (digits == 0 || digits > 4 || a->len > 14)
		return NULL;
	for (size_t d = 0; d < digits; d++)
		number = number * 16 + hex_value(text[d]);
	a->bytes[a->len++] = (uint8_t)(number >> 8);
	a->bytes[a->len++] = (uint8_t)number;
	return text + digits;
}

static bool parse_ipv6(const char *text, uint8_t ret[static 16])
{
	struct ipv6 a = {.gap = NO_GAP};
	size_t tail;

	if (text[0] == ':' && text[1] != ':')
		return false;
	while (*text != '\0') {
		if (text[0] == ':' && text[1] == ':') {
			if (a.gap != NO_GAP)
				return false;
			a.gap = a.len;
			text += 2;
			continue;
		}
		if (text[0] == ':')
			text++;
		text = parse_group(text, &a);
		if (text == NULL)
			return false;
	}
	if (a.gap == NO_GAP ? a.len != 16 : a.len > 14)
		return false;
	memset(ret, 0, 16);
	if (a.gap == NO_GAP)
		a.gap = 16;
	tail = a.len > a.gap ? a.len - a.gap : 0;
	memcpy(ret, a.bytes, a.len - tail);
	memcpy(ret + 16 - tail, a.bytes + a.gap, tail);
	return true;
}

bool address_parse(const char *text, struct address *ret)
{
	struct address a = {0};

	if (parse_ipv4(text, a.bytes)) {
		a.family = FAMILY_IPV4;
	} else {
		memset(a.bytes, 0, sizeof a.bytes);
		if (strchr(text, ':') == NULL || !parse_ipv6(text, a.bytes))
			return false;
		a.family = FAMILY_IPV6;
	}
	*ret = a;
	return true;
}

bool address_eq(const struct address *a, const struct address *b)
{
	return a->family == b->family && a->scope == b->scope && memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* The longest run of two zero groups or more, the first of equals. */
static void find_gap(const uint16_t groups[static 8], int *ret_start, int *ret_len)
{
	*ret_start = -1;
	*ret_len = 1;
	for (int i = 0; i < 8; i++) {
		int len = 0;

		while (i + len < 8 && groups[i + len] == 0)
			len++;
		if (len > *ret_len) {
			*ret_start = i;
			*ret_len = len;
		}
	}
}

static void text_add_ipv6(struct text *t, const uint8_t bytes[static 16])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	uint16_t groups[8];
	int gap, gap_len;

	if (memcmp(bytes, mapped, sizeof mapped) == 0) {
		text_add(t, "::ffff:%u.%u.%u.%u", bytes[12], bytes[13], bytes[14], bytes[15]);
		return;
	}
	for (int i = 0; i < 8; i++)
		groups[i] = (uint16_t)(bytes[2 * i] << 8 | bytes[2 * i + 1]);
	find_gap(groups, &gap, &gap_len);
	for (int i = 0; i < 8; i++) {
		if (i == gap) {
			text_add(t, "::");
			i += gap_len - 1;
			continue;
		}
		text_add(t, i == 0 || i == gap + gap_len ? "%x" : ":%x", groups[i]);
	}
}

void text_add_address(struct text *t, const struct address *a)
{
	switch (a->family) {
	case FAMILY_NONE:
		text_add(t, "none");
		break;
	case FAMILY_IPV4:
		text_add(t, "%u.%u.%u.%u", a->bytes[0], a->bytes[1], a->bytes[2], a->bytes[3]);
		break;
	case FAMILY_IPV6:
		text_add_ipv6(t, a->bytes);
		if (a->scope != 0)
			text_add(t, "%%%" PRIu32, a->scope);
		break;
	}
}
