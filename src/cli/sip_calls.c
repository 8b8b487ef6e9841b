/* Calls in the SIP door (libre). */
#include "cli/sip_calls.h"
#include "base/crypto.h"
#include "cli/sip_answer.h"
#include "cli/sip_message.h"
#include "cli/sip_re.h"
#include "cli/sip_report.h"
#include "intake/sip.h"
#include "model/field.h"
#include "server/log.h"
#include <stdlib.h>
#include <string.h>

enum {
    ARENA_MAX = 8 << 20,
    BODY_MAX = AMP_SIP_LINK_BODY,
    SDP_MAX = 4096,
    HEARD_MAX = 1024,
    SDP_MEDIA_MAX = 16,
    NEWS_MAX = 8, /* reports of one call that wait for the server */
    ACK_MAX = 8192,
    GIVE_UP_MS = 64 * SIP_T1,
    LATER_MS = 2000
};

/* What was heard of a call since its INVITE: where it is, what else it says. */
struct news {
    struct amp_buf body;
    struct amp_sip_info *ack; /* to be sent once the server has it; NULL none */
    bool worded;
};

struct call {
    struct call *next;
    struct amp_sip_calls *calls;
    uint32_t id;
    uint32_t cseq;
    uint32_t last_cseq;        /* of the requests of the dialog that bring news */
    char *name, *tag, *branch; /* Call-ID, the caller's tag, of the INVITE */
    char *ref;                 /* what the server knows it by */
    char *refer_to, *reason;
    struct sip_msg *invite; /* counted */
    uint16_t final;         /* the status that was answered last to it; 0 none yet */
    char phrase[AMP_SIP_PHRASE_MAX];
    bool acked, recorded, bad_location, test;
    struct tmr again, end, later;
    uint32_t again_ms, again_sum_ms;
    enum amp_call_state told, asked, due;
    bool asking, asked_news;
    unsigned report_n;
    char key[2 * AMP_SHA256 + 1];
    struct amp_buf sdp;         /* our answer */
    struct amp_buf first;       /* the members that open the call */
    struct amp_buf heard;       /* of a test call: what is said of it in the answer */
    struct news news[NEWS_MAX]; /* that the server has not heard of, the oldest first */
    size_t news_n;
    unsigned hears;                       /* packages of INFO that the other side takes */
    struct amp_buf ack_fields, ack_parts; /* of the crash data that came with the INVITE */
    struct amp_sip_info *info;            /* the last that was sent */
    uint32_t info_cseq;
};

struct amp_sip_calls {
    struct sip *sip;
    const struct amp_sip_door *door;
    struct call *call;
    size_t n;
    uint32_t last_id;
    struct amp_sip_messages *messages;
};

static void on_end(void *arg);

/* ---- small ones ---- */

static struct amp_str view(const struct pl *text)
{
    return (struct amp_str){text->p, text->p != NULL ? text->l : 0};
}

static char *copy_of(struct amp_str text)
{
    char *out = malloc(text.len + 1);
    if (out != NULL && text.len > 0) {
        memcpy(out, text.ptr, text.len);
    }
    if (out != NULL) {
        out[text.len] = '\0';
    }
    return out;
}

static bool same(const char *kept, const struct pl *text)
{
    return kept != NULL && text->p != NULL && pl_strcmp(text, kept) == 0;
}

/* The bytes of a message, from its first line on. */
static struct amp_str bytes_of(const struct sip_msg *msg)
{
    const char *end = (const char *)mbuf_buf(msg->mb) + mbuf_get_left(msg->mb);
    return (struct amp_str){msg->met.p, (size_t)(end - msg->met.p)};
}

/* ---- answers ---- */

static bool route_put(const struct sip_hdr *hdr, const struct sip_msg *msg, void *arg)
{
    struct amp_buf *out = arg;
    (void)msg;
    amp_buf_text(out, "Record-Route: ");
    amp_buf_str(out, view(&hdr->val));
    amp_buf_text(out, "\r\n");
    return false;
}

static void answer(const struct amp_sip_calls *calls, const struct sip_msg *msg, uint16_t status,
                   const char *phrase, const char *fields)
{
    amp_sip_answer(calls->sip, calls->door, msg, status, phrase, fields);
}

static void part_put(struct amp_buf *out, const char *type, const struct amp_buf *body)
{
    amp_buf_printf(out, "--" AMP_SIP_BOUNDARY "\r\nContent-Type: %s\r\n\r\n", type);
    amp_buf_join(out, body);
    amp_buf_text(out, "\r\n");
}

/* Fields and body of a 200: what we speak with; that crash data arrived, in a multipart body, which
 * who sends such data takes; of a test call also what was heard of it, to who can take that. */
