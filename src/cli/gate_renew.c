/*
 * The gateway's files, read again while it runs: names, devices and the certificate.
 *
 * Each counts for itself. What cannot be read, or is wrong, is said, and what was in force stays
 * so. Who is connected stays connected, but for names that are gone or have a new password: a phone
 * that was lost is not believed until it happens to come again.
 */
#include "cli/gate.h"
#include "server/log.h"

static bool is_there(const struct amp_gate_peer *peer)
{
    return peer->kind == AMP_GATE_MQTT_DOOR && peer->version != 0 && !peer->closing;
}

static void stays(const char *what, const struct amp_why *why)
{
    amp_log(false, AMP_LOG_WARN, what, "%s; what was read before stays in force", why->text);
}

static void users_renew(struct amp_gate *gate)
{
    struct amp_gate_users fresh = {0};
    struct amp_why why = {""};
    size_t ended = 0;
    if (gate->users_path == NULL) {
        return;
    }
    if (amp_gate_users_read(gate->users_path, &fresh, &why) != AMP_OK) {
        stays("names", &why);
        return;
    }
    for (size_t i = 0; i < gate->peer_n; i++) {
        struct amp_gate_peer *peer = gate->peer[i];
        if (is_there(peer) &&
            !amp_gate_user_stays(&gate->users, &fresh, amp_str_of(peer->device))) {
            peer->closing = true;
            ended++;
        }
    }
    amp_gate_users_free(&gate->users);
    gate->users = fresh;
    amp_log(gate->quiet, AMP_LOG_INFO, "names", "%zu read again; %zu connections are ended",
            fresh.n, ended);
}

static void devices_renew(struct amp_gate *gate)
{
    struct amp_gate_devices fresh = {0};
    struct amp_why why = {""};
    if (gate->devices_path == NULL) {
        return;
    }
    if (amp_gate_devices_read(gate->devices_path, &fresh, &why) != AMP_OK) {
        stays("devices", &why);
        return;
    }
    amp_gate_devices_free(&gate->devices);
    gate->devices = fresh;
    for (size_t i = 0; i < gate->peer_n; i++) {
        struct amp_gate_peer *peer = gate->peer[i];
        if (is_there(peer)) {
            peer->share = amp_gate_devices_of(&gate->devices, amp_str_of(peer->device));
        }
    }
    amp_log(gate->quiet, AMP_LOG_INFO, "devices", "%zu read again", fresh.n);
}

static void certificate_renew(struct amp_gate *gate)
{
    struct amp_why why = {""};
    if (gate->tls == NULL) {
        return;
    }
    if (amp_tls_reload(gate->tls, gate->now_us, &why) != AMP_OK) {
        stays("certificate", &why);
    } else if (why.text[0] != '\0') {
        amp_log(false, AMP_LOG_WARN, "certificate", "%s", why.text);
    } else {
        amp_log(gate->quiet, AMP_LOG_INFO, "certificate", "read again");
    }
}

void amp_gate_renew(struct amp_gate *gate)
{
    users_renew(gate);
    devices_renew(gate);
    certificate_renew(gate);
}
