/* Snapshots: the reader, for bytes that nobody vouches for. */
#include "model/snapshot_in.h"

enum {
    PERSONAL_BIT = 0x80
};

/* ---- items ---- */

struct counts {
    size_t agency, station, unit, account, call, incident, open, closure, audit, message, hospital;
    size_t alert;
    size_t invite, medium, warning, tracked;
};

static void head_read(struct in *in, struct counts *n)
{
    struct amp_state *state = in->state;
    const uint8_t *magic = take(in, AMP_SNAPSHOT_HEAD);
    check(in, magic && memcmp(magic, AMP_SNAPSHOT_MAGIC, AMP_SNAPSHOT_HEAD) == 0);
    const uint8_t *print = take(in, 8);
    uint64_t expected = amp_snapshot_fingerprint();
    for (unsigned i = 0; print && i < 8; i++) {
        if (print[i] != (uint8_t)(expected >> (8 * i))) {
            fail(in, AMP_E_UNSUPPORTED);
        }
    }
    state->seq = upto_take(in, AMP_SEQ_MAX);
    state->log_vkey = shared_take(in, false);
    n->agency = (size_t)upto_take(in, AMP_AGENCIES_MAX);
    n->station = (size_t)upto_take(in, AMP_STATIONS_MAX);
    n->unit = (size_t)upto_take(in, AMP_UNITS_MAX);
    n->account = (size_t)upto_take(in, AMP_ACCOUNTS_MAX);
    n->call = (size_t)upto_take(in, AMP_CALLS_MAX);
    n->incident = (size_t)upto_take(in, AMP_INCIDENTS_MAX);
    n->open = (size_t)upto_take(in, n->incident);
    n->closure = (size_t)upto_take(in, AMP_CLOSURES_MAX);
    n->audit = (size_t)upto_take(in, INT32_MAX);
    n->message = (size_t)upto_take(in, AMP_MESSAGES_MAX);
    n->hospital = (size_t)upto_take(in, AMP_HOSPITALS_MAX);
    n->alert = (size_t)upto_take(in, AMP_ALERTS_MAX);
    n->invite = (size_t)upto_take(in, AMP_INVITES_MAX);
    n->medium = (size_t)upto_take(in, AMP_MEDIA_MAX);
    n->warning = (size_t)upto_take(in, AMP_WARNINGS_MAX);
    n->tracked = (size_t)upto_take(in, (uint64_t)AMP_CALLS_MAX + AMP_INCIDENTS_MAX * AMP_LINKS_MAX);
    state->key_total = upto_take(in, INT64_MAX);
    mark(in);
}

static void agencies_read(struct in *in, size_t n)
{
    struct amp_state *state = in->state;
    while (!in->err && state->agency_n < n) {
        state->agency =
            room(in, state->agency, &state->agency_cap, state->agency_n, n, sizeof(*state->agency));
        struct amp_agency agency = {.id = {(uint32_t)state->agency_n + 1}};
        agency.code = name_take(in);
        agency.label = line_take(in);
        mark(in);
        if (!in->err) {
            state->agency[state->agency_n++] = agency;
        }
    }
}

static void stations_read(struct in *in, size_t n)
{
    struct amp_state *state = in->state;
    while (!in->err && state->station_n < n) {
        state->station = room(in, state->station, &state->station_cap, state->station_n, n,
                              sizeof(*state->station));
        struct amp_station station = {.id = {(uint32_t)state->station_n + 1}};
        station.code = name_take(in);
        station.label = line_take(in);
        station.site = pos_take(in);
        mark(in);
        if (!in->err) {
            state->station[state->station_n++] = station;
        }
    }
}

static struct amp_words words_take(struct in *in)
{
    struct amp_words words = {.n = (size_t)upto_take(in, AMP_LIST_MAX)};
    for (size_t i = 0; !in->err && i < words.n; i++) {
        words.word[i] = amp_str_of(name_take(in));
    }
    return words;
}

