/*
 * Incidents and crews as files for other programs: CSV (RFC 4180) and GeoJSON (RFC 7946).
 *
 * Where an incident is and what its place is called are personal: they come only when they are
 * asked for by who may also look at incidents. The look is recorded as that at a list is.
 */
#include "base/timefmt.h"
#include "server/api.h"
#include "server/sight.h"
#include <string.h>

enum {
    ROWS_MAX = 100000
};

enum thing {
    INCIDENTS,
    UNITS
};

struct table {
    enum thing thing;
    bool geojson, personal;
    bool open, closed;      /* which incidents */
    int64_t from_us, to_us; /* opened from, and before */
    struct amp_buf *out;
    struct amp_json js; /* of GeoJSON */
    bool row_begun;     /* of CSV */
};

/* ---- one value of a row, in either form ---- */

static void cell_begin(struct table *table)
{
    if (table->row_begun) {
        amp_buf_char(table->out, ',');
    }
    table->row_begun = true;
}

/* A spreadsheet takes a cell that begins with one of these for a formula: it is made words. */
static bool is_formula(const char *text)
{
    return text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;
}

static void text_cell(struct table *table, const char *name, const char *text)
{
    if (table->geojson) {
        amp_json_text_of(&table->js, name, text);
        return;
    }
    cell_begin(table);
    text = text != NULL ? text : "";
    bool formula = is_formula(text);
    if (!formula && strpbrk(text, ",\"\r\n") == NULL) {
        amp_buf_text(table->out, text);
        return;
    }
    amp_buf_text(table->out, formula ? "\"'" : "\"");
    for (; *text != '\0'; text++) {
        if (*text == '"') {
            amp_buf_char(table->out, '"');
        }
        amp_buf_char(table->out, *text);
    }
    amp_buf_char(table->out, '"');
}

static void int_cell(struct table *table, const char *name, int64_t value, bool known)
{
    if (!table->geojson) {
        cell_begin(table);
        if (known) {
            amp_buf_i64(table->out, value);
        }
    } else if (known) {
        amp_json_i64_of(&table->js, name, value);
    } else {
        amp_json_text_of(&table->js, name, NULL);
    }
}

static void time_cell(struct table *table, const char *name, int64_t time_us)
{
    char text[AMP_TIME_TEXT] = "";
    if (time_us != 0) {
        amp_time_text(time_us, text);
    }
    text_cell(table, name, time_us != 0 ? text : NULL);
}

/* In GeoJSON a position is the geometry, before the properties; here it is two cells. */
static void pos_cells(struct table *table, const struct amp_pos *pos)
{
    for (int i = 0; !table->geojson && i < 2; i++) {
        cell_begin(table);
        if (pos != NULL) {
            int64_t value = i == 0 ? pos->lat_e7 : pos->lon_e7;
            int64_t size = value < 0 ? -value : value;
            amp_buf_printf(table->out, "%s%lld.%07lld", value < 0 ? "-" : "",
                           (long long)(size / 10000000), (long long)(size % 10000000));
        }
    }
}

static void row_begin(struct table *table, const struct amp_pos *pos)
{
    table->row_begun = false;
    if (!table->geojson) {
        return;
    }
    struct amp_json *js = &table->js;
    amp_json_open(js, '{');
    amp_json_text_of(js, "type", "Feature");
    amp_json_key(js, "geometry");
    if (pos != NULL) {
        amp_json_open(js, '{');
        amp_json_text_of(js, "type", "Point");
        amp_json_key(js, "coordinates"); /* RFC 7946, section 3.1.1: longitude first */
        amp_json_open(js, '[');
        amp_json_put_double(js, pos->lon_e7 / 1e7, 7);
        amp_json_put_double(js, pos->lat_e7 / 1e7, 7);
        amp_json_close(js, ']');
        amp_json_close(js, '}');
    } else {
        amp_json_put_null(js);
    }
    amp_json_key(js, "properties");
    amp_json_open(js, '{');
}

static void row_end(struct table *table)
{
    if (table->geojson) {
        amp_json_close(&table->js, '}');
        amp_json_close(&table->js, '}');
    } else {
        amp_buf_text(table->out, "\r\n");
    }
}

/* ---- rows ---- */

static const char *agency_of(const struct amp_state *state, struct amp_agency_id id)
{
    const struct amp_agency *agency = amp_state_agency_at(state, id);
    return agency != NULL ? agency->code : NULL;
}

