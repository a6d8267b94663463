# SPDX-License-Identifier: MIT OR Apache-2.0
cpudriver.uses := lib/base lib/abi lib/aarch64 witness
cpudriver.src  := main.c cap.c captree.c captable.c retype.c reap.c remote.c import.c walk.c place.c space.c task.c task_state.c tail.c runq.c priority.c epoch.c endpoint.c carry.c emit.c gate.c lease.c shim.c fastpath.c irq.c fault.c panic.c uart.c \
                  syscall.c sys_task.c sys_core.c sys_cap.c sys_map.c sys_queue.c sys_attest.c \
                  aarch64/entry.S aarch64/vectors.S aarch64/trap.c aarch64/cpu.c aarch64/gic.c aarch64/sha.S
cpudriver.host := runq.c priority.c
