/* The simulator's commands: useful ones often, all kinds sometimes, nonsense now and then. */
#include "model/field.h"
#include "response/trial.h"
#include <stdio.h>
#include <string.h>

/* SplitMix64 (Steele, Lea, Flood 2014). */
uint32_t trial_roll(struct trial *trial, uint32_t sides)
{
    uint64_t z = trial->dice += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ z >> 31) % sides);
}

void trial_mark(uint32_t incident, char out[32])
{
    (void)snprintf(out, 32, "mark-%u-", incident);
}

#define SIZE(list)          (uint32_t)(sizeof(list) / sizeof((list)[0]))
#define ONE_OF(trial, list) amp_str_of((list)[trial_roll(trial, SIZE(list))])
/* Without the `odd` last ones, unless the command is wild. */
#define GOOD_OF(trial, list, odd, wild)                                                            \
    amp_str_of((list)[trial_roll(trial, SIZE(list) - ((wild) ? 0 : (odd)))])

/* A triangle or a step of a few hundred metres; a wild one may turn back on itself. */
static struct amp_points random_points(struct trial *trial, struct amp_arena *arena, bool wild)
{
    size_t n = wild ? trial_roll(trial, 5) : 3;
    struct amp_pos *point = n ? amp_arena_array(arena, n, sizeof(*point)) : NULL;
    int32_t step_e7 = 1000 + (int32_t)trial_roll(trial, 30000);
    int32_t lat_e7 = -400000000 + (int32_t)trial_roll(trial, 800000000);
    for (size_t i = 0; point && i < n; i++) {
        bool odd = wild && trial_roll(trial, 2);
        point[i] = (struct amp_pos){lat_e7 + (int32_t)(i / 2) * step_e7,
                                    1799990000 + (odd ? 0 : (int32_t)(i % 2) * step_e7 / 8)};
    }
    return (struct amp_points){point, point ? n : 0};
}

static struct amp_pos random_pos(struct trial *trial, bool wild)
{
    if (wild && trial_roll(trial, 4) == 0) {
        return (struct amp_pos){INT32_MAX, INT32_MIN}; /* no place on earth */
    }
    int32_t lat = (int32_t)trial_roll(trial, 900000001);
    return (struct amp_pos){lat, -(int32_t)trial_roll(trial, 1800000001)};
}

/* Whom the command is about: numbers that exist; wild ones sometimes not. Half of the time it is
 * somebody new, where most still happens. */
static uint32_t random_id(struct trial *trial, size_t n, bool wild)
{
    uint32_t all = (uint32_t)n;
    if (wild) {
        return trial_roll(trial, all + 2);
    }
    if (all > 6 && trial_roll(trial, 2)) {
        return all - trial_roll(trial, 6);
    }
    return all ? 1 + trial_roll(trial, all) : 1;
}

static void random_ids(struct trial *trial, struct amp_fields *f, bool wild)
{
    f->incident.n = random_id(trial, trial->state.incident_n, wild);
    f->into.n = random_id(trial, trial->state.incident_n, wild);
    f->call.n = random_id(trial, trial->state.call_n, wild);
    f->closure.n = random_id(trial, trial->state.closure_n, wild);
    f->message = random_id(trial, trial->state.message_n, wild);
    f->link = random_id(trial, trial->state.invite_n, wild);
    f->warning = random_id(trial, trial->state.warning_n, wild);
    f->document = AMP_STR("{}");
    f->bytes = 1 + trial_roll(trial, AMP_MEDIA_BYTES + (wild ? 2 : 0));
}

