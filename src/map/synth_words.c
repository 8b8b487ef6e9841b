/* The words of the made-up town: streets in Portuguese and English, avenues, suburbs. Plants,
 * trades, places and things only: no names of persons. */
#include "map/synth_town.h"

#define COUNT(table) ((uint32_t)(sizeof(table) / sizeof *(table)))

static const char *const pt_kind[] = {"Rua", "Rua",   "Rua", "Travessa",
                                      "Rua", "Largo", "Rua", "Beco"};
static const char *const pt_mark[] = {"", "Nova ", "Velha ", "de Cima ", "de Baixo "};
static const char *const pt_word[] = {
    "das Acácias",     "da Alegria",     "do Algodão",     "das Amendoeiras",  "do Anil",
    "da Areia",        "do Arroz",       "das Aves",       "da Baía",          "do Bambu",
    "da Boa Vista",    "das Bananeiras", "do Cais",        "dos Cajueiros",    "da Calçada",
    "das Canoas",      "do Capim",       "da Capulana",    "dos Carpinteiros", "das Casuarinas",
    "do Celeiro",      "da Chuva",       "do Coqueiral",   "das Conchas",      "dos Coqueiros",
    "do Cruzeiro",     "da Enseada",     "da Escola",      "da Esperança",     "das Estrelas",
    "do Farol",        "dos Ferreiros",  "das Figueiras",  "das Flores",       "da Fonte",
    "da Fortaleza",    "das Garças",     "da Goiaba",      "da Horta",         "da Ilha",
    "dos Jacarandás",  "do Jardim",      "da Lagoa",       "das Laranjeiras",  "da Liberdade",
    "do Limoeiro",     "da Lua",         "das Mangueiras", "da Maré",          "da Marimba",
    "dos Marinheiros", "do Mercado",     "do Milho",       "do Mirante",       "do Moinho",
    "do Monte",        "das Mulembas",   "da Nascente",    "das Oliveiras",    "das Palmeiras",
    "dos Papagaios",   "do Parque",      "da Paz",         "da Pedra",         "dos Pescadores",
    "da Pérola",       "do Pomar",       "da Ponte",       "do Porto",         "da Praia",
    "das Redes",       "da Ribeira",     "do Rio",         "da Romã",          "das Rosas",
    "do Sal",          "dos Sapateiros", "da Saudade",     "do Sol",           "dos Tamarindos",
    "dos Tecelões",    "da Terra",       "do Tijolo",      "da União",         "da Várzea",
    "do Vento",        "da Vitória",     "da Videira",     "do Xadrez",        "da Zimbreira"};
static const char *const en_mark[] = {"", "New ", "Old ", "Upper ", "Lower "};
static const char *const en_word[] = {
    "Acacia",  "Almond", "Anchor",   "Apple",  "Baker",    "Bamboo",  "Beacon",  "Bell",
    "Boat",    "Brick",  "Bridge",   "Canal",  "Cashew",   "Cedar",   "Chapel",  "Clay",
    "Coconut", "Copper", "Coral",    "Cotton", "Cove",     "Crane",   "Dolphin", "Dune",
    "Eagle",   "Ebony",  "Ferry",    "Fig",    "Fountain", "Garden",  "Ginger",  "Granary",
    "Harbour", "Heron",  "Hill",     "Ibis",   "Ivory",    "Jasmine", "Kiln",    "Lagoon",
    "Lantern", "Lemon",  "Lily",     "Mango",  "Market",   "Meadow",  "Mill",    "Mint",
    "Net",     "Olive",  "Orchard",  "Osprey", "Palm",     "Paper",   "Pearl",   "Pepper",
    "Pier",    "Plum",   "Quarry",   "Rain",   "Reed",     "Ridge",   "River",   "Rope",
    "Sail",    "Salt",   "School",   "Shell",  "Silver",   "Spring",  "Star",    "Station",
    "Stone",   "Sun",    "Tamarind", "Timber", "Valley",   "Vine",    "Water",   "Willow"};
