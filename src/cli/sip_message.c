/* Calls without a voice in the SIP door: MESSAGE (libre). */
#include "cli/sip_message.h"
#include "base/crypto.h"
#include "cli/sip_answer.h"
#include "cli/sip_re.h"
#include "cli/sip_report.h"
#include "intake/cap_call.h"
#include "server/log.h"
#include <stdlib.h>
#include <string.h>

enum {
    ARENA_MAX = 8 << 20,
    BODY_MAX = AMP_SIP_LINK_BODY,
    KEEP_MS = 64 * SIP_T1,
    KEEP_ROUNDS = 4, /* of KEEP_MS, while there are addresses to ask */
    LATER_MS = 2000,
    KEY_BYTES = 20, /* of the hash that tells one report from another */
    FIELDS_MAX = 480
};

/* What the server hears, one after the other. */
enum step {
    STEP_JOIN, /* news of a call that is over; 404: there is none, go on with the next */
    STEP_OPEN, /* it rings */
    STEP_END,  /* it is over; nobody is on the line */
    STEP_DONE,
    STEP_NEWS /* what was found at an address: where it is, Additional Data */
};

/* An address that the message names. */
struct address {
    enum amp_sip_link_kind kind;
    char *text; /* owned */
};

struct message {
    struct message *next;
    struct amp_sip_messages *messages;
    uint32_t id;
    struct sip_msg *msg; /* counted */
    enum step step;
    bool asking, test, alerted, cancels, unlocated;
    uint16_t final;
    char phrase[AMP_SIP_PHRASE_MAX];
    char fields[FIELDS_MAX]; /* of the answer */
    char ref[AMP_LINE_MAX + 1];
    struct address address[1 + AMP_SIP_ADDITIONAL_MAX];
    size_t address_n, asked_n; /* they are asked one after the other */
    int kept;                  /* rounds */
    struct amp_buf body[STEP_NEWS + 1];
    uint8_t name[AMP_SIP_CHAIN_NAMES + 2][AMP_SHA256]; /* that will lead to its call */
    bool lasting[AMP_SIP_CHAIN_NAMES + 2];
    size_t name_n;
    struct tmr later, end;
};

struct link {
    uint8_t name[AMP_SHA256];
    uint64_t until_ms; /* 0: as long as there is room */
    char ref[AMP_LINE_MAX + 1];
};

struct amp_sip_messages {
    struct sip *sip;
    const struct amp_sip_door *door;
    struct message *message; /* the newest first */
    size_t n;
    uint32_t last_id;
    struct link chain[AMP_SIP_CHAIN_MAX]; /* a ring */
    size_t chain_n;
};

/* ---- names that lead to a call ---- */

static void name_hash(const char *kind, struct amp_str text, uint8_t out[AMP_SHA256])
{
    struct amp_buf name = amp_buf_make(BODY_MAX);
    amp_buf_text(&name, kind);
    amp_buf_str(&name, text);
    amp_sha256(name.data, name.len, out);
    amp_buf_free(&name);
}

static void name_add(struct message *m, const char *kind, struct amp_str text, bool lasting)
{
    if (m->name_n < sizeof m->name / sizeof m->name[0]) {
        m->lasting[m->name_n] = lasting;
        name_hash(kind, text, m->name[m->name_n++]);
    }
}

static const struct link *chain_find(const struct amp_sip_messages *messages,
                                     const uint8_t name[AMP_SHA256])
{
    size_t n = messages->chain_n < AMP_SIP_CHAIN_MAX ? messages->chain_n : AMP_SIP_CHAIN_MAX;
    uint64_t now_ms = tmr_jiffies();
    for (size_t i = 1; i <= n; i++) { /* the newest first */
        const struct link *link = &messages->chain[(messages->chain_n - i) % AMP_SIP_CHAIN_MAX];
        if (memcmp(link->name, name, AMP_SHA256) == 0) {
            return link->until_ms == 0 || link->until_ms > now_ms ? link : NULL;
        }
    }
    return NULL;
}