static void spoken_put(const struct call *call, const struct amp_buf *fields,
                       const struct amp_buf *parts, struct amp_buf *out)
{
    struct amp_buf body = amp_buf_make(BODY_MAX);
    bool told = call->heard.len > 0 &&
                sip_msg_hdr_has_value(call->invite, SIP_HDR_ACCEPT, "multipart/mixed");
    bool several = told || parts->len > 0;
    amp_buf_join(out, fields);
    if (several) {
        part_put(&body, "application/sdp", &call->sdp);
        if (told) {
            part_put(&body, "text/plain;charset=utf-8", &call->heard);
        }
        amp_buf_join(&body, parts);
        amp_buf_text(&body, "--" AMP_SIP_BOUNDARY "--\r\n");
    } else {
        amp_buf_join(&body, &call->sdp);
    }
    amp_buf_printf(out, "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n",
                   several ? "multipart/mixed;boundary=" AMP_SIP_BOUNDARY : "application/sdp",
                   body.len);
    amp_buf_join(out, &body);
    amp_buf_free(&body);
}

/* What was answered to the INVITE last, once more or for the first time. */
static void invite_answer(const struct call *call)
{
    struct amp_buf out = amp_buf_make(BODY_MAX);
    const struct amp_sip_calls *calls = call->calls;
    bool good = call->final > 100 && call->final < 300;
    if (good) {
        (void)sip_msg_hdr_apply(call->invite, true, SIP_HDR_RECORD_ROUTE, route_put, &out);
        amp_sip_contact_put(&out, call->invite);
        amp_buf_text(&out, AMP_SIP_ALLOW AMP_SIP_RECV_INFO);
    }
    if (good && call->bad_location) {
        amp_buf_text(&out, "Geolocation-Error: 100;code=\"Cannot Process Location\"\r\n");
    }
    if (call->final == 486 || call->final == 503) {
        amp_buf_text(&out, "Retry-After: 5\r\n");
    }
    if (call->final == 415) {
        amp_buf_text(&out, AMP_SIP_TAKES);
    }
    if (call->final == 200) {
        spoken_put(call, &call->ack_fields, &call->ack_parts, &out);
    } else {
        amp_buf_text(&out, "Content-Length: 0\r\n\r\n");
    }
    const char *text = amp_buf_cstr(&out);
    if (amp_buf_err(&out) == AMP_OK && !calls->door->silent) {
        (void)sip_replyf(calls->sip, call->invite, call->final, call->phrase, "%s", text);
    }
    amp_buf_free(&out);
}

/* RFC 3261, sections 13.3.1.4 and 17.2.1: until it is acknowledged. Over TCP only a 2xx. */
static void on_again(void *arg)
{
    struct call *call = arg;
    call->again_sum_ms += call->again_ms;
    call->again_ms = call->again_ms * 2 > SIP_T2 ? SIP_T2 : call->again_ms * 2;
    if (!call->acked && call->again_sum_ms < GIVE_UP_MS) {
        invite_answer(call);
        tmr_start(&call->again, call->again_ms, on_again, call);
    }
}

static void status_set(struct call *call, uint16_t status, const char *phrase)
{
    call->final = status;
    amp_sip_phrase(call->phrase, phrase);
    invite_answer(call);
    bool waits = status >= 200 && (status < 300 || call->invite->tp == SIP_TRANSP_UDP);
    if (waits && !call->calls->door->silent) {
        call->again_ms = SIP_T1;
        call->again_sum_ms = 0;
        tmr_start(&call->again, SIP_T1, on_again, call);
    }
}

/* ---- the description of what we speak with: nothing; media are the telephone system's ---- */

/* RFC 3264: each medium of the offer is taken, and none is sent or received. */
static void sdp_set(struct call *call, struct amp_str offer)
{
    struct amp_buf *out = &call->sdp;
    struct amp_str rest = offer, line = {0};
    size_t media_n = 0;
    amp_buf_clear(out);
    amp_buf_printf(out, "v=0\r\no=amparo %u 1 IN IP4 0.0.0.0\r\ns=-\r\nc=IN IP4 0.0.0.0\r\n",
                   call->id);
    amp_buf_text(out, "t=0 0\r\n");
    while (rest.len > 0 && media_n < SDP_MEDIA_MAX) {
        rest = amp_str_cut(rest, '\n', &line);
        struct amp_str media = {0}, port = {0};
        struct amp_str formats =
            amp_str_cut(amp_str_cut(amp_str_trim(line), ' ', &media), ' ', &port);
        if (amp_str_starts(media, AMP_STR("m=")) && formats.len > 0) {
            amp_buf_printf(out, "%.*s %d %.*s\r\na=inactive\r\n", (int)media.len, media.ptr,
                           amp_str_is(port, "0") ? 0 : 9, (int)formats.len, formats.ptr);
            media_n++;
        }
    }
    if (media_n == 0) { /* no offer: then ours is one */
        amp_buf_text(out, "m=audio 9 RTP/AVP 0\r\na=inactive\r\n");
    }
}

