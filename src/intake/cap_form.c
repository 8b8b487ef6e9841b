/* The rows of CAP 1.2: names, order, value lists (sections 3.2.1 to 3.2.4 and the schema). */
#include "intake/cap_form.h"

#define ALERT(member) offsetof(struct amp_cap, member)
#define INFO(member)  offsetof(struct amp_cap_info, member)
#define RES(member)   offsetof(struct amp_cap_resource, member)
#define AREA(member)  offsetof(struct amp_cap_area, member)

#define CATEGORIES " Geo Met Safety Security Rescue Fire Health Env Transport Infra CBRNE Other "
#define RESPONSES  " Shelter Evacuate Prepare Execute Avoid Monitor Assess AllClear None "

static const struct amp_cap_row alert[] = {
    {"identifier", AMP_CAP_ID, true, ALERT(identifier), NULL},
    {"sender", AMP_CAP_ID, true, ALERT(sender), NULL},
    {"sent", AMP_CAP_TIME, true, ALERT(sent), NULL},
    {"status", AMP_CAP_CHOICE, true, ALERT(status), " Actual Exercise System Test Draft "},
    {"msgType", AMP_CAP_CHOICE, true, ALERT(msg_type), " Alert Update Cancel Ack Error "},
    {"source", AMP_CAP_TEXT, false, ALERT(source), NULL},
    {"scope", AMP_CAP_CHOICE, true, ALERT(scope), " Public Restricted Private "},
    {"restriction", AMP_CAP_TEXT, false, ALERT(restriction), NULL},
    {"addresses", AMP_CAP_TEXT, false, ALERT(addresses), NULL},
    {"code", AMP_CAP_TEXTS, false, ALERT(codes), NULL},
    {"note", AMP_CAP_TEXT, false, ALERT(note), NULL},
    {"references", AMP_CAP_REFERENCE, false, ALERT(references), NULL},
    {"incidents", AMP_CAP_TEXT, false, ALERT(incidents), NULL},
    {"info", AMP_CAP_PART, false, 0, NULL},
};

static const struct amp_cap_row info[] = {
    {"language", AMP_CAP_LANGUAGE, false, INFO(language), NULL},
    {"category", AMP_CAP_CHOICES, true, INFO(categories), CATEGORIES},
    {"event", AMP_CAP_TEXT, true, INFO(event), NULL},
    {"responseType", AMP_CAP_CHOICES, false, INFO(response_types), RESPONSES},
    {"urgency", AMP_CAP_CHOICE, true, INFO(urgency), " Immediate Expected Future Past Unknown "},
    {"severity", AMP_CAP_CHOICE, true, INFO(severity), " Extreme Severe Moderate Minor Unknown "},
    {"certainty", AMP_CAP_CHOICE, true, INFO(certainty),
     " Observed Likely Possible Unlikely Unknown "},
    {"audience", AMP_CAP_TEXT, false, INFO(audience), NULL},
    {"eventCode", AMP_CAP_PAIRS, false, INFO(event_codes), NULL},
    {"effective", AMP_CAP_TIME, false, INFO(effective), NULL},
    {"onset", AMP_CAP_TIME, false, INFO(onset), NULL},
    {"expires", AMP_CAP_TIME, false, INFO(expires), NULL},
    {"senderName", AMP_CAP_TEXT, false, INFO(sender_name), NULL},
    {"headline", AMP_CAP_TEXT, false, INFO(headline), NULL},
    {"description", AMP_CAP_TEXT, false, INFO(description), NULL},
    {"instruction", AMP_CAP_TEXT, false, INFO(instruction), NULL},
    {"web", AMP_CAP_TEXT, false, INFO(web), NULL},
    {"contact", AMP_CAP_TEXT, false, INFO(contact), NULL},
    {"parameter", AMP_CAP_PAIRS, false, INFO(parameters), NULL},
    {"resource", AMP_CAP_PART, false, 0, NULL},
    {"area", AMP_CAP_PART, false, 0, NULL},
};

static const struct amp_cap_row resource[] = {
    {"resourceDesc", AMP_CAP_TEXT, true, RES(desc), NULL},
    {"mimeType", AMP_CAP_TEXT, true, RES(mime_type), NULL},
    {"size", AMP_CAP_INTEGER, false, RES(size), NULL},
    {"uri", AMP_CAP_TEXT, false, RES(uri), NULL},
    {"derefUri", AMP_CAP_TEXT, false, RES(deref_uri), NULL},
    {"digest", AMP_CAP_TEXT, false, RES(digest), NULL},
};

static const struct amp_cap_row area[] = {
    {"areaDesc", AMP_CAP_TEXT, true, AREA(desc), NULL},
    {"polygon", AMP_CAP_POLYGONS, false, AREA(polygons), NULL},
    {"circle", AMP_CAP_CIRCLES, false, AREA(circles), NULL},
    {"geocode", AMP_CAP_PAIRS, false, AREA(geocodes), NULL},
    {"altitude", AMP_CAP_DECIMAL, false, AREA(altitude), NULL},
    {"ceiling", AMP_CAP_DECIMAL, false, AREA(ceiling), NULL},
};

const struct amp_cap_rows amp_cap_alert_rows = {"alert", alert, sizeof alert / sizeof alert[0]};
const struct amp_cap_rows amp_cap_info_rows = {"info", info, sizeof info / sizeof info[0]};
const struct amp_cap_rows amp_cap_resource_rows = {"resource", resource,
                                                   sizeof resource / sizeof resource[0]};
const struct amp_cap_rows amp_cap_area_rows = {"area", area, sizeof area / sizeof area[0]};
