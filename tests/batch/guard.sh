# SPDX-License-Identifier: MIT
# What is refused and what has to be said to be done.
demo="--demo=lpar --state state"
try $demo check
try $demo show 0.0.2b09
try $demo show 0.0.0190
try $demo show 05.0004 --format json
# The root file system's disk
echo '{ "vfiocfg-edits": 1, "drivers": { "ccw/0.0.0190": "vfio_ccw" } }' >root.json
try $demo check --with root.json
try $demo apply root.json --yes --override 190
try $demo list subchannels --columns id,wanted,after_reboot --filter wanted~. --with root.json
try $demo apply root.json --yes
# A volume that nobody uses, and nobody there to say yes
echo '{ "vfiocfg-edits": 1, "drivers": { "ccw/0.0.2b08": "vfio_ccw" } }' >free.json
try $demo plan free.json --format json
try $demo apply free.json
try $demo --read-only apply free.json --yes
try $demo export --with free.json --as commands
try $demo apply free.json --yes
try $demo history --format csv | sed 's/^1,[^,]*,[^,]*,/1,WHEN,WHO,/'
try $demo undo 1 --yes
try $demo plan free.json --format json | grep -c '"step"'
try $demo recover
# Output that gets lost
"$vfiocfg" $demo list subchannels >/dev/full 2>err
echo "[exit $?]"
cat err
"$vfiocfg" $demo plan free.json >/dev/full 2>err
echo "[exit $?]"
cat err
"$vfiocfg" $demo doctor >/dev/full 2>err
echo "[exit $?]"
"$vfiocfg" $demo list subchannels --format json | head -1
# Files that are closed
"$vfiocfg" $demo plan free.json >&- 2>err
echo "[exit $?]"
cat err
"$vfiocfg" $demo plan - <&-
echo "[exit $?]"
"$vfiocfg" $demo plan free.json 2>&- | head -1
"$vfiocfg" $demo --mode line <&- | tail -1
# A script that stages and commits nothing
printf 'stage 2b08\n' | "$vfiocfg" $demo --mode line 2>&1 >/dev/null
echo "[exit $?]"
# What came of it, for a program
echo '{ "vfiocfg-edits": 1, "drivers": { "ccw/0.0.2b0f": "vfio_ccw" } }' >one.json
"$vfiocfg" $demo apply one.json --yes --format json 2>/dev/null
"$vfiocfg" $demo apply one.json --yes --format json 2>/dev/null
"$vfiocfg" $demo apply root.json --yes --format json 2>/dev/null
echo "[exit $?]"
