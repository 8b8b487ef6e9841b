/* The container: what is put comes back; a torn or altered file is refused; the old one survives.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/testdata.h"
#include "map/amap.h"
#include "map/osm_fixture.h"
#include "map/osmwrite.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const uint32_t numbers[] = {1, 2, 3, 0xffffffff};
static const char letters[] = "abcdefghi";

static void sample_write(const char *path)
{
    struct amp_amap_writer *writer = NULL;
    assert_int_equal(amp_amap_create(path, &writer, NULL), AMP_OK);
    assert_int_equal(amp_amap_put(writer, "numbers", numbers, 4, 4, NULL), AMP_OK);
    assert_int_equal(amp_amap_put(writer, "12345678", letters, 1, 9, NULL), AMP_OK);
    assert_int_equal(amp_amap_put(writer, "empty", NULL, 8, 0, NULL), AMP_OK);
    assert_int_equal(amp_amap_put(writer, "last", letters, 3, 3, NULL), AMP_OK);
    assert_int_equal(amp_amap_commit(writer, NULL), AMP_OK);
    amp_amap_abandon(writer);
}

static void what_was_put_comes_back(void **state)
{
    (void)state;
    const char *path = fixture_path("a.amap");
    sample_write(path);
    struct amp_amap *amap = NULL;
    struct amp_why why = {{0}};
    assert_int_equal(amp_amap_open(path, &amap, &why), AMP_OK);
    const void *data = NULL;
    size_t count = 99;
    assert_int_equal(amp_amap_section(amap, "numbers", 4, &data, &count, &why), AMP_OK);
    assert_int_equal(count, 4);
    assert_int_equal((uintptr_t)data % 64, 0);
    assert_memory_equal(data, numbers, sizeof numbers);
    assert_int_equal(amp_amap_section(amap, "12345678", 1, &data, &count, &why), AMP_OK);
    assert_int_equal(count, 9);
    assert_memory_equal(data, letters, 9);
    assert_int_equal(amp_amap_section(amap, "empty", 8, &data, &count, &why), AMP_OK);
    assert_int_equal(count, 0);
    assert_int_equal(amp_amap_section(amap, "last", 3, &data, &count, &why), AMP_OK);
    assert_int_equal(count, 3);
    const void *before = data;
    assert_int_equal(amp_amap_section(amap, "nothing", 4, &data, &count, &why), AMP_E_CORRUPT);
    assert_non_null(strstr(why.text, "nothing"));
    assert_int_equal(amp_amap_section(amap, "numbers", 8, &data, &count, &why), AMP_E_CORRUPT);
    assert_ptr_equal(data, before);
    assert_int_equal(count, 3);
    amp_amap_close(amap);
    (void)unlink(path);
}

static void file_write(const char *path, const void *data, size_t len)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static void every_altered_byte_is_noticed(void **state)
{
    (void)state;
    const char *path = fixture_path("b.amap");
    sample_write(path);
    struct amp_buf file = fixture_file(path);
    for (size_t i = 0; i < file.len; i++) {
        char old = file.data[i];
        file.data[i] = (char)(old ^ (char)(1 << i % 8));
        file_write(path, file.data, file.len);
        file.data[i] = old;
        struct amp_amap *amap = NULL;
        struct amp_why why = {{0}};
        assert_int_not_equal(amp_amap_open(path, &amap, &why), AMP_OK);
        assert_null(amap);
        assert_true(why.text[0] != 0);
    }
    amp_buf_free(&file);
    (void)unlink(path);
}

static void every_cut_and_every_added_byte_is_noticed(void **state)
{
    (void)state;
    const char *path = fixture_path("c.amap");
    sample_write(path);
    struct amp_buf file = fixture_file(path);
    for (size_t len = 0; len < file.len; len += 7) {
        file_write(path, file.data, len);
        struct amp_amap *amap = NULL;
        assert_int_not_equal(amp_amap_open(path, &amap, NULL), AMP_OK);
    }
    amp_buf_char(&file, 0);
    file_write(path, file.data, file.len);
    struct amp_amap *amap = NULL;
    struct amp_why why = {{0}};
    assert_int_equal(amp_amap_open(path, &amap, &why), AMP_E_CORRUPT);
    assert_non_null(strstr(why.text, "length"));
    amp_buf_free(&file);
    (void)unlink(path);
}

static void an_abandoned_map_leaves_the_old_one(void **state)
{
    (void)state;
    const char *path = fixture_path("d.amap");
    sample_write(path);
    struct amp_amap_writer *writer = NULL;
    assert_int_equal(amp_amap_create(path, &writer, NULL), AMP_OK);
    assert_int_equal(amp_amap_put(writer, "other", letters, 1, 1, NULL), AMP_OK);
    amp_amap_abandon(writer);
    struct amp_amap *amap = NULL;
    assert_int_equal(amp_amap_open(path, &amap, NULL), AMP_OK);
    const void *data = NULL;
    size_t count = 0;
    assert_int_equal(amp_amap_section(amap, "numbers", 4, &data, &count, NULL), AMP_OK);
    amp_amap_close(amap);
    (void)unlink(path);
}

static void an_open_map_stays_when_a_new_one_replaces_it(void **state)
{
    (void)state;
    const char *path = fixture_path("e.amap");
    sample_write(path);
    struct amp_amap *amap = NULL;
    assert_int_equal(amp_amap_open(path, &amap, NULL), AMP_OK);
    const void *data = NULL;
    size_t count = 0;
    assert_int_equal(amp_amap_section(amap, "numbers", 4, &data, &count, NULL), AMP_OK);
    struct amp_amap_writer *writer = NULL;
    assert_int_equal(amp_amap_create(path, &writer, NULL), AMP_OK);
    assert_int_equal(amp_amap_commit(writer, NULL), AMP_OK);
    amp_amap_abandon(writer);
    assert_memory_equal(data, numbers, sizeof numbers);
    amp_amap_close(amap);
    assert_int_equal(amp_amap_open(path, &amap, NULL), AMP_OK);
    assert_int_equal(amp_amap_section(amap, "numbers", 4, &data, &count, NULL), AMP_E_CORRUPT);
    amp_amap_close(amap);
    (void)unlink(path);
}

static void a_section_written_in_pieces_is_the_same_as_in_one(void **state)
{
    (void)state;
    char whole[256], pieces[256];
    uint32_t number[1000];
    for (uint32_t i = 0; i < 1000; i++) {
        number[i] = i * i;
    }
    (void)snprintf(whole, sizeof whole, "%s", fixture_path("whole.amap"));
    (void)snprintf(pieces, sizeof pieces, "%s", fixture_path("pieces.amap"));
    struct amp_amap_writer *writer = NULL;
    assert_int_equal(amp_amap_create(whole, &writer, NULL), AMP_OK);
    assert_int_equal(amp_amap_put(writer, "a", number, 4, 1000, NULL), AMP_OK);
    assert_int_equal(amp_amap_put(writer, "b", number, 4, 0, NULL), AMP_OK);
    assert_int_equal(amp_amap_commit(writer, NULL), AMP_OK);
    amp_amap_abandon(writer);
    assert_int_equal(amp_amap_create(pieces, &writer, NULL), AMP_OK);
    assert_int_equal(amp_amap_begin(writer, "a", 4, NULL), AMP_OK);
    static const size_t sizes[] = {1, 9, 0, 490, 500};
    const uint32_t *at = number;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_int_equal(amp_amap_add(writer, at, sizes[i], NULL), AMP_OK);
        at += sizes[i];
    }
    amp_amap_end(writer);
    assert_int_equal(amp_amap_begin(writer, "b", 4, NULL), AMP_OK);
    amp_amap_end(writer);
    assert_int_equal(amp_amap_commit(writer, NULL), AMP_OK);
    amp_amap_abandon(writer);
    struct amp_buf one = fixture_file(whole);
    struct amp_buf other = fixture_file(pieces);
    assert_int_equal(one.len, other.len);
    assert_memory_equal(one.data, other.data, one.len);
    amp_buf_free(&one);
    amp_buf_free(&other);
    struct amp_amap *a = NULL;
    struct amp_amap *b = NULL;
    struct amp_amap_row row[AMP_AMAP_SECTIONS];
    assert_int_equal(amp_amap_open(whole, &a, NULL), AMP_OK);
    assert_int_equal(amp_amap_open(pieces, &b, NULL), AMP_OK);
    assert_true(amp_amap_stamp(a) == amp_amap_stamp(b));
    assert_int_equal(amp_amap_rows(a, row), 2);
    assert_string_equal(row[0].name, "a");
    assert_int_equal(row[0].size, 4000);
    amp_amap_close(a);
    amp_amap_close(b);
    assert_int_equal(unlink(whole), 0);
    assert_int_equal(unlink(pieces), 0);
}

static void writing_into_a_map_in_use_is_noticed_and_renaming_over_it_is_not(void **state)
{
    (void)state;
    char path[256];
    (void)snprintf(path, sizeof path, "%s", fixture_path("f.amap"));
    sample_write(path);
    struct amp_amap *amap = NULL;
    assert_int_equal(amp_amap_open(path, &amap, NULL), AMP_OK);
    assert_true(amp_amap_intact(amap));
    assert_true(amp_amap_is_at(amap, path));
    sample_write(path); /* another file of the same name */
    assert_true(amp_amap_intact(amap));
    assert_false(amp_amap_is_at(amap, path));
    amp_amap_close(amap);
    assert_int_equal(amp_amap_open(path, &amap, NULL), AMP_OK);
    FILE *file = fopen(path, "ab");
    assert_non_null(file);
    assert_int_equal(fputc(0, file), 0);
    assert_int_equal(fclose(file), 0);
    assert_false(amp_amap_intact(amap));
    amp_amap_close(amap);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(amp_amap_open(path, &amap, NULL), AMP_E_NOT_FOUND);
}