static void random_words(struct trial *trial, struct amp_fields *f, bool wild)
{
    static const char *const units[] = {"M1", "M2", "B1", "F1", "M3", "Q9", "-", "no such!"};
    static const char *const types[] = {"fall", "stroke", "structure-fire", "nothing-known"};
    static const char *const sources[] = {"aml", "gps", "cell", "typed", "map"};
    static const char *const lines[] = {"ringing",   "answered",    "ended",
                                        "abandoned", "transferred", "engaged"};
    static const char *const accounts[] = {"ana", "ben", "eva", "ivo", "M1", "timer", "-", "zed"};
    static const char *const agencies[] = {"north", "south", "east", "-", "nowhere"};
    static const char *const factors[] = {"password", "totp", "token", "setup", "local", "luck"};
    static const struct amp_words words[] = {{.n = 0}, {.word = {{"als", 3}, {"bls", 3}}, .n = 2}};
    f->unit = GOOD_OF(trial, units, 3, wild);
    f->station = GOOD_OF(trial, units, 3, wild);
    f->source = f->kind = f->outcome = f->basis = f->look = ONE_OF(trial, sources);
    f->type = GOOD_OF(trial, types, 1, wild);
    f->account = GOOD_OF(trial, accounts, 4, wild);
    f->agency = GOOD_OF(trial, agencies, 2, wild);
    static const char *const traffics[] = {"normal", "advisory", "closed", "unknown", "full"};
    f->facility = GOOD_OF(trial, units, 3, wild);
    f->traffic = GOOD_OF(trial, traffics, 1, wild);
    f->factor = GOOD_OF(trial, factors, 1, wild);
    f->session = f->token = ONE_OF(trial, sources);
    static const char *const outcomes[] = {"sent",     "delivered", "failed", "offered",
                                           "accepted", "refused",   "lost"};
    static const char *const partners[] = {"south", "east", "no such!"};
    f->partner = GOOD_OF(trial, partners, 1, wild);
    static const char *const parts[] = {"7.3.1", "7.3.2", "7.3.3", "0.2.1", "1.2", "x"};
    f->part = GOOD_OF(trial, parts, 2, wild);
    f->outcome = trial_roll(trial, 2) ? f->outcome : GOOD_OF(trial, outcomes, 1, wild);
    f->capabilities = words[trial_roll(trial, 2)];
    f->line = GOOD_OF(trial, lines, 1, wild);
    f->scopes = words[wild ? trial_roll(trial, 2) : 1];
    f->vkey = wild && trial_roll(trial, 2) ? AMP_STR("two\nlines") : ONE_OF(trial, types);
}

static void random_numbers(struct trial *trial, struct amp_fields *f, bool wild)
{
    f->pos = f->site = random_pos(trial, wild);
    f->radius_m = (int64_t)trial_roll(trial, 3000) - (wild ? 500 : 0);
    f->confidence_pct = trial_roll(trial, wild ? 200 : 101);
    f->fix_time = INT64_C(1899999999000000) + (int64_t)trial_roll(trial, 2000) * 1000000;
    f->priority = wild ? trial_roll(trial, 7) : 1 + trial_roll(trial, AMP_PRIORITY_MAX);
    f->level = f->priority; /* within its limits, unless wild */
    f->status = (enum amp_unit_status)trial_roll(trial, AMP_UNIT_STATUSES);
    f->crew = trial_roll(trial, 5);
    f->eta_s = trial_roll(trial, 900);
    f->divert = trial_roll(trial, 3) == 0;
    f->disabled = trial_roll(trial, 3) == 0;
    f->role = (enum amp_role)(wild ? trial_roll(trial, AMP_ROLES + 1)
                                   : AMP_ROLE_NONE + 1 + trial_roll(trial, AMP_ROLES - 1));
    f->role = trial_roll(trial, 3) ? f->role : AMP_ROLE_ADMIN;
    f->shape = (enum amp_shape)trial_roll(trial, AMP_SHAPES + wild);
    f->heading_deg = trial_roll(trial, 360 + (wild ? 40 : 0));
    f->time_percent = trial_roll(trial, 2) ? 0 : 101 + (int64_t)trial_roll(trial, 1900);
    f->time_percent = wild ? trial_roll(trial, 2100) : f->time_percent;
    f->until = trial->now_us + ((int64_t)trial_roll(trial, 300) - (wild ? 100 : -1)) * 1000000;
    f->happened = trial->now_us - ((int64_t)trial_roll(trial, 300) - (wild ? 200 : 0)) * 1000000;
    f->both_ways = trial_roll(trial, 2);
    f->lasting = trial_roll(trial, 2);
}

