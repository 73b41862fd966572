/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/knet-log.h"

#include <string.h>

bool knet_log_stranger(const struct knet_log_msg *m, enum transport_stranger *ret_what,
		       char ret_address[TRANSPORT_ADDRESS_TEXT])
{
	static const struct {
		const char *begin;
		enum transport_stranger what;
	} lines[] = {
		{"Unable to decrypt packet from ", TRANSPORT_STRANGER_KEY},
		{"Packet rejected from ", TRANSPORT_STRANGER_ADDRESS},
	};

	if (m->subsystem != KNET_SUB_RX)
		return false;
	for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
		size_t begin = strlen(lines[i].begin), end = begin, colon = 0;

		if (strncmp(m->msg, lines[i].begin, begin) != 0)
			continue;
		for (; end < sizeof m->msg && m->msg[end] != '\0' && m->msg[end] != ' '; end++)
			if (m->msg[end] == ':')
				colon = end;
		if (colon <= begin || colon - begin >= TRANSPORT_ADDRESS_TEXT)
			return false;
		memcpy(ret_address, m->msg + begin, colon - begin);
		ret_address[colon - begin] = '\0';
		*ret_what = lines[i].what;
		return true;
	}
	return false;
}
