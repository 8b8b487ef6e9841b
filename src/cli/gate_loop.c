/* The loop of the gateway: who may be read is read, what came is posted, what is due is done. */
#include "cli/gate_loop.h"
#include "base/timefmt.h"
#include "cli/gate.h"
#include "server/clock.h"
#include "server/http.h"
#include "server/log.h"
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
    IDLE_MS = 500,
    IN_FULL = AMP_MQTT_PACKET + AMP_GATE_READ,
    TELL_S = 60
};

static int64_t wall_us(void)
{
    const struct amp_clock clock = amp_clock_real();
    return clock.now_us(clock.ctx);
}

/* ---- the batch ---- */

static void post_failed(struct amp_gate *gate, const struct amp_why *why)
{
    if (!gate->waiting) {
        amp_log(false, AMP_LOG_WARN, "post", "%s; nothing more is read until it does", why->text);
    }
    gate->waiting = true;
    gate->post_after_us = gate->now_us + AMP_US_PER_S;
}

/* Nobody was listened to meanwhile: their silence was ours. */
static void heard_anew(struct amp_gate *gate)
{
    for (size_t i = 0; i < gate->peer_n; i++) {
        gate->peer[i]->heard_us = gate->now_us;
    }
}

static void acknowledge(struct amp_gate *gate)
{
    for (size_t i = 0; i < gate->peer_n && gate->later; i++) {
        struct amp_gate_peer *peer = gate->peer[i];
        if (peer->later.len > 0) {
            amp_buf_join(&peer->out, &peer->later);
            amp_buf_clear(&peer->later);
        }
    }
    gate->later = false;
}

/* As many whole lines as one request holds. */
static struct amp_str piece_of(const struct amp_gate *gate, size_t *lines_out)
{
    struct amp_str piece = {.ptr = gate->lines.data};
    *lines_out = 0;
    for (size_t i = 0; i < gate->lines.len && i < AMP_HTTP_BODY_MAX; i++) {
        if (gate->lines.data[i] == '\n') {
            piece.len = i + 1;
            ++*lines_out;
        }
    }
    return piece;
}

/* Hands the batch over, a piece at a time: what was accepted is not sent again. Whoever waits for
 * it hears that it was accepted when all was, and only then. */
static bool batch_post(struct amp_gate *gate)
{
    while (gate->line_n > 0) {
        struct amp_why why = {""};
        size_t lines = 0;
        struct amp_str piece = piece_of(gate, &lines);
        amp_err err = amp_gate_post(&gate->server, piece, &gate->tally, &why);
        if (err != AMP_OK && err != AMP_E_SYNTAX) {
            post_failed(gate, &why);
            return false;
        }
        if (err == AMP_E_SYNTAX) {
            amp_log(false, AMP_LOG_ERROR, "post", "%s: %zu positions are lost", why.text, lines);
        }
        gate->tally.sent += (int64_t)lines;
        gate->line_n -= lines;
        amp_gate_consume(&gate->lines, piece.len);
    }
    if (gate->waiting) {
        amp_log(gate->quiet, AMP_LOG_INFO, "post", "the server answers again");
        gate->waiting = false;
        heard_anew(gate);
    }
    amp_buf_clear(&gate->lines);
    acknowledge(gate);
    return true;
}

/* ---- connections ---- */

static void forget(struct amp_gate *gate, struct amp_gate_peer *peer)
{
    gate->mqtt.peer = gate->mqtt.peer == peer ? NULL : gate->mqtt.peer;
    gate->tak.peer = gate->tak.peer == peer ? NULL : gate->tak.peer;
    gate->stopping = gate->stopping || (peer->serial && peer->curl == NULL && !peer->datagrams);
    amp_gate_peer_end(peer);
}

static bool too_silent(const struct amp_gate *gate, const struct amp_gate_peer *peer)
{
    bool names = peer->kind == AMP_GATE_GT06 || peer->kind == AMP_GATE_MQTT_DOOR;
    int64_t idle_us = peer->silent_us > 0 ? peer->silent_us : AMP_GATE_IDLE_S * AMP_US_PER_S;
    bool nobody = names && peer->device[0] == '\0' &&
                  gate->now_us - peer->opened_us > AMP_GATE_LOGIN_S * AMP_US_PER_S;
    return !peer->serial && peer->curl == NULL && !gate->waiting &&
           (nobody || gate->now_us - peer->heard_us > idle_us);
}

/* What is closing ends when all that it said is in the batch; but nobody waits for its answers. */
static void peers_sweep(struct amp_gate *gate)
{
    size_t kept = 0;
    for (size_t i = 0; i < gate->peer_n; i++) {
        struct amp_gate_peer *peer = gate->peer[i];
        if (peer->out.len > 0) {
            amp_gate_write(peer);
        }
        if (peer->closing || too_silent(gate, peer)) {
            amp_gate_door(gate, peer);
            forget(gate, peer);
        } else {
            gate->peer[kept++] = peer;
        }
    }
    gate->peer_n = kept;
}

/* ---- one turn ---- */

struct turn {
    struct pollfd fd[AMP_GATE_PEERS + AMP_GATE_KINDS + 1];
    size_t n, peer_n;
    bool hurry; /* there is something to do without waiting */
};