/* ---- reports to the server ---- */

static void first_set(struct call *call, const struct amp_sip_call *in)
{
    struct amp_json js = amp_json_make(&call->first);
    amp_json_open(&js, '{');
    amp_json_str_of(&js, "ref", amp_str_of(call->ref));
    amp_json_text_of(&js, "line", amp_call_line_name(AMP_CALL_RINGING));
    amp_sip_who_put(&js, in);
    amp_sip_member_put(&js, "sip_call", in->call_id,
                       in->call_id.len <= AMP_LINE_MAX && amp_line_valid(in->call_id) &&
                           !amp_str_is(in->call_id, call->ref));
    amp_sip_words_put(&js, in, true);
    amp_sip_where_put(&js, &in->report);
    amp_json_close(&js, '}');
}

static void news_free(struct news *news)
{
    amp_buf_free(&news->body);
    amp_sip_info_drop(news->ack);
}

/* The place for one more. A position that waits makes room for the next one; words are let go of
 * only when so many wait that the server must be gone. */
static struct news *news_place(struct call *call, bool worded)
{
    size_t busy = call->asking && call->asked_news ? 1 : 0;
    size_t at = call->news_n;
    bool replaces = at > busy && ((!worded && !call->news[at - 1].worded) || at == NEWS_MAX);
    if (replaces) {
        news_free(&call->news[--at]);
        call->report_n += at == 0; /* the server may have heard the old one under this number */
    }
    call->news_n = at + 1;
    call->news[at] = (struct news){.body = amp_buf_make(BODY_MAX), .worded = worded};
    return &call->news[at];
}

/* Another position, other words: of an answered call by its state as the server knows it. */
static struct news *news_add(struct call *call, const struct amp_report *report,
                             const struct amp_sip_call *in)
{
    bool over = amp_call_is_over(call->due);
    struct news *news = news_place(call, in != NULL);
    struct amp_json js = amp_json_make(&news->body);
    amp_json_open(&js, '{');
    amp_json_str_of(&js, "ref", amp_str_of(call->ref));
    amp_json_text_of(&js, "line", amp_call_line_name(over ? call->told : call->due));
    if (in != NULL) {
        amp_sip_words_put(&js, in, false);
    }
    amp_sip_where_put(&js, report);
    amp_json_close(&js, '}');
    return news;
}

/* The server answered of the oldest; if it has it, the sender may know. */
static void news_told(struct call *call, bool good)
{
    struct news *news = &call->news[0];
    if (news->ack != NULL && good) {
        amp_sip_info_drop(call->info);
        call->info = news->ack;
        news->ack = NULL;
        amp_sip_info_send(call->info);
    }
    news_free(news);
    call->news_n--;
    memmove(&call->news[0], &call->news[1], call->news_n * sizeof call->news[0]);
}

static void state_put(const struct call *call, struct amp_buf *out)
{
    struct amp_json js = amp_json_make(out);
    const char *reason = call->due == AMP_CALL_TRANSFERRED ? call->refer_to : call->reason;
    amp_json_open(&js, '{');
    amp_json_str_of(&js, "ref", amp_str_of(call->ref));
    amp_json_text_of(&js, "line", amp_call_line_name(call->due));
    if (reason != NULL && amp_call_is_over(call->due)) {
        amp_json_str_of(&js, "reason", amp_str_of(reason));
    }
    amp_json_close(&js, '}');
}

static void on_later(void *arg);

/* The next thing that the server has to hear, if there is one. */
static void report_next(struct call *call)
{
    struct amp_buf state = amp_buf_make(BODY_MAX);
    char key[AMP_SIP_LINK_KEY + 1];
    struct amp_str body = {0};
    if (call->asking || call->test) {
        return;
    }
    call->asked = call->told;
    call->asked_news = call->recorded && call->news_n > 0;
    if (!call->recorded) {
        body = amp_buf_view(&call->first);
    } else if (call->asked_news) {
        body = amp_buf_view(&call->news[0].body);
    } else if (call->due != call->told) {
        state_put(call, &state);
        body = amp_buf_view(&state);
        call->asked = call->due;
    }
    (void)snprintf(key, sizeof key, "sip-%.40s-%u.%d", call->key, call->report_n, (int)call->asked);
    if (body.len > 0 && amp_buf_err(&state) == AMP_OK) {
        call->asking = amp_sip_tell(call->calls->door, AMP_SIP_LINK_LINE, call->id, key, body);
        if (!call->asking && call->recorded) {
            tmr_start(&call->later, LATER_MS, on_later, call);
        } else if (!call->asking) {
            status_set(call, 503, "Too many calls are waiting to be recorded");
        }
    }
    amp_buf_free(&state);
}

