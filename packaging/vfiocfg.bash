# SPDX-License-Identifier: MIT
# bash completion of vfiocfg(8). The program itself knows its words and the machine's devices: see tui/complete.h.
_vfiocfg() {
	local line=${COMP_LINE:0:COMP_POINT} IFS=$' \t\n' words found word cur
	read -ra words <<<"$line"
	[[ $line != *[[:blank:]] ]] || words+=('')
	cur=${words[-1]}
	mapfile -t found < <("$1" --complete "${words[@]:1}" 2>/dev/null)
	COMPREPLY=()
	for word in "${found[@]}"; do
		case $word in
		@file) compopt -o filenames; mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "${cur#--*=}") ;;
		@dir) compopt -o filenames; mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "${cur#--*=}") ;;
		*)
			[[ $word != *= ]] || compopt -o nospace
			# What stands before the last = or : is a word of its own to bash.
			[[ $COMP_WORDBREAKS != *:* || $cur != *:* ]] || word=${word#"${cur%"${cur##*:}"}"}
			[[ $COMP_WORDBREAKS != *=* || $cur != *=* ]] || word=${word#"${cur%"${cur##*=}"}"}
			COMPREPLY+=("$word") ;;
		esac
	done
}
complete -F _vfiocfg vfiocfg
