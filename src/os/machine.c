/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "os/machine.h"

#include <sys/reboot.h>
#include <sys/sysinfo.h>

bool machine_memory_used(uint32_t *ret_percent)
{
	struct sysinfo s;
	uint64_t total, unused;

	if (sysinfo(&s) != 0)
		return false;
	total = (uint64_t)s.totalram + s.totalswap;
	unused = (uint64_t)s.freeram + s.freeswap;
	if (total == 0 || unused > total)
		return false;
	*ret_percent = (uint32_t)((total - unused) * 100 / total);
	return true;
}

bool machine_load_15min(uint32_t *ret_65536ths)
{
	struct sysinfo s;

	if (sysinfo(&s) != 0)
		return false;
	*ret_65536ths = s.loads[2] > UINT32_MAX ? UINT32_MAX : (uint32_t)s.loads[2];
	return true;
}

bool machine_end(bool restart)
{
	return reboot(restart ? RB_AUTOBOOT : RB_POWER_OFF) == 0;
}
