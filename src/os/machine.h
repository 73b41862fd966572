/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine.h - the machine as a whole: how full and how busy it is, and its end. */
#ifndef OS_MACHINE_H
#define OS_MACHINE_H

#include <stdbool.h>
#include <stdint.h>

/* Memory and swap that is not free, caches included, in percent. False when the kernel does not tell. */
bool machine_memory_used(uint32_t *ret_percent);
/* The load of the last 15 minutes in 1/65536. */
bool machine_load_15min(uint32_t *ret_65536ths);
/* Without saving anything: restarts, or switches off. Returns, false, only when the kernel refuses. */
bool machine_end(bool restart);

#endif