static void chain_put(struct message *m)
{
    struct amp_sip_messages *messages = m->messages;
    for (size_t i = 0; i < m->name_n; i++) {
        const struct link *known = chain_find(messages, m->name[i]);
        if (known != NULL && m->lasting[i] && strcmp(known->ref, m->ref) == 0) {
            continue;
        }
        struct link *link = &messages->chain[messages->chain_n++ % AMP_SIP_CHAIN_MAX];
        memcpy(link->name, m->name[i], AMP_SHA256);
        memcpy(link->ref, m->ref, sizeof link->ref);
        link->until_ms = m->lasting[i] ? 0 : tmr_jiffies() + AMP_SIP_TEXTS_S * UINT64_C(1000);
    }
}

/* By which names it is known, and whether one of them leads to a call already. */
static bool names_set(struct message *m, const struct amp_sip_call *in)
{
    struct amp_str references = in->alert.references, name = {0};
    const struct amp_fields *f = &in->report.f;
    if (in->alert.name.len > 0) {
        name_add(m, "cap:", in->alert.name, true);
        while (m->name_n <= AMP_SIP_CHAIN_NAMES && amp_cap_call_refers(&references, &name)) {
            name_add(m, "cap:", name, true);
        }
    } else if ((f->has & AMP_HAS(NUMBER)) != 0) {
        name_add(m, "from:", f->number, false);
    }
    for (size_t i = 0; i < m->name_n; i++) {
        const struct link *link = chain_find(m->messages, m->name[i]);
        if (link != NULL) {
            memcpy(m->ref, link->ref, sizeof m->ref);
            return true;
        }
    }
    return false;
}

/* ---- the table ---- */

static void message_forget(struct message *m)
{
    struct message **at = &m->messages->message;
    while (*at != m) {
        at = &(*at)->next;
    }
    *at = m->next;
    m->messages->n--;
    tmr_cancel(&m->later);
    tmr_cancel(&m->end);
    mem_deref(m->msg);
    for (size_t i = 0; i < sizeof m->body / sizeof m->body[0]; i++) {
        amp_buf_free(&m->body[i]);
    }
    for (size_t i = 0; i < m->address_n; i++) {
        free(m->address[i].text);
    }
    free(m);
}

static void on_end(void *arg)
{
    struct message *m = arg;
    if ((m->asking || m->asked_n < m->address_n) && ++m->kept < KEEP_ROUNDS) {
        tmr_start(&m->end, KEEP_MS, on_end, m);
    } else {
        message_forget(m);
    }
}

/* The oldest that was answered makes room: it is known only for its repetitions. */
static bool room_make(struct amp_sip_messages *messages)
{
    struct message *oldest = NULL;
    for (struct message *m = messages->message; m != NULL; m = m->next) {
        oldest = m->final != 0 && !m->asking ? m : oldest;
    }
    if (messages->n >= AMP_SIP_MESSAGES_MAX && oldest != NULL) {
        message_forget(oldest);
    }
    return messages->n < AMP_SIP_MESSAGES_MAX;
}

static struct message *message_make(struct amp_sip_messages *messages, const struct sip_msg *msg)
{
    struct message *m = room_make(messages) ? calloc(1, sizeof *m) : NULL;
    if (m != NULL) {
        m->messages = messages;
        m->id = AMP_SIP_MESSAGE_IDS | ++messages->last_id;
        m->msg = mem_ref((void *)(uintptr_t)msg);
        m->next = messages->message;
        for (size_t i = 0; i < sizeof m->body / sizeof m->body[0]; i++) {
            m->body[i] = amp_buf_make(BODY_MAX);
        }
        tmr_init(&m->later);
        tmr_init(&m->end);
        messages->message = m;
        messages->n++;
    }
    return m;
}

/* RFC 3261, section 17.2.3: the same transaction. */
static struct message *message_of(const struct amp_sip_messages *messages,
                                  const struct sip_msg *msg)
{
    for (struct message *m = messages->message; m != NULL; m = m->next) {
        if (m->msg->cseq.num == msg->cseq.num && pl_cmp(&m->msg->callid, &msg->callid) == 0 &&
            pl_cmp(&m->msg->from.tag, &msg->from.tag) == 0) {
            return m;
        }
    }
    return NULL;
}

