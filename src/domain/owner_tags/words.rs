//! What is written where a name should stand: placeholders, templates that nobody filled in, ids.

/// What people and forms write for "nobody yet", without the signs around and inside it.
const NOBODY: &[&str] = &[
    "0",
    "abandoned",
    "adefinir",
    "aucun",
    "aucune",
    "blank",
    "brak",
    "changeme",
    "desconhecido",
    "desconocido",
    "empty",
    "false",
    "fixme",
    "geen",
    "geeneigenaar",
    "inconnu",
    "ingen",
    "ingenting",
    "inget",
    "kein",
    "keinangabe",
    "keine",
    "keineangabe",
    "keiner",
    "keines",
    "leer",
    "missing",
    "na",
    "nadie",
    "nan",
    "nenhum",
    "nenhuma",
    "nessuna",
    "nessuno",
    "nichtgesetzt",
    "nichtzugewiesen",
    "niemand",
    "niemanden",
    "nil",
    "ninguna",
    "ninguno",
    "nn",
    "no",
    "nobody",
    "nochoffen",
    "nocontact",
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
    "offen",
    "onbekend",
    "orphan",
    "orphaned",
    "ownerless",
    "pendiente",
    "pending",
    "personne",
    "placeholder",
    "sconosciuto",
    "sindefinir",
    "tba",
    "tbc",
    "tbd",
    "tobeadded",
    "tobeannounced",
    "tobeassigned",
    "tobeconfirmed",
    "tobedecided",
    "tobedefined",
    "tobedetermined",
    "tobefilled",
    "todo",
    "true",
    "unassigned",
    "unbekannt",
    "unbesetzt",
    "undefined",
    "undetermined",
    "unknown",
    "unowned",
    "unset",
    "unspecified",
    "vacant",
    "vakant",
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
    "未定",
    "未知",
    "没有",
    "無",
    "없음",
];

/// Words of forms and examples, which are nobody's mailbox either. They are reported: somebody forgot something.
const EXAMPLES: &[&str] = &[
    "alias",
    "contact",
    "default",
    "diverse",
    "email",
    "emailaddress",
    "emailhere",
    "erikamustermann",
    "example",
    "examplename",
    "firstlast",
    "firstname",
    "firstnamelastname",
    "firstnamesurname",
    "insertname",
    "lastname",
    "mail",
    "maxmustermann",
    "mehrere",
    "multiple",
    "mustermann",
    "myemail",
    "myname",
    "nachname",
    "nachnamevorname",
    "name",
    "nameofowner",
    "nameofperson",
    "nom",
    "nombre",
    "nombreapellido",
    "nomprenom",
    "owner",
    "owneremail",
    "ownername",
    "ownersemail",
    "prenom",
    "prenomnom",
    "sample",
    "several",
    "somebody",
    "someone",
    "surname",
    "teamname",
    "user",
    "useremail",
    "username",
    "various",
    "verschiedene",
    "vornachname",
    "vorname",
    "vornamenachname",
    "youraddress",
    "youralias",
    "youremail",
    "yourfirstname",
    "yourid",
    "yourlastname",
    "yourmail",
    "yourname",
    "yourteam",
    "yourteamname",
];

/// Those of the examples that are usual mailboxes of a team. With a domain behind them, somebody reads them.
const SHARED: &[&str] = &["contact", "email", "mail"];

/// Whether a text says that there is nobody: `none`, `TBD`, `n/a`, `-`.
pub(super) fn is_nobody(text: &str) -> bool {
    let word = bare(text);
    // `{0}` is a place that was never filled in.
    // `k. A.` is no answer, and `ka` may be somebody's account.
    let is_no_answer = matches!(text.trim().to_lowercase().replace(' ', "").as_str(), "k.a." | "k.a" | "k/a");
    word.is_empty() || is_no_answer || !text.contains(['{', '}']) && NOBODY.contains(&word.as_str())
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
    let is_example = EXAMPLES.contains(&bare(local).as_str()) && !SHARED.contains(&local);
    !is_nobody
        && !is_example
        && local.contains(char::is_alphanumeric)
        && !local.contains(['{', '}', '$', '%', '#', '|', '*', '?', '!', '^', '~', '/', '=', '`'])
}

/// Letters and figures only, in lower case.
fn bare(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
