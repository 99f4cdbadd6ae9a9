#!/bin/sh
# SPDX-License-Identifier: MIT
# Two builds in different directories are the same, byte for byte, debugging information included.
#
# With -ffile-prefix-map of the source and the build directory, which dpkg-buildpackage and rpmbuild give by themselves.
. "$SOURCE_DIR/tests/packaging/tree.sh"

# What changes in the tree meanwhile is not what is looked for.
copy_tree "$temp/tree"

build() { # directory of its own
	mkdir -p "$temp/$1" && cp -r "$temp/tree" "$temp/$1/source"
	cd "$temp/$1" || exit 99
	export CCACHE_DISABLE=1 LC_ALL=C.UTF-8
	meson setup "$temp/$1/build" "$temp/$1/source" -Dtests=false --prefix=/usr \
		-Dc_args="-ffile-prefix-map=$temp/$1/=" || exit
	ninja -C "$temp/$1/build" && DESTDIR="$temp/$1/dest" meson install -C "$temp/$1/build" --no-rebuild
}

verdict "it is built in one directory" "$(told build one)"
verdict "it is built in another, which is named otherwise" "$(told build another/and-longer)"
verdict "both are the same" "$(diff -r "$temp/one/dest" "$temp/another/and-longer/dest" 2>&1 ||
	cmp "$temp/one/dest/usr/sbin/vfiocfg" "$temp/another/and-longer/dest/usr/sbin/vfiocfg")"
verdict "no directory of the build is named in it" "$(grep -rl "$temp" "$temp/one/dest")"
finish
