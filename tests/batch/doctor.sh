# SPDX-License-Identifier: MIT
# Is this host ready: what is said, and by which exit code. 0 nothing is missing, 1 something does not work, 2 no guest
# can be given anything, or it cannot be told.
try --demo=lpar doctor
try --demo=empty doctor
echo '{ "vfiocfg-edits": 1, "drivers": { "ccw/0.0.2b08": "vfio_ccw" } }' >edits.json
"$vfiocfg" --demo=lpar --state state apply edits.json --yes >/dev/null 2>&1
printf '%s\n' 'file /etc/modules-load.d/kvm.conf 644 "vfio_ap\n"' >>state
try --demo=lpar --state state doctor --format pairs | grep -v 'STATE="ok"'
mkdir tree
tar xzf "$source/../captures/ap-7.2-sysfs.tar.gz" -C tree
try --root tree doctor --format csv
chmod -R u+w tree
try --root missing doctor
try --root tree doctor --format table,json
