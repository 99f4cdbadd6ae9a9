#!/bin/sh
# SPDX-License-Identifier: MIT
# install.sh PREFIX SBINDIR MANDIR DATADIR: `meson install` puts these files below a directory, and nothing else.
. "$SOURCE_DIR/tests/lint/tap.sh"

temp=$(mktemp -d) || exit 99
trap 'rm -rf "$temp"' EXIT
umask 022
(cd "$BUILD_DIR" && DESTDIR="$temp/dest" meson install --no-rebuild --quiet) >"$temp/log" 2>&1 || cat "$temp/log" >&2
under() { case $1 in /*) echo "$1" ;; *) echo "$prefix/$1" ;; esac; }
prefix=$1
sort >"$temp/expected" <<-END
	755 $(under "$2")/vfiocfg
	644 $(under "$3")/man5/vfiocfg-edits.5
	644 $(under "$3")/man8/vfiocfg.8
	644 $(under "$4")/bash-completion/completions/vfiocfg
	644 $prefix/lib/systemd/system/vfiocfg-recover.service
	644 $prefix/lib/tmpfiles.d/vfiocfg.conf
END
(cd "$temp/dest" && find . -type f -printf '%m /%P\n' -o -type l -printf 'link /%P\n' | sort) >"$temp/got"
verdict "exactly what belongs to the program is installed" "$(diff "$temp/expected" "$temp/got")"
verdict "the unit starts the program where it is installed" \
	"$(grep -qx "ExecStart=$(under "$2")/vfiocfg recover --files" "$temp/dest$prefix/lib/systemd/system/vfiocfg-recover.service" || echo no)"
if command -v systemd-tmpfiles >/dev/null; then
	verdict "systemd-tmpfiles makes the directory of the journal" "$(
		systemd-tmpfiles --create --root="$temp/dest" "$temp/dest$prefix/lib/tmpfiles.d/vfiocfg.conf" 2>&1
		[ "$(stat -c %a "$temp/dest/var/lib/vfiocfg")" = 755 ] || echo "it is not there")"
else
	verdict "systemd-tmpfiles makes the directory of the journal # SKIP systemd-tmpfiles is not installed"
fi
finish
