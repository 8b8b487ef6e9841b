/* SIP requests: head, who calls, bodies, and the report of the call. */
#include "intake/sip.h"
#include "base/crypto.h"
#include "intake/adr.h"
#include "intake/cap_call.h"
#include "intake/crash.h"
#include "intake/multipart.h"
#include "intake/pidf.h"
#include <string.h>
#include <strings.h>

struct field {
    struct amp_str name, value;
};

struct message {
    struct amp_arena *arena;
    struct amp_why *why;
    struct field field[AMP_SIP_FIELDS_MAX];
    size_t field_n;
    struct amp_str body;
    struct amp_parts parts;
    struct amp_buf said;       /* what somebody or something says: texts, alerts */
    struct amp_buf words;      /* Additional Data, one line a block */
    const struct amp_cap *cap; /* the first that could be read */
    bool crashed;
    struct amp_crash crash; /* of the last part that has one */
};

enum {
    WORDS_MAX = AMP_TEXT_MAX * 2,
    SAID_MAX = 4 * AMP_INTAKE_MAX, /* all that one message can say, and the words after it */
    CARD_VALUE_MAX = 400,          /* bytes of one value of Additional Data that are shown */
    NUMBER_DIGITS_MIN = 3
};

/* ---- the head ---- */

/* RFC 3261, section 7.3.3 */
static struct amp_str long_name(struct amp_str name)
{
    static const struct {
        char shape;
        const char *name;
    } rows[] = {{'i', "Call-ID"},
                {'m', "Contact"},
                {'e', "Content-Encoding"},
                {'l', "Content-Length"},
                {'c', "Content-Type"},
                {'f', "From"},
                {'t', "To"},
                {'v', "Via"},
                {'r', "Refer-To"},
                {'s', "Subject"}};
    for (size_t i = 0; name.len == 1 && i < sizeof rows / sizeof rows[0]; i++) {
        if ((name.ptr[0] | 0x20) == rows[i].shape) {
            return amp_str_of(rows[i].name);
        }
    }
    return name;
}

static amp_err fields_read(struct message *in, struct amp_str rest)
{
    struct amp_str line = {0};
    while (amp_mime_line(&rest, &line) && line.len > 0) {
        struct amp_str name = {0}, value = {0};
        if (in->field_n == AMP_SIP_FIELDS_MAX) {
            return amp_fail(in->why, AMP_E_LIMIT, "the message has more than %d header fields",
                            AMP_SIP_FIELDS_MAX);
        }
        if (!amp_mime_field(line, &name, &value)) {
            return amp_fail(in->why, AMP_E_SYNTAX, "a line of the head is no header field");
        }
        in->field[in->field_n++] = (struct field){long_name(name), value};
    }
    return AMP_OK;
}

/* The first of that name; empty without. */
static struct amp_str field_of(const struct message *in, const char *name)
{
    for (size_t i = 0; i < in->field_n; i++) {
        if (amp_mime_is(in->field[i].name, name)) {
            return in->field[i].value;
        }
    }
    return (struct amp_str){0};
}

/* Where the head ends: after the first empty line. */
static size_t head_len(struct amp_str bytes)
{
    struct amp_str rest = bytes, line = {0};
    while (amp_mime_line(&rest, &line)) {
        if (line.len == 0) {
            return bytes.len - rest.len;
        }
    }
    return bytes.len;
}

static amp_err request_line(struct message *in, struct amp_str line, struct amp_sip_call *out)
{
    /* more blanks than one between and after them cost nobody a call (RFC 4475, sections 3.1.2.9
     * and 3.1.2.10, leave it to whoever reads) */
    struct amp_str rest = amp_str_trim(amp_str_cut(line, ' ', &out->method));
    struct amp_str version = amp_str_trim(amp_str_cut(rest, ' ', &out->target));
    if (out->method.len == 0 || out->target.len == 0 || !amp_mime_is(version, "SIP/2.0")) {
        return amp_fail(in->why, AMP_E_SYNTAX, "the first line is not that of a SIP/2.0 request");
    }
    return AMP_OK;
}

