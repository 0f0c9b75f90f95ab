//! What is written where a name should stand: placeholders, templates that nobody filled in, ids.

/// What people and forms write for "nobody yet", without the signs around and inside it.
const NOBODY: &[&str] = &[
    "0",
    "adefinir",
    "aucun",
    "blank",
    "brak",
    "changeme",
    "desconocido",
    "desconhecido",
    "empty",
    "false",
    "fixme",
    "geen",
    "inconnu",
    "kein",
    "keine",
    "keiner",
    "leer",
    "missing",
    "na",
    "nan",
    "nenhum",
    "nessuno",
    "nichtgesetzt",
    "nichtzugewiesen",
    "niemand",
    "nil",
    "ninguno",
    "no",
    "nobody",
    "nocontact",
    "nochoffen",
    "none",
    "noone",
    "noowner",
    "notapplicable",
    "notassigned",
    "notavailable",
    "notdefined",
    "nothing",
    "notknown",
    "notset",
    "notspecified",
    "null",
    "nvt",
    "onbekend",
    "ownerless",
    "pending",
    "pendiente",
    "placeholder",
    "sconosciuto",
    "sindefinir",
    "tba",
    "tbc",
    "tbd",
    "tobeassigned",
    "tobeconfirmed",
    "tobedecided",
    "tobedefined",
    "tobedetermined",
    "todo",
    "true",
    "unassigned",
    "unbekannt",
    "undefined",
    "undetermined",
    "unknown",
    "unowned",
    "unset",
    "unspecified",
    "void",
    "x",
    "xx",
    "xxx",
    "xxxx",
    "yes",
    "なし",
    "不明",
    "待定",
    "无",
    "無",
    "未定",
    "未知",
    "没有",
    "없음",
];

/// Words of forms and examples, which are nobody's mailbox either. They are reported: somebody forgot something.
const EXAMPLES: &[&str] = &[
    "contact",
    "email",
    "emailaddress",
    "examplename",
    "firstlast",
    "firstnamelastname",
    "insertname",
    "mail",
    "name",
    "nameofowner",
    "owner",
    "owneremail",
    "ownername",
    "someone",
    "user",
    "useremail",
    "username",
    "vornamenachname",
    "youremail",
    "yourname",
];

/// Whether a text says that there is nobody: `none`, `TBD`, `n/a`, `-`.
pub(super) fn is_nobody(text: &str) -> bool {
    let word = bare(text);
    // `{0}` is a place that was never filled in.
    word.is_empty() || !text.contains(['{', '}']) && NOBODY.contains(&word.as_str())
}

/// Whether a text comes from a form or an example, or repeats the tag it stands in.
pub(super) fn is_example(text: &str, tag: &str) -> bool {
    let word = bare(text);
    EXAMPLES.contains(&word.as_str()) || word == bare(tag)
}

/// Whether a text is a template, or a piece of one, that nobody filled in: `${owner}`, `%OWNER%`, `<owner>`.
pub fn is_template(text: &str) -> bool {
    let text = text.trim();
    let has_address = text.contains('@');
    let inside = |open: char, close: char| text.starts_with(open) && text.ends_with(close);
    let references = ["var.", "local.", "each.", "module.", "data.", "tags."];
    text.contains(['{', '}', '$'])
        || ["<%", "%>", "<<", ">>", "[[", "]]", "##"].iter().any(|sign| text.contains(sign))
        || text.contains("('")
        || text.matches('%').count() > 1
        || inside('#', '#')
        || text.starts_with("__") && text.split('@').next().is_some_and(|local| local.ends_with("__"))
        || text.starts_with('[') && text.contains('(')
        || !has_address && (inside('<', '>') || references.iter().any(|name| text.starts_with(name)))
        || has_address && text.starts_with('<') && text.contains(">@")
}

/// Whether a text reads like the name of an account: no blank, and small letters or figures only.
pub(super) fn is_login(text: &str) -> bool {
    let signs = |c: char| c.is_ascii_digit() || "._+".contains(c);
    is_name(text) && (text.contains(signs) || !text.contains(|c: char| c.is_ascii_uppercase()))
}

/// Whether a text can be completed to a mailbox. It is narrow, so that no scrap of markup becomes somebody's.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "._-+'".contains(c))
        && uuid::Uuid::try_parse(text).is_err()
}

/// Whether people have such mailboxes. Standards allow more signs than any directory gives out.
pub(super) fn is_usual_mailbox(local: &str) -> bool {
    let is_word = local.chars().filter(|c| c.is_alphanumeric()).count() > 2;
    let is_nobody = is_word && is_nobody(local);
    !is_nobody && !local.contains(['{', '}', '$', '%', '#', '|', '*', '?', '!', '^', '~', '/', '=', '`'])
}

/// Letters and figures only, in lower case.
fn bare(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
