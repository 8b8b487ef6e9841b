/* An EIDO out: our incident as the components of the schema, and the unit statuses of its
 * registries.
 */
#include "intake/eido.h"
#include "intake/intake.h"

#include <assert.h>

/* For each of our statuses what is written; then what else of the registry is read as one of them.
 */
static const struct status_row {
    enum amp_unit_status status;
    const char *primary, *secondary;
} statuses[] = {
    {AMP_UNIT_AVAILABLE, "Available", "InService"},
    /* a crew on its way may still be diverted; one that has arrived may not */
    {AMP_UNIT_DISPATCHED, "ConditionallyAvailable", "Dispatched"},
    {AMP_UNIT_EN_ROUTE, "ConditionallyAvailable", "EnRoute"},
    {AMP_UNIT_ON_SCENE, "NotAvailable", "OnScene"},
    {AMP_UNIT_TRANSPORTING, "NotAvailable", "Transporting"},
    {AMP_UNIT_AT_HOSPITAL, "NotAvailable", "Hospital"},
    {AMP_UNIT_RETURNING, "Available", "Cleared"},
    {AMP_UNIT_OUT_OF_SERVICE, "NotAvailable", "OutofService"},
    /* read only */
    {AMP_UNIT_DISPATCHED, NULL, "Assigned"},
    {AMP_UNIT_DISPATCHED, NULL, "AcknowledgedTransmission"},
    {AMP_UNIT_ON_SCENE, NULL, "Arrived"},
    {AMP_UNIT_ON_SCENE, NULL, "PatientContact"},
    {AMP_UNIT_ON_SCENE, NULL, "Staging"},
    {AMP_UNIT_RETURNING, NULL, "AssignmentCancelled"},
    {AMP_UNIT_AVAILABLE, NULL, "Station"},
    {AMP_UNIT_AVAILABLE, NULL, "BacktoAssignedArea"},
    {AMP_UNIT_OUT_OF_SERVICE, NULL, "OffDuty"},
    {AMP_UNIT_OUT_OF_SERVICE, NULL, "EquipmentIssues"},
};

static const struct status_row *status_row(enum amp_unit_status status)
{
    const struct status_row *row = statuses; /* the rows that are written come first, in order */
    assert(status < AMP_UNIT_STATUSES);
    while (row->status != status) {
        row++;
    }
    return row;
}

const char *amp_eido_primary(enum amp_unit_status status)
{
    return status_row(status)->primary;
}

const char *amp_eido_secondary(enum amp_unit_status status)
{
    return status_row(status)->secondary;
}

static bool has(const struct amp_eido_texts *texts, const char *word)
{
    for (size_t i = 0; i < texts->n; i++) {
        if (amp_str_is(texts->item[i], word)) {
            return true;
        }
    }
    return false;
}

/* "EnRoute" with "Hospital" is a transport when a patient is aboard; who is, only "Transporting"
 * says. "Arrived" with "Hospital" is at the hospital. */
bool amp_eido_status_of(const struct amp_eido_texts *secondary, struct amp_str primary,
                        enum amp_unit_status *out)
{
    if (has(secondary, "Transporting")) {
        *out = AMP_UNIT_TRANSPORTING;
        return true;
    }
    if (has(secondary, "EnRoute")) {
        *out = AMP_UNIT_EN_ROUTE;
        return true;
    }
    if (has(secondary, "Hospital")) {
        *out = AMP_UNIT_AT_HOSPITAL;
        return true;
    }
    for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
        if (has(secondary, statuses[i].secondary)) {
            *out = statuses[i].status;
            return true;
        }
    }
    *out = AMP_UNIT_AVAILABLE;
    return amp_str_is(primary, "Available") && secondary->n == 0;
}

static const char *incident_status(enum amp_incident_state state)
{
    static const char *const words[AMP_INCIDENT_STATES] = {
        [AMP_INCIDENT_NEW] = "Active",
        [AMP_INCIDENT_TRIAGED] = "Active",
        [AMP_INCIDENT_DISPATCHED] = "ResourcesAssigned",
        [AMP_INCIDENT_ON_SCENE] = "ResourcesOnscene",
        [AMP_INCIDENT_CLOSED] = "Closed",
    };
    assert(state < AMP_INCIDENT_STATES);
    return words[state];
}

static void ref_put(struct amp_json *js, const char *name, struct amp_str id)
{
    amp_json_key(js, name);
    amp_json_open(js, '{');
    amp_json_str_of(js, "$ref", id);
    amp_json_close(js, '}');
}

static void refs_open(struct amp_json *js, const char *name)
{
    amp_json_key(js, name);
    amp_json_open(js, '[');
}

static void refs_add(struct amp_json *js, struct amp_str id)
{
    amp_json_open(js, '{');
    amp_json_str_of(js, "$ref", id);
    amp_json_close(js, '}');
}

