/* SPDX-License-Identifier: MIT */
/* What must be so now: processor, kernel, modules, crypto, PCI. */
#include "readiness.h"
#include "desired_parts.h"
#include "msg.h"
#include "readiness_part.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

const char *ready_word(enum ready r)
{
	static const char *const words[] = { "ok", "note", "lacks", "stops" };

	return (size_t)r < ARRAY_SIZE(words) ? words[r] : "?";
}

void readiness_done(struct readiness *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->v[i].evidence);
		free(r->v[i].remedy);
	}
	free(r->v);
	*r = (struct readiness){ 0 };
}

enum ready readiness_worst(const struct readiness *r)
{
	enum ready worst = READY_OK;

	for (size_t i = 0; i < r->n; i++)
		worst = MAX(worst, r->v[i].state);
	return worst;
}

struct ready_item *ready_add(struct check *c, const struct ready_kind *kind, enum ready state,
			     const char *remedy, const char *fmt, ...)
{
	struct ready_item item = { .name = kind->name, .title = kind->title, .state = state };
	CLEANUP(buf_done) struct buf text = { 0 };
	va_list ap;
	int r;

	va_start(ap, fmt);
	r = buf_vprintf(&text, fmt, ap);
	va_end(ap);
	if (r == 0)
		r = array_grow(&c->to->v, c->to->n, &c->to->cap, sizeof(*c->to->v));
	item.evidence = r == 0 ? text_safe(buf_str(&text)) : NULL;
	item.remedy = r == 0 ? strdup(remedy ? remedy : "") : NULL;
	if (!item.evidence || !item.remedy) {
		free(item.evidence);
		free(item.remedy);
		c->nomem = true;
		return NULL;
	}
	c->to->v[c->to->n] = item;
	return &c->to->v[c->to->n++];
}

static bool loaded(const struct check *c, const char *name)
{
	const struct module_state *m = inventory_module(c->inv, name);

	return m && m->loaded;
}

static bool to_be_had(const struct check *c, const char *name)
{
	const struct module_state *m = inventory_module(c->inv, name);

	return m && m->available;
}

/* Loading is an edit like others; also the module of the processor's maker, which needs kvm. */
static void kvm_missing(struct check *c, const struct ready_kind *kind)
{
	const char *module =
		to_be_had(c, "kvm_intel") && !loaded(c, "kvm_intel") && !to_be_had(c, "kvm_amd")
			? "kvm_intel"
			: "kvm";
	struct ready_item *item;

	if (!to_be_had(c, module)) {
		ready_add(c, kind, READY_STOP,
			  "Install the kernel package that has the module kvm.",
			  "this kernel has no module kvm");
		return;
	}
	item = ready_add(c, kind, READY_STOP, "", "the module kvm is there and not loaded");
	if (item)
		item->module = module;
}

static void check_kvm(struct check *c)
{
	static const struct ready_kind kind = { "kvm", "KVM" };

	if (c->host->virt == 0)
		ready_add(c, &kind, READY_STOP,
			  c->host->s390 ? "Let the hypervisor offer it: in z/VM \"SET "
					  "CPUFEATURES\" or a machine that nests, in "
					  "KVM the module option nested=1."
					: "Switch virtualisation on in the firmware's set-up.",
			  "the processor does not offer %s (/proc/cpuinfo)",
			  c->host->s390 ? "SIE" : "virtualisation (vmx or svm)");
	else if (!loaded(c, "kvm"))
		kvm_missing(c, &kind);
	else if (c->host->kvm_dev == 0)
		ready_add(c, &kind, READY_STOP,
			  c->host->s390 ? "Look for kvm in the kernel's log."
					: "Load kvm_intel or kvm_amd, and look for kvm in the "
					  "kernel's log.",
			  "the module kvm is loaded, but there is no /dev/kvm");
	else
		ready_add(c, &kind, READY_OK, NULL, "the module kvm is loaded%s%s",
			  c->host->kvm_dev == 1 ? ", /dev/kvm is there" : "",
			  c->host->virt == 1 ? ", the processor has what it needs" : "");
}

