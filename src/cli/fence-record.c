/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cli/fence-record.h"

static const char *text_of(const struct place *p, const json_t *o, const char *name)
{
	return arena_string(p->io->arena, json_string_value(json_object_get(o, name)));
}

enum exit_code fence_record_read(struct place *p, struct fence_record_list *ret, struct error *reterr)
{
	json_t *list = NULL, *e;
	size_t i;
	enum exit_code code = client_get(p->io, &p->call, "/v1/fences", &list, reterr);
	if (code != EXIT_OK)
		return code;
	struct fence_event *events = arena_array(p->io->arena, struct fence_event, json_array_size(list) + 1);
	struct fence_event *pending = arena_array(p->io->arena, struct fence_event, json_array_size(list) + 1);
	uint32_t count = 0, pending_count = 0;
	json_array_foreach (list, i, e) {
		bool is_pending = json_is_true(json_object_get(e, "pending"));
		struct fence_event *f = is_pending ? &pending[pending_count] : &events[count];
		*f = (struct fence_event){
			.target = text_of(p, e, "target"),
			.action = text_of(p, e, "action"),
			.member = text_of(p, e, "member"),
			.client = text_of(p, e, "client"),
			.why = text_of(p, e, "why"),
			.when_ms = json_integer_value(json_object_get(e, "when_ms")),
		};
		*(is_pending ? &pending_count : &count) += f->target != NULL && f->action != NULL;
	}
	json_decref(list);
	*ret = (struct fence_record_list){
		.events = events,
		.count = count,
		.pending = pending,
		.pending_count = pending_count,
		.zone_s = io_zone_offset((int64_t)(p->io->now.ns / 1000000000u)),
	};
	return EXIT_OK;
}
