/*
 * A small XML document as a tree in the arena, for formats whose rules look back and forth.
 *
 * Parsing is that of base/xml.h: bounded, with name spaces, any DOCTYPE refused. A tree has at most
 * AMP_TREE_NODES elements; more are AMP_E_LIMIT. Texts are those directly inside an element,
 * without the blanks at both ends. Nothing is to be freed.
 */
#ifndef AMP_INTAKE_TREE_H
#define AMP_INTAKE_TREE_H

#include "base/arena.h"
#include "base/buf.h"

enum {
    AMP_TREE_NODES = 4096
};

struct amp_node {
    const char *full;         /* "uri|local", or "local" */
    struct amp_str space;     /* the uri; empty without one */
    struct amp_str name;      /* the local name */
    const char *const *attrs; /* name, value, ..., NULL, as base/xml.h has them */
    struct amp_str text;
    unsigned line; /* of the start of the element, counted from 1 */
    struct amp_node *parent, *child, *last, *next;
};

AMP_MUST amp_err amp_tree_read(struct amp_str bytes, struct amp_arena *arena,
                               struct amp_node **root, struct amp_why *why);
/* The first child of that local name in the name space of `node`; NULL without, also for NULL. */
const struct amp_node *amp_node_child(const struct amp_node *node, const char *name);
/* The first child of that full name; NULL without. */
const struct amp_node *amp_node_full(const struct amp_node *node, const char *full);
/* The next sibling with the same full name; NULL without. */
const struct amp_node *amp_node_twin(const struct amp_node *node);
/* The element after this one in document order, within `top`; NULL at the end. */
const struct amp_node *amp_node_after(const struct amp_node *node, const struct amp_node *top);
/* The children of a full name: how many there are. */
size_t amp_node_count(const struct amp_node *node, const char *full);
/* Empty for NULL, and when there is none. */
struct amp_str amp_node_text(const struct amp_node *node);
struct amp_str amp_node_attr(const struct amp_node *node, const char *name);

/* Text with &, <, > and quotes as XML writes them. */
void amp_xml_put(struct amp_buf *out, struct amp_str text);
/* <name>text</name> and a new line. */
void amp_xml_element(struct amp_buf *out, const char *name, struct amp_str text);

#endif