static void incident_row(struct table *table, const struct amp_state *state,
                         const struct amp_incident *incident)
{
    char id[AMP_ID_TEXT], into[AMP_ID_TEXT];
    bool placed = table->personal && incident->where.known;
    const struct amp_pos *pos = placed ? &incident->where.pos : NULL;
    amp_incident_id_text(incident->id, id);
    amp_incident_id_text(incident->into, into);
    row_begin(table, pos);
    text_cell(table, "id", id);
    text_cell(table, "state", amp_incident_state_name(incident->state));
    text_cell(table, "type", incident->type);
    int_cell(table, "priority", incident->priority, incident->priority > 0);
    int_cell(table, "level", incident->level, true);
    text_cell(table, "agency", agency_of(state, incident->agency));
    time_cell(table, "opened", incident->opened_us);
    time_cell(table, "closed", incident->closed_us);
    text_cell(table, "outcome", incident->outcome);
    int_cell(table, "reopened", incident->reopened, true);
    int_cell(table, "calls", (int64_t)incident->call_n, true);
    int_cell(table, "units", (int64_t)incident->slot_n, true);
    text_cell(table, "into", incident->into.n != 0 ? into : NULL);
    if (table->personal) {
        text_cell(table, "place", incident->place);
        pos_cells(table, pos);
        int_cell(table, "radius_m", incident->where.radius_m,
                 placed && incident->where.radius_m >= 0);
    }
    row_end(table);
}

static void unit_row(struct table *table, const struct amp_server *server,
                     const struct amp_unit *unit)
{
    const struct amp_state *state = &server->state;
    const struct amp_station *station = amp_state_station_at(state, unit->station);
    struct amp_buf can = amp_buf_make(AMP_LIST_MAX * (AMP_WORD_MAX + 1) + 1);
    char incident[AMP_ID_TEXT];
    bool stale = true;
    const struct amp_position *last =
        amp_track_last(&server->track, unit->id, server->now_us, &stale);
    const struct amp_pos *pos = last != NULL && !stale ? &last->pos : NULL;
    for (size_t i = 0; i < unit->capabilities.n; i++) {
        amp_buf_text(&can, i > 0 ? " " : "");
        amp_buf_str(&can, unit->capabilities.word[i]);
    }
    amp_incident_id_text(unit->incident, incident);
    row_begin(table, pos);
    text_cell(table, "id", unit->call_sign);
    text_cell(table, "kind", unit->kind);
    text_cell(table, "capabilities", amp_buf_cstr(&can));
    text_cell(table, "station", station != NULL ? station->code : NULL);
    text_cell(table, "agency", agency_of(state, unit->agency));
    int_cell(table, "crew", unit->crew, unit->crew > 0);
    text_cell(table, "status", amp_unit_status_name(unit->status));
    time_cell(table, "since", unit->since_us);
    text_cell(table, "incident", unit->incident.n != 0 ? incident : NULL);
    pos_cells(table, pos);
    time_cell(table, "position_time", last != NULL ? last->fix_us : 0);
    row_end(table);
    amp_buf_free(&can);
}

static void head_write(struct table *table)
{
    static const char *const heads[][2] = {
        {"id,state,type,priority,level,agency,opened,closed,outcome,reopened,calls,units,into",
         ",place,lat,lon,radius_m"},
        {"id,kind,capabilities,station,agency,crew,status,since,incident,lat,lon,position_time",
         ""}};
    amp_buf_text(table->out, heads[table->thing][0]);
    amp_buf_text(table->out, table->personal ? heads[table->thing][1] : "");
    amp_buf_text(table->out, "\r\n");
}

static bool is_asked(const struct table *table, const struct amp_incident *incident)
{
    bool closed = incident->state == AMP_INCIDENT_CLOSED;
    return (closed ? table->closed : table->open) && incident->opened_us >= table->from_us &&
           incident->opened_us < table->to_us;
}

/* The newest so many, in the order of their numbers. */
static void incidents_write(struct table *table, const struct amp_server *server,
                            const struct amp_job *job)
{
    const struct amp_state *state = &server->state;
    size_t first = state->incident_n;
    for (size_t n = 0; first > 0 && n < ROWS_MAX; first--) {
        n += is_asked(table, &state->incident[first - 1]);
    }
    for (size_t i = first; i < state->incident_n; i++) {
        const struct amp_incident *incident = &state->incident[i];
        if (is_asked(table, incident) && amp_sight_incident(state, &job->who, incident)) {
            incident_row(table, state, incident);
        }
    }
}

