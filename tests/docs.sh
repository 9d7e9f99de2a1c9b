#!/bin/sh
# SPDX-License-Identifier: MIT
# What users read is in order and complete: the manual, the completions, the tables of columns.
# shellcheck disable=SC2317 # lib.sh calls the functions
: "${top_srcdir:=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)}"
# shellcheck source=tests/cli/lib.sh
. "$(dirname "$0")/cli/lib.sh"

build=${top_builddir:-$top/build}
page=$build/doc/procgrid.1
completions=$build/packaging/completions

if ! command -v mandoc >/dev/null; then
	echo "skipped: no mandoc"
	exit 77
fi

# What groff says of a page goes to stderr, whatever its exit status.
groff_is_content() {
	! groff -mdoc -ww -z -Tutf8 "$page" 2>&1 | grep -q .
}

check "the manual has no warnings" mandoc -T lint -W warning "$page"
if command -v groff >/dev/null; then
	check "the manual has no warnings in groff" groff_is_content
fi
mandoc -T ascii "$page" | sed "s/.$(printf '\b')//g" >"$tmp/page"
refute "no place of the template was left" grep -q '@[A-Z_]*@' "$tmp/page"

in_page() {
	grep -qE "(^| )$1(,| |\$)" "$tmp/page"
}

run --help
check "help" exits 0
grep -E '^  ' "$out" | tr -s ' ,' '\n' | grep -xE -- '-[A-Za-z]|--[a-z-]+' | sort -u >"$tmp/options"
check "help names options" has_lines "$tmp/options" 30
while read -r option; do
	check "the manual has $option" in_page "$option"
	check "bash completes $option" grep -qE -- "[ ']${option}[ ']" "$completions/procgrid"
	check "zsh completes $option" grep -qE -- "['{,]${option}[]},[]" "$completions/_procgrid"
	case $option in
	--*) name="-l ${option#--}" ;;
	*) name="-s ${option#-}" ;;
	esac
	check "fish completes $option" grep -qE -- " $name( |\$)" "$completions/procgrid.fish"
done <"$tmp/options"

run --csv -d 0 $$
check "a table" exits 0
head -n 1 "$out" | tr ',' '\n' >"$tmp/fields"
check "the table has columns" has_lines "$tmp/fields" 20
while read -r field; do
	check "the manual has the column $field" in_page "$field"
done <"$tmp/fields"


"$build/doc/mkdoc" fields >"$tmp/rows"
check "fields are listed" has_lines "$tmp/rows" 40
while IFS= read -r row; do
	check "doc/format.md has the row: $row" grep -qxF -- "$row" "$top/doc/format.md"
done <"$tmp/rows"

"$build/doc/mkdoc" counters >"$tmp/rows"
check "counters are listed" has_lines "$tmp/rows" 40
while IFS= read -r row; do
	check "doc/format.md has the row: $row" grep -qxF -- "$row" "$top/doc/format.md"
done <"$tmp/rows"

# An example is a line of a golden file or of a recorded log, in which something may have been left out: "…".
awk '/^```json$/ { inside = 1; next } /^```/ { inside = 0 } inside' "$top/doc/format.md" |
	sed 's/[].*^$\\[]/\\&/g; s/…/.*/g' >"$tmp/examples"
check "there are examples of lines" has_lines "$tmp/examples" 4
while IFS= read -r example; do
	check "a golden line: $example" grep -qxh -- "$example" "$tests_dir"/golden/*.json \
		"$tests_dir"/recordings/fd_*.jsonl
done <"$tmp/examples"

if command -v bash >/dev/null; then
	check "bash reads its completions" bash -n "$completions/procgrid"
	mkdir -p "$HOME/.ssh"
	printf '%s\n' 'Host web1 *.lan !web9' ' host  web2' 'HostName web3' >"$HOME/.ssh/config"
	printf '%s\n' 'web4,10.0.0.4 ssh-rsa A' '[web5]:22 ssh-rsa A' '|1|a|b ssh-rsa A' \
		"web\$(touch\${IFS}$tmp/expanded) ssh-rsa A" >"$HOME/.ssh/known_hosts"
	# shellcheck disable=SC2016 # for that shell
	complete='. "$0"; COMP_WORDS=(procgrid "$@"); COMP_CWORD=$#; _procgrid; echo "${COMPREPLY[*]}"'
	for words in '--host we' '--host user @ we' '--host = we'; do
		# shellcheck disable=SC2086 # words on purpose
		bash -c "$complete" "$completions/procgrid" $words >"$tmp/hosts" 2>&1
		check "bash completes hosts behind $words" grep -qx 'web1 web2 web4' "$tmp/hosts"
	done
	refute "names of hosts are no commands" [ -e "$tmp/expanded" ]
fi
if command -v zsh >/dev/null; then
	check "zsh reads its completions" zsh -n "$completions/_procgrid"
fi
if command -v fish >/dev/null; then
	check "fish reads its completions" fish -n "$completions/procgrid.fish"
fi
finish