static void turn_make(const struct amp_gate *gate, struct turn *turn)
{
    bool room = amp_gate_room(gate, 1);
    turn->n = 0;
    turn->hurry = false;
    turn->peer_n = gate->peer_n;
    turn->fd[turn->n++] = (struct pollfd){.fd = gate->signal_fd, .events = POLLIN};
    for (int kind = 0; kind < AMP_GATE_KINDS; kind++) {
        turn->fd[turn->n++] = (struct pollfd){.fd = gate->listener[kind], .events = POLLIN};
    }
    for (size_t i = 0; i < gate->peer_n; i++) {
        const struct amp_gate_peer *peer = gate->peer[i];
        bool read = room && peer->in.len < IN_FULL;
        bool write = peer->out.len > 0 || amp_gate_tls_blocked(peer);
        short events = (short)((read ? POLLIN : 0) | (write ? POLLOUT : 0));
        turn->fd[turn->n++] = (struct pollfd){.fd = peer->fd, .events = events};
        turn->hurry = turn->hurry || (read && peer->more);
    }
}

static void signal_take(struct amp_gate *gate)
{
    struct signalfd_siginfo info;
    if (read(gate->signal_fd, &info, sizeof info) == (ssize_t)sizeof info &&
        info.ssi_signo == SIGHUP) {
        amp_gate_renew(gate);
    } else {
        gate->stopping = true;
    }
}

static void turn_read(struct amp_gate *gate, const struct turn *turn)
{
    if (turn->fd[0].revents != 0) {
        signal_take(gate);
    }
    for (int kind = 0; kind < AMP_GATE_KINDS; kind++) {
        if (turn->fd[1 + kind].revents != 0) {
            amp_gate_accept(gate, (enum amp_gate_kind)kind, gate->listener[kind]);
        }
    }
    for (size_t i = 0; i < turn->peer_n; i++) {
        struct amp_gate_peer *peer = gate->peer[i];
        const struct pollfd *fd = &turn->fd[1 + AMP_GATE_KINDS + i];
        bool ready = (fd->revents & (POLLIN | POLLHUP | POLLERR)) != 0 ||
                     (fd->revents != 0 && amp_gate_tls_blocked(peer));
        if ((fd->events & POLLIN) != 0 && (ready || peer->more)) {
            amp_gate_read(peer, gate->now_us);
        }
        if (peer->in.len > 0) {
            amp_gate_door(gate, peer);
        }
    }
}

static void tell(struct amp_gate *gate)
{
    const struct amp_gate_tally *tally = &gate->tally;
    if (memcmp(tally, &gate->said, sizeof *tally) != 0) {
        amp_log(gate->quiet, AMP_LOG_INFO, "positions",
                "%lld sent, %lld accepted, %lld dropped, %lld refused; here %lld too many, %lld "
                "unreadable, %lld strangers; %zu connections",
                (long long)tally->sent, (long long)tally->accepted, (long long)tally->dropped,
                (long long)tally->refused, (long long)tally->flood, (long long)tally->noise,
                (long long)tally->strangers, gate->peer_n);
        gate->said = *tally;
    }
}

void amp_gate_run(struct amp_gate *gate)
{
    static struct turn turn;
    int64_t tell_us = 0;
    while (!gate->stopping) {
        turn_make(gate, &turn);
        int wait_ms = turn.hurry || (gate->line_n > 0 && !gate->waiting) ? 0 : IDLE_MS;
        (void)poll(turn.fd, (nfds_t)turn.n, wait_ms);
        gate->now_us = wall_us();
        turn_read(gate, &turn);
        bool due = gate->line_n > 0 || gate->later;
        if (due && gate->now_us >= gate->post_after_us) {
            (void)batch_post(gate);
        }
        amp_gate_mqtt_tick(gate);
        amp_gate_tak_tick(gate);
        peers_sweep(gate);
        if (gate->now_us >= tell_us) {
            tell(gate);
            tell_us = gate->now_us + TELL_S * AMP_US_PER_S;
        }
    }
    (void)batch_post(gate);
    if (gate->mqtt.peer != NULL) {
        amp_mqtt_disconnect(&gate->mqtt.peer->out);
    }
    peers_sweep(gate);
    tell(gate);
}

void amp_gate_finish(struct amp_gate *gate)
{
    for (size_t i = 0; i < gate->peer_n; i++) {
        amp_gate_peer_end(gate->peer[i]);
    }
    for (int kind = 0; kind < AMP_GATE_KINDS; kind++) {
        if (gate->listener[kind] >= 0) {
            (void)close(gate->listener[kind]);
        }
    }
    amp_gate_server_close(&gate->server);
    amp_gate_devices_free(&gate->devices);
    amp_buf_free(&gate->lines);
    amp_buf_free(&gate->tak.text);
    amp_arena_drop(&gate->arena);
    free(gate->tak.shown);
    amp_gate_tls_stop(gate);
    amp_gate_users_free(&gate->users);
    free(gate->sessions.id);
    amp_wipe(gate->server.token, sizeof gate->server.token);
    amp_wipe(gate->mqtt.password, sizeof gate->mqtt.password);
}