static struct amp_hospital hospital_read(struct in *in)
{
    struct amp_hospital hospital = {.id = {(uint32_t)in->state->hospital_n + 1}};
    hospital.code = name_take(in);
    hospital.label = line_take(in);
    hospital.site = pos_take(in);
    hospital.capabilities = words_take(in);
    hospital.traffic = (enum amp_traffic)upto_take(in, AMP_TRAFFICS - 1);
    hospital.note = own_take(in, AMP_LINE_MAX);
    hospital.since_us = time_take(in);
    hospital.actor = shared_take(in, false);
    hospital.disabled = flag_take(in);
    hospital.changed_seq = upto_take(in, in->state->seq);
    mark(in);
    return hospital;
}

static void hospitals_read(struct in *in, size_t n)
{
    struct amp_state *state = in->state;
    while (!in->err && state->hospital_n < n) {
        state->hospital = room(in, state->hospital, &state->hospital_cap, state->hospital_n, n,
                               sizeof(*state->hospital));
        struct amp_hospital hospital = hospital_read(in);
        if (!in->err) {
            state->hospital[state->hospital_n++] = hospital;
        }
    }
}

static struct amp_unit unit_read(struct in *in, const struct counts *n)
{
    struct amp_unit unit = {.id = {(uint32_t)in->state->unit_n + 1}};
    unit.call_sign = name_take(in);
    unit.kind = name_take(in);
    unit.capabilities = words_take(in);
    unit.station.n = (uint32_t)upto_take(in, n->station);
    unit.agency.n = (uint32_t)upto_take(in, n->agency);
    unit.crew = (int)within_take(in, 0, amp_field_rows[AMP_FIELD_CREW].high);
    unit.status = (enum amp_unit_status)upto_take(in, AMP_UNIT_STATUSES - 1);
    unit.since_us = time_take(in);
    unit.heard_us = time_take(in);
    unit.alarm_raised = flag_take(in);
    unit.incident.n = (uint32_t)upto_take(in, n->incident);
    unit.hospital = own_take(in, AMP_LINE_MAX);
    unit.changed_seq = upto_take(in, in->state->seq);
    mark(in);
    return unit;
}

static void units_read(struct in *in, const struct counts *n)
{
    struct amp_state *state = in->state;
    while (!in->err && state->unit_n < n->unit) {
        state->unit =
            room(in, state->unit, &state->unit_cap, state->unit_n, n->unit, sizeof(*state->unit));
        struct amp_unit unit = unit_read(in, n);
        if (!in->err) {
            state->unit[state->unit_n++] = unit;
        }
    }
}

static struct amp_account account_read(struct in *in, const struct counts *n)
{
    struct amp_account account = {.id = {(uint32_t)in->state->account_n + 1}};
    account.name = name_take(in);
    account.role = (enum amp_role)upto_take(in, AMP_ROLES - 1);
    check(in, account.role != AMP_ROLE_NONE);
    account.agency.n = (uint32_t)upto_take(in, n->agency);
    account.unit.n = (uint32_t)upto_take(in, n->unit);
    uint64_t flags = upto_take(in, 7);
    account.disabled = flags & 1;
    account.password = flags >> 1 & 1;
    account.totp = flags >> 2 & 1;
    account.added_us = time_take(in);
    account.seen_us = time_take(in);
    account.failed_us = time_take(in);
    account.failed = (uint32_t)upto_take(in, UINT32_MAX);
    account.changed_seq = upto_take(in, in->state->seq);
    mark(in);
    return account;
}

static void accounts_read(struct in *in, const struct counts *n)
{
    struct amp_state *state = in->state;
    while (!in->err && state->account_n < n->account) {
        state->account = room(in, state->account, &state->account_cap, state->account_n, n->account,
                              sizeof(*state->account));
        struct amp_account account = account_read(in, n);
        if (!in->err) {
            state->account[state->account_n++] = account;
        }
    }
}

static void calls_read(struct in *in, size_t n)
{
    struct amp_state *state = in->state;
    while (!in->err && state->call_n < n) {
        state->call =
            room(in, state->call, &state->call_cap, state->call_n, n, sizeof(*state->call));
        struct amp_call call = {.id = {(uint32_t)state->call_n + 1}};
        call.state = (enum amp_call_state)upto_take(in, AMP_CALL_STATES - 1);
        call.received_us = time_take(in);
        call.number = own_take(in, AMP_LINE_MAX);
        call.name = own_take(in, AMP_LINE_MAX);
        call.words = own_take(in, AMP_TEXT_MAX);
        call.device = own_take(in, AMP_LINE_MAX);
        call.ref = own_take(in, AMP_LINE_MAX);
        call.sip_call = own_take(in, AMP_LINE_MAX);
        call.tracking = shared_take(in, false);
        call.call_back = upto_take(in, 1) != 0;
        call.where = where_take(in);
        mark(in);
        if (!in->err) {
            state->call[state->call_n++] = call;
        }
    }
}