/* The words of the command line that was booted which speak of an IOMMU. */
static void iommu_words(const char *cmdline, struct buf *ret)
{
	while (cmdline && *cmdline) {
		size_t n = strcspn(cmdline, " \t\n");

		if (n && memmem(cmdline, n, "iommu", 5))
			(void)buf_printf(ret, "%s%.*s", ret->len ? " " : "",
					 (int)MIN(n, (size_t)40), cmdline);
		cmdline += n;
		cmdline += strspn(cmdline, " \t\n");
	}
}

static void check_iommu(struct check *c)
{
	static const struct ready_kind kind = { "iommu", "IOMMU" };
	CLEANUP(buf_done) struct buf words = { 0 };
	size_t groups = 0, all = c->inv->n_pcis;

	if (!all)
		return;
	for (size_t i = 0; i < all; i++)
		groups += c->inv->pcis[i]->group >= 0;
	iommu_words(c->host->cmdline, &words);
	if (groups)
		ready_add(c, &kind, READY_OK, NULL,
			  "%zu of %zu PCI functions are in IOMMU groups%s%s", groups, all,
			  words.len ? "; booted with " : "", buf_str(&words));
	else
		ready_add(
			c, &kind, READY_LACK,
			c->host->s390
				? "Look for IOMMU in the kernel's log."
				: "Switch VT-d, AMD-Vi or the SMMU on in the firmware, boot with "
				  "intel_iommu=on on Intel, and compare /proc/cmdline after that.",
			"no PCI function is in an IOMMU group; the command line booted %s%s",
			words.len ? "has " : "says nothing of an IOMMU", buf_str(&words));
}

static void check_module(struct check *c, const char *name, const struct ready_kind *kind,
			 const char *for_what, bool live_only)
{
	struct ready_item *item;

	if (loaded(c, name)) {
		ready_add(c, kind, READY_OK, NULL, "loaded");
		return;
	}
	if (!to_be_had(c, name)) {
		ready_add(c, kind, READY_LACK,
			  "Install the kernel package that has it, or another kernel.",
			  "this kernel has no such module, which %s need", for_what);
		return;
	}
	item = ready_add(c, kind, READY_NOTE,
			 live_only ? "A matrix that is staged loads it after the masks; never name "
				     "it in modules-load.d."
				   : "",
			 "not loaded; giving away %s loads it", for_what);
	if (item)
		item->module = inventory_module(c->inv, name)->name;
}

static void check_modules(struct check *c)
{
	static const struct ready_kind ccw = { "vfio_ccw", "vfio_ccw" },
				       ap = { "vfio_ap", "vfio_ap" },
				       pci = { "vfio_pci", "vfio-pci" }, vfio = { "vfio", "vfio" },
				       mdev = { "mdev", "mdev" };

	/* What the others need comes with them; a word only where there is none. */
	if (!to_be_had(c, "vfio"))
		ready_add(c, &vfio, READY_STOP, "Install the kernel package that has it.",
			  "this kernel has no module vfio, which all others need");
	if (!to_be_had(c, "mdev") && c->host->s390)
		ready_add(c, &mdev, READY_LACK, "Install the kernel package that has it.",
			  "this kernel has no module mdev, which channel devices and crypto need");
	if (c->host->s390) {
		check_module(c, "vfio_ccw", &ccw, "channel devices", false);
		check_module(c, "vfio_ap", &ap, "crypto queues", true);
	}
	check_module(c, "vfio_pci", &pci, "PCI functions", false);
}

