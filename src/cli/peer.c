/* Looks at the files of a peer's TLS before they are needed. */
#include "cli/peer.h"
#include "cli/cli.h"
#include "server/clock.h"
#include "server/log.h"
#include "server/tls.h"

amp_err amp_cli_peer_check(const struct amp_cli_peer *peer, const char *name, struct amp_why *why)
{
    struct amp_buf text = amp_buf_make(AMP_TLS_FILE_MAX);
    struct amp_clock clock = amp_clock_real();
    struct amp_tls *pair = NULL;
    amp_err err = AMP_OK;
    if ((peer->cert == NULL) != (peer->key == NULL)) {
        err = amp_fail(why, AMP_E_USAGE, "--%s-cert and --%s-key go together", name, name);
    } else if (peer->cert != NULL) {
        err = amp_tls_open(peer->cert, peer->key, clock.now_us(clock.ctx), &pair, why);
    }
    if (err == AMP_OK && why->text[0] != '\0') {
        amp_log(false, AMP_LOG_WARN, "certificate", "%s", why->text);
        why->text[0] = '\0';
    }
    if (err == AMP_OK && peer->ca != NULL) {
        err = amp_cli_read_file(peer->ca, AMP_TLS_FILE_MAX - 1, &text, why);
    }
    amp_tls_close(pair);
    amp_buf_free(&text);
    return err;
}
