/* SPDX-License-Identifier: GPL-2.0-or-later */
/* knet-log.h - what can be read out of libknet's own lines (part of knet.h, for nobody else). */
#ifndef OS_KNET_LOG_H
#define OS_KNET_LOG_H

#include "os/transport.h"

#include <libknet.h>

/* True when the line tells of a packet that was refused for where it came from or how it was closed; ret_address is
 * then the sender without its port.
 */
bool knet_log_stranger(const struct knet_log_msg *m, enum transport_stranger *ret_what,
		       char ret_address[TRANSPORT_ADDRESS_TEXT]);

#endif