static void check_ap(struct check *c)
{
	static const struct ready_kind kind = { "ap", "AP bus" };
	const struct ap_bus *ap = &c->inv->ap;

	if (!c->host->s390)
		return;
	if (!ap->present)
		ready_add(c, &kind, READY_LACK,
			  "Assign adapters and domains to this LPAR or guest, or let its CPU model "
			  "have the AP instructions.",
			  "the kernel has no AP bus: no AP instructions, or none of its adapters "
			  "and domains");
	else if (!c->inv->n_cards || !c->inv->n_queues)
		ready_add(c, &kind, READY_LACK,
			  "Assign adapters and usage domains to this LPAR in its activation "
			  "profile, and configure them on.",
			  "the AP bus has %zu adapters and %zu queues", c->inv->n_cards,
			  c->inv->n_queues);
	else
		ready_add(c, &kind, ap->config_known ? READY_OK : READY_NOTE,
			  ap->config_known ? NULL
					   : "Without QCI a guest cannot be told its matrix as a "
					     "whole: check apqci of the CPU model.",
			  "%zu adapters, %zu queues; QCI masks %s%s%.80s%s", c->inv->n_cards,
			  c->inv->n_queues, ap->config_known ? "known" : "not known",
			  ap->features ? ", features " : "", ap->features ? ap->features : "",
			  ap->has_ap_config ? ", running matrices can be changed" : "");
}

static const char *is_there(tri_t fact)
{
	return fact == 0 ? "is not" : fact > 0 ? "is there" : "is not known";
}

/* What guests are told of queues, and how; asked only where there are some. */
static void check_facilities(struct check *c)
{
	static const struct ready_kind kind = { "ap-facilities", "AP facil." };
	const struct ap_bus *ap = &c->inv->ap;
	const struct host *h = c->host;
	bool sb = ap->features && strstr(ap->features, "APSB"), lacks = !h->apft || !h->apqi;

	if (!ap->present || (h->qci < 0 && h->apft < 0))
		return;
	/* What the kernel got by it outweighs a list: an emulator may leave it out of that. */
	if (h->qci == 0 && !ap->config_known)
		ready_add(c, &kind, READY_LACK,
			  "Let the hypervisor offer it: apqci=on in a CPU model of KVM.",
			  "the processor has no facility 12 (QCI): masks above domain 15 and "
			  "matrices of guests do not work as a whole");
	else
		ready_add(
			c, &kind, lacks ? READY_NOTE : READY_OK,
			lacks ? "Leave what is not there out of the guest's CPU model; \"export\" "
				"does."
			      : NULL,
			"QCI (12) is there%s, APFT (15) %s, interrupts (65) %s%s",
			h->qci == 0 ? " by what the AP bus says" : "", is_there(h->apft),
			is_there(h->apqi),
			!ap->features ? ""
			: sb	      ? "; APSB: protected guests can bind queues"
				      : "; no APSB: protected guests can have no queues");
}

static void check_masks(struct check *c)
{
	static const struct ready_kind kind = { "ap-masks", "AP masks" };
	const struct ap_bus *ap = &c->inv->ap;
	size_t host = 0;

	if (!ap->present)
		return;
	if (!ap->masks_known) {
		ready_add(c, &kind, READY_LACK, "A kernel from 4.20 on has them.",
			  "apmask and aqmask cannot be read");
		return;
	}
	for (size_t i = 0; i < c->inv->n_queues; i++)
		host += desired_queue_now(c->d, c->inv->queues[i]->id) == OWNER_HOST;
	ready_add(c, &kind, READY_OK, NULL, "the host has %zu of %zu queues%s", host,
		  c->inv->n_queues,
		  ap_overrides_in_force(c->inv) ? "; overrides are in force, which lock the masks"
		  : ap->has_override		? "; a queue can be given alone (override)"
						: "");
}

