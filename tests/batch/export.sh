# SPDX-License-Identifier: MIT
# What is handed to libvirt is well-formed, and has the elements and attributes that libvirt 11.3 knows, no others.
cat >known.py <<'PY'
import sys, xml.etree.ElementTree as tree
known = {
    "hostdev": ("mode", "type", "model", "managed"), "driver": ("name", "model"), "source": (),
    "hostdev/source/address": ("uuid", "domain", "bus", "slot", "function"),
    "hostdev/address": ("type", "cssid", "ssid", "devno"), "zpci": ("uid", "fid"),
    "device": (), "parent": (), "capability": ("type",), "type": ("id",), "uuid": (), "attr": ("name", "value"),
}
def walk(e, path):
    name = path + "/" + e.tag if e.tag == "address" else e.tag
    assert name in known, name
    assert set(e.attrib) <= set(known[name]), (name, e.attrib)
    print(name, *("%s=%s" % a for a in sorted(e.attrib.items())), (e.text or "").strip())
    for child in e:
        walk(child, (path + "/" if path else "") + e.tag)
for top in tree.fromstring("<all>" + sys.stdin.read() + "</all>"):
    walk(top, "")
PY
read_xml() {
	echo "== $*"
	"$vfiocfg" "$@" >out && python3 known.py <out
	echo "[exit $?]"
}
cat >edits.json <<'E2'
{ "vfiocfg-edits": 1, "drivers": { "pci/0002:00:00.0": "vfio-pci" } }
E2
read_xml --demo=lpar export --as libvirt
read_xml --demo=lpar export --as nodedev
read_xml --demo=lpar export --as libvirt 0.0.2b0a
read_xml --demo=lpar export --with edits.json --as libvirt pci/0002:00:00.0 0.0.2b0a
read_xml --demo=x86 export --as libvirt
read_xml --demo=x86 export --as nodedev
read_xml --demo=hostile export --as libvirt
read_xml --demo=hostile export --as nodedev
# A guided set-up that nobody said yes to
printf 'kind=channel\nwhich=2b09\nuuid=7e270a25-e163-4922-af60-757fc8ed48c6\n' >answers
try --demo=lpar --state state setup --answers answers | grep -v '^ '
try --demo=lpar --state state history