static void on_later(void *arg)
{
    report_next(arg);
}

static void due_set(struct call *call, enum amp_call_state state)
{
    if (!amp_call_is_over(call->due) &&
        !(call->due == AMP_CALL_OPEN && state == AMP_CALL_RINGING)) {
        call->due = state;
    }
    const uint64_t talk_s = call->test ? AMP_SIP_RING_S : AMP_SIP_TALK_S;
    tmr_start(&call->end, (amp_call_is_over(call->due) ? AMP_SIP_KEEP_S : talk_s) * 1000, on_end,
              call);
    report_next(call);
}

/* ---- the table ---- */

static void call_free(struct call *call)
{
    tmr_cancel(&call->again);
    tmr_cancel(&call->end);
    tmr_cancel(&call->later);
    mem_deref(call->invite);
    char *texts[] = {call->name,     call->tag,    call->branch, call->ref,
                     call->refer_to, call->reason, NULL};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        free(texts[i]);
    }
    amp_buf_free(&call->sdp);
    amp_buf_free(&call->first);
    amp_buf_free(&call->heard);
    for (size_t i = 0; i < call->news_n; i++) {
        news_free(&call->news[i]);
    }
    amp_sip_info_drop(call->info);
    amp_buf_free(&call->ack_fields);
    amp_buf_free(&call->ack_parts);
    free(call);
}

static void call_forget(struct call *call)
{
    struct call **at = &call->calls->call;
    while (*at != call) {
        at = &(*at)->next;
    }
    *at = call->next;
    call->calls->n--;
    call_free(call);
}

/* Nobody answered for too long, or nothing is heard any more. */
static void on_end(void *arg)
{
    struct call *call = arg;
    if (!call->recorded || amp_call_is_over(call->due) || call->due == AMP_CALL_OPEN) {
        call_forget(call);
        return;
    }
    if (call->final < 200) {
        status_set(call, 480, "Nobody answered");
    }
    due_set(call, AMP_CALL_ABANDONED);
}

static struct call *call_by_id(const struct amp_sip_calls *calls, uint32_t id)
{
    struct call *call = calls->call;
    while (call != NULL && call->id != id) {
        call = call->next;
    }
    return call;
}

/* The dialog of a message: the caller's tag stands on one of its sides. Ours may not: the answers
 * to a copy of a call never reach its caller, who speaks with somebody else. */
static struct call *call_of(const struct amp_sip_calls *calls, const struct sip_msg *msg)
{
    for (struct call *call = calls->call; call != NULL; call = call->next) {
        if (same(call->name, &msg->callid) &&
            (same(call->tag, &msg->from.tag) || same(call->tag, &msg->to.tag))) {
            return call;
        }
    }
    return NULL;
}

static struct call *call_named(const struct amp_sip_calls *calls, struct amp_str name)
{
    struct call *call = name.len > 0 ? calls->call : NULL;
    while (call != NULL && !amp_str_is(name, call->name)) {
        call = call->next;
    }
    return call;
}

static void key_set(struct call *call, const struct sip_msg *msg)
{
    struct amp_buf text = amp_buf_make(BODY_MAX);
    uint8_t hash[AMP_SHA256];
    amp_buf_printf(&text, "%s\n%s\n%u\n%s", call->name, call->tag, msg->cseq.num, call->branch);
    amp_sha256(text.data, text.len, hash);
    for (size_t i = 0; i < sizeof hash; i++) {
        (void)snprintf(call->key + 2 * i, 3, "%02x", hash[i]);
    }
    amp_buf_free(&text);
}

static struct call *call_make(struct amp_sip_calls *calls, const struct sip_msg *msg)
{
    struct call *call = calloc(1, sizeof *call);
    if (call == NULL) {
        return NULL;
    }
    *call = (struct call){.calls = calls,
                          .id = ++calls->last_id,
                          .cseq = msg->cseq.num,
                          .name = copy_of(view(&msg->callid)),
                          .tag = copy_of(view(&msg->from.tag)),
                          .branch = copy_of(view(&msg->via.branch)),
                          .invite = mem_ref((void *)(uintptr_t)msg),
                          .told = AMP_CALL_RINGING,
                          .due = AMP_CALL_RINGING,
                          .sdp = amp_buf_make(SDP_MAX),
                          .first = amp_buf_make(BODY_MAX),
                          .heard = amp_buf_make(HEARD_MAX),
                          .ack_fields = amp_buf_make(ACK_MAX),
                          .ack_parts = amp_buf_make(ACK_MAX)};
    tmr_init(&call->again);
    tmr_init(&call->end);
    tmr_init(&call->later);
    if (call->name == NULL || call->tag == NULL || call->branch == NULL) {
        call_free(call);
        return NULL;
    }
    key_set(call, msg);
    call->next = calls->call;
    calls->call = call;
    calls->n++;
    tmr_start(&call->end, AMP_SIP_RING_S * 1000ULL, on_end, call);
    return call;
}