static void check_zpci(struct check *c)
{
	static const struct ready_kind kind = { "zpci", "zPCI" };
	size_t shaky = 0;

	if (!c->host->s390)
		return;
	if (!c->inv->n_pcis) {
		if (c->host->cmdline && strstr(c->host->cmdline, "pci=off"))
			ready_add(c, &kind, READY_LACK, "Boot without pci=off.",
				  "the command line booted has pci=off");
		return;
	}
	for (size_t i = 0; i < c->inv->n_pcis; i++)
		shaky += c->inv->pcis[i]->uid_unique == 0;
	ready_add(c, &kind, shaky ? READY_NOTE : READY_OK,
		  shaky ? "Switch UID checking on in the activation profile, or look at the "
			  "functions after each boot."
			: NULL,
		  "%zu functions%s", c->inv->n_pcis,
		  shaky ? "; UIDs are not checked, so an address may name another function after a "
			  "boot"
			: "");
}

static void check_huge(struct check *c)
{
	static const struct ready_kind kind = { "hugepages", "Huge pages" };
	const struct host *h = c->host;

	if (!h->huge_guests)
		return;
	if (h->huge_pages == 0)
		ready_add(c, &kind, READY_LACK,
			  "Reserve them: hugepages=N on the kernel's command line, or \"sysctl "
			  "vm.nr_hugepages=N\" now.",
			  "guests ask for them (%s), and none are reserved", h->huge_guests);
	else if (h->hpage == 0)
		ready_add(c, &kind, READY_LACK,
			  "Load kvm with hpage=1 (/etc/modprobe.d); then guests cannot run guests.",
			  "guests ask for them (%s), and kvm was loaded without hpage=1",
			  h->huge_guests);
	else
		ready_add(c, &kind, READY_OK, NULL, "guests ask for them (%s)%s", h->huge_guests,
			  h->huge_pages > 0 ? "; some are reserved" : "");
}

static void check_guests(struct check *c)
{
	static const struct ready_kind nested = { "nesting", "Nesting" },
				       uv = { "protvirt", "Protected" };

	if (c->host->nested >= 0)
		ready_add(c, &nested, READY_OK, NULL,
			  c->host->nested ? "guests can run guests of their own"
					  : "off: guests cannot run guests of their own");
	if (!c->host->s390 || c->host->uv_host < 0)
		return;
	ready_add(c, &uv, c->host->uv_host ? READY_OK : READY_NOTE,
		  c->host->uv_host ? NULL : "Boot with prot_virt=1 if guests are to run protected.",
		  c->host->uv_host
			  ? "this host can run protected guests"
			  : "the ultravisor is there and this host was booted without prot_virt=1");
}

/* What was not packed is named first: everything after it stands on it. */
static void check_capture(struct check *c)
{
	static const struct ready_kind kind = { "capture", "Capture" };
	const struct host *h = c->host;
	time_t made = (time_t)h->made;
	char when[40] = "";
	struct tm tm;

	if (!h->maker || (!*h->maker && !h->lacks))
		return;
	if (h->made && gmtime_r(&made, &tm))
		strftime(when, sizeof(when), " on %Y-%m-%d at %H:%M UTC", &tm);
	ready_add(c, &kind, h->lacks ? READY_LACK : READY_NOTE,
		  !h->lacks    ? NULL
		  : !*h->maker ? "Pack these directories, too."
			       : "Have \"vfiocfg capture FILE\" run on that host: it packs what is "
				 "looked at.",
		  "%s%s%s%s%s", *h->maker ? "made by " : "a tree", h->maker, when,
		  h->lacks ? "; not in it, so not known: " : ", with all that is looked at",
		  h->lacks ? h->lacks : "");
}

int readiness_make(const struct desired *d, struct readiness *ret)
{
	struct readiness made = { 0 };
	struct check c = { .to = &made, .d = d, .inv = d->inv, .host = &d->inv->host };

	check_capture(&c);
	check_kvm(&c);
	check_iommu(&c);
	check_modules(&c);
	check_ap(&c);
	check_facilities(&c);
	check_masks(&c);
	check_zpci(&c);
	check_guests(&c);
	check_huge(&c);
	ready_boot(&c);
	if (c.nomem) {
		readiness_done(&made);
		return -ENOMEM;
	}
	*ret = made;
	return 0;
}
