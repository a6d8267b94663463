/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * urpc/msg - from a message list (.def) to structs, numbers and names.
 *
 * The list belongs to the owner of the protocol and looks like this:
 *
 *     URPC_MSG(PING, 1, uint64_t nonce;)
 *     URPC_CALL(BIND, 2, uint32_t core; uint32_t service;)
 *
 * URPC_CALL is a message that begins with struct urpc_call_head: a request or a reply
 * (urpc/call.h). Numbers are part of the wire format, 1 to 65535: append, never renumber,
 * never reuse. A message without fields has one called `none`. Between and behind fields there is
 * no room that is nobody's: whatever a sender's stack had there would be read elsewhere. Such room is
 * a field called `zero`, which a sender does not name. The owner's header says
 *
 *     #define URPC_LIST "monitor/peer.def"
 *     #define URPC_SET peer
 *     #define URPC_TAG PEER
 *     #include "urpc/msg.h"
 *
 * and gets, for each message NAME (asserted to fit the payload of one slot):
 *
 *     struct peer_NAME                                  the payload
 *     PEER_NAME                                         its number, in enum peer_kind
 *     struct peer_NAME *peer_NAME_reserve(tx)           the payload of a free slot, or NULL
 *     void peer_NAME_commit(tx, info)                   send what was filled in there
 *     const struct peer_NAME *peer_NAME_in(word)        a payload as this message: of a
 *                                                       struct urpc_msg, or of a slot
 *     const char *peer_name(kind)                       "NAME"; "?" for no message of ours
 *     size_t peer_bytes(kind)                           its size; 0 for no message of ours
 *
 * A sender fills the slot itself, so building a message is not a copy; the one copy is the
 * receiver's (urpc_recv). This header may be included once for each list.
 */
#include "lib/base/types.h"
#include "urpc/ring.h"

#ifndef URPC_MSG_HELPERS
#define URPC_MSG_HELPERS
#define URPC_JOIN_(a, b) a##_##b
#define URPC_JOIN(a, b)  URPC_JOIN_(a, b)

/* Begins every request and reply: whose call, and how it went (replies only). */
struct urpc_call_head {
    uint32_t id;
    uint32_t status;
};
#endif

#define URPC_CALL(name, number, ...) URPC_MSG(name, number, struct urpc_call_head call; __VA_ARGS__)

/* may_alias: a payload is memory that both sides read as words or as their message. */
#define URPC_MSG(name, number, ...)                                                                \
    struct __attribute__((may_alias)) URPC_JOIN(URPC_SET, name) {                                  \
        __VA_ARGS__                                                                                \
    };                                                                                             \
    _Static_assert(sizeof(struct URPC_JOIN(URPC_SET, name)) ==                                     \
                       sizeof(struct __attribute__((packed)) { __VA_ARGS__ }),                     \
                   #name " has a gap: name it `zero`");                                           \
    _Static_assert(sizeof(struct URPC_JOIN(URPC_SET, name)) <= URPC_PAYLOAD_BYTES,                 \
                   #name " must fit the payload of one slot");                                     \
    _Static_assert(_Alignof(struct URPC_JOIN(URPC_SET, name)) <= 8, #name " is made of words");    \
    _Static_assert((number) > 0 && (number) <= 0xffff, #name " has a number from 1 to 65535");
#include URPC_LIST
#undef URPC_MSG

enum URPC_JOIN(URPC_SET, kind) {
#define URPC_MSG(name, number, ...) URPC_JOIN(URPC_TAG, name) = (number),
#include URPC_LIST
#undef URPC_MSG
};

#define URPC_MSG(name, number, ...)                                                                \
    static inline struct URPC_JOIN(URPC_SET, name) *                                               \
        URPC_JOIN(URPC_JOIN(URPC_SET, name), reserve)(struct urpc_tx * tx)                         \
    {                                                                                              \
        struct urpc_slot *slot = urpc_reserve(tx);                                                 \
                                                                                                   \
        return slot == NULL ? NULL : (void *)slot->word;                                           \
    }                                                                                              \
    static inline void URPC_JOIN(URPC_JOIN(URPC_SET, name), commit)(struct urpc_tx * tx,           \
                                                                    uint8_t info)                  \
    {                                                                                              \
        urpc_commit(tx, (number), info);                                                           \
    }                                                                                              \
    static inline const struct URPC_JOIN(URPC_SET, name) *                                         \
        URPC_JOIN(URPC_JOIN(URPC_SET, name), in)(const uint64_t *word)                             \
    {                                                                                              \
        return (const void *)word;                                                                 \
    }
#include URPC_LIST
#undef URPC_MSG

/* Two messages with one number do not compile: it would be two equal cases. */
static inline const char *URPC_JOIN(URPC_SET, name)(uint16_t kind)
{
    switch (kind) {
#define URPC_MSG(name, number, ...)                                                                \
    case (number):                                                                                 \
        return #name;
#include URPC_LIST
#undef URPC_MSG
    default:
        return "?";
    }
}

static inline size_t URPC_JOIN(URPC_SET, bytes)(uint16_t kind)
{
    switch (kind) {
#define URPC_MSG(name, number, ...)                                                                \
    case (number):                                                                                 \
        return sizeof(struct URPC_JOIN(URPC_SET, name));
#include URPC_LIST
#undef URPC_MSG
    default:
        return 0;
    }
}

#undef URPC_CALL
#undef URPC_LIST
#undef URPC_SET
#undef URPC_TAG
