# SPDX-License-Identifier: MIT
# Trees of real kernels, read-only: what is there, why nothing else is, and that nothing can be written. Names of PCI
# functions come from the hardware database of whoever runs this: they are left out.
for name in 6.1-sysfs ap-6.12-sysfs-configured ap-7.2-sysfs; do
	mkdir tree
	tar xzf "$source/../captures/$name.tar.gz" -C tree
	echo "=== $name"
	try --root tree list subchannels
	try --root tree list ap
	try --root tree list pci --columns id,group,ids,bound,after_reboot,used_by,blocked
	try --root tree list mdevs
	try --root tree check
	try --root tree export --as qemu | sed '/^# 0012:/s/: .*//'
	try --root tree export
	chmod -R u+w tree
	rm -rf tree
done
mkdir tree
tar xzf "$source/../captures/ap-7.2-sysfs.tar.gz" -C tree
echo '{ "vfiocfg-edits": 1, "drivers": { "css/0.0.0002": "vfio_ccw" } }' >edits.json
try --root tree plan edits.json
try --root tree apply edits.json --yes
chmod -R u+w tree