/* The texts of a call are chained from its newest one, in the order of their numbers. */
static void messages_read(struct in *in, size_t n)
{
    struct amp_state *state = in->state;
    while (!in->err && state->message_n < n) {
        state->message = room(in, state->message, &state->message_cap, state->message_n, n,
                              sizeof(*state->message));
        struct amp_sms message = {.call = {(uint32_t)upto_take(in, state->call_n)}};
        check(in, message.call.n != 0);
        message.state = (enum amp_message_state)upto_take(in, AMP_MESSAGE_STATES - 1);
        message.part.ref = (uint16_t)upto_take(in, UINT16_MAX);
        message.part.total = (uint8_t)upto_take(in, UINT8_MAX);
        message.part.index = (uint8_t)upto_take(in, message.part.total);
        check(in, !message.part.total || message.part.index);
        message.at_us = time_take(in);
        message.state_us = time_take(in);
        message.text = own_take(in, AMP_TEXT_MAX);
        message.actor = word_take(in);
        message.label = shared_take(in, false);
        mark(in);
        if (!in->err) {
            struct amp_call *call = &state->call[message.call.n - 1];
            message.older = call->message;
            state->message[state->message_n++] = message;
            call->message = (uint32_t)state->message_n;
        }
    }
}

static void alert_read(struct in *in, struct amp_alert *alert)
{
    alert->reference = line_take(in);
    alert->source = word_take(in);
    alert->state = (enum amp_alert_state)upto_take(in, AMP_ALERT_STATES - 1);
    alert->received_us = time_take(in);
    alert->sent_us = time_take(in);
    alert->until_us = time_take(in);
    alert->ended_us = time_take(in);
    alert->signature = word_take(in);
    alert->signed_by = word_take(in);
    alert->document = own_take(in, AMP_DOCUMENT_MAX);
    check(in, (alert->document != NULL) == (alert->state == AMP_ALERT_IN_FORCE));
    mark(in);
}

static void alerts_read(struct in *in, size_t n)
{
    struct amp_state *state = in->state;
    while (!in->err && state->alert_n < n) {
        state->alert =
            room(in, state->alert, &state->alert_cap, state->alert_n, n, sizeof(*state->alert));
        struct amp_alert alert = {0};
        alert_read(in, &alert);
        bool live = alert.state == AMP_ALERT_IN_FORCE;
        if (live) {
            check(in, state->alert_live_n < AMP_ALERTS_IN_FORCE);
            state->alert_live = room(in, state->alert_live, &state->alert_live_cap,
                                     state->alert_live_n, n, sizeof(*state->alert_live));
        }
        if (!in->err) {
            state->alert[state->alert_n++] = alert;
            if (live) {
                state->alert_live[state->alert_live_n++] = (uint32_t)state->alert_n;
            }
        }
    }
}

static void warning_read(struct in *in, struct amp_warning *warning)
{
    warning->state = (enum amp_warning_state)upto_take(in, AMP_WARNING_STATES - 1);
    warning->cancels = flag_take(in);
    warning->reference = shared_take(in, false);
    warning->drafted_by = word_take(in);
    warning->issued_by = word_take(in);
    warning->drafted_us = time_take(in);
    warning->issued_us = time_take(in);
    warning->until_us = time_take(in);
    warning->ended_us = time_take(in);
    warning->document = own_take(in, AMP_DOCUMENT_MAX);
    bool never = warning->state == AMP_WARNING_DRAFT || warning->state == AMP_WARNING_DISCARDED;
    check(in, never == (warning->reference == NULL));
    check(in, warning->document != NULL || !amp_warning_is_live(warning->state));
    mark(in);
}

