# SPDX-License-Identifier: MIT
# Captures packed by the program itself: what is in them, what is refused, that nothing can be changed in them, a
# rehearsal on one, and what changed from one to the other. Without libarchive there is nothing to see.
"$vfiocfg" --demo=empty capture try.tar >/dev/null 2>&1 || exit 77
undated() {
	try "$@" | sed -E 's/ on [0-9]{4}-[0-9]{2}-[0-9]{2} at [0-9]{2}:[0-9]{2} UTC/ on DATE/; s/[0-9]+ entries, [0-9]+ KiB of values, [0-9]+ (KiB|bytes) packed/SIZE/'
}
demo="--demo=lpar --state state"
undated $demo capture before.tar.gz
try $demo capture before.tar.gz
try $demo capture before.zip
try $demo capture
try $demo capture missing/before.tar.gz
undated $demo capture before.tar.gz --replace
stat -c 'mode %a' before.tar.gz

# The same machine, whoever looks; and nothing can be written.
for what in 'list all' check doctor 'export --as qemu'; do
	"$vfiocfg" $demo $what >one 2>&1
	for other in --root=before.tar.gz --demo=before.tar.gz; do
		"$vfiocfg" $other $what 2>&1 | grep -v '^note   Capture' >two
		cmp one two && echo "the same of $other: $what"
	done
done
cat >edits.json <<'EOF'
{
  "vfiocfg-edits": 1,
  "ap": { "guest-queues": ["0a.0004"] },
  "mdevs": [
    { "uuid": "7e270a25-e163-4922-af60-757fc8ed48c6", "parent": "0.0.0313", "type": "vfio_ccw-io",
      "start": "auto", "active": true }
  ]
}
EOF
try --root before.tar.gz apply edits.json --yes | tail -n 2
try --root before.tar.gz undo 1 --yes
for mode in line panel; do
	echo "== $mode"
	printf '%s\n' 2 'find 2b09' stage commit | "$vfiocfg" --root before.tar.gz --mode=$mode --size 24x80 2>&1 |
		grep -A2 '^ *Nothing can be committed'
done

# A rehearsal on a copy of it leaves the capture as it is.
try --demo=before.tar.gz --state rehearsed apply edits.json --yes | tail -n 2
undated --demo=before.tar.gz --state rehearsed diff before.tar.gz

# What changed.
"$vfiocfg" $demo apply edits.json --yes >/dev/null 2>&1
"$vfiocfg" $demo capture after.tar.gz >/dev/null
undated $demo diff before.tar.gz
undated diff after.tar.gz before.tar.gz
try diff before.tar.gz after.tar.gz --format json
try diff before.tar.gz after.tar.gz --format csv
undated diff after.tar.gz after.tar.gz
undated $demo diff after.tar.gz
try diff before.tar.gz missing.tar.gz
try diff edits.json before.tar.gz
try diff

# Another host, and collections of others that lack something.
"$vfiocfg" --demo=empty capture empty.tar >/dev/null
undated diff empty.tar before.tar.gz | sed -n 1,6p
mkdir -p sos/sos_commands other
tar xzf after.tar.gz -C other
mv other/sys other/proc sos/
rm -rf sos/proc/[0-9]*
undated diff before.tar.gz sos
try --root sos list subchannels --filter id=css/0.0.0313 --columns id,bound,after_reboot,used_by
try --root sos doctor | grep -A1 'Capture \|Tools '
try --root sos check
tar czf sos.tar.gz sos
try --root sos.tar.gz doctor | grep 'Capture '
mv other/etc sos/
rm -r sos/sys/bus/ap
undated diff before.tar.gz sos | tail -n 4

# dbginfo.sh without dump2tar copies files and no links: then nothing is said of devices.
mkdir -p dbginfo/sys
touch dbginfo/runtime.out
(cd sos/sys && find . -type d -exec mkdir -p ../../dbginfo/sys/{} \; -o -type f -exec cp {} ../../dbginfo/sys/{} \;)
mv sos/proc dbginfo/
undated diff before.tar.gz dbginfo
try --root dbginfo list subchannels --filter id=css/0.0.0313 --columns id,bound,after_reboot,used_by
chmod -R u+w sos dbginfo other