/* A text joins by the number, in the plain way: the newest call first. */
static uint32_t message_incident_of(const struct trial *trial, const struct amp_fields *f,
                                    uint32_t fresh)
{
    const struct amp_state *state = &trial->state;
    const struct amp_agency *agency =
        f->has & AMP_HAS(AGENCY) ? amp_state_agency(state, f->agency) : NULL;
    char plain[AMP_LINE_MAX + 1], other[AMP_LINE_MAX + 1];
    amp_number_plain(f->number, plain);
    for (size_t i = state->call_n; plain[0] && i-- > 0;) {
        const struct amp_call *call = &state->call[i];
        const struct amp_incident *incident = amp_state_incident(state, call->incident);
        int64_t spoke_us = call->received_us;
        for (uint32_t n = call->message; n; n = state->message[n - 1].older) {
            int64_t at_us = state->message[n - 1].at_us;
            spoke_us = n == call->message && at_us > spoke_us ? at_us : spoke_us;
        }
        amp_number_plain(amp_str_of(call->number), other);
        uint64_t seen = amp_incident_agencies(state, incident);
        if (strcmp(plain, other) == 0 && incident->state != AMP_INCIDENT_CLOSED &&
            trial->now_us - spoke_us <= (int64_t)AMP_MESSAGE_JOIN_S * 1000000 &&
            (!agency || seen & UINT64_C(1) << agency->id.n)) {
            return incident->id.n;
        }
    }
    return fresh;
}

/* What a partner tells goes to where the incident was merged into. */
static uint32_t exchange_incident_of(const struct trial *trial, const struct amp_fields *f,
                                     bool named, uint32_t fresh)
{
    const struct amp_incident *incident = named ? amp_state_incident(&trial->state, f->incident)
                                                : amp_state_tracked(&trial->state, f->label);
    while (incident && incident->into.n) {
        incident = amp_state_incident(&trial->state, incident->into);
    }
    return incident ? incident->id.n : named ? 0 : fresh;
}

/* The incident that the personal texts of this command will belong to. */
static uint32_t incident_of(const struct trial *trial, enum amp_command_kind kind,
                            const struct amp_fields *f)
{
    const struct amp_call *call = amp_state_call(&trial->state, f->call);
    const struct amp_unit *unit = amp_state_unit(&trial->state, f->unit);
    uint32_t fresh = (uint32_t)trial->state.incident_n + 1;
    bool follows = kind == AMP_CMD_FOLLOW_CALL;
    if (kind == AMP_CMD_LOCATE_CALL || kind == AMP_CMD_END_CALL ||
        (follows && (f->has & AMP_HAS(CALL)))) {
        return call ? call->incident.n : 0;
    }
    if (kind == AMP_CMD_SET_STATUS || kind == AMP_CMD_RELEASE) {
        return unit ? unit->incident.n : 0;
    }
    if (kind == AMP_CMD_SHARE_TEXT || kind == AMP_CMD_SHARE_MEDIUM) {
        const struct amp_invite *link = amp_state_link(&trial->state, f->link);
        return link ? amp_state_call(&trial->state, link->call)->incident.n : 0;
    }
    if (kind == AMP_CMD_TAKE_MESSAGE) {
        return message_incident_of(trial, f, fresh);
    }
    bool named = (f->has & AMP_HAS(INCIDENT)) != 0;
    if (kind == AMP_CMD_TAKE_EXCHANGE) {
        return exchange_incident_of(trial, f, named, fresh);
    }
    bool opens =
        kind == AMP_CMD_OPEN_INCIDENT || ((kind == AMP_CMD_TAKE_CALL || follows) && !named);
    return opens ? fresh : named ? f->incident.n : 0;
}

