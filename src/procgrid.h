/* SPDX-License-Identifier: MIT */
/*
 * procgrid: the house on one page. doc/architecture.md says more.
 *
 *  live    /proc ──► source ─┐                              ┌─► sink, stream ─► csv, json, files
 *  --host  ssh ────► stream ─┼─► snapshot ─► delta ─► frame ┼─► history ─► a past
 *  replay  a file ─► past ───┘                              └─► model ─► view ─► canvas ─► term
 *
 *  fd      a command ────► child ─── events ──┐
 *          /proc/PID/fd ─► fd_tree ─ samples ─┴─► profile ─► analysis ─► report, log, picture
 *
 *  task      one process or thread: its key (pid, tid, start), counters, and which are known
 *  snapshot  one instant of one host: processes sorted by key, each an immutable shared block
 *  source    fills snapshots; which files to read when is its business alone
 *  delta     two snapshots in, what happened out: class and changes of each task. Pure
 *  frame     a snapshot with its changes: what sinks and screens get
 *  field     the table of what is known of a task: columns, manual
 *  counter   the table of what a snapshot holds, as streams carry it
 *  sink      where frames go that do not go to the screen
 *  stream    frames as lines of JSON, and lines as snapshots: files, pipes, other hosts
 *  past      frames that have been, by number: the last minutes, or a recording
 *  model     cells in groups, in slots that do not move; knows of no screen
 *  witness   births and deaths between two snapshots: the kernel's connector and a book of them
 *  engine    all threads: scanner, inspector, the sampler of fd; a queue of one, the feed
 *  cmd       what the program can be started as
 *  child     a command that is run for the user, its streams passed through
 *  fd        descriptors over time, of a command's tree or of all processes of a grid
 *  series    a value over time: levels, jumps, whether it leaks
 *  plot      a picture in data units, drawn on a canvas or into a file
 *
 * This header is for programs that use all of it; files of the library include what they use.
 */
#ifndef PG_PROCGRID_H
#define PG_PROCGRID_H

#include "base/human.h"
#include "base/inlet.h"
#include "base/json_put.h"
#include "base/json_scan.h"
#include "base/outlet.h"
#include "base/text.h"
#include "base/users.h"
#include "base/util.h"
#include "child/child.h"
#include "cmd/cmd.h"
#include "cmd/cmd_beat.h"
#include "cmd/cmd_fd.h"
#include "cmd/options.h"
#include "cmd/settings.h"
#include "engine/engine.h"
#include "engine/engine_sampler.h"
#include "engine/remote.h"
#include "fd/fd_chart.h"
#include "fd/fd_demo.h"
#include "fd/fd_event.h"
#include "fd/fd_kind.h"
#include "fd/fd_links.h"
#include "fd/fd_log.h"
#include "fd/fd_net.h"
#include "fd/fd_proc.h"
#include "fd/fd_profile.h"
#include "fd/fd_tree.h"
#include "fd/fd_watch.h"
#include "model/model.h"
#include "past/past.h"
#include "past/player.h"
#include "past/source_stream.h"
#include "plot/plot.h"
#include "series/series.h"
#include "sink/csv.h"
#include "sink/sink.h"
#include "source/births.h"
#include "source/connector.h"
#include "source/source.h"
#include "source/sysinfo.h"
#include "source/witness.h"
#include "stream/stream.h"
#include "task/block.h"
#include "task/counter.h"
#include "task/delta.h"
#include "task/field.h"
#include "task/keymap.h"
#include "task/procdir.h"
#include "task/procparse.h"
#include "task/snapshot.h"
#include "task/tally.h"
#include "task/task.h"

#endif