static amp_err head_read(struct message *in, struct amp_str bytes, struct amp_sip_call *out)
{
    if (bytes.len == 0) {
        return amp_fail(in->why, AMP_E_SYNTAX, "the message is empty");
    }
    size_t len = head_len(bytes);
    struct amp_str rest = amp_mime_unfold((struct amp_str){bytes.ptr, len}, in->arena), line = {0};
    int64_t length = 0;
    in->body = (struct amp_str){bytes.ptr + len, bytes.len - len};
    if (rest.ptr == NULL) {
        return AMP_E_NOMEM;
    }
    amp_err err = amp_mime_line(&rest, &line)
                      ? request_line(in, line, out)
                      : amp_fail(in->why, AMP_E_SYNTAX, "the message has no first line");
    err = err ? err : fields_read(in, rest);
    struct amp_str said = field_of(in, "Content-Length");
    if (err != AMP_OK || said.len == 0) {
        return err;
    }
    if (amp_str_i64(said, &length) != AMP_OK || length < 0) {
        return amp_fail(in->why, AMP_E_SYNTAX, "Content-Length is no number");
    }
    if ((uint64_t)length > in->body.len) {
        return amp_fail(in->why, AMP_E_SYNTAX,
                        "Content-Length says %lld bytes, and %zu came: the body was cut",
                        (long long)length, in->body.len);
    }
    in->body.len = (size_t)length;
    return AMP_OK;
}

/* ---- values in lists: <address>;param=value, ... ---- */

/* The next value of a list; commas inside of <> and quotes do not part. */
static bool value_next(struct amp_str *rest, struct amp_str *value)
{
    bool quoted = false, marked = false;
    size_t i = 0;
    if (rest->len == 0) {
        return false;
    }
    for (; i < rest->len; i++) {
        char c = rest->ptr[i];
        if (quoted && c == '\\') {
            i++;
        } else if (c == '"' && !marked) {
            quoted = !quoted;
        } else if (!quoted && (c == '<' || c == '>')) {
            marked = c == '<';
        } else if (c == ',' && !quoted && !marked) {
            break;
        }
    }
    size_t len = i < rest->len ? i : rest->len;
    *value = amp_str_trim((struct amp_str){rest->ptr, len});
    *rest = len + 1 < rest->len ? (struct amp_str){rest->ptr + len + 1, rest->len - len - 1}
                                : (struct amp_str){0};
    return true;
}

struct address {
    struct amp_str name, uri, params;
};

/* "name" <uri>;params, or uri;params */
static struct address address_of(struct amp_str value)
{
    struct address out = {{0}, {0}, {0}};
    bool quoted = false;
    size_t open = value.len;
    for (size_t i = 0; i < value.len && open == value.len; i++) {
        quoted = value.ptr[i] == '"' ? !quoted : quoted;
        i += quoted && value.ptr[i] == '\\';
        open = i < value.len && value.ptr[i] == '<' && !quoted ? i : open;
    }
    if (open == value.len) {
        out.params = amp_str_cut(value, ';', &out.uri);
        out.uri = amp_str_trim(out.uri);
        return out;
    }
    struct amp_str rest = {value.ptr + open + 1, value.len - open - 1};
    out.params = amp_str_cut(rest, '>', &out.uri);
    out.uri = amp_str_trim(out.uri);
    out.name = amp_str_trim((struct amp_str){value.ptr, open});
    if (out.name.len >= 2 && out.name.ptr[0] == '"' && out.name.ptr[out.name.len - 1] == '"') {
        out.name = (struct amp_str){out.name.ptr + 1, out.name.len - 2};
    }
    return out;
}

/* All values of all fields of a name, in their order; how many there are. */
static size_t addresses_of(const struct message *in, const char *name,
                           struct address out[AMP_SIP_VALUES_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < in->field_n; i++) {
        struct amp_str rest = in->field[i].value, value = {0};
        while (amp_mime_is(in->field[i].name, name) && n < AMP_SIP_VALUES_MAX &&
               value_next(&rest, &value)) {
            if (value.len > 0) {
                out[n++] = address_of(value);
            }
        }
    }
    return n;
}

/* ---- who calls ---- */

/* What the model keeps as one line: UTF-8 without control characters, cut. */
static struct amp_str line_of(const struct message *in, struct amp_str text)
{
    size_t len = 0;
    char *copy = amp_arena_text(in->arena, text);
    for (size_t step = 1; copy != NULL && len < text.len; len += step) {
        step = amp_utf8_step(copy + len, text.len - len);
        if (step == 0 || len + step > AMP_LINE_MAX) {
            break;
        }
        copy[len] = (unsigned char)copy[len] < 0x20 || copy[len] == 0x7f ? ' ' : copy[len];
    }
    return (struct amp_str){copy, copy != NULL ? len : 0};
}

static bool digits_many(struct amp_str user)
{
    size_t n = 0;
    for (size_t i = 0; i < user.len; i++) {
        bool digit = user.ptr[i] >= '0' && user.ptr[i] <= '9';
        if (!digit && memchr("+-.() ", user.ptr[i], 6) == NULL) {
            return false;
        }
        n += digit;
    }
    return n >= NUMBER_DIGITS_MIN;
}

