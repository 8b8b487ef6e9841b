/* Looks at the files of a peer's TLS before they are needed. */
#include "cli/peer.h"
#include "cli/cli.h"
#include "server/clock.h"
#include "server/log.h"
#include "server/tls.h"

static amp_err file_take(const char *path, struct amp_buf *out, struct amp_str *text,
                         struct amp_why *why)
{
    *out = amp_buf_make(AMP_TLS_FILE_MAX);
    amp_err err = path != NULL ? amp_cli_read_file(path, AMP_TLS_FILE_MAX - 1, out, why) : AMP_OK;
    *text = amp_buf_view(out);
    return err;
}

amp_err amp_cli_peer_read(const struct amp_cli_peer *peer, struct amp_cli_peer_text *out,
                          struct amp_why *why)
{
    *out = (struct amp_cli_peer_text){.tls = {.ca = {0}}};
    amp_err err = file_take(peer->ca, &out->ca, &out->tls.ca, why);
    err = err ? err : file_take(peer->cert, &out->cert, &out->tls.cert, why);
    return err ? err : file_take(peer->key, &out->key, &out->tls.key, why);
}

void amp_cli_peer_drop(struct amp_cli_peer_text *text)
{
    amp_buf_free(&text->ca);
    amp_buf_free(&text->cert);
    amp_buf_free(&text->key);
}

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
