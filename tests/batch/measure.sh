# SPDX-License-Identifier: MIT
# What is counted for a device: refused with the reason, switched on, sampled, saved.
try --demo=lpar measure 2b02
try --demo=lpar measure f5f0
try --demo=lpar measure 2b0a
try --demo=lpar measure 2b09
try --demo=lpar measure 05.0004
try --demo=lpar measure 2b02 --interval 0
try --demo=lpar measure 2b02 --count -1
try --demo=lpar measure 2b02 --format csv
try --demo=lpar measure 0.50 --save blocks
cat >on.json <<'END'
{ "vfiocfg-edits": 1, "measurements": { "ccw/0.0.2b00": true, "ccw/0.0.2b01": true, "chp/css0": true } }
END
try --demo=lpar --state state apply on.json --yes
try --demo=lpar --state state measure 2b00 --count 0
try --demo=lpar --state state measure 2b00 --interval 0.1 --count 4
try --demo=lpar --state state measure 2b01 --interval 0.1 --count 2 --format json
try --demo=lpar --state state measure 0.50 --save blocks
wc -c blocks.*
try --demo=lpar --state state measure 0.50 --save blocks
try --demo=lpar --state state measure 2b00 --save other