static void warnings_read(struct in *in, size_t n)
{
    struct amp_state *state = in->state;
    while (!in->err && state->warning_n < n) {
        state->warning = room(in, state->warning, &state->warning_cap, state->warning_n, n,
                              sizeof(*state->warning));
        struct amp_warning warning = {0};
        warning_read(in, &warning);
        bool live = amp_warning_is_live(warning.state);
        if (live) {
            check(in, state->warning_live_n < AMP_WARNINGS_LIVE);
            state->warning_live = room(in, state->warning_live, &state->warning_live_cap,
                                       state->warning_live_n, n, sizeof(*state->warning_live));
        }
        if (!in->err) {
            state->warning[state->warning_n++] = warning;
            if (live) {
                state->warning_live[state->warning_live_n++] = (uint32_t)state->warning_n;
            }
        }
    }
}

struct parts { /* what is said of an incident's lists before they come */
    size_t link, aid, slot, call, entry;
};

static void incident_head(struct in *in, const struct counts *n, struct amp_incident *incident,
                          struct parts *parts)
{
    incident->state = (enum amp_incident_state)upto_take(in, AMP_INCIDENT_STATES - 1);
    incident->opened_us = time_take(in);
    incident->changed_us = time_take(in);
    incident->closed_us = time_take(in);
    incident->state_us = time_take(in);
    incident->changed_seq = upto_take(in, in->state->seq);
    incident->type = word_take(in);
    incident->priority = (int)within_take(in, 0, AMP_PRIORITY_MAX);
    incident->level = (int)within_take(in, 1, AMP_LEVEL_MAX);
    incident->place = own_take(in, AMP_LINE_MAX);
    incident->where = where_take(in);
    incident->into.n = (uint32_t)upto_take(in, n->incident);
    incident->outcome = word_take(in);
    incident->reopened = (int)within_take(in, 0, INT32_MAX - 1);
    uint64_t flags = upto_take(in, 3);
    incident->nobody_raised = flags & 1;
    incident->held = flags >> 1 & 1;
    incident->alarm = word_take(in);
    incident->alarm_unit = word_take(in);
    incident->alarm_us = time_take(in);
    incident->agency.n = (uint32_t)upto_take(in, n->agency);
    incident->shared = upto_take(in, (UINT64_C(2) << n->agency) - 1);
    incident->erased_us = time_take(in);
    parts->link = (size_t)upto_take(in, AMP_LINKS_MAX);
    parts->aid = (size_t)upto_take(in, AMP_AID_REQUESTS_MAX);
    parts->slot = (size_t)upto_take(in, AMP_SLOTS_MAX);
    parts->call = (size_t)upto_take(in, n->call);
    parts->entry = (size_t)upto_take(in, INT32_MAX);
    mark(in);
}

static void link_units_read(struct in *in, struct amp_link *link, size_t n)
{
    while (!in->err && link->unit_n < n) {
        link->unit = room(in, link->unit, &link->unit_cap, link->unit_n, n, sizeof(*link->unit));
        struct amp_partner_unit unit = {.name = shared_take(in, false)};
        unit.status = (enum amp_unit_status)upto_take(in, AMP_UNIT_STATUSES - 1);
        unit.since_us = time_take(in);
        check(in, unit.name != NULL);
        mark(in);
        if (!in->err) {
            link->unit[link->unit_n++] = unit;
        }
    }
}

static void link_notes_read(struct in *in, struct amp_link *link, size_t n)
{
    uint64_t last = 0;
    while (!in->err && link->note_n < n) {
        link->note = room(in, link->note, &link->note_cap, link->note_n, n, sizeof(*link->note));
        uint64_t step = upto_take(in, UINT64_MAX - last);
        check(in, step || !link->note_n);
        mark(in);
        if (!in->err) {
            last += step;
            link->note[link->note_n++] = last;
        }
    }
}

static void links_read(struct in *in, const struct counts *n, struct amp_incident *incident,
                       size_t links)
{
    while (!in->err && incident->link_n < links) {
        incident->link = room(in, incident->link, &incident->link_cap, incident->link_n, links,
                              sizeof(*incident->link));
        if (in->err) {
            return;
        }
        struct amp_link *link = &incident->link[incident->link_n++];
        *link = (struct amp_link){.partner = word_take(in)};
        link->tracking = shared_take(in, false);
        link->as.n = (uint32_t)upto_take(in, n->incident);
        uint64_t life = upto_take(in, 2 * AMP_TRANSFERS - 1);
        link->outward = life & 1;
        link->transfer = (enum amp_transfer)(life >> 1);
        link->offer_us = time_take(in);
        link->changed_us = time_take(in);
        link->status = shared_take(in, false);
        size_t units = (size_t)upto_take(in, AMP_LINK_UNITS_MAX);
        size_t notes = (size_t)upto_take(in, AMP_LINK_NOTES_MAX);
        check(in, link->partner && link->as.n);
        mark(in);
        link_units_read(in, link, units);
        link_notes_read(in, link, notes);
    }
}

