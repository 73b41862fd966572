/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scheduler/tags.h"

#include "scheduler/index.h"
#include "scheduler/unpack-private.h"

#include <string.h>

const struct tag *tag_find(const struct cluster *c, const char *id)
{
	return id_index_get(c->tags, id);
}

const struct tag *template_find(const struct cluster *c, const char *id)
{
	return id_index_get(c->templates, id);
}

static struct tag *tag_get(struct cluster *c, struct id_index *index, const char *id)
{
	struct tag *tag = id_index_get(index, id);
	if (tag == NULL) {
		tag = arena_new(&c->arena, struct tag);
		tag->id = id;
		(void)id_index_add(index, id, tag);
	}
	return tag;
}

static void add_ref(struct cluster *c, struct tag *tag, const char *ref)
{
	if (tag->refs_known == NULL)
		tag->refs_known = id_index_new(&c->arena, false);
	if (!id_index_add(tag->refs_known, ref, tag))
		return;
	tag->refs = arena_room(&c->arena, tag->refs, sizeof(*tag->refs), tag->count, &tag->room, 4);
	tag->refs[tag->count++] = ref;
}

void template_remember(struct cluster *c, const char *id, const char *ref)
{
	struct tag *template = tag_get(c, c->templates, id);
	if (ref != NULL)
		add_ref(c, template, ref);
}

void tags_unpack(struct cluster *c)
{
	for_each_named(e, document_section(c->document, NAME_TAGS), NAME_TAG)
	{
		const char *id = element_id(e);
		if (id == NULL) {
			cluster_complain(c, e, true, "ignoring a tag without an id");
			continue;
		}
		for_each_named(ref, e, NAME_OBJ_REF)
		{
			if (element_id(ref) != NULL)
				add_ref(c, tag_get(c, c->tags, id), element_id(ref));
			else
				cluster_complain(c, ref, true, "ignoring a reference without an id in tag '%s'", id);
		}
	}
}
