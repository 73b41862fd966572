/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/exit.h"

#include <stddef.h>

static const struct {
	enum exit_code code;
	const char *name, *message;
} codes[] = {
	{EXIT_OK, "CRM_EX_OK", "OK"},
	{EXIT_ERROR, "CRM_EX_ERROR", "Error occurred"},
	{EXIT_INVALID_PARAMETER, "CRM_EX_INVALID_PARAM", "Invalid parameter"},
	{EXIT_UNIMPLEMENTED, "CRM_EX_UNIMPLEMENT_FEATURE", "Unimplemented"},
	{EXIT_DENIED, "CRM_EX_INSUFFICIENT_PRIV", "Insufficient privileges"},
	{EXIT_NOT_INSTALLED, "CRM_EX_NOT_INSTALLED", "Not installed"},
	{EXIT_NOT_CONFIGURED, "CRM_EX_NOT_CONFIGURED", "Not configured"},
	{EXIT_NOT_RUNNING, "CRM_EX_NOT_RUNNING", "Not running"},
	{EXIT_PROMOTED, "CRM_EX_PROMOTED", "Promoted"},
	{EXIT_FAILED_PROMOTED, "CRM_EX_FAILED_PROMOTED", "Failed in promoted role"},
	{EXIT_USAGE, "CRM_EX_USAGE", "Incorrect usage"},
	{EXIT_DATA, "CRM_EX_DATAERR", "Invalid data given"},
	{EXIT_NO_INPUT, "CRM_EX_NOINPUT", "Input file not available"},
	{EXIT_NO_USER, "CRM_EX_NOUSER", "User does not exist"},
	{EXIT_NO_HOST, "CRM_EX_NOHOST", "Host does not exist"},
	{EXIT_UNAVAILABLE, "CRM_EX_UNAVAILABLE", "Necessary service unavailable"},
	{EXIT_SOFTWARE, "CRM_EX_SOFTWARE", "Internal software bug"},
	{EXIT_SYSTEM, "CRM_EX_OSERR", "Operating system error occurred"},
	{EXIT_SYSTEM_FILE, "CRM_EX_OSFILE", "System file not available"},
	{EXIT_CANNOT_CREATE, "CRM_EX_CANTCREAT", "Cannot create output file"},
	{EXIT_IO, "CRM_EX_IOERR", "I/O error occurred"},
	{EXIT_TRY_AGAIN, "CRM_EX_TEMPFAIL", "Temporary failure, try again"},
	{EXIT_PROTOCOL, "CRM_EX_PROTOCOL", "Protocol violated"},
	{EXIT_NO_PERMISSION, "CRM_EX_NOPERM", "Insufficient privileges"},
	{EXIT_CONFIGURATION, "CRM_EX_CONFIG", "Invalid configuration"},
	{EXIT_FATAL, "CRM_EX_FATAL", "Fatal error occurred, will not respawn"},
	{EXIT_PANIC, "CRM_EX_PANIC", "System panic required"},
	{EXIT_DISCONNECTED, "CRM_EX_DISCONNECT", "Not connected"},
	{EXIT_OLD, "CRM_EX_OLD", "Update was older than existing configuration"},
	{EXIT_DIGEST, "CRM_EX_DIGEST", "Digest mismatch"},
	{EXIT_NO_SUCH, "CRM_EX_NOSUCH", "No such object"},
	{EXIT_NO_QUORUM, "CRM_EX_QUORUM", "Quorum required"},
	{EXIT_UNSAFE, "CRM_EX_UNSAFE", "Operation not safe"},
	{EXIT_EXISTS, "CRM_EX_EXISTS", "Requested item already exists"},
	{EXIT_SEVERAL, "CRM_EX_MULTIPLE", "Multiple items match request"},
	{EXIT_EXPIRED, "CRM_EX_EXPIRED", "Requested item has expired"},
	{EXIT_NOT_YET, "CRM_EX_NOT_YET_IN_EFFECT", "Requested item is not yet in effect"},
	{EXIT_INDETERMINATE, "CRM_EX_INDETERMINATE", "Could not determine status"},
	{EXIT_UNSATISFIED, "CRM_EX_UNSATISFIED", "Not applicable under current conditions"},
	{EXIT_NO_LEADER, "CRM_EX_NO_DC", "DC is not yet elected"},
	{EXIT_TIMEOUT, "CRM_EX_TIMEOUT", "Timeout occurred"},
	{EXIT_DEGRADED, "CRM_EX_DEGRADED", "Service is active but might fail soon"},
	{EXIT_DEGRADED_PROMOTED, "CRM_EX_DEGRADED_PROMOTED", "Service is promoted but might fail soon"},
	{EXIT_NONE, "CRM_EX_NONE", "No exit status available"},
};

enum { COUNT = sizeof(codes) / sizeof(codes[0]) };

static size_t find(enum exit_code code)
{
	size_t i = 0;
	while (i < COUNT && codes[i].code != code)
		i++;
	return i;
}

const char *exit_message(enum exit_code code)
{
	size_t i = find(code);
	return i < COUNT ? codes[i].message : "Unknown exit status";
}

const char *exit_name(enum exit_code code)
{
	size_t i = find(code);
	return i < COUNT ? codes[i].name : NULL;
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
