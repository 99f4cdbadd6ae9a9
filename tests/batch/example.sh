# SPDX-License-Identifier: MIT
# The example everybody knows: a DASD and a matrix, now and at boot, by one file.
cat >edits.json <<'END'
{
  "vfiocfg-edits": 1,
  "mdevs": [
    { "uuid": "669d9b23-fe1b-4ecb-be08-a2fabca99b71", "parent": "matrix", "type": "vfio_ap-passthrough",
      "start": "auto", "active": true,
      "adapters": ["0x05"], "domains": ["0x0004", "0x00ab"] },
    { "uuid": "7e270a25-e163-4922-af60-757fc8ed48c6", "parent": "0.0.0313", "type": "vfio_ccw-io",
      "start": "auto", "active": true }
  ]
}
END
demo="--demo=lpar --state state"
try $demo plan edits.json
try $demo apply edits.json
try $demo apply edits.json --yes
held /etc/mdevctl.d/matrix/669d9b23-fe1b-4ecb-be08-a2fabca99b71
held /etc/mdevctl.d/0.0.0313/7e270a25-e163-4922-af60-757fc8ed48c6
held /etc/driverctl.d/css-0.0.0313
held /etc/udev/rules.d/41-ap.rules
held /etc/modules-load.d/vfio_ap.conf
held /sys/bus/ap/apmask
held /sys/bus/ap/aqmask
grep '^link /sys/devices/css0/0.0.0313/driver ' state
grep '^link /sys/bus/mdev/devices/' state
try $demo plan edits.json
try $demo apply edits.json --yes
try $demo list mdevs
try $demo export --as qemu 669d9b23 7e270a25
try $demo export --as libvirt 669d9b23 7e270a25
try $demo export --as nodedev 669d9b23 7e270a25
try $demo export --as commands 669d9b23 7e270a25
try $demo export 669d9b23 7e270a25
# What was exported changes nothing here.
"$vfiocfg" $demo export >all.json
try $demo plan all.json
try $demo undo 1 --yes
held /etc/mdevctl.d/matrix/669d9b23-fe1b-4ecb-be08-a2fabca99b71
held /etc/driverctl.d/css-0.0.0313
held /sys/bus/ap/apmask
held /sys/bus/ap/aqmask
