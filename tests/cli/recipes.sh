#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The recipes of doc/format.md, run as they stand there: each block of code behind a line
# "<!-- recipe: NAME -->" whose tool is installed, on tasks of this machine and on some of odd names.
# shellcheck disable=SC2034,SC2317 # lib.sh uses the status, and calls the functions
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/lib.sh"

# The table of every recipe, and a second one of numbers first, for awk.
numbers=time,pid,tid,cpu_delta_ns,rss_bytes,comm

# Prints the code of a recipe.
code() {
	awk -v mark="<!-- recipe: $1 -->" '
		$0 == mark { found = 1; next }
		found && /^```/ { if (inside) exit; inside = 1; next }
		inside' "$top/doc/format.md"
}

# With modules: the first python that has them.
python_with() {
	for python in python3 /usr/bin/python3; do
		if "$python" -c "import $1" 2>/dev/null; then
			return 0
		fi
	done
	return 1
}

present() {
	case $1 in
	awk | sqlite3) command -v "$1" ;;
	jq*) command -v jq ;;
	libreoffice) command -v soffice ;;
	python3) python_with csv ;;
	pandas) python_with pandas ;;
	duckdb) command -v node && node -e 'require("@duckdb/node-api")' ;;
	*) false ;;
	esac >/dev/null 2>&1
}

# The code stands in a file, since node and python want one.
start() {
	code "$1" >"$tmp/recipe"
	[ -s "$tmp/recipe" ] || return 1
	case $1 in
	python3 | pandas) timeout "$limit" "$python" "$tmp/recipe" ;;
	duckdb) cp "$tmp/recipe" "$tmp/recipe.js" && timeout "$limit" node "$tmp/recipe.js" ;;
	*) timeout "$limit" sh -eu "$tmp/recipe" ;;
	esac
}

rows() {
	[ "$(sqlite3 table.db 'SELECT count(*) FROM task')" -eq $(($(wc -l <table.csv) - 1)) ]
}

no_text_in_numbers() {
	[ "$(sqlite3 table.db "SELECT count(*) FROM task WHERE typeof(cpu_ns) = 'text'
		OR typeof(rss_bytes) = 'text' OR typeof(io_delta_bytes) = 'text'")" -eq 0 ]
}

dates_are_dates() {
	soffice --headless --convert-to fods table.ods &&
		[ "$(grep -o 'office:value-type="date"' table.fods | wc -l)" -ge \
			$(($(wc -l <table.csv) - 1)) ]
}

check_recipe() {
	start "$2" >"$out" 2>"$err" </dev/null
	status=$?
	check "$1: $2 ends well" exits 0
	refute "$1: $2 prints something" silent
	case $2 in
	sqlite3)
		check "$1: every row arrived in sqlite3" rows
		check "$1: numbers are numbers in sqlite3" no_text_in_numbers
		;;
	libreoffice)
		check "$1: times are times in LibreOffice" dates_are_dates
		;;
	esac
}

check_recipes() {
	sed -n 's/^<!-- recipe: \(.*\) -->$/\1/p' "$top/doc/format.md" >"$tmp/recipes"
	check "there are recipes" has_lines "$tmp/recipes" 5
	while read -r recipe; do
		if present "$recipe"; then
			check_recipe "$1" "$recipe"
		else
			echo "skipped: no tool for the recipe of $recipe"
		fi
	done <"$tmp/recipes"
}

mkdir "$tmp/live" "$tmp/odd"

cd "$tmp/live" || exit 1
run --csv -n 2 -d 0.1 -o table.csv
check "a table of this machine" exits 0
run --csv -n 2 -d 0.1 --fields "$numbers" -o numbers.csv
check "a table for awk" exits 0
run --json -n 3 -d 0.1 -o lines.json
check "lines for jq" exits 0
run fd -d 0.05 -o procgrid-fd.jsonl sleep 0.3
check "a log of descriptors" exits 0
check_recipes live

cd "$tmp/odd" || exit 1
run --csv --proc-root "$tests_dir/proc/odd_names" -o table.csv
check "a table of odd names" exits 0
run --csv --proc-root "$tests_dir/proc/odd_names" --fields "$numbers" -o numbers.csv
check "a table of odd names for awk" exits 0
run --json --proc-root "$tests_dir/proc/odd_names" -r -o lines.json
check "lines of odd names for jq" exits 0
cp "$tests_dir/recordings/fd_hostile.jsonl" procgrid-fd.jsonl
check_recipes "odd names"

cd / || exit 1
finish