static void aid_read(struct in *in, size_t agencies, struct amp_incident *incident, size_t n)
{
    while (!in->err && incident->aid_n < n) {
        incident->aid =
            room(in, incident->aid, &incident->aid_cap, incident->aid_n, n, sizeof(*incident->aid));
        struct amp_aid_request request = {.lender = {(uint32_t)upto_take(in, agencies)}};
        request.capabilities = words_take(in);
        request.count = (int)within_take(in, 1, amp_field_rows[AMP_FIELD_CREWS].high);
        uint64_t stand = upto_take(in, AMP_AID_STATES); /* the last: asked, and overdue */
        request.alarm_raised = stand == AMP_AID_STATES;
        request.state = request.alarm_raised ? AMP_AID_REQUESTED : (enum amp_aid_state)stand;
        request.asked_us = time_take(in);
        request.until_us = time_take(in);
        request.settled_us = time_take(in);
        request.asked_seq = upto_take(in, in->state->seq);
        request.settled_seq = upto_take(in, in->state->seq);
        request.actor = shared_take(in, false);
        bool stands = request.state == AMP_AID_REQUESTED;
        check(in, request.lender.n && request.lender.n != incident->agency.n);
        check(in, request.capabilities.n && stands == !request.settled_seq);
        check(in, !stands || incident->state != AMP_INCIDENT_CLOSED);
        check(in, !amp_incident_aid(incident, request.lender, &request.capabilities));
        mark(in);
        if (!in->err) {
            incident->aid[incident->aid_n++] = request;
        }
    }
}

static void slots_read(struct in *in, struct amp_incident *incident, size_t n, size_t units)
{
    while (!in->err && incident->slot_n < n) {
        incident->slot = room(in, incident->slot, &incident->slot_cap, incident->slot_n, n,
                              sizeof(*incident->slot));
        struct amp_slot slot = {.unit = {(uint32_t)upto_take(in, units)}};
        slot.dispatched_us = time_take(in);
        slot.on_scene_us = time_take(in);
        slot.eta_s = within_take(in, -1, amp_field_rows[AMP_FIELD_ETA_S].high);
        mark(in);
        if (!in->err) {
            incident->slot[incident->slot_n++] = slot;
        }
    }
}

/* A call belongs to exactly one incident. */
static void call_list_read(struct in *in, struct amp_incident *incident, size_t n)
{
    struct amp_state *state = in->state;
    while (!in->err && incident->call_n < n) {
        incident->call = room(in, incident->call, &incident->call_cap, incident->call_n, n,
                              sizeof(*incident->call));
        struct amp_call_id id = {(uint32_t)upto_take(in, state->call_n)};
        check(in, id.n && !state->call[id.n - 1].incident.n);
        mark(in);
        if (!in->err) {
            state->call[id.n - 1].incident = incident->id;
            incident->call[incident->call_n++] = id;
        }
    }
}

static void entry_read(struct in *in, struct amp_entry *entry, uint64_t *seq, int64_t *time_us)
{
    uint64_t kind = upto_take(in, PERSONAL_BIT + AMP_EV_COUNT);
    entry->personal = (kind & PERSONAL_BIT) != 0;
    kind &= ~(uint64_t)PERSONAL_BIT;
    check(in, kind < AMP_EV_COUNT);
    entry->kind = (enum amp_event_kind)kind;
    *seq += upto_take(in, in->state->seq - *seq);
    int64_t step_us =
        within_take(in, AMP_TIME_MIN_US - AMP_TIME_MAX_US, AMP_TIME_MAX_US - AMP_TIME_MIN_US);
    *time_us += step_us; /* both are small against 64 bits */
    check(in, *time_us >= AMP_TIME_MIN_US && *time_us <= AMP_TIME_MAX_US);
    entry->seq = *seq & AMP_SEQ_MAX;
    entry->time_us = *time_us;
    entry->actor = name_take(in);
    entry->unit = word_take(in);
    entry->text = entry->personal ? own_take(in, AMP_TEXT_MAX) : shared_take(in, false);
    check(in, !entry->personal || entry->text);
    mark(in);
}

