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
        cmocka_unit_test(an_unfinished_map_leaves_nothing_behind_when_the_program_is_killed),
        cmocka_unit_test(a_device_or_a_folder_is_not_replaced_by_a_file),
        cmocka_unit_test(a_place_that_cannot_be_written_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
