/* Fuzz: protocol cards; whatever is read can be counted, checked and written as JSON that reads. */
#include "response/card.h"
#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
    LANGUAGES = 4
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct amp_cards *cards = NULL;
    struct amp_why why = {{0}};
    if (amp_cards_create(&cards)) {
        return 0;
    }
    const struct amp_str text = {(const char *)data, size};
    amp_err err = amp_cards_read(cards, AMP_STR("a.txt"), text, &why);
    assert(!err || err == AMP_E_NOMEM || why.text[0]);
    if (!err) {
        struct amp_cards_count count = amp_cards_count(cards);
        struct amp_cards_language language[LANGUAGES];
        struct amp_buf out = amp_buf_make(AMP_CARD_JSON_MAX);
        struct amp_json js = amp_json_make(&out);
        json_t *root = NULL;
        size_t n = amp_cards_languages(cards, LANGUAGES, language);
        for (size_t i = 0; i < n; i++) {
            assert(language[i].texts <= count.texts);
        }
        amp_cards_view(&js, cards);
        if (!amp_buf_err(&out)) {
            assert(!amp_json_read(amp_buf_view(&out), AMP_CARD_JSON_MAX, &root, &why));
            json_decref(root);
        }
        amp_buf_free(&out);
    }
    amp_cards_free(cards);
    return 0;
}
