# SPDX-License-Identifier: MIT
# In the guest: the program on the 3270 terminal, again and again; the host says how by /host/next and reads /host/ended.
echo 1 >/sys/bus/ccw/devices/0.0.0009/online
tty=/dev/3270/tty1
run=0
touch /host/up
while :; do
	while [ ! -e /host/next ]; do usleep 100000; done
	command=$(cat /host/next)
	rm /host/next
	case $command in
	end) exit 0 ;;
	program*)
		touch /host/begun
		TERM=linux setsid -c sh -c "exec vfiocfg ${command#program} <$tty >$tty 2>&1"
		echo $? >/host/ended.new ;;
	*)
		sh -c "$command" >/host/answer 2>&1
		echo $? >/host/ended.new ;;
	esac
	mv /host/ended.new /host/ended
done
