/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/* monitor/dispatch - from a message of a peer to the function that knows what it means. */
#include "monitor/agree.h"
#include "monitor/bind.h"
#include "monitor/core.h"
#include "monitor/devices.h"
#include "monitor/feed.h"
#include "monitor/forest.h"
#include "monitor/home_edge.h"
#include "monitor/move.h"
#include "monitor/part_call.h"
#include "monitor/part_news.h"
#include "monitor/peers.h"
#include "monitor/registry.h"
#include "monitor/rings.h"
#include "monitor/seal.h"
#include "monitor/text.h"

void peers_dispatch(core_id from, const struct urpc_msg *m)
{
    const uint64_t *w = m->word;

    switch ((enum peer_kind)m->kind) {
    case PEER_HELLO:
        core_on_hello(from, peer_HELLO_in(w));
        break;
    case PEER_ISLAND:
        core_on_island(from, peer_ISLAND_in(w));
        break;
    case PEER_ACK:
        core_event(from, CORE_EV_ACK, NULL);
        break;
    case PEER_SETTLED:
        core_on_settled(from, peer_SETTLED_in(w));
        break;
    case PEER_GO:
        core_on_go(from, peer_GO_in(w));
        break;
    case PEER_CORE_DEAD:
        core_on_dead(from, peer_CORE_DEAD_in(w));
        break;
    case PEER_STOPPED:
        core_on_stopped(from, peer_STOPPED_in(w));
        break;
    case PEER_DEVICE:
        devices_on_device(from, peer_DEVICE_in(w));
        break;
    case PEER_REGISTER:
        registry_on_register(from, peer_REGISTER_in(w));
        break;
    case PEER_NAMED:
        registry_on_named(from, peer_NAMED_in(w));
        break;
    case PEER_UNREGISTER:
        registry_on_unregister(from, peer_UNREGISTER_in(w));
        break;
    case PEER_LOOKUP:
        registry_on_lookup(from, peer_LOOKUP_in(w));
        break;
    case PEER_CANCEL:
        registry_on_cancel(from, peer_CANCEL_in(w));
        break;
    case PEER_FOUND:
        bind_on_found(from, peer_FOUND_in(w));
        break;
    case PEER_BIND_REQ:
        bind_on_req(from, peer_BIND_REQ_in(w));
        break;
    case PEER_ACCEPT:
        bind_on_accept(from, peer_ACCEPT_in(w));
        break;
    case PEER_REFUSE:
        bind_on_refuse(from, peer_REFUSE_in(w));
        break;
    case PEER_CLOSE:
        bind_on_close(from, peer_CLOSE_in(w));
        break;
    case PEER_HEARD:
        bind_on_heard(from, peer_HEARD_in(w));
        break;
    case PEER_CLOSED:
        bind_on_closed(from, peer_CLOSED_in(w));
        break;
    case PEER_SEAL:
        seal_on_seal(from, peer_SEAL_in(w));
        break;
    case PEER_ANCHORED:
        seal_on_anchored(from, peer_ANCHORED_in(w));
        break;
    case PEER_LOG_QUIET:
        seal_on_quiet(from);
        break;
    case PEER_LOG_LAST:
        seal_on_last();
        break;
    case PEER_LOG_SEAL:
        seal_on_cut();
        break;
    case PEER_LOG_CLOSE:
        seal_on_close(from, peer_LOG_CLOSE_in(w));
        break;
    case PEER_LOG_WAITS:
        seal_on_waits(from);
        break;
    case PEER_LOG_KEPT:
        seal_on_kept(from, peer_LOG_KEPT_in(w));
        break;
    case PEER_LOG_CLOSED:
        seal_on_closed(from, peer_LOG_CLOSED_in(w));
        break;
    case PEER_CAP_GIVE:
    case PEER_CAP_TOOK:
    case PEER_CAP_ASK:
    case PEER_CAP_GAVE:
    case PEER_CAP_RECALL:
    case PEER_CAP_BACK:
    case PEER_CAP_UNDO:
    case PEER_CAP_UNDONE:
    case PEER_CAP_MAKE:
    case PEER_CAP_LEND:
    case PEER_CAP_GONE:
        agree_on_message(from, m);
        break;
    case PEER_MOVE_OFFER:
    case PEER_MOVE_SAID:
    case PEER_MOVE_PART:
    case PEER_MOVE_DO:
    case PEER_MOVE_CONN:
    case PEER_MOVE_HELD:
    case PEER_MOVE_GIVE:
    case PEER_MOVE_GAVE:
    case PEER_MOVE_WHERE:
    case PEER_MOVE_THERE:
    case PEER_MOVE_RUNS:
    case PEER_MOVE_WHO:
    case PEER_MOVE_CWHO:
    case PEER_MOVE_PIECE:
    case PEER_MOVE_DIED:
    case PEER_MOVE_ASK:
    case PEER_MOVE_ENDED:
        move_on_message(from, m->kind, w);
        break;
    case PEER_MOVE_NAME:
        registry_on_name(from, peer_MOVE_NAME_in(w));
        break;
    case PEER_PART_CREATE:
        parts_on_create(from, peer_PART_CREATE_in(w));
        break;
    case PEER_PART_JOIN:
        parts_on_join(from, peer_PART_JOIN_in(w));
        break;
    case PEER_PART_EDGE:
        home_on_edge(from, peer_PART_EDGE_in(w));
        break;
    case PEER_PART_RING:
        rings_on_ring(from, peer_PART_RING_in(w));
        break;
    case PEER_PART_NAMED:
        home_on_named(from, peer_PART_NAMED_in(w));
        break;
    case PEER_PART_DO:
        parts_on_do(from, peer_PART_DO_in(w));
        break;
    case PEER_PART_SAID:
        parts_on_said(from, peer_PART_SAID_in(w));
        break;
    case PEER_PART_NEWS:
        part_news_on_news(from, peer_PART_NEWS_in(w));
        break;
    case PEER_PART_EXIT:
        part_news_on_exit(from, peer_PART_EXIT_in(w));
        break;
    case PEER_RING_END:
        rings_on_end(from, peer_RING_END_in(w));
        break;
    case PEER_FEED_OPEN:
        feed_on_open(from, peer_FEED_OPEN_in(w));
        break;
    case PEER_FEED_MODE:
        feed_on_mode(from, peer_FEED_MODE_in(w));
        break;
    case PEER_FOREST:
        forest_ask(peer_FOREST_in(w)->dump);
        break;
    case PEER_TEXT:
        text_on_text(from, peer_TEXT_in(w)->text, m->info);
        break;
    case PEER_END:
        text_on_end(from, peer_END_in(w));
        break;
    }
}