/* Personal texts carry the mark of their incident. The reason of an erasure does not: it stays. */
static void random_texts(struct trial *trial, struct amp_command *command, struct amp_arena *arena,
                         bool wild)
{
    static const char *const texts[] = {"", "help", "a longer sentence, \"quoted\"", "x\n", "\xff"};
    static const char *const numbers[] = {"+000 1", "+000-2", "000 01", "withheld"};
    static const char *const devices[] = {"dev-1", "dev-2", "dev-3"};
    struct amp_fields *f = &command->f;
    static const char *const labels[] = {"A label", "urn:far:1", "urn:far:2"};
    f->number = ONE_OF(trial, numbers);
    f->label = ONE_OF(trial, labels);
    uint32_t incident = incident_of(trial, command->kind, f);
    char mark[32] = "";
    if (incident && command->kind != AMP_CMD_ERASE) {
        trial_mark(incident, mark);
    }
    const char *tail = texts[trial_roll(trial, wild ? 5 : 3)];
    struct amp_str text = amp_arena_printf(arena, "%s%s%s", mark, tail, mark);
    f->name = f->words = f->text = f->place = f->reason = f->hospital = text;
    f->device = trial_roll(trial, 4) ? ONE_OF(trial, devices) : text;
    f->ref = f->sip_call = text;
    f->tracking = ONE_OF(trial, labels);
}

/* As long as a record takes them: what may be written is kept. But not by what an exchange or a
 * text finds its incident: it would be another one than the mark in its texts says. */
static void texts_stretch(struct amp_fields *f, enum amp_command_kind kind, struct amp_arena *arena)
{
    static const enum amp_field free_texts[] = {
        AMP_FIELD_NAME,     AMP_FIELD_WORDS,    AMP_FIELD_TEXT,
        AMP_FIELD_PLACE,    AMP_FIELD_REASON,   AMP_FIELD_HOSPITAL,
        AMP_FIELD_REF,      AMP_FIELD_SIP_CALL, AMP_FIELD_DEVICE,
        AMP_FIELD_DOCUMENT, AMP_FIELD_NUMBER,   AMP_FIELD_LABEL}; /* found by these two */
    const bool finds = kind == AMP_CMD_TAKE_EXCHANGE || kind == AMP_CMD_TAKE_MESSAGE;
    for (size_t i = 0; i < SIZE(free_texts) - (finds ? 2 : 0); i++) {
        const struct amp_field_row *row = &amp_field_rows[free_texts[i]];
        struct amp_str *text = (struct amp_str *)((char *)f + row->offset);
        const size_t most = row->type == AMP_TYPE_LINE       ? AMP_LINE_MAX
                            : row->type == AMP_TYPE_DOCUMENT ? AMP_DOCUMENT_MAX
                                                             : AMP_TEXT_MAX;
        char *longer = text->len < most ? amp_arena_alloc(arena, most) : NULL;
        if (longer != NULL) {
            memset(longer, 'x', most);
            if (text->len > 0) {
                memcpy(longer, text->ptr, text->len);
            }
            *text = (struct amp_str){longer, most};
        }
    }
}

/* Some that came before, some that end others; now and then as long as they may be. */
static const struct amp_alert_report *random_alerts(struct trial *trial, struct amp_arena *arena)
{
    struct amp_alert_report *report = amp_arena_alloc(arena, sizeof *report);
    const size_t n = 1 + trial_roll(trial, 3);
    struct amp_alert_item *item = amp_arena_array(arena, n, sizeof *item);
    for (size_t i = 0; report != NULL && item != NULL && i < n; i++) {
        struct amp_fields f = {.document = AMP_STR("<alert/>")};
        struct amp_str *refers = amp_arena_alloc(arena, sizeof *refers);
        if (trial_roll(trial, 16) == 0) {
            texts_stretch(&f, AMP_CMD_TAKE_ALERTS, arena);
        }
        if (refers != NULL) {
            *refers = amp_arena_printf(arena, "met,W-%u,t", trial_roll(trial, 40));
        }
        item[i] = (struct amp_alert_item){
            .reference = amp_arena_printf(arena, "met,W-%u,t", trial_roll(trial, 40)),
            .document = f.document,
            .sent_us = trial->now_us,
            .until_us = trial->now_us + (int64_t)trial_roll(trial, 7200) * 1000000,
            .is_signed = trial_roll(trial, 4) == 0,
            .signature = (enum amp_alert_signature)trial_roll(trial, AMP_SIGNATURES),
            .cancels = trial_roll(trial, 6) == 0,
            .refers = refers,
            .refer_n = refers != NULL ? trial_roll(trial, 2) : 0};
    }
    if (report != NULL) {
        *report = (struct amp_alert_report){item, item != NULL ? n : 0};
    }
    return report;
}

