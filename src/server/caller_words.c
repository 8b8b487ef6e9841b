/* The texts of the page of a link, and the language that a phone asks for. */
#include "server/caller_words.h"
#include <assert.h>
#include <strings.h>

enum {
    TAGS_MAX = 32, /* of one Accept-Language that are looked at */
    THOUSAND = 1000
};

static const char *const codes[AMP_CALLER_LANGUAGES] = {"en", "pt", "es", "fr", "sw", "ar"};

static const char *const words[AMP_CALLER_LANGUAGES][AMP_CALLER_WORDS] = {
    {
        "Emergency centre",
        "The emergency centre asks you to share where you are.",
        "The emergency centre asks you to share where you are, and to write if you like.",
        "The emergency centre asks you to share where you are, and messages, photos, video or "
        "sound if you like.",
        "Only what you choose is sent, and only for this emergency. You can stop at any time. It "
        "ends by itself when the emergency is over, after two hours at the latest.",
        "I agree: share",
        "You are sharing with the emergency centre.",
        "Keep this page open.",
        "Looking for your position",
        "Position sent",
        "Your phone gives no position. Say in words where you are.",
        "Message",
        "Send",
        "Photo",
        "Video",
        "Sound",
        "What you have shared",
        "Sent",
        "Sending",
        "Waiting for the network",
        "Could not be sent",
        "Stop sharing",
        "Sharing has ended. Nothing more is sent.",
        "This link is in use on another phone.",
        "This link is not valid any more. If you need help, call the emergency number.",
        "Without JavaScript no position and no files can be sent; messages can.",
    },
    {
        "Central de emergência",
        "A central de emergência pede que partilhe onde está.",
        "A central de emergência pede que partilhe onde está e que escreva, se quiser.",
        "A central de emergência pede que partilhe onde está e, se quiser, mensagens, fotografias, "
        "vídeo ou som.",
        "Só é enviado o que escolher, e só para esta emergência. Pode parar a qualquer momento. "
        "Termina sozinho quando a emergência acaba, o mais tardar ao fim de duas horas.",
        "Concordo: partilhar",
        "Está a partilhar com a central de emergência.",
        "Mantenha esta página aberta.",
        "A procurar a sua posição",
        "Posição enviada",
        "O seu telefone não dá a posição. Diga por palavras onde está.",
        "Mensagem",
        "Enviar",
        "Fotografia",
        "Vídeo",
        "Som",
        "O que partilhou",
        "Enviado",
        "A enviar",
        "À espera da rede",
        "Não foi possível enviar",
        "Parar de partilhar",
        "A partilha terminou. Nada mais é enviado.",
        "Esta ligação está a ser usada noutro telefone.",
        "Esta ligação já não é válida. Se precisa de ajuda, ligue para o número de emergência.",
        "Sem JavaScript não se enviam posição nem ficheiros; mensagens sim.",
    },
    {
        "Centro de emergencias",
        "El centro de emergencias le pide que comparta dónde está.",
        "El centro de emergencias le pide que comparta dónde está y que escriba, si quiere.",
        "El centro de emergencias le pide que comparta dónde está y, si quiere, mensajes, fotos, "
        "vídeo o sonido.",
        "Solo se envía lo que usted elija, y solo para esta emergencia. Puede parar cuando quiera. "
        "Termina por sí solo cuando acaba la emergencia, a más tardar a las dos horas.",
        "Acepto: compartir",
        "Está compartiendo con el centro de emergencias.",
        "Mantenga abierta esta página.",
        "Buscando su posición",
        "Posición enviada",
        "Su teléfono no da la posición. Diga con palabras dónde está.",
        "Mensaje",
        "Enviar",
        "Foto",
        "Vídeo",
        "Sonido",
        "Lo que ha compartido",
        "Enviado",
        "Enviando",
        "Esperando la red",
        "No se pudo enviar",
        "Dejar de compartir",
        "Ha terminado. No se envía nada más.",
        "Este enlace se usa en otro teléfono.",
        "Este enlace ya no es válido. Si necesita ayuda, llame al número de emergencias.",
        "Sin JavaScript no se envían posición ni archivos; mensajes sí.",
    },
    {
        "Centre d’urgence",
        "Le centre d’urgence vous demande de partager votre position.",
        "Le centre d’urgence vous demande de partager votre position, et d’écrire si vous voulez.",
        "Le centre d’urgence vous demande de partager votre position et, si vous voulez, des "
        "messages, des photos, une vidéo ou du son.",
        "Seul ce que vous choisissez est envoyé, et pour cette urgence seulement. Vous pouvez "
        "arrêter à tout moment. Tout s’arrête à la fin de l’urgence, au plus tard après deux "
        "heures.",
        "J’accepte : partager",
        "Vous partagez avec le centre d’urgence.",
        "Gardez cette page ouverte.",
        "Recherche de votre position",
        "Position envoyée",
        "Votre téléphone ne donne pas de position. Dites en mots où vous êtes.",
        "Message",
        "Envoyer",
        "Photo",
        "Vidéo",
        "Son",
        "Ce que vous avez partagé",
        "Envoyé",
        "Envoi en cours",
        "En attente du réseau",
        "Envoi impossible",
        "Arrêter le partage",
        "Le partage est terminé. Plus rien n’est envoyé.",
        "Ce lien est utilisé sur un autre téléphone.",
        "Ce lien n’est plus valable. Si vous avez besoin d’aide, appelez le numéro d’urgence.",
        "Sans JavaScript, ni position ni fichiers ne sont envoyés ; les messages le sont.",
    },
    {
        "Kituo cha dharura",
        "Kituo cha dharura kinakuomba ushiriki mahali ulipo.",
        "Kituo cha dharura kinakuomba ushiriki mahali ulipo, na uandike ukipenda.",
        "Kituo cha dharura kinakuomba ushiriki mahali ulipo na, ukipenda, ujumbe, picha, video au "
        "sauti.",
        "Kinatumwa tu unachochagua, na kwa dharura hii pekee. Unaweza kuacha wakati wowote. "
        "Itaisha yenyewe dharura ikiisha, au baada ya saa mbili.",
        "Nakubali: shiriki",
        "Unashiriki na kituo cha dharura.",
        "Acha ukurasa huu wazi.",
        "Inatafuta mahali ulipo",
        "Mahali pametumwa",
        "Simu yako haitoi mahali. Sema kwa maneno uko wapi.",
        "Ujumbe",
        "Tuma",
        "Picha",
        "Video",
        "Sauti",
        "Ulichoshiriki",
        "Imetumwa",
        "Inatuma",
        "Inasubiri mtandao",
        "Haikuweza kutumwa",
        "Acha kushiriki",
        "Kushiriki kumekwisha. Hakuna kitakachotumwa tena.",
        "Kiungo hiki kinatumika kwenye simu nyingine.",
        "Kiungo hiki hakitumiki tena. Ukihitaji msaada, piga namba ya dharura.",
        "Bila JavaScript mahali na faili haviwezi kutumwa; ujumbe unaweza.",
    },
    {
        "مركز الطوارئ",
        "يطلب منك مركز الطوارئ مشاركة مكانك.",
        "يطلب منك مركز الطوارئ مشاركة مكانك، والكتابة إن شئت.",
        "يطلب منك مركز الطوارئ مشاركة مكانك، وإن شئت رسائل أو صورًا أو فيديو أو صوتًا.",
        "لا يُرسل إلا ما تختاره، ولهذه الحالة فقط. يمكنك التوقف في أي وقت. تنتهي المشاركة تلقائيًا "
        "بانتهاء الحالة، أو بعد ساعتين على الأكثر.",
        "أوافق: شارك",
        "أنت تشارك مع مركز الطوارئ.",
        "أبقِ هذه الصفحة مفتوحة.",
        "جارٍ البحث عن مكانك",
        "أُرسل المكان",
        "هاتفك لا يعطي المكان. اكتب أين أنت.",
        "رسالة",
        "إرسال",
        "صورة",
        "فيديو",
        "صوت",
        "ما شاركته",
        "أُرسل",
        "جارٍ الإرسال",
        "في انتظار الشبكة",
        "تعذّر الإرسال",
        "إيقاف المشاركة",
        "انتهت المشاركة. لن يُرسل شيء بعد الآن.",
        "هذا الرابط مستخدم على هاتف آخر.",
        "لم يعد هذا الرابط صالحًا. إن احتجت إلى مساعدة فاتصل برقم الطوارئ.",
        "من دون JavaScript لا يمكن إرسال المكان والملفات؛ الرسائل ممكنة.",
    },
};

