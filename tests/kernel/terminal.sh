# SPDX-License-Identifier: MIT
# In the guest: the program on the 3270 terminal, again and again, and commands beside it; the host says what by /host/next,
# and is told by /host/ended how the program ended, by /host/answered how a command did.
echo 1 >/sys/bus/ccw/devices/0.0.0009/online
tty=/dev/3270/tty1
touch /host/up
while :; do
	while [ ! -e /host/next ]; do usleep 100000; done
	command=$(cat /host/next)
	rm /host/next
	case $command in
	end) exit 0 ;;
	program*)
		(
			TERM=linux setsid -c sh -c "exec vfiocfg ${command#program} <$tty >$tty 2>&1"
			echo $? >/host/ended.new
			mv /host/ended.new /host/ended
		) &
		touch /host/begun ;;
	*)
		sh -c "$command" >/host/answer 2>&1
		echo $? >/host/answered.new
		mv /host/answered.new /host/answered ;;
	esac
done