static void see_table(struct amp_server *server, struct amp_job *job,
                      const struct amp_decision *decision)
{
    struct table *table = job->data;
    (void)decision;
    table->out = &job->out;
    table->js = amp_json_make(&job->out);
    if (table->geojson) {
        amp_json_open(&table->js, '{');
        amp_json_text_of(&table->js, "type", "FeatureCollection");
        amp_json_key(&table->js, "features");
        amp_json_open(&table->js, '[');
    } else {
        head_write(table);
    }
    if (table->thing == INCIDENTS) {
        incidents_write(table, server, job);
    }
    for (size_t i = 0; table->thing == UNITS && i < server->state.unit_n; i++) {
        const struct amp_unit *unit = &server->state.unit[i];
        if (amp_sight_unit(&server->state, &job->who, unit)) {
            unit_row(table, server, unit);
        }
    }
    if (table->geojson) {
        amp_json_close(&table->js, ']');
        amp_json_close(&table->js, '}');
    }
    job->type = table->geojson ? "application/geo+json" : "text/csv; charset=utf-8";
}

/* ---- what is asked ---- */

static bool file_read(struct amp_str file, struct table *table)
{
    struct amp_str name = {0};
    struct amp_str form = amp_str_cut(file, '.', &name);
    table->thing = amp_str_is(name, "units") ? UNITS : INCIDENTS;
    table->geojson = amp_str_is(form, "geojson");
    return (table->thing == UNITS || amp_str_is(name, "incidents")) &&
           (table->geojson || amp_str_is(form, "csv"));
}

static amp_err time_read(const struct amp_job *job, const char *name, int64_t *out,
                         struct amp_why *why)
{
    struct amp_str text = amp_api_query(job, name);
    if (text.len > 0 && amp_time_parse(text, out) != AMP_OK) {
        return amp_fail(why, AMP_E_RANGE, "%s must be a time, such as 2026-11-26T00:00:00Z", name);
    }
    return AMP_OK;
}

static amp_err table_read(const struct amp_job *job, struct table *table, struct amp_why *why)
{
    struct amp_str state = amp_api_query(job, "state");
    struct amp_str personal = amp_api_query(job, "personal");
    bool all = state.len == 0 || amp_str_is(state, "all");
    *table = (struct table){.from_us = AMP_TIME_MIN_US, .to_us = AMP_TIME_MAX_US};
    if (!file_read(job->param[0], table)) {
        return amp_fail(why, AMP_E_NOT_FOUND,
                        "there are incidents.csv, incidents.geojson, units.csv and units.geojson");
    }
    table->open = all || amp_str_is(state, "open");
    table->closed = all || amp_str_is(state, "closed");
    if (!table->open && !table->closed) {
        return amp_fail(why, AMP_E_RANGE, "state must be open, closed or all");
    }
    if (personal.len > 0 && !amp_str_is(personal, "yes") && !amp_str_is(personal, "no")) {
        return amp_fail(why, AMP_E_RANGE, "personal must be yes or no");
    }
    table->personal = table->thing == INCIDENTS && amp_str_is(personal, "yes");
    if (table->personal && (job->who.may & AMP_MAY(READ)) == 0) {
        return amp_fail(why, AMP_E_FORBIDDEN,
                        "places and positions need the permission \"read\", too");
    }
    amp_err err = time_read(job, "from", &table->from_us, why);
    return err ? err : time_read(job, "to", &table->to_us, why);
}

void amp_api_table(struct amp_server *server, struct amp_job *job)
{
    struct amp_why why = {""};
    struct table *table = amp_arena_alloc(&job->arena, sizeof *table);
    amp_err err = table == NULL ? AMP_E_NOMEM : table_read(job, table, &why);
    if (err == AMP_OK) {
        err = amp_job_field(job, "Content-Disposition",
                            amp_arena_printf(&job->arena, "attachment; filename=\"%.*s\"",
                                             (int)job->param[0].len, job->param[0].ptr));
    }
    if (err != AMP_OK) {
        amp_core_refuse(server, job, err, &why);
        return;
    }
    job->data = table;
    amp_api_look(server, job, table->personal ? "export-places" : "export-list", see_table);
}
