# SPDX-License-Identifier: MIT OR Apache-2.0
# tests/bench: bench_*.c run on the host; target_*.c are the program "bench" of the machine.
prog.bench := tests/bench/target_main.c tests/bench/target_ops.c tests/bench/target_fault.c \
              tests/bench/target_spawn.c tests/bench/target_move.c tests/bench/target_wake.c services/probe/twin.c

# Between cores: the holders are programs `share` of tests/system.
prog.bench_caps := tests/bench/caps.c

# Runs under tools/audit/entries.c, which counts where the CPU driver's instructions are.
prog.mutate := tests/bench/mutate.c tests/system/report.c

# Runs under tools/audit/entries.c, which looks for the longest stay in the kernel.
prog.worst := tests/bench/worst.c tests/system/report.c services/probe/twin.c

# Moves of a program between cores, on four of them.
prog.bench_moves := tests/bench/moves.c
prog.cargo       := tests/bench/cargo.c