static void entries_read(struct in *in, struct amp_incident *incident, size_t n)
{
    uint64_t seq = 0;
    int64_t time_us = incident->opened_us;
    while (!in->err && incident->entry_n < n) {
        incident->entry = room(in, incident->entry, &incident->entry_cap, incident->entry_n, n,
                               sizeof(*incident->entry));
        if (!in->err) {
            entry_read(in, &incident->entry[incident->entry_n], &seq, &time_us);
            incident->entry_n += !in->err;
        }
    }
}

static void incidents_read(struct in *in, const struct counts *n)
{
    struct amp_state *state = in->state;
    while (!in->err && state->incident_n < n->incident) {
        state->incident = room(in, state->incident, &state->incident_cap, state->incident_n,
                               n->incident, sizeof(*state->incident));
        if (in->err) {
            return;
        }
        struct parts parts = {0};
        struct amp_incident *incident = &state->incident[state->incident_n++];
        *incident = (struct amp_incident){.id = {(uint32_t)state->incident_n}};
        incident_head(in, n, incident, &parts);
        links_read(in, n, incident, parts.link);
        aid_read(in, n->agency, incident, parts.aid);
        slots_read(in, incident, parts.slot, n->unit);
        call_list_read(in, incident, parts.call);
        entries_read(in, incident, parts.entry);
    }
}

static void open_read(struct in *in, size_t n)
{
    struct amp_state *state = in->state;
    while (!in->err && state->open_n < n) {
        state->open =
            room(in, state->open, &state->open_cap, state->open_n, n, sizeof(*state->open));
        struct amp_incident_id id = {(uint32_t)upto_take(in, state->incident_n)};
        check(in, id.n != 0);
        mark(in);
        if (!in->err) {
            state->incident[id.n - 1].open_at = state->open_n;
            state->open[state->open_n++] = id;
        }
    }
}

static void extent_take(struct in *in, struct amp_extent *extent,
                        struct amp_pos point[AMP_POINTS_MAX])
{
    extent->shape = (enum amp_shape)upto_take(in, AMP_SHAPES - 1);
    extent->site = pos_take(in);
    extent->radius_m = within_take(in, 0, amp_field_rows[AMP_FIELD_RADIUS_M].high);
    extent->heading_deg = within_take(in, -1, amp_field_rows[AMP_FIELD_HEADING_DEG].high);
    extent->time_percent = (int64_t)upto_take(in, AMP_EXTENT_SLOW_MAX);
    size_t n = (size_t)upto_take(in, AMP_POINTS_MAX);
    struct amp_pos last = extent->site;
    const int64_t far = UINT32_MAX;
    for (size_t i = 0; !in->err && i < n; i++) {
        int64_t lat = last.lat_e7 + within_take(in, -far, far);
        int64_t lon = last.lon_e7 + within_take(in, -far, far);
        check(in, amp_pos_valid(lat, lon));
        last = in->err ? last : (struct amp_pos){(int32_t)lat, (int32_t)lon};
        point[i] = last;
    }
    extent->points = (struct amp_points){point, in->err ? 0 : n};
}

static void closures_read(struct in *in, size_t n)
{
    struct amp_state *state = in->state;
    while (!in->err && state->closure_n < n) {
        state->closure = room(in, state->closure, &state->closure_cap, state->closure_n, n,
                              sizeof(*state->closure));
        struct amp_closure closure = {.id = {(uint32_t)state->closure_n + 1}};
        struct amp_pos point[AMP_POINTS_MAX];
        extent_take(in, &closure.extent, point);
        closure.reason = own_take(in, AMP_LINE_MAX);
        closure.made_us = time_take(in);
        closure.lifted_us = time_take(in);
        closure.until_us = time_take(in);
        closure.made_by = name_take(in);
        closure.lifted_by = word_take(in);
        closure.changed_seq = upto_take(in, in->state->seq);
        mark(in);
        if (!in->err && amp_points_copy(closure.extent.points, &closure.extent.points)) {
            fail(in, AMP_E_NOMEM);
        }
        if (!in->err) {
            state->closure[state->closure_n++] = closure;
        }
    }
}

