/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exit.h - with which numbers programs end: Pacemaker's, since scripts compare them. */
#ifndef CLI_EXIT_H
#define CLI_EXIT_H

#include "base/error.h"

enum exit_code {
	EXIT_OK = 0,
	EXIT_ERROR = 1, /* of crm_diff: the documents differ */
	EXIT_INVALID_PARAMETER = 2,
	EXIT_UNIMPLEMENTED = 3,
	EXIT_DENIED = 4,
	EXIT_NOT_INSTALLED = 5,
	EXIT_NOT_CONFIGURED = 6,
	EXIT_NOT_RUNNING = 7,
	EXIT_PROMOTED = 8,
	EXIT_FAILED_PROMOTED = 9,
	EXIT_USAGE = 64,
	EXIT_DATA = 65,
	EXIT_NO_INPUT = 66,
	EXIT_NO_USER = 67,
	EXIT_NO_HOST = 68,
	EXIT_UNAVAILABLE = 69,
	EXIT_SOFTWARE = 70,
	EXIT_SYSTEM = 71,
	EXIT_SYSTEM_FILE = 72,
	EXIT_CANNOT_CREATE = 73,
	EXIT_IO = 74,
	EXIT_TRY_AGAIN = 75,
	EXIT_PROTOCOL = 76,
	EXIT_NO_PERMISSION = 77,
	EXIT_CONFIGURATION = 78,
	EXIT_FATAL = 100,
	EXIT_PANIC = 101,
	EXIT_DISCONNECTED = 102,
	EXIT_OLD = 103,
	EXIT_DIGEST = 104,
	EXIT_NO_SUCH = 105,
	EXIT_NO_QUORUM = 106,
	EXIT_UNSAFE = 107,
	EXIT_EXISTS = 108,
	EXIT_SEVERAL = 109,
	EXIT_EXPIRED = 110,
	EXIT_NOT_YET = 111,
	EXIT_INDETERMINATE = 112,
	EXIT_UNSATISFIED = 113,
	EXIT_NO_LEADER = 114,
	EXIT_TIMEOUT = 124,
	EXIT_DEGRADED = 190, /* of agents */
	EXIT_DEGRADED_PROMOTED = 191,
	EXIT_NONE = 193,
};

enum { EXIT_CODE_MAX = 255 };

/* What a number means in Pacemaker's words, as `status message` of XML output has it: "Invalid data given". */
const char *exit_message(enum exit_code code);
/* Its name in Pacemaker's sources, where people look for it: "CRM_EX_DATAERR"; NULL: no program ends with it. */
const char *exit_name(enum exit_code code);
/* With what a program ends that fails for this reason alone. */
enum exit_code exit_of(enum err e);

#endif
