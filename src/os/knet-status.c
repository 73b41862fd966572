/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/knet-status.h"

#include <string.h>

struct field {
	const char *name;
	uint8_t width;
	uint16_t at;
};

#define FIELD(type, member, label)                                                                   \
	{                                                                                            \
		.name = label, .width = sizeof(((type *)NULL)->member), .at = offsetof(type, member) \
	}
#define STATUS(member)  FIELD(struct knet_link_status, member, #member)
#define COUNTER(member) FIELD(struct knet_link_status, stats.member, #member)
#define HANDLE(member)  FIELD(struct knet_handle_stats, member, #member)

static const struct field link_fields[] = {
	STATUS(enabled),
	STATUS(connected),
	STATUS(mtu),
	COUNTER(tx_data_packets),
	COUNTER(rx_data_packets),
	COUNTER(tx_data_bytes),
	COUNTER(rx_data_bytes),
	COUNTER(tx_ping_packets),
	COUNTER(rx_ping_packets),
	COUNTER(tx_ping_bytes),
	COUNTER(rx_ping_bytes),
	COUNTER(tx_pong_packets),
	COUNTER(rx_pong_packets),
	COUNTER(tx_pong_bytes),
	COUNTER(rx_pong_bytes),
	COUNTER(tx_pmtu_packets),
	COUNTER(rx_pmtu_packets),
	COUNTER(tx_pmtu_bytes),
	COUNTER(rx_pmtu_bytes),
	COUNTER(tx_total_packets),
	COUNTER(rx_total_packets),
	COUNTER(tx_total_bytes),
	COUNTER(rx_total_bytes),
	COUNTER(tx_total_errors),
	FIELD(struct knet_link_status, stats.tx_total_retries, "rx_total_retries"),
	COUNTER(tx_pmtu_errors),
	COUNTER(tx_pmtu_retries),
	COUNTER(tx_ping_errors),
	COUNTER(tx_ping_retries),
	COUNTER(tx_pong_errors),
	COUNTER(tx_pong_retries),
	COUNTER(tx_data_errors),
	COUNTER(tx_data_retries),
	COUNTER(latency_min),
	COUNTER(latency_max),
	COUNTER(latency_ave),
	COUNTER(latency_samples),
	COUNTER(down_count),
	COUNTER(up_count),
};

static const struct field handle_fields[] = {
	HANDLE(tx_uncompressed_packets),  HANDLE(tx_compressed_packets), HANDLE(tx_compressed_original_bytes),
	HANDLE(tx_compressed_size_bytes), HANDLE(tx_compress_time_ave),  HANDLE(tx_compress_time_min),
	HANDLE(tx_compress_time_max),     HANDLE(rx_compressed_packets), HANDLE(rx_compressed_original_bytes),
	HANDLE(rx_compressed_size_bytes), HANDLE(rx_compress_time_ave),  HANDLE(rx_compress_time_min),
	HANDLE(rx_compress_time_max),     HANDLE(tx_crypt_packets),      HANDLE(tx_crypt_byte_overhead),
	HANDLE(tx_crypt_time_ave),        HANDLE(tx_crypt_time_min),     HANDLE(tx_crypt_time_max),
	HANDLE(rx_crypt_packets),         HANDLE(rx_crypt_time_ave),     HANDLE(rx_crypt_time_min),
	HANDLE(rx_crypt_time_max),
};

static const size_t link_field_count = sizeof link_fields / sizeof link_fields[0];
static const size_t handle_field_count = sizeof handle_fields / sizeof handle_fields[0];
static_assert(sizeof link_fields / sizeof link_fields[0] <= TRANSPORT_STATS_MAX, "all numbers of a link fit");
static_assert(sizeof handle_fields / sizeof handle_fields[0] <= TRANSPORT_STATS_MAX, "all numbers of the handle fit");

static uint32_t fields_read(const struct field *fields, size_t count, const void *from, struct transport_stat *ret,
			    uint32_t max)
{
	uint32_t n = count < max ? (uint32_t)count : max;
	for (uint32_t i = 0; i < n; i++) {
		/* Little-endian, as all of Hale: the low bytes come first. */
		uint64_t v = 0;
		memcpy(&v, (const uint8_t *)from + fields[i].at, fields[i].width);
		ret[i] = (struct transport_stat){.name = fields[i].name, .width = fields[i].width, .value = v};
	}
	return n;
}

uint32_t knet_status_link(knet_handle_t handle, node_id node, uint8_t number, struct transport_stat *ret, uint32_t max)
{
	struct knet_link_status s = {.size = sizeof s};
	if (knet_link_get_status(handle, (knet_node_id_t)node.v, number, &s, sizeof s) < 0)
		return 0;
	return fields_read(link_fields, link_field_count, &s, ret, max);
}

uint32_t knet_status_own_link(const struct transport_own *own, struct transport_stat *ret, uint32_t max)
{
	/* libknet gives its loopback the largest packet that 16 bits can tell. */
	struct knet_link_status s = {.enabled = 1, .connected = 1, .mtu = UINT16_MAX};
	s.stats.up_count = own->up_count;
	s.stats.latency_min = own->latency_us_min;
	s.stats.tx_data_packets = s.stats.tx_total_packets = own->packets;
	s.stats.tx_data_bytes = s.stats.tx_total_bytes = own->bytes;
	return fields_read(link_fields, link_field_count, &s, ret, max);
}

uint32_t knet_status_handle(knet_handle_t handle, struct transport_stat *ret, uint32_t max)
{
	struct knet_handle_stats s = {.size = sizeof s};
	if (knet_handle_get_stats(handle, &s, sizeof s) < 0)
		return 0;
	return fields_read(handle_fields, handle_field_count, &s, ret, max);
}

static_assert(sizeof((struct transport_link_status *)NULL)->src_ip == KNET_MAX_HOST_LEN, "knet's addresses fit");

static void note_pong(struct transport_node_status *ret, const struct timespec *at)
{
	mono_time t = {(uint64_t)at->tv_sec * 1000000000u + (uint64_t)at->tv_nsec};

	if (mono_time_before(ret->last_pong, t))
		ret->last_pong = t;
}

enum err knet_status_node(knet_handle_t handle, node_id node, const bool has_link[LINKS_MAX],
			  struct transport_node_status *ret)
{
	struct knet_host_status host = {0};
	if (knet_host_get_status(handle, (knet_node_id_t)node.v, &host) < 0)
		return ERR_NOT_FOUND;
	*ret = (struct transport_node_status){
		.reachable = host.reachable, .remote = host.remote, .external = host.external};
	for (uint8_t i = 0; i < LINKS_MAX; i++) {
		struct knet_link_status s = {.size = sizeof s};
		if (!has_link[i] || knet_link_get_status(handle, (knet_node_id_t)node.v, i, &s, sizeof s) < 0)
			continue;
		note_pong(ret, &s.pong_last);
		struct transport_link_status *l = &ret->links[i];
		*l = (struct transport_link_status){.configured = true,
						    .enabled = s.enabled,
						    .connected = s.connected,
						    .dynconnected = s.dynconnected,
						    .mtu = s.mtu};
		memcpy(l->src_ip, s.src_ipaddr, sizeof l->src_ip);
		memcpy(l->dst_ip, s.dst_ipaddr, sizeof l->dst_ip);
	}
	return ERR_OK;
}
