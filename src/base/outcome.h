/* SPDX-License-Identifier: GPL-2.0-or-later */
/* outcome.h - how running an agent ended: the numbers that histories carry.
 *
 * The executor makes them, the history keeps them, the scheduler reads them.
 * Source: OCF 1.1, and facts of the manager, section 26.
 */
#ifndef BASE_OUTCOME_H
#define BASE_OUTCOME_H

/* How an operation ended: op-status. */
enum outcome {
	EXECUTION_PENDING = -1,
	EXECUTION_DONE = 0,
	EXECUTION_CANCELLED,
	EXECUTION_TIMEOUT,
	EXECUTION_NOT_SUPPORTED,
	EXECUTION_ERROR,
	EXECUTION_ERROR_HARD,  /* cannot succeed on this node */
	EXECUTION_ERROR_FATAL, /* cannot succeed anywhere */
	EXECUTION_NOT_INSTALLED,
	EXECUTION_NOT_CONNECTED,
	EXECUTION_INVALID,
	EXECUTION_NO_FENCE_DEVICE,
	EXECUTION_NO_SECRETS,
};

/* What an agent answered: rc-code. */
enum agent_result {
	RESULT_OK = 0,
	RESULT_UNKNOWN_ERROR = 1,
	RESULT_INVALID_PARAM = 2,
	RESULT_UNIMPLEMENTED = 3,
	RESULT_NO_PRIVILEGE = 4,
	RESULT_NOT_INSTALLED = 5,
	RESULT_NOT_CONFIGURED = 6,
	RESULT_NOT_RUNNING = 7,
	RESULT_PROMOTED = 8,
	RESULT_FAILED_PROMOTED = 9,
	RESULT_DEGRADED = 190,
	RESULT_DEGRADED_PROMOTED = 191,
	RESULT_UNKNOWN = 193,
};

#endif
