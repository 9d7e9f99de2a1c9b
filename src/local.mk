# SPDX-License-Identifier: MIT
# libprocgrid: all that needs no screen. One line a file, headers too (make dist takes them from here).
noinst_LIBRARIES += libprocgrid.a

libprocgrid_libs = $(PROC2_LIBS) $(CJSON_LIBS) $(ZSTD_LIBS) -lm

libprocgrid_a_SOURCES = \
	%D%/births.c \
	%D%/births.h \
	%D%/births_block.c \
	%D%/births_impl.h \
	%D%/births_settle.c \
	%D%/block.c \
	%D%/block.h \
	%D%/cmd.c \
	%D%/cmd.h \
	%D%/cmd_csv.c \
	%D%/connector.c \
	%D%/connector.h \
	%D%/connector_wire.c \
	%D%/counter.h \
	%D%/csv.c \
	%D%/csv.h \
	%D%/delta.c \
	%D%/delta.h \
	%D%/engine.c \
	%D%/engine.h \
	%D%/engine_impl.h \
	%D%/engine_inspector.c \
	%D%/engine_inspector.h \
	%D%/field.c \
	%D%/field.h \
	%D%/human.c \
	%D%/human.h \
	%D%/inlet.h \
	%D%/keymap.c \
	%D%/keymap.h \
	%D%/model.c \
	%D%/model.h \
	%D%/model_busy.c \
	%D%/model_gone.c \
	%D%/model_impl.h \
	%D%/model_slots.c \
	%D%/options.c \
	%D%/options.h \
	%D%/options_table.c \
	%D%/outlet.h \
	%D%/past.h \
	%D%/player.h \
	%D%/procgrid.h \
	%D%/procparse.c \
	%D%/procparse.h \
	%D%/settings.c \
	%D%/settings.h \
	%D%/sink.h \
	%D%/sink_csv.c \
	%D%/sink_csv_raw.c \
	%D%/snapshot.c \
	%D%/snapshot.h \
	%D%/source.h \
	%D%/source_procfs.c \
	%D%/source_procfs.h \
	%D%/source_procfs_detail.c \
	%D%/source_procfs_file.c \
	%D%/source_procfs_gate.c \
	%D%/source_procfs_hot.c \
	%D%/source_procfs_ledger.c \
	%D%/source_procfs_read.c \
	%D%/source_procfs_row.c \
	%D%/source_procfs_sweep.c \
	%D%/source_procfs_update.c \
	%D%/source_procfs_visits.c \
	%D%/source_stream.h \
	%D%/stream.h \
	%D%/sysinfo.c \
	%D%/sysinfo.h \
	%D%/tally.c \
	%D%/tally.h \
	%D%/task.c \
	%D%/task.h \
	%D%/text.c \
	%D%/text.h \
	%D%/users.c \
	%D%/users.h \
	%D%/util.c \
	%D%/util.h \
	%D%/witness.c \
	%D%/witness.h
