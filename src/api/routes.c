/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the API knows; openapi.json says the same to the world, and a test compares them. */
#include "api/api-internal.h"

const struct route routes[] = {
	{"GET", "/v1/status", page_status, false},
	{"GET", "/v1/cib", page_query, false},
	{"POST", "/v1/cib", page_change, false}, /* what a user may change, the edit itself checks */
	{"GET", "/v1/attributes", page_attributes, false},
	{"POST", "/v1/attributes", page_attribute, true},
	{"GET", "/v1/fences", page_fences, false},
	{"POST", "/v1/fences", page_fence, true},
	{"POST", "/v1/forget", page_forget, true},
	{"POST", "/v1/fail", page_fail, true},
	{"POST", "/v1/wait", page_wait, false},
	{"POST", "/v1/shutdown", page_shutdown, true},
	{"GET", "/v1/events", page_events, false},
	{"GET", "/v1/openapi.json", page_openapi, false},
	{"GET", "/metrics", page_metrics, false},
	{0},
};
