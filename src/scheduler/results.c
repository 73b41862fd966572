/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Words for how operations ended, as tools print them and programs compare them. */
#include "scheduler/history.h"

#include <stddef.h>

const char *agent_result_text(int rc)
{
	enum { SIGNAL_FIRST = 129, SIGNAL_LAST = 254 };
	static const struct {
		int rc;
		const char *text;
	} words[] = {
		{RESULT_OK, "OK"},
		{RESULT_UNKNOWN_ERROR, "Error occurred"},
		{RESULT_INVALID_PARAM, "Invalid parameter"},
		{RESULT_UNIMPLEMENTED, "Unimplemented"},
		{RESULT_NO_PRIVILEGE, "Insufficient privileges"},
		{RESULT_NOT_INSTALLED, "Not installed"},
		{RESULT_NOT_CONFIGURED, "Not configured"},
		{RESULT_NOT_RUNNING, "Not running"},
		{RESULT_PROMOTED, "Promoted"},
		{RESULT_FAILED_PROMOTED, "Failed in promoted role"},
		{64, "Incorrect usage"},
		{65, "Invalid data given"},
		{66, "Input file not available"},
		{67, "User does not exist"},
		{68, "Host does not exist"},
		{69, "Necessary service unavailable"},
		{70, "Internal software bug"},
		{71, "Operating system error occurred"},
		{72, "System file not available"},
		{73, "Cannot create output file"},
		{74, "I/O error occurred"},
		{75, "Temporary failure, try again"},
		{76, "Protocol violated"},
		{77, "Insufficient privileges"},
		{78, "Invalid configuration"},
		{100, "Fatal error occurred, will not respawn"},
		{101, "System panic required"},
		{102, "Not connected"},
		{103, "Update was older than existing configuration"},
		{104, "Digest mismatch"},
		{105, "No such object"},
		{106, "Quorum required"},
		{107, "Operation not safe"},
		{108, "Requested item already exists"},
		{109, "Multiple items match request"},
		{110, "Requested item has expired"},
		{111, "Requested item is not yet in effect"},
		{112, "Could not determine status"},
		{113, "Not applicable under current conditions"},
		{114, "DC is not yet elected"},
		{124, "Timeout occurred"},
		{RESULT_DEGRADED, "Service is active but might fail soon"},
		{RESULT_DEGRADED_PROMOTED, "Service is promoted but might fail soon"},
		{RESULT_UNKNOWN, "No exit status available"},
		{255, "Error occurred"},
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].rc == rc)
			return words[i].text;
	return rc >= SIGNAL_FIRST && rc <= SIGNAL_LAST ? "Interrupted by signal" : "Unknown exit status";
}

const char *execution_text(int execution)
{
	switch (execution) {
	case EXECUTION_PENDING:
		return "Pending";
	case EXECUTION_DONE:
		return "Done";
	case EXECUTION_CANCELLED:
		return "Cancelled";
	case EXECUTION_TIMEOUT:
		return "Timed out";
	case EXECUTION_NOT_SUPPORTED:
		return "Unsupported";
	case EXECUTION_ERROR:
		return "Error";
	case EXECUTION_ERROR_HARD:
		return "Hard error";
	case EXECUTION_ERROR_FATAL:
		return "Fatal error";
	case EXECUTION_NOT_INSTALLED:
		return "Not installed";
	case EXECUTION_NOT_CONNECTED:
		return "Internal communication failure";
	case EXECUTION_INVALID:
		return "Cannot execute now";
	case EXECUTION_NO_FENCE_DEVICE:
		return "No fence device";
	case EXECUTION_NO_SECRETS:
		return "CIB secrets unavailable";
	default:
		return "Unrecognized status";
	}
}
