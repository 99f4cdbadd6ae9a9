# SPDX-License-Identifier: MIT
# One device's whole story, by names of all kinds, and what several devices could be meant by.
demo="--demo=lpar --state state"
for name in 2b0a 0.0.0314 css_0_0_0314 ccw_0_0_2b0a 5,171 05.00ab ap_05_00ab dasda1 /dev/dasda encf5f0 1c0f \
	mdev_1c0ffee2_9a3b_4c1d_8e57_2f6b7d9c0a11_matrix 0002:00:00.0 eno2; do
	echo "$name: $("$vfiocfg" $demo show "$name" | head -1)"
done
# (their names are the hardware database's)
"$vfiocfg" $demo show 00:00.0 2>&1 | grep -o 'pci/[0-9a-f:.]*[0-9]'
try $demo show 2b99
# With guests; giving it back
try $demo show 2b0a
# After a commit that was about it
echo '{ "vfiocfg-edits": 1, "drivers": { "css/0.0.0313": "vfio_ccw" } }' >edits.json
"$vfiocfg" $demo apply edits.json --yes >/dev/null 2>&1
"$vfiocfg" $demo show 2b09 | grep '^commit ' | sed 's/1, [^:]*:[^:]*:[^:]*: /1, WHEN, by WHO: /'
# NVIDIA's own way: a virtual function is a vGPU once a type is chosen
cat >vgpu.machine <<'END'
include x86
pci 0000:66:00.0 10de:26b5 sub=10de:169d class=030200 driver=nvidia group=60 vfs=2 vfoffset=4 vfid=10de:26b5 vfdriver=nvidia
write /sys/bus/pci/devices/0000:66:00.0/sriov_numvfs 2
file /sys/bus/pci/devices/0000:66:00.4/nvidia/current_vgpu_type 644 "709\n"
END
try --demo=vgpu.machine show 66:00.4 | grep -vE '^(name|what) '
echo '{ "vfiocfg-edits": 1, "drivers": { "pci/0000:66:00.4": "vfio-pci" } }' >vgpu.json
try --demo=vgpu.machine apply vgpu.json --yes
try --demo=vgpu.machine list pci --columns id,bound,wanted,blocked --filter 66:00
# a note on a device that no edit is about
echo '{ "vfiocfg-edits": 1, "drivers": { "pci/0000:3b:00.1": "vfio-pci" } }' >other.json
try --demo=vgpu.machine plan other.json | grep -vE '^ '
