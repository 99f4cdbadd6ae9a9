#!/bin/sh
# SPDX-License-Identifier: MIT
# rpm.sh PREFIX SBINDIR MANDIR DATADIR: rpmbuild packs this build as the spec file says, and rpmlint finds nothing in it.
#
# Fedora's macros are not Debian's: those used here are given, and the build that there is takes the place of another. rpm
# refuses a package that lacks a file of its list, and files that no list names.
. "$SOURCE_DIR/tests/packaging/tree.sh"

spec=packaging/vfiocfg.spec
verdict "the version is the program's" "$(grep -q "version: '$(sed -n 's/^Version: *//p' $spec)'" meson.build || echo no)"
under() { case $1 in /*) echo "$1" ;; *) echo "$prefix/$1" ;; esac; }
prefix=$1
if command -v rpmbuild >/dev/null; then
	verdict "rpmbuild packs all that is installed" "$(told rpmbuild --nodeps -bb --define "_topdir $temp" --define "debug_package %{nil}" \
		--define "autosetup cp $SOURCE_DIR/LICENSE $SOURCE_DIR/*.md ." --define "meson true" --define "meson_build true" \
		--define "meson_install (cd $BUILD_DIR && DESTDIR=%{buildroot} meson install --no-rebuild --quiet)" \
		--define "meson_test true" --define "systemd_post true" --define "systemd_preun true" --define "systemd_postun true" \
		--define "_sbindir $(under "$2")" --define "_mandir $(under "$3")" --define "_datadir $(under "$4")" \
		--define "_unitdir $prefix/lib/systemd/system" --define "_tmpfilesdir $prefix/lib/tmpfiles.d" $spec)"
	verdict "what it packs is the program" "$(rpm -qlp "$temp"/RPMS/*/*.rpm | grep -qx "$(under "$2")/vfiocfg" || echo no)"
else
	verdict "rpmbuild packs all that is installed # SKIP rpmbuild is not installed"
fi
if command -v rpmlint >/dev/null; then
	verdict "rpmlint finds nothing" "$(said=$(rpmlint -c packaging/rpmlint.toml $spec 2>&1)
		case $said in *"0 errors, 0 warnings"*) ;; *) echo "$said" ;; esac)"
else
	verdict "rpmlint finds nothing # SKIP rpmlint is not installed"
fi
finish