static void key_read(struct in *in, struct amp_key *key)
{
    key->key = own_take(in, AMP_KEY_MAX);
    check(in, key->key && amp_key_valid(amp_str_of(key->key)));
    key->print = (uint32_t)upto_take(in, AMP_PRINT_MAX);
    key->seq = upto_take(in, in->state->seq);
    key->incident.n = (uint32_t)upto_take(in, in->state->incident_n);
    key->call.n = (uint32_t)upto_take(in, in->state->call_n);
    key->closure.n = (uint32_t)upto_take(in, in->state->closure_n);
    mark(in);
}

/* The ring is filled from its oldest, wherever that lies. */
static void keys_read(struct in *in)
{
    struct amp_state *state = in->state;
    uint64_t total = state->key_total;
    uint64_t first = total > AMP_KEYS_KEPT ? total - AMP_KEYS_KEPT : 0;
    size_t n = (size_t)(total - first);
    if (!n || in->err) {
        return;
    }
    state->key = calloc(n, sizeof(*state->key));
    state->key_cap = state->key ? n : 0;
    if (!state->key) {
        fail(in, AMP_E_NOMEM);
    }
    for (uint64_t i = first; !in->err && i < total; i++) {
        key_read(in, &state->key[i % AMP_KEYS_KEPT]);
    }
}

static void day_read(struct in *in, struct amp_audit_day *day)
{
    uint64_t cell = 0;
    day->day =
        within_take(in, amp_audit_day_of(AMP_TIME_MIN_US), amp_audit_day_of(AMP_TIME_MAX_US));
    day->first_seq = upto_take(in, in->state->seq);
    day->last_seq = upto_take(in, in->state->seq);
    uint64_t cells = upto_take(in, AMP_ROLES * AMP_EV_COUNT);
    for (uint64_t i = 0; !in->err && i < cells; i++) {
        uint64_t step = upto_take(in, AMP_ROLES * AMP_EV_COUNT - 1 - cell);
        check(in, step || !i);
        cell += step;
        uint32_t count = (uint32_t)upto_take(in, UINT32_MAX);
        check(in, count != 0);
        day->count[cell / AMP_EV_COUNT][cell % AMP_EV_COUNT] = count;
    }
    mark(in);
}

static void audit_read(struct in *in, size_t n)
{
    struct amp_state *state = in->state;
    while (!in->err && state->audit_n < n) {
        state->audit =
            room(in, state->audit, &state->audit_cap, state->audit_n, n, sizeof(*state->audit));
        struct amp_audit_day day = {0};
        day_read(in, &day);
        check(in, !state->audit_n || (!in->err && state->audit[state->audit_n - 1].day < day.day));
        if (!in->err) {
            state->audit[state->audit_n++] = day;
        }
    }
}

/* The links of a call are chained from its newest one, as its texts are. */
static void invites_read(struct in *in, size_t n)
{
    struct amp_state *state = in->state;
    while (!in->err && state->invite_n < n) {
        state->invite =
            room(in, state->invite, &state->invite_cap, state->invite_n, n, sizeof(*state->invite));
        struct amp_invite link = {.call = {(uint32_t)upto_take(in, state->call_n)}};
        link.incident.n = (uint32_t)upto_take(in, state->incident_n);
        check(in, link.call.n && link.incident.n);
        link.state = (enum amp_link_state)upto_take(in, AMP_LINK_STATES - 1);
        link.scope = (enum amp_link_scope)upto_take(in, AMP_LINK_SCOPES - 1);
        link.offered_us = time_take(in);
        link.until_us = time_take(in);
        link.state_us = time_take(in);
        link.shared_us = time_take(in);
        link.items = (uint32_t)upto_take(in, UINT32_MAX);
        link.message = (uint32_t)upto_take(in, state->message_n);
        link.token = name_take(in);
        link.holder = shared_take(in, false);
        link.actor = word_take(in);
        link.outcome = word_take(in);
        mark(in);
        if (!in->err) {
            struct amp_call *call = &state->call[link.call.n - 1];
            link.older = call->link;
            state->invite[state->invite_n++] = link;
            call->link = (uint32_t)state->invite_n;
        }
    }
}

