/* SPDX-License-Identifier: MIT */
#include "store.h"

#include <errno.h>
#include <string.h>

/* systemd turns every '-' of the unit's instance into '/': only these buses have names without one. */
static const enum bus buses[] = { BUS_CSS, BUS_PCI, BUS_AP, BUS_CCW };

int driverctl_name_parse(const char *file_name, struct devid *ret)
{
	const char *dash = strchr(file_name, '-');
	char text[DEVID_TEXT], normal[DEVID_TEXT];
	struct devid dev;

	if (!dash || strlen(file_name) >= sizeof(text) || strchr(dash + 1, '-'))
		return -EINVAL;
	strcpy(text, file_name);
	text[dash - file_name] = '/';
	/* The file is found by the kernel's spelling only. */
	if (devid_parse(text, &dev) < 0 || strcmp(devid_text(&dev, normal), text) != 0)
		return -EINVAL;
	for (size_t i = 0; i < ARRAY_SIZE(buses); i++)
		if (dev.bus == buses[i]) {
			*ret = dev;
			return 0;
		}
	return -EINVAL;
}

int driverctl_path(const struct devid *dev, struct buf *ret)
{
	return buf_printf(ret, DRIVERCTL_DIR "/%s-%s", bus_name(dev->bus), dev->name);
}

int driverctl_read(const char *bytes, size_t len, struct buf *ret_driver)
{
	CLEANUP(freep) char *name = NULL;

	while (len && bytes[len - 1] == '\n')
		len--;
	if (!len || memchr(bytes, '\0', len))
		return -EINVAL;
	name = strndup(bytes, len);
	if (!name)
		return -ENOMEM;
	return name_ok(name) ? buf_adds(ret_driver, name) : -EINVAL;
}

int driverctl_write(const char *driver, struct buf *ret)
{
	return buf_printf(ret, "%s\n", driver);
}