/* ---- the answer ---- */

static void field_add(struct message *m, const char *field)
{
    size_t len = strlen(m->fields);
    (void)snprintf(m->fields + len, sizeof m->fields - len, "%s\r\n", field);
}

static void answer(struct message *m, const struct sip_msg *msg)
{
    amp_sip_answer(m->messages->sip, m->messages->door, msg, m->final, m->phrase, m->fields);
}

static void answer_set(struct message *m, uint16_t status, const char *phrase)
{
    m->final = status;
    amp_sip_phrase(m->phrase, phrase);
    if (status == 503) {
        field_add(m, "Retry-After: 5");
    } else if (status == 200 && m->unlocated) {
        field_add(m, "Geolocation-Error: 100;code=\"Cannot Process Location\"");
    }
    if (status >= 300) {
        amp_log(m->messages->door->quiet, AMP_LOG_INFO, "sip-refused", "a MESSAGE with %u", status);
    }
    answer(m, m->msg);
    tmr_start(&m->end, KEEP_MS, on_end, m);
}

/* RFC 8876, section 5: an alert that cannot be read is refused only when nothing else in the
 * message can be acted on; else the answer says it. */
static void alert_field(struct message *m, amp_err err)
{
    bool corrupt = err == AMP_E_SYNTAX || err == AMP_E_UNSUPPORTED;
    field_add(m, corrupt ? "AlertMsg-Error: 103;code=\"Alert payload was corrupted\""
                         : "AlertMsg-Error: 100;code=\"Cannot process the alert payload\"");
}

/* ---- what the server hears ---- */

static void on_later(void *arg);

static void key_put(const struct message *m, struct amp_str body, char key[AMP_SIP_LINK_KEY + 1])
{
    struct amp_buf hex = amp_buf_make(2 * KEY_BYTES + 1), all = amp_buf_make(2 * BODY_MAX);
    uint8_t hash[AMP_SHA256];
    amp_buf_printf(&all, "%d\n", (int)m->step);
    if (!m->alerted) { /* the same words again are said again; an alert has an identifier */
        amp_buf_printf(&all, "%.*s\n%u\n", (int)m->msg->callid.l, m->msg->callid.p,
                       m->msg->cseq.num);
    }
    amp_buf_join(&all, &m->body[STEP_OPEN]); /* ends of different openings differ */
    amp_buf_str(&all, body);
    amp_sha256(all.data, all.len, hash);
    amp_hex_put(&hex, hash, KEY_BYTES);
    (void)snprintf(key, AMP_SIP_LINK_KEY + 1, "msg-%s", amp_buf_cstr(&hex));
    amp_buf_free(&hex);
    amp_buf_free(&all);
}

static void step_ask(struct message *m)
{
    const struct amp_sip_door *door = m->messages->door;
    struct amp_str body = amp_buf_view(&m->body[m->step]);
    char key[AMP_SIP_LINK_KEY + 1] = "";
    if (!m->test) {
        key_put(m, body, key);
    }
    m->asking = m->test ? amp_sip_tell(door, AMP_SIP_LINK_TEST, m->id, "", AMP_STR("{}"))
                        : amp_sip_tell(door, AMP_SIP_LINK_LINE, m->id, key, body);
    if (!m->asking && (door->silent || m->final != 0)) {
        tmr_start(&m->later, LATER_MS, on_later, m);
    } else if (!m->asking) {
        answer_set(m, 503, "Too many calls are waiting to be recorded");
    }
}

static void on_later(void *arg)
{
    step_ask(arg);
}

static void body_put(struct message *m, enum step step, enum amp_call_state line,
                     const struct amp_sip_call *in)
{
    struct amp_json js = amp_json_make(&m->body[step]);
    amp_json_open(&js, '{');
    amp_json_str_of(&js, "ref", amp_str_of(m->ref));
    amp_json_text_of(&js, "line", amp_call_line_name(line));
    if (step == STEP_OPEN) { /* news is told of a call by its ref alone */
        amp_sip_who_put(&js, in);
    }
    if (step == STEP_END) {
        amp_json_text_of(&js, "reason", AMP_SIP_NO_VOICE);
    } else {
        amp_sip_words_put(&js, in, step == STEP_OPEN);
        amp_sip_where_put(&js, &in->report);
    }
    amp_json_close(&js, '}');
}

