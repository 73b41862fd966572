/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/constraints.h"

#include "scheduler/colocation.h"

void constraints_unpack(struct cluster *c)
{
	health_apply(c);
	const struct element *section = document_section(c->document, NAME_CONSTRAINTS);
	if (section == NULL)
		return;
	for_each_child(e, section)
	{
		if (element_id(e) == NULL)
			cluster_complain(c, e, true, "Ignoring <%s> constraint without id", element_tag(e));
		else if (e->name == NAME_RSC_ORDER)
			order_unpack(c, e);
		else if (e->name == NAME_RSC_COLOCATION)
			colocation_unpack(c, e);
		else if (e->name == NAME_RSC_LOCATION)
			location_unpack(c, e);
		else if (e->name == NAME_RSC_TICKET)
			ticket_unpack(c, e);
		else
			cluster_complain(c, e, true, "Unsupported constraint type: %s", element_tag(e));
	}
}
