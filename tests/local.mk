# SPDX-License-Identifier: MIT
# A new test is one line in one of the lists below; the name of a program is its file without ".c".
#
# unit_tests     tests/unit/X_test.c, criterion, linked with libui and libprocgrid
# long_tests, shell_tests  X.sh, executable; exit 0 passed, 77 skipped, all else failed
# test_programs  what shell tests start (targets, accuracy), linked with libprocgrid
# bench_programs what `make bench` starts, one after the other
# fuzz_programs  what `make fuzz` starts, each for FUZZ_SECONDS; needs --enable-fuzzing
#
# Every test finds in its environment: PROCGRID (the program), tests_dir (this directory in the
# sources), targets_dir (where the test programs are), top_srcdir and top_builddir (all absolute),
# NM, and SANITIZERS=yes in a sanitizer build. It runs in top_builddir, and its output is kept in
# X.log there. A test that writes files makes a directory of its own by mktemp -d.

unit_tests = \
	%D%/unit/app_test \
	%D%/unit/app_time_test \
	%D%/unit/births_test \
	%D%/unit/canvas_test \
	%D%/unit/child_file_test \
	%D%/unit/child_life_test \
	%D%/unit/child_pty_test \
	%D%/unit/child_test \
	%D%/unit/child_world_test \
	%D%/unit/connector_test \
	%D%/unit/counter_test \
	%D%/unit/csv_test \
	%D%/unit/delta_test \
	%D%/unit/engine_sampler_test \
	%D%/unit/engine_test \
	%D%/unit/fd_analysis_test \
	%D%/unit/fd_chart_test \
	%D%/unit/fd_event_test \
	%D%/unit/fd_kind_test \
	%D%/unit/fd_links_test \
	%D%/unit/fd_log_test \
	%D%/unit/fd_looks_test \
	%D%/unit/fd_net_test \
	%D%/unit/fd_profile_test \
	%D%/unit/fd_report_test \
	%D%/unit/fd_tree_test \
	%D%/unit/fd_watch_test \
	%D%/unit/field_test \
	%D%/unit/history_test \
	%D%/unit/hosts_test \
	%D%/unit/human_test \
	%D%/unit/inlet_test \
	%D%/unit/json_test \
	%D%/unit/keymap_test \
	%D%/unit/keys_test \
	%D%/unit/layout_panes_test \
	%D%/unit/lens_test \
	%D%/unit/layout_test \
	%D%/unit/model_jump_test \
	%D%/unit/model_gone_test \
	%D%/unit/model_test \
	%D%/unit/options_fd_test \
	%D%/unit/options_test \
	%D%/unit/outlet_test \
	%D%/unit/past_test \
	%D%/unit/player_test \
	%D%/unit/plot_canvas_test \
	%D%/unit/plot_save_test \
	%D%/unit/plot_test \
	%D%/unit/popup_test \
	%D%/unit/procdir_test \
	%D%/unit/procparse_test \
	%D%/unit/pty_test \
	%D%/unit/recording_test \
	%D%/unit/remote_test \
	%D%/unit/series_fit_test \
	%D%/unit/series_leak_test \
	%D%/unit/series_levels_test \
	%D%/unit/settings_test \
	%D%/unit/sink_csv_raw_test \
	%D%/unit/sink_csv_test \
	%D%/unit/sink_json_test \
	%D%/unit/snapshot_test \
	%D%/unit/source_gate_test \
	%D%/unit/source_known_test \
	%D%/unit/source_procfs_test \
	%D%/unit/source_sweep_test \
	%D%/unit/source_stream_test \
	%D%/unit/stream_read_test \
	%D%/unit/stream_round_test \
	%D%/unit/stream_write_test \
	%D%/unit/term_input_test \
	%D%/unit/term_looks_test \
	%D%/unit/term_shown_test \
	%D%/unit/tally_test \
	%D%/unit/text_test \
	%D%/unit/theme_test \
	%D%/unit/timeline_test \
	%D%/unit/users_test \
	%D%/unit/view_grid_test

