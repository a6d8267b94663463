/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * tools/skerry/logattest - is an attestation report good, and about these logs? (docs/spec/witness.md)
 *
 *     signature by the key --> what was asked for (nonce, measurement) --> the boot records of the logs -->
 *     each seal is that of a closed segment of the log, at that place
 *
 * The logs themselves were verified before (logcheck). Stops at the first thing that is wrong.
 */
#pragma once
#include "tools/skerry/logcheck.h"

struct logattest {
    const char *name;                     /* of the report, for people                       */
    const char *text, *signature;         /* of the two files                                */
    size_t text_bytes, signature_bytes;
    const struct sign_public *key;        /* there must be one, if there is a signature      */
    bool beside;                          /* the run left it: as unsigned as the logs, and the boot may be out of what is kept */
    const uint8_t *nonce, *measurement;   /* 8 and 32 bytes; NULL: whatever it says          */
    /* Found. */
    struct attestation is;
    unsigned boots;                       /* logs whose boot records bear the measurement    */
};

/* The report beside the logs; ERR_WITNESS_ATTESTATION if it or its signature is not there, or it is not whole. */
bool logattest_read(const struct logdir *d, bool needs_signature, struct buf *text, struct buf *signature, struct complaint *bad);
bool logattest_check(struct logattest *a, const struct logcheck *l, struct complaint *bad);
/*
 * The report that the run left beside its logs, if it did: it must be good, and about them. So a directory or an image is
 * accepted when logcheck_run() and this accept it. `key`: NULL, there is none.
 */
bool logattest_beside(const struct logdir *d, const struct sign_public *key, struct logcheck *l, struct complaint *bad);
