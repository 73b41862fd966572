/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cib/digest.h"

#include <glib.h>

/* The first form has a blank before the element and a line feed behind: an accident of its first printer, kept since.
 */
static char *digest_old_form(GString *text, struct arena *a)
{
	g_string_prepend_c(text, ' ');
	g_string_append_c(text, '\n');
	gchar *sum = g_compute_checksum_for_data(G_CHECKSUM_MD5, (const guchar *)text->str, text->len);
	char *kept = arena_string(a, sum);
	g_free(sum);
	return kept;
}

char *cib_digest_parameters(const struct table *parameters, struct arena *a)
{
	GString *text = g_string_new("<parameters");
	const struct table_entry *sorted = table_sorted(parameters);
	for (uint32_t i = 0; i < parameters->count; i++) {
		if (sorted[i].value == NULL)
			continue;
		g_string_append_printf(text, " %s=\"", sorted[i].name);
		cib_escape(sorted[i].value, text);
		g_string_append_c(text, '"');
	}
	g_string_append(text, "/>");
	char *digest = digest_old_form(text, a);
	g_string_free(text, TRUE);
	return digest;
}

char *cib_digest_file(const struct element *root, struct arena *a)
{
	GString *text = g_string_new(NULL);
	element_print_flat(root, text);
	char *digest = digest_old_form(text, a);
	g_string_free(text, TRUE);
	return digest;
}

char *cib_digest_document(const struct element *root, struct arena *a)
{
	static const cib_name uncounted[] = {NAME_CRM_DEBUG_ORIGIN, NAME_CIB_LAST_WRITTEN, NAME_UPDATE_ORIGIN,
					     NAME_UPDATE_CLIENT, NAME_UPDATE_USER};
	GString *text = g_string_new(NULL);
	element_print_flat_without(root, uncounted, sizeof(uncounted) / sizeof(uncounted[0]), text);
	gchar *sum = g_compute_checksum_for_data(G_CHECKSUM_MD5, (const guchar *)text->str, text->len);
	char *digest = arena_string(a, sum);
	g_free(sum);
	g_string_free(text, TRUE);
	return digest;
}