/* The number in tel:+1..., sip:+1...@host or sips:...; empty when there is none. */
static struct amp_str number_of(const struct message *in, struct amp_str uri)
{
    struct amp_str scheme = {0}, user = {0}, number = {0};
    struct amp_str rest = amp_str_cut(uri, ':', &scheme);
    if (amp_mime_is(scheme, "tel")) {
        user = rest;
    } else if (amp_mime_is(scheme, "sip") || amp_mime_is(scheme, "sips")) {
        struct amp_str host = amp_str_cut(rest, '@', &user);
        user = host.ptr == NULL ? (struct amp_str){0} : user;
    }
    (void)amp_str_cut(user, ';', &number);
    number = amp_mime_escaped(number, '%', in->arena); /* "%2B4312345": RFC 3261, section 19.1.2 */
    return digits_many(number) ? number : (struct amp_str){0};
}

static bool anonymous(struct amp_str uri)
{
    return amp_mime_starts(uri, "sip:anonymous@") || amp_mime_starts(uri, "sips:anonymous@");
}

/* RFC 3261, section 25.1: in quotes a backslash only says that the next one is itself. */
static struct amp_str unquoted(const struct message *in, struct amp_str text)
{
    char *out = amp_arena_alloc(in->arena, text.len + 1);
    size_t n = 0;
    for (size_t i = 0; out != NULL && i < text.len; i++) {
        i += text.ptr[i] == '\\' && i + 1 < text.len;
        out[n++] = text.ptr[i];
    }
    return (struct amp_str){out, out != NULL ? n : 0};
}

/* What the network vouches for goes before what the phone says. */
static void caller_read(const struct message *in, struct amp_report *report)
{
    struct address asserted[AMP_SIP_VALUES_MAX], from[AMP_SIP_VALUES_MAX];
    size_t asserted_n = addresses_of(in, "P-Asserted-Identity", asserted);
    struct amp_str number = {0}, name = {0}, uri = {0};
    for (size_t i = 0; i < asserted_n; i++) {
        number = number.len > 0 ? number : number_of(in, asserted[i].uri);
        name = name.len > 0 ? name : asserted[i].name;
        uri = uri.len > 0 ? uri : asserted[i].uri;
    }
    if (addresses_of(in, "From", from) > 0) {
        number = number.len > 0 ? number : number_of(in, from[0].uri);
        name = name.len > 0 || anonymous(from[0].uri) ? name : from[0].name;
        uri = uri.len > 0 || anonymous(from[0].uri) ? uri : from[0].uri;
    }
    number = line_of(in, number.len > 0 ? number : uri);
    name = line_of(in, unquoted(in, name));
    if (number.len > 0) {
        report->f.number = number;
        report->f.has |= AMP_HAS(NUMBER);
    }
    if (name.len > 0) {
        report->f.name = name;
        report->f.has |= AMP_HAS(NAME);
    }
}

static void ref_set(const struct message *in, struct amp_sip_call *out, struct amp_str ref)
{
    out->report.f.ref = line_of(in, ref);
    if (out->report.f.ref.len > 0) {
        out->report.f.has |= AMP_HAS(REF);
    }
}

/* The identifiers of NENA i3 by their present and their former names; Additional Data elsewhere. */
static void call_info_read(struct message *in, struct amp_sip_call *out)
{
    struct address info[AMP_SIP_VALUES_MAX];
    size_t n = addresses_of(in, "Call-Info", info);
    for (size_t i = 0; i < n; i++) {
        struct amp_str purpose = amp_mime_param(info[i].params, "purpose");
        if (amp_mime_is(purpose, "emergency-CallId") || amp_mime_is(purpose, "nena-CallId")) {
            ref_set(in, out, info[i].uri);
        } else if (amp_mime_is(purpose, "emergency-IncidentId") ||
                   amp_mime_is(purpose, "nena-IncidentId")) {
            out->incident = line_of(in, info[i].uri);
        } else if (amp_mime_starts(purpose, "EmergencyCallData") &&
                   amp_mime_starts(info[i].uri, "http")) {
            amp_buf_str(&in->words, purpose);
            amp_buf_text(&in->words, ": ");
            amp_buf_str(&in->words, line_of(in, info[i].uri));
            amp_buf_char(&in->words, '\n');
            if (out->additional_n < AMP_SIP_ADDITIONAL_MAX) {
                out->additional[out->additional_n++] = amp_arena_str(in->arena, info[i].uri);
            }
        }
    }
}

