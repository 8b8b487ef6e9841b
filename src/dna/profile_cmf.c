/*
 * CODIS Common Message Format 3.2: SPECIMEN > SPECIMENID, LOCUS > LOCUSNAME, ALLELE > ALLELEVALUE.
 *
 * A locus that is read twice (READINGBY) is refused like any marker that is there twice, and so is
 * an ALLELE without its value: what is left would look like a homozygote. The format has no peak
 * heights: every specimen is a reference.
 */
#include "base/xml.h"
#include "dna/profile_in.h"

#include <string.h>

struct specimen {
    struct amp_dna_draft *draft;
    struct amp_xml *xml;
    struct amp_why *why;
    size_t sample;
    struct amp_str marker;
    bool inside, named, locus_open, valued;
    size_t specimen_n;
};

/* The local part of "uri|local". */
static struct amp_str local_of(const char *name)
{
    const char *bar = strrchr(name, '|');
    return amp_str_of(bar != NULL ? bar + 1 : name);
}

static amp_err on_start(void *ctx, const char *name, const char *const *attrs)
{
    (void)attrs;
    struct specimen *sp = ctx;
    const struct amp_str tag = local_of(name);
    if (amp_str_is(tag, "SPECIMEN")) {
        sp->inside = true;
        sp->named = false;
        sp->specimen_n++;
    } else if (amp_str_is(tag, "LOCUS")) {
        sp->locus_open = false;
    } else if (amp_str_is(tag, "ALLELE")) {
        sp->valued = false;
    }
    return AMP_OK;
}

static amp_err misplaced(const struct specimen *sp, const char *what, const char *first)
{
    return amp_fail(sp->why, AMP_E_SYNTAX, "%s line %llu: %s stands before its %s", sp->draft->file,
                    (unsigned long long)amp_xml_line(sp->xml), what, first);
}

static amp_err specimen_named(struct specimen *sp, struct amp_str id)
{
    const size_t before = sp->draft->out.sample_n;
    amp_err err =
        amp_dna_draft_sample(sp->draft, id, false, amp_xml_line(sp->xml), &sp->sample, sp->why);
    if (!err && sp->draft->out.sample_n == before) {
        err = amp_fail(sp->why, AMP_E_SYNTAX,
                       "%s line %llu: specimen %.*s is there twice; keep one", sp->draft->file,
                       (unsigned long long)amp_xml_line(sp->xml), (int)id.len, id.ptr);
    }
    sp->named = !err;
    return err;
}

static amp_err allele_put(struct specimen *sp, struct amp_str value)
{
    struct amp_dna_locus *locus = NULL;
    const uint64_t line = amp_xml_line(sp->xml);
    if (!sp->named || !sp->locus_open) {
        return misplaced(sp, "ALLELEVALUE", "SPECIMENID and LOCUSNAME");
    }
    amp_err err =
        amp_dna_draft_locus(sp->draft, sp->sample, sp->marker, line, true, &locus, sp->why);
    const struct amp_dna_peak peak = {.allele = value};
    sp->valued = value.len > 0;
    if (!err && sp->valued) {
        err = amp_dna_draft_peak(sp->draft, locus, &peak, line, sp->why);
    }
    return err;
}

static amp_err allele_end(const struct specimen *sp)
{
    if (sp->valued) {
        return AMP_OK;
    }
    return amp_fail(sp->why, AMP_E_SYNTAX,
                    "%s line %llu, marker %.*s: an ALLELE has no value; give it, or leave the "
                    "whole LOCUS out",
                    sp->draft->file, (unsigned long long)amp_xml_line(sp->xml), (int)sp->marker.len,
                    sp->marker.ptr);
}

static amp_err on_end(void *ctx, const char *name, struct amp_str text)
{
    struct specimen *sp = ctx;
    const struct amp_str tag = local_of(name);
    const struct amp_str value = amp_str_trim(text);
    if (!sp->inside) {
        return AMP_OK;
    }
    if (amp_str_is(tag, "SPECIMENID")) {
        return specimen_named(sp, value);
    }
    if (amp_str_is(tag, "LOCUSNAME")) {
        if (!sp->named) {
            return misplaced(sp, "LOCUS", "SPECIMENID");
        }
        struct amp_dna_locus *locus = NULL;
        sp->marker = amp_arena_str(sp->draft->arena, value);
        sp->locus_open = true;
        return amp_dna_draft_locus(sp->draft, sp->sample, sp->marker, amp_xml_line(sp->xml), false,
                                   &locus, sp->why);
    }
    if (amp_str_is(tag, "ALLELEVALUE")) {
        return allele_put(sp, value);
    }
    if (amp_str_is(tag, "ALLELE")) {
        return allele_end(sp);
    }
    if (amp_str_is(tag, "SPECIMEN")) {
        sp->inside = false;
        return sp->named ? AMP_OK : misplaced(sp, "the end of SPECIMEN", "SPECIMENID");
    }
    return AMP_OK;
}

amp_err amp_dna_cmf_read(struct amp_str bytes, struct amp_dna_draft *draft, struct amp_why *why)
{
    struct amp_why told = {""};
    struct specimen sp = {.draft = draft, .why = &told};
    const struct amp_xml_handler handler = {.ctx = &sp, .start = on_start, .end = on_end};
    draft->out.source.format = "cmf";
    amp_err err = amp_xml_create(&handler, &sp.xml);
    if (err) {
        return err;
    }
    struct amp_why broken = {""};
    err = amp_xml_feed(sp.xml, bytes.ptr, bytes.len, true, &broken);
    amp_xml_destroy(sp.xml);
    if (err && told.text[0] != '\0') {
        return amp_fail(why, err, "%s", told.text);
    }
    if (err) {
        return amp_fail(why, err, "%s: %s", draft->file, broken.text);
    }
    if (sp.specimen_n == 0) {
        return amp_fail(why, AMP_E_SYNTAX,
                        "%s is XML without a SPECIMEN; it must be CODIS Common Message Format 3.2",
                        draft->file);
    }
    return AMP_OK;
}
