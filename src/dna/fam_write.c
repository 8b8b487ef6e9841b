/* Writes Familias files. */
#include "dna/fam.h"

static void quoted(struct amp_buf *out, struct amp_str text)
{
    amp_buf_char(out, '"');
    amp_buf_str(out, text);
    amp_buf_text(out, "\"\n");
}

static void line(struct amp_buf *out, struct amp_str text)
{
    amp_buf_str(out, text);
    amp_buf_char(out, '\n');
}

static void count(struct amp_buf *out, size_t value)
{
    amp_buf_u64(out, value);
    amp_buf_char(out, '\n');
}

static void number(struct amp_buf *out, double value, const char *end)
{
    amp_kin_put_number(out, value);
    amp_buf_text(out, end);
}

static void truth(struct amp_buf *out, bool value)
{
    amp_buf_text(out, value ? "#TRUE#\n" : "#FALSE#\n");
}

static void person_write(const struct amp_fam_person *person, struct amp_buf *out)
{
    quoted(out, person->name);
    line(out, person->flag);
    amp_buf_str(out, person->birth);
    amp_buf_text(out, person->drop_out ? " (Consider dropouts)\n" : "\n");
    line(out, person->child);
    truth(out, person->male);
    count(out, person->genotype_n);
    for (size_t g = 0; g < person->genotype_n; g++) {
        count(out, person->genotype[g].a);
        count(out, person->genotype[g].b);
        count(out, person->genotype[g].marker);
    }
}

static void relations_write(const struct amp_fam_pedigree *pedigree, struct amp_buf *out)
{
    count(out, pedigree->women);
    count(out, pedigree->men);
    count(out, pedigree->relation_n);
    for (size_t r = 0; r < pedigree->relation_n; r++) {
        amp_buf_u64(out, pedigree->relation[r].parent);
        amp_buf_text(out, pedigree->relation[r].direct ? "kDirect\n" : "\n");
        count(out, pedigree->relation[r].child);
    }
}

static void marker_write(const struct amp_fam_marker *marker, struct amp_buf *out)
{
    quoted(out, marker->name);
    number(out, marker->rate[0], "\n");
    number(out, marker->rate[1], "\n");
    count(out, (size_t)marker->model[0]);
    count(out, (size_t)marker->model[1]);
    count(out, marker->allele_n + (marker->silent ? 1 : 0));
    for (size_t s = 0; s < 2; s++) {
        number(out, marker->range[s], "\n");
    }
    for (size_t s = 0; s < 2; s++) {
        number(out, marker->rate2[s], "\n");
    }
    truth(out, marker->silent);
    number(out, marker->silent_freq, "\n");
    amp_buf_printf(out, "%zu\t(DatabaseSize = ", marker->allele_n);
    number(out, marker->database_size, " , Dropout probability = ");
    number(out, marker->drop_out, " , Minor allele frequency = ");
    number(out, marker->min_freq, " )\n");
    for (size_t a = 0; a < marker->allele_n; a++) {
        quoted(out, marker->allele[a]);
        number(out, marker->freq[a], "\n");
    }
}

void amp_fam_write(const struct amp_fam *fam, struct amp_buf *out)
{
    quoted(out, fam->title[0]);
    quoted(out, fam->title[1]);
    line(out, fam->version);
    amp_buf_text(out, "\"\"\n");
    count(out, fam->person_n);
    for (size_t i = 0; i < fam->person_n; i++) {
        person_write(&fam->person[i], out);
    }
    amp_buf_text(out, "\"Known relations\"\n");
    relations_write(&fam->known, out);
    count(out, fam->pedigree_n);
    for (size_t i = 0; i < fam->pedigree_n; i++) {
        count(out, i);
        quoted(out, fam->pedigree[i].name);
        relations_write(&fam->pedigree[i], out);
    }
    amp_buf_text(out, "#FALSE# (#Databases: 1 ;Theta/Kinship/Fst: ");
    number(out, fam->theta, " )\n");
    count(out, fam->marker_n);
    truth(out, fam->named_database);
    if (fam->named_database) {
        quoted(out, fam->database);
    }
    for (size_t m = 0; m < fam->marker_n; m++) {
        marker_write(&fam->marker[m], out);
    }
    amp_buf_str(out, fam->tail);
}