struct amp_str amp_sip_alert_ref(struct amp_str name, struct amp_arena *arena)
{
    static const char start[] = "cap:";
    struct amp_buf hex = amp_buf_make(2 * AMP_SHA256 + 1);
    uint8_t hash[AMP_SHA256];
    if (name.len + sizeof start - 1 <= AMP_LINE_MAX) {
        return amp_arena_printf(arena, "%s%.*s", start, (int)name.len, name.ptr);
    }
    amp_sha256(name.ptr, name.len, hash);
    amp_hex_put(&hex, hash, sizeof hash);
    struct amp_str out = amp_arena_printf(arena, "%s%s", start, amp_buf_cstr(&hex));
    amp_buf_free(&hex);
    return out;
}

/* ---- dialogs ---- */

const char *amp_sip_data_name(enum amp_sip_data data)
{
    return data == AMP_SIP_MSD ? "EmergencyCallData.eCall.MSD" : "EmergencyCallData.VEDS";
}

/* RFC 6086, section 5.2.1: the packages that the sender takes in an INFO. */
static unsigned hears_read(const struct message *in)
{
    static const enum amp_sip_data data[] = {AMP_SIP_MSD, AMP_SIP_VEDS};
    struct address package[AMP_SIP_VALUES_MAX];
    size_t n = addresses_of(in, "Recv-Info", package);
    unsigned out = 0;
    for (size_t i = 0; i < 2 * n; i++) {
        bool named = amp_mime_is(package[i / 2].uri, amp_sip_data_name(data[i % 2]));
        out |= named ? (unsigned)data[i % 2] : 0;
    }
    return out;
}

static bool names_test(struct amp_str uri)
{
    return amp_mime_is(uri, "urn:service:test.sos") ||
           amp_mime_starts(uri, "urn:service:test.sos.");
}

static bool names_sos(struct amp_str uri)
{
    return amp_mime_is(uri, "urn:service:sos") || amp_mime_starts(uri, "urn:service:sos.") ||
           names_test(uri);
}

static bool asks_for_help(const struct message *in, const struct amp_sip_call *out)
{
    struct address to[AMP_SIP_VALUES_MAX];
    return names_sos(out->target) || (addresses_of(in, "To", to) > 0 && names_sos(to[0].uri));
}

/* "urn:service:sos" alone says no more than that somebody calls. */
static struct amp_str called_of(const struct message *in, struct amp_str uri)
{
    return amp_mime_starts(uri, "urn:service:sos.") ? line_of(in, uri)
           : names_sos(uri)                         ? (struct amp_str){0}
                                                    : line_of(in, number_of(in, uri));
}

/* By the service that is asked for; by To only where a proxy put an address in its place. Whoever
 * asks for help in either has a real call. */
static bool is_test(const struct message *in, const struct amp_sip_call *out)
{
    struct address to[AMP_SIP_VALUES_MAX];
    if (names_test(out->target) || amp_mime_starts(out->target, "urn:")) {
        return names_test(out->target);
    }
    return addresses_of(in, "To", to) > 0 && names_test(to[0].uri);
}

static void dialog_read(const struct message *in, struct amp_sip_call *out)
{
    struct address refer[AMP_SIP_VALUES_MAX];
    struct amp_str reason = field_of(in, "Reason"), protocol = {0}, id = {0};
    out->test = is_test(in, out);
    out->asks = asks_for_help(in, out);
    out->called = called_of(in, out->target);
    if (out->called.len == 0 && !names_sos(out->target) && addresses_of(in, "To", refer) > 0) {
        out->called = called_of(in, refer[0].uri);
    }
    out->call_id = field_of(in, "Call-ID");
    out->hears = hears_read(in);
    (void)amp_str_cut(field_of(in, "Replaces"), ';', &id);
    out->replaces = amp_str_trim(id);
    if (addresses_of(in, "Refer-To", refer) > 0) {
        struct amp_str plain = {0};
        (void)amp_str_cut(refer[0].uri, '?', &plain);
        out->refer_to = line_of(in, plain);
    }
    struct amp_str params = amp_str_cut(reason, ';', &protocol);
    out->reason = line_of(in, amp_mime_param(params, "text"));
    out->elsewhere = amp_mime_is(amp_str_trim(protocol), "SIP") &&
                     amp_str_is(amp_mime_param(params, "cause"), "200");
}

/* ---- bodies ---- */