/* ---- INVITE ---- */

/* Refused for good: known for a while, so that the same once more is answered the same. */
static void refuse(struct call *call, uint16_t status, const char *why)
{
    amp_log(call->calls->door->quiet, AMP_LOG_INFO, "sip-refused", "an INVITE with %u", status);
    status_set(call, status, why);
    tmr_start(&call->end, AMP_SIP_KEEP_S * 1000ULL, on_end, call);
}

/* A call that takes the place of another (RFC 3891) is the same call of the same person. */
static void ref_set(struct call *call, const struct amp_sip_call *in)
{
    const struct call *before = call_named(call->calls, in->replaces);
    bool goes_on = before != NULL && before != call && before->ref != NULL;
    char own[AMP_LINE_MAX + 1];
    amp_sip_ref(in->report.f.ref, own);
    call->ref = copy_of(amp_str_of(goes_on ? before->ref : own));
}

/* RFC 6881, section 15: who answers, which service was asked for, and the place that came. */
static void heard_set(struct call *call, const struct amp_sip_call *in)
{
    const struct amp_fields *f = &in->report.f;
    struct amp_str target = in->target;
    target.len = target.len > AMP_SIP_PHRASE_MAX ? AMP_SIP_PHRASE_MAX : target.len;
    amp_buf_text(&call->heard, "Amparo\r\n");
    amp_buf_str(&call->heard, target);
    if (in->report.located) {
        char at[AMP_POS_TEXT];
        amp_pos_text(f->pos, at);
        amp_buf_printf(&call->heard, "\r\n%s", at);
    }
    if (in->report.located && (f->has & AMP_HAS(RADIUS_M)) != 0) {
        amp_buf_printf(&call->heard, " within %lld m", (long long)f->radius_m);
    }
    if ((f->has & AMP_HAS(PLACE)) != 0) {
        amp_buf_text(&call->heard, "\r\n");
        amp_buf_str(&call->heard, f->place);
    }
}

/* RFC 8147: the vehicle hears in our final answer whether its data arrived. */
static void ack_set(struct call *call, const struct amp_sip_call *in)
{
    call->hears = in->hears;
    if (call->calls->door->answers) {
        amp_sip_ack_put(in, &call->ack_fields, &call->ack_parts);
    }
    if (amp_buf_err(&call->ack_parts) != AMP_OK) {
        amp_buf_clear(&call->ack_fields);
        amp_buf_clear(&call->ack_parts);
    }
}

static size_t tests_now(const struct amp_sip_calls *calls)
{
    size_t n = 0;
    for (const struct call *call = calls->call; call != NULL; call = call->next) {
        n += call->test && call->final < 300 && !amp_call_is_over(call->due);
    }
    return n;
}

static void test_begin(struct call *call, const struct amp_sip_call *in)
{
    const struct amp_sip_door *door = call->calls->door;
    call->test = true;
    call->bad_location = in->bad_location;
    ack_set(call, in);
    sdp_set(call, in->sdp);
    heard_set(call, in);
    if (!door->answers && !door->silent) {
        refuse(call, 404, "Test calls are not answered here");
    } else if (tests_now(call->calls) > AMP_SIP_TESTS_MAX) {
        refuse(call, 486, "Too many test calls");
    } else if (!amp_sip_tell(call->calls->door, AMP_SIP_LINK_TEST, call->id, "", AMP_STR("{}"))) {
        refuse(call, 503, "Too many calls are waiting to be recorded");
    }
}

static void call_begin(struct call *call, const struct amp_sip_call *in)
{
    ref_set(call, in);
    call->bad_location = in->bad_location;
    ack_set(call, in);
    sdp_set(call, in->sdp);
    if (call->ref != NULL) {
        first_set(call, in);
    }
    if (call->ref == NULL || amp_buf_err(&call->first) != AMP_OK) {
        refuse(call, 503, "Out of memory");
        return;
    }
    amp_sip_ask(call->calls->door, call->id, in);
    report_next(call);
}

/* The same request again: the same answer, or none while there is none yet. */
static void invite_again(struct amp_sip_calls *calls, struct call *call, const struct sip_msg *msg)
{
    if (!same(call->branch, &msg->via.branch)) {
        answer(calls, msg, 482, "The same call came by another way", "");
    } else if (call->final != 0) {
        invite_answer(call);
    } else {
        answer(calls, msg, 100, "Trying", "");
    }
}

