/* Reading of the five blocks of Additional Data. */
#include "intake/adr.h"

#include "intake/intake.h"
#include "intake/tree.h"

#include <string.h>

#define SPACE "urn:ietf:params:xml:ns:EmergencyCallData"
#define XCARD "urn:ietf:params:xml:ns:vcard-4.0"

static const struct block_row {
    const char *name;
    const char *required[4];
} blocks[] = {
    {"ProviderInfo",
     {"DataProviderReference", "DataProviderString", "TypeOfProvider", "ContactURI"}},
    {"ServiceInfo", {"DataProviderReference", "ServiceType", "ServiceMobility"}},
    {"DeviceInfo", {"DataProviderReference"}},
    {"SubscriberInfo", {"DataProviderReference"}},
    {"Comment", {"DataProviderReference", "Comment"}},
};

struct reader {
    struct amp_arena *arena;
    struct amp_adr *out;
    struct amp_why *why;
};

static void warn(struct reader *rd, struct amp_str warning)
{
    if (rd->out->warning_n < AMP_ADR_WARNINGS) {
        rd->out->warning[rd->out->warning_n++] = warning;
    }
}

static amp_err field_add(struct reader *rd, struct amp_str name, struct amp_str value)
{
    if (value.len == 0) {
        return AMP_OK;
    }
    if (rd->out->field_n == AMP_ADR_FIELDS) {
        return amp_fail(rd->why, AMP_E_LIMIT, "Additional Data: more than %d members",
                        AMP_ADR_FIELDS);
    }
    rd->out->field[rd->out->field_n++] = (struct amp_adr_field){name, value};
    return AMP_OK;
}

/* The texts of a contact: <fn><text>..</text></fn>, <tel><uri>..</uri></tel>, <adr> in one line. */
static amp_err card_read(struct reader *rd, const struct amp_node *block)
{
    static const char *const kept[] = {"fn", "org", "title", "tel", "email", "url", "adr"};
    amp_err err = AMP_OK;
    for (const struct amp_node *node = amp_node_after(block, block); err == AMP_OK && node != NULL;
         node = amp_node_after(node, block)) {
        if (!amp_str_is(node->space, XCARD)) {
            continue;
        }
        for (size_t i = 0; err == AMP_OK && i < sizeof kept / sizeof kept[0]; i++) {
            if (!amp_str_is(node->name, kept[i])) {
                continue;
            }
            struct amp_str name = amp_arena_printf(rd->arena, "contact.%s", kept[i]);
            struct amp_str value = {0};
            for (const struct amp_node *part = node->child; part != NULL; part = part->next) {
                if (part->text.len > 0 && !amp_str_is(part->name, "parameters")) {
                    value = value.len == 0
                                ? part->text
                                : amp_arena_printf(rd->arena, "%.*s, %.*s", (int)value.len,
                                                   value.ptr, (int)part->text.len, part->text.ptr);
                }
            }
            err = field_add(rd, name, value);
        }
    }
    return err;
}

static amp_err required_check(struct reader *rd, const struct block_row *row,
                              const struct amp_node *root)
{
    for (size_t i = 0; i < 4 && row->required[i] != NULL; i++) {
        if (amp_node_text(amp_node_child(root, row->required[i])).len == 0) {
            return amp_fail(rd->why, AMP_E_MISSING, "Additional Data: %s has no <%s>", row->name,
                            row->required[i]);
        }
    }
    const struct amp_str privacy = amp_node_attr(root, "privacyRequested");
    if (amp_str_is(amp_str_of(row->name), "SubscriberInfo")) {
        const bool valid = amp_str_is(privacy, "true") || amp_str_is(privacy, "false") ||
                           amp_str_is(privacy, "1") || amp_str_is(privacy, "0");
        if (!valid) {
            return amp_fail(
                rd->why, privacy.len == 0 ? AMP_E_MISSING : AMP_E_RANGE,
                "Additional Data: SubscriberInfo does not say privacyRequested=\"true\" "
                "or \"false\"");
        }
        return field_add(rd, AMP_STR("@privacyRequested"), privacy);
    }
    /* RFC 7852, section 4.2.1 */
    const bool wireless =
        amp_str_is(amp_node_text(amp_node_child(root, "ServiceType")), "wireless");
    if (amp_str_is(amp_str_of(row->name), "ServiceInfo") && !wireless &&
        amp_node_child(root, "ServiceEnvironment") == NULL) {
        warn(rd, AMP_STR("the environment of the service is not said"));
    }
    return AMP_OK;
}

