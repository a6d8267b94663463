# SPDX-License-Identifier: MIT OR Apache-2.0
# make            build everything           make check    unit tests on this machine, under a minute
# make run        boot it in QEMU            make test     everything that fits in ten minutes
# make help       all targets and settings   make V=1 ...  show every command
#
# make run CORES=8 GIC=3 EL=1 MEM=512M CPU=cortex-a76 DETERMINISTIC=0 SINGLE=0 SEED=7 TIMEOUT=120
#   CORES          1..8, to 64 with GIC=3             DETERMINISTIC  1: same run every time (icount)
#   GIC            2 or 3                             SINGLE         1: one host thread for all cores
#   EL             1, or 2 (with virtualization)      SEED           seed of the machine's randomness
#   MEM            RAM, as 512M or 2G                 TIMEOUT        seconds until the run is ended
#   CPU            cortex-a76, max, ...              BOOTARGS       text added to the boot arguments
#   DISK           file of a disk, as d.img or d.img:64M; made if it is not there
#
# make system T=row    one row of tests/system      make audit      nothing is shared, or it fails
# make bench           out/bench.json               make audit-selftest   planted bugs make it fail
# make fuzz MINUTES=n  fuzzers, n minutes each      make size       lines and bytes against their goals
# make soak MINUTES=n  long runs of the tests       make layers     who includes whom
# make cuts CUTS=200   the power is cut while the witness log is stored; a real log is changed in every way
# make placement       out/placement.json: what goes between cores before and after programs were moved to whom they talk to
# make sim SEED=7 CORES=64 OPS=20000 DEATHS=3       cores that agree about capabilities, 2 to 1,024 in one process
# make pi5             out/pi5/ and out/skerry-pi5.img: a card for the Raspberry Pi 5 (see docs/raspberry-pi-5.md); UART=header: console on
#                      the 40-pin header        make pi4  the same for the Raspberry Pi 4; FIRMWARE=folder with start4.elf ...
# make stress MOVES=10000 SEED=7 CORES=8 EVERY=60   64 partitions talk while they are moved; out/migration.json and a page
# make warn            both compilers, no warning   make format     clang-format on what is ours
# make setup           packages (also done by the other targets when needed)
# make qemu10 dtbs pi-dtbs   optional downloads into build/     make clean
# make compile_commands.json
#   CLANG=1 builds the target with clang; WERROR=1 makes warnings errors; SETUP=no never looks for packages.
#
# Each folder says what it is in its own module.mk (paths from that folder):
#   <folder>.uses := folders it may include      <folder>.src  := files built for the target
#   <folder>.host := files the host tests link   prog.<name>   := files of an EL0 program (paths from the root)
#   tool.<name>   := files of a host tool (paths from the root)    tool.<name>.libs := -l flags

.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += -rR --no-print-directory
.DEFAULT_GOAL := all
comma := ,

ROOT := build
VARIANT := $(if $(PLANT),/plant-$(PLANT),$(if $(filter 1,$(CLANG)),/clang))
B := $(ROOT)$(VARIANT)
OUT := out
Q := $(if $(filter 1,$(V)),,@)
say = @printf '  %-7s %s\n' $1 $2

# --- settings of make run: a value that is not known is answered here -------------------------------

CORES ?= 8
GIC ?= 3
EL ?= 1
MEM ?= 512M
CPU ?= cortex-a76
DETERMINISTIC ?= 0
SINGLE ?= 0
SEED ?=
TIMEOUT ?= 120
MINUTES ?= 1
digits = $(subst 0,,$(subst 1,,$(subst 2,,$(subst 3,,$(subst 4,,$(subst 5,,$(subst 6,,$(subst 7,,$(subst 8,,$(subst 9,,$1))))))))))
number = $(and $1,$(if $(call digits,$1),,$1))
one_of = $(if $(filter 1,$(words $($1))),$(if $(filter $2,$($1)),,$(error $1=$($1) is not known; choose one of: $2)),$(error $1 is one of: $2))
need_number = $(if $(call number,$($1)),,$(error $1=$($1) is not a number; for example $1=$2))
SIXTY_FOUR := $(wordlist 1,64,$(shell seq 64))