/* A request of the caller, and not one that came before: over UDP its answer may have been lost. */
static bool is_fresh(struct call *call, const struct sip_msg *msg)
{
    bool fresh = same(call->tag, &msg->from.tag) && msg->cseq.num > call->last_cseq;
    call->last_cseq = fresh ? msg->cseq.num : call->last_cseq;
    return fresh;
}

/* News of a call that goes on. What an INFO brought is acknowledged when the server has it. */
static void heard(struct call *call, const struct sip_msg *msg, const struct amp_sip_call *in)
{
    bool worded = in->block_n > 0 || in->alert.came ||
                  (in->report.f.words.len > 0 && pl_strcmp(&msg->met, "MESSAGE") == 0);
    bool moved = in->report.located || (in->report.f.has & AMP_HAS(PLACE)) != 0;
    call->hears |= in->hears;
    if (call->test || (!worded && !moved) || !is_fresh(call, msg)) {
        return;
    }
    struct news *news = news_add(call, &in->report, worded ? in : NULL);
    if (call->calls->door->answers && pl_strcmp(&msg->met, "INFO") == 0) {
        news->ack = amp_sip_info_make(call->calls->sip, msg, call->invite, in, call->hears,
                                      ++call->info_cseq);
    }
    report_next(call);
}

static void reinvite(struct call *call, const struct sip_msg *msg, const struct amp_sip_call *in)
{
    struct amp_buf out = amp_buf_make(BODY_MAX), fields = amp_buf_make(ACK_MAX),
                   parts = amp_buf_make(ACK_MAX);
    bool spoken = in->sdp.len > 0 || pl_strcmp(&msg->met, "INVITE") == 0;
    heard(call, msg, in);
    sdp_set(call, in->sdp);
    amp_sip_contact_put(&out, msg);
    amp_buf_text(&out, AMP_SIP_RECV_INFO);
    if (call->calls->door->answers) {
        amp_sip_ack_put(in, &fields, &parts);
    }
    if (spoken) {
        spoken_put(call, &fields, &parts, &out);
    } else {
        amp_buf_text(&out, "Content-Length: 0\r\n\r\n");
    }
    const char *text = amp_buf_cstr(&out);
    if (amp_buf_err(&out) == AMP_OK && !call->calls->door->silent) {
        (void)sip_replyf(call->calls->sip, msg, 200, "OK", "%s", text);
    }
    amp_buf_free(&out);
    amp_buf_free(&fields);
    amp_buf_free(&parts);
}

static void invite(struct amp_sip_calls *calls, const struct sip_msg *msg,
                   const struct amp_sip_call *in, amp_err err, const struct amp_why *why)
{
    struct call *call = call_of(calls, msg);
    if (call != NULL && call->cseq == msg->cseq.num && !pl_isset(&msg->to.tag)) {
        invite_again(calls, call, msg);
        return;
    }
    if (call != NULL && pl_isset(&msg->to.tag) && !amp_call_is_over(call->due)) {
        if (err == AMP_OK) {
            reinvite(call, msg, in);
        } else {
            answer(calls, msg, amp_sip_status(err), why->text, "");
        }
        return;
    }
    if (pl_isset(&msg->to.tag)) {
        answer(calls, msg, 481, "There is no such call", "");
        return;
    }
    if (calls->n >= AMP_SIP_CALLS_MAX) {
        answer(calls, msg, 486, "All places for calls are taken", "Retry-After: 5\r\n");
        return;
    }
    call = call_make(calls, msg);
    if (call == NULL) {
        answer(calls, msg, 503, "Out of memory", "Retry-After: 5\r\n");
        return;
    }
    answer(calls, msg, 100, "Trying", "");
    if (err != AMP_OK) {
        refuse(call, amp_sip_status(err), why->text[0] != '\0' ? why->text : amp_err_words(err));
    } else if (in->test) {
        test_begin(call, in);
    } else {
        call_begin(call, in);
    }
}

/* ---- the other methods ---- */

static void text_keep(char **kept, struct amp_str text)
{
    if (text.len > 0) {
        free(*kept);
        *kept = copy_of(text);
    }
}

static void on_ack(struct call *call)
{
    call->acked = true;
    tmr_cancel(&call->again);
    if (call->final < 300) { /* somebody answered: we, or who has the media of this call */
        due_set(call, AMP_CALL_OPEN);
    }
}

static void on_cancel(struct call *call, const struct sip_msg *msg, const struct amp_sip_call *in)
{
    answer(call->calls, msg, 200, "OK", "");
    if (call->final < 200) {
        status_set(call, 487, "Request Terminated");
    }
    if (call->due == AMP_CALL_RINGING) {
        text_keep(&call->reason, in->reason);
        due_set(call, in->elsewhere ? AMP_CALL_OPEN : AMP_CALL_ABANDONED);
    }
}

