# SPDX-License-Identifier: MIT
# Wrong command lines: what was expected, where to read on, exit code 64.
try --demo=lpar list things
try --demo=lpar list --format xml
try --demo=lpar list --columns no_such
try --demo=lpar list --filter no_such=1
try --demo=lpar list --filter 'id~('
try --demo=lpar list subchannels ap
try --demo=lpar list --yes
try --demo=lpar list --nonsense
try --demo=lpar list --format
try --demo=lpar list -x
try list --help
try apply --help edits.json
try --demo=lpar show
try --demo=lpar show 0.0.4711
try --demo=lpar show 0.0.2b09 --format csv
try --demo=lpar plan
try --demo=lpar plan nowhere.json
try --demo=lpar export --as xml
try --demo=lpar export --as qemu 0.0.2b08
try --demo=lpar undo one
try --demo=lpar undo 7
try --demo=lpar nonsense
echo '{ "vfiocfg-edits": 1, "drivers": { "css/0.0.0313": "vfio_ccw" }, "driver": 1 }' >edits.json
try --demo=lpar plan edits.json
try --demo=lpar apply edits.json --format json
