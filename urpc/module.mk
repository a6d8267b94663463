# urpc: messages between cores without the kernel. Pure C, the same on host and core.
urpc.uses := lib/base lib/abi
urpc.src  := ring.c wait.c chan.c call.c bulk.c
urpc.host := ring.c wait.c chan.c call.c bulk.c
