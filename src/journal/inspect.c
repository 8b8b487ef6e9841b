/*
 * What a person asks of a journal: is it whole, and what is its root?
 */
#include "journal/inspect.h"

#include "journal/journal.h"

#include <openssl/evp.h>

amp_err amp_log_verify(const char *dir, struct amp_log_report *out, struct amp_why *why)
{
    struct amp_store *store = NULL;
    struct amp_journal *journal = NULL;
    struct amp_log_report report = {.ok = false};
    struct amp_why said = {""};
    amp_err err = amp_store_sqlite(dir, true, &store, &said);
    if (!err) {
        err = amp_journal_open(store, NULL, NULL, &journal, &report.bad_seq, &said);
    }
    if (!err) {
        report.head = amp_journal_head(journal);
        report.ok = true;
    }
    amp_journal_close(journal);
    amp_store_close(store);
    if (err == AMP_E_CORRUPT) {
        report.why = said;
    } else if (err) {
        return amp_fail(why, err, "%s", said.text[0] ? said.text : amp_err_words(err));
    }
    *out = report;
    return AMP_OK;
}

amp_err amp_log_root(const char *dir, struct amp_log_report *out, struct amp_why *why)
{
    struct amp_store *store = NULL;
    struct amp_log_report report = {.ok = true};
    amp_err err = amp_store_sqlite(dir, true, &store, why);
    if (!err) {
        err = store->ops->head(store, &report.head, why);
    }
    amp_store_close(store);
    if (!err) {
        *out = report;
    }
    return err;
}

void amp_hash_hex(const uint8_t hash[AMP_HASH], char out[AMP_HASH_HEX])
{
    static const char digit[] = "0123456789abcdef";
    for (size_t i = 0; i < AMP_HASH; i++) {
        out[2 * i] = digit[hash[i] >> 4];
        out[2 * i + 1] = digit[hash[i] & 15];
    }
    out[AMP_HASH_HEX - 1] = '\0';
}

void amp_hash_base64(const uint8_t hash[AMP_HASH], char out[AMP_HASH_BASE64])
{
    EVP_EncodeBlock((unsigned char *)out, hash, AMP_HASH); /* 44 characters and the end */
}
