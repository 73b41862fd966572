/* SPDX-License-Identifier: GPL-2.0-or-later */
/* address.h - an IP address without its port, and its usual text. */
#ifndef CONF_ADDRESS_H
#define CONF_ADDRESS_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

enum address_family { FAMILY_NONE = 0, FAMILY_IPV4 = 4, FAMILY_IPV6 = 6 };

/* IPv4 uses the first four bytes, in the order in which they are written; the rest is zero. scope is the index of the
 * interface for addresses that are valid on one link only, else 0.
 */
struct address {
	enum address_family family;
	uint8_t bytes[16];
	uint32_t scope;
};

/* Strict forms only: "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1". Whatever else people write (127.1, names, %eth0)
 * is for the system to look up.
 */
bool address_parse(const char *text, struct address *ret);
bool address_eq(const struct address *a, const struct address *b);
/* IPv6 in the form of RFC 5952. */
void text_add_address(struct text *t, const struct address *a);

#endif