static void one_word(struct amp_json *js, const char *name, const char *word)
{
    amp_json_key(js, name);
    amp_json_open(js, '[');
    amp_json_put_text(js, word);
    amp_json_close(js, ']');
}

/* What every component begins with. */
static void begin(struct amp_json *js, const struct amp_eido_out *eido, struct amp_str id,
                  int64_t time_us)
{
    amp_json_open(js, '{');
    amp_json_str_of(js, "$id", id);
    amp_json_time_of(js, "lastUpdateTimeStamp", time_us);
    ref_put(js, "updatedByAgencyReference", eido->agency);
}

static struct amp_str numbered(struct amp_arena *arena, const char *kind, size_t i)
{
    return amp_arena_printf(arena, "%s-%zu", kind, i + 1);
}

static struct amp_str note_id(const struct amp_eido_out *eido, struct amp_arena *arena, size_t i)
{
    return eido->note[i].id.len > 0 ? eido->note[i].id : numbered(arena, "note", i);
}

#define LOCATION AMP_STR("location-1")
#define BACK     AMP_STR("callback-1")

static bool placed(const struct amp_eido_out *eido)
{
    return eido->located || eido->place.len > 0;
}

static void incident_put(struct amp_json *js, const struct amp_eido_out *eido,
                         struct amp_arena *arena)
{
    amp_json_key(js, "incidentComponent");
    begin(js, eido, AMP_STR("incident-1"), eido->time_us);
    amp_json_str_of(js, "incidentTypeCommonRegistryText", eido->type);
    if (eido->type_internal.len > 0) {
        amp_json_str_of(js, "incidentTypeInternalText", eido->type_internal);
    }
    one_word(js, "incidentStatusCommonRegistryText", incident_status(eido->state));
    if (eido->priority > 0) {
        amp_json_i64_of(js, "incidentCommonPriorityNumber", eido->priority);
    }
    if (placed(eido)) {
        refs_open(js, "locationReference");
        refs_add(js, LOCATION);
        amp_json_close(js, ']');
    }
    refs_open(js, "notesReference");
    for (size_t i = 0; i < eido->note_n; i++) {
        refs_add(js, note_id(eido, arena, i));
    }
    amp_json_close(js, ']');
    amp_json_close(js, '}');
}

static void call_put(struct amp_json *js, const struct amp_eido_out *eido, struct amp_arena *arena)
{
    if (eido->call_id.len == 0) {
        return;
    }
    amp_json_key(js, "callComponent");
    amp_json_open(js, '[');
    begin(js, eido, eido->call_id, eido->time_us);
    amp_json_text_of(js, "standardPrimaryCallType", "emergency");
    amp_json_text_of(js, "direction", "incoming");
    amp_json_time_of(js, "callStartTimestamp", eido->call_time_us);
    amp_json_text_of(js, "callStateRegistryText", eido->call_ended ? "callEnd" : "callAnswered");
    if (eido->number.len > 0) {
        ref_put(js, "callBackReference", BACK);
    }
    if (placed(eido)) {
        refs_open(js, "locationReference");
        refs_add(js, LOCATION);
        amp_json_close(js, ']');
    }
    amp_json_close(js, '}');
    amp_json_close(js, ']');
    if (eido->number.len > 0) {
        amp_json_key(js, "callbackComponent");
        amp_json_open(js, '[');
        begin(js, eido, BACK, eido->time_us);
        amp_json_key(js, "callBackInformationUri");
        amp_json_open(js, '[');
        amp_json_put_str(
            js, amp_arena_printf(arena, "tel:%.*s", (int)eido->number.len, eido->number.ptr));
        amp_json_close(js, ']');
        amp_json_close(js, '}');
        amp_json_close(js, ']');
    }
}

static void people_put(struct amp_json *js, const struct amp_eido_out *eido)
{
    amp_json_key(js, "agencyComponent");
    amp_json_open(js, '[');
    begin(js, eido, eido->agency, eido->time_us);
    one_word(js, "agencyRoleDescriptionRegistryText", "Dispatching");
    one_word(js, "agencyType", "psap");
    amp_json_close(js, '}');
    amp_json_close(js, ']');
    amp_json_key(js, "agentComponent");
    amp_json_open(js, '[');
    begin(js, eido, eido->agent, eido->time_us);
    one_word(js, "agentRoleRegistryText", "Dispatching");
    ref_put(js, "agencyReference", eido->agency);
    amp_json_close(js, '}');
    amp_json_close(js, ']');
}