static void on_bye(struct call *call, const struct sip_msg *msg, const struct amp_sip_call *in)
{
    enum amp_call_state end = call->due == AMP_CALL_RINGING ? AMP_CALL_ABANDONED
                              : call->refer_to != NULL      ? AMP_CALL_TRANSFERRED
                                                            : AMP_CALL_ENDED;
    answer(call->calls, msg, 200, "OK", "");
    text_keep(&call->reason, in->reason);
    tmr_cancel(&call->again);
    due_set(call, end);
}

static void on_refer(struct call *call, const struct sip_msg *msg, const struct amp_sip_call *in)
{
    if (in->refer_to.len == 0) {
        answer(call->calls, msg, 400, "A REFER needs a Refer-To", "");
        return;
    }
    text_keep(&call->refer_to, in->refer_to);
    answer(call->calls, msg, 202, "Accepted", "Refer-Sub: false\r\n");
}

/* How a transfer went; one that failed leaves the call where it was. */
static void on_notify(struct call *call, const struct sip_msg *msg, const struct amp_sip_call *in)
{
    if (in->frag_status >= 300) {
        free(call->refer_to);
        call->refer_to = NULL;
    }
    answer(call->calls, msg, 200, "OK", "");
}

/* A call from before this process: the server knows it by its Call-ID, if it does. */
static void stranger_ends(struct amp_sip_calls *calls, const struct sip_msg *msg)
{
    struct amp_buf body = amp_buf_make(BODY_MAX);
    struct amp_json js = amp_json_make(&body);
    amp_json_open(&js, '{');
    amp_json_str_of(&js, "ref", view(&msg->callid));
    amp_json_text_of(&js, "line", amp_call_line_name(AMP_CALL_ENDED));
    amp_json_close(&js, '}');
    if (amp_buf_err(&body) == AMP_OK && msg->callid.l <= AMP_LINE_MAX) {
        (void)!amp_sip_tell(calls->door, AMP_SIP_LINK_LINE, 0, "", amp_buf_view(&body));
    }
    amp_buf_free(&body);
    answer(calls, msg, 481, "There is no such call", "");
}

static void in_dialog(struct call *call, const struct sip_msg *msg, const struct amp_sip_call *in)
{
    if (pl_strcmp(&msg->met, "BYE") == 0) {
        on_bye(call, msg, in);
    } else if (pl_strcmp(&msg->met, "REFER") == 0) {
        on_refer(call, msg, in);
    } else if (pl_strcmp(&msg->met, "NOTIFY") == 0) {
        on_notify(call, msg, in);
    } else if (pl_strcmp(&msg->met, "UPDATE") == 0) {
        reinvite(call, msg, in);
    } else {
        answer(call->calls, msg, 200, "OK", "");
        heard(call, msg, in);
    }
}

