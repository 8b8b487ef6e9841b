/* Test help: builds an .amap with places and tiles only, in the folder for temporary files. */
#include "map/places_fixture.h"
#include "base/testdata.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void need(amp_err err, const struct amp_why *why)
{
    if (err) {
        fprintf(stderr, "fixture: %s: %s\n", amp_err_code(err), why->text);
        abort();
    }
}

uint64_t amp_fixture_random(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

struct amp_pos amp_at(double lat, double lon)
{
    struct amp_pos pos;
    struct amp_why why = {""};
    need(amp_pos_of_degrees(lat, lon, &pos), &why);
    return pos;
}

static void fixture_build(struct amp_fixture *out)
{
    struct amp_why why = {""};
    const char *tmp = getenv("TMPDIR");
    static int number;
    struct amp_amap_writer *writer = NULL;
    snprintf(out->path, sizeof(out->path), "%s/amparo-fixture-%d-%d.amap",
             tmp == NULL ? "/tmp" : tmp, (int)getpid(), number++);
    need(amp_amap_create(out->path, &writer, &why), &why);
    need(amp_places_build(&out->osm, NULL, writer, &out->counts, &why), &why);
    need(amp_tiles_build(&out->osm, NULL, writer, &why), &why);
    need(amp_amap_commit(writer, &why), &why);
    amp_amap_abandon(writer);
    need(amp_amap_open(out->path, &out->amap, &why), &why);
    need(amp_places_open(out->amap, &out->places, &why), &why);
    need(amp_tiles_open(out->amap, &out->tiles, &why), &why);
}

bool amp_fixture_open(const char *file, struct amp_fixture *out)
{
    const char *path = amp_testdata(file);
    struct amp_why why = {""};
    *out = (struct amp_fixture){.amap = NULL};
    if (path == NULL) {
        return false;
    }
    need(amp_osm_read_file(path, NULL, &out->osm, &why), &why);
    fixture_build(out);
    return true;
}

void amp_fixture_of_xml(const char *xml, struct amp_fixture *out)
{
    struct amp_why why = {""};
    *out = (struct amp_fixture){.amap = NULL};
    need(amp_osm_read_bytes(xml, strlen(xml), &out->osm, &why), &why);
    fixture_build(out);
}

void amp_fixture_close(struct amp_fixture *fixture)
{
    amp_tiles_close(fixture->tiles);
    amp_places_close(fixture->places);
    amp_amap_close(fixture->amap);
    amp_osm_free(&fixture->osm);
    unlink(fixture->path);
    *fixture = (struct amp_fixture){.amap = NULL};
}
