# SPDX-License-Identifier: MIT
# What there is on each of the machines, in every format.
for machine in lpar zvm x86 empty; do
	try --demo=$machine list
done
try --demo=lpar list subchannels --format csv --columns device,subchannel,name,used_by --filter 'name~^DASD,!used_by~.'
try --demo=lpar list ap --format pairs --filter id~05
try --demo=lpar list all --columns kind,id,uuid,device --filter 2b
try --demo=x86 list pci --format json
try --demo=lpar list mdevs --format json
try --demo=lpar list all --format csv --filter kind=mdev
try --demo=hostile list
try --demo=hostile list --format json