static bool has_doctype(struct amp_str text)
{
    static const char mark[] = "<!DOCTYPE";
    for (size_t i = 0; i + sizeof mark - 1 <= text.len; i++) {
        if (text.ptr[i] == '<' && strncasecmp(text.ptr + i, mark, sizeof mark - 1) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_pidf(const struct amp_part *part)
{
    return amp_mime_is(part->type, "application/pidf+xml");
}

static bool is_cap(const struct amp_part *part)
{
    return amp_mime_is(part->type, "application/EmergencyCallData.cap+xml") ||
           amp_mime_is(part->type, "application/common-alerting-protocol+xml");
}

static bool is_adr(const struct amp_part *part)
{
    return !is_cap(part) && amp_mime_starts(part->type, "application/EmergencyCallData.");
}

static bool is_message(const struct amp_sip_call *call)
{
    return amp_mime_is(call->method, "MESSAGE");
}

/* The report of a part, if it can be read. */
static void pidf_take(struct message *in, const struct amp_part *part, struct amp_sip_call *out)
{
    struct amp_why why = {""};
    struct amp_report *report = &out->report;
    struct amp_pidf *pidf = amp_arena_alloc(in->arena, sizeof *pidf);
    if (pidf == NULL || report->located) {
        return;
    }
    amp_err err = amp_pidf_read(part->body, in->arena, pidf, &why);
    if (err == AMP_OK) {
        const struct amp_pidf_location *at = amp_pidf_where(pidf);
        amp_pidf_report(pidf, in->arena, report);
        if (at != NULL && at->high) {
            amp_buf_str(&in->words, amp_pidf_altitude(at, in->arena));
            amp_buf_char(&in->words, '\n');
        }
    } else {
        amp_report_warn(report,
                        amp_arena_printf(in->arena, "the location cannot be read: %s", why.text));
    }
    out->bad_location = !report->located && (report->f.has & AMP_HAS(PLACE)) == 0;
}

/* RFC 6442, section 3.1: the address names the part. */
static const struct amp_part *part_named(const struct message *in, struct amp_str uri)
{
    struct amp_str scheme = {0};
    struct amp_str raw = amp_str_cut(uri, ':', &scheme);
    struct amp_str id = amp_mime_escaped(raw, '%', in->arena); /* RFC 2392, section 2 */
    for (size_t i = 0; amp_mime_is(scheme, "cid") && i < in->parts.n; i++) {
        struct amp_str has = in->parts.part[i].id;
        if (has.len > 0 && (amp_str_eq(has, id) || amp_str_eq(has, raw))) {
            return &in->parts.part[i];
        }
    }
    return NULL;
}

static void locations_read(struct message *in, struct amp_sip_call *out)
{
    struct address where[AMP_SIP_VALUES_MAX];
    size_t n = addresses_of(in, "Geolocation", where);
    bool named = false;
    for (size_t i = 0; i < n; i++) {
        const struct amp_part *part = part_named(in, where[i].uri);
        if (part != NULL && is_pidf(part)) {
            pidf_take(in, part, out);
            named = true;
        } else if (amp_mime_starts(where[i].uri, "cid:")) {
            amp_report_warn(&out->report,
                            AMP_STR("Geolocation names a part of the body that is not there"));
        } else if (out->reference.len == 0 && (amp_mime_starts(where[i].uri, "https:") ||
                                               amp_mime_starts(where[i].uri, "http:"))) {
            out->reference = where[i].uri;
        } else if (amp_mime_starts(where[i].uri, "sip") || amp_mime_starts(where[i].uri, "pres:")) {
            amp_report_warn(&out->report, AMP_STR("a location is given by a reference that is not "
                                                  "followed: only http and https are"));
        }
    }
    for (size_t i = 0; i < in->parts.n && !named; i++) {
        if (is_pidf(&in->parts.part[i])) {
            pidf_take(in, &in->parts.part[i], out);
        }
    }
    if (in->crashed) { /* what the call says of its place goes before what the vehicle says */
        amp_crash_place(&in->crash, in->arena, &out->report);
    }
    if (in->cap != NULL) { /* and where both are silent, what the alert says of its area */
        amp_cap_call_place(in->cap, in->arena, &out->report);
    }
}

/* What only systems look up by. */
static bool is_key(struct amp_str name)
{
    static const char *const keys[] = {"DataProviderReference", "ProviderID", "ProviderIDSeries",
                                       "UniqueDeviceID"};
    bool key = amp_str_starts(name, AMP_STR("@"));
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        key = key || amp_str_is(name, keys[i]);
    }
    return key;
}

/* All of it, for people first. */
static void card_put(struct message *in, const struct amp_adr *adr)
{
    size_t put_n = 0;
    amp_buf_str(&in->words, adr->block);
    for (size_t i = 0; i < 2 * adr->field_n; i++) {
        const struct amp_adr_field *field = &adr->field[i % adr->field_n];
        if (is_key(field->name) != (i >= adr->field_n)) {
            continue;
        }
        struct amp_str value = line_of(in, field->value);
        value.len = value.len > CARD_VALUE_MAX ? CARD_VALUE_MAX : value.len;
        amp_buf_text(&in->words, put_n++ == 0 ? ": " : "; ");
        amp_buf_str(&in->words, field->name);
        amp_buf_char(&in->words, ' ');
        amp_buf_str(&in->words, value);
    }
    amp_buf_char(&in->words, '\n');
}

static void learned_take(struct message *in, const struct amp_adr *adr, struct amp_report *report)
{
    struct amp_str name = line_of(in, amp_adr_of(adr, "contact.fn"));
    struct amp_str device = line_of(in, amp_adr_of(adr, "UniqueDeviceID"));
    if (amp_str_is(adr->block, "SubscriberInfo") && name.len > 0 &&
        (report->f.has & AMP_HAS(NAME)) == 0) {
        report->f.name = name;
        report->f.has |= AMP_HAS(NAME);
    }
    if (device.len > 0 && (report->f.has & AMP_HAS(DEVICE)) == 0) {
        report->f.device = device;
        report->f.has |= AMP_HAS(DEVICE);
    }
}

/* By which the sender is told whether it arrived. */
static struct amp_str block_id(const struct amp_part *part)
{
    struct amp_str id = part->id;
    bool plain = id.len <= AMP_SIP_BLOCK_ID_MAX;
    for (size_t i = 0; plain && i < id.len; i++) {
        plain = id.ptr[i] > 0x20 && id.ptr[i] < 0x7f;
    }
    return plain ? id : (struct amp_str){0};
}

static void block_put(const struct amp_part *part, struct amp_sip_call *out, enum amp_sip_data data,
                      bool read)
{
    if (out->block_n < AMP_SIP_BLOCKS_MAX) {
        out->block[out->block_n++] =
            (struct amp_sip_block){.data = data, .id = block_id(part), .read = read};
    }
}

/* What the vehicle says; false when the part is of another kind. */
static bool crash_take(struct message *in, const struct amp_part *part, struct amp_sip_call *out)
{
    struct amp_report *report = &out->report;
    const bool veds = amp_mime_is(part->type, "application/EmergencyCallData.VEDS+xml");
    struct amp_why why = {""};
    struct amp_crash crash;
    if (!veds && !amp_mime_is(part->type, "application/EmergencyCallData.eCall.MSD")) {
        return false;
    }
    amp_err err = veds ? amp_veds_read(part->body, in->arena, &crash, &why)
                       : amp_msd_read(part->body, in->arena, &crash, &why);
    block_put(part, out, veds ? AMP_SIP_VEDS : AMP_SIP_MSD, err == AMP_OK);
    if (err != AMP_OK) {
        amp_report_warn(
            report,
            amp_arena_printf(in->arena, "crash data came and could not be read: %s", why.text));
        return true;
    }
    amp_buf_str(&in->words, amp_crash_line(&crash, in->arena));
    amp_buf_char(&in->words, '\n');
    in->crash = crash;
    in->crashed = true;
    return true;
}

static void adr_take(struct message *in, const struct amp_part *part, struct amp_sip_call *out)
{
    struct amp_why why = {""};
    struct amp_report *report = &out->report;
    struct amp_adr *adr = amp_arena_alloc(in->arena, sizeof *adr);
    if (adr == NULL || crash_take(in, part, out) ||
        amp_mime_is(part->type, "application/EmergencyCallData.Control+xml")) {
        return; /* what a vehicle can be asked for (RFC 8147) is nobody's words */
    }
    if (amp_adr_read(part->body, in->arena, adr, &why) != AMP_OK) {
        amp_report_warn(report, amp_arena_printf(in->arena, "%s", why.text));
        return;
    }
    card_put(in, adr);
    learned_take(in, adr, report);
}

/* The words of every alert; the first that can be read says which matter it is of. */
static void cap_take(struct message *in, const struct amp_part *part, struct amp_sip_call *out)
{
    struct amp_why why = {""};
    struct amp_cap *cap = amp_arena_alloc(in->arena, sizeof *cap);
    amp_err err = cap != NULL ? amp_cap_read(part->body, in->arena, cap, &why) : AMP_E_NOMEM;
    if (!out->alert.came || (out->alert.err != AMP_OK && err == AMP_OK)) {
        out->alert = (struct amp_sip_alert){.came = true, .err = err};
    }
    if (err != AMP_OK) {
        amp_report_warn(
            &out->report,
            amp_arena_printf(in->arena, "an alert came and could not be read: %s", why.text));
        return;
    }
    amp_cap_call_words(cap, &in->said);
    for (size_t i = 0; i < cap->warning_n; i++) {
        amp_report_warn(&out->report, cap->warning[i]);
    }
    if (in->cap == NULL) {
        in->cap = cap;
        out->alert.name = amp_cap_call_name(cap, in->arena);
        out->alert.type = cap->msg_type;
        out->alert.references = cap->references;
    }
}

/* RFC 3428: what somebody wrote. Bytes that are no UTF-8 are read as Latin-1. */
static void text_take(struct message *in, const struct amp_part *part)
{
    struct amp_str text = amp_str_trim(part->body);
    bool utf8 = amp_utf8_valid(text);
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        c = (c < 0x20 && c != '\n') || c == 0x7f ? ' ' : c;
        if (utf8 || c < 0x80) {
            amp_buf_char(&in->said, (char)c);
        } else {
            amp_buf_char(&in->said, (char)(0xc0 | c >> 6));
            amp_buf_char(&in->said, (char)(0x80 | (c & 0x3f)));
        }
    }
    amp_buf_text(&in->said, text.len > 0 ? "\n" : "");
}

/* What is asked for in a body that comes alone; in a multipart body others are passed over. */
static amp_err type_check(const struct message *in, struct amp_str type, bool message)
{
    struct amp_str media = {0};
    (void)amp_str_cut(type, ';', &media);
    const struct amp_part whole = {.type = amp_str_trim(media)};
    struct amp_str encoding = field_of(in, "Content-Encoding");
    if (encoding.len > 0 && !amp_mime_is(encoding, "identity")) {
        return amp_fail(in->why, AMP_E_UNSUPPORTED, "a body in a Content-Encoding is not read");
    }
    if (is_pidf(&whole) || is_adr(&whole) || is_cap(&whole) ||
        amp_mime_is(whole.type, "application/sdp") ||
        (message && amp_mime_starts(whole.type, "text/")) ||
        amp_mime_starts(whole.type, "multipart/") || amp_mime_is(whole.type, "text/plain") ||
        amp_mime_starts(whole.type, "message/sipfrag")) {
        return AMP_OK;
    }
    struct amp_str handling = amp_mime_param(field_of(in, "Content-Disposition"), "handling");
    if (amp_mime_is(handling, "optional")) { /* RFC 3261, section 20.11 */
        return AMP_OK;
    }
    return amp_fail(in->why, AMP_E_UNSUPPORTED,
                    "a body of the type \"%.*s\" is not read; multipart/mixed, application/sdp and "
                    "application/pidf+xml are",
                    (int)(whole.type.len > 60 ? 60 : whole.type.len), whole.type.ptr);
}

/* "SIP/2.0 200 OK": 200; 0 for what is no such line. */
static int status_of(struct amp_str text)
{
    struct amp_str version = {0}, digits = {0};
    int64_t status = 0;
    struct amp_str rest = amp_str_cut(text, ' ', &version);
    (void)amp_str_cut(rest, ' ', &digits);
    bool good = amp_mime_is(version, "SIP/2.0") && amp_str_i64(digits, &status) == AMP_OK &&
                status >= 100 && status <= 699;
    return good ? (int)status : 0;
}

static void fault_say(const struct amp_part *part, struct amp_report *report)
{
    if (part->fault == AMP_PART_UNDECODED) {
        amp_report_warn(report, AMP_STR("a part of the body is in an encoding that is not read, or "
                                        "is not what it says: it is passed over"));
    } else if (part->fault == AMP_PART_NO_HEAD_END) {
        amp_report_warn(report,
                        AMP_STR("a part of the body has no empty line after its header fields"));
    }
}

static amp_err bodies_read(struct message *in, struct amp_sip_call *out)
{
    struct amp_str type = field_of(in, "Content-Type");
    if (in->body.len > 0 && type.len == 0) {
        return amp_fail(in->why, AMP_E_SYNTAX, "there is a body and no Content-Type");
    }
    amp_err err = in->body.len > 0 ? type_check(in, type, is_message(out)) : AMP_OK;
    if (err == AMP_OK && in->body.len > 0) {
        err = amp_multipart_read(type, in->body, in->arena, &in->parts, in->why);
    }
    if (err == AMP_OK && in->parts.n == 1 && in->parts.part[0].id.len == 0) {
        in->parts.part[0].id = amp_mime_id(field_of(in, "Content-ID")); /* of a body alone */
    }
    for (size_t i = 0; err == AMP_OK && i < in->parts.n; i++) {
        const struct amp_part *part = &in->parts.part[i];
        fault_say(part, &out->report);
        if ((is_pidf(part) || is_adr(part) || is_cap(part)) && has_doctype(part->body)) {
            err = amp_fail(in->why, AMP_E_SYNTAX,
                           "a DOCTYPE, which could declare entities, is refused");
        } else if (is_adr(part)) {
            adr_take(in, part, out);
        } else if (is_cap(part)) {
            cap_take(in, part, out);
        } else if (is_message(out) && amp_mime_starts(part->type, "text/")) {
            text_take(in, part);
        } else if (amp_mime_is(part->type, "application/sdp") && out->sdp.len == 0) {
            out->sdp = part->body;
        } else if (amp_mime_is(part->type, "message/sipfrag")) {
            out->frag_status = status_of(part->body);
        }
    }
    if (err == AMP_OK) {
        locations_read(in, out);
    }
    return err;
}

/* ---- all of it ---- */

/* What the server knows it by. The alerts of one matter refer to each other, whatever the network
 * calls the messages that bring them. */
static void ref_find(const struct message *in, struct amp_sip_call *out)
{
    struct amp_str references = out->alert.references, name = {0};
    if (is_message(out) && out->alert.name.len > 0) {
        bool refers = amp_cap_call_refers(&references, &name);
        ref_set(in, out, amp_sip_alert_ref(refers ? name : out->alert.name, in->arena));
    } else if ((out->report.f.has & AMP_HAS(REF)) == 0) {
        ref_set(in, out, out->call_id);
    }
}

static void words_set(struct message *in, struct amp_sip_call *out)
{
    out->useful = in->said.len > 0 || in->crashed || out->report.located ||
                  out->reference.len > 0 || (out->report.f.has & AMP_HAS(PLACE)) != 0;
    amp_buf_join(&in->said, &in->words);
    struct amp_str words = amp_str_trim(amp_buf_view(&in->said));
    if (out->report.f.words.len == 0 && words.len > 0) {
        amp_report_words(&out->report, in->arena, words);
    }
    if (out->reference.len > 0 && !out->report.located) {
        amp_report_warn(&out->report,
                        AMP_STR("the location is given by reference: it is being asked for"));
    }
}

/* NULL when memory is short. */
static struct message *message_make(struct amp_arena *arena, struct amp_why *why)
{
    struct message *in = amp_arena_alloc(arena, sizeof *in);
    if (in != NULL) {
        in->arena = arena;
        in->why = why;
        in->said = amp_buf_make(SAID_MAX);
        in->words = amp_buf_make(WORDS_MAX);
    }
    return in;
}

/* What was read is given out, if all went well. */
static amp_err message_end(struct message *in, amp_err err, const struct amp_sip_call *call,
                           struct amp_sip_call *out)
{
    amp_buf_free(&in->said);
    amp_buf_free(&in->words);
    err = err == AMP_OK && amp_arena_failed(in->arena) ? AMP_E_NOMEM : err;
    if (err == AMP_OK) {
        *out = *call;
    }
    return err;
}

amp_err amp_sip_read(struct amp_str bytes, struct amp_arena *arena, struct amp_sip_call *out,
                     struct amp_why *why)
{
    struct amp_sip_call call = {.bad_location = false};
    struct message *in = message_make(arena, why);
    if (in == NULL) {
        return AMP_E_NOMEM;
    }
    amp_err err = head_read(in, bytes, &call);
    if (err == AMP_OK) {
        dialog_read(in, &call);
        caller_read(in, &call.report);
        call_info_read(in, &call);
        err = bodies_read(in, &call);
    }
    if (err == AMP_OK) {
        ref_find(in, &call);
        words_set(in, &call);
    }
    return message_end(in, err, &call, out);
}

amp_err amp_sip_additional_read(struct amp_str bytes, struct amp_arena *arena,
                                struct amp_sip_call *out, struct amp_why *why)
{
    struct amp_sip_call call = {.bad_location = false};
    struct message *in = message_make(arena, why);
    struct amp_adr *adr = amp_arena_alloc(arena, sizeof *adr);
    if (in == NULL || adr == NULL) {
        return AMP_E_NOMEM;
    }
    amp_err err = amp_adr_read(bytes, arena, adr, why);
    if (err == AMP_OK) {
        card_put(in, adr);
        learned_take(in, adr, &call.report);
    } else if (amp_veds_read(bytes, arena, &in->crash, NULL) == AMP_OK) {
        err = AMP_OK;
        amp_buf_str(&in->words, amp_crash_line(&in->crash, arena));
    }
    if (err == AMP_OK) {
        words_set(in, &call);
    }
    return message_end(in, err, &call, out);
}

amp_err amp_intake_sip(struct amp_str bytes, struct amp_arena *arena, struct amp_report *out,
                       struct amp_why *why)
{
    struct amp_sip_call *call = amp_arena_alloc(arena, sizeof *call);
    amp_err err = call == NULL ? AMP_E_NOMEM : amp_sip_read(bytes, arena, call, why);
    if (err == AMP_OK && !amp_mime_is(call->method, "INVITE") && !is_message(call)) {
        err = amp_fail(why, AMP_E_UNSUPPORTED, "only an INVITE or a MESSAGE is a call");
    }
    if (err == AMP_OK) {
        *out = call->report;
    }
    return err;
}