static bool known_method(const struct pl *method)
{
    static const char *const names[] = {"BYE",  "UPDATE", "REFER",  "NOTIFY",
                                        "INFO", "PRACK",  "MESSAGE"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (pl_strcmp(method, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void other(struct amp_sip_calls *calls, const struct sip_msg *msg,
                  const struct amp_sip_call *in, amp_err err, const struct amp_why *why)
{
    struct call *call = call_of(calls, msg);
    if (pl_strcmp(&msg->met, "ACK") == 0) {
        if (call != NULL && call->cseq == msg->cseq.num) {
            on_ack(call);
        }
    } else if (pl_strcmp(&msg->met, "OPTIONS") == 0) {
        answer(calls, msg, 200, "OK", AMP_SIP_ALLOW AMP_SIP_TAKES);
    } else if (pl_strcmp(&msg->met, "CANCEL") == 0 && call != NULL && call->cseq == msg->cseq.num) {
        on_cancel(call, msg, in);
    } else if (pl_strcmp(&msg->met, "CANCEL") != 0 && !known_method(&msg->met)) {
        answer(calls, msg, 405, "Method Not Allowed", AMP_SIP_ALLOW);
    } else if (call == NULL && pl_strcmp(&msg->met, "BYE") == 0) {
        stranger_ends(calls, msg);
    } else if (call == NULL || pl_strcmp(&msg->met, "CANCEL") == 0) {
        answer(calls, msg, 481, "There is no such call", "");
    } else if (err != AMP_OK && pl_strcmp(&msg->met, "BYE") != 0) {
        answer(calls, msg, amp_sip_status(err), why->text, "");
    } else {
        in_dialog(call, msg, in);
    }
}

void amp_sip_calls_request(struct amp_sip_calls *calls, const struct sip_msg *msg)
{
    struct amp_arena arena = amp_arena_make(ARENA_MAX);
    struct amp_sip_call in = {0};
    struct amp_why why = {""};
    amp_err err = amp_sip_read(bytes_of(msg), &arena, &in, &why);
    char phrase[AMP_SIP_PHRASE_MAX];
    amp_sip_phrase(phrase, why.text);
    (void)snprintf(why.text, sizeof why.text, "%s", phrase);
    if (pl_strcmp(&msg->met, "INVITE") == 0) {
        invite(calls, msg, &in, err, &why);
    } else if (pl_strcmp(&msg->met, "MESSAGE") == 0 && !pl_isset(&msg->to.tag)) {
        amp_sip_messages_request(calls->messages, msg, &in, err, &why);
    } else {
        other(calls, msg, &in, err, &why);
    }
    amp_arena_drop(&arena);
}

/* ---- answers of the carrier ---- */

/* It is in the record: now the telephone system may know. */
static void recorded(struct call *call)
{
    call->recorded = true;
    call->report_n++;
    if (call->final >= 200) {
        return; /* cancelled meanwhile */
    }
    status_set(call, 180, "Ringing");
    if (call->calls->door->answers) {
        status_set(call, 200, "OK");
    }
}

static void first_carried(struct call *call, uint16_t status)
{
    if (status >= 200 && status < 300) {
        recorded(call);
        return;
    }
    bool later = status == 0 || status == 429 || status >= 500;
    if (later && call->calls->door->silent) { /* nobody is told, so nobody else can do anything */
        tmr_start(&call->later, LATER_MS, on_later, call);
    } else if (call->final < 200) {
        refuse(call, later ? 503 : 500,
               later ? "The record cannot be written now" : "The record did not take the call");
    }
}

static void line_carried(struct call *call, uint16_t status)
{
    call->asking = false;
    if (!call->recorded) {
        first_carried(call, status);
    } else if (status == 0 || status == 429 || status >= 500) {
        tmr_start(&call->later, LATER_MS, on_later, call);
        return;
    } else {
        call->report_n++;
        if (call->asked_news) {
            news_told(call, status < 300);
        }
        call->told = call->asked;
    }
    if (call->recorded) {
        report_next(call);
    }
}

static void test_carried(struct call *call, uint16_t status)
{
    if (status == 200 && call->final < 200) {
        status_set(call, 180, "Ringing");
        status_set(call, 200, "OK");
    } else if (call->final < 200) {
        refuse(call, 503, "The server does not answer now");
    }
}

static void location_carried(struct call *call, uint16_t status, struct amp_str body)
{
    struct amp_arena arena = amp_arena_make(ARENA_MAX);
    const struct amp_report *report = amp_sip_location(call->calls->door, status, body, &arena);
    if (report != NULL) {
        (void)news_add(call, report, NULL);
        report_next(call);
    }
    amp_arena_drop(&arena);
}

static void additional_carried(struct call *call, uint16_t status, struct amp_str body)
{
    struct amp_arena arena = amp_arena_make(ARENA_MAX);
    const struct amp_sip_call *in = amp_sip_additional(call->calls->door, status, body, &arena);
    if (in != NULL) {
        (void)news_add(call, &in->report, in);
        report_next(call);
    }
    amp_arena_drop(&arena);
}

void amp_sip_calls_answered(struct amp_sip_calls *calls, const struct sip_msg *msg)
{
    for (struct call *call = calls->call; call != NULL; call = call->next) {
        if (amp_sip_info_answered(call->info, msg)) {
            return;
        }
    }
}

void amp_sip_calls_carried(struct amp_sip_calls *calls, const struct amp_sip_link_head *head,
                           struct amp_str body)
{
    struct call *call = call_by_id(calls, head->id);
    amp_sip_messages_carried(calls->messages, head, body);
    if (call != NULL && head->kind == AMP_SIP_LINK_LINE) {
        line_carried(call, head->status);
    } else if (call != NULL && head->kind == AMP_SIP_LINK_LOCATION) {
        location_carried(call, head->status, body);
    } else if (call != NULL && head->kind == AMP_SIP_LINK_ADDITIONAL) {
        additional_carried(call, head->status, body);
    } else if (call != NULL && head->kind == AMP_SIP_LINK_TEST) {
        test_carried(call, head->status);
    }
}

struct amp_sip_calls *amp_sip_calls_create(struct sip *sip, const struct amp_sip_door *door)
{
    struct amp_sip_calls *calls = calloc(1, sizeof *calls);
    if (calls != NULL) {
        calls->sip = sip;
        calls->door = door;
        calls->messages = amp_sip_messages_create(sip, door);
    }
    if (calls != NULL && calls->messages == NULL) {
        free(calls);
        calls = NULL;
    }
    return calls;
}

void amp_sip_calls_destroy(struct amp_sip_calls *calls)
{
    while (calls != NULL && calls->call != NULL) {
        call_forget(calls->call);
    }
    if (calls != NULL) {
        amp_sip_messages_destroy(calls->messages);
    }
    free(calls);
}