define check_settings
$(call one_of,GIC,2 3)
$(call one_of,EL,1 2)
$(call one_of,CPU,cortex-a53 cortex-a57 cortex-a72 cortex-a76 neoverse-n1 max)
$(call one_of,DETERMINISTIC,0 1)
$(call one_of,SINGLE,0 1)
$(if $(SEED),$(call need_number,SEED,1))
$(call need_number,TIMEOUT,120)
$(if $(filter $(CORES),$(SIXTY_FOUR)),,$(error CORES=$(CORES) is not known; choose 1 to 8 with GIC=2, 1 to 64 with GIC=3))
$(if $(filter 2,$(GIC)),$(if $(filter $(CORES),$(wordlist 1,8,$(SIXTY_FOUR))),,$(error CORES=$(CORES) needs GIC=3: a GICv2 serves 8 cores at most)))
$(if $(call number,$(patsubst %M,%,$(patsubst %G,%,$(MEM)))),$(if $(filter %M %G,$(MEM)),,$(error MEM=$(MEM) has no unit; for example MEM=512M)),$(error MEM=$(MEM) is not a size; for example MEM=512M))
endef
ifneq ($(filter run print,$(MAKECMDGOALS)),)
$(call check_settings)
endif
ifneq ($(filter fuzz soak,$(MAKECMDGOALS)),)
$(call need_number,MINUTES,5)
endif

# --- the folders ------------------------------------------------------------------------------------

