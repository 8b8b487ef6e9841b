/* Reading of EDXL-DE envelopes; the row of the intake table. */
#include "intake/edxl.h"

#include "intake/intake.h"
#include "intake/tree.h"

#include "base/timefmt.h"

#include <string.h>

#define DE_10 "urn:oasis:names:tc:emergency:EDXL:DE:1.0"
#define DE_20 "urn:oasis:names:tc:emergency:EDXL:DE:2.0"

struct reader {
    struct amp_arena *arena;
    struct amp_edxl *out;
    struct amp_why *why;
};

/* Section 3.2 of 1.0; 2.0 has type and confidentiality in <descriptor>, and other names. */
static const struct header_row {
    const char *name, *name_20; /* name_20 NULL: not required there */
    size_t at;
    const char *words; /* NULL: any */
} headers[] = {
    {"distributionID", "distributionID", offsetof(struct amp_edxl, id), NULL},
    {"senderID", "senderID", offsetof(struct amp_edxl, sender), NULL},
    {"dateTimeSent", "dateTimeSent", offsetof(struct amp_edxl, sent), NULL},
    {"distributionStatus", "distributionStatus", offsetof(struct amp_edxl, status),
     " Actual Exercise System Test "},
    {"distributionType", "distributionKind", offsetof(struct amp_edxl, type),
     " Report Update Cancel Request Response Dispatch Ack Error SensorConfiguration SensorControl "
     "SensorStatus SensorDetection "},
    {"combinedConfidentiality", NULL, offsetof(struct amp_edxl, confidentiality), NULL},
};

static void warn(struct reader *rd, struct amp_str warning)
{
    if (rd->out->warning_n < AMP_EDXL_WARNINGS) {
        rd->out->warning[rd->out->warning_n++] = warning;
    }
}

static bool listed(struct amp_str text, const char *words)
{
    struct amp_str rest = amp_str_of(words);
    struct amp_str word = {0};
    while (rest.len > 0) {
        rest = amp_str_cut(rest, ' ', &word);
        if (word.len > 0 && amp_str_eq(word, text)) {
            return true;
        }
    }
    return false;
}

/* 2.0 writes a listed value as <..DefaultValue>Actual</..>: the text of the first element in it. */
static struct amp_str value_of(const struct amp_node *node)
{
    while (node != NULL && node->text.len == 0 && node->child != NULL) {
        node = node->child;
    }
    return amp_node_text(node);
}

/* The element of that name at the top, or in the <descriptor> of 2.0. */
static const struct amp_node *header_of(const struct amp_node *root, const char *name)
{
    const struct amp_node *found = amp_node_child(root, name);
    return found != NULL ? found : amp_node_child(amp_node_child(root, "descriptor"), name);
}

static amp_err header_read(struct reader *rd, const struct amp_node *root, bool second)
{
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        const struct header_row *row = &headers[i];
        const char *name = second && row->name_20 != NULL ? row->name_20 : row->name;
        const struct amp_str text = value_of(header_of(root, name));
        if (text.len == 0 && second && row->name_20 == NULL) {
            continue;
        }
        if (text.len == 0) {
            return amp_fail(rd->why, AMP_E_MISSING, "EDXL-DE: the envelope has no <%s>", name);
        }
        if (!second && row->words != NULL && !listed(text, row->words)) {
            return amp_fail(rd->why, AMP_E_RANGE,
                            "EDXL-DE: <%s> \"%.*s\" is none of the values of the standard", name,
                            (int)(text.len < 60 ? text.len : 60), text.ptr);
        }
        memcpy((char *)rd->out + row->at, &text, sizeof text);
    }
    rd->out->language = value_of(header_of(root, "language"));
    int64_t time_us = 0;
    if (amp_time_parse(rd->out->sent, &time_us) != AMP_OK) {
        warn(rd,
             AMP_STR("<dateTimeSent> is no date and time with a zone")); /* alerts have theirs */
    }
    return AMP_OK;
}

static struct amp_edxl_item *item_add(struct reader *rd, const struct amp_node *content)
{
    if (rd->out->item_n == AMP_EDXL_ITEMS) {
        return NULL;
    }
    struct amp_edxl_item *item = &rd->out->item[rd->out->item_n++];
    const struct amp_node *other = amp_node_child(content, "nonXMLContent");
    item->description = value_of(amp_node_child(content, "contentDescription"));
    item->mime_type = value_of(amp_node_child(other, "mimeType"));
    return item;
}

static amp_err alert_read(struct reader *rd, const struct amp_node *node,
                          struct amp_edxl_item *item)
{
    struct amp_why why = {""};
    struct amp_cap *alert = amp_arena_alloc(rd->arena, sizeof *alert);
    amp_err err = alert == NULL ? AMP_E_NOMEM : amp_cap_read_node(node, rd->arena, alert, &why);
    if (err == AMP_OK) {
        item->alert = alert;
        rd->out->alert_n++;
    } else if (err != AMP_E_NOMEM) {
        item->refusal = amp_arena_str(rd->arena, amp_str_of(why.text));
        rd->out->refused_n++;
    }
    return err == AMP_E_NOMEM ? err : AMP_OK;
}

/* Key content is an extract of what is embedded beside it (section 3.2.4). */
static bool is_extract(const struct amp_node *node, const struct amp_node *content)
{
    while (node != content && !amp_str_is(node->name, "keyXMLContent")) {
        node = node->parent;
    }
    return node != content;
}