static const char *const en_kind[] = {"Street", "Road", "Lane", "Street", "Close", "Way"};
static const char *const avenue[] = {
    "Avenida da Independência", "Avenida Central",      "Avenida do Oceano",
    "Avenida das Acácias",      "Avenida do Porto",     "Avenida da Universidade",
    "Avenida do Trabalho",      "Station Avenue",       "Avenida da Cidade Nova",
    "Avenida dos Ventos",       "Harbour Avenue",       "Avenida das Indústrias",
    "Avenida da Montanha",      "Avenida do Planalto",  "College Avenue",
    "Avenida dos Jacarandás",   "Avenida da Liberdade", "Avenida do Índico",
    "Avenida da Paz",           "Orchard Avenue",       "Avenida do Estádio",
    "Avenida das Mangueiras",   "Avenida da Unidade",   "Avenida do Farol"};
static const char *const suburb_word[] = {
    "Alto da Colina", "Baixa",          "Bairro Novo",     "Cais Velho",  "Campo Verde",
    "Costa do Sol",   "Encosta",        "Fontainhas",      "Ilha Verde",  "Jardim das Aves",
    "Mangal",         "Mirante",        "Monte Claro",     "Palmeiral",   "Pedra Branca",
    "Planalto",       "Ponta da Areia", "Porto Seco",      "Ribeirinha",  "Salinas",
    "Santa Luz",      "Tamariz",        "Três Poços",      "Vale Fundo",  "Várzea Grande",
    "Vila Alta",      "Greenfield",     "Kingfisher Hill", "Lakeside",    "Millbrook",
    "Northgate",      "Old Harbour",    "Riverside",       "Stonebridge", "Westwood"};

/* The k-th of n combinations; the step is coprime to n, so n names pass before the first returns.
 */
static uint32_t spread(uint32_t k, uint32_t n)
{
    uint32_t step = n / 2 + n / 8;
    for (;; step++) {
        uint32_t a = n;
        uint32_t b = step;
        while (b != 0) {
            uint32_t rest = a % b;
            a = b;
            b = rest;
        }
        if (a == 1) {
            break;
        }
    }
    return (uint32_t)((uint64_t)k * step % n);
}

/* Marked names ("Rua Nova ...") come only when the plain ones are used up. */
static const char *pt_street(struct amp_town *town, uint32_t k)
{
    uint32_t plain = COUNT(pt_word);
    uint32_t word = spread(k % plain, plain);
    uint32_t round = k / plain;
    const char *mark = pt_mark[round % COUNT(pt_mark)];
    const char *kind = pt_kind[(word + round / COUNT(pt_mark)) % COUNT(pt_kind)];
    return amp_town_text(town, "%s %s%s", kind, mark, pt_word[word]);
}

static const char *en_street(struct amp_town *town, uint32_t k)
{
    uint32_t plain = COUNT(en_word);
    uint32_t word = spread(k % plain, plain);
    uint32_t round = k / plain;
    const char *mark = en_mark[round % COUNT(en_mark)];
    const char *kind = en_kind[(word + round / COUNT(en_mark)) % COUNT(en_kind)];
    return amp_town_text(town, "%s%s %s", mark, en_word[word], kind);
}

const char *amp_town_street_name(struct amp_town *town)
{
    uint32_t k = town->street_names++;
    return k % 5 < 3 ? pt_street(town, k / 5 * 3 + k % 5) : en_street(town, k / 5 * 2 + k % 5 - 3);
}

const char *amp_town_avenue_name(struct amp_town *town, uint32_t number)
{
    uint32_t round = number / COUNT(avenue);
    const char *name = avenue[number % COUNT(avenue)];
    return round == 0 ? name : amp_town_text(town, "%s %u", name, round + 1);
}

const char *amp_town_suburb_name(struct amp_town *town)
{
    static const char *const mark[] = {"", " Norte", " Sul", " Novo", " de Cima", " East", " West"};
    uint32_t k = town->place_names++;
    uint32_t word = spread(k % COUNT(suburb_word), COUNT(suburb_word));
    uint32_t round = k / COUNT(suburb_word);
    if (round < COUNT(mark)) {
        return amp_town_text(town, "%s%s", suburb_word[word], mark[round]);
    }
    return amp_town_text(town, "%s %u", suburb_word[word], round);
}
