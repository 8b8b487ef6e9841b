/* Trees of XML: order, names, limits, and text that is written and read again. */
#include "intake/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/testarena.h"

static const struct amp_node *read_text(const char *text)
{
    struct amp_node *root = NULL;
    struct amp_why why = {""};
    assert_int_equal(amp_tree_read(amp_str_of(text), &arena, &root, &why), AMP_OK);
    return root;
}

static void elements_come_in_document_order_with_their_lines(void **state)
{
    (void)state;
    const struct amp_node *root = read_text(
        "<a xmlns='urn:a'>\n<b> one </b>\n<x xmlns='urn:x'><b/></x>\n<b k=' v '>two</b></a>");
    static const char *const names[] = {"a", "b", "x", "b", "b"};
    static const unsigned lines[] = {1, 2, 3, 3, 4};
    size_t n = 0;
    for (const struct amp_node *node = root; node != NULL; node = amp_node_after(node, root)) {
        assert_true(n < 5);
        assert_true(amp_str_is(node->name, names[n]));
        assert_int_equal(node->line, lines[n]);
        n++;
    }
    assert_int_equal(n, 5);
    const struct amp_node *first = amp_node_child(root, "b");
    assert_true(amp_str_is(amp_node_text(first), "one"));
    assert_true(amp_str_is(amp_node_text(amp_node_twin(first)), "two"));
    assert_true(amp_str_is(amp_node_attr(amp_node_twin(first), "k"), "v"));
    assert_null(amp_node_twin(amp_node_twin(first)));
    assert_int_equal(amp_node_count(root, "urn:a|b"), 2);
    assert_null(amp_node_child(root, "x")); /* of another name space */
    assert_non_null(amp_node_full(root, "urn:x|x"));
    assert_int_equal(amp_node_text(NULL).len, 0);
    /* a walk ends with its own part of the tree */
    const struct amp_node *x = amp_node_full(root, "urn:x|x");
    assert_null(amp_node_after(amp_node_after(x, x), x));
}

static void more_elements_than_the_limit_are_refused(void **state)
{
    (void)state;
    struct amp_buf text = amp_buf_make(1 << 20);
    amp_buf_text(&text, "<a>");
    for (size_t i = 1; i < AMP_TREE_NODES; i++) {
        amp_buf_text(&text, "<b/>");
    }
    const size_t full = text.len;
    amp_buf_text(&text, "</a>");
    struct amp_node *root = NULL;
    struct amp_why why = {""};
    assert_int_equal(amp_tree_read(amp_buf_view(&text), &arena, &root, &why), AMP_OK);
    assert_int_equal(amp_node_count(root, "b"), AMP_TREE_NODES - 1);
    text.len = full;
    amp_buf_text(&text, "<b/></a>");
    struct amp_node *none = NULL;
    assert_int_equal(amp_tree_read(amp_buf_view(&text), &arena, &none, &why), AMP_E_LIMIT);
    assert_null(none);
    assert_non_null(strstr(why.text, "4096"));
    amp_buf_free(&text);
}

static void what_is_written_as_text_is_read_as_it_was(void **state)
{
    (void)state;
    static const char said[] = "a<b>&amp; \"c\" 'd' ]]> \xc3\xa7\te\nf";
    struct amp_buf out = amp_buf_make(1 << 16);
    amp_xml_element(&out, "t", amp_str_of(said));
    assert_true(amp_str_is(amp_node_text(read_text(amp_buf_cstr(&out))), said));
    amp_buf_clear(&out);
    amp_xml_element(&out, "t", AMP_STR("x\x01\x1fy")); /* XML has no such characters */
    assert_true(amp_str_is(amp_node_text(read_text(amp_buf_cstr(&out))), "xy"));
    amp_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(elements_come_in_document_order_with_their_lines),
        cmocka_unit_test(more_elements_than_the_limit_are_refused),
        cmocka_unit_test(what_is_written_as_text_is_read_as_it_was),
    };
    return cmocka_run_group_tests_name("intake/tree", tests, arena_set_up, arena_tear_down);
}
