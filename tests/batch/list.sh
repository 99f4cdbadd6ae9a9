# SPDX-License-Identifier: MIT
# What there is on each of the simulated machines, in every format. Names of PCI functions come from the hardware
# database of whoever runs this: they are left out.
pci="--columns id,group,ids,vfs,bound,after_reboot,used_by,blocked"
for machine in lpar lpar72 zvm x86 empty; do
	try --demo=$machine list subchannels
	try --demo=$machine list chpids
	try --demo=$machine list ap
	try --demo=$machine list pci $pci
	try --demo=$machine list mdevs
done
try --demo=lpar list subchannels --format csv --columns device,subchannel,name,used_by --filter 'name~^DASD,!used_by~.'
try --demo=lpar list ap --format pairs --filter id~05
try --demo=lpar list all --columns kind,id,uuid,device --filter 2b
try --demo=x86 list pci --format json $pci
try --demo=lpar list mdevs --format json
try --demo=lpar list all --format csv --filter kind=mdev
try --demo=lpar list chpids --format json --columns id,what,pchid,speed,subchannels --filter id=chp/0.10
try --demo=lpar list pci --columns id,pchid,fid,name --filter pchid=01c4
