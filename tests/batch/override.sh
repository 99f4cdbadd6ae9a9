# SPDX-License-Identifier: MIT
# What has to be named before it is taken: a disk that somebody uses by any name it has, a running guest's device, the
# host's only way out by the whole id only.
x86="--demo=x86 --state x86"
lpar="--demo=lpar --state state"
commit() {
	try $1 apply take.json --yes ${2:+--override "$2"} | grep -v '^ '
}
take() {
	printf '{ "vfiocfg-edits": 1, "drivers": { "%s": %s } }\n' "$1" "$2" >take.json
}
# Ordinary: /home, whose file system the kernel still holds then
take css/0.0.0002 '"vfio_ccw"'
commit "$lpar"
commit "$lpar" 0.0.2b09
try $lpar check --with take.json --format csv
commit "$lpar" 0.0.0002
# A running guest's
take css/0.0.0314 null
commit "$lpar"
commit "$lpar" 314
commit "$lpar" css/0.0.0314
# What carries the default route
take pci/0000:04:00.0 '"vfio-pci"'
commit "$x86"
commit "$x86" 04:00.0
commit "$x86" pci/0000:04:00.0
