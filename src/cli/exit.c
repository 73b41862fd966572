/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/exit.h"

#include <stddef.h>

static const struct {
	enum exit_code code;
	const char *message;
} messages[] = {
	{EXIT_OK, "OK"},
	{EXIT_ERROR, "Error occurred"},
	{EXIT_INVALID_PARAMETER, "Invalid parameter"},
	{EXIT_UNIMPLEMENTED, "Unimplemented"},
	{EXIT_DENIED, "Insufficient privileges"},
	{EXIT_NOT_INSTALLED, "Not installed"},
	{EXIT_NOT_CONFIGURED, "Not configured"},
	{EXIT_NOT_RUNNING, "Not running"},
	{EXIT_PROMOTED, "Promoted"},
	{EXIT_FAILED_PROMOTED, "Failed in promoted role"},
	{EXIT_USAGE, "Incorrect usage"},
	{EXIT_DATA, "Invalid data given"},
	{EXIT_NO_INPUT, "Input file not available"},
	{EXIT_NO_USER, "User does not exist"},
	{EXIT_NO_HOST, "Host does not exist"},
	{EXIT_UNAVAILABLE, "Necessary service unavailable"},
	{EXIT_SOFTWARE, "Internal software bug"},
	{EXIT_SYSTEM, "Operating system error occurred"},
	{EXIT_SYSTEM_FILE, "System file not available"},
	{EXIT_CANNOT_CREATE, "Cannot create output file"},
	{EXIT_IO, "I/O error occurred"},
	{EXIT_TRY_AGAIN, "Temporary failure, try again"},
	{EXIT_PROTOCOL, "Protocol violated"},
	{EXIT_NO_PERMISSION, "Insufficient privileges"},
	{EXIT_CONFIGURATION, "Invalid configuration"},
	{EXIT_FATAL, "Fatal error occurred, will not respawn"},
	{EXIT_PANIC, "System panic required"},
	{EXIT_DISCONNECTED, "Not connected"},
	{EXIT_OLD, "Update was older than existing configuration"},
	{EXIT_DIGEST, "Digest mismatch"},
	{EXIT_NO_SUCH, "No such object"},
	{EXIT_NO_QUORUM, "Quorum required"},
	{EXIT_UNSAFE, "Operation not safe"},
	{EXIT_EXISTS, "Requested item already exists"},
	{EXIT_SEVERAL, "Multiple items match request"},
	{EXIT_EXPIRED, "Requested item has expired"},
	{EXIT_NOT_YET, "Requested item is not yet in effect"},
	{EXIT_INDETERMINATE, "Could not determine status"},
	{EXIT_UNSATISFIED, "Not applicable under current conditions"},
	{EXIT_NO_LEADER, "DC is not yet elected"},
	{EXIT_TIMEOUT, "Timeout occurred"},
};

const char *exit_message(enum exit_code code)
{
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++)
		if (messages[i].code == code)
			return messages[i].message;
	return "Unknown exit status";
}

enum exit_code exit_of(enum err e)
{
	switch (e) {
	case ERR_OK:
		return EXIT_OK;
	case ERR_AGAIN:
		return EXIT_TRY_AGAIN;
	case ERR_INVALID:
		return EXIT_DATA;
	case ERR_EXISTS:
		return EXIT_EXISTS;
	case ERR_NOT_FOUND:
		return EXIT_NO_SUCH;
	case ERR_ACCESS:
		return EXIT_DENIED;
	case ERR_FULL:
		return EXIT_IO;
	case ERR_NO_MEMORY:
		return EXIT_SYSTEM;
	case ERR_IO:
		return EXIT_IO;
	case ERR_UNSUPPORTED:
		return EXIT_UNIMPLEMENTED;
	}
	return EXIT_ERROR;
}