static enum amp_command_kind random_kind(struct trial *trial)
{
    static const enum amp_command_kind often[] = {
        AMP_CMD_TAKE_CALL,       AMP_CMD_DISPATCH,       AMP_CMD_DISPATCH,
        AMP_CMD_DISPATCH,        AMP_CMD_RELEASE,        AMP_CMD_SET_STATUS,
        AMP_CMD_SET_STATUS,      AMP_CMD_SET_STATUS,     AMP_CMD_TICK,
        AMP_CMD_MERGE,           AMP_CMD_REOPEN,         AMP_CMD_LOCATE_CALL,
        AMP_CMD_ADD_NOTE,        AMP_CMD_CLOSE,          AMP_CMD_CLOSE,
        AMP_CMD_ERASE,           AMP_CMD_CHANGE_UNIT,    AMP_CMD_OFFER_TRANSFER,
        AMP_CMD_ANSWER_TRANSFER, AMP_CMD_TAKE_EXCHANGE,  AMP_CMD_TAKE_MESSAGE,
        AMP_CMD_WRITE_MESSAGE,   AMP_CMD_SETTLE_MESSAGE, AMP_CMD_OFFER_LINK,
        AMP_CMD_TAKE_LINK,       AMP_CMD_SHARE_TEXT,     AMP_CMD_SHARE_MEDIUM,
        AMP_CMD_TAKE_MEDIUM,     AMP_CMD_TAKE_MEDIUM,    AMP_CMD_CLOSE,
        AMP_CMD_ERASE,           AMP_CMD_ERASE,          AMP_CMD_ASK_AID,
        AMP_CMD_ANSWER_AID,      AMP_CMD_TAKE_ALERTS};
    static const enum amp_command_kind first[] = {AMP_CMD_ADD_AGENCY, AMP_CMD_ADD_STATION,
                                                  AMP_CMD_ADD_UNIT, AMP_CMD_ADD_UNIT,
                                                  AMP_CMD_ADD_ACCOUNT};
    if (trial->step < 30 && trial_roll(trial, 2)) {
        return first[trial_roll(trial, SIZE(first))];
    }
    if (trial_roll(trial, 3)) {
        return often[trial_roll(trial, SIZE(often))];
    }
    return (enum amp_command_kind)trial_roll(trial, AMP_CMD_COUNT);
}

static bool is_by_link(enum amp_command_kind kind, const struct amp_fields *f)
{
    return kind == AMP_CMD_TAKE_LINK || kind == AMP_CMD_SHARE_TEXT ||
           kind == AMP_CMD_SHARE_MEDIUM || (kind == AMP_CMD_LOCATE_CALL && f->has & AMP_HAS(LINK));
}

/* A link of its own for each offer, and mostly one that can be taken or shared by. */
static void random_link(struct trial *trial, struct amp_command *command, struct amp_arena *arena)
{
    static const char *const outcomes[] = {"caller", "desk"};
    const struct amp_str whole[] = {AMP_STR("position"), AMP_STR("messages"), AMP_STR("media")};
    struct amp_fields *f = &command->f;
    if (command->kind == AMP_CMD_OFFER_LINK && trial_roll(trial, 8)) {
        f->token = amp_arena_printf(arena, "token-%u", (unsigned)trial->step);
        f->scopes = (struct amp_words){.n = trial_roll(trial, SIZE(whole) + 1)};
        for (size_t i = 0; i < f->scopes.n; i++) {
            f->scopes.word[i] = whole[i];
        }
    }
    if (command->kind == AMP_CMD_STOP_LINK && trial_roll(trial, 4)) {
        f->outcome = ONE_OF(trial, outcomes);
    }
    if (is_by_link(command->kind, f) && trial->state.invite_n && trial_roll(trial, 8)) {
        enum amp_link_state wanted =
            command->kind == AMP_CMD_TAKE_LINK ? AMP_LINK_OFFERED : AMP_LINK_TAKEN;
        size_t n = trial->state.invite_n;
        while (n > 1 && trial->state.invite[n - 1].state != wanted) {
            n--;
        }
        f->link = (int64_t)n;
        f->call = trial->state.invite[n - 1].call;
    }
}