# Those that take longest, and that others wait for, begin.
long_tests = \
	%D%/gate.sh \
	%D%/cli/births.sh \
	%D%/cli/fallbacks.sh
shell_tests = \
	%D%/accuracy.sh \
	%D%/cli/csv.sh \
	%D%/cli/fd.sh \
	%D%/cli/grid.sh \
	%D%/cli/fixtures.sh \
	%D%/cli/golden.sh \
	%D%/cli/hosts.sh \
	%D%/cli/json.sh \
	%D%/cli/lens.sh \
	%D%/cli/recipes.sh \
	%D%/cli/record.sh \
	%D%/cli/sshd.sh \
	%D%/cli/stats.sh \
	%D%/cli/targets.sh \
	%D%/docs.sh \
	%D%/format.sh \
	%D%/layers.sh \
	%D%/reuse.sh \
	%D%/screen/run.sh

test_programs = \
	%D%/accuracy/against_libproc2 \
	%D%/accuracy/gate_against_full \
	%D%/accuracy/pid_reuse \
	%D%/targets/brief_lives \
	%D%/targets/burn_cpu \
	%D%/targets/churn_threads \
	%D%/targets/crowd \
	%D%/targets/grow_rss \
	%D%/targets/leader_exit \
	%D%/targets/leak_fd \
	%D%/targets/many_threads \
	%D%/targets/odd_name \
	%D%/targets/orphans \
	%D%/targets/ping_pong \
	%D%/targets/rename_sibling \
	%D%/targets/renice_child \
	%D%/targets/sawtooth_fd \
	%D%/targets/sharer \
	%D%/targets/sleeper \
	%D%/targets/storm_fork \
	%D%/targets/write_io \
	%D%/targets/zombie

accuracy_common = %D%/accuracy/actors.c %D%/accuracy/compare.c
tests_accuracy_gate_against_full_SOURCES = %D%/accuracy/gate_against_full.c $(accuracy_common)
tests_accuracy_pid_reuse_SOURCES = %D%/accuracy/pid_reuse.c %D%/accuracy/compare.c

bench_programs = \
	%D%/bench/draw_bench \
	%D%/bench/fd_bench \
	%D%/bench/history_bench \
	%D%/bench/hour_bench \
	%D%/bench/key_bench \
	%D%/bench/pass_bench \
	%D%/bench/peer_bench \
	%D%/bench/replay_bench \
	%D%/bench/scan_bench \
	%D%/bench/series_bench
bench_common = %D%/bench/bench.c
tests_bench_fd_bench_SOURCES = %D%/bench/fd_bench.c $(bench_common)
tests_bench_history_bench_SOURCES = %D%/bench/history_bench.c $(bench_common)
tests_bench_hour_bench_SOURCES = %D%/bench/hour_bench.c %D%/bench/synth.c $(bench_common)
tests_bench_replay_bench_SOURCES = %D%/bench/replay_bench.c %D%/bench/synth.c $(bench_common)
tests_bench_key_bench_SOURCES = %D%/bench/key_bench.c $(bench_common)
tests_bench_pass_bench_SOURCES = %D%/bench/pass_bench.c $(bench_common)
tests_bench_peer_bench_SOURCES = %D%/bench/peer_bench.c %D%/bench/meter.c $(bench_common)
tests_bench_scan_bench_SOURCES = %D%/bench/scan_bench.c $(bench_common)
tests_bench_series_bench_SOURCES = %D%/bench/series_bench.c $(bench_common)

fuzz_programs = \
	%D%/fuzz/fuzz_connector \
	%D%/fuzz/fuzz_fd \
	%D%/fuzz/fuzz_fd_event \
	%D%/fuzz/fuzz_fd_log \
	%D%/fuzz/fuzz_mouse \
	%D%/fuzz/fuzz_procparse \
	%D%/fuzz/fuzz_recording \
	%D%/fuzz/fuzz_settings \
	%D%/fuzz/fuzz_stream \
	%D%/fuzz/fuzz_text