/* The place as a PIDF-LO document (RFC 5491). */
static struct amp_str pidf_of(const struct amp_eido_out *eido, struct amp_arena *arena)
{
    const char *shape = eido->radius_m > 0 ? "gs:Circle" : "gml:Point";
    struct amp_str radius =
        eido->radius_m > 0
            ? amp_arena_printf(arena,
                               "<gs:radius uom=\"urn:ogc:def:uom:EPSG::9001\">%.2f</gs:radius>",
                               eido->radius_m)
            : AMP_STR("");
    char at[AMP_POS_TEXT];
    amp_pos_text(eido->pos, at);
    for (char *c = at; *c != '\0'; c++) {
        *c = *c == ',' ? ' ' : *c;
    }
    return amp_arena_printf(
        arena,
        "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" "
        "xmlns:gp=\"urn:ietf:params:xml:ns:pidf:geopriv10\" "
        "xmlns:gs=\"http://www.opengis.net/pidflo/1.0\" xmlns:gml=\"http://www.opengis.net/gml\" "
        "entity=\"pres:caller@invalid\"><tuple id=\"t\"><status><gp:geopriv><gp:location-info>"
        "<%s srsName=\"urn:ogc:def:crs:EPSG::4326\"><gml:pos>%s</gml:pos>%.*s</%s>"
        "</gp:location-info><gp:usage-rules/></gp:geopriv></status></tuple></presence>",
        shape, at, (int)radius.len, radius.ptr, shape);
}

static void location_put(struct amp_json *js, const struct amp_eido_out *eido,
                         struct amp_arena *arena)
{
    if (!placed(eido)) {
        return;
    }
    amp_json_key(js, "locationComponent");
    amp_json_open(js, '[');
    begin(js, eido, LOCATION, eido->time_us);
    amp_json_text_of(js, "locationTypeDescriptionRegistryText", "CurrentIncident");
    if (eido->located) {
        amp_json_str_of(js, "locationByValue", pidf_of(eido, arena));
    }
    if (eido->place.len > 0) {
        amp_json_str_of(js, "locationDescriptionText", eido->place);
    }
    amp_json_close(js, '}');
    amp_json_close(js, ']');
}

static void lists_put(struct amp_json *js, const struct amp_eido_out *eido, struct amp_arena *arena)
{
    amp_json_key(js, "notesComponent");
    amp_json_open(js, '[');
    for (size_t i = 0; i < eido->note_n; i++) {
        begin(js, eido, note_id(eido, arena, i), eido->note[i].time_us);
        amp_json_str_of(js, "notesActionComments", eido->note[i].text);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    amp_json_key(js, "emergencyResourceComponent");
    amp_json_open(js, '[');
    for (size_t i = 0; i < eido->unit_n; i++) {
        const struct amp_eido_out_unit *unit = &eido->unit[i];
        begin(js, eido, numbered(arena, "unit", i), eido->time_us);
        amp_json_str_of(js, "emergencyResourceName", unit->name);
        amp_json_str_of(js, "emergencyResourceTypeCommonRegistryText", unit->type);
        amp_json_key(js, "resourceAttributeRegistryText");
        amp_json_open(js, '[');
        amp_json_close(js, ']');
        amp_json_text_of(js, "primaryUnitStatusRegistryText", amp_eido_primary(unit->status));
        one_word(js, "secondaryUnitStatusRegistryText", amp_eido_secondary(unit->status));
        refs_open(js, "agentReference");
        refs_add(js, eido->agent);
        amp_json_close(js, ']');
        amp_json_str_of(js, "activeOnIncidentId", eido->id);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
}

amp_err amp_eido_write(const struct amp_eido_out *eido, struct amp_arena *arena,
                       struct amp_buf *out, struct amp_why *why)
{
    struct amp_eido_message again = {0};
    struct amp_buf made = amp_buf_make(AMP_INTAKE_MAX);
    struct amp_json json = amp_json_make(&made);
    struct amp_json *js = &json;
    begin(js, eido, eido->id, eido->time_us);
    amp_json_text_of(js, "eidoVersion", "1.0");
    amp_json_str_of(js, "issuingElementIdentification", eido->issuer);
    incident_put(js, eido, arena);
    call_put(js, eido, arena);
    people_put(js, eido);
    location_put(js, eido, arena);
    lists_put(js, eido, arena);
    amp_json_close(js, '}');
    amp_err err = amp_buf_err(&made);
    if (err == AMP_E_LIMIT) {
        err = amp_fail(why, err, "the incident makes more than %d bytes of EIDO: send fewer notes",
                       AMP_INTAKE_MAX);
    }
    err = err ? err : amp_eido_read(amp_buf_view(&made), arena, &again, why);
    if (err == AMP_OK && again.eido[0].unresolved.n > 0) {
        err = amp_fail(why, AMP_E_MISSING, "the agency or the agent of the EIDO has no id");
    }
    if (err == AMP_OK) {
        amp_buf_join(out, &made);
        err = amp_buf_err(out);
    }
    amp_buf_free(&made);
    return err;
}