/* A caller's is chained by its link, a crew's by its incident. */
static void medium_chain(struct amp_state *state, struct amp_medium medium)
{
    struct amp_invite *link = medium.link ? &state->invite[medium.link - 1] : NULL;
    uint32_t *newest = link ? &link->medium : &state->incident[medium.incident.n - 1].medium;
    medium.older = *newest;
    state->medium[state->medium_n++] = medium;
    *newest = (uint32_t)state->medium_n;
    if (link) {
        link->bytes += (uint64_t)medium.bytes;
        link->media++;
    }
}

static void medium_whose(struct in *in, struct amp_medium *medium)
{
    const struct amp_state *state = in->state;
    medium->link = (uint32_t)upto_take(in, state->invite_n);
    if (medium->link && !in->err) {
        medium->incident = state->invite[medium->link - 1].incident;
        return;
    }
    medium->incident.n = (uint32_t)upto_take(in, state->incident_n);
    medium->unit.n = (uint32_t)upto_take(in, state->unit_n);
    check(in, medium->incident.n && medium->unit.n);
    medium->taken_us = time_take(in);
    medium->actor = word_take(in);
}

static void media_read(struct in *in, size_t n)
{
    struct amp_state *state = in->state;
    while (!in->err && state->medium_n < n) {
        state->medium =
            room(in, state->medium, &state->medium_cap, state->medium_n, n, sizeof(*state->medium));
        struct amp_medium medium = {0};
        medium_whose(in, &medium);
        medium.at_us = time_take(in);
        medium.bytes = (int64_t)upto_take(in, INT64_MAX);
        medium.type = word_take(in);
        medium.label = line_take(in);
        medium.digest = own_take(in, AMP_TEXT_MAX);
        mark(in);
        if (!in->err) {
            medium_chain(state, medium);
        }
    }
}

static void tracked_read(struct in *in, size_t n)
{
    struct amp_state *state = in->state;
    while (!in->err && state->tracked_n < n) {
        state->tracked = room(in, state->tracked, &state->tracked_cap, state->tracked_n, n,
                              sizeof(*state->tracked));
        struct amp_tracked tracked = {.name = line_take(in)};
        tracked.incident.n = (uint32_t)upto_take(in, state->incident_n);
        check(in, tracked.incident.n > 0);
        mark(in);
        if (!in->err) {
            state->tracked[state->tracked_n++] = tracked;
        }
    }
}

static void tables_read(struct in *in)
{
    struct counts n = {0};
    block_next(in);
    head_read(in, &n);
    agencies_read(in, n.agency);
    stations_read(in, n.station);
    units_read(in, &n);
    accounts_read(in, &n);
    calls_read(in, n.call);
    messages_read(in, n.message);
    alerts_read(in, n.alert);
    warnings_read(in, n.warning);
    incidents_read(in, &n);
    open_read(in, n.open);
    closures_read(in, n.closure);
    keys_read(in);
    audit_read(in, n.audit);
    hospitals_read(in, n.hospital);
    invites_read(in, n.invite);
    media_read(in, n.medium);
    tracked_read(in, n.tracked);
    check(in, in->at == in->end); /* the empty block came with the last mark */
}

amp_err amp_snapshot_read(amp_err (*get)(void *ctx, void *data, size_t len), void *ctx,
                          struct amp_state *out, struct amp_why *why)
{
    struct amp_state state = {0};
    struct in in = {.get = get, .ctx = ctx, .state = &state};
    amp_err err = amp_state_init(&state);
    if (err) {
        return err;
    }
    in.data = malloc(AMP_SNAPSHOT_PIECE);
    in.at = in.end = in.data;
    if (in.data) {
        tables_read(&in);
        amp_wipe(in.data, AMP_SNAPSHOT_PIECE);
    } else {
        in.err = AMP_E_NOMEM;
    }
    free(in.data);
    free(in.text);
    err = in.err;
    if (err == AMP_E_CORRUPT) {
        (void)amp_fail(why, err, "the snapshot is damaged; start without it");
    } else if (err == AMP_E_UNSUPPORTED) {
        (void)amp_fail(why, err, "the snapshot is of another version; start without it");
    }
    err = err ? err : amp_snapshot_finish(&state, why);
    if (err) {
        amp_state_finish(&state);
        return err;
    }
    *out = state;
    return AMP_OK;
}