/* Only the names of the RFC's own elements: others come from extensions, and are said. */
static amp_err members_read(struct reader *rd, const struct amp_node *root)
{
    amp_err err = AMP_OK;
    for (const struct amp_node *node = root->child; err == AMP_OK && node != NULL;
         node = node->next) {
        if (!amp_str_eq(node->space, root->space)) {
            warn(rd, AMP_STR("a member of another name space was passed over"));
            continue;
        }
        const struct amp_str type = amp_node_attr(node, "TypeOfDeviceID");
        if (type.len > 0) {
            err = field_add(rd, AMP_STR("@TypeOfDeviceID"), type);
        }
        err = err ? err : field_add(rd, node->name, node->text);
    }
    return err;
}

/* Some senders write the name space as they write the name: "...:EmergencyCallData.Comment". */
static const struct block_row *block_of(struct reader *rd, const struct amp_node *root)
{
    static const struct amp_str before = {"EmergencyCallData.", 18};
    if (!amp_str_starts(root->name, before) || !amp_str_starts(root->space, AMP_STR(SPACE))) {
        return NULL;
    }
    struct amp_str name = {root->name.ptr + before.len, root->name.len - before.len};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        if (amp_str_is(name, blocks[i].name)) {
            struct amp_str space = amp_arena_printf(rd->arena, SPACE ":%s", blocks[i].name);
            if (!amp_str_eq(root->space, space)) {
                warn(rd, AMP_STR("the name space of the block has a slip in it"));
            }
            return &blocks[i];
        }
    }
    return NULL;
}

amp_err amp_adr_read(struct amp_str bytes, struct amp_arena *arena, struct amp_adr *out,
                     struct amp_why *why)
{
    struct amp_node *root = NULL;
    struct amp_adr *made = amp_arena_alloc(arena, sizeof *made);
    amp_err err = made == NULL ? AMP_E_NOMEM : amp_tree_read(bytes, arena, &root, why);
    if (err != AMP_OK) {
        return err;
    }
    struct reader rd = {.arena = arena, .out = made, .why = why};
    const struct block_row *row = block_of(&rd, root);
    if (row == NULL) {
        return amp_fail(why, AMP_E_SYNTAX,
                        "Additional Data: <%.*s> is none of ProviderInfo, ServiceInfo, DeviceInfo, "
                        "SubscriberInfo, Comment",
                        (int)(root->name.len < 60 ? root->name.len : 60), root->name.ptr);
    }
    made->block = amp_str_of(row->name);
    err = required_check(&rd, row, root);
    err = err ? err : members_read(&rd, root);
    err = err ? err : card_read(&rd, root);
    err = err == AMP_OK && amp_arena_failed(arena) ? AMP_E_NOMEM : err;
    if (err == AMP_OK) {
        *out = *made;
    }
    return err;
}

struct amp_str amp_adr_of(const struct amp_adr *adr, const char *name)
{
    for (size_t i = 0; i < adr->field_n; i++) {
        if (amp_str_is(adr->field[i].name, name)) {
            return adr->field[i].value;
        }
    }
    return (struct amp_str){0};
}

void amp_adr_view(struct amp_json *js, const struct amp_adr *adr)
{
    amp_json_open(js, '{');
    amp_json_text_of(js, "format", "adr");
    amp_json_str_of(js, "block", adr->block);
    amp_json_key(js, "fields");
    amp_json_open(js, '[');
    for (size_t i = 0; i < adr->field_n; i++) {
        amp_json_open(js, '{');
        amp_json_str_of(js, "name", adr->field[i].name);
        amp_json_str_of(js, "value", adr->field[i].value);
        amp_json_close(js, '}');
    }
    amp_json_close(js, ']');
    amp_intake_warnings(js, adr->warning, adr->warning_n);
    amp_json_close(js, '}');
}

amp_err amp_intake_adr(struct amp_str bytes, struct amp_arena *arena, struct amp_json *js,
                       struct amp_why *why)
{
    struct amp_adr *adr = amp_arena_alloc(arena, sizeof *adr);
    amp_err err = adr == NULL ? AMP_E_NOMEM : amp_adr_read(bytes, arena, adr, why);
    if (err == AMP_OK) {
        amp_adr_view(js, adr);
    }
    return err;
}