/* Only a crew that is on an incident takes pictures of it. */
static void random_medium(struct trial *trial, struct amp_command *command)
{
    const struct amp_state *state = &trial->state;
    size_t n = state->unit_n;
    uint32_t first = n ? trial_roll(trial, (uint32_t)n) : 0;
    for (size_t i = 0; command->kind == AMP_CMD_TAKE_MEDIUM && i < n; i++) {
        const struct amp_unit *unit = &state->unit[(first + i) % n];
        if (unit->incident.n) {
            command->f.unit = amp_str_of(unit->call_sign);
            command->f.incident = unit->incident;
            return;
        }
    }
}

/* Only what was shared can be unshared: chance alone would hardly hit it. */
static void shared_choose(const struct trial *trial, struct amp_fields *f)
{
    for (size_t i = 0; i < trial->state.incident_n; i++) {
        const struct amp_incident *incident = &trial->state.incident[i];
        for (uint32_t n = 1; incident->shared != 0 && n <= trial->state.agency_n; n++) {
            if ((incident->shared & UINT64_C(1) << n) != 0) {
                f->incident = incident->id;
                f->agency = amp_str_of(trial->state.agency[n - 1].code);
            }
        }
    }
}

/* One that is in force, or for restoring one that is not, if there is any. */
static void closure_choose(struct trial *trial, bool lifted, struct amp_fields *f)
{
    size_t n = trial->state.closure_n;
    uint32_t first = n ? trial_roll(trial, (uint32_t)n) : 0;
    for (size_t i = 0; i < n; i++) {
        const struct amp_closure *closure = &trial->state.closure[(first + i) % n];
        if ((closure->lifted_us != 0) == lifted) {
            f->closure = closure->id;
            return;
        }
    }
}

/* Fields that fit each other: chance alone would draw little that can be. */
static void closure_draw(struct amp_command *command)
{
    struct amp_fields *f = &command->f;
    const amp_field_set drawn =
        AMP_HAS(SITE) | AMP_HAS(RADIUS_M) | AMP_HAS(POINTS) | AMP_HAS(SHAPE);
    bool whole = command->kind == AMP_CMD_MAKE_CLOSURE || (f->has & drawn);
    bool ring = f->shape == AMP_SHAPE_AREA || f->shape == AMP_SHAPE_LINE;
    f->has &= ~drawn;
    if (whole) {
        f->has |= AMP_HAS(SHAPE) | (ring ? AMP_HAS(POINTS) : AMP_HAS(SITE));
        f->has |= f->shape == AMP_SHAPE_CIRCLE ? AMP_HAS(RADIUS_M) : 0;
    }
    f->has &= f->has & AMP_HAS(HEADING_DEG) ? ~AMP_HAS(BOTH_WAYS) : UINT64_MAX;
    f->has &= f->has & AMP_HAS(UNTIL) ? ~AMP_HAS(LASTING) : UINT64_MAX;
}

static void closure_fit(struct trial *trial, struct amp_command *command)
{
    enum amp_command_kind kind = command->kind;
    if (kind == AMP_CMD_MAKE_CLOSURE || kind == AMP_CMD_CHANGE_CLOSURE) {
        closure_draw(command);
    }
    bool named = kind == AMP_CMD_CHANGE_CLOSURE || kind == AMP_CMD_LIFT_CLOSURE ||
                 kind == AMP_CMD_RESTORE_CLOSURE;
    if (named) {
        closure_choose(trial, kind == AMP_CMD_RESTORE_CLOSURE, &command->f);
    }
}

