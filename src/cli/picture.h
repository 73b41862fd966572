/* SPDX-License-Identifier: GPL-2.0-or-later */
/* picture.h - a transition drawn: as DOT, or by Graphviz' `dot`, where it is installed, as SVG. */
#ifndef CLI_PICTURE_H
#define CLI_PICTURE_H

#include "cli/program.h"
#include "scheduler/graph.h"

/* Whether a picture can have this name (one that ends in .dot or .svg); if not, that stands on io->err. */
bool picture_is_named(const struct program_io *io, const char *program, const char *path);
/* path is one that picture_is_named(). An exit code; what is wrong stands on io->err. */
int picture_write(const struct program_io *io, const char *program, const struct cluster *c, const char *path);

#endif
