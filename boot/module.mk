# SPDX-License-Identifier: MIT OR Apache-2.0
# build/boot.elf is boot.src linked by boot/image.ld as a position-independent image that relocates itself, with
# lib/{base,load,fdt,aarch64}, Debian's arm64 libfdt.a and libbearssl.a, and picolibc's mem* and str*;
# build/skerry.img is the same as a flat binary (objcopy -O binary).
boot.uses := lib/base lib/abi lib/aarch64 lib/fdt lib/load
boot.src  := start.S handover.S main.c secondary.c load.c kmap.c early_map.c pagetable.c \
             dtb.c dtb_cores.c dtb_devices.c dtb_console.c rp1.c console.c slots.c cut.c phase.c record.c gic.c say.c end.c fatal.c shim.c
boot.host := dtb.c dtb_cores.c dtb_devices.c dtb_console.c rp1.c slots.c cut.c phase.c record.c pagetable.c kmap.c
