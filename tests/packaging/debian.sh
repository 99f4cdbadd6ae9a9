#!/bin/sh
# SPDX-License-Identifier: MIT
# The Debian package is built from a clean tree, lintian finds nothing, and it holds what belongs to it.
. "$SOURCE_DIR/tests/packaging/tree.sh"

for tool in dpkg-buildpackage dh lintian; do
	command -v "$tool" >/dev/null || skip_all "$tool is not installed"
done
copy_tree "$temp/vfiocfg-0.1.0"
cd "$temp/vfiocfg-0.1.0" || exit 99
cp -r packaging/debian debian
export DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" DEB_BUILD_PROFILES=nocheck LC_ALL=C.UTF-8
verdict "dpkg-buildpackage builds the package" "$(told dpkg-buildpackage -us -uc)"
verdict "lintian finds nothing, pedantic" "$(lintian --no-cfg --allow-root -I --pedantic "$temp"/*.changes 2>&1)"
verdict "it holds exactly what belongs to it" "$(dpkg-deb -c "$temp"/vfiocfg_0.1.0_*.deb | awk '!/^d/ { print $6 }' | sort |
	diff - "$SOURCE_DIR/tests/packaging/debian.files")"
dpkg-deb -e "$temp"/vfiocfg_0.1.0_*.deb "$temp/control"
verdict "the unit is enabled, and not started" "$(grep -q "deb-systemd-helper enable 'vfiocfg-recover.service'" "$temp/control/postinst" || echo "not enabled"
	grep -h "deb-systemd-invoke.*start" "$temp/control/postinst")"
verdict "the journal's directory is made" "$(grep -q 'systemd-tmpfiles.*vfiocfg.conf' "$temp/control/postinst" || echo no)"
verdict "the version is the program's" "$(grep -q "version: '$(dpkg-parsechangelog -S Version)'" meson.build || echo no)"
finish
