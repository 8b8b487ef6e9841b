/* Building and walking of trees. */
#include "intake/tree.h"

#include "base/xml.h"

#include <string.h>

struct builder {
    struct amp_arena *arena;
    struct amp_xml *xml;
    struct amp_why *why;
    struct amp_node *root, *open;
    size_t n;
};

static const char *const *attrs_copy(struct amp_arena *arena, const char *const *attrs)
{
    size_t n = 0;
    while (attrs[n] != NULL) {
        n++;
    }
    const char **copy = amp_arena_array(arena, n + 1, sizeof *copy);
    for (size_t i = 0; copy != NULL && i < n; i++) {
        copy[i] = amp_arena_text(arena, amp_str_of(attrs[i]));
    }
    return copy;
}

/* Siblings often have the same name: it is kept once. */
static const char *name_copy(struct builder *b, const char *name)
{
    const struct amp_node *last = b->open != NULL ? b->open->last : NULL;
    if (last != NULL && strcmp(last->full, name) == 0) {
        return last->full;
    }
    return amp_arena_text(b->arena, amp_str_of(name));
}

static amp_err start(void *ctx, const char *name, const char *const *attrs)
{
    struct builder *b = ctx;
    if (++b->n > AMP_TREE_NODES) {
        return amp_fail(b->why, AMP_E_LIMIT, "the XML has more than %d elements", AMP_TREE_NODES);
    }
    struct amp_node *node = amp_arena_alloc(b->arena, sizeof *node);
    if (node == NULL) {
        return AMP_E_NOMEM;
    }
    node->full = name_copy(b, name);
    node->attrs = attrs_copy(b->arena, attrs);
    if (amp_arena_failed(b->arena)) {
        return AMP_E_NOMEM;
    }
    const char *bar = strrchr(node->full, '|');
    node->name = amp_str_of(bar != NULL ? bar + 1 : node->full);
    node->space =
        (struct amp_str){.ptr = node->full, .len = bar != NULL ? (size_t)(bar - node->full) : 0};
    node->line = (unsigned)amp_xml_line(b->xml);
    node->parent = b->open;
    if (b->open == NULL) {
        b->root = node;
    } else if (b->open->last == NULL) {
        b->open->child = node;
        b->open->last = node;
    } else {
        b->open->last->next = node;
        b->open->last = node;
    }
    b->open = node;
    return AMP_OK;
}

static amp_err end(void *ctx, const char *name, struct amp_str text)
{
    struct builder *b = ctx;
    (void)name;
    b->open->text = amp_arena_str(b->arena, amp_str_trim(text));
    b->open = b->open->parent;
    return amp_arena_failed(b->arena) ? AMP_E_NOMEM : AMP_OK;
}

amp_err amp_tree_read(struct amp_str bytes, struct amp_arena *arena, struct amp_node **root,
                      struct amp_why *why)
{
    struct builder b = {.arena = arena, .why = why};
    const struct amp_xml_handler handler = {.ctx = &b, .start = start, .end = end};
    amp_err err = amp_xml_create(&handler, &b.xml);
    err = err ? err : amp_xml_feed(b.xml, bytes.ptr, bytes.len, true, why);
    amp_xml_destroy(b.xml);
    if (err == AMP_OK) {
        *root = b.root;
    }
    return err;
}

const struct amp_node *amp_node_child(const struct amp_node *node, const char *name)
{
    const struct amp_node *each = node != NULL ? node->child : NULL;
    while (each != NULL &&
           !(amp_str_is(each->name, name) && amp_str_eq(each->space, node->space))) {
        each = each->next;
    }
    return each;
}

const struct amp_node *amp_node_full(const struct amp_node *node, const char *full)
{
    const struct amp_node *each = node != NULL ? node->child : NULL;
    while (each != NULL && strcmp(each->full, full) != 0) {
        each = each->next;
    }
    return each;
}

const struct amp_node *amp_node_twin(const struct amp_node *node)
{
    const struct amp_node *each = node->next;
    while (each != NULL && strcmp(each->full, node->full) != 0) {
        each = each->next;
    }
    return each;
}

const struct amp_node *amp_node_after(const struct amp_node *node, const struct amp_node *top)
{
    if (node->child != NULL) {
        return node->child;
    }
    while (node != top && node->next == NULL) {
        node = node->parent;
    }
    return node != top ? node->next : NULL;
}

size_t amp_node_count(const struct amp_node *node, const char *full)
{
    size_t n = 0;
    for (const struct amp_node *each = amp_node_full(node, full); each != NULL;
         each = amp_node_twin(each)) {
        n++;
    }
    return n;
}

struct amp_str amp_node_text(const struct amp_node *node)
{
    return node != NULL ? node->text : (struct amp_str){0};
}

struct amp_str amp_node_attr(const struct amp_node *node, const char *name)
{
    return node != NULL ? amp_str_trim(amp_str_of(amp_xml_attr(node->attrs, name)))
                        : (struct amp_str){0};
}

void amp_xml_put(struct amp_buf *out, struct amp_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        const char c = text.ptr[i];
        const unsigned char byte = (unsigned char)c;
        if (c == '&') {
            amp_buf_text(out, "&amp;");
        } else if (c == '<') {
            amp_buf_text(out, "&lt;");
        } else if (c == '>') {
            amp_buf_text(out, "&gt;");
        } else if (c == '"') {
            amp_buf_text(out, "&quot;");
        } else if (c == '\r') {
            amp_buf_text(out, "&#13;");
        } else if (byte >= 0x20 || c == '\n' || c == '\t') { /* XML 1.0 has no other controls */
            amp_buf_char(out, c);
        }
    }
}

void amp_xml_element(struct amp_buf *out, const char *name, struct amp_str text)
{
    amp_buf_printf(out, "<%s>", name);
    amp_xml_put(out, text);
    amp_buf_printf(out, "</%s>\n", name);
}