static void bodies_set(struct message *m, const struct amp_sip_call *in)
{
    body_put(m, STEP_JOIN, AMP_CALL_ENDED, in);
    body_put(m, STEP_OPEN, AMP_CALL_RINGING, in);
    body_put(m, STEP_END, AMP_CALL_ENDED, in);
}

/* The next of its addresses, if there is one. */
static void address_ask(struct message *m)
{
    const struct amp_sip_door *door = m->messages->door;
    m->step = STEP_DONE;
    while (!m->asking && m->asked_n < m->address_n) {
        const struct address *at = &m->address[m->asked_n++];
        m->asking = amp_sip_ask_at(door, at->kind, m->id, amp_str_of(at->text));
    }
}

static void done(struct message *m)
{
    m->step = STEP_DONE;
    chain_put(m);
    if (m->final == 0) {
        answer_set(m, 200, "OK");
    }
    address_ask(m);
}

/* It was told; what is next? */
static void step_next(struct message *m, bool known)
{
    if (m->step == STEP_JOIN && !known && m->cancels) {
        amp_log(m->messages->door->quiet, AMP_LOG_INFO, "sip-alert",
                "an alert that is not known here was cancelled or acknowledged");
        m->name_n = 0;
        m->asked_n = m->address_n;
        done(m);
    } else if (m->step == STEP_JOIN && !known) {
        m->step = STEP_OPEN;
        step_ask(m);
    } else if (m->step == STEP_OPEN) {
        m->step = STEP_END;
        step_ask(m);
    } else if (m->step == STEP_NEWS) {
        address_ask(m);
    } else {
        done(m);
    }
}

static void line_carried(struct message *m, uint16_t status)
{
    const bool silent = m->messages->door->silent;
    m->asking = false;
    if (status >= 200 && status < 300) {
        step_next(m, true);
    } else if (m->step == STEP_JOIN && status == 404) {
        step_next(m, false);
    } else if (m->step == STEP_NEWS) {
        address_ask(m);
    } else if (status != 0 && status != 429 && status < 500) {
        answer_set(m, 500, "The record did not take the message");
    } else if (silent) { /* nobody is told, so nobody else can do anything */
        tmr_start(&m->later, LATER_MS, on_later, m);
    } else {
        answer_set(m, 503, "The record cannot be written now");
    }
}

/* What was at the address that was asked last. */
static void address_carried(struct message *m, const struct amp_sip_link_head *head,
                            struct amp_str body)
{
    const struct amp_sip_door *door = m->messages->door;
    struct amp_arena arena = amp_arena_make(ARENA_MAX);
    struct amp_sip_call news = {.alert = {.name = {0}}};
    bool found = false;
    m->asking = false;
    if (head->kind == AMP_SIP_LINK_LOCATION) {
        const struct amp_report *where = amp_sip_location(door, head->status, body, &arena);
        found = where != NULL;
        if (found) {
            news.report = *where;
            news.report.f.words = (struct amp_str){0};
            news.report.warning_n = 0;
        }
    } else {
        const struct amp_sip_call *in = amp_sip_additional(door, head->status, body, &arena);
        found = in != NULL;
        if (found) {
            news = *in;
        }
    }
    if (found) {
        m->step = STEP_NEWS;
        amp_buf_clear(&m->body[STEP_NEWS]);
        body_put(m, STEP_NEWS, AMP_CALL_ENDED, &news);
        step_ask(m);
    } else {
        address_ask(m);
    }
    amp_arena_drop(&arena);
}

static void test_carried(struct message *m, uint16_t status)
{
    m->asking = false;
    if (status == 200) {
        answer_set(m, 200, "OK");
    } else {
        answer_set(m, 503, "The server does not answer now");
    }
}

