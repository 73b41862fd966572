/* SPDX-License-Identifier: GPL-2.0-or-later */
/* picture.h - a transition drawn: as DOT, or by Graphviz' `dot`, where it is installed, as SVG. */
#ifndef CLI_PICTURE_H
#define CLI_PICTURE_H

#include "cli/program.h"
#include "scheduler/graph.h"

/* path ends in .dot or .svg. An exit code; what is wrong stands on io->err. */
int picture_write(const struct program_io *io, const char *program, const struct cluster *c, const char *path);

#endif
