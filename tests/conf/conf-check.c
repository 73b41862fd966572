/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads a configuration file, tells its problems and exits with 0 when it is accepted, with 1 when it is refused. With
 * "-d" it prints all keys and types afterwards. It is the least host of src/conf, and what test_against_corosync.py
 * holds against the reference.
 */
#include "conf/totem-config.h"

#include <grp.h>
#include <ifaddrs.h>
#include <inttypes.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>

enum { TEXT_MAX = 4 * 1024 * 1024, POOL_SIZE = 32 * 1024 * 1024, ADDRESSES_MAX = 128 };

static struct conf conf;
static struct totem_config config;
static struct conf_problems problems;
static struct map map, lines;

static bool address_of(const struct sockaddr *sa, struct address *ret)
{
	struct address a = {0};

	if (sa->sa_family == AF_INET) {
		a.family = FAMILY_IPV4;
		memcpy(a.bytes, &((const struct sockaddr_in *)(const void *)sa)->sin_addr, 4);
	} else if (sa->sa_family == AF_INET6) {
		a.family = FAMILY_IPV6;
		memcpy(a.bytes, &((const struct sockaddr_in6 *)(const void *)sa)->sin6_addr, 16);
	} else {
		return false;
	}
	*ret = a;
	return true;
}

static void find_owners(void)
{
	for (uint32_t i = 0; i < conf.owner_count; i++) {
		const struct conf_owner *o = &conf.owners[i];
		struct passwd *user = o->is_group ? NULL : getpwnam(o->name);
		struct group *group = o->is_group ? getgrnam(o->name) : NULL;

		if (user == NULL && group == NULL)
			conf_problem_add(&problems, CONF_ERROR, o->file, o->line, "uidgid: there is no %s \"%s\"",
					 o->is_group ? "group" : "user", o->name);
		else if (!conf_allow(&conf, o->is_group, group != NULL ? group->gr_gid : user->pw_uid))
			abort();
	}
}

static void resolve(void)
{
	struct resolve_request request = {0};

	while (totem_config_unresolved(&config, request.next, &request)) {
		struct addrinfo hints = {.ai_socktype = SOCK_DGRAM}, *list = NULL;
		struct address addresses[ADDRESSES_MAX];
		uint32_t n = 0;

		if (getaddrinfo(request.host, NULL, &hints, &list) != 0)
			continue;
		for (struct addrinfo *a = list; a != NULL && n < ADDRESSES_MAX; a = a->ai_next)
			if (address_of(a->ai_addr, &addresses[n]))
				n++;
		totem_config_resolve(&config, &request, addresses, n);
		freeaddrinfo(list);
	}
}

static void find_local(void)
{
	static struct address addresses[ADDRESSES_MAX];
	struct local_facts facts = {.addresses = addresses};
	struct ifaddrs *list = NULL;
	struct utsname name;

	if (uname(&name) == 0)
		facts.nodename = name.nodename;
	if (getifaddrs(&list) != 0)
		list = NULL;
	for (struct ifaddrs *i = list; i != NULL && facts.address_count < ADDRESSES_MAX; i = i->ifa_next)
		if (i->ifa_addr != NULL && address_of(i->ifa_addr, &addresses[facts.address_count]))
			facts.address_count++;
	freeifaddrs(list);
	totem_config_find_local(&config, &facts);
}

static void dump(void)
{
	for (const struct map_entry *e = map_next(&map, "", NULL); e != NULL; e = map_next(&map, "", e->key)) {
		uint64_t number = 0;

		if (e->value.type == MAP_STRING) {
			printf("%s %d %s\n", e->key, (int)e->value.type, (const char *)e->value.bytes.data);
			continue;
		}
		memcpy(&number, e->value.bytes.data, e->value.bytes.len);
		if (e->value.type == MAP_I32)
			number = (uint64_t)(int64_t)(int32_t)number;
		printf(e->value.type == MAP_I32 ? "%s %d %" PRIi64 "\n" : "%s %d %" PRIu64 "\n", e->key,
		       (int)e->value.type, number);
	}
}

static size_t read_text(const char *path, char *text)
{
	FILE *f = fopen(path, "r");
	size_t len;

	if (f == NULL) {
		perror(path);
		exit(2);
	}
	len = fread(text, 1, TEXT_MAX, f);
	fclose(f);
	return len;
}

int main(int argc, char **argv)
{
	bool want_dump = argc > 2 && strcmp(argv[1], "-d") == 0;
	const char *path = argv[argc - 1];
	void *memory = aligned_alloc(16, POOL_SIZE);
	char *text = malloc(TEXT_MAX);
	struct pool pool;

	if (argc < 2) {
		fprintf(stderr, "usage: conf-check [-d] FILE\n");
		return 2;
	}
	pool_init(&pool, memory, POOL_SIZE);
	map_init(&map, &pool);
	map_init(&lines, &pool);
	conf_problems_init(&problems);
	conf_init(&conf, &map, &lines);
	if (conf_parse(&conf, path, bytes_of(text, read_text(path, text)), &problems)) {
		find_owners();
		totem_config_read(&config, &conf, &problems);
		find_local();
		resolve();
		find_local();
		totem_config_finish(&config, &conf, &problems);
		totem_config_publish(&config, &map);
	}
	for (uint32_t i = 0; i < problems.count; i++) {
		char line[CONF_PROBLEM_TEXT + 300];
		struct text t = text_of(line, sizeof line);

		conf_problem_text(&problems.list[i], &t);
		fprintf(stderr, "%s\n", line);
	}
	if (want_dump)
		dump();
	free(text);
	free(memory);
	return problems.errors == 0 ? 0 : 1;
}
