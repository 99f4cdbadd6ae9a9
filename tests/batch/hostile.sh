# SPDX-License-Identifier: MIT
# A machine full of control characters, overlong values and broken files: nothing raw gets out.
for format in table json pairs csv; do
	"$vfiocfg" --demo=hostile list --format $format >out 2>err
	echo "$format [exit $?]"
	LC_ALL=C tr -d '\n\r\040-\176\200-\377' <out | od -c
	iconv -f UTF-8 -t UTF-8 out >/dev/null || echo "not UTF-8"
done
for as in edits commands qemu libvirt nodedev; do
	"$vfiocfg" --demo=hostile export --as $as >out 2>err
	echo "$as [exit $?]"
	LC_ALL=C cat out err | LC_ALL=C tr -d '\n\r\040-\176\200-\377' | od -c
done
"$vfiocfg" --demo=hostile check >out 2>err
LC_ALL=C cat out err | LC_ALL=C tr -d '\n\r\040-\176\200-\377' | od -c
