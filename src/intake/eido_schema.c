/* The members of every EIDO component with their types (the schema of NENA-STA-021.1b). */
#include "intake/eido_schema.h"

#include "intake/eido.h"

#include "base/timefmt.h"

#include <string.h>

enum kind {
    KIND_TEXT,
    KIND_TIME,
    KIND_INTEGER,
    KIND_BOOLEAN,
    KIND_OBJECT, /* of NIEM: not looked into */
    KIND_REF,    /* {"$ref": id} */
    KIND_TEXTS,
    KIND_SOME_TEXTS, /* one at least */
    KIND_REFS,
    KIND_PART, /* a component */
    KIND_PARTS
};

static const struct rule {
    enum amp_eido_part of;
    const char *member;
    enum kind kind;
    bool required;
    enum amp_eido_part part; /* of KIND_PART and KIND_PARTS */
    const char *words;       /* the only values; NULL: any */
} rules[] = {
    {AMP_EIDO_ANY, "$id", KIND_TEXT, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_ANY, "lastUpdateTimeStamp", KIND_TIME, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_ANY, "updatedByAgencyReference", KIND_REF, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_ANY, "updatedByAgentReference", KIND_REF, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_ANY, "AlternateValueReferences", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_ANY, "externalInformationSourceReferences", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_ANY, "mediaReferences", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_EIDO, "eidoVersion", KIND_TEXT, true, AMP_EIDO_ANY, " 1.0 "},
    {AMP_EIDO_EIDO, "eidoExtensionId", KIND_TEXTS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_EIDO, "issuingElementIdentification", KIND_TEXT, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_EIDO, "mergeComponent", KIND_PARTS, false, AMP_EIDO_MERGE, NULL},
    {AMP_EIDO_EIDO, "linkComponent", KIND_PARTS, false, AMP_EIDO_LINK, NULL},
    {AMP_EIDO_EIDO, "incidentComponent", KIND_PART, false, AMP_EIDO_INCIDENT, NULL},
    {AMP_EIDO_EIDO, "callComponent", KIND_PARTS, false, AMP_EIDO_CALL, NULL},
    {AMP_EIDO_EIDO, "callbackComponent", KIND_PARTS, false, AMP_EIDO_CALLBACK, NULL},
    {AMP_EIDO_EIDO, "dispatchComponent", KIND_PARTS, false, AMP_EIDO_DISPATCH, NULL},
    {AMP_EIDO_EIDO, "notesComponent", KIND_PARTS, false, AMP_EIDO_NOTE, NULL},
    {AMP_EIDO_EIDO, "emergencyResourceComponent", KIND_PARTS, false, AMP_EIDO_RESOURCE, NULL},
    {AMP_EIDO_EIDO, "alarmsSensorsComponent", KIND_PARTS, false, AMP_EIDO_ALARM, NULL},
    {AMP_EIDO_EIDO, "agencyComponent", KIND_PARTS, true, AMP_EIDO_AGENCY, NULL},
    {AMP_EIDO_EIDO, "agentComponent", KIND_PARTS, false, AMP_EIDO_AGENT, NULL},
    {AMP_EIDO_EIDO, "additionalDataComponent", KIND_PARTS, false, AMP_EIDO_ADDITIONAL, NULL},
    {AMP_EIDO_EIDO, "locationComponent", KIND_PARTS, false, AMP_EIDO_LOCATION, NULL},
    {AMP_EIDO_EIDO, "personComponent", KIND_PARTS, false, AMP_EIDO_PERSON, NULL},
    {AMP_EIDO_EIDO, "vehicleComponent", KIND_PARTS, false, AMP_EIDO_VEHICLE, NULL},
    {AMP_EIDO_EIDO, "cautionComponent", KIND_PARTS, false, AMP_EIDO_CAUTION, NULL},
    {AMP_EIDO_EIDO, "mediaComponent", KIND_PARTS, false, AMP_EIDO_MEDIA, NULL},
    {AMP_EIDO_EIDO, "sharedCommunicationResourceComponent", KIND_PARTS, false, AMP_EIDO_SHARED,
     NULL},
    {AMP_EIDO_EIDO, "externalInformationSourceComponent", KIND_PARTS, false, AMP_EIDO_EXTERNAL,
     NULL},
    {AMP_EIDO_INCIDENT, "incidentTypeInternalCode", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_INCIDENT, "incidentTypeInternalText", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_INCIDENT, "incidentTypeCommonRegistryText", KIND_TEXT, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_INCIDENT, "incidentStatusInternalText", KIND_TEXTS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_INCIDENT, "incidentStatusCommonRegistryText", KIND_TEXTS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_INCIDENT, "internalIncidentId", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_INCIDENT, "agentReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_INCIDENT, "locationReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_INCIDENT, "personReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_INCIDENT, "organizationReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_INCIDENT, "vehicleReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_INCIDENT, "documentIdentification", KIND_TEXTS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_INCIDENT, "reportNumberType", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_INCIDENT, "incidentPriorityInternalText", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_INCIDENT, "incidentCommonPriorityNumber", KIND_INTEGER, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_INCIDENT, "beatOrDispatchGroupText", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_INCIDENT, "dispositionComponent", KIND_PARTS, false, AMP_EIDO_DISPOSITION, NULL},
    {AMP_EIDO_INCIDENT, "notesReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_DISPOSITION, "dispositionCommonRegistryCode", KIND_TEXT, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_DISPOSITION, "dispositionPrimaryIndicator", KIND_BOOLEAN, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_DISPOSITION, "dispositionCategoryText", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_DISPOSITION, "dispositionDescriptionText", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_DISPOSITION, "notesReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_CALL, "relatedCallIdentifier", KIND_TEXTS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_CALL, "queueIdentifier", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_CALL, "standardPrimaryCallType", KIND_TEXT, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_CALL, "standardSecondaryCallType", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_CALL, "localCallType", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_CALL, "direction", KIND_TEXT, true, AMP_EIDO_ANY, " incoming outgoing internal "},
    {AMP_EIDO_CALL, "priorityIdentifier", KIND_TEXT, false, AMP_EIDO_ANY,
     " highest high normal low lowest "},
    {AMP_EIDO_CALL, "additionalDataReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_CALL, "callStartTimestamp", KIND_TIME, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_CALL, "answerDate", KIND_TIME, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_CALL, "callStateRegistryText", KIND_TEXT, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_CALL, "agentReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_CALL, "callBackReference", KIND_REF, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_CALL, "verstat", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_CALL, "sipIdentity", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_CALL, "locationReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_CALL, "notesReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_CALL, "personReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_CALL, "organizationReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_CALL, "agencyReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_CALLBACK, "callBackInformationUri", KIND_TEXTS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_CALLBACK, "deviceContactHeader", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_CALLBACK, "updatedCbn", KIND_PART, false, AMP_EIDO_NUMBER, NULL},
    {AMP_EIDO_NUMBER, "updatedCbnIdentifierUri", KIND_TEXT, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_NUMBER, "updatedCbnCallerDescription", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_AGENCY, "agencyJcard", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_AGENCY, "agencyRoleDescriptionRegistryText", KIND_TEXTS, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_AGENCY, "agencyType", KIND_TEXTS, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_AGENCY, "notesReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_AGENCY, "incidentOwningAgencyIndicator", KIND_BOOLEAN, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_AGENCY, "actingOnBehalfOfAgencyReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_AGENCY, "agencyCallLegState", KIND_PARTS, false, AMP_EIDO_CALL_LEG, NULL},
    {AMP_EIDO_AGENT, "agentJcard", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_AGENT, "agentWorkstationPositionIdentification", KIND_TEXT, false, AMP_EIDO_ANY,
     NULL},
    {AMP_EIDO_AGENT, "agentRoleRegistryText", KIND_SOME_TEXTS, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_AGENT, "agencyReference", KIND_REF, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_AGENT, "notesReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_AGENT, "agentCallLegState", KIND_PARTS, false, AMP_EIDO_CALL_LEG, NULL},
    {AMP_EIDO_CALL_LEG, "callReference", KIND_REF, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_CALL_LEG, "callStateRegistryText", KIND_TEXT, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_LOCATION, "locationTypeDescriptionRegistryText", KIND_TEXT, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_LOCATION, "locationByValue", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_LOCATION, "locationByReferenceUrl", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_LOCATION, "locationDereferencedFromReference", KIND_REF, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_LOCATION, "locationDescriptionText", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_LOCATION, "crossStreetByValue", KIND_TEXTS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_LOCATION, "crossStreetByReferenceUrl", KIND_TEXTS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_LOCATION, "intersectingStreetByValue", KIND_TEXTS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_LOCATION, "intersectingStreetByReferenceUrl", KIND_TEXTS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_LOCATION, "cellTowerSectorId", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_LOCATION, "additionalDataReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_LOCATION, "localIdentifier", KIND_TEXTS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_LOCATION, "notesReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_PERSON, "ncPersonComponent", KIND_OBJECT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_PERSON, "personIncidentRoleRegistryText", KIND_TEXTS, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_PERSON, "callIdentifier", KIND_TEXTS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_PERSON, "locationReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_PERSON, "destinationReference", KIND_REF, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_PERSON, "eta", KIND_TIME, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_PERSON, "notesReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_PERSON, "additionalDataReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_PERSON, "callBackReference", KIND_REF, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_PERSON, "personCallLegState", KIND_PARTS, false, AMP_EIDO_CALL_LEG, NULL},
    {AMP_EIDO_PERSON, "itemReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_RESOURCE, "emergencyResourceTypeCommonRegistryText", KIND_TEXT, true, AMP_EIDO_ANY,
     NULL},
    {AMP_EIDO_RESOURCE, "emergencyResourceTypeInternalText", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_RESOURCE, "resourceAttributeRegistryText", KIND_TEXTS, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_RESOURCE, "resourceAttributeInternalText", KIND_TEXTS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_RESOURCE, "emergencyResourceName", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_RESOURCE, "primaryUnitStatusRegistryText", KIND_TEXT, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_RESOURCE, "secondaryUnitStatusRegistryText", KIND_TEXTS, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_RESOURCE, "notesReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_RESOURCE, "unitStatusInternal", KIND_TEXTS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_RESOURCE, "agentReference", KIND_REFS, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_RESOURCE, "unitLocationReference", KIND_REF, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_RESOURCE, "unitDestinationReference", KIND_REF, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_RESOURCE, "eta", KIND_TIME, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_RESOURCE, "personReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_RESOURCE, "vehicleReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_RESOURCE, "itemReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_RESOURCE, "activeOnIncidentId", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_RESOURCE, "stackedOnIncidentId", KIND_TEXTS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_NOTE, "notesActionComments", KIND_TEXT, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_NOTE, "agentReference", KIND_REF, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_NOTE, "cautionReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_MERGE, "incidentTrackingIdentifier", KIND_TEXT, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_MERGE, "incidentMergeDirectionCode", KIND_TEXT, true, AMP_EIDO_ANY,
     " REPLACING REPLACED SPLIT "},
    {AMP_EIDO_LINK, "incidentTrackingIdentifier", KIND_TEXT, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_LINK, "transactionReasonText", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_LINK, "involvedAgencyReference", KIND_REF, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_LINK, "linkDirectionCode", KIND_TEXT, true, AMP_EIDO_ANY,
     " PARENT CHILD RELATED UNLINK "},
    {AMP_EIDO_DISPATCH, "agencyReference", KIND_REF, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_DISPATCH, "agentReference", KIND_REF, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_DISPATCH, "emergencyResourceReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_DISPATCH, "notesReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_ALARM, "csaaAlarmInformation", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_ALARM, "alarmUrl", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_ALARM, "agentReference", KIND_REF, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_ALARM, "notesReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_ADDITIONAL, "additionalDataByReferenceUrl", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_ADDITIONAL, "additionalDataByValue", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_ADDITIONAL, "additionalDataDereferencedFromReference", KIND_REF, false, AMP_EIDO_ANY,
     NULL},
    {AMP_EIDO_ADDITIONAL, "urlPurpose", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_ADDITIONAL, "notesReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_ADDITIONAL, "cautionReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_VEHICLE, "ncVehicleComponent", KIND_OBJECT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_VEHICLE, "vehicleRelationshipType", KIND_SOME_TEXTS, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_VEHICLE, "vehicleRelationshipTimeStamp", KIND_TIME, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_VEHICLE, "additionalDataReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_VEHICLE, "locationReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_VEHICLE, "destinationReference", KIND_REF, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_VEHICLE, "eta", KIND_TIME, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_VEHICLE, "notesReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_VEHICLE, "jCommercialVehicleComponent", KIND_OBJECT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_VEHICLE, "itemReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_CAUTION, "cautionTypeInternalText", KIND_TEXT, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_CAUTION, "cautionTypeCommonRegistryText", KIND_TEXT, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_CAUTION, "cautionTypeCommonSubRegistryText", KIND_TEXTS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_CAUTION, "cautionSeverity", KIND_TEXT, true, AMP_EIDO_ANY,
     " highest high normal low lowest "},
    {AMP_EIDO_CAUTION, "cautionSource", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_CAUTION, "startDate", KIND_TIME, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_MEDIA, "uri", KIND_TEXT, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_MEDIA, "contentType", KIND_TEXT, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_MEDIA, "label", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_SHARED, "sharedCommunicationResourceType", KIND_TEXT, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_SHARED, "sharedCommunicationResourceByReferenceUrl", KIND_TEXT, false, AMP_EIDO_ANY,
     NULL},
    {AMP_EIDO_SHARED, "sharedCommunicationResourceByValue", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_SHARED, "connectedSharedCommunicationResources", KIND_REFS, false, AMP_EIDO_ANY,
     NULL},
    {AMP_EIDO_SHARED, "notesReference", KIND_REFS, false, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_EXTERNAL, "externalSourceRegistryText", KIND_TEXT, true, AMP_EIDO_ANY, NULL},
    {AMP_EIDO_EXTERNAL, "externalSourceAcessString", KIND_TEXT, false, AMP_EIDO_ANY, NULL},
};

enum {
    LEVELS = 3 /* the EIDO, its components, what they hold */
};

struct step {
    const json_t *object;
    enum amp_eido_part part;
    const char *name; /* of the member that holds it */
    size_t index;
};

static amp_err refuse(const struct step *at, const char *member, amp_err err, const char *words,
                      struct amp_why *why)
{
    if (at->part == AMP_EIDO_EIDO) {
        return amp_fail(why, err, "EIDO: \"%s\" %s", member, words);
    }
    return amp_fail(why, err, "EIDO: \"%s\" of %s[%zu] %s", member, at->name, at->index, words);
}

static bool ref_valid(const json_t *value)
{
    return json_is_string(json_object_get(value, "$ref"));
}

static bool all_valid(const json_t *list, enum kind kind)
{
    if (!json_is_array(list) || (kind == KIND_SOME_TEXTS && json_array_size(list) == 0)) {
        return false;
    }
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *each = json_array_get(list, i);
        const bool texts = kind == KIND_TEXTS || kind == KIND_SOME_TEXTS;
        const bool valid = texts               ? json_is_string(each)
                           : kind == KIND_REFS ? ref_valid(each)
                                               : json_is_object(each);
        if (!valid) {
            return false;
        }
    }
    return true;
}

static bool type_valid(const json_t *value, enum kind kind)
{
    switch (kind) {
    case KIND_TEXT:
    case KIND_TIME:
        return json_is_string(value);
    case KIND_INTEGER:
        return json_is_integer(value);
    case KIND_BOOLEAN:
        return json_is_boolean(value);
    case KIND_REF:
        return ref_valid(value);
    case KIND_OBJECT:
    case KIND_PART:
        return json_is_object(value);
    case KIND_TEXTS:
    case KIND_SOME_TEXTS:
    case KIND_REFS:
    case KIND_PARTS:
        return all_valid(value, kind);
    }
    return false;
}

static const char *type_words(enum kind kind)
{
    static const char *const words[] = {
        [KIND_TEXT] = "is no text",
        [KIND_TIME] = "is no text",
        [KIND_INTEGER] = "is no whole number",
        [KIND_BOOLEAN] = "is neither true nor false",
        [KIND_OBJECT] = "is no object",
        [KIND_REF] = "is no reference {\"$ref\": id}",
        [KIND_TEXTS] = "is no list of texts",
        [KIND_SOME_TEXTS] = "is no list of one text or more",
        [KIND_REFS] = "is no list of references",
        [KIND_PART] = "is no object",
        [KIND_PARTS] = "is no list of objects",
    };
    return words[kind];
}

static bool listed(const char *text, const char *words)
{
    const char *at = strstr(words, text);
    const size_t len = strlen(text);
    return len > 0 && strchr(text, ' ') == NULL && at != NULL && at[-1] == ' ' && at[len] == ' ';
}

static amp_err member_check(const struct step *at, const struct rule *rule, struct amp_why *why)
{
    const json_t *value = json_object_get(at->object, rule->member);
    int64_t time_us = 0;
    if (value == NULL || json_is_null(value)) {
        return rule->required ? refuse(at, rule->member, AMP_E_MISSING, "is missing", why) : AMP_OK;
    }
    if (!type_valid(value, rule->kind)) {
        return refuse(at, rule->member, AMP_E_SYNTAX, type_words(rule->kind), why);
    }
    if (rule->kind == KIND_TIME && amp_time_parse(amp_str_of(json_string_value(value)), &time_us)) {
        return refuse(at, rule->member, AMP_E_RANGE, "is no date and time (RFC 3339)", why);
    }
    if (rule->words != NULL && !listed(json_string_value(value), rule->words)) {
        return refuse(at, rule->member, AMP_E_RANGE, "is none of the values of the schema", why);
    }
    if (json_array_size(value) > AMP_EIDO_PARTS_MAX) {
        return refuse(at, rule->member, AMP_E_LIMIT, "has too many entries", why);
    }
    return AMP_OK;
}

/* The members of one object; what it holds is left to the next level. */
static amp_err object_check(const struct step *at, struct amp_why *why)
{
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        const bool mine = rules[i].of == AMP_EIDO_ANY || rules[i].of == at->part;
        amp_err err = mine ? member_check(at, &rules[i], why) : AMP_OK;
        if (err != AMP_OK) {
            return err;
        }
    }
    return AMP_OK;
}

/* The next object that `at` holds, by its place in the rules and in the list there. */
static bool held_next(const struct step *at, size_t *rule, size_t *index, struct step *out)
{
    for (; *rule < sizeof rules / sizeof rules[0]; (*rule)++, *index = 0) {
        const struct rule *each = &rules[*rule];
        if (each->of != at->part || (each->kind != KIND_PART && each->kind != KIND_PARTS)) {
            continue;
        }
        const json_t *value = json_object_get(at->object, each->member);
        const json_t *object = json_is_array(value) ? json_array_get(value, *index)
                               : *index == 0        ? value
                                                    : NULL;
        if (json_is_object(object)) {
            *out = (struct step){object, each->part, each->member, (*index)++};
            return true;
        }
    }
    return false;
}

amp_err amp_eido_check(const json_t *eido, struct amp_why *why)
{
    struct step open[LEVELS] = {{eido, AMP_EIDO_EIDO, "", 0}};
    size_t rule[LEVELS] = {0};
    size_t index[LEVELS] = {0};
    size_t depth = 1;
    amp_err err = object_check(&open[0], why);
    while (err == AMP_OK && depth > 0) {
        struct step next = {0};
        if (!held_next(&open[depth - 1], &rule[depth - 1], &index[depth - 1], &next)) {
            depth--;
            continue;
        }
        err = object_check(&next, why);
        if (depth < LEVELS) {
            open[depth] = next;
            rule[depth] = 0;
            index[depth++] = 0;
        }
    }
    return err;
}