static unsigned files_in(const char *dir)
{
    unsigned n = 0;
    DIR *list = opendir(dir);
    assert_non_null(list);
    for (const struct dirent *row = readdir(list); row != NULL; row = readdir(list)) {
        n += row->d_name[0] != '.';
    }
    assert_int_equal(closedir(list), 0);
    return n;
}

static void an_unfinished_map_leaves_nothing_behind_when_the_program_is_killed(void **state)
{
    (void)state;
    char dir[] = "/tmp/amparo-killed-XXXXXX";
    char path[64];
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/m.amap", dir);
    int probe = open(dir, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
    if (probe < 0) {
        assert_int_equal(rmdir(dir), 0);
        AMP_TEST_SKIP("no nameless files here: then a name is all there is");
    }
    assert_int_equal(close(probe), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct amp_amap_writer *writer = NULL;
        if (amp_amap_create(path, &writer, NULL) == AMP_OK &&
            amp_amap_put(writer, "numbers", numbers, 4, 4, NULL) == AMP_OK) {
            (void)kill(getpid(), SIGKILL);
        }
        _exit(1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    assert_int_equal(files_in(dir), 0);
    sample_write(path);
    assert_int_equal(files_in(dir), 1);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

static void a_device_or_a_folder_is_not_replaced_by_a_file(void **state)
{
    (void)state;
    struct amp_amap_writer *writer = NULL;
    struct amp_why why = {{0}};
    char dir[] = "/tmp/amparo-folder-XXXXXX";
    assert_non_null(mkdtemp(dir));
    assert_int_equal(mkfifo(fixture_path("pipe"), 0600), 0);
    assert_int_equal(amp_amap_create(dir, &writer, &why), AMP_E_IO);
    assert_int_equal(amp_amap_create(fixture_path("pipe"), &writer, &why), AMP_E_IO);
    assert_non_null(strstr(why.text, "ordinary"));
    assert_null(writer);
    struct amp_osm_writer *extract = NULL;
    struct amp_box box = {0, 0, 1, 1};
    assert_int_equal(amp_osm_writer_create(fixture_path("pipe"), box, &extract, &why), AMP_E_IO);
    assert_null(extract);
    assert_int_equal(unlink(fixture_path("pipe")), 0);
    assert_int_equal(rmdir(dir), 0);
}

static void a_place_that_cannot_be_written_is_named(void **state)
{
    (void)state;
    struct amp_amap_writer *writer = NULL;
    struct amp_why why = {{0}};
    assert_int_equal(amp_amap_create("/nonexistent/m.amap", &writer, &why), AMP_E_IO);
    assert_non_null(strstr(why.text, "/nonexistent/m.amap"));
    assert_null(writer);
    struct amp_amap *amap = NULL;
    assert_int_equal(amp_amap_open("/nonexistent/m.amap", &amap, &why), AMP_E_NOT_FOUND);
    assert_int_equal(amp_amap_open("/", &amap, &why), AMP_E_IO);
    amp_amap_abandon(NULL);
    amp_amap_close(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_comes_back),
        cmocka_unit_test(every_altered_byte_is_noticed),
        cmocka_unit_test(every_cut_and_every_added_byte_is_noticed),
        cmocka_unit_test(an_abandoned_map_leaves_the_old_one),
        cmocka_unit_test(an_open_map_stays_when_a_new_one_replaces_it),
        cmocka_unit_test(a_section_written_in_pieces_is_the_same_as_in_one),
        cmocka_unit_test(writing_into_a_map_in_use_is_noticed_and_renaming_over_it_is_not),
        cmocka_unit_test(an_unfinished_map_leaves_nothing_behind_when_the_program_is_killed),
        cmocka_unit_test(a_device_or_a_folder_is_not_replaced_by_a_file),
        cmocka_unit_test(a_place_that_cannot_be_written_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