/* The alerts inside one content object. One without any is an item all the same. */
static amp_err content_read(struct reader *rd, const struct amp_node *content)
{
    size_t found = 0;
    amp_err err = AMP_OK;
    for (const struct amp_node *node = content; err == AMP_OK && node != NULL;
         node = amp_node_after(node, content)) {
        if (!amp_cap_is_alert(node) || is_extract(node, content)) {
            continue;
        }
        struct amp_edxl_item *item = item_add(rd, content);
        err = item != NULL ? alert_read(rd, node, item) : AMP_E_LIMIT;
        found++;
    }
    if (err == AMP_OK && found == 0 && item_add(rd, content) == NULL) {
        err = AMP_E_LIMIT;
    }
    return err == AMP_E_LIMIT
               ? amp_fail(rd->why, err, "EDXL-DE: more than %d contents", AMP_EDXL_ITEMS)
               : err;
}

/* 1.0 has the content objects at the top, 2.0 in <content>. */
static amp_err contents_read(struct reader *rd, const struct amp_node *root)
{
    const struct amp_node *holder = amp_node_child(root, "content");
    holder = holder != NULL ? holder : root;
    rd->out->item = amp_arena_array(rd->arena, AMP_EDXL_ITEMS, sizeof *rd->out->item);
    amp_err err = rd->out->item == NULL ? AMP_E_NOMEM : AMP_OK;
    for (const struct amp_node *each = amp_node_child(holder, "contentObject");
         err == AMP_OK && each != NULL; each = amp_node_twin(each)) {
        err = content_read(rd, each);
    }
    if (err == AMP_OK && rd->out->refused_n > 0 && rd->out->alert_n == 0) {
        for (size_t i = 0; i < rd->out->item_n; i++) {
            if (rd->out->item[i].refusal.len > 0) {
                return amp_fail(rd->why, AMP_E_SYNTAX, "EDXL-DE: no alert inside is valid: %s",
                                rd->out->item[i].refusal.ptr);
            }
        }
    }
    if (err == AMP_OK && rd->out->refused_n > 0) {
        warn(rd, AMP_STR("an alert inside is not valid CAP and was not used"));
    }
    if (err == AMP_OK && rd->out->alert_n == 0) {
        warn(rd, AMP_STR("no alert in the envelope"));
    }
    return err;
}

amp_err amp_edxl_read(struct amp_str bytes, struct amp_arena *arena, struct amp_edxl *out,
                      struct amp_why *why)
{
    struct amp_node *root = NULL;
    struct amp_edxl made = {0};
    amp_err err = amp_tree_read(bytes, arena, &root, why);
    if (err != AMP_OK) {
        return err;
    }
    struct reader rd = {.arena = arena, .out = &made, .why = why};
    const bool second = strcmp(root->full, DE_20 "|edxlDistribution") == 0 ||
                        strcmp(root->full, DE_20 "|EDXLDistribution") == 0;
    if (!second && strcmp(root->full, DE_10 "|EDXLDistribution") != 0) {
        return amp_fail(why, AMP_E_SYNTAX, "EDXL-DE: <%.*s> is no envelope of EDXL-DE 1.0 or 2.0",
                        (int)(root->name.len < 60 ? root->name.len : 60), root->name.ptr);
    }
    made.version = second ? AMP_STR("2.0") : AMP_STR("1.0");
    err = header_read(&rd, root, second);
    err = err ? err : contents_read(&rd, root);
    err = err == AMP_OK && amp_arena_failed(arena) ? AMP_E_NOMEM : err;
    if (err == AMP_OK) {
        *out = made;
    }
    return err;
}

static void item_view(struct amp_json *js, const struct amp_edxl_item *item)
{
    amp_json_open(js, '{');
    amp_json_str_maybe(js, "description", item->description);
    amp_json_str_maybe(js, "mime_type", item->mime_type);
    amp_json_str_maybe(js, "refused", item->refusal);
    if (item->alert != NULL) {
        amp_json_key(js, "alert");
        amp_cap_view(js, item->alert);
    }
    amp_json_close(js, '}');
}

amp_err amp_intake_edxl(struct amp_str bytes, struct amp_arena *arena, struct amp_json *js,
                        struct amp_why *why)
{
    struct amp_edxl edxl = {0};
    amp_err err = amp_edxl_read(bytes, arena, &edxl, why);
    if (err != AMP_OK) {
        return err;
    }
    amp_json_open(js, '{');
    amp_json_text_of(js, "format", "edxl-de");
    amp_json_str_of(js, "version", edxl.version);
    amp_json_str_of(js, "id", edxl.id);
    amp_json_str_of(js, "sender", edxl.sender);
    amp_json_str_of(js, "sent", edxl.sent);
    amp_json_str_of(js, "status", edxl.status);
    amp_json_str_of(js, "type", edxl.type);
    amp_json_str_maybe(js, "confidentiality", edxl.confidentiality);
    amp_json_str_maybe(js, "language", edxl.language);
    amp_json_i64_of(js, "alerts", (int64_t)edxl.alert_n);
    amp_json_i64_of(js, "refused", (int64_t)edxl.refused_n);
    amp_json_key(js, "items");
    amp_json_open(js, '[');
    for (size_t i = 0; i < edxl.item_n; i++) {
        item_view(js, &edxl.item[i]);
    }
    amp_json_close(js, ']');
    amp_intake_warnings(js, edxl.warning, edxl.warning_n);
    amp_json_close(js, '}');
    return AMP_OK;
}
