/* The rows of CAP 1.2: names, order, value lists (sections 3.2.1 to 3.2.4 and the schema). */
#include "intake/cap_form.h"

#define ALERT(member) offsetof(struct amp_cap, member)
#define INFO(member)  offsetof(struct amp_cap_info, member)
#define RES(member)   offsetof(struct amp_cap_resource, member)
#define AREA(member)  offsetof(struct amp_cap_area, member)

#define CATEGORIES " Geo Met Safety Security Rescue Fire Health Env Transport Infra CBRNE Other "
#define RESPONSES  " Shelter Evacuate Prepare Execute Avoid Monitor Assess AllClear None "

static const struct amp_cap_row alert[] = {
    {"identifier", AMP_CAP_ID, true, ALERT(identifier), NULL, NULL},
    {"sender", AMP_CAP_ID, true, ALERT(sender), NULL, NULL},
    {"sent", AMP_CAP_TIME, true, ALERT(sent), NULL, NULL},
    {"status", AMP_CAP_CHOICE, true, ALERT(status), " Actual Exercise System Test Draft ", NULL},
    {"msgType", AMP_CAP_CHOICE, true, ALERT(msg_type), " Alert Update Cancel Ack Error ", NULL},
    {"source", AMP_CAP_TEXT, false, ALERT(source), NULL, NULL},
    {"scope", AMP_CAP_CHOICE, true, ALERT(scope), " Public Restricted Private ", NULL},
    {"restriction", AMP_CAP_TEXT, false, ALERT(restriction), NULL, NULL},
    {"addresses", AMP_CAP_TEXT, false, ALERT(addresses), NULL, NULL},
    {"code", AMP_CAP_TEXTS, false, ALERT(codes), NULL, NULL},
    {"note", AMP_CAP_TEXT, false, ALERT(note), NULL, NULL},
    {"references", AMP_CAP_REFERENCE, false, ALERT(references), NULL, NULL},
    {"incidents", AMP_CAP_TEXT, false, ALERT(incidents), NULL, NULL},
    {"info", AMP_CAP_PART, false, 0, NULL, NULL},
};

static const struct amp_cap_row info[] = {
    {"language", AMP_CAP_LANGUAGE, false, INFO(language), NULL, NULL},
    {"category", AMP_CAP_CHOICES, true, INFO(categories), CATEGORIES, "Other"},
    {"event", AMP_CAP_TEXT, true, INFO(event), NULL, NULL},
    {"responseType", AMP_CAP_CHOICES, false, INFO(response_types), RESPONSES, NULL},
    {"urgency", AMP_CAP_CHOICE, true, INFO(urgency), " Immediate Expected Future Past Unknown ",
     "Unknown"},
    {"severity", AMP_CAP_CHOICE, true, INFO(severity), " Extreme Severe Moderate Minor Unknown ",
     "Unknown"},
    {"certainty", AMP_CAP_CHOICE, true, INFO(certainty),
     " Observed Likely Possible Unlikely Unknown ", "Unknown"},
    {"audience", AMP_CAP_TEXT, false, INFO(audience), NULL, NULL},
    {"eventCode", AMP_CAP_PAIRS, false, INFO(event_codes), NULL, NULL},
    {"effective", AMP_CAP_TIME, false, INFO(effective), NULL, NULL},
    {"onset", AMP_CAP_TIME, false, INFO(onset), NULL, NULL},
    {"expires", AMP_CAP_TIME, false, INFO(expires), NULL, NULL},
    {"senderName", AMP_CAP_TEXT, false, INFO(sender_name), NULL, NULL},
    {"headline", AMP_CAP_TEXT, false, INFO(headline), NULL, NULL},
    {"description", AMP_CAP_WORDS, false, INFO(description), NULL, NULL},
    {"instruction", AMP_CAP_WORDS, false, INFO(instruction), NULL, NULL},
    {"web", AMP_CAP_TEXT, false, INFO(web), NULL, NULL},
    {"contact", AMP_CAP_TEXT, false, INFO(contact), NULL, NULL},
    {"parameter", AMP_CAP_PAIRS, false, INFO(parameters), NULL, NULL},
    {"resource", AMP_CAP_PART, false, 0, NULL, NULL},
    {"area", AMP_CAP_PART, false, 0, NULL, NULL},
};

static const struct amp_cap_row resource[] = {
    {"resourceDesc", AMP_CAP_TEXT, true, RES(desc), NULL, NULL},
    {"mimeType", AMP_CAP_TEXT, true, RES(mime_type), NULL, ""},
    {"size", AMP_CAP_INTEGER, false, RES(size), NULL, NULL},
    {"uri", AMP_CAP_TEXT, false, RES(uri), NULL, NULL},
    {"derefUri", AMP_CAP_TEXT, false, RES(deref_uri), NULL, NULL},
    {"digest", AMP_CAP_TEXT, false, RES(digest), NULL, NULL},
};

static const struct amp_cap_row area[] = {
    {"areaDesc", AMP_CAP_TEXT, true, AREA(desc), NULL, NULL},
    {"polygon", AMP_CAP_POLYGONS, false, AREA(polygons), NULL, NULL},
    {"circle", AMP_CAP_CIRCLES, false, AREA(circles), NULL, NULL},
    {"geocode", AMP_CAP_PAIRS, false, AREA(geocodes), NULL, NULL},
    {"altitude", AMP_CAP_DECIMAL, false, AREA(altitude), NULL, NULL},
    {"ceiling", AMP_CAP_DECIMAL, false, AREA(ceiling), NULL, NULL},
};

const struct amp_cap_rows amp_cap_alert_rows = {"alert", alert, sizeof alert / sizeof alert[0]};
const struct amp_cap_rows amp_cap_info_rows = {"info", info, sizeof info / sizeof info[0]};
const struct amp_cap_rows amp_cap_resource_rows = {"resource", resource,
                                                   sizeof resource / sizeof resource[0]};
const struct amp_cap_rows amp_cap_area_rows = {"area", area, sizeof area / sizeof area[0]};