# Fixtures and expected output, copied as they are. Cases stand in directories that the build has as
# well, for logs, and those must not be copied.
EXTRA_DIST += $(long_tests) $(shell_tests) %D%/cli/lib.sh %D%/golden %D%/proc %D%/recordings
dist-hook:
	for dir in cli screen; do \
		cp -fp $(srcdir)/%D%/$$dir/*.case $(distdir)/%D%/$$dir/ || exit; \
	done

# What the programs include, for the tarball.
test_headers = \
	%D%/accuracy/actors.h \
	%D%/accuracy/compare.h \
	%D%/bench/bench.h \
	%D%/bench/meter.h \
	%D%/bench/synth.h \
	%D%/targets/target.h \
	%D%/unit/any_world.h \
	%D%/unit/blocks.h \
	%D%/unit/cells.h \
	%D%/unit/child_host.h \
	%D%/unit/charts.h \
	%D%/unit/fd_actor.h \
	%D%/unit/frames.h \
	%D%/unit/guard.h \
	%D%/unit/job_tty.h \
	%D%/unit/leak_calm.h \
	%D%/unit/leak_draw.h \
	%D%/unit/leak_families.h \
	%D%/unit/leak_leaking.h \
	%D%/unit/puppet.h \
	%D%/unit/screens.h \
	%D%/unit/streams.h \
	%D%/unit/tape.h
EXTRA_DIST += $(test_headers)

if FUZZING
LDADD = $(all_libs) $(FUZZER_LIBS)
else
LDADD = $(all_libs) $(CRITERION_LIBS)
endif

EXTRA_PROGRAMS += $(unit_tests) $(bench_programs) $(fuzz_programs)
check_PROGRAMS += $(test_programs)

if HAVE_CRITERION
check_PROGRAMS += $(unit_tests)
else
check_DATA += criterion-is-missing
endif
criterion-is-missing:
	@echo 'make check needs criterion: install libcriterion-dev (Debian) or criterion-devel' \
		'(Fedora), then run configure again' >&2; exit 1
.PHONY: criterion-is-missing bench fuzz

TESTS += $(long_tests) $(unit_tests) $(shell_tests)
TEST_EXTENSIONS = .sh

# What loads the machine to the limit runs before what waits for a target to do something in so many
# milliseconds, and not beside it.
%D%/cli/targets.log %D%/cli/fallbacks.log: \
	$(filter %D%/gate.log %D%/cli/births.log,$(TEST_LOGS))

if SANITIZERS
tests_sanitizers = SANITIZERS=yes
else
tests_sanitizers = SANITIZERS=
endif
AM_TESTS_ENVIRONMENT = \
	PROCGRID='$(abs_top_builddir)/procgrid$(EXEEXT)'; export PROCGRID; \
	tests_dir='$(abs_top_srcdir)/tests'; export tests_dir; \
	targets_dir='$(abs_top_builddir)/tests/targets'; export targets_dir; \
	top_srcdir='$(abs_top_srcdir)'; export top_srcdir; \
	top_builddir='$(abs_top_builddir)'; export top_builddir; \
	NM='$(NM)'; export NM; \
	$(tests_sanitizers); export SANITIZERS; \
	LC_ALL=C.UTF-8; export LC_ALL;

bench: all $(bench_programs) $(test_programs)
	@for b in $(bench_programs); do echo "== $$b"; ./$$b || exit; done

FUZZ_SECONDS = 60
fuzz: $(fuzz_programs)
	@for f in $(fuzz_programs); do \
		echo "== $$f"; mkdir -p $$f.corpus; \
		./$$f -max_total_time=$(FUZZ_SECONDS) -print_final_stats=1 $$f.corpus || exit; \
	done
