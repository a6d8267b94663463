/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * witness/proof - may this be done? Proofs of three tiers, docs/protocols/proofs.md.
 *
 *     P1   the handle names a capability, of the right type, current, with the rights      any system call
 *     P2   P1's facts and a token for exactly this mutation                                privileged ones
 *     P3   P2, the derivation up to the root, and a signature over a Merkle tree           migrate, merge, lease, mount
 *
 *     gate (CPU driver or monitor):  look up the facts, write down the mutation, ask, and commit only after "yes"
 *
 * Pure, no allocation, general registers only. Every rule is evaluated every time and there is one answer: neither the
 * answer nor the time says which rule failed. What a holder brings is the token and the evidence; everything in
 * proof_facts and proof_chain was looked up by the gate, never taken from the holder.
 */
#pragma once
#include "lib/abi/cap.h"
#include "lib/base/status.h"
#include "witness/hash.h"
#include "witness/nonce.h"

/* ---- P1 ---- */

/*
 * What P1 reads of a slot of a table: the CPU driver's struct cap has these fields at these offsets (it asserts so), and
 * what is there an object with a header has its epoch at PROOF_EPOCH_AT.
 */
struct __attribute__((may_alias)) proof_slot {
    uint64_t object; /* types in PROOF_HEADED: address of its header */
    uint64_t value;
    uint32_t generation, epoch;
    uint32_t what; /* CAP_WHAT: type, rights, depth; flags above */
    uint32_t rest[9];
};
_Static_assert(sizeof(struct proof_slot) == 64, "a slot is one line");

#define PROOF_FIRST    3u /* the first index that is a slot; below is the header of the table */
#define PROOF_EPOCH_AT 4u
#define PROOF_HEADED                                                                               \
    (1ull << CAP_CAPTABLE | 1ull << CAP_SPACE | 1ull << CAP_TASK | 1ull << CAP_ENDPOINT |          \
     1ull << CAP_EVENT)

/* What the caller wants of a capability, as a constant: the type (CAP_NULL: any) and all of these rights. */
#define PROOF_WANT(type, rights)                                                                   \
    ((uint64_t)(type) | (uint64_t)(rights) << 8 | ((type) == CAP_NULL ? 0 : 0xffull << 32) | (uint64_t)(rights) << 40)

/*
 * ~0: handle h names a capability in this table (`nslots` > 0, those under its header included) that is current and is what
 * is wanted. Else 0. No branch, and the same loads for yes and no: for an index outside, the first 64 bytes of the table are
 * read, and an object's epoch only where index and generation are right.
 */
uint64_t proof_p1(const void *table, uint32_t nslots, handle_t h, uint64_t want);

/* ---- what a proof is about ---- */

/*
 * One mutation, in one block, little endian. What does not fit (more arguments, data in memory) stands as its SHA-256 in
 * argument[0..3]. Fields an operation does not have are zero.
 */
struct mutation {
    uint32_t call; /* enum syscall_number                                     */
    uint32_t operation;
    uint64_t target; /* object acted on: the capability's, as in its record     */
    uint64_t object; /* the other one: where it goes, what it is merged with    */
    uint64_t argument[4];
    uint64_t holder; /* who does it: PROOF_HOLDER                               */
};
_Static_assert(sizeof(struct mutation) == 64, "one block");

#define PROOF_HOLDER(core, id) ((uint64_t)(core) << 32 | (uint32_t)(id))

/* The plain SHA-256 of these 64 bytes. */
void mutation_hash(const struct mutation *m, witness_block_fn *block, uint8_t hash[HASH_BYTES]);

/* One line: all that the holder says, for P2. */
struct proof_token {
    uint8_t mutation[HASH_BYTES]; /* mutation_hash of what it is for     */
    uint64_t valid_until_ns;      /* since reset                         */
    uint64_t nonce;               /* of the holder, from 1: witness/nonce.h */
    uint64_t tier;                /* 2 or 3                              */
    uint64_t payload;             /* tier 3: where the evidence is; else the holder's own */
};
_Static_assert(sizeof(struct proof_token) == 64, "one line");

/* A token may not be good for longer: what is not used soon was not meant. */
#define PROOF_WINDOW_NS      1000000000ull
#define PROOF_WINDOW_DEEP_NS 5000000000ull /* tier 3 */