void amp_sip_messages_carried(struct amp_sip_messages *messages,
                              const struct amp_sip_link_head *head, struct amp_str body)
{
    struct message *m = messages->message;
    while (m != NULL && m->id != head->id) {
        m = m->next;
    }
    if (m != NULL && head->kind == AMP_SIP_LINK_LINE) {
        line_carried(m, head->status);
    } else if (m != NULL && head->kind == AMP_SIP_LINK_TEST) {
        test_carried(m, head->status);
    } else if (m != NULL) {
        address_carried(m, head, body);
    }
}

/* ---- the request ---- */

static void test_begin(struct message *m)
{
    const struct amp_sip_door *door = m->messages->door;
    m->test = true;
    if (!door->answers && !door->silent) {
        answer_set(m, 404, "Test calls are not answered here");
    } else {
        step_ask(m);
    }
}

static void address_add(struct message *m, enum amp_sip_link_kind kind, struct amp_str text)
{
    char *kept = text.len > 0 ? strndup(text.ptr, text.len) : NULL;
    if (kept != NULL) {
        m->address[m->address_n++] = (struct address){kind, kept};
    }
}

static void begin(struct message *m, const struct amp_sip_call *in)
{
    struct amp_str type = in->alert.type;
    amp_sip_ref(in->report.f.ref, m->ref);
    m->alerted = in->alert.name.len > 0;
    bool known = names_set(m, in);
    bool first = type.len == 0 || (amp_str_is(type, "Alert") && in->alert.references.len == 0);
    m->cancels = type.len > 0 && !amp_str_is(type, "Alert") && !amp_str_is(type, "Update");
    m->unlocated = in->bad_location;
    m->step = known || !first ? STEP_JOIN : STEP_OPEN;
    bodies_set(m, in);
    address_add(m, AMP_SIP_LINK_LOCATION, in->reference);
    for (size_t i = 0; i < in->additional_n; i++) {
        address_add(m, AMP_SIP_LINK_ADDITIONAL, in->additional[i]);
    }
    step_ask(m);
}

/* False: it was answered already. */
static bool taken(struct message *m, const struct amp_sip_call *in, amp_err err,
                  const struct amp_why *why)
{
    if (err != AMP_OK) {
        if (err == AMP_E_UNSUPPORTED) {
            (void)snprintf(m->fields, sizeof m->fields, "%s", AMP_SIP_ACCEPT);
        }
        answer_set(m, amp_sip_status(err), why->text[0] != '\0' ? why->text : amp_err_words(err));
        return false;
    }
    if (in->alert.came && in->alert.err != AMP_OK) {
        alert_field(m, in->alert.err);
        if (!in->useful && !in->test) {
            answer_set(m, 425, "Bad Alert Message");
            return false;
        }
    }
    if (!in->useful && in->report.f.words.len == 0 && in->block_n == 0 && !in->test) {
        answer_set(m, 400, "The message says nothing");
        return false;
    }
    return true;
}

void amp_sip_messages_request(struct amp_sip_messages *messages, const struct sip_msg *msg,
                              const struct amp_sip_call *in, amp_err err, const struct amp_why *why)
{
    struct message *m = message_of(messages, msg);
    if (messages->door->silent && !in->asks && !in->alert.came && in->block_n == 0) {
        return; /* a copy of what the desk writes, or anybody */
    }
    if (m != NULL) {
        if (m->final != 0) {
            answer(m, msg);
        }
        return;
    }
    m = message_make(messages, msg);
    if (m == NULL) {
        amp_sip_answer(messages->sip, messages->door, msg, 503,
                       "Too many messages are waiting to be recorded", "Retry-After: 5\r\n");
        return;
    }
    if (taken(m, in, err, why)) {
        if (in->test) {
            test_begin(m);
        } else {
            begin(m, in);
        }
    }
}

struct amp_sip_messages *amp_sip_messages_create(struct sip *sip, const struct amp_sip_door *door)
{
    struct amp_sip_messages *messages = calloc(1, sizeof *messages);
    if (messages != NULL) {
        messages->sip = sip;
        messages->door = door;
    }
    return messages;
}

void amp_sip_messages_destroy(struct amp_sip_messages *messages)
{
    while (messages != NULL && messages->message != NULL) {
        message_forget(messages->message);
    }
    free(messages);
}