MODULE_FILES := $(filter-out build/% out/%,$(wildcard */module.mk */*/module.mk */*/*/module.mk))
MODULES := $(patsubst %/module.mk,%,$(MODULE_FILES))
include $(MODULE_FILES)

PROGS := $(patsubst prog.%,%,$(filter prog.%,$(.VARIABLES)))
TOOLS := $(patsubst tool.%,%,$(filter-out %.libs,$(filter tool.%,$(.VARIABLES))))

# below(m): the module and those inside its folder; closure(m): with all they use, and what those use
below = $(filter $1 $1/%,$(MODULES))
used = $(filter-out $1,$(sort $(filter $(MODULES),$(foreach m,$1,$($m.uses)))))
closure = $(if $(call used,$1),$(call closure,$(sort $1 $(call used,$1))),$1)
sources = $(foreach m,$1,$(addprefix $m/,$($m.src)))
hosted = $(foreach m,$1,$(addprefix $m/,$($m.host)))
# objects(world, sources)
objects = $(patsubst %,$(B)/$1/%.o,$2)

K_OWN := $(call below,cpudriver)
K_LIBS := $(filter-out $(K_OWN),$(call closure,$(K_OWN)))
B_OWN := $(call below,boot)
B_LIBS := $(filter-out $(B_OWN),$(call closure,$(B_OWN)))
U_LIBS := $(filter lib/% urpc witness partition,$(MODULES))

# --- compilers --------------------------------------------------------------------------------------

CROSS := aarch64-linux-gnu-
PICOLIBC := /usr/lib/picolibc/aarch64-linux-gnu
ARM64 := $(ROOT)/arm64/usr
ARM64_LIBS := $(addprefix $(ARM64)/lib/aarch64-linux-gnu/,libfdt.a libbearssl.a libdecaf.a)

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wconversion \
        -Wsign-conversion -Wundef -Wvla -Wwrite-strings -Wpointer-arith -Wcast-qual \
        -Werror=implicit -Werror=int-conversion -Werror=incompatible-pointer-types -Werror=return-type \
        $(if $(filter 1,$(WERROR)),-Werror)
COMMON := -std=c11 -I. -g $(WARN) -MMD -MP -ffile-prefix-map=$(CURDIR)=. -fno-common

# The CPU driver is compiled as one (its paths go through many small files): with gcc, the default.
ifeq ($(CLANG),1)
CC = clang --target=aarch64-none-elf -Qunused-arguments
LD = ld.lld
CC_INCLUDE = $(shell clang -print-resource-dir)/include
HOSTCC ?= clang
else
CC = $(CROSS)gcc
LD = $(CROSS)ld
K_LTO := -flto -ffat-lto-objects
CC_INCLUDE = $(shell $(CROSS)gcc -print-file-name=include)
HOSTCC ?= gcc
endif
LIBGCC = $(shell $(CROSS)gcc -print-libgcc-file-name)
SYSTEM = -nostdinc -isystem $(CC_INCLUDE) -isystem $(PICOLIBC)/include -isystem $(ARM64)/include -isystem $(ARM64)/include/decaf
TARGET := -O2 -march=armv8-a -mno-outline-atomics -fno-stack-protector -fno-asynchronous-unwind-tables \
          -fno-omit-frame-pointer -fvisibility=hidden -ffunction-sections -fdata-sections
K_FLAGS = $(COMMON) $(TARGET) $(SYSTEM) -ffreestanding -fpie -mgeneral-regs-only -D__skerry_kernel__ $(K_LTO)
B_FLAGS = $(COMMON) $(TARGET) $(SYSTEM) -ffreestanding -fpie -mgeneral-regs-only -mstrict-align -D__skerry_boot__
U_FLAGS = $(COMMON) $(TARGET) $(SYSTEM) -fpie -D__skerry_program__
PIE := -pie --hash-style=sysv --no-dynamic-linker -Bsymbolic -z text -z norelro -z noexecstack -z max-page-size=4096 --gc-sections
CLIBS = --start-group $(PICOLIBC)/lib/libc.a $(LIBGCC) --end-group
ALL_LIBS = --start-group $(ARM64_LIBS) $(PICOLIBC)/lib/libc.a $(LIBGCC) --end-group

HOST := $(COMMON) -D_GNU_SOURCE -isystem /usr/include/decaf
SAN := -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
T_FLAGS = $(HOST) -O1 $(SAN)
H_FLAGS = $(HOST) -O2
R_FLAGS = $(HOST) -O2 -fsanitize=thread
F_FLAGS = $(HOST) -O1 -fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all
HOST_LIBS := -lfdt -lbearssl -ldecaf -lcrypto -ljansson -lpopt -lm -pthread

# --- set-up: packages, told and installed once --------------------------------------------------------

ifeq ($(SETUP),no)
RUN_READY :=
TEST_READY :=
else
RUN_READY := $(ROOT)/setup.run
TEST_READY := $(ROOT)/setup.test
endif

$(ROOT)/setup.run: tools/packages.txt tools/setup.sh
	$(Q)BUILD_ROOT=$(ROOT) tools/setup.sh run && touch $@

$(ROOT)/setup.test: tools/packages.txt tools/setup.sh $(ROOT)/setup.run
	$(Q)BUILD_ROOT=$(ROOT) tools/setup.sh test && touch $@

# --- compiling: k kernel, b boot, u programs; h host tools, t host tests, r races, f fuzzers ----------

# world(letter, compiler, flags variable, ready)
define world
$(B)/$1/%.c.o: %.c Makefile | $4
	$$(call say,CC,"$1 $$<")
	@mkdir -p $$(@D)
	$$(Q)$2 $$($3) -c $$< -o $$@
$(B)/$1/%.S.o: %.S Makefile | $4
	$$(call say,AS,"$1 $$<")
	@mkdir -p $$(@D)
	$$(Q)$2 $$($3) -c $$< -o $$@
endef
$(eval $(call world,k,$$(CC),K_FLAGS,$(RUN_READY)))
$(eval $(call world,b,$$(CC),B_FLAGS,$(RUN_READY)))
$(eval $(call world,u,$$(CC),U_FLAGS,$(RUN_READY)))
$(eval $(call world,h,$$(HOSTCC),H_FLAGS,$(RUN_READY)))
$(eval $(call world,t,$$(HOSTCC),T_FLAGS,$(TEST_READY)))
$(eval $(call world,r,$$(HOSTCC),R_FLAGS,$(TEST_READY)))
$(eval $(call world,f,clang,F_FLAGS,$(TEST_READY)))
# It has these files in it, as they are.
$(foreach w,h t r f,$(B)/$w/tools/skerry/migration_page.c.o): $(foreach e,css html js,tools/skerry/migration.$e)

# Thin archives: a folder's file is linked only where something needs it.
define archive
$(B)/$1/$2: $3
	$$(call say,AR,$$@)
	@mkdir -p $$(@D)
	$$(Q)rm -f $$@ && ar qcsT $$@ $$(filter %.o,$$^)
endef
$(eval $(call archive,k,lib.a,$(call objects,k,$(call sources,$(K_LIBS)))))
$(eval $(call archive,b,lib.a,$(call objects,b,$(call sources,$(B_LIBS)))))
$(eval $(call archive,u,lib.a,$(call objects,u,$(call sources,$(U_LIBS)))))
HOST_SOURCES := $(call hosted,$(MODULES))
SUPPORT := $(wildcard tests/support/*.c)
# The tools get only what they use: "make run" needs fewer packages than the host side of every folder.
TOOL_MODULES := $(call closure,$(call below,tools))
$(eval $(call archive,h,lib.a,$(call objects,h,$(call hosted,$(TOOL_MODULES)))))
$(foreach w,h t r f,$(eval $(call archive,$w,test.a,$(call objects,$w,$(HOST_SOURCES) $(SUPPORT)))))

# --- the CPU driver, with the table of its own symbols ------------------------------------------------

K_OBJECTS := $(call objects,k,$(call sources,$(K_OWN)))
K_LD := cpudriver/cpudriver.ld
# PLANT=bug: see tools/audit/selftest.sh
K_PLANT := $(filter-out shared_page foreign_read,$(PLANT))
B_PLANT := $(patsubst foreign_store,shared_page,$(filter shared_page foreign_read foreign_store,$(PLANT)))
K_OBJECTS += $(K_PLANT:%=$(B)/k/tools/audit/plant/%.c.o)
K_WRAP := $(if $(K_PLANT),--wrap=kernel_main)
B_WRAP := $(if $(B_PLANT),--wrap=kmap_build)

K_LIB_OBJECTS := $(call objects,k,$(call sources,$(K_LIBS)))
ifdef K_LTO
K_LINK := $(B)/k/whole.o $(filter %.S.o,$(K_OBJECTS) $(K_LIB_OBJECTS)) $(filter $(B)/k/tools/%,$(K_OBJECTS))
$(B)/k/whole.o: $(K_OBJECTS) $(K_LIB_OBJECTS) Makefile
	$(call say,LTO,$@)
	$(Q)$(CC) $(K_FLAGS) -r -nostdlib -flinker-output=nolto-rel -o $@ $(filter-out $(B)/k/tools/%,$(filter %.c.o,$^))
else
K_LINK := $(K_OBJECTS) $(B)/k/lib.a
endif

$(B)/cpudriver.elf: $(K_LINK) $(K_LD) tools/symtab/link.sh tools/symtab/symtab.awk
	$(call say,LD,$@)
	$(Q)CC="$(CC)" LD="$(LD)" NM=$(CROSS)nm tools/symtab/link.sh $@ $(B)/k/symtab \
	    $(PIE) -Map=$(B)/cpudriver.map -T $(K_LD) $(K_WRAP) $(K_LINK) $(ARM64)/lib/aarch64-linux-gnu/libbearssl.a $(CLIBS)

# --- the boot image -----------------------------------------------------------------------------------

B_OBJECTS := $(call objects,b,$(call sources,$(B_OWN))) $(B_PLANT:%=$(B)/b/tools/audit/plant/%.c.o)

$(B)/boot.elf: $(B_OBJECTS) $(B)/b/lib.a boot/image.ld
	$(call say,LD,$@)
	$(Q)$(LD) $(PIE) -Map=$(B)/boot.map -T boot/image.ld $(B_WRAP) $(B_OBJECTS) $(B)/b/lib.a $(ALL_LIBS) -o $@

$(B)/skerry.img: $(B)/boot.elf
	$(call say,IMAGE,$@)
	$(Q)$(CROSS)objcopy -O binary $< $@

# --- programs, and the bundle -------------------------------------------------------------------------

PROGRAM_LD := $(wildcard lib/rt/program.ld)
# What the C library has too is taken from lib/rt.
OURS_FIRST := -u sbrk -u abort -u __stack_chk_fail

define program
$(B)/bin/$1: $(call objects,u,$(prog.$1)) $(B)/u/lib.a $(PROGRAM_LD)
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	$$(Q)$$(LD) $(PIE) -z separate-code -e _start $(OURS_FIRST) $(PROGRAM_LD:%=-T %) -Map=$$@.map \
	    $$(filter %.o,$$^) $(B)/u/lib.a $$(ALL_LIBS) -o $$@
endef
$(foreach p,$(PROGS),$(eval $(call program,$p)))

# Programs whose first file is in tests/ are packed only into the bundles of the system tests.
BINS := $(foreach p,$(PROGS),$(if $(filter tests/%,$(firstword $(prog.$p))),,$(B)/bin/$p))
TEST_BINS := $(filter-out $(BINS),$(PROGS:%=$(B)/bin/%))
START := services/start.cfg

# What the device signs its logs with: made once, for this tree, and good for nothing but trying.
DEVICE_KEY := $(ROOT)/keys/device
$(DEVICE_KEY).sec: | $(ROOT)/skerry
	$(call say,KEY,$@)
	$(Q)mkdir -p $(@D) && $(ROOT)/skerry keys generate $(DEVICE_KEY) --comment "skerry development key" > $(ROOT)/keys/log

$(B)/bundle.cpio: $(B)/cpudriver.elf $(BINS) $(wildcard $(START)) tools/bundle.sh $(DEVICE_KEY).sec
	$(call say,BUNDLE,$@)
	$(Q)KEY=$(DEVICE_KEY).sec STRIP=$(CROSS)strip tools/bundle.sh $@ $(START) $(B)/cpudriver.elf $(BINS)

# --- host tools ---------------------------------------------------------------------------------------

define tool
$(ROOT)/$1: $(call objects,h,$(tool.$1)) $(B)/h/lib.a
	$$(call say,LD,$$@)
	$$(Q)$(HOSTCC) -g $$(filter %.o,$$^) $(B)/h/lib.a $(tool.$1.libs) -o $$@
endef
$(foreach t,$(TOOLS),$(eval $(call tool,$t)))
TOOL_BINS := $(TOOLS:%=$(ROOT)/%)

# The plugins that "make audit" and "make bench" load into QEMU; QEMU 8 raised the interface number it asks for.
QEMU := qemu-system-aarch64
PLUGINS := $(B)/stores.so $(B)/entries.so
$(PLUGINS): $(B)/%.so: tools/audit/%.c tools/audit/plugin_args.h tools/audit/qemu_plugin.h Makefile | $(TEST_READY)
	$(call say,SO,$@)
	$(Q)major=$$($(QEMU) --version | sed -n '1s/.*version \([0-9]*\).*/\1/p'); \
	$(HOSTCC) $(H_FLAGS) -DPLUGIN_API=$$([ "$${major:-7}" -ge 8 ] && echo 2 || echo 1) -shared -fPIC -fvisibility=hidden $< -o $@

IMAGES := $(if $(B_OWN),$(B)/skerry.img) $(if $(K_OWN),$(B)/bundle.cpio)

.PHONY: all images help setup qemu10 dtbs pi-dtbs clean
images: $(IMAGES)
all: $(IMAGES) $(TOOL_BINS)

help:
	@sed -n '2,/^$$/{/^#/s/^# \{0,1\}//p}' Makefile

setup: $(RUN_READY) $(TEST_READY)
	@echo "setup: everything is there"

qemu10: | $(RUN_READY)
	$(Q)BUILD_ROOT=$(ROOT) tools/setup.sh qemu10
dtbs pi-dtbs: | $(RUN_READY)
	$(Q)BUILD_ROOT=$(ROOT) tools/setup.sh $@

clean:
	$(Q)rm -rf $(OUT) compile_commands.json
	$(Q)for f in $(ROOT)/*; do case $$f in $(ROOT)/arm64|$(ROOT)/apt|$(ROOT)/qemu10|$(ROOT)/dtbs|$(ROOT)/pi-dtbs|$(ROOT)/setup.*) ;; *) rm -rf "$$f";; esac; done

# --- running ------------------------------------------------------------------------------------------

flag = $(if $(filter 1,$($1)),$2)
RUN_FLAGS = --cores $(CORES) --gic $(GIC) --el $(EL) --mem $(MEM) --cpu $(CPU) $(if $(SEED),--seed $(SEED)) --timeout $(TIMEOUT) \
            $(call flag,DETERMINISTIC,--deterministic) $(call flag,SINGLE,--single) \
            $(if $(RUN_DISK),--disk "$(RUN_DISK)") $(if $(RUN_APPEND),--append "$(RUN_APPEND)")

# With a disk the witness logs of the run are kept on it, and taken from it into out/witness. The same run every time has none,
# unless one is given: then what is in memory at its end comes over the console.
RUN_DISK = $(or $(DISK),$(if $(filter 1,$(DETERMINISTIC)),,$(OUT)/disk.img))
RUN_IMAGE = $(if $(RUN_DISK),$(firstword $(subst :, ,$(RUN_DISK))),$(OUT)/console.log)
RUN_APPEND = $(strip $(BOOTARGS) $(if $(RUN_DISK),,skerry.export=console))

.PHONY: run print
run: all
	$(Q)mkdir -p $(OUT)
	$(Q)$(ROOT)/skerry run $(RUN_FLAGS)
	$(Q)rm -rf $(OUT)/witness && $(ROOT)/skerry witness export $(RUN_IMAGE) $(OUT)/witness && \
	    cp $(DEVICE_KEY).pub $(OUT)/witness/device.pub && $(ROOT)/skerry witness verify $(OUT)/witness
print: all
	$(Q)$(ROOT)/skerry run --print $(RUN_FLAGS)

# --- cards for Raspberry Pis --------------------------------------------------------------------------

# KEY=FILE packs a device key (see "build/skerry keys"); without one a card is the same bytes wherever it is made.
PI5_DTB := $(ROOT)/pi-dtbs/bcm2712-rpi-5-b.dtb
PI4_DTB := $(ROOT)/pi-dtbs/bcm2711-rpi-4-b.dtb
ifeq ($(SETUP),no)
PI_READY :=
else
PI_READY := $(ROOT)/setup.pi
$(ROOT)/setup.pi: tools/packages.txt tools/setup.sh
	$(Q)BUILD_ROOT=$(ROOT) tools/setup.sh pi && touch $@
endif

# One of the two makes both.
$(PI5_DTB): | $(RUN_READY)
	$(Q)BUILD_ROOT=$(ROOT) tools/setup.sh pi-dtbs
$(PI4_DTB): | $(PI5_DTB)

$(B)/pi5.cpio: $(B)/cpudriver.elf $(BINS) $(wildcard $(START)) tools/bundle.sh $(KEY)
	$(call say,BUNDLE,$@)
	$(Q)KEY=$(KEY) STRIP=$(CROSS)strip tools/bundle.sh $@ $(START) $(B)/cpudriver.elf $(BINS)

# card(4 or 5, tree, option)
define card
	$(call say,CARD,"$(OUT)/pi$1 $(OUT)/skerry-pi$1.img")
	$(Q)$(ROOT)/skerry dtb check --quiet --ram 1G $2 > /dev/null
	$(Q)mkdir -p $(OUT) && tools/pi/card.sh files $1 $(OUT)/pi$1 $(B)/boot.elf $(B)/pi5.cpio $2 $3
	$(Q)tools/pi/card.sh image $(OUT)/pi$1 $(OUT)/skerry-pi$1.img
	$(Q)[ ! -f $(OUT)/skerry-pi$1.img ] || sha256sum $(OUT)/skerry-pi$1.img
endef

.PHONY: pi5 pi4
pi5: $(B)/boot.elf $(B)/pi5.cpio $(PI5_DTB) $(ROOT)/skerry | $(PI_READY)
	$(call card,5,$(PI5_DTB),$(UART))
pi4: $(B)/boot.elf $(B)/pi5.cpio $(PI4_DTB) $(ROOT)/skerry | $(PI_READY)
	$(call card,4,$(PI4_DTB),$(FIRMWARE))

# --- tests ----------------------------------------------------------------------------------------------

UNIT := $(patsubst %.c,$(B)/t/%,$(wildcard tests/unit/test_*.c))
MODEL := $(patsubst %.c,$(B)/t/%,$(wildcard tests/model/model_*.c))
SIM_MIGRATE_OBJS := $(patsubst %.c,$(B)/t/%.c.o,$(wildcard tests/migrate/*.c))
SIM_OBJS := $(patsubst %.c,$(B)/t/%.c.o,$(wildcard tests/sim/*.c))
LITMUS := $(patsubst %.c,$(B)/r/%,$(wildcard tests/litmus/litmus_*.c))
FUZZ := $(patsubst %.c,$(B)/f/%,$(wildcard tests/fuzz/fuzz_*.c))
BENCH := $(patsubst %.c,$(B)/h/%,$(wildcard tests/bench/bench_*.c))

# one test program each, from tests/<kind>/<name>.c and the host side of every folder
define test_program
$(B)/$1/tests/$2/%: $(B)/$1/tests/$2/%.c.o $(B)/$1/test.a
	$$(call say,LD,$$@)
	$$(Q)$3 $$< $(B)/$1/test.a $4 -o $$@
endef
$(eval $(call test_program,t,unit,$$(HOSTCC) $(SAN),-lcheck -lsubunit -lrt $(HOST_LIBS)))
$(eval $(call test_program,t,model,$$(HOSTCC) $(SAN),-lcheck -lsubunit -lrt $(HOST_LIBS)))
$(eval $(call test_program,r,litmus,$$(HOSTCC) -fsanitize=thread,$(HOST_LIBS)))
$(eval $(call test_program,f,fuzz,clang -fsanitize=address$(comma)undefined$(comma)fuzzer,$(HOST_LIBS)))
$(eval $(call test_program,h,bench,$$(HOSTCC),-lck -lmetis $(HOST_LIBS)))

$(B)/sim: $(SIM_OBJS) $(B)/t/test.a
	$(call say,LD,$@)
	$(Q)$(HOSTCC) $(SAN) $(SIM_OBJS) $(B)/t/test.a $(HOST_LIBS) -o $@

$(B)/sim-migrate: $(SIM_MIGRATE_OBJS) $(B)/t/test.a
	$(call say,LD,$@)
	$(Q)$(HOSTCC) $(SAN) $(SIM_MIGRATE_OBJS) $(B)/t/test.a $(HOST_LIBS) -o $@

SUITES = --unit $(UNIT) --model $(MODEL) --litmus $(LITMUS)
FUZZ_SECONDS := 5
export BINS_ALL := $(BINS) $(TEST_BINS)
export B

.PHONY: check test system cuts placement bench fuzz soak sim sim-migrate
check: $(UNIT) | $(TEST_READY)
	$(Q)tools/test.sh --unit $(UNIT)

test: $(UNIT) $(MODEL) $(B)/sim $(B)/sim-migrate $(LITMUS) $(FUZZ) all $(B)/pi5.cpio $(TEST_BINS) | $(TEST_READY)
	@[ -d $(ROOT)/dtbs ] || [ "$(SETUP)" = no ] || BUILD_ROOT=$(ROOT) tools/setup.sh dtbs || \
	    echo "test: skipped the device trees of other boards (could not be fetched; \"make dtbs\" tries again)"
	@[ -d $(ROOT)/pi-dtbs ] || [ "$(SETUP)" = no ] || BUILD_ROOT=$(ROOT) tools/setup.sh pi-dtbs || \
	    echo "test: skipped the device trees of the Raspberry Pis (could not be fetched; \"make pi-dtbs\" tries again)"
	$(Q)tools/test.sh $(SUITES) --fuzz $(FUZZ_SECONDS) $(FUZZ) --system tests/system/tests.cfg \
	    --step sim "tests/sim/sim.sh $(B)/sim" \
	    --step sim-migrate "$(B)/sim-migrate --seeds 3000" \
	    --step idle-host "tests/system/idle_host.py $(B)/system/idle.cpio" \
	    --step idle-host-coherence "tests/system/idle_host.py $(B)/system/idle-coherence.cpio" \
	    --step power-cut "tests/system/power_cut.py 8" \
	    --step tamper "tests/system/tamper.py" \
	    --step pi5-card "tests/system/pi_card.sh 5 $(B)/boot.elf $(B)/pi5.cpio $(PI5_DTB)" \
	    --step pi-log "tests/system/pi_log.py $(B)/pi5.cpio" \
	    --step pi4-card "tests/system/pi_card.sh 4 $(B)/boot.elf $(B)/pi5.cpio $(PI4_DTB)"

system: all $(TEST_BINS)
	$(Q)tools/system.sh tests/system/tests.cfg $(T)

# The witness log: the power is cut CUTS times while it is stored, and it is changed in every way.
CUTS := 200
cuts: all $(TEST_BINS)
	$(Q)tests/system/power_cut.py $(CUTS) $(if $(SEED),--seed $(SEED))
	$(Q)tests/system/tamper.py --full $(if $(SEED),--seed $(SEED))

# What placement by communication is worth: every workload of tests/workloads, agents in turn and drawn. The trace is for the replay.
PLACED := pairs pairs-drawn pipelines pipelines-drawn stars stars-drawn communities communities-drawn mixed mixed-drawn mixed-icount \
          mixed-drawn-icount shifting trace
placement: all $(TEST_BINS)
	$(Q)bad=0; for w in $(PLACED); do tools/system.sh tests/system/tests.cfg placed-$$w > $(OUT)/placed.log 2>&1 || { cat $(OUT)/placed.log; bad=1; }; done; \
	python3 -B tests/workloads/placement.py $(OUT)/placement.json $(PLACED:%=$(OUT)/system/placed-%.log) && [ $$bad = 0 ]

# Partitions talk while they are moved about (tests/stress). ROWS on each core; about every EVERYth time that a move comes to a
# step it is undone there (0: none is); each talks every PACE microseconds on average. The same run again with DETERMINISTIC=1.
# Two more on each core are merged and split (tests/stress/shapes.h).
# TRACE=N: when every Nth message was sent and taken is in the log, and arrows in the trace.
MOVES := 1000
EVERY := 60
PACE := 50000
ROWS := $(or $(shell echo $$((64 / $(CORES)))),8)
STRESS_SEED = $(or $(SEED),1)
.PHONY: stress
stress: all $(B)/bin/stress $(B)/bin/stress_part $(B)/bin/stress_nap $(B)/bin/stress_twin
	$(call need_number,MOVES,10000)
	$(Q)mkdir -p $(OUT)/stress
	$(Q)tests/stress/start.sh $(MOVES) $(STRESS_SEED) $(ROWS) $(PACE) $(TRACE) > $(OUT)/stress/start
	$(Q)STRIP=$(CROSS)strip tools/bundle.sh $(OUT)/stress/bundle.cpio $(OUT)/stress/start $(B)/cpudriver.elf $(BINS) $(B)/bin/stress $(B)/bin/stress_part $(B)/bin/stress_nap $(B)/bin/stress_twin
	$(Q)$(ROOT)/skerry run --bundle $(OUT)/stress/bundle.cpio --no-report --cores $(CORES) --gic $(GIC) --el $(EL) --mem 1G --cpu $(CPU) \
	    --seed $(STRESS_SEED) --timeout $$(( 120 + $(MOVES) / 4 )) --log $(OUT)/stress/console.log $(call flag,DETERMINISTIC,--deterministic) \
	    --append "$(if $(EVERY:0=),skerry.abort=every:$(EVERY):$(STRESS_SEED)) $(BOOTARGS)"; got=$$?; \
	    $(ROOT)/skerry report $(OUT)/stress/console.log --out $(OUT)/stress -q > $(OUT)/stress/report.log 2>&1; \
	    cp $(OUT)/stress/migration.json $(OUT)/migration.json; \
	    python3 -B tests/stress/judge.py $(OUT)/migration.json $(OUT)/stress/console.log $(if $(EVERY:0=),--aborts) $(if $(MOVES:10000=),,--goal) || got=1; \
	    [ $$got = 0 ] || echo "stress: failed; again: make stress MOVES=$(MOVES) SEED=$(STRESS_SEED) CORES=$(CORES) EVERY=$(EVERY) PACE=$(PACE) DETERMINISTIC=1"; exit $$got

# SEED, CORES, OPS: see "build/sim --help"
sim: $(B)/sim
	$(Q)$(B)/sim --cores $(CORES) $(if $(SEED),--seed $(SEED)) $(if $(OPS),--ops $(OPS)) $(if $(DEATHS),--deaths $(DEATHS)) $(if $(TRACE),--trace)

# One run (SEED, CORES, OPS, DEATHS), or many (SEEDS); FAULTS=N: one step in N goes wrong. See "build/sim-migrate --help"
sim-migrate: $(B)/sim-migrate
	$(Q)$(B)/sim-migrate --cores $(CORES) $(if $(SEED),--seed $(SEED)) $(if $(SEEDS),--seeds $(SEEDS)) $(if $(OPS),--ops $(OPS)) \
	    $(if $(DEATHS),--deaths $(DEATHS)) $(if $(FAULTS),--faults $(FAULTS)) $(if $(TRACE),--trace)

fuzz: $(FUZZ)
	$(Q)tools/test.sh --fuzz $$(( $(MINUTES) * 60 )) $(FUZZ)

soak: $(MODEL) $(LITMUS) $(FUZZ) all $(TEST_BINS)
	$(Q)SKERRY_SEED=$(or $(SEED),1) tools/soak.sh $(MINUTES) "$(MODEL)" "$(LITMUS)" "$(FUZZ)"

bench: $(BENCH) $(B)/sim all $(TEST_BINS) $(B)/entries.so | $(TEST_READY)
	$(Q)python3 -B tools/bench.py $(OUT)/bench.json $(BENCH)

# --- looking at it -----------------------------------------------------------------------------------

.PHONY: layers size warn format audit audit-selftest everything
layers: | $(TEST_READY)
	$(Q)python3 -B tools/layers.py $(MODULE_FILES)

# AUDIT: what tools/audit/audit.py understands, for example AUDIT="--only code"
audit: all $(B)/stores.so | $(TEST_READY)
	$(Q)python3 -B tools/audit/audit.py $(AUDIT)

audit-selftest: all $(B)/stores.so | $(TEST_READY)
	$(Q)tools/audit/selftest.sh

size: all
	$(Q)tools/size.sh $(B)

warn: | $(TEST_READY)
	$(Q)$(MAKE) WERROR=1 ROOT=$(ROOT) VARIANT=/warn everything
	$(Q)$(MAKE) WERROR=1 ROOT=$(ROOT) VARIANT=/warn-clang CLANG=1 everything
	@echo "warn: no warning from gcc or clang"

everything: $(IMAGES) $(PLUGINS) $(UNIT) $(MODEL) $(LITMUS) $(BENCH) $(TEST_BINS) $(B)/h/tools

# Every host tool, compiled in this variant too (build/skerry itself is the plain variant's).
$(B)/h/tools: $(foreach t,$(TOOLS),$(call objects,h,$(tool.$t)))
	@touch $@

format:
	$(Q)git ls-files '*.c' '*.h' | xargs clang-format -i

compile_commands.json: Makefile $(MODULE_FILES)
	$(Q)$(MAKE) -Bn V=1 everything | python3 -B tools/compile_commands.py > $@

-include $(shell find $(B) -name '*.d' 2>/dev/null)
