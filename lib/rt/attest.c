/* SPDX-License-Identifier: MIT OR Apache-2.0 */
#include "lib/rt/attest.h"
#include <string.h>

static status_t pieces(struct rt_chan *c, uint64_t deadline_ns, void *to, size_t bytes)
{
    struct urpc_msg m;
    status_t st;

    for (size_t at = 0; at < bytes; at += m.info) {
        if ((st = rt_recv_wait(c, &m, deadline_ns)) != ST_OK)
            return st;
        if (m.kind != ATTEST_PIECE || m.info == 0 || m.info > URPC_PAYLOAD_BYTES || m.info > bytes - at)
            return ST_PEER;
        memcpy((char *)to + at, m.word, m.info);
    }
    return ST_OK;
}

status_t rt_attest(struct rt_chan *c, uint64_t nonce, uint64_t deadline_ns, char *text, size_t *text_bytes,
                   uint8_t *signature, size_t *signature_bytes)
{
    struct attest_ask ask = { nonce };
    struct attest_head head;
    struct urpc_msg m;
    status_t st = rt_send_wait(c, ATTEST_ASK, 0, &ask, sizeof ask, deadline_ns);

    if (st != ST_OK || (st = rt_recv_wait(c, &m, deadline_ns)) != ST_OK)
        return st;
    memcpy(&head, m.word, sizeof head);
    if (m.kind != ATTEST_HEAD || head.text_bytes > ATTEST_TEXT_BYTES || head.signature_bytes > ATTEST_SIGNATURE_BYTES)
        return ST_PEER;
    if (head.status != ST_OK)
        return head.status < ST_COUNT ? (status_t)head.status : ST_PEER;
    *text_bytes = head.text_bytes;
    *signature_bytes = head.signature_bytes;
    st = pieces(c, deadline_ns, text, head.text_bytes);
    return st != ST_OK ? st : pieces(c, deadline_ns, signature, head.signature_bytes);
}