/* A draft, or a new one; and what is issued is a first one, or about one that is in force. */
static void warning_fit(struct trial *trial, struct amp_command *command)
{
    const struct amp_state *state = &trial->state;
    struct amp_fields *f = &command->f;
    f->warning = 1;
    for (size_t i = 0; i < state->warning_live_n; i++) {
        uint32_t n = state->warning_live[i];
        if (state->warning[n - 1].state == AMP_WARNING_DRAFT) {
            f->warning = n;
        } else if (f->has & AMP_HAS(OUTCOME)) {
            command->ends = n;
            f->outcome = trial_roll(trial, 2) ? AMP_STR("updated") : AMP_STR("cancelled");
        }
    }
    f->has &= command->ends ? UINT64_MAX : ~AMP_HAS(OUTCOME);
}

static bool is_of_warning(enum amp_command_kind kind)
{
    return kind == AMP_CMD_DRAFT_WARNING || kind == AMP_CMD_ISSUE_WARNING ||
           kind == AMP_CMD_DISCARD_WARNING;
}

struct amp_command trial_command(struct trial *trial, struct amp_arena *arena)
{
    static const char *const keys[] = {"k1", "k2", "k3", "k4", "k5", "bad key"};
    static const char *const actors[] = {"ana", "ben", "timer", "M1"};
    bool wild = trial_roll(trial, 6) == 0;
    struct amp_command command = {.time_us = trial->now_us, .kind = random_kind(trial)};
    command.actor = ONE_OF(trial, actors);
    command.role = (enum amp_role)trial_roll(trial, AMP_ROLES);
    command.key = trial_roll(trial, 20) ? (struct amp_str){0} : ONE_OF(trial, keys);
    bool opens = command.kind == AMP_CMD_TAKE_CALL || command.kind == AMP_CMD_OPEN_INCIDENT ||
                 command.kind == AMP_CMD_TAKE_MESSAGE;
    if (opens && trial->state.incident_n >= TRIAL_INCIDENTS) {
        command.kind = AMP_CMD_ADD_NOTE;
    }
    const struct amp_kind_row *row = &amp_command_rows[command.kind];
    amp_field_set which = row->must;
    for (unsigned i = 0; i < AMP_FIELD_COUNT; i++) {
        amp_field_set bit = AMP_FIELD_BIT(i);
        which |= (row->may & bit) && trial_roll(trial, 3) == 0 ? bit : 0;
    }
    if (wild && trial_roll(trial, 3) == 0) {
        which ^= AMP_FIELD_BIT(trial_roll(trial, AMP_FIELD_COUNT));
    }
    command.f.has = which;
    random_ids(trial, &command.f, wild);
    random_words(trial, &command.f, wild);
    random_numbers(trial, &command.f, wild);
    random_link(trial, &command, arena);
    if (trial_roll(trial, 8)) {
        random_medium(trial, &command);
    }
    bool aid = command.kind == AMP_CMD_ASK_AID || command.kind == AMP_CMD_ANSWER_AID ||
               command.kind == AMP_CMD_WITHDRAW_AID;
    if (aid && !wild) {
        trial_aid_choose(trial, &command);
    } else if (command.kind == AMP_CMD_DISPATCH && trial_roll(trial, 2)) {
        trial_aid_dispatch(trial, &command);
    }
    random_texts(trial, &command, arena, wild);
    if (trial_roll(trial, 24) == 0) {
        texts_stretch(&command.f, command.kind, arena);
    }
    if (command.kind == AMP_CMD_TAKE_ALERTS) {
        command.alerts = random_alerts(trial, arena);
    }
    if (command.kind == AMP_CMD_OFFER_LINK && !wild) {
        struct amp_str text = command.f.text;
        command.f.text = amp_arena_printf(arena, "{link}%.*s", (int)text.len, text.ptr);
    }
    command.f.points = random_points(trial, arena, wild);
    if (command.kind == AMP_CMD_UNSHARE_INCIDENT && !wild) {
        shared_choose(trial, &command.f);
    }
    if (!wild) {
        closure_fit(trial, &command);
    }
    if (!wild && is_of_warning(command.kind)) {
        warning_fit(trial, &command);
    }
    return command;
}