/* Looked up by the gate, all of it, before it asks. */
struct proof_facts {
    uint64_t object; /* what the capability names, as records say it          */
    uint32_t generation_seen, generation; /* of the handle; of the slot                        */
    uint32_t epoch_seen, epoch; /* when the capability was made; of the object now       */
    uint8_t type, rights, depth;
    uint8_t tier;              /* what this operation asks for: 2 or 3                  */
    uint16_t core, owner_core; /* that decides; that owns the object                    */
    uint32_t reserved;
    uint64_t base, bytes;               /* of the object's memory                                */
    uint64_t region_base, region_bytes; /* of the region it must lie in                        */
    uint64_t holder;                    /* the caller: PROOF_HOLDER                              */
    uint64_t now_ns;                    /* since reset                                           */
};

/* ---- P2 and P3 ---- */

/*
 * true: every rule holds; the nonce is used up and the mutation may be committed. false: one does not, or the operation asks for
 * tier 3; nothing has changed.
 */
MUST_CHECK bool proof_p2(const struct proof_facts *facts, const struct mutation *m,
                         const struct proof_token *token, struct nonce_window *window,
                         witness_block_fn *block);

/* One capability of a derivation chain, looked up. */
struct proof_link {
    uint64_t base, bytes;
    uint32_t epoch_seen, epoch;
    uint8_t type, rights, depth, reserved;
    uint32_t unused;
};
#define PROOF_LINKS_MAX (DEPTH_MAX + 1u)

/* From the capability used (it is link[0]) to its root, which has depth 0. */
struct proof_chain {
    const struct proof_link *link;
    unsigned links; /* at most PROOF_LINKS_MAX */
};

#define PROOF_SIGNATURE_BYTES 64u
/* Does the signer of this key say so? Ed25519, or proof_check_hmac. */
typedef bool proof_check_fn(const void *key, const void *message, size_t bytes,
                            const uint8_t signature[PROOF_SIGNATURE_BYTES]);

/* From the holder. The leaf is proof_leaf of its token; the signature is over a proof_statement. */
struct proof_evidence {
    uint64_t leaf, leaves;
    const uint8_t *path; /* `nodes` digests: witness/merkle.h */
    unsigned nodes;
    uint8_t root[HASH_BYTES];
    uint8_t signature[PROOF_SIGNATURE_BYTES];
};

/* Whose word counts, from the gate. No `check`: nobody's, and every proof of tier 3 is refused. */
struct proof_signer {
    proof_check_fn *check;
    const void *key;
};

/* As proof_p2, for operations that ask for tier 2 or 3, with the chain, the path and the signature as further rules. */
MUST_CHECK bool proof_p3(const struct proof_facts *facts, const struct mutation *m,
                         const struct proof_token *token, struct nonce_window *window,
                         const struct proof_chain *chain, const struct proof_evidence *evidence,
                         const struct proof_signer *signer, witness_block_fn *block);

/*
 * For who makes proofs. One signature covers a tree of tokens (the steps of a migration): each leaf is one mutation with one
 * nonce, the signed statement adds until when, for whom, and how many leaves there are.
 */
void proof_leaf(const struct proof_token *token, witness_block_fn *block, uint8_t leaf[HASH_BYTES]);

struct proof_statement {
    char words[8]; /* PROOF_WORDS */
    uint64_t leaves;
    uint8_t root[HASH_BYTES];
    uint64_t valid_until_ns;
    uint64_t holder;
};
_Static_assert(sizeof(struct proof_statement) == 64, "one block");
#define PROOF_WORDS "proof 3\n" /* no terminator */

void proof_statement_make(const struct proof_token *token, uint64_t holder, uint64_t leaves,
                          const uint8_t root[HASH_BYTES], struct proof_statement *out);

/* HMAC-SHA-256 as a signature: 32 bytes of it, then zeros. `key` is a struct hmac_key. */
bool proof_check_hmac(const void *key, const void *message, size_t bytes,
                      const uint8_t signature[PROOF_SIGNATURE_BYTES]);
void proof_sign_hmac(const struct hmac_key *key, const void *message, size_t bytes,
                     uint8_t signature[PROOF_SIGNATURE_BYTES]);
