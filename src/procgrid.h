/* SPDX-License-Identifier: MIT */
/*
 * procgrid: the house on one page. doc/architecture.md says more.
 *
 *  /proc ─► source ─► snapshot ─► delta ─► model ─► view ─► canvas ─► term
 *              │          │         │                │
 *              │          └─────────┴──► sink (csv)  └ popup, chrome, help
 *              └ inspect(task): details on demand, for the popup
 *                    engine: one turn of the crank, and the only maker of threads
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
 *  engine    scanner and inspector threads, a queue of one, the feed
 *  cmd       what the program can be started as
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
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/settings.h"
#include "engine/engine.h"
#include "engine/remote.h"
#include "model/model.h"
#include "past/past.h"
#include "past/source_stream.h"
#include "sink/csv.h"
#include "sink/sink.h"
#include "source/births.h"
#include "source/connector.h"
#include "source/source.h"
#include "source/sysinfo.h"
#include "source/witness.h"
#include "stream/stream.h"
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