const char *amp_caller_word(unsigned language, enum amp_caller_word word)
{
    assert(language < AMP_CALLER_LANGUAGES && word < AMP_CALLER_WORDS);
    return words[language][word];
}

const char *amp_caller_data(enum amp_caller_word word)
{
    static const char *const data[AMP_CALLER_WORDS] = {
#define X(id, name) name,
        AMP_CALLER_WORD_TABLE(X)
#undef X
    };
    return data[word];
}

const char *amp_caller_language(unsigned language)
{
    assert(language < AMP_CALLER_LANGUAGES);
    return codes[language];
}

/* "0.8" as thousandths; what is no such number counts as nought. RFC 9110, section 12.4.2. */
static unsigned weight_of(struct amp_str text)
{
    unsigned value = 0, unit = THOUSAND;
    for (size_t i = 0; i < text.len && unit > 0; i++) {
        char c = text.ptr[i];
        if (i == 1 && c == '.') {
            continue;
        }
        if (c < '0' || c > '9') {
            return 0;
        }
        value += (unsigned)(c - '0') * unit;
        unit /= 10;
    }
    return value <= THOUSAND ? value : THOUSAND;
}

unsigned amp_caller_language_of(struct amp_str accepted)
{
    unsigned best = 0, best_weight = 0;
    for (unsigned n = 0; accepted.len > 0 && n < TAGS_MAX; n++) {
        struct amp_str item = {0}, tag = {0}, primary = {0};
        accepted = amp_str_cut(accepted, ',', &item);
        struct amp_str after = amp_str_trim(amp_str_cut(amp_str_trim(item), ';', &tag));
        (void)amp_str_cut(amp_str_trim(tag), '-', &primary);
        unsigned weight = THOUSAND;
        if (amp_str_starts(after, AMP_STR("q="))) {
            weight = weight_of((struct amp_str){after.ptr + 2, after.len - 2});
        }
        for (unsigned i = 0; i < AMP_CALLER_LANGUAGES; i++) {
            bool same = primary.len == 2 && strncasecmp(primary.ptr, codes[i], 2) == 0;
            if (same && weight > best_weight) {
                best = i;
                best_weight = weight;
            }
        }
    }
    return best;
}
