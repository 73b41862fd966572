/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report/status.h"

bool status_report_restrictions(struct outline *o, const struct cluster *c)
{
	bool printed = false;
	if (c->options.maintenance_mode) {
		g_string_append(o->out, "\n              *** Resource management is DISABLED ***\n"
					"  The cluster will not attempt to start, stop or recover services\n");
		printed = true;
	}
	if (c->disabled_count > 0 || c->blocked_count > 0) {
		if (printed)
			g_string_append_c(o->out, '\n');
		g_string_append_printf(
			o->out,
			"%u of %u resource instances DISABLED and %u BLOCKED from further action due to failure\n",
			c->disabled_count, c->instance_count, c->blocked_count);
		printed = true;
	}
	return printed;
}

void status_report(struct outline *o, struct cluster *c, unsigned sections, const char *title)
{
	outline_begin(o, "%s", title);
	if (sections & STATUS_NODES)
		status_report_nodes(o, c);
	if (sections & STATUS_RESOURCES)
		status_report_resources(o, c, sections & STATUS_PENDING);
	if (sections & STATUS_ATTRIBUTES)
		status_report_attributes(o, c);
	if (sections & STATUS_FAIL_COUNTS)
		status_report_fail_counts(o, c);
	outline_end(o);
}
