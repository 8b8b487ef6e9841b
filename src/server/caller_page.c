/* The page of a link, written. */
#include "server/caller_page.h"
#include "server/caller_words.h"
#include "server/medium.h"
#include <string.h>

static void text_put(struct amp_buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            amp_buf_text(out, "&amp;");
            break;
        case '<':
            amp_buf_text(out, "&lt;");
            break;
        case '"':
            amp_buf_text(out, "&quot;");
            break;
        default:
            amp_buf_char(out, *text);
        }
    }
}

static void word_put(struct amp_buf *out, unsigned language, enum amp_caller_word word)
{
    text_put(out, amp_caller_word(language, word));
}

static void element_put(struct amp_buf *out, const char *open, unsigned language,
                        enum amp_caller_word word, const char *close)
{
    amp_buf_text(out, open);
    word_put(out, language, word);
    amp_buf_text(out, close);
}

static void head_put(struct amp_buf *out, unsigned language, const char *version)
{
    const char *code = amp_caller_language(language);
    amp_buf_printf(out,
                   "<!doctype html><html lang=\"%s\" dir=\"%s\"><head><meta charset=\"utf-8\">",
                   code, strcmp(code, "ar") == 0 ? "rtl" : "ltr");
    amp_buf_text(out, "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
                      "<meta name=\"robots\" content=\"noindex\">");
    element_put(out, "<title>", language, AMP_CALLER_TITLE, "</title>");
    amp_buf_printf(out,
                   "<link rel=\"icon\" href=\"data:,\"><link rel=\"stylesheet\" "
                   "href=\"/s/caller.css?v=%s\"></head><body>",
                   version);
}

static void ask_put(struct amp_buf *out, unsigned language, const struct amp_invite *link)
{
    static const enum amp_caller_word asks[AMP_LINK_SCOPES] = {
        AMP_CALLER_ASK_POSITION, AMP_CALLER_ASK_MESSAGES, AMP_CALLER_ASK_MEDIA};
    element_put(out, "<p>", language, asks[link->scope], "</p>");
    element_put(out, "<p>", language, AMP_CALLER_CHOICE, "</p>");
    element_put(out,
                "<form method=\"post\"><input type=\"hidden\" name=\"do\" value=\"take\"><button>",
                language, AMP_CALLER_AGREE, "</button></form>");
}

static void file_put(struct amp_buf *out, unsigned language, enum amp_caller_word word,
                     const char *accept)
{
    element_put(out, "<label class=\"file\">", language, word, "");
    amp_buf_printf(out, "<input type=\"file\" accept=\"%s/*\" multiple></label>", accept);
}

static void shared_put(struct amp_buf *out, unsigned language, const struct amp_state *state,
                       const struct amp_invite *link)
{
    element_put(out, "<h2>", language, AMP_CALLER_SHARED, "</h2><ul id=\"shared\">");
    for (uint32_t n = link->medium; n != 0; n = state->medium[n - 1].older) {
        const struct amp_medium *medium = &state->medium[n - 1];
        const char *type = amp_medium_type(amp_str_of(medium->type));
        enum amp_caller_word word = type == NULL || strncmp(type, "image", 5) == 0
                                        ? AMP_CALLER_PHOTO
                                    : strncmp(type, "video", 5) == 0 ? AMP_CALLER_VIDEO
                                                                     : AMP_CALLER_SOUND;
        element_put(out, "<li><div>", language, word, "");
        amp_buf_printf(out, " · %lld kB</div><div>", (long long)(medium->bytes + 1023) / 1024);
        word_put(out, language, AMP_CALLER_SENT);
        amp_buf_text(out, "</div></li>");
    }
    if (link->items > 0) {
        element_put(out, "<li><div>", language, AMP_CALLER_SENT, "");
        amp_buf_printf(out, ": %u</div></li>", link->items);
    }
    amp_buf_text(out, "</ul>");
}

static void own_put(struct amp_buf *out, unsigned language, const struct amp_state *state,
                    const struct amp_invite *link)
{
    element_put(out, "<p><strong>", language, AMP_CALLER_SHARING, "</strong> ");
    word_put(out, language, AMP_CALLER_KEEP_OPEN);
    element_put(out, "</p><p id=\"where\" role=\"status\"></p><noscript><p>", language,
                AMP_CALLER_NO_SCRIPT, "</p></noscript>");
    if (link->scope >= AMP_LINK_MESSAGES) {
        element_put(out,
                    "<form method=\"post\" id=\"write\"><input type=\"hidden\" name=\"do\" "
                    "value=\"text\"><label for=\"text\">",
                    language, AMP_CALLER_MESSAGE,
                    "</label><textarea id=\"text\" name=\"text\" maxlength=\"1000\" "
                    "required></textarea><button>");
        word_put(out, language, AMP_CALLER_SEND);
        amp_buf_text(out, "</button></form>");
    }
    if (link->scope >= AMP_LINK_MEDIA) {
        file_put(out, language, AMP_CALLER_PHOTO, "image");
        file_put(out, language, AMP_CALLER_VIDEO, "video");
        file_put(out, language, AMP_CALLER_SOUND, "audio");
    }
    element_put(out,
                "<form method=\"post\" id=\"stop\"><input type=\"hidden\" name=\"do\" "
                "value=\"stop\"><button class=\"stop\">",
                language, AMP_CALLER_STOP, "</button></form>");
    shared_put(out, language, state, link);
}

static void main_put(struct amp_buf *out, unsigned language, bool sharing)
{
    amp_buf_printf(out, "<main data-state=\"%s\" data-most=\"%d\"", sharing ? "sharing" : "",
                   (int)AMP_MEDIA_BYTES);
    for (unsigned i = 0; sharing && i < AMP_CALLER_WORDS; i++) {
        const char *name = amp_caller_data((enum amp_caller_word)i);
        if (name[0] != '\0') {
            amp_buf_printf(out, " data-%s=\"", name);
            word_put(out, language, (enum amp_caller_word)i);
            amp_buf_char(out, '"');
        }
    }
    element_put(out, "><h1>", language, AMP_CALLER_TITLE, "</h1>");
}

void amp_caller_page_write(enum amp_caller_view view, unsigned language,
                           const struct amp_state *state, const struct amp_invite *link,
                           const char *version, struct amp_buf *out)
{
    static const enum amp_caller_word ends[] = {[AMP_CALLER_SEE_OVER] = AMP_CALLER_OVER,
                                                [AMP_CALLER_SEE_TAKEN] = AMP_CALLER_TAKEN,
                                                [AMP_CALLER_SEE_ENDED] = AMP_CALLER_STOPPED};
    head_put(out, language, version);
    main_put(out, language, view == AMP_CALLER_SEE_OWN);
    if (view == AMP_CALLER_SEE_ASK) {
        ask_put(out, language, link);
    } else if (view == AMP_CALLER_SEE_OWN) {
        own_put(out, language, state, link);
    } else {
        element_put(out, "<p>", language, ends[view], "</p>");
    }
    amp_buf_text(out, "</main>");
    if (view == AMP_CALLER_SEE_OWN) {
        amp_buf_printf(out, "<script src=\"/s/caller.js?v=%s\" defer></script>", version);
    }
    amp_buf_text(out, "</body></html>");
}
